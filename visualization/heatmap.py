"""A figure of merit over two swept parameters."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from .axes import blank, headline
from .case import Case
from .errors import VisualizationError, unknown
from .merits import merit_named
from .notation import number_text, parameter_text, value_text
from .style import FAINT, INK, look
from .sweeps import axis_label, independent, positions, swept, which_step

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Brightness below which a cell's number is white.
DARK = 0.45

#: Cells along an axis up to which numbers are written in them.
MOST_NUMBERS = 12


def heatmap_cells(
    cases: list[Case], x: str, y: str, at: Mapping[str, str] | None = None
) -> tuple[list[str], list[str], dict[tuple[int, int], Case]]:
    """Values along both axes in ascending order, and the case of each cell (column, row).

    Raises
    ------
    VisualizationError
        A parameter is not swept or both change together; several cases share a cell, so that others must be fixed.
    """
    at = dict(at or {})
    for path in (x, y, *at):
        if path not in swept(cases):
            raise unknown("swept parameter", path, swept(cases))
    kept = [
        case for case in cases if all(str(case.summary["parameters"].get(path)) == str(v) for path, v in at.items())
    ]
    if not kept:
        raise VisualizationError(f"no case has {', '.join(f'{path} = {value}' for path, value in at.items())}")
    given = [(str(case.summary["parameters"].get(x)), str(case.summary["parameters"].get(y)), case) for case in kept]
    columns, rows = (_ascending([entry[k] for entry in given]) for k in (0, 1))
    cells: dict[tuple[int, int], Case] = {}
    for column, row, case in given:
        place = columns.index(column), rows.index(row)
        if place in cells:
            others = [path for path in independent(kept) if path not in (x, y)]
            raise VisualizationError(
                f"several cases have {x} = {column} and {y} = {row}; fix what else is swept with at={{…}}: "
                f"{', '.join(others) or 'nothing'}"
            )
        cells[place] = case
    if len(columns) < 2 or len(rows) < 2 or len(cells) <= max(len(columns), len(rows)):
        raise VisualizationError(f"{x} and {y} change together: a line over one of them says all (draw_sweep)")
    return columns, rows, cells


def draw_heatmap(cases: list[Case], x: str, y: str, merit: str, at: Mapping[str, str] | None = None) -> "Figure":
    """A figure of merit against two swept parameters; cells without a number are hatched and say why.

    Numbers of cases that did not come to their end are in brackets: they are those of the last step that did. Where
    there are too many cells for numbers they have a ring.

    Parameters
    ----------
    cases
        Of the study.
    x, y
        Key paths of the parameters.
    merit
        Of `MERITS`.
    at
        Where more is swept: key path and value, as written in the study, of what is held.

    Raises
    ------
    VisualizationError
        See `heatmap_cells`; no case has a number.
    """
    shown = merit_named(merit)
    columns, rows, cells = heatmap_cells(cases, x, y, at)
    values = np.full((len(rows), len(columns)), math.nan)
    for (column, row), case in cells.items():
        values[row, column] = shown.value(case)
    if np.isnan(values).all():
        raise VisualizationError(f"no case has a number for '{merit}'")
    factor, unit = shown.scale(float(np.nanmax(np.abs(values))))
    with look():
        figure = blank(min(1.7 + 0.5 * len(rows), 7.0))
        axes = figure.subplots()
        image = axes.imshow(np.ma.masked_invalid(values * factor), origin="lower", aspect="auto", cmap="viridis")
        _fill(axes, values * factor, cells, image)
        held = ", ".join(f"{parameter_text(path)} {value_text(value)}" for path, value in (at or {}).items())
        ended = {cells[column, row].unfinished for row, column in np.argwhere(np.isfinite(values))} - {""}
        mark = "in brackets" if max(values.shape) <= MOST_NUMBERS else "with a ring"
        note = f"{mark}: {', '.join(sorted(ended))}, last finished step" if ended else ""
        told = ", ".join(filter(None, (which_step(list(cells.values())), held, note)))
        headline(axes, str(cases[0].summary.get("study", "")), told)
        _ticks(axes, cases, (x, columns), (y, rows))
        bar = figure.colorbar(image, ax=axes, pad=0.02)
        bar.set_label(shown.label(unit))
        bar.outline.set_linewidth(0.5)
    return figure


def _ascending(values: list[str]) -> list[str]:
    where, _, _ = positions(list(values))
    return sorted(where, key=where.__getitem__)


def _ticks(axes: "Axes", cases: list[Case], across: tuple[str, list[str]], up: tuple[str, list[str]]) -> None:
    """Values of the parameters; their common unit stands at the axis."""
    axes.grid(False)
    axes.tick_params(length=0)
    for (path, values), axis in ((across, axes.xaxis), (up, axes.yaxis)):
        where, unit, named = positions(list(values))
        told = [value_text(value) if named else f"{where[value]:g}" for value in values]
        axis.set_ticks(range(len(values)), told)
        axis.set_label_text(axis_label(cases, path, unit))


def _fill(axes: "Axes", values: np.ndarray, cells: Mapping[tuple[int, int], Case], image) -> None:
    """Numbers in the cells, and hatching with the reason where there is none."""
    from matplotlib.patches import Rectangle

    written = max(values.shape) <= MOST_NUMBERS
    for (row, column), value in np.ndenumerate(values):
        if math.isnan(value):
            box = {"facecolor": "white", "edgecolor": FAINT, "hatch": "////", "linewidth": 0.0}
            axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, **box))
            case = cells.get((column, row))
            status = "not run" if case is None else str(case.summary.get("status", "no value"))
            told = "no value" if status == "done" else status
            paper = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
            axes.text(column, row, told, ha="center", va="center", fontsize=7.5, color=INK, bbox=paper)
            continue
        shade = "white" if luminance(image.cmap(image.norm(value))) < DARK else INK
        if not written and cells[column, row].unfinished:
            axes.plot(column, row, "o", color=shade, markerfacecolor="none", markersize=4)
        elif written:
            told = f"({number_text(value)})" if cells[column, row].unfinished else number_text(value)
            axes.text(column, row, told, ha="center", va="center", fontsize=8, color=shade)


def luminance(colour: tuple[float, ...]) -> float:
    """Perceived brightness of a colour, from 0 to 1 (ITU-R BT.709 weights on its gamma-encoded channels)."""
    return float(np.dot(colour[:3], (0.2126, 0.7152, 0.0722)))
