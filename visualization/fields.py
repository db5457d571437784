"""Pictures of a case's fields: geometry, salt concentration, current density, potential, stoichiometry.

The electrolyte is cut by the plane which the architecture proposes and its front part taken away; the
electrodes stay whole. All pictures of a case share one view and one exaggeration (`stretch.py`).
"""

from typing import TYPE_CHECKING

import numpy as np

from .errors import VisualizationError
from .moment import BODY, EDGES, ELECTRODES, Moment, boundary, coincident, faces, middle_of_top, sharp_edges
from .notation import file_unit_text, scaled_unit
from .picture import ColourBar, Picture, colour_limits, extension
from .scene import Scene
from .streamlines import arrow_positions, evenly_spaced, field_lines, seeds_on
from .style import FIELDS, REGIONS, STOICHIOMETRY, FieldStyle

if TYPE_CHECKING:
    import pyvista

# Mostly ambient light: a colour keeps its meaning on every side of a body.
READABLE = {"ambient": 0.75, "diffuse": 0.25, "specular": 0.0, "n_colors": 64}
LINES = {"color": "white", "lighting": False}


def draw_geometry(now: Moment) -> Picture:
    """The regions: electrodes solid, the electrolyte as glass around them."""
    electrolyte = now.surface(now.grid("electrolyte"))
    scene = now.scene()
    legend = [*now.add_electrodes(scene), *now.add_bare(scene)]
    scene.add(now.glass(), color=REGIONS["electrolyte"], opacity=0.3, **BODY)
    if "separator" in now.grids:
        scene.add(now.beside_bare(now.surface(now.grid("separator"))), color=REGIONS["separator"], opacity=0.45, **BODY)
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


def draw_on_cut(now: Moment, name: str, glass: bool = False) -> Picture:
    """A nodal field of the electrolyte on its cut; with `glass` every electrode's front is translucent."""
    parts = [part(now, region, name) for region in now.liquids]
    if not parts:
        now.grid("electrolyte")
    style = style_of(name, unit_of(now, name))
    drawn = [now.surface(mesh) for mesh in parts]
    every = np.concatenate([mesh[name] for mesh in parts])
    limits = now.options.limits(name, colour_limits(seen(now, drawn, name, every)))
    scene = now.scene()
    for mesh in drawn:
        scene.add(mesh, scalars=name, cmap=style.colours, clim=limits, **READABLE)
    now.add_cut_edges(scene)
    legend = now.add_electrodes(scene, cut=True, glass=glass)
    legend += now.add_bare(scene, front=True) if glass else []
    label = _label(now, name)
    slack = 0.01 * (limits[1] - limits[0])
    beyond = extension(every.min() < limits[0] - slack, every.max() > limits[1] + slack)
    bars = [scale_bar(name, style._replace(label=label), limits, beyond)]
    title = f"{label} in the electrolyte"
    return Picture(scene, now.stretch, title, now.subtitle, bars, legend, now.notes)


def seen(now: Moment, drawn: list["pyvista.PolyData"], name: str, every: np.ndarray) -> np.ndarray:
    """Values on the facets that face the viewer and have no electrode upon them; all where there are none.

    A scale that spans hidden corners, too, would leave the picture in half of its colours.
    """
    walls = [now.stretch.mesh(faces(now.grids[region])) for region in ELECTRODES if region in now.grids]
    found = []
    for mesh in drawn:
        facing = mesh.compute_normals(point_normals=False)["Normals"] @ now.cut[2] > 1e-6
        visible = facing & ~coincident(mesh, walls)
        found.append(mesh[name][np.unique(mesh.regular_faces[visible])])
    values = np.concatenate(found)
    return values if len(values) else every


def part(now: Moment, region: str, name: str):
    """A region behind the cut with a field on it, at its points; of a vector its length."""
    grid = now.grid(region, name)
    mesh = grid.copy(deep=False)
    # Cutting carries every array along, also those which other views have asked for.
    for data in (mesh.point_data, mesh.cell_data):
        for other in [one for one in data if one != name]:
            data.remove(other)
    behind = now.behind_cut(mesh)
    if name in behind.cell_data:
        behind = behind.cell_data_to_point_data()
    if behind[name].ndim > 1:
        behind[name] = np.linalg.norm(behind[name], axis=1)
    return behind


def unit_of(now: Moment, name: str) -> str:
    """The unit of a field as its file tells it."""
    return next((units[name] for units in now.case.fields.values() if name in units), "")


def style_of(name: str, unit: str) -> FieldStyle:
    """How a field is drawn: those of `style.py`, and any other by its own name."""
    if name in FIELDS:
        return FIELDS[name]
    colours = FIELDS["concentration"].colours if unit == "mol m-3" else FIELDS["potential"].colours
    return FieldStyle(name[0].upper() + name[1:], file_unit_text(unit), colours)


def _label(now: Moment, name: str) -> str:
    """What a field is called; the concentration of an electrolyte of ions is that of one of them."""
    units = now.case.fields.get("electrolyte", {})
    ions = [one for one in units if one.endswith(("+", "-"))]
    if name in ions:
        return f"{name} concentration"
    if name == "concentration" and ions:
        grid = now.grid("electrolyte", name, *ions)
        same = [ion for ion in ions if np.array_equal(grid.point_data[ion], grid.point_data[name])]
        if same:
            return f"{same[0]} concentration"
    return style_of(name, unit_of(now, name)).label


