r"""Linear stability of a flat deposit: which waves on it grow, and how fast.

A wave h ∝ exp(ikx + σt) on a front that moves at V = JV_m/(zF) into an electrolyte of uniform conductivity κ:

.. math::
    \sigma(k) = \frac{V k\,(1 - a k^2)}{1 + \kappa R k}, \qquad a = \frac{\gamma V_m \kappa}{zFJ}

R [Ω m²] charge transfer and film, linear about the present current; γ [J/m²] metal–electrolyte; V_m [m³/mol]. The
surface's tension kills waves shorter than λ_c = 2π√a; the surface's resistance slows all and moves the fastest one to
longer waves: 1 − 3ak² − 2aκRk³ = 0. κRk is Wagner's number at that wavelength.

Small amplitudes, quasi-steady potential, no gradients of concentration, waves short beside gap and electrode: those
that find no room on the electrode, or in its pores, are no danger, nor those that have not yet grown by a factor e in
the time that is plated. Follows from ∇²φ = 0 with a perturbation that decays as exp(−ky); compare W. W. Mullins,
R. F. Sekerka, J. Appl. Phys. 35 (1964) 444; M. D. Pritzker, T. Z. Fahidy, Electrochim. Acta 37 (1992) 103.
"""

from __future__ import annotations

import numpy as np

from ..scales import FARADAY
from .current_distribution import surface_resistance
from .finding import NOT_PLATED, Finding, judge, no_say
from .sand import plated_time
from .setting import Setting
from .surface_state import SurfaceState

NAME, UNIT = "linear_stability", "m"
SOURCE = (
    "linear stability of a flat front with Laplace's equation, surface tension and surface resistance "
    "(Mullins & Sekerka 1964 for its form); no gradients of concentration"
)

#: Newton's iterations for the fastest wave; convex and monotonic, so they only descend.
ITERATIONS = 60


def front_velocity(current_density, molar_volume, charge):
    """JV_m/(zF) [m/s]. Arrays welcome."""
    return np.multiply(current_density, molar_volume) / (charge * FARADAY)


def capillary_area(current_density, surface_energy, molar_volume, charge, conductivity):
    """a = γV_mκ/(zFJ) [m²]; ∞ without current. Arrays welcome."""
    with np.errstate(divide="ignore"):
        return np.divide(surface_energy * molar_volume * conductivity, charge * FARADAY * np.asarray(current_density))


def growth_rate(wavenumber, velocity, capillary, conductivity, resistance):
    """σ(k) [1/s] of a wavenumber [1/m]; V [m/s], a [m²], κ [S/m], R [Ω m²]. Arrays welcome."""
    k = np.asarray(wavenumber, dtype=float)
    return velocity * k * (1 - capillary * k**2) / (1 + conductivity * resistance * k)


def cutoff_wavelength(capillary):
    """Shortest wavelength that grows, 2π√a [m]. Arrays welcome."""
    return 2 * np.pi * np.sqrt(capillary)


def fastest_wavelength(capillary, conductivity, resistance):
    """Wavelength of the largest growth rate [m]; 2π√(3a) without surface resistance. Arrays welcome."""
    unit = np.sqrt(3 * np.asarray(capillary, dtype=float))
    # With x = k√(3a): x² + (2κR/(3√(3a))) x³ = 1, whose root lies between 0 and 1.
    cubic = 2 * conductivity * resistance / (3 * unit)
    x = np.ones_like(unit + cubic)
    for _ in range(ITERATIONS):
        x = x - (x**2 + cubic * x**3 - 1) / (2 * x + 3 * cubic * x**2)
    return 2 * np.pi * unit / x


def evaluate(setting: Setting, surface: SurfaceState) -> Finding:
    """Cut-off wavelength of the mean current and by facet, against the room there is: electrode, gap, pores.

    Room: the longer of the electrode's extent and the gap (a simulated piece between mirrors is part of a longer
    electrode), and in pores their diameter. Speaks where the cut-off fits on more than 5 % of the surface, and the
    fastest wave that fits has grown e-fold in the time plated at this current; margin: the larger of both ratios.
    """
    if surface.net_plating == 0:
        return no_say(NAME, UNIT, NOT_PLATED, SOURCE)
    if setting.tension is None:
        return no_say(NAME, UNIT, "the metal's surface energy is not given", SOURCE)
    metal, gamma = setting.metal, setting.tension
    volume, z = metal.molar_volume, metal.ion_charge
    conductivity = setting.conductivity * setting.series_factor
    room = np.full(len(surface.areas), max(surface.extent, setting.gap))
    if setting.pore_radius is not None:
        room = np.minimum(room, 2 * setting.pore_radius)
    values = cutoff_wavelength(capillary_area(surface.plating, gamma, volume, z, conductivity))
    mean = surface.mean(surface.plating)
    capillary = float(capillary_area(mean, gamma, volume, z, conductivity))
    resistance = float(surface_resistance(metal, setting.thermal_voltage, mean))
    cutoff = float(cutoff_wavelength(capillary))
    fastest = float(fastest_wavelength(capillary, conductivity, resistance))
    # Longer waves than there is room for are none; shorter ones than the fastest grow all the more slowly.
    fitting = min(fastest, surface.percentile(room, 0.95))
    velocity = float(front_velocity(mean, volume, z))
    rate = float(growth_rate(2 * np.pi / fitting, velocity, capillary, conductivity, resistance))
    plated = plated_time(setting, surface)
    told = f"e-fold in {1 / rate:.3g} s" if rate > 0 else "which decays"
    why = (
        f"waves longer than {cutoff:.3g} m grow, fastest of those with room that of {fitting:.3g} m, {told}; "
        f"plated for {plated:.3g} s; room for {surface.percentile(room, 0.5):.3g} m on the median facet"
    )
    grown = 1 / (rate * plated) if rate > 0 and plated > 0 else np.inf
    margin = max(surface.percentile(values / room, 0.05), grown)
    return Finding(NAME, cutoff, UNIT, judge(margin), why, SOURCE, values, margin)
