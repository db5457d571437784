"""Limiting current, Sand's time and capacity, depletion, Chazalviel: printed numbers, closed forms, limits."""

import dataclasses

import numpy as np
import pytest
from archode.materials import BinaryElectrolyte, Ion, IonicElectrolyte, from_binary, single_ion
from archode.materials.constants import FARADAY
from archode.solvers.criteria import chazalviel, depletion, limiting_current, sand
from archode.solvers.criteria.cation import plated_cation

from .surfaces import setting, surface

K_CELL = (4e-10, 1000.0, 1, 0.57)


def test_limits_of_planar_cells():
    # D 1e-10, 1 mol/L, t₊ ½, 100 µm: 2·96485.33·1e-10·1000/(0.5·1e-4).
    assert limiting_current.symmetric_limit(1e-10, 1000.0, 1, 0.5, 1e-4) == pytest.approx(385.941, rel=1e-5)
    # Printed: 300 µm 451 A/m², 25 µm 5400, to two digits.
    found = limiting_current.symmetric_limit(*K_CELL, np.array([300e-6, 25e-6]))
    np.testing.assert_allclose(found, (451, 5400), rtol=4e-3)
    assert limiting_current.symmetric_limit(4e-10, 1000.0, 1, 0.0, 1e-4) == np.inf
    assert limiting_current.steady_surface(90.0, 100.0) == pytest.approx(0.1)
    assert limiting_current.steady_surface(110.0, 100.0) == 0.0


def test_sand_time_and_capacity():
    # Printed: 36 s at 500 A/m² behind 300 µm.
    assert sand.sand_time(500.0, *K_CELL) == pytest.approx(36.0, rel=3e-3)
    j = np.array([100.0, 500.0])
    np.testing.assert_allclose(sand.sand_capacity(j, *K_CELL), j * sand.sand_time(j, *K_CELL), rtol=1e-14)
    # t₊ from 0.43 to 0.76 lengthens it (0.57/0.24)² times, printed as 5.6.
    ratio = sand.sand_time(500.0, 4e-10, 1000.0, 1, 0.24) / sand.sand_time(500.0, *K_CELL)
    assert ratio == pytest.approx(5.64, rel=1e-3)
    # The cation counts: K₂SO₄ gives two per formula, and time goes with its square.
    assert sand.sand_time(1.0, 1e-9, 1000.0, 1, 0.5) == pytest.approx(4 * sand.sand_time(1.0, 1e-9, 500.0, 1, 0.5))
    assert sand.sand_time(500.0, 4e-10 * 0.3, 1000.0, 1, 0.57, 0.4) == pytest.approx(36.0 * 0.12, rel=3e-3)
    assert sand.sand_time(0.0, *K_CELL) == np.inf
    assert sand.sand_capacity(5.0, 4e-10, 1000.0, 1, 0.0) == np.inf


def test_the_finite_gap_delays_depletion():
    # Printed to four digits.
    found = sand.finite_gap_factor(np.array([2.0, 1.5, 1.1, 1.02]))
    np.testing.assert_allclose(found, (1.002, 1.032, 1.366, 1.998), atol=6e-4)
    assert sand.finite_gap_factor(1.0) == sand.finite_gap_factor(0.3) == np.inf
    # Continuous where the other electrode is no longer felt; images fall as erfc(L/2√(Dt)).
    assert sand.finite_gap_factor(sand.FAR_ABOVE - 1e-6) == pytest.approx(1.0, abs=1e-8)
    # At j = 1 + 1e-9 the slowest mode alone is left: τ = ln(8j/(π²(j − 1)))/π².
    j = 1 + 1e-9
    alone = np.log(8 * j / (np.pi**2 * 1e-9)) / np.pi**2
    assert sand.finite_gap_factor(j) * np.pi / (16 * j**2) == pytest.approx(alone, rel=1e-6)


