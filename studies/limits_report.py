"""What a search for limits leaves behind: limits.json, limits.csv, limits.md and a figure."""

from __future__ import annotations

import csv
import dataclasses
import io
import logging
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from ..solvers.criteria.sand import finite_gap_factor
from ..solvers.gather import on_root
from .limits import Question, find_limits
from .limits_search import Search, Trial, Trouble
from .wording import criterion, listed, measured, number, place, readable

if TYPE_CHECKING:
    from mpi4py.MPI import Comm
    from rich.console import RenderableType

log = logging.getLogger(__name__)

COLUMNS = (
    "current density [mA/cm2]",
    "safe",
    "capacity before trouble [mAh/cm2]",
    "first criterion",
    "time [s]",
    "place [um]",
    "plated [mAh/cm2]",
    "Sand time [s]",
    "case",
)

CAUSES = {
    "solver": "the solver failed",
    "voltage": "limit of voltage",
    "concentration": "limit of concentration",
    "deposit": "the other electrode's metal is used up",
}


def cause(name: str) -> str:
    """What ended safe plating, in words."""
    return CAUSES.get(name) or criterion(name)


def headline(question: Question, found: Search) -> str:
    """The answer in words."""
    asked = f"{measured(question.capacity, 'C/m²')} on the {question.side}" if question.capacity else question.side
    currents = [trial.current_density for trial in found.trials]
    if found.safe is None:
        first = found.trials[0].trouble(found.independent)
        told = [f"Not safe at any current tried, down to {measured(currents[0], 'A/m²')}, for {asked}: {_told(first)}."]
    elif found.unsafe is None:
        told = [f"No limit found up to {measured(found.safe.current_density, 'A/m²')} for {asked}."]
    else:
        trouble = found.unsafe.trouble(found.independent)
        told = [
            f"Safe up to {measured(found.safe.current_density, 'A/m²')} for {asked}; "
            f"at {measured(found.unsafe.current_density, 'A/m²')}: {_told(trouble)}."
        ]
    limit = limiting_current_density(found)
    if found.safe is not None and limit is not None:
        told.append(f"That is {number(found.safe.current_density / limit)} of J_lim, {measured(limit, 'A/m²')}.")
    if found.safe is not None and limit is None:
        told.append("Nothing limits the supply of ions: J is never above J_lim.")
    if found.independent:
        names = listed([criterion(name) for name in found.independent])
        verb = "speaks" if len(found.independent) == 1 else "speak"
        told.append(f"Whatever the current, {names} {verb}; what is said here leaves it out.")
    return " ".join(told)


def _told(trouble: Trouble) -> str:
    where = f" at {place(list(trouble.place))}" if trouble.place else ""
    return f"{cause(trouble.cause)} at {measured(trouble.capacity, 'C/m²')}, {measured(trouble.time, 's')}{where}"


def limiting_current_density(found: Search) -> float | None:
    """J_lim per footprint [A/m²], of the trials that know it."""
    known = (trial.limiting_current_density for trial in found.trials)
    return next((limit for limit in known if limit is not None), None)


def sand_product(found: Search) -> float | None:
    """Sand's capacity times the current density, both per footprint [C A/m⁴], without the delay of the finite gap."""
    limit = limiting_current_density(found)
    if limit is None:
        return None
    products = [
        trial.current_density**2 * trial.sand_time / finite_gap_factor(trial.current_density / limit)
        for trial in found.trials
        if trial.sand_time is not None and trial.current_density > limit
    ]
    return median(products) if products else None


def limits_record(question: Question, found: Search, tolerance: float) -> dict[str, Any]:
    """Everything that ``limits.json`` holds."""
    return {
        "study": question.case.study.study,
        "case": question.case.name,
        "parameters": question.case.parameters,
        "electrode": question.side,
        "status": found.status,
        "headline": headline(question, found),
        "capacity [C/m2]": question.capacity,
        "safe_current_density [A/m2]": found.safe.current_density if found.safe else None,
        "unsafe_current_density [A/m2]": found.unsafe.current_density if found.unsafe else None,
        "tolerance": tolerance,
        "limiting_current_density [A/m2]": limiting_current_density(found),
        "sand_product [C A/m4]": sand_product(found),
        "criteria": [name for name in question.criteria if name not in found.independent],
        "independent_of_current": list(found.independent),
        "trials": [_record(trial, found) for trial in found.trials],
    }


def _record(trial: Trial, found: Search) -> dict[str, Any]:
    trouble = trial.trouble(found.independent)
    return {
        "current_density [A/m2]": trial.current_density,
        "case": trial.case,
        "safe": trouble is None,
        "capacity [C/m2]": trial.plated if trouble is None else trouble.capacity,
        "plated [C/m2]": trial.plated,
        "cause": trouble.cause if trouble else None,
        "time [s]": trouble.time if trouble else None,
        "place [um]": list(trouble.place) if trouble and trouble.place else None,
        "why": trouble.why if trouble else None,
        "sand_time [s]": trial.sand_time,
        "troubles": [dataclasses.asdict(t) for t in trial.troubles],
        "also_speak": list(trial.others),
    }


