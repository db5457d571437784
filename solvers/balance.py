r"""The balance audit: what went in must be what is stored.

- solid: the ions that each insertion electrode gained, times F, against the charge of its reaction;
- ions (or the salt): the amount in the electrolyte against what the electrodes gave and took;
- deposits: the metal on a surface that was gained, against the time integral of its growth;
- current: the charge that crossed the anode against that which crossed the cathode;
- charge: what crossed the cathode against what the control asked for, where it sets the current.

Each is relative to the charge that was moved, ∫ |I| dt (with what charged walls hold, for the current), or to an ion's
initial amount and what was exchanged of it. Where next to nothing has moved yet, at rest or in a first instant, what
stands for it is the current at which residuals are judged (a hundredth of 1 C), and a ten-thousandth of what the
electrodes hold.
What crosses a surface is added up over time by the integrator's own formula, so that the audit measures the solver
and not the quadrature in time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from .cell import Cell
from .closing import Flows
from .observe import Observation
from .scales import FARADAY


def rates(flows: Flows, cell: Cell) -> tuple[float, ...]:
    """The rates whose time integrals the audit needs: reactions, currents [A], inflows [mol/s], growth [A]."""
    currents = (*flows.reaction.values(), flows.current, flows.current + flows.anode_current)
    return (*currents, *flows.inflow.values(), *(deposit.growth() for deposit in cell.deposits.values()))


#: Share of what an electrode holds below which a moved charge is not told from rounding.
TOLD = 1e-4


@dataclass
class BalanceAudit:
    """Accumulates the charge moved and compares contents with the start.

    Attributes
    ----------
    least_current
        Current that counts as moving at rest [A].
    mismatch
        Largest difference of what the kinetics passed from the current that counts, relative to that.
    """

    cell: Cell
    start: Observation
    least_current: float = 0.0
    moved: float = 0.0
    exchanged: dict[str, float] = field(default_factory=dict)
    worst: dict[str, float] = field(default_factory=dict)
    mismatch: float = 0.0

    def update(
        self, charge_change: float, charge: float, dt: float, passed: tuple[float, ...], observation: Observation
    ) -> dict:
        """Take in an accepted step; return the relative errors now.

        Parameters
        ----------
        charge_change, charge
            Signed charge of this step and since the start [C].
        dt
            Length of the step [s].
        passed
            Time integrals of :func:`rates` since the start.
        observation
            At the step's end.
        """
        current = max(abs(observation.current), self.least_current, 1e-300)
        self.mismatch = max(self.mismatch, observation.mismatch / current)
        self.moved += max(abs(charge_change), self.least_current * dt)
        moved = max(self.moved, TOLD * self._held(), 1e-300)
        reacted = dict(zip(observation.reaction, passed, strict=False))
        through, lost, *flowed = passed[len(reacted) :]
        inflow = dict(zip(observation.inflow, flowed, strict=False))
        grown = dict(zip(observation.deposits, flowed[len(inflow) :], strict=True))
        errors = {}
        for key, amount in observation.amounts.items():
            self.exchanged[key] = self.exchanged.get(key, 0.0) + observation.exchange[key] * dt
            before = self.start.amounts[key]
            errors[key] = (amount - before - inflow[key]) / (before + self.exchanged[key])
        for name, content in observation.content.items():
            z = self.cell.description.electrode(name).material.ion_charge
            stored = z * FARADAY * (content - self.start.content[name])
            errors[f"solid_{name}"] = (stored + reacted[name]) / moved
        for name, deposit in observation.deposits.items():
            errors[f"deposit_{name}"] = (deposit.charge - self.start.deposits[name].charge - grown[name]) / moved
        errors["charge"] = (through - charge) / moved
        errors["current"] = lost / (moved + self.start.held_charge)
        for name, value in errors.items():
            # What is not a number is the worst of all.
            size = abs(value) if math.isfinite(value) else math.inf
            self.worst[name] = max(self.worst.get(name, 0.0), size)
        return errors

    def _held(self) -> float:
        """Charge of the ions in the fuller electrode at the start [C]."""
        charges = (self.cell.description.electrode(name).material.ion_charge for name in self.start.content)
        held = (z * FARADAY * n for z, n in zip(charges, self.start.content.values(), strict=True))
        return max(held, default=0.0)
