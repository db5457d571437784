r"""Classical nucleation of a metal as spherical caps on a substrate.

The energy of a cap with radius of curvature r and contact angle θ is

.. math::
    \Delta G = \Delta G_v S_V r^3 + \gamma_{NE} S_A r^2 + (\gamma_{SN} - \gamma_{SE}) \pi r^2 \sin^2\theta, \qquad
    \Delta G_v = \Delta G_f + z F \eta / V_m

with S_V = π(2 + cos θ)(1 − cos θ)²/3 and S_A = 2π(1 − cos θ). With Young's equation, cos θ = (γ_SE − γ_SN)/γ_NE, it
is S_V (ΔG_v r³ + 3 γ_NE r²), whose maximum lies at

.. math::
    r^* = -2\gamma_{NE}/\Delta G_v, \qquad \Delta G^* = \frac{16\pi\gamma_{NE}^3}{3\Delta G_v^2} f(\theta), \qquad
    f = (2 + \cos\theta)(1 - \cos\theta)^2/4.

**Sign.** The overpotential η [V] is that of the electrode, as everywhere: *negative where metal is plated*. Where
ΔG_v ≥ 0 no nucleus grows: r* and ΔG* are infinite.

The rate is J = N_s ω Z exp(−ΔG*/k_BT). Its prefactor is known to orders of magnitude only and ΔG* goes with γ³, so
that ratios between substrates say more than absolute rates; and a critical nucleus of some ten atoms is no sphere with
a surface energy, so γ is an effective one.

All functions take floats or arrays, which are broadcast, in SI units; angles in rad.

References: D. Kashchiev, Nucleation, Butterworth-Heinemann 2000; E. Budevski, G. Staikov, W. J. Lorenz,
Electrochemical Phase Formation and Growth, VCH 1996; for potassium Chem. Soc. Rev. 2025, 54, 2543, whose critical
radius is the one here with z = 1 and ΔG_f = 0, and whose η is negative in the energy, a magnitude in the radius.
"""

from __future__ import annotations

import numpy as np

from ...materials import SurfaceEnergies
from ...materials.constants import AVOGADRO, BOLTZMANN, FARADAY, GAS_CONSTANT, REFERENCE_TEMPERATURE

ELEMENTARY_CHARGE = FARADAY / AVOGADRO


def _one_minus_cosine(contact_angle):
    """1 − cos θ, without cancellation at small angles."""
    return 2.0 * np.sin(0.5 * np.asarray(contact_angle, dtype=float)) ** 2


def cap_volume_factor(contact_angle):
    """S_V, volume of a cap over r³: π(2 + cos θ)(1 − cos θ)²/3."""
    drop = _one_minus_cosine(contact_angle)
    return np.pi / 3.0 * (3.0 - drop) * drop**2


def cap_area_factor(contact_angle):
    """S_A, area that a cap turns to the electrolyte over r²: 2π(1 − cos θ)."""
    return 2.0 * np.pi * _one_minus_cosine(contact_angle)


def shape_factor(contact_angle):
    """f(θ) = (2 + cos θ)(1 − cos θ)²/4, barrier on the substrate over that in the bulk; 0 to 1."""
    return 0.75 / np.pi * cap_volume_factor(contact_angle)


def contact_angle_of(factor):
    """Contact angle [rad] of a shape factor from 0 to 1, the inverse of :func:`shape_factor`.

    cos θ = 2 sin(⅓ arcsin(1 − 2f)), a root of cos³θ − 3 cos θ + 2 − 4f = 0; NaN outside 0 to 1.
    """
    factor = np.asarray(factor, dtype=float)
    with np.errstate(invalid="ignore"):
        return np.arccos(2.0 * np.sin(np.arcsin(1.0 - 2.0 * factor) / 3.0))


def volume_energy(overpotential, molar_volume, charge=1, formation_energy=0.0):
    """ΔG_v = ΔG_f + zFη/V_m [J/m³], negative where metal is plated.

    Parameters
    ----------
    overpotential
        η [V], negative for plating.
    molar_volume
        V_m [m³/mol].
    charge
        z of the ion.
    formation_energy
        ΔG_f [J/m³] at η = 0; 0 for a metal against its own ions.
    """
    return formation_energy + charge * FARADAY * np.asarray(overpotential, dtype=float) / molar_volume


def cap_energy(radius, energy_per_volume, energies: SurfaceEnergies, contact_angle):
    """ΔG of a cap [J] with radius of curvature ``radius`` [m]; the angle need not be that of Young's equation."""
    radius = np.asarray(radius, dtype=float)
    rim = energies.substrate_nucleus - energies.substrate_electrolyte
    surface = energies.nucleus_electrolyte * cap_area_factor(contact_angle) + rim * np.pi * np.sin(contact_angle) ** 2
    return energy_per_volume * cap_volume_factor(contact_angle) * radius**3 + surface * radius**2


