"""Walls of an electrolyte and the columns that stand on their points: where layers of cells will be stacked.

A point of the wall carries one column for each body of electrolyte that meets it there, hence two where a thin wall has
electrolyte on both sides.  A column leans so that it rises by 1 from each wall at its foot, as nearly as that can be
done, and stays on the outer planes and on the boundaries between regions that pass through its foot.
"""

import dataclasses

import numpy as np

from .tags import BOUNDARIES, ELECTROLYTES, REGIONS
from .tetrahedra import TetrahedralMesh
from .topology import Faces, faces_of, tags_of_faces

WALLS = ("anode_surface", "cathode_surface", "collector_surface", "insulation")
"""Boundaries that are walls where they touch an electrolyte."""

_COPLANAR = 1e-9
"""Outer faces whose normals differ from a wall's by less than this (1 − cosine) continue it."""

_SAME_PLANE = 1e-10
_SAME_WALL = 0.02
"""Eigenvalues of the normals' second moment below which they count as one plane, and walls as one wall."""

_STEEPEST = 0.17
"""Least sine of the angle between a column and the walls at its foot; flatter ones cannot stand."""

_LONGEST = 3.0
"""Longest column that rises by 1 from the walls at its foot."""


@dataclasses.dataclass(frozen=True)
class Columns:
    """Columns on the walls of the electrolyte.

    Attributes
    ----------
    foot : (c,) int
        Point on which a column stands.
    direction : (c, 3) float
        Of a column that rises by 1 from the walls; zero where none can stand.
    walls, wall_cells : (w, 3) int, (w,) int
        Columns at the corners of each wall facet, its normal pointing into the electrolyte, and the cell there.  A
        facet with electrolyte on both sides is there twice.
    normals, areas : (w, 3) float, (w,) float
        Unit normals and areas of the wall facets.
    of_cells : (m, 4) int
        Column at each corner of each cell; −1 where there is none.
    rims, rim_tags : (r, 2) int, (r,) int
        Columns of edges at which walls end, and the boundary tag of the outer face that rises there.
    faces, face_tags, on_wall
        All faces of the mesh, their boundary tags, and whether they are walls.
    """

    foot: np.ndarray
    direction: np.ndarray
    walls: np.ndarray
    wall_cells: np.ndarray
    normals: np.ndarray
    areas: np.ndarray
    of_cells: np.ndarray
    rims: np.ndarray
    rim_tags: np.ndarray
    faces: Faces
    face_tags: np.ndarray
    on_wall: np.ndarray

    def at(self, cells: np.ndarray, corners: np.ndarray, cell_corners: np.ndarray) -> np.ndarray:
        """Columns of the corners (k, 3) of faces of given cells (k,); ``cell_corners`` are those of all cells."""
        local = np.argmax(cell_corners[cells][:, None, :] == corners[:, :, None], axis=2)
        return np.take_along_axis(self.of_cells[cells], local, axis=1)


def find_columns(mesh: TetrahedralMesh) -> Columns:
    """Find the walls of a mesh's electrolyte and the columns on them."""
    faces = faces_of(mesh.cells)
    tags = tags_of_faces(mesh, faces)
    fluid = np.isin(mesh.cell_tags, [REGIONS[name] for name in ELECTROLYTES])
    wet = np.stack([fluid[faces.cells[:, 0]], ~faces.exterior & fluid[faces.cells[:, 1]]], axis=1)
    named = np.isin(tags, [BOUNDARIES[name] for name in WALLS])
    on_wall = (~faces.exterior & (wet[:, 0] != wet[:, 1])) | (named & wet.any(axis=1))
    on_wall |= _continued(mesh, faces, on_wall, faces.exterior & wet[:, 0])
    of_cells, foot = _bodies_at_points(mesh.cells, faces, on_wall, fluid, wet.all(axis=1))
    found = Columns(foot, *[np.empty(0)] * 5, of_cells, *[np.empty(0)] * 2, faces, tags, on_wall)

    side_face, side = np.nonzero(wet & on_wall[:, None])
    wall_cells = faces.cells[side_face, side]
    corners, normals, areas = _facing(mesh, faces.corners[side_face], wall_cells)
    walls = found.at(wall_cells, corners, mesh.cells)

    change = wet.all(axis=1) & (mesh.cell_tags[faces.cells[:, 0]] != mesh.cell_tags[faces.cells[:, 1]])
    bound = np.flatnonzero(~on_wall & ((faces.exterior & wet[:, 0]) | change))
    bound_cells = faces.cells[bound, 0]
    bound_corners, bound_normals, _ = _facing(mesh, faces.corners[bound], bound_cells)
    bounds = found.at(bound_cells, bound_corners, mesh.cells)

    direction = _directions(mesh.points, foot, walls, normals, bounds, bound_normals)
    outer = faces.exterior[bound]
    rims, rim_tags, impossible = _rims(walls, bounds[outer], tags[bound[outer]], len(foot))
    direction[impossible] = 0.0
    return dataclasses.replace(
        found,
        direction=direction,
        walls=walls,
        wall_cells=wall_cells,
        normals=normals,
        areas=areas,
        rims=rims,
        rim_tags=rim_tags,
    )


