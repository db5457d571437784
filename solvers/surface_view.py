"""An electrode's surface as triangles with values at their corners, whole on rank 0, and its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from dolfinx import mesh as dmesh

from ..materials.constants import BOLTZMANN
from . import vtkhdf
from .cell import Cell
from .criteria.surface_state import SurfaceState
from .gather import on_root, to_root
from .nodal_surface import NodalSurface
from .nucleation import classical

#: Overpotential below which no nucleus is spoken of [V]; its critical radius would be centimetres.
SMALLEST_DRIVE = 1e-6

#: Corners of a tetrahedron's facet, which lies opposite to the corner of that number.
FACET_CORNERS = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])


@dataclass(frozen=True)
class Triangles:
    """The surface's grid.

    Attributes
    ----------
    points
        m, shape (points, 3).
    corners
        Points of every facet, shape (facets, 3), in the order of the mesh file's facets.
    normals
        Unit normals into the electrolyte, shape (facets, 3).
    areas
        m², shape (facets,).
    heights
        Of the electrolyte's cells on the facets [m], shape (facets,).
    """

    points: np.ndarray
    corners: np.ndarray
    normals: np.ndarray
    areas: np.ndarray
    heights: np.ndarray


class SurfaceView:
    """Reads an electrode's surface off the cell.

    Parameters
    ----------
    cell
        The coupled problem.
    name
        ``anode`` or ``cathode``.

    Attributes
    ----------
    grid
        On rank 0; ``None`` elsewhere.
    """

    def __init__(self, cell: Cell, name: str):
        self.cell, self.name, self.surface = cell, name, cell.surfaces[name]
        expressions = [self.surface.current]
        if self.surface.overpotential is not None:
            expressions.append(self.surface.overpotential)
        self._nodal = NodalSurface(cell, name, expressions)
        self._find_facets()
        self.grid = self._gather_grid()

    def _find_facets(self) -> None:
        """Cells of the owned facets, and which corner of each cell lies opposite to its facet."""
        region, cell = self.cell.electrolyte_region, self.cell
        mesh, topology = region.mesh, region.mesh.topology
        fdim = topology.dim - 1
        facets = cell.domain.submesh_facets(region, f"{self.name}_surface")
        facets = facets[facets < topology.index_map(fdim).size_local]
        topology.create_connectivity(fdim, topology.dim)
        topology.create_connectivity(topology.dim, fdim)
        to_cell, to_facet = topology.connectivity(fdim, topology.dim), topology.connectivity(topology.dim, fdim)
        self._cells = to_cell.array[to_cell.offsets[facets]]
        own = to_facet.array.reshape(-1, 4)[self._cells]
        self._opposite = np.argmax(own == facets[:, None], axis=1)
        original = np.asarray(cell.domain.mesh.topology.original_cell_index)
        self._keys = original[region.parent_cells[self._cells]] * 4 + self._opposite_in_file(mesh)

    def _opposite_in_file(self, mesh: dmesh.Mesh) -> np.ndarray:
        """Rank of the opposite corner among its cell's corners by the file's node numbers."""
        nodes = np.asarray(mesh.geometry.input_global_indices, dtype=np.int64)
        numbers = nodes[mesh.geometry.dofmaps[0][self._cells]]
        opposite = np.take_along_axis(numbers, self._opposite[:, None], axis=1)
        return (numbers < opposite).sum(axis=1)

    def _at_corners(self, dofs: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Values by dof at the facets' corners, shape (facets, 3, …)."""
        return values[np.take_along_axis(dofs[self._cells][:, :4], FACET_CORNERS[self._opposite], axis=1)]

    def _gather_grid(self) -> Triangles | None:
        geometry, unit = self.cell.electrolyte_region.mesh.geometry, self.cell.domain.length_unit
        nodes = np.asarray(geometry.input_global_indices, dtype=np.int64)
        dofs = geometry.dofmaps[0]
        apex = geometry.x[np.take_along_axis(dofs[self._cells], self._opposite[:, None], axis=1)[:, 0]]
        gathered = to_root(
            self.cell.comm, self._keys, self._at_corners(dofs, nodes), self._at_corners(dofs, geometry.x), apex
        )
        if gathered is None:
            return None
        _, numbers, places, apex = gathered
        _, self._first, corners = np.unique(numbers.ravel(), return_index=True, return_inverse=True)
        normal = np.cross(places[:, 1] - places[:, 0], places[:, 2] - places[:, 0])
        inward = np.einsum("ij,ij->i", normal, apex - places[:, 0]) < 0
        normal[inward] *= -1
        length = np.linalg.norm(normal, axis=1)
        points = places.reshape(-1, 3)[self._first] * unit
        normal /= length[:, None]
        heights = np.einsum("ij,ij->i", normal, apex - places[:, 0]) * unit
        return Triangles(points, corners.reshape(-1, 3), normal, length / 2 * unit**2, heights)

    # ------------------------------------------------------------------ values
    def values(self) -> dict[str, np.ndarray]:
        """Values at the corners of every facet, shape (facets, 3), SI; empty but on rank 0. Collective."""
        cell, scales = self.cell, self.cell.scales
        dofs = cell.surface_space.dofmap.list
        names = ["current density [A m-2]", "overpotential [V]"]
        units = [scales.current_density, scales.potential]
        local = {
            name: self._at_corners(dofs, unit * values)
            for name, unit, values in zip(names, units, self._nodal(), strict=False)
        }
        q_map = cell.q.function_space.dofmap
        q = cell.q.x.array.reshape(-1, q_map.bs)
        local["concentration [mol m-3]"] = self._at_corners(q_map.list, self._reacting(q))
        if self.name in cell.deposits:
            deposit = cell.deposits[self.name]
            states = dict(zip(cell.deposits, cell.deposit_states, strict=True))[self.name]
            local["deposit thickness [m]"] = self._at_corners(dofs, deposit.thickness(states))
            if (density := deposit.nuclei_density(states)) is not None:
                local["covered share"] = self._at_corners(dofs, deposit.covered(states))
                local["density of nuclei [m-2]"] = self._at_corners(dofs, density)
                local |= self._critical_nuclei(local["overpotential [V]"])
        gathered = to_root(cell.comm, self._keys, *local.values())
        return {} if gathered is None else dict(zip(local, gathered[1:], strict=True))

    def facet_means(self, values: np.ndarray) -> np.ndarray | None:
        """Means over facets of values at the local nodes of linear elements, shape (nodes, …); on rank 0. Collective.

        Shape (facets, …), in the order of the grid.
        """
        corners = self._at_corners(self.cell.surface_space.dofmap.list, values)
        gathered = to_root(self.cell.comm, self._keys, corners.mean(axis=1))
        return None if gathered is None else gathered[1]

    def _critical_nuclei(self, overpotential: np.ndarray) -> dict[str, np.ndarray]:
        """Radius [m] and barrier [k_BT] of the critical nucleus; NaN where nothing is plated."""
        electrode = self.cell.description.electrode(self.name)
        nucleation, metal = electrode.plating.nucleation, electrode.material
        driven = np.where(overpotential < -SMALLEST_DRIVE, overpotential, 0.0)
        energy = classical.volume_energy(driven, metal.molar_volume, metal.ion_charge)
        arguments = energy, nucleation.surface_energy
        found = {
            "critical radius [m]": classical.critical_radius(*arguments),
            "nucleation barrier [kT]": classical.barrier(*arguments, nucleation.contact_angle)
            / (BOLTZMANN * metal.temperature),
        }
        return {name: np.where(np.isfinite(values), values, np.nan) for name, values in found.items()}

    def _reacting(self, q: np.ndarray) -> np.ndarray:
        """Concentration of the ion that reacts, or of the first that limits look at [mol/m³]."""
        concentrations = self.cell.electrolyte.concentrations(q)
        ion = self.surface.ion
        if ion in concentrations:
            return concentrations[ion]
        salt = next(iter(concentrations.values()))
        numbers = dict(zip(self.cell.electrolyte.ions, getattr(self.cell.electrolyte, "numbers", ()), strict=False))
        return salt * numbers.get(ion, 1)

    def state(self, time: float, values: Mapping[str, np.ndarray]) -> SurfaceState:
        """The surface as criteria see it, from its corner values; on rank 0."""
        centres = self.grid.points[self.grid.corners].mean(axis=1)
        nothing = np.zeros(len(centres))

        def mean(name: str) -> np.ndarray:
            return values[name].mean(axis=1) if name in values else nothing

        deposit = self.cell.deposits.get(self.name)
        reserve = (deposit.plating.reserve or 0.0) if deposit else 0.0
        return SurfaceState(
            time=time,
            centres=centres,
            normals=self.grid.normals,
            areas=self.grid.areas,
            current_density=mean("current density [A m-2]"),
            concentration=mean("concentration [mol m-3]"),
            overpotential=mean("overpotential [V]"),
            thickness=mean("deposit thickness [m]") - reserve,
        )

    def nodal(self, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Corner values as values at the grid's points; on rank 0."""
        return {name: corners.ravel()[self._first] for name, corners in values.items()}


class SurfaceWriter:
    """The file of an electrode's surface: points in micrometres, values in SI.

    Parameters
    ----------
    view
        The surface.
    path
        The file.
    """

    def __init__(self, view: SurfaceView, path: Path):
        self.view, self.comm, grid = view, view.cell.comm, view.grid
        self.series = vtkhdf.Series(path, grid.points * 1e6, grid.corners) if self.comm.rank == 0 else None

    def write(self, time: float, values: Mapping[str, np.ndarray], maps: Mapping[str, np.ndarray]) -> None:
        """Append corner values and maps by facet, both known on rank 0. Collective."""
        on_root(self.comm, lambda: self.series.append(time, self.view.nodal(values), maps))
