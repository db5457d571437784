"""A current transient, fitted or simulated: reduced, between instantaneous and progressive nucleation, and as it is."""

from typing import TYPE_CHECKING

import numpy as np

from .axes import blank
from .case import Case
from .curves import pieces
from .errors import VisualizationError
from .notation import number_text
from .style import FAINT, LINES, look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..solvers.nucleation.fit import TransientFit

MOST_PEAK_TIMES = 8.0
"""Of a simulated hold, in times of the maximum: what comes later is Cottrell's decay alone."""

MOST_POINTS = 400
"""Of the measured ones; of more every second, every third … is drawn."""


def draw_transient(fit: "TransientFit", title: str = "Current transient") -> "Figure":
    """Draw (i/i_m)² over t/t_m beside both limits, and current density over time beside the fit."""
    from ..solvers.nucleation.transients import reduced_current

    data = fit.data
    with look():
        sheet = blank(3.2)
        reduced, plain = sheet.subplots(1, 2)
        tau = (data.time - fit.offset) / fit.peak_time
        share = (data.current / fit.peak_current) ** 2
        last = max(float(tau[-1]), 1.5)
        line = _limits(reduced, last)
        if 0 < fit.shape < np.inf:
            reduced.plot(line, reduced_current(line, fit.shape) ** 2, color=LINES[2], label=f"fit: {fit.mode}")
        _points(reduced, tau, share, data.start)
        reduced.set_xlim(min(0.0, float(tau[0])), last)
        reduced.set_xlabel(r"$(t - t_0)\,/\,t_m$")
        reduced.set_title(title, loc="left")
        reduced.legend()
        times = np.linspace(min(fit.offset, float(data.time[0])), float(data.time[-1]), 600)
        plain.plot(times, fit.current(times), color=LINES[2], label=f"fit: {fit.mode}")
        _points(plain, data.time, data.current, data.start)
        plain.set_ylim(0, 1.35 * fit.peak_current)
        plain.set_xlabel("Time / s")
        plain.set_ylabel(r"|Current density| / A m$^{-2}$")
        plain.legend()
    return sheet


def draw_simulated_transient(case: Case) -> "Figure":
    """Current of a case's first hold with a maximum, reduced by it beside both limits, and as it is.

    Time counts from the start of the hold. The limits are those of diffusion to hemispheres that nucleate on a plane
    at constant potential; a cell's electrolyte resistance and the counter electrode's overpotential make it differ.

    Raises
    ------
    VisualizationError
        No electrode is plated, or no hold has a current that rises to a maximum and falls.
    """
    holds = [part for kind, part in pieces(case) if kind == "hold"]
    if not holds or not case.summary.get("plating"):
        raise VisualizationError(f"no current transient in {case.folder}: it takes a hold in which metal is plated")
    for part in holds:
        time = part["time [s]"].to_numpy() - float(part["time [s]"].iloc[0] - part["dt [s]"].iloc[0])
        current = part["current_density [A/m2]"].to_numpy()
        # In the direction of the charge passed, as the limits are.
        current = current * np.sign(np.sum(current * part["dt [s]"].to_numpy()))
        start, peak_time, peak_current = maximum(time, current)
        if peak_current > 0:
            title = str(case.summary.get("study", ""))
            return _draw_reduced(time[start:], current[start:], peak_time, peak_current, title)
    raise VisualizationError(f"no hold in {case.folder} has a current with a maximum: it only rises or only falls")


def maximum(time: np.ndarray, current: np.ndarray) -> tuple[int, float, float]:
    """Where the fall of a double layer's charging ends, and time and height of the maximum after it.

    Of a simulation, whose points hold no noise: the maximum is that of the parabola through the three around it.
    The height is 0 where there is none.
    """
    start = 0
    while start + 1 < len(current) and current[start + 1] < current[start]:
        start += 1
    top = start + int(np.argmax(current[start:]))
    if top in (start, len(current) - 1):
        return start, 0.0, 0.0
    near = time[top - 1 : top + 2] - time[top]
    bend, slope, height = np.polyfit(near, current[top - 1 : top + 2], 2)
    vertex = -slope / (2 * bend)
    return start, float(time[top] + vertex), float(height + slope * vertex / 2)


def _draw_reduced(time: np.ndarray, current: np.ndarray, peak_time: float, peak_current: float, title: str) -> "Figure":
    """A transient over the limits, without a fit."""
    with look():
        figure = blank(3.2)
        reduced, plain = figure.subplots(1, 2)
        tau = time / peak_time
        last = min(max(float(tau[-1]), 1.5), MOST_PEAK_TIMES)
        _limits(reduced, last)
        style = {"color": "black", "linestyle": (0, (4, 1.5)), "label": "simulated"}
        reduced.plot(tau, (current / peak_current) ** 2, **style)
        reduced.set_xlim(0, last)
        reduced.set_xlabel(r"$t\,/\,t_m$")
        reduced.set_title(title, loc="left")
        reduced.legend()
        plain.plot(time, current, color="black")
        plain.plot(peak_time, peak_current, "o", color="black", markerfacecolor="white")
        told = f"$t_m$ = {number_text(peak_time)} s\n$i_m$ = {number_text(peak_current)} A m$^{{-2}}$"
        plain.annotate(told, (0.97, 0.95), xycoords="axes fraction", ha="right", va="top", fontsize=8)
        plain.set_xlim(0, min(float(time[-1]), last * peak_time))
        plain.set_ylim(0, 1.35 * peak_current)
        plain.set_xlabel("Time / s")
        plain.set_ylabel(r"|Current density| / A m$^{-2}$")
    return figure


def _limits(axes, last: float) -> np.ndarray:
    """Draw both limits up to τ = `last`; the places at which they were drawn."""
    from ..solvers.nucleation.transients import instantaneous_limit, progressive_limit

    line = np.linspace(0.0, last, 600)
    axes.plot(line, instantaneous_limit(line), color=LINES[0], label="instantaneous")
    axes.plot(line, progressive_limit(line), color=LINES[1], label="progressive")
    axes.set_ylim(0, 1.35)
    axes.set_ylabel(r"$(i/i_m)^2$")
    return line


def _points(axes, x: np.ndarray, y: np.ndarray, start: int) -> None:
    """Measured points; those left out of the fit in grey."""
    step = -(-x.size // MOST_POINTS)
    marks = {"ls": "none", "marker": "o", "ms": 3.2, "mfc": "none", "mew": 0.8, "zorder": 1}
    if start:
        axes.plot(x[:start:step], y[:start:step], mec=FAINT, alpha=0.5, label="left out", **marks)
    axes.plot(x[start::step], y[start::step], mec="black", label="measured", **marks)
