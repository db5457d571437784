"""Facets of a surface that cross, overlap or touch where they do not share corners.

Candidates come from a grid of boxes; each edge of one facet is then held against the other facet.
"""

from collections.abc import Iterator

import numpy as np

_PAIRS = 2_000_000
"""So many candidates are looked at together."""

_MOST_BOXES = 30
"""Boxes of the grid that a facet lies in, in the mean, at most."""

_EDGES = ((0, 1), (1, 2), (2, 0))


def crossing_pairs(points: np.ndarray, facets: np.ndarray, tolerance: float) -> np.ndarray:
    """Pairs of facets that meet elsewhere than in common corners and edges, shape (k, 2).

    Parameters
    ----------
    points : (n, 3) float
    facets : (m, 3) int
        Distinct, with three distinct corners each.
    tolerance
        Distance below which points are taken for touching.
    """
    corners = points[facets]
    found = [np.empty((0, 2), dtype=np.int64)]
    for pairs in _candidates(corners, tolerance):
        common = _common(facets, pairs)
        near = ~_beside(corners, pairs, common, tolerance)
        near &= ~_beside(corners, pairs[:, ::-1], common[:, ::-1], tolerance)
        pairs, common = pairs[near], common[near]
        bad = np.zeros(len(pairs), dtype=bool)
        for (first, second), shared in ((pairs.T, common[:, 0]), (pairs.T[::-1], common[:, 1])):
            for a, b in _EDGES:
                # Edges that begin in a common corner meet the other facet in it alone, or its own edges tell.
                free = ~bad & ~shared[:, a] & ~shared[:, b]
                bad[free] |= _meets(corners[first[free], a], corners[first[free], b], corners[second[free]], tolerance)
        twice = ~bad & (common[:, 0].sum(axis=1) == 2)
        bad[twice] |= _folded(corners, pairs[twice], common[twice], tolerance)
        found.append(pairs[bad])
    return np.concatenate(found)


