"""Cut tetrahedra along the zero surface of a field (isosurface stuffing).

Vertices near the surface move onto it, then every edge whose ends lie on different sides is bisected at the
surface, in one order for the whole mesh, so that neighbours agree.  F. Labelle, J. R. Shewchuk, ACM Trans.
Graph. 26(3), 57, 2007 (doi:10.1145/1276377.1276448) prove bounds on the angles for the body-centred lattice;
here vertices on walls and planes may only slide within them, where no bound is known.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..tetrahedra import cell_volumes, contiguous
from .adjacency import Faces, match_faces, unique_edges
from .lattice import movable

SNAP_LONG, SNAP_SHORT = 0.25, 0.41
"""A vertex moves if an edge is cut closer to it than this part of it (Labelle and Shewchuk, table 1)."""

_LONG = 0.93
"""Edges longer than this part of the longest edge around are long ones (the short ones have 0.87 of it)."""

_SMALLEST_VOLUME = 0.06
"""Vertices step back until no cell shrinks below this part of its volume."""

_LARGEST_SLIDE = 0.35
"""Largest slide of a vertex within a plane, as part of its shortest edge."""


class Cut(NamedTuple):
    """Cells cut along a surface.

    Attributes
    ----------
    points : (n, 3) float [m]
        The given ones, some of them moved, then the new ones on the surface.
    cells : (m, 4) int
        Oriented as the given ones.
    planes : (n,) uint32
    parents : (m,) int
        The given cell of which this one is a part.
    sides : (m,) int8
        -1 or 1: sign of the field in the cell; 0 in parts of inactive cells.
    faces
        Which cells share faces.
    """

    points: np.ndarray
    cells: np.ndarray
    planes: np.ndarray
    parents: np.ndarray
    sides: np.ndarray
    faces: Faces


def cut_along(
    field: Callable[[np.ndarray], np.ndarray],
    points: np.ndarray,
    cells: np.ndarray,
    planes: np.ndarray,
    values: np.ndarray,
    active: np.ndarray,
    size: float,
    frozen: np.ndarray | None = None,
) -> Cut:
    """Cut the active cells where the field is zero; cells beside them follow, so that all stays conformal.

    Parameters
    ----------
    field
        Maps points (k, 3) to values (k,).
    values : (n,) float
        Field at the points; read at corners of active cells only.
    active : (m,) bool
    size
        Typical edge length [m], for tolerances.
    frozen : (n,) bool
        Vertices that may not move.
    """
    from ..kernels.corners import corner_range

    points, cells = points.copy(), contiguous(cells)
    values = np.where(np.abs(values) < 1e-7 * size, 0.0, values)
    used = np.zeros(len(points), bool)
    used[cells[active]] = True
    values[~used] = 0.0
    frozen = np.zeros(len(points), bool) if frozen is None else frozen

    low, high = corner_range(cells, values)
    mixed = active & (low < 0) & (high > 0)
    edges, longest = _cut_edges(points, cells[mixed], values)
    at = _roots(field, points[edges[:, 0]], points[edges[:, 1]], *values[edges].T)
    crossings = points[edges[:, 0]] + at[:, None] * (points[edges[:, 1]] - points[edges[:, 0]])

    snapped = _warp(field, points, cells, planes, edges, longest, at, crossings, frozen, size)
    values[snapped] = 0.0
    remaining = np.all(values[edges] != 0, axis=1)
    edges, crossings = edges[remaining], crossings[remaining]
    cells, parents = bisect(points, cells, edges, size)
    points = np.concatenate([points, crossings])
    planes = np.concatenate([planes, planes[edges[:, 0]] & planes[edges[:, 1]]])
    values = np.concatenate([values, np.zeros(len(edges))])
    faces = match_faces(cells)
    sides = _sides(field, points, cells, values, active[parents], faces)
    return Cut(points, cells, planes, parents, sides, faces)


def _cut_edges(points: np.ndarray, cells: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edges with ends on different sides, and the longest edge of the cells around each."""
    from ..kernels.cutting import crossed_edges, largest_of

    pairs, longest = crossed_edges(points, cells, values)
    edges, number = unique_edges(pairs, len(points))
    return edges, largest_of(longest, number, len(edges))


def _roots(field, start, end, at_start, at_end, evaluations: int = 3) -> np.ndarray:
    """Where the field vanishes on segments, as part of their length: regula falsi, Illinois variant."""
    low, high = np.zeros(len(start)), np.ones(len(start))
    f_low, f_high = at_start.copy(), at_end.copy()
    kept = np.zeros(len(start), np.int8)
    for _ in range(evaluations):
        at = _secant(low, high, f_low, f_high)
        value = field(start + at[:, None] * (end - start))
        lower = np.signbit(value) == np.signbit(at_start)
        f_high = np.where(lower & (kept > 0), f_high / 2, f_high)
        f_low = np.where(~lower & (kept < 0), f_low / 2, f_low)
        kept = np.where(lower, 1, -1).astype(np.int8)
        low, f_low = np.where(lower, at, low), np.where(lower, value, f_low)
        high, f_high = np.where(lower, high, at), np.where(lower, f_high, value)
    return np.clip(_secant(low, high, f_low, f_high), 1e-6, 1 - 1e-6)


