"""A conformal film on the walls of a meshed pore: a second cut, at equal distance from the walls."""

from typing import NamedTuple

import numpy as np

from ..errors import GeometryError
from .adjacency import FACES, match_faces
from .components import Rule, remove_islands, touched_planes
from .distance import SurfaceDistance
from .pinches import repair_pinches
from .stuffing import Cut, cut_along


class Film(NamedTuple):
    """A mesh with a film.

    Attributes
    ----------
    cut
        The mesh; `cut.sides` is -1 in what the distance alone makes film.
    film : (m,) bool
        Cells of the film.
    closed
        Number of pieces of the pore that the film cut off; they belong to the film now.
    closed_cells : (m,) bool
        Their cells.
    pinches
        Vertices at which the film's surface touched itself and was repaired.
    """

    cut: Cut
    film: np.ndarray
    closed: int
    closed_cells: np.ndarray
    pinches: int


def grow_film(
    points: np.ndarray,
    cells: np.ndarray,
    planes: np.ndarray,
    fluid: np.ndarray,
    outlet: np.ndarray | None,
    thickness: float,
    size: float,
    opposite: tuple[int, ...] = (),
) -> Film:
    """Cut a film of a thickness [m] off the fluid's cells, along all walls between fluid and the rest.

    Parameters
    ----------
    planes : (n,) uint32
        Bits of the planes on which vertices may slide only (`lattice.movable`).
    fluid : (m,) bool
        Cells of the pore and of open slabs.
    outlet : (m,) bool or None
        Cells from which the remaining fluid must be reached; None: pieces remain that join opposite walls, and
        the largest.
    size
        Edge of the lattice [m].
    opposite
        Pairs of bits of opposite walls.

    Raises
    ------
    GeometryError
        If no fluid is left that reaches the outlet.
    """
    faces = match_faces(cells)
    wall = faces.inner[fluid[faces.neighbours[:, 0]] != fluid[faces.neighbours[:, 1]], 0]
    wall = cells[wall[:, None] // 4, FACES[wall % 4]]
    frozen = np.zeros(len(points), bool)
    frozen[wall] = True
    distance = SurfaceDistance(points[wall], thickness / 2)
    reach = thickness + 2 * size

    def beyond(at: np.ndarray) -> np.ndarray:
        return distance(at, reach) - thickness

    values = np.full(len(points), np.nan)
    in_fluid = np.unique(cells[fluid])
    values[in_fluid] = beyond(points[in_fluid])
    values[frozen] = -thickness
    cut = cut_along(beyond, points, cells, planes, values, fluid, size, frozen)
    return _clean(cut, fluid, outlet, thickness, opposite)


def _clean(
    cut: Cut, fluid: np.ndarray, outlet: np.ndarray | None, thickness: float, opposite: tuple[int, ...]
) -> Film:
    fluid = fluid[cut.parents]
    outlet = None if outlet is None else outlet[cut.parents]
    solid, film, free = 0, 1, 2
    phases = np.where(fluid, np.where(cut.sides < 0, film, free), solid)
    weights = np.ones(len(phases))
    rule = Rule(film, outlet, touched_planes(cut.planes, cut.cells), opposite)
    closed = pinches = 0
    closed_cells = np.zeros(len(phases), bool)
    for _ in range(3):
        cleaned = remove_islands(cut.faces.neighbours, phases, weights, {free: rule})
        if cleaned.missing:
            raise GeometryError(
                f"a film of {thickness * 1e6:.4g} µm closes the pores: none is left that reaches the "
                "electrolyte; make film_thickness smaller or the pores wider"
            )
        closed += cleaned.removed[free]
        closed_cells |= (phases == free) & (cleaned.phases == film)
        phases = cleaned.phases
        repaired = repair_pinches(cut.cells, cut.faces, phases != free, fluid)
        if not repaired.count:
            break
        pinches += repaired.count
        phases = np.where(fluid, np.where(repaired.inside, film, free), solid)
    return Film(cut, phases == film, closed, closed_cells, pinches)
