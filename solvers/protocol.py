"""Runs a protocol: a generator of accepted time steps. Writers, monitors and checkpoints are its observers."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .balance import rates
from .cell import Cell
from .drive import Progress, ProtocolStep, TimeLimit
from .observe import Observation, Observer
from .stepping import GROWTH, Integrator, Trial

log = logging.getLogger(__name__)

#: A step with an estimated error above this many tolerances is repeated.
REJECTION = 1.5

#: First time step as a share of a protocol step's expected duration.
FIRST_STEP = 1e-4

#: RT/F by which a first time step moves the double layer where metal nucleates: the first three, each up to twice as
#: long, are not held against the voltage's error, and nuclei come within some millivolts.
FIRST_CHARGING = 0.05

#: A limit overstepped within this share of a protocol step's first time step was passed when it began.
PASSED_AT_START = 1e-3


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
    """

    protocol_step: int = 0
    started: float = 0.0
    charge_at_start: float = 0.0
    next_dt: float = 0.0
    last_margins: tuple[float, ...] = ()
    voltage_at_start: float | None = None


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
    charge, step_charge
        Signed charge since the run began and since the protocol step began [C].
    passed
        Time integrals since the run began of :func:`~.balance.rates`.
    newton_iterations, linear_iterations
        Work of the step, repeated attempts included.
    is_output
        Whether fields are to be saved.
    ended_by
        Name of the limit that ended the protocol step, or ``None``.
    """

    time: float
    dt: float
    position: Position
    protocol_step: int
    kind: str
    observation: Observation
    charge: float
    passed: tuple[float, ...]
    step_charge: float
    newton_iterations: int
    linear_iterations: int
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
        self.observe = Observer(self.cell)
        self.rejected = 0

    def run(self, position: Position | None = None) -> Iterator[AcceptedStep]:
        """Yield every accepted step from ``position`` to the protocol's end.

        Raises
        ------
        ConvergenceError
            When no shorter time step helps; the cell then holds the last accepted state.
        """
        position = position or Position()
        while position.protocol_step < len(self.steps):
            for accepted in self._run_step(self.steps[position.protocol_step], position):
                yield accepted
                position = accepted.position

    def _run_step(self, step: ProtocolStep, position: Position) -> Iterator[AcceptedStep]:
        integrator, control = self.integrator, self.integrator.control
        before = self.cell.applied_current.value * self.cell.scales.current if self._was_current() else None
        if position.voltage_at_start is None:
            position = replace(position, voltage_at_start=self.cell.voltage)
        step = step.begun(position.voltage_at_start, control.max_step)
        self._control = _Control(step, position.started)
        step.apply(self.cell)
        self._scale_tolerance(abs(step.value) if step.galvanostatic else 0.0)
        integrator.jump = position.started
        if position.next_dt == 0.0:
            integrator.restart()
        first_dt = step.initial_step or control.initial_step or self._first_step(step)
        dt = position.next_dt or first_dt
        margins = position.last_margins
        targets = self._targets(step, position.started)
        while True:
            dt = min(dt, step.max_step or control.max_step or float("inf"))
            h = _land(dt, targets, integrator.time)
            work = [0, 0]
            trial = self._attempt(h, work)
            if not trial.report.converged or trial.error > REJECTION:
                self.rejected += 1
                dt = min(integrator.next_step(trial), 0.7 * h)
                integrator.reject()
                if not trial.report.converged and len(integrator.history) == 1 and h <= first_dt / 8:
                    trial = self._approach(step, h, before, work) or trial
                if not trial.report.converged:
                    if dt < max(control.min_step, 1e-12 * max(integrator.time, first_dt)):
                        raise integrator.give_up(trial, position.protocol_step)
                    continue
                if trial.error > REJECTION:
                    continue
            observation, trial, margins, ended = self._settle(step, trial, position, margins, work)
            charge, passed = self._charge(observation), self._passed(observation)
            integrator.accept(trial, charge, passed)
            if not step.galvanostatic:
                self._scale_tolerance(abs(observation.current))
            proposed = integrator.next_step(trial)
            # A step that was short only to land on a target says nothing against the longer one.
            landed_early = h < dt and proposed >= GROWTH * trial.dt
            dt = max(proposed, dt) if landed_early else proposed
            new = (
                Position(position.protocol_step + 1, integrator.time, charge)
                if ended
                else replace(position, next_dt=dt, last_margins=margins)
            )
            done = position.protocol_step + 1 == len(self.steps)
            yield AcceptedStep(
                time=integrator.time,
                dt=trial.dt,
                position=new,
                protocol_step=position.protocol_step,
                kind=step.kind,
                observation=observation,
                charge=charge,
                passed=passed,
                step_charge=charge - position.charge_at_start,
                newton_iterations=work[0],
                linear_iterations=work[1],
                is_output=(ended is not None and (done or bool(step.output_times)))
                or _at_target(integrator.time, self._output_times(step, position.started)),
                ended_by=ended.name if ended else None,
            )
            if ended:
                return

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
        """Residuals are small beside the current that flows [A], or beside a hundredth of the typical one."""
        self.integrator.current_scale = max(current, 1e-2 * self.current_unit) / self.cell.scales.current

    def _was_current(self) -> bool:
        return float(self.cell.galvanostatic.value) == 1.0

    def _attempt(self, dt: float, work: list[int]) -> Trial:
        # What is asked for is asked for at the time step's end.
        self._control.apply(self.cell, self.integrator.time + dt)
        trial = self.integrator.attempt(dt)
        work[0] += trial.report.iterations
        work[1] += trial.report.linear_iterations
        return trial

    def _targets(self, step: ProtocolStep, started: float) -> list[float]:
        times = self._output_times(step, started)
        times += [started + limit.value for limit in step.limits if isinstance(limit, TimeLimit)]
        return sorted(times)

    def _output_times(self, step: ProtocolStep, started: float) -> list[float]:
        return [started + t for t in step.output_times] + self.output_times

    def _progress(self, dt: float, observation: Observation, position: Position) -> Progress:
        return Progress(
            elapsed=self.integrator.time + dt - position.started,
            charge=abs(self._charge(observation) - position.charge_at_start),
        )

    def _charge(self, observation: Observation) -> float:
        """Charge passed by the end of the trial, by the time integrator's own formula."""
        applied = self.cell.applied_current.value * self.cell.scales.current
        current = applied if self._was_current() else observation.current
        return self.integrator.integrate((current,), lambda state: (state.charge,))[0]

    def _passed(self, observation: Observation) -> tuple[float, ...]:
        """Time integrals that the balance is held against, by the end of the trial."""
        return self.integrator.integrate(rates(observation), lambda state: state.passed)

    def _settle(self, step: ProtocolStep, trial: Trial, position: Position, margins, work):
        """Observe the trial; where it oversteps a limit, find the time at which the limit is met."""
        observation = self.observe()
        now = self._margins(step, trial, observation, position)
        over = [k for k, limit in enumerate(step.limits) if now[k] < -limit.tolerance]
        if over:
            observation, trial = self._locate(step, trial, position, margins, now, over, work)
            now = self._margins(step, trial, observation, position)
        reached = [limit for limit, m in zip(step.limits, now, strict=True) if m <= limit.tolerance]
        return observation, trial, now, reached[0] if reached else None

    def _margins(self, step, trial, observation, position) -> tuple[float, ...]:
        progress = self._progress(trial.dt, observation, position)
        return tuple(limit.margin(observation, progress) for limit in step.limits)

    def _locate(self, step, trial, position, before, now, over, work) -> tuple[Observation, Trial]:
        """Shorten the step until the first overstepped limit is met (regula falsi, Illinois variant)."""

        def worst(values, sizes) -> float:
            return min(values[k] / sizes[k] for k in over)

        # Each margin counts in units of its overrun, or steep and flat ones would make a kink of the search.
        overrun, tolerance = [abs(m) for m in now], [limit.tolerance for limit in step.limits]
        low, high = 0.0, trial.dt
        # Before the first step a margin may jump: unknown, so the search begins by halving.
        at_low, at_high = worst(before, overrun) if before else 1.0, -1.0
        last = 0.0
        for _ in range(30):
            share = at_low / (at_low - at_high)
            h = low + (high - low) * min(max(share, 0.02), 0.98)
            self.integrator.reject()
            candidate = self._attempt(h, work)
            if not candidate.report.converged:
                self.integrator.reject()
                raise self.integrator.give_up(candidate, position.protocol_step)
            observation, good = self.observe(), candidate
            now = self._margins(step, candidate, observation, position)
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
            if passed_at_start or high - low < 1e-12 * high:
                break
        return observation, replace(good, error=min(good.error, 1.0))

    def _approach(self, step: ProtocolStep, dt: float, before: float | None, work: list[int]) -> Trial | None:
        """Reach a control that Newton cannot jump to by going there in parts at one short time step."""
        start = self.cell.voltage if not step.galvanostatic else (before or 0.0)
        share, increment = 0.0, 0.25
        trial = None
        saved = self.integrator.history[0]
        while share < 1.0 and increment > 1e-3:
            goal = min(1.0, share + increment)
            self._control = replace(self._control, share=goal, before=start)
            trial = self._attempt(dt, work)
            if trial.report.converged:
                share, increment = goal, 2 * increment
                self.integrator.guess_from_cell()
            else:
                increment /= 2
        self._control = _Control(step, self._control.started)
        self.integrator.forget_guess()
        if share < 1.0:
            self.integrator.set_history([saved])
            return None
        return trial


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
