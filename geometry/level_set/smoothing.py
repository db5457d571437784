"""Better shapes for the worst cells of a mesh, by moving their vertices a little.

Vertices inside move freely, those on walls and planes within them, those of the surface along it.  Each tries
a number of steps and takes the one that most widens the smallest dihedral angle around it.  The facets of the
surface bound what any refill can reach, so this pays even where the bodies are filled anew.
"""

from collections.abc import Callable

import numpy as np

from ..tetrahedra import contiguous

_STEPS = (0.04, 0.1, 0.2)
"""Lengths of the steps tried, in lattice edges."""

_SWEEPS = 10

_GAIN = 0.05
"""A vertex moves only if the smallest angle around it grows by more than this [degrees]."""

_ON_SURFACE = 0.07
"""Vertices of the interface farther than this from the zero surface [lattice edges] stay where they are."""


def widen_smallest_angles(
    points: np.ndarray,
    cells: np.ndarray,
    free: np.ndarray,
    size: float,
    sufficient: float,
    field: Callable[[np.ndarray], np.ndarray] | None = None,
    interface: np.ndarray | None = None,
) -> np.ndarray:
    """Points of the mesh after its worst cells were improved.

    Parameters
    ----------
    free : (n, 3) bool
        Which coordinates of the points may change.
    size
        Edge of the lattice [m].
    sufficient
        Cells whose dihedral angles are all larger [degrees] are left alone.
    field, interface : (n,) bool
        Points on the surface on which the field nearly vanishes keep its value there.
    """
    from ..kernels.cells import smallest_angles
    from ..kernels.stars import move_to_best, stars

    points, cells = np.array(points, float), contiguous(cells)
    interface = np.zeros(len(points), bool) if interface is None else interface
    smallest = smallest_angles(points, cells)
    for _ in range(_SWEEPS):
        moving = _independent(cells, smallest, free.any(axis=1), sufficient)
        if not len(moving):
            break
        number = np.full(len(points), -1)
        number[moving] = np.arange(len(moving))
        trials = _trials(field, points[moving], free[moving], interface[moving], size)
        start, around = stars(cells, number, len(moving))
        if not move_to_best(points, cells, smallest, moving, start, around, trials, _GAIN):
            break
    return points


def _independent(cells: np.ndarray, smallest: np.ndarray, free: np.ndarray, sufficient: float) -> np.ndarray:
    """Vertices of bad cells of which no two share a cell, those of the worst cells first."""
    from ..kernels.stars import beaten, worst_angles

    worst = worst_angles(cells, smallest, sufficient, len(free))
    candidates = np.flatnonzero(np.isfinite(worst) & free)
    # Ties within one cell are broken by a fixed shuffle, so that sweeps do not always pick the same corner.
    order = np.lexsort((candidates * 2_654_435_761 % 4_294_967_291, worst[candidates]))
    rank = np.full(len(free), len(candidates))
    rank[candidates[order]] = np.arange(len(candidates))
    return candidates[~beaten(cells, rank)[candidates]]


def _trials(field, start, free, interface, size) -> np.ndarray:
    """Positions to try, shape (n, trials, 3); the first is the start."""
    directions = np.array([index for index in np.ndindex(3, 3, 3) if index != (1, 1, 1)]) - 1.0
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    steps = np.concatenate([np.zeros((1, 3)), *(size * step * directions for step in _STEPS)])
    trials = start[:, None] + steps * free[:, None]
    if interface.any():
        flat = trials[interface].reshape(-1, 3)
        mask = np.repeat(free[interface], len(steps), axis=0)
        level = field(start[interface])
        flat = _onto_level(field, np.repeat(level, len(steps)), flat, mask, size).reshape(-1, len(steps), 3)
        stuck = np.abs(level) > _ON_SURFACE * size
        flat[stuck] = start[interface][stuck][:, None]
        flat[:, 0] = start[interface]
        trials[interface] = flat
    return trials


def _onto_level(field, level, position, free, size) -> np.ndarray:
    step = 1e-4 * size
    for _ in range(2):
        value = field(position) - level
        gradient = np.stack([field(position + step * unit) - level - value for unit in np.eye(3)], axis=1) / step
        gradient *= free
        square = np.maximum(np.einsum("ij,ij->i", gradient, gradient), 1e-2)
        position = position - (value / square)[:, None] * gradient
    return position
