"""Electrode surfaces in the cell, as it stands: the local current, and any criterion, on one scale."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .case import SIDES
from .errors import VisualizationError, unknown
from .fields import scale_bar
from .moment import BODY, EDGES, ELECTRODES, Moment, boundary
from .notation import file_unit_text, number_text, scaled_unit
from .picture import ColourBar, Picture, extension
from .plated import EVEN, PRINTED, SHOWN, TAILS
from .style import FIELDS, REGIONS, STOICHIOMETRY, FieldStyle
from .surface_maps import UNLIT, percentiles

if TYPE_CHECKING:
    import pyvista

#: Areas of the electrodes over each other from which the local current has a scale for each.
APART = 1.5


def draw_surface_current(now: Moment) -> Picture:
    """|j| on every electrode's surface, of storage electrodes as of plated ones; which way it flows is told beside."""
    meshes = _surfaces(now, "current density")
    told = []
    for side, mesh in meshes.items():
        values, areas = _by_facet(mesh, "current density")
        mean = float(values @ areas / areas.sum())
        factor, unit = scaled_unit(abs(mean), FIELDS["local current"].unit)
        way = "oxidation" if mean > 0 else "reduction" if mean < 0 else "at rest"
        told.append(f"{side}: mean {number_text(mean * factor)} {unit}, {way}")
        mesh["shown"] = np.abs(mesh["current density"])
    return _draw(now, "Local current on the electrodes", meshes, "current density", FIELDS["local current"], told)


def draw_criterion(now: Moment, name: str) -> Picture:
    """A criterion of plating, place by place, on every electrode of which it speaks.

    Raises
    ------
    VisualizationError
        It is not known, or has no numbers at this time.
    """
    from ..solvers.criteria import LARGE_IS_WORSE, MAPS

    if name not in SHOWN:
        raise unknown("criterion", name, SHOWN)
    meshes = {}
    for side, mesh in _surfaces(now, name).items():
        if np.isfinite(mesh[name]).any():
            meshes[side] = mesh.extract_cells(np.isfinite(mesh[name])).extract_surface(algorithm="dataset_surface")
    if not meshes:
        raise VisualizationError(f"the criterion {name} has no numbers in {now.case.folder} at this time")
    unit, factor = PRINTED.get(MAPS[name], (file_unit_text(MAPS[name]), 1.0))
    for mesh in meshes.values():
        mesh["shown"] = factor * mesh[name]
    colours = "inferno" if name in LARGE_IS_WORSE else "inferno_r"
    label = SHOWN[name][0].upper() + SHOWN[name][1:]
    return _draw(now, label, meshes, name, FieldStyle(label, unit, colours), ["bright is dangerous"])


def _surfaces(now: Moment, name: str) -> dict[str, "pyvista.PolyData"]:
    """Surfaces with a field, by side; those whose file lacks it are left out as long as one has it."""
    sides = [side for side in SIDES if side in now.case.surfaces]
    if not sides:
        raise VisualizationError(
            f"no file of an electrode's surface in {now.case.folder}: the study's output.fields asks for none"
        )
    having = [side for side in sides if name in now.case.fields[f"{side}_surface"]]
    chosen = having or sides[:1]
    return {side: now.electrode(side, name).extract_surface(algorithm="dataset_surface") for side in chosen}


def _by_facet(mesh: "pyvista.PolyData", name: str) -> tuple[np.ndarray, np.ndarray]:
    """Values and areas of the facets."""
    areas = np.abs(mesh.compute_cell_sizes(length=False, volume=False).cell_data["Area"])
    values = np.asarray(mesh[name], dtype=float)
    return (values if name in mesh.cell_data else values[mesh.regular_faces].mean(axis=1)), areas


def _middle(mesh: "pyvista.PolyData") -> np.ndarray:
    """The middle of the facet next to a surface's middle, which may lie beside it or on the other electrode."""
    centres = mesh.cell_centers().points
    return centres[np.argmin(np.linalg.norm(centres - centres.mean(axis=0), axis=1))]


class Scale(NamedTuple):
    """The colours of a surface: least and largest value, its bar, and what is to be said where it is even."""

    limits: tuple[float, float]
    bar: ColourBar
    told: str


def _scales(now: Moment, meshes: Mapping[str, "pyvista.PolyData"], key: str, style: FieldStyle) -> dict[str, Scale]:
    """One scale for all surfaces; of the local current one for each where their areas are far apart.

    Both electrodes pass the same current: on a common scale all of the larger one would be dark.
    """
    facets = {side: _by_facet(mesh, "shown") for side, mesh in meshes.items()}
    areas = [areas.sum() for _, areas in facets.values()]
    if key != "current density" or max(areas) < APART * min(areas):
        values, weights = (np.concatenate(parts) for parts in zip(*facets.values(), strict=True))
        return dict.fromkeys(meshes, _scale(now, key, style, values, weights))
    own = {side: f"{side.capitalize()} |j|" for side in facets}
    styles = {side: style._replace(label=own[side], colours=STOICHIOMETRY[side]) for side in facets}
    return {side: _scale(now, f"{side} {key}", styles[side], *parts, f"{own[side]} ") for side, parts in facets.items()}


def _scale(now: Moment, key: str, style: FieldStyle, values: np.ndarray, areas: np.ndarray, whose: str = "") -> Scale:
    low, high = (float(value) for value in percentiles(values, areas, TAILS))
    told = ""
    if high - low <= EVEN * max(abs(low), abs(high)):
        # A map of what is even would show its round-off.
        told = f"{whose}even to 1 %"
        low, high = sorted((0.0, low + high or 1.0))
    limits = now.options.limits(key, (low, high))
    beyond = extension(values.min() < low - 0.01 * abs(low), values.max() > high + 0.01 * abs(high))
    return Scale(limits, scale_bar(key, style, limits, beyond), told)


def _draw(
    now: Moment,
    title: str,
    meshes: Mapping[str, "pyvista.PolyData"],
    key: str,
    style: FieldStyle,
    told: Sequence[str],
) -> Picture:
    """Surfaces with ``shown`` on them; what lies before the cut is taken away where it would hide the rest."""
    scales = _scales(now, meshes, key, style)
    told = [*told, *dict.fromkeys(scale.told for scale in scales.values() if scale.told)]
    scene = now.scene()
    for side, mesh in meshes.items():
        limits, bar = scales[side].limits, scales[side].bar
        opened = now.is_cut and (side not in now.grids or (bool(now.liquids) and now.hides(side)))
        part = now.behind_cut(mesh) if opened else mesh
        drawn = now.stretch.mesh(part)
        scene.add(drawn, scalars="shown", cmap=bar.colours, clim=limits, n_colors=256, **UNLIT)
        scene.mark(boundary(drawn), **EDGES)
    bodies = [region for region in ELECTRODES[2:] if region in now.grids]
    for region in bodies:
        grid = now.grids[region]
        behind = now.behind_cut(grid) if now.is_cut and bool(now.liquids) and now.hides(region) else grid
        scene.add(now.surface(behind), color=REGIONS[region], **BODY)
    if "electrolyte" in now.grids:
        now.add_ghost(scene)
    labels = {side: now.stretch.points(_middle(mesh)[None])[0] for side, mesh in meshes.items()}
    labels = labels if len(labels) > 1 else {}
    bars = list(dict.fromkeys(scale.bar for scale in scales.values()))
    return Picture(scene, now.stretch, title, now.subtitle, bars, bodies, [*now.notes, *told], labels)
