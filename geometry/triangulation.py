"""Figures drawn with OpenCASCADE and triangulated by Gmsh, graded towards the edges where the role changes."""

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np

from .figures import Figure, Outline
from .parameters import MICROMETRE
from .planform import Planform
from .sizing import MeshSizes

SEGMENTS = 42
"""Segments of a full circle at least, up to Gmsh's rounding: a polygon of 40 sides is 0.4 % smaller."""

# Measured: where sizes grow by the ratio g, Gmsh makes 1 + 0.85 (g − 1) times as many triangles as
# equilateral ones of the wanted size would be, elsewhere just as many; and beside arcs an eighth more.
_EXCESS_PER_GROWTH = 0.85
_EXCESS_AT_ARCS = 1.125

_TRIANGLE, _FRONTAL_DELAUNAY = 2, 6


def triangulate(domain: Figure, figures: Sequence[Figure], sizes: MeshSizes) -> Planform:
    """Triangulate a domain that holds figures, graded towards the edges where the role changes.

    Roles follow the figures through OpenCASCADE's fragment map, edges through adjacency: nothing is looked
    up by position.  Gmsh must be initialised; its current model is left as it was.

    Parameters
    ----------
    domain
        The whole planform; its role belongs to whatever no figure covers.
    figures
        Where they overlap, the one that stands later in the list wins.  What sticks out of the domain is
        cut off.
    sizes
        With every size given [m]; cells grow from ``interface_size`` to ``size``.  Circles have at least
        ``SEGMENTS`` segments.
    """
    import gmsh

    before = gmsh.model.getCurrent()
    gmsh.model.add("planform")
    try:
        role_of_surface, regular = _draw([domain, *figures])
        divisions_of_curve = _divide_regular(regular)
        _set_sizes(_edge_sizes(role_of_surface, regular, divisions_of_curve, sizes), sizes)
        gmsh.model.mesh.generate(2)
        return _collect(role_of_surface, regular)
    finally:
        gmsh.model.remove()
        gmsh.model.setCurrent(before)


def _draw(figures: Sequence[Figure]) -> tuple[dict[int, str], dict[int, Outline]]:
    """Draw and fragment, the domain first; returns the role of every surface and regular ones' figures."""
    import gmsh

    occ = gmsh.model.occ
    drawn = [(2, figure.draw()) for figure in figures]
    _, pieces = occ.fragment(drawn[:1], drawn[1:])
    inside = {surface for _, surface in pieces[0]}
    outside = {surface for parts in pieces[1:] for _, surface in parts} - inside
    if outside:
        occ.remove([(2, surface) for surface in outside], recursive=True)
    occ.synchronize()
    roles: dict[int, str] = {}
    regular: dict[int, Outline] = {}
    for figure, parts in zip(figures, pieces, strict=True):
        for _, surface in parts:
            if surface in inside:
                roles[surface] = figure.role
                if getattr(figure, "divisions", None):
                    regular[surface] = figure
    return roles, regular


def _divide_regular(regular: Mapping[int, Outline]) -> dict[int, int]:
    """Make regular surfaces one row of cells; returns the number of segments of the curves around them."""
    import gmsh

    mesh = gmsh.model.mesh
    divisions: dict[int, int] = {}
    for surface, figure in regular.items():
        for curve in gmsh.model.getAdjacencies(2, surface)[1]:
            divisions[int(curve)] = figure.divisions if _curvature(curve) > 0 else 1
        mesh.setTransfiniteSurface(surface)
    for curve, count in divisions.items():
        mesh.setTransfiniteCurve(curve, count + 1)
    return divisions


def _edge_sizes(
    role_of_surface: Mapping[int, str],
    regular: Mapping[int, Outline],
    divisions: Mapping[int, int],
    sizes: MeshSizes,
) -> dict[float, list[int]]:
    """Curves that set cell sizes, by the size at them [µm].

    Those are where the role changes, arcs of the outline, and the first and last arc of regular rings.
    """
    import gmsh

    fine, coarse = sizes.interface_size / MICROMETRE, sizes.size / MICROMETRE
    found: dict[float, list[int]] = {}
    for _, curve in gmsh.model.getEntities(1):
        surfaces, _ = gmsh.model.getAdjacencies(1, curve)
        change = len({role_of_surface[surface] for surface in surfaces}) > 1
        curvature = _curvature(curve)
        ends_rings = len({surface in regular for surface in surfaces}) > 1
        if not change and (curvature == 0 or not (len(surfaces) == 1 or ends_rings)):
            continue
        if curve in divisions:
            size = gmsh.model.occ.getMass(1, curve) / divisions[curve]
        else:
            size = fine if change else coarse
            if curvature > 0:
                size = min(size, 2 * math.pi / curvature / SEGMENTS)
        found.setdefault(float(f"{min(size, coarse):.9g}"), []).append(curve)
    return found


def _curvature(curve: int) -> float:
    """Curvature in the middle of a curve [1/µm]; 0 for a straight line."""
    import gmsh

    if gmsh.model.getType(1, curve) == "Line":
        return 0.0
    low, high = gmsh.model.getParametrizationBounds(1, curve)
    return float(gmsh.model.getCurvature(1, curve, [(low[0] + high[0]) / 2])[0])


