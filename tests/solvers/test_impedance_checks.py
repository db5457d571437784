"""What a spectrum says about itself, on spectra made for the purpose."""

import dataclasses

import numpy as np
import pytest
from archode.solvers.impedance import Point
from archode.solvers.impedance_checks import check_spectrum
from archode.solvers.ohmic_limit import OhmicLimit

#: An arc of 50 Ω behind 10 Ω.
LIMIT = OhmicLimit(shorted=10.0, infinite=10.0)


def arc(count=43):
    frequencies = np.logspace(5, -2, count)
    z = 10 + 50 / (1 + 1e-2j * frequencies)
    return [Point(f, complex(value), 2, 1e-16, 1e-12) for f, value in zip(frequencies, z, strict=True)]


def altered(number, **changes):
    points = arc()
    points[number] = dataclasses.replace(points[number], **changes)
    return points


def test_a_good_spectrum_says_nothing():
    checks = check_spectrum(arc(), LIMIT)
    assert checks.warnings == ()
    assert checks.above_limit.value == pytest.approx(1, abs=1e-4)
    assert checks.above_limit.frequency == 1e5


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"residual": 1e-6}, "was not solved at 1000 Hz"),
        ({"residual": float("nan")}, "was not solved at 1000 Hz"),
        ({"uncertainty": 0.02}, "uncertain by about 2 % at 1000 Hz"),
        ({"impedance": 11 - 5j}, "Kramers–Kronig relations"),
        ({"impedance": 9 - 5j}, "Re Z is 10 % below the resistance at infinite frequency at 1000 Hz"),
        ({"impedance": 10 + 0.5j}, "inductive at 1000 Hz, Im Z = 5 % of"),
    ],
)
def test_each_bound_is_told_with_its_frequency(changes, told):
    points = altered(12, **changes)
    assert points[12].frequency == pytest.approx(1000)
    assert any(told in warning for warning in check_spectrum(points, LIMIT).warnings)


def test_limits_allow_for_what_is_uncertain():
    (told,) = check_spectrum(altered(0, impedance=9.9 - 1e-3j), LIMIT).warnings
    assert "below the resistance" in told
    (told,) = check_spectrum(altered(0, impedance=9.9 - 1e-3j, uncertainty=9e-3), LIMIT).warnings
    assert "uncertain by about 0.9 %" in told


def test_a_dielectric_is_compared_where_it_conducts():
    """Beyond κ/(2πε) the electrolyte is a capacitor and Re Z falls."""
    points = altered(0, impedance=0.1 - 1j)
    checks = check_spectrum(points, LIMIT, dielectric=1e7)
    assert checks.above_limit.frequency == pytest.approx(1e4, rel=0.5)
    assert not any("infinite frequency" in warning for warning in checks.warnings)
    assert check_spectrum(points, LIMIT, dielectric=1.0).above_limit is None


def test_one_frequency_is_enough():
    assert check_spectrum(arc()[:1], LIMIT).kramers_kronig is None
