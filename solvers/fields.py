"""Writes the fields of a cell as one VTKHDF time series per region, in the mesh file's own node order.

Units are part of the names, with negative exponents because HDF5 takes a slash for a path.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from dolfinx import fem

from ..geometry.checksums import DamagedFileError, set_aside
from . import vtkhdf
from .cell import Cell
from .description import ELECTRODES
from .domain import Region
from .error_map import GradientError
from .gather import from_root, on_root, to_root
from .scales import FARADAY
from .surface_view import SurfaceView, SurfaceWriter


class _Part:
    """The owned cells of one named region on one submesh, and the original numbers of their nodes."""

    def __init__(self, cell: Cell, name: str, region: Region):
        mesh = region.mesh
        cells = cell.domain.cells_of(region, name)
        self.cells = cells[cells < mesh.topology.index_map(mesh.topology.dim).size_local]
        parent = cell.domain.mesh.topology
        self.original_cell = np.asarray(parent.original_cell_index)[region.parent_cells[self.cells]]
        self.cell_nodes = mesh.geometry.dofmaps[0][self.cells]
        self.nodes = np.unique(self.cell_nodes)
        self.original_node = np.asarray(mesh.geometry.input_global_indices, dtype=np.int64)
        self.x = mesh.geometry.x

    @property
    def node_keys(self) -> np.ndarray:
        """Original numbers of this part's nodes."""
        return self.original_node[self.nodes]

    def corner_values(self, function: fem.Function) -> np.ndarray:
        """Values at the corners of every cell, shape (cells, 4, components)."""
        space = function.function_space
        # The vertex dofs of a Lagrange element come first, in the cell's own vertex order.
        return function.x.array.reshape(-1, space.dofmap.bs)[space.dofmap.list[self.cells, :4]]

    def nodal_values(self, function: fem.Function) -> np.ndarray:
        """Values at this part's nodes, shape (nodes, components)."""
        corners = self.corner_values(function)
        result = np.empty((len(self.original_node), corners.shape[2]))
        result[self.cell_nodes.ravel()] = corners.reshape(-1, corners.shape[2])
        return result[self.nodes]

    def gradients(self, function: fem.Function) -> np.ndarray:
        """Gradient of the vertex interpolant in every cell, shape (cells, components, 3)."""
        values, x = self.corner_values(function), self.x[self.cell_nodes]
        return np.swapaxes(np.linalg.solve(x[:, 1:] - x[:, :1], values[:, 1:] - values[:, :1]), 1, 2)


