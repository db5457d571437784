"""The verdict on a run's plated electrodes: one page, made of its summary alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..visualization.curves import PLATED
from .errors import StudyError
from .wording import criterion, listed, measured, number, place, readable

if TYPE_CHECKING:
    from rich.console import RenderableType

Summary = Mapping[str, Any]

FILE = "verdict.md"

HEADER = ("criterion", "says", "value", "margin", "first", "why")

_LEGEND = """\
A criterion **speaks** where metal grows through by the mechanism that it is about, is **silent** where it does not, and
has **no say** where it cannot be applied. Margin: below 1 it speaks. None of them predicts a dendrite, and they may
disagree; what each means and where it ends: docs/criteria.md. Surfaces are judged at the times of the saved fields and
at the end of every protocol step, so a criterion may have begun to speak up to one such interval before the time that
is given."""


@dataclass(frozen=True)
class Verdict:
    """What is to be told of one electrode, in words.

    Attributes
    ----------
    side
        ``anode`` or ``cathode``.
    headline
        Sentences.
    rows
        One per criterion, cells as in :data:`HEADER`.
    numbers
        What goes with them: name and value.
    """

    side: str
    headline: str
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[tuple[str, str], ...]


def verdicts(summary: Summary) -> list[Verdict]:
    """One for every electrode that was plated, the one that the study is about first."""
    return [_verdict(summary, side) for side in electrodes(summary)]


def electrodes(summary: Summary) -> list[str]:
    """Plated electrodes: those on a foreign substrate, then in the order in which they were plated."""
    criteria, plating = summary.get("criteria") or {}, summary.get("plating") or {}
    driven = [PLATED[step["kind"]] for step in summary.get("steps") or [] if step.get("kind") in PLATED]

    def rank(side: str) -> tuple[bool, int]:
        first = driven.index(side) if side in driven else len(driven)
        return (plating.get(side) or {}).get("substrate") is None, first

    return sorted((side for side in criteria if criteria[side]), key=rank)


def _verdict(summary: Summary, side: str) -> Verdict:
    findings = summary["criteria"][side]
    numbers = (summary.get("plating") or {}).get(side) or {}
    rows = tuple(_row(name, found) for name, found in findings.items())
    return Verdict(side, _headline(summary, side), rows, tuple(_numbers(findings, numbers, _plated(summary, side))))


# ---------------------------------------------------------------------- in words
def _plated(summary: Summary, side: str) -> tuple[float | None, float | None]:
    """Current [A/m²] and largest capacity [C/m²] per footprint of the steps that plated an electrode."""
    steps = [step for step in summary.get("steps") or [] if PLATED.get(step.get("kind", "")) == side]
    area = summary.get("footprint_area [m2]")
    currents = [abs(step["value"]) for step in steps if step.get("value") is not None]
    capacities = [3.6e4 * step["areal_capacity [mAh/cm2]"] for step in steps if step.get("areal_capacity [mAh/cm2]")]
    return max(currents) / area if currents and area else None, max(capacities, default=None)


def _headline(summary: Summary, side: str) -> str:
    findings = summary["criteria"][side]
    current, capacity = _plated(summary, side)
    substrate = ((summary.get("plating") or {}).get(side) or {}).get("substrate")
    where = f"the {side} on {substrate}" if substrate else f"the {side}"
    passed = f" in {measured(capacity, 'C/m²')}" if capacity else ""
    passed += f" at {measured(current, 'A/m²')}" if current is not None else ""
    speaking = [name for name, found in findings.items() if found.get("voice") == "speaks"]
    if not speaking:
        told = [f"Nothing speaks of {where}{passed}." if current is not None else f"Nothing speaks of {where}."]
        margins = {n: f["margin"] for n, f in findings.items() if f.get("margin") is not None}
        if margins:
            nearest = min(margins, key=margins.__getitem__)
            told.append(f"Nearest to it: {criterion(nearest)}, with a margin of {number(margins[nearest])}.")
    else:
        names = listed([criterion(name) for name in speaking])
        verb = "speaks" if len(speaking) == 1 else "speak"
        told = [f"{names[0].upper()}{names[1:]} {verb} of {where}{passed}."]
        first = [(f["first"]["time [s]"], n) for n, f in findings.items() if n in speaking and f.get("first")]
        if first:
            time, name = min(first)
            centre = findings[name]["first"].get("place [um]")
            told.append(f"First: {criterion(name)} at {measured(time, 's')}{_at(centre)}.")
    told.append(_sand(findings))
    if summary.get("status") not in (None, "done"):
        told.append(f"The run is {summary['status']}: {summary.get('reason') or 'no reason is known'}.")
    return " ".join(sentence for sentence in told if sentence)


def _sand(findings: Mapping[str, Any]) -> str:
    """What the supply of ions comes to, which most readers look for first."""
    sand, share = findings.get("sand_time") or {}, (findings.get("limiting_current") or {}).get("value")
    if sand.get("voice") == "no say":
        why = str(sand.get("why") or "")
        return f"Sand's criterion {readable(why.split(';')[0])}." if why.startswith("does not apply") else ""
    if sand.get("value") is not None:
        told = f"{number(share)} times the limiting current: " if share is not None else ""
        return f"{told}depleted after {measured(sand['value'], 's')}{_error(sand)} (Sand)."
    if not share:
        return "No Sand event: nothing limits the supply of ions."
    return f"No Sand event: J is {number(100 * share)} % of J_lim."


def _error(found: Mapping[str, Any]) -> str:
    """The error of a criterion's value by the mesh, where it is known and reaches the digits shown."""
    error = found.get("value_error")
    worth = error is not None and error >= 5e-4 * abs(found["value"])
    return f" ± {measured(error, found.get('unit', '1'))}" if worth else ""


