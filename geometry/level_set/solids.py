"""Further solid phases: the solid of a cut mesh, cut again along the surface between two of its phases."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from ..quality import dihedral_angles, radius_ratios
from ..shapes.field import Field
from .adjacency import surface_facets
from .cut_mesh import CutMesh
from .flattening import PlacedField
from .level import PORE, SOLID
from .necks import no_bumps
from .pinches import repair_pinches
from .smoothing import widen_smallest_angles
from .stuffing import cut_along

ON_WALL = 0.3
"""Vertices of the walls closer to the surface between two solids than this [lattice edges] count as on it.

They do not move in the cut, and one so near to them would leave flat cells.
"""

FLAT = 0.03
"""Radius ratio of cells that are flat."""

NARROW = 7.0
"""Dihedral angle of cells that are flat [degrees]."""

_SUFFICIENT_ANGLE = 15.0
"""Cells with larger dihedral angles [degrees] are not worth smoothing."""


def split_solids(
    mesh: CutMesh, fields: Sequence[Field], placed: PlacedField, first: int, size: float
) -> tuple[CutMesh, dict[str, int]]:
    """Give each field's negative part of the solid a phase of its own: ``first``, ``first`` + 1 …

    The surface between its phases ends on the walls of the solid in edges of the mesh.

    Parameters
    ----------
    placed
        The field that was cut; those of the phases are placed likewise.
    size
        Edge of the lattice [m].

    Returns
    -------
    mesh
        With the phases.
    found
        For the report.
    """
    pinches = 0
    for phase, own in enumerate(fields, start=first):
        field = dataclasses.replace(placed, shape=own, level=0.0, bumps=no_bumps())
        solid = mesh.phases == SOLID
        if not solid.any():
            break
        wall = _border(mesh, SOLID)
        values = np.full(len(mesh.points), np.nan)
        inside = np.unique(mesh.cells[solid])
        values[inside] = field.values(mesh.points[inside])
        values[wall & (np.abs(values) < ON_WALL * size)] = 0.0
        cut = cut_along(field.values, mesh.points, mesh.cells, mesh.planes, values, solid, size, wall)
        solid = solid[cut.parents]
        repaired = repair_pinches(cut.cells, cut.faces, solid & (cut.sides < 0), solid)
        pinches += repaired.count
        phases = np.where(solid & repaired.inside, phase, mesh.phases[cut.parents])
        mesh = mesh.cut_again(cut)._replace(phases=phases)
        mesh = _without_flat_wedges(mesh, phase)
        mesh = mesh._replace(points=_smoothed(mesh, placed, field, phase, size))
        mesh = _without_flat_wedges(mesh, phase)
    return mesh, {"solid_pinches_repaired": pinches}


def _without_flat_wedges(mesh: CutMesh, phase: int) -> CutMesh:
    """The mesh with flat cells beside the surface between two solids on its other side.

    They lie where that surface meets a wall at a small angle; within one body the refill does without them.
    """
    phases = mesh.phases.copy()
    pair = (phases == SOLID) | (phases == phase)
    flat = pair.copy()
    cells = mesh.cells[pair]
    flat[pair] = radius_ratios(mesh.points, cells) < FLAT
    flat[pair] |= dihedral_angles(mesh.points, cells).min(axis=1) < NARROW
    across = np.zeros(len(phases), bool)
    one, other = mesh.faces.neighbours.T
    apart = pair[one] & pair[other] & (phases[one] != phases[other])
    across[one[apart]] = across[other[apart]] = True
    moved = flat & across
    phases[moved] = np.where(phases[moved] == SOLID, phase, SOLID)
    repaired = repair_pinches(mesh.cells, mesh.faces, phases == phase, pair)
    phases[pair] = np.where(repaired.inside[pair], phase, SOLID)
    return mesh._replace(phases=phases)


def _border(mesh: CutMesh, phase: int) -> np.ndarray:
    """Vertices where a phase meets others; on the outer planes vertices move within these."""
    facets, left, right = surface_facets(mesh.points, mesh.cells, mesh.phases, mesh.faces)
    border = np.zeros(len(mesh.points), bool)
    border[facets[((left == phase) | (right == phase)) & (right >= 0)]] = True
    return border


def _smoothed(mesh: CutMesh, placed: PlacedField, own: PlacedField, phase: int, size: float) -> np.ndarray:
    """Points with the flattest cells improved: surfaces slide along themselves, edges where three meet stay."""
    facets, left, right = surface_facets(mesh.points, mesh.cells, mesh.phases, mesh.faces)
    between, wall = (np.zeros(len(mesh.points), bool) for _ in range(2))
    inner = right >= 0
    pair = (np.minimum(left, right) == SOLID) & (np.maximum(left, right) == phase)
    between[facets[inner & pair]] = True
    wall[facets[inner & ~pair]] = True
    pore_wall = _border(mesh, PORE)
    points = mesh.points
    for field, sliding in ((own, between & ~wall), (placed, pore_wall & wall & ~between)):
        free = mesh.free & (~(wall | between) | sliding)[:, None]
        points = widen_smallest_angles(points, mesh.cells, free, size, _SUFFICIENT_ANGLE, field.values, sliding)
    return points
