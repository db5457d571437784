"""Protocols: every limit ends its step where it should, outputs are met, rests and holds do what they say."""

from itertools import pairwise

import numpy as np
import pytest
from archode.solvers.drive import (
    ChargeLimit,
    ConcentrationLimit,
    CurrentLimit,
    ProtocolStep,
    TimeLimit,
    VoltageLimit,
)
from archode.solvers.jump import approach
from archode.solvers.position import Position
from archode.solvers.protocol import ProtocolRunner

from .cells import fresh, galvanostatic, one_c

#: The cell of these tests: open-circuit voltage 1.2 V, kinetics and electrolyte take 0.05 V at 20 C.
OPEN_CIRCUIT = 1.2
RATE = 20.0


@pytest.fixture
def run(solved):
    """Runs a protocol from the initial state; ``value`` of galvanostatic steps in C."""
    cell, newton = solved("planar")

    def go(*steps, output_times=(), position=None, **control):
        integrator = fresh(cell, newton, **control)
        runner = ProtocolRunner(integrator, steps, one_c(cell), output_times)
        accepted = list(runner.run(position))
        assert integrator.accepted == len(accepted)
        return accepted

    go.cell, go.one_c = cell, one_c(cell)
    return go


def at_rate(run, rate, *limits, duration=180.0, **kwargs):
    return galvanostatic(rate * run.one_c, limits, duration, **kwargs)


def hold(voltage, *limits, duration=60.0, **kwargs):
    return ProtocolStep("hold", voltage, limits, duration, **kwargs)


def relaxed_voltage(observation):
    """Open-circuit voltage of the mean stoichiometries: 2 − θ/2 against 0.5 − θ/2."""
    theta = observation.stoichiometry
    return 1.5 - 0.5 * (theta["cathode"] - theta["anode"])


# ---------------------------------------------------------------------- limits
@pytest.mark.parametrize("first", [None, 2.0, 120.0], ids=["small", "long", "beyond the end"])
@pytest.mark.parametrize(("rate", "voltage"), [(RATE, 1.6), (-RATE, 1.1)])
def test_voltage(run, rate, voltage, first):
    steps = run(at_rate(run, rate, VoltageLimit(voltage, rate > 0), initial_step=first))
    assert steps[-1].ended_by == "voltage"
    assert all(s.ended_by is None for s in steps[:-1])
    # The limit's own tolerance is 0.1 mV.
    assert steps[-1].observation.voltage == pytest.approx(voltage, abs=2e-4)
    assert steps[-1].observation.current == pytest.approx(rate * run.one_c, rel=1e-8)


@pytest.mark.parametrize("first", [None, 0.9, 50.0], ids=["small", "long", "beyond the end"])
def test_time(run, first):
    steps = run(at_rate(run, RATE, TimeLimit(7.3), initial_step=first))
    assert steps[-1].ended_by == "time" and steps[-1].time == 7.3
    assert steps[-1].charge == pytest.approx(RATE * run.one_c * 7.3, rel=1e-12)


@pytest.mark.parametrize("first", [None, 0.9, 50.0], ids=["small", "long", "beyond the end"])
@pytest.mark.parametrize("rate", [RATE, -RATE])
def test_capacity(run, rate, first):
    capacity = 100.0 * run.one_c
    steps = run(at_rate(run, rate, ChargeLimit(capacity), initial_step=first))
    assert steps[-1].ended_by == "capacity"
    assert steps[-1].step_charge == pytest.approx(np.sign(rate) * capacity, rel=1e-9)
    assert steps[-1].time == pytest.approx(100.0 / RATE, rel=1e-8)


def test_current_of_a_hold(run):
    steps = run(hold(1.4, CurrentLimit(run.one_c)))
    assert steps[-1].ended_by == "current"
    assert steps[-1].observation.current == pytest.approx(run.one_c, rel=1e-3)
    assert all(s.observation.voltage == pytest.approx(1.4, abs=1e-9) for s in steps)
    currents = [s.observation.current for s in steps]
    assert all(b < a for a, b in pairwise(currents))


