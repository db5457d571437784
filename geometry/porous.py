"""Cells with one porous layer: mesh sizes, slabs and phases that every such architecture shares."""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import GeometryError, MeshQualityError
from .level_set.recipe import SMALLEST_FILM
from .own_shape import MissedShape, Surface, against_shape, solid_phases
from .parameters import micrometres
from .porous_measure import Seeds
from .quality import LEVEL_SET, unusable_cells
from .quality import measure as measure_cells
from .shapes import Shape
from .shapes.image import Image
from .shapes.shape import CELLS_PER_FEATURE
from .sizing import MeshSizes, graded_layers, resolve
from .tetrahedra import cell_volumes, contiguous
from .wall_layers import expected_layers

if TYPE_CHECKING:
    from .level_set.mesher import PhaseMesh, Slab

LARGEST_LATTICE = 4e7
"""Tetrahedra of a lattice above which cutting it would exhaust the memory."""

_FILM_DEVIATION = 0.05

_TOLD_ISLANDS = 0.01
"""Share of a phase that islands may take without a warning."""

_FLUIDS = ("pore", "reservoir", "separator", "counter", "closed pore")

_DIVISORS = (1.5, 2.0)
"""Parts of the cell size that are tried where the given one misses the shape."""

_LARGEST_TRIAL = 1e6
"""Tetrahedra of the lattice above which no trial is made."""

_FLATTENED = 0.5
"""Largest depth of wall flattening over the thinnest feature; no more than a cell is bent, or half of one."""


def resolved_porous_sizes(sizes: MeshSizes, shape: Shape, lengths: Iterable[float], film: float = 0.0) -> MeshSizes:
    """The given sizes, or those that suit the shape at the surface and three times that far from it.

    ``lengths`` are the extents of the box [m]; a half space has no feature thinner than they are.
    """
    lengths = tuple(lengths)
    feature = min(shape.feature_size, *lengths)
    own = min(shape.cell_size, min(lengths) / CELLS_PER_FEATURE)
    fine = min(own, film / (2 * SMALLEST_FILM) if film > 0 else math.inf)
    limits = {"interface_size": (feature / 2, "half of the shape's thinnest feature")}
    if film > 0 and film / SMALLEST_FILM < feature / 2:
        limits["interface_size"] = (film / SMALLEST_FILM, f"film_thickness/{SMALLEST_FILM:g}")
    given = sizes.interface_size
    return resolve(sizes, 3 * (fine if given is None else given), fine, film or fine, limits)


def require_room(owner: str, shape: Shape, lengths: dict[str, float]) -> None:
    """Refuse a box that is smaller than one feature of its shape."""
    feature = shape.feature_size
    for name, value in lengths.items():
        if value < feature < math.inf:
            raise GeometryError(
                f"{owner}: {name} ({micrometres(value)}) is smaller than one feature of the shape "
                f"({micrometres(feature)}); make {name} several times larger"
            )


def porous_slab(thickness: float, sizes: MeshSizes, start: float = 0.0) -> "Slab":
    """The slab that the field cuts, in even layers of about the lattice edge."""
    from .level_set.mesher import Slab

    count = max(2, round(thickness / sizes.interface_size))
    return Slab("porous", start + np.linspace(0.0, thickness, count + 1), porous=True)


def outer_slab(name: str, thickness: float, sizes: MeshSizes, start: float, fine: str, wetted: bool) -> "Slab":
    """A slab beside the porous one, its layers growing away from the ``fine`` end."""
    from .level_set.mesher import Slab

    first = min(sizes.interface_size, thickness)
    # Flat lattice bricks make flat cells: no layer is much thicker than the lattice is wide.
    ends = graded_layers(thickness, first, sizes.growth, fine=fine, largest=2 * sizes.interface_size)
    return Slab(name, start + ends, open=wetted)