def _secant(low, high, f_low, f_high) -> np.ndarray:
    slope = f_high - f_low
    return np.clip((low * f_high - high * f_low) / np.where(slope == 0, 1.0, slope), low, high)


def _warp(field, points, cells, planes, edges, longest, at, crossings, frozen, size) -> np.ndarray:
    """Move vertices close to the surface onto it (in place), and return their numbers."""
    length = np.linalg.norm(points[edges[:, 1]] - points[edges[:, 0]], axis=1)
    snap = np.tile(np.where(length > _LONG * longest, SNAP_LONG, SNAP_SHORT), 2)
    vertex, other = np.concatenate([edges, edges[:, ::-1]]).T
    part = np.concatenate([at, 1 - at])
    distance, target = part * np.tile(length, 2), np.tile(crossings, (2, 1))
    near = (part < snap) & ~frozen[vertex]
    vertex, other, distance, target = vertex[near], other[near], distance[near], target[near]
    along = (planes[vertex] & planes[other]) == planes[vertex]
    # Per vertex the nearest crossing on an edge that stays on its planes, else the nearest of all.
    order = np.lexsort((distance, ~along, vertex))
    order = order[np.diff(vertex[order], prepend=-1) != 0]
    vertex, target, along = vertex[order], target[order], along[order]

    shortest = np.full(len(points), np.inf)
    np.minimum.at(shortest, edges.ravel(), np.repeat(length, 2))
    sliding = vertex[~along]
    slid = _slide(field, points[sliding], movable(planes[sliding]), shortest[sliding], size)
    target[~along] = slid
    move_vertices(points, cells, vertex, target)
    return vertex


def _slide(field, start, free, shortest, size) -> np.ndarray:
    """Points of the surface near vertices that may move along some axes only; the start if none is near."""
    position = start.copy()
    step = 1e-4 * size
    for _ in range(4):
        value = field(position)
        gradient = np.zeros_like(position)
        for axis in range(3):
            shift = step * np.eye(3)[axis]
            here = free[:, axis]
            gradient[here, axis] = (field(position[here] + shift) - field(position[here] - shift)) / (
                2 * step
            )
        square = np.einsum("ij,ij->i", gradient, gradient)
        move = np.where(square > 1e-3, -value / np.maximum(square, 1e-12), 0.0)[:, None] * gradient
        length = np.linalg.norm(move, axis=1)
        position += move * np.minimum(1.0, 0.2 * shortest / np.maximum(length, 1e-300))[:, None]
    far = np.linalg.norm(position - start, axis=1) > _LARGEST_SLIDE * shortest
    position[far] = start[far]
    return position


def move_vertices(points: np.ndarray, cells: np.ndarray, vertex: np.ndarray, target: np.ndarray) -> None:
    """Move vertices to their targets, or part of the way where a cell would become too small."""
    from ..kernels.corners import corners_in

    number = np.full(len(points), -1)
    number[vertex] = np.arange(len(vertex))
    around = cells[corners_in(cells, number >= 0) > 0]
    smallest = _SMALLEST_VOLUME * cell_volumes(points, around)
    start, part = points[vertex], np.ones(len(vertex))
    for factor in (0.5, 0.5, 0.0, 0.0):
        points[vertex] = start + part[:, None] * (target - start)
        small = cell_volumes(points, around) < smallest
        if not small.any():
            return
        guilty = np.unique(number[around[small]])
        part[guilty[guilty >= 0]] *= factor
    points[vertex] = start + part[:, None] * (target - start)


def bisect(points, cells, edges, size) -> tuple[np.ndarray, np.ndarray]:
    """Cells bisected at the given sorted edges, longest first; edge k gets the vertex len(points) + k."""
    from ..kernels.corners import corners_in
    from ..kernels.cutting import bisected

    count = len(points)
    length = np.linalg.norm(points[edges[:, 1]] - points[edges[:, 0]], axis=1)
    middle = np.round(points[edges].mean(axis=1) / size * 1e6)
    rank = np.empty(len(edges), int)
    rank[np.lexsort((middle[:, 2], middle[:, 1], middle[:, 0], -np.round(length / size * 1e4)))] = np.arange(
        len(edges)
    )

    at_cut = np.zeros(count, bool)
    at_cut[edges] = True
    whole = corners_in(cells, at_cut) < 2
    parts, owners = bisected(cells[~whole], edges, rank, count)
    parents = np.concatenate([np.flatnonzero(whole), np.flatnonzero(~whole)[owners]])
    return np.concatenate([cells[whole], parts]), parents


def _sides(field, points, cells, values, active, faces: Faces) -> np.ndarray:
    """Side of every active cell: that of its corners, or of its neighbours if all lie on the surface."""
    from ..kernels.corners import corner_range

    low, high = corner_range(cells, values)
    sides = np.where(active, np.sign(np.where(-low > high, low, high)), 0).astype(np.int8)
    flat = active & (sides == 0)
    one, other = faces.neighbours[flat[faces.neighbours].any(axis=1)].T
    votes = np.bincount(np.concatenate([one, other]), sides[np.concatenate([other, one])], len(cells))
    sides[flat] = np.sign(votes[flat])
    flat &= sides == 0
    sides[flat] = np.where(field(points[cells[flat]].mean(axis=1)) < 0, -1, 1)
    return sides
