"""What came out of a case, in tables; its first screen is in `report_answer`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..materials import format_si
from ..visualization.case import Case
from ..visualization.curves import capacity_unit
from ..visualization.notation import scaled_unit, time_unit
from ..visualization.report import Block, Cell, Facts, Note, Table
from .error_bars import error_of
from .report_steps import AREAL, asked_steps, pretty, slashed, step_words
from .summary import passed_both_ways
from .verdict import verdicts
from .wording import number

Summary = Mapping[str, Any]

_LEGEND = (
    "A criterion speaks where metal grows through by the mechanism that it is about, is silent where it does not, and "
    "has no say where it cannot be applied. Margin: below 1 it speaks. None of them predicts a dendrite, and they may "
    "disagree."
)


#: Relative errors below this are not shown: more digits would be.
SHOWN = 1e-4


# ---------------------------------------------------------------------- tables
def steps_table(case: Case, steps: Sequence[Mapping[str, Any]]) -> Table:
    """Figures of merit of every protocol step that was begun."""
    largest = {key: max((abs(s[key]) for s in steps if s.get(key) is not None), default=0.0) for key in (*_SCALED,)}
    scales = {key: scale(largest[key]) for key, scale in _SCALED.items()}
    asked = asked_steps(case.folder)
    # Of an electrode without volume there is no capacity per volume.
    names = {key: name for key, name in _NAMES.items() if any(step.get(key) is not None for step in steps)}
    if not any(passed_both_ways(step) for step in steps):
        # Each step has charged or discharged, and its capacity says how much.
        names = {key: name for key, name in names.items() if key not in _BY_SIGN}
    columns = ["step", "what", "ended by"]
    columns += [f"{name} [{slashed(scales[key][1])}]" if scales[key][1] else name for key, name in names.items()]
    rows = []
    for step in steps:
        row = [Cell(str(step.get("index")), sort=step.get("index")), Cell(step_words(case, step, asked))]
        row.append(Cell(str(step["ended_by"])) if step.get("ended_by") else Cell("not ended", tone="warn"))
        for key in names:
            value = step.get(key)
            if value is not None and key.endswith("[V]"):
                # A limit of 0 V is met to a fraction of a microvolt.
                value = round(value, 4) + 0.0
            digits = 5 if key == "time_steps" else 4 if key.endswith("[V]") else 3
            row.append(_none() if value is None else _of(value, scales[key][0], digits, step.get(error_of(key))))
        rows.append(row)
    return Table(columns, rows, "Steps")


def _none() -> Cell:
    return Cell("–")


def _of(value: float, factor: float, digits: int, error: float | None) -> Cell:
    # Balances and time steps are good to some 1e-3: further digits would tell of nothing.
    told = number(value * factor, digits)
    if error is not None and error > SHOWN * abs(value):
        told += f" ± {number(error * factor, 1)}"
    return Cell(told, sort=value * factor)


def _per_hour(largest: float) -> tuple[float, str]:
    per, unit = time_unit(largest)
    return 1 / per, unit


_BY_SIGN = {
    "areal_anodic_charge [mAh/cm2]": "anodic charge",
    "areal_cathodic_charge [mAh/cm2]": "cathodic charge",
    "areal_net_charge [mAh/cm2]": "net charge",
}
_SCALED = {
    "duration [s]": _per_hour,
    AREAL: capacity_unit,
    **dict.fromkeys(_BY_SIGN, capacity_unit),
    "volumetric_capacity [mAh/cm3]": lambda _: (1.0, "mAh/cm³"),
    "energy [J]": lambda largest: scaled_unit(largest, "J"),
    "mean_voltage [V]": lambda _: (1.0, "V"),
    "end_voltage [V]": lambda _: (1.0, "V"),
    "time_steps": lambda _: (1.0, ""),
}
_NAMES = {
    "duration [s]": "duration",
    AREAL: "capacity",
    **_BY_SIGN,
    "volumetric_capacity [mAh/cm3]": "per film volume",
    "energy [J]": "energy of the device",
    "mean_voltage [V]": "mean voltage",
    "end_voltage [V]": "end voltage",
    "time_steps": "time steps",
}


def outcome(case: Case, summary: Summary, steps: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    """Tables of what came out."""
    if steps:
        yield steps_table(case, steps)
    else:
        yield Note("No step of the protocol was begun, or none is known.", "warn")
    if references := summary.get("reference"):
        yield references_table([(case, one) for one in references], with_case=False)
    pairs = []
    if (capacity := summary.get("nominal_capacity [C]")) is not None:
        pairs.append(("nominal capacity of the device", format_si(capacity / 3600, "Ah")))
    if (area := summary.get("footprint_area [m2]")) is not None:
        pairs.append(("footprint of the device", area_text(area)))
    if (count := summary.get("multiplicity")) is not None:
        pairs.append(("simulated domains in the device", number(count, 4)))
    if (voltage := summary.get("initial_voltage [V]")) is not None:
        pairs.append(("voltage at the start", f"{number(round(voltage, 4) + 0.0, 4)} V"))
    if pairs:
        yield Facts(pairs, "Device")


def area_text(area: float) -> str:
    """An area [m²] in the unit in which it is easiest to read."""
    for factor, unit in ((1e4, "cm²"), (1e6, "mm²"), (1e12, "µm²")):
        if area * factor >= 0.1:
            return f"{number(area * factor)} {unit}"
    return f"{number(area * 1e18)} nm²"


def references_table(references: Sequence[tuple[Case, Mapping[str, Any]]], with_case: bool = True) -> Table:
    """Simulated beside quoted numbers, of one case or of several."""
    columns = ("step", "quantity", "simulated", "quoted", "difference [%]", "unit", "source")
    rows = []
    for case, one in references:
        simulated, relative = one.get("simulated"), one.get("relative")
        row = [
            Cell(str(one["step"]), sort=one["step"]),
            Cell(one["quantity"].replace("_", " ")),
            Cell("not reached", tone="warn") if simulated is None else Cell(number(simulated), sort=simulated),
            Cell(number(one["quoted"]), sort=one["quoted"]),
            Cell("–") if relative is None else Cell(f"{100 * relative:+.1f}", sort=100 * relative),
            Cell(pretty(one["unit"])),
            Cell(one["source"]),
        ]
        rows.append([Cell(case.folder.name), *row] if with_case else row)
    return Table(("case", *columns) if with_case else columns, rows, "" if with_case else "Against quoted numbers")


def verdict_blocks(summary: Summary) -> Iterator[Block]:
    """What the criteria say of every plated electrode."""
    tones = {"speaks": "warn", "silent": "good"}
    for one in verdicts(summary):
        speaks = any(row[1] == "speaks" for row in one.rows)
        yield Note(one.headline, "warn" if speaks else "good")
        findings = summary["criteria"][one.side]
        rows = []
        for row, found in zip(one.rows, findings.values(), strict=True):
            name, says, value, margin, first, why = row
            margin_cell = Cell(margin, sort=found.get("margin"))
            rows.append(
                (Cell(name), Cell(says, tone=tones.get(says, "")), Cell(value), margin_cell, Cell(first), Cell(why))
            )
        yield Table(("criterion", "says", "value", "margin", "first", "why"), rows, one.side.capitalize())
        yield Facts(one.numbers)
    yield Note(_LEGEND)
