"""What a surface encloses: the bodies on both sides of every facet, whatever way the facets are turned.

Every facet has two sides.  Around each edge, sides that face one another across a wedge free of facets belong to the
same space; what hangs together that way is one wall.  A wall that encloses a positive volume is the outer wall of a
body, one of negative volume is seen from outside: a cavity of the smallest body around it, or the end of the world.
So shells may stand beside one another, within one another, and share facets.
"""

from typing import NamedTuple

import numpy as np

from ..errors import GeometryError
from ..tetrahedra import facet_areas
from .crossings import crossing_pairs
from .triangles import Triangles

_SAME_POINT = 1e-7
"""Points closer than this share of the diagonal of the box are one point."""

_NO_VOLUME = 1e-9
"""A wall that encloses less than this share of the cube on the diagonal encloses nothing."""

_STEP = 1e-4
"""How far from a facet, in its own size, a point stands that tells the space beside it."""


class Enclosure(NamedTuple):
    """Bodies and the surface that bounds them.

    Attributes
    ----------
    points : (n, 3) float
    facets : (k, 3) int
    left, right : (k,) int
        Bodies on both sides of each facet; -1 is outside.
    patches : (k,) int
        Part of the file that each facet stands in, an index into ``patch_names``.
    areas : (k,) float
        Share of each facet in the area of the surface that it stands for.
    patch_names, body_names
        Names of patches and bodies; "" where one has none.
    volumes : (bodies,) float
    """

    points: np.ndarray
    facets: np.ndarray
    left: np.ndarray
    right: np.ndarray
    patches: np.ndarray
    areas: np.ndarray
    patch_names: tuple[str, ...]
    body_names: tuple[str, ...]
    volumes: np.ndarray

    def scaled(self, factor: float) -> "Enclosure":
        """The same in another unit of length."""
        return self._replace(
            points=self.points * factor, areas=self.areas * factor**2, volumes=self.volumes * factor**3
        )

    def edge_lengths(self) -> np.ndarray:
        """Lengths of the three sides of each facet, shape (k, 3)."""
        corners = self.points[self.facets]
        return np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2)

    @property
    def median_edge(self) -> float:
        """Median length of the facets' sides."""
        return float(np.median(self.edge_lengths()))

    def extents(self) -> np.ndarray:
        """Lengths of the bodies' boxes, shape (bodies, 3)."""
        low, high = (np.full((len(self.volumes), 3), sign * np.inf) for sign in (1, -1))
        for side in (self.left, self.right):
            for corner in self.points[self.facets[side >= 0]].transpose(1, 0, 2):
                np.minimum.at(low, side[side >= 0], corner)
                np.maximum.at(high, side[side >= 0], corner)
        return high - low

    def listed(self, unit: float) -> list[dict]:
        """Number, name and volume [m³] of the bodies, for coordinates in a unit [m], ready for JSON."""
        return [
            {"number": number + 1, "name": name, "volume [m3]": float(volume * unit**3)}
            for number, (name, volume) in enumerate(zip(self.body_names, self.volumes, strict=True))
        ]


def enclose(path, read: Triangles) -> Enclosure:
    """Find the bodies that triangles enclose.

    Raises
    ------
    GeometryError
        The surface is not closed, crosses itself, has facets without area, or encloses nothing.
    """
    points, facets, patches, members = _welded(read)
    diagonal = float(np.linalg.norm(np.ptp(points, axis=0))) if len(points) else 0.0
    if diagonal == 0 or not len(facets):
        raise GeometryError(f"file: {path} encloses no volume: its facets have no area")
    edges, number = _edges(facets, len(points))
    _require_closed(path, points, edges, np.bincount(number, minlength=len(edges)))
    _require_area(path, points, facets, diagonal)
    require_no_crossing(path, points, facets, "mend it in the program that made it")
    wall, volumes = _walls(points, facets, edges, number)
    outer = np.flatnonzero(volumes > _NO_VOLUME * diagonal**3)
    if not len(outer):
        raise GeometryError(f"file: {path} encloses no volume")
    body = _bodies(points, facets, wall, volumes, outer)
    sides = body[wall]
    rank = _numbers(wall, outer)
    left, right = rank[sides[:, 1]], rank[sides[:, 0]]
    own = np.zeros(len(outer))
    held = body >= 0
    np.add.at(own, rank[body[held]], volumes[held])
    names = _names(read.names, members, wall, outer, rank, np.stack([left, right], axis=1))
    # A membrane within a body parts nothing.
    parting = left != right
    facets, left, right, patches = (x[parting] for x in (facets, left, right, patches))
    return Enclosure(points, facets, left, right, patches, facet_areas(points, facets), read.names, names, own)


