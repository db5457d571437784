r"""Networks of conductances: Σ g (φ − φ of the neighbour) = the source at every node, by multigrid.

Conjugate gradients, preconditioned by one V-cycle over blocks of 2³ nodes, 4³, 8³ …: a coarse node is a connected piece
of its block, in which the potential is one number, so that every level is a network itself, whose conductances are sums
of the finer ones.  Constant pieces conduct twice as much as the smooth potentials that they stand for, for which the
correction is enlarged (D. Braess, Computing 55 (1995) 379, doi:10.1007/BF02238488).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from . import network_kernels as kernels
from .errors import SolverError

TOLERANCE = 1e-8
"""Share of the power that the solver may leave: currents are wrong by its root on average."""

MOST_ITERATIONS = 500

ENLARGED = 1.8
"""Factor of the coarse corrections."""


class Network(NamedTuple):
    """Conductances among nodes, and what enters from outside.

    Attributes
    ----------
    starts, others, conductance
        The links of every node, see :mod:`.network_kernels`.
    ground : (n,) float
        Conductance of every node to φ = 0 outside.
    source : (n,) float
        Current into every node.
    place : (n,) int32
        Where each node lies on a grid, by the number of its point; several may lie at one.
    shape, edges
        Points of the grid along its axes, and their distances.
    """

    starts: np.ndarray
    others: np.ndarray
    conductance: np.ndarray
    ground: np.ndarray
    source: np.ndarray
    place: np.ndarray
    shape: tuple[int, ...]
    edges: np.ndarray


class Potentials(NamedTuple):
    """φ of all nodes and the solver's iterations."""

    values: np.ndarray
    iterations: int


class _Level(NamedTuple):
    """A network, the coarse node of each of its nodes, and room for the values of both."""

    links: tuple[np.ndarray, np.ndarray, np.ndarray]
    inverse: np.ndarray
    parent: np.ndarray
    values: np.ndarray
    coarse: np.ndarray


def solve_network(network: Network, what: str) -> Potentials:
    """Potentials of a network; those of bodies without a ground are known but for a constant.

    Raises
    ------
    SolverError
        It does not converge.
    """
    levels, bottom = _levels(network)
    links = network.starts, network.others, network.conductance
    left = network.source.copy()
    values, change = np.zeros_like(left), np.empty_like(left)
    along = np.zeros_like(left)
    before = power = 0.0
    recent = [np.inf] * 4
    for iteration in range(MOST_ITERATIONS):
        guess = _cycle(levels, bottom, left)
        now = kernels.product(left, guess)
        kernels.turn(now / before if before else 0.0, guess, along)
        drawn = kernels.applied(*links, network.ground, along, change)
        if drawn <= 0:
            return Potentials(values, iteration)
        size = now / drawn
        kernels.step(size, along, change, values, left)
        before, power = now, power + size * now
        recent = [*recent[1:], size * now]
        if sum(recent) < TOLERANCE * power:
            return Potentials(values, iteration + 1)
    raise SolverError(
        f"{what} was not found in {MOST_ITERATIONS} iterations; measure a smaller piece, or larger voxels"
    )


def _cycle(levels: list[_Level], bottom: np.ndarray, right: np.ndarray) -> np.ndarray:
    """One V-cycle from zero; the levels' arrays are overwritten."""
    rights = [right]
    for level in levels:
        kernels.smooth_down(*level.links, level.inverse, rights[-1], level.parent, level.values, level.coarse)
        rights.append(level.coarse)
    correction = rights.pop() * bottom
    for level in reversed(levels):
        kernels.smooth_up(
            *level.links, level.inverse, rights.pop(), level.parent, np.float32(ENLARGED), correction, level.values
        )
        correction = level.values
    return correction


def _levels(network: Network) -> tuple[list[_Level], np.ndarray]:
    """All levels but the last, and the inverse diagonal of that, where no links are left."""
    starts, others, conductance, ground = network[:4]
    shape, edges, place = np.array(network.shape), np.array(network.edges, dtype=float), network.place
    levels = []
    while len(others):
        lengths = np.where(shape > 1, edges, np.inf)
        by = np.where(lengths < 1.5 * lengths.min(), 2, 1)
        smaller = -(-shape // by)
        block = _blocks(place, shape, by, smaller)
        parent, count = kernels.pieces(starts, others, block)
        inverse = kernels.inverse_diagonal(starts, conductance, ground)
        levels.append(
            _Level(
                (starts, others, conductance),
                inverse,
                parent,
                np.empty(len(parent), np.float32),
                np.empty(count, np.float32),
            )
        )
        starts, others, conductance, ground, place = kernels.coarsened(
            starts, others, conductance, ground, block, parent, count
        )
        shape, edges = smaller, edges * by
    return levels, kernels.inverse_diagonal(starts, conductance, ground)


def _blocks(place: np.ndarray, shape: np.ndarray, by: np.ndarray, smaller: np.ndarray) -> np.ndarray:
    """Point of the coarser grid at every node."""
    x, y, z = np.unravel_index(place, shape)
    return (((x // by[0]) * smaller[1] + y // by[1]) * smaller[2] + z // by[2]).astype(np.int32)
