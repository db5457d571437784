"""Narrow places that hold the solid together, kept from falling between the vertices of the lattice.

A neck much thinner than the lattice is lost when its only vertex moves onto the surface, and with it
everything beyond.  At low fractions that makes the connected fraction jump by several percent at a time, so
that some fractions could not be met at all.  Each such neck is therefore deepened by a bump of the field, as
wide as a few cells of the lattice and at most `KEPT_DEPTH` edges high.
"""

from typing import NamedTuple

import numpy as np

from .components import connected

KEPT_DEPTH = 0.42
"""Depth below the surface, in lattice edges, at which `stuffing` does not move a vertex onto it."""

_RADIUS = 1.5
"""Radius of a bump in lattice edges."""

_SMALLEST_PIECE = 2e-3
"""Smaller parts of the solid's vertices are not worth a neck."""


class Bumps(NamedTuple):
    """Local deepenings of a field: at distance s from a centre it is lowered by height · (1 - (s/radius)²)².

    Where several overlap the largest counts.
    """

    centres: np.ndarray
    heights: np.ndarray
    radius: float

    def values(self, points: np.ndarray) -> np.ndarray:
        """How much to lower the field at points (n, 3) [m], shape (n,)."""
        if not len(self.heights):
            return np.zeros(len(points))
        from ..kernels.bumps import lowered_by

        return lowered_by(np.ascontiguousarray(points), self.centres, self.heights, self.radius)

    def on_grid(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """The same on a tensor grid, shape (nx, ny, nz)."""
        lowered = np.zeros((len(x), len(y), len(z)))
        for centre, height in zip(self.centres, self.heights, strict=True):
            i, j, k = (
                np.flatnonzero(abs(a - c) < self.radius) for a, c in zip((x, y, z), centre, strict=True)
            )
            square = (
                (x[i, None, None] - centre[0]) ** 2 + (y[j, None] - centre[1]) ** 2 + (z[k] - centre[2]) ** 2
            ) / self.radius**2
            window = np.ix_(i, j, k)
            lowered[window] = np.maximum(lowered[window], height * np.maximum(1 - square, 0) ** 2)
        return lowered


def no_bumps() -> Bumps:
    """Nothing to lower."""
    return Bumps(np.empty((0, 3)), np.empty(0), 1.0)


def keep_necks(
    points: np.ndarray,
    links: np.ndarray,
    depth: np.ndarray,
    solid: np.ndarray,
    seeds: np.ndarray | None,
    size: float,
) -> Bumps:
    """Bumps at the vertices through which parts of the solid hang together by less than a safe depth.

    Parameters
    ----------
    points : (n, 3) float [m]
    links : (k, 2) int
        Edges of the lattice.
    depth : (n,) float
        Field minus level [m].
    solid : (n,) bool
        Vertices of the connected solid.
    seeds : (n,) bool or None
        Vertices from which the solid starts: parts that reach them need no other link.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import minimum_spanning_tree

    if seeds is not None:
        # One more vertex, deep in the solid, to which all seeds are linked.
        begun = np.flatnonzero(seeds & solid)
        links = np.concatenate([links, np.stack([begun, np.full(len(begun), len(points))], axis=1)])
        depth, solid = np.append(depth, -np.inf), np.append(solid, True)
    safe = solid & (depth < -KEPT_DEPTH * size)
    within = links[solid[links].all(axis=1)]
    parts, part = connected(within[safe[within].all(axis=1)], len(solid))
    large = np.bincount(part[safe], minlength=parts) >= max(_SMALLEST_PIECE * np.count_nonzero(solid), 2)

    # The tree of least shallow links between parts; dead ends that reach no large part are cut off.
    ends = part[within]
    cost = depth[within].max(axis=1) + KEPT_DEPTH * size
    joining = ends[:, 0] != ends[:, 1]
    ends, cost = np.sort(ends[joining], axis=1), cost[joining]
    order = np.lexsort((cost, ends[:, 1], ends[:, 0]))
    order = order[np.any(np.diff(ends[order], axis=0, prepend=-1) != 0, axis=1)]
    graph = coo_array((cost[order], tuple(ends[order].T)), shape=(parts, parts))
    tree = np.stack(minimum_spanning_tree(graph.tocsr()).nonzero(), axis=1)
    while True:
        degree = np.bincount(tree.ravel(), minlength=parts)
        dead = (degree == 1) & ~large
        keep = ~dead[tree].any(axis=1)
        if keep.all():
            break
        tree = tree[keep]
    weak = np.zeros(parts, bool)
    weak[tree] = True
    shallow = np.flatnonzero(solid & ~safe & weak[part])
    return Bumps(points[shallow], depth[shallow] + KEPT_DEPTH * size, _RADIUS * size)