def mesh_porous(
    shape: Shape,
    width: float,
    depth: float,
    slabs: "Sequence[Slab]",
    sizes: MeshSizes,
    islands: str,
    film: float = 0.0,
    all_solids: bool = False,
    advise: bool = True,
) -> "PhaseMesh":
    """Cut the porous slab by the shape's field and mesh all slabs.

    Parameters
    ----------
    all_solids
        Whether a shape of several solid phases keeps them apart; else they are one solid, and a warning says so.
    advise
        Whether to look for a cell size that meets a shape which this one misses.

    Raises
    ------
    MeshQualityError
        Volume or walls are not those of the shape, or the mesh is not the image it was made from.
    """
    from .level_set.adjacency import surface_facets
    from .level_set.mesher import Recipe, mesh_level_set

    levels = next(slab.ends for slab in slabs if slab.porous)
    extent = np.array([width, depth, levels[-1] - levels[0]])
    recipe = Recipe(
        size=sizes.interface_size,
        coarse_size=sizes.size,
        fill=sizes.fill,
        solid_fraction=shape.solid_fraction_target,
        film_thickness=film,
        islands=islands,
        flatten=_wall_flattening(shape, sizes.interface_size),
        graded=sizes.graded,
    )
    solids = shape.solid_fields(extent) if all_solids else ()
    field = shape.field(extent)
    built = mesh_level_set(field, width, depth, slabs, recipe, solids)
    if built.details["sharp_edges"] and unusable_cells(measure_cells(built), LEVEL_SET):
        # Edges in sharp grooves may leave no room for good cells; whether they may be cut off, the walls' area tells.
        built = mesh_level_set(field, width, depth, slabs, dataclasses.replace(recipe, sharp=False), solids)
    surface = surface_facets(built.points, built.cells, built.phases, built.faces)
    if shape.must_percolate:
        _require_percolation(built, levels[[0, -1]])
    try:
        found = against_shape(built, surface, shape, levels, extent, recipe, seeds_of(slabs))
    except MissedShape as missed:
        if not advise:
            raise
        found_size = _size_that_meets(shape, width, depth, slabs, sizes, islands, film, all_solids)
        raise MeshQualityError(f"{missed}; {found_size}") from missed
    if film > 0:
        found |= _film(built, surface, film)
    if isinstance(shape, Image):
        found |= _against_voxels(built, shape, extent, slabs, found["walls [m2]"], islands == "remove")
    if len(shape.solids) > len(solids) + 1:
        found["warnings"] = [
            *found.get("warnings", ()),
            f"{', '.join(shape.solids)} are one solid here; a porous_sample keeps them apart",
        ]
    return built._replace(details=built.details | found)


def seeds_of(slabs: "Sequence[Slab]") -> Seeds:
    """Where the phases of the porous slab must begin: solid below, pore above, if there is another slab."""
    number = next(number for number, slab in enumerate(slabs) if slab.porous)
    return Seeds(number > 0, number + 1 < len(slabs))


def _size_that_meets(shape, width, depth, slabs, sizes, islands, film, all_solids) -> str:
    """Advice on the largest cells, of a few that are tried, that give the shape's own volume and walls."""
    tried = None
    for divisor in _DIVISORS:
        size = sizes.interface_size / divisor
        bricks = sum(width * depth * (slab.ends[-1] - slab.ends[0]) / size**3 for slab in slabs if slab.porous)
        if 12 * bricks > _LARGEST_TRIAL:
            break
        finer = [
            dataclasses.replace(slab, ends=np.linspace(slab.ends[0], slab.ends[-1], _layers(slab, size) + 1))
            if slab.porous
            else slab
            for slab in slabs
        ]
        # The refill keeps the surface.
        trial, tried = dataclasses.replace(sizes, interface_size=size, fill="stuffed"), size
        try:
            mesh_porous(shape, width, depth, finer, trial, islands, film, all_solids, advise=False)
        except GeometryError:
            continue
        return f"a mesh.interface_size of {micrometres(size)} meets it"
    if tried is None:
        return "make mesh.interface_size smaller"
    return (
        f"nor do cells of {micrometres(tried)}: make mesh.interface_size smaller still, or do without gaps and parts "
        "that are thinner, such as those just beside a face of the box"
    )


def _layers(slab: "Slab", size: float) -> int:
    return max(2, round((slab.ends[-1] - slab.ends[0]) / size))


