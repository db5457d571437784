"""From a study's protocol to the solver's: currents of the simulated domain, limits, output times."""

from __future__ import annotations

from ..solvers.drive import (
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
from .snapshots import expected_durations, snapshot_times


def protocol_steps(study: Study, volumes: ratings.Volumes = None) -> list[ProtocolStep]:
    """The study's protocol for one simulated domain, repetitions written out; C-rates by the volumes of its mesh."""
    durations = expected_durations(study, volumes)
    return [_solver_step(study, step, volumes, one) for step, one in zip(study.steps(), durations, strict=True)]


def absolute_output_times(study: Study) -> tuple[float, ...]:
    """Times since the run's start at which fields are asked for [s]."""
    return study.output.fields.times or ()


def _solver_step(study: Study, step: Step, volumes: ratings.Volumes, duration: float) -> ProtocolStep:
    domains = study.geometry.multiplicity
    sign = {"charge": +1.0, "discharge": -1.0}.get(step.kind, 0.0)
    value = {"hold": step.voltage, "ramp": step.rate}.get(step.kind, 0.0)
    if step.drive is not None:
        value = sign * ratings.device_current(study, step.drive, volumes) / domains
    return ProtocolStep(
        kind=step.kind,
        value=value,
        limits=_limits(study, step, volumes, rising=step.kind == "charge"),
        expected_duration=duration,
        output_times=snapshot_times(study, duration),
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
