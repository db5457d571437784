"""The independent solutions against closed forms, against each other, and as their cells and tolerances shrink."""

from itertools import pairwise

import numpy as np
import pytest

from .references import (
    FARADAY,
    FOIL,
    SALT,
    SYMMETRIC,
    Bar,
    FilmCell,
    both_ends,
    drive_cycle,
    film,
    graded,
)

LIMITING = SYMMETRIC.salt.limiting_current


def test_depletion_in_a_wide_gap_takes_sands_time():
    # At 10 J_lim diffusion reaches a fifth of the gap: the other electrode is out of sight.
    current = 10 * LIMITING
    salt = SYMMETRIC.salt
    share = 1 - salt.cation_share
    sand = np.pi * salt.diffusivity * (FARADAY * salt.concentration / (2 * current * share)) ** 2
    assert SYMMETRIC.depletion(-current) == pytest.approx(sand, rel=1e-12)
    # By hand, for the case's numbers.
    assert sand == pytest.approx(0.06545, rel=1e-4)


def test_series_falls_like_the_root_of_time():
    current, time = -0.5 * LIMITING, 1e-3
    salt = SYMMETRIC.salt
    fallen = 2 * abs(salt.gradient(current)) * np.sqrt(salt.diffusivity * time / np.pi)
    assert SYMMETRIC.at_wall(time, current) == pytest.approx(salt.concentration - fallen, rel=1e-12)


def test_series_keeps_the_salt():
    x, weights = both_ends(SYMMETRIC.salt.gap)
    c = SYMMETRIC.concentration(x, 0.3, -LIMITING)
    assert np.sum(weights) == pytest.approx(SYMMETRIC.salt.gap, rel=1e-14)
    assert np.sum(weights * c) == pytest.approx(SYMMETRIC.salt.gap * SYMMETRIC.salt.concentration, rel=1e-12)


@pytest.mark.parametrize("ratio", [1.1, 3.0])
def test_series_against_finite_volumes(ratio):
    salt, current = SYMMETRIC.salt, -ratio * LIMITING
    x = graded(salt.gap, salt.gap / 5000, 1.05, salt.gap / 200, both=True)
    bar = Bar(x, salt.diffusivity, salt.gradient(1.0), salt.gradient(1.0))
    time = 0.9 * SYMMETRIC.depletion(current)
    c = bar.advanced(np.full(len(x), salt.concentration), time, current)
    # Second order in cells that are a thirtieth of the steep layer: some 1e-5 of the initial concentration.
    assert c == pytest.approx(SYMMETRIC.concentration(x, time, current), abs=1e-4 * salt.concentration)


def test_first_of_the_cases():
    # The series solution quoted with the case: 0.059309 s to -2.17 V at ten times the limiting current.
    assert SYMMETRIC.time_to(-2.17, -10 * LIMITING) == pytest.approx(0.059309, abs=5e-7)


def test_film_fills_as_carslaw_and_jaeger_say():
    body = film(1e-15)
    cell = FilmCell(SALT, FOIL, body, fineness=4)
    current, time = 1.0, 200.0
    theta = cell.advanced(cell.uniform(SALT.concentration, 0.9), time, current)[cell.parts[1].start]
    n = np.arange(1, 400)
    s = body.diffusivity * time / body.thickness**2
    series = s + 1 / 3 - 2 / np.pi**2 * np.sum(np.exp(-((n * np.pi) ** 2) * s) / n**2)
    taken = current * body.thickness / (FARADAY * body.diffusivity * body.c_max) * series
    # Of the change of θ at the surface, the cells of 1/160 leave some 1e-5.
    assert 0.9 - theta == pytest.approx(taken, rel=2e-5)


def test_ramped_current_is_many_small_steps():
    cell = FilmCell(SALT, FOIL, film(1e-14))
    start = cell.uniform(SALT.concentration, 0.5)
    at_once = cell.advanced(start, 3.0, -2.0, 1.5)
    state, parts = start, np.linspace(0, 3, 31)
    for begin, end in pairwise(parts):
        state = cell.advanced(state, end - begin, -2.0 + 1.5 * begin, 1.5)
    assert at_once == pytest.approx(state, rel=1e-10)


def test_charge_and_hold_converge():
    found = []
    for fineness, rtol in ((1, 1e-9), (2, 1e-7), (2, 1e-9)):
        cell = FilmCell(SALT, FOIL, film(1e-15), fineness)
        one_c = 0.99 * cell.film.capacity / 3600
        charge, state = cell.charged_to(cell.uniform(SALT.concentration, 0.9), one_c, 3.7, 2500.0)
        hold, passed = cell.held(state, 3.7, one_c / 20, 1e4, rtol)
        total = passed + charge * one_c
        found.append((charge, hold, total))
    coarse, loose, fine = map(np.array, found)
    # Twenty times less than what archode is held to.
    assert coarse == pytest.approx(fine, rel=1e-4)
    assert loose == pytest.approx(fine, rel=1e-6)


def test_hold_starts_where_the_charge_ends():
    cell = FilmCell(SALT, FOIL, film(1e-15))
    _, state = cell.charged_to(cell.uniform(SALT.concentration, 0.9), 0.8, 3.7, 2500.0)
    assert cell.current_at(state, 3.7) == pytest.approx(0.8, rel=1e-9)


def test_drive_cycle_converges():
    times, currents = drive_cycle()
    assert len(times) == 601
    cells = (FilmCell(SALT, FOIL, film(1e-14), fineness) for fineness in (1, 2))
    coarse, fine = (cell.driven(cell.uniform(SALT.concentration, 0.5), times, currents) for cell in cells)
    # A fifteenth of what archode is held to.
    assert coarse == pytest.approx(fine, abs=7e-5)
    assert np.ptp(fine) > 0.3
    # Half of the samples jump: the derivative is what makes them hard.
    assert np.count_nonzero(np.abs(np.diff(currents)) > 1.0) > 60
