"""The current in space: field lines as tubes, coloured by |i|, through gaps, around fingers and into pores."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .errors import VisualizationError
from .fields import READABLE, scale_bar, volume_limits
from .moment import EDGES, ELECTRODES, VERY_SHARP, Moment, faces, sharp_edges
from .picture import Picture
from .streamlines import dense, field_lines
from .style import FIELDS, REGIONS

if TYPE_CHECKING:
    import pyvista

NAME = "current density"

#: Radius of the tubes in mean lengths of the cell; opacity of the electrodes around them, and of those without volume.
RADIUS, GLASS, SKIN = 0.005, 0.25, 0.45

#: Body of the electrodes: flat, for light on many translucent walls is confusing.
CALM = {"ambient": 0.6, "diffuse": 0.4, "specular": 0.0}


@dataclass(frozen=True)
class Detail:
    """How finely lines are drawn.

    Attributes
    ----------
    lines
        How many.
    sides, spacing
        Of their tubes: faces around, and length of one in mean lengths of the cell.
    radius
        Of their tubes, in mean lengths of the cell.
    """

    lines: int = 160
    sides: int = 8
    spacing: float = 0.01
    radius: float = RADIUS


#: Least over mean extent below which fewer lines are drawn, and the smallest share of them.
THIN, FEWEST = 0.25, 0.15

#: For a picture, and for a scene that a browser turns: some 20 000 triangles in place of 300 000.
FINE, LIGHT = Detail(), Detail(lines=90, sides=4, spacing=0.035, radius=0.006)


def draw_current(now: Moment, detail: Detail = FINE) -> Picture:
    """Lines of the current through electrolyte and separator, each through a point drawn by volume and current.

    Seeds are drawn with a probability in proportion to |i| times volume: lines are dense where current flows.

    Raises
    ------
    VisualizationError
        No current flows.
    """
    import pyvista

    grid = now.conductor(NAME)
    cells, volume = _strengths(now, grid)
    limits = _limits(now, cells, volume)
    whole = grid.copy(deep=False).cell_data_to_point_data()
    scene = now.scene()
    # Tubes are thicker than the lines they stand for.
    scene.box = lower, upper = now.drawn_box
    least, *others = np.sort(upper - lower)
    size = np.mean(others)
    # In a thin slice the tubes of all lines would merge into one sheet.
    number = round(detail.lines * float(np.clip(least / (THIN * size), FEWEST, 1.0)))
    lines = current_lines(grid, whole, cells * volume, number)
    tubes = [tube(now, line, size, detail) for line in lines if len(line) > 1]
    if not tubes:
        raise VisualizationError(f"no line of the current could be followed in {now.case.folder}")
    merged = pyvista.merge(tubes)
    sampled = pyvista.PolyData(merged.point_data["place"]).sample(whole)
    merged["|i|"] = np.linalg.norm(sampled[NAME], axis=1)
    style = FIELDS[NAME]
    scene.add(merged, scalars="|i|", cmap=style.colours, clim=limits, smooth_shading=True, **READABLE)
    legend = [region for region in ELECTRODES if region in now.grids]
    for region in legend:
        surface = faces(now.grids[region])
        scene.add(now.stretch.mesh(surface), color=REGIONS[region], opacity=GLASS, **CALM)
        scene.mark(now.stretch.mesh(sharp_edges(surface, VERY_SHARP)), **(EDGES | {"opacity": 0.5}))
    for side, surface in now.bare.items():
        scene.add(now.stretch.mesh(surface), color=REGIONS[side], opacity=SKIN, **CALM)
        legend.append(side)
    now.add_ghost(scene)
    beyond = "max" if merged["|i|"].max() > 1.01 * limits[1] else "neither"
    notes = [*now.notes, f"{len(tubes)} lines of the current, dense where it flows"]
    bar = scale_bar(NAME, style, limits, beyond)
    return Picture(scene, now.stretch, "Lines of the current", now.subtitle, [bar], legend, notes)


def scale(now: Moment) -> dict[str, tuple[float, float]]:
    """Least and largest |i| of the colours, A/m², without following a line; errors as of `draw_current`."""
    return {NAME: _limits(now, *_strengths(now, now.conductor(NAME)))}


def _strengths(now: Moment, grid: "pyvista.UnstructuredGrid") -> tuple[np.ndarray, np.ndarray]:
    """|i| [A/m²] and volume of every cell."""
    cells = np.linalg.norm(grid.cell_data[NAME], axis=1)
    if not cells.any():
        raise VisualizationError(f"no current flows in the electrolyte of {now.case.folder} at this time")
    return cells, np.abs(grid.compute_cell_sizes(length=False, area=False).cell_data["Volume"])


def _limits(now: Moment, cells: np.ndarray, volume: np.ndarray) -> tuple[float, float]:
    """Ends of the map: all but 1 % of the volume at either end, for edges are singular."""
    return now.options.limits(NAME, volume_limits(cells, volume, 0.01, 0.99))


def current_lines(
    grid: "pyvista.UnstructuredGrid", nodal: "pyvista.UnstructuredGrid", weight: np.ndarray, most: int = FINE.lines
) -> list:
    """Lines (n, 3) of the `nodal` current through cells of `grid` that are drawn in proportion to their `weight`."""
    random = np.random.default_rng(0)
    number = min(most, int(np.count_nonzero(weight)))
    picked = random.choice(len(weight), size=number, replace=False, p=weight / weight.sum())
    corners = np.asarray(grid.points)[grid.cell_connectivity.reshape(-1, 4)[picked]]
    return field_lines(nodal, corners.mean(axis=1), NAME, 3 * nodal.length)


def tube(now: Moment, line: np.ndarray, size: float, detail: Detail = FINE):
    """A line as a tube of the drawing; its points know their ``place`` in the cell, µm."""
    import pyvista

    drawn = now.stretch.points(line)
    # Points of the same spacing in the drawing, or a tube twists where the tracer took tiny steps.
    drawn = dense(drawn, detail.spacing * size)
    path = pyvista.lines_from_points(drawn)
    back = np.array(drawn)
    back[:, now.stretch.axis] = np.interp(drawn[:, now.stretch.axis], now.stretch.images, now.stretch.knots)
    path["place"] = back
    made = path.tube(radius=detail.radius * size, n_sides=detail.sides)
    for name in [name for name in made.array_names if name != "place"]:
        made.point_data.pop(name, None)
    return made
