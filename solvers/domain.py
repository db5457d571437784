"""Regions and interfaces of a tagged mesh as DOLFINx submeshes and oriented measures.

Every integral is written on the parent mesh; functions live on submeshes and are carried by entity maps.
On interior facets the ``+`` side is the electrolyte, always.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import ufl
from dolfinx import fem
from dolfinx import mesh as dmesh
from mpi4py import MPI

from ..geometry import ELECTROLYTES, TaggedMesh
from .errors import SolverError


@dataclass(frozen=True)
class Region:
    """A submesh of one or more named regions.

    Attributes
    ----------
    names
        The regions of the parent mesh it covers.
    mesh
        The submesh.
    entity_map
        Cells of the submesh ↔ cells of the parent.
    parent_vertices
        Parent vertex of every local vertex, shape (vertices,).
    parent_cells
        Parent cell of every local cell (owned and ghost), shape (cells,).
    """

    names: tuple[str, ...]
    mesh: dmesh.Mesh
    entity_map: dmesh.EntityMap
    parent_vertices: np.ndarray
    parent_cells: np.ndarray


class Domain:
    """A tagged mesh with the measures the forms are written in.

    Parameters
    ----------
    tagged
        The mesh with named regions and boundaries; lengths are in ``tagged.length_unit`` metres.
    degree
        Polynomial degree of the fields. Degree 1 takes storage and interfacial currents at the nodes (lumped
        mass, nodal kinetics): contents then stay between their bounds where a short time step meets a coarse
        mesh, which a consistent mass matrix does not grant.
    """

    def __init__(self, tagged: TaggedMesh, degree: int):
        self.tagged = tagged
        self.mesh = tagged.mesh
        self.length_unit = tagged.length_unit
        self.comm = self.mesh.comm
        self.region_tags = dict(tagged.regions)
        self.boundary_tags = dict(tagged.boundaries)
        self._cell_tag = _values_of_all_cells(self.mesh, tagged.cell_tags)
        smooth = {"quadrature_degree": 2 * degree}
        nodal = {"quadrature_rule": "vertex", "quadrature_degree": 1} if degree == 1 else smooth
        self._dx = ufl.Measure("dx", domain=self.mesh, subdomain_data=tagged.cell_tags, metadata=smooth)
        self._storage = ufl.Measure("dx", domain=self.mesh, subdomain_data=tagged.cell_tags, metadata=nodal)
        self._ds = ufl.Measure("ds", domain=self.mesh, subdomain_data=tagged.facet_tags, metadata=nodal)
        interior = {name: self._oriented(name) for name in sorted(self.boundary_tags)}
        self._interior = {name for name, data in interior.items() if data is not None}
        data = [(self.boundary_tags[name], interior[name].flatten()) for name in sorted(self._interior)]
        self._dS = ufl.Measure("dS", domain=self.mesh, subdomain_data=data, metadata=nodal)

    def region(self, names: Iterable[str]) -> Region:
        """Make the submesh that covers the named regions, ghost cells included."""
        names = tuple(names)
        tags = [self.region_tags[name] for name in names]
        cells = np.flatnonzero(np.isin(self._cell_tag, tags)).astype(np.int32)
        submesh, entity_map, vertex_map, _ = dmesh.create_submesh(self.mesh, self.mesh.topology.dim, cells)
        topology = submesh.topology
        parent_vertices = vertex_map.sub_topology_to_topology(all_local(topology, 0), False)
        parent_cells = entity_map.sub_topology_to_topology(all_local(topology, topology.dim), False)
        return Region(names, submesh, entity_map, parent_vertices, parent_cells)

    def cells_of(self, region: Region, name: str) -> np.ndarray:
        """Local cells of ``region`` that belong to the named region of the parent."""
        return np.flatnonzero(self._cell_tag[region.parent_cells] == self.region_tags[name]).astype(np.int32)

    def in_regions(self, cells: np.ndarray, names: Iterable[str]) -> np.ndarray:
        """Which of the local cells belong to one of the named regions."""
        return np.isin(self._cell_tag[cells], [self.region_tags[name] for name in names])

    def dx(self, name: str) -> ufl.Measure:
        """Volume measure of a named region."""
        return self._dx(self.region_tags[name])

    def storage(self, name: str) -> ufl.Measure:
        """Volume measure of a named region for what is stored: contents and their rates of change."""
        return self._storage(self.region_tags[name])

    def is_interior(self, boundary: str) -> bool:
        """Whether the boundary is an interface between two regions (on any rank)."""
        return boundary in self._interior

    def surface(self, boundary: str) -> ufl.Measure:
        """Surface measure of a named boundary: ``dS`` for interfaces, ``ds`` for exterior facets."""
        tag = self.boundary_tags[boundary]
        return self._dS(tag) if self.is_interior(boundary) else self._ds(tag)

    def facets(self, boundary: str) -> np.ndarray:
        """Parent facets of a named boundary that this rank knows."""
        return self.tagged.facet_tags.find(self.boundary_tags[boundary])

    def submesh_facets(self, region: Region, boundary: str) -> np.ndarray:
        """Facets of a submesh that lie on a boundary of the parent."""
        return shared_facets(self.mesh, region.mesh, region.parent_vertices, self.facets(boundary))

    def integrate(self, form) -> float:
        """Sum a compiled scalar form over all ranks."""
        return self.comm.allreduce(fem.assemble_scalar(form), op=MPI.SUM)

    def _oriented(self, boundary: str) -> np.ndarray | None:
        """Integration entities of an interface, electrolyte first; ``None`` for an exterior boundary."""
        topology = self.mesh.topology
        tdim = topology.dim
        topology.create_connectivity(tdim - 1, tdim)
        topology.create_connectivity(tdim, tdim - 1)
        facets = self.facets(boundary)
        facets = facets[facets < topology.index_map(tdim - 1).size_local]
        offsets = topology.connectivity(tdim - 1, tdim).offsets
        sides = offsets[facets + 1] - offsets[facets]
        seen = reduced(self.comm, [(sides == 1).any(), (sides == 2).any()])
        if seen.all():
            raise SolverError(f"boundary '{boundary}' mixes interior and exterior facets")
        if not seen[1]:
            return None
        entities = fem.compute_integration_domains(fem.IntegralType.interior_facet, topology, facets)
        entities = np.asarray(entities).reshape(-1, 4).copy()
        liquid = [self.region_tags[name] for name in ELECTROLYTES if name in self.region_tags]
        swap = ~np.isin(self._cell_tag[entities[:, 0]], liquid)
        entities[swap] = entities[swap][:, [2, 3, 0, 1]]
        return entities


def reduced(comm: MPI.Comm, values: np.ndarray, op: MPI.Op = MPI.SUM) -> np.ndarray:
    """Elementwise reduction of an array over all ranks."""
    values = np.asarray(values, dtype=np.float64)
    result = np.empty_like(values)
    comm.Allreduce(values, result, op=op)
    return result


def shared_facets(mesh: dmesh.Mesh, submesh: dmesh.Mesh, parent_vertices: np.ndarray, facets: np.ndarray) -> np.ndarray:
    """Facets of a submesh of tetrahedra that are among facets of its parent, recognised by their vertices.

    Parameters
    ----------
    parent_vertices
        Parent vertex of every local vertex of the submesh, shape (vertices,).
    facets
        Of the parent.
    """
    parent, sub = mesh.topology, submesh.topology
    for topology in (parent, sub):
        topology.create_connectivity(2, 0)
        topology.create_connectivity(2, 3)
    count = len(all_local(parent, 0))

    def key(vertices: np.ndarray) -> np.ndarray:
        a, b, c = np.sort(vertices.astype(np.int64), axis=1).T
        return (a * count + b) * count + c

    wanted = key(parent.connectivity(2, 0).array.reshape(-1, 3)[facets])
    own = key(parent_vertices[sub.connectivity(2, 0).array.reshape(-1, 3)])
    return np.flatnonzero(np.isin(own, wanted)).astype(np.int32)


def all_local(topology, dim: int) -> np.ndarray:
    """Numbers of all entities of a dimension that this rank knows, owned and ghost."""
    index_map = topology.index_map(dim)
    return np.arange(index_map.size_local + index_map.num_ghosts, dtype=np.int32)


def _values_of_all_cells(mesh: dmesh.Mesh, cell_tags: dmesh.MeshTags) -> np.ndarray:
    index_map = mesh.topology.index_map(mesh.topology.dim)
    values = np.full(index_map.size_local + index_map.num_ghosts, -1, dtype=np.int32)
    values[cell_tags.indices] = cell_tags.values
    return values