def limits_table(found: Search) -> str:
    """``limits.csv``: one row a current."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for trial in found.trials:
        trouble = trial.trouble(found.independent)
        writer.writerow(
            [
                trial.current_density / 10,
                trouble is None,
                (trial.plated if trouble is None else trouble.capacity) / 3.6e4,
                trouble.cause if trouble else "",
                trouble.time if trouble else "",
                " ".join(f"{x:.6g}" for x in trouble.place) if trouble and trouble.place else "",
                trial.plated / 3.6e4,
                "" if trial.sand_time is None else trial.sand_time,
                trial.case,
            ]
        )
    return stream.getvalue()


HEADER = ("current density", "safe", "capacity before trouble", "first trouble", "at", "why")


def _rows(found: Search) -> list[tuple[str, ...]]:
    rows = []
    for trial in found.trials:
        trouble = trial.trouble(found.independent)
        current, plated = measured(trial.current_density, "A/m²"), measured(trial.plated, "C/m²")
        if trouble is None:
            rows.append((current, "yes", f"{plated} and more", "–", "–", "–"))
        else:
            where = f", {place(list(trouble.place))}" if trouble.place else ""
            at = measured(trouble.time, "s") + where
            lost = measured(trouble.capacity, "C/m²")
            rows.append((current, "**no**", lost, cause(trouble.cause), at, readable(trouble.why)))
    return rows


def _notes(question: Question, found: Search) -> list[str]:
    deciding = listed([criterion(n) for n in question.criteria if n not in found.independent])
    notes = [
        f"Decided by {deciding or 'nothing'}, by the step's own limits, and by whether the solver converges. Each "
        "current is a run of its own, with the first plating step alone; trouble is taken to grow with the current."
    ]
    notes += [
        f"At {measured(trial.current_density, 'A/m²')} already, {criterion(t.cause)} speaks: {readable(t.why)}."
        for trial in found.trials[:1]
        for t in trial.troubles
        if t.cause in found.independent
    ]
    if found.safe is not None and found.safe.others:
        names = listed([criterion(name) for name in found.safe.others])
        notes.append(f"At the largest safe current {names} {'speaks' if len(found.safe.others) == 1 else 'speak'} too.")
    return notes


def limits_page(question: Question, found: Search) -> str:
    """``limits.md``."""
    text = [f"# {question.case.study.study}, {question.case.name}: limits\n", f"**{headline(question, found)}**\n"]
    text += ["| " + " | ".join(HEADER) + " |", "|---" * len(HEADER) + "|"]
    text += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in _rows(found)]
    text += ["", *(note + "\n" for note in _notes(question, found))]
    return "\n".join(text).rstrip() + "\n"


def limits_parts(question: Question, found: Search) -> list[RenderableType]:
    """The same for a terminal."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in HEADER:
        table.add_column(column, overflow="fold", ratio=5 if column == "why" else None)
    for row in _rows(found):
        table.add_row(*(Text(cell.strip("*")) for cell in row))
    return [Text(headline(question, found), style="bold"), table, *(Text(n) for n in _notes(question, found))]


def answer(
    question: Question, out: Path, tolerance: float, resume: bool, comm: Comm, deadline: float | None = None
) -> list[RenderableType]:
    """Search, write the files, and say what came out on rank 0. Collective.

    Everything is below ``<out>/<study>/limits/<case>``.
    """
    folder = out / question.case.study.study / "limits" / question.case.name
    found = find_limits(question, folder, out, tolerance, resume, comm, deadline)
    files: list[Path] = []
    on_root(comm, lambda: files.extend(write_limits(question, found, tolerance, folder)))
    if comm.rank != 0:
        return []
    return [*limits_parts(question, found), *(f"wrote {file}" for file in files)]


def write_limits(question: Question, found: Search, tolerance: float, folder: Path) -> list[Path]:
    """Write the files, and the figure where it can be drawn."""
    from ..solvers.record import write_json, write_text
    from ..visualization import VisualizationError
    from ..visualization.limits import draw_limits
    from ..visualization.page import save

    write_json(folder / "limits.json", limits_record(question, found, tolerance))
    write_text(folder / "limits.csv", limits_table(found))
    write_text(folder / "limits.md", limits_page(question, found))
    files = [folder / f"limits.{suffix}" for suffix in ("json", "csv", "md")]
    try:
        files.append(save(draw_limits(folder), folder / "limits.png"))
    except VisualizationError as error:
        log.warning("no picture: %s", error)
    return files
