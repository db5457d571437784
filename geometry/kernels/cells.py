"""Volumes, dihedral angles and radius ratios of tetrahedra, cell by cell; see `geometry.quality` for what they mean."""

import math

import numpy as np

from .compiling import compiled

EDGES = np.array([[0, 1, 2, 3], [0, 2, 1, 3], [0, 3, 1, 2], [1, 2, 0, 3], [1, 3, 0, 2], [2, 3, 0, 1]])
"""Local corners of the six edges of a tetrahedron, and the other two corners."""


@compiled
def six_volumes(a, b, c, d):
    """Six times the signed volume of a tetrahedron."""
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    wx, wy, wz = d[0] - a[0], d[1] - a[1], d[2] - a[2]
    return (uy * vz - uz * vy) * wx + (uz * vx - ux * vz) * wy + (ux * vy - uy * vx) * wz


@compiled
def _normal(a, b, c, normal):
    """Normal of a triangle, of twice its area, and the square of its length."""
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    normal[0], normal[1], normal[2] = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx


@compiled
def face_normals(corners, normals):
    """Outward normals (4, 3) of the faces opposite each corner, of twice their area."""
    _normal(corners[1], corners[2], corners[3], normals[0])
    _normal(corners[0], corners[3], corners[2], normals[1])
    _normal(corners[0], corners[1], corners[3], normals[2])
    _normal(corners[0], corners[2], corners[1], normals[3])


@compiled
def dot(a, b):
    """Scalar product of two vectors."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@compiled
def _angle(corners, normals, volume, i, j, k, m):
    """Dihedral angle [radians] at the edge from i to j, between the faces opposite k and m."""
    edge = 0.0
    for axis in range(3):
        edge += (corners[j, axis] - corners[i, axis]) ** 2
    return math.atan2(volume * math.sqrt(edge), -dot(normals[k], normals[m]))


@compiled
def volumes(points, cells):
    """Signed volumes of tetrahedra, shape (m,)."""
    found = np.empty(len(cells))
    for cell in range(len(cells)):
        a, b, c, d = cells[cell]
        found[cell] = six_volumes(points[a], points[b], points[c], points[d]) / 6
    return found


@compiled
def measures(points, cells, angles, ratios):
    """Dihedral angles (m, 6) [degrees] and radius ratios (m,) of tetrahedra, into the given arrays."""
    corners, normals, centre = np.empty((4, 3)), np.empty((4, 3)), np.empty(3)
    for cell in range(len(cells)):
        for corner in range(4):
            corners[corner] = points[cells[cell, corner]]
        face_normals(corners, normals)
        volume = abs(six_volumes(corners[0], corners[1], corners[2], corners[3]))
        for edge in range(6):
            i, j, k, m = EDGES[edge]
            angles[cell, edge] = math.degrees(_angle(corners, normals, volume, i, j, k, m))
        surface = 0.0
        for face in range(4):
            surface += math.sqrt(dot(normals[face], normals[face])) / 2
        centre[:] = 0.0
        for corner in range(1, 4):
            square = 0.0
            for axis in range(3):
                square += (corners[corner, axis] - corners[0, axis]) ** 2
            for axis in range(3):
                centre[axis] -= square * normals[corner, axis]
        product = surface * math.sqrt(dot(centre, centre))
        ratios[cell] = 3 * volume**2 / product if product > 0 else 0.0


@compiled
def smallest_angle(corners, normals):
    """Smallest dihedral angle [degrees] of a tetrahedron (4, 3)."""
    face_normals(corners, normals)
    # The smallest angle is that of the largest cosine; flat ones need the arcus tangent to be accurate.
    largest, first, second = -2.0, 0, 1
    for i in range(3):
        one = dot(normals[i], normals[i])
        for j in range(i + 1, 4):
            product = -dot(normals[i], normals[j])
            square = one * dot(normals[j], normals[j])
            cosine = product / math.sqrt(square) if square > 0 else 1.0
            if cosine > largest:
                largest, first, second = cosine, i, j
    k = 0
    while k in (first, second):
        k += 1
    m = 6 - first - second - k
    volume = abs(six_volumes(corners[0], corners[1], corners[2], corners[3]))
    return math.degrees(_angle(corners, normals, volume, k, m, first, second))


@compiled
def smallest_angles(points, cells):
    """Smallest dihedral angle of every tetrahedron [degrees], shape (m,)."""
    corners, normals = np.empty((4, 3)), np.empty((4, 3))
    found = np.empty(len(cells))
    for cell in range(len(cells)):
        for corner in range(4):
            corners[corner] = points[cells[cell, corner]]
        found[cell] = smallest_angle(corners, normals)
    return found
