"""How far each headline number may be wrong because of the mesh and of the time steps.

The mesh's part comes from the case on a coarser mesh (:mod:`.companion`), that of the time steps from the accumulated
error of the integrator (``solvers/global_error.py``). Both are signed, computed less exact; the whole is the sum of
their magnitudes. Where the integrator tells nothing of a step, the coarser mesh comes with coarser time steps, and
what is told as the mesh's part stands for both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..materials.constants import REFERENCE_TEMPERATURE, thermal_voltage
from .companion import Companion

#: Numbers of a protocol step that errors are told of: name and unit in the summary.
OF_STEPS = (
    ("duration", "s"),
    ("capacity", "C"),
    ("areal_capacity", "mAh/cm2"),
    ("volumetric_capacity", "mAh/cm3"),
    ("energy", "J"),
    ("mean_voltage", "V"),
    ("end_voltage", "V"),
)

#: Numbers of a plated electrode that errors are told of.
OF_PLATING = (("limiting_current_density", "A/m2"), ("thickness_mean", "m"), ("thickness_max", "m"))

#: Share of the largest charge of a step below which the errors of another are not worth a word.
NEGLIGIBLE = 1e-3

#: Share of the nominal capacity below which a step ended at once, and its numbers say nothing.
AT_ONCE = 1e-5

#: Volts below which differences of voltages are not held against the accuracy.
LEAST_VOLTAGE = thermal_voltage(REFERENCE_TEMPERATURE)


@dataclass(frozen=True)
class Miss:
    """A number that is less certain than the study asks for: error over what it may be, and in words."""

    ratio: float
    space: float
    words: str


def error_of(key: str, part: str = "") -> str:
    """Key of a number's error in a summary: ``capacity_error [C]`` of ``capacity [C]``, with a part its share."""
    name, bracket, unit = key.partition(" [")
    return f"{name}_{part}{'_' if part else ''}error{bracket}{unit}"


def tells_time(summary: Mapping[str, Any]) -> bool:
    """Whether the integrator knows the errors of all its steps."""
    return all(step.get(error_of("energy [J]", "time")) is not None for step in summary["steps"])


def with_errors(summary: Mapping[str, Any], companion: Companion) -> dict[str, Any]:
    """The summary with an error beside every headline number, and warnings where one misses the accuracy."""
    coarse = {step["index"]: step for step in companion.summary.get("steps", [])}
    steps = [step | _of_step(step, coarse.get(step["index"], {}), companion) for step in summary["steps"]]
    told = {**summary, "steps": steps, "plating": _of_plating(summary.get("plating") or {}, companion)}
    told["criteria"] = _of_criteria(summary.get("criteria") or {}, companion)
    told["accuracy"] = {
        **summary["accuracy"],
        "coarser_by": companion.factor,
        "order": companion.order,
        "unknowns": companion.summary.get("unknowns"),
        "wall_time [s]": companion.summary.get("wall_time [s]"),
        "reason": companion.reason,
    }
    told["warnings"] = [*summary["warnings"], *_warnings(told, companion)]
    return told


def _of_step(step: Mapping[str, Any], coarse: Mapping[str, Any], companion: Companion) -> dict[str, float | None]:
    told = {}
    for name, unit in OF_STEPS:
        key = f"{name} [{unit}]"
        space, time = companion.error(step.get(key), coarse.get(key)), _time_error(step, name, unit)
        told[error_of(key, "space")] = space
        told[error_of(key, "time")] = time
        parts = [abs(part) for part in (space, time) if part is not None]
        told[error_of(key)] = sum(parts) if space is not None else None
    return told


def _time_error(step: Mapping[str, Any], name: str, unit: str) -> float | None:
    """The part of the time steps; what follows from other numbers takes theirs."""
    own = step.get(error_of(f"{name} [{unit}]", "time"))
    if own is not None:
        return own
    charge, energy = step.get("capacity_time_error [C]"), step.get("energy_time_error [J]")
    passed = step.get("capacity [C]")
    if charge is None or not passed:
        return None
    if name.endswith("_capacity"):
        return charge / passed * (step.get(f"{name} [{unit}]") or 0.0)
    mean = step.get("mean_voltage [V]")
    if name == "mean_voltage" and mean is not None and mean == mean and energy is not None:
        return (energy - mean * charge) / passed
    return None


