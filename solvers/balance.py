r"""The balance audit: what went in must be what is stored.

- charge: the ions that each insertion electrode gained, times F, against the charge passed, ∫ I dt;
- salt: the amount of salt in the electrolyte (no anion crosses an electrode);
- current: the charge that crossed the anode against that which crossed the cathode.

Each is relative to the charge that was moved, ∫ |I| dt, or to the initial amount.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .cell import Cell
from .observe import Observation
from .scales import FARADAY


@dataclass
class BalanceAudit:
    """Accumulates the charge moved and compares contents with the start."""

    cell: Cell
    start: Observation
    moved: float = 0.0
    lost: float = 0.0
    worst: dict[str, float] = field(default_factory=dict)

    def update(self, charge_change: float, charge: float, dt: float, observation: Observation) -> dict:
        """Take in an accepted step; return the relative errors now.

        Parameters
        ----------
        charge_change, charge
            Signed charge of this step and since the start [C].
        dt
            Length of the step [s].
        observation
            At the step's end.
        """
        self.moved += abs(charge_change)
        moved = max(self.moved, 1e-300)
        errors = {"salt": observation.salt / self.start.salt - 1}
        sign = {"anode": +1, "cathode": -1}
        for name, content in observation.content.items():
            z = self.cell.description.electrode(name).material.ion_charge
            stored = z * FARADAY * (content - self.start.content[name])
            errors[f"solid_{name}"] = (stored - sign[name] * charge) / moved
        self.lost += (observation.current + observation.anode_current) * dt
        errors["current"] = self.lost / moved
        for name, value in errors.items():
            self.worst[name] = max(self.worst.get(name, 0.0), abs(value))
        return errors