@pytest.mark.parametrize(("surface", "below"), [("anode", True), ("cathode", False)])
@pytest.mark.parametrize("first", [None, 1.0], ids=["small", "beyond the end"])
def test_concentration(run, surface, below, first):
    """Charging takes salt from the anode's surface and gives it to the cathode's."""
    value = 980.0 if below else 1020.0
    steps = run(at_rate(run, 1000.0, ConcentrationLimit(surface, value, below), duration=3.6, initial_step=first))
    assert steps[-1].ended_by == "concentration"
    o = steps[-1].observation
    found = o.surface_min[surface] if below else o.surface_max[surface]
    assert found == pytest.approx(value, rel=1.01e-3)
    assert o.concentration_min <= o.surface_min["anode"] and o.concentration_max >= o.surface_max["cathode"]


@pytest.mark.parametrize(
    ("limits", "winner"),
    [
        ((VoltageLimit(1.6, True), TimeLimit(30.0)), "time"),
        ((TimeLimit(30.0), VoltageLimit(1.35, True)), "voltage"),
        ((VoltageLimit(1.6, True), TimeLimit(500.0), ChargeLimit(2e-9)), "capacity"),
    ],
)
def test_the_first_limit_wins(run, limits, winner):
    steps = run(at_rate(run, RATE, *limits))
    assert steps[-1].ended_by == winner
    alone = run(at_rate(run, RATE, *(limit for limit in limits if limit.name == winner)))
    # The same end, up to the tolerance in which it is met.
    assert steps[-1].time == pytest.approx(alone[-1].time, rel=1e-3)


def test_the_first_limit_wins_within_one_long_step(run):
    """Both are overstepped by the first time step."""
    limits = VoltageLimit(1.6, True), ChargeLimit(100.0 * run.one_c)
    steps = run(at_rate(run, RATE, *limits, initial_step=150.0))
    assert [s.ended_by for s in steps] == ["capacity"]
    assert steps[0].step_charge == pytest.approx(100.0 * run.one_c, rel=1e-9)


@pytest.mark.parametrize(
    ("rate", "limit"),
    [
        (RATE, VoltageLimit(1.1, True)),
        (RATE, VoltageLimit(OPEN_CIRCUIT + 0.02, True)),
        (-RATE, VoltageLimit(OPEN_CIRCUIT - 0.02, False)),
        (RATE, ConcentrationLimit("anode", 1100.0, True)),
    ],
    ids=["open circuit", "ohmic jump", "ohmic drop", "concentration"],
)
def test_a_limit_that_is_passed_at_the_start_ends_the_step_at_once(run, rate, limit):
    steps = run(at_rate(run, rate, limit), at_rate(run, 0.0, TimeLimit(1.0), duration=1.0))
    assert steps[0].ended_by == limit.name and steps[1].protocol_step == 1
    # 1e-4 of the expected duration is the first time step.
    assert steps[0].time <= 1e-4 * 180.0
    assert steps[-1].ended_by == "time"
    assert steps[-1].observation.voltage == pytest.approx(OPEN_CIRCUIT, abs=1e-5)


def test_a_hold_where_the_cell_is_ends_at_once(run):
    steps = run(hold(OPEN_CIRCUIT, CurrentLimit(0.01 * run.one_c)))
    assert [s.ended_by for s in steps] == ["current"]


# ---------------------------------------------------------------------- outputs
def test_output_times_are_met_exactly(run):
    wanted = (0.5, 1.7, 3.0)
    steps = run(
        at_rate(run, RATE, TimeLimit(4.0), output_times=wanted),
        at_rate(run, 0.0, TimeLimit(2.0), duration=2.0, output_times=(1.25,)),
        output_times=(0.1, 4.3),
    )
    marked = [s.time for s in steps if s.is_output]
    assert marked == pytest.approx([0.1, 0.5, 1.7, 3.0, 4.0, 4.3, 5.25, 6.0], rel=1e-12)
    assert [s.time for s in steps if s.ended_by] == [4.0, 6.0]


