"""Figures of merit: one list for sweeps, heat maps and Pareto fronts."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .case import Case
from .errors import unknown
from .notation import scaled_unit

#: The step a merit is of: the last finished discharge, or the last finished charge where there is none.
Step = Mapping[str, Any]

#: Spread over the largest value from which cases differ.
EVEN = 1e-3

#: Letters beyond which an axis' unit stands on a line of its own.
LONG = 20


@dataclass(frozen=True)
class Merit:
    """A number that says how good a case is.

    Attributes
    ----------
    name
        For an axis.
    unit
        Of what `read` gives, plain.
    printed
        The unit for an axis; without its prefix where one is chosen to fit the values.
    read
        Reads it from a case; ``None`` where the case has none.
    larger_is_better
        Which way a case is better.
    prefix
        The prefixed unit over the `printed` one, such as 1e-3 of mWh and Wh; ``None`` keeps the unit.
    """

    name: str
    unit: str
    printed: str
    read: Callable[[Case], float | None]
    larger_is_better: bool = True
    prefix: float | None = None

    def value(self, case: Case) -> float:
        """What the case has; NaN where it has none."""
        value = self.read(case)
        return math.nan if value is None else float(value)

    def scale(self, largest: float) -> tuple[float, str]:
        """Factor and unit for values up to `largest`."""
        if self.prefix is None:
            return 1.0, self.printed
        factor, unit = scaled_unit(largest * self.prefix, self.printed)
        return factor * self.prefix, unit

    def label(self, unit: str, lines: bool = False) -> str:
        """Name and unit for an axis; on two lines where there is little room."""
        told = f"{self.name} / {unit}" if unit else self.name
        if not lines or len(told) <= LONG:
            return told
        first, _, rest = self.name.rpartition(" ")
        return (
            f"{first}\n{rest} / {unit}"
            if len(self.name) > LONG and unit
            else f"{self.name}\n/ {unit}"
            if unit
            else told
        )


def compared_step(case: Case) -> Step | None:
    """The last finished discharge of a case (charge, where there is none); figures mark what is `Case.unfinished`."""
    finished = case.finished()
    return finished[-1] if finished else None


def cell_volume(case: Case, *regions: str) -> float | None:
    """Volume of the device [cm³]: of the regions named, or of all that are simulated."""
    volumes = (case.summary.get("mesh") or {}).get("volumes") or {}
    total = sum(volume for name, volume in volumes.items() if not regions or name in regions)
    return 1e6 * total * case.summary.get("multiplicity", 1.0) or None


def energy(step: Step) -> float | None:
    """Energy of a step [mWh]."""
    joule = step.get("energy [J]")
    return None if joule is None else joule / 3.6


def power(step: Step) -> float | None:
    """Mean power of a step [mW]: its energy over its duration."""
    joule, duration = step.get("energy [J]"), step.get("duration [s]")
    return None if joule is None or not duration else 1e3 * joule / duration


def footprint(case: Case) -> float | None:
    """Footprint of the device [cm²]."""
    area = case.summary.get("footprint_area [m2]")
    return 1e4 * area if area else None


def _of_step(key: str) -> Callable[[Case], float | None]:
    return lambda case: (compared_step(case) or {}).get(key)


def _over(quantity: Callable[[Step], float | None], size: Callable[[Case], float | None]):
    """A quantity of the compared step over a size of the device."""

    def read(case: Case) -> float | None:
        step, whole = compared_step(case), size(case)
        value = quantity(step) if step else None
        return None if value is None or not whole else value / whole

    return read


def _least_margin(case: Case) -> float | None:
    """Over all criteria of all electrodes; criteria without a finite margin do not count."""
    told = (case.summary.get("criteria") or {}).values()
    margins = [entry.get("margin") for criteria in told for entry in criteria.values()]
    return min((margin for margin in margins if margin is not None), default=None)


def _speaking(case: Case) -> float | None:
    """How many criteria speak, of all electrodes; also those which have no margin."""
    told = list((case.summary.get("criteria") or {}).values())
    voices = [entry.get("voice") for criteria in told for entry in criteria.values()]
    return float(voices.count("speaks")) if voices else None


def _plating(key: str, choose: Callable[[Iterable[float]], float], factor: float = 1.0):
    """A number of the plated electrodes: of two the worse one, which `choose` takes."""

    def read(case: Case) -> float | None:
        told = (case.summary.get("plating") or {}).values()
        values = [factor * entry[key] for entry in told if entry.get(key) is not None]
        return choose(values) if values else None

    return read


MERITS: dict[str, Merit] = {
    "areal_capacity": Merit(
        "Areal capacity", "mAh/cm2", "Ah cm$^{-2}$", _of_step("areal_capacity [mAh/cm2]"), prefix=1e-3
    ),
    "volumetric_capacity": Merit(
        "Capacity of the film", "mAh/cm3", "mAh cm$^{-3}$", _of_step("volumetric_capacity [mAh/cm3]")
    ),
    "mean_voltage": Merit("Mean voltage", "V", "V", _of_step("mean_voltage [V]")),
    "areal_energy": Merit("Areal energy", "mWh/cm2", "Wh cm$^{-2}$", _over(energy, footprint), prefix=1e-3),
    "areal_power": Merit("Areal power", "mW/cm2", "W cm$^{-2}$", _over(power, footprint), prefix=1e-3),
    "volumetric_energy": Merit(
        "Energy of the cell's volume", "mWh/cm3", "Wh cm$^{-3}$", _over(energy, cell_volume), prefix=1e-3
    ),
    "volumetric_power": Merit(
        "Power of the cell's volume", "mW/cm3", "W cm$^{-3}$", _over(power, cell_volume), prefix=1e-3
    ),
    "energy": Merit("Energy of the device", "J", "J", _of_step("energy [J]"), prefix=1.0),
    "power": Merit("Mean power of the device", "mW", "W", _over(power, lambda case: 1.0), prefix=1e-3),
    "duration": Merit("Duration", "s", "s", _of_step("duration [s]")),
    "least_margin": Merit("Least margin", "", "", _least_margin),
    "criteria_speaking": Merit("Criteria that speak", "", "", _speaking, False),
    "limiting_current": Merit(
        "Limiting current", "mA/cm2", "A cm$^{-2}$", _plating("limiting_current_density [A/m2]", min, 0.1), prefix=1e-3
    ),
    "nucleation_overpotential": Merit(
        "Nucleation overpotential", "V", "V", _plating("nucleation_overpotential [V]", max), False, 1.0
    ),
    "deposit_maximum": Merit("Thickest deposit", "m", "m", _plating("thickness_max [m]", max), False, 1.0),
    "area_factor": Merit("Electrode area over footprint", "", "", _plating("area_factor", min)),
}


def varies(cases: Iterable[Case], name: str) -> bool:
    """Whether cases differ in a merit, by more than a figure shows."""
    values = [value for case in cases if not math.isnan(value := MERITS[name].value(case))]
    return len(values) > 1 and max(values) - min(values) > EVEN * max(map(abs, values))


def merit_named(name: str) -> Merit:
    """A merit of `MERITS`.

    Raises
    ------
    VisualizationError
        There is none of that name.
    """
    if name not in MERITS:
        raise unknown("figure of merit", name, MERITS)
    return MERITS[name]
