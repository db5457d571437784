"""Names for the facets of a mesh whose regions are known: by the regions on both sides, or by outer plane."""

from collections.abc import Callable

import numpy as np

from .errors import GeometryError
from .level_set.adjacency import Faces, drop_unused, surface_facets
from .tags import BOUNDARIES, REGIONS
from .tetrahedra import TetrahedralMesh
from .topology import PLANES

Between = Callable[[str, str], str | None]
Outside = Callable[[str, str], str]


def outer_planes(points: np.ndarray, facets: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Plane of every facet on the bounding box of the points kept, an index into PLANES; −1 for none."""
    lower, upper = points[kept].min(axis=0), points[kept].max(axis=0)
    tolerance = 1e-9 * (upper - lower).max()
    plane = np.full(len(facets), -1)
    for axis in range(3):
        for side, value in enumerate((lower[axis], upper[axis])):
            plane[np.all(np.abs(points[facets, axis] - value) <= tolerance, axis=1)] = 2 * axis + side
    return plane


def boundary_tags(
    left: np.ndarray, right: np.ndarray, plane: np.ndarray, names: tuple[str, ...], between: Between, outside: Outside
) -> np.ndarray:
    """Boundary tag of every facet, 0 where it has none.

    Parameters
    ----------
    left, right : (k,) int
        Parts on both sides, indices into ``names``; -1 is outside.
    plane : (k,) int
        As from `outer_planes`.
    names, between, outside
        As of `tagged_mesh`.
    """
    kept = [name in REGIONS for name in names]
    tags = np.zeros(len(left), dtype=np.int64)
    key = ((left + 1) * (len(names) + 1) + right + 1) * (len(PLANES) + 1) + plane + 1
    _, first, member = np.unique(key, return_index=True, return_inverse=True)
    for number, (one, other, side) in enumerate(zip(left[first], right[first], plane[first], strict=True)):
        inner = [part for part in (one, other) if part >= 0 and kept[part]]
        name = between(names[one], names[other]) if min(one, other) >= 0 and inner else None
        if name is None and len(inner) == 1:
            name = outside(names[inner[0]], PLANES[side] if side >= 0 else "")
        if name is not None:
            tags[member == number] = BOUNDARIES[name]
    return tags


def tagged_mesh(
    points: np.ndarray,
    cells: np.ndarray,
    parts: np.ndarray,
    names: tuple[str, ...],
    between: Between,
    outside: Outside,
    details: dict | None = None,
    faces: Faces | None = None,
) -> TetrahedralMesh:
    """A mesh with named regions and boundaries.

    Parameters
    ----------
    points : (n, 3) float
        Coordinates [µm].
    cells, parts : (m, 4) int, (m,) int
        Tetrahedra, and the part each belongs to, an index into ``names``.
    names
        Region of every part; a name that is no region is left out of the mesh.
    between
        Boundary name of facets between the parts of two names, None where nothing happens.
    outside
        Boundary name of outer facets: region, and one of PLANES ("" elsewhere).  Facets towards what is left
        out are outer ones too, unless ``between`` has a name for them.
    faces
        Which cells share faces, where it is known already.
    """
    kept = np.array([name in REGIONS for name in names])
    present = kept[parts]
    if not present.any():
        raise GeometryError("no cell of the mesh belongs to a region")
    facets, left, right = surface_facets(points, cells, parts, faces)
    plane = outer_planes(points, facets, np.unique(cells[present]))
    tags = boundary_tags(left, right, plane, names, between, outside)
    region = np.array([REGIONS.get(name, 0) for name in names])
    used, new_cells, old = drop_unused(points, cells[present])
    number = np.full(len(points), -1)
    number[old] = np.arange(len(old))
    named = tags > 0
    return TetrahedralMesh(
        used, new_cells, region[parts[present]], number[facets[named]], tags[named], details or {}
    )
