"""Measures of tetrahedral meshes, and the check that a mesh is the declared shape.

Thin films need flat cells, whose smallest dihedral angle is about height over width and harmless: the error
of linear elements is bounded through the *largest* angle (I. Babuška, A. K. Aziz, SIAM J. Numer. Anal. 13,
214, 1976; M. Křížek, SIAM J. Numer. Anal. 29, 513, 1992).  So the largest angle decides.
"""

from collections.abc import Mapping
from itertools import combinations

import numpy as np

from .errors import MeshQualityError
from .parameters import MICROMETRE
from .tags import BOUNDARIES, REGIONS
from .tetrahedra import TetrahedralMesh, cell_volumes, facet_areas

LARGEST_DIHEDRAL_ANGLE = 165.0
"""Cells with a larger dihedral angle [degrees] are refused."""

_BLOCK = 200_000


def dihedral_angles(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """The six inner dihedral angles of every tetrahedron [degrees], shape (m, 6)."""
    corners = points[cells]
    angles = np.empty((len(cells), 6))
    for column, (i, j) in enumerate(combinations(range(4), 2)):
        k, m = (n for n in range(4) if n not in (i, j))
        edge = corners[:, j] - corners[:, i]
        one = np.cross(edge, corners[:, k] - corners[:, i])
        two = np.cross(edge, corners[:, m] - corners[:, i])
        # atan2 keeps its accuracy for very flat cells, where arccos does not.
        sine = np.linalg.norm(np.cross(one, two), axis=1)
        angles[:, column] = np.degrees(np.arctan2(sine, np.einsum("ij,ij->i", one, two)))
    return angles


def radius_ratios(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Three times inradius over circumradius, shape (m,): 1 for the regular tetrahedron, 0 for a flat one."""
    a, b, c = (points[cells[:, k]] - points[cells[:, 0]] for k in (1, 2, 3))
    volume = np.abs(np.einsum("ij,ij->i", np.cross(a, b), c)) / 6
    faces = ((0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3))
    surface = sum(facet_areas(points, cells[:, face]) for face in faces)
    squares = [np.einsum("ij,ij->i", x, x)[:, None] for x in (a, b, c)]
    centre = squares[0] * np.cross(b, c) + squares[1] * np.cross(c, a) + squares[2] * np.cross(a, b)
    circumradius = np.linalg.norm(centre, axis=1) / (12 * volume)
    return 9 * volume / surface / circumradius


def measure(mesh: TetrahedralMesh) -> dict[str, float]:
    """Worst angles [degrees] and radius ratio of a mesh, and the median ratio."""
    smallest, largest, ratios = np.inf, 0.0, []
    for start in range(0, len(mesh.cells), _BLOCK):
        block = mesh.cells[start : start + _BLOCK]
        angles = dihedral_angles(mesh.points, block)
        smallest, largest = min(smallest, angles.min()), max(largest, angles.max())
        ratios.append(radius_ratios(mesh.points, block))
    ratio = np.concatenate(ratios)
    return {
        "dihedral_angle_min": float(smallest),
        "dihedral_angle_max": float(largest),
        "radius_ratio_min": float(ratio.min()),
        "radius_ratio_median": float(np.median(ratio)),
    }


def measured_volumes(mesh: TetrahedralMesh) -> dict[str, float]:
    """Volume of every region of the mesh [m³]."""
    volumes = cell_volumes(mesh.points, mesh.cells) * MICROMETRE**3
    total = np.bincount(mesh.cell_tags, volumes, minlength=max(REGIONS.values()) + 1)
    return {name: float(total[tag]) for name, tag in REGIONS.items() if np.any(mesh.cell_tags == tag)}


def measured_areas(mesh: TetrahedralMesh) -> dict[str, float]:
    """Area of every boundary of the mesh [m²]."""
    areas = facet_areas(mesh.points, mesh.facets) * MICROMETRE**2
    total = np.bincount(mesh.facet_tags, areas, minlength=max(BOUNDARIES.values()) + 1)
    return {name: float(total[tag]) for name, tag in BOUNDARIES.items() if np.any(mesh.facet_tags == tag)}


def verify(
    mesh: TetrahedralMesh,
    volumes: Mapping[str, float],
    areas: Mapping[str, float],
    quality: Mapping[str, float],
    tolerance: float = 1e-9,
) -> None:
    """Raise MeshQualityError unless the mesh has the closed-form volumes and areas and usable cells.

    Parameters
    ----------
    volumes, areas
        Closed forms by name [m³, m²]; areas of "outer" are compared only where they are given.
    """
    problems = []
    if np.any(cell_volumes(mesh.points, mesh.cells) <= 0):
        problems.append("it has cells of zero or negative volume")
    for kind, wanted, found in (
        ("volume", volumes, measured_volumes(mesh)),
        ("area", areas, measured_areas(mesh)),
    ):
        ignored = {"outer"} - wanted.keys()
        for name in sorted((wanted.keys() | found.keys()) - ignored):
            expected, got = wanted.get(name, 0.0), found.get(name, 0.0)
            if not abs(got - expected) <= tolerance * expected:
                problems.append(f"the {kind} of {name} is {got:.12g} instead of {expected:.12g}")
    if quality["dihedral_angle_max"] > LARGEST_DIHEDRAL_ANGLE:
        problems.append(
            f"a cell has a dihedral angle of {quality['dihedral_angle_max']:.1f}° "
            f"(limit {LARGEST_DIHEDRAL_ANGLE:g}°); "
            "try another mesh.interface_size or a smaller mesh.growth"
        )
    if problems:
        raise MeshQualityError("the mesh does not represent the geometry: " + "; ".join(problems))