def _set_sizes(edge_sizes: Mapping[float, Sequence[int]], sizes: MeshSizes) -> None:
    """Background field: each curve's size at the curve, growing with the distance up to ``size``."""
    import gmsh

    coarse = sizes.size / MICROMETRE
    field = gmsh.model.mesh.field
    thresholds = []
    for fine, curves in edge_sizes.items():
        longest = max(gmsh.model.occ.getMass(1, curve) for curve in curves)
        distance = field.add("Distance")
        field.setNumbers(distance, "CurvesList", curves)
        field.setNumber(distance, "Sampling", min(max(20, math.ceil(2 * longest / fine)), 20_000))
        threshold = field.add("Threshold")
        # Geometric layers of ratio g are, in the continuum, h = fine + (g − 1)·distance.
        for name, value in (
            ("InField", distance),
            ("SizeMin", fine),
            ("SizeMax", coarse),
            ("DistMin", 0.0),
            ("DistMax", max((coarse - fine) / (sizes.growth - 1), 1e-9 * fine)),
        ):
            field.setNumber(threshold, name, value)
        thresholds.append(threshold)
    smallest = field.add("Min")
    field.setNumbers(smallest, "FieldsList", thresholds)
    field.setAsBackgroundMesh(smallest)
    for name in ("MeshSizeExtendFromBoundary", "MeshSizeFromPoints", "MeshSizeFromCurvature"):
        gmsh.option.setNumber(f"Mesh.{name}", 0)
    gmsh.option.setNumber("Mesh.Algorithm", _FRONTAL_DELAUNAY)


def _collect(role_of_surface: Mapping[int, str], regular: Mapping[int, Outline]) -> Planform:
    import gmsh

    tags, coordinates, _ = gmsh.model.mesh.getNodes()
    order = np.argsort(tags)
    points = coordinates.reshape(-1, 3)[order, :2]
    names = tuple(dict.fromkeys(role_of_surface.values()))
    kinds = np.ones(len(points), dtype=int)
    triangles, roles = [], []
    for surface, role in sorted(role_of_surface.items()):
        corners = gmsh.model.mesh.getElementsByType(_TRIANGLE, surface)[1].reshape(-1, 3)
        corners = np.searchsorted(tags[order], corners)
        if surface in regular:
            corners = _alternate(regular[surface], np.unique(corners), points, kinds)
        triangles.append(corners)
        roles.append(np.full(len(corners), names.index(role)))
    return Planform(points, np.concatenate(triangles), np.concatenate(roles), names, kinds)


def _alternate(figure: Outline, nodes: np.ndarray, points: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Triangles of a row of cells, with alternating diagonals between nodes of kinds 0 and 2.

    Sets the kind of the row's nodes: 0 where row and column are both even, 2 where both are odd, else 1.
    """
    first = complex(*figure.corners[0]) - complex(*figure.centre)
    last = complex(*figure.corners[-1]) - complex(*figure.centre)
    step = np.angle(last / first) / figure.divisions
    place = points[nodes, 0] + 1j * points[nodes, 1] - complex(*figure.centre)
    column = np.rint(np.angle(place / first) / step).astype(int)
    outer = np.abs(place) > (abs(first) + np.abs(place).max()) / 2
    grid = np.empty((2, figure.divisions + 1), dtype=int)
    grid[outer.astype(int), column] = nodes
    i, j = np.indices(grid.shape)
    kinds[grid] = (i + figure.row) % 2 + j % 2
    low, high, after, above = grid[0, :-1], grid[1, :-1], grid[0, 1:], grid[1, 1:]
    rising = ((figure.row + np.arange(figure.divisions)) % 2 == 0)[:, None]
    one = np.where(rising, np.stack([low, high, above], 1), np.stack([low, high, after], 1))
    two = np.where(rising, np.stack([low, above, after], 1), np.stack([high, above, after], 1))
    return np.concatenate([one, two])


@dataclasses.dataclass(frozen=True)
class Strip:
    """What lies on one side of an edge, for estimates.

    Parameters
    ----------
    length
        Length of the edge [m].
    depth
        Distance over which this edge, and no other, sets the size [m].
    size
        Size at the edge [m].
    bend
        Curvature of the edge [1/m]: positive on the outer side of a circle, negative inside.
    """

    length: float
    depth: float
    size: float
    bend: float = 0.0


def arc_size(radius: float, size: float) -> float:
    """The size on a circle [m]: what is asked for, but no fewer than ``SEGMENTS`` segments."""
    return min(size, 2 * math.pi * radius / SEGMENTS)


def estimate_triangles(area: float, strips: Sequence[Strip], sizes: MeshSizes) -> float:
    """Expected number of triangles of an area [m²] of which strips along edges are graded, the rest coarse."""
    excess = 1 + _EXCESS_PER_GROWTH * (sizes.growth - 1)
    ideal, covered = 0.0, 0.0
    for strip in strips:
        fine = min(strip.size, sizes.size)
        # Points crowd at the edge, where the integrand is steep.
        distance = strip.depth * np.linspace(0.0, 1.0, 400) ** 2
        size = fine + (sizes.growth - 1) * distance
        density = np.where(size < sizes.size, excess / size**2, 1 / sizes.size**2)
        widening = np.maximum(1 + strip.bend * distance, 0.0)
        crowding = 1.0 if strip.bend == 0 else _EXCESS_AT_ARCS
        ideal += crowding * strip.length * np.trapezoid(widening * density, distance)
        covered += strip.length * np.trapezoid(widening, distance)
    ideal += max(area - covered, 0.0) / sizes.size**2
    return ideal * 4 / math.sqrt(3)
