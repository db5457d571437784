"""Networks of conductances: Σ g (φ − φ of the neighbour) = the source at every node, solved by PETSc.

Every rank knows all nodes, and the conductances of the equal share of them that it solves for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from mpi4py import MPI
from petsc4py import PETSc

from .symmetric_solve import solve_symmetric

TOLERANCES = {"ksp_rtol": 1e-6}
"""Currents are wrong by about as much, energies by its square."""

Links = tuple[np.ndarray, np.ndarray, float]
"""Nodes at both ends and the conductance of each link; several of a pair are in parallel."""


class Network(NamedTuple):
    """Conductances among nodes, and what enters from outside.

    Attributes
    ----------
    between : (n, n) sparse
        Upper triangle of the conductances; those between two nodes of other ranks may be left out.
    ground : (n,) float
        Conductance of every node to φ = 0 outside.
    source : (n,) float
        Current into every node.
    block : (n,) int
        Which block of neighbours every node belongs to, numbered without gaps: the coarse unknowns of the
        preconditioner.  Blocks of two nodes each way cost a third of what algebraic multigrid takes to find its own.
    """

    between: sp.csr_array
    ground: np.ndarray
    source: np.ndarray
    block: np.ndarray


class Potentials(NamedTuple):
    """φ of all nodes, on every rank; and the linear solver's iterations."""

    values: np.ndarray
    iterations: int


def share(total: int, comm: MPI.Comm) -> slice:
    """Which of some nodes a rank solves for."""
    return slice(total * comm.rank // comm.size, total * (comm.rank + 1) // comm.size)


def joined(count: int, links: Iterable[Links], nodes: slice = slice(None)) -> sp.csr_array:
    """Upper triangle of the conductances among some nodes; of those only that concern ``nodes``."""
    total = sp.csr_array((count, count))
    low, high, _ = nodes.indices(count)
    for first, second, conductance in links:
        if high - low < count:
            mine = ((first >= low) & (first < high)) | ((second >= low) & (second < high))
            first, second = first[mine], second[mine]
        ends = np.minimum(first, second), np.maximum(first, second)
        total = total + sp.coo_array((np.full(len(first), conductance), ends), shape=(count, count)).tocsr()
    # A node that is its own neighbour exchanges nothing.
    return sp.triu(total, 1, "csr") if total.diagonal().any() else total


def solve_network(network: Network, comm: MPI.Comm, prefix: str, what: str) -> Potentials:
    """Potentials of a network all of whose nodes are connected to the ground. Collective.

    Raises
    ------
    SolverError
        The linear solver does not converge.
    """
    total = len(network.source)
    own = share(total, comm)
    first, last = own.start, own.stop
    rows = _rows(network, first, last)
    csr = tuple(each.astype(PETSc.IntType, copy=False) for each in (rows.indptr, rows.indices))
    size = (last - first, total)
    matrix = PETSc.Mat().createAIJ((size, size), csr=(*csr, rows.data), comm=comm)
    del rows, csr
    right = matrix.createVecRight()
    right.array_w[:] = network.source[first:last]
    interpolation = _from_blocks(network.block, first, last, comm)
    solution, iterations = solve_symmetric(matrix, right, prefix, what, interpolation, TOLERANCES)
    values = np.empty(total)
    comm.Allgatherv(solution.array_r, (values, comm.allgather(last - first)))
    for each in (matrix, right, solution, interpolation):
        each.destroy()
    return Potentials(values, iterations)


def _from_blocks(block: np.ndarray, first: int, last: int, comm: MPI.Comm) -> PETSc.Mat:
    """Values that are the same all over a block, at some nodes."""
    count, own = int(block.max()) + 1, last - first
    columns = count * (comm.rank + 1) // comm.size - count * comm.rank // comm.size
    csr = np.arange(own + 1, dtype=PETSc.IntType), block[first:last].astype(PETSc.IntType), np.ones(own)
    return PETSc.Mat().createAIJ(((own, len(block)), (columns, count)), csr=csr, comm=comm)


def _rows(network: Network, first: int, last: int) -> sp.csr_array:
    """Some rows of the matrix."""
    above = network.between
    diagonal = network.ground + above.sum(axis=1) + above.sum(axis=0)
    mine = np.arange(last - first)
    own = sp.coo_array((diagonal[first:last], (mine, mine + first)), shape=(last - first, len(diagonal)))
    return (own.tocsr() - above[first:last] - above[:, first:last].T.tocsr()).tocsr()