def test_sand_speaks_of_the_electrode_and_of_facets():
    state = surface(-500.0, thickness=0.0)
    found = sand.evaluate(setting(), state)
    j = 500 / limiting_current.symmetric_limit(*K_CELL, 300e-6)
    expected = sand.finite_gap_factor(j) * sand.sand_time(500.0, *K_CELL)
    assert found.value == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(found.values, expected, rtol=1e-12)
    assert sand.evaluate(setting(), surface(-400.0)).value == np.inf
    # The computed limit goes before that of planar electrodes.
    assert sand.evaluate(setting(limiting_current=300 * 4e-10), surface(-400.0)).value < 1e3
    uneven = sand.evaluate(setting(), surface([-250.0, -500.0, -750.0, -1000.0]))
    np.testing.assert_allclose(uneven.values / uneven.values[1], (4, 1, 4 / 9, 1 / 4), rtol=1e-12)


def test_a_host_depletes_as_a_body_unless_within_its_pores():
    # Ten times the surface on the same footprint: 900 A/m² per footprint as 90 on the surface, twice the limit.
    flat, host = surface(-900.0), surface(-90.0)
    host = dataclasses.replace(host, areas=10 * host.areas)
    body = sand.evaluate(setting(), flat).value
    assert sand.evaluate(setting(), host).value == pytest.approx(body, rel=1e-12)
    narrow = sand.evaluate(setting(pore_radius=np.full(4, 1e-6)), host)
    assert narrow.value == pytest.approx(body, rel=1e-12)
    # In pores that are wider than depletion reaches, a hundred times as long: the area factor squared.
    wide = sand.evaluate(setting(pore_radius=np.full(4, 1e-2)), host)
    assert wide.value == pytest.approx(100 * body, rel=1e-12)
    np.testing.assert_allclose(wide.values, wide.value, rtol=1e-12)
    # The front runs through the gap at the current per footprint.
    fronts = [chazalviel.evaluate(setting(), each).value for each in (flat, host)]
    assert fronts[1] == pytest.approx(fronts[0], rel=1e-12)
    # Charge per surface: a tenth of that per footprint.
    capacities = [sand.evaluate_capacity(setting(), each).value for each in (flat, host)]
    assert capacities[1] == pytest.approx(capacities[0] / 10, rel=1e-12)


def test_a_separator_counts_by_its_share():
    soaked = setting(separated=1.0, porosity=0.4, transport_factor=0.16)
    limit = limiting_current.evaluate(soaked, surface(-10.0)).margin * 10.0
    assert limit == pytest.approx(0.16 * limiting_current.symmetric_limit(*K_CELL, 300e-6), rel=1e-12)
    half = setting(separated=0.5, porosity=0.4, transport_factor=0.16)
    assert half.series_factor == pytest.approx(1 / (0.5 + 0.5 / 0.16))
    assert half.mean_porosity == pytest.approx(0.7)


def test_depletion_is_found_in_a_series():
    t = np.linspace(0, 150, 61)
    surface_minimum = np.maximum(1 - np.sqrt(t / 100), 0)
    # Linear in √t, so that interpolation is exact: (1 − 0.01)² · 100.
    reached = depletion.depletion_time(t, surface_minimum)
    assert (reached.time, reached.how) == (pytest.approx(98.01, rel=1e-12), "reached")
    early = t <= 80
    continued = depletion.depletion_time(t[early], surface_minimum[early])
    assert continued.how == "continued"
    # The first third of the marks is interpolated between samples of √t; the line itself is exact.
    assert continued.time == pytest.approx(98.01, rel=1e-3)
    for short in (t <= 50, t <= 2):
        assert depletion.depletion_time(t[short], surface_minimum[short]).how == "not within the run"


