r"""Growth modes of a film of metal, by E. Bauer's criterion (Z. Kristallogr. 110 (1958) 372).

What covering the substrate costs is

.. math::
    \Delta\gamma = \gamma_{NE} + \gamma_{SN} - \gamma_{SE} = \gamma_{NE}(1 - \cos\theta_{Young}).

At Δγ ≤ 0 the metal spreads in layers (Frank–van der Merwe), above it stands in islands (Volmer–Weber), and where Δγ
is negative for the first layers alone there are layers, then islands (Stranski–Krastanov). Two things raise Δγ:

- strain: an energy w per volume of a film of thickness h adds w h, so that Δγ = 0 at h_c = −Δγ₀/w;
- a film of reaction products (SEI) between metal and substrate: on a covered share s both energies of the substrate
  are those of the SEI, γ_eff = (1 − s)γ + sγ_SEI. So potassium dewets from a collector that it spread on at first
  (Chem. Soc. Rev. 2025, 54, 2543), also below the limiting current.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from ...materials import SurfaceEnergies, with_sei


class GrowthMode(StrEnum):
    """How a film begins."""

    LAYERS = "Frank–van der Merwe"
    ISLANDS = "Volmer–Weber"
    LAYERS_THEN_ISLANDS = "Stranski–Krastanov"


@dataclass(frozen=True)
class Growth:
    """A growth mode and the numbers it follows from.

    Attributes
    ----------
    mode
        Of a film that grows without end.
    excess
        Δγ of the first layer [J/m²], with the SEI that is there.
    critical_thickness
        h_c [m], from which on islands grow: 0 for islands from the start, infinite for layers.
    critical_coverage
        Share s of SEI from which on Δγ of the first layer is above 0: 0 where it is so without SEI, infinite where
        it never is.
    """

    mode: GrowthMode
    excess: float
    critical_thickness: float
    critical_coverage: float

    def at(self, thickness: float) -> GrowthMode:
        """What grows now, on a film of a thickness [m]: layers or islands."""
        return GrowthMode.LAYERS if thickness < self.critical_thickness else GrowthMode.ISLANDS


def covering_energy(energies: SurfaceEnergies) -> float:
    """Δγ = γ_NE + γ_SN − γ_SE [J/m²]."""
    return energies.nucleus_electrolyte + energies.substrate_nucleus - energies.substrate_electrolyte


def strained_thickness(energies: SurfaceEnergies, strain_energy: float) -> float:
    """h_c = −Δγ/w [m] for a strain energy w per volume [J/m³]; 0 where Δγ > 0, infinite without strain."""
    excess = covering_energy(energies)
    if excess > 0.0:
        return 0.0
    return -excess / strain_energy if strain_energy > 0.0 else math.inf


def growth_mode(
    energies: SurfaceEnergies,
    critical_thickness: float | None = None,
    sei: SurfaceEnergies | None = None,
    coverage: float = 0.0,
) -> Growth:
    """Growth mode on a substrate.

    Parameters
    ----------
    energies
        Of the bare substrate.
    critical_thickness
        h_c [m] of a film that would spread at first, see :func:`strained_thickness`; ``None`` if it goes on spreading.
    sei
        Energies where SEI covers the substrate, with the same γ_NE; ``None`` without it.
    coverage
        Share covered with SEI, from 0 to 1.
    """
    bare = covering_energy(energies)
    excess, threshold = bare, 0.0 if bare > 0.0 else math.inf
    if sei is not None:
        rise = covering_energy(with_sei(energies, sei, 1.0)) - bare
        excess = covering_energy(with_sei(energies, sei, coverage))
        if bare <= 0.0 < bare + rise:
            threshold = -bare / rise
    if excess > 0.0:
        return Growth(GrowthMode.ISLANDS, excess, 0.0, threshold)
    if critical_thickness is None or math.isinf(critical_thickness):
        return Growth(GrowthMode.LAYERS, excess, math.inf, threshold)
    return Growth(GrowthMode.LAYERS_THEN_ISLANDS, excess, critical_thickness, threshold)
