"""Laws of the diffuse layer: charge, potential and shares of ions against root finders and differences."""

import numpy as np
import pytest
import ufl
from archode.solvers.interface import double_layer
from scipy.optimize import brentq

from .cells import Samples

#: A short Debye length, so that charges are far from 1.
EPSILON = 0.03

#: Charge numbers and a local composition outside the layer, neutral; the signs of ζ stand for the mirrored ones.
IONS = {
    "1:1": ((1, -1), (0.7, 0.7)),
    "1:2": ((1, -2), (1.0, 0.5)),
    "supported": ((1, 2, -1), (0.5, 0.05, 0.6)),
    "trace": ((1, 3, -1), (0.7, 1e-9, 0.7 + 3e-9)),
    "four": ((1, 3, -2, -1), (0.6, 0.1, 0.3, 0.3)),
}
ions = pytest.mark.parametrize("name", IONS)

#: RT/F: from far inside of the series around 0 to half a volt.
POTENTIALS = np.array([1e-12, 1e-8, 1e-4, 0.0199, 0.0201, 0.3, 2.0, 8.0, 20.0])
BOTH = np.concatenate([-POTENTIALS[::-1], POTENTIALS])


def grahame(charges, c, zeta):
    """q = ± √(2ε Σ c (e^{−zζ} − 1)), the sum at small ζ as ½ Σ z²c ζ² − ⅙ Σ z³c ζ³ + …, free of cancellation."""
    z, c = np.array(charges), np.array(c)
    terms = [np.sum(c * (-z * zeta) ** k) / np.prod(np.arange(1.0, k + 1)) for k in range(2, 9)]
    total = sum(terms) if abs(zeta) < 0.01 else np.sum(c * np.expm1(-z * zeta))
    return np.sign(zeta) * np.sqrt(2 * EPSILON * total)


def behind_compact_layer(charges, c, stern, drop):
    """ζ with C_S (E − ζ) = q(ζ), between 0 and E."""

    def mismatch(zeta):
        return stern * (drop - zeta) - grahame(charges, c, zeta)

    return brentq(mismatch, *sorted((0.0, drop)), xtol=1e-300, rtol=1e-15, maxiter=5000)


@ions
def test_grahames_charge(name):
    charges, c = IONS[name]
    samples = Samples(BOTH.size)
    (zeta,) = samples(BOTH)
    q = double_layer.diffuse_charge(EPSILON, charges, c, zeta)
    expected = [grahame(charges, c, value) for value in BOTH]
    # (eˣ − 1 − x)/x² loses 2 ε/x² at the end of its series, x = 0.02, half of that in the root.
    assert samples.value(q) == pytest.approx(expected, rel=2e-12, abs=0)
    # Central differences of the closed form err by (zh)²/24 and by rounding over h.
    h, wide = 1e-4, np.abs(BOTH) > 0.01
    right, left = (np.array([grahame(charges, c, value + d) for value in BOTH[wide]]) for d in (h, -h))
    slope = samples.value(ufl.diff(q, zeta))
    assert slope[wide] == pytest.approx((right - left) / (2 * h), rel=1e-7)
    # At rest it is the capacitance of Debye's layer, √(ε Σ z²c), to first order in ζ.
    debye = np.sqrt(EPSILON * np.sum(np.array(charges) ** 2 * np.array(c)))
    rest = np.abs(BOTH) < 1e-7
    assert slope[rest] == pytest.approx(debye, rel=1e-6)


def test_no_drop_leaves_everything_at_rest():
    """Nothing divides by ζ or E: values and slopes at 0 are numbers, those of Debye's layer."""
    charges, c = IONS["supported"]
    debye = np.sqrt(EPSILON * np.sum(np.array(charges) ** 2 * np.array(c)))
    samples = Samples(1)
    (zeta,) = samples([0.0])
    q = double_layer.diffuse_charge(EPSILON, charges, c, zeta)
    behind = double_layer.diffuse_potential(EPSILON, 2.0, charges, c, zeta)
    assert samples.value(q).tolist() == samples.value(behind).tolist() == [0.0]
    assert samples.value(ufl.diff(q, zeta)) == pytest.approx(debye, rel=1e-14)
    assert samples.value(ufl.diff(behind, zeta)) == pytest.approx(2 / (2 + debye), rel=1e-13)


