"""Interface kinetics: closed limits, and the film law against a root finder."""

import numpy as np
import pytest
import ufl
from archode.solvers import ufl_ops
from archode.solvers.interface import butler_volmer as bv
from scipy.optimize import brentq

from .cells import Samples

ALPHAS = [(0.5, 0.5), (0.3, 0.7), (0.95, 0.05), (1.2, 0.8)]


def law(eta, alpha_a, alpha_c):
    return np.expm1(alpha_a * eta) - np.expm1(-alpha_c * eta)


def film_overpotential(resistance, eta, alpha_a, alpha_c):
    """Root of s + R j(s) = η between 0 and η, for i0 = 1."""

    def mismatch(s):
        return s + resistance * law(s, alpha_a, alpha_c) - eta

    return brentq(mismatch, *sorted((0.0, eta)), xtol=1e-300, rtol=1e-15, maxiter=5000)


@pytest.mark.parametrize("alphas", ALPHAS)
def test_small_overpotentials_give_a_resistance(alphas):
    samples = Samples(2)
    (eta,) = samples([1e-6, -1e-6])
    j = samples.value(bv.current_density(3.0, eta, *alphas))
    # j = i0 (αa+αc) η (1 + (αa−αc) η/2 + …)
    assert j == pytest.approx(3.0 * sum(alphas) * np.array([1e-6, -1e-6]), rel=2e-6)


@pytest.mark.parametrize("alphas", ALPHAS)
def test_large_overpotentials_give_tafel_lines(alphas):
    samples = Samples(4)
    values = np.array([20.0, 40.0, -20.0, -40.0])
    (eta,) = samples(values)
    j = samples.value(bv.current_density(3.0, eta, *alphas))
    tafel = np.where(values > 0, 3 * np.exp(alphas[0] * values), -3 * np.exp(-alphas[1] * values))
    # The other branch is exp(−(αa+αc)·20) of it.
    assert j == pytest.approx(tafel, rel=2 * np.exp(-20 * sum(alphas)) + 1e-13)


def test_no_current_at_nernst_equilibrium():
    """φ_s − φ_e = U + ln(c/c0)/z₊ at rest, for any concentration, stoichiometry and charge number."""
    samples = Samples(3)
    ln_c_values = np.log([1e-4, 0.5, 3.0])
    for z in (1, 2):
        ln_c, phi_s = samples(ln_c_values, 0.7 + 0.2 + ln_c_values / z)
        i0 = bv.insertion_exchange_current(5.0, ln_c, 0.3, 0.5 * z, 0.5 * z, z)
        eta = bv.overpotential(phi_s, 0.7, 0.2, ln_c, z)
        assert samples.value(bv.current_density(i0, eta, 0.5 * z, 0.5 * z)) == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize(("z", "alphas"), [(1, (0.5, 0.5)), (1, (0.3, 0.7)), (2, (0.8, 1.2))])
def test_mass_action(z, alphas):
    """With αa + αc = z₊ the anodic branch is free of c, the cathodic one proportional to it."""
    samples = Samples(4)
    c, drive = np.array([1e-3, 0.1, 1.0, 4.0]), np.array([1.5, -2.0, 0.7, -3.0])
    ln_c, phi_s = samples(np.log(c), drive)
    i0 = bv.metal_exchange_current(2.0, ln_c, alphas[0], z)
    j = samples.value(bv.current_density(i0, bv.overpotential(phi_s, 0.0, 0.0, ln_c, z), *alphas))
    # η = drive − ln(c)/z
    expected = 2.0 * (np.exp(alphas[0] * drive) - c * np.exp(-alphas[1] * drive))
    assert j == pytest.approx(expected, rel=1e-12)


def test_insertion_exchange_current():
    samples = Samples(5)
    theta_values = np.array([0.5, 0.1, 0.9, -0.2, 1.3])
    (theta,) = samples(theta_values)
    i0 = samples.value(bv.insertion_exchange_current(7.0, np.log(2.0), theta, 0.3, 0.7, 1))
    inside = np.clip(theta_values, 1e-12, 1 - 1e-12)
    assert i0 == pytest.approx(14 * 2**0.3 * (1 - inside) ** 0.3 * inside**0.7, rel=1e-12)
    assert samples.value(bv.insertion_exchange_current(7.0, 0.0, theta, 0.3, 0.7, 1))[0] == pytest.approx(7.0)
    # Divalent ions: the same law per charge, (αa + αc)/z = 1.
    divalent = samples.value(bv.insertion_exchange_current(7.0, np.log(2.0), theta, 0.6, 1.4, 2))
    assert divalent == pytest.approx(i0, rel=1e-14)
    # A Newton iterate out of bounds meets a small but positive prefactor.
    assert np.all(i0[3:] > 0)


