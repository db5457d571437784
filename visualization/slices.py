"""Parallel planes through a field, or three that are at right angles."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .errors import VisualizationError, unknown
from .fields import READABLE, scale_bar, style_of, unit_of
from .moment import EDGES, ELECTRODES, Moment, boundary
from .picture import Picture, colour_limits
from .stretch import union
from .style import REGIONS
from .surface_maps import UNLIT

if TYPE_CHECKING:
    import pyvista

#: Planes through a long cell, and largest drawn length over the mean of the others of a cell that is none.
PLANES, LONG = 5, 1.6


def draw_slices(now: Moment) -> Picture:
    """A field on five planes across the longest axis as drawn, or on three at right angles in a compact cell.

    The field is taken wherever it was saved; electrodes without it are cut in their own colours. A vector's length
    is drawn.
    """
    name = now.options.field or "concentration"
    if name not in (known := sliceable(now)):
        raise unknown("field", name, [f"{one} [{unit}]" if unit else one for one, unit in known.items()],
                      str(now.case.folder))  # fmt: skip
    liquid = [region for region in now.liquids if name in now.case.fields[region]]
    # A concentration in a solid is another quantity than one in the electrolyte.
    regions = liquid or [region for region in now.grids if name in now.case.fields[region]]
    cuts, bodies = [], []
    planes, how = _planes(now, regions)
    for region in now.grids:
        fielded = region in regions
        grid = now.grid(region, *([name] if fielded else []))
        for axis, place in planes:
            origin = (*grid.center[:axis], place, *grid.center[axis + 1 :])
            flat = grid.slice(normal="xyz"[axis], origin=origin)
            if flat.n_cells:
                (cuts if fielded else bodies).append((region, _at_points(flat, name) if fielded else flat))
    if not cuts:
        raise VisualizationError(f"no plane meets {', '.join(regions)} in {now.case.folder}")
    style = style_of(name, unit_of(now, name))
    limits = now.options.limits(name, colour_limits(np.concatenate([flat["shown"] for _, flat in cuts])))
    scene = now.scene()
    scene.box = now.drawn_box
    for _, flat in cuts:
        drawn = now.stretch.mesh(flat)
        scene.add(drawn, scalars="shown", cmap=style.colours, clim=limits, **READABLE)
        scene.mark(boundary(drawn), **EDGES)
    for region, flat in bodies:
        scene.add(now.stretch.mesh(flat), color=REGIONS[region], **UNLIT)
        scene.mark(boundary(now.stretch.mesh(flat)), **EDGES)
    now.add_box(scene)
    where = "the electrolyte" if liquid else " and ".join(r.replace("_", " ") for r in regions)
    legend = [region for region in ELECTRODES if region in dict(bodies)]
    bar = scale_bar(name, style, limits)
    return Picture(scene, now.stretch, f"{style.label} in {where}", now.subtitle, [bar], legend, [*now.notes, how])


def sliceable(now: Moment) -> dict[str, str]:
    """Fields of the regions, with their units."""
    return {name: unit for region in now.grids for name, unit in now.case.fields[region].items()}


def _planes(now: Moment, regions: Sequence[str]) -> tuple[list[tuple[int, float]], str]:
    """Axis and place (µm) of the planes through some regions, and what they are in words."""
    lower, upper = np.reshape(union(now.grids[region].bounds for region in regions), (3, 2)).T
    middle = (lower + upper) / 2
    lower, upper = now.stretch.points(np.array([lower, upper]))
    sizes = upper - lower
    axis = int(np.argmax(sizes))
    if sizes[axis] < LONG * np.delete(sizes, axis).mean():
        return [(a, float(middle[a])) for a in range(3)], "three planes through the middle"
    images = lower[axis] + sizes[axis] * (np.arange(PLANES) + 0.5) / PLANES
    if axis == now.stretch.axis:
        images = np.interp(images, now.stretch.images, now.stretch.knots)
    return [(axis, float(place)) for place in images], f"{PLANES} planes across {'xyz'[axis]}"


def _at_points(flat: "pyvista.PolyData", name: str) -> "pyvista.PolyData":
    """The field as ``shown``, at points."""
    drawn = flat.cell_data_to_point_data() if name in flat.cell_data else flat
    values = np.asarray(drawn[name])
    drawn["shown"] = np.linalg.norm(values, axis=1) if values.ndim > 1 else values
    return drawn
