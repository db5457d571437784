"""The plated electrodes of one case: where metal is plated, how thick it is, and maps of the criteria.

At the end of plating. What is even is no map: its value stands in the text, for a map would show its round-off.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .case import Case, field
from .curves import PLATED
from .errors import VisualizationError
from .moment import boundary
from .notation import length_text, number_text, parameters_text, scaled_unit, time_text
from .picture import PIXELS_PER_INCH, ColourBar, colour_bar, extension
from .reading import saved_time, snapshot_times
from .scene import Scene
from .style import FAINT, FIELDS, INK, look
from .surface_maps import RIM, UNLIT, by_facet, opened, percentiles, triangles

if TYPE_CHECKING:
    import pyvista
    from matplotlib.figure import Figure

#: Spread over the largest value from which a quantity is drawn.
EVEN = 0.01

#: Shares of the surface beyond the ends of a scale: edges are singular.
TAILS = (0.01, 0.99)

#: Largest over least value of a scale from which it is logarithmic.
LINEAR = 30.0

#: What the maps of the criteria show, by their names in the file.
SHOWN = {
    "limiting_current": "current over limiting current",
    "sand_time": "Sand's time",
    "sand_capacity": "Sand's capacity",
    "depletion": "concentration left, c/c$_0$",
    "chazalviel": "Chazalviel's time",
    "current_concentration": "current over its mean",
    "wagner_number": "Wagner number",
    "tip_growth": "velocity of tips over surface",
    "linear_stability": "cut-off wavelength of waves",
    "pore_clogging": "capacity at closure of pores",
}

#: Units of the files as they are printed, and the factor to them.
PRINTED = {"1": ("", 1.0), "C m-2": ("mAh cm$^{-2}$", 1 / 3.6e4)}

#: Inches.
COLUMNS, PANEL, ROOM, CAPTION, TOP = 3, 2.3, 0.95, 0.5, 0.78


@dataclass(frozen=True)
class Map:
    """A number by facet on an electrode's surface.

    `values` and `areas` are by facet of `mesh`; `unit` is as it is printed, and `colours` bright where it is dangerous.
    """

    name: str
    unit: str
    colours: str
    mesh: "pyvista.PolyData"
    values: np.ndarray
    areas: np.ndarray

    @property
    def mean(self) -> float:
        """Mean over the surface."""
        return float(self.values @ self.areas / self.areas.sum())

    @property
    def limits(self) -> tuple[float, float]:
        """Values that all but a hundredth of the surface exceed, and stay below."""
        low, high = percentiles(self.values, self.areas, TAILS)
        return float(low), float(high)

    @property
    def even(self) -> bool:
        """Whether there is nothing to see."""
        low, high = self.limits
        return high - low <= EVEN * max(abs(low), abs(high))

    @property
    def told(self) -> str:
        """Its mean with unit."""
        factor, unit = _scaled(self.mean, self.unit)
        return f"{number_text(self.mean * factor)} {unit}".strip()


def draw_plating(case: Case, time: float | None = None) -> "Figure":
    """Plating current density on every plated electrode."""

    def maps(surface: "Surface") -> list[Map]:
        values = -_by_facet(surface, "current density")
        return [surface.map("", FIELDS["plating"].unit, FIELDS["plating"].colours, values)]

    return _draw_sides(case, time, "Plating current density", maps)


def draw_deposit(case: Case, time: float | None = None) -> "Figure":
    """Thickness of the deposit on every plated electrode."""

    def maps(surface: "Surface") -> list[Map]:
        style = FIELDS["deposit thickness"]
        return [surface.map("", style.unit, style.colours, _by_facet(surface, "deposit thickness"))]

    return _draw_sides(case, time, "Thickness of the deposit", maps)


def draw_criteria(case: Case, time: float | None = None) -> "Figure":
    """What the criteria say place by place, on the electrode that is meant; those that vary.

    Raises
    ------
    VisualizationError
        No criterion varies on the surface.
    """
    from ..solvers.criteria import LARGE_IS_WORSE, MAPS

    surface = plated_surfaces(case, time)[0]
    found = []
    for name, label in SHOWN.items():
        values = surface.mesh.cell_data.get(name)
        if values is not None and np.isfinite(values).all():
            colours = "inferno" if name in LARGE_IS_WORSE else "inferno_r"
            unit, factor = PRINTED.get(MAPS[name], (MAPS[name], 1.0))
            found.append(surface.map(label, unit, colours, factor * np.asarray(values, dtype=float)))
    if not any(not one.even for one in found):
        even = ", ".join(f"{one.name} {one.told}" for one in found) or "none has numbers"
        raise VisualizationError(f"no criterion varies on the {surface.side} in {case.folder}: {even}")
    return _draw(case, f"Criteria on the {surface.side}", [surface.time], found, "bright is dangerous")


# ---------------------------------------------------------------------- what is plated
@dataclass(frozen=True)
class Surface:
    """An electrode's surface at a snapshot (s), µm; `areas` by facet."""

    side: str
    time: float
    mesh: "pyvista.PolyData"
    areas: np.ndarray
    file: Path

    def map(self, name: str, unit: str, colours: str, values: np.ndarray) -> Map:
        """A number by facet on it."""
        return Map(name, unit, colours, self.mesh, values, self.areas)


