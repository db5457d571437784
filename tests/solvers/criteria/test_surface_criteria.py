"""Distribution, growth mode, tips, stability, stiffness: printed numbers, optima found by search, limits."""

import dataclasses

import numpy as np
import pytest
from archode.materials import SurfaceEnergies
from archode.materials.constants import FARADAY, GAS_CONSTANT
from archode.solvers.criteria import (
    current_distribution,
    growth_mode,
    separator_modulus,
    stability,
    tip_growth,
)
from scipy.optimize import brentq, minimize_scalar

from .surfaces import POTASSIUM, setting, surface

THERMAL = setting().thermal_voltage
GAMMA = 0.13


def test_percentiles_are_by_area():
    state = dataclasses.replace(surface(-1.0), areas=np.array([1.0, 1.0, 1.0, 97.0]))
    values = np.array([4.0, 3.0, 2.0, 1.0])
    assert [state.percentile(values, share) for share in (0.0, 0.5, 0.97, 0.98, 0.99, 1.0)] == [1, 1, 1, 2, 3, 4]


def test_current_concentration():
    found = current_distribution.evaluate(setting(), surface([-1.0, -1.0, -2.0, -4.0]))
    assert found.value == pytest.approx(2.0)
    np.testing.assert_allclose(found.values, (0.5, 0.5, 1.0, 2.0))
    assert (found.voice, found.margin) == ("no say", None)


def test_surface_resistance_is_the_slope_of_the_law():
    metal = dataclasses.replace(POTASSIUM, film_resistance=1e-3)

    def overpotential(j):
        return 2 * THERMAL * np.arcsinh(j / 20.0) + 1e-3 * j

    for j in (0.01, 10.0, 1000.0):
        # Central differences of relative step 1e-4 err by 1e-8.
        slope = (overpotential(j * 1.0001) - overpotential(j * 0.9999)) / (2e-4 * j)
        assert current_distribution.surface_resistance(metal, THERMAL, j) == pytest.approx(slope, rel=1e-6)
    assert current_distribution.surface_resistance(metal, THERMAL, 0.0) == pytest.approx(THERMAL / 10 + 1e-3)


def test_wagner_number():
    # κ 1 S/m over 300 µm, RT/(F i₀) = 2.57e-3 Ω m².
    linear = current_distribution.linear_resistance(10.0, 1.0, THERMAL)
    assert current_distribution.wagner_number(1.0, linear, 300e-6) == pytest.approx(8.56, rel=1e-3)
    tafel = current_distribution.tafel_resistance(np.array([0.0, 1000.0]), 0.5, THERMAL)
    np.testing.assert_allclose(tafel, (np.inf, 5.139e-5), rtol=1e-3)
    even = current_distribution.evaluate_wagner(setting(conductivity=1e-3), surface(-10.0))
    uneven = current_distribution.evaluate_wagner(setting(conductivity=1e-3), surface([-5.0, -15.0, -10.0, -10.0]))
    assert even.value == pytest.approx(uneven.value, rel=1e-12)
    assert (even.voice, uneven.voice) == ("silent", "speaks")
    assert "the gap" in even.why
    assert "extent" in current_distribution.evaluate_wagner(setting(gap=1e-6), surface(-10.0)).why


@pytest.mark.parametrize(("energies", "voice"), [((0.1, 0.5, 0.7), "silent"), ((0.1, 0.7, 0.6), "speaks")])
def test_islands_speak(energies, voice):
    found = growth_mode.evaluate(setting(energies=SurfaceEnergies(*energies)), surface(-10.0))
    assert found.voice == voice
    assert found.value == pytest.approx(energies[0] + energies[1] - energies[2])


@pytest.mark.parametrize(("thickness", "voice", "margin"), [(1e-9, "silent", 3.0), (6e-9, "speaks", 0.5)])
def test_layers_then_islands(thickness, voice, margin):
    given = setting(energies=SurfaceEnergies(0.1, 0.5, 0.7), critical_thickness=3e-9)
    found = growth_mode.evaluate(given, surface(-10.0, thickness=thickness))
    assert (found.voice, found.margin) == (voice, pytest.approx(margin))
    assert "Stranski" in found.why


