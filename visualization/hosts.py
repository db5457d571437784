"""Pictures of a comparison of hosts: figures of merit against current, and maps of the plated surfaces."""

import logging
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .axes import blank, line_style, number_axis
from .case import Case
from .errors import VisualizationError
from .notation import number_text
from .style import FAINT, look
from .surface_maps import QUANTITIES, draw_surface_maps, panel

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

log = logging.getLogger(__name__)

TABLE = "comparison.csv"
CURRENT = "current density [mA/cm2]"

#: Columns that are drawn: label, factor, whether its axis is logarithmic, and what it means that a point is missing.
MERITS = {
    "limiting current density [mA/cm2]": ("Limiting current\n/ mA cm$^{-2}$", 1.0, True, ""),
    "Sand time [s]": ("Sand's time\n/ s", 1.0, True, "no point: below the limiting current"),
    "current maximum / mean": ("Local current,\nmaximum / mean", 1.0, False, ""),
    "usable capacity [mAh/cm2]": ("Capacity at clogging\n/ mAh cm$^{-2}$", 1.0, False, ""),
    "top plugging": ("Top plugging", 1.0, False, ""),
    "nucleation overpotential [V]": ("Nucleation\noverpotential / mV", 1e3, False, ""),
    "capacity [mAh/cm2]": ("Capacity passed\n/ mAh cm$^{-2}$", 1.0, False, ""),
    "end voltage [V]": ("Voltage at the end\n/ V", 1.0, False, ""),
}


def comparison(study: Path) -> "pandas.DataFrame":
    """The table of a comparison of hosts.

    Raises
    ------
    VisualizationError
        There is none, or it cannot be read.
    """
    import pandas

    try:
        return pandas.read_csv(study / TABLE, keep_default_na=True)
    except (OSError, ValueError) as error:
        raise VisualizationError(f"{study / TABLE} cannot be read: {error}; `archode compare` makes it") from None


def host_figures(study: Path) -> Mapping[str, Callable[[], "Figure"]]:
    """Names of the figures of a comparison, with what draws each; none where nothing is compared."""
    if not (study / TABLE).is_file():
        return {}
    table = comparison(study)
    figures: dict[str, Callable[[], Figure]] = {"hosts": lambda: draw_host_curves(table, study.name)}
    for setting, rows in settings(table).items():
        for quantity in QUANTITIES:
            name = f"hosts_{quantity.replace(' ', '_')}_{setting}"
            figures[name] = lambda rows=rows, quantity=quantity: draw_host_maps(study, rows, quantity)
    return figures


def settings(table: "pandas.DataFrame") -> dict[str, "pandas.DataFrame"]:
    """Rows of the hosts that share a setting, by a name that a file may have: the case's without its host."""
    names = table["case"].map(lambda case: str(case).partition("__")[2] or "all")
    return {str(name): rows for name, rows in table.groupby(names, sort=False)}


def draw_host_maps(study: Path, rows: "pandas.DataFrame", quantity: str) -> "Figure":
    """A quantity on the surface of every host at one setting, in the order of the table."""
    panels = []
    for _, row in rows.iterrows():
        try:
            panels.append(panel(str(row["host"]).replace("_", " "), Case(study / str(row["case"])), quantity))
        except VisualizationError as error:
            log.debug("no map of %s: %s", row["case"], error)
    if not panels:
        raise VisualizationError(f"no case in {study} has a file of its plated surface with {quantity}")
    current = rows[CURRENT].iloc[0]
    told = f" at {number_text(current)} mA cm$^{{-2}}$ of footprint" if not math.isnan(current) else ""
    title = {"plating": "Plating current density", "deposit thickness": "Thickness of the deposit"}[quantity]
    return draw_surface_maps(panels, quantity, f"{title} on each host{told}")


def draw_host_curves(table: "pandas.DataFrame", title: str) -> "Figure":
    """Every figure of merit against the current per footprint, one line a host."""
    drawn = [key for key in MERITS if key in table and _finite(table[key]).notna().any()]
    table = table[table[CURRENT].notna()]
    if not drawn or table.empty:
        raise VisualizationError("the comparison holds no numbers that could be drawn against current")
    columns = 2 if len(drawn) > 1 else 1
    rows = -(-len(drawn) // columns)
    with look():
        figure = blank(1.3 + 1.8 * rows)
        grid = figure.subplots(rows, columns, squeeze=False, sharex=True)
        panels = list(grid.ravel())
        # By name, so that a host keeps its colour in every picture of the study.
        hosts = sorted(dict.fromkeys(table["host"].astype(str)))
        for axes, key in zip(panels, drawn, strict=False):
            _draw_merit(axes, table, key, hosts)
        for axes in panels[len(drawn) :]:
            axes.set_visible(False)
        for axes in panels[max(len(drawn) - columns, 0) : len(drawn)]:
            axes.set_xlabel("Current density / mA cm$^{-2}$ of footprint")
            axes.tick_params(labelbottom=True)
        figure.suptitle(f"{title}: hosts compared", x=0.02, ha="left", fontsize=11.5, fontweight="bold")
        handles = {label: h for axes in panels for h, label in zip(*axes.get_legend_handles_labels(), strict=True)}
        figure.legend(handles.values(), handles, loc="outside lower center", ncols=4)
    return figure


def _finite(column: "pandas.Series") -> "pandas.Series":
    return column.where(column.abs() < math.inf)


def _draw_merit(axes: "Axes", table: "pandas.DataFrame", key: str, hosts: list[str]) -> None:
    label, factor, logarithmic, missing = MERITS[key]
    for index, host in enumerate(hosts):
        rows = table[table["host"].astype(str) == host].sort_values(CURRENT)
        style = line_style(index) | {"linewidth": 1.3}
        values = factor * _finite(rows[key])
        axes.plot(rows[CURRENT], values, label=host.replace("_", " "), **style)
    number_axis(axes, table[CURRENT])
    values = _finite(table[key]).dropna() * factor
    if logarithmic and values.min() > 0 and values.max() > 5 * values.min():
        axes.set_yscale("log")
    elif values.min() > 0:
        axes.set_ylim(0, 1.08 * values.max())
    axes.set_ylabel(label)
    if missing and (table[key].abs() == math.inf).any():
        axes.annotate(missing, (0.02, 0.03), xycoords="axes fraction", fontsize=7.5, color=FAINT)
