"""Local values that leave the range in which the materials' numbers hold: told once, with value, time and place."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from .description import ELECTRODES
from .observe import Observation

log = logging.getLogger(__name__)

#: Distance from a range that is not worth a word: of a stoichiometry, and of a concentration in its bound.
SLACK = 1e-2


@dataclass(frozen=True)
class StatedRange:
    """Where something holds.

    Attributes
    ----------
    quantity
        ``concentration`` of the electrolyte, or the electrode whose stoichiometry is meant.
    low, high
        mol/m³, or stoichiometries.
    told
        What holds there.
    """

    quantity: str
    low: float
    high: float
    told: str

    def left(self, observation: Observation) -> str | None:
        """How a state leaves the range, with value and place; ``None`` where it does not."""
        if self.quantity == "concentration":
            low, high = observation.concentration_min, observation.concentration_max
            slack = SLACK * self.low, SLACK * self.high
        else:
            low, high = observation.stoichiometry_range[self.quantity]
            slack = SLACK, SLACK
        if low < self.low - slack[0]:
            return self._told(low, observation.surface_min)
        return self._told(high, observation.surface_max) if high > self.high + slack[1] else None

    def _told(self, value: float, at_surfaces: dict[str, float]) -> str:
        if self.quantity != "concentration":
            return f"a stoichiometry of {value:.4g} in the {self.quantity}, outside {self.low:.4g} to {self.high:.4g}"
        at = next((f"at the {side}" for side in ELECTRODES if at_surfaces[side] == value), "inside the electrolyte")
        return f"{value:.4g} mol/m³ {at}, outside {self.low:g} to {self.high:g} mol/m³"


@dataclass
class RangeWatch:
    """Looks at every accepted state.

    Attributes
    ----------
    ranges
        What is looked at.
    found
        Warnings so far, by what holds in the range that was left.
    """

    ranges: Sequence[StatedRange]
    found: dict[str, str] = field(default_factory=dict)

    def look(self, time: float, observation: Observation) -> None:
        """Take in the state at a time [s]."""
        for one in self.ranges:
            if one.told not in self.found and (left := one.left(observation)) is not None:
                self.found[one.told] = message = f"from t = {time:.4g} s on: {left}, the range of {one.told}"
                log.warning("%s", message)
