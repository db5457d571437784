"""Pictures of a case's fields: geometry, salt concentration, current density, potential, stoichiometry.

The electrolyte is cut by the plane which the architecture proposes and its front part taken away; the
electrodes stay whole. All pictures of a case share one view and one exaggeration (`stretch.py`).
"""

from dataclasses import replace

import numpy as np

from .case import field
from .errors import VisualizationError
from .moment import BODY, EDGES, ELECTRODES, Moment, boundary, middle_of_top, sharp_edges
from .notation import scaled_unit
from .picture import ColourBar, Picture, colour_limits
from .scene import Scene
from .streamlines import arrow_positions, evenly_spaced, field_lines, seeds_on
from .style import FIELDS, REGIONS, STOICHIOMETRY

# Mostly ambient light: a colour keeps its meaning on every side of a body.
READABLE = {"ambient": 0.75, "diffuse": 0.25, "specular": 0.0, "n_colors": 64}
LINES = {"color": "white", "lighting": False}


def draw_geometry(now: Moment) -> Picture:
    """The regions: electrodes solid, the electrolyte as glass around them."""
    electrolyte = now.surface(now.grid("electrolyte"))
    scene = now.scene()
    legend = now.add_electrodes(scene)
    scene.add(now.glass(), color=REGIONS["electrolyte"], opacity=0.3, **BODY)
    if "separator" in now.grids:
        scene.add(now.surface(now.grid("separator")), color=REGIONS["separator"], opacity=0.45, **BODY)
        legend.append("separator")
    scene.mark(sharp_edges(electrolyte), **(EDGES | {"opacity": 0.4}))
    architecture = str(now.case.summary.get("architecture", "")).replace("_", " ")
    cells = sum(grid.n_cells for grid in now.grids.values())
    return Picture(
        scene,
        now.stretch,
        f"Geometry: {architecture} cell",
        now.name,
        legend=["electrolyte", *legend],
        notes=[*now.notes, f"{cells:,} tetrahedra"],
    )


def draw_on_cut(now: Moment, name: str) -> Picture:
    """A nodal field of the electrolyte on its cut."""
    behind = now.behind_cut(now.grid("electrolyte"))
    limits = colour_limits(field(behind, name, f"{now.case.folder}/electrolyte.vtkhdf"))
    style = FIELDS[name]
    scene = now.scene()
    scene.add(now.surface(behind), scalars=name, cmap=style.colours, clim=limits, **READABLE)
    now.add_cut_edges(scene)
    legend = now.add_electrodes(scene, cut=True)
    label = _label(behind, name)
    title = f"{label} in the electrolyte"
    bars = [replace(bar, label=bar.label.replace(style.label, label)) for bar in [colour_bar_for(name, limits)]]
    return Picture(scene, now.stretch, title, now.subtitle, bars, legend, now.notes)


def _label(grid, name: str) -> str:
    """What a field is called; the concentration of an electrolyte of ions is that of one of them."""
    if name == "concentration":
        for ion in grid.point_data:
            if ion.endswith(("+", "-")) and np.array_equal(grid.point_data[ion], grid.point_data[name]):
                return f"{ion} concentration"
    return FIELDS[name].label


def draw_concentration(now: Moment) -> Picture:
    """Salt concentration in the electrolyte."""
    return draw_on_cut(now, "concentration")


def draw_potential(now: Moment) -> Picture:
    """Electric potential in the electrolyte."""
    return draw_on_cut(now, "potential")


def draw_current_density(now: Moment) -> Picture:
    """|i| on the cut, with field lines of the current in the cut."""
    name = "current density"
    behind = now.behind_cut(now.grid("electrolyte"))
    strength = np.linalg.norm(field(behind, name, f"{now.case.folder}/electrolyte.vtkhdf"), axis=1)
    volume = np.abs(behind.compute_cell_sizes(length=False, area=False).cell_data["Volume"])
    # Electrode edges are singular: the map ends where all but 1 % of the volume is below.
    limits = volume_limits(strength, volume, 0.01, 0.99)
    nodal = behind.cell_data_to_point_data()
    nodal["|i|"] = np.linalg.norm(nodal[name], axis=1)
    scene = now.scene()
    scene.add(now.surface(nodal), scalars="|i|", cmap=FIELDS[name].colours, clim=limits, **READABLE)
    now.add_cut_edges(scene)
    legend = now.add_electrodes(scene, cut=True)
    drawn = add_field_lines(now, scene, name)
    bars = [colour_bar_for(name, limits, "max" if nodal["|i|"].max() > limits[1] * 1.01 else "neither")]
    notes = [*now.notes, "lines: direction of the current in the cut" if drawn else ""]
    title = "Current density in the electrolyte"
    return Picture(scene, now.stretch, title, now.subtitle, bars, legend, notes)