def test_critical_radius():
    # Printed for potassium: 161 mV 0.76 nm, 35 mV 3.5 nm.
    found = tip_growth.critical_radius(np.array([0.161, 0.035, 0.0]), GAMMA, POTASSIUM.molar_volume, 1)
    np.testing.assert_allclose(found[:2], (0.76e-9, 3.5e-9), rtol=2e-2)
    assert found[2] == np.inf
    shift = tip_growth.kelvin_shift(found[0], GAMMA, POTASSIUM.molar_volume, 1)
    assert shift == pytest.approx(0.161, rel=1e-12)
    standing = tip_growth.tip_current(found[0], 0.161, GAMMA, POTASSIUM, 1e5, THERMAL)
    assert abs(standing) < 1e-9


def test_the_fastest_tip_under_diffusion_alone():
    eta, diffusion = 1e-3, 4e-10 * FARADAY * 1000.0
    fast = dataclasses.replace(POTASSIUM, exchange_current_density=1e15)
    critical = tip_growth.critical_radius(eta, GAMMA, POTASSIUM.molar_volume, 1)
    optimum = minimize_scalar(
        lambda r: -tip_growth.tip_current(r, eta, GAMMA, fast, diffusion / r, THERMAL),
        bounds=(critical, 10 * critical),
        method="bounded",
        options={"xatol": 1e-5 * critical},
    )
    # 1 mV is 4 % of RT/F: the optimum shifts by half of that.
    assert optimum.x == pytest.approx(tip_growth.optimum_radius(eta, GAMMA, POTASSIUM.molar_volume, 1), rel=0.03)
    rt = GAS_CONSTANT * 298.15
    closed = FARADAY**3 * 4e-10 * 1000.0 * eta**2 / (8 * rt * GAMMA * POTASSIUM.molar_volume)
    assert -optimum.fun == pytest.approx(closed, rel=0.03)
    # That current density is the flat one whose onset is this overpotential.
    onset = tip_growth.onset_overpotential(closed, GAMMA, POTASSIUM.molar_volume, 1, 4e-10, 1000.0, 1.0, rt)
    assert onset == pytest.approx(eta, rel=1e-12)
    radius, current = tip_growth.fastest_tip(eta, GAMMA, fast, diffusion, THERMAL, 1e-4)
    # Sixty radii over three decades: 12 % apart, and flat at the optimum.
    assert current == pytest.approx(-optimum.fun, rel=5e-3)
    assert radius == pytest.approx(optimum.x, rel=0.13)


def test_tip_current_is_the_laws_with_depletion():
    radius, eta, diffusion = 50e-9, 0.08, 200.0

    def rest(j):
        u = (eta - tip_growth.kelvin_shift(radius, GAMMA, POTASSIUM.molar_volume, 1)) / THERMAL
        return 10.0 * ((1 - j / diffusion) * np.exp(u / 2) - np.exp(-u / 2)) - j

    found = tip_growth.tip_current(radius, eta, GAMMA, POTASSIUM, diffusion, THERMAL)
    assert found == pytest.approx(brentq(rest, 0, diffusion), rel=1e-9)


def test_tips_gain_by_depletion_alone():
    full = tip_growth.evaluate(setting(), surface(-10.0, thickness=1e-5))
    poor = tip_growth.evaluate(setting(), surface(-10.0, concentration=500.0, thickness=1e-5))
    assert (full.voice, poor.voice) == ("silent", "speaks")
    assert full.value <= 1.0 < poor.value
    blunt = tip_growth.evaluate(setting(gap=1e-9), surface(-10.0, concentration=500.0, thickness=1e-5))
    assert (blunt.value, blunt.voice, blunt.margin) == (0.0, "silent", np.inf)


def test_a_tip_speaks_once_it_leads_by_its_radius():
    """The lead grows with what is plated: margin times thickness stays the same, and is 1 where it begins to speak."""
    thin, thick = (
        tip_growth.evaluate(setting(), surface(-10.0, concentration=500.0, thickness=h)) for h in (1e-9, 1e-6)
    )
    assert thin.value == thick.value and thin.margin == pytest.approx(1000 * thick.margin, rel=1e-12)
    edge = thin.margin * 1e-9
    voices = [
        tip_growth.evaluate(setting(), surface(-10.0, concentration=500.0, thickness=share * edge)).voice
        for share in (0.99, 1.01)
    ]
    assert voices == ["silent", "speaks"]
    bare = tip_growth.evaluate(setting(), surface(-10.0, concentration=500.0))
    assert (bare.voice, bare.margin) == ("silent", np.inf)


