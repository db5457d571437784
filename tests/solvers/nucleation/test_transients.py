"""The laws of current transients: constants, limits, maxima, and each against the other."""

import math

import numpy as np
import pytest
from archode.solvers.nucleation import transients as tr
from scipy.optimize import minimize_scalar

POTASSIUM = tr.Plating(charge=1, concentration=800.0, molar_volume=4.5358e-5)
DIVALENT = tr.Plating(charge=2, concentration=50.0, molar_volume=9.16e-6)
D, SITES, RATE = 2e-10, 3e11, 5e14
TAU = np.geomspace(1e-3, 30, 200)


def test_constants_of_scharifker_and_hills():
    """As printed; that they are exact is tested with the maxima below."""
    assert pytest.approx(1.2564, abs=5e-5) == tr.INSTANTANEOUS_EXPONENT
    assert pytest.approx(2.3367, abs=5e-5) == tr.PROGRESSIVE_EXPONENT
    # Printed as 0.1629 and 0.2598.
    assert pytest.approx(0.1629, abs=5e-5) == tr.INSTANTANEOUS_PRODUCT
    assert pytest.approx(0.2598, abs=5e-5) == tr.PROGRESSIVE_PRODUCT
    for rho in (1.0, 1.5, 2.0):
        y = tr.peak_exponent(rho)
        assert math.exp(y) == pytest.approx(1 + 2 * rho * y, rel=1e-14)


def test_dimensionless_limits_as_printed():
    instantaneous = 1.9542 / TAU * (1 - np.exp(-1.2564 * TAU)) ** 2
    progressive = 1.2254 / TAU * (1 - np.exp(-2.3367 * TAU**2)) ** 2
    # The printed constants have five digits.
    assert tr.instantaneous_limit(TAU) == pytest.approx(instantaneous, rel=1e-4)
    assert tr.progressive_limit(TAU) == pytest.approx(progressive, rel=1e-4)


@pytest.mark.parametrize("a", [0.0, 1e-3, 0.7, 5.0, 300.0, math.inf])
def test_reduced_transients_have_their_maximum_at_one(a):
    assert tr.reduced_current(1.0, a) == pytest.approx(1.0, rel=1e-14)
    top = minimize_scalar(lambda tau: -float(tr.reduced_current(tau, a)), (0.5, 0.9, 2), tol=1e-10)
    # A maximum is located to the root of round-off.
    assert (top.x, -top.fun) == pytest.approx((1.0, 1.0), abs=1e-6)


@pytest.mark.parametrize("plating", [POTASSIUM, DIVALENT])
@pytest.mark.parametrize(
    ("law", "peak", "number", "product"),
    [
        (tr.instantaneous_current, tr.instantaneous_peak, SITES, tr.INSTANTANEOUS_PRODUCT),
        (tr.progressive_current, tr.progressive_peak, RATE, tr.PROGRESSIVE_PRODUCT),
    ],
)
def test_peaks(plating, law, peak, number, product):
    time, current = peak(plating, D, number)
    top = minimize_scalar(lambda x: -float(law(x * time, plating, D, number)), (0.5, 0.9, 2), tol=1e-10)
    assert (top.x, -top.fun / current) == pytest.approx((1.0, 1.0), abs=1e-6)
    assert current**2 * time == pytest.approx(product * plating.charge_density**2 * D, rel=1e-12)


def test_peaks_as_printed():
    """Prefactors 1.2564, 0.6382 and 4.6733, 0.4615 of Scharifker and Hills, four digits."""
    k, zfc = POTASSIUM.overlap, POTASSIUM.charge_density
    time, current = tr.instantaneous_peak(POTASSIUM, D, SITES)
    assert time == pytest.approx(1.2564 / (SITES * math.pi * k * D), rel=1e-4)
    assert current == pytest.approx(0.6382 * zfc * D * math.sqrt(k * SITES), rel=1e-4)
    time, current = tr.progressive_peak(POTASSIUM, D, RATE)
    k *= 4 / 3
    assert time == pytest.approx(math.sqrt(4.6733 / (RATE * math.pi * k * D)), rel=1e-4)
    assert current == pytest.approx(0.4615 * zfc * D**0.75 * (k * RATE) ** 0.25, rel=1e-4)


