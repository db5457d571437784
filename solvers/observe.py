"""Numbers read off the cell at one time: voltage, current, concentrations, contents."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import ufl
from dolfinx import fem
from mpi4py import MPI

from .cell import Cell
from .description import ELECTRODES
from .domain import reduced
from .scales import FARADAY


@dataclass(frozen=True)
class Observation:
    """State of the simulated domain in a few numbers, SI.

    Attributes
    ----------
    voltage
        Cathode terminal against anode terminal [V].
    current
        Through the cathode's surface [A], positive when it is oxidised (charging).
    anode_current
        Through the anode's surface, positive when it is oxidised [A].
    concentration_min, concentration_max
        Salt concentration over the electrolyte's nodes [mol/m³].
    surface_min, surface_max
        Salt concentration at each electrode's surface [mol/m³].
    salt
        Amount of salt in the electrolyte [mol].
    content
        Amount of inserted ions by electrode [mol].
    stoichiometry
        Mean θ by electrode.
    """

    voltage: float
    current: float
    anode_current: float
    concentration_min: float
    concentration_max: float
    surface_min: dict[str, float]
    surface_max: dict[str, float]
    salt: float
    content: dict[str, float] = field(default_factory=dict)
    stoichiometry: dict[str, float] = field(default_factory=dict)


class Observer:
    """Compiles the integrals once and evaluates them at any state of the cell."""

    def __init__(self, cell: Cell):
        self.cell = cell
        domain = cell.domain
        self._currents = {
            name: cell.compile(cell.interface_current[name] * domain.surface(f"{name}_surface")) for name in ELECTRODES
        }
        concentration = ufl.exp(cell.q[0])
        self._salt = cell.compile(
            sum(cell.porosity(name) * concentration * domain.storage(name) for name in cell.electrolytes)
        )
        self._inserting = [n for n in ELECTRODES if cell.description.electrode(n).inserts]
        self._contents = {name: cell.compile(cell.theta * domain.storage(name)) for name in self._inserting}
        self.volumes = {name: cell.volume(name) for name in self._inserting}
        space = cell.q.function_space
        fdim = domain.mesh.topology.dim - 1
        self._surface_dofs = {}
        for name in ELECTRODES:
            facets = domain.submesh_facets(cell.electrolyte_region, f"{name}_surface")
            self._surface_dofs[name] = fem.locate_dofs_topological(space, fdim, facets)

    def __call__(self) -> Observation:
        """Evaluate at the state the cell's functions hold. Collective."""
        cell, scales = self.cell, self.cell.scales
        domain = cell.domain
        currents = {n: domain.integrate(form) * scales.current for n, form in self._currents.items()}
        amount = scales.concentration * scales.length**3
        theta = {n: domain.integrate(form) for n, form in self._contents.items()}
        owned = cell.q.function_space.dofmap.index_map.size_local
        c = np.exp(cell.q.x.array[0::2])
        lows = [c[:owned].min(initial=np.inf)]
        lows += [c[self._surface_dofs[n]].min(initial=np.inf) for n in ELECTRODES]
        highs = [c[:owned].max(initial=-np.inf)]
        highs += [c[self._surface_dofs[n]].max(initial=-np.inf) for n in ELECTRODES]
        lows = reduced(cell.comm, lows, MPI.MIN) * scales.concentration
        highs = reduced(cell.comm, highs, MPI.MAX) * scales.concentration
        content = {}
        for name, value in theta.items():
            capacity = cell.description.electrode(name).material.c_max / scales.concentration
            content[name] = value * capacity * amount
        return Observation(
            voltage=cell.voltage,
            current=currents["cathode"],
            anode_current=currents["anode"],
            concentration_min=float(lows[0]),
            concentration_max=float(highs[0]),
            surface_min=dict(zip(ELECTRODES, lows[1:].tolist(), strict=True)),
            surface_max=dict(zip(ELECTRODES, highs[1:].tolist(), strict=True)),
            salt=domain.integrate(self._salt) * amount,
            content=content,
            stoichiometry={n: theta[n] / self.volumes[n] for n in self._inserting},
        )

    def nominal_capacity(self) -> float:
        """Charge of the smaller electrode over its stoichiometry window [C], simulated domain."""
        capacities = []
        for name in self._inserting:
            material = self.cell.description.electrode(name).material
            low, high = material.stoichiometry_window
            volume = self.volumes[name] * self.cell.scales.length**3
            capacities.append(FARADAY * material.ion_charge * material.c_max * (high - low) * volume)
        return min(capacities, default=float("nan"))
