"""Cells whose numbers are known by independent methods, run with no mesh section: how far they are off, and say so.

The studies are the files in ``cases``.
"""

from pathlib import Path

import pytest
from archode.studies import run

CASES = Path(__file__).with_name("cases")


@pytest.fixture
def solve(monkeypatch, tmp_path):
    """Runs a study of ``cases`` to its end."""
    monkeypatch.chdir(CASES)

    def go(name):
        case = run(f"{name}.yml", out=tmp_path, progress=False).case
        assert case.status == "done", case.reason
        return case

    return go


def areal(case):
    """Charge of the first step and its estimated error [mAh/cm²]."""
    step = case.summary["steps"][0]
    return step["areal_capacity [mAh/cm2]"], step["areal_capacity_error [mAh/cm2]"]


def per_area(case):
    """Charge of the first step and its estimated error [C/m²]."""
    step, area = case.summary["steps"][0], case.summary["footprint_area [m2]"]
    return step["capacity [C]"] / area, step["capacity_error [C]"] / area


def test_film_fills_like_its_series(solve):
    """A film of 1 µm, D = 1e-16 m²/s, at 1 C: the series of Carslaw and Jaeger, 0.01734 mAh/cm²."""
    charge, error = areal(solve("film_series"))
    assert charge == pytest.approx(0.01734, rel=0.01)
    assert 0.5 * abs(charge - 0.01734) < error < 3 * abs(charge - 0.01734)


def test_dense_film_behind_a_separator(solve):
    """10 C in a film whose surface fills early: 5.382e-4 mAh/cm² by quadratic elements of 1 nm."""
    charge, error = areal(solve("separated_film"))
    assert charge == pytest.approx(5.382e-4, rel=0.02)
    assert error > 0.5 * abs(charge - 5.382e-4)


def test_foils_far_beyond_the_limiting_current(solve):
    """Ten times the limiting current of 0.1 mm: 0.059309 s to the cut-off by the series of the finite gap."""
    step = solve("overlimiting_foils").summary["steps"][0]
    off = abs(step["duration [s]"] - 0.059309)
    assert off < 0.02 * 0.059309
    assert 0.5 * off < step["duration_error [s]"] < 3 * off


@pytest.mark.slow
def test_limiting_current_of_a_thin_wire(solve):
    """A wire of 1 µm in a tube of 100 µm: 11371 A/m² of the wire, in the closed form for a cylinder."""
    # The footprint is that of the tube, 100 times the wire's.
    density = 100 * solve("thin_wire").timeseries["current_density [A/m2]"].iloc[-1]
    assert density == pytest.approx(11371, rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "charge"), [("blocked_plates", 0.037212), ("crowded_ions", 0.21723)])
def test_charge_of_double_layers(solve, name, charge):
    """Gouy and Chapman, and ions of 0.5 nm by Kilic, Bazant and Ajdari [C/m²]."""
    found, _ = per_area(solve(name))
    assert found == pytest.approx(charge, rel=0.003)
