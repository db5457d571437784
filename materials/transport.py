"""Closed-form transport relations of dilute electrolytes.

A binary salt M_{nu+} X_{nu-} with charges z+ > 0 > z- (z+ nu+ + z- nu- = 0), salt concentration c [mol/m³]
and ionic diffusivities D+, D- [m²/s] obeys, under electroneutrality, a diffusion equation with

    D   = (z+ - z-) D+ D- / (z+ D+ - z- D-)          ambipolar (salt) diffusivity
    t+  = z+ D+ / (z+ D+ - z- D-)                     transference number of the cation
    kappa = F²/(RT) sum_i z_i² D_i c_i                Nernst-Einstein conductivity

Source: J. Newman, K. E. Thomas-Alyea, Electrochemical Systems, 3rd ed., chapter 11.
The Nernst-Einstein conductivity holds at infinite dilution only: for 0.5 M K2SO4 it gives 15.35 S/m where
about 8 S/m are measured, which is why electrolytes carry a conductivity of their own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from .constants import BOLTZMANN, FARADAY, GAS_CONSTANT, REFERENCE_TEMPERATURE, VACUUM_PERMITTIVITY


def ambipolar_diffusivity(z_cation: int, z_anion: int, d_cation: float, d_anion: float) -> float:
    """Return the salt diffusivity in m²/s from the charges and the ionic diffusivities in m²/s."""
    return (z_cation - z_anion) * d_cation * d_anion / (z_cation * d_cation - z_anion * d_anion)


def transference_number(z_cation: int, z_anion: int, d_cation: float, d_anion: float) -> float:
    """Return the share of the current that the cation carries in a uniform solution."""
    return z_cation * d_cation / (z_cation * d_cation - z_anion * d_anion)


def nernst_einstein_conductivity(
    charges: Sequence[int],
    diffusivities: Sequence[float],
    concentrations: Sequence[float],
    temperature: float = REFERENCE_TEMPERATURE,
) -> float:
    """Return the conductivity in S/m of ions with the given charges, m²/s and mol/m³ at infinite dilution."""
    total = sum(z * z * d * c for z, d, c in zip(charges, diffusivities, concentrations, strict=True))
    return FARADAY**2 / (GAS_CONSTANT * temperature) * total


def ionic_strength(charges: Sequence[int], concentrations: Sequence[float]) -> float:
    """Return half the sum of z² c, in mol/m³."""
    return 0.5 * sum(z * z * c for z, c in zip(charges, concentrations, strict=True))


def debye_length(permittivity: float, strength: float, temperature: float = REFERENCE_TEMPERATURE) -> float:
    """Return the Debye length in m for a relative permittivity and an ionic strength in mol/m³."""
    numerator = permittivity * VACUUM_PERMITTIVITY * GAS_CONSTANT * temperature
    return math.sqrt(numerator / (2.0 * FARADAY**2 * strength))


def stokes_einstein(radius: float, viscosity: float, temperature: float = REFERENCE_TEMPERATURE) -> float:
    """Return k_B T / (6 pi eta r) in m²/s for a Stokes radius in m and a viscosity in Pa s."""
    return BOLTZMANN * temperature / (6.0 * math.pi * viscosity * radius)


def arrhenius(
    value: float,
    activation_energy: float,
    temperature: float,
    reference_temperature: float = REFERENCE_TEMPERATURE,
) -> float:
    """Return `value`, known at the reference temperature in K, at `temperature`.

    value(T) = value exp[-Ea/R (1/T - 1/T_ref)] with Ea in J/mol; the unit is that of `value`.
    """
    inverse = 1.0 / temperature - 1.0 / reference_temperature
    return value * math.exp(-activation_energy / GAS_CONSTANT * inverse)


def equal_time_film_diffusivity(shell_diffusivity: float, shell: float, film: float) -> float:
    """Return the diffusivity in m²/s of a dense film that relaxes as fast as the coating inside a porous one.

    A porous film of thickness L (`film`, m), its pore walls coated with an active shell of thickness delta
    (`shell`, m), fills in the time delta²/D_shell and not L²/D_shell, as long as the pores conduct the ions
    well. Modelled as one dense body it keeps that time with D = D_shell (L/delta)².
    """
    return shell_diffusivity * (film / shell) ** 2
