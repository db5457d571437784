"""Is a tetrahedral mesh watertight, is every face where its name says, and what is connected to what?

All answers follow from the connectivity; coordinates only tell which plane of the bounding box a face lies on
and whether two points coincide (where the mesh would be cut although nothing shows it).
"""

from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from .errors import MeshQualityError
from .tags import BOUNDARIES, REGIONS, interface
from .tetrahedra import TetrahedralMesh, cell_volumes, compiled_pays, contiguous

PLANES = ("x-", "x+", "y-", "y+", "z-", "z+")
"""Planes of the bounding box: axis, lower or upper end."""

_LISTED = 10
"""So many components of a region are listed with their share of its volume."""

_PLANE_TOLERANCE = 1e-7
"""Points closer to a plane than this share of the box's extent across it lie on the plane."""

_SAME_POINT = 1e-9
"""Points closer to one another than this share of the box's diagonal are the same point."""


class Faces(NamedTuple):
    """The distinct faces of a mesh.

    Attributes
    ----------
    corners : (f, 3) int
        Ascending, and so are the faces.
    cells : (f, 2) int
        The cells on both sides; the second is −1 on the outer surface.
    """

    corners: np.ndarray
    cells: np.ndarray

    @property
    def exterior(self) -> np.ndarray:
        """Mask of the faces of the outer surface."""
        return self.cells[:, 1] < 0


def faces_of(cells: np.ndarray) -> Faces:
    """Find the faces of tetrahedra and the cells on their sides.

    Raises
    ------
    MeshQualityError
        If more than two cells share a face.
    """
    if compiled_pays(cells):
        from .kernels.faces import faces_and_cells

        corners, sides, crowded = faces_and_cells(contiguous(cells), int(cells.max()) + 1)
        _require_two_cells(crowded)
        return Faces(corners, sides)
    ordered = np.sort(np.asarray(cells, dtype=np.int64), axis=1)
    # Face k lacks corner k of the ordered cell, so its own corners ascend.
    corners = np.concatenate([np.delete(ordered, k, axis=1) for k in range(4)])
    order, first = _grouped(corners)
    multiplicity = np.diff(np.append(first, len(corners)))
    _require_two_cells(np.count_nonzero(multiplicity > 2))
    owner = order % len(cells)
    sides = np.full((len(first), 2), -1, dtype=np.int64)
    sides[:, 0] = owner[first]
    twice = multiplicity == 2
    sides[twice, 1] = owner[first[twice] + 1]
    return Faces(corners[order[first]], sides)


def _require_two_cells(crowded: int) -> None:
    if crowded:
        raise MeshQualityError(
            f"{crowded} faces belong to more than two cells, so cells overlap; try another mesh.interface_size"
        )


def verify(mesh: TetrahedralMesh) -> dict[str, Any]:
    """Describe how a mesh hangs together, ready for JSON; see the keys below.

    Returns
    -------
    dict
        ``faces`` (exterior, interior: numbers), ``outer_surface`` (is it closed; edges that more than two of
        its faces share), ``interfaces`` by pair of regions (facets, boundary's name, open edges, edges with
        more than two facets), ``regions`` (components, shares of the region's volume of the largest ones,
        outer planes touched by the largest and by any, directions in which a component joins both planes and
        the share of the volume in such components).

    Raises
    ------
    MeshQualityError
        If a face belongs to more than two cells, points coincide, a named facet is not a face, a face of the
        outer surface or of an interface that has a name bears none, or one of these surfaces is open.
    """
    faces = faces_of(mesh.cells)
    tags = tags_of_faces(mesh, faces)
    _require_distinct_points(mesh, faces)
    outer = faces.corners[faces.exterior]
    if untagged := np.count_nonzero(tags[faces.exterior] == 0):
        raise MeshQualityError(
            f"{untagged} of {len(outer)} faces of the outer surface have no name, so no boundary condition "
            "would apply there; the mesh may be torn: try another mesh.interface_size"
        )
    edges, counts = _edges(outer)
    if np.any(counts % 2):
        raise MeshQualityError(
            f"the outer surface is open at {np.count_nonzero(counts % 2)} edges; "
            "try another mesh.interface_size"
        )
    return {
        "faces": {"exterior": len(outer), "interior": len(faces.corners) - len(outer)},
        "outer_surface": {"closed": True, "non_manifold_edges": int(np.count_nonzero(counts > 2))},
        "interfaces": _interfaces(mesh, faces, tags, edges),
        "regions": _regions(mesh, faces),
    }


