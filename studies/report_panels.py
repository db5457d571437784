"""The same picture of several cases of a study side by side, on one colour scale."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from ..visualization import VisualizationError
from ..visualization.case import Case
from ..visualization.options import Options
from ..visualization.page import save
from ..visualization.panels import draw_cases
from ..visualization.plated import SHOWN
from ..visualization.report import Block, Figure, Note, Panels
from ..visualization.report.case_views import STRAIGHT, caption, speaking, uneven
from ..visualization.views import CRITERION, VIEWS

log = logging.getLogger(__name__)

#: Cases that stand side by side, and views of them that are drawn, the first that most cases hold.
MOST_CASES, MOST_VIEWS = 12, 3
VIEWED = ("current_density", "surface_current", "concentration", "stoichiometry", "double_layer")

#: Curves that are shown beside each other as they are, each with axes of its own.
CURVES = ("nucleation_dip", "deposit_growth", "voltage_capacity", "voltammogram", "nyquist")

#: Of a picture's file in the study's figures.
PREFIX = "side_by_side_"

#: Of such a picture's title.
TITLE = ", side by side"


def draw_side_by_side(folder: Path, cases: Sequence[Case]) -> list[Path]:
    """Draw what several cases hold into the study's figures, all on one scale; nothing where one alone has fields."""
    told = [case for case in cases[:MOST_CASES] if case.regions]
    if len(told) < 2:
        return []
    written: list[Path] = []
    for view in views_to_draw(told):
        if len(written) == MOST_VIEWS:
            break
        having = [case for case in told if _missing(case, view) is None]
        if len(having) < 2:
            continue
        try:
            figure = draw_cases(having, view, Options())
            written.append(save(figure, folder / "figures" / f"{PREFIX}{view.replace(':', '_')}.png"))
        except VisualizationError as error:
            log.debug("no %s side by side: %s", view, error)
    return written


def views_to_draw(cases: Sequence[Case]) -> list[str]:
    """Views by what tells cases apart: first what speaks of plating, then fields; none where they vary along a line."""
    named = [name for case in cases for name in speaking(case) if name in SHOWN and uneven(case, name)]
    spoken = [CRITERION + name for name in sorted(dict.fromkeys(named), key=lambda name: -named.count(name))]
    if all(case.summary.get("architecture") in STRAIGHT for case in cases):
        return []
    return [*spoken[:1], *VIEWED]


def _missing(case: Case, view: str) -> str | None:
    try:
        return VIEWS[view].missing(case) if view in VIEWS else None
    except VisualizationError as error:
        return str(error)


def drawn_panels(folder: Path, cases: Sequence[Case]) -> list[Figure]:
    """What was drawn on one scale, what tells most first."""
    drawn = {path.stem.removeprefix(PREFIX): path for path in sorted((folder / "figures").glob(f"{PREFIX}*.png"))}
    order = [view.replace(":", "_") for view in views_to_draw(cases)]
    names = [name for name in order if name in drawn] + [name for name in drawn if name not in order]
    found = []
    for name in names:
        title, told = caption(name)
        found.append(Figure(drawn[name], f"{told} All cases on one colour scale.", title + TITLE))
    return found


def side_by_side(folder: Path, cases: Sequence[Case], links: Sequence[str]) -> list[Block]:
    """What was drawn on one scale, and curves of the cases beside each other; one kind is seen at a time.

    Parameters
    ----------
    folder
        Of the study.
    cases
        In their order.
    links
        Address of each case's own report.
    """
    groups: list[tuple[str, Sequence[Figure]]] = []
    for figure in drawn_panels(folder, cases):
        groups.append((figure.title.removesuffix(TITLE), [figure]))
    for name in CURVES:
        paths = [(case, case.folder / "figures" / f"{name}.png", link) for case, link in zip(cases, links, strict=True)]
        there = [Figure(path, "", case.folder.name, link) for case, path, link in paths[:MOST_CASES] if path.is_file()]
        if len(there) > 1:
            groups.append((caption(name)[0], there))
    if not groups:
        return []
    blocks: list[Block] = []
    if len(cases) > MOST_CASES:
        blocks.append(Note(f"The first {MOST_CASES} of {len(cases)} cases."))
    return [*blocks, Panels(groups)]
