"""What the criteria of an electrode know beside its surface: the electrolyte, the metal, the cell around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...materials import Metal, SurfaceEnergies
from ..scales import FARADAY, GAS_CONSTANT


@dataclass(frozen=True)
class Setting:
    """An electrode on which metal is plated, and what is around it; SI.

    Attributes
    ----------
    side
        ``anode`` or ``cathode``.
    metal
        What is plated; its ion's charge number is ``metal.ion_charge``.
    temperature
        K.
    cation_concentration
        Of the plated cation in the bulk, mol/m³ (not that of the salt: K₂SO₄ gives two).
    diffusivity
        The one with which the cation's depletion spreads, in the free electrolyte [m²/s]: the salt's ambipolar
        diffusivity, or the cation's own under an excess of supporting electrolyte.
    transference_number
        Of the cation; 1 for a single-ion conductor, and 0 under an excess of supporting electrolyte.
    conductivity
        Of the electrolyte, S/m.
    permittivity
        Relative.
    transport_factor
        ε/τ of the separator, 1 without.
    porosity
        ε of the separator, 1 without.
    separated
        Share of the gap that the separator takes.
    gap
        Electrolyte volume over footprint area [m]: the distance of planar electrodes.
    footprint_area
        Of the simulated domain, m².
    deposit_porosity
        Share of the deposit's volume that is not metal.
    energies
        Of the interfaces of substrate, nucleus and electrolyte; ``None`` where the electrode is of the metal itself.
    critical_thickness
        Of metal that spreads at first, from which on it stands in islands [m]; ``None``: it goes on spreading.
    surface_energy
        Of the metal in the electrolyte [J/m²], for an electrode of the metal itself; ``energies`` goes before it.
    limiting_current
        Of the simulated domain [A], positive; ``inf`` where nothing limits it, ``None`` where it was not computed.
    pore_radius
        Local radius of the pores at every facet of the surface [m], array (facets,); ``None`` where not computed.
    closing_thickness
        Volume of deposit per area that closes the pore at every facet [m], array (facets,); ``None``: the radius, as
        between plane walls.
    depth
        Where every facet lies between the front (0, nearest to the counter electrode) and the back (1) of the
        electrode, array (facets,); ``None`` where not computed.
    separator_shear_modulus
        Pa; ``None`` where not stated.
    """

    side: str
    metal: Metal
    temperature: float
    cation_concentration: float
    diffusivity: float
    transference_number: float
    conductivity: float
    permittivity: float
    gap: float
    footprint_area: float
    transport_factor: float = 1.0
    porosity: float = 1.0
    separated: float = 0.0
    deposit_porosity: float = 0.0
    energies: SurfaceEnergies | None = None
    critical_thickness: float | None = None
    surface_energy: float | None = None
    limiting_current: float | None = None
    pore_radius: np.ndarray | None = None
    closing_thickness: np.ndarray | None = None
    depth: np.ndarray | None = None
    separator_shear_modulus: float | None = None

    @property
    def thermal_voltage(self) -> float:
        """RT/F [V]."""
        return GAS_CONSTANT * self.temperature / FARADAY

    @property
    def blocked_share(self) -> float:
        """Share of the current that diffusion must carry, t_a = 1 − t₊."""
        return 1.0 - self.transference_number

    @property
    def series_factor(self) -> float:
        """Effective over free diffusivity (and conductivity) of the gap: free electrolyte and separator in series."""
        return 1.0 / (1.0 - self.separated + self.separated / self.transport_factor)

    @property
    def mean_porosity(self) -> float:
        """Share of the gap that is electrolyte."""
        return 1.0 - self.separated + self.separated * self.porosity

    @property
    def tension(self) -> float | None:
        """Surface energy of metal and electrolyte γ_NE [J/m²]; ``None`` where not given."""
        return self.energies.nucleus_electrolyte if self.energies else self.surface_energy

    @property
    def deposit_charge(self) -> float:
        """Charge in a volume of deposit, its pores included, (1 − ε) zF/V_m [C/m³]."""
        return (1.0 - self.deposit_porosity) * self.metal.ion_charge * FARADAY / self.metal.molar_volume
