"""From a field on a box of slabs to a conformal mesh of its phases.

Lattice → level that gives the asked fraction of connected solid → cut → film, if any → refill.
"""

import time
from collections.abc import Sequence

import numpy as np

from ..shapes.field import Field
from ..tetrahedra import cell_volumes
from .adjacency import drop_unused
from .film import grow_film
from .flattening import PlacedField
from .lattice import Lattice, body_centred
from .level import PORE
from .octree import graded_lattice
from .porous_cut import CutMesh, Stack, cut_porous
from .recipe import PhaseMesh, Recipe, Slab, require_stack
from .refill import refill
from .solids import split_solids

__all__ = ["PhaseMesh", "Recipe", "Slab", "mesh_level_set"]


def mesh_level_set(
    field: Field, width: float, depth: float, slabs: Sequence[Slab], recipe: Recipe, solids: Sequence[Field] = ()
) -> PhaseMesh:
    """Mesh a field on the box [0, width] × [0, depth] × slabs.

    Parameters
    ----------
    field
        Negative in the solid, a distance near its surface [m]; its origin is the corner of the porous slab's
        lower end.
    width, depth
        Of the box [m].
    slabs
        From below; exactly one is porous.
    solids
        Fields that are negative in further phases of the solid, "solid 2" and so on.

    Raises
    ------
    GeometryError
        If solid or pore do not hang together, or sizes do not suit the shape.
    """
    clock = _Clock()
    number = require_stack(width, depth, slabs, recipe)
    ends = slabs[number].ends
    stack = Stack(number, float(ends[0]), float(ends[-1]), number > 0, number + 1 < len(slabs))
    film_names = ("film", "closed pore") if recipe.film_thickness else ()
    names = ("solid", "pore", *film_names, *(slab.name for slab in slabs if not slab.porous))
    names += tuple(f"solid {number}" for number in range(2, len(solids) + 2))

    placed = PlacedField(field, np.array([width, depth, stack.high - stack.low]), stack.low, recipe.flatten)
    lattice = _lattice(placed, slabs, stack, recipe)
    clock.lap("lattice")

    mesh, cut_field, found = cut_porous(placed, lattice, stack, recipe)
    slab_phases = np.array([PORE if slab.porous else names.index(slab.name) for slab in slabs])
    mesh = mesh._replace(phases=np.where(mesh.slabs == number, mesh.phases, slab_phases[mesh.slabs]))
    clock.lap("stuffing")
    if solids:
        mesh, split = split_solids(mesh, solids, cut_field, len(names) - len(solids), recipe.size)
        found |= split
        clock.lap("solids")
    if recipe.film_thickness:
        open_slabs = np.array([slab.open for slab in slabs])
        mesh, film = _with_film(mesh, stack, open_slabs, names.index("film"), recipe)
        found |= film
        clock.lap("film")

    points, cells, _ = drop_unused(mesh.points, mesh.cells)
    phases, fill = mesh.phases, "stuffed"
    found["cells_before_refill"] = len(cells)
    if recipe.fill == "hxt":
        points, cells, phases, fill = refill(points, cells, phases, recipe.size, recipe.coarse_size)
        clock.lap("refill")
    found |= {"fill": fill, "seconds": clock.seconds}
    return PhaseMesh(points, cells, phases, names, found, cut_field)


def _lattice(placed: PlacedField, slabs: Sequence[Slab], stack: Stack, recipe: Recipe) -> Lattice:
    ends = [np.asarray(slab.ends, dtype=float) for slab in slabs]
    if recipe.graded:
        return graded_lattice(placed, ends, stack.porous, recipe.size, recipe.coarse_size)
    x, y = (np.linspace(0, length, max(2, round(length / recipe.size)) + 1) for length in placed.extent[:2])
    return body_centred(x, y, ends)


def _with_film(
    mesh: CutMesh, stack: Stack, open_slabs: np.ndarray, film_phase: int, recipe: Recipe
) -> tuple[CutMesh, dict]:
    """The mesh with a film on the walls of pore and open slabs, and what growing it brought to light."""
    in_open = open_slabs[mesh.slabs]
    fluid = (mesh.phases == PORE) | in_open
    outlet = in_open if in_open.any() else None
    film = grow_film(
        mesh.points,
        mesh.cells,
        mesh.planes,
        fluid,
        outlet,
        recipe.film_thickness,
        recipe.size,
        stack.opposite,
    )
    cut = film.cut
    slabs = mesh.slabs[cut.parents]
    volumes = cell_volumes(cut.points, cut.cells)
    found = {
        "film_closed_pores": film.closed,
        "film_closed_pore_fraction": float(
            volumes[film.closed_cells].sum() / volumes[slabs == stack.porous].sum()
        ),
        "film_pinches_repaired": film.pinches,
    }
    phases = np.where(film.film, film_phase, mesh.phases[cut.parents])
    phases[film.closed_cells] = film_phase + 1
    mesh = CutMesh(cut.points, cut.cells, cut.planes, slabs, phases, cut.faces, mesh.removed, mesh.pinches)
    return mesh, found


class _Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] = round(now - self._last, 3)
        self._last = now
