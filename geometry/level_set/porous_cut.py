"""The porous slab cut into solid and pore, with the asked fraction and without islands and pinches."""

import dataclasses
from typing import NamedTuple

import numpy as np

from ..errors import GeometryError
from ..parameters import micrometres
from ..tetrahedra import cell_volumes
from .adjacency import Faces, surface_facets
from .components import Rule, remove_islands, touched_planes
from .flattening import PlacedField
from .lattice import Lattice, lattice_values, movable, slab_plane
from .level import ALLOWED_DEVIATION, PORE, SOLID, Walls, porous_lattice, solve_level
from .own_fraction import own_fraction
from .pinches import repair_pinches
from .recipe import Recipe
from .smoothing import widen_smallest_angles
from .stuffing import cut_along

OTHER = 2
"""Phase of cells outside the porous slab until they get their own."""

_AIM = 0.003
"""Relative deviation of the connected fraction at which the level is not corrected any further."""

_ATTEMPTS = 4

_LARGEST_SHIFT = 0.5
"""If no fraction is asked for, a larger shift of the level [lattice edges] shows that features got lost."""


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


class CutMesh(NamedTuple):
    """A cut lattice: slab and phase of its cells, islands removed from it, and vertices repaired."""

    points: np.ndarray
    cells: np.ndarray
    planes: np.ndarray
    slabs: np.ndarray
    phases: np.ndarray
    faces: Faces
    removed: dict[str, float]
    pinches: int


def cut_porous(
    placed: PlacedField, lattice: Lattice, stack: Stack, recipe: Recipe
) -> tuple[CutMesh, PlacedField, dict]:
    """Find the level, cut the lattice there, and correct the level by what the mesh then holds.

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
    remove = recipe.islands == "remove"
    target = recipe.solid_fraction
    if target is None:
        inside = dataclasses.replace(placed, base=0.0, flatten=0.0)
        target = own_fraction(inside, placed.extent, recipe.size, (stack.below, stack.above), remove)
        _require_both(target, stack)
    seeds = stack.seeds(lattice.planes)
    walls = Walls(lattice.planes, stack.opposite)
    search = porous_lattice(lattice.points, lattice.cells[porous], values, seeds, walls, remove)

    # The mesh holds a little more or less than the lattice: aim beside the target by as much.
    aim, level = target, None
    depth = np.full(len(lattice.points), np.nan)
    for _ in range(_ATTEMPTS):
        level = solve_level(search, aim, recipe.size, level and level.level)
        depth[search.numbers] = level.depth
        at_level = dataclasses.replace(placed, bumps=level.bumps, level=level.level)
        mesh = _cut(at_level, lattice, depth, porous, stack, recipe)
        met = _solid_fraction(mesh, stack)
        if abs(met - target) <= _AIM * target:
            break
        aim += target - met
    if recipe.solid_fraction is None and abs(level.level) > _LARGEST_SHIFT * recipe.size:
        raise GeometryError(
            f"features of the shape are too thin for cells of {micrometres(recipe.size)}: its surface would "
            f"have to be shifted by {micrometres(abs(level.level))} to keep its volume; make interface_size "
            "smaller"
        )
    if abs(met - target) > ALLOWED_DEVIATION * target:
        raise GeometryError(
            f"the connected solid fills {met:.4g} of the porous slab instead of solid_fraction = "
            f"{target:.4g}; choose a smaller interface_size or another solid_fraction"
        )
    mesh = mesh._replace(points=_smoothed(mesh, at_level, recipe.size))
    found = {
        "solid_fraction": _solid_fraction(mesh, stack),
        "solid_fraction_asked": target,
        "level": float(level.level),
        "necks_kept": len(level.bumps.heights),
        "largest_neck_shift": float(level.bumps.heights.max(initial=0.0)),
        "islands_removed": {name: level.islands[name] + more for name, more in mesh.removed.items()},
        "pinches_repaired": mesh.pinches,
    }
    return mesh, at_level, found


def _cut(placed: PlacedField, lattice: Lattice, depth, porous, stack: Stack, recipe: Recipe) -> CutMesh:
    cut = cut_along(placed.values, lattice.points, lattice.cells, lattice.planes, depth, porous, recipe.size)
    phases = np.where(cut.sides < 0, SOLID, np.where(cut.sides > 0, PORE, OTHER))
    volumes = cell_volumes(cut.points, cut.cells)
    total = volumes[phases != OTHER].sum()
    rules, walls = {}, touched_planes(cut.planes, cut.cells)
    for phase, (seeds, replacement) in enumerate(zip(stack.seeds(cut.planes), (PORE, SOLID), strict=True)):
        with_facet = None if seeds is None else seeds[cut.cells].sum(axis=1) >= 3
        rules[phase] = Rule(replacement, with_facet, walls, stack.opposite)

    removed = {"solid": 0, "pore": 0, "solid_fraction": 0.0, "pore_fraction": 0.0}
    pinches = 0
    for _ in range(4):
        if recipe.islands == "remove":
            cleaned = remove_islands(cut.faces.neighbours, phases, volumes, rules)
            if cleaned.missing:
                _require_both(float(cleaned.missing == (PORE,)), stack)
            for phase, name in ((SOLID, "solid"), (PORE, "pore")):
                gone = (phases == phase) & (cleaned.phases != phase)
                removed[name] += cleaned.removed[phase]
                removed[f"{name}_fraction"] += float(volumes[gone].sum() / total)
            phases = cleaned.phases
        repaired = repair_pinches(cut.cells, cut.faces, phases == SOLID, phases != OTHER)
        pinches += repaired.count
        if not repaired.count:
            break
        phases = np.where(phases == OTHER, OTHER, np.where(repaired.inside, SOLID, PORE))
    slabs = lattice.slabs[cut.parents]
    return CutMesh(cut.points, cut.cells, cut.planes, slabs, phases, cut.faces, removed, pinches)


def _smoothed(mesh: CutMesh, placed: PlacedField, size: float) -> np.ndarray:
    facets, left, right = surface_facets(mesh.points, mesh.cells, mesh.phases, mesh.faces)
    interface = np.zeros(len(mesh.points), bool)
    interface[facets[(left == SOLID) & (right == PORE)]] = True
    return widen_smallest_angles(
        mesh.points, mesh.cells, movable(mesh.planes), size, _SUFFICIENT_ANGLE, placed.values, interface
    )


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
