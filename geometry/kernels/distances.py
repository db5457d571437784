"""Distance from points to triangles."""

import math

import numpy as np

from .cells import dot
from .compiling import compiled


@compiled
def _cross(a, b, c):
    c[0], c[1], c[2] = a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


@compiled
def _distance(point, corners, work):
    """Distance of a point to a triangle (3, 3): to its plane above it, else to the nearest of its edges."""
    edge, other, normal, across = work[0], work[1], work[2], work[3]
    for axis in range(3):
        edge[axis], other[axis] = corners[1, axis] - corners[0, axis], corners[2, axis] - corners[0, axis]
    _cross(edge, other, normal)
    inside, nearest = True, np.inf
    for k in range(3):
        for axis in range(3):
            edge[axis] = corners[(k + 1) % 3, axis] - corners[k, axis]
            other[axis] = point[axis] - corners[k, axis]
        _cross(edge, other, across)
        inside &= dot(across, normal) >= 0
        along = min(max(dot(other, edge) / dot(edge, edge), 0.0), 1.0)
        square = 0.0
        for axis in range(3):
            square += (other[axis] - along * edge[axis]) ** 2
        nearest = min(nearest, square)
    if inside:
        # `other` starts at the last corner, which lies in the plane as all do.
        return abs(dot(normal, other)) / math.sqrt(dot(normal, normal))
    return math.sqrt(nearest)


@compiled
def distances_to(points, corners):
    """Distance of every point (n, 3) to its own triangle (n, 3, 3), shape (n,)."""
    work, found = np.empty((4, 3)), np.empty(len(points))
    for i in range(len(points)):
        found[i] = _distance(points[i], corners[i], work)
    return found


@compiled
def least_distances(points, corners, owners, near, distances):
    """Lower distances (n,) to those of the triangles that own the samples near each point (n, k).

    A sample that was not found has the number of samples.
    """
    work = np.empty((4, 3))
    for i in range(len(points)):
        for k in range(near.shape[1]):
            if near[i, k] == len(owners) or (k > 0 and owners[near[i, k]] == owners[near[i, k - 1]]):
                continue
            distances[i] = min(distances[i], _distance(points[i], corners[owners[near[i, k]]], work))
