"""Current against voltage: voltammograms of ramps, and the currents at which holds end."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from .axes import panels, steady
from .case import Case
from .curves import pieces
from .errors import VisualizationError
from .notation import number_text, scaled_unit
from .style import FAINT, LINES, look

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Height of a peak over the ends of its branch, in its current's range.
PROMINENT = 0.05

#: Rates that differ by less are one.
SAME_RATE = 0.02


@dataclass(frozen=True)
class Branch:
    """One sweep of voltage in one direction.

    Attributes
    ----------
    rate
        dV/dt [V/s], negative downwards.
    voltage, current
        V and A/cm² of footprint, shape (n,).
    """

    rate: float
    voltage: np.ndarray
    current: np.ndarray

    @property
    def peak(self) -> int | None:
        """Index of the peak: the extreme current in the sweep's direction, where it is not at an end."""
        signed = np.sign(self.rate) * self.current
        top = int(np.argmax(signed))
        ends = signed[0], signed[-1]
        if top in (0, len(signed) - 1) or signed[top] - max(ends) < PROMINENT * np.ptp(signed):
            return None
        return top


def branches(case: Case) -> list[Branch]:
    """The ramps of a case, in order of time; those of fewer than three time steps are left out."""
    found = []
    for kind, part in pieces(case):
        if kind != "ramp" or len(part) < 3:
            continue
        # A step that goes up and comes back is two branches.
        direction = np.sign(np.diff(part["voltage [V]"].to_numpy()))
        turns = np.flatnonzero(direction[1:] * direction[:-1] < 0) + 1
        found += [_branch(piece) for piece in _split(part, turns) if len(piece) > 2]
    return found


def _split(part: "pandas.DataFrame", turns: np.ndarray) -> list["pandas.DataFrame"]:
    ends = [0, *turns, len(part) - 1]
    return [part.iloc[start : end + 1] for start, end in pairwise(ends)]


def _branch(part: "pandas.DataFrame") -> Branch:
    time, voltage = part["time [s]"].to_numpy(), part["voltage [V]"].to_numpy()
    return Branch(np.polyfit(time, voltage, 1)[0], voltage, 1e-4 * part["current_density [A/m2]"].to_numpy())


def draw_voltammogram(case: Case) -> "Figure":
    """Current density against voltage of every ramp, with its direction and its peak; without ramps of the holds' ends.

    Raises
    ------
    VisualizationError
        There are neither ramps nor holds at three voltages.
    """
    ramps = branches(case)
    if not ramps:
        return _draw_holds(case)
    factor, unit = scaled_unit(max(float(np.abs(branch.current).max()) for branch in ramps), "A cm$^{-2}$")
    rates = _distinct([abs(branch.rate) for branch in ramps])
    with look():
        figure, (axes,) = panels(case, 1, (1,))
        for index, rate in enumerate(rates):
            same = [branch for branch in ramps if _distinct([rate, abs(branch.rate)]) == [rate]]
            colour = LINES[index % len(LINES)]
            for number, branch in enumerate(same):
                label = _rate_text(rate) if number == len(same) - 1 else None
                # The last cycle is the one that is read; earlier ones stay in the background.
                last = number >= len(same) - 2
                axes.plot(
                    branch.voltage, factor * branch.current, color=colour, label=label, alpha=1.0 if last else 0.35
                )
                if last:
                    _mark(axes, branch, factor, colour, unit if len(rates) <= 2 else None)
        _frame(axes, unit)
        axes.legend(loc="best")
    return figure


def _distinct(values: Sequence[float]) -> list[float]:
    """Values in their order, without those that nearly repeat an earlier one."""
    kept: list[float] = []
    for value in values:
        if not any(abs(value - other) <= SAME_RATE * other for other in kept):
            kept.append(value)
    return kept


def _rate_text(rate: float) -> str:
    factor, unit = scaled_unit(rate, "V s$^{-1}$")
    return f"{number_text(factor * rate)} {unit}"


def _mark(axes: "Axes", branch: Branch, factor: float, colour: str, unit: str | None) -> None:
    """An arrow along a branch, and its peak, in numbers where a unit is given."""
    voltage, current = branch.voltage, factor * branch.current
    # Where a third of its voltage is passed, away from peaks and turns of most branches.
    target = voltage[0] + 0.35 * (voltage[-1] - voltage[0])
    middle = min(max(int(np.argmin(np.abs(voltage - target))), 1), len(voltage) - 2)
    arrow = {"arrowstyle": "-|>", "color": colour, "lw": 0, "mutation_scale": 15, "shrinkA": 0, "shrinkB": 0}
    start, end = ((voltage[k], current[k]) for k in (middle - 1, middle + 1))
    axes.annotate("", end, start, arrowprops=arrow)
    top = branch.peak
    if top is None:
        return
    axes.plot(voltage[top], current[top], "o", color=colour, markerfacecolor="white")
    if unit is not None:
        told = f"{number_text(voltage[top])} V, {number_text(current[top])} {unit}"
        offset, side = ((0, 7), "bottom") if branch.rate > 0 else ((0, -7), "top")
        aligned = {"ha": "center", "va": side, "textcoords": "offset points"}
        axes.annotate(told, (voltage[top], current[top]), offset, fontsize=7.5, color=colour, **aligned)


def _frame(axes: "Axes", unit: str) -> None:
    axes.axhline(0, color=FAINT, linewidth=0.6)
    axes.margins(y=0.15)
    axes.set_xlabel("Cell voltage / V")
    axes.set_ylabel(f"Current density / {unit} of footprint")


def _draw_holds(case: Case) -> "Figure":
    """Where there are no ramps: the current at which every hold ends, against its voltage."""
    ends = [part.iloc[-1] for kind, part in pieces(case) if kind == "hold"]
    points = np.array([(row["voltage [V]"], 1e-4 * row["current_density [A/m2]"]) for row in ends])
    if len({round(float(voltage), 6) for voltage, _ in points}) < 3:
        raise VisualizationError(
            f"no current against voltage in {case.folder}: it takes steps of kind ramp, or holds at three voltages"
        )
    factor, unit = scaled_unit(float(np.abs(points[:, 1]).max()), "A cm$^{-2}$")
    points = points[np.argsort(points[:, 0], kind="stable")]
    with look():
        figure, (axes,) = panels(case, 1, (1,))
        axes.plot(points[:, 0], factor * points[:, 1], "o-", color=LINES[0], label="end of each hold")
        _frame(axes, unit)
        steady(axes)
        axes.legend(loc="best")
    return figure