def draw_stoichiometry(now: Moment) -> Picture:
    """Stoichiometry on the electrodes, each on its own scale; the electrolyte as an outline."""
    electrodes = [region for region in ELECTRODES[:2] if region in now.grids]
    if not electrodes:
        raise VisualizationError(
            f"neither electrode in {now.case.folder} has a volume, so there is no stoichiometry to draw"
        )
    now = now.films()
    scene = now.scene()
    bars, labels = [], {}
    for region in electrodes:
        grid, colours = now.grids[region], STOICHIOMETRY[region]
        limits = colour_limits(field(grid, "stoichiometry", f"{now.case.folder}/{region}.vtkhdf"))
        surface = now.surface(grid)
        scene.add(surface, scalars="stoichiometry", cmap=colours, clim=limits, **READABLE)
        scene.mark(sharp_edges(surface), **EDGES)
        bars.append(ColourBar(f"{region.capitalize()} {FIELDS['stoichiometry'].label}", colours, limits))
        labels[region] = middle_of_top(surface)
    collectors = [region for region in ELECTRODES[2:] if region in now.grids]
    for region in collectors:
        scene.add(now.surface(now.grids[region]), color=REGIONS[region], **BODY)
    if "electrolyte" in now.grids:
        now.add_ghost(scene)
    title = "Stoichiometry in the electrodes"
    return Picture(scene, now.stretch, title, now.subtitle, bars, collectors, now.notes, labels)


def colour_bar_for(name: str, limits: tuple[float, float], extend: str = "neither") -> ColourBar:
    """The scale of a field; current density and potential get a prefix where their numbers need one."""
    style = FIELDS[name]
    factor, unit = 1.0, style.unit
    if name in ("current density", "potential"):
        factor, unit = scaled_unit(max(abs(limits[0]), abs(limits[1])), unit)
    scaled = (limits[0] * factor, limits[1] * factor)
    return ColourBar(f"{style.label} / {unit}", style.colours, scaled, extend)


def volume_limits(values: np.ndarray, weights: np.ndarray, low: float, high: float) -> tuple[float, float]:
    """Values below which the shares `low` and `high` of the weight lie."""
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    first, last = (float(values[order][min(np.searchsorted(share, s), len(values) - 1)]) for s in (low, high))
    # An even field would otherwise show its round-off: draw it in one colour from the map's middle.
    return (first, last) if last - first > 0.1 * last else (0.0, 2 * last or 1.0)


def add_field_lines(now: Moment, scene: Scene, name: str) -> int:
    """Lines of the current through points of the cut, with an arrow head on each; how many."""
    import pyvista

    whole = now.grid("electrolyte").cell_data_to_point_data()
    normal, _, towards = now.cut
    # Within the cut, or lines that leave it would seem to end in the middle of nowhere.
    whole[name] = whole[name] - np.outer(whole[name] @ normal, normal)
    section = now.section(whole)
    if not section.n_cells or not np.any(section[name]):
        return 0
    section["|i|"] = np.linalg.norm(section[name], axis=1)
    # Where hardly any current flows its direction is round-off.
    seeds = seeds_on(section.threshold(0.05 * np.percentile(section["|i|"], 95), scalars="|i|"))
    lines = [now.stretch.points(line) for line in field_lines(whole, seeds, name, 3 * whole.length)]
    lower, upper = scene.bounds()
    size = np.sort(upper - lower)[1:].mean()
    lines = from_electrode_to_electrode(now, lines, 0.05 * size)
    rim = now.stretch.mesh(boundary(section))
    chosen = evenly_spaced(lines, 0.055 * size, np.concatenate([rim.points, rim.cell_centers().points]))
    for line in chosen:
        # Lifted off the cut, or the cut would swallow half of each tube.
        lifted = line + 0.003 * size * towards
        scene.mark(pyvista.lines_from_points(lifted).tube(radius=0.0022 * size, n_sides=8), **LINES)
        place, tangent = arrow_positions(lifted)
        shape = {"height": 0.03 * size, "radius": 0.009 * size, "resolution": 16}
        scene.mark(pyvista.Cone(center=place, direction=tangent, **shape), **LINES)
    return len(chosen)


def from_electrode_to_electrode(now: Moment, lines: list[np.ndarray], near: float) -> list[np.ndarray]:
    """Without the lines which mesh errors let end on an insulated side; all, if hardly any would stay."""
    from scipy.spatial import cKDTree

    points = [now.stretch.points(now.grids[r].points) for r in ELECTRODES[:2] if r in now.grids]
    if len(points) < 2 or not lines:
        return lines
    trees = [cKDTree(p) for p in points]
    ends = np.array([[line[0], line[-1]] for line in lines])
    distances = np.min([tree.query(ends)[0] for tree in trees], axis=0)
    kept = [line for line, distance in zip(lines, distances.max(axis=1), strict=True) if distance < near]
    return kept if len(kept) > 3 else lines
