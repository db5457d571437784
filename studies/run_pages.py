"""Pictures and reports at the end of a run: what goes wrong with them is a warning, the numbers stand."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from ..geometry.machine import GRAVE, system_error
from .schema import Study

log = logging.getLogger(__name__)


def case_figures(study: Study, folder: Path) -> None:
    """Draw the pictures of a case; one that cannot be drawn is a warning."""
    if study.output.figures is False:
        return
    from ..visualization import make_case_figures

    names = None if study.output.figures is True else list(study.output.figures)
    _figures(lambda: make_case_figures(folder, names))


def study_figures(study: Study, folder: Path) -> None:
    """Draw the pictures that compare the cases of a study; one that cannot be drawn is a warning."""
    if study.output.figures is False:
        return
    from ..visualization import make_study_figures

    _figures(lambda: make_study_figures(folder))


def _figures(draw: Callable[[], Iterable[Path]]) -> None:
    from ..visualization import VisualizationError

    try:
        for path in draw():
            log.info("picture: %s", path)
    except VisualizationError as error:
        log.warning("no picture: %s", error)


def case_report(study: Study, folder: Path, several: bool) -> None:
    """Write the report of a case; that of a case which was done already stays as it is."""
    from .report import write_case_report

    report, summary = folder / "report.html", folder / "summary.json"
    if report.is_file() and summary.is_file() and report.stat().st_mtime >= summary.stat().st_mtime:
        return
    pictures = study.output.figures is not False
    _report(study, lambda: write_case_report(folder, pictures, pictures, several))


def study_report(study: Study, folder: Path) -> None:
    """Write the report of a study."""
    from .report import write_study_report

    _report(study, lambda: write_study_report(folder, study.output.figures is not False))


def _report(study: Study, write: Callable[[], Path]) -> None:
    """Write a report; whatever goes wrong with it but a fault of the machine is a warning."""
    if not study.output.report:
        return
    try:
        log.info("report: %s", write())
    except Exception as error:
        if system_error(error) in GRAVE:
            raise
        log.warning("no report: %s: %s", type(error).__name__, error)
