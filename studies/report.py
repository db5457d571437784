"""Writes the reports of a run: ``report.html`` of every case, and of the study where it has several."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from ..visualization import CASE_FIGURES, VisualizationError, make_case_figures, make_study_figures
from ..visualization.plated import SHOWN
from ..visualization.report import write
from ..visualization.report.case_views import STRAIGHT, speaking, uneven
from ..visualization.views import CRITERION
from .report_asked import resolved
from .report_case import FILE, begun_case, case_report, opened_case
from .report_panels import draw_side_by_side
from .report_study import study_cases, study_report

log = logging.getLogger(__name__)


def write_case_report(folder: Path, three_d: bool = True, pictures: bool = True, several: bool | None = None) -> Path:
    """Write a case's ``report.html`` and return its path; parameters as of `case_report`."""
    if pictures:
        _draw_speaking(folder)
    return write(case_report(folder, three_d, pictures, several), folder / FILE)


def write_study_report(folder: Path, pictures: bool = True) -> Path:
    """Write a study's ``report.html`` and return its path; parameters as of `study_report`."""
    if pictures:
        draw_side_by_side(folder, study_cases(folder))
    return write(study_report(folder, pictures), folder / FILE)


def write_reports(results: Path, three_d: bool = True) -> Iterator[Path]:
    """Write the reports of one case, or of a study and all its cases, whichever folder is given; pictures too where
    there are none.

    The last one that is yielded is that of the folder, or of a study's only case.

    Raises
    ------
    StudyError
        The folder is missing, or holds nothing of a run.
    """
    if begun_case(results):
        _draw_missing(results)
        yield write_case_report(results, three_d)
        return
    cases = study_cases(results)
    for case in cases:
        _draw_missing(case.folder)
        yield write_case_report(case.folder, three_d, several=len(cases) > 1)
    if len(cases) > 1:
        try:
            make_study_figures(results)
        except VisualizationError as error:
            log.warning("no figures of the study: %s", error)
        yield write_study_report(results)


def _draw_speaking(folder: Path) -> None:
    """Draw the criterion that speaks with the least margin where it varies in space: a reader wants to see where."""
    case, _ = opened_case(folder)
    if case.summary.get("architecture") in STRAIGHT:
        return
    named = [name for name in speaking(case) if name in SHOWN and uneven(case, name)]
    if not named:
        return
    try:
        make_case_figures(folder, [CRITERION + named[0]])
    except VisualizationError as error:
        log.debug("%s: no picture of %s: %s", folder, named[0], error)


def _draw_missing(folder: Path) -> None:
    """Draw what is not there of a case's pictures, each by itself: results may be damaged in any way.

    Other commands may have left pictures of their own; those that the study chose stay the only ones.
    """
    case, _ = opened_case(folder)
    chosen = (resolved(folder).get("output") or {}).get("figures")
    for name in chosen if isinstance(chosen, list) else CASE_FIGURES:
        if (folder / "figures" / f"{name}.png").is_file():
            continue
        try:
            make_case_figures(case, [name])
        except Exception as error:
            # A report tells what is left of a run.
            log.debug("%s: no picture %s: %s", folder, name, error)
