"""Body-centred lattice of a box made of slabs along z, as tetrahedra.

Every brick of the tensor grid has a vertex at its centre.  Two bricks with a common face give four cells, one
for each edge of that face, spanned by the edge and both centres: for cubes the space-filling tetrahedron
with dihedral angles of 60° and 90°.  Faces on the walls and on the planes between slabs get a vertex at their
own centre instead of the second brick's, so that these planes consist of facets.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..shapes.field import Field
from ..tetrahedra import cell_volumes

SIDE_WALLS = np.array([1, 2, 4, 8], np.uint32)
"""Bits of the planes x = 0, x = width, y = 0, y = depth."""


def slab_plane(number: int) -> int:
    """Bit of the plane below slab `number`; the box ends at the plane of number `len(slabs)`."""
    return 1 << (4 + number)


def movable(planes: np.ndarray) -> np.ndarray:
    """Which coordinates of vertices on these planes may change, shape (n, 3) bool."""
    return np.stack([planes & 3 == 0, planes & 12 == 0, planes < 16], axis=1)


class Block(NamedTuple):
    """Consecutive vertices of a lattice that form a tensor grid, numbered with z fastest."""

    start: int
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray

    @property
    def shape(self) -> tuple[int, int, int]:
        return len(self.x), len(self.y), len(self.z)

    def numbers(self) -> np.ndarray:
        """Vertex numbers in the shape of the grid."""
        return self.start + np.arange(np.prod(self.shape)).reshape(self.shape)

    def points(self) -> np.ndarray:
        """Coordinates, shape (n, 3)."""
        return np.stack(np.meshgrid(self.x, self.y, self.z, indexing="ij"), axis=-1).reshape(-1, 3)


class Lattice(NamedTuple):
    """Tetrahedra of a box.

    Attributes
    ----------
    points : (n, 3) float [m]
    cells : (m, 4) int
        Positively oriented.
    slabs : (m,) int
        Slab of every cell.
    planes : (n,) uint32
        Bits of the planes on which a vertex lies (`SIDE_WALLS`, `slab_plane`).
    blocks
        The vertices as tensor grids, in order; empty if they do not form any.
    """

    points: np.ndarray
    cells: np.ndarray
    slabs: np.ndarray
    planes: np.ndarray
    blocks: tuple[Block, ...] = ()


def body_centred(x: np.ndarray, y: np.ndarray, ends: Sequence[np.ndarray]) -> Lattice:
    """Lattice on the levels x, y and, slab by slab, `ends` (each starts where the one before ended) [m]."""
    z = np.concatenate([ends[0], *(e[1:] for e in ends[1:])])
    layer_slab = np.repeat(np.arange(len(ends)), [len(e) - 1 for e in ends])
    plane_levels = np.concatenate([[0], np.cumsum([len(e) - 1 for e in ends])])
    blocks = _blocks(x, y, z, plane_levels)
    corners, centres, *sides = (block.numbers() for block in blocks)

    cells, slabs = [], []
    brick_slab = np.broadcast_to(layer_slab, centres.shape)
    for axis in range(3):
        levels = plane_levels if axis == 2 else np.array([0, centres.shape[axis]])
        walls = [sides[2 * axis], sides[2 * axis + 1]] if axis < 2 else sides[4:]
        ring = _ring(np.moveaxis(corners, axis, 0))
        bricks, owner = np.moveaxis(centres, axis, 0), np.moveaxis(brick_slab, axis, 0)
        inside = np.setdiff1d(np.arange(1, len(bricks)), levels)
        _add_cells(cells, slabs, ring[:, inside], bricks[inside - 1], bricks[inside], owner[inside])
        for level, wall in zip(levels, walls, strict=True):
            for brick in (level - 1, level):
                if 0 <= brick < len(bricks):
                    _add_cells(cells, slabs, ring[:, level], bricks[brick], wall, owner[brick])
    points = np.concatenate([block.points() for block in blocks])
    cells = positively_oriented(points, np.concatenate(cells))
    lattice = Lattice(points, cells, np.concatenate(slabs), np.zeros(len(points), np.uint32), blocks)
    return with_planes(lattice, x, y, z[plane_levels])


def lattice_values(lattice: Lattice, field: Field, low: float, high: float) -> np.ndarray:
    """Field at the vertices with low ≤ z ≤ high [m], NaN elsewhere; by tensor grids where there are any."""
    values = np.full(len(lattice.points), np.nan)
    for block in lattice.blocks:
        within = (block.z >= low) & (block.z <= high)
        if within.any():
            values[block.numbers()[:, :, within]] = field.on_grid(block.x, block.y, block.z[within])
    if not lattice.blocks:
        within = (lattice.points[:, 2] >= low) & (lattice.points[:, 2] <= high)
        values[within] = field.values(lattice.points[within])
    return values


def with_planes(lattice: Lattice, x: np.ndarray, y: np.ndarray, z_planes: np.ndarray) -> Lattice:
    """The lattice with bits for the walls at the ends of x and y and for the planes across z [m]."""
    points = lattice.points
    sides = [points[:, axis] == levels[end] for axis, levels in enumerate((x, y)) for end in (0, -1)]
    planes = [points[:, 2] == level for level in z_planes]
    bits = sum(on.astype(np.uint32) << number for number, on in enumerate([*sides, *planes]))
    return lattice._replace(planes=bits)


def joined(lattices: Sequence[Lattice]) -> Lattice:
    """Lattices made one by merging vertices of equal coordinates; without planes and blocks."""
    starts = np.cumsum([0, *(len(lattice.points) for lattice in lattices)])
    points = np.concatenate([lattice.points for lattice in lattices])
    points, number = np.unique(points, axis=0, return_inverse=True)
    cells = [
        number.ravel()[lattice.cells + start] for lattice, start in zip(lattices, starts[:-1], strict=True)
    ]
    slabs = np.concatenate([lattice.slabs for lattice in lattices])
    return Lattice(points, np.concatenate(cells), slabs, np.zeros(len(points), np.uint32))


def positively_oriented(points: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """The cells with two corners swapped where their volume was negative."""
    inverted = cell_volumes(points, cells) < 0
    cells = cells.copy()
    cells[inverted, 2:] = cells[inverted, :1:-1]
    return cells


def _blocks(x: np.ndarray, y: np.ndarray, z: np.ndarray, plane_levels: np.ndarray) -> tuple[Block, ...]:
    """Corners and centres of bricks, then centres of faces on x walls, y walls and planes across z."""
    xm, ym, zm = ((levels[1:] + levels[:-1]) / 2 for levels in (x, y, z))
    grids = [(x, y, z), (xm, ym, zm), (x[:1], ym, zm), (x[-1:], ym, zm), (xm, y[:1], zm), (xm, y[-1:], zm)]
    grids += [(xm, ym, z[level : level + 1]) for level in plane_levels]
    starts = np.concatenate([[0], np.cumsum([len(a) * len(b) * len(c) for a, b, c in grids])])
    return tuple(Block(int(start), *grid) for start, grid in zip(starts[:-1], grids, strict=True))


def _ring(corners: np.ndarray) -> np.ndarray:
    """The four corners of every brick face across the first axis, in cyclic order, shape (4, levels, …)."""
    return np.stack([corners[:, :-1, :-1], corners[:, 1:, :-1], corners[:, 1:, 1:], corners[:, :-1, 1:]])


def _add_cells(cells: list, slabs: list, ring, one, other, slab) -> None:
    one, other = np.broadcast_arrays(one.reshape(ring.shape[1:]), other.reshape(ring.shape[1:]))
    for k in range(4):
        cells.append(np.stack([one, other, ring[k], ring[(k + 1) % 4]], axis=-1).reshape(-1, 4))
        slabs.append(slab.ravel())
