"""The two lattices on a body of voxels: the middles of its voxels, and their corners.

Each numbers its nodes in ascending order along the first axis, tells the links of its network along an axis, the steps
of a potential along them, and blocks of 2³ neighbours.  In periodic bodies the last layer is followed by the first one.
"""

from __future__ import annotations

from itertools import product

import numpy as np

_AROUND = tuple(product((0, 1), repeat=3))
"""Voxels around a corner, by their steps from the lowest one; a voxel of number k has the corner 7 − k of its own."""


class Middles:
    """Middles of the voxels of a body; neighbours share a face.

    Parameters
    ----------
    body : (nx, ny, nz) bool
    periodic
        Whether the body goes on periodically beyond all its faces.
    """

    def __init__(self, body: np.ndarray, periodic: bool):
        self.body, self._periodic = body, periodic
        self.number = np.cumsum(body, dtype=np.int32).reshape(body.shape) - 1
        self.count = int(self.number.flat[-1]) + 1

    def blocks(self) -> np.ndarray:
        """Number of the block of every node, shape (nodes,)."""
        return _numbered(_blocks(self.body.shape)[self.body])

    def links(self, axis: int) -> tuple[np.ndarray, np.ndarray]:
        """Both ends of the links along an axis, the lower one first."""
        both = self._both(axis)
        return self.number[both], np.roll(self.number, -1, axis)[both]

    def currents(self, values: np.ndarray, axis: int, step: float) -> np.ndarray:
        """Steps of a potential along the links from every voxel to the next, shape (nx, ny, nz); 0 without a link.

        Parameters
        ----------
        values
            The potential of every node.
        step
            What the potential rises by from layer to layer beside its values.
        """
        potential = np.zeros(self.body.shape)
        potential[self.body] = values
        return np.where(self._both(axis), np.roll(potential, -1, axis) - potential + step, 0.0)

    def _both(self, axis: int) -> np.ndarray:
        both = self.body & np.roll(self.body, -1, axis)
        if not self._periodic:
            both[tuple(-1 if k == axis else slice(None) for k in range(3))] = False
        return both


class Corners:
    """Corners of the voxels of a body; voxels share one only if faces join them around it.

    Parameters are those of :class:`Middles`.
    """

    def __init__(self, body: np.ndarray, periodic: bool):
        self.body = body
        around = np.pad(body, 1, mode="wrap") if periodic else np.pad(body, 1)
        pattern = np.zeros([n + 1 for n in body.shape], dtype=np.uint8)
        for k, steps in enumerate(_AROUND):
            place = tuple(slice(step, step + n) for step, n in zip(steps, pattern.shape, strict=True))
            pattern |= around[place].astype(np.uint8) << k
        groups = _NUMBER[pattern]
        if periodic:
            groups = groups[:-1, :-1, :-1]
        ends = np.cumsum(groups, dtype=np.int32).reshape(groups.shape)
        self.count = int(ends.flat[-1])
        self._groups = groups
        first = ends - groups
        self._first = np.pad(first, [(0, 1)] * 3, mode="wrap") if periodic else first
        self._pattern = pattern

    def blocks(self, nodes: slice = slice(None)) -> np.ndarray:
        """Number of the block of every node, or of some, shape (nodes,)."""
        return _numbered(np.repeat(_blocks(self._groups.shape).ravel(), self._groups.ravel())[nodes])

    def before(self, layer: int) -> int:
        """How many corners lie on planes before a plane across the first axis, in a body that is not periodic."""
        return int(self._first[layer].flat[0])

    def links(self, axis: int) -> tuple[np.ndarray, np.ndarray]:
        """Both ends of the voxels' four edges along an axis, voxel by voxel."""
        ends = [[self._of(low), self._of(high)] for low, high in _edges(axis)]
        first, second = (np.concatenate(each) for each in zip(*ends, strict=True))
        return first, second

    def steps(self, values: np.ndarray, axis: int, layer: int) -> np.ndarray:
        """Differences of values along the four edges of the voxels of a layer, shape (2, 2, voxels)."""
        found = [values[self._of(high, layer)] - values[self._of(low, layer)] for low, high in _edges(axis)]
        return np.array(found).reshape(2, 2, -1)

    def _of(self, corner: tuple[int, ...], layer: int | None = None) -> np.ndarray:
        """Numbers of one corner of all voxels of the body, or of those of a layer, shape (voxels,)."""
        first = 0 if layer is None else layer
        body = self.body if layer is None else self.body[layer : layer + 1]
        place = tuple(
            slice(start + step, start + step + n)
            for start, step, n in zip((first, 0, 0), corner, body.shape, strict=True)
        )
        return self._first[place][body] + _GROUP[self._pattern[place][body], 7 - _AROUND.index(corner)]


def _blocks(shape: tuple[int, ...]) -> np.ndarray:
    """A number for every block of two nodes each way of a grid, at its nodes."""
    halves = [np.arange(n, dtype=np.int32) // 2 for n in shape]
    x, y, z = np.ix_(*halves)
    return (x * (halves[1][-1] + 1) + y) * (halves[2][-1] + 1) + z


def _numbered(names: np.ndarray) -> np.ndarray:
    """The same classes with numbers without gaps."""
    present = np.zeros(int(names.max()) + 1, dtype=np.int32)
    present[names] = 1
    return (np.cumsum(present, dtype=np.int32) - 1)[names]


def _edges(axis: int) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Lower and upper corner of a voxel's four edges along an axis, as steps from its lowest corner."""
    low = [corner for corner in _AROUND if corner[axis] == 0]
    return [(corner, tuple(1 if k == axis else step for k, step in enumerate(corner))) for corner in low]


def _groups() -> tuple[np.ndarray, np.ndarray]:
    """Group of every voxel around a corner, shape (256, 8), and number of groups, by which of the eight there are."""
    group, number = np.zeros((256, 8), dtype=np.uint8), np.zeros(256, dtype=np.uint8)
    for pattern in range(256):
        present = [k for k in range(8) if pattern >> k & 1]
        of = {k: k for k in present}
        # No way around a corner passes more than four faces.
        for _ in range(4):
            for k, other in product(present, repeat=2):
                if (k ^ other).bit_count() == 1:
                    of[k] = of[other] = min(of[k], of[other])
        names = sorted(set(of.values()))
        number[pattern] = len(names)
        for k in present:
            group[pattern, k] = names.index(of[k])
    return group, number


_GROUP, _NUMBER = _groups()
