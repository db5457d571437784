"""Ragone diagrams: energy against power of every discharge, beside what devices are quoted with."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .axes import blank, headline, line_style, logarithmic
from .case import Case, place
from .errors import VisualizationError, unknown
from .merits import cell_volume, energy, footprint, power
from .notation import parameters_text
from .style import FAINT, GUIDE, look
from .sweeps import rate_lines_over

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

REFERENCES = Path(__file__).with_name("ragone_references.yaml")

Volume = Literal["cell", "films"]

#: What the volume is, in words; "films" are those of both electrodes.
VOLUMES: dict[str, tuple[tuple[str, ...], str]] = {
    "cell": ((), "of the simulated cell"),
    "films": (("anode", "cathode"), "of both electrodes' films"),
}

#: Lines of equal duration in one panel.
MOST_DURATIONS = 6

LARGEST = "* largest energy and largest power\n   quoted, not of one discharge"

#: What is divided by, as it is printed.
SIZES = {"cm2": "cm$^{-2}$", "cm3": "cm$^{-3}$"}

#: Durations of a discharge that are drawn as lines, s.
DURATIONS = {1e-3: "1 ms", 0.1: "0.1 s", 1.0: "1 s", 10.0: "10 s", 60.0: "1 min", 600.0: "10 min", 3600.0: "1 h",
             36000.0: "10 h", 360000.0: "100 h"}  # fmt: skip


@cache
def references(per: str) -> tuple[dict[str, Any], ...]:
    """Quoted devices, in mWh and mW `per` "cm2" or "cm3"; see ``ragone_references.yaml``."""
    from ruamel.yaml import YAML

    entries = YAML(typ="safe").load(REFERENCES.read_text(encoding="utf-8"))
    return tuple(entry for entry in entries if entry["per"] == per)


def discharges(case: Case, per: str, volume: Volume = "cell") -> list[tuple[float, float]]:
    """Mean power and energy of each finished discharge with a positive energy, by power.

    Parameters
    ----------
    case
        Its charges do not count.
    per
        ``"cm2"`` of footprint or ``"cm3"`` of `volume`.
    volume
        The simulated cell with its electrolyte, or the films of both electrodes alone.

    Returns
    -------
    list of tuple
        mW and mWh per cm² or cm³; empty where the size is not known.
    """
    size = footprint(case) if per == "cm2" else cell_volume(case, *VOLUMES[volume][0])
    if not size:
        return []
    pairs = [(power(step), energy(step)) for step in case.finished(("discharge",))]
    return sorted((p / size, e / size) for p, e in pairs if p is not None and e is not None and p > 0 and e > 0)


def draw_ragone(
    cases: Sequence[Case], volume: Volume = "cell", quoted: bool = True, sizes: Sequence[str] = ("cm2", "cm3")
) -> "Figure":
    """Energy against power of every discharge, per footprint and per volume.

    Parameters
    ----------
    cases
        One, or those of a study: one line for each setting of what is not the protocol.
    volume
        What the right panel divides by, see `discharges`.
    quoted
        Whether devices of ``ragone_references.yaml`` are drawn too.
    sizes
        Which panels: per ``"cm2"``, per ``"cm3"``, or both.

    Raises
    ------
    VisualizationError
        No case has a finished discharge that gave energy; the volume is not known by that name.
    """
    if volume not in VOLUMES:
        raise unknown("volume", volume, VOLUMES)
    for per in sizes:
        if per not in SIZES:
            raise unknown("size", per, SIZES)
    groups = rate_lines_over(list(cases)) if len(cases) > 1 else {"": list(cases)}
    lines = {
        per: {
            label: sorted(p for case in group for p in discharges(case, per, volume)) for label, group in groups.items()
        }
        for per in sizes
    }
    shown = [per for per, table in lines.items() if any(table.values())]
    if not shown:
        raise VisualizationError(f"no discharge that gave energy in {place(cases)}")
    with look():
        figure = blank(5.2)
        panels = figure.subplots(1, len(shown), squeeze=False)[0]
        for axes, per in zip(panels, shown, strict=True):
            _draw_panel(axes, per, lines[per], quoted)
            size = SIZES[per]
            of = "of footprint" if per == "cm2" else VOLUMES[volume][1]
            axes.set_xlabel(f"Power / mW {size} {of}")
            axes.set_ylabel(f"Energy / mWh {size}")
            if axes.get_legend_handles_labels()[0]:
                axes.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.2), borderaxespad=0)
        summary = cases[0].summary
        told = parameters_text(summary.get("parameters", {})) if len(cases) == 1 else "every finished discharge"
        headline(panels[0], str(summary.get("study", "")), told)
    return figure


def _draw_panel(axes: "Axes", per: str, lines: dict[str, list[tuple[float, float]]], quoted: bool) -> None:
    powers, energies = np.array([point for line in lines.values() for point in line]).T
    powers, energies = list(powers), list(energies)
    marks = references(per) if quoted else ()
    for mark in marks:
        powers += [p for p, _ in mark.get("points", ())] + ([mark["power"]] if "power" in mark else [])
        energies += [e for _, e in mark.get("points", ())] + ([mark["energy"]] if "energy" in mark else [])
    logarithmic(axes, _decade(powers), "x")
    logarithmic(axes, _decade(energies), "y")
    _draw_durations(axes)
    for index, (label, line) in enumerate(lines.items()):
        if line:
            axes.plot(*np.array(line).T, label=label or None, zorder=3, **line_style(index))
    for index, mark in enumerate(marks):
        _draw_reference(axes, mark, index)
    if any(mark.get("largest") for mark in marks):
        axes.plot([], [], linestyle="none", label=LARGEST)


def _decade(values: list[float]) -> list[float]:
    """Ends of an axis a decade wide at least, so that the lines of equal duration have a slope to be seen."""
    low, high = min(values), max(values)
    widen = max(10.0 / (high / low), 1.0) ** 0.5
    return [low / widen, high * widen]


def _draw_reference(axes: "Axes", mark: dict[str, Any], index: int) -> None:
    style = {"color": FAINT, "linestyle": ((0, (5, 2)), (0, (1, 1.5)))[index % 2], "linewidth": 1.1}
    if "points" in mark:
        told = mark["name"] + ("*" if mark.get("largest") else "")
        shape = ("*", "p", "h", "d")[index % 4]
        axes.plot(*np.array(mark["points"]).T, shape, color=FAINT, markersize=7, markerfacecolor="white", label=told)
    elif "energy" in mark:
        axes.axhline(mark["energy"], label=mark["name"], **style)
    else:
        axes.axvline(mark["power"], label=mark["name"], **style)


def _draw_durations(axes: "Axes") -> None:
    """Lines of equal duration E/P, named at the edge where they leave."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    crossing = {s: name for s, name in DURATIONS.items() if bottom / right < s / 3600 < top / left}
    every = -(-len(crossing) // MOST_DURATIONS)
    for seconds, name in list(crossing.items())[::every]:
        hours = seconds / 3600
        # From where the line enters to where it leaves the window.
        start, end = max(left, bottom / hours), min(right, top / hours)
        if end < 1.6 * start:
            continue
        axes.plot([start, end], [start * hours, end * hours], color=GUIDE, linewidth=0.7, zorder=1)
        # Just inside the window, so that no name meets the title.
        inside = (end / start) ** 0.04
        axes.text(
            end / inside,
            end / inside * hours,
            name,
            fontsize=7,
            color=FAINT,
            ha="right",
            va="top",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
            zorder=1.5,
        )
