"""The two lattices on a body of voxels: the middles of its voxels, and their corners.

Each numbers its nodes in ascending order along z, y and x, tells the network of its links, and works out the energy of
the field that its potentials stand for.  In periodic bodies the last layer is followed by the first one, and the
potential rises by one over the number of layers from each to the next beside its values; in others it is 0 on the first
face across x and 1 on the last one.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from . import voxel_kernels as kernels
from .network import Network

_AROUND = tuple(product((0, 1), repeat=3))
"""Voxels around a corner, by their steps from the lowest one; a voxel of number k has the corner 7 − k of its own."""


class Middles:
    """Middles of the voxels of a body; neighbours share a face.

    Parameters
    ----------
    body : (nx, ny, nz) bool
    edges : (3,) float
        Those of a voxel along x, y and z.
    periodic
        Whether the body goes on periodically beyond all its faces.
    """

    def __init__(self, body: np.ndarray, edges: np.ndarray, periodic: bool):
        self._edges, self._periodic = edges, periodic
        self._number = np.where(body, np.cumsum(body, dtype=np.int32).reshape(body.shape) - 1, -1).astype(np.int32)
        self._place = np.flatnonzero(body).astype(np.int32)
        self._faces = np.prod(edges) / edges
        # In single precision here as in the network, so that the currents are the same.
        self._conductance = (self._faces / edges).astype(np.float32)
        self._rise = 1 / body.shape[0] if periodic else 0.0

    def network(self) -> Network:
        """Conductances between neighbours and, half an edge from the outermost middles, to the two faces."""
        number, count = self._number, len(self._place)
        *links, source = kernels.middle_links(number, count, self._conductance, self._rise, self._periodic)
        ground = np.zeros(count)
        if not self._periodic:
            for layer in (number[0], number[-1]):
                ground[layer[layer >= 0]] += 2 * self._conductance[0]
            source[number[-1][number[-1] >= 0]] = 2 * self._conductance[0]
        return Network(*links, ground, source, self._place, number.shape, self._edges)

    def current_and_work(self, values: np.ndarray) -> tuple[float, float]:
        """Current through the body and the work of what flows, ∫|F|² for F linear along each axis within the voxels.

        Currents are corrected by what the solver left of the balance of charge in the voxels, so that it is exact.
        """
        number, conductance, periodic = self._number, self._conductance, self._periodic
        currents = kernels.middle_currents(number, len(values), conductance, values, self._rise, periodic)
        known = np.append(values, 0.0)
        low = np.where(number[0] >= 0, 2 * conductance[0] * known[number[0]], 0.0)
        high = np.where(number[-1] >= 0, 2 * conductance[0] * (1 - known[number[-1]]), 0.0)
        kernels.balance(number, currents, low, high, periodic)
        squares = kernels.squared_currents(number, currents, low, high, periodic)
        current = float(currents[:, 0].sum()) * self._rise if periodic else float(high.sum())
        return current, float(squares @ (self._edges / (3 * self._faces)))


class Corners:
    """Corners of the voxels of a body; voxels share one only if faces join them around it.

    Parameters are those of :class:`Middles`.
    """

    def __init__(self, body: np.ndarray, edges: np.ndarray, periodic: bool):
        self._body, self._edges, self._periodic = body, edges, periodic
        around = np.pad(body, 1, mode="wrap") if periodic else np.pad(body, 1)
        pattern = np.zeros([n + 1 for n in body.shape], dtype=np.uint8)
        for k, steps in enumerate(_AROUND):
            place = tuple(slice(step, step + n) for step, n in zip(steps, pattern.shape, strict=True))
            pattern |= around[place].view(np.uint8) << k
        groups = _NUMBER[pattern]
        if periodic:
            groups = groups[:-1, :-1, :-1]
        ends = np.cumsum(groups, dtype=np.int32).reshape(groups.shape)
        first = ends - groups
        self._pattern, self._groups = pattern, groups
        self._first = np.pad(first, [(0, 1)] * 3, mode="wrap") if periodic else first
        self._count = int(ends.flat[-1])
        # Corners on the two faces come first and last.
        self._begin, self._end = (0, self._count) if periodic else (int(first[1].flat[0]), int(first[-1].flat[0]))
        self._rise = 1 / body.shape[0] if periodic else 0.0

    def network(self) -> Network:
        """Every voxel's edges conduct V/(4 h²); corners on the two faces are no nodes, but their ground and source."""
        conductance = (np.prod(self._edges) / (4 * self._edges**2)).astype(np.float32)
        *links, ground, source = kernels.corner_links(
            self._first,
            self._pattern,
            _GROUP,
            _NUMBER,
            conductance,
            self._begin,
            self._end,
            self._rise,
            self._periodic,
        )
        corners = np.arange(self._groups.size, dtype=np.int32)
        place = np.repeat(corners, self._groups.ravel())[self._begin : self._end]
        return Network(*links, ground, source, place, self._groups.shape, self._edges)

    def energy(self, values: np.ndarray) -> float:
        """∫|∇φ|² of the trilinear potential with these values at the nodes."""
        all_values = np.concatenate([np.zeros(self._begin), values, np.ones(self._count - self._end)])
        squares = kernels.trilinear_squares(self._body, self._first, self._pattern, _GROUP, all_values, self._rise)
        return float(squares @ (np.prod(self._edges) / self._edges**2))


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
