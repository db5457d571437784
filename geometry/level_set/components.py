"""Connected pieces of the phases of a mesh, and what to do with islands."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np


class Rule(NamedTuple):
    """Which pieces of a phase stay, and what becomes of the others.

    Attributes
    ----------
    seeds : (m,) bool or None
        Pieces that hold one of these cells stay; None: only the largest piece stays.
    replacement
        Phase of the cells that do not stay.
    """

    seeds: np.ndarray | None
    replacement: int


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
    same = phases[neighbours[:, 0]] == phases[neighbours[:, 1]]
    return connected(neighbours[same], len(phases))


def connected(links: np.ndarray, count: int) -> tuple[int, np.ndarray]:
    """Number of connected components of a graph, and that of each of its `count` nodes."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(links), np.int8)
    graph = coo_array((ones, (links[:, 0], links[:, 1])), shape=(count, count))
    return connected_components(graph, directed=False)


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
        members = np.unique(piece[phases == phase])
        if rule.seeds is not None:
            stays = np.unique(piece[rule.seeds & (phases == phase)])
        else:
            stays = members[np.bincount(piece, weights, count)[members].argsort()[-1:]]
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
