"""Triangulated planforms: the plane figure that an extrusion drags along its axis."""

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np

from .parameters import MICROMETRE
from .sizing import MeshSizes

_TRIANGLE, _FRONTAL_DELAUNAY = 2, 6


@dataclasses.dataclass(frozen=True)
class Planform:
    """A conforming triangulation whose triangles play named roles.

    Attributes
    ----------
    points : (n, 2) float
        In-plane coordinates [µm].
    triangles : (m, 3) int
        Corners of every triangle.
    roles : (m,) int
        Role of every triangle, an index into ``role_names``.
    role_names : tuple of str
        For instance ``("gap", "anode", "cathode")``.
    """

    points: np.ndarray
    triangles: np.ndarray
    roles: np.ndarray
    role_names: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Rectangle:
    """An axis-parallel rectangle of a role, corners in micrometres."""

    role: str
    u0: float
    v0: float
    u1: float
    v1: float


def strips(strip_ends: Sequence[tuple[str, np.ndarray]], v: np.ndarray) -> Planform:
    """Tensor-product planform: strips of a role side by side along u, each divided at its own points.

    Parameters
    ----------
    strip_ends
        Role and dividing points of each strip [µm], in the order of increasing u; neighbours share an end.
    v
        Dividing points across the strips [µm].
    """
    names = tuple(dict.fromkeys(role for role, _ in strip_ends))
    u = np.concatenate([strip_ends[0][1][:1], *(points[1:] for _, points in strip_ends)])
    role_of_column = np.concatenate(
        [np.full(len(points) - 1, names.index(role)) for role, points in strip_ends]
    )
    rows = len(v)
    i, j = (a.ravel() for a in np.meshgrid(np.arange(len(u) - 1), np.arange(rows - 1), indexing="ij"))
    low, right, up, far = i * rows + j, (i + 1) * rows + j, i * rows + j + 1, (i + 1) * rows + j + 1
    # Diagonals alternate, so that no direction is preferred; each joins an even-even and an odd-odd point.
    rising = ((i + j) % 2 == 0)[:, None]
    one = np.where(rising, np.stack([low, right, far], 1), np.stack([low, right, up], 1))
    two = np.where(rising, np.stack([low, far, up], 1), np.stack([right, far, up], 1))
    points = np.stack([np.repeat(u, rows), np.tile(v, len(u))], axis=1)
    triangles = np.stack([one, two], axis=1).reshape(-1, 3)
    # Numbering the right-angled corners between the others makes the split prisms free of obtuse angles.
    order, number = _even_mixed_odd(len(u), rows)
    points, triangles = points[order], number[triangles]
    return Planform(points, triangles, np.repeat(role_of_column[i], 2), names)


def _even_mixed_odd(columns: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Order of grid points by kind (both indices even, one, none), and the number each point gets by it."""
    i, j = np.divmod(np.arange(columns * rows), rows)
    order = np.argsort(i % 2 + j % 2, kind="stable")
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    return order, number


def uniform_points(length: float, largest: float, minimum: int = 1) -> np.ndarray:
    """Equidistant points from 0 to ``length``, no farther apart than ``largest``."""
    return np.linspace(0.0, length, max(minimum, math.ceil(length / largest - 1e-9)) + 1)


def triangulate(domain: Rectangle, rectangles: Sequence[Rectangle], sizes: MeshSizes) -> Planform:
    """Triangulate a rectangle that holds others, graded towards the edges where the role changes.

    Roles follow the rectangles through OpenCASCADE's fragment map, edges through adjacency: nothing is looked
    up by position.  Gmsh must be initialised; its current model is left as it was.

    Parameters
    ----------
    domain
        The whole planform; its role belongs to whatever no other rectangle covers.
    rectangles
        Rectangles inside the domain; those that overlap or touch must be of one role.
    sizes
        With every size given [m]; cells grow from ``interface_size`` to ``size``.
    """
    import gmsh

    before = gmsh.model.getCurrent()
    gmsh.model.add("planform")
    try:
        role_of_surface = _draw(domain, rectangles)
        _set_sizes(_role_changes(role_of_surface), sizes)
        gmsh.model.mesh.generate(2)
        return _collect(role_of_surface)
    finally:
        gmsh.model.remove()
        gmsh.model.setCurrent(before)


def _draw(domain: Rectangle, rectangles: Sequence[Rectangle]) -> dict[int, str]:
    """Draw and fragment; returns the role of every surface."""
    import gmsh

    occ = gmsh.model.occ
    everything = [domain, *rectangles]
    drawn = [(2, occ.addRectangle(r.u0, r.v0, 0.0, r.u1 - r.u0, r.v1 - r.v0)) for r in everything]
    _, pieces = occ.fragment(drawn[:1], drawn[1:])
    occ.synchronize()
    # The domain comes first, hence rectangles overwrite its role on their pieces.
    return {surface: r.role for r, parts in zip(everything, pieces, strict=True) for _, surface in parts}


def _role_changes(role_of_surface: Mapping[int, str]) -> list[int]:
    """Curves between surfaces of different roles."""
    import gmsh

    changes = []
    for _, curve in gmsh.model.getEntities(1):
        surfaces, _ = gmsh.model.getAdjacencies(1, curve)
        if len({role_of_surface[surface] for surface in surfaces}) > 1:
            changes.append(curve)
    return changes


def _set_sizes(curves: Sequence[int], sizes: MeshSizes) -> None:
    """Background field: ``interface_size`` on the curves, growing with the distance up to ``size``."""
    import gmsh

    fine, coarse = sizes.interface_size / MICROMETRE, sizes.size / MICROMETRE
    longest = max(gmsh.model.occ.getMass(1, curve) for curve in curves)
    field = gmsh.model.mesh.field
    distance = field.add("Distance")
    field.setNumbers(distance, "CurvesList", curves)
    field.setNumber(distance, "Sampling", min(max(20, math.ceil(2 * longest / fine)), 20_000))
    size = field.add("Threshold")
    # Geometric layers of ratio g are, in the continuum, h = fine + (g − 1)·distance.
    for name, value in (
        ("InField", distance),
        ("SizeMin", fine),
        ("SizeMax", coarse),
        ("DistMin", 0.0),
        ("DistMax", max((coarse - fine) / (sizes.growth - 1), 1e-9 * fine)),
    ):
        field.setNumber(size, name, value)
    field.setAsBackgroundMesh(size)
    for name in ("MeshSizeExtendFromBoundary", "MeshSizeFromPoints", "MeshSizeFromCurvature"):
        gmsh.option.setNumber(f"Mesh.{name}", 0)
    gmsh.option.setNumber("Mesh.Algorithm", _FRONTAL_DELAUNAY)


def _collect(role_of_surface: Mapping[int, str]) -> Planform:
    import gmsh

    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    order = np.argsort(tags)
    names = tuple(dict.fromkeys(role_of_surface.values()))
    triangles, roles = [], []
    for surface, role in sorted(role_of_surface.items()):
        corners = gmsh.model.mesh.getElementsByType(_TRIANGLE, surface)[1].reshape(-1, 3)
        triangles.append(np.searchsorted(tags[order], corners))
        roles.append(np.full(len(corners), names.index(role)))
    points = coordinates.reshape(-1, 3)[order, :2]
    return Planform(points, np.concatenate(triangles), np.concatenate(roles), names)
