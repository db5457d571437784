"""The part of a mesh that conducts between two sets of facets, as a submesh.

Islands would make the matrix singular.  They are found by their connectivity and left out before anything is
assembled: exact on any number of ranks, and without a regularisation whose size had to be chosen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from dolfinx import mesh as dmesh

from .components import connected_components
from .domain import all_local, shared_facets


@dataclass(frozen=True)
class Conductor:
    """Cells with σ > 0 that join two sets of facets.

    Attributes
    ----------
    mesh
        Submesh of these cells.
    sigma
        Conductivity of every local cell of the submesh, shape (cells,).
    at_zero, at_one
        Local facets of the submesh where φ is 0 and 1.
    parent_vertices, parent_cells
        Parent vertex and cell of every local vertex and cell of the submesh.
    kept
        Which local cells of the parent are in the submesh, shape (parent's cells,).
    """

    mesh: dmesh.Mesh
    sigma: np.ndarray
    at_zero: np.ndarray
    at_one: np.ndarray
    parent_vertices: np.ndarray
    parent_cells: np.ndarray
    kept: np.ndarray


def conductor_between(
    mesh: dmesh.Mesh, sigma: np.ndarray, at_zero: np.ndarray, at_one: np.ndarray
) -> Conductor | None:
    """Find what joins two sets of facets; ``None`` if nothing does. Collective.

    Parameters
    ----------
    sigma
        Of every local cell (owned and ghost), shape (cells,); cells of 0 insulate.
    at_zero, at_one
        Local facets of the mesh.
    """
    components = connected_components(mesh, sigma > 0)
    joined = components.touching(mesh, at_zero) & components.touching(mesh, at_one)
    if not joined.any():
        return None
    kept = np.append(joined, False)[components.of_cell]
    submesh, cell_map, vertex_map, _ = dmesh.create_submesh(mesh, 3, np.flatnonzero(kept).astype(np.int32))
    cells = cell_map.sub_topology_to_topology(all_local(submesh.topology, 3), False)
    vertices = vertex_map.sub_topology_to_topology(all_local(submesh.topology, 0), False)
    ends = [shared_facets(mesh, submesh, vertices, facets) for facets in (at_zero, at_one)]
    return Conductor(submesh, sigma[cells], *ends, vertices, cells, kept)
