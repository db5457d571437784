"""The level of the cut: the shape's own, or the one at which the connected solid fills an asked part of the slab.

A cut at the level that gives the whole solid a fraction leaves islands; once they are gone, the solid is far too
small (for random waves a quarter is missing at a fraction of 0.3).  So where a fraction is asked for, the level is
found for what stays.  The search works on the background lattice: vertices in the solid are connected if edges inside
the solid join them, and the solid's volume in a cell follows from linear interpolation.  The mesh is then cut from the
lattice's values with their sign turned in islands, so that it has the same pieces.
"""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..errors import GeometryError
from ..tetrahedra import cell_volumes, contiguous
from .adjacency import drop_unused
from .components import Cleaned, Rule, remove_islands
from .necks import Bumps, keep_necks, no_bumps

SOLID, PORE = 0, 1
"""Phases of the porous slab, in this order in `PhaseMesh.names`."""

ALLOWED_DEVIATION = 0.01
"""Largest relative deviation of the connected fraction."""

_TOLERANCE = 5e-4
"""Relative accuracy of the fraction on the lattice; corrections on the mesh follow anyway."""

_RESOLUTION = 1e-3
"""Levels closer than this part of the lattice edge are not told apart."""


class Walls(NamedTuple):
    """Bits of the planes that points lie on, and pairs of bits of opposite walls."""

    planes: np.ndarray
    opposite: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class PorousLattice:
    """The porous slab's part of a lattice, prepared for the search.

    Parameters
    ----------
    numbers : (n,) int
        Numbers of the points in the lattice.
    points : (n, 3) float [m]
    cells : (m, 4) int
    values : (n,) float
        Field at the points [m].
    volumes : (m,) float
    links : (k, 2) int
        Edges of the cells.
    solid_seeds, pore_seeds : (n,) bool or None
        Vertices at which the phases must begin; None: pieces stay that join opposite walls, and the largest.
    walls
        Planes that the points lie on.
    remove
        Whether islands are removed at all.
    """

    numbers: np.ndarray
    points: np.ndarray
    cells: np.ndarray
    values: np.ndarray
    volumes: np.ndarray
    links: np.ndarray
    solid_seeds: np.ndarray | None
    pore_seeds: np.ndarray | None
    walls: Walls
    remove: bool

    def clean(self, level: float) -> tuple[np.ndarray, Cleaned]:
        """Field minus level (n,) with its sign turned in islands, and what was found and removed."""
        depth = self.values - level
        phases = np.where(depth < 0, SOLID, PORE)
        if not self.remove:
            return depth, Cleaned(phases, {SOLID: 0, PORE: 0}, ())
        rules = {SOLID: Rule(PORE, self.solid_seeds, *self.walls), PORE: Rule(SOLID, self.pore_seeds, *self.walls)}
        cleaned = remove_islands(self.links, phases, np.ones(len(depth)), rules)
        return np.where(cleaned.phases == phases, depth, -depth), cleaned

    def with_necks(self, depth: np.ndarray, size: float) -> tuple["PorousLattice", Bumps]:
        """The same with a field that keeps necks of the solid at this depth (n,) [m], and how it is lowered."""
        bumps = keep_necks(self.points, self.links, depth, depth < 0, self.solid_seeds, size)
        return dataclasses.replace(self, values=self.values - bumps.values(self.points)), bumps

    def solid(self, depth: np.ndarray) -> float:
        """Part of the volume where the linear interpolant of values at the points is negative."""
        from ..kernels.cutting import negative_volume

        return float(negative_volume(depth, self.cells, self.volumes) / self.volumes.sum())

    def fraction(self, level: float) -> float:
        """Connected solid's part of the volume; 0 or 1 where solid or pore does not begin at its seeds."""
        depth, cleaned = self.clean(level)
        return float(cleaned.missing == (PORE,)) if cleaned.missing else self.solid(depth)

    def islands(self, level: float) -> dict[str, float]:
        """Numbers of islands of solid and pore at a level, and their parts of the volume."""
        raw, (depth, cleaned) = self.values - level, self.clean(level)
        without = self.solid(np.where((raw < 0) & (depth > 0), depth, raw))
        return {
            "solid": cleaned.removed[SOLID],
            "pore": cleaned.removed[PORE],
            "solid_fraction": self.solid(raw) - without,
            "pore_fraction": self.solid(depth) - without,
        }


