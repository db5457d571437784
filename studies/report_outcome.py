"""What came out of a case, in sentences, tiles and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..materials import format_si
from ..visualization.case import Case
from ..visualization.curves import capacity_unit
from ..visualization.notation import plain, scaled_unit, time_unit
from ..visualization.report import Block, Cell, Facts, Note, Table, Tile
from .report_audit import judged, worst_balance
from .verdict import electrodes, verdicts
from .wording import measured, number

Summary = Mapping[str, Any]

AREAL = "areal_capacity [mAh/cm2]"

#: How a case ended: word, and how that is to be taken.
STATUSES = {
    "done": ("done", "good"),
    "failed": ("failed", "bad"),
    "invalid": ("no mesh", "bad"),
    "interrupted": ("interrupted", "warn"),
    "unfinished": ("unfinished", "warn"),
}

_LEGEND = (
    "A criterion speaks where metal grows through by the mechanism that it is about, is silent where it does not, and "
    "has no say where it cannot be applied. Margin: below 1 it speaks. None of them predicts a dendrite, and they may "
    "disagree."
)


def areal(value: float) -> str:
    """A capacity per area [mAh/cm²] with the unit that fits it."""
    factor, unit = capacity_unit(value)
    return f"{number(value * factor)} {_slashed(unit)}"


def _slashed(unit: str) -> str:
    """``µAh/cm²`` of Matplotlib's ``µAh cm$^{-2}$``."""
    return plain(unit).replace(" cm⁻²", "/cm²")


# ---------------------------------------------------------------------- first screen
def answer(case: Case, summary: Summary) -> list[Note]:
    """What came out, in sentences: the first ones that a reader sees."""
    told = []
    if summary.get("status") != "done":
        reason = summary.get("reason") or "no reason is known"
        told.append(Note(f"{STATUSES.get(str(summary.get('status')), ('Ended', ''))[0].capitalize()}: {reason}", "bad"))
    if electrodes(summary):
        told.append(_judgement(summary))
    if sentence := _delivered(case):
        told.append(Note(sentence))
    for reference in summary.get("reference") or ():
        told.append(Note(_against(reference)))
    if (worst := worst_balance(summary)) is not None:
        tone, words = judged(worst)
        if tone != "good":
            told.append(Note(f"Balances: largest relative error {number(worst, 2)}; {words}.", tone))
    if estimated := summary.get("estimates"):
        told.append(
            Note(f"Rests on {_count(len(estimated), 'estimate')}, not measurements; they are listed below.", "warn")
        )
    return told or [Note("Nothing came out.", "bad")]


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"


def _judgement(summary: Summary) -> Note:
    first = verdicts(summary)[0]
    speaks = any(row[1] == "speaks" for row in first.rows)
    return Note(first.headline, "warn" if speaks else "good")


def _delivered(case: Case) -> str:
    """The capacities of the steps that matter: at every rate, or in the first and last of many alike."""
    steps = [step for step in case.finished() if step.get(AREAL)]
    if not steps:
        return ""
    verb = "Delivers" if steps[0]["kind"] == "discharge" else "Takes in"
    by_rate: dict[str, list[float]] = {}
    for step in steps:
        rate = case.step_text(step["index"], step["kind"]).removeprefix(step["kind"]).strip()
        by_rate.setdefault(rate, []).append(step[AREAL])
    told = []
    for rate, capacities in by_rate.items():
        text = f"{areal(capacities[0])} at {rate}"
        if len(capacities) > 1:
            text += f", {areal(capacities[-1])} in the last of {len(capacities)} ({_share(capacities)})"
        elif by_rate and rate != (first := next(iter(by_rate))):
            text += f" ({_share([by_rate[first][0], capacities[0]])})"
        told.append(text)
    if len(told) > 4:
        told = [*told[:2], "…", told[-1]]
    return f"{verb} {'; '.join(told)}."


def _share(capacities: Sequence[float]) -> str:
    return f"{100 * capacities[-1] / capacities[0]:.3g} %"


def _against(reference: Mapping[str, Any]) -> str:
    name = f"{reference['quantity'].replace('_', ' ')} of step {reference['step']}"
    quoted = f"quoted {number(reference['quoted'])} {_pretty(reference['unit'])}"
    if reference.get("simulated") is None:
        return f"{name[0].upper()}{name[1:]}: not reached; {quoted}."
    share = "" if reference.get("relative") is None else f" ({100 * reference['relative']:+.1f} %)"
    return f"{name[0].upper()}{name[1:]}: simulated {number(reference['simulated'])}, {quoted}{share}."


def _pretty(unit: str) -> str:
    return unit.replace("cm2", "cm²").replace("cm3", "cm³")


def tiles(case: Case, summary: Summary) -> list[Tile]:
    """The numbers of the first screen."""
    found = []
    for side in electrodes(summary)[:1]:
        found += _plated_tiles(summary, side)
    if last := case.finished():
        first = last[0]
        if first.get(AREAL) is not None:
            found.append(Tile(f"capacity, {case.step_text(first['index'], first['kind'])}", areal(first[AREAL])))
        if not electrodes(summary):
            found += _cell_tiles(case, first)
    if (worst := worst_balance(summary)) is not None:
        tone, words = judged(worst)
        found.append(Tile("balances, largest error", number(worst, 2), tone, words))
    estimated = len(summary.get("estimates") or ())
    found.append(Tile("estimates in use", str(estimated), "warn" if estimated else "good", "not measured"))
    if (seconds := summary.get("wall_time [s]")) is not None:
        cells = (summary.get("mesh") or {}).get("cells")
        found.append(Tile("solved in", format_si(seconds, "s"), "", f"{cells:,} cells" if cells else ""))
    return found