def _require_percolation(built: "PhaseMesh", ends: np.ndarray) -> None:
    """Raise GeometryError unless solid, and what is not solid, join the two ends of the porous slab."""
    from .level_set.components import pieces

    middle = built.points[built.cells, 2].mean(axis=1)
    inside = (middle > ends[0]) & (middle < ends[1])
    solid = built.phases == built.names.index("solid")
    _, piece = pieces(built.faces.neighbours, np.where(inside, solid, 2))
    tolerance = 1e-6 * (ends[1] - ends[0])
    at_ends = [_at_plane(built, 2, end, tolerance) for end in ends]
    for name, members in (("solid", inside & solid), ("pore space", inside & ~solid)):
        reached = [np.unique(piece[members & at_end]) for at_end in at_ends]
        if not np.intersect1d(*reached).size:
            raise GeometryError(
                f"the {name} does not percolate at solid_fraction {built.details['solid_fraction']:.3g}: nothing of "
                f"it joins the lower and the upper end of the porous layer; make solid_fraction "
                f"{'larger' if name == 'solid' else 'smaller'}, or the layer thinner"
            )


def _at_plane(built: "PhaseMesh", axis: int, place: float, tolerance: float) -> np.ndarray:
    """Which cells have a corner on a plane across an axis, shape (m,)."""
    from .kernels.corners import corners_in

    return corners_in(contiguous(built.cells), np.abs(built.points[:, axis] - place) < tolerance) > 0


def pores_that_join(built: "PhaseMesh", axis: int, length: float) -> "PhaseMesh":
    """Set pore pieces apart, as phase "shut pore", that do not join the two end planes across an axis.

    Parameters
    ----------
    axis, length
        0, 1 or 2, and the extent of the box along it [m].

    Raises
    ------
    GeometryError
        No pore joins them.
    """
    from .level_set.components import pieces

    pore = built.names.index("pore")
    is_pore = built.phases == pore
    _, piece = pieces(built.faces.neighbours, built.phases)
    reached = [np.unique(piece[is_pore & _at_plane(built, axis, end, 1e-6 * length)]) for end in (0.0, length)]
    joining = np.intersect1d(*reached)
    if not joining.size:
        raise GeometryError(
            f"porous_sample: no pore joins the two planes across {'xyz'[axis]}, where the electrodes would be; make "
            "solid_fraction smaller, the sample shorter that way, or put the electrodes across another axis"
        )
    shut = is_pore & ~np.isin(piece, joining)
    share = float(cell_volumes(built.points, built.cells[shut]).sum() / np.prod(np.ptp(built.points, axis=0)))
    return built._replace(
        phases=np.where(shut, len(built.names), built.phases),
        names=(*built.names, "shut pore"),
        details=built.details | {"pores that do not join the electrodes": share},
    )


def _against_voxels(
    built: "PhaseMesh",
    image: Image,
    extent: np.ndarray,
    slabs: "Sequence[Slab]",
    surface: float,
    remove: bool,
) -> dict[str, Any]:
    """The mesh of the porous slab compared with the raw voxels, and warnings."""
    from .image_fidelity import Meshed, fidelity
    from .level_set.components import pieces

    solids = solid_phases(built)
    names = image.solids if len(solids) == len(image.solids) else ("solid",)
    volumes = np.bincount(built.phases, cell_volumes(built.points, built.cells), len(built.names))
    fractions = volumes[solids] / np.prod(extent)
    _, piece = pieces(built.faces.neighbours, built.phases)
    bodies = [len(np.unique(piece[built.phases == phase])) for phase in (*solids, built.names.index("pore"))]
    meshed = Meshed(
        dict(zip((*names, "pore"), (*fractions.tolist(), float(1 - fractions.sum())), strict=True)),
        dict(zip((*names, "pore"), bodies, strict=True)),
        surface,
    )
    report, warnings = fidelity(image, extent, meshed, seeds_of(slabs), remove)
    return {"voxels": report, "warnings": warnings}


