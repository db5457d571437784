"""Connected pieces of the phases of a mesh, and what to do with islands."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ..tetrahedra import contiguous


class Rule(NamedTuple):
    """Which pieces of a phase stay, and what becomes of the others.

    Attributes
    ----------
    replacement
        Phase of the cells that do not stay.
    seeds : (m,) bool or None
        Pieces that hold one of these cells stay; None: those that join opposite walls, and the largest.
    walls : (m,) int or None
        Bits of the walls that each cell touches.
    opposite
        Pairs of bits of opposite walls.
    """

    replacement: int
    seeds: np.ndarray | None
    walls: np.ndarray | None = None
    opposite: tuple[int, ...] = ()

    def stays(self, members: np.ndarray, piece: np.ndarray, sizes: np.ndarray, of_phase: np.ndarray) -> np.ndarray:
        """Numbers of the pieces that stay, among those of a phase."""
        if self.seeds is not None:
            return held(piece[self.seeds & of_phase], len(sizes))
        largest = members[sizes[members].argsort()[-1:]]
        if self.walls is None:
            return largest
        touched = np.zeros(len(sizes), self.walls.dtype)
        np.bitwise_or.at(touched, piece[of_phase], self.walls[of_phase])
        joins = [members[touched[members] & pair == pair] for pair in self.opposite]
        return np.unique(np.concatenate([largest, *joins]))


def held(numbers: np.ndarray, count: int) -> np.ndarray:
    """The distinct numbers below count, ascending."""
    found = np.zeros(count, bool)
    found[numbers] = True
    return np.flatnonzero(found)


def touched_planes(planes: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Bits of the planes that any corner of each cell lies on, shape (m,)."""
    # Columns instead of a reduction along short rows, which takes ten times as long.
    a, b, c, d = (planes[cells[:, corner]] for corner in range(4))
    return a | b | c | d


class Cleaned(NamedTuple):
    """Phases without islands.

    Attributes
    ----------
    phases : (m,) int
    removed
        Number of pieces removed, by phase.
    missing
        Phases of which no piece could stay; they are left as they were.
    """

    phases: np.ndarray
    removed: dict[int, int]
    missing: tuple[int, ...]


def pieces(neighbours: np.ndarray, phases: np.ndarray) -> tuple[int, np.ndarray]:
    """Count and number of the piece of every cell: cells of one phase joined through faces.

    Parameters
    ----------
    neighbours : (k, 2) int
        Pairs of cells with a common face.
    """
    from ..kernels.pieces import connected_within

    return connected_within(contiguous(neighbours), contiguous(phases))


def connected(links: np.ndarray, count: int) -> tuple[int, np.ndarray]:
    """Number of connected components of a graph, and that of each of its `count` nodes."""
    from ..kernels.pieces import connected as connected_nodes

    return connected_nodes(contiguous(links), count)


def remove_islands(
    neighbours: np.ndarray, phases: np.ndarray, weights: np.ndarray, rules: Mapping[int, Rule]
) -> Cleaned:
    """Relabel the pieces that the rules do not keep, until all that is left is kept.

    Parameters
    ----------
    neighbours : (k, 2) int
        Pairs of cells (or of vertices) that are connected if their phases are equal.
    weights : (m,) float
        Volumes, which decide what is largest.
    """
    phases = phases.copy()
    removed = dict.fromkeys(rules, 0)
    count, piece = pieces(neighbours, phases)
    # Filling a pore adds to the solid, so a phase may have to be looked at again.
    turns = [*rules.items()] * 3
    unchanged = 0
    for phase, rule in turns:
        members = held(piece[phases == phase], count)
        stays = rule.stays(members, piece, np.bincount(piece, weights, count), phases == phase)
        if not len(stays):
            return Cleaned(phases, removed, (phase,))
        leaves = np.zeros(count, bool)
        leaves[np.setdiff1d(members, stays)] = True
        if leaves.any():
            phases[leaves[piece]] = rule.replacement
            removed[phase] += int(np.count_nonzero(leaves))
            count, piece = pieces(neighbours, phases)
            unchanged = 0
        unchanged += 1
        if unchanged > len(rules):
            break
    return Cleaned(phases, removed, ())
