"""Curves of one case: voltage and current over time and over areal capacity, and capacity against rate."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from .axes import capacity_unit, line_style, number_axis, panels, steady
from .case import Case
from .errors import VisualizationError
from .notation import number_text, scaled_unit, time_unit
from .style import FAINT, LINES, look

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = {"charge": LINES[0], "discharge": LINES[1], "hold": LINES[2], "ramp": LINES[3], "rest": "#8a8a8a"}

#: Which electrode a step plates: a discharge reduces the cathode, a charge the anode.
PLATED = {"discharge": "cathode", "charge": "anode"}

CURRENT = "Current density / A m$^{-2}$\nof footprint"


def draw_voltage_time(case: Case) -> "Figure":
    """Voltage and current density over time, coloured by kind of step."""
    table = case.curves
    factor, unit = time_unit(float(case.column("time [s]").max()))
    with look():
        figure, (voltage, current) = panels(case, 2, (2, 1.1))
        for kind, part in pieces(case):
            time = part["time [s]"] / factor
            voltage.plot(time, part["voltage [V]"], color=KINDS.get(kind, FAINT))
            current.plot(time, part["current_density [A/m2]"], color=KINDS.get(kind, FAINT))
        voltage.set_ylabel("Cell voltage / V")
        steady(voltage)
        current.set_ylabel(CURRENT)
        current.axhline(0, color=FAINT, linewidth=0.6)
        current.set_xlabel(f"Time / {unit}")
        current.set_xlim(0, table["time [s]"].max() / factor)
        kinds_legend(voltage, table["kind"].unique())
    return figure


def draw_nucleation_dip(case: Case) -> "Figure":
    """Voltage over the logarithm of time in the first step that plates a substrate, where nuclei form in a dip.

    Raises
    ------
    VisualizationError
        No electrode has a dip.
    """
    dips = {
        side: dip
        for side, numbers in (case.summary.get("plating") or {}).items()
        if (dip := numbers.get("nucleation_overpotential [V]")) is not None
    }
    if not dips:
        raise VisualizationError(f"no nucleation dip in {case.folder}: its summary has no nucleation_overpotential")
    side = next(iter(dips))
    kind = next(kind for kind, plated in PLATED.items() if plated == side)
    part = next(part for k, part in pieces(case) if k == kind)
    begun = float(part["time [s]"].iloc[0] - part["dt [s]"].iloc[0])
    voltage = part["voltage [V]"].to_numpy()
    time = part["time [s]"].to_numpy() - begun
    with look():
        figure, (axes,) = panels(case, 1, (1,))
        axes.plot(time, voltage, color=KINDS[kind])
        axes.set_xscale("log")
        # The dip is the extreme against the direction of the step; the end of a step at a limit may lie beyond it.
        away = -voltage if side == "cathode" else voltage
        top = int(np.flatnonzero(np.diff(away) < 0)[0])
        axes.plot(time[top], voltage[top], "o", color=KINDS[kind])
        factor, unit = scaled_unit(dips[side], "V")
        told = f"{number_text(dips[side] * factor)} {unit} over the plateau"
        axes.annotate(told, (time[top], voltage[top]), (8, 0), textcoords="offset points", va="center", fontsize=8)
        axes.set_xlabel(f"Time since the {kind} began / s")
        axes.set_ylabel("Cell voltage / V")
    return figure


def draw_voltage_capacity(case: Case) -> "Figure":
    """Voltage and current density over the areal capacity passed in each step, one line a step."""
    factor, unit = capacity_unit(case.column("areal_step_capacity [mAh/cm2]").max())
    # A ramp passes charge both ways: it has its voltammogram.
    steps = [(index, kind, part) for index, (kind, part) in enumerate(pieces(case)) if kind not in ("rest", "ramp")]
    if not steps:
        raise VisualizationError(f"only rests or ramps in {case.folder}: there is no capacity to draw over")
    with look():
        figure, (voltage, current) = panels(case, 2, (2, 1.1))
        labelled = len(steps) <= 8
        for (_, kind, part), shade in zip(steps, shades([kind for _, kind, _ in steps]), strict=True):
            capacity = part["areal_step_capacity [mAh/cm2]"] * factor
            label = case.step_text(int(part["protocol_step"].iloc[0]), kind) if labelled else None
            voltage.plot(capacity, part["voltage [V]"], color=shade, label=label)
            current.plot(capacity, part["current_density [A/m2]"], color=shade)
        voltage.set_ylabel("Cell voltage / V")
        steady(voltage)
        current.set_ylabel(CURRENT)
        current.axhline(0, color=FAINT, linewidth=0.6)
        current.set_xlabel(f"Areal capacity of the step / {unit}")
        current.set_xlim(left=0)
        if labelled:
            voltage.legend(loc="best")
        else:
            kinds_legend(voltage, dict.fromkeys(kind for _, kind, _ in steps))
    return figure


def draw_rate_capability(case: Case) -> "Figure":
    """Capacity of the case's discharges (of its charges, where it has none) against their rate."""
    points = rates(case)
    if len({round(rate, 6) for rate, _ in points}) < 2:
        raise VisualizationError(f"{case.folder} has fewer than two rates: there is no rate capability to draw")
    with look():
        figure, (axes,) = panels(case, 1, (1,))
        rate_lines(axes, {"": points})
    return figure


