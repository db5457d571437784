"""Graded background lattice: a balanced octree of the porous slab with body-centred leaves.

Leaves of one size meet as in `lattice`.  Where a leaf meets four smaller ones, its face is split through its
centre and the middles of its edges; seen from a small leaf, its own face is split along the diagonal that
ends there.  So transitions hold halves and quarters of the lattice's cells, and pyramids cut in two.  The
plane of an end with another slab beyond it is kept at the finest size, where uniform slabs join.
"""

from collections.abc import Sequence

import numpy as np

from .flattening import PlacedField
from .lattice import Lattice, body_centred, joined, positively_oriented, with_planes

_FINE_BAND = 2.5
"""Distance from the surface [finest edges] up to which all is fine."""

_GROWTH = 0.5
"""Growth of the edge with distance beyond the band."""

_MOST_LEVELS = 4


def graded_levels(lengths: Sequence[float], size: float, coarse_size: float) -> tuple[int, np.ndarray]:
    """Levels of the octree, and counts of finest bricks along x, y, z: multiples of 2 ** levels."""
    levels = int(np.clip(np.floor(np.log2(max(coarse_size / size, 1) * (1 + 1e-9))), 0, _MOST_LEVELS))
    # Rounding up to a multiple must not refine a small box much.
    while levels and min(lengths) / size < 4 * 2**levels:
        levels -= 1
    block = 2**levels
    return levels, np.maximum(np.ceil(np.array(lengths) / (block * size) - 0.05).astype(int), 1) * block


def graded_lattice(
    field: PlacedField, ends: Sequence[np.ndarray], porous: int, size: float, coarse_size: float
) -> Lattice:
    """Lattice of all slabs, with the octree in the porous one.

    Parameters
    ----------
    field
        Decides where to be fine.
    ends
        Levels of every slab along z [m]; of the porous one only the first and last matter.
    porous
        Number of the porous slab.
    """
    levels, counts = graded_levels(field.extent, size, coarse_size)
    x, y = (np.linspace(0, field.extent[axis], counts[axis] + 1) for axis in range(2))
    z = np.linspace(ends[porous][0], ends[porous][-1], counts[2] + 1)
    z[-1] = ends[porous][-1]
    wanted = _wanted_levels(field, (x, y, z), levels, (porous > 0, porous + 1 < len(ends)))
    vertices, cells = _octree_cells(_leaves(wanted, levels), counts)
    halves = [_with_middles(axis) for axis in (x, y, z)]
    points = np.stack([halves[axis][vertices[:, axis]] for axis in range(3)], axis=1)
    octree = Lattice(points, positively_oriented(points, cells), np.full(len(cells), porous), np.empty(0))

    parts = [octree]
    for first, slabs in ((0, ends[:porous]), (porous + 1, ends[porous + 1 :])):
        if len(slabs):
            part = body_centred(x, y, slabs)
            parts.append(part._replace(slabs=part.slabs + first))
    planes = [ends[0][0], *(levels[-1] for levels in ends)]
    return with_planes(joined(parts), x, y, np.array(planes))


def _wanted_levels(field: PlacedField, axes, levels: int, fine_ends: tuple[bool, bool]) -> np.ndarray:
    """Octree level that the distance from the surface allows, for every finest brick."""
    centres = [(axis[1:] + axis[:-1]) / 2 for axis in axes]
    edge = max(np.diff(axis[:2])[0] for axis in axes)
    distance = np.abs(field.on_grid(*centres)) / edge
    wanted = np.log2(1 + _GROWTH * np.maximum(distance - _FINE_BAND, 0))
    wanted = np.clip(np.floor(wanted), 0, levels).astype(np.int8)
    for end, fine in zip((0, -1), fine_ends, strict=True):
        if fine:
            wanted[:, :, end] = 0
    return wanted


