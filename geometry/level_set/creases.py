"""Sharp edges and corners of a surface, which a cut chamfers, put back into it.

A facet whose corners lie on two smooth sheets cuts off the edge in which these meet.  Tangent planes at two places of
such a chord meet near that edge; taken again from places nearer to where they met, they find it, while normals of one
curved sheet become alike (L. P. Kobbelt, M. Botsch, U. Schwanecke, H.-P. Seidel, Proc. SIGGRAPH 2001, 57,
doi:10.1145/383259.383265).  Where the edge passes close to an end of the chord, that vertex moves onto it, else the
chord is split there, as in the cut itself.  Facets of three such vertices cut off a corner, onto which the nearest of
them moves.
"""

from collections.abc import Callable

import numpy as np

from ..tetrahedra import contiguous
from .adjacency import match_faces, surface_facets, unique_edges
from .cut_mesh import CutMesh
from .lattice import movable
from .level import PORE, SOLID
from .smoothing import widen_smallest_angles
from .stuffing import bisect

Values = Callable[[np.ndarray], np.ndarray]

_FLAT = 0.002
"""A chord or facet whose middle is closer to the surface than this [lattice edges] lies on it."""

_SHARP = np.cos(np.radians(25.0))
"""Cosine of the angle between two normals above which they belong to one smooth sheet."""

_TOWARDS = (0.8, 0.2, 0.2)
"""Where tangent planes are taken, as part of the way from where they met last; at first, from the middle."""

_NEAR = 0.35
"""An end of the chord moves if it has less than this part of the two ways to the edge."""

_EXACT = 1e-3
"""What is closer to the surface than this [lattice edges] lies on it."""

_ROUNDS = 4

_PARTS = (1.0, 0.6, 0.3, 0.1)
"""Parts of the way to a sharp edge that a vertex moves at once."""

_PATIENCE = 8
"""Times that others make room for it."""

_LEAST_ANGLE = 5.0
"""Dihedral angle [degrees] below which no move may bring a cell, unless by less than it has."""

_LEAST_FAIRNESS = 0.45
"""The same of facets; 30°, 30° and 120° have 0.6, 15°, 15° and 150° have 0.3."""

_SUFFICIENT_ANGLE = 12.0
"""Cells with larger dihedral angles [degrees] make room enough."""


def sharpen(mesh: CutMesh, field: Values, size: float) -> CutMesh:
    """The mesh with vertices and edges of the surface between solid and pore on its sharp edges and corners.

    Parameters
    ----------
    field
        Maps points (k, 3) to values (k,) [m]; vanishes on the surface.
    size
        Edge of the lattice [m].
    """
    given = len(mesh.points)
    for _ in range(_ROUNDS):
        vertex, target = _corners(mesh, field, size)
        mesh = _brought(mesh, vertex, target, size)
        # Where an edge ends on a plane is a corner too.
        for on_planes in (True, False):
            mesh, found = _onto_edges(mesh, field, size, on_planes, given)
        if not found:
            break
    return mesh


def _onto_edges(mesh: CutMesh, field: Values, size: float, on_planes: bool, given: int) -> tuple[CutMesh, bool]:
    """The mesh with chords moved or split onto edges, all or those within planes, and whether there were any."""
    for attempt in range(_ROUNDS):
        chords, at = _crossings(mesh, field, size, on_planes)
        if not len(chords):
            return mesh, attempt > 0
        mesh, there = _moved(mesh, *_near_ends(mesh, chords, at, size))
        if not there.any():
            break
    # What has not come to the edge once is not split again.
    split = ((chords < given) | mesh.creases[chords]).all(axis=1)
    split[split] = _fair(mesh, chords[split], at[split])
    return (_split(mesh, chords[split], at[split], size) if split.any() else mesh), bool(split.any())


def _facets(mesh: CutMesh) -> np.ndarray:
    facets, left, right = surface_facets(mesh.points, mesh.cells, mesh.phases, mesh.faces)
    return facets[(np.minimum(left, right) == SOLID) & (np.maximum(left, right) == PORE)]


