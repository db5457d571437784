"""One step of a protocol while it runs: lengths of time steps, refusals, and how it ends."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from .cell import Cell
from .drive import CurrentLimit, Limit, Progress, ProtocolStep, TimeLimit, VoltageLimit
from .ends import NEGLIGIBLE, give_up, lies_beyond, used_up
from .global_error import Budget, Deviation, delay_of_current, delay_of_voltage
from .jump import approach
from .locate import Located, locate
from .observe import Observation
from .position import AcceptedStep, Position
from .stepping import GROWTH, Integrator, Trial
from .time_error import LocalError

log = logging.getLogger(__name__)

#: A step with an estimated error above this many tolerances is repeated.
REJECTION = 1.5

#: A repeated step that leaves more than this share of the error it was repeated for will not do better.
NOISE = 0.9

#: First time step as a share of a protocol step's expected duration, and of the time in which a surface may run out.
FIRST_STEP = 1e-4

#: RT/F by which a first time step moves the double layer where metal nucleates: nuclei come within some millivolts.
FIRST_CHARGING = 0.05

#: A limit overstepped within this share of a protocol step's first time step was passed when it began.
PASSED_AT_START = 1e-3

#: Share of the typical current beside which residuals are small at rest.
LEAST_SHARE = 1e-2

#: A time step's length in units of the last digit of the time.
TICKS = 16

#: Failed attempts at one time step that are told.
RETRIES_TOLD = (4, 8, 16, 32)


class Settled(NamedTuple):
    """An observed trial, the margins of its limits, what ended the step and the limit that did.

    No observation where the last accepted state is the end.
    """

    observation: Observation | None
    trial: Trial
    margins: tuple[float, ...]
    ended: str | None = None
    limit: Limit | None = None


class StepRun:
    """Advances a cell through one protocol step.

    Parameters
    ----------
    integrator
        Holds the cell and its history.
    step
        The protocol step, with all limits.
    position
        Where the run stands in it; at its beginning or in its midst.
    current_unit
        A current typical of the cell [A].
    output_times
        Times since the run's start at which fields are saved [s].
    is_last
        Whether the protocol ends with it.

    Attributes
    ----------
    rejected
        Attempts that were not accepted.
    """

    def __init__(
        self,
        integrator: Integrator,
        step: ProtocolStep,
        position: Position,
        current_unit: float,
        output_times: Sequence[float],
        is_last: bool,
    ):
        self.integrator, self.cell, self.current_unit = integrator, integrator.cell, current_unit
        self.is_last = is_last
        control, cell = integrator.control, self.cell
        before = cell.voltage
        if step.galvanostatic:
            before = integrator.asked_current() if cell.sets_current else 0.0
        if position.voltage_at_start is None:
            position = replace(position, voltage_at_start=cell.voltage)
        self.position = position
        self.step = step = step.begun(position.voltage_at_start, control.max_step)
        self.longest = step.max_step or control.max_step or float("inf")
        self.output_times = sorted([position.started + t for t in step.output_times] + list(output_times))
        self.targets = sorted(
            self.output_times
            + [position.started + limit.value for limit in step.limits if isinstance(limit, TimeLimit)]
            + [position.started + elapsed for elapsed in step.corners]
        )
        self._take_control(before)
        begins = position.next_dt == 0.0
        running = None if begins or step.galvanostatic else integrator.history[0].current
        self._scale_tolerance(step.largest_current if running is None else abs(running))
        self._note_corner()
        if begins:
            integrator.restart()
        self.first_dt = step.initial_step or control.initial_step or _first_step(step, cell)
        self.dt = position.next_dt or self.first_dt
        # Of a step that is gone on with, the errors so far are not known.
        self.budget = Budget() if begins and integrator.errors is not None else None
        if self.budget is not None:
            integrator.errors.begin()
        self.rejected = self._failures = 0
        self._refused: float | None = None
        self._last_flows = None
        self._work = [0, 0]

    # ------------------------------------------------------------------ control
    def _take_control(self, before: float) -> None:
        """Let the integrator ask the step what is wanted of the cell; ``before`` is where the control comes from."""
        step, started = self.step, self.position.started
        self._share = 1.0

        def drive(time: float) -> None:
            step.apply(self.cell, time - started, self._share, before)

        self.integrator.drive = drive
        self.integrator.charge = lambda begin, end: step.charge(begin - started, end - started)
        drive(self.integrator.time)

    def _scale_tolerance(self, current: float) -> None:
        """Residuals are small beside the current that flows [A], or beside a share of the typical one."""
        self.integrator.current_scale = max(current, LEAST_SHARE * self.current_unit) / self.cell.scales.current

    def _note_corner(self) -> None:
        """Tell the integrator when the control last jumped, or its slope did; it starts anew at a jump."""
        integrator, started = self.integrator, self.position.started
        time = integrator.time
        elapsed, kink = self.step.last_corner(time - started)
        here = abs(started + elapsed - time) <= _tick(time)
        # The state to which both sides of a corner belong is known by its time.
        integrator.jump, integrator.kink = (time if here else started + elapsed), kink
        if here and not kink and elapsed > 0.0 and len(integrator.history) > 1:
            integrator.restart()

    # ------------------------------------------------------------------ one time step after the other
    def accepted(self) -> Iterator[AcceptedStep]:
        """Yield every accepted time step to the protocol step's end.

        Raises
        ------
        ConvergenceError
            When no shorter time step helps; the cell then holds the last accepted state.
        """
        while True:
            self.dt = min(self.dt, self.longest)
            h = _land(self.dt, self.targets, self.integrator.time)
            self._note_corner()
            trial = self._attempt(h)
            if trial.halved and not trial.begun and self._failures % 2 == 0:
                trial = self._approach(h) or trial
            settled = self._judged(trial, h)
            if settled.ended and settled.observation is None:
                yield self._once_more(settled.ended, settled.limit)
                return
            if settled.observation is None:
                if end := self._shortened(settled.trial, h):
                    yield self._once_more(end, None)
                    return
                continue
            yield self._taken(settled, h)
            if settled.ended:
                return

    @property
    def _floor(self) -> float:
        """Length of a time step that no longer counts [s]."""
        integrator = self.integrator
        elapsed = integrator.time - self.position.started
        return max(integrator.control.min_step, NEGLIGIBLE * elapsed, _tick(integrator.time))

    def _attempt(self, dt: float) -> Trial:
        trial = self.integrator.attempt(dt)
        self._work[0] += trial.report.iterations
        self._work[1] += trial.report.linear_iterations
        return trial

    def _approach(self, dt: float) -> Trial | None:
        """A start to a control that Newton's method cannot jump to, from a state near it."""

        def go(share: float) -> None:
            self._share = share

        reached = approach(self.integrator, dt, go, self.current_unit)
        trial = self._attempt(dt) if reached else None
        self.integrator.forget_guess()
        return trial

    def _noisy(self, trial: Trial) -> bool:
        """Whether its error is one that a shorter step leaves as it was: rounding, or a jump."""
        return self._refused is not None and trial.error.worst > NOISE * self._refused

    def _judged(self, trial: Trial, h: float) -> Settled:
        """Observe the trial and look for the end; without observation and end where it is refused."""
        refused = Settled(None, trial, ())
        unquestioned = self._noisy(trial) or h <= self._floor
        if not trial.report.converged or (trial.error.worst > REJECTION and not unquestioned):
            return refused
        settled = self._settle(trial)
        # A start that meets a limit is as true as one that does not.
        doubtful = settled.trial.error.worst > REJECTION and h > PASSED_AT_START * self.first_dt
        return Settled(None, settled.trial, ()) if doubtful and not unquestioned else settled

    def _shortened(self, trial: Trial, h: float) -> str | None:
        """Put the last state back and shorten the step; what has ended it where that does not help."""
        integrator, converged = self.integrator, trial.report.converged
        self.rejected += 1
        self._failures += not converged
        self._refused = trial.error.worst if converged else None
        self.dt = min(integrator.next_step(trial), 0.7 * h)
        if not converged and self._failures in RETRIES_TOLD:
            log.info(
                "t = %.6g s: %s; the time step is shortened to %.2g s (attempt %d)",
                *(integrator.time, trial.report.reason, self.dt, self._failures),
            )
        integrator.reject()
        if converged:
            self.dt = max(self.dt, self._floor)
            return None
        if self.dt >= self._floor:
            return None
        end = used_up(integrator)
        if end is None or not lies_beyond(self.step):
            raise give_up(integrator, trial, self.position, self.step, end)
        return end

    def _taken(self, settled: Settled, h: float) -> AcceptedStep:
        """Accept a trial and choose the next length."""
        integrator, position = self.integrator, self.position
        observation, trial, margins, ended, limit = settled
        noisy = self._noisy(trial)
        before = integrator.charge_passed
        charge, integrals = integrator.totals(trial)
        integrator.accept(trial, jumped=noisy)
        self._last_flows = trial.flows
        self._failures, self._refused = 0, None
        if not self.step.galvanostatic:
            self._scale_tolerance(abs(observation.current))
        if self.budget is not None:
            self.budget.add(integrator.errors, observation.current, observation.voltage, trial.dt)
        proposed = GROWTH * trial.dt if noisy else integrator.propose(trial)
        # A step that was short only to land on a target says nothing against the longer one.
        landed_early = h < self.dt and proposed >= GROWTH * trial.dt
        self.dt = max(proposed, self.dt if landed_early else self._floor)
        if ended:
            self.position = Position(position.protocol_step + 1, integrator.time, charge)
        else:
            passed = position.passed + abs(charge - before)
            self.position = replace(position, next_dt=self.dt, last_margins=margins, passed=passed)
        return self._told(position, observation, trial.dt, charge - before, integrals, trial.error, ended, limit)

    def _once_more(self, end: str, limit: Limit | None) -> AcceptedStep:
        """The last accepted state as the end of the step: what is left to it is negligible."""
        integrator, position = self.integrator, self.position
        state, observation = integrator.history[0], integrator.observe(self._last_flows)
        log.info(
            "t = %.6g s: %s: the %s ends at %.4g V, less than %.0e of its time before its limit",
            *(state.time, end, self.step.kind, observation.voltage, NEGLIGIBLE),
        )
        self.position = Position(position.protocol_step + 1, state.time, state.charge)
        return self._told(position, observation, 0.0, 0.0, state.passed, LocalError(), end, limit)

    def _told(
        self,
        position: Position,
        observation: Observation,
        dt: float,
        change: float,
        integrals: tuple[float, ...],
        error: LocalError,
        ended: str | None,
        limit: Limit | None,
    ) -> AcceptedStep:
        """The newest state as observers see it; ``position`` is that before the time step."""
        integrator, work = self.integrator, self._work
        self._work = [0, 0]
        wanted = _at_target(integrator.time, self.output_times)
        charge = integrator.charge_passed
        return AcceptedStep(
            time=integrator.time,
            dt=dt,
            position=self.position,
            protocol_step=position.protocol_step,
            kind=self.step.kind,
            observation=observation,
            charge=charge,
            charge_change=change,
            passed=integrals,
            step_charge=charge - position.charge_at_start,
            newton_iterations=work[0],
            linear_iterations=work[1],
            error=error,
            deviation=self._deviation(observation, limit) if ended else None,
            is_output=wanted or (ended is not None and (self.is_last or bool(self.step.output_times))),
            ended_by=ended,
        )

    # ------------------------------------------------------------------ limits
    def _settle(self, trial: Trial) -> Settled:
        """Observe the trial; where it oversteps a limit, find the time at which the limit is met."""
        limits, seen = self.step.limits, [trial, *self._observed(trial)]
        tolerances = [limit.tolerance for limit in limits]
        if any(m < -tolerance for m, tolerance in zip(seen[2], tolerances, strict=True)):
            beyond = seen[2]

            def margins_at(h: float) -> tuple[float, ...] | None:
                self.integrator.reject()
                candidate = self._attempt(h)
                if not candidate.report.converged:
                    return None
                seen[:] = [candidate, *self._observed(candidate)]
                return seen[2]

            negligible = NEGLIGIBLE * (self.integrator.time - self.position.started)
            smallest = PASSED_AT_START * trial.dt
            try:
                found = locate(
                    margins_at, trial.dt, self.position.last_margins, beyond, tolerances, negligible, smallest
                )
            except Located:
                self.integrator.reject()
                raise give_up(self.integrator, trial, self.position, self.step, None) from None
            if found == 0.0:
                self.integrator.reject()
                limit = limits[min(range(len(limits)), key=lambda k: beyond[k] / tolerances[k])]
                return Settled(None, trial, beyond, limit.told(self.integrator.observe(self._last_flows)), limit)
        last, observation, now = seen
        reached = [limit for limit, m in zip(limits, now, strict=True) if m <= limit.tolerance]
        ended, limit = (reached[0].told(observation), reached[0]) if reached else (None, None)
        return Settled(observation, last, now, ended, limit)

    def _observed(self, trial: Trial) -> tuple[Observation, tuple[float, ...]]:
        """What is seen at the trial's end, and the margins of all limits there."""
        integrator, position = self.integrator, self.position
        observation = integrator.observe(trial.flows)
        progress = Progress(
            elapsed=integrator.time + trial.dt - position.started,
            resolution=_tick(integrator.time + trial.dt),
            charge=position.passed + abs(integrator.totals(trial)[0] - integrator.charge_passed),
        )
        return observation, tuple(limit.margin(observation, progress) for limit in self.step.limits)

    def _deviation(self, observation: Observation, limit: Limit | None) -> Deviation | None:
        """Estimated error of the step's numbers at its end, which a limit or what is used up made. Collective."""
        errors, states = self.integrator.errors, self.integrator.history
        if self.budget is None or errors.lost or len(states) < 2:
            return None
        newest, older = states[:2]
        dt = newest.time - older.time
        delay: float = 0.0
        voltage: float | None = errors.voltage
        if limit is None:
            # Where something is used up the voltage runs through everything at once: nobody can say where it stands.
            delay, voltage = errors.delay, None if errors.diverged else errors.voltage
        elif isinstance(limit, VoltageLimit):
            moved = self.cell.comm.bcast(float(newest.values[-1][0] - older.values[-1][0]))
            slope = moved * self.cell.scales.potential / dt
            # The voltage that the step ends at is known.
            voltage = overrun = observation.voltage - limit.value
            # Where the end is the state before the limit, the time between them is negligible.
            delay = delay_of_voltage(errors, overrun if abs(overrun) <= limit.tolerance else 0.0, slope)
        elif isinstance(limit, CurrentLimit) and older.current is not None:
            overrun = abs(observation.current) - limit.value
            sign = 1.0 if observation.current > 0 else -1.0
            delay = delay_of_current(errors, sign * overrun, (observation.current - older.current) / dt)
        told = self.budget.at_end(errors, delay, observation.current, observation.voltage)
        told = replace(told, voltage=voltage)
        if delay:
            errors.shift(self.integrator.content_rates(), delay)
        return told


