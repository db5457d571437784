"""All figures of a case or of a study, by name, into their ``figures`` folder."""

import logging
from collections.abc import Iterable
from pathlib import Path

from . import sweeps
from .case import Case
from .curve_figures import CURVES, study_figures
from .errors import VisualizationError, unknown
from .options import Options
from .page import save
from .picture import figure_of
from .views import CRITERION, OF_A_RUN, VIEWS, draw_view

log = logging.getLogger(__name__)

#: What a run draws; `make_case_figures` knows every other view too.
CASE_FIGURES = (*CURVES, *OF_A_RUN)


def make_case_figures(
    case_dir: str | Path | Case, names: Iterable[str] | None = None, time: float | None = None
) -> list[Path]:
    """Draw a case's figures as PNG into ``<case_dir>/figures``.

    Parameters
    ----------
    case_dir
        ``results/<study>/<case>``, or a case that was opened.
    names
        Of `CASE_FIGURES` or `VIEWS`; without it every one of the former for which the case holds the data.
    time
        Of the field pictures, s: the nearest snapshot is taken. Without it the one with the largest current; of plated
        electrodes the end of plating.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    VisualizationError
        A name is not known; a figure that was named lacks its data; there is no time series.
    """
    case = case_dir if isinstance(case_dir, Case) else Case(Path(case_dir))
    wanted = list(CASE_FIGURES if names is None else names)
    for name in wanted:
        if name not in CURVES and name not in VIEWS and not name.startswith(CRITERION):
            raise unknown("figure", name, (*CURVES, *VIEWS))
    _ = case.summary, case.curves
    folder = case.folder / "figures"
    written = []
    for name in wanted:
        try:
            drawn = CURVES[name](case) if name in CURVES else draw_view(case, name, Options(time=time))
            written.append(save(figure_of(drawn), folder / f"{name.replace(':', '_')}.png"))
        except VisualizationError as error:
            if names is not None:
                raise
            log.debug("no figure %s: %s", name, error)
    return written


def make_study_figures(study_dir: str | Path) -> list[Path]:
    """Draw a study's comparisons as PNG into ``<study_dir>/figures``.

    Those of `study_figures` for which the cases hold the data; none of a single case without several rates.

    Raises
    ------
    VisualizationError
        There is no case with a summary.
    """
    study = Path(study_dir)
    cases = sweeps.study_cases(study)
    folder = study / "figures"
    written = []
    for name, draw in study_figures(study, cases).items():
        try:
            written.append(save(draw(), folder / f"{name}.png"))
        except VisualizationError as error:
            log.debug("no figure %s: %s", name, error)
    return written