def test_a_curve_that_flattens_is_not_continued():
    t = np.linspace(0.01, 2, 400)
    # 0.9 of the limiting current, in units of L²/D: ends at 0.1.
    c = sand.finite_gap_surface(0.9, t)
    for end in (0.3, 0.6, 2.0):
        found = depletion.depletion_time(t[t <= end], c[t <= end])
        assert (found.time, found.how) == (None, "not within the run")


def test_odd_series_are_refused_or_say_nothing():
    assert depletion.depletion_time([], []).how == "not within the run"
    assert depletion.depletion_time([1.0], [0.0]) == depletion.DepletionTime(1.0, "reached")
    with pytest.raises(ValueError, match="equally long"):
        depletion.depletion_time([0.0, 1.0], [1.0])
    with pytest.raises(ValueError, match="must rise"):
        depletion.depletion_time([0.0, 2.0, 1.0], [1.0, 0.9, 0.8])


def test_depletion_reports_the_poorest_facet():
    found = depletion.evaluate(setting(), surface(-10.0, concentration=[900.0, 800.0, 5.0, 700.0]))
    assert (found.value, found.voice) == (pytest.approx(0.005), "speaks")
    assert depletion.evaluate(setting(), surface(-10.0, concentration=20.0)).voice == "silent"


def test_chazalviel():
    # Printed: 1 mol/L, 100 A/m², tₐ 0.57 → 5.9e-7 m/s.
    assert chazalviel.front_velocity(100.0, 1000.0, 1, 0.57) == pytest.approx(5.9e-7, rel=2e-3)
    width = chazalviel.space_charge_width(0.5, 100.0, 2e-8, 7.2)
    assert chazalviel.space_charge_current(0.5, width, 2e-8, 7.2) == pytest.approx(100.0, rel=1e-12)
    # The same law as V = (2/3) √(2J/(εμ)) x^1.5.
    drop = 2 / 3 * np.sqrt(2 * 100.0 / (7.2 * 8.8541878e-12 * 2e-8)) * width**1.5
    assert drop == pytest.approx(0.5, rel=1e-7)
    found = chazalviel.evaluate(setting(), surface(-900.0))
    onset = sand.evaluate(setting(), surface(-900.0)).value
    crossing = 300e-6 * FARADAY * 1000.0 / (900.0 * 0.57)
    assert found.value == pytest.approx(onset + crossing, rel=1e-9)
    assert chazalviel.evaluate(setting(), surface(-300.0)).voice == "silent"


def test_the_mobility_of_a_symmetric_salt_is_its_cations():
    found = chazalviel.cation_mobility(setting(transference_number=0.5))
    # t₊ = ½: both ions have the salt's diffusivity.
    assert found == pytest.approx(4e-10 / setting().thermal_voltage, rel=1e-12)


SALT = BinaryElectrolyte("salt", "K+", "SO4^2-", 1, -2, 2, 1, 500.0, 1.53e-9, 0.479, 8.0, 78.5, 298.15)


def test_an_electrolyte_as_salt_and_as_ions_depletes_alike():
    as_salt, as_ions = plated_cation(SALT, "K+"), plated_cation(from_binary(SALT), "K+")
    assert as_salt == pytest.approx(tuple(as_ions), rel=1e-12)
    assert as_salt.concentration == 1000.0


def test_other_electrolytes():
    alone = single_ion("glass", Ion("Li+", 1, 1e-12, 2e4), 20.0, 1e-2)
    assert plated_cation(alone, "Li+").transference_number == 1.0
    ions = (Ion("Zn2+", 2, 7e-10, 1.0), Ion("Na+", 1, 1.3e-9, 1000.0), Ion("Cl-", -1, 2e-9, 1002.0))
    supported = plated_cation(IonicElectrolyte("supported", ions, 78.5, 298.15), "Zn2+")
    assert (supported.diffusivity, supported.charge) == (7e-10, 2)
    # z²Dc of zinc over the sum: 2.8e-9/3.307e-6.
    assert supported.transference_number == pytest.approx(8.47e-4, rel=1e-2)
