"""Differential capacity dQ/dV of charges and discharges."""

from typing import TYPE_CHECKING

import numpy as np

from .axes import panels
from .case import Case
from .curves import kinds_legend, pieces, shades
from .errors import VisualizationError
from .notation import number_text, scaled_unit
from .style import FAINT, look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Points of the even grid of voltage.
POINTS = 400

#: Width of the smoothing over the range of voltage, unless it is given.
SHARE = 0.03

#: Range of voltage from which a step has a differential capacity, V: below it the voltage stands.
LEAST_RANGE = 0.01


def differential_capacity(
    voltage: np.ndarray, capacity: np.ndarray, smoothing: float | None = None
) -> tuple[np.ndarray, np.ndarray, float]:
    """dQ/dV of one charge or discharge on an even grid of voltage.

    Q(V) is interpolated by a monotone cubic (Fritsch and Carlson, SIAM J. Numer. Anal. 17 (1980) 238) on an even grid;
    its slope is that of a parabola fitted by least squares over a window, which smooths it and is exact for Q of
    second degree. Where the voltage turns back, as at a dip, only what lies beyond all before counts.

    Parameters
    ----------
    voltage, capacity
        Along the step, shape (n,), V and any unit of charge; the voltage rises or falls as a whole.
    smoothing
        Width of the window [V]; `SHARE` of the range unless given. Half of it is lost at both ends.

    Returns
    -------
    tuple
        Voltages and slopes, shape (m,), and the width of the window in V. The slope is positive where the voltage
        rises with the capacity passed, negative in a discharge.

    Raises
    ------
    VisualizationError
        The voltage changes by less than `LEAST_RANGE`, or the window is no part of its range.
    """
    from scipy.interpolate import PchipInterpolator

    sign = 1.0 if voltage[-1] >= voltage[0] else -1.0
    ahead = sign * np.asarray(voltage, dtype=float)
    farthest = np.maximum.accumulate(ahead)
    advances = np.concatenate([[True], farthest[1:] > farthest[:-1]])
    ahead, passed = ahead[advances], np.asarray(capacity, dtype=float)[advances]
    extent = ahead[-1] - ahead[0] if len(ahead) > 2 else 0.0
    if extent < LEAST_RANGE:
        raise VisualizationError(f"the voltage changes by {1e3 * extent:.3g} mV: it has no differential capacity")
    width = SHARE * extent if smoothing is None else smoothing
    spacing = extent / (POINTS - 1)
    half = max(round(width / spacing / 2), 1)
    if not 0 < width or 2 * half + 1 > POINTS // 2:
        raise VisualizationError(f"a window of {width:g} V does not fit a range of {extent:.3g} V: half is the most")
    grid = np.linspace(ahead[0], ahead[-1], POINTS)
    along = PchipInterpolator(ahead, passed)(grid)
    # The slope of the fitted parabola at its middle: a weighted sum with odd weights.
    weights = np.arange(-half, half + 1) / (spacing * np.sum(np.arange(-half, half + 1) ** 2))
    slope = np.convolve(along, weights[::-1], mode="valid")
    return sign * grid[half:-half], sign * slope, 2 * half * spacing


def draw_differential_capacity(case: Case, smoothing: float | None = None) -> "Figure":
    """dQ/dV of every charge and discharge over the cell's voltage, discharges below zero.

    Parameters
    ----------
    case
        Of any kind of cell.
    smoothing
        Width of the window [V], see `differential_capacity`.

    Raises
    ------
    VisualizationError
        No charge or discharge whose voltage moves.
    """
    steps = [(kind, part) for kind, part in pieces(case) if kind in ("charge", "discharge") and len(part) > 3]
    case.column("areal_step_capacity [mAh/cm2]")
    lines, widths = [], []
    for kind, part in steps:
        voltage, passed = part["voltage [V]"].to_numpy(), part["areal_step_capacity [mAh/cm2]"].to_numpy()
        # Against its kind the voltage moves in a dip of nucleation, not with what is stored.
        if (voltage[-1] > voltage[0]) != (kind == "charge"):
            continue
        try:
            grid, slope, width = differential_capacity(voltage, passed, smoothing)
        except VisualizationError:
            if smoothing is not None:
                raise
            continue
        lines.append((kind, part, grid, slope))
        widths.append(width)
    if not lines:
        raise VisualizationError(f"no charge or discharge in {case.folder} whose voltage moves by 10 mV")
    factor, unit = scaled_unit(1e-3 * max(np.percentile(np.abs(slope), 99) for *_, slope in lines), "Ah cm$^{-2}$ V")
    with look():
        figure, (axes,) = panels(case, 1, (1,))
        labelled = len(lines) <= 8
        for (kind, part, grid, slope), shade in zip(lines, shades([kind for kind, *_ in lines]), strict=True):
            label = case.step_text(int(part["protocol_step"].iloc[0]), kind) if labelled else None
            axes.plot(grid, 1e-3 * factor * slope, color=shade, label=label)
        axes.axhline(0, color=FAINT, linewidth=0.6)
        axes.set_xlabel("Cell voltage / V")
        axes.set_ylabel(f"dQ/dV / {unit}$^{{-1}}$")
        low, high = (number_text(1e3 * width) for width in (min(widths), max(widths)))
        told = f"{low} mV" if low == high else f"{low} to {high} mV"
        axes.annotate(
            f"slope of a parabola over {told}", (1, 1), (0, 6), xycoords="axes fraction", textcoords="offset points",
            ha="right", fontsize=7.5, color=FAINT,
        )  # fmt: skip
        if labelled:
            axes.legend(loc="best")
        else:
            kinds_legend(axes, dict.fromkeys(kind for kind, *_ in lines))
    return figure