def draw_concentration(now: Moment) -> Picture:
    """Salt concentration in the electrolyte."""
    return draw_on_cut(now, "concentration", glass=True)


def draw_potential(now: Moment) -> Picture:
    """Electric potential in the electrolyte."""
    return draw_on_cut(now, "potential")


def draw_current_density(now: Moment) -> Picture:
    """|i| on the cut, with field lines of the current in the cut."""
    name = "current density"
    now.grid("electrolyte", name)
    scene, strengths, volumes, nodal = now.scene(), [], [], []
    for region in now.liquids:
        behind = now.behind_cut(now.grid(region, name))
        strengths.append(np.linalg.norm(behind[name], axis=1))
        volumes.append(np.abs(behind.compute_cell_sizes(length=False, area=False).cell_data["Volume"]))
        nodal.append(behind.cell_data_to_point_data())
        nodal[-1]["|i|"] = np.linalg.norm(nodal[-1][name], axis=1)
    # Electrode edges are singular: the map ends where all but 1 % of the volume is below.
    limits = now.options.limits(name, volume_limits(np.concatenate(strengths), np.concatenate(volumes), 0.01, 0.99))
    for mesh in nodal:
        scene.add(now.surface(mesh), scalars="|i|", cmap=FIELDS[name].colours, clim=limits, **READABLE)
    now.add_cut_edges(scene)
    legend = now.add_electrodes(scene, cut=True)
    drawn = add_field_lines(now, scene, name) if now.is_cut else 0
    beyond = max(mesh["|i|"].max() for mesh in nodal) > limits[1] * 1.01
    bars = [scale_bar(name, FIELDS[name], limits, "max" if beyond else "neither")]
    notes = [*now.notes, "lines: direction of the current in the cut" if drawn else ""]
    title = "Current density in the electrolyte"
    return Picture(scene, now.stretch, title, now.subtitle, bars, legend, notes)


def draw_stoichiometry(now: Moment) -> Picture:
    """Stoichiometry on the electrodes, each on its own scale; the electrolyte as an outline."""
    return draw_in_electrodes(now, "stoichiometry")


def draw_solid_concentration(now: Moment) -> Picture:
    """Concentration of the inserted ion, as `draw_stoichiometry`."""
    return draw_in_electrodes(now, "concentration")


def draw_in_electrodes(now: Moment, name: str) -> Picture:
    """A nodal field of the electrodes, each on its own scale; the electrolyte as an outline.

    An electrode that fills the cell's section is cut open: what happens inside it is the point.
    """
    style = FIELDS["solid concentration" if name == "concentration" else name]
    electrodes = [region for region in ELECTRODES[:2] if region in now.grids]
    if not electrodes:
        raise VisualizationError(f"neither electrode in {now.case.folder} has a volume, so there is no {name} to draw")
    opened, now = now, now.films()
    scene = now.scene()
    bars, labels, cut = [], {}, []
    for region in electrodes:
        grid, colours = opened.grid(region, name), STOICHIOMETRY[region]
        tall = opened.is_cut and bool(opened.liquids) and opened.hides(region)
        surface, outline = now.surface(now.behind_cut(grid) if tall else grid), sharp_edges(faces(grid))
        limits = opened.options.limits(region, colour_limits(surface[name] if tall else grid[name]))
        scene.add(surface, scalars=name, cmap=colours, clim=limits, **READABLE)
        # Edges of the cut body itself would be those of every cell on the cut.
        scene.mark(now.stretch.mesh(now.behind_cut(outline) if tall else outline), **EDGES)
        if tall:
            scene.mark(now.stretch.mesh(boundary(now.section(grid))), **EDGES)
        label = f"{region.capitalize()} {style.label[0].lower()}{style.label[1:]}"
        bars.append(scale_bar(region, style._replace(label=label, colours=colours), limits))
        labels[region] = middle_of_top(surface)
        cut += [region] if tall else []
    collectors = [region for region in ELECTRODES[2:] if region in now.grids]
    for region in collectors:
        grid = now.grids[region]
        behind = now.behind_cut(grid) if cut and np.ptp(opened.drawn_heights(region)) > 0 else grid
        scene.add(now.surface(behind), color=REGIONS[region], **BODY)
    if "electrolyte" in now.grids:
        now.add_ghost(scene)
    noun = "Stoichiometry" if name == "stoichiometry" else "Concentration of the inserted ion"
    return Picture(scene, now.stretch, f"{noun} in the electrodes", now.subtitle, bars, collectors, now.notes, labels)


def scale_bar(key: str, style: FieldStyle, limits: tuple[float, float], extend: str = "neither") -> ColourBar:
    """The scale of a field; a unit gets a prefix where the numbers need one."""
    factor, unit = 1.0, style.unit
    # A prefix on mol/m³ would be read as one of the mole.
    if unit and not unit.startswith("mol"):
        factor, unit = scaled_unit(max(abs(limits[0]), abs(limits[1])), unit)
    scaled = (limits[0] * factor, limits[1] * factor)
    label = f"{style.label} / {unit}" if unit else style.label
    return ColourBar(label, style.colours, scaled, extend, key=key, factor=factor)


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

    whole = now.conductor(name).cell_data_to_point_data()
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