def test_only_the_last_state_is_saved_where_nothing_is_asked(run):
    steps = run(at_rate(run, RATE, TimeLimit(1.0)), at_rate(run, 0.0, TimeLimit(1.0)))
    assert [s.time for s in steps if s.is_output] == [2.0]


def test_times_increase_and_positions_follow(run):
    steps = run(at_rate(run, RATE, TimeLimit(4.0)), at_rate(run, -RATE, TimeLimit(3.0)))
    assert all(b.time - a.time == pytest.approx(b.dt) and b.dt > 0 for a, b in pairwise(steps))
    end = next(s for s in steps if s.ended_by)
    assert end.position == Position(1, 4.0, end.charge)
    assert steps[-1].position.protocol_step == 2
    assert steps[-1].charge == pytest.approx(RATE * run.one_c, rel=1e-10)
    assert steps[-1].step_charge == pytest.approx(-3 * RATE * run.one_c, rel=1e-10)
    assert run(position=Position()) == []


@pytest.mark.parametrize("where", ["step", "control"])
def test_step_sizes_can_be_bounded(run, where):
    bounds = {"initial_step": 0.02, "max_step": 0.3}
    step = at_rate(run, RATE, TimeLimit(3.0), **(bounds if where == "step" else {}))
    steps = run(step, **(bounds if where == "control" else {}))
    assert steps[0].dt == 0.02
    assert max(s.dt for s in steps) == pytest.approx(0.3)


def test_a_jump_of_the_current_costs_no_repeated_steps(solved):
    """Also with a tight tolerance and a first step in which next to nothing happens."""
    cell, newton = solved("planar")
    current = RATE * one_c(cell)
    integrator = fresh(cell, newton, tolerance=1e-5, initial_step=1e-6)
    steps = [galvanostatic(current, [TimeLimit(2.0)], 2.0), galvanostatic(-current, [TimeLimit(2.0)], 2.0)]
    runner = ProtocolRunner(integrator, steps, one_c(cell))
    assert [s.ended_by for s in runner.run() if s.ended_by] == ["time", "time"]
    assert runner.rejected == 0


# ---------------------------------------------------------------------- physics
def test_rest_after_a_charge_relaxes_to_the_open_circuit(run):
    steps = run(at_rate(run, RATE, TimeLimit(40.0)), at_rate(run, 0.0, TimeLimit(60.0), duration=60.0))
    charged = next(s for s in steps if s.ended_by)
    rest = [s for s in steps if s.kind == "rest"]
    assert charged.observation.voltage - relaxed_voltage(charged.observation) > 0.02
    voltages = [s.observation.voltage for s in rest]
    # Down, up to the tolerance of a time step.
    assert all(b <= a + 2e-5 for a, b in pairwise(voltages))
    # Sixty diffusion times of film and electrolyte.
    assert voltages[-1] == pytest.approx(relaxed_voltage(rest[-1].observation), abs=1e-7)
    # Tolerances at rest are those of 1 C/100.
    assert max(abs(s.observation.current) for s in rest) < 1e-8 * run.one_c
    assert rest[-1].charge == pytest.approx(charged.charge, rel=1e-12)


@pytest.mark.parametrize("disturbance", [0.0, 1e-12, -1e-12])
@pytest.mark.parametrize("voltage", [3.2, 2.5, 0.0, -0.8])
def test_hold_from_a_far_voltage(run, voltage, disturbance):
    """Some 50 and 80 RT/F above and below the open circuit, whatever rounding does."""
    for function in run.cell.unknowns:
        function.x.array[:] += disturbance * np.sin(np.arange(len(function.x.array)))
    steps = run(hold(voltage, TimeLimit(1.0), duration=1.0))
    assert steps[-1].time == 1.0
    assert all(s.observation.voltage == pytest.approx(voltage, abs=1e-9) for s in steps)
    assert np.sign(steps[-1].observation.current) == np.sign(voltage - OPEN_CIRCUIT)
    theta = steps[-1].observation.stoichiometry
    assert 0 < min(theta.values()) and max(theta.values()) < 1


