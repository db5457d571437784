"""When the fields of a run are saved, and how often that is."""

from __future__ import annotations

from collections.abc import Iterator

from ..materials import format_si
from . import ratings
from .schema import Study
from .schema_protocol import Step
from .section import Problem

#: Assumed length of a step that nothing in the study tells [s].
UNKNOWN_DURATION = 3600.0

LARGEST_SNAPSHOT_COUNT = 100_000
"""Snapshots of a run above which it is refused: they would fill any disk."""

#: Part of its expected duration for which a step may go on.
LONGER = 1.5


def expected_durations(study: Study, volumes: ratings.Volumes = None) -> list[float]:
    """How long each step of the protocol may take at most, roughly [s]; C-rates by the volumes of a mesh, if given."""
    return [_expected_duration(study, s, volumes, v) for s, v in zip(study.steps(), _voltages(study), strict=True)]


def _voltages(study: Study) -> Iterator[float]:
    """Roughly the cell voltage before each step: the last that one was to end at [V]."""
    voltage = ratings.initial_voltage(study)
    for step in study.steps():
        yield voltage
        reached = step.voltage if step.kind == "hold" else step.until.voltage
        voltage = voltage if reached is None else reached


def _expected_duration(study: Study, step: Step, volumes: ratings.Volumes, before: float) -> float:
    until, estimates = step.until, []
    if until.time is not None:
        estimates.append(until.time)
    if step.drive is not None:
        current = ratings.device_current(study, step.drive, volumes)
        capacity = ratings.nominal_capacity(study, volumes)
        if capacity is not None:
            estimates.append(capacity / current)
        if until.capacity is not None:
            estimates.append(ratings.device_charge(study, until.capacity) / current)
    if step.rate is not None:
        start = before if step.voltage is None else step.voltage
        estimates.append(abs(step.until.voltage - start) / step.rate)
    return min(estimates, default=UNKNOWN_DURATION)


def snapshot_times(study: Study, duration: float) -> tuple[float, ...]:
    """Times since the start of a step of an expected duration at which fields are saved [s]."""
    fields = study.output.fields
    if fields.every is not None:
        return tuple(k * fields.every for k in range(1, _count(study, duration) + 1))
    if fields.per_step:
        return tuple(duration * k / fields.per_step for k in range(1, fields.per_step + 1))
    return ()


def _count(study: Study, duration: float) -> int:
    fields = study.output.fields
    return int(LONGER * duration / fields.every) if fields.every is not None else fields.per_step or 0


def too_many_snapshots(study: Study) -> Iterator[Problem]:
    """A problem where the fields would be saved more often than LARGEST_SNAPSHOT_COUNT."""
    fields = study.output.fields
    per_step = [_count(study, duration) for duration in expected_durations(study)]
    count = sum(per_step) + len(fields.times or ())
    if count <= LARGEST_SNAPSHOT_COUNT:
        return
    told = f"in {len(per_step)} protocol step{'s' * (len(per_step) > 1)}"
    if fields.every is not None:
        told = f"one every {format_si(fields.every, 's')}"
    elif fields.per_step is not None:
        told += f", {float(fields.per_step):g} each"
    loc = ("output", "fields", "every") if fields.every is not None else ("output", "fields")
    yield loc, f"the fields would be saved {count:.2g} times ({told}); at most {LARGEST_SNAPSHOT_COUNT:.0e} are kept"