def _facing(mesh: TetrahedralMesh, corners: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Corners of faces, turned so that normals point into the given cells; unit normals and areas."""
    a, b, c = (mesh.points[corners[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    inwards = np.einsum("ij,ij->i", mesh.points[mesh.cells[cells]].mean(axis=1) - a, normals) > 0
    turned = np.where(inwards[:, None], corners, corners[:, ::-1])
    length = np.linalg.norm(normals, axis=1)
    return turned, np.where(inwards, 1, -1)[:, None] * normals / length[:, None], length / 2


def _continued(mesh: TetrahedralMesh, faces: Faces, on_wall: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """Outer faces that continue a wall in its own plane, as the floor between flush electrodes does.

    Layers that ended at such a wall's edge would have to rise from nothing.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    candidates = np.flatnonzero(faces.exterior & (outer | on_wall))
    corners = faces.corners[candidates]
    _, normals, _ = _facing(mesh, corners, faces.cells[candidates, 0])
    edge = _edge_keys(corners, len(mesh.points)).ravel()
    owner = np.repeat(np.arange(len(candidates)), 3)
    order = np.argsort(edge, kind="stable")
    one, two = owner[order[:-1]], owner[order[1:]]
    aligned = 1 - np.einsum("ij,ij->i", normals[one], normals[two]) < _COPLANAR
    linked = (edge[order[:-1]] == edge[order[1:]]) & aligned
    links = (np.ones(np.count_nonzero(linked), dtype=np.int8), (one[linked], two[linked]))
    _, piece = connected_components(coo_array(links, shape=(len(candidates),) * 2), directed=False)
    continued = np.zeros(len(on_wall), dtype=bool)
    continued[candidates] = np.isin(piece, piece[on_wall[candidates]])
    return continued


def _edge_keys(corners: np.ndarray, count: int) -> np.ndarray:
    """One number for each of the three edges of triangles, shape (k, 3)."""
    pairs = np.sort(corners[:, [[0, 1], [1, 2], [2, 0]]], axis=2)
    return pairs[..., 0] * np.int64(count) + pairs[..., 1]


def _bodies_at_points(
    cells: np.ndarray, faces: Faces, on_wall: np.ndarray, fluid: np.ndarray, inside: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Column of every cell corner, −1 for none, and the columns' points.

    Corners of two cells at a point belong together if one can pass from cell to cell without leaving the point or
    crossing a wall.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    point_on_wall = np.zeros(int(cells.max()) + 1, dtype=bool)
    point_on_wall[faces.corners[on_wall]] = True
    member = point_on_wall[cells] & fluid[:, None]
    node = np.full(cells.shape, -1)
    node[member] = np.arange(np.count_nonzero(member))
    passable = np.flatnonzero(inside & ~on_wall)
    passable = passable[point_on_wall[faces.corners[passable]].any(axis=1)]
    ends = []
    for side in range(2):
        there = faces.cells[passable, side]
        local = np.argmax(cells[there][:, None, :] == faces.corners[passable][:, :, None], axis=2)
        ends.append(np.take_along_axis(node[there], local, axis=1).ravel())
    linked = ends[0] >= 0
    count = np.count_nonzero(member)
    links = (np.ones(np.count_nonzero(linked), dtype=np.int8), (ends[0][linked], ends[1][linked]))
    number, column = connected_components(coo_array(links, shape=(count, count)), directed=False)
    of_cells = np.full(cells.shape, -1)
    of_cells[member] = column
    foot = np.empty(number, dtype=np.int64)
    foot[column] = cells[member]
    return of_cells, foot


def _directions(
    points: np.ndarray,
    foot: np.ndarray,
    walls: np.ndarray,
    normals: np.ndarray,
    bounds: np.ndarray,
    bound_normals: np.ndarray,
) -> np.ndarray:
    """Directions in which columns rise by 1 from their walls, least squares, within the planes that bound them."""
    count = len(foot)
    moment, first, planes = np.zeros((count, 3, 3)), np.zeros((count, 3)), np.zeros((count, 3, 3))
    for k in range(3):
        apex, left, right = (points[foot[walls[:, (k + n) % 3]]] for n in range(3))
        a, b = left - apex, right - apex
        # A facet counts by the angle it fills at the point, so that no way of cutting a plane matters.
        weight = np.arctan2(np.linalg.norm(np.cross(a, b), axis=1), np.einsum("ij,ij->i", a, b))
        np.add.at(moment, walls[:, k], weight[:, None, None] * normals[:, :, None] * normals[:, None, :])
        np.add.at(first, walls[:, k], weight[:, None] * normals)
        held = bounds[:, k] >= 0
        square = bound_normals[held, :, None] * bound_normals[held, None, :]
        np.add.at(planes, bounds[held, k], square)
    values, vectors = np.linalg.eigh(planes)
    free = vectors * (values <= _SAME_PLANE)[:, None, :]
    allowed = free @ free.transpose(0, 2, 1)
    values, vectors = np.linalg.eigh(allowed @ moment @ allowed)
    kept = values > _SAME_WALL * np.maximum(values[:, -1:], 1e-300)
    inverse = np.divide(1.0, values, out=np.zeros_like(values), where=kept)
    along = np.einsum("cji,cj->ci", vectors, np.einsum("cij,cj->ci", allowed, first))
    direction = np.einsum("cij,cj->ci", vectors, inverse * along)
    length = np.linalg.norm(direction, axis=1)
    direction *= np.minimum(1.0, _LONGEST / np.maximum(length, 1e-300))[:, None]
    rise = np.einsum("wkj,wj->wk", direction[walls], normals)
    least = np.full(count, np.inf)
    np.minimum.at(least, walls, rise)
    direction[~(least > _STEEPEST * np.linalg.norm(direction, axis=1))] = 0.0
    return direction


def _rims(
    walls: np.ndarray, outer: np.ndarray, outer_tags: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges where walls end on an outer face, that face's tag, and columns at which no layers can be.

    An edge joins two walls, or a wall and an outer face; anything else (a wall that ends in the electrolyte, walls
    that touch in an edge) leaves no room for a side face there.
    """
    keys, wall_count = np.unique(_edge_keys(walls, count), return_counts=True)
    rising = np.all(outer[:, [[0, 1], [1, 2], [2, 0]]] >= 0, axis=2)
    outer_keys = _edge_keys(outer, count)[rising]
    tags = np.broadcast_to(outer_tags[:, None], rising.shape)[rising]
    order = np.argsort(outer_keys, kind="stable")
    outer_keys, tags = outer_keys[order], tags[order]
    start = np.searchsorted(outer_keys, keys)
    outer_count = np.searchsorted(outer_keys, keys, side="right") - start
    rim = (wall_count == 1) & (outer_count == 1)
    wrong = keys[~rim & ~((wall_count == 2) & (outer_count == 0))]
    impossible = np.unique(np.concatenate([wrong // count, wrong % count]))
    edges = np.stack([keys[rim] // count, keys[rim] % count], axis=1)
    return edges, tags[start[rim]], impossible
