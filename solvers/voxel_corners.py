"""Corners of a body of voxels, numbered such that voxels share a corner only if faces join them around it."""

from __future__ import annotations

from itertools import product

import numpy as np

_AROUND = tuple(product((0, 1), repeat=3))
"""Voxels around a corner, by their steps from the lowest one; a voxel of number k has the corner 7 − k of its own."""


def _groups() -> tuple[np.ndarray, np.ndarray]:
    """Group of every voxel around a corner, shape (256, 8), and number of groups, by which of the eight there are."""
    group, number = np.zeros((256, 8), dtype=np.uint8), np.zeros(256, dtype=np.uint8)
    for pattern in range(256):
        present = [k for k in range(8) if pattern >> k & 1]
        of = {k: k for k in present}
        for _ in range(4):
            for k, other in product(present, repeat=2):
                if bin(k ^ other).count("1") == 1:
                    of[k] = of[other] = min(of[k], of[other])
        names = sorted(set(of.values()))
        number[pattern] = len(names)
        for k in present:
            group[pattern, k] = names.index(of[k])
    return group, number


_GROUP, _NUMBER = _groups()


class Corners:
    """Numbers of the corners of a body of voxels, ascending along the first axis.

    Parameters
    ----------
    body : (nx, ny, nz) bool
    """

    def __init__(self, body: np.ndarray):
        self._body = body
        self._pattern = np.zeros([n + 1 for n in body.shape], dtype=np.uint8)
        for k, steps in enumerate(_AROUND):
            # The voxel at steps (1, 1, 1) from the lowest one begins at the corner itself.
            place = tuple(slice(1 - step, 1 - step + n) for step, n in zip(steps, body.shape, strict=True))
            self._pattern[place] |= (body << k).astype(np.uint8) if k else body.astype(np.uint8)
        ends = np.cumsum(_NUMBER[self._pattern], dtype=np.int32).reshape(self._pattern.shape)
        self.count = int(ends.flat[-1])
        self._first = ends - _NUMBER[self._pattern]

    def before(self, layer: int) -> int:
        """How many corners lie on planes before a plane across the first axis."""
        return int(self._first[layer].flat[0])

    def links(self, axis: int) -> tuple[np.ndarray, np.ndarray]:
        """Both ends of the voxels' four edges along an axis, voxel by voxel."""
        ends = [
            [self._of(low), self._of(high)] for low, high in self._edges(axis)
        ]
        return tuple(np.concatenate(each) for each in zip(*ends, strict=True))

    def steps(self, values: np.ndarray, axis: int, layer: int) -> np.ndarray:
        """Differences of values along the four edges of the voxels of a layer, shape (2, 2, voxels)."""
        found = [values[self._of(high, layer)] - values[self._of(low, layer)] for low, high in self._edges(axis)]
        return np.array(found).reshape(2, 2, -1)

    @staticmethod
    def _edges(axis: int) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """Lower and upper corner of a voxel's four edges along an axis, as steps from its lowest corner."""
        low = [corner for corner in _AROUND if corner[axis] == 0]
        return [(corner, tuple(1 if k == axis else step for k, step in enumerate(corner))) for corner in low]

    def _of(self, corner: tuple[int, ...], layer: int | None = None) -> np.ndarray:
        """Numbers of one corner of all voxels of the body, or of those of a layer, shape (voxels,)."""
        part = slice(None) if layer is None else slice(layer, layer + 1)
        body = self._body[part]
        first = 0 if layer is None else layer
        place = tuple(
            slice(start + step, start + step + n)
            for start, step, n in zip((first, 0, 0), corner, body.shape, strict=True)
        )
        number = 7 - _AROUND.index(corner)
        return self._first[place][body] + _GROUP[self._pattern[place][body], number]
