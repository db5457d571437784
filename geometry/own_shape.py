"""The mesh of a porous layer compared with the shape it was cut from, nothing bent or cut off: volume and walls."""

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import MeshQualityError
from .porous_measure import VOXELS_PER_FEATURE, Seeds, measure, wall_area
from .quality import LEVEL_SET
from .shapes import Shape
from .shapes.field import is_distance
from .shapes.image import Image
from .tetrahedra import facet_areas

if TYPE_CHECKING:
    from .level_set.mesher import PhaseMesh, Recipe

Surface = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Facets, and the phases on their two sides; see `level_set.adjacency.surface_facets`."""

_TOLD_WALLS = 0.01
"""Deviation of the walls' area that is told; the shape's own area is known to about as much where it has edges."""


class MissedShape(MeshQualityError):
    """A mesh has another volume, or other walls, than the shape; finer cells may have them."""


def against_shape(
    built: "PhaseMesh",
    surface: Surface,
    shape: Shape,
    levels: np.ndarray,
    extent: np.ndarray,
    recipe: "Recipe",
    seeds: Seeds,
) -> dict[str, Any]:
    """What the report says of the walls; an image's volumes are compared with its voxels elsewhere.

    Parameters
    ----------
    levels, extent
        Of the porous slab [m].
    seeds
        Where solid and pore must begin.

    Raises
    ------
    MissedShape
        A volume or the walls deviate by more than `LEVEL_SET` allows.
    """
    if shape.solid_fraction_target is None and recipe.film_thickness == 0 and not isinstance(shape, Image):
        own = measure(shape, tuple(extent.tolist()), seeds, recipe.islands == "remove", content=shape.content())
        require_own_fraction(built, own.solid)
    # In meshes coarser than the default the shape's own area must not be as coarse.
    edges = 3 if is_distance(built.field.shape) else 2
    spacing = min(recipe.size / edges, shape.feature_size / VOXELS_PER_FEATURE)
    # What an image leaves open below its voxels is no shape to be met: it is compared with these.
    limit = math.inf if isinstance(shape, Image) else LEVEL_SET.area_deviation
    return _walls(built, surface, levels, extent, recipe.size, spacing, limit)


def _walls(
    built: "PhaseMesh",
    surface: Surface,
    levels: np.ndarray,
    extent: np.ndarray,
    size: float,
    spacing: float,
    limit: float,
) -> dict[str, Any]:
    """Area of the solid's walls in the mesh and by the shape itself, unflattened; refuses larger deviations."""
    facets, left, right = surface
    solid = solid_phases(built)
    inner = [built.names.index(name) for name in ("pore", "film") if name in built.names]
    wall = (np.isin(left, solid) & np.isin(right, inner)) | (np.isin(right, solid) & np.isin(left, inner))
    # On the planes that end the porous slab the solid is cut, not walled.
    height, ends = built.points[facets, 2], levels[[0, -1]]
    tolerance = 1e-9 * (ends[1] - ends[0])
    wall &= ~np.any([np.all(np.abs(height - end) < tolerance, axis=1) for end in ends], axis=0)
    # Walls of what was removed are no walls of the mesh; where nothing was, none may be missing.
    reach = size if any(built.details["islands_removed"][phase] for phase in ("solid", "pore")) else math.inf
    near = built.points[np.unique(facets[wall])]
    own = wall_area(dataclasses.replace(built.field, flatten=0.0), ends[0], extent, spacing, near, reach)
    meshed = float(facet_areas(built.points, facets[wall]).sum())
    if abs(meshed - own) > limit * own:
        raise MissedShape(
            f"the walls of the solid have {meshed:.4g} m² in the mesh and {own:.4g} m² by the shape itself, "
            f"{100 * (meshed / own - 1):+.1f} % (limit {100 * limit:g} %)"
        )
    found = {"walls [m2]": meshed, "walls of the field [m2]": own}
    if _TOLD_WALLS * own < abs(meshed - own) < limit * own < math.inf:
        told = f"the walls of the solid have {100 * (meshed / own - 1):+.1f} % of the shape's own area in the mesh"
        found["warnings"] = [f"{told}; make mesh.interface_size smaller where edges and creases matter"]
    return found


def solid_phases(built: "PhaseMesh") -> list[int]:
    """Numbers of the phases of the solid, the first one first."""
    return [number for number, name in enumerate(built.names) if name.split(" ")[0] == "solid"]


def require_own_fraction(built: "PhaseMesh", own: float) -> None:
    """Raise MissedShape where the mesh's connected solid has not the fraction that it has in the shape."""
    met, allowed = built.details["solid_fraction"], LEVEL_SET.volume_deviation
    off = (met - own) / min(own, 1 - own)
    if abs(off) > allowed:
        raise MissedShape(
            f"the solid fills {met:.4g} of the porous layer in the mesh and {own:.4g} by the shape itself, "
            f"{100 * abs(off):.2g} % of the {'solid' if own < 0.5 else 'pores'} (limit {100 * allowed:g} %)"
        )