class RegionWriter:
    """The file of one region: points in micrometres, values in SI."""

    def __init__(self, cell: Cell, name: str, path: Path):
        self.cell, self.name = cell, name
        self.comm = cell.comm
        self.side = name.split("_")[0]
        self.liquid = name in cell.electrolytes
        self.part = _Part(cell, name, cell.electrolyte_region if self.liquid else cell.solid_region)
        self.active = _Part(cell, name, cell.active_region) if name in ELECTRODES else None
        self.errors = [(names, part, GradientError(f, part.cells)) for names, part, f in self._unknowns()]
        part, micrometre = self.part, cell.domain.length_unit / 1e-6
        points = to_root(self.comm, part.node_keys, part.x[part.nodes] * micrometre)
        cells = to_root(self.comm, part.original_cell, part.original_node[part.cell_nodes])
        self.series = None
        if self.comm.rank == 0:
            self.series = vtkhdf.Series(path, points[1], np.searchsorted(points[0], cells[1]))

    def write(self, time: float) -> None:
        """Append the cell's present state. Collective."""
        points = self._gathered(self._point_data())
        cells = {"current density [A m-2]": (self.part.original_cell, self._current_density())}
        cells = self._gathered(cells | self._gradient_errors())
        on_root(self.comm, lambda: self.series.append(time, points, cells))

    def _gathered(self, data: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, np.ndarray]:
        gathered = {name: to_root(self.comm, keys, values) for name, (keys, values) in data.items()}
        return {name: rows[1] for name, rows in gathered.items()} if self.comm.rank == 0 else {}

    def _point_data(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Keys and values of every nodal field, SI."""
        cell, scales, keys = self.cell, self.cell.scales, self.part.node_keys
        if self.liquid:
            q = self.part.nodal_values(cell.q)
            potential = q[:, -1] * scales.potential + cell.electrolyte_reference
            concentrations = cell.electrolyte.concentrations(q)
            data = {
                "concentration [mol m-3]": (keys, next(iter(concentrations.values()))),
                "potential [V]": (keys, potential),
            }
            if len(concentrations) > 1 or cell.electrolyte.polarises:
                data |= {f"{ion} [mol m-3]": (keys, c) for ion, c in concentrations.items()}
            if cell.electrolyte.polarises:
                data["charge density [C m-3]"] = (keys, FARADAY * cell.electrolyte.charge_concentration(q))
            return data
        terminal = cell.voltage if self.side == "cathode" else 0.0
        potential = self.part.nodal_values(cell.psi)[:, 0] * scales.potential + terminal
        data = {"potential [V]": (keys, potential)}
        if self.active is not None:
            theta = self.active.nodal_values(cell.theta)[:, 0]
            c_max = cell.description.electrode(self.side).material.c_max
            data["concentration [mol m-3]"] = (self.active.node_keys, theta * c_max)
            data["stoichiometry"] = (self.active.node_keys, theta)
        return data

    def _unknowns(self) -> list[tuple[tuple[str, ...], _Part, fem.Function]]:
        """Names of the fields that are solved for here, by function."""
        cell = self.cell
        if self.liquid:
            names = (one.removeprefix("electrolyte ").removeprefix("salt ") for one in cell.electrolyte.components)
            return [(tuple(names), self.part, cell.q)]
        active = [] if self.active is None else [(("stoichiometry",), self.active, cell.theta)]
        return [(("potential",), self.part, cell.psi), *active]

    def _gradient_errors(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Errors of the gradients [%], see :mod:`~archode.solvers.error_map`; three digits need no doubles."""
        found = {}
        for names, part, errors in self.errors:
            percent = (100 * errors()).astype(np.float32)
            for name, values in zip(names, percent.T, strict=True):
                found[f"{name} gradient error [%]"] = (part.original_cell, values)
        return found

    def _current_density(self) -> np.ndarray:
        """Mean current density of every cell [A/m²], shape (cells, 3)."""
        cell, scales, part = self.cell, self.cell.scales, self.part
        if self.liquid:
            mean, factor = part.corner_values(cell.q).mean(axis=1), cell.transport_factor(self.name)
            current = cell.electrolyte.current_density(mean, part.gradients(cell.q), factor)
            return current * scales.current_density
        electrode = cell.description.electrode(self.side)
        material = electrode.collector if self.name.endswith("collector") else electrode.material
        sigma = material.conductivity / scales.conductivity
        return -sigma * part.gradients(cell.psi)[:, 0] * scales.current_density


class FieldWriter:
    """The files of all regions and electrode surfaces of a cell in one folder.

    Parameters
    ----------
    cell
        Where the fields are.
    views
        The electrodes' surfaces.
    folder
        Where the files go.
    """

    def __init__(self, cell: Cell, views: Mapping[str, SurfaceView], folder: Path):
        self.comm, names = cell.comm, sorted(cell.domain.region_tags)
        self.regions = [RegionWriter(cell, name, folder / f"{name}.vtkhdf") for name in names]
        self.surfaces = {n: SurfaceWriter(view, folder / f"{n}_surface.vtkhdf") for n, view in views.items()}
        self.files = [*self.regions, *self.surfaces.values()]

    def create(self) -> None:
        """Start every file anew. Collective."""
        on_root(self.comm, lambda: [series.create() for series in self.series()])

    def write(self, time: float, values: Mapping[str, Mapping], maps: Mapping[str, Mapping]) -> None:
        """Append the present state to every file, ``time`` in s.

        ``values`` are the surfaces' corner values, ``maps`` what else is known of their facets, by electrode.
        """
        for file in self.regions:
            file.write(time)
        for name, file in self.surfaces.items():
            file.write(time, values[name], maps.get(name, {}))

    def series(self) -> list[vtkhdf.Series]:
        """The files, on rank 0."""
        return [file.series for file in self.files]

    @property
    def marks(self) -> dict[str, dict[str, Any]]:
        """How much of each file is valid, for :meth:`go_on`; on rank 0, empty elsewhere."""
        return {one.path.name: one.mark for one in self.series()} if self.comm.rank == 0 else {}

    def go_on(self, marks: Mapping[str, Mapping[str, Any]], time: float) -> list[str]:
        """Forget what was written after the marks; what is damaged is set aside and begun anew at ``time`` [s].

        Collective; returns what happened, in sentences.
        """

        def act() -> list[str]:
            told = []
            for series in self.series():
                name, there = series.path.name, series.path.exists()
                try:
                    if name in marks and there:
                        series.go_on(marks[name])
                        continue
                    reason = f"{series.path} is missing" if name in marks else None
                except DamagedFileError as error:
                    reason = f"{error}; it is kept as {set_aside(series.path).name}"
                series.create()
                if reason is not None:
                    told.append(f"{reason}: its fields begin anew at t = {time:.6g} s")
            return told

        return from_root(self.comm, act)
