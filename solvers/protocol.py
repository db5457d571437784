"""Runs a protocol: a generator of accepted time steps. Writers, monitors and checkpoints are its observers."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from .balance import rates
from .cell import Cell
from .drive import CurrentLimit, Progress, ProtocolStep, TimeLimit, VoltageLimit
from .ends import NEGLIGIBLE, give_up, lies_beyond, used_up, window_limits
from .global_error import Budget, Deviation, delay_of_current, delay_of_voltage
from .jump import Levels, approach
from .observe import Observation
from .stepping import GROWTH, Integrator, Trial
from .time_error import LocalError

log = logging.getLogger(__name__)

#: A step with an estimated error above this many tolerances is repeated.
REJECTION = 1.5

#: A repeated step that leaves more than this share of the error it was repeated for will not do better.
NOISE = 0.9

#: First time step as a share of a protocol step's expected duration.
FIRST_STEP = 1e-4

#: RT/F by which a first time step moves the double layer where metal nucleates: the first three, each up to twice as
#: long, are not held against the voltage's error, and nuclei come within some millivolts.
FIRST_CHARGING = 0.05

#: A limit overstepped within this share of a protocol step's first time step was passed when it began.
PASSED_AT_START = 1e-3

#: Share of the typical current beside which residuals are small at rest.
LEAST_SHARE = 1e-2

#: Failed attempts at one time step that are told.
RETRIES_TOLD = (4, 8, 16, 32)


@dataclass(frozen=True)
class Position:
    """Where a run stands in its protocol: what a restart needs beside the fields.

    Attributes
    ----------
    protocol_step
        Index of the step in progress.
    started
        Time at which it began [s].
    charge_at_start
        Signed charge passed before it [C].
    next_dt
        Time step to try next [s]; 0 at the beginning of a protocol step.
    last_margins
        Margin of every limit at the newest state (empty at the beginning).
    voltage_at_start
        Of the cell when the step began [V]; ``None`` at the beginning of a protocol step.
    passed
        Magnitude of the charge passed in the step so far, whichever way it flowed [C].
    """

    protocol_step: int = 0
    started: float = 0.0
    charge_at_start: float = 0.0
    next_dt: float = 0.0
    last_margins: tuple[float, ...] = ()
    voltage_at_start: float | None = None
    passed: float = 0.0


@dataclass(frozen=True)
class AcceptedStep:
    """An accepted time step and what was observed at its end.

    Attributes
    ----------
    time, dt
        End and length of the step [s].
    position
        Position in the protocol *after* the step.
    protocol_step, kind
        The protocol step it belongs to.
    observation
        Numbers read off the cell.
    charge, step_charge, charge_change
        Signed charge since the run began, since the protocol step began, and of this time step [C].
    passed
        Time integrals since the run began of :func:`~.balance.rates`.
    newton_iterations, linear_iterations
        Work of the step, repeated attempts included.
    error
        Estimated local error of the time step.
    deviation
        At the end of a protocol step the estimated error of its numbers; ``None`` elsewhere and where nothing tells.
    is_output
        Whether fields are to be saved.
    ended_by
        Name of the limit that ended the protocol step, or what is used up; ``None`` while it goes on.
    """

    time: float
    dt: float
    position: Position
    protocol_step: int
    kind: str
    observation: Observation
    charge: float
    charge_change: float
    passed: tuple[float, ...]
    step_charge: float
    newton_iterations: int
    linear_iterations: int
    error: LocalError
    deviation: Deviation | None
    is_output: bool
    ended_by: str | None


class ProtocolRunner:
    """Drives an integrator through a protocol.

    Parameters
    ----------
    integrator
        Holds the cell and its history.
    steps
        The protocol.
    current_unit
        A current typical of the cell [A], for tolerances at rest (for example 1 C).
    output_times
        Times since the start of the run at which fields are saved [s], beside those of each step.
    """

    def __init__(
        self,
        integrator: Integrator,
        steps: Sequence[ProtocolStep],
        current_unit: float,
        output_times: Sequence[float] = (),
    ):
        self.output_times = sorted(output_times)
        self.integrator = integrator
        self.cell: Cell = integrator.cell
        self.steps = list(steps)
        self.current_unit = current_unit
        self.observe = integrator.observe
        integrator.rates = rates
        integrator.prepare = Levels(self.cell, self.observe)
        self._windows = window_limits(self.cell)
        self._charge_before = integrator.history[0].charge
        self._last_flows = None
        self.rejected = 0

    def run(self, position: Position | None = None) -> Iterator[AcceptedStep]:
        """Yield every accepted step from ``position`` to the protocol's end.

        Raises
        ------
        ConvergenceError
            When no shorter time step helps; the cell then holds the last accepted state.
        """
        position = position or Position()
        self._charge_before = self.integrator.history[0].charge
        while position.protocol_step < len(self.steps):
            for accepted in self._run_step(self.steps[position.protocol_step], position):
                yield accepted
                position = accepted.position

    def _run_step(self, step: ProtocolStep, position: Position) -> Iterator[AcceptedStep]:
        integrator, control = self.integrator, self.integrator.control
        before = self.cell.applied_current.value * self.cell.scales.current if self._was_current() else 0.0
        if position.voltage_at_start is None:
            position = replace(position, voltage_at_start=self.cell.voltage)
        step = step.begun(position.voltage_at_start, control.max_step)
        limits = (*step.limits, *(self._windows if step.kind != "rest" else ()))
        step = replace(step, limits=limits)
        self._control = _Control(step, position.started, before=position.voltage_at_start)
        if step.galvanostatic:
            self._control = replace(self._control, before=before)
        integrator.drive = lambda time: self._control.apply(self.cell, time)
        integrator.charge = lambda begin, end: step.charge(begin - position.started, end - position.started)
        self._control.apply(self.cell, integrator.time)
        running = self.integrator.history[0].current if position.next_dt and not step.galvanostatic else None
        self._scale_tolerance(step.largest_current if running is None else abs(running))
        self._note_jump(step, position, integrator.time)
        if position.next_dt == 0.0:
            integrator.restart()
        first_dt = step.initial_step or control.initial_step or self._first_step(step)
        dt = position.next_dt or first_dt
        margins = position.last_margins
        targets = self._targets(step, position.started)
        # Of a step that is gone on with, the errors so far are not known.
        budget = Budget() if position.next_dt == 0.0 and integrator.errors is not None else None
        if budget is not None:
            integrator.errors.begin()
        failures, refused = 0, None
        work = [0, 0]
        while True:
            dt = min(dt, step.max_step or control.max_step or float("inf"))
            h = _land(dt, targets, integrator.time)
            if self._note_jump(step, position, integrator.time):
                integrator.restart()
            trial = self._attempt(h, work)
            if trial.halved and not trial.begun and failures % 2 == 0:
                trial = self._approach(h, work) or trial
            floor = max(control.min_step, NEGLIGIBLE * (integrator.time - position.started))
            # An error that a shorter step leaves as it was is rounding.
            noise = refused is not None and trial.error.worst > NOISE * refused
            unquestioned = noise or h <= floor
            settled = None
            if trial.report.converged and (trial.error.worst <= REJECTION or unquestioned):
                settled = self._settle(step, trial, position, margins, work)
                # A start that meets a limit is as true as one that does not.
                if settled.trial.error.worst > REJECTION and h > PASSED_AT_START * first_dt and not unquestioned:
                    trial, settled = settled.trial, None
            if settled is None:
                self.rejected += 1
                failures += not trial.report.converged
                refused = trial.error.worst if trial.report.converged else None
                if failures in RETRIES_TOLD:
                    log.info(
                        "t = %.6g s: %s; the time step is shortened to %.2g s (attempt %d)",
                        *(integrator.time, trial.report.reason, dt, failures),
                    )
                dt = min(integrator.next_step(trial), 0.7 * h)
                integrator.reject()
                if trial.report.converged:
                    dt = max(dt, floor)
                elif dt < floor:
                    end = used_up(integrator)
                    if end is None or not lies_beyond(step):
                        raise give_up(integrator, trial, position.protocol_step, end)
                    yield self._ended_by(end, step, position, work, budget)
                    return
                continue
            failures = 0
            observation, trial, margins, ended = settled
            if observation is None:
                yield self._ended_by(ended, step, position, work, budget)
                return
            before_charge = self._charge_before
            charge, integrals = integrator.totals(trial)
            passed = position.passed + abs(charge - before_charge)
            integrator.accept(trial, jumped=noise)
            self._charge_before, self._last_flows = charge, trial.flows
            if not step.galvanostatic:
                self._scale_tolerance(abs(observation.current))
            if budget is not None:
                budget.add(integrator.errors, observation.current, observation.voltage, trial.dt)
            proposed = GROWTH * trial.dt if noise else integrator.next_step(trial)
            refused = None
            # A step that was short only to land on a target says nothing against the longer one.
            landed_early = h < dt and proposed >= GROWTH * trial.dt
            dt = max(proposed, dt if landed_early else floor)
            new = (
                Position(position.protocol_step + 1, integrator.time, charge)
                if ended
                else replace(position, next_dt=dt, last_margins=margins, passed=passed)
            )
            yield AcceptedStep(
                time=integrator.time,
                dt=trial.dt,
                position=new,
                protocol_step=position.protocol_step,
                kind=step.kind,
                observation=observation,
                charge=charge,
                charge_change=charge - before_charge,
                passed=integrals,
                step_charge=charge - position.charge_at_start,
                newton_iterations=work[0],
                linear_iterations=work[1],
                error=trial.error,
                deviation=self._deviation(step, observation, budget) if ended else None,
                is_output=self._is_output(step, position, ended is not None),
                ended_by=ended,
            )
            work = [0, 0]
            if ended:
                return

    def _ended_by(self, end: str, step: ProtocolStep, position: Position, work, budget) -> AcceptedStep:
        """The last accepted state once more, as the end of the step, for what is used up in it."""
        integrator = self.integrator
        state, observation = integrator.history[0], self.observe(self._last_flows)
        log.info(
            "t = %.6g s: %s: the %s ends at %.4g V, less than %.0e of its time before its limit",
            *(state.time, end, step.kind, observation.voltage, NEGLIGIBLE),
        )
        return AcceptedStep(
            time=state.time,
            dt=0.0,
            position=Position(position.protocol_step + 1, state.time, state.charge),
            protocol_step=position.protocol_step,
            kind=step.kind,
            observation=observation,
            charge=state.charge,
            charge_change=0.0,
            passed=state.passed,
            step_charge=state.charge - position.charge_at_start,
            newton_iterations=work[0],
            linear_iterations=work[1],
            error=LocalError(),
            deviation=self._deviation(step, observation, budget),
            is_output=self._is_output(step, position, True),
            ended_by=end,
        )

    # ------------------------------------------------------------------ parts
    def _first_step(self, step: ProtocolStep) -> float:
        """Share of the step's length, and where metal nucleates what moves the double layer by little [s]."""
        first = FIRST_STEP * step.expected_duration
        if not step.galvanostatic or not step.value:
            return first
        cell = self.cell
        for name, deposit in cell.deposits.items():
            if deposit.plating.nucleation is not None:
                layer = cell.description.electrode(name).double_layer
                area = cell.area(f"{name}_surface") * cell.scales.length**2
                charge = (layer.capacitance or layer.stern_capacitance or 0.0) * area * cell.scales.potential
                first = min(first, FIRST_CHARGING * charge / abs(step.value)) if charge else first
        return first

    def _scale_tolerance(self, current: float) -> None:
        """Residuals are small beside the current that flows [A], or beside a share of the typical one."""
        self.integrator.current_scale = max(current, LEAST_SHARE * self.current_unit) / self.cell.scales.current

    def _was_current(self) -> bool:
        return float(self.cell.galvanostatic.value) == 1.0

    def _deviation(self, step: ProtocolStep, observation: Observation, budget: Budget | None) -> Deviation | None:
        """Estimated error of the step's numbers at its end. Collective."""
        errors, states = self.integrator.errors, self.integrator.history
        if budget is None or len(states) < 2:
            return None
        newest, older = states[0], states[1]
        dt = newest.time - older.time
        now, before = newest.values[-1], older.values[-1]
        slope = float(self.cell.comm.bcast(now[0] - before[0])) * self.cell.scales.potential / dt
        delay = 0.0
        for limit in step.limits:
            if isinstance(limit, VoltageLimit) and step.galvanostatic:
                overrun = observation.voltage - limit.value
                # Of what ended before its limit, the time to the limit is negligible.
                delay = delay_of_voltage(errors, overrun if abs(overrun) <= limit.tolerance else 0.0, slope)
            elif isinstance(limit, CurrentLimit) and older.current is not None:
                size = abs(observation.current) - limit.value
                overrun = size * (1 if observation.current > 0 else -1)
                ended_here = abs(size) <= limit.tolerance
                if ended_here:
                    delay = delay_of_current(errors, overrun, (observation.current - older.current) / dt)
        told = budget.at_end(errors, delay, observation.current, observation.voltage)
        if delay:
            errors.shift(self.integrator.content_rates(), delay)
        return told

    def _note_jump(self, step: ProtocolStep, position: Position, time: float) -> bool:
        """Tell the integrator when the control last jumped, or its slope did; whether it jumps at this very time."""
        elapsed, kink = step.last_corner(time - position.started)
        here = abs(position.started + elapsed - time) <= 1e-9 * max(time, 1e-30)
        # The state to which both sides of a corner belong is known by its time.
        self.integrator.jump, self.integrator.kink = (time if here else position.started + elapsed), kink
        return here and not kink and elapsed > 0.0 and len(self.integrator.history) > 1

    def _is_output(self, step: ProtocolStep, position: Position, ended: bool) -> bool:
        """Whether the fields of the newest state are asked for."""
        last = position.protocol_step + 1 == len(self.steps)
        wanted = _at_target(self.integrator.time, self._output_times(step, position.started))
        return wanted or (ended and (last or bool(step.output_times)))

    def _attempt(self, dt: float, work: list[int]) -> Trial:
        trial = self.integrator.attempt(dt)
        work[0] += trial.report.iterations
        work[1] += trial.report.linear_iterations
        return trial

    def _approach(self, dt: float, work: list[int]) -> Trial | None:
        """A start to a control that Newton's method cannot jump to, from a state near it."""

        def go(share: float) -> None:
            self._control = replace(self._control, share=share)

        reached = approach(self.integrator, dt, go, self.current_unit)
        trial = self._attempt(dt, work) if reached else None
        self.integrator.forget_guess()
        return trial

    def _targets(self, step: ProtocolStep, started: float) -> list[float]:
        times = self._output_times(step, started)
        times += [started + limit.value for limit in step.limits if isinstance(limit, TimeLimit)]
        times += [started + elapsed for elapsed in step.corners]
        return sorted(times)

    def _output_times(self, step: ProtocolStep, started: float) -> list[float]:
        return [started + t for t in step.output_times] + self.output_times

    def _progress(self, trial: Trial, position: Position) -> Progress:
        return Progress(
            elapsed=self.integrator.time + trial.dt - position.started,
            charge=position.passed + abs(self.integrator.totals(trial)[0] - self._charge_before),
        )

    def _settle(self, step: ProtocolStep, trial: Trial, position: Position, margins, work) -> _Settled:
        """Observe the trial; where it oversteps a limit, find the time at which the limit is met."""
        observation = self.observe(trial.flows)
        now = self._margins(step, trial, observation, position)
        over = [k for k, limit in enumerate(step.limits) if now[k] < -limit.tolerance]
        if over:
            observation, trial = self._locate(step, trial, position, margins, now, over, work)
            if observation is None:
                first = min(over, key=lambda k: now[k] / step.limits[k].tolerance)
                return _Settled(None, trial, now, step.limits[first].told(self.observe(self._last_flows)))
            now = self._margins(step, trial, observation, position)
        reached = [limit for limit, m in zip(step.limits, now, strict=True) if m <= limit.tolerance]
        return _Settled(observation, trial, now, reached[0].told(observation) if reached else None)

    def _margins(self, step, trial, observation, position) -> tuple[float, ...]:
        progress = self._progress(trial, position)
        return tuple(limit.margin(observation, progress) for limit in step.limits)

    def _locate(self, step, trial, position, before, now, over, work) -> tuple[Observation | None, Trial]:
        """Shorten the step until the first overstepped limit is met (regula falsi, Illinois variant).

        No observation where the limit is met so soon after the last accepted state that this state is the end.
        """

        def worst(values, sizes) -> float:
            return min(values[k] / sizes[k] for k in over)

        # Each margin counts in units of its overrun, or steep and flat ones would make a kink of the search.
        overrun, tolerance = [abs(m) for m in now], [limit.tolerance for limit in step.limits]
        low, high = 0.0, trial.dt
        # Before the first step a margin may jump: unknown, so the search begins by halving.
        at_low, at_high = worst(before, overrun) if before else 1.0, -1.0
        last, found = 0.0, None
        negligible = NEGLIGIBLE * (self.integrator.time - position.started)
        for _ in range(30):
            if high <= negligible:
                self.integrator.reject()
                return None, trial
            share = at_low / (at_low - at_high)
            h = low + (high - low) * min(max(share, 0.02), 0.98)
            self.integrator.reject()
            candidate = self._attempt(h, work)
            if not candidate.report.converged:
                high, at_high = h, -1.0
                continue
            found = self.observe(candidate.flows), candidate
            now = self._margins(step, candidate, found[0], position)
            if abs(worst(now, tolerance)) <= 1.0:
                break
            value = worst(now, overrun)
            # The end that stays twice running counts half, or it would stay for ever.
            if value < 0:
                high, at_high, at_low = h, value, at_low / (2 if last < 0 else 1)
            else:
                low, at_low, at_high = h, value, at_high / (2 if last > 0 else 1)
            last = value
            passed_at_start = not before and high < PASSED_AT_START * trial.dt
            if passed_at_start or high - low < max(1e-12 * high, negligible):
                break
        if found is None or not candidate.report.converged:
            self.integrator.reject()
            raise give_up(self.integrator, candidate, position.protocol_step, None)
        return found


class _Settled(NamedTuple):
    """An observed trial, the margins of its limits and what ended the step.

    No observation where the last accepted state is the end.
    """

    observation: Observation | None
    trial: Trial
    margins: tuple[float, ...]
    ended: str | None


@dataclass(frozen=True)
class _Control:
    """What is asked of the cell: by a step begun at a time [s], or a share of the way to it from a value before."""

    step: ProtocolStep
    started: float
    share: float = 1.0
    before: float = 0.0

    def apply(self, cell: Cell, time: float) -> None:
        self.step.apply(cell, time - self.started, self.share, self.before)


def _land(dt: float, targets: Sequence[float], time: float) -> float:
    """Shorten a step so that it meets the next target exactly, or halves the way to it."""
    ahead = [t - time for t in targets if t - time > 1e-9 * max(abs(t), 1e-30)]
    if not ahead:
        return dt
    remaining = min(ahead)
    if dt >= remaining * (1 - 1e-9):
        return remaining
    return remaining / 2 if dt > remaining / 2 else dt


def _at_target(time: float, targets: Sequence[float]) -> bool:
    return any(abs(time - t) <= 1e-9 * max(abs(t), 1e-30) for t in targets)
