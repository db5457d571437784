"""The report of one case: gathered from its folder, whatever of a run's files is there."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..visualization import CASE_FIGURES, VisualizationError
from ..visualization.case import Case
from ..visualization.curve_figures import CURVES
from ..visualization.notation import parameters_text, plain
from ..visualization.report import Block, Cell, Code, Figure, Gallery, Note, Report, Section, Table, Views
from ..visualization.report.case_views import STRAIGHT, caption, speaking
from .errors import StudyError
from .report_answer import STATUSES, answer, tiles
from .report_asked import asked, resolved
from .report_audit import audit
from .report_outcome import outcome, verdict_blocks
from .verdict import electrodes

log = logging.getLogger(__name__)

#: A report's file, in the folder of a case and of a study.
FILE = "report.html"

#: Pictures that stand beside the answer, the first that is there: of what is measured otherwise than by current, of
#: cells through which the current flows straight, so that their fields are dull, and of all others.
SPECTRA = ("nyquist", "voltammogram")
CURVED = ("nucleation_dip", "current_transient", "voltage_capacity", "voltage_time")
SPATIAL = ("current_density", "surface_current", "deposit", "concentration", "voltage_capacity", "voltage_time")

#: What the files of a case are for; docs/results.md has more.
FILES = {
    "study.yml": "the resolved study, to be run again",
    "summary.json": "what came out, in numbers",
    "verdict.md": "what the criteria say",
    "provenance.json": "what it is made of: the study, its materials and files by content, versions",
    "timeseries.csv": "one row for every time step",
    "timeseries.parquet": "the same, typed",
    "steps.csv": "one row for every step of the protocol that ended",
    "restart.h5": "to go on with --resume",
    "run.log": "messages",
}


def case_report(folder: Path, three_d: bool = True, pictures: bool = True, several: bool | None = None) -> Report:
    """Everything a case's folder holds, as a report.

    Parameters
    ----------
    folder
        ``results/<study>/<case>``.
    three_d, pictures
        Whether there are scenes to turn, and pictures.
    several
        Whether the study has a report of its own, to link to; what stands beside the folder tells, unless given.

    Raises
    ------
    StudyError
        The folder holds nothing of a run.
    """
    case, missing = opened_case(folder)
    summary = case.summary
    status, tone = STATUSES.get(str(summary.get("status")), (str(summary.get("status")), "warn"))
    steps = list(summary.get("steps") or ()) or list(_steps_of_series(case))
    figures = case_figures(folder) if pictures else []
    hero = _hero(case, figures)
    if several is None:
        several = (folder.parent / FILE).is_file()
    return Report(
        title=title(summary),
        kicker=f"archode · report of a run · {str(summary.get('architecture', '')).replace('_', ' ')}".rstrip(" ·"),
        description=str(summary.get("description") or ""),
        status=status,
        tone=tone,
        answer=[*answer(case, summary), *(Note(text, "warn") for text in missing)],
        tiles=tiles(case, summary),
        hero=hero,
        links=[("All cases of the study", f"../{FILE}")] if several else [],
        sections=list(_sections(case, steps, figures, hero, three_d and pictures)),
        footer=footer(summary),
    )


def _hero(case: Case, figures: Sequence[Figure]) -> Figure | None:
    """The picture that tells most: where a criterion that speaks does so, else by what kind of a cell it is."""
    straight = case.summary.get("architecture") in STRAIGHT
    spoken = [f"criterion_{name}" for name in speaking(case)]
    there = {figure.path.stem: figure for figure in figures}
    names = [*SPECTRA, *(CURVED if straight else [*spoken, *SPATIAL]), "geometry"]
    return next((there[name] for name in names if name in there), None)


def title(summary: Mapping[str, Any]) -> str:
    """Study and swept parameters, else study and case."""
    parameters = plain(parameters_text(summary["parameters"])) if summary.get("parameters") else ""
    name = parameters or str(summary.get("case", ""))
    return f"{summary.get('study', 'Run')}" + (f": {name}" if name not in ("", "base") else "")


def footer(summary: Mapping[str, Any]) -> str:
    """Who computed it."""
    version = (summary.get("versions") or {}).get("archode")
    return f"Computed by archode {version}." if version else "Computed by archode."


def begun_case(folder: Path) -> bool:
    """Whether a folder holds something of a run."""
    return any((folder / name).is_file() for name in ("study.yml", "summary.json", "timeseries.csv"))


def opened_case(folder: Path) -> tuple[Case, list[str]]:
    """A case with a summary, made of the resolved study where the run left none, and sentences on what is missing.

    Raises
    ------
    StudyError
        There is no such folder, or it holds nothing of a run.
    """
    if not folder.is_dir():
        raise StudyError(f"{folder}: no such folder; give that of a study or a case, results/<study>/<case>")
    case, missing = Case(folder), []
    try:
        if not isinstance(case.summary, Mapping):
            raise VisualizationError(f"{folder / 'summary.json'} is not the summary of a case")
    except VisualizationError as error:
        if not begun_case(folder):
            raise StudyError(f"{folder}: holds no case that was begun; give results/<study>/<case>") from None
        there = (folder / "summary.json").exists()
        reason = str(error) if there else "there is no summary.json: the run was ended before it could write one"
        study = resolved(folder)
        told = {"study": study.get("study", folder.parent.name), "case": folder.name, "reason": reason}
        told["architecture"] = (study.get("geometry") or {}).get("architecture", "")
        told |= {"description": study.get("description", ""), "status": "unfinished"}
        case.__dict__["summary"] = told
    for name, what in (("study.yml", "what was asked"), ("timeseries.csv", "curves")):
        if not (folder / name).is_file() and not (folder / name).with_suffix(".parquet").is_file():
            missing.append(f"There is no {name}: {what} cannot be told.")
    return case, missing


def case_figures(folder: Path) -> list[Figure]:
    """The pictures in a folder's ``figures``, in the order in which they are told of."""
    found = {path.stem: path for path in sorted((folder / "figures").glob("*.png"))}
    known = [name for name in CASE_FIGURES if name in found]
    names = known + [name for name in found if name not in known]
    return [Figure(found[name], caption(name)[1], caption(name)[0]) for name in names]


