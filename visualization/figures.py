"""All figures of a case or of a study, by name, into their ``figures`` folder."""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from . import fields, plated, sweeps
from .case import Case
from .curve_figures import CURVES, study_figures
from .errors import VisualizationError, unknown
from .moment import Moment, moment
from .page import save
from .picture import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

log = logging.getLogger(__name__)

FIELDS: dict[str, Callable[[Moment], Picture]] = {
    "geometry": fields.draw_geometry,
    "concentration": fields.draw_concentration,
    "current_density": fields.draw_current_density,
    "potential": fields.draw_potential,
    "stoichiometry": fields.draw_stoichiometry,
}
SURFACES: dict[str, Callable[[Case, float | None], "Figure"]] = {
    "surface_current": plated.draw_surface_current,
    "deposit": plated.draw_deposit,
    "criteria": plated.draw_criteria,
}
CASE_FIGURES = (*CURVES, *FIELDS, *SURFACES)


def make_case_figures(
    case_dir: str | Path, names: Iterable[str] | None = None, time: float | None = None
) -> list[Path]:
    """Draw a case's figures as PNG into ``<case_dir>/figures``.

    Parameters
    ----------
    case_dir
        ``results/<study>/<case>``.
    names
        Of `CASE_FIGURES`; without it every figure for which the case holds the data.
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
    case = Case(Path(case_dir))
    wanted = list(CASE_FIGURES if names is None else names)
    for name in wanted:
        if name not in CASE_FIGURES:
            raise unknown("figure", name, CASE_FIGURES)
    _ = case.summary, case.curves
    folder = case.folder / "figures"
    written = []
    now: Moment | None = None
    for name in wanted:
        try:
            if name in CURVES:
                figure = CURVES[name](case)
            elif name in SURFACES:
                figure = SURFACES[name](case, time)
            else:
                now = now or moment(case, time)
                figure = FIELDS[name](now).figure()
            written.append(save(figure, folder / f"{name}.png"))
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