def critical_radius(energy_per_volume, surface_energy):
    """r* = −2γ_NE/ΔG_v [m], free of the contact angle; infinite where ΔG_v ≥ 0."""
    driving = np.maximum(-np.asarray(energy_per_volume, dtype=float), 0.0)
    with np.errstate(divide="ignore"):
        return 2.0 * surface_energy / driving


def homogeneous_barrier(energy_per_volume, surface_energy):
    """ΔG* of a sphere in the electrolyte [J], 16πγ³/(3ΔG_v²); infinite where ΔG_v ≥ 0."""
    return 4.0 * np.pi / 3.0 * surface_energy * critical_radius(energy_per_volume, surface_energy) ** 2


def barrier(energy_per_volume, surface_energy, contact_angle):
    """ΔG* on the substrate [J]: that of a sphere times f(θ); 0 under complete wetting."""
    factor = shape_factor(contact_angle)
    whole = homogeneous_barrier(energy_per_volume, surface_energy)
    with np.errstate(invalid="ignore"):
        return np.where(factor == 0.0, 0.0, whole * factor)[()]


def equal_rate_overpotential(overpotential, contact_angle, other_angle):
    """η [V] that gives on another substrate the barrier which ``overpotential`` gives on the first: η ∝ √f(θ)."""
    return overpotential * np.sqrt(shape_factor(other_angle) / shape_factor(contact_angle))


def shape_factor_ratio(overpotential, other_overpotential):
    """f of another substrate over that of the first, from their overpotentials at one rate: (η₂/η₁)²."""
    return (np.asarray(other_overpotential, dtype=float) / overpotential) ** 2


def critical_atoms(radius, contact_angle, molar_volume):
    """n* = S_V r*³ N_A/V_m, atoms in the critical cap."""
    return cap_volume_factor(contact_angle) * np.asarray(radius, dtype=float) ** 3 * AVOGADRO / molar_volume


def zeldovich_factor(barrier_energy, atoms, temperature=REFERENCE_TEMPERATURE):
    """Z = √(ΔG*/(3π k_BT)) / n*, share of critical caps that grow rather than dissolve."""
    return np.sqrt(barrier_energy / (3.0 * np.pi * BOLTZMANN * temperature)) / atoms


def attachment_frequency(
    radius,
    contact_angle,
    overpotential,
    exchange_current_density,
    cathodic_transfer_coefficient=0.5,
    charge=1,
    temperature=REFERENCE_TEMPERATURE,
):
    """ω = i₀/(ze) exp(−α_c Fη/RT) S_A r*², ions that join the critical cap per second; η < 0 speeds it up."""
    exponent = -cathodic_transfer_coefficient * FARADAY * np.asarray(overpotential) / (GAS_CONSTANT * temperature)
    flux = exchange_current_density / (charge * ELEMENTARY_CHARGE) * np.exp(exponent)
    return flux * cap_area_factor(contact_angle) * np.asarray(radius, dtype=float) ** 2


def densest_sites(molar_volume):
    """One site per atom of the metal [1/m²], (N_A/V_m)^⅔: the most there can be (5.6e18 for potassium)."""
    return (AVOGADRO / np.asarray(molar_volume, dtype=float)) ** (2.0 / 3.0)


def site_rate(frequency, zeldovich, barrier_energy, temperature=REFERENCE_TEMPERATURE):
    """A = J/N_s = ω Z exp(−ΔG*/k_BT) [1/s], nucleation rate of one free site."""
    return frequency * zeldovich * np.exp(-np.asarray(barrier_energy) / (BOLTZMANN * temperature))


def nucleation_rate(site_density, frequency, zeldovich, barrier_energy, temperature=REFERENCE_TEMPERATURE):
    """J = N_s ω Z exp(−ΔG*/k_BT) [1/(m² s)] on ``site_density`` free sites [1/m²]."""
    return site_density * site_rate(frequency, zeldovich, barrier_energy, temperature)


def nuclei(time, site_density, rate):
    """N(t) = N_∞ (1 − exp(−At)) [1/m²] at constant overpotential, with A [1/s]."""
    return -site_density * np.expm1(-np.asarray(rate) * time)


def layer_radius(overpotential, step_energy, layer_height, molar_volume, charge=1):
    """r* = βV_m/(h zF|η|) [m] of a disc one layer high; infinite where η ≥ 0.

    ``step_energy`` β [J/m] is that of its edge, ``layer_height`` h [m].
    """
    driving = np.maximum(-volume_energy(overpotential, molar_volume, charge), 0.0)
    with np.errstate(divide="ignore"):
        return step_energy / (layer_height * driving)


def layer_barrier(overpotential, step_energy, layer_height, molar_volume, charge=1):
    """ΔG* = πβ²V_m/(h zF|η|) [J] of a disc one layer high; infinite where η ≥ 0."""
    return np.pi * step_energy * layer_radius(overpotential, step_energy, layer_height, molar_volume, charge)