def _candidates(corners: np.ndarray, tolerance: float) -> Iterator[np.ndarray]:
    """Pairs of facets whose bounding boxes meet, each once."""
    low, high = corners.min(axis=1) - tolerance, corners.max(axis=1) + tolerance
    edge = max(float((high - low).max(axis=1).mean()), tolerance)
    origin = low.min(axis=0)
    while True:
        first, last = ((np.floor((x - origin) / edge)).astype(np.int64) for x in (low, high))
        counts = np.prod(last - first + 1, axis=1)
        if counts.mean() <= _MOST_BOXES:
            break
        edge *= 1.5
    owner = np.repeat(np.arange(len(corners)), counts)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    span = (last - first + 1)[owner]
    box = first[owner] + np.stack(
        [place // (span[:, 1] * span[:, 2]), place // span[:, 2] % span[:, 1], place % span[:, 2]], axis=1
    )
    size = last.max(axis=0) + 1
    key = (box[:, 0] * size[1] + box[:, 1]) * size[2] + box[:, 2]
    order = np.argsort(key, kind="stable")
    owner, box, key = owner[order], box[order], key[order]
    # Every facet of a box against those behind it in the same box.
    ends = np.searchsorted(key, key, side="right")
    behind = ends - np.arange(len(key)) - 1
    total = np.cumsum(behind)
    start = 0
    while start < len(key):
        stop = max(start + 1, int(np.searchsorted(total, (total[start - 1] if start else 0) + _PAIRS)))
        some = behind[start:stop]
        mine = np.repeat(np.arange(start, stop), some)
        offset = np.arange(len(mine)) - np.repeat(np.cumsum(some) - some, some)
        one, other = owner[mine], owner[mine + 1 + offset]
        lower = np.maximum(low[one], low[other])
        meet = np.all(lower <= np.minimum(high[one], high[other]), axis=1)
        # Of all boxes that both lie in, the one that holds the lower corner of what they share counts.
        meet &= np.all(np.floor((lower - origin) / edge).astype(np.int64) == box[mine], axis=1)
        yield np.stack([one[meet], other[meet]], axis=1)
        start = stop


def _common(facets: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Which corners of either facet the other one has too, shape (k, 2, 3)."""
    same = facets[pairs[:, 0]][:, :, None] == facets[pairs[:, 1]][:, None, :]
    return np.stack([same.any(axis=2), same.any(axis=1)], axis=1)


def _beside(corners: np.ndarray, pairs: np.ndarray, common: np.ndarray, tolerance: float) -> np.ndarray:
    """Whether the second facet lies on one side of the first one's plane, all but the corners that they share."""
    one, other = corners[pairs[:, 0]], corners[pairs[:, 1]]
    normal = np.cross(one[:, 1] - one[:, 0], one[:, 2] - one[:, 0])
    height = np.einsum("ijk,ik->ij", other - one[:, :1], normal)
    limit = tolerance * np.linalg.norm(normal, axis=1, keepdims=True)
    shared = common[:, 1]
    return np.all(shared | (height > limit), axis=1) | np.all(shared | (height < -limit), axis=1)


def _meets(p: np.ndarray, q: np.ndarray, triangle: np.ndarray, tolerance: float) -> np.ndarray:
    """Whether segments p–q (k, 3) meet triangles (k, 3, 3)."""
    normal = np.cross(triangle[:, 1] - triangle[:, 0], triangle[:, 2] - triangle[:, 0])
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    normal = np.divide(normal, length, out=np.zeros_like(normal), where=length > 0)
    height = [np.einsum("ij,ij->i", x - triangle[:, 0], normal) for x in (p, q)]
    near = [np.abs(x) <= tolerance for x in height]
    flat = near[0] & near[1]
    fall = height[0] - height[1]
    share = np.clip(np.divide(height[0], fall, out=np.zeros_like(fall), where=~flat & (fall != 0)), 0.0, 1.0)
    reaches = ~flat & (near[0] | near[1] | (height[0] * height[1] < 0))
    hit = reaches & _inside(p + share[:, None] * (q - p), triangle, normal, tolerance)
    if flat.any():
        hit[flat] = _meets_in_plane(p[flat], q[flat], triangle[flat], normal[flat], tolerance)
    return hit


def _inside(x: np.ndarray, triangle: np.ndarray, normal: np.ndarray, tolerance: float) -> np.ndarray:
    inside = np.ones(len(x), dtype=bool)
    for a, b in _EDGES:
        side = triangle[:, b] - triangle[:, a]
        inwards = np.cross(normal, side)
        distance = np.einsum("ij,ij->i", x - triangle[:, a], inwards)
        inside &= distance >= -tolerance * np.linalg.norm(side, axis=1)
    return inside


def _meets_in_plane(p, q, triangle, normal, tolerance) -> np.ndarray:
    hit = _inside(p, triangle, normal, tolerance) | _inside(q, triangle, normal, tolerance)
    for a, b in _EDGES:
        c, d = triangle[:, a], triangle[:, b]
        side = [
            np.einsum("ij,ij->i", np.cross(t - s, x - s), normal)
            for s, t, x in ((p, q, c), (p, q, d), (c, d, p), (c, d, q))
        ]
        hit |= (side[0] * side[1] < 0) & (side[2] * side[3] < 0)
    return hit


def _folded(corners: np.ndarray, pairs: np.ndarray, common: np.ndarray, tolerance: float) -> np.ndarray:
    """Whether two facets with a common edge lie on one another."""
    rows = np.arange(len(pairs))
    one = corners[pairs[:, 0]]
    start, end = one[rows, np.argmax(common[:, 0], axis=1)], one[rows, 2 - np.argmax(common[:, 0, ::-1], axis=1)]
    along = (end - start) / np.linalg.norm(end - start, axis=1, keepdims=True)
    away = []
    for side in range(2):
        tip = corners[pairs[:, side]][rows, np.argmin(common[:, side], axis=1)] - start
        away.append(tip - np.einsum("ij,ij->i", tip, along)[:, None] * along)
    longer = np.maximum(*(np.linalg.norm(x, axis=1) for x in away))
    gap = np.linalg.norm(np.cross(*away), axis=1) / longer
    return (np.einsum("ij,ij->i", *away) > 0) & (gap <= tolerance)
