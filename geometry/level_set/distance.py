"""Distance from points to a triangulated surface, exact to the triangles found near."""

import numpy as np

_CANDIDATES = 8
"""Sample points looked at per query; the nearest triangle owns one of them unless samples are very uneven."""


class SurfaceDistance:
    """Distance to triangles: a tree of sample points finds those near, the distance to them is exact.

    Parameters
    ----------
    corners : (k, 3, 3) float
        Corners of the triangles [m].
    spacing
        Distance of the sample points [m]; the smaller, the surer is the nearest triangle found.
    """

    def __init__(self, corners: np.ndarray, spacing: float) -> None:
        from scipy.spatial import cKDTree

        self.corners = np.ascontiguousarray(corners)
        samples, self.owners = _samples(corners, spacing)
        self.tree = cKDTree(samples)

    def __call__(self, points: np.ndarray, reach: float) -> np.ndarray:
        """Distances [m], shape (n,); `reach` where the surface is farther than that."""
        from ..kernels.distances import least_distances

        _, found = self.tree.query(points, _CANDIDATES, distance_upper_bound=reach)
        distances = np.full(len(points), reach)
        least_distances(np.ascontiguousarray(points), self.corners, self.owners, found, distances)
        return distances


def point_triangle_distances(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Distance of every point (n, 3) to its triangle (n, 3, 3), shape (n,)."""
    from ..kernels.distances import distances_to

    return distances_to(np.ascontiguousarray(points), np.ascontiguousarray(corners))


def _samples(corners: np.ndarray, spacing: float) -> tuple[np.ndarray, np.ndarray]:
    """Points spread over triangles, centroids of equal parts, and the triangle each lies on."""
    edges = corners - np.roll(corners, 1, axis=1)
    parts = np.maximum(np.ceil(np.linalg.norm(edges, axis=2).max(axis=1) / spacing).astype(int), 1)
    points, owners = [], []
    for count in np.unique(parts):
        i, j = np.meshgrid(np.arange(count), np.arange(count), indexing="ij")
        upward, downward = i + j < count, i + j < count - 1
        u = np.concatenate([i[upward] + 1 / 3, i[downward] + 2 / 3]) / count
        v = np.concatenate([j[upward] + 1 / 3, j[downward] + 2 / 3]) / count
        own = np.flatnonzero(parts == count)
        weights = np.stack([1 - u - v, u, v], axis=1)
        points.append(np.einsum("sk,tkd->tsd", weights, corners[own]).reshape(-1, 3))
        owners.append(np.repeat(own, len(u)))
    return np.concatenate(points), np.concatenate(owners)
