"""The first screen of a case's report: what came out, in sentences and in numbers."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..materials import format_si
from ..visualization import VisualizationError
from ..visualization.case import Case
from ..visualization.curves import PLATED
from ..visualization.notation import length_text, time_text
from ..visualization.report import Note, Tile
from .balances import judged, worst_balance
from .report_asked import resolved
from .report_steps import AREAL, AREAL_ERROR, areal, asked_steps, duration, pretty, rate_words, step_words
from .summary import passed_both_ways
from .verdict import electrodes, verdicts
from .wording import measured, number

log = logging.getLogger(__name__)

Summary = Mapping[str, Any]
Step = Mapping[str, Any]

#: How a case ended: word, and how that is to be taken.
STATUSES = {
    "done": ("done", "good"),
    "failed": ("failed", "bad"),
    "invalid": ("no mesh", "bad"),
    "unbalanced": ("unbalanced", "bad"),
    "interrupted": ("interrupted", "warn"),
    "unfinished": ("unfinished", "warn"),
}

#: Steps of a kind that are told of one by one.
MOST_STEPS = 3


def answer(case: Case, summary: Summary) -> list[Note]:
    """What came out, in sentences: the first ones that a reader sees."""
    told = []
    if summary.get("status") != "done":
        reason = summary.get("reason") or "no reason is known"
        told.append(Note(f"{STATUSES.get(str(summary.get('status')), ('Ended', ''))[0].capitalize()}: {reason}", "bad"))
        told += [Note(sentence) for sentence in _reached(case)]
    if sides := electrodes(summary):
        told.append(_judgement(summary))
        told += [Note(sentence) for sentence in _plated(summary, sides[0])]
    elif sentence := _delivered(case):
        told.append(Note(sentence))
    told += [Note(sentence) for _, _, sentence in _held(case)]
    told += [Note(sentence) for sentence in _swept(case)]
    told += [Note(_against(reference)) for reference in summary.get("reference") or ()]
    told += [Note(f"{warning[:1].upper()}{warning[1:]}.", "warn") for warning in summary.get("warnings") or ()]
    if (worst := worst_balance(summary)) is not None:
        tone, words = judged(worst)
        if tone != "good":
            told.append(Note(f"Balances: largest relative error {number(worst, 2)}; {words}.", tone))
    if not told:
        told.append(Note("No step of the protocol came to its end.", "bad"))
    if estimated := summary.get("estimates"):
        told.append(
            Note(f"Rests on {_count(len(estimated), 'estimate')}, not measurements; they are listed below.", "warn")
        )
    return told


def _reached(case: Case) -> Iterator[str]:
    """How far a run came that did not end."""
    try:
        last = case.curves.iloc[-1]
        step = {"index": int(last["protocol_step"]), "kind": last["kind"]}
        words = step_words(case, step, asked_steps(case.folder))
        where = f"in step {step['index']}: {words}, {number(round(last['voltage [V]'], 4) + 0.0)} V"
        yield f"It reached {time_text(last['time [s]'])}, {where}."
    except (VisualizationError, KeyError, IndexError, ValueError) as error:
        log.debug("no last time step: %s", error)


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"


def _judgement(summary: Summary) -> Note:
    first = verdicts(summary)[0]
    speaks = any(row[1] == "speaks" for row in first.rows)
    return Note(first.headline, "warn" if speaks else "good")


def _plated(summary: Summary, side: str) -> Iterator[str]:
    """How even the deposit is, and what stripping gives back."""
    numbers = (summary.get("plating") or {}).get(side) or {}
    mean, most = numbers.get("thickness_mean [m]"), numbers.get("thickness_max [m]")
    if mean and most and most > 0:
        told = f"The deposit is {length_text(mean)} thick in the mean"
        yield f"{told} and even to 1 %." if most < 1.01 * mean else f"{told}, {length_text(most)} at its thickest."
    plated, stripped = _passed(summary, side)
    if plated and stripped:
        share = f"{100 * stripped / plated:.3g} %"
        yield f"Stripping gives back {areal(stripped)} of the {areal(plated)} that were plated ({share})."


def _passed(summary: Summary, side: str) -> tuple[float, float]:
    """Charge per footprint [mAh/cm²] of the finished steps that plate an electrode, and that strip it."""
    totals = {True: 0.0, False: 0.0}
    for step in summary.get("steps") or ():
        if step.get("ended_by") and step.get(AREAL) and step.get("kind") in PLATED:
            totals[PLATED[step["kind"]] == side] += step[AREAL]
    return totals[True], totals[False]


def _delivered(case: Case) -> str:
    """The capacities of the steps that matter: at every rate, or in the first and last of many alike."""
    steps = [step for step in case.finished() if step.get(AREAL)]
    if not steps:
        return ""
    verb, asked = "Delivers" if steps[0]["kind"] == "discharge" else "Takes in", asked_steps(case.folder)
    by_rate: dict[str, list[Step]] = {}
    for step in steps:
        by_rate.setdefault(rate_words(case, step, asked), []).append(step)
    told = []
    for rate, alike in by_rate.items():
        capacities = [step[AREAL] for step in alike]
        text = f"{areal(capacities[0], alike[0].get(AREAL_ERROR))} at {rate}"
        if len(capacities) > 1:
            text += f", {areal(capacities[-1])} in the last of {len(capacities)} ({_share(capacities)})"
        elif rate != (first := next(iter(by_rate))):
            text += f" ({_share([by_rate[first][0][AREAL], capacities[0]])} of it)"
        told.append(text)
    if len(told) > 4:
        told = [*told[:2], "…", told[-1]]
    return f"{verb} {'; '.join(told)}."


def _share(capacities: Sequence[float]) -> str:
    return f"{100 * capacities[-1] / capacities[0]:.3g} %"


def _held(case: Case) -> Iterator[tuple[float, float | None, str]]:
    """Where the voltage alone is held: the current in the end [A], between reservoirs the conductance [S], in words."""
    held = [step for step in case.summary.get("steps") or () if step.get("ended_by") and step.get("kind") == "hold"]
    if not held or case.finished():
        return
    interfaces = resolved(case.folder).get("interfaces") or {}
    reservoirs = all((interfaces.get(side) or {}).get("reaction") == "reservoir" for side in ("anode", "cathode"))
    for step in held[:MOST_STEPS]:
        rows = _rows(case, step)
        if rows is None:
            continue
        last, voltage = rows.iloc[-1], step.get("value")
        current = abs(last["current [A]"])
        told = f"At {format_si(voltage, 'V')} passes {_rounded(current, 'A')} in the end"
        told += f", {measured(abs(last['current_density [A/m2]']), 'A/m²')} of footprint"
        conductance = current / abs(voltage) if reservoirs and voltage else None
        told += f": a conductance of {_siemens(conductance)}" if conductance else ""
        yield current, conductance, f"{told}."


def _rounded(value: float, unit: str) -> str:
    return format_si(float(f"{value:.3g}"), unit)


def _siemens(value: float) -> str:
    for factor, unit in ((1.0, "S"), (1e3, "mS"), (1e6, "µS"), (1e9, "nS"), (1e12, "pS")):
        if value * factor >= 1:
            return f"{number(value * factor)} {unit}"
    return f"{number(value)} S"


def _swept(case: Case) -> Iterator[str]:
    """The largest current of a voltage that is swept, and what passed."""
    ramps = [step for step in case.summary.get("steps") or () if step.get("kind") == "ramp"]
    asked = asked_steps(case.folder)
    for step in ramps[:MOST_STEPS]:
        rows = _rows(case, step)
        if rows is not None:
            peak = rows.iloc[int(rows["current_density [A/m2]"].abs().argmax())]
            told = f"{measured(peak['current_density [A/m2]'], 'A/m²')} at {format_si(peak['voltage [V]'], 'V')}"
            if passed_both_ways(step):
                anodic, cathodic = (step[f"areal_{sign}_charge [mAh/cm2]"] for sign in ("anodic", "cathodic"))
                told += f"; {areal(anodic)} anodic and {areal(cathodic)} cathodic charge passed"
            yield f"Swept at {rate_words(case, step, asked)}: largest current {told}."


def _rows(case: Case, step: Step):
    """The time series of a step; None where there is none."""
    try:
        table = case.curves
        rows = table[table["protocol_step"] == step.get("index")]
        return rows if len(rows) and {"current [A]", "current_density [A/m2]"} <= set(table.columns) else None
    except (VisualizationError, KeyError) as error:
        log.debug("no time series of a step: %s", error)
        return None


def _against(reference: Mapping[str, Any]) -> str:
    name = f"{reference['quantity'].replace('_', ' ')} of step {reference['step']}"
    quoted = f"quoted {number(reference['quoted'])} {pretty(reference['unit'])}"
    if reference.get("simulated") is None:
        return f"{name[0].upper()}{name[1:]}: not reached; {quoted}."
    share = "" if reference.get("relative") is None else f" ({100 * reference['relative']:+.1f} %)"
    return f"{name[0].upper()}{name[1:]}: simulated {number(reference['simulated'])}, {quoted}{share}."


# ---------------------------------------------------------------------- tiles
def tiles(case: Case, summary: Summary) -> list[Tile]:
    """The numbers of the first screen."""
    found, asked = [], asked_steps(case.folder)
    finished = [step for step in case.finished() if step.get(AREAL) is not None]
    sides = electrodes(summary)
    if sides:
        found += _plated_tiles(summary, sides[0])
        shown = finished[:1]
    else:
        # Of many rates the first and the last, which tell most.
        shown = finished[:1] + [step for step in finished[-1:] if _rate_differs(case, asked, finished[0], step)]
    found += [Tile(f"capacity, {step_words(case, step, asked)}", areal(step[AREAL], step.get(AREAL_ERROR)))
        for step in shown
    ]
    if finished and not sides:
        found += _cell_tiles(case, summary, finished[0], step_words(case, finished[0], asked))
    for current, conductance, _ in list(_held(case))[:1]:
        found.append(Tile("current in the end", _rounded(current, "A")))
        found += [Tile("conductance", _siemens(conductance))] if conductance else []
    if length := (summary.get("double_layers") or {}).get("debye_length [m]"):
        found.append(Tile("Debye length", _rounded(length, "m")))
    if (worst := worst_balance(summary)) is not None:
        tone, words = judged(worst)
        found.append(Tile("balances, largest error", number(worst, 2), tone, words))
    if (estimates := summary.get("estimates")) is not None:
        tone, note = ("warn", "not measured") if estimates else ("good", "")
        found.append(Tile("estimates in use", str(len(estimates)), tone, note))
    if (seconds := summary.get("wall_time [s]")) is not None:
        cells = (summary.get("mesh") or {}).get("cells")
        found.append(Tile("solved in", duration(seconds), "", f"{cells:,} cells" if cells else ""))
    return found


def _rate_differs(case: Case, asked: Sequence[tuple[str, str]], one: Step, other: Step) -> bool:
    return rate_words(case, one, asked) != rate_words(case, other, asked)


def _plated_tiles(summary: Summary, side: str) -> Iterator[Tile]:
    findings, numbers = summary["criteria"][side], (summary.get("plating") or {}).get(side) or {}
    speaking = sum(found.get("voice") == "speaks" for found in findings.values())
    yield Tile(
        "criteria that speak", f"{speaking} of {len(findings)}", "warn" if speaking else "good", f"of the {side}"
    )
    if (limit := numbers.get("limiting_current_density [A/m2]")) is not None:
        yield Tile("limiting current", measured(limit, "A/m²"), "", "per footprint")
    if (dip := numbers.get("nucleation_overpotential [V]")) is not None:
        yield Tile("nucleation overpotential", measured(dip, "V"), "", "depth of the dip below the plateau")
    if (plateau := numbers.get("plateau_overpotential [V]")) is not None:
        yield Tile("plateau of plating", measured(plateau, "V"), "", "polarisation of the cell")
    if (most := numbers.get("thickness_max [m]")) is not None and most > 0:
        yield Tile("deposit, at most", measured(most, "m"))


def _cell_tiles(case: Case, summary: Summary, step: Step, words: str) -> Iterator[Tile]:
    if step.get("volumetric_capacity [mAh/cm3]") is not None:
        yield Tile("per film volume", f"{number(step['volumetric_capacity [mAh/cm3]'])} mAh/cm³", "", words)
    if step.get("mean_voltage [V]") is not None:
        yield Tile("mean voltage", f"{number(step['mean_voltage [V]'])} V", "", words)
    area, energy = summary.get("footprint_area [m2]"), step.get("energy [J]")
    if energy is not None and area:
        # 36 J/m² are 1 µWh/cm².
        yield Tile("energy", f"{number(energy / area / 36)} µWh/cm²", "", words)
    before = case.step(step["index"] - 1)
    if step["kind"] == "discharge" and before.get("kind") == "charge" and before.get(AREAL):
        charge, given = f"{100 * step[AREAL] / before[AREAL]:.3g} %", before.get("energy [J]")
        if energy and given and given > 0:
            note = f"discharge over charge; of the charge {charge}"
            yield Tile("energy given back", f"{100 * energy / given:.3g} %", "", note)
        else:
            yield Tile("charge given back", charge, "", "discharge over charge")
