"""Draws the figures of the verification book: closed forms as lines, computed values as markers, errors below."""

from collections.abc import Iterable, Sequence
from math import ceil, floor, log10
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from .book import Curve, Errors, Figure, Kind
from .errors import VisualizationError
from .page import save
from .style import FAINT, INK, LINES, MARKERS, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

PIXELS_PER_INCH = 100
LARGEST = 30_000
"""Bytes above which a picture is written with a palette: a book has dozens of them."""

MOST_MARKERS = 40
"""Of a curve; of more points every second, every third … is drawn. The errors show all."""


def draw_book_figure(panels: Sequence[Figure | Errors], path: Path) -> Path:
    """Draw panels side by side and write them as PNG, whole or not at all.

    Raises
    ------
    VisualizationError
        There is no finite number to draw; the columns of a curve differ in length.
    """
    from matplotlib.figure import Figure as Sheet

    _require_columns(panels)
    if not any(_has_data(panel) for panel in panels):
        raise VisualizationError(f"no finite number to draw in {path.name}")
    with look():
        below = any(_judged(panel) for panel in panels)
        entries = max((len(panel.labels) for panel in panels if isinstance(panel, Errors)), default=0)
        curves = 4.5 if below else 3.8 if any(isinstance(panel, Figure) for panel in panels) else 0.0
        height = max(curves, 1.2 + 0.4 * entries)
        width = 6.4 if len(panels) == 1 else 4.6 * len(panels)
        sheet = Sheet(figsize=(width, height), dpi=PIXELS_PER_INCH, layout="constrained")
        grid = sheet.add_gridspec(2 if below else 1, len(panels), height_ratios=(2.4, 1) if below else None)
        for column, panel in enumerate(panels):
            if not _judged(panel):
                axes = sheet.add_subplot(grid[:, column])
                _draw_errors(axes, panel) if isinstance(panel, Errors) else _draw_curves(axes, panel)
                continue
            axes = sheet.add_subplot(grid[0, column])
            _draw_curves(axes, panel)
            lower = sheet.add_subplot(grid[1, column], sharex=axes)
            _draw_deviations(lower, panel)
            axes.set_xlabel("")
            axes.tick_params(labelbottom=False)
        save(sheet, path, LARGEST)
    return path


def _require_columns(panels: Sequence[Figure | Errors]) -> None:
    """Refuse curves that cannot be drawn; only here, so that a case with a wrong figure keeps its numbers."""
    for panel in panels:
        for curve in panel.curves if isinstance(panel, Figure) else ():
            if not isinstance(curve, Curve):
                raise VisualizationError(f"the figure '{panel.title}' has a {type(curve).__name__} among its curves")
            lengths = {len(curve.x), len(curve.y), len(curve.expected) or len(curve.x)}
            if len(lengths) > 1:
                raise VisualizationError(f"the curve '{curve.label}' has columns of the lengths {sorted(lengths)}")


def _has_data(panel: Figure | Errors) -> bool:
    columns = [panel.errors] if isinstance(panel, Errors) else [curve.y for curve in panel.curves]
    return any(np.isfinite(column).any() for column in columns)


def _judged(panel: Figure | Errors) -> bool:
    return isinstance(panel, Figure) and any(curve.expected for curve in panel.curves)


def _coloured(panel: Figure) -> list[tuple[Curve, int]]:
    """Every curve with the number of its colour: its place among the lines or among the markers."""
    seen = dict.fromkeys(Kind, 0)
    numbered = []
    for curve in panel.curves:
        numbered.append((curve, seen[curve.kind]))
        seen[curve.kind] += 1
    return numbered