@pytest.mark.parametrize("alphas", ALPHAS)
def test_film_law_against_a_root_finder(alphas):
    """From a film that is nothing to one that is everything, at up to 40 RT/F (1 V) of either sign."""
    resistances = np.logspace(-18, 9, 28)
    etas = np.concatenate([sign * np.array([1e-6, 1e-3, 0.1, 1.0, 4.0, 12.0, 25.0, 40.0]) for sign in (1, -1)])
    R, e = (a.ravel() for a in np.meshgrid(resistances, etas))
    samples = Samples(R.size)
    resistance, eta = samples(R, e)
    j = bv.current_density(1.0, eta, *alphas, film_resistance=resistance)
    s = np.array([film_overpotential(r, x, *alphas) for r, x in zip(R, e, strict=True)])
    expected = law(s, *alphas)
    # Roundoff of s, times its part in the exponent; and that of the two branches, each 1 at rest.
    error = np.abs(samples.value(j) - expected) / (1e-12 * np.abs(expected) + 1e-15)
    worst = error.argmax()
    assert error[worst] < 1, f"R = {R[worst]:.0e}, η = {e[worst]:g}: {error[worst]:.1e} of the allowed error"

    # dj/dη = j'/(1 + R j') at the charge-transfer overpotential s
    steep = alphas[0] * np.exp(alphas[0] * s) + alphas[1] * np.exp(-alphas[1] * s)
    derivative = samples.value(ufl.diff(j, eta))
    assert derivative == pytest.approx(steep / (1 + R * steep), rel=1e-9)

    # The same against central differences of the form itself, which err by h² j‴/6j′ and by roundoff over h.
    h = 1e-4
    right, left = (
        samples.value(bv.current_density(1.0, samples(e + d)[0], *alphas, film_resistance=resistance)) for d in (h, -h)
    )
    assert derivative == pytest.approx((right - left) / (2 * h), rel=1e-6, abs=1e-11)


def test_film_law_without_overpotential():
    samples = Samples(3)
    resistance, eta = samples([1e-12, 1.0, 1e12], 0.0)
    j = bv.current_density(1.0, eta, 0.3, 0.7, film_resistance=resistance)
    assert samples.value(j).tolist() == [0.0, 0.0, 0.0]
    # Two resistances in series: 1/(αa+αc) and the film's.
    assert samples.value(ufl.diff(j, eta)) == pytest.approx([1.0, 0.5, 1e-12], rel=1e-9)


def test_a_film_only_slows():
    samples = Samples(5)
    resistance, eta = samples(1e-3, [-30.0, -3.0, 0.1, 5.0, 39.0])
    bare = samples.value(bv.current_density(2.0, eta, 0.5, 0.5))
    filmed = samples.value(bv.current_density(2.0, eta, 0.5, 0.5, film_resistance=resistance))
    assert np.all(np.sign(filmed) == np.sign(bare))
    assert np.all(np.abs(filmed) < np.abs(bare))
    assert np.all(1e-3 * np.abs(filmed) < np.array([30, 3, 0.1, 5, 39]))


def test_bounded_exponential():
    samples = Samples(6)
    values = np.array([-800.0, -1.0, 0.0, 59.0, 61.0, 1000.0])
    (x,) = samples(values)
    found = samples.value(ufl_ops.bounded_exp(x))
    assert found[:4] == pytest.approx(np.exp(values[:4]), rel=1e-14)
    assert found[4:] == pytest.approx(np.exp(60) * (1 + values[4:] - 60), rel=1e-14)
    slope = samples.value(ufl.diff(ufl_ops.bounded_exp(x), x))
    assert slope == pytest.approx(np.exp(np.minimum(values, 60)), rel=1e-14)


def test_a_lattice_lets_through_what_it_has():
    """Far from its ends the kinetics' current, and towards them hardly more than there is."""
    theta = np.array([0.5, 1e-3, 1e-9, 1 - 1e-9, 0.0, 1.0])
    # z F c_max times 1 km/s.
    ceiling = 5e12
    samples = Samples(len(theta))
    for current in (1e3, -1e3, 1e20, -1e20):
        j, x = samples(np.full(len(theta), current), theta)
        passed = samples.value(bv.lattice_limited(j, x, ceiling))
        available = ceiling * (theta if current > 0 else 1 - theta) ** 2
        # A logarithm of the overdrive is left of the kinetics' exponential.
        assert np.all(np.abs(passed) <= np.maximum(available, 1e-10) * np.log(1 + abs(current) / 1e-12))
        assert np.all(passed * current >= 0)
        if abs(current) < 1e6:
            # A thousandth of the vacancies lets a current density of 1 kA/m² pass but for 0.02 %.
            assert passed[:2] == pytest.approx(current, rel=3e-4)
            # To the last digits in the middle: j (1 − j/2j_l).
            assert passed[0] == pytest.approx(current * (1 - 1e3 / (2 * ceiling * 0.25)), rel=1e-15)