def test_linear_stability():
    capillary = stability.capillary_area(100.0, GAMMA, POTASSIUM.molar_volume, 1, 1.0)
    # Printed for potassium, κ 1 S/m, 100 A/m²: 4.9 µm.
    assert stability.cutoff_wavelength(capillary) == pytest.approx(4.9e-6, rel=5e-3)
    velocity = stability.front_velocity(100.0, POTASSIUM.molar_volume, 1)
    cutoff = 2 * np.pi / stability.cutoff_wavelength(capillary)
    assert abs(stability.growth_rate(cutoff, velocity, capillary, 1.0, 1e-3)) < 1e-12 * velocity * cutoff
    assert stability.fastest_wavelength(capillary, 1.0, 0.0) == pytest.approx(2 * np.pi * np.sqrt(3 * capillary))
    for resistance in (1e-7, 1e-4, 1e-1, 1e4):
        fastest = 2 * np.pi / stability.fastest_wavelength(capillary, 1.0, resistance)
        nearby = fastest * np.array([0.99, 1.0, 1.01])
        rates = stability.growth_rate(nearby, velocity, capillary, 1.0, resistance)
        assert rates[1] > rates[0] and rates[1] > rates[2]


def test_stability_needs_room():
    # 100 A/m²: cut-off 4.9 µm. With a metre on it, time is no matter.
    state = surface(-100.0, thickness=1.0)
    assert stability.evaluate(setting(), state).voice == "speaks"
    narrow = stability.evaluate(setting(pore_radius=np.full(4, 1e-6)), state)
    wide = stability.evaluate(setting(pore_radius=np.full(4, 10e-6)), state)
    assert (narrow.voice, wide.voice) == ("silent", "speaks")
    assert narrow.margin == np.inf
    # Of many facets, pores on less than 5 % of the surface are no room.
    some = stability.evaluate(setting(pore_radius=np.r_[np.full(39, 1e-6), 1e-4]), surface(-100.0, 40, thickness=1.0))
    assert some.voice == "silent"


def test_stability_needs_time():
    """One e-fold of the fastest wave: rate times time plated is 1 at the edge of speaking."""
    capillary = stability.capillary_area(100.0, GAMMA, POTASSIUM.molar_volume, 1, 1.0)
    resistance = current_distribution.surface_resistance(POTASSIUM, THERMAL, 100.0)
    wave = min(float(stability.fastest_wavelength(capillary, 1.0, resistance)), 300e-6)
    velocity = stability.front_velocity(100.0, POTASSIUM.molar_volume, 1)
    rate = float(stability.growth_rate(2 * np.pi / wave, velocity, capillary, 1.0, resistance))
    found = {
        share: stability.evaluate(setting(), surface(-100.0, thickness=share * velocity / rate))
        for share in (0.5, 0.99, 1.01)
    }
    assert found[0.5].margin == pytest.approx(2.0, rel=1e-12)
    assert [found[share].voice for share in (0.99, 1.01)] == ["silent", "speaks"]
    assert stability.evaluate(setting(), surface(-100.0)).margin == np.inf


@dataclasses.dataclass(frozen=True)
class Stiff:
    """A metal with a shear modulus."""

    name: str = "K"
    shear_modulus: float = 1.3e9


@pytest.mark.parametrize(("separator", "voice"), [(2e9, "speaks"), (3e9, "silent"), (None, "no say")])
def test_separator_modulus(separator, voice):
    found = separator_modulus.evaluate(setting(metal=Stiff(), separator_shear_modulus=separator), surface(-10.0))
    assert found.voice == voice
    if separator:
        assert found.margin == pytest.approx(separator / 2.6e9, rel=1e-12)
    assert separator_modulus.required_modulus(1.3e9) == 2.6e9
    missing = separator_modulus.evaluate(setting(metal=Stiff(shear_modulus=None)), surface(-10.0))
    assert (missing.voice, missing.value) == ("no say", None)
