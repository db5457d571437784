"""Measures of tetrahedral meshes, and the check that a mesh is the declared shape.

Thin films need flat cells, whose smallest dihedral angle is about height over width and harmless: the error
of linear elements is bounded through the *largest* angle (I. Babuška, A. K. Aziz, SIAM J. Numer. Anal. 13,
214, 1976; M. Křížek, SIAM J. Numer. Anal. 29, 513, 1992).  So layered meshes are judged by the largest angle,
and level-set meshes, whose cells have no reason to be flat, by the smallest one and the radius ratio as well.
"""

import dataclasses
import math
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, Protocol

import numpy as np

from .errors import MeshQualityError
from .parameters import MICROMETRE
from .tags import BOUNDARIES, REGIONS
from .tetrahedra import TetrahedralMesh, cell_volumes, compiled_pays, contiguous, facet_areas

SMALL_ANGLE = 8.0
"""Cells whose smallest dihedral angle lies below this [degrees] are counted."""

POOR_RATIO = 0.1
"""Cells whose radius ratio lies below this are counted."""

LAYERS_DIHEDRAL_MAX = 170.0
"""Largest dihedral angle [degrees] in meshes with layers on their walls; before that, level sets may have any."""

_BLOCK = 100_000
_ANGLE_BINS = np.arange(0.0, 80.0, 5.0)  # no tetrahedron's smallest angle exceeds 70.53 degrees


@dataclasses.dataclass(frozen=True)
class Gate:
    """What a mesh must fulfil to be used.

    Attributes
    ----------
    volume_deviation, area_deviation
        Largest relative deviation of every declared volume and area; infinite: not compared.
    all_declared
        Whether regions and boundaries (but ``outer``) that exist must have been declared.
    dihedral_min, dihedral_warning, dihedral_max
        Smallest and largest dihedral angle [degrees]; below ``dihedral_warning`` a warning is given.
    radius_ratio_min
        Smallest radius ratio (see :func:`radius_ratios`).
    poor_cells
        Largest number of cells whose radius ratio lies below ``POOR_RATIO``; None: any number.
    shape_advice, cell_advice
        What to change when the shape is missed, and when cells are unusable.
    """

    volume_deviation: float = 1e-9
    area_deviation: float = 1e-9
    all_declared: bool = True
    dihedral_min: float = 0.0
    dihedral_warning: float = 0.0
    dihedral_max: float = 165.0
    radius_ratio_min: float = 0.0
    poor_cells: int | None = None
    shape_advice: str = "try another mesh.interface_size"
    cell_advice: str = "try another mesh.interface_size or a smaller mesh.growth"


class HasCells(Protocol):
    """Points (n, 3) and tetrahedra (m, 4) of any mesh."""

    points: np.ndarray
    cells: np.ndarray


LAYERED = Gate()
"""Extruded meshes with straight edges: exact volumes and areas."""

CURVED = Gate(
    volume_deviation=1e-2,
    area_deviation=1e-2,
    shape_advice="make mesh.interface_size smaller, so that facets follow the curves",
)
"""Extruded meshes whose curves are polygons."""

LEVEL_SET = Gate(
    volume_deviation=5e-3,
    area_deviation=2e-2,
    all_declared=False,
    dihedral_min=5.0,
    dihedral_warning=SMALL_ANGLE,
    dihedral_max=180.0,
    radius_ratio_min=0.02,
    poor_cells=20,
    shape_advice="make mesh.interface_size smaller, or solid_fraction (or the features) larger",
    cell_advice="try a slightly different mesh.interface_size, or mesh.size closer to it",
)
"""Meshes cut from a lattice by a level set; areas nobody knows need not be declared."""

SEVERAL_SOLIDS = dataclasses.replace(LEVEL_SET, poor_cells=200)
"""The same with several solid phases: where three phases meet, vertices have nowhere to go."""

FILE = Gate(
    volume_deviation=math.inf,
    area_deviation=math.inf,
    all_declared=False,
    dihedral_max=180.0,
    shape_advice="repair the mesh file",
    cell_advice="improve the mesh in the program that made it",
)
"""Meshes made elsewhere: cells of positive volume are all that is asked for."""


FILLED = Gate(
    volume_deviation=1e-2,
    area_deviation=2e-2,
    all_declared=False,
    dihedral_min=1.0,
    dihedral_warning=SMALL_ANGLE,
    dihedral_max=178.0,
    shape_advice="make mesh.interface_size smaller, so that facets follow the surface",
    cell_advice="try another mesh.interface_size, or give a surface without needles and narrow gaps",
)
"""Meshes of what a file's surface or solids enclose, held against the file's own volumes and areas."""