def _plated_tiles(summary: Summary, side: str) -> Iterator[Tile]:
    findings, numbers = summary["criteria"][side], (summary.get("plating") or {}).get(side) or {}
    speaking = sum(found.get("voice") == "speaks" for found in findings.values())
    yield Tile(
        "criteria that speak", f"{speaking} of {len(findings)}", "warn" if speaking else "good", f"of the {side}"
    )
    if (limit := numbers.get("limiting_current_density [A/m2]")) is not None:
        yield Tile("limiting current", measured(limit, "A/m²"), "", "per footprint")
    if (dip := numbers.get("nucleation_overpotential [V]")) is not None:
        yield Tile("dip of nucleation", measured(dip, "V"))
    if (most := numbers.get("thickness_max [m]")) is not None:
        yield Tile("deposit, at most", measured(most, "m"))


def _cell_tiles(case: Case, step: Mapping[str, Any]) -> Iterator[Tile]:
    if step.get("volumetric_capacity [mAh/cm3]") is not None:
        yield Tile("per film volume", f"{number(step['volumetric_capacity [mAh/cm3]'])} mAh/cm³", "", "the same step")
    if step.get("mean_voltage [V]") is not None:
        yield Tile("mean voltage", f"{number(step['mean_voltage [V]'])} V", "", "the same step")
    area = case.summary.get("footprint_area [m2]")
    if step.get("energy [J]") is not None and area:
        # 36 J/m² are 1 µWh/cm².
        yield Tile("energy", f"{number(step['energy [J]'] / area / 36)} µWh/cm²", "", "the same step")


# ---------------------------------------------------------------------- tables
def steps_table(case: Case, steps: Sequence[Mapping[str, Any]]) -> Table:
    """Figures of merit of every protocol step that was begun."""
    largest = {key: max((abs(s[key]) for s in steps if s.get(key) is not None), default=0.0) for key in (*_SCALED,)}
    scales = {key: scale(largest[key]) for key, scale in _SCALED.items()}
    columns = ["step", "what", "ended by"]
    columns += [f"{name} [{_slashed(scales[key][1])}]" if scales[key][1] else name for key, name in _NAMES.items()]
    rows = []
    for step in steps:
        row = [Cell(str(step.get("index")), sort=step.get("index")), Cell(_what(case, step))]
        row.append(Cell(str(step["ended_by"])) if step.get("ended_by") else Cell("not ended", tone="warn"))
        for key in _NAMES:
            value = step.get(key)
            if value is not None and key.endswith("[V]"):
                # A limit of 0 V is met to a fraction of a microvolt.
                value = round(value, 4) + 0.0
            row.append(
                Cell("–") if value is None else Cell(number(value * scales[key][0], 4), sort=value * scales[key][0])
            )
        rows.append(row)
    return Table(columns, rows, "Steps")


def _what(case: Case, step: Mapping[str, Any]) -> str:
    return case.step_text(step.get("index", -1), str(step.get("kind", "")))


def _per_hour(largest: float) -> tuple[float, str]:
    per, unit = time_unit(largest)
    return 1 / per, unit


_SCALED = {
    "duration [s]": _per_hour,
    AREAL: capacity_unit,
    "volumetric_capacity [mAh/cm3]": lambda _: (1.0, "mAh/cm³"),
    "energy [J]": lambda largest: scaled_unit(largest, "J"),
    "mean_voltage [V]": lambda _: (1.0, "V"),
    "end_voltage [V]": lambda _: (1.0, "V"),
    "time_steps": lambda _: (1.0, ""),
}
_NAMES = {
    "duration [s]": "duration",
    AREAL: "capacity",
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
        yield _references(references)
    pairs = []
    for key, words, unit in (
        ("nominal_capacity [C]", "nominal capacity of the device", "Ah"),
        ("footprint_area [m2]", "footprint of the device", "mm²"),
        ("multiplicity", "simulated domains in the device", ""),
        ("initial_voltage [V]", "voltage at the start", "V"),
    ):
        value = summary.get(key)
        if value is None:
            continue
        if unit == "Ah":
            pairs.append((words, format_si(value / 3600, "Ah")))
        else:
            pairs.append((words, f"{number(round(value * (1e6 if unit == 'mm²' else 1), 12) + 0.0, 4)} {unit}".strip()))
    if pairs:
        yield Facts(pairs, "Device")


def _references(references: Sequence[Mapping[str, Any]]) -> Table:
    columns = ("step", "quantity", "simulated", "quoted", "difference [%]", "unit", "source")
    rows = []
    for one in references:
        simulated, relative = one.get("simulated"), one.get("relative")
        rows.append(
            (
                Cell(str(one["step"]), sort=one["step"]),
                Cell(one["quantity"].replace("_", " ")),
                Cell("not reached", tone="warn") if simulated is None else Cell(number(simulated, 4), sort=simulated),
                Cell(number(one["quoted"], 4), sort=one["quoted"]),
                Cell("–") if relative is None else Cell(f"{100 * relative:+.2f}", sort=100 * relative),
                Cell(_pretty(one["unit"])),
                Cell(one["source"]),
            )
        )
    return Table(columns, rows, "Against quoted numbers")


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