@ions
def test_potential_behind_a_compact_layer_against_a_root_finder(name):
    """From a compact layer that takes nearly all of the drop to one that takes nearly none."""
    charges, c = IONS[name]
    sterns = np.logspace(-4, 4, 9)
    S, E = (a.ravel() for a in np.meshgrid(sterns, BOTH))
    samples = Samples(S.size)
    stern, drop = samples(S, E)
    zeta = double_layer.diffuse_potential(EPSILON, stern, charges, c, drop)
    expected = np.array([behind_compact_layer(charges, c, *pair) for pair in zip(S, E, strict=True)])
    # Values and slopes as one vector: what costs is the compilation of a form.
    found, slope = samples.value(ufl.as_vector([zeta, ufl.diff(zeta, drop)])).reshape(-1, 2).T
    apart = np.abs(found / expected - 1)
    worst = apart.argmax()
    # Six iterations leave 1e-12; the series and its neighbour as much again.
    assert apart[worst] < 5e-12, f"C = {S[worst]:g}, E = {E[worst]:g}: {found[worst]:.15g} for {expected[worst]:.15g}"
    # dζ/dE = C/(C + q′), with q′ as checked above.
    (variable,) = samples(expected)
    diffuse = samples.value(ufl.diff(double_layer.diffuse_charge(EPSILON, charges, c, variable), variable))
    assert slope == pytest.approx(S / (S + diffuse), rel=1e-9)


@ions
def test_shares_are_those_of_a_change_of_the_charge(name):
    charges, c = IONS[name]
    samples = Samples(BOTH.size)
    (zeta,) = samples(BOTH)
    shares = double_layer.diffuse_shares(charges, c, zeta)
    found = samples.value(ufl.as_vector(shares)).reshape(BOTH.size, -1).T
    assert found.sum(axis=0) == pytest.approx(np.ones(BOTH.size), rel=1e-14)
    z, c = np.array(charges)[:, None], np.array(c)[:, None]
    excess = z * c * np.expm1(-z * BOTH)
    # Sums of terms of one sign: rounding.
    expected = excess / np.sum(excess, axis=0)
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-15)
    # At rest, the part of the ionic strength.
    strength = (z * z * c / np.sum(z * z * c))[:, 0]
    assert found[:, np.abs(BOTH) < 1e-7] == pytest.approx(np.tile(strength[:, None], 4), rel=1e-6)
    # Far from rest, all by the counter-ion of the highest charge (its rivals: e^{−20} of it).
    for k, sign in ((0, -1), (-1, 1)):
        counter = np.where(z[:, 0] * sign < 0, np.abs(z[:, 0]), 0).argmax()
        assert found[counter, k] == pytest.approx(1.0, abs=1e-6)


def test_shares_integrate_to_the_ions_surface_excesses():
    """∫ share dq from 0 to ζ is −z Γ of the ion: for a 1:1 salt Γ± = √(2εc) (e^{∓ζ/2} − 1), Gouy and Chapman."""
    c, end = 0.7, 3.0
    nodes, weights = np.polynomial.legendre.leggauss(40)
    points = end / 2 * (nodes + 1)
    samples = Samples(points.size)
    (zeta,) = samples(points)
    shares = double_layer.diffuse_shares((1, -1), (c, c), zeta)
    slope = ufl.diff(double_layer.diffuse_charge(EPSILON, (1, -1), (c, c), zeta), zeta)
    for z, share in zip((1, -1), shares, strict=True):
        taken = end / 2 * np.sum(weights * samples.value(share * slope))
        excess = np.sqrt(2 * EPSILON * c) * np.expm1(-z * end / 2)
        # The quadrature is exact to rounding for such a smooth integrand.
        assert taken == pytest.approx(-z * excess, rel=1e-11)