def _first_step(step: ProtocolStep, cell: Cell) -> float:
    """Share of the step's length, and where metal nucleates what moves the double layer by little [s]."""
    first = FIRST_STEP * min(step.expected_duration, step.soonest or step.expected_duration)
    if not step.galvanostatic or not step.value:
        return first
    for name, deposit in cell.deposits.items():
        if deposit.plating.nucleation is not None:
            layer = cell.description.electrode(name).double_layer
            area = cell.area(f"{name}_surface") * cell.scales.length**2
            charge = (layer.capacitance or layer.stern_capacitance or 0.0) * area * cell.scales.potential
            first = min(first, FIRST_CHARGING * charge / abs(step.value)) if charge else first
    return first


def _land(dt: float, targets: Sequence[float], time: float) -> float:
    """Shorten a step so that it meets the next target exactly, or halves the way to it; targets rise."""
    index = bisect_right(targets, time)
    while index < len(targets) and targets[index] - time <= _tick(targets[index]):
        index += 1
    if index == len(targets):
        return dt
    remaining = targets[index] - time
    if dt >= remaining * (1 - 1e-9):
        return remaining
    return remaining / 2 if dt > remaining / 2 else dt


def _at_target(time: float, targets: Sequence[float]) -> bool:
    index = bisect_right(targets, time)
    return any(abs(time - t) <= _tick(t) for t in targets[max(index - 1, 0) : index + 1])


def _tick(time: float) -> float:
    """What two times may differ by that are meant to be one [s]."""
    return TICKS * float(np.spacing(time))
