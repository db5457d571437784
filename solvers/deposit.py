"""What is on a metal electrode's surface: charge of the deposit and its nuclei, node by node.

They follow from the currents and are no unknowns of Newton's method: each step starts from the values before, the
law of :mod:`.interface.deposit` holds them implicitly, and they are worked out once the step has converged. The
integrator's own formula makes the deposit's charge equal to that which passed, to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from dolfinx import fem
from mpi4py import MPI

from .description import Plating
from .errors import SolverError
from .interface import nuclei
from .nodal_surface import NodalSurface
from .scales import FARADAY

#: Extended cover that stands for a closed layer.
CLOSED = 50.0


@dataclass(frozen=True)
class DepositState:
    """Of one electrode's surface, in SI.

    Attributes
    ----------
    charge
        Of the metal on the surface, against the start where it is a foil [C].
    rate
        At which it grows [A].
    mean, lowest, highest
        Thickness of the deposit with its pores, over the surface and at its nodes [m].
    covered
        Mean share of the surface under metal; ``None`` without nucleation.
    """

    charge: float
    rate: float
    mean: float
    lowest: float
    highest: float
    covered: float | None = None


class Deposit:
    """States of one electrode's surface and how they follow from a step.

    Parameters
    ----------
    cell
        The coupled problem, its controls made and its forms not yet.
    name
        ``anode`` or ``cathode``.
    """

    def __init__(self, cell, name: str):
        self.cell, self.name = cell, name
        electrode = cell.description.electrode(name)
        self.plating, self.metal = electrode.plating or Plating(), electrode.material
        if self.plating.limited and cell.degree > 1:
            raise SolverError(
                f"the {name}'s metal can be used up, which is followed at the nodes of linear elements; "
                "set physics.degree: 1"
            )
        self.count = 1 if self.plating.nucleation is None else 4
        self.old = [fem.Function(cell.surface_space) for _ in range(self.count)]
        self.older = [fem.Function(cell.surface_space) for _ in range(self.count)]

    def compile(self, surface) -> None:
        """Take in the surface's law."""
        plated = surface.plated
        expressions = [plated.gained]
        if plated.nuclei is not None:
            expressions += [plated.nuclei.n, plated.nuclei.m1, plated.nuclei.m2]
        self.nodal = NodalSurface(self.cell, self.name, expressions)
        self.rate = np.zeros_like(self.nodal.weights)

    # ------------------------------------------------------------------ states
    def initial(self) -> np.ndarray:
        """States at the start, shape (count, local nodes)."""
        states = np.zeros((self.count, len(self.old[0].x.array)))
        reserve = self.plating.reserve or 0.0
        states[0] = reserve / self.thickness_per_charge
        if self.count > 1 and reserve > 0:
            # A layer that is there covers the surface, from all sites.
            moment = CLOSED / self._numbers.footprint
            states[1], states[2], states[3] = 1.0, np.sqrt(moment), moment
        return states

    def load(self, old: np.ndarray, older: np.ndarray) -> None:
        """Set the states before a step."""
        for k in range(self.count):
            self.old[k].x.array[:], self.older[k].x.array[:] = old[k], older[k]

    def overdrawn(self, bdf: tuple[float, ...]) -> bool:
        """Whether a formula starts from less than nothing somewhere on this rank."""
        if not self.plating.limited:
            return False
        star = -(bdf[1] * self.old[0].x.array + bdf[2] * self.older[0].x.array)
        return bool(star[self.nodal.nodes].min(initial=0.0) < 0.0)

    def after_step(self, bdf: tuple[float, ...], factor: float = 1.0) -> np.ndarray:
        """States at the end of the step that the cell holds, growth times a factor. Collective."""
        a0, a1, a2 = bdf
        values = self.nodal()
        self.rate = factor * values[0]
        states = np.zeros((self.count, len(self.rate)))
        states[0] = (self.rate - a1 * self.old[0].x.array - a2 * self.older[0].x.array) / a0
        if self.plating.limited:
            # Rounding of what is exhausted.
            np.maximum(states[0], 0.0, out=states[0])
        for k in range(1, self.count):
            states[k] = values[k]
        return states

    # ------------------------------------------------------------------ numbers
    @property
    def thickness_per_charge(self) -> float:
        """Metres of deposit, its pores included, per scaled charge per area."""
        per_charge = self.metal.molar_volume / (self.metal.ion_charge * FARADAY)
        return per_charge * self.cell.scales.charge_density / (1 - self.plating.porosity)

    @cached_property
    def _numbers(self) -> nuclei.NucleationNumbers:
        return nuclei.nucleation_numbers(self.plating.nucleation, self.metal, self.cell.scales.potential)

    def thickness(self, states: np.ndarray) -> np.ndarray:
        """Of the deposit at every local node [m]; of a foil against the start, which stripping makes negative."""
        return states[0] * self.thickness_per_charge

    def covered(self, states: np.ndarray) -> np.ndarray:
        """Share of the surface under metal at every local node, where metal nucleates."""
        return -np.expm1(-self._numbers.footprint * states[3])

    def nuclei_density(self, states: np.ndarray) -> np.ndarray | None:
        """Extended number of nuclei per area [1/m²] at every local node; ``None`` without nucleation."""
        return None if self.count == 1 else states[1] * self.plating.nucleation.site_density

    def used_up(self, states: np.ndarray) -> bool:
        """Whether so little metal is left that half of the surface is free of it. Collective."""
        plating, nodal = self.plating, self.nodal
        if not plating.limited:
            return False
        dense = nodal.integral(self.thickness(states)) * (1 - plating.porosity)
        return dense <= plating.cover_thickness * nodal.area

    def growth(self) -> float:
        """Rate at which the metal grows after the last step [A]. Collective."""
        return self.nodal.integral(self.rate) * self.cell.scales.current_density

    def observe(self, states: np.ndarray) -> DepositState:
        """The surface in a few numbers. Collective."""
        scales, nodal = self.cell.scales, self.nodal
        thickness = self.thickness(states)[nodal.nodes]
        comm = self.cell.comm
        return DepositState(
            charge=nodal.integral(states[0]) * scales.charge_density,
            rate=self.growth(),
            mean=nodal.integral(self.thickness(states)) / nodal.area,
            lowest=comm.allreduce(float(thickness.min(initial=np.inf)), op=MPI.MIN),
            highest=comm.allreduce(float(thickness.max(initial=-np.inf)), op=MPI.MAX),
            covered=None if self.count == 1 else nodal.integral(self.covered(states)) / nodal.area,
        )
