"""Charge that passed, by the sign of its current.

A positive current oxidises the cathode and charges the cell. With i the current of the device [A],

    anodic Q₊ = ∫ max(i, 0) dt        net       Q₊ − Q₋
    cathodic Q₋ = ∫ max(−i, 0) dt     magnitude Q₊ + Q₋   (all in C)

From one accepted time step to the next the charge moves one way: a change of sign inside a time step is not resolved,
and the net charge stays that of the time integrator.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PassedCharge:
    """Charge of a stretch of a run [C]; ``anodic`` and ``cathodic`` are not negative."""

    anodic: float = 0.0
    cathodic: float = 0.0

    @property
    def net(self) -> float:
        """Positive where more charge went into the cell than came out of it."""
        return self.anodic - self.cathodic

    @property
    def magnitude(self) -> float:
        """Charge that flowed, whichever way."""
        return self.anodic + self.cathodic

    def plus(self, increment: float) -> PassedCharge:
        """After a time step that passes a signed charge [C]."""
        return PassedCharge(self.anodic + max(increment, 0.0), self.cathodic + max(-increment, 0.0))

    def named(self) -> dict[str, float]:
        """The four figures by their names in the results: ``capacity`` is the magnitude."""
        return {
            "capacity": self.magnitude,
            "anodic_charge": self.anodic,
            "cathodic_charge": self.cathodic,
            "net_charge": self.net,
        }
