"""A fitted current transient: reduced, between instantaneous and progressive nucleation, and as measured."""

from typing import TYPE_CHECKING

import numpy as np

from .axes import blank
from .style import FAINT, LINES, look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..solvers.nucleation.fit import TransientFit

MOST_POINTS = 400
"""Of the measured ones; of more every second, every third … is drawn."""


def draw_transient(fit: "TransientFit", title: str = "Current transient") -> "Figure":
    """Draw (i/i_m)² over t/t_m beside both limits, and current density over time beside the fit."""
    from ..solvers.nucleation.transients import instantaneous_limit, progressive_limit, reduced_current

    data = fit.data
    with look():
        sheet = blank(3.2)
        reduced, plain = sheet.subplots(1, 2)
        tau = (data.time - fit.offset) / fit.peak_time
        share = (data.current / fit.peak_current) ** 2
        last = max(float(tau[-1]), 1.5)
        line = np.linspace(0.0, last, 600)
        reduced.plot(line, instantaneous_limit(line), color=LINES[0], label="instantaneous")
        reduced.plot(line, progressive_limit(line), color=LINES[1], label="progressive")
        if 0 < fit.shape < np.inf:
            reduced.plot(line, reduced_current(line, fit.shape) ** 2, color=LINES[2], label=f"fit: {fit.mode}")
        _points(reduced, tau, share, data.start)
        reduced.set_ylim(0, 1.35)
        reduced.set_xlim(min(0.0, float(tau[0])), last)
        reduced.set_xlabel(r"$(t - t_0)\,/\,t_m$")
        reduced.set_ylabel(r"$(i/i_m)^2$")
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


def _points(axes, x: np.ndarray, y: np.ndarray, start: int) -> None:
    """Measured points; those left out of the fit in grey."""
    step = -(-x.size // MOST_POINTS)
    marks = {"ls": "none", "marker": "o", "ms": 3.2, "mfc": "none", "mew": 0.8, "zorder": 1}
    if start:
        axes.plot(x[:start:step], y[:start:step], mec=FAINT, alpha=0.5, label="left out", **marks)
    axes.plot(x[start::step], y[start::step], mec="black", label="measured", **marks)