def _crossings(mesh: CutMesh, field: Values, size: float, on_planes: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Chords (k, 2) that cut off a sharp edge, and the places (k, 3) on it next to them."""
    facets = _facets(mesh)
    chords, _ = unique_edges(facets[:, [[0, 1], [1, 2], [2, 0]]], len(mesh.points))
    if on_planes:
        chords = chords[mesh.planes[chords[:, 0]] & mesh.planes[chords[:, 1]] > 0]
    ends = mesh.points[chords]
    off = np.abs(field(ends.mean(axis=1))) > _FLAT * size
    chords, ends = chords[off], ends[off]
    at, sharp = _meeting(field, ends, movable(mesh.planes[chords[:, 0]] & mesh.planes[chords[:, 1]]), size)
    return chords[sharp], at[sharp]


def _meeting(field: Values, places: np.ndarray, free: np.ndarray, size: float) -> tuple[np.ndarray, np.ndarray]:
    """Where the sheets near two or three places (k, 2 or 3, 3) meet, and whether they do so sharply and nearby.

    Only coordinates that are free (k, 3) change.
    """
    count = places.shape[1]
    at = places.mean(axis=1)
    middle, reach = at.copy(), np.ptp(places, axis=1)
    near = places
    sharp = np.ones(len(at), bool)
    for part in _TOWARDS:
        near = at[:, None] + part * (near - at[:, None])
        values, normals = _tangents(field, near.reshape(-1, 3), np.repeat(free, count, axis=0), size)
        values, normals = values.reshape(-1, count), normals.reshape(-1, count, 3)
        gram = normals @ normals.transpose(0, 2, 1)
        # The least move from the place found last to where all tangent planes meet.
        asked = values + np.einsum("kcd,kcd->kc", normals, at[:, None] - near)
        alike = np.abs(np.linalg.det(gram)) < (1 - _SHARP**2) ** (count - 1)
        sharp &= ~alike
        gram[alike] = np.eye(count)
        step = np.einsum("kcd,kc->kd", normals, np.linalg.solve(gram, asked[..., None])[..., 0])
        at = at - np.where(alike[:, None], 0.0, step)
        if count == 2:
            at += _slid(at, places, np.cross(normals[:, 0], normals[:, 1]))
    sharp &= np.linalg.norm(at - middle, axis=1) <= np.linalg.norm(reach, axis=1)
    sharp[sharp] = np.abs(field(at[sharp])) < 10 * _EXACT * size
    return at, sharp


def _slid(at: np.ndarray, ends: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Way along an edge, through places (k, 3) in directions (k, 3), to where chords (k, 2, 3) pass it."""
    along = along / np.maximum(np.linalg.norm(along, axis=1), 1e-300)[:, None]
    offsets = ends - at[:, None]
    ahead = np.einsum("kcd,kd->kc", offsets, along)
    apart = np.linalg.norm(offsets - ahead[..., None] * along[:, None], axis=2)
    part = apart[:, 0] / np.maximum(apart.sum(axis=1), 1e-300)
    return (ahead[:, 0] + part * (ahead[:, 1] - ahead[:, 0]))[:, None] * along


def _tangents(field: Values, places: np.ndarray, free: np.ndarray, size: float) -> tuple[np.ndarray, np.ndarray]:
    """Signed distances (k,) of tangent planes and their normals (k, 3), within what is free."""
    step = _EXACT * size
    sides = [field(places + sign * step * unit) for unit in np.eye(3) for sign in (1, -1)]
    gradient = np.stack([(sides[2 * k] - sides[2 * k + 1]) / (2 * step) for k in range(3)], axis=1) * free
    slope = np.maximum(np.linalg.norm(gradient, axis=1), 1e-3)
    return field(places) / slope, gradient / slope[:, None]


def _near_ends(mesh: CutMesh, chords, at, size) -> tuple[np.ndarray, np.ndarray]:
    """Ends of chords that are near enough to the sharp edge to move onto it, and where to."""
    ways = np.linalg.norm(mesh.points[chords] - at[:, None], axis=2)
    part = ways / ways.sum(axis=1, keepdims=True)
    vertex, target, way = chords.T.ravel(), np.tile(at, (2, 1)), ways.T.ravel()
    near = (part.T.ravel() < _NEAR) & ~mesh.creases[vertex] & _reachable(mesh, vertex, target, size)
    return _nearest(vertex[near], target[near], way[near])


def _reachable(mesh: CutMesh, vertex, target, size) -> np.ndarray:
    """Whether targets lie on the planes that the vertices have to stay on."""
    return np.all(movable(mesh.planes[vertex]) | (np.abs(target - mesh.points[vertex]) < _EXACT * size), axis=1)


def _nearest(vertex, target, way) -> tuple[np.ndarray, np.ndarray]:
    """Each vertex once, with the nearest of its targets, in the order of the ways."""
    order = np.lexsort((way, vertex))
    order = order[np.diff(vertex[order], prepend=-1) != 0]
    order = order[np.argsort(way[order], kind="stable")]
    return vertex[order], target[order]


def _moved(mesh: CutMesh, vertex, target, parts=(1.0,)) -> tuple[CutMesh, np.ndarray]:
    """The mesh with vertices moved towards places on sharp edges as far as cells allow, and which are there (k,)."""
    from ..kernels.cells import smallest_angles
    from ..kernels.stars import move_towards, stars

    points, creases, cells = mesh.points.copy(), mesh.creases.copy(), contiguous(mesh.cells)
    number, on_surface = np.full(len(points), -1), np.zeros(len(points), bool)
    number[vertex] = np.arange(len(vertex))
    on_surface[_facets(mesh)] = True
    smallest, around = smallest_angles(points, cells), stars(cells, number, len(vertex))
    parts, asked = np.array(parts), (_LEAST_ANGLE, _LEAST_FAIRNESS)
    moved = move_towards(points, cells, smallest, on_surface, vertex, *around, target, parts, *asked)
    there = moved == 1
    creases[vertex[there]] = True
    return mesh._replace(points=points, creases=creases), there


def _fair(mesh: CutMesh, chords, at) -> np.ndarray:
    """Whether no facet beside a chord becomes a needle once that is split by a vertex at a place."""
    from ..kernels.stars import fairnesses

    facets = _facets(mesh)
    sides = facets[:, [[1, 2], [2, 0], [0, 1]]].reshape(-1, 2)
    # The given chords come first, each by its own number.
    _, number = unique_edges(np.concatenate([chords, sides]), len(mesh.points))
    of_chord = np.full(number.max(initial=-1) + 1, -1)
    of_chord[number[: len(chords)]] = np.arange(len(chords))
    chord = of_chord[number[len(chords) :]]
    beside, opposite = chord[chord >= 0], mesh.points[facets.ravel()[chord >= 0]]
    fair, at = np.ones(len(chords), bool), np.ascontiguousarray(at[beside])
    for end in mesh.points[chords[beside]].transpose(1, 0, 2):
        fair[beside[fairnesses(np.ascontiguousarray(end), at, opposite) < _LEAST_FAIRNESS]] = False
    return fair


def _split(mesh: CutMesh, chords, at, size) -> CutMesh:
    """The mesh with chords split next to places of the sharp edge, and the new vertices on it."""
    a, b = (mesh.points[chords[:, k]] for k in range(2))
    along = np.einsum("kd,kd->k", at - a, b - a) / np.einsum("kd,kd->k", b - a, b - a)
    new = a + np.clip(along, 0.25, 0.75)[:, None] * (b - a)
    cells, parents = bisect(mesh.points, contiguous(mesh.cells), chords, size)
    first = len(mesh.points)
    mesh = mesh._replace(
        points=np.concatenate([mesh.points, new]),
        cells=cells,
        planes=np.concatenate([mesh.planes, mesh.planes[chords[:, 0]] & mesh.planes[chords[:, 1]]]),
        slabs=mesh.slabs[parents],
        phases=mesh.phases[parents],
        faces=match_faces(cells),
        creases=np.concatenate([mesh.creases, np.zeros(len(new), bool)]),
    )
    return _brought(mesh, np.arange(first, first + len(new)), at, size)


def _brought(mesh: CutMesh, vertex, target, size) -> CutMesh:
    """The mesh with vertices at their targets, by and by, while others make room."""
    surface = np.unique(_facets(mesh))
    for _ in range(_PATIENCE):
        mesh, there = _moved(mesh, vertex, target, _PARTS)
        vertex, target = vertex[~there], target[~there]
        if not len(vertex):
            break
        free = movable(mesh.planes)
        free[surface] = False
        mesh = mesh._replace(points=widen_smallest_angles(mesh.points, mesh.cells, free, size, _SUFFICIENT_ANGLE))
    return mesh


def _corners(mesh: CutMesh, field: Values, size: float) -> tuple[np.ndarray, np.ndarray]:
    """Vertices next to corners of the surface, and the corners."""
    facets = _facets(mesh)
    corners = mesh.points[facets]
    off = np.abs(field(corners.mean(axis=1))) > _FLAT * size
    facets, corners = facets[off], corners[off]
    at, sharp = _meeting(field, corners, np.ones((len(corners), 3), bool), size)
    vertex, target = facets[sharp].ravel(), np.repeat(at[sharp], 3, axis=0)
    way = np.linalg.norm(mesh.points[vertex] - target, axis=1)
    met = (way < _EXACT * size).reshape(-1, 3).any(axis=1).repeat(3)
    allowed = _reachable(mesh, vertex, target, size) & ~met
    # Facets around one corner find it each for itself: one vertex goes there.
    vertex, target = _nearest(vertex[allowed], target[allowed], way[allowed])
    _, first = np.unique(np.round(target / (0.1 * size)), axis=0, return_index=True)
    first = np.sort(first)
    return vertex[first], target[first]
