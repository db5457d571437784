"""A tetrahedral mesh as a regular grid of labels."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..parameters import MICROMETRE
from ..tetrahedra import TetrahedralMesh
from .window import Window, resolved_window

_COLUMNS_AT_ONCE = 1_000_000

_CLOSE = 1e-7
"""Centres closer to a face than this [voxels] belong to both cells, so that rounding leaves no hole."""


class Grid(NamedTuple):
    """Labels at the centres of cubic voxels.

    Attributes
    ----------
    labels : (nx, ny, nz) int
        Region tag of the cell that holds the voxel's centre; 0 outside the mesh.
    spacing
        Edge of a voxel [m].
    origin : (3,) float
        Centre of the first voxel [m].
    """

    labels: np.ndarray
    spacing: float
    origin: np.ndarray


def rasterise(mesh: TetrahedralMesh, voxels: int = 128, window: Window | None = None) -> Grid:
    """Label cubic voxels with the region that holds their centre.

    Parameters
    ----------
    voxels
        Number along the longest edge of the window; the other edges hold as many as fit best.
    window
        What to cover; the bounding box of the mesh unless given.
    """
    box = resolved_window(mesh, window)
    spacing = float(box.extent.max()) / voxels
    counts = np.maximum(np.rint(box.extent / spacing).astype(int), 1)
    origin = (np.asarray(box.lower) + box.upper) / 2 - spacing * (counts - 1) / 2
    labels = np.zeros(counts, dtype=np.min_scalar_type(int(mesh.cell_tags.max(initial=0))))
    # In these coordinates the centres of voxels are the whole numbers.
    points = (mesh.points * MICROMETRE - origin) / spacing
    for cells, first, last in _blocks(points, mesh.cells, counts):
        _fill(labels, points[mesh.cells[cells]], mesh.cell_tags[cells], first, last)
    return Grid(labels, spacing, origin)


def _blocks(
    points: np.ndarray, cells: np.ndarray, counts: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Cells whose bounding box holds a centre, with its first and last voxel, some columns at a time."""
    first, last = (np.empty((len(cells), 3), dtype=np.int64) for _ in range(2))
    for axis in range(3):
        along = points[:, axis][cells]
        first[:, axis] = np.maximum(np.ceil(along.min(axis=1) - _CLOSE), 0)
        last[:, axis] = np.minimum(np.floor(along.max(axis=1) + _CLOSE), counts[axis] - 1)
    chosen = np.flatnonzero(np.all(last >= first, axis=1))
    columns = np.cumsum(np.prod(last[chosen, :2] - first[chosen, :2] + 1, axis=1))
    ends = np.searchsorted(columns, np.arange(0, columns[-1] if len(columns) else 0, _COLUMNS_AT_ONCE))
    for start, end in zip(ends, [*ends[1:], len(chosen)], strict=True):
        block = chosen[start:end]
        yield block, first[block], last[block]


def _fill(
    labels: np.ndarray, corners: np.ndarray, tags: np.ndarray, first: np.ndarray, last: np.ndarray
) -> None:
    """Write the tags of cells into the runs of voxels they cover along z; ``corners`` is (k, 4, 3)."""
    width = last[:, :2] - first[:, :2] + 1
    cell = np.repeat(np.arange(len(corners)), width.prod(axis=1))
    number = _ranges(width.prod(axis=1))
    x = first[cell, 0] + number // width[cell, 1]
    y = first[cell, 1] + number % width[cell, 1]
    bottom, top = first[cell, 2].astype(float), last[cell, 2].astype(float)
    normals, offsets = _planes(corners)
    for face in range(4):
        n_x, n_y, n_z = normals[cell, face].T
        room = offsets[cell, face] + _CLOSE - n_x * x - n_y * y
        with np.errstate(divide="ignore", invalid="ignore"):
            bound = room / n_z
        # Faces that look up limit the run from above, those that look down from below; a vertical one
        # leaves ±inf: all of the run or nothing.
        np.minimum(top, bound, out=top, where=n_z >= 0)
        np.maximum(bottom, bound, out=bottom, where=n_z < 0)
    # Infinite bounds of cells without volume would not survive the conversion.
    low = np.ceil(np.clip(bottom, 0, labels.shape[2])).astype(np.int64)
    high = np.floor(np.clip(top, -1, labels.shape[2] - 1)).astype(np.int64)
    length = np.maximum(high - low + 1, 0)
    start = (x * labels.shape[1] + y) * labels.shape[2] + low
    labels.reshape(-1)[np.repeat(start, length) + _ranges(length)] = np.repeat(tags[cell], length)


def _planes(corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit outward normals (k, 4, 3) and offsets (k, 4) of the faces opposite to each corner."""
    normals, offsets = np.empty((len(corners), 4, 3)), np.empty((len(corners), 4))
    for face in range(4):
        a, b, c = (corners[:, (face + step) % 4] for step in (1, 2, 3))
        normal = np.cross(b - a, c - a)
        normal /= np.maximum(np.linalg.norm(normal, axis=1), np.finfo(float).tiny)[:, None]
        inward = np.einsum("ij,ij->i", normal, corners[:, face] - a) > 0
        normal[inward] *= -1
        normals[:, face] = normal + 0.0  # no negative zero, whose quotient would have the wrong sign
        offsets[:, face] = np.einsum("ij,ij->i", normal, a)
    return normals, offsets


def _ranges(lengths: np.ndarray) -> np.ndarray:
    """0, 1, … up to each length in turn, one after the other."""
    ends = np.cumsum(lengths)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths, lengths)
