"""Cases against two figures of merit, and those that no other case beats in both."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .axes import blank, headline, logarithmic, open_marker_note
from .case import Case
from .errors import VisualizationError
from .merits import Merit, merit_named
from .style import FAINT, LINES, look
from .sweeps import independent, line_label, which_step

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Largest over least value from which an axis is logarithmic.
LINEAR = 20.0

#: Cases of the front that are named beside the picture.
MOST_NAMES = 14

SENSES = ("larger", "smaller")


def pareto_front(points: np.ndarray, larger: Sequence[bool]) -> np.ndarray:
    """Indices of the points that no other point beats, in ascending order of the first coordinate.

    A point is beaten by one that is at least as good in both coordinates and better in one; of equal points all stay.

    Parameters
    ----------
    points
        Shape (n, 2), finite.
    larger
        For each coordinate whether larger is better.
    """
    good = np.where(np.asarray(larger), 1.0, -1.0) * points
    at_least = (good[None, :, :] >= good[:, None, :]).all(axis=2)
    better = (good[None, :, :] > good[:, None, :]).any(axis=2)
    front = np.flatnonzero(~(at_least & better).any(axis=1))
    return front[np.lexsort((points[front, 1], points[front, 0]))]


def draw_pareto(
    cases: list[Case], merit_x: str, merit_y: str, sense: tuple[str | None, str | None] = (None, None)
) -> "Figure":
    """All cases against two figures of merit; the front that no case beats is joined, numbered and named.

    Cases that did not come to their end are open and not of the front: their last finished step may be another one.

    Parameters
    ----------
    cases
        Of the study.
    merit_x, merit_y
        Of `MERITS`.
    sense
        ``"larger"`` or ``"smaller"`` is better, for either axis; ``None`` for what the merit says itself.

    Raises
    ------
    VisualizationError
        A merit or a sense is not known, or fewer than two cases have both numbers.
    """
    merits = merit_named(merit_x), merit_named(merit_y)
    larger = tuple(_larger(merit, wanted) for merit, wanted in zip(merits, sense, strict=True))
    points = np.array([[merit.value(case) for merit in merits] for case in cases])
    known = np.isfinite(points).all(axis=1)
    if known.sum() < 2:
        raise VisualizationError(f"fewer than two cases have both '{merit_x}' and '{merit_y}': there is no front")
    kept, points = [case for case, has in zip(cases, known, strict=True) if has], points[known]
    scales = [merit.scale(float(np.abs(points[:, k]).max())) for k, merit in enumerate(merits)]
    points = points * [factor for factor, _ in scales]
    whole = np.flatnonzero([not case.unfinished for case in kept])
    front = whole[pareto_front(points[whole], larger)] if len(whole) else whole
    with look():
        figure = blank(3.9 + 0.16 * min(len(front), MOST_NAMES + 1))
        axes = figure.subplots()
        ended = np.setdiff1d(np.arange(len(kept)), whole)
        _draw_front(axes, points, front, ended, larger)
        for axis, which, merit, values, (_, unit) in zip(
            (axes.xaxis, axes.yaxis), "xy", merits, points.T, scales, strict=True
        ):
            if values.min() > 0 and values.max() > LINEAR * values.min():
                logarithmic(axes, values, which)
            axis.set_label_text(merit.label(unit))
        missing = len(cases) - len(kept)
        told = f"{which_step(kept)}; {len(front)} of {len(whole)} cases on the front"
        told += f", {note}" if (note := open_marker_note(kept)) else ""
        headline(axes, str(cases[0].summary.get("study", "")), told + (f", {missing} without both" if missing else ""))
        _better(axes, larger)
        _names(figure, [line_label(kept[k], independent(cases)) or kept[k].folder.name for k in front])
    return figure


def _larger(merit: Merit, sense: str | None) -> bool:
    if sense is None:
        return merit.larger_is_better
    if sense not in SENSES:
        raise VisualizationError(f"sense '{sense}' is not known; there is: {', '.join(SENSES)}")
    return sense == "larger"


def _draw_front(
    axes: "Axes", points: np.ndarray, front: np.ndarray, ended: np.ndarray, larger: tuple[bool, bool]
) -> None:
    """Points, open of cases that ended early, and the stair that bounds what they reach."""
    others = np.setdiff1d(np.arange(len(points)), np.concatenate([front, ended]))
    axes.plot(*points[ended].T, "o", color=FAINT, markerfacecolor="white", markersize=5.5, label="unfinished")
    axes.plot(*points[others].T, "o", color=FAINT, alpha=0.45, markersize=4.5, markeredgewidth=0, label="beaten")
    stair = "steps-post" if not larger[0] else "steps-pre"
    axes.plot(*points[front].T, color=LINES[0], linewidth=1.0, alpha=0.7, drawstyle=stair)
    axes.plot(*points[front].T, "o", color=LINES[0], markersize=6, label="front")
    for number, place in enumerate(points[front], 1):
        axes.annotate(str(number), place, (5, 4), textcoords="offset points", fontsize=8, color=LINES[0])


def _better(axes: "Axes", larger: tuple[bool, bool]) -> None:
    """An arrow into the corner where a case would be better in both."""
    corner = np.where(larger, 0.985, 0.015)
    tail = corner + np.where(larger, -1, 1) * (0.05, 0.09)
    arrow = {"arrowstyle": "-|>", "color": FAINT, "lw": 1.0, "shrinkA": 0, "shrinkB": 0}
    aligned = {"ha": "right" if larger[0] else "left", "va": "top" if larger[1] else "bottom"}
    axes.annotate("better", corner, tail, "axes fraction", "axes fraction", arrow, fontsize=8, color=FAINT, **aligned)


def _names(figure: "Figure", names: list[str]) -> None:
    """The cases of the front by their numbers, below the axes."""
    from matplotlib.lines import Line2D

    told = [f"{number}  {name}" for number, name in enumerate(names[:MOST_NAMES], 1)]
    if len(names) > MOST_NAMES:
        told.append(f"… and {len(names) - MOST_NAMES} more")
    handles = [Line2D([], [], linestyle="none", label=text) for text in told]
    figure.legend(handles=handles, loc="outside lower left", handlelength=0, handletextpad=0, labelspacing=0.4)
