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
    from ..solvers.nucleation.measured import Transient

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
    from ..solvers.nucleation.measured import TransientError, prepare

    holds = [part for kind, part in pieces(case) if kind == "hold"]
    if not holds or not case.summary.get("plating"):
        raise VisualizationError(f"no current transient in {case.folder}: it takes a hold in which metal is plated")
    told = ""
    for part in holds:
        begun = float(part["time [s]"].iloc[0] - part["dt [s]"].iloc[0])
        try:
            data = prepare((part["time [s]"] - begun).tolist(), part["current_density [A/m2]"].tolist())
        except TransientError as error:
            told = str(error)
            continue
        return _draw_reduced(data, str(case.summary.get("study", "")))
    raise VisualizationError(f"no hold in {case.folder} has a transient with a maximum: {told}")


def _draw_reduced(data: "Transient", title: str) -> "Figure":
    """A transient over the limits, without a fit."""
    with look():
        figure = blank(3.2)
        reduced, plain = figure.subplots(1, 2)
        tau = data.time / data.peak_time
        last = min(max(float(tau[-1]), 1.5), MOST_PEAK_TIMES)
        _limits(reduced, last)
        used = slice(data.start, None)
        style = {"color": "black", "linestyle": (0, (4, 1.5)), "label": "simulated"}
        reduced.plot(tau[used], (data.current[used] / data.peak_current) ** 2, **style)
        reduced.set_xlim(0, last)
        reduced.set_xlabel(r"$t\,/\,t_m$")
        reduced.set_title(title, loc="left")
        reduced.legend()
        plain.plot(data.time[used], data.current[used], color="black")
        plain.plot(data.peak_time, data.peak_current, "o", color="black", markerfacecolor="white")
        told = f"$t_m$ = {number_text(data.peak_time)} s\n$i_m$ = {number_text(data.peak_current)} A m$^{{-2}}$"
        plain.annotate(told, (0.97, 0.95), xycoords="axes fraction", ha="right", va="top", fontsize=8)
        plain.set_xlim(0, min(float(data.time[-1]), last * data.peak_time))
        plain.set_ylim(0, 1.35 * data.peak_current)
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