def with_wall_layers(gate: Gate) -> Gate:
    """The gate of a mesh that got layers on its walls: their flat cells do no harm, obtuse ones would."""
    return dataclasses.replace(
        gate,
        dihedral_min=0.0,
        dihedral_warning=0.0,
        dihedral_max=min(gate.dihedral_max, LAYERS_DIHEDRAL_MAX),
        radius_ratio_min=0.0,
        poor_cells=None,
    )


def dihedral_angles(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """The six inner dihedral angles of every tetrahedron [degrees], shape (m, 6)."""
    if compiled_pays(cells):
        return _compiled_measures(points, cells)[0]
    corners = _corners(points, cells)
    return _dihedral_angles(corners, _face_normals(corners)).T


def radius_ratios(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Three times inradius over circumradius, shape (m,): 1 for the regular tetrahedron, 0 for a flat one."""
    if compiled_pays(cells):
        return _compiled_measures(points, cells)[1]
    corners = _corners(points, cells)
    return _radius_ratios(corners, _face_normals(corners))


def measure(mesh: HasCells) -> dict[str, Any]:
    """Worst angles and radius ratio of a mesh and how they are distributed, ready for JSON.

    Percentiles, counts and the histogram of angles are about each cell's *smallest* dihedral angle.
    """
    count = len(mesh.cells)
    smallest, ratio = np.empty(count, dtype=np.float32), np.empty(count, dtype=np.float32)
    least, largest, least_ratio = math.inf, 0.0, math.inf
    for block in _blocks(count):
        if compiled_pays(mesh.cells):
            angles, ratios = _compiled_measures(mesh.points, mesh.cells[block])
        else:
            corners = _corners(mesh.points, mesh.cells[block])
            normals = _face_normals(corners)
            angles, ratios = _dihedral_angles(corners, normals).T, _radius_ratios(corners, normals)
        smallest[block], ratio[block] = angles.min(axis=1), ratios
        least, largest = min(least, angles.min()), max(largest, angles.max())
        least_ratio = min(least_ratio, ratios.min())
    angle_percentiles = np.percentile(smallest, [1, 50])
    ratio_percentiles = np.percentile(ratio, [1, 50])
    return {
        "dihedral_angle_min": float(least),
        "dihedral_angle_1_percent": float(angle_percentiles[0]),
        "dihedral_angle_median": float(angle_percentiles[1]),
        "dihedral_angle_max": float(largest),
        "cells_below_8_degrees": int(np.count_nonzero(smallest < SMALL_ANGLE)),
        "dihedral_angle_histogram": {
            "edges": _ANGLE_BINS.tolist(),
            "cells": np.histogram(smallest, _ANGLE_BINS)[0].tolist(),
        },
        "radius_ratio_min": float(least_ratio),
        "radius_ratio_1_percent": float(ratio_percentiles[0]),
        "radius_ratio_median": float(ratio_percentiles[1]),
        "cells_below_radius_ratio_0.1": int(np.count_nonzero(ratio < POOR_RATIO)),
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
    quality: Mapping[str, Any],
    gate: Gate = LAYERED,
) -> list[str]:
    """Compare a mesh with the declared volumes and areas and its cells with what the gate allows.

    Parameters
    ----------
    volumes, areas
        Declared by name [m³, m²]; areas of "outer" are compared only where they are given.
    quality
        What :func:`measure` returned.

    Returns
    -------
    list of str
        Warnings: nothing that forbids the use of the mesh.

    Raises
    ------
    MeshQualityError
        With everything that is wrong, by how much, and which parameter to change.
    """
    problems, warnings = [], []
    if wrong := int(np.count_nonzero(cell_volumes(mesh.points, mesh.cells) <= 0)):
        problems.append(f"it has cells of zero or negative volume ({wrong}); {gate.shape_advice}")
    for kind, allowed, wanted, found in (
        ("volume", gate.volume_deviation, volumes, measured_volumes(mesh)),
        ("area", gate.area_deviation, areas, measured_areas(mesh)),
    ):
        missed, close = _deviations(kind, allowed, wanted, found, gate.all_declared)
        if missed:
            problems.append(f"{'; '.join(missed)} ({gate.shape_advice})")
        warnings += close
    if unusable := unusable_cells(quality, gate):
        problems.append(f"{'; '.join(unusable)} ({gate.cell_advice})")
    if problems:
        raise MeshQualityError("the mesh does not represent the geometry: " + "; ".join(problems))
    if quality["dihedral_angle_min"] < gate.dihedral_warning:
        warnings.append(
            f"the smallest dihedral angle is {quality['dihedral_angle_min']:.1f}°, "
            f"{quality['cells_below_8_degrees']} cells lie below {SMALL_ANGLE:g}°; if the solver needs many "
            f"iterations, {gate.cell_advice}"
        )
    return warnings


def _deviations(
    kind: str,
    allowed: float,
    wanted: Mapping[str, float],
    found: Mapping[str, float],
    all_declared: bool,
) -> tuple[list[str], list[str]]:
    """What deviates by more than is allowed, and what by more than half of it (approximate shapes only)."""
    missed, close = [], []
    if math.isinf(allowed):
        return missed, close
    undeclared = found.keys() - wanted.keys() - {"outer"} if all_declared else set()
    for name in sorted(wanted.keys() | undeclared):
        expected, got = wanted.get(name, 0.0), found.get(name, 0.0)
        difference = abs(got - expected)
        if not difference <= allowed * expected:
            missed.append(
                f"the {kind} of {name} is {got:.12g} instead of {expected:.12g}"
                + (f", {got / expected - 1:+.2g} of it off" if expected else "")
            )
        elif allowed > LAYERED.volume_deviation and difference > allowed * expected / 2:
            close.append(f"the {kind} of {name} is {got / expected - 1:+.2%} off (limit {100 * allowed:g}%)")
    return missed, close


def unusable_cells(quality: Mapping[str, Any], gate: Gate) -> list[str]:
    """Angles and ratios, as `measure` found them, that the gate forbids."""
    problems = []
    if quality["dihedral_angle_max"] > gate.dihedral_max:
        problems.append(
            f"a cell has a dihedral angle of {quality['dihedral_angle_max']:.1f}° "
            f"(limit {gate.dihedral_max:g}°)"
        )
    if quality["dihedral_angle_min"] < gate.dihedral_min:
        problems.append(
            f"a cell has a dihedral angle of {quality['dihedral_angle_min']:.2f}° "
            f"(at least {gate.dihedral_min:g}°)"
        )
    if quality["radius_ratio_min"] < gate.radius_ratio_min:
        problems.append(
            f"a cell has a radius ratio of {quality['radius_ratio_min']:.3g} "
            f"(at least {gate.radius_ratio_min:g})"
        )
    poor = quality.get("cells_below_radius_ratio_0.1", 0)
    if gate.poor_cells is not None and poor > gate.poor_cells:
        problems.append(f"{poor} cells have a radius ratio below {POOR_RATIO:g} (at most {gate.poor_cells})")
    return problems


def _compiled_measures(points: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Dihedral angles (m, 6) [degrees] and radius ratios (m,)."""
    from .kernels.cells import measures

    angles, ratios = np.empty((len(cells), 6)), np.empty(len(cells))
    measures(np.ascontiguousarray(points, float), contiguous(cells), angles, ratios)
    return angles, ratios


def _blocks(count: int) -> Iterator[slice]:
    return (slice(start, start + _BLOCK) for start in range(0, count, _BLOCK))


def _corners(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Corners as (4, 3, m): components apart, for vectorised arithmetic on long rows."""
    return np.ascontiguousarray(points[cells].transpose(1, 2, 0))


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _face_normals(corners: np.ndarray) -> np.ndarray:
    """Outward normals of twice the face's area, shape (4, 3, m): face k lies opposite to corner k."""
    o, a, b, c = corners
    x, y, z = a - o, b - o, c - o
    one, two, three = _cross(y, z), _cross(z, x), _cross(x, y)
    # Each is exact to rounding on its own; as the negative sum of the others the first would not be.
    return np.stack([_cross(b - a, c - a), -one, -two, -three])


def _dihedral_angles(corners: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Angles [degrees], shape (6, m), between the faces that meet in each edge."""
    six_volumes = np.abs(_dot(corners[1] - corners[0], normals[1]))
    angles = np.empty((6, corners.shape[2]))
    for row, (i, j) in enumerate(combinations(range(4), 2)):
        k, m = (n for n in range(4) if n not in (i, j))
        edge = corners[j] - corners[i]
        # |n × n'| is six times the volume times the edge; atan2 keeps its accuracy for very flat cells.
        sine = six_volumes * np.sqrt(_dot(edge, edge))
        angles[row] = np.degrees(np.arctan2(sine, -_dot(normals[k], normals[m])))
    return angles


def _radius_ratios(corners: np.ndarray, normals: np.ndarray) -> np.ndarray:
    a, b, c = corners[1:] - corners[0]
    volume = np.abs(_dot(a, normals[1])) / 6
    surface = sum(np.sqrt(_dot(normal, normal)) for normal in normals) / 2
    # The circumcentre relative to corner 0 is this over twice six times the volume.
    centre = -(_dot(a, a) * normals[1] + _dot(b, b) * normals[2] + _dot(c, c) * normals[3])
    # 9 V / (surface · circumradius), with V in the numerator so that a cell without volume gives 0.
    product = surface * np.sqrt(_dot(centre, centre))
    return np.divide(108 * volume**2, product, out=np.zeros_like(volume), where=product > 0)