@pytest.mark.parametrize("way", ["through the current", "in parts"])
@pytest.mark.parametrize("voltage", [2.5, 0.0])
def test_the_ways_to_a_far_voltage(solved, monkeypatch, way, voltage):
    """Each reaches it by itself, and Newton's method needs next to nothing from there."""
    cell, newton = solved("planar")
    integrator = fresh(cell, newton)
    if way == "in parts":
        monkeypatch.setattr("archode.solvers.jump._through_current", lambda *args: False)
    step = hold(voltage, TimeLimit(1.0), duration=1.0)
    shares = []

    def go(share):
        shares.append(share)
        integrator.drive = lambda time: step.apply(cell, time, share, OPEN_CIRCUIT)

    integrator.current_scale = 1e-2 * one_c(cell) / cell.scales.current
    assert approach(integrator, 1e-4, go, one_c(cell))
    assert shares[-1] == 1.0 and (len(shares) > 2) == (way == "in parts")
    trial = integrator.attempt(1e-4)
    assert trial.report.converged and cell.voltage == pytest.approx(voltage, abs=1e-6)


def test_hold_near_the_limiting_current(solved):
    """Between metals 1 V, 39 RT/F, takes nearly all the salt from one side, from rest in one jump."""
    cell, newton = solved("bar")
    integrator = fresh(cell, newton)
    steps = list(ProtocolRunner(integrator, [hold(1.0, TimeLimit(1.0), duration=1.0)], one_c(cell)).run())
    o = steps[-1].observation
    # i = 2 F D (c_mean − c_min)/(t₋ L): the profile is linear after five diffusion times.
    expected = 2 * 96485.33 * 5e-10 * (1e3 - o.concentration_min) / 0.7 / 10e-6
    # 2⁻⁹ of the slowest mode is left, and the nodes are few.
    assert o.current / 16e-12 == pytest.approx(expected, rel=1e-2)
    assert 0 < o.concentration_min < 100.0
    assert o.amounts["salt"] == pytest.approx(1e3 * 160e-18, rel=1e-9)


def test_constant_current_then_constant_voltage(run):
    steps = run(
        at_rate(run, RATE, VoltageLimit(1.5, True)),
        hold(1.5, CurrentLimit(2 * run.one_c)),
        at_rate(run, -RATE, VoltageLimit(1.2, False)),
    )
    ends = [s for s in steps if s.ended_by]
    assert [s.ended_by for s in ends] == ["voltage", "current", "voltage"]
    kinds = [s.kind for s in steps]
    assert sorted(set(kinds), key=kinds.index) == ["charge", "hold", "discharge"]
    # The first step of the hold carries on with the current of the charge: voltage and state are continuous.
    first = next(s for s in steps if s.kind == "hold")
    assert first.observation.current == pytest.approx(RATE * run.one_c, rel=0.02)
    # What went into the anode is the charge that was passed: F c_max V Δθ.
    o = steps[-1].observation
    anode = run.cell.volume("anode") * run.cell.scales.length**3 * 20e3 * 96485.33212
    assert anode * (o.stoichiometry["anode"] - 0.2) == pytest.approx(steps[-1].charge, rel=1e-9)


def test_cycles_repeat(run):
    """Two equal cycles between voltages: the second gives back what it took, up to the relaxation in between."""
    cycle = [at_rate(run, RATE, VoltageLimit(1.5, True)), at_rate(run, -RATE, VoltageLimit(1.2, False))]
    steps = run(*cycle, *cycle)
    ends = [s for s in steps if s.ended_by]
    assert [s.protocol_step for s in ends] == [0, 1, 2, 3]
    assert ends[2].step_charge == pytest.approx(-ends[3].step_charge, rel=1e-3)


