"""Electrode surfaces of several cases side by side, at one colour scale: where metal is plated, and how much.

Every surface is cut open along the plane its architecture proposes, so that the walls inside are seen. Each is drawn as
large as its panel allows; its dimensions stand below.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .case import Case, field
from .curves import PLATED
from .errors import VisualizationError
from .moment import boundary
from .notation import length_text, number_text, scaled_unit
from .picture import PIXELS_PER_INCH, ColourBar, colour_bar, extension
from .scene import Scene, view
from .style import FAINT, FIELDS, INK, look

if TYPE_CHECKING:
    import pyvista
    from matplotlib.figure import Figure

#: What can be drawn: the file's array, and the sign that makes what is plated positive.
QUANTITIES = {"plating": ("current density", -1.0), "deposit thickness": ("deposit thickness", 1.0)}

#: Largest over least value of a scale from which it is logarithmic.
LINEAR = 4.0

#: Shares of the surface beyond the ends of the scale: edges are singular, and bare spots would stretch it for ever.
TAILS = (0.02, 0.99)

COLUMNS, PANEL, GAP = 4, 2.2, 0.15  # of inches the last two
UNLIT = {"ambient": 0.7, "diffuse": 0.3, "specular": 0.0}
RIM = {"color": INK, "line_width": 1.0, "lighting": False}


@dataclass(frozen=True)
class Panel:
    """A case's electrode with a positive quantity on it: `values` at the points, and by area how they spread."""

    name: str
    case: Case
    mesh: "pyvista.PolyData"
    values: np.ndarray
    facets: np.ndarray
    areas: np.ndarray

    @property
    def mean(self) -> float:
        """Mean over the surface."""
        return float(self.facets @ self.areas / self.areas.sum())

    def percentile(self, share: float) -> float:
        """The value below which a share of the surface lies."""
        return float(percentiles(self.facets, self.areas, share))


def percentiles(values: np.ndarray, areas: np.ndarray, shares: float | tuple[float, ...]) -> np.ndarray:
    """Values below which shares of a surface lie, of numbers by facet."""
    order = np.argsort(values)
    reached = np.cumsum(areas[order]) / areas.sum()
    return values[order][np.minimum(np.searchsorted(reached, shares), len(order) - 1)]


def triangles(case: Case, side: str, time: float | None) -> tuple["pyvista.PolyData", np.ndarray]:
    """An electrode's surface at a snapshot, and the areas of its facets."""
    mesh = case.surface(side, time).extract_surface(algorithm="dataset_surface")
    return mesh, np.abs(mesh.compute_cell_sizes(length=False, volume=False)["Area"])


def by_facet(mesh: "pyvista.PolyData", values: np.ndarray) -> np.ndarray:
    """Means of a surface's point values over its facets."""
    return values[mesh.regular_faces].mean(axis=1)


def plated_side(case: Case) -> str:
    """The electrode that the last driven step plates."""
    kinds = [step.get("kind") for step in case.summary.get("steps", ())]
    return next((PLATED[kind] for kind in reversed(kinds) if kind in PLATED), "cathode")


def panel(name: str, case: Case, quantity: str, time: float | None = None) -> Panel:
    """A quantity on the plated electrode of a case, at the telling snapshot unless a time, s, is given.

    Raises
    ------
    VisualizationError
        There is no surface file, or the quantity is not in it.
    """
    side = plated_side(case)
    array, sign = QUANTITIES[quantity]
    mesh, areas = triangles(case, side, time)
    mesh[quantity] = sign * np.asarray(field(mesh, array, f"{case.folder}/{side}_surface.vtkhdf"), dtype=float)
    return Panel(name, case, mesh, mesh[quantity], by_facet(mesh, mesh[quantity]), areas)


def common_scale(panels: list[Panel]) -> tuple[float, float, bool]:
    """Least and largest value of one scale for all panels, and whether it is logarithmic."""
    low = min(p.percentile(TAILS[0]) for p in panels)
    high = max(p.percentile(TAILS[1]) for p in panels)
    if not high > 0:
        raise VisualizationError("nothing is plated in any of the cases: there is no map to draw")
    if low > high / LINEAR:
        return (low, high, False) if high - low > 0.02 * high else (0.0, high * 1.02, False)
    return max(low, high / 1e4), high, True