def components(
    cells: np.ndarray, cell_tags: np.ndarray, faces: Faces | None = None
) -> tuple[int, np.ndarray]:
    """Number of connected components (cells of one tag that share faces), and each cell's, shape (m,)."""
    if compiled_pays(cells):
        from .kernels.pieces import connected_within

        faces = faces if faces is not None else faces_of(cells)
        return connected_within(faces.cells[~faces.exterior], contiguous(cell_tags))
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    faces = faces if faces is not None else faces_of(cells)
    one, two = faces.cells[~faces.exterior].T
    same = cell_tags[one] == cell_tags[two]
    links = np.ones(np.count_nonzero(same), dtype=np.int8)
    graph = coo_array((links, (one[same], two[same])), shape=(len(cells), len(cells)))
    return connected_components(graph, directed=False)


def on_planes(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Whether faces lie on the planes of the points' bounding box, shape (f, 6), columns as in ``PLANES``."""
    lower, upper = points.min(axis=0), points.max(axis=0)
    near = _PLANE_TOLERANCE * (upper - lower)
    result = np.empty((len(corners), 6), dtype=bool)
    for axis in range(3):
        along = points[:, axis]
        for side, close in enumerate(
            (along - lower[axis] <= near[axis], upper[axis] - along <= near[axis])
        ):
            result[:, 2 * axis + side] = close[corners].all(axis=1)
    return result


def _interfaces(
    mesh: TetrahedralMesh, faces: Faces, tags: np.ndarray, outer_edges: np.ndarray
) -> dict[str, dict[str, Any]]:
    """Describe the surface between every two regions; edges where others join in are its lawful ends."""
    inside = np.flatnonzero(~faces.exterior)
    sides = np.sort(mesh.cell_tags[faces.cells[inside]], axis=1)
    between = sides[:, 0] != sides[:, 1]
    inside, sides = inside[between], sides[between]
    names = {tag: name for name, tag in REGIONS.items()}
    boundary_names = {tag: name for name, tag in BOUNDARIES.items()}
    pairs = np.unique(sides, axis=0)
    surfaces = [inside[np.all(sides == pair, axis=1)] for pair in pairs]
    edges = [_edges(faces.corners[surface]) for surface in surfaces]
    found = {}
    for number, (pair, surface) in enumerate(zip(pairs, surfaces, strict=True)):
        one, two = (names.get(int(tag), f"region {tag}") for tag in pair)
        if (name := interface(one, two)) and np.any(tags[surface] == 0):
            raise MeshQualityError(
                f"{np.count_nonzero(tags[surface] == 0)} of {len(surface)} faces between {one} and {two} "
                f"are not named {name}, so no current would cross them; try another mesh.interface_size"
            )
        lines, counts = edges[number]
        others = [keys for k, (keys, _) in enumerate(edges) if k != number]
        ends = np.concatenate([outer_edges, *others])
        open_edges = int(np.count_nonzero(~np.isin(lines[counts % 2 == 1], ends)))
        if open_edges:
            raise MeshQualityError(
                f"the surface between {one} and {two} is open at {open_edges} edges; "
                "try another mesh.interface_size"
            )
        carried = np.unique(tags[surface]).tolist()
        found[f"{one}|{two}"] = {
            "facets": len(surface),
            "boundaries": [boundary_names.get(t, f"boundary {t}") for t in carried if t],
            "open_edges": open_edges,
            "non_manifold_edges": int(np.count_nonzero(counts > 2)),
        }
    return found


def _regions(mesh: TetrahedralMesh, faces: Faces) -> dict[str, dict[str, Any]]:
    """Components of every region, the outer planes they touch, and percolation."""
    number, component = components(mesh.cells, mesh.cell_tags, faces)
    volume = np.bincount(component, cell_volumes(mesh.points, mesh.cells), minlength=number)
    tag = np.empty(number, dtype=np.int64)
    tag[component] = mesh.cell_tags
    touches = np.zeros((number, 6), dtype=bool)
    outer = faces.exterior
    lies_on = on_planes(mesh.points, faces.corners[outer])
    of_face = component[faces.cells[outer, 0]]
    for plane in range(6):
        touches[of_face[lies_on[:, plane]], plane] = True
    names = {value: name for name, value in REGIONS.items()}
    described = {}
    for value in np.unique(tag):
        mine = np.flatnonzero(tag == value)
        mine = mine[np.argsort(-volume[mine], kind="stable")]
        share = volume[mine] / volume[mine].sum()
        spans = {axis: touches[mine, 2 * k] & touches[mine, 2 * k + 1] for k, axis in enumerate("xyz")}
        described[names.get(int(value), f"region {value}")] = {
            "components": len(mine),
            "volume_shares": share[:_LISTED].tolist(),
            "largest_touches": _plane_names(touches[mine[0]]),
            "touches": _plane_names(touches[mine].any(axis=0)),
            "percolates": {axis: bool(both.any()) for axis, both in spans.items()},
            "percolating_share": {axis: float(share[both].sum()) for axis, both in spans.items()},
        }
    return described


def _plane_names(touched: np.ndarray) -> list[str]:
    return [name for name, yes in zip(PLANES, touched, strict=True) if yes]


def tags_of_faces(mesh: TetrahedralMesh, faces: Faces) -> np.ndarray:
    """Boundary tag of every face, 0 where it has none."""
    tags = np.zeros(len(faces.corners), dtype=np.int64)
    if not len(mesh.facets):
        return tags
    named = np.sort(np.asarray(mesh.facets, dtype=np.int64), axis=1)
    face = _rows_of(named, faces.corners)
    if strangers := np.count_nonzero(face < 0):
        raise MeshQualityError(
            f"{strangers} of {len(named)} named facets are not faces of any cell; "
            "try another mesh.interface_size"
        )
    tags[face] = mesh.facet_tags
    if np.any(tags[face] != mesh.facet_tags):
        raise MeshQualityError(
            f"{np.count_nonzero(tags[face] != mesh.facet_tags)} facets have two names; "
            "a facet can belong to one boundary only"
        )
    return tags


def _rows_of(wanted: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Row of each wanted triangle among the faces of a mesh; -1 where it is none of them."""
    if compiled_pays(corners):
        from .kernels.faces import places_of

        return places_of(wanted, corners)
    order, first = _grouped(np.concatenate([corners, wanted]))
    # Within a group the sort is stable: the face itself comes first, its name behind it.
    group = np.empty(len(order), dtype=np.int64)
    group[order] = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(order))))
    face = order[first][group[len(corners) :]]
    return np.where(face < len(corners), face, -1)


def _require_distinct_points(mesh: TetrahedralMesh, faces: Faces) -> None:
    """Raise where points of the surface coincide: a cut that would insulate without anyone seeing it."""
    from scipy.spatial import cKDTree

    surface = mesh.points[np.unique(faces.corners[faces.exterior])]
    near = _SAME_POINT * float(np.linalg.norm(np.ptp(mesh.points, axis=0)))
    if pairs := len(cKDTree(surface).query_pairs(near)):
        raise MeshQualityError(
            f"{pairs} pairs of points coincide, so the mesh is cut there and nothing would flow across; "
            "let touching bodies overlap a little or move them apart"
        )


def _edges(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keys of the distinct edges of triangles with ascending corners, and how many triangles share each."""
    pairs = np.concatenate([triangles[:, list(pair)] for pair in combinations(range(3), 2)])
    # Point numbers stay below 2^31, so two of them fit into one signed 64-bit number.
    return np.unique(pairs[:, 0] << 31 | pairs[:, 1], return_counts=True)


def _grouped(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Stable order that brings equal rows of three numbers together, and where each group starts in it."""
    if not len(rows):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    largest = int(rows.max()) + 1
    if largest < 2**21:
        key = (rows[:, 0] * largest + rows[:, 1]) * largest + rows[:, 2]
        order = np.argsort(key, kind="stable")
        changes = np.diff(key[order]) != 0
    else:
        order = np.lexsort(rows.T[::-1])
        changes = np.any(np.diff(rows[order], axis=0) != 0, axis=1)
    return order, np.flatnonzero(np.concatenate([[True], changes]))