def _sections(
    case: Case, steps: Sequence[Mapping[str, Any]], figures: Sequence[Figure], hero: Figure | None, three_d: bool
) -> Iterator[Section]:
    summary, folder = case.summary, case.folder
    if electrodes(summary):
        yield Section("verdict", "Verdict", list(verdict_blocks(summary)))
    yield Section("outcome", "What came out", list(outcome(case, summary, steps)))
    # What stands beside the answer is not shown again.
    figures = [figure for figure in figures if hero is None or figure.path != hero.path]
    curves = [figure for figure in figures if figure.path.stem in CURVES]
    others = [figure for figure in figures if figure.path.stem not in CURVES]
    if curves:
        yield Section("curves", "Curves", [Gallery(curves)])
    if three_d:
        yield Section("view", "In 3D", list(_views(case)))
    if others:
        yield Section("pictures", "Pictures", [Gallery(others)])
    study = resolved(folder)
    if study:
        blocks = [
            *asked(study),
            *_estimates(summary),
            Code("study.yml, resolved", (folder / "study.yml").read_text("utf-8")),
        ]
        yield Section("asked", "What was asked", blocks)
    yield Section("trust", "Can it be trusted?", list(audit(summary, folder)))
    yield Section("files", "Files", [_files(folder)])


def _estimates(summary: Mapping[str, Any]) -> Iterator[Block]:
    if estimated := summary.get("estimates"):
        yield Code(f"{len(estimated)} estimates, not measurements", "\n".join(estimated))


def _views(case: Case) -> Iterator[Block]:
    from ..visualization.report.case_views import case_views

    try:
        views = case_views(case)
    except (VisualizationError, ImportError) as error:
        yield Note(f"There is no view to turn: {error}", "warn")
        return
    yield Note("Drag to turn, wheel to zoom, shift and drag to move. The moment that is shown stands beside the scene.")
    yield Views(views)


def _steps_of_series(case: Case) -> Iterator[dict[str, Any]]:
    """What the time series tells of the steps, where there is no summary of them."""
    try:
        table = case.curves
        area, before = case.summary.get("footprint_area [m2]"), 0.0
        for index, rows in table.groupby("protocol_step", sort=True):
            last = rows.iloc[-1]
            yield {
                "index": int(index),
                "kind": last["kind"],
                "duration [s]": last["time [s]"] - before,
                "areal_capacity [mAh/cm2]": last["areal_step_capacity [mAh/cm2]"],
                "end_voltage [V]": last["voltage [V]"],
                "ended_by": "not known" if index < table["protocol_step"].max() else None,
                "time_steps": len(rows),
                "footprint_area [m2]": area,
            }
            before = last["time [s]"]
    except (VisualizationError, KeyError) as error:
        log.debug("no steps from the time series: %s", error)


def _files(folder: Path) -> Table:
    """What else stands beside the report."""
    rows = []
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name != FILE and not path.name.endswith(".part"):
            size = path.stat().st_size
            what = FILES.get(path.name, "fields over time, for ParaView and Python" if path.suffix == ".vtkhdf" else "")
            rows.append((Cell(path.name, link=quote(path.name)), Cell(what), Cell(f"{size / 1e3:,.1f}", sort=size)))
    return Table(("file", "holds", "kB"), rows)
