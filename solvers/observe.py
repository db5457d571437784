"""Numbers read off the cell at one time: voltage, current, concentrations, contents."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from mpi4py import MPI

from .cell import Cell
from .closing import Flows
from .deposit import DepositState
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
    reaction
        Current of the reaction at each electrode [A], anodic positive: without what charges its surface.
    concentration_min, concentration_max
        Concentration of the salt, or of the ion that reacts, over the electrolyte's nodes [mol/m³].
    surface_min, surface_max
        The same at each electrode's surface [mol/m³].
    amounts
        Of the salt or of every ion in the electrolyte [mol].
    inflow, exchange
        Rate at which electrodes add to each of these [mol/s], and the sum of its sizes over both.
    held_charge
        Σ |q| on surfaces whose diffuse layer is solved for [C].
    deposits
        What is on the surface of every metal.
    content
        Amount of inserted ions by electrode [mol].
    stoichiometry, stoichiometry_range
        Mean θ by electrode, and its least and largest value.
    mismatch
        What the kinetics pass at either electrode against the current that counts, the largest difference [A].
    """

    voltage: float
    current: float
    anode_current: float
    reaction: dict[str, float]
    concentration_min: float
    concentration_max: float
    surface_min: dict[str, float]
    surface_max: dict[str, float]
    amounts: dict[str, float]
    inflow: dict[str, float]
    exchange: dict[str, float]
    held_charge: float = 0.0
    deposits: dict[str, DepositState] = field(default_factory=dict)
    content: dict[str, float] = field(default_factory=dict)
    stoichiometry: dict[str, float] = field(default_factory=dict)
    stoichiometry_range: dict[str, tuple[float, float]] = field(default_factory=dict)
    mismatch: float = 0.0


class Observer:
    """Compiles the integrals once and evaluates them at any state of the cell."""

    def __init__(self, cell: Cell):
        self.cell = cell
        domain = cell.domain
        self._currents = {name: self._over(name, cell.surfaces[name].current) for name in ELECTRODES}
        self._reactions = {name: self._over(name, cell.surfaces[name].reaction) for name in ELECTRODES}
        self._amounts = {
            key: cell.compile(sum(cell.porosity(name) * c * domain.storage(name) for name in cell.electrolytes))
            for key, c in cell.electrolyte.tracked_concentrations(cell.q).items()
        }
        self._inflow = self._inflow_forms()
        self._held = [self._over(n, abs(s.charge)) for n, s in cell.surfaces.items() if self._holds(s)]
        walls = cell.description.wall_charge.items()
        self._on_walls = sum(abs(sigma) * cell.area(name) for name, sigma in walls) * cell.scales.length**2
        self._inserting = [n for n in ELECTRODES if cell.description.electrode(n).inserts]
        self._contents = {name: cell.compile(cell.theta * domain.storage(name)) for name in self._inserting}
        self.volumes = {name: cell.volume(name) for name in self._inserting}

    def _over(self, name: str, expression):
        """Compiled integral over an electrode's surface; ``None`` for nothing."""
        if expression is None:
            return None
        return self.cell.compile(expression * self.cell.domain.surface(f"{name}_surface"))

    def _holds(self, surface) -> bool:
        return self.cell.electrolyte.polarises and surface.charge is not None

    def _inflow_forms(self) -> dict[str, list]:
        """Compiled integrals, by electrode, of what flows into the electrolyte."""
        forms: dict[str, list] = {key: [] for key in self.cell.electrolyte.tracked}
        for name, surface in self.cell.surfaces.items():
            for key, flux in self.cell.electrolyte.inflow(surface.ion_currents).items():
                if flux is not None:
                    forms[key].append(self._over(name, flux))
        return forms

    def electrode_current(self, name: str) -> float:
        """Through an electrode's surface by its laws [A], anodic positive. Collective."""
        form = self._currents[name]
        return 0.0 if form is None else self.cell.domain.integrate(form) * self.cell.scales.current

    def current(self) -> float:
        """Through the cathode's surface by its laws [A]. Collective."""
        return self.electrode_current("cathode")

    def flows(self) -> Flows:
        """What crosses the surfaces by their laws. Collective."""
        scales, domain = self.cell.scales, self.cell.domain
        currents = {name: self.electrode_current(name) for name in ELECTRODES}
        reactions = {
            n: 0.0 if form is None else domain.integrate(form) * scales.current for n, form in self._reactions.items()
        }
        rate = scales.concentration * scales.length**3 / scales.time
        inflows = {key: [domain.integrate(form) * rate for form in forms] for key, forms in self._inflow.items()}
        return Flows(
            current=currents["cathode"],
            anode_current=currents["anode"],
            reaction=reactions,
            inflow={key: sum(parts) for key, parts in inflows.items()},
            exchange={key: sum(map(abs, parts)) for key, parts in inflows.items()},
        )

    def __call__(self, flows: Flows | None = None) -> Observation:
        """Evaluate at the state the cell's functions hold, with the flows that count if not those of the laws.

        Collective.
        """
        cell, scales = self.cell, self.cell.scales
        domain = cell.domain
        flows = flows or self.flows()
        amount = scales.concentration * scales.length**3
        theta = {n: domain.integrate(form) for n, form in self._contents.items()}
        owned = cell.q.function_space.dofmap.index_map.size_local
        q = cell.q.x.array.reshape(-1, len(cell.electrolyte.components))
        c = next(iter(cell.electrolyte.concentrations(q).values()))
        lows = [c[:owned].min(initial=np.inf)]
        lows += [c[cell.surface_nodes[n]].min(initial=np.inf) for n in ELECTRODES]
        highs = [c[:owned].max(initial=-np.inf)]
        highs += [c[cell.surface_nodes[n]].max(initial=-np.inf) for n in ELECTRODES]
        lows, highs = reduced(cell.comm, lows, MPI.MIN), reduced(cell.comm, highs, MPI.MAX)
        content = {}
        for name, value in theta.items():
            capacity = cell.description.electrode(name).material.c_max / scales.concentration
            content[name] = value * capacity * amount
        return Observation(
            voltage=cell.voltage,
            current=flows.current if flows.asked is None else flows.asked,
            anode_current=flows.anode_current if flows.asked is None else -flows.asked,
            reaction=flows.reaction,
            concentration_min=float(lows[0]),
            concentration_max=float(highs[0]),
            surface_min=dict(zip(ELECTRODES, lows[1:].tolist(), strict=True)),
            surface_max=dict(zip(ELECTRODES, highs[1:].tolist(), strict=True)),
            amounts={key: domain.integrate(form) * amount for key, form in self._amounts.items()},
            inflow=flows.inflow,
            held_charge=self._on_walls + sum(map(domain.integrate, self._held)) * FARADAY * amount,
            exchange=flows.exchange,
            deposits={
                name: deposit.observe(states)
                for (name, deposit), states in zip(cell.deposits.items(), cell.deposit_states, strict=True)
            },
            content=content,
            stoichiometry={n: theta[n] / self.volumes[n] for n in self._inserting},
            stoichiometry_range={n: cell.stoichiometry_range(n, cell.theta.x.array) for n in self._inserting},
            mismatch=flows.mismatch,
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
