"""The closed forms that diffuse layers are verified against: known numbers, and limits where one becomes another."""

import numpy as np
import pytest
from archode.studies.verification import steric
from archode.studies.verification.diffuse_charging import Gap
from archode.studies.verification.double_layer import gouy_chapman_potential, grahame, salt, stern_charge
from scipy.integrate import quad


def test_gouy_and_chapman_at_100_mv():
    electrolyte = salt(100.0)
    # Numbers with five and six digits, from an independent calculation.
    assert electrolyte.debye_length == pytest.approx(0.96198e-9, rel=1e-5)
    assert grahame(electrolyte, 0.1) == pytest.approx(0.127316, rel=5e-6)
    assert gouy_chapman_potential(electrolyte, 0.1, 0.0) == pytest.approx(0.1, rel=1e-12)


def test_a_salt_of_unlike_charges_is_not_symmetric():
    divalent = salt(100.0 / 3, (2, -1), (1, 2))
    assert grahame(divalent, -0.1) < -4 * grahame(divalent, 0.1) < 0
    # At small ζ only the ionic strength counts, up to terms of the order of Fζ/RT = 4e-4.
    assert grahame(divalent, 1e-5) == pytest.approx(-grahame(divalent, -1e-5), rel=1e-3)


def test_charge_and_capacitance_in_series():
    electrolyte = salt(10.0)
    charge = stern_charge(electrolyte, 0.3)
    # The compact layer of 0.2 F/m² takes what the diffuse one leaves; roots are found to 1e-15 V.
    assert grahame(electrolyte, 0.3 - charge / 0.2) == pytest.approx(charge, rel=1e-10)


def test_finite_ions_become_points():
    electrolyte = salt(100.0)
    # ν = 1e-9, and terms of the order of ν sinh²(Fζ/2RT) = 1e-8 are left.
    size = 5e-10 * (1e-9 / steric.packing(5e-10, electrolyte)) ** (1 / 3)
    assert steric.charge(size, electrolyte, 0.1) == pytest.approx(grahame(electrolyte, 0.1), rel=1e-7)
    exact = steric.exact_potential(size, electrolyte, 0.1, np.array([0.0, 0.5e-9, 2e-9]))
    expected = [gouy_chapman_potential(electrolyte, 0.1, x) for x in (0.0, 0.5e-9, 2e-9)]
    np.testing.assert_allclose(exact, expected, rtol=1e-6)


@pytest.mark.parametrize(("size", "bulk"), [steric.DILUTE, steric.CROWDED])
def test_capacitance_of_finite_ions_is_the_slope_of_their_charge(size, bulk):
    electrolyte = salt(bulk)
    found, _ = quad(lambda zeta: steric.differential_capacitance(size, electrolyte, zeta), 0.0, 0.4)
    # Quadrature is good to 1e-8.
    assert found == pytest.approx(steric.charge(size, electrolyte, 0.4), rel=1e-7)


@pytest.mark.parametrize("compact", [0.0, 1.0])
def test_charging_of_a_gap_ends_and_begins_as_capacitors(compact):
    gap = Gap(50.0, compact)
    tau = gap.relaxation_time()
    # The inverse transform has nine digits.
    assert gap.charge(30 * tau) == pytest.approx(gap.final_charge(), rel=1e-7)
    # Before ions move the gap is a plate capacitor of the thickness L + δ; s = 1e4 of them have moved 1 %.
    assert gap.charge(1e-4) == pytest.approx(1 / (50.0 + compact), rel=0.02)
    # After some relaxation times one rate is left: what misses falls by e in τ.
    rest = [gap.final_charge() - gap.charge(n * tau) for n in (3.0, 4.0)]
    assert rest[0] / rest[1] == pytest.approx(np.e, rel=1e-6)


def test_the_relaxation_time_approaches_its_limit_linearly():
    found = [1 - Gap(half, 0.0).relaxation_time() / half for half in (100.0, 1000.0)]
    # λ_D/2L to leading order, the next term is a hundredth of it at L = 100.
    np.testing.assert_allclose(found, [0.5e-2, 0.5e-3], rtol=0.01)
