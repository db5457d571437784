"""Where the mesh is too coarse: the error of the fields' gradients in the cells, beside that of whole regions.

The numbers are those of :mod:`archode.solvers.error_map`: 100 % is the rms gradient of the field in its region.
"""

import numpy as np

from .case import Case
from .errors import VisualizationError, unknown
from .moment import EDGES, Moment, boundary, faces, sharp_edges
from .picture import ColourBar, Picture, extension
from .surface_maps import percentiles

#: How the arrays are called, after the field.
ENDING = " gradient error"

#: Shares of the volume up to the ends of the scale, and the most that a scale spans.
TAILS, SPAN = (0.01, 0.999), 1000.0

COLOURS = "plasma"

#: Outlines of the regions on the cut, to be seen on dark and on bright cells.
RIM = EDGES | {"color": "white", "line_width": 1.5}


def erring(case: Case) -> dict[str, list[str]]:
    """Fields whose error was saved, by region."""
    found = {r: [n.removesuffix(ENDING) for n in case.fields[r] if n.endswith(ENDING)] for r in case.regions}
    return {region: names for region, names in found.items() if names}


def missing(case: Case) -> str | None:
    """Why there is nothing to draw; None where there is."""
    return None if erring(case) else f"no error of a gradient was saved in {case.folder}"


def draw_gradient_error(now: Moment) -> Picture:
    """The cell cut open, its tetrahedra coloured by the error of a field's gradient, or by the largest of all fields'.

    Raises
    ------
    VisualizationError
        No error was saved, or none of the field that `Options.field` names.
    """
    if reason := missing(now.case):
        raise VisualizationError(reason)
    fields = erring(now.case)
    if wanted := (now.options.field or "").removesuffix(ENDING):
        known = dict.fromkeys(name for names in fields.values() for name in names)
        if wanted not in known:
            raise unknown("field", wanted, known, str(now.case.folder))
        fields = {region: [wanted] for region, names in fields.items() if wanted in names}
    drawn, shown, volumes, told = {}, [], [], []
    for region, names in fields.items():
        grid = now.grid(region, *(name + ENDING for name in names))
        volume = np.abs(grid.compute_cell_sizes(length=False, area=False).cell_data["Volume"])
        errors = {name: np.asarray(grid.cell_data[name + ENDING], dtype=float) for name in names}
        wholes = {name: np.sqrt(np.average(one**2, weights=volume)) for name, one in errors.items()}
        if words := ", ".join(f"{name} {whole:.2g} %" for name, whole in wholes.items() if whole):
            told.append(f"whole {region.replace('_', ' ')}: {words}")
        drawn[region] = grid.copy(deep=False)
        drawn[region].clear_data()
        drawn[region].cell_data["error"] = np.max(list(errors.values()), axis=0)
        shown.append(drawn[region].cell_data["error"])
        volumes.append(volume)
    every = np.concatenate(shown)
    limits = now.options.limits("gradient error", _limits(every, np.concatenate(volumes)))
    scene = now.scene()
    # Unlit, or the sides would be read as less.
    look = {"cmap": COLOURS, "clim": limits, "log_scale": True, "lighting": False}
    for grid in drawn.values():
        grid.cell_data["error"] = np.clip(grid.cell_data["error"], *limits)
        scene.add(now.surface(now.behind_cut(grid)), scalars="error", **look)
        scene.mark(now.stretch.mesh(now.behind_cut(sharp_edges(faces(grid)))), **EDGES)
        scene.mark(now.stretch.mesh(boundary(now.section(grid))), **RIM)
    what = f"of {wanted}" if wanted else "of any field"
    beyond = extension(every.min() < limits[0], every.max() > limits[1] * 1.01)
    bar = ColourBar(f"Error of the gradient {what} / %", COLOURS, limits, beyond, True, "gradient error")
    notes = [*now.notes, "100 %: rms gradient of the field in its region", *told]
    title = f"Error of the gradient in the cells: {wanted or 'the largest of all fields'}"
    return Picture(scene, now.stretch, title, now.subtitle, [bar], (), notes)


def _limits(errors: np.ndarray, volumes: np.ndarray) -> tuple[float, float]:
    """Ends of the logarithmic scale [%], a decade at least, between which nearly all of the volume with errors lies."""
    some = errors > 0
    if not some.any():
        return 1.0, 10.0
    low, high = (float(end) for end in percentiles(errors[some], volumes[some], TAILS))
    return min(max(low, high / SPAN), high / 10), high