def _leaves(wanted: np.ndarray, levels: int) -> list[np.ndarray]:
    """Integer positions (n, 3) of the leaves of every level, in units of their edges; balanced."""
    allowed = [np.ones(wanted.shape, bool)]
    for level in range(1, levels + 1):
        block = 2**level
        nx, ny, nz = (count // block for count in wanted.shape)
        here = wanted.reshape(nx, block, ny, block, nz, block).min(axis=(1, 3, 5)) >= level
        # Its eight children and the ring around them must be allowed one level below.
        below = np.pad(allowed[-1], 1, constant_values=True)
        for i, j, k in np.ndindex(4, 4, 4):
            here &= below[i : i + 2 * nx - 1 : 2, j : j + 2 * ny - 1 : 2, k : k + 2 * nz - 1 : 2]
        allowed.append(here)
    leaves = []
    for level, here in enumerate(allowed):
        merged = allowed[level + 1] if level < levels else np.zeros([n // 2 for n in here.shape], bool)
        for axis in range(3):
            merged = np.repeat(merged, 2, axis=axis)
        leaves.append(np.argwhere(here & ~merged) if level < levels else np.argwhere(here))
    return leaves


def _octree_cells(leaves: list[np.ndarray], counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (n, 3) in half finest edges, and cells (m, 4) of any orientation."""
    base = np.int64(2 * counts.max() + 2)

    def key(position: np.ndarray) -> np.ndarray:
        return (position[..., 0] * base + position[..., 1]) * base + position[..., 2]

    level_of = np.zeros(counts, np.int8)
    for level, at in enumerate(leaves):
        for i, j, k in np.ndindex(*(2**level,) * 3):
            level_of[tuple((at * 2**level + (i, j, k)).T)] = level
    offsets = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), axis=-1).reshape(-1, 1, 3)
    corners = [key((at + offsets) * (2 << level)).ravel() for level, at in enumerate(leaves)]
    corners = np.unique(np.concatenate(corners))

    cells: list[np.ndarray] = []
    for level, at in enumerate(leaves):
        for axis in range(3):
            for side in (0, 1):
                _add_face(cells, at, level, axis, side, level_of, corners, key)
    keys, cells = np.unique(np.concatenate(cells), return_inverse=True)
    vertices = np.stack([keys // base**2, keys // base % base, keys % base], axis=1)
    return vertices, cells.reshape(-1, 4)


def _add_face(cells, at, level, axis, side, level_of, corners, key) -> None:
    """Add the cells between leaves of one level and one of their faces."""
    edge = 2 << level
    low = at * edge
    centre = low + edge // 2
    across = [b for b in range(3) if b != axis]

    def on_face(i: int, j: int) -> np.ndarray:
        """Points of the face by halves of its edges."""
        point = low.copy()
        point[:, axis] += edge * side
        point[:, across[0]] += i * edge // 2
        point[:, across[1]] += j * edge // 2
        return point

    beyond = at * 2**level
    beyond[:, axis] += 2**level if side else -1
    outside = (beyond[:, axis] < 0) | (beyond[:, axis] >= level_of.shape[axis])
    beyond = np.clip(beyond, 0, np.array(level_of.shape) - 1)
    neighbour = np.where(outside, -1, level_of[tuple(beyond.T)])

    # Same size: between both centres, once.  Outside or smaller: from the centre to the face's centre.
    same = (neighbour == level) & (side == 1)
    apex = np.where(same[:, None], centre + np.eye(3, dtype=int)[axis] * edge, on_face(1, 1))
    used = same | (neighbour < level)
    ring = [(0, 0), (2, 0), (2, 2), (0, 2)]
    for start, end in zip(ring, [*ring[1:], ring[0]], strict=True):
        middle = key(on_face((start[0] + end[0]) // 2, (start[1] + end[1]) // 2))
        split = corners[np.minimum(np.searchsorted(corners, middle), len(corners) - 1)] == middle
        one, other = key(on_face(*start)), key(on_face(*end))
        for chosen, first, last in (
            (used & ~split, one, other),
            (used & split, one, middle),
            (used & split, middle, other),
        ):
            corner_keys = (key(centre), key(apex), first, last)
            cells.append(np.stack([k[chosen] for k in corner_keys], axis=1))

    larger = neighbour > level
    if larger.any():
        # The larger face's centre is one corner of this face; the diagonal starts there.
        high = 1 - (at[:, across] & 1)
        plane = on_face(0, 0)

        def corner(i: np.ndarray, j: np.ndarray) -> np.ndarray:
            point = plane.copy()
            point[:, across[0]] += i * edge
            point[:, across[1]] += j * edge
            return key(point)[larger]

        i, j = high.T
        from_centre, opposite = corner(i, j), corner(1 - i, 1 - j)
        for last in (corner(i, 1 - j), corner(1 - i, j)):
            cells.append(np.stack([key(centre)[larger], from_centre, opposite, last], axis=1))


def _with_middles(levels: np.ndarray) -> np.ndarray:
    halves = np.empty(2 * len(levels) - 1)
    halves[::2] = levels
    halves[1::2] = (levels[1:] + levels[:-1]) / 2
    return halves
