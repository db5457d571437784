"""The capacity that is plated before trouble against the current: where a cell is safe, and why it is not elsewhere."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .axes import blank, headline
from .case import json_file
from .errors import VisualizationError
from .notation import number_text
from .style import FAINT, LINES, MARKERS, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Points of Sand's curve.
POINTS = 300

#: From so much above J_lim on, in its units; nearer to it the time goes to infinity.
ONSET = 1e-9


def draw_limits(folder: Path) -> "Figure":
    """What the ``limits.json`` in a folder says.

    Raises
    ------
    VisualizationError
        There is no such file, or no trial in it.
    """
    from matplotlib.ticker import FuncFormatter

    if not (folder / "limits.json").is_file():
        raise VisualizationError(f"no limits.json in {folder}; `archode limits` makes it")
    told = json_file(folder / "limits.json")
    trials = told.get("trials") or []
    if not trials:
        raise VisualizationError(f"{folder / 'limits.json'} holds no trials")
    with look():
        figure = blank(4.4)
        axes = figure.subplots()
        _draw_trials(axes, trials)
        current = np.array([trial["current_density [A/m2]"] for trial in trials]) / 10
        ends = current.min() / 1.4, current.max() * 1.4
        axes.set_xscale("log")
        axes.set_xlim(*ends)
        for formatter in (axes.xaxis.set_major_formatter, axes.xaxis.set_minor_formatter):
            formatter(FuncFormatter(_tick))
        _draw_references(axes, told, ends)
        axes.set_xlabel("Current density / mA cm$^{-2}$ of footprint")
        axes.set_ylabel("Capacity before trouble / mAh cm$^{-2}$")
        _scale(axes, trials, told)
        headline(axes, f"{told['study']}, {told['case']}: {told['electrode']}", _said(told))
        axes.legend(loc="best")
    return figure


def _tick(value: float, _position: int) -> str:
    """1, 2 and 5 of every decade have room for a label."""
    return f"{value:g}" if f"{value:e}"[0] in "125" else ""


def _said(told: dict[str, Any]) -> str:
    """The answer in a few words."""
    safe, unsafe = told.get("safe_current_density [A/m2]"), told.get("unsafe_current_density [A/m2]")
    if safe is None:
        return "not safe at any current tried"
    if unsafe is None:
        return f"no limit found up to {number_text(safe / 10)} mA cm$^{{-2}}$"
    return f"safe up to {number_text(safe / 10)} mA cm$^{{-2}}$, not at {number_text(unsafe / 10)} mA cm$^{{-2}}$"


def _draw_trials(axes: "Axes", trials: list[dict[str, Any]]) -> None:
    """Safe currents with an arrow: more could be plated. The others by what troubles first."""
    safe = [t for t in trials if t["safe"]]
    if safe:
        x, y = _points(safe)
        axes.plot(x, y, "o", color=LINES[2], label="safe: the capacity asked for")
        arrow = {"arrowstyle": "<-", "color": LINES[2], "shrinkA": 0, "shrinkB": 4}
        for place in zip(x, y, strict=True):
            axes.annotate("", place, (0, 20), textcoords="offset points", arrowprops=arrow)
    causes = dict.fromkeys(t["cause"] for t in trials if not t["safe"])
    for index, cause in enumerate(causes):
        x, y = _points([t for t in trials if t["cause"] == cause])
        style = {"color": LINES[1 if index == 0 else 2 + index % 5], "marker": MARKERS[(1 + index) % len(MARKERS)]}
        axes.plot(x, y, linestyle="none", label=f"trouble: {str(cause).replace('_', ' ')}", **style)


def _points(trials: list[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([(t["current_density [A/m2]"] / 10, t["capacity [C/m2]"] / 3.6e4) for t in trials]).T


def _draw_references(axes: "Axes", told: dict[str, Any], ends: tuple[float, float]) -> None:
    """The limiting current, and Sand's capacity above it; the window that is safe."""
    from ..solvers.criteria.sand import finite_gap_factor

    limit, product = told.get("limiting_current_density [A/m2]"), told.get("sand_product [C A/m4]")
    if limit is not None and ends[0] < limit / 10 < ends[1]:
        axes.axvline(limit / 10, color=FAINT, linestyle="--", linewidth=1.0, label="limiting current")
    if limit is not None and product is not None and limit / 10 < ends[1]:
        beyond = [10 * end / limit - 1 for end in ends]
        current = limit * (1 + np.geomspace(max(ONSET, beyond[0]), beyond[1], POINTS))
        capacity = product / current * finite_gap_factor(current / limit)
        axes.plot(current / 10, capacity / 3.6e4, color=LINES[0], linewidth=1.3, label="Sand's capacity")
    if told.get("safe_current_density [A/m2]") is not None:
        axes.axvspan(ends[0], told["safe_current_density [A/m2]"] / 10, color=LINES[2], alpha=0.08, linewidth=0)


def _scale(axes: "Axes", trials: list[dict[str, Any]], told: dict[str, Any]) -> None:
    """Room for the points; Sand's curve, which goes to infinity, does not stretch it."""
    from matplotlib.ticker import FuncFormatter

    _, capacity = _points(trials)
    top = max(capacity.max(), (told.get("capacity [C/m2]") or 0.0) / 3.6e4)
    positive = capacity[capacity > 0]
    if len(positive) and top > 8 * positive.min():
        axes.set_yscale("log")
        axes.set_ylim(positive.min() / 2, 3 * top)
        for formatter in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
            formatter(FuncFormatter(_tick))
    else:
        axes.set_ylim(0, 1.4 * top or 1.0)
