"""Tetrahedra and named facets as arrays, and the measures that need nothing else."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class TetrahedralMesh:
    """Tetrahedra and named facets as arrays.

    Attributes
    ----------
    points : (n, 3) float
        Coordinates [µm].
    cells, cell_tags : (m, 4) int, (m,) int
        Corners (positively oriented) and region tags of the tetrahedra.
    facets, facet_tags : (k, 3) int, (k,) int
        Corners and boundary tags of the named facets.
    details
        What building it brought to light, for the report: islands removed, level found, and the like.
    """

    points: np.ndarray
    cells: np.ndarray
    cell_tags: np.ndarray
    facets: np.ndarray
    facet_tags: np.ndarray
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)


COMPILED_FROM = 50_000
"""Cells from which compiled loops pay; fewer are done with NumPy before Numba is loaded."""


def compiled_pays(cells: np.ndarray) -> bool:
    """Whether there are so many cells that kernels are worth loading."""
    return len(cells) >= COMPILED_FROM


def contiguous(numbers: np.ndarray) -> np.ndarray:
    """Integers as kernels want them."""
    return np.ascontiguousarray(numbers, np.int64)


def cell_volumes(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Signed volumes of tetrahedra, shape (m,), in the points' unit cubed."""
    if compiled_pays(cells):
        from .kernels.cells import volumes

        return volumes(np.ascontiguousarray(points, float), contiguous(cells))
    a, b, c, d = (points[cells[:, k]] for k in range(4))
    return np.einsum("ij,ij->i", np.cross(b - a, c - a), d - a) / 6


def facet_areas(points: np.ndarray, facets: np.ndarray) -> np.ndarray:
    """Areas of triangles, shape (k,), in the points' unit squared."""
    a, b, c = (points[facets[:, k]] for k in range(3))
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
