"""Values of distributed functions in an order that knows no partition, and back.

A degree of freedom is known by the mesh file's own node numbers: a node by (i, i), the middle of an edge (second
order elements) by its two ends. Sorted by these keys, values are the same on any number of ranks.
"""

from __future__ import annotations

import basix
import numpy as np
from dolfinx import fem
from mpi4py import MPI


def dof_keys(space: fem.FunctionSpace) -> np.ndarray:
    """Key of every local dof (block) of a Lagrange space of degree 1 or 2, owned and ghost."""
    mesh = space.mesh
    nodes = np.asarray(mesh.geometry.input_global_indices, dtype=np.int64)[mesh.geometry.dofmaps[0]]
    edges = np.array(basix.topology(basix.CellType.tetrahedron)[1])
    columns = [_key(nodes[:, k], nodes[:, k]) for k in range(4)]
    dofs = space.dofmap.list
    if dofs.shape[1] == 10:
        columns += [_key(nodes[:, a], nodes[:, b]) for a, b in edges]
    index_map = space.dofmap.index_map
    keys = np.full(index_map.size_local + index_map.num_ghosts, -1, dtype=np.int64)
    keys[dofs.ravel()] = np.stack(columns, axis=1).ravel()
    return keys


def _key(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    # Node numbers stay below 2³¹ in any mesh that fits a machine.
    return (np.minimum(a, b) << 31) | np.maximum(a, b)


def to_root(comm: MPI.Comm, keys: np.ndarray, *arrays: np.ndarray) -> tuple[np.ndarray, ...] | None:
    """Gather rows on rank 0, sorted by key, each key once. Collective; ``None`` on other ranks."""
    gathered = comm.gather((keys, arrays), root=0)
    if comm.rank != 0:
        return None
    all_keys, first = np.unique(np.concatenate([k for k, _ in gathered]), return_index=True)
    columns = [np.concatenate([a[i] for _, a in gathered])[first] for i in range(len(arrays))]
    return all_keys, *columns


def on_root(comm: MPI.Comm, action, *arguments) -> None:
    """Do something on rank 0; a failure there is raised on every rank. Collective."""
    from_root(comm, lambda: (action(*arguments), None)[1])


def from_root(comm: MPI.Comm, action):
    """What an action on rank 0 gives, on every rank; a failure there is raised on every rank. Collective."""
    found = failure = None
    if comm.rank == 0:
        try:
            found = action()
        except Exception as error:
            failure = error
    found, failure = comm.bcast((found, failure), root=0)
    if failure is not None:
        raise failure
    return found
