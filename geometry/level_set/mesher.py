"""From a field on a box of slabs to a conformal mesh of its phases.

Lattice → level that gives the asked fraction of connected solid → cut → film, if any → refill.
"""

import time
from collections.abc import Sequence
from contextlib import nullcontext

import numpy as np

from ..shapes.field import Field
from ..tetrahedra import cell_volumes
from .adjacency import drop_unused, surface_facets
from .cut_mesh import CutMesh
from .filler import Filler
from .film import grow_film
from .flattening import PlacedField
from .lattice import Lattice, body_centred
from .level import PORE, SOLID
from .octree import graded_lattice
from .porous_cut import Stack, cut_porous
from .recipe import PhaseMesh, Recipe, Slab, require_stack
from .refill import Slide, refill
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
    number = require_stack(width, depth, slabs, recipe)
    with Filler() if recipe.fill == "hxt" else nullcontext() as filler:
        return _meshed(field, np.array([width, depth]), slabs, number, recipe, solids, filler)


def _meshed(
    field: Field,
    sides: np.ndarray,
    slabs: Sequence[Slab],
    number: int,
    recipe: Recipe,
    solids: Sequence[Field],
    filler: Filler | None,
) -> PhaseMesh:
    clock = _Clock()
    ends = slabs[number].ends
    stack = Stack(number, float(ends[0]), float(ends[-1]), number > 0, number + 1 < len(slabs))
    film_names = ("film", "closed pore") if recipe.film_thickness else ()
    names = ("solid", "pore", *film_names, *(slab.name for slab in slabs if not slab.porous))
    names += tuple(f"solid {number}" for number in range(2, len(solids) + 2))

    placed = PlacedField(field, np.append(sides, stack.high - stack.low), stack.low, recipe.flatten)
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

    # Numbers of cells, corners and faces stay what they are.
    points, cells, used = drop_unused(mesh.points, mesh.cells)
    phases, faces, fill = mesh.phases, mesh.faces, "stuffed"
    found["cells_before_refill"] = len(cells)
    if filler is not None:
        # The surface of a film, or between two solids, is not that of the field.
        slide = None if recipe.film_thickness or solids else _slide(mesh, used, cut_field)
        points, cells, phases, faces, fill = refill(
            filler, points, cells, phases, faces, recipe.size, recipe.coarse_size, slide
        )
        clock.lap("refill")
    found |= {"fill": fill, "seconds": clock.seconds}
    return PhaseMesh(points, cells, phases, names, faces, found, cut_field)


def _slide(mesh: CutMesh, used: np.ndarray, field: PlacedField) -> Slide:
    """How the points in use may move: within their planes, and where solid and pore meet along the field's surface."""
    facets, left, right = surface_facets(mesh.points, mesh.cells, mesh.phases, mesh.faces)
    on_surface = np.zeros(len(mesh.points), bool)
    on_surface[facets[np.isin(left, (SOLID, PORE)) & np.isin(right, (SOLID, PORE))]] = True
    return Slide(mesh.free[used], on_surface[used], field.values)


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
    mesh = mesh.cut_again(cut)._replace(phases=phases)
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
