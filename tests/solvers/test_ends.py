"""Ends that nobody asked for: what is full, empty or used up ends a step, and the next goes on from there."""

import numpy as np
import pytest
from archode.solvers.drive import ProtocolStep, TimeLimit, VoltageLimit
from archode.solvers.errors import ConvergenceError
from archode.solvers.protocol import ProtocolRunner

from .cells import fresh, galvanostatic, one_c


@pytest.fixture
def run(solved):
    cell, newton = solved("planar")

    def go(*steps):
        runner = ProtocolRunner(fresh(cell, newton), steps, one_c(cell))
        return list(runner.run())

    go.cell, go.one_c = cell, one_c(cell)
    return go


def capacity(cell, side, change):
    """Charge of a change of the mean stoichiometry [C]."""
    return cell.volume(side) * cell.scales.length**3 * 20e3 * 96485.33212 * change


@pytest.mark.parametrize("beyond", [0.5, 2.0, 5.0])
def test_a_plateau_ends_whatever_the_limit(run, beyond):
    """At C/5 the anode (θ = 0.2 at the start) is emptied: all of its charge, at any voltage beyond."""
    steps = run(galvanostatic(-0.2 * run.one_c, [VoltageLimit(0.9 - beyond, False)], 18000.0))
    last = steps[-1]
    assert last.ended_by in ("voltage", "anode empty", "cathode full")
    assert len(steps) < 400
    assert -last.step_charge == pytest.approx(capacity(run.cell, "anode", 0.2), rel=5e-3)


def test_the_next_step_goes_on_from_an_empty_electrode(run):
    cycle = [
        galvanostatic(-0.5 * run.one_c, [VoltageLimit(-3.0, False)], 7200.0),
        galvanostatic(0.5 * run.one_c, [VoltageLimit(6.0, True)], 7200.0),
    ]
    steps = run(*cycle, *cycle)
    ends = [s for s in steps if s.ended_by]
    assert [s.protocol_step for s in ends] == [0, 1, 2, 3]
    assert ends[1].step_charge == pytest.approx(-ends[2].step_charge, rel=1e-5)
    theta = run.cell.theta.x.array
    assert 0 < theta.min() and theta.max() < 1


def test_without_a_voltage_limit_it_is_an_error_that_says_why(run):
    with pytest.raises(ConvergenceError, match=r"a voltage limit .*the (anode is empty|cathode is full)"):
        run(galvanostatic(-run.one_c, [TimeLimit(36000.0)], 3600.0))


@pytest.mark.parametrize("voltage", [-1.0, 3.4])
def test_a_hold_far_beyond_the_plateau_keeps_stoichiometries_between_their_bounds(run, voltage):
    steps = run(ProtocolStep("hold", voltage, (TimeLimit(60.0),), 60.0))
    assert steps[-1].time == 60.0 and len(steps) < 1000
    for step in steps:
        low, high = np.transpose(list(step.observation.stoichiometry_range.values()))
        assert low.min() > 0 and high.max() < 1
    # What the electrode cannot take does not flow.
    assert abs(steps[-1].observation.current) < 0.1 * run.one_c


def test_the_voltage_of_a_finished_limit_costs_no_extra_row(run):
    """An end that is the last state once more has no length."""
    steps = run(galvanostatic(-0.2 * run.one_c, [VoltageLimit(-8.0, False)], 18000.0))
    assert steps[-1].dt == 0.0 and steps[-1].time == steps[-2].time
    assert steps[-1].step_charge == steps[-2].step_charge and steps[-1].charge_change == 0.0