def plated_sides(case: Case) -> list[str]:
    """The plated electrodes, the one on a substrate first."""
    plated = case.summary.get("plating") or {}
    return sorted(plated, key=lambda side: (plated[side] or {}).get("substrate") is None)


def plated_surfaces(case: Case, time: float | None = None) -> list[Surface]:
    """Surfaces of the plated electrodes at the end of plating or at a time [s], the one on a substrate first.

    Raises
    ------
    VisualizationError
        Nothing was plated, or a surface's file is missing.
    """
    sides = plated_sides(case)
    if not sides:
        raise VisualizationError(f"no electrode was plated in {case.folder}: its summary has no entry of plating")
    missing = [side for side in sides if not (case.folder / f"{side}_surface.vtkhdf").is_file()]
    if missing:
        raise VisualizationError(
            f"no {missing[0]}_surface.vtkhdf in {case.folder}: the study's output.fields asks for no fields, or the "
            "file was removed; run the study again with output.fields: 4"
        )
    return [_surface(case, side, time) for side in sides]


def _surface(case: Case, side: str, time: float | None) -> Surface:
    file = case.folder / f"{side}_surface.vtkhdf"
    times = snapshot_times(file)
    if time is None:
        time = plating_time(case, side, times)
    time = saved_time(times, time, str(file))
    return Surface(side, time, *triangles(case, side, time), file)


def plating_time(case: Case, side: str, times: Sequence[float]) -> float:
    """The snapshot with the largest current that plates an electrode; of equal ones the last.

    Raises
    ------
    VisualizationError
        No snapshot lies in a step that plates it.
    """
    table = case.curves
    ends = case.column("time [s]").to_numpy()
    plating = case.column("kind").map(PLATED).to_numpy() == side
    current = np.where(plating, case.column("current [A]").abs().to_numpy(), 0.0)
    rows = np.array([np.searchsorted(ends, t * (1 + 1e-9), side="right") - 1 for t in times])
    # The row at a step's end belongs to the step that ended; before the first row nothing has flowed.
    strength = np.where(rows >= 0, current[np.minimum(rows, len(table) - 1)], 0.0)
    if not strength.max() > 0:
        raise VisualizationError(f"no snapshot in {case.folder} lies in a step that plates the {side}")
    return times[np.flatnonzero(strength >= 0.99 * strength.max())[-1]]


def _by_facet(surface: Surface, name: str) -> np.ndarray:
    return by_facet(surface.mesh, np.asarray(field(surface.mesh, name, str(surface.file)), dtype=float))


# ---------------------------------------------------------------------- drawing
def _draw_sides(case: Case, time: float | None, title: str, maps: Callable[[Surface], list[Map]]) -> "Figure":
    """A panel for every plated electrode."""
    surfaces = plated_surfaces(case, time)
    named = []
    for surface in surfaces:
        for one in maps(surface):
            named.append(Map(surface.side, one.unit, one.colours, one.mesh, one.values, one.areas))
    return _draw(case, title, [surface.time for surface in surfaces], named)