def test_single_nuclei_at_first():
    """Before they overlap N hemispheres carry i = zFπN(2Dc)^{3/2}√(V_m t), each growing by diffusion alone."""
    time = 1e-6 * tr.instantaneous_peak(POTASSIUM, D, SITES)[0]
    alone = math.pi * SITES * (2 * D * 800.0) ** 1.5 * math.sqrt(4.5358e-5 * time) * 96485.33212
    # What is neglected is half the drained share, 6e-7.
    assert tr.instantaneous_current(time, POTASSIUM, D, SITES) == pytest.approx(alone, rel=1e-6)


@pytest.mark.parametrize("plating", [POTASSIUM, DIVALENT])
def test_transients_end_with_cottrell(plating):
    time = 1e3 * tr.instantaneous_peak(plating, D, SITES)[0]
    cottrell = plating.charge_density * math.sqrt(D / (math.pi * time))
    assert tr.instantaneous_current(time, plating, D, SITES) == pytest.approx(cottrell, rel=1e-12)


def test_the_general_law_has_both_limits():
    peak = tr.instantaneous_peak(POTASSIUM, D, SITES)[0]
    time = peak * TAU[TAU > 0.1]
    # Sites filled within 1e-7 of the time are there at once, but for some 1e-6 of the first points.
    general = tr.general_current(time, POTASSIUM, D, SITES, 1e7 / peak)
    assert general == pytest.approx(tr.instantaneous_current(time, POTASSIUM, D, SITES), rel=2e-6)
    # With k for k' = 4k/3 the rate of the general law is 4/3 of Scharifker and Hills'; At < 1e-5 throughout.
    rate, site_rate = 1e14, 1e-6 / tr.progressive_peak(POTASSIUM, D, 1e14)[0]
    time = tr.progressive_peak(POTASSIUM, D, rate)[0] * TAU[TAU < 10]
    general = tr.general_current(time, POTASSIUM, D, 4 / 3 * rate / site_rate, site_rate)
    assert general == pytest.approx(tr.progressive_current(time, POTASSIUM, D, rate), rel=1e-5)


@pytest.mark.parametrize("a", [0.3, 4.0, 60.0])
def test_the_reduced_law_is_the_general_one(a):
    """From t_m, i_m and a to D, N₀ and A, and back to the current."""
    found = tr.kinetics_at_peak(POTASSIUM, 0.02, 3000.0, a)
    time = 0.02 * TAU
    general = tr.general_current(time, POTASSIUM, found.diffusivity, found.sites, found.site_rate)
    # Early currents are differences of numbers near 1.
    assert 3000.0 * tr.reduced_current(TAU, a) == pytest.approx(general, rel=1e-9)
    assert found.rate == pytest.approx(found.sites * found.site_rate, rel=1e-12)


def test_peaks_give_the_numbers_of_both_limits():
    found = tr.kinetics_at_peak(DIVALENT, *tr.instantaneous_peak(DIVALENT, D, SITES), math.inf)
    assert (found.diffusivity, found.sites) == pytest.approx((D, SITES), rel=1e-12)
    assert found.site_rate is None and found.rate is None
    found = tr.kinetics_at_peak(DIVALENT, *tr.progressive_peak(DIVALENT, D, RATE), 0.0)
    assert (found.diffusivity, found.rate) == pytest.approx((D, RATE), rel=1e-12)
    assert found.sites is None and found.site_rate is None


def test_small_arguments_do_not_cancel():
    # Either side of the switch to the series, which neglects a²/12 = 1e-9 of its value.
    assert tr.delay(np.array([0.99e-4, 1.01e-4])) == pytest.approx(np.array([0.99e-4, 1.01e-4]) / 2, rel=5e-5)
    assert tr.delay(1e-12) == pytest.approx(5e-13, rel=1e-9)
    assert tr.steepness(1e-9) == pytest.approx(2.0, rel=1e-8)
    assert tr.steepness(1e9) == pytest.approx(1.0, rel=1e-8)


def test_nothing_flows_before_the_start():
    time = np.array([-1.0, 0.0])
    for current in (
        tr.instantaneous_current(time, POTASSIUM, D, SITES),
        tr.progressive_current(time, POTASSIUM, D, RATE),
        tr.general_current(time, POTASSIUM, D, SITES, 10.0),
        tr.reduced_current(time, 1.0),
    ):
        assert current.tolist() == [0.0, 0.0]
