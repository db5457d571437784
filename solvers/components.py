"""Connected components of a part of a distributed mesh: cells that share facets, across all ranks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from dolfinx import la
from dolfinx import mesh as dmesh
from mpi4py import MPI

from .domain import reduced


class Components(NamedTuple):
    """Connected components of marked cells.

    Attributes
    ----------
    number
        How many there are, the same on every rank.
    of_cell
        Component of every local cell (owned and ghost), −1 for cells that are not marked.
    """

    number: int
    of_cell: np.ndarray

    def touching(self, mesh: dmesh.Mesh, facets: np.ndarray) -> np.ndarray:
        """Which components have a cell at one of the facets, shape (number,); collective."""
        cells = cells_at(mesh, facets)
        here = np.zeros(self.number)
        at_facets = self.of_cell[cells]
        here[at_facets[at_facets >= 0]] = 1.0
        return reduced(mesh.comm, here, MPI.MAX) > 0


def cells_at(mesh: dmesh.Mesh, facets: np.ndarray) -> np.ndarray:
    """Local cells that have one of the facets."""
    topology = mesh.topology
    topology.create_connectivity(topology.dim - 1, topology.dim)
    links = topology.connectivity(topology.dim - 1, topology.dim)
    chosen = np.zeros(len(links.offsets) - 1, dtype=bool)
    chosen[facets] = True
    return links.array[np.repeat(chosen, np.diff(links.offsets))]


def connected_components(mesh: dmesh.Mesh, marked: np.ndarray) -> Components:
    """Find the components of marked cells; collective.

    Every rank labels its own cells and ghosts; then each learns from the ghosts' owners which of the labels
    mean the same component.  One exchange suffices, however often a component crosses between ranks.

    Parameters
    ----------
    mesh
        Its ghost cells must be shared through facets, as :func:`archode.geometry.load_mesh` has it.
    marked : (cells,) bool
        Of every local cell, owned and ghost; each rank says the same of the same cell.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components as label

    comm, topology = mesh.comm, mesh.topology
    topology.create_connectivity(topology.dim - 1, topology.dim)
    links = topology.connectivity(topology.dim - 1, topology.dim)
    first = links.offsets[:-1][np.diff(links.offsets) == 2]
    pairs = np.stack([links.array[first], links.array[first + 1]])
    pairs = pairs[:, marked[pairs].all(axis=0)]
    compact = np.cumsum(marked) - 1
    count = int(np.count_nonzero(marked))

    def graph(size: int, one: np.ndarray, two: np.ndarray) -> coo_array:
        return coo_array((np.ones(len(one), dtype=np.int8), (one, two)), shape=(size, size))

    local_number, local = label(graph(count, *compact[pairs]), directed=False)
    before = comm.exscan(local_number) or 0
    total = comm.allreduce(local_number)
    cell_map = topology.index_map(topology.dim)
    owners = la.vector(cell_map, 1, dtype=np.int64)
    owners.array[:] = -1
    owners.array[marked] = before + local
    mine = owners.array.copy()
    owners.scatter_forward()
    ghosts = np.flatnonzero(mine >= 0)
    ghosts = ghosts[ghosts >= cell_map.size_local]
    same = np.unique(np.stack([mine[ghosts], owners.array[ghosts]]), axis=1)
    one, two = np.concatenate(comm.allgather(same), axis=1)
    number, merged = label(graph(total, one, two), directed=False)
    of_cell = np.full(len(marked), -1, dtype=np.int64)
    of_cell[marked] = merged[before + local]
    return Components(number, of_cell)
