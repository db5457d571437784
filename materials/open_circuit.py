"""Open-circuit potential of insertion materials, and the reference electrodes it is measured against.

theta = c_s/c_max is the stoichiometry, 1 for a full host. U [V] falls as theta rises; it is stated against
the curve's own reference electrode, and against the standard hydrogen electrode by adding the reference's
potential. The shapes of U(theta) are in `curves`.
"""

from __future__ import annotations

from dataclasses import dataclass

from .constants import REFERENCE_TEMPERATURE
from .curves import EDGE, NUMPY, Curve, NumpyOperations, Operations

__all__ = ["NUMPY", "REFERENCES", "NumpyOperations", "OpenCircuit", "Operations", "ReferenceElectrode"]


@dataclass(frozen=True)
class ReferenceElectrode:
    """Potential of a reference electrode in V against the standard hydrogen electrode."""

    potential: float
    source: str


_REVIEW = "Ma et al., Small Structures, doi:10.1002/sstr.202000053, Table 1"
_SILVER = "saturated KCl, 25 °C (recalled); Nat. Commun. 2019, 10:4292 does not state its filling"
REFERENCES: dict[str, ReferenceElectrode] = {
    "SHE": ReferenceElectrode(0.0, "definition"),
    "Ag/AgCl": ReferenceElectrode(0.197, _SILVER),
    "Li/Li+": ReferenceElectrode(-3.04, _REVIEW),
    "Na/Na+": ReferenceElectrode(-2.71, _REVIEW),
    "K/K+": ReferenceElectrode(-2.93, _REVIEW),
}


#: Stoichiometries used where neither the curve nor a voltage window ends earlier: kinetics vanish at 0 and 1.
UNSTATED_WINDOW = (0.005, 0.995)


@dataclass(frozen=True)
class OpenCircuit:
    """Open-circuit potential of a material.

    Attributes
    ----------
    model, curve
        Name and shape of U(theta).
    reference
        Electrode the potential is measured against, one of `REFERENCES`.
    window
        Lowest and highest potential in use, V against the reference; None where not known.
    status, source, note
        Where the curve comes from, as for every value of the library.
    """

    model: str
    curve: Curve
    reference: str
    window: tuple[float, float] | None
    status: str
    source: str
    note: str | None = None

    def potential(self, theta, temperature=REFERENCE_TEMPERATURE, ops: Operations = NUMPY):
        """Return U in V against the curve's own reference, for theta in any form `ops` works on."""
        return self.curve.value(theta, temperature, ops)

    def derivative(self, theta, temperature=REFERENCE_TEMPERATURE, ops: Operations = NUMPY):
        """Return dU/dtheta in V."""
        return self.curve.slope(theta, temperature, ops)

    def potential_vs_she(self, theta, temperature=REFERENCE_TEMPERATURE, ops: Operations = NUMPY):
        """Return U in V against the standard hydrogen electrode."""
        return self.potential(theta, temperature, ops) + REFERENCES[self.reference].potential

    def stoichiometry(self, potential: float, temperature: float = REFERENCE_TEMPERATURE) -> float:
        """Return theta where U equals `potential` [V], or the nearer end of the domain if it never does."""
        low, high = self.curve.domain
        if potential >= float(self.potential(low, temperature)):
            return low
        if potential <= float(self.potential(high, temperature)):
            return high
        for _ in range(60):
            middle = 0.5 * (low + high)
            if float(self.potential(middle, temperature)) > potential:
                low = middle
            else:
                high = middle
        return 0.5 * (low + high)

    def stoichiometry_window(self, temperature: float = REFERENCE_TEMPERATURE) -> tuple[float, float]:
        """Return (theta_min, theta_max) at the ends of the window; else of the curve's own domain,
        or (0.005, 0.995) where that is all of [0, 1]."""
        if self.window is None:
            low, high = self.curve.domain
            return UNSTATED_WINDOW if low <= EDGE and high >= 1 - EDGE else (low, high)
        lowest, highest = self.window
        return self.stoichiometry(highest, temperature), self.stoichiometry(lowest, temperature)
