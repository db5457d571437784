"""Steps of a protocol in the words of the study that asked for them, and the units in which reports tell of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..visualization.case import Case
from ..visualization.curves import capacity_unit
from ..visualization.notation import plain
from .report_asked import resolved, value_text
from .wording import number

log = logging.getLogger(__name__)

AREAL, AREAL_ERROR = "areal_capacity [mAh/cm2]", "areal_capacity_error [mAh/cm2]"

#: Kinds of steps that a protocol drives with a value; what joins the two.
DRIVEN = {"charge": "at", "discharge": "at", "hold": "", "ramp": "at"}


def areal(value: float, error: float | None = None) -> str:
    """A capacity per area [mAh/cm²] with the unit that fits it, give or take its error where that is known."""
    factor, unit = capacity_unit(value)
    told = "" if error is None else f" ± {number(error * factor, 1)}"
    return f"{number(value * factor)}{told} {slashed(unit)}"


def slashed(unit: str) -> str:
    """``µAh/cm²`` of Matplotlib's ``µAh cm$^{-2}$``."""
    return plain(unit).replace(" cm⁻²", "/cm²")


def pretty(unit: str) -> str:
    """A unit of a summary as it is printed."""
    return unit.replace("cm2", "cm²").replace("cm3", "cm³")


def duration(seconds: float) -> str:
    """A wall time, to two digits: the next run takes another."""
    for factor, unit in ((1.0, "s"), (60.0, "min"), (3600.0, "h")):
        if seconds < 100 * factor or unit == "h":
            break
    return f"{number(seconds / factor, 2)} {unit}"


def asked_steps(folder: Path) -> list[tuple[str, str]]:
    """Kind and value of every protocol step as the case's study.yml asks for it, repetitions written out."""
    return list(_expanded(resolved(folder).get("protocol") or []))


def _expanded(protocol: Any) -> Iterator[tuple[str, str]]:
    for step in protocol if isinstance(protocol, Sequence) and not isinstance(protocol, str) else ():
        if not isinstance(step, Mapping):
            continue
        if "repeat" in step:
            yield from list(_expanded(step.get("steps"))) * int(step["repeat"])
            continue
        kind = next((key for key in ("charge", "discharge", "rest", "hold", "ramp") if key in step), None)
        if kind is not None:
            yield kind, value_text(step[kind], rate=kind in ("charge", "discharge"))


def rate_words(case: Case, step: Mapping[str, Any], asked: Sequence[tuple[str, str]]) -> str:
    """What drives a step: "5 C", "20 µA/cm²"; as the summary tells it, where the study cannot be read."""
    index, kind = step.get("index", -1), str(step.get("kind", ""))
    if 0 <= index < len(asked) and asked[index][0] == kind:
        return asked[index][1]
    return case.step_text(index, kind).removeprefix(kind).strip()


def step_words(case: Case, step: Mapping[str, Any], asked: Sequence[tuple[str, str]]) -> str:
    """A step: "discharge at 5 C", "hold 25 mV", "rest 10 min"."""
    kind = str(step.get("kind", ""))
    return " ".join(part for part in (kind, DRIVEN.get(kind, ""), rate_words(case, step, asked)) if part)