def _numbers(wall: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """Numbers of the bodies within outer walls, as the walls' first facets stand in the file; -1 follows them."""
    first = np.full(wall.max() + 1, len(wall))
    for side in wall.T:
        np.minimum.at(first, side, np.arange(len(wall)))
    rank = np.full(len(outer) + 1, -1)
    rank[np.argsort(first[outer], kind="stable")] = np.arange(len(outer))
    return rank


def _names(names, members, wall, outer, rank, sides) -> tuple[str, ...]:
    """Names of bodies: a patch gives a body its name that is its outer wall, or all of its walls."""
    found = [""] * len(outer)
    for name, facets in zip(names, members, strict=True):
        if not name or not len(facets):
            continue
        for number in {int(side) for side in sides[facets[0]] if side >= 0}:
            shell = np.flatnonzero((wall == outer[np.flatnonzero(rank == number)[0]]).any(axis=1))
            whole = np.flatnonzero((sides == number).any(axis=1))
            if any(np.array_equal(facets, all_of_it) for all_of_it in (shell, whole)):
                found[number] = name
    return tuple(found)


def require_no_crossing(path, points: np.ndarray, facets: np.ndarray, advice: str) -> None:
    """Raise GeometryError where facets cross, overlap or touch without sharing corners."""
    tolerance = _SAME_POINT * float(np.linalg.norm(np.ptp(points, axis=0)))
    if len(pairs := crossing_pairs(points, facets, tolerance)):
        raise GeometryError(
            f"file: the surface of {path} crosses or touches itself: {len(pairs)} pairs of facets, the first "
            f"near {_place(points[facets[pairs[0]]].mean(axis=(0, 1)))}; {advice}"
        )


def _welded(read: Triangles) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[np.ndarray]]:
    """Points and facets without repetition, the patch of each facet, and the facets of each patch."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    used = np.unique(read.facets)
    points, number = np.unique(read.points[used], axis=0, return_inverse=True)
    near = cKDTree(points).query_pairs(
        _SAME_POINT * float(np.linalg.norm(np.ptp(points, axis=0))), output_type="ndarray"
    )
    if len(near):
        links = coo_array((np.ones(len(near)), near.T), shape=(len(points),) * 2)
        _, group = connected_components(links, directed=False)
        _, keep = np.unique(group, return_index=True)
        points, number = points[keep], group[number.ravel()]
    place = np.zeros(int(used.max()) + 1, dtype=np.int64)
    place[used] = number.ravel()
    facets = place[read.facets]
    # What welding has collapsed to an edge bounds nothing.
    kept = (facets[:, 0] != facets[:, 1]) & (facets[:, 1] != facets[:, 2]) & (facets[:, 2] != facets[:, 0])
    facets, patches = facets[kept], read.patches[kept]
    _, first, which = np.unique(np.sort(facets, axis=1), axis=0, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    which, first = rank[which.ravel()], np.sort(first)
    members = [np.unique(which[patches == patch]) for patch in range(len(read.names))]
    return points, facets[first], patches[first], members


def _edges(facets: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Edges (e, 2), lower corner first, and the edge of each facet's three sides, shape (3k,), side by side."""
    pairs = np.concatenate([facets[:, [0, 1]], facets[:, [1, 2]], facets[:, [2, 0]]])
    key, number = np.unique(pairs.min(axis=1) * np.int64(count) + pairs.max(axis=1), return_inverse=True)
    return np.stack([key // count, key % count], axis=1), number.ravel()


def _require_closed(path, points: np.ndarray, edges: np.ndarray, facets_at: np.ndarray) -> None:
    open_edges = edges[facets_at == 1]
    if not len(open_edges):
        return
    ends = points[open_edges]
    low, high = ends.min(axis=(0, 1)), ends.max(axis=(0, 1))
    raise GeometryError(
        f"file: the surface of {path} is not closed: {len(open_edges)} of {len(edges)} edges belong to one facet only, "
        f"between {_place(low)} and {_place(high)}, the first at {_place(ends[0].mean(axis=0))}; "
        "close it in the program that made it"
    )


def _require_area(path, points: np.ndarray, facets: np.ndarray, diagonal: float) -> None:
    corners = points[facets]
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    flat = np.flatnonzero(2 * facet_areas(points, facets) / longest < _SAME_POINT * diagonal)
    if len(flat):
        raise GeometryError(
            f"file: {path} holds {len(flat)} facets without area, the first near "
            f"{_place(points[facets[flat[0]]].mean(axis=0))}; mend it in the program that made it"
        )


def _place(point: np.ndarray) -> str:
    return "(" + ", ".join(f"{x:.6g}" for x in point) + ")"


def _walls(
    points: np.ndarray, facets: np.ndarray, edges: np.ndarray, number: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The wall that each side of each facet belongs to, shape (k, 2), and the volume each wall encloses.

    Side 0 is where the facet's normal points.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(facets)
    facet = np.tile(np.arange(count), 3)
    start, third = facets.T.ravel(), facets[:, [2, 0, 1]].T.ravel()
    low, high = points[edges[number, 0]], points[edges[number, 1]]
    along = high - low
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    # One frame for all facets of an edge; angles grow about its direction from lower to higher corner.
    helper = np.eye(3)[np.argmin(np.abs(along), axis=1)]
    x = np.cross(along, helper)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y = np.cross(along, x)
    away = points[third] - low
    angle = np.arctan2(np.einsum("ij,ij->i", away, y), np.einsum("ij,ij->i", away, x))
    order = np.lexsort([angle, number])
    # The normal points to growing angles where the facet runs through the edge from lower to higher corner.
    upwards = start == edges[number, 0]
    ahead, behind = 2 * facet + ~upwards, 2 * facet + upwards
    begins = np.flatnonzero(np.diff(number[order], prepend=-1))
    following = np.arange(1, len(order) + 1)
    following[np.append(begins[1:], len(order)) - 1] = begins
    links = (np.ones(len(order), dtype=np.int8), (ahead[order], behind[order[following]]))
    _, wall = connected_components(coo_array(links, shape=(2 * count,) * 2), directed=False)
    wall = wall.reshape(-1, 2)
    middle = points.mean(axis=0)
    a, b, c = (points[facets[:, k]] - middle for k in range(3))
    cone = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6
    volumes = np.bincount(wall[:, 1], cone, wall.max() + 1) - np.bincount(wall[:, 0], cone, wall.max() + 1)
    return wall, volumes


def _bodies(
    points: np.ndarray, facets: np.ndarray, wall: np.ndarray, volumes: np.ndarray, outer: np.ndarray
) -> np.ndarray:
    """The body, an index into the outer walls, that each wall bounds; -1 for the outside."""
    body = np.full(len(volumes), -1)
    body[outer] = np.arange(len(outer))
    areas = facet_areas(points, facets)
    boxes = {w: points[facets[(wall == w).any(axis=1)]].reshape(-1, 3) for w in outer}
    for cavity in np.flatnonzero(np.isin(np.arange(len(volumes)), outer, invert=True)):
        facet, side = np.argwhere(wall == cavity)[np.argmax(areas[np.nonzero(wall == cavity)[0]])]
        corners = points[facets[facet]]
        normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
        step = _STEP * np.sqrt(areas[facet]) * normal / np.linalg.norm(normal)
        place = corners.mean(axis=0) + (step if side == 0 else -step)
        around = [
            w
            for w in outer
            if np.all(boxes[w].min(axis=0) < place)
            and np.all(place < boxes[w].max(axis=0))
            and _winds_round(place, points, facets, wall, w)
        ]
        if around:
            body[cavity] = body[min(around, key=lambda w: volumes[w])]
    return body


def _winds_round(place: np.ndarray, points: np.ndarray, facets: np.ndarray, wall: np.ndarray, one: int) -> bool:
    """Whether a wall goes round a point, by the solid angle it is seen under.

    A. van Oosterom, J. Strackee, IEEE Trans. Biomed. Eng. 30 (1983) 125, doi:10.1109/TBME.1983.325207.
    """
    total = 0.0
    for side, sign in ((1, 1.0), (0, -1.0)):
        a, b, c = (points[facets[wall[:, side] == one, k]] - place for k in range(3))
        la, lb, lc = (np.linalg.norm(x, axis=1) for x in (a, b, c))
        numerator = np.einsum("ij,ij->i", a, np.cross(b, c))
        ab, bc, ca = (np.einsum("ij,ij->i", x, y) for x, y in ((a, b), (b, c), (c, a)))
        total += sign * 2 * np.arctan2(numerator, la * lb * lc + ab * lc + bc * la + ca * lb).sum()
    return abs(total) > 2 * np.pi
