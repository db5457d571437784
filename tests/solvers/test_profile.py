"""Currents as functions of time: values, charge, corners, and how a cell follows them."""

import numpy as np
import pytest
from archode.solvers.drive import ProtocolStep, TimeLimit
from archode.solvers.profile import Profile
from archode.solvers.protocol import ProtocolRunner

from .cells import fresh, one_c

#: Up, level, a jump down, and back.
TIMES, VALUES = (0.0, 2.0, 4.0, 4.0, 7.0), (0.0, 2.0, 2.0, -1.0, 0.5)


@pytest.fixture
def profile():
    return Profile(TIMES, VALUES)


def test_values_and_charge(profile):
    times = np.linspace(0.0, 7.0, 71)
    values = [profile.at(t) for t in times]
    expected = np.where(times <= 4.0, np.minimum(times, 2.0), -1.0 + (times - 4.0) / 2)
    assert values == pytest.approx(expected)
    # At a jump the value before it; after the last sample the current stays.
    assert profile.at(4.0) == 2.0 and profile.at(8.0) == 0.5
    assert profile.charge(0.0, 4.0) == pytest.approx(6.0)
    assert profile.charge(1.0, 3.0) == pytest.approx(1.5 + 2.0)
    assert profile.charge(4.0, 7.0) == pytest.approx(-0.75)
    assert profile.charge(7.0, 9.0) == pytest.approx(1.0)


def test_corners_are_where_it_matters(profile):
    assert profile.corners == ((2.0, True), (4.0, False))
    assert profile.last_corner(1.9) == (0.0, False)
    assert profile.last_corner(2.0) == (2.0, True)
    assert profile.last_corner(5.0) == (4.0, False)
    # A smooth curve sampled finely has none.
    times = np.linspace(0.0, 10.0, 20_001)
    assert not Profile(tuple(times), tuple(np.sin(times))).corners


@pytest.mark.parametrize(
    ("times", "values", "told"),
    [
        ((0.0,), (1.0,), "two samples"),
        ((0.0, 1.0), (1.0,), "value for every time"),
        ((1.0, 2.0), (0.0, 1.0), "begin at 0"),
        ((0.0, 2.0, 1.0), (0.0, 1.0, 2.0), "never fall"),
        ((0.0, 1.0, 1.0, 1.0, 2.0), (0.0,) * 5, "three samples"),
        ((0.0, float("nan")), (0.0, 1.0), "numbers"),
    ],
)
def test_what_is_no_profile(times, values, told):
    with pytest.raises(ValueError, match=told):
        Profile(times, values)


def test_a_cell_follows_it(solved):
    """Steps land on corners, the current is met at every step, and the charge is the profile's to rounding."""
    cell, newton = solved("planar")
    integrator = fresh(cell, newton)
    unit = 10 * one_c(cell)
    scaled = Profile(TIMES, tuple(unit * v for v in VALUES))
    step = ProtocolStep("profile", 0.0, (TimeLimit(7.0),), 7.0, profile=scaled)
    accepted = list(ProtocolRunner(integrator, [step], one_c(cell)).run())
    times = [a.time for a in accepted]
    assert times[-1] == 7.0 and {2.0, 4.0} <= set(times)
    assert [a.observation.current for a in accepted] == pytest.approx([scaled.at(t) for t in times], abs=1e-9 * unit)
    charges = [scaled.charge(0.0, t) for t in times]
    assert [a.charge for a in accepted] == pytest.approx(charges, rel=1e-10, abs=1e-12 * unit)
    # What went into the anode is that charge.
    anode = cell.volume("anode") * cell.scales.length**3 * 20e3 * 96485.33212
    stored = anode * (accepted[-1].observation.stoichiometry["anode"] - 0.2)
    assert stored == pytest.approx(accepted[-1].charge, rel=1e-8)


def test_nothing_starts_anew_at_a_sample(solved):
    """Three hundred samples of a smooth current cost fewer time steps than samples."""
    cell, newton = solved("planar")
    integrator = fresh(cell, newton)
    times = np.linspace(0.0, 30.0, 3001)
    profile = Profile(tuple(times), tuple(5 * one_c(cell) * np.sin(times / 4)))
    step = ProtocolStep("profile", 0.0, (TimeLimit(30.0),), 30.0, profile=profile)
    assert len(list(ProtocolRunner(integrator, [step], one_c(cell)).run())) < 300
