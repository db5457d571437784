"""Sheets of axes with a common abscissa, and axes on which few or even numbers are read well."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from .case import Case
from .notation import parameters_text
from .picture import PIXELS_PER_INCH
from .style import DOUBLE_COLUMN, FAINT, LINES, MARKERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: One panel, inches.
HEIGHT = 3.9

#: Room beside the outermost values of a logarithmic axis, a factor.
FEW = 1.5


def panels(case: Case, number: int, heights: Sequence[float]) -> tuple["Figure", list["Axes"]]:
    """Stacked axes under the case's name."""
    summary = case.summary
    return sheet(str(summary.get("study", "")), parameters_text(summary.get("parameters", {})), number, heights)


def sheet(title: str, subtitle: str, number: int, heights: Sequence[float]) -> tuple["Figure", list["Axes"]]:
    """Stacked axes with a common abscissa under a title."""
    figure = blank(HEIGHT if number == 1 else 1.4 + 1.45 * sum(heights))
    grid = figure.subplots(number, 1, sharex=True, squeeze=False, height_ratios=heights)
    axes = list(grid[:, 0])
    headline(axes[0], title, subtitle)
    return figure, axes


def blank(height: float) -> "Figure":
    """A sheet two columns wide, `height` inches high."""
    from matplotlib.figure import Figure

    return Figure(figsize=(DOUBLE_COLUMN, height), dpi=PIXELS_PER_INCH, layout="constrained")


def headline(axes: "Axes", title: str, subtitle: str) -> None:
    """Title, and under it in grey what it is about."""
    if subtitle:
        place = {"xycoords": "axes fraction", "textcoords": "offset points"}
        # A long one runs over the edge of a narrow page; it shall not narrow the axes.
        axes.annotate(subtitle, (0, 1), (0, 8), color=FAINT, fontsize=8, **place).set_in_layout(False)
    axes.set_title(title, loc="left", pad=22 if subtitle else 10)


def line_style(index: int) -> dict[str, str]:
    """Colour and marker of the line of that number."""
    return {"color": LINES[index % len(LINES)], "marker": MARKERS[index % len(MARKERS)]}


def open_marker(index: int) -> dict[str, object]:
    """The marker of that line's cases which did not come to their end."""
    return line_style(index) | {"markerfacecolor": "white", "linestyle": "none", "zorder": 3}


def open_marker_note(cases: Iterable[Case]) -> str:
    """What an open marker says, where some of the cases have one."""
    ended = sorted({case.unfinished for case in cases} - {""})
    return f"open: {', '.join(ended)}, last finished step" if ended else ""


def steady(axes: "Axes", least: float = 0.02) -> None:
    """Keep an even quantity from being drawn as its round-off: at least that share of the value is shown."""
    low, high = axes.get_ylim()
    size = max(abs(low), abs(high))
    if high - low < least * size:
        middle = (low + high) / 2
        axes.set_ylim(middle - least * size / 2, middle + least * size / 2)


def number_axis(axes: "Axes", values: Iterable[float]) -> None:
    """Few values become the ticks themselves; over nearly a decade the axis is logarithmic."""
    from matplotlib.ticker import FuncFormatter, NullLocator

    # Rates of several cases that are meant to be equal differ in their last digits.
    values = sorted({float(f"{value:.5g}") for value in values})
    if values[0] > 0 and values[-1] >= 8 * values[0]:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    if len(values) <= 6:
        axes.set_xticks(values, [f"{value:.3g}" for value in values])
        axes.xaxis.set_minor_locator(NullLocator())


def logarithmic(axes: "Axes", values: Iterable[float], which: str) -> None:
    """A logarithmic axis ("x" or "y") around `values` > 0, with labels also where it spans less than two decades."""
    import math

    from matplotlib.ticker import FuncFormatter

    values = list(values)
    low, high = min(values) / FEW, max(values) * FEW
    wide = math.log10(high / low) > 2
    axis = axes.xaxis if which == "x" else axes.yaxis
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    (axes.set_xlim if which == "x" else axes.set_ylim)(low, high)
    if wide and (high > 1e4 or low < 1e-3):
        return
    digits = "1" if wide else "125" if high > 12 * low else "123456789"
    text = FuncFormatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in digits else "")
    axis.set_major_formatter(text)
    axis.set_minor_formatter(text)


def capacity_unit(largest: float) -> tuple[float, str]:
    """Factor from mAh/cm² and unit such that thin films' capacities are not a row of zeros."""
    return (1e3, "µAh cm$^{-2}$") if largest < 0.1 else (1.0, "mAh cm$^{-2}$")
