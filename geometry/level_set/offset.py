"""Moving the facets of a cut to where they lie as much outside of the surface as inside.

Facets are chords: where the surface is bulged they lie within, where it is a saddle on either side.  Each vertex moves
along its normal by the mean depth of the facets around it, so that volumes are met to second order of the facets' size
everywhere: bulges grow, necks do not.  An asked volume is then met by moving all vertices by one length.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..tetrahedra import facet_areas
from .adjacency import Faces, surface_facets
from .stuffing import move_vertices

Values = Callable[[np.ndarray], np.ndarray]

_POINTS = np.array([[1, 1, 1], [3, 1, 1], [1, 3, 1], [1, 1, 3]]) / np.array([[3], [5], [5], [5]])
_WEIGHTS = np.array([-27, 25, 25, 25]) / 48
"""Integrate polynomials of third degree over a triangle exactly; the first point is the middle.  A. H. Stroud,
D. Secrest, Gaussian Quadrature Formulas, Prentice-Hall 1966."""

_STEP = 1e-3
"""Step of the difference quotient along a facet's normal [lattice edges]."""

_SMALLEST_SLOPE = 0.3
"""Where a field is flatter than this it is no distance: depths are taken as if it were this steep."""

_AVERAGED = 4
"""Times that depths are averaged over the facets around each vertex: single facets lie in and out by turns."""

_FARTHEST = 0.05
"""No vertex follows the surface by more than this [lattice edges]: beyond lie edges that no facet can follow."""

_ROUNDS = 3
_PRECISION = 1e-5
"""A volume that is not worth moving for, as part of the surface times the lattice edge."""


class Surface(NamedTuple):
    """The surface of the solid in a mesh.

    Attributes
    ----------
    facets : (k, 3) int
        Corners; normals leave the solid.
    vertices : (p,) int
        Points of the mesh on it.
    free : (p, 3) bool
        Which of their coordinates may change.
    size
        Edge of the lattice [m].
    """

    facets: np.ndarray
    vertices: np.ndarray
    free: np.ndarray
    size: float

    def area(self, points: np.ndarray) -> float:
        """Area of the facets [m²]."""
        return float(facet_areas(points, self.facets).sum())

    def depths(self, points: np.ndarray, field: Values) -> np.ndarray:
        """Mean distance outwards from each facet to where the field vanishes, shape (k,) [m]."""
        corners = points[self.facets]
        middle, *others = (np.einsum("k,tkd->td", at, corners) for at in _POINTS)
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normal /= np.maximum(np.linalg.norm(normal, axis=1), 1e-300)[:, None]
        at_middle, step = field(middle), _STEP * self.size
        slope = (field(middle + step * normal) - at_middle) / step
        mean = _WEIGHTS[0] * at_middle + sum(w * field(at) for w, at in zip(_WEIGHTS[1:], others, strict=True))
        return -mean / np.maximum(slope, _SMALLEST_SLOPE)

    def missing(self, points: np.ndarray, field: Values) -> float:
        """Volume between the facets and where the field vanishes, positive if the solid is too small [m³]."""
        return float(self.depths(points, field) @ facet_areas(points, self.facets))

    def directions(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Unit vectors outwards along which vertices may move (p, 3), and the volume that this adds by length (p,)."""
        a, b, c = (points[self.facets[:, k]] for k in range(3))
        sixth = np.cross(b - a, c - a) / 6
        normals = np.stack([self._gathered(sixth[:, axis], len(points)) for axis in range(3)], axis=1) * self.free
        length = np.linalg.norm(normals, axis=1)
        return normals / np.maximum(length, 1e-300)[:, None], length

    def _gathered(self, of_facets: np.ndarray, count: int) -> np.ndarray:
        """Sum over the facets around each vertex, shape (p,)."""
        return np.bincount(self.facets.ravel(), np.repeat(of_facets, 3), count)[self.vertices]

    def follow(self, points: np.ndarray, cells: np.ndarray, field: Values) -> np.ndarray:
        """Points of the mesh after each vertex moved by the mean depth around it."""
        areas, depths = facet_areas(points, self.facets), self.depths(points, field)
        around = self._gathered(areas, len(points))
        at_vertices = np.zeros(len(points))
        for _ in range(_AVERAGED):
            at_vertices[self.vertices] = self._gathered(areas * depths, len(points)) / around
            depths = at_vertices[self.facets].mean(axis=1)
        directions, length = self.directions(points)
        # Where vertices may not move with the surface, they move farther along what is left.
        move = at_vertices[self.vertices] * around / np.maximum(3 * length, around / 10)
        farthest = _FARTHEST * self.size
        return self._moved(points, cells, np.clip(move, -farthest, farthest), directions)

    def grow(self, points: np.ndarray, cells: np.ndarray, missing: Callable[[np.ndarray], float]) -> np.ndarray:
        """Points of the mesh after all vertices moved by one length, until no volume [m³] is missing."""
        for _ in range(_ROUNDS):
            directions, length = self.directions(points)
            lacking = missing(points)
            if abs(lacking) <= _PRECISION * self.size * length.sum():
                break
            move = np.full(len(length), lacking / length.sum())
            points = self._moved(points, cells, move, directions)
        return points

    def _moved(self, points, cells, move, directions) -> np.ndarray:
        points = points.copy()
        move_vertices(points, cells, self.vertices, points[self.vertices] + move[:, None] * directions)
        return points


def surface_between(
    points: np.ndarray,
    cells: np.ndarray,
    faces: Faces,
    phases: np.ndarray,
    pair: tuple[int, int],
    free: np.ndarray,
    size: float,
) -> Surface:
    """Surface between the cells of the solid's phase and the pore's; `free` (n, 3) says how points may move."""
    facets, left, right = surface_facets(points, cells, phases, faces)
    solid, pore = pair
    outward = (left == solid) & (right == pore)
    inward = (left == pore) & (right == solid)
    facets = np.concatenate([facets[outward], facets[inward, ::-1]])
    vertices = np.unique(facets)
    return Surface(facets, vertices, free[vertices], size)
