"""Physical constants and the units of the dimensionless problem."""

from __future__ import annotations

from dataclasses import dataclass

from ..materials.constants import FARADAY, GAS_CONSTANT

__all__ = ["FARADAY", "GAS_CONSTANT", "Scales"]


@dataclass(frozen=True)
class Scales:
    """Units of the dimensionless problem, SI.

    Attributes
    ----------
    length, concentration, diffusivity
        L₀ [m], c₀ [mol/m³], D_ref [m²/s].
    temperature
        T [K].
    """

    length: float
    concentration: float
    diffusivity: float
    temperature: float

    @property
    def time(self) -> float:
        """L₀²/D_ref [s]."""
        return self.length**2 / self.diffusivity

    @property
    def potential(self) -> float:
        """RT/F [V]."""
        return GAS_CONSTANT * self.temperature / FARADAY

    @property
    def current_density(self) -> float:
        """F D_ref c₀ / L₀ [A/m²]."""
        return FARADAY * self.diffusivity * self.concentration / self.length

    @property
    def charge_density(self) -> float:
        """Surface charge F c₀ L₀ [C/m²]."""
        return FARADAY * self.concentration * self.length

    @property
    def current(self) -> float:
        """F D_ref c₀ L₀ [A]."""
        return self.current_density * self.length**2

    @property
    def conductivity(self) -> float:
        """F² D_ref c₀ / (RT) [S/m]."""
        return self.current_density * self.length / self.potential