def rates(case: Case) -> list[tuple[float, float]]:
    """Rate (mean current through nominal capacity, 1/h) and areal capacity (mAh/cm²) of each discharge."""
    nominal = case.summary.get("nominal_capacity [C]")
    if not nominal:
        return []
    return sorted(
        (3600 * step["capacity [C]"] / step["duration [s]"] / nominal, step["areal_capacity [mAh/cm2]"])
        for step in case.finished()
        if step.get("duration [s]")
    )


def rate_lines(axes: "Axes", lines: dict[str, list[tuple[float, float]]]) -> None:
    """Capacity against rate, one line an entry; the rate's axis is logarithmic where it spans a decade."""
    factor, unit = capacity_unit(max(capacity for points in lines.values() for _, capacity in points))
    for index, (label, points) in enumerate(lines.items()):
        rate, capacity = np.array(sorted(points)).T
        axes.plot(rate, capacity * factor, label=label or None, **line_style(index))
    every = [rate for points in lines.values() for rate, _ in points]
    number_axis(axes, every)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("C-rate / h$^{-1}$")
    axes.set_ylabel(f"Areal capacity / {unit}")
    if any(lines):
        axes.legend(loc="best")


def pieces(case: Case) -> list[tuple[str, "pandas.DataFrame"]]:
    """The time series in stretches of one protocol step and kind (a repeated step is several)."""
    table = case.curves
    for name in ("time [s]", "voltage [V]", "current_density [A/m2]", "protocol_step", "kind"):
        case.column(name)
    change = (table[["protocol_step", "kind"]] != table[["protocol_step", "kind"]].shift()).any(axis=1)
    if "areal_step_capacity [mAh/cm2]" in table:
        # Results of before charges were counted by sign have the net of a hold or a ramp, which falls as well.
        driven = table["kind"].isin(["charge", "discharge"])
        change |= driven & (table["areal_step_capacity [mAh/cm2]"].diff() < 0)
    return [(str(part["kind"].iloc[0]), part) for _, part in table.groupby(change.cumsum())]


def shades(kinds: list[str]) -> list[tuple[float, ...]]:
    """A colour for each line: its kind's, the later ones lighter."""
    from matplotlib.colors import to_rgb

    totals = {kind: kinds.count(kind) for kind in kinds}
    seen: dict[str, int] = {}
    colours = []
    for kind in kinds:
        share = 0.55 * seen.get(kind, 0) / max(totals[kind] - 1, 1)
        seen[kind] = seen.get(kind, 0) + 1
        colours.append(tuple(c + (1 - c) * share for c in to_rgb(KINDS.get(kind, FAINT))))
    return colours


def kinds_legend(axes: "Axes", kinds: Iterable[str]) -> None:
    """Which colour is which kind of step."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=KINDS.get(kind, FAINT), label=kind) for kind in kinds]
    axes.legend(handles=handles, loc="lower right", bbox_to_anchor=(1, 1), ncols=len(handles), borderaxespad=0.2)
