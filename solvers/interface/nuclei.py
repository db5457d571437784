r"""Nuclei on a substrate: how many there are and how much of it they cover, in the Avrami picture.

Sites of density N_s turn into nuclei at the rate of classical theory; all nuclei are caps of contact angle θ and grow
with the current density of the metal's own kinetics on them. Only moments of the radii matter (extended, that is,
as if nuclei did not meet), with n = N/N_s, m₁ = Σ r/√N_s and m₂ = Σ r² per area:

.. math::
    \dot n = A\,(1-n), \qquad \dot m_1 = g\,n + \rho^* A (1-n), \qquad \dot m_2 = 2 g\,m_1 + \rho^{*2} A (1-n)

    A = A_0 \exp(-\alpha_c\eta - B/\eta^2), \qquad
    B = \frac{\Delta G^*}{k_B T}\eta^2 = \frac{16\pi\gamma^3V_m^2 f(\theta)}{3(zF)^2 k_BT\,(RT/F)^2}

for overpotentials η < 0 (units RT/F). Zeldovich's factor and the frequency of attachment to the critical cap, both
powers of η, cancel against each other but for A_0 = (i_0/ze)(S_A/S_V) V_m/(r^*|η| N_A) √(B/3π). ρ* = r*√N_s with the
critical radius r* = 2γV_m/(zF|η|); g = √N_s S_A/(3S_V) V_m|j|/(zF) is the growth of a cap's radius. The extended
share of the substrate is X_e = π m₂ (π sin²θ m₂ for θ < 90°), that which nuclei cover X = 1 − exp(−X_e), and the
metal's surface per area of substrate

.. math::
    S = X\,[1 + (a-1)(1-X)],

a = S_A/π (or S_A/(π sin²θ)) being that of a single cap: caps by themselves at first, a film in the end.

References: M. Avrami, J. Chem. Phys. 7 (1939) 1103 and 8 (1940) 212;
D. Kashchiev, Nucleation, Butterworth 2000, ch. 13.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import ufl

from ...materials import Metal
from ...materials.constants import BOLTZMANN, FARADAY
from .. import ufl_ops
from ..description import Nucleation
from ..nucleation import classical

#: exp(−B/η²) is as good as zero beyond this exponent.
LARGEST_BARRIER = 600.0

#: Below this |η| [RT/F] nothing nucleates.
SMALLEST_OVERPOTENTIAL = 1e-3


@dataclass(frozen=True)
class NucleationNumbers:
    """What the law needs of a nucleation, with potentials in RT/F; currents and times in SI, or in scaled units.

    Attributes
    ----------
    barrier
        B.
    rate_per_current
        A₀/i₀ [1/(s A/m²)].
    critical_radius
        ρ*|η|.
    growth_per_current
        g/|j| [1/(s A/m²)].
    footprint
        X_e/m₂.
    cap_area
        a, surface of a cap over its footprint.
    """

    barrier: float
    rate_per_current: float
    critical_radius: float
    growth_per_current: float
    footprint: float
    cap_area: float


def nucleation_numbers(nucleation: Nucleation, metal: Metal, thermal_voltage: float) -> NucleationNumbers:
    """The law's numbers, those of classical theory at η = −1; ``thermal_voltage`` is RT/F [V]."""
    angle, gamma, z = nucleation.contact_angle, nucleation.surface_energy, metal.ion_charge
    energy = classical.volume_energy(-thermal_voltage, metal.molar_volume, z)
    radius = classical.critical_radius(energy, gamma)
    barrier = classical.barrier(energy, gamma, angle)
    atoms = classical.critical_atoms(radius, angle, metal.molar_volume)
    zeldovich = classical.zeldovich_factor(barrier, atoms, metal.temperature)
    # Of 1 A/m², which the overpotential does not speed up here.
    frequency = classical.attachment_frequency(radius, angle, 0.0, 1.0, charge=z, temperature=metal.temperature)
    cap_area, cap_volume = classical.cap_area_factor(angle), classical.cap_volume_factor(angle)
    footprint = math.pi * math.sin(min(angle, math.pi / 2)) ** 2
    spacing = math.sqrt(nucleation.site_density)
    return NucleationNumbers(
        barrier=float(barrier / (BOLTZMANN * metal.temperature)),
        rate_per_current=nucleation.rate_factor * float(frequency * zeldovich),
        critical_radius=float(radius) * spacing,
        growth_per_current=spacing * float(cap_area / (3 * cap_volume)) * metal.molar_volume / (z * FARADAY),
        footprint=footprint,
        cap_area=float(cap_area) / footprint,
    )


@dataclass(frozen=True)
class Nuclei:
    """UFL moments of the nuclei at one time."""

    n: object
    m1: object
    m2: object

    def scaled(self, share) -> Nuclei:
        """All nuclei but for a share."""
        return Nuclei(share * self.n, share * self.m1, share * self.m2)


def site_rate(rate, barrier, eta, alpha_c: float):
    """A of the overpotential, in the unit of ``rate``; 0 where nothing is plated."""
    safe = ufl.min_value(eta, -SMALLEST_OVERPOTENTIAL)
    exponent = -alpha_c * safe - ufl.min_value(barrier / safe**2, LARGEST_BARRIER)
    return ufl.conditional(ufl.lt(eta, -SMALLEST_OVERPOTENTIAL), rate * ufl_ops.bounded_exp(exponent), 0.0)


def grown(past: Nuclei, a0, rate, growth, critical_radius) -> Nuclei:
    """Moments at the end of a step, dm/dt ≈ a₀ (m − past), for rate A and growth g there."""
    n = (past.n + rate / a0) / (1 + rate / a0)
    born = rate * (1 - n) / a0
    m1 = past.m1 + growth * n / a0 + critical_radius * born
    m2 = past.m2 + 2 * growth * m1 / a0 + critical_radius**2 * born
    return Nuclei(n, m1, m2)


def covered(footprint, m2):
    """X, the share of the substrate under nuclei."""
    return 1 - ufl.exp(-ufl.min_value(footprint * m2, 700.0))


def active_area(footprint, cap_area, m2):
    """S, metal surface per area of substrate."""
    x = covered(footprint, m2)
    return x * (1 + (cap_area - 1) * (1 - x))
