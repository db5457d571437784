"""Thermodynamics and rates of caps on a substrate, against closed forms, limits and printed numbers."""

import math

import numpy as np
import pytest
from archode.materials import SurfaceEnergies, energies_at, young_contact
from archode.materials.constants import AVOGADRO, BOLTZMANN, FARADAY
from archode.solvers.nucleation import classical as c
from scipy.integrate import quad
from scipy.optimize import minimize_scalar

POTASSIUM = {"molar_volume": 4.5358e-5}
GAMMA = 0.13
KT = BOLTZMANN * 298.15
ANGLES = np.radians([1, 30, 60, 90, 120, 150, 180])


@pytest.mark.parametrize(
    ("degrees", "factor"), [(0, 0), (30, 0.0129), (60, 0.15625), (90, 0.5), (120, 0.84375), (180, 1)]
)
def test_shape_factors(degrees, factor):
    # 30° is printed with three digits, the others are exact.
    assert c.shape_factor(math.radians(degrees)) == pytest.approx(factor, abs=5e-5 if degrees == 30 else 1e-14)


@pytest.mark.parametrize("angle", ANGLES)
def test_caps_are_bodies_of_revolution(angle):
    """Volume and area of the cut sphere by quadrature; at 1° the closed form must not cancel."""
    height = 2 * math.sin(angle / 2) ** 2
    volume = quad(lambda x: math.pi * x * (2 - x), 0, height, epsabs=0)[0]
    # Quadrature of a parabola is exact to round-off.
    assert c.cap_volume_factor(angle) == pytest.approx(volume, rel=1e-12)
    assert c.cap_area_factor(angle) == pytest.approx(2 * math.pi * height, rel=1e-12)


def test_shape_factor_has_an_inverse():
    # The factor is flat at both ends: an error of 1e-16 in it is one of 1e-8, squared by the cubic, in the angle.
    assert c.contact_angle_of(c.shape_factor(ANGLES)) == pytest.approx(ANGLES, abs=2e-4)
    assert c.contact_angle_of(c.shape_factor(ANGLES[1:-1])) == pytest.approx(ANGLES[1:-1], rel=1e-9)
    assert np.isnan(c.contact_angle_of([-0.1, 1.1])).all()


@pytest.mark.parametrize(
    ("substrate_nucleus", "cosine", "wetting"),
    [(0.5, 0.5, "partial wetting"), (0.4, 1.5, "complete wetting"), (0.8, -2.5, "dewetting")],
)
def test_young(substrate_nucleus, cosine, wetting):
    found = young_contact(SurfaceEnergies(0.1, substrate_nucleus, 0.55))
    assert found.cosine == pytest.approx(cosine, rel=1e-12)
    assert found.wetting == wetting
    assert found.angle == pytest.approx(math.acos(min(1, max(-1, cosine))), abs=1e-12)


def test_young_needs_a_surface_energy():
    with pytest.raises(ValueError, match="above 0 J/m², not 0"):
        young_contact(SurfaceEnergies(0.0, 1.0, 1.0))


def test_energies_of_an_angle():
    energies = energies_at(0.13, math.radians(120), 1.0)
    assert energies.substrate_nucleus == pytest.approx(1.065, rel=1e-12)
    assert math.degrees(young_contact(energies).angle) == pytest.approx(120, rel=1e-12)


@pytest.mark.parametrize("degrees", [20, 75, 120, 170])
@pytest.mark.parametrize("formation_energy", [0.0, -2e7, 1e8])
def test_the_barrier_is_the_maximum_of_the_energy(degrees, formation_energy):
    """Of the full form with three surface energies, for a divalent ion."""
    angle = math.radians(degrees)
    energies = energies_at(0.2, angle, 0.9)
    driving = c.volume_energy(-0.1, 1e-5, 2, formation_energy)
    radius = c.critical_radius(driving, 0.2)
    top = minimize_scalar(
        lambda x: -float(c.cap_energy(x * radius, driving, energies, angle)) / 1e-18, (0.5, 0.9, 2), tol=1e-10
    )
    # A maximum is located to the root of round-off, its height to round-off (the terms of a flat cap cancel).
    assert top.x == pytest.approx(1.0, abs=1e-5)
    assert -top.fun * 1e-18 == pytest.approx(c.barrier(driving, 0.2, angle), rel=1e-9)


@pytest.mark.parametrize(
    ("overpotential", "radius", "barrier"),
    [(0.161, 0.76e-9, 76), (0.035, 3.5e-9, 1613), (0.0894, 1.37e-9, 247), (0.0538, 2.27e-9, 683)],
)
def test_potassium(overpotential, radius, barrier):
    """γ = 0.13 J/m²; the radius also from the printed form 2γV_m/(F|η|)."""
    driving = c.volume_energy(-overpotential, **POTASSIUM)
    found = c.critical_radius(driving, GAMMA)
    assert found == pytest.approx(2 * GAMMA * 4.5358e-5 / (FARADAY * overpotential), rel=1e-12)
    # Known to two and to three digits.
    assert found == pytest.approx(radius, rel=7e-3)
    assert c.homogeneous_barrier(driving, GAMMA) / KT == pytest.approx(barrier, rel=5e-3)