def _film(built: "PhaseMesh", surface: Surface, thickness: float) -> dict[str, float]:
    """Mean distance of the film's outer surface from the walls; refuses a film that misses its thickness."""
    from scipy.spatial import cKDTree

    facets, left, right = surface
    film, fluids = built.names.index("film"), [n for n, name in enumerate(built.names) if name in _FLUIDS]
    with_film = (left == film) | (right == film)
    other = np.where(left == film, right, left)
    outer, inner = with_film & np.isin(other, fluids), with_film & (other >= 0) & ~np.isin(other, fluids)
    walls = built.points[facets[inner]]
    corners = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
    weights = np.concatenate([corners / corners.sum(axis=1, keepdims=True), (corners[:3] + 1) / 4])
    samples = np.einsum("sk,nkd->nsd", weights, walls).reshape(-1, 3)
    distance = float(cKDTree(samples).query(built.points[np.unique(facets[outer])])[0].mean())
    if abs(distance - thickness) > _FILM_DEVIATION * thickness:
        raise MeshQualityError(
            f"the film is {micrometres(distance)} thick in the mean instead of {micrometres(thickness)}; "
            "make mesh.interface_size smaller"
        )
    return {"film thickness [m]": distance}


def _wall_flattening(shape: Shape, size: float) -> float:
    """Depth over which the surface is brought to the walls at right angles [m], for cells of a size [m]."""
    if not shape.walls_need_flattening:
        return 0.0
    # What flattening changes of the volume is made up for where a fraction is asked for.
    bent = size if shape.solid_fraction_target is not None else size / 2
    return min(_FLATTENED * shape.feature_size, bent)


def island_shares(details: Mapping[str, Any]) -> dict[str, float]:
    """What part of the solid and of the pores was removed as islands, by a mesh's details; empty without a cut."""
    if "islands_removed" not in details:
        return {}
    removed, solid = details["islands_removed"], details["solid_fraction"]
    # Solid that is removed becomes pore, and the other way round.
    whole = solid + removed["solid_fraction"] - removed["pore_fraction"]
    return {"solid": removed["solid_fraction"] / whole, "pore": removed["pore_fraction"] / (1 - whole)}


def island_warnings(details: Mapping[str, Any]) -> list[str]:
    """What to tell where islands took much of a phase; a fraction that was asked for is met without them."""
    if details.get("solid_fraction_asked") is not None:
        return []
    told = []
    for phase, share in island_shares(details).items():
        if share > _TOLD_ISLANDS:
            number = details["islands_removed"][phase]
            told.append(
                f"{share:.1%} of the {'solid' if phase == 'solid' else 'pore space'} ({number} "
                f"piece{'s' if number > 1 else ''}) hangs together with nothing and was removed, so that the solid "
                f"fills {details['solid_fraction']:.4g} of the porous layer; if the mesh parted it, make "
                "mesh.interface_size smaller; islands: keep leaves it in"
            )
    return told


def estimate_porous_cells(volume: float, layer: float, shape: Shape, sizes: MeshSizes, film: float = 0.0) -> int:
    """Expected tetrahedra of a box [m³] whose porous layer [m³] a shape cuts, within a factor of two.

    Measured: 12 cells per brick of the lattice and 8 per square edge of the surface; refilled, a tenth of the first
    and 20 per square edge.  A film has two surfaces.

    Raises
    ------
    GeometryError
        The lattice is too large to be cut at all.
    """
    edge, fraction = sizes.interface_size, shape.solid_fraction_target or 0.3
    lattice = 12 * volume / edge**3
    # Mean chord of the thinner phase = 4 · fraction · volume / surface, and about one feature.
    surface = (2 if film > 0 else 1) * 4 * min(fraction, 1 - fraction) * layer / shape.feature_size
    if lattice > LARGEST_LATTICE and not sizes.graded:
        raise GeometryError(
            f"mesh: a lattice of {lattice:.1e} tetrahedra would have to be cut, more than {LARGEST_LATTICE:.0e}; "
            f"make mesh.interface_size ({micrometres(edge)}) larger or simulate a smaller box"
        )
    per_brick, per_edge = (0.1, 20) if sizes.fill == "hxt" or sizes.graded else (1.0, 8)
    # Measured: a square edge of the surface holds about four facets.
    layers = 3 * 4 * expected_layers(sizes)
    return round(per_brick * lattice + (per_edge + layers) * surface / edge**2)
