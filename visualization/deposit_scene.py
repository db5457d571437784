"""The thickness of plated metal on the electrodes as a scene, where they stand in the cell."""

import numpy as np

from .errors import VisualizationError
from .fields import scale_bar
from .moment import EDGES, Moment, boundary, faces
from .notation import length_text
from .picture import Picture, extension
from .plated import EVEN, TAILS, plated_sides
from .style import FIELDS
from .surface_maps import UNLIT, by_facet, percentiles

NAME = "deposit thickness"


def draw_deposit_scene(now: Moment) -> Picture:
    """Thickness of the deposit on the plated electrode that is meant, at the moment's time.

    Raises
    ------
    VisualizationError
        Nothing was plated, its surface was not saved, or the deposit is even to 1 %: no map.
    """
    sides = plated_sides(now.case)
    if not sides or NAME not in now.case.fields.get(f"{sides[0]}_surface", {}):
        raise VisualizationError(f"no '{NAME}' on an electrode's surface in {now.case.folder}")
    side = sides[0]
    mesh = faces(now.electrode(side, NAME))
    areas = np.abs(mesh.compute_cell_sizes(length=False, volume=False)["Area"])
    values = by_facet(mesh, np.asarray(mesh[NAME], dtype=float))
    low, high = (float(value) for value in percentiles(values, areas, TAILS))
    mean = float(values @ areas / areas.sum())
    if high - low <= EVEN * max(abs(low), abs(high)):
        raise VisualizationError(f"the deposit in {now.case.folder} is even to 1 %: {length_text(mean)} on the {side}")
    limits = now.options.limits(NAME, (low, high))
    scene, style = now.scene(), FIELDS[NAME]
    drawn = now.stretch.mesh(mesh)
    scene.add(drawn, scalars=NAME, cmap=style.colours, clim=limits, n_colors=256, **UNLIT)
    scene.mark(boundary(drawn), **EDGES)
    if "electrolyte" in now.grids:
        now.add_ghost(scene)
    beyond = extension(values.min() < low - 0.01 * abs(low), values.max() > high + 0.01 * abs(high))
    notes = [*now.notes, f"{side}: mean {length_text(mean)}, at most {length_text(values.max())}"]
    bar = scale_bar(NAME, style, limits, beyond)
    return Picture(scene, now.stretch, "Thickness of the deposit", now.subtitle, [bar], [], notes)
