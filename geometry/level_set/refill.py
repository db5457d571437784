"""Fill the bodies of a mesh anew inside their surfaces, with cells that grow away from them.

Each connected piece of each phase is one body, so its surface, and with it every plane between phases, survives.  Where
the worst cells have all of their corners on it, those slide along it a little.  Gmsh's HXT does it (`filler`).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..errors import GeometryError
from ..quality import dihedral_angles
from ..tetrahedra import cell_volumes
from .adjacency import Faces, drop_unused, match_faces, surface_facets
from .components import pieces
from .filler import Filler, RefillError
from .lattice import positively_oriented
from .smoothing import widen_smallest_angles

SMALLEST_ANGLE = 5.0
"""A refilled mesh with a smaller dihedral angle [degrees] is taken only if the old one is no better."""

GOOD_ANGLE = 8.0
"""A refilled mesh with a smaller dihedral angle [degrees] is compared with one of slower growth."""

_GROWTHS = (0.2, 0.1)
"""Growth of the cell size with distance from the surface, first choice and second.

For random waves with four cells per ligament the first saves 30 % of the cells and raises linear elements'
conductances by 0.7 %, against cells of one size.
"""

_SUFFICIENT_ANGLE = 12.0
"""Cells with larger dihedral angles [degrees] are not worth smoothing."""

_SECONDS, _SECONDS_PER_CELL = 120.0, 1e-3


class Refilled(NamedTuple):
    """A mesh, and what filled it: "hxt", or "stuffed" with the reason why HXT's was not taken."""

    points: np.ndarray
    cells: np.ndarray
    phases: np.ndarray
    faces: Faces
    fill: str


class Slide(NamedTuple):
    """How points may move along the surfaces that they lie on.

    Attributes
    ----------
    free : (n, 3) bool
        Which coordinates may change.
    on_surface : (n,) bool
        Points that stay on the surface on which the field nearly vanishes.
    field
        Maps points (k, 3) to values (k,).
    """

    free: np.ndarray
    on_surface: np.ndarray
    field: Callable[[np.ndarray], np.ndarray]


def refill(
    filler: Filler,
    points: np.ndarray,
    cells: np.ndarray,
    phases: np.ndarray,
    faces: Faces,
    size: float,
    coarse_size: float,
    slide: Slide | None = None,
) -> Refilled:
    """Refill every piece of every phase; the mesh as it was where that fails.

    Parameters
    ----------
    points : (n, 3) float [m]
    cells : (m, 4) int
        Positively oriented.
    phases : (m,) int
    faces
        Of the cells.
    size, coarse_size
        Size of the surface's facets and largest size of cells [m].
    slide
        For the points; None: those on surfaces stay where they are.
    """
    try:
        return _refill(filler, points, cells, phases, faces, size, coarse_size, slide)
    except (RefillError, GeometryError) as error:
        return Refilled(points, cells, phases, faces, f"stuffed (HXT failed: {error})")


def _refill(filler, points, cells, phases, faces, size, coarse_size, slide) -> Refilled:
    count, piece = pieces(faces.neighbours, phases)
    facets, left, right = surface_facets(points, cells, piece, faces)
    surface_points, facets, on_facets = drop_unused(points, facets)
    if slide is not None:
        slide = slide._replace(free=slide.free[on_facets], on_surface=slide.on_surface[on_facets])
    volumes = np.bincount(piece, cell_volumes(points, cells))
    limit = _SECONDS + _SECONDS_PER_CELL * len(cells)
    best, widest = None, 0.0
    for growth in _GROWTHS:
        # Gmsh's tolerances are absolute: lengths in units of the facets.
        filled = filler.fill(surface_points / size, facets, left, right, coarse_size / size, growth, limit)
        new_points, new_cells, bodies = _in_metres(surface_points, *filled, size)
        new_faces = _require_same_bodies(volumes, new_points, new_cells, bodies)
        new_points = _smoothed(new_points, new_cells, len(surface_points), slide, size)
        smallest = dihedral_angles(new_points, new_cells).min()
        if smallest > widest:
            best, widest = (new_points, new_cells, bodies, new_faces), smallest
        if widest > GOOD_ANGLE:
            break
    if widest < SMALLEST_ANGLE and widest < (stuffed := dihedral_angles(points, cells).min()):
        raise RefillError(f"smallest dihedral angle {widest:.1f}° instead of {stuffed:.1f}°")
    new_points, new_cells, bodies, new_faces = best
    phase = np.zeros(count, int)
    phase[piece] = phases
    return Refilled(new_points, new_cells, phase[bodies], new_faces, "hxt")


def _in_metres(surface_points, points, cells, bodies, size) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The worker's result in metres, on exactly the given surface."""
    points = points * size
    points[: len(surface_points)] = surface_points
    return points, positively_oriented(points, cells), bodies


def _smoothed(points, cells, surface: int, slide: Slide | None, size) -> np.ndarray:
    """Points with the worst cells improved; the first ones lie on surfaces."""
    free, on_surface = np.ones((len(points), 3), bool), np.zeros(len(points), bool)
    free[:surface] = False if slide is None else slide.free
    if slide is None:
        return widen_smallest_angles(points, cells, free, size, _SUFFICIENT_ANGLE)
    on_surface[:surface] = slide.on_surface
    return widen_smallest_angles(points, cells, free, size, _SUFFICIENT_ANGLE, slide.field, on_surface)


def _require_same_bodies(volumes, points, cells, bodies) -> Faces:
    """Faces of the refilled mesh; raises unless the bodies have the old ones' volumes and it is conformal."""
    found = cell_volumes(points, cells)
    if found.min(initial=np.inf) <= 0:
        raise RefillError("cells of no volume")
    missing = np.abs(np.bincount(bodies, found, len(volumes)) - volumes) > 1e-9 * volumes.sum()
    if missing.any():
        raise RefillError(f"{np.count_nonzero(missing)} bodies were not filled")
    return match_faces(cells)