def draw_surface_maps(panels: list[Panel], quantity: str, title: str) -> "Figure":
    """Panels in rows of four under one colour bar."""
    from matplotlib.figure import Figure

    low, high, logarithmic = common_scale(panels)
    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    height, caption, top, bottom, room = 1.15 * PANEL, 0.62, 0.72, 0.3, 1.1
    size = (2 * GAP + columns * (PANEL + GAP) + room, top + rows * (height + caption) + bottom)
    with look():
        figure = Figure(figsize=size, dpi=PIXELS_PER_INCH)
        for index, one in enumerate(panels):
            x = GAP + (index % columns) * (PANEL + GAP)
            y = size[1] - top - (index // columns) * (height + caption) - height
            _draw_panel(figure, one, quantity, (low, high, logarithmic), (x, y, PANEL, height), size)
        figure.text(0.2 / size[0], 1 - 0.27 / size[1], title, fontsize=11.5, fontweight="bold", color=INK)
        told = "one colour scale; every surface is cut open and drawn as large as its panel; at the end of plating"
        figure.text(0.2 / size[0], 1 - 0.49 / size[1], told, fontsize=8.5, color=FAINT)
        style = FIELDS[quantity]
        factor, unit = scaled_unit(high, style.unit)
        below = any(p.values.min() < 0.99 * low for p in panels)
        extend = extension(below, any(p.values.max() > 1.01 * high for p in panels))
        bar = ColourBar(f"{style.label} / {unit}", style.colours, (low * factor, high * factor), extend, logarithmic)
        tall = min(3.2, size[1] - top - bottom - caption)
        box = ((size[0] - room + 0.1) / size[0], (size[1] - top - tall) / size[1], 0.13 / size[0], tall / size[1])
        colour_bar(figure, box, bar)
    return figure


def _draw_panel(figure: Any, one: Panel, quantity: str, scale: tuple, box: tuple, size: tuple) -> None:
    x, y, width, height = box
    low, high, logarithmic = scale
    scene, mesh = opened(one.mesh, one.case)
    mesh[quantity] = np.maximum(mesh[quantity], low) if logarithmic else mesh[quantity]
    options = {"scalars": quantity, "cmap": FIELDS[quantity].colours, "clim": (low, high), "n_colors": 256}
    scene.add(mesh, **options, log_scale=logarithmic, **UNLIT)
    scene.mark(boundary(mesh), **RIM)
    image = scene.render(round(width * PIXELS_PER_INCH), height / width).image
    drawn = width * image.shape[0] / image.shape[1]
    axes = figure.add_axes((x / size[0], (y + (height - drawn) / 2) / size[1], width / size[0], drawn / size[1]))
    axes.imshow(image, interpolation="nearest")
    axes.set_axis_off()
    lengths = np.ptp(np.reshape(one.mesh.bounds, (3, 2)), axis=1) * 1e-6
    extent = " × ".join(length_text(length) for length in lengths if length > 1e-12)
    factor, unit = scaled_unit(one.mean, FIELDS[quantity].unit)
    most = number_text(one.percentile(0.95) / one.mean) if one.mean else "–"
    spread = f"mean {number_text(one.mean * factor)} {unit}, 95 % below {most} × mean"
    middle = (x + width / 2) / size[0]
    figure.text(middle, (y - 0.12) / size[1], one.name, ha="center", fontsize=9.5, fontweight="bold", color=INK)
    figure.text(middle, (y - 0.28) / size[1], extent, ha="center", fontsize=7.5, color=FAINT)
    figure.text(middle, (y - 0.42) / size[1], spread, ha="center", fontsize=7.5, color=FAINT)


def opened(surface: "pyvista.PolyData", case: Case) -> tuple[Scene, "pyvista.PolyData"]:
    """An empty scene and the part of an electrode's surface behind the case's cut; all of it where it is flat."""
    up = np.array([0.0, 0.0, 1.0])
    lower, upper = np.reshape(surface.bounds, (3, 2)).T
    hint = case.summary.get("cut") or {}
    normal = np.array(hint.get("normal", (0.0, 1.0, 0.0)), dtype=float)
    towards, _ = view(normal, np.zeros(3))
    normal = normal * (1 if normal @ towards > 0 else -1)
    flat = np.min(upper - lower) < 1e-6 * np.max(upper - lower)
    if flat:
        return Scene(towards, up), surface.copy()
    middle = (
        np.array(hint.get("origin", (lower + upper) / 2), dtype=float) - 1e-4 * np.linalg.norm(upper - lower) * normal
    )
    part = surface.clip(normal=tuple(normal), origin=tuple(middle), invert=True)
    return Scene(towards, up), part if part.n_cells else surface.copy()