def _draw(case: Case, title: str, times: Sequence[float], maps: Sequence[Map], note: str = "") -> "Figure":
    """Panels in rows of three, each with a scale of its own; what is even in the text above them."""
    from matplotlib.figure import Figure

    drawn, even = [m for m in maps if not m.even], [m for m in maps if m.even]
    shown = drawn or even
    columns = min(COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    name = " · ".join(x for x in (str(case.summary.get("study", "")), _parameters(case)) if x)
    when = " and ".join(dict.fromkeys(time_text(t) for t in times))
    lines = [f"{name}, at {when}" + (f"; {note}" if note and drawn else "")]
    if drawn and even:
        lines += _wrapped("even: " + ", ".join(f"{m.name} {m.told}" for m in even), 38 * max(columns, 2))
    elif even:
        title += ": even, " + ", ".join(f"{m.told} on the {m.name}" for m in even)
    top = TOP + 0.17 * (len(lines) - 1)
    width = max(0.3 + columns * (PANEL + ROOM), 0.095 * len(title) + 0.4, 0.065 * max(map(len, lines)) + 0.4)
    size = (width, top + rows * (PANEL + CAPTION) + 0.1)
    with look():
        figure = Figure(figsize=size, dpi=PIXELS_PER_INCH)
        for index, one in enumerate(shown):
            x = 0.2 + (index % columns) * (PANEL + ROOM)
            y = size[1] - top - (index // columns) * (PANEL + CAPTION) - PANEL
            _draw_panel(figure, case, one, (x, y), size)
        figure.text(0.2 / size[0], 1 - 0.27 / size[1], title, fontsize=11.5, fontweight="bold", color=INK)
        for index, line in enumerate(lines):
            figure.text(0.2 / size[0], 1 - (0.49 + 0.17 * index) / size[1], line, fontsize=8.5, color=FAINT)
    return figure


def _draw_panel(figure: Any, case: Case, one: Map, corner: tuple[float, float], size: tuple[float, float]) -> None:
    x, y = corner
    low, high = one.limits
    logarithmic = low > 0 and high > LINEAR * low
    # An even quantity in one colour, from its map's middle.
    limits = tuple(sorted((0.0, 2 * one.mean or 1.0))) if one.even else (low, high)
    mesh = one.mesh.copy()
    mesh.clear_data()
    mesh.cell_data["shown"] = np.clip(one.values, low, high)
    scene, part = _seen(mesh, case)
    options = {"scalars": "shown", "cmap": one.colours, "clim": limits, "n_colors": 256, "log_scale": logarithmic}
    scene.add(part, **options, **UNLIT)
    scene.mark(boundary(part), **RIM)
    image = scene.render(round(PANEL * PIXELS_PER_INCH), 1.0).image
    tall = PANEL * image.shape[0] / image.shape[1]
    axes = figure.add_axes((x / size[0], (y + (PANEL - tall) / 2) / size[1], PANEL / size[0], tall / size[1]))
    axes.imshow(image, interpolation="nearest")
    axes.set_axis_off()
    if not one.even:
        factor, unit = _scaled(max(abs(low), abs(high)), one.unit)
        extend = extension(one.values.min() < low - 0.01 * abs(low), one.values.max() > 1.01 * high)
        bar = ColourBar(unit, one.colours, (low * factor, high * factor), extend, logarithmic)
        place = ((x + PANEL + 0.08) / size[0], (y + 0.25) / size[1], 0.11 / size[0], (PANEL - 0.5) / size[1])
        colour_bar(figure, place, bar)
    lengths = np.ptp(np.reshape(mesh.bounds, (3, 2)), axis=1) * 1e-6
    extent = " × ".join(length_text(length) for length in lengths if length > 1e-12)
    middle = (x + PANEL / 2) / size[0]
    figure.text(middle, (y - 0.12) / size[1], one.name, ha="center", fontsize=9.5, fontweight="bold", color=INK)
    figure.text(middle, (y - 0.28) / size[1], f"{extent}; mean {one.told}", ha="center", fontsize=7.5, color=FAINT)


def _seen(mesh: "pyvista.PolyData", case: Case) -> tuple[Scene, "pyvista.PolyData"]:
    """Flat surfaces are seen from straight ahead, others cut open."""
    lengths = np.ptp(np.reshape(mesh.bounds, (3, 2)), axis=1)
    across = int(np.argmin(lengths))
    if lengths[across] > 1e-6 * lengths.max():
        return opened(mesh, case)
    axes = np.eye(3)
    return Scene(axes[across], axes[1] if across == 2 else axes[2]), mesh


def _scaled(largest: float, unit: str) -> tuple[float, str]:
    """As `scaled_unit`; numbers and mAh have no further prefix."""
    return (1.0, unit) if unit == "" or unit.startswith("mAh") else scaled_unit(abs(largest), unit)


def _parameters(case: Case) -> str:
    return parameters_text(case.summary.get("parameters") or {}) if case.summary.get("parameters") else ""


def _wrapped(text: str, width: float) -> list[str]:
    from textwrap import wrap

    return wrap(text, math.floor(width))
