"""Better shapes for the worst cells of a mesh, by moving their vertices a little.

Vertices inside move freely, those on walls and planes within them, those of the surface along it.  Each tries
a number of steps and takes the one that most widens the smallest dihedral angle around it.  The facets of the
surface bound what any refill can reach, so this pays even where the bodies are filled anew.
"""

from collections.abc import Callable

import numpy as np

from ..quality import dihedral_angles
from ..tetrahedra import cell_volumes

_STEPS = (0.04, 0.1, 0.2)
"""Lengths of the steps tried, in lattice edges."""

_SWEEPS = 10

_ON_SURFACE = 0.02
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
        Points on the surface on which the field vanishes stay on it.
    """
    points = points.copy()
    interface = np.zeros(len(points), bool) if interface is None else interface
    smallest = dihedral_angles(points, cells).min(axis=1)
    for _ in range(_SWEEPS):
        moving = _independent(cells, smallest, free.any(axis=1), sufficient)
        if not len(moving):
            break
        star_cell, star_vertex = _stars(cells, moving)
        trials = _trials(field, points[moving], free[moving], interface[moving], size)
        best = _best_trials(points, cells, star_cell, star_vertex, trials, smallest)
        changed = best > 0
        if not changed.any():
            break
        points[moving[changed]] = trials[changed, best[changed]]
        around = np.unique(star_cell[changed[star_vertex]])
        smallest[around] = dihedral_angles(points, cells[around]).min(axis=1)
    return points


def _independent(cells: np.ndarray, smallest: np.ndarray, free: np.ndarray, sufficient: float) -> np.ndarray:
    """Vertices of bad cells of which no two share a cell, those of the worst cells first."""
    worst = np.full(len(free), np.inf)
    bad = smallest < sufficient
    np.minimum.at(worst, cells[bad].ravel(), np.repeat(smallest[bad], 4))
    candidates = np.flatnonzero(np.isfinite(worst) & free)
    # Ties within one cell are broken by a fixed shuffle, so that sweeps do not always pick the same corner.
    order = np.lexsort((candidates * 2_654_435_761 % 4_294_967_291, worst[candidates]))
    rank = np.full(len(free), len(candidates))
    rank[candidates[order]] = np.arange(len(candidates))
    ranks = rank[cells]
    first = ranks.min(axis=1)
    beaten = np.zeros(len(free), bool)
    beaten[cells[ranks > first[:, None]]] = True
    return candidates[~beaten[candidates]]


def _stars(cells: np.ndarray, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cells around vertices, and which of the vertices each is around."""
    number = np.full(cells.max() + 1, -1)
    number[vertices] = np.arange(len(vertices))
    found = number[cells].max(axis=1)
    around = np.flatnonzero(found >= 0)
    return around, found[around]


def _trials(field, start, free, interface, size) -> np.ndarray:
    """Positions to try, shape (n, trials, 3); the first is the start."""
    directions = np.array([index for index in np.ndindex(3, 3, 3) if index != (1, 1, 1)]) - 1.0
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    steps = np.concatenate([np.zeros((1, 3)), *(size * step * directions for step in _STEPS)])
    trials = start[:, None] + steps * free[:, None]
    if interface.any():
        flat = trials[interface].reshape(-1, 3)
        mask = np.repeat(free[interface], len(steps), axis=0)
        flat = _onto_surface(field, flat, mask, size).reshape(-1, len(steps), 3)
        stuck = np.abs(field(start[interface])) > _ON_SURFACE * size
        flat[stuck] = start[interface][stuck][:, None]
        flat[:, 0] = start[interface]
        trials[interface] = flat
    return trials


def _onto_surface(field, position, free, size) -> np.ndarray:
    step = 1e-4 * size
    for _ in range(2):
        value = field(position)
        gradient = np.stack([field(position + step * unit) - value for unit in np.eye(3)], axis=1) / step
        gradient *= free
        square = np.maximum(np.einsum("ij,ij->i", gradient, gradient), 1e-2)
        position = position - (value / square)[:, None] * gradient
    return position


def _best_trials(points, cells, star_cell, star_vertex, trials, smallest) -> np.ndarray:
    """Trial that gives every vertex's star the widest smallest angle; 0 where none is clearly better."""
    count, number = trials.shape[:2]
    corners = points[cells[star_cell]]
    at_vertex = np.all(corners == trials[star_vertex, 0][:, None], axis=2)
    old_volume = cell_volumes(points, cells[star_cell])
    reached = np.full((number, count), np.inf)
    np.minimum.at(reached[0], star_vertex, smallest[star_cell])
    local = np.arange(4 * len(star_cell)).reshape(-1, 4)
    for trial in range(1, number):
        moved = np.where(at_vertex[:, :, None], trials[star_vertex, trial][:, None], corners).reshape(-1, 3)
        angle = dihedral_angles(moved, local).min(axis=1)
        # Dihedral angles do not tell an inverted cell from its mirror image.
        angle[cell_volumes(moved, local) * old_volume <= 0] = 0
        np.minimum.at(reached[trial], star_vertex, angle)
    best = reached.argmax(axis=0)
    return np.where(reached[best, np.arange(count)] > reached[0] + 0.05, best, 0)