def porous_lattice(
    points: np.ndarray,
    cells: np.ndarray,
    values: np.ndarray,
    seeds: tuple[np.ndarray | None, np.ndarray | None],
    walls: Walls,
    remove: bool,
) -> PorousLattice:
    """Take the porous slab's cells out of a lattice; `seeds` and `walls` are those of its vertices."""
    from ..kernels.faces import edges_of

    points, cells, numbers = drop_unused(points, cells)
    links = edges_of(contiguous(cells), len(points))
    solid, pore = (None if mask is None else mask[numbers] for mask in seeds)
    volumes = cell_volumes(points, cells)
    walls = Walls(walls.planes[numbers], walls.opposite)
    return PorousLattice(numbers, points, cells, values[numbers], volumes, links, solid, pore, walls, remove)


class Level(NamedTuple):
    """Where to cut.

    Attributes
    ----------
    level
        The solid is where the field lies below it [m].
    bumps
        Local deepenings of the field that keep necks.
    depth : (n,) float
        Field minus level at the lattice's points [m], deepened, with its sign turned in islands.
    islands
        Number of islands of "solid" and "pore" removed, and their "solid_fraction" and "pore_fraction".
    """

    level: float
    bumps: Bumps
    depth: np.ndarray
    islands: dict[str, float]


def solve_level(lattice: PorousLattice, target: float, size: float, start: float | None = None) -> Level:
    """Level at which the connected solid fills the target fraction.

    Raises
    ------
    GeometryError
        If the fraction jumps over the target by more than `ALLOWED_DEVIATION`.
    """
    resolution = _RESOLUTION * size
    found = find_level(lattice.fraction, lattice.values, target, 4 * resolution, start)
    bumps = no_bumps()
    # Across a jump take the side where all has joined: its necks let the level go back below.
    joined = found.high if found.high - found.low < 4 * resolution else found.level
    depth, cleaned = lattice.clean(joined)
    if lattice.remove and not cleaned.missing:
        lattice, bumps = lattice.with_necks(depth, size)
        found = find_level(lattice.fraction, lattice.values, target, resolution, joined)
        depth, cleaned = lattice.clean(found.level)
    if cleaned.missing or abs(found.fraction - target) > ALLOWED_DEVIATION * target:
        raise GeometryError(
            f"no level of the field gives a connected solid with solid_fraction = {target:.4g}: where a "
            f"piece joins the rest it jumps from {found.below:.4g} to {found.above:.4g}; choose a "
            "solid_fraction outside that range, a larger box or a smaller interface_size"
        )
    return Level(found.level, bumps, depth, lattice.islands(found.level))


def own_level(lattice: PorousLattice, size: float) -> Level:
    """The field's own zero level, whatever its islands leave; the solid and the pore must be there."""
    depth, cleaned = lattice.clean(0.0)
    bumps = no_bumps()
    if lattice.remove and not cleaned.missing:
        lattice, bumps = lattice.with_necks(depth, size)
        depth, _ = lattice.clean(0.0)
    return Level(0.0, bumps, depth, lattice.islands(0.0))


class Found(NamedTuple):
    """Best level, its fraction, and the narrowest bracket, across which a piece may join or part."""

    level: float
    fraction: float
    low: float
    high: float
    below: float
    above: float


def find_level(
    fraction: Callable[[float], float],
    values: np.ndarray,
    target: float,
    resolution: float,
    start: float | None = None,
) -> Found:
    """Level at which the fraction, which grows with the level, passes the target.

    Parameters
    ----------
    values
        Field at evenly spread points, for a first guess and the range of levels [m].
    resolution
        Levels closer than this are not told apart [m].
    """
    low, high = float(values.min()), float(values.max())
    below, above = 0.0, 1.0
    level = float(np.quantile(values, target)) if start is None else start
    step = 8 * resolution
    for iteration in range(60):
        reached = fraction(level)
        if reached < target:
            low, below = level, reached
        else:
            high, above = level, reached
        if abs(reached - target) <= _TOLERANCE * target or high - low < resolution:
            break
        if below == 0.0 or above == 1.0:
            level, step = level + (step if reached < target else -step), 4 * step
            if not low < level < high:
                level = (low + high) / 2
        else:
            # Halving every other time: across a jump interpolation alone would crawl.
            part = (target - below) / (above - below) if iteration % 2 else 0.5
            level = low + np.clip(part, 0.05, 0.95) * (high - low)
    best, reached = min((low, below), (high, above), key=lambda end: abs(end[1] - target))
    return Found(best, reached, low, high, below, above)


def negative_part(corners: np.ndarray) -> np.ndarray:
    """Part of a tetrahedron's volume where the linear interpolant of its corner values (m, 4) is negative."""
    from ..kernels.cutting import negative_parts

    return negative_parts(np.ascontiguousarray(corners, float))