def _draw_curves(axes: "Axes", panel: Figure) -> None:
    from matplotlib.lines import Line2D

    unnamed = False
    for curve, number in _coloured(panel):
        colour = LINES[number % len(LINES)]
        if curve.kind == Kind.BOUND:
            axes.plot(curve.x, curve.y, color=FAINT, ls="--", lw=1, zorder=1, label=curve.label or None)
        elif curve.kind == Kind.LINE:
            unnamed |= not curve.label
            # Colours come round again as dotted lines.
            style = {"color": colour, "ls": "-" if number < len(LINES) else ":", "lw": 1.4}
            axes.plot(curve.x, curve.y, zorder=2, label=curve.label or None, **style)
            if curve.tolerance:
                axes.fill_between(curve.x, *curve.band(), color=colour, alpha=0.18, lw=0, zorder=1)
        else:
            _mark(axes, curve, curve.y, number, curve.label or None, MOST_MARKERS)
    axes.set_title(panel.title, loc="left")
    axes.set_xlabel(panel.x)
    axes.set_ylabel(panel.y)
    if panel.log_x:
        axes.set_xscale("log")
    if panel.log_y:
        axes.set_yscale("log")
    for axis, logarithmic in ((axes.xaxis, panel.log_x), (axes.yaxis, panel.log_y)):
        if logarithmic:
            _number_decades(axis)
    handles, _ = axes.get_legend_handles_labels()
    if unnamed and handles:
        handles.append(Line2D([], [], color=FAINT, lw=1.4, label="closed form"))
    if handles and not _judged(panel) and (len(handles) > 4 or (panel.log_x and panel.log_y)):
        # Straight lines in logarithms, as of orders, leave no corner free; the pad clears the axis' name.
        below = {"loc": "upper center", "bbox_to_anchor": (0.5, 0.0), "borderaxespad": 4.2}
        axes.legend(handles=handles, ncols=2 if len(handles) > 3 else 1, columnspacing=1.2, **below)
    elif handles:
        axes.legend(handles=handles, loc="best")


def _number_decades(axis: "Axis") -> None:
    """Numbers at decades; over less than one and a half of them at 1, 2, 5, 10 … instead."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = sorted(axis.get_view_interval())
    if low > 0 and high < 30 * low:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _mark(
    axes: "Axes", curve: Curve, y: Iterable[float], number: int, label: str | None = None, most: int | None = None
) -> None:
    colour = LINES[number % len(LINES)]
    axes.plot(
        curve.x,
        list(y),
        markevery=-(-len(curve.x) // most) if most and curve.x else 1,
        ls="none",
        marker=MARKERS[number % len(MARKERS)],
        ms=5 if most or len(curve.x) <= 20 else 3.5,
        mfc="white",
        mec=colour,
        mew=1.2,
        zorder=4 - number / 100,
        label=label,
    )


def _draw_deviations(axes: "Axes", panel: Figure) -> None:
    """Relative errors of the markers on a logarithmic axis, and the errors allowed."""
    judged = [(curve, number) for curve, number in _coloured(panel) if curve.expected]
    every = [curve.errors() for curve, _ in judged]
    known = [*np.concatenate(every), *(curve.tolerance for curve, _ in judged)]
    known = [value for value in known if np.isfinite(value) and value > 0]
    low, high = floor(log10(min(known, default=1e-16))), ceil(log10(2 * max(known, default=1.0)))
    for (curve, number), errors in zip(judged, every, strict=True):
        # What is met to the last digit has no place on a logarithmic axis; it is drawn at its lower end.
        _mark(axes, curve, np.maximum(errors, 10.0**low), number)
        axes.axhline(curve.tolerance, color=FAINT, ls="--", lw=1)
    axes.set_yscale("log")
    axes.set_ylim(10.0**low / 2, 10.0**high)
    _number_decades(axes.yaxis)
    axes.set_ylabel("Relative error")
    axes.set_xlabel(panel.x)


def _draw_errors(axes: "Axes", panel: Errors) -> None:
    errors, tolerances = np.array(panel.errors), np.array(panel.tolerances)
    rows = np.arange(len(errors))
    known = [value for value in (*errors, *tolerances) if np.isfinite(value) and value > 0]
    # What is zero to round-off has no place on a logarithmic axis; it is drawn at its left end.
    floor = max(min(known, default=1e-16) / 3, 1e-17)
    shown = np.where(np.isfinite(errors), np.maximum(errors, floor), np.nan)
    good = errors <= tolerances
    for these, colour, marker in ((good, LINES[0], "o"), (~good, LINES[1], "X")):
        axes.plot(shown[these], rows[these], ls="none", marker=marker, ms=6, color=colour)
    axes.plot(tolerances, rows, ls="none", marker="|", ms=13, mew=1.6, color=INK, label="allowed")
    for row in rows[~np.isfinite(errors)]:
        axes.annotate("no number", (0.02, row), xycoords=("axes fraction", "data"), va="center", color=LINES[1])
    axes.set_xscale("log")
    _number_decades(axes.xaxis)
    axes.set_yticks(rows, [fill(label, 44) for label in panel.labels], fontsize=8)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel("Relative error")
    axes.set_title(panel.title, loc="left")
    axes.legend(loc="lower left", bbox_to_anchor=(0.75, 1.0), borderaxespad=0.2)