def _of_plating(plating: Mapping[str, Any], companion: Companion) -> dict[str, Any]:
    told = {}
    for side, numbers in plating.items():
        coarse = (companion.summary.get("plating") or {}).get(side) or {}
        told[side] = dict(numbers)
        for name, unit in OF_PLATING:
            key = f"{name} [{unit}]"
            space = companion.error(numbers.get(key), coarse.get(key))
            told[side][error_of(key)] = None if space is None else abs(space)
    return told


def _of_criteria(criteria: Mapping[str, Any], companion: Companion) -> dict[str, Any]:
    """Findings with the error of their value; ``None`` where it has none on either mesh."""
    coarse = companion.summary.get("criteria") or {}
    told: dict[str, Any] = {}
    for side, findings in criteria.items():
        told[side] = {}
        for name, finding in findings.items():
            other = ((coarse.get(side) or {}).get(name) or {}).get("value")
            space = companion.error(finding.get("value"), other)
            told[side][name] = finding | {"value_error": None if space is None else abs(space)}
    return told


# ---------------------------------------------------------------------- against what was asked for
def _warnings(summary: Mapping[str, Any], companion: Companion) -> list[str]:
    asked, found = summary["accuracy"]["asked"], []
    if companion.reason is not None:
        return [f"how far the mesh is wrong is not known: {companion.reason}"]
    misses = sorted(_misses(summary, asked), key=lambda miss: -miss.ratio)
    if misses:
        worst = misses[0]
        finer = summary["accuracy"].get("scale", 1.0) * max(worst.ratio, 1.0) ** (-1 / companion.order)
        accuracy = f"ask for accuracy: {_digits(100 * asked / worst.ratio)} %"
        cure = f"{accuracy}, or set a smaller solver.tolerance"
        if worst.space >= 0.5:
            cure = f"set mesh.scale: {_digits(0.9 * finer)}, which refines everything"
            # Sizes that the study gives are not changed by its accuracy.
            cure += "" if summary["accuracy"].get("sizes_given") else f", or {accuracy}"
        others = f", and so are {len(misses) - 1} more numbers" if len(misses) > 1 else ""
        found.append(f"{worst.words}, less certain than the {100 * asked:.3g} % asked for{others}; {cure}")
    return found


def _digits(value: float) -> str:
    return f"{value:.2g}"


def _misses(summary: Mapping[str, Any], asked: float) -> Iterator[Miss]:
    largest = max((abs(step.get("capacity [C]") or 0.0) for step in summary["steps"]), default=0.0)
    begun = summary.get("initial_voltage [V]")
    for step in summary["steps"]:
        name = f"step {step['index']} ({step['kind']})"
        swing = _swing(step, begun)
        begun = step.get("end_voltage [V]")
        charge = abs(step.get("capacity [C]") or 0.0)
        passed = charge > NEGLIGIBLE * largest
        if step["kind"] != "rest" and charge <= AT_ONCE * (summary.get("nominal_capacity [C]") or 0.0):
            continue
        for quantity, unit in OF_STEPS:
            voltage = unit == "V"
            if quantity.startswith(("areal", "volumetric")) or not (passed or voltage or quantity == "duration"):
                continue
            value, error = step.get(f"{quantity} [{unit}]"), step.get(error_of(f"{quantity} [{unit}]"))
            scale = swing if voltage else abs(value or 0.0)
            if not error or value is None or not scale:
                continue
            ratio = error / (asked * scale)
            if ratio > 1:
                size = f"{1e3 * error:.2g} mV" if voltage else f"{100 * error / scale:.2g} %"
                space = abs(step.get(error_of(f"{quantity} [{unit}]", "space")) or 0.0) / error
                yield Miss(ratio, space, f"{name}: {quantity.replace('_', ' ')} is known to ± {size}")
    for side, numbers in summary["plating"].items():
        for quantity, unit in OF_PLATING:
            value, error = numbers.get(f"{quantity} [{unit}]"), numbers.get(error_of(f"{quantity} [{unit}]"))
            if value and error and error > asked * abs(value):
                told = f"{side}: {quantity.replace('_', ' ')} is known to ± {100 * error / abs(value):.2g} %"
                yield Miss(error / (asked * abs(value)), 1.0, told)


def _swing(step: Mapping[str, Any], begun: float | None) -> float:
    """What voltages of a step are held against: by how much it moves the voltage [V]."""
    known = [step.get("mean_voltage [V]"), step.get("end_voltage [V]"), begun]
    known = [value for value in known if value is not None and value == value]
    return max(max(known) - min(known) if known else 0.0, LEAST_VOLTAGE)
