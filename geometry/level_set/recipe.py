"""What the level-set mesher takes and gives: slabs, recipe, mesh of phases."""

import dataclasses
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from ..errors import GeometryError
from ..parameters import micrometres
from .adjacency import Faces
from .flattening import PlacedField

SMALLEST_FILM = 0.35
"""Thinnest film that a mesh can hold, in lattice edges; thinner ones gave dihedral angles below 5°."""


@dataclasses.dataclass(frozen=True)
class Slab:
    """A slice of the box.

    Parameters
    ----------
    name
        Phase of its cells where the field does not cut it: "collector", "reservoir", …
    ends : (k,) float
        Levels of the lattice along z, both faces included, increasing [m]; the next slab starts where this
        one ends.
    porous
        True for exactly one slab: there the field cuts cells into "solid" and "pore".
    open
        True for slabs that hold electrolyte (a film may grow into them).
    """

    name: str
    ends: np.ndarray
    porous: bool = False
    open: bool = False


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How to mesh a level set.

    Parameters
    ----------
    size
        Edge of the lattice in x and y, and in z within the porous slab [m].
    coarse_size
        Largest cell size after the refill [m].
    fill
        "hxt": Gmsh's HXT fills the bodies anew inside their surfaces; "stuffed": the cut lattice as it is.
    solid_fraction
        Of the porous slab, met by the connected solid (by all of it where islands are kept); None: the field's
        zero level is cut as it is, whatever its islands leave.
    film_thickness
        Of a conformal layer on all walls of the solid and of slabs that are not open, on the pore's side [m].
    islands
        What to do with solid that is not connected to the lower end, and pore not to the upper one.
    flatten
        Depth over which the surface is bent to meet walls and ends at right angles [m].
    graded
        Coarsen the porous slab's lattice away from the surface and from the planes of other slabs; pays for
        slender features in a large box.
    sharp
        Put sharp edges and corners of the shape back into the surface.
    """

    size: float
    coarse_size: float
    fill: Literal["hxt", "stuffed"] = "hxt"
    solid_fraction: float | None = None
    film_thickness: float = 0.0
    islands: Literal["remove", "keep"] = "remove"
    flatten: float = 0.0
    graded: bool = False
    sharp: bool = True

    def __post_init__(self) -> None:
        problems = []
        for name in ("size", "coarse_size"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) > 0):
                problems.append(f"{name} must be positive and finite")
        for name in ("film_thickness", "flatten"):
            if not (math.isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                problems.append(f"{name} must be zero or positive, and finite")
        if self.coarse_size < self.size:
            problems.append(
                f"coarse_size ({micrometres(self.coarse_size)}) must not be smaller than size "
                f"({micrometres(self.size)})"
            )
        if self.fill not in ("hxt", "stuffed"):
            problems.append(f'fill must be "hxt" or "stuffed", not {self.fill!r}')
        if self.islands not in ("remove", "keep"):
            problems.append(f'islands must be "remove" or "keep", not {self.islands!r}')
        if self.solid_fraction is not None and not 0 < self.solid_fraction < 1:
            problems.append(f"solid_fraction must lie between 0 and 1, not {self.solid_fraction:g}")
        if 0 < self.film_thickness < SMALLEST_FILM * self.size:
            problems.append(
                f"a film_thickness of {micrometres(self.film_thickness)} is too thin for cells of "
                f"{micrometres(self.size)}: make interface_size at most "
                f"{micrometres(self.film_thickness / SMALLEST_FILM)}, or describe the film without thickness"
            )
        if problems:
            raise GeometryError("level-set mesh: " + "; ".join(problems))


class PhaseMesh(NamedTuple):
    """A conformal mesh of phases.

    Attributes
    ----------
    points : (n, 3) float [m]
    cells : (m, 4) int
        Positively oriented.
    phases : (m,) int
        Index into `names`.
    names
        "solid", "pore", with a film "film" and "closed pore" (what it shut off), the names of the other slabs, and
        "solid 2" and so on for further phases of the solid.
    faces
        Which cells share faces.
    details
        What making it brought to light, for reports.
    field
        The field whose zero level was cut: flattened, at the level found, necks kept; in the box's coordinates.
    """

    points: np.ndarray
    cells: np.ndarray
    phases: np.ndarray
    names: tuple[str, ...]
    faces: Faces
    details: dict
    field: PlacedField | None = None


def require_stack(width: float, depth: float, slabs: Sequence[Slab], recipe: Recipe) -> int:
    """Number of the porous slab; raises GeometryError for slabs or sizes that cannot be meshed."""
    porous = [number for number, slab in enumerate(slabs) if slab.porous]
    if len(porous) != 1:
        raise GeometryError(f"exactly one slab must be porous, not {len(porous)}")
    names = [slab.name for slab in slabs if not slab.porous]
    taken = {"solid", "pore", "film", "closed pore"}
    if len(set(names) | taken) != len(names) + len(taken):
        raise GeometryError(f"slabs need names of their own other than {', '.join(sorted(taken))}: {names}")
    for slab in slabs:
        if np.ndim(slab.ends) != 1 or len(slab.ends) < 2 or not np.all(np.diff(slab.ends) > 0):
            raise GeometryError(f"the ends of slab {slab.name} must be at least two increasing levels")
    for below, above in pairwise(slabs):
        if above.ends[0] != below.ends[-1]:
            raise GeometryError(
                f"slab {above.name} must start where {below.name} ends: at {micrometres(below.ends[-1])}, "
                f"not {micrometres(above.ends[0])}"
            )
    slab = slabs[porous[0]]
    thickness = slab.ends[-1] - slab.ends[0]
    for name, length in (("width", width), ("depth", depth), (f"thickness of {slab.name}", thickness)):
        if not length >= 2 * recipe.size * (1 - 1e-9):
            raise GeometryError(
                f"cells of {micrometres(recipe.size)} are too coarse for a {name} of {micrometres(length)}: "
                f"make interface_size at most {micrometres(length / 2)}"
            )
    return porous[0]
