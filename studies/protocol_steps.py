"""From a study's protocol to the solver's: currents of the simulated domain, limits, output times."""

from __future__ import annotations

from collections.abc import Iterator

from ..solvers.drive import (
    LEAST_RAMP,
    ChargeLimit,
    ConcentrationLimit,
    CurrentLimit,
    DepositLimit,
    Limit,
    ProtocolStep,
    TimeLimit,
    VoltageLimit,
)
from . import ratings
from .lengths import soonest
from .plating import plating
from .schema import Study
from .schema_protocol import Step

#: Assumed length of a step that nothing in the study tells [s].
UNKNOWN_DURATION = 3600.0


def protocol_steps(study: Study, volumes: ratings.Volumes = None) -> list[ProtocolStep]:
    """The study's protocol for one simulated domain, repetitions written out; C-rates by the volumes of its mesh."""
    steps = study.steps()
    return [_solver_step(study, step, volumes, known) for step, known in zip(steps, _voltages(study), strict=True)]


def absolute_output_times(study: Study) -> tuple[float, ...]:
    """Times since the run's start at which fields are asked for [s]."""
    return study.output.fields.times or ()


def _voltages(study: Study) -> Iterator[float]:
    """Roughly the cell voltage before each step: the last that one was to end at [V]."""
    voltage = ratings.initial_voltage(study)
    for step in study.steps():
        yield voltage
        reached = step.voltage if step.kind == "hold" else step.until.voltage
        voltage = voltage if reached is None else reached


def _solver_step(study: Study, step: Step, volumes: ratings.Volumes, before: float) -> ProtocolStep:
    domains = study.geometry.multiplicity
    sign = {"charge": +1.0, "discharge": -1.0}.get(step.kind, 0.0)
    value = {"hold": step.voltage, "ramp": step.rate}.get(step.kind, 0.0)
    if step.drive is not None:
        value = sign * ratings.device_current(study, step.drive, volumes) / domains
    duration = _expected_duration(study, step, abs(value) * domains, volumes, before)
    return ProtocolStep(
        kind=step.kind,
        value=value,
        limits=_limits(study, step, volumes, rising=step.kind == "charge"),
        expected_duration=duration,
        output_times=_output_times(study, duration),
        initial_step=step.initial_step,
        max_step=step.max_step,
        target=step.until.voltage if step.kind == "ramp" else None,
        start=step.voltage if step.kind == "ramp" else None,
        soonest=soonest(study, step),
    )


def _limits(study: Study, step: Step, volumes: ratings.Volumes, rising: bool) -> tuple[Limit, ...]:
    until, domains = step.until, study.geometry.multiplicity
    limits: list[Limit] = []
    if until.voltage is not None and step.kind != "ramp":
        limits.append(VoltageLimit(until.voltage, rising))
    if until.time is not None:
        limits.append(TimeLimit(until.time))
    if until.capacity is not None:
        limits.append(ChargeLimit(ratings.device_charge(study, until.capacity) / domains))
    if until.current is not None:
        limits.append(CurrentLimit(ratings.device_current(study, until.current, volumes) / domains))
    if step.drive is not None and until.voltage is None:
        # Without a voltage to end at, a step ends with the metal that it strips.
        stripped = "cathode" if rising else "anode"
        on_it = plating(study, stripped)
        if on_it is not None and on_it.limited:
            limits.append(DepositLimit(stripped, on_it.cover_thickness))
    if until.concentration is not None:
        bound = until.concentration
        below = bound.below is not None
        limits.append(ConcentrationLimit(bound.surface, bound.below if below else bound.above, below))
    return tuple(limits)


def _expected_duration(
    study: Study, step: Step, device_current: float, volumes: ratings.Volumes, before: float
) -> float:
    """How long a step may take at most, roughly [s]; ``before`` is the voltage that it may begin at."""
    until, estimates = step.until, []
    if until.time is not None:
        estimates.append(until.time)
    if step.drive is not None:
        capacity = ratings.nominal_capacity(study, volumes)
        if capacity is not None:
            estimates.append(capacity / device_current)
        if until.capacity is not None:
            estimates.append(ratings.device_charge(study, until.capacity) / device_current)
    if step.rate is not None:
        start = before if step.voltage is None else step.voltage
        estimates.append(max(abs(step.until.voltage - start), LEAST_RAMP) / step.rate)
    return min(estimates, default=UNKNOWN_DURATION)


def _output_times(study: Study, duration: float) -> tuple[float, ...]:
    """Times since the step's start at which fields are saved [s]."""
    fields = study.output.fields
    if fields.every is not None:
        return tuple(k * fields.every for k in range(1, int(1.5 * duration / fields.every) + 1))
    if fields.per_step:
        return tuple(duration * k / fields.per_step for k in range(1, fields.per_step + 1))
    return ()