# ---------------------------------------------------------------------- ramps
def ramp(rate, target, *limits, **kwargs):
    return ProtocolStep("ramp", rate, limits, 1.0, target=target, **kwargs)


def test_a_ramp_follows_its_line_to_its_end(run):
    steps = run(ramp(0.05, 1.5), ramp(0.1, 1.1), ramp(0.05, 1.3))
    ends = [s for s in steps if s.ended_by]
    assert [s.ended_by for s in ends] == ["voltage"] * 3
    # 0.3 V at 50 mV/s, 0.4 V at 100 mV/s, 0.2 V at 50 mV/s.
    assert [s.time for s in ends] == pytest.approx([6.0, 10.0, 14.0], rel=1e-9)
    assert [s.observation.voltage for s in ends] == pytest.approx([1.5, 1.1, 1.3], abs=1e-9)
    line = np.interp([s.time for s in steps], [0.0, 6.0, 10.0, 14.0], [OPEN_CIRCUIT, 1.5, 1.1, 1.3])
    # The row of the voltage is solved as tightly as those of the currents.
    assert [s.observation.voltage for s in steps] == pytest.approx(line, abs=1e-7)
    assert {s.kind for s in steps} == {"ramp"}
    assert ends[0].observation.current > 0 > ends[1].observation.current


@pytest.mark.parametrize("goal", [1.5, 1.0])
def test_a_ramp_has_time_steps_enough(run, goal):
    steps = run(ramp(0.05, goal))
    assert len(steps) >= 200
    moved = np.abs(np.diff([OPEN_CIRCUIT, *(s.observation.voltage for s in steps)]))
    assert moved.max() <= abs(goal - OPEN_CIRCUIT) / 200 * (1 + 1e-6)


def test_a_ramps_own_largest_step_goes_before_that(run):
    assert max(s.dt for s in run(ramp(0.05, 1.5, max_step=0.3))) == pytest.approx(0.3)
    assert max(s.dt for s in run(ramp(0.05, 1.5), max_step=0.01)) == pytest.approx(0.01)


def test_a_ramp_may_start_elsewhere_and_end_earlier(run):
    steps = run(ramp(0.05, 1.0, TimeLimit(2.0), start=1.4))
    assert steps[-1].ended_by == "time" and steps[-1].time == 2.0
    assert steps[-1].observation.voltage == pytest.approx(1.3, abs=1e-7)
    assert steps[0].observation.voltage == pytest.approx(1.4, abs=2e-3)


def test_a_ramp_to_where_the_cell_is_ends_at_once(run):
    steps = run(ramp(0.05, OPEN_CIRCUIT))
    assert steps[-1].ended_by == "voltage"
    # A tenth of a millivolt's time.
    assert steps[-1].time == pytest.approx(2e-3, rel=1e-6)


def test_a_ramp_goes_on_where_it_stopped(solved):
    """From the position and the states in the middle, as a restart file keeps them."""
    cell, newton = solved("planar")
    whole = fresh(cell, newton)
    accepted, kept = [], None
    for step in ProtocolRunner(whole, [ramp(0.05, 1.5)], one_c(cell)).run():
        accepted.append(step)
        if len(accepted) == 50:
            kept = step.position, list(whole.history), float(cell.potential_level.value)
            newton.renew()
    position, history, level = kept
    assert position.voltage_at_start == pytest.approx(OPEN_CIRCUIT)
    again = fresh(cell, newton)
    cell.potential_level.value = level
    again.set_history(history)
    rest = list(ProtocolRunner(again, [ramp(0.05, 1.5)], one_c(cell)).run(position))
    assert [s.time for s in rest] == pytest.approx([s.time for s in accepted[50:]], rel=1e-9)
    # Newton stops at 1e-9 of the current.
    expected = [s.observation.current for s in accepted[50:]]
    assert [s.observation.current for s in rest] == pytest.approx(expected, rel=1e-6)