def test_the_critical_sphere_of_potassium_is_a_cluster():
    radius = c.critical_radius(c.volume_energy(-0.161, **POTASSIUM), GAMMA)
    assert c.critical_atoms(radius, math.pi, 4.5358e-5) == pytest.approx(24, abs=0.5)


def test_nothing_nucleates_at_positive_overpotentials():
    driving = c.volume_energy(np.array([0.0, 0.05, -0.05]), **POTASSIUM)
    assert np.isinf(c.critical_radius(driving, GAMMA)).tolist() == [True, True, False]
    assert np.isinf(c.barrier(driving, GAMMA, 1.0)).tolist() == [True, True, False]
    assert c.site_rate(1e9, 0.1, math.inf) == 0.0
    assert np.isinf(c.layer_radius(0.01, 1e-11, 3e-10, 4.5e-5))


def test_complete_wetting_has_no_barrier():
    assert c.barrier(-1e8, GAMMA, 0.0) == 0.0
    assert c.barrier(0.0, GAMMA, 0.0) == 0.0


@pytest.mark.parametrize(("first", "other", "ratio"), [(0.161, 0.035, 0.047), (0.0894, 0.0538, 0.362)])
def test_substrates_at_one_rate(first, other, ratio):
    """Chem. Soc. Rev. 2025, 54, 2543: K on Cu and on Cu-OSe nanowires; with and without ATPPB."""
    found = c.shape_factor_ratio(-first, -other)
    # Printed with two and three digits.
    assert found == pytest.approx(ratio, abs=5e-4)
    angle = math.radians(120)
    other_angle = c.contact_angle_of(found * c.shape_factor(angle))
    assert c.equal_rate_overpotential(-first, angle, other_angle) == pytest.approx(-other, rel=1e-9)
    barriers = [
        c.barrier(c.volume_energy(-eta, **POTASSIUM), GAMMA, theta)
        for eta, theta in ((first, angle), (other, other_angle))
    ]
    assert barriers[0] == pytest.approx(barriers[1], rel=1e-9)


def test_zeldovich_is_the_curvature_at_the_top():
    """Z = √(−ΔG''/(2πkT)) with ΔG as a function of the number of atoms, by a central difference."""
    angle, volume = math.radians(100), 1e-5
    driving = c.volume_energy(-0.05, volume)
    energies = energies_at(0.1, angle, 0.5)
    radius = c.critical_radius(driving, 0.1)
    atoms = c.critical_atoms(radius, angle, volume)

    def energy(n):
        r = (n * volume / AVOGADRO / c.cap_volume_factor(angle)) ** (1 / 3)
        return c.cap_energy(r, driving, energies, angle)

    step = 1e-3 * atoms
    curvature = (energy(atoms + step) - 2 * energy(atoms) + energy(atoms - step)) / step**2
    expected = math.sqrt(-curvature / (2 * math.pi * KT))
    # The difference is off by the square of the step; its round-off is below that.
    assert c.zeldovich_factor(c.barrier(driving, 0.1, angle), atoms, 298.15) == pytest.approx(expected, rel=1e-5)


def test_attachment_is_the_current_onto_the_cap():
    """i₀ alone at η → 0; a decade per 118 mV at α = ½; half as many ions of charge 2."""
    angle, radius = math.pi / 2, 1e-9
    ions = 10.0 / (FARADAY / AVOGADRO) * 2 * math.pi * radius**2
    assert c.attachment_frequency(radius, angle, 0.0, 10.0) == pytest.approx(ions, rel=1e-12)
    tafel = math.log(10) * 8.314462618 * 298.15 / (0.5 * FARADAY)
    assert c.attachment_frequency(radius, angle, -tafel, 10.0) == pytest.approx(10 * ions, rel=1e-12)
    assert c.attachment_frequency(radius, angle, 0.0, 10.0, charge=2) == pytest.approx(ions / 2, rel=1e-12)


def test_rates():
    rate = c.site_rate(1e6, 0.05, 10 * KT, 298.15)
    assert rate == pytest.approx(5e4 * math.exp(-10), rel=1e-12)
    assert c.nucleation_rate(1e14, 1e6, 0.05, 10 * KT, 298.15) == pytest.approx(1e14 * rate, rel=1e-12)
    # N grows as N∞At at first, and ends at N∞.
    assert c.nuclei(1e-9 / rate, 1e14, rate) == pytest.approx(1e5, rel=1e-8)
    assert c.nuclei(50 / rate, 1e14, rate) == pytest.approx(1e14, rel=1e-12)
    assert c.densest_sites(4.5358e-5) == pytest.approx(5.6e18, rel=5e-3)


def test_layers():
    """ΔG = 2πrβ − πr²h zF|η|/V_m has its maximum at r*."""
    beta, height, volume, eta = 2e-11, 4e-10, 4.5e-5, -0.02
    radius = c.layer_radius(eta, beta, height, volume)
    energy = 2 * math.pi * radius * beta - math.pi * radius**2 * height * FARADAY * -eta / volume
    assert c.layer_barrier(eta, beta, height, volume) == pytest.approx(energy, rel=1e-12)
    assert radius == pytest.approx(beta * volume / (height * FARADAY * 0.02), rel=1e-12)
