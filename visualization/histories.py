"""What of the inside of a cell goes into its time series: extremes of the concentration, growth of the deposit."""

from typing import TYPE_CHECKING

import numpy as np

from .axes import panels, steady
from .case import Case
from .errors import VisualizationError
from .notation import scaled_unit, time_unit
from .style import FAINT, LINES, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIDES = ("anode", "cathode")
COLOURS = {"anode": LINES[0], "cathode": LINES[1]}


def draw_concentration_range(case: Case) -> "Figure":
    """Lowest and highest concentration in the electrolyte over time, and the lowest at either electrode.

    Raises
    ------
    VisualizationError
        The time series has no such columns.
    """
    low, high = (case.column(f"c_{end} [mol/m3]") for end in ("min", "max"))
    with look():
        figure, (axes,) = panels(case, 1, (1,))
        time = _time_axis(case, axes)
        axes.fill_between(time, low, high, color=FAINT, alpha=0.18, linewidth=0, label="everywhere")
        for side in SIDES:
            name = f"{side}_c_min [mol/m3]"
            if name in case.curves and case.curves[name].notna().any():
                axes.plot(time, case.curves[name], color=COLOURS[side], label=f"lowest at the {side}")
        if low.min() < 0.3 * high.max():
            axes.set_ylim(bottom=min(0.0, float(low.min())))
        axes.set_ylabel("Concentration / mol m$^{-3}$")
        steady(axes)
        axes.legend(loc="best")
    return figure


def draw_deposit_growth(case: Case) -> "Figure":
    """Mean and largest thickness of the deposit over time.

    Raises
    ------
    VisualizationError
        Neither electrode is plated.
    """
    plated = [side for side in SIDES if f"{side}_deposit [m]" in case.curves and _moves(case, side)]
    if not plated:
        raise VisualizationError(f"no metal is plated in {case.folder}: its time series has no column of a deposit")
    columns = [f"{side}_deposit{which} [m]" for side in plated for which in ("", "_max")]
    factor, unit = scaled_unit(max(float(case.column(name).abs().max()) for name in columns), "m")
    with look():
        figure, (axes,) = panels(case, 1, (1,))
        time = _time_axis(case, axes)
        for side in plated:
            mean, largest = (factor * case.column(f"{side}_deposit{which} [m]") for which in ("", "_max"))
            axes.plot(time, mean, color=COLOURS[side], label=f"{side}, mean")
            axes.plot(
                time, largest, color=COLOURS[side], linestyle=(0, (4, 2)), linewidth=1.1, label=f"{side}, largest"
            )
        axes.axhline(0, color=FAINT, linewidth=0.6)
        axes.set_ylabel(f"Thickness of the deposit / {unit}")
        axes.legend(loc="best")
    return figure


def _moves(case: Case, side: str) -> bool:
    values = case.curves[f"{side}_deposit [m]"].to_numpy(dtype=float)
    return bool(np.isfinite(values).any() and np.nanmax(np.abs(values)) > 0)


def _time_axis(case: Case, axes: "Axes"):
    time = case.column("time [s]")
    factor, unit = time_unit(float(time.max()))
    axes.set_xlabel(f"Time / {unit}")
    axes.set_xlim(0, time.max() / factor)
    return time / factor