def _at(centre: list[float] | None) -> str:
    """Where; nothing where all of the surface is alike."""
    return f" at {place(centre)}" if centre else ""


def _row(name: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    voice, value, first = found.get("voice", "no say"), found.get("value"), found.get("first")
    if value is None:
        value = "–" if voice == "no say" else "no event"
    else:
        value = measured(value, found.get("unit", "1")) + _error(found)
    margin = "–" if found.get("margin") is None else number(found["margin"])
    seen = measured(first["time [s]"], "s") + _at(first.get("place [um]")) if first else "–"
    return criterion(name), voice, value, margin, seen, readable(found.get("why") or "–")


def _numbers(
    findings: Mapping[str, Any], numbers: Mapping[str, Any], passed: tuple[float | None, float | None]
) -> Iterator[tuple[str, str]]:
    """What a reader wants to see beside the criteria."""
    current, capacity = passed
    if current is not None:
        yield "current per footprint", measured(current, "A/m²")
    if capacity is not None:
        yield "plated in one step, per footprint", measured(capacity, "C/m²")
    limit = numbers.get("limiting_current_density [A/m2]")
    yield "limiting current J_lim, per footprint", "none" if limit is None else measured(limit, "A/m²")
    if (factor := numbers.get("area_factor")) is not None:
        yield "surface over footprint", number(factor)
    found = findings.get("sand_time") or {}
    sand, none = found.get("value"), "does not apply" if found.get("voice") == "no say" else "no event"
    yield "Sand's time", none if sand is None else measured(sand, "s")
    depletion = numbers.get("depletion") or {}
    how, time = depletion.get("how", "not within the run"), depletion.get("time [s]")
    yield "surface used up", how if time is None else f"after {measured(time, 's')} of plating ({how})"
    mean, most = (numbers.get(f"thickness_{key} [m]") for key in ("mean", "max"))
    if mean is not None and most is not None and most > 0:
        yield "thickness of the deposit, largest in time", f"mean {measured(mean, 'm')}, at most {measured(most, 'm')}"
    dip = numbers.get("nucleation_overpotential [V]")
    yield "nucleation: height of the dip over the plateau", "none" if dip is None else measured(dip, "V")
    if (plateau := numbers.get("plateau_overpotential [V]")) is not None:
        yield "polarisation of the cell on the plateau", measured(plateau, "V")


# ---------------------------------------------------------------------- page
def verdict_page(summary: Summary) -> str:
    """The page in Markdown."""
    text = [f"# {_title(summary)}: verdict\n"]
    found = verdicts(summary)
    for one in found:
        text += [f"## {one.side.capitalize()}\n", f"**{one.headline}**\n"]
        text.append("| " + " | ".join(HEADER) + " |")
        text.append("|---" * len(HEADER) + "|")
        for name, says, *others in one.rows:
            says = f"**{says}**" if says == "speaks" else says
            text.append("| " + " | ".join(cell.replace("|", "\\|") for cell in (name, says, *others)) + " |")
        text += ["", "| number | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in one.numbers), ""]
    text += ["## What it rests on\n", _rests_on(summary), "", _LEGEND]
    return "\n".join(text).rstrip() + "\n"


def verdict_parts(summary: Summary) -> Iterator[RenderableType]:
    """The same for a terminal."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    colours = {"speaks": "bold red", "silent": "green", "no say": "dim"}
    yield Text(_title(summary), style="bold")
    for one in verdicts(summary):
        yield Text(f"\n{one.headline}", style="bold")
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in HEADER:
            table.add_column(column, overflow="fold", ratio=5 if column == "why" else None)
        for name, says, *others in one.rows:
            table.add_row(name, Text(says, style=colours.get(says, "")), *map(Text, others))
        yield table
        width = max(len(name) for name, _ in one.numbers)
        yield Text("\n".join(f"{name:<{width}}  {value}" for name, value in one.numbers))
    yield Text(f"\n{_rests_on(summary)}", style="dim")


def verdict_line(summary: Summary) -> str | None:
    """The electrode that is meant, in one line; None where nothing was plated."""
    found = verdicts(summary)
    return found[0].headline if found else None


def _title(summary: Summary) -> str:
    return f"{summary.get('study')}, {summary.get('case')}"


def _rests_on(summary: Summary) -> str:
    estimated = summary.get("estimates") or []
    if not estimated:
        return "No parameter in use is an estimate."
    return "Estimates, not measurements: " + ", ".join(estimated) + "."


# ---------------------------------------------------------------------- files
def write_verdict(folder: Path, summary: Summary) -> Path | None:
    """Write ``verdict.md`` into a case's folder where an electrode was plated."""
    from ..solvers.record import write_text

    if not electrodes(summary):
        return None
    write_text(folder / FILE, verdict_page(summary))
    return folder / FILE


def read_cases(results: Path) -> list[tuple[Path, Summary]]:
    """Folders and summaries of the cases in which metal was plated: of one case, or of all in a study's folder.

    Raises
    ------
    StudyError
        There is no such folder, no case in it, none in which metal was plated, or a summary that cannot be read.
    """
    if not results.is_dir():
        raise StudyError(f"{results}: no such folder; give that of a study or a case, results/<study>/<case>")
    own = results / "summary.json"
    files = [own] if own.is_file() else sorted(results.glob("*/summary.json"))
    if not files:
        raise StudyError(f"{results}: holds no summary.json; give the folder of a study or a case that has run")
    cases = [(file.parent, _read(file)) for file in files]
    plated = [(folder, summary) for folder, summary in cases if electrodes(summary)]
    if not plated:
        raise StudyError(
            f"{results}: no electrode was plated, so there is nothing to judge; metal is plated on a metal electrode, "
            "in a discharge on the cathode, in a charge on the anode"
        )
    return plated


def _read(path: Path) -> Summary:
    from ..visualization.case import VisualizationError, json_file

    try:
        found = json_file(path)
    except VisualizationError as error:
        raise StudyError(str(error)) from None
    if not isinstance(found, Mapping):
        raise StudyError(f"{path}: is not the summary of a case")
    return found
