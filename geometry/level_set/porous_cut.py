"""The porous slab cut into solid and pore, with the asked fraction and without islands and pinches."""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..errors import GeometryError
from ..shapes.field import has_edges
from ..tetrahedra import cell_volumes
from .components import Rule, remove_islands, touched_planes
from .creases import sharpen
from .cut_mesh import CutMesh
from .flattening import PlacedField
from .lattice import Lattice, lattice_values, movable, slab_plane
from .level import ALLOWED_DEVIATION, PORE, SOLID, Level, PorousLattice, Walls, own_level, porous_lattice, solve_level
from .offset import Surface, surface_between
from .pinches import repair_pinches
from .recipe import Recipe
from .smoothing import widen_smallest_angles
from .stuffing import cut_along

OTHER = 2
"""Phase of cells outside the porous slab until they get their own."""

_LARGEST_CORRECTION = 0.05
"""Farther than this [lattice edges] the surface is not moved to meet a fraction: the lattice is cut again."""

_ATTEMPTS = 4

_SUFFICIENT_ANGLE = 15.0
"""Cells with larger dihedral angles [degrees] are not worth smoothing."""


class Stack(NamedTuple):
    """The slabs, seen from the porous one: its number and ends [m], and whether any lie below and above."""

    porous: int
    low: float
    high: float
    below: bool
    above: bool

    def seeds(self, planes: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Vertices where solid and pore must begin, by their planes; None where nothing lies beyond."""
        lower = planes & slab_plane(self.porous) > 0 if self.below else None
        upper = planes & slab_plane(self.porous + 1) > 0 if self.above else None
        return lower, upper

    @property
    def opposite(self) -> tuple[int, int, int]:
        """Bits of the opposite walls of the porous slab, along x, y and z."""
        return 3, 12, slab_plane(self.porous) | slab_plane(self.porous + 1)


def cut_porous(
    placed: PlacedField, lattice: Lattice, stack: Stack, recipe: Recipe
) -> tuple[CutMesh, PlacedField, dict]:
    """Find the level, cut the lattice there once, and move the facets by what they miss of the surface.

    Without a fraction asked for the level is the field's own.  With one the level is found on the lattice, and the
    facets are moved on until the connected solid has it.

    Returns
    -------
    mesh
        With phases `SOLID` and `PORE` in the porous slab, `OTHER` elsewhere.
    at_level
        The field whose zero level was cut.
    found
        For the report.

    Raises
    ------
    GeometryError
        If the connected solid cannot have the fraction.
    """
    porous = lattice.slabs == stack.porous
    values = lattice_values(lattice, placed, stack.low, stack.high)
    seeds = stack.seeds(lattice.planes)
    walls = Walls(lattice.planes, stack.opposite)
    remove = recipe.islands == "remove"
    search = porous_lattice(lattice.points, lattice.cells[porous], values, seeds, walls, remove)
    depth = np.full(len(lattice.points), np.nan)

    def cut_at(level: Level) -> tuple[CutMesh, PlacedField, Surface]:
        depth[search.numbers] = level.depth
        at_level = dataclasses.replace(placed, bumps=level.bumps, level=level.level)
        mesh = _cut(at_level, lattice, depth, porous, stack, recipe)
        if recipe.sharp and has_edges(placed.shape):
            mesh = sharpen(mesh, at_level.values, recipe.size)
        free = movable(mesh.planes)
        surface = surface_between(mesh.points, mesh.cells, mesh.faces, mesh.phases, (SOLID, PORE), free, recipe.size)
        return mesh, at_level, surface

    target = recipe.solid_fraction
    if target is None:
        _require_both(search.fraction(0.0), stack)
        level = own_level(search, recipe.size)
        mesh, at_level, surface = cut_at(level)
    else:
        level, mesh, at_level, surface = _at_fraction(search, target, cut_at, stack, recipe)
    if target is None:
        mesh = mesh._replace(points=surface.follow(mesh.points, mesh.cells, at_level.values))
    mesh = mesh._replace(points=_smoothed(mesh, at_level, surface, recipe.size))

    def missing(points: np.ndarray) -> float:
        if target is None:
            return surface.missing(points, at_level.values)
        return _missing(mesh._replace(points=points), target, stack)

    mesh = mesh._replace(points=surface.grow(mesh.points, mesh.cells, missing))
    found = {
        "solid_fraction": _solid_fraction(mesh, stack),
        "solid_fraction_asked": target,
        "level": float(level.level),
        "necks_kept": len(level.bumps.heights),
        "largest_neck_shift": float(level.bumps.heights.max(initial=0.0)),
        "islands_removed": {name: level.islands[name] + more for name, more in mesh.removed.items()},
        "pinches_repaired": mesh.pinches,
        "sharp_edges": int(np.count_nonzero(mesh.creases)),
    }
    return mesh, at_level, found


def _at_fraction(
    search: PorousLattice,
    target: float,
    cut_at: Callable[[Level], tuple[CutMesh, PlacedField, Surface]],
    stack: Stack,
    recipe: Recipe,
) -> tuple[Level, CutMesh, PlacedField, Surface]:
    """Level, mesh, field and surface where the mesh's connected solid has the fraction, or nearly."""
    # The mesh holds a little more or less than the lattice: where it is much, aim beside the target by as much.
    aim, level = target, None
    for _ in range(_ATTEMPTS):
        level = solve_level(search, aim, recipe.size, level and level.level)
        mesh, at_level, surface = cut_at(level)
        missing = _missing(mesh, target, stack)
        if abs(missing) <= _LARGEST_CORRECTION * recipe.size * surface.area(mesh.points):
            return level, mesh, at_level, surface
        met = _solid_fraction(mesh, stack)
        aim += target - met
    if abs(met - target) > ALLOWED_DEVIATION * target:
        raise GeometryError(
            f"the connected solid fills {met:.4g} of the porous slab instead of solid_fraction = "
            f"{target:.4g}; choose a smaller interface_size or another solid_fraction"
        )
    return level, mesh, at_level, surface


def _cut(placed: PlacedField, lattice: Lattice, depth, porous, stack: Stack, recipe: Recipe) -> CutMesh:
    from ..kernels.corners import corners_in

    cut = cut_along(placed.values, lattice.points, lattice.cells, lattice.planes, depth, porous, recipe.size)
    phases = np.where(cut.sides < 0, SOLID, np.where(cut.sides > 0, PORE, OTHER))
    volumes = cell_volumes(cut.points, cut.cells)
    total = volumes[phases != OTHER].sum()
    rules, walls = {}, touched_planes(cut.planes, cut.cells)
    for phase, (seeds, replacement) in enumerate(zip(stack.seeds(cut.planes), (PORE, SOLID), strict=True)):
        with_facet = None if seeds is None else corners_in(cut.cells, seeds) >= 3
        rules[phase] = Rule(replacement, with_facet, walls, stack.opposite)

    removed = {"solid": 0, "pore": 0, "solid_fraction": 0.0, "pore_fraction": 0.0}
    pinches, repaired = 0, None
    for _ in range(4):
        before = phases
        if recipe.islands == "remove":
            cleaned = remove_islands(cut.faces.neighbours, phases, volumes, rules)
            if cleaned.missing:
                _require_both(float(cleaned.missing == (PORE,)), stack)
            for phase, name in ((SOLID, "solid"), (PORE, "pore")):
                gone = (phases == phase) & (cleaned.phases != phase)
                removed[name] += cleaned.removed[phase]
                removed[f"{name}_fraction"] += float(volumes[gone].sum() / total)
            phases = cleaned.phases
        if repaired is not None and not repaired.left and np.array_equal(before, phases):
            break
        repaired = repair_pinches(cut.cells, cut.faces, phases == SOLID, phases != OTHER)
        pinches += repaired.count
        if not repaired.count:
            break
        phases = np.where(phases == OTHER, OTHER, np.where(repaired.inside, SOLID, PORE))
    slabs = lattice.slabs[cut.parents]
    creases = np.zeros(len(cut.points), bool)
    return CutMesh(cut.points, cut.cells, cut.planes, slabs, phases, cut.faces, removed, pinches, creases)


def _smoothed(mesh: CutMesh, placed: PlacedField, surface: Surface, size: float) -> np.ndarray:
    interface = np.zeros(len(mesh.points), bool)
    interface[surface.vertices] = True
    return widen_smallest_angles(
        mesh.points, mesh.cells, mesh.free, size, _SUFFICIENT_ANGLE, placed.values, interface
    )


def _missing(mesh: CutMesh, target: float, stack: Stack) -> float:
    """Volume that the solid lacks of a fraction of the porous slab [m³]."""
    volumes = cell_volumes(mesh.points, mesh.cells)
    return float(target * volumes[mesh.slabs == stack.porous].sum() - volumes[mesh.phases == SOLID].sum())


def _solid_fraction(mesh: CutMesh, stack: Stack) -> float:
    volumes = cell_volumes(mesh.points, mesh.cells)
    return float(volumes[mesh.phases == SOLID].sum() / volumes[mesh.slabs == stack.porous].sum())


def _require_both(fraction: float, stack: Stack) -> None:
    """Raise if there is no connected solid (fraction 0) or no connected pore (fraction 1)."""
    if 0 < fraction < 1:
        return
    phase, end = ("solid", "lower") if fraction <= 0 else ("pore", "upper")
    seeded = stack.below if phase == "solid" else stack.above
    where = f"reaches the {end} end of the porous slab" if seeded else "lies in the porous slab"
    raise GeometryError(
        f"no {phase} {where}: change solid_fraction, choose a larger box, or make interface_size smaller "
        "than the shape's features"
    )
