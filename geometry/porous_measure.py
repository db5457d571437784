"""What a shape's own field says of a porous layer, on a fine grid: solid fraction, film volume, wall area.

A mesh is held against these numbers, and capacities are known before there is one.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from .shapes import Shape
from .shapes.field import has_edges, is_distance
from .tetrahedra import facet_areas

if TYPE_CHECKING:
    from .level_set.flattening import PlacedField

VOXELS_PER_FEATURE = 10
_AT_EDGES = 2
"""So many times finer is the grid where a shape may have edges: on a tenth of a feature boxes are 0.7 % off, on a
twentieth 0.1 %."""

_MOST_VOXELS = 2_500_000

_ON_FACE = 1e-6
"""What is closer to a face of the box than this share of its extent lies on it."""


class Seeds(NamedTuple):
    """Whether the solid must hang on the lower end of the layer, and the pores open into the upper one."""

    solid: bool
    pore: bool


class PorousMeasure(NamedTuple):
    """Shares of the porous layer's volume.

    Attributes
    ----------
    solid
        The connected solid.
    film
        A film on the walls, inside the layer.
    film_above
        The part of the film that covers the solid's ends above the layer.
    closed
        Pores that the film shuts off.
    """

    solid: float
    film: float = 0.0
    film_above: float = 0.0
    closed: float = 0.0


@lru_cache(maxsize=64)
def measure(
    shape: Shape,
    extent: tuple[float, float, float],
    seeds: Seeds,
    remove: bool,
    film: float = 0.0,
    floor: bool = False,
    content: str | None = None,
) -> PorousMeasure:
    """Measure a shape in a box [m].

    Parameters
    ----------
    remove
        Whether pieces without connection are removed.
    film
        Thickness of a film on the walls [m].
    floor
        Whether the film also covers the floor of the layer.
    content
        Digest of a file that the shape reads; tells versions of it apart.
    """
    from .level_set.own_fraction import own_fraction

    size = np.array(extent)
    field = shape.field(size)
    target = shape.solid_fraction_target
    spacing = min(shape.feature_size, film or shape.feature_size, *extent) / VOXELS_PER_FEATURE
    # own_fraction samples at a third of the size it is given, and rounds edges by its kernel.
    finer = 3 * spacing / (_AT_EDGES if has_edges(field) else 1)
    solid = target if target is not None else own_fraction(field, size, finer, seeds, remove)
    if film == 0:
        return PorousMeasure(solid)
    return PorousMeasure(solid, *_film(field, size, target, seeds, remove, film, floor, spacing))


def _film(field, extent, target, seeds, remove, film, floor, spacing) -> tuple[float, float, float]:
    from scipy.ndimage import distance_transform_edt
    from scipy.spatial import cKDTree
    from skimage.measure import marching_cubes

    spacing = max(spacing, (np.prod(extent) / _MOST_VOXELS) ** (1 / 3))
    counts = np.maximum(np.rint(extent / spacing).astype(int), 8)
    edge = extent / counts
    x, y, z = ((np.arange(n) + 0.5) * length for n, length in zip(counts, edge, strict=True))
    values = field.on_grid(x, y, z)
    values = connected(values, seeds, remove) if target is None else _at_fraction(values, target, seeds, remove)
    # The solid ends at the layer's upper end; above it the distance to that plane takes over.
    above = edge[2] * (np.arange(int(np.ceil(1.5 * film / edge[2])) + 1) + 0.5)
    capped = np.concatenate([values, np.repeat(values[:, :, -1:], len(above), axis=2)], axis=2)
    heights = np.concatenate([z, extent[2] + above])
    capped = np.maximum(capped, heights - extent[2])
    corners, faces, _, _ = marching_cubes(capped, 0.0, spacing=tuple(edge))
    surface = np.concatenate([corners, corners[faces].mean(axis=1)]) + edge / 2
    pore = np.argwhere(capped > 0)
    places = np.stack([x[pore[:, 0]], y[pore[:, 1]], heights[pore[:, 2]]], axis=1)
    width = float(np.prod(edge) ** (1 / 3))
    # Exact distances matter near the film's own surface only.
    distance = distance_transform_edt(capped > 0, sampling=edge)[tuple(pore.T)]
    near = np.abs(distance - film) < 2 * width
    distance[near] = cKDTree(surface).query(places[near], distance_upper_bound=film + 4 * width)[0]
    if floor:
        distance = np.minimum(distance, places[:, 2])
    share = np.clip(0.5 + (film - distance) / width, 0.0, 1.0)
    left = np.full(capped.shape, -1.0)
    left[tuple(pore.T)] = 0.5 - share
    closed = (left > 0) & (connected(left, Seeds(False, seeds.pore), remove) < 0)
    within = pore[:, 2] < counts[2]
    total = np.prod(counts)
    return tuple(float(x / total) for x in (share[within].sum(), share[~within].sum(), np.count_nonzero(closed)))


def _at_fraction(values, solid, seeds, remove) -> np.ndarray:
    """Shift a field so that its connected solid has the fraction, and flip what is not connected."""
    low, high = float(values.min()), float(values.max())
    coarse = values[::2, ::2, ::2]
    for _ in range(14):
        middle = (low + high) / 2
        if float(np.mean(connected(coarse - middle, seeds, remove) < 0)) < solid:
            low = middle
        else:
            high = middle
    return connected(values - (low + high) / 2, seeds, remove)


def connected(values: np.ndarray, seeds: Seeds, remove: bool) -> np.ndarray:
    """Field values on a grid with the sign of unconnected solid, then of unconnected pores, turned round."""
    from .level_set.grid_pieces import islands

    if not remove:
        return values
    for sign, begins in ((-1, 0 if seeds.solid else None), (+1, -1 if seeds.pore else None)):
        leaves = islands(sign * values > 0, begins)
        if leaves is not None and leaves.any():
            values = np.where(leaves, -values, values)
    return values


def wall_area(
    field: "PlacedField", base: float, extent: np.ndarray, spacing: float, near: np.ndarray, reach: float
) -> float:
    """Area of the field's zero level within a reach of given points [m²].

    Of a distance φ it is the integral of a kernel δ_h(φ) over the box and a margin round it, of what is nearest to a
    place within the box: edges and creases lose nothing, as what moves by dφ on both sides of them is the area itself
    but for terms of second order.  The kernel has no second moment (J. J. Monaghan, J. Comput. Phys. 60 (1985) 253,
    doi:10.1016/0021-9991(85)90006-3).  Other fields, which have no edges, are triangulated by marching cubes
    (W. E. Lorensen, H. E. Cline, Comput. Graph. 21 (1987) 163, doi:10.1145/37402.37422).

    Parameters
    ----------
    base
        z of the layer's lower end [m].
    extent : (3,) float
        Of the layer [m].
    spacing
        Edge of a voxel [m].
    near : (n, 3) float
        Points of the mesh's walls [m]: what hangs together only through necks too thin for the mesh is no wall of it.
    reach
        Distance from them that counts [m]; infinite: all walls do.
    """
    from scipy.spatial import cKDTree

    spacing = max(spacing, (np.prod(extent) / _MOST_VOXELS) ** (1 / 3))
    counts = np.maximum(np.rint(extent / spacing).astype(int), 8)
    measured = _within_kernel if is_distance(field.shape) else _marched
    places, areas = measured(field, base, extent, counts)
    if not len(places) or np.isinf(reach):
        return float(areas.sum())
    distance, _ = cKDTree(near).query(places, distance_upper_bound=reach)
    return float(areas[np.isfinite(distance)].sum())


def _marched(field, base, extent, counts) -> tuple[np.ndarray, np.ndarray]:
    """Middles and areas of the facets of marching cubes."""
    from skimage.measure import marching_cubes

    x, y, z = (np.linspace(0.0, length, n + 1) for n, length in zip(counts, extent, strict=True))
    values = field.on_grid(x, y, base + z)
    if values.min() >= 0 or values.max() <= 0:
        return np.empty((0, 3)), np.empty(0)
    corners, faces, _, _ = marching_cubes(values, 0.0, spacing=tuple(extent / counts))
    corners = corners + np.array([0.0, 0.0, base])
    return corners[faces].mean(axis=1), facet_areas(corners, faces)


def _within_kernel(field, base, extent, counts) -> tuple[np.ndarray, np.ndarray]:
    """Places on the surface that are nearest to voxels beside it, and the area that each voxel stands for."""
    edges = extent / counts
    width = float(edges.max())
    margin = 3
    axes = [(np.arange(-margin, n + margin) + 0.5) * edge for n, edge in zip(counts, edges, strict=True)]
    values = field.on_grid(axes[0], axes[1], base + axes[2])
    beside = np.abs(values) < 2 * width
    # Gradients need neighbours; what lies in the outermost layer is too far off to be nearest to the box.
    beside[[0, -1]] = beside[:, [0, -1]] = beside[:, :, [0, -1]] = False
    at = np.nonzero(beside)
    near = values[at]
    slope = np.empty((len(near), 3))
    for axis in range(3):
        one, other = ([index + step * (k == axis) for k, index in enumerate(at)] for step in (1, -1))
        slope[:, axis] = (values[tuple(one)] - values[tuple(other)]) / (2 * edges[axis])
    square = np.maximum(np.einsum("ij,ij->i", slope, slope), 1e-12)
    middles = np.stack([axis[index] for axis, index in zip(axes, at, strict=True)], axis=1)
    places = middles - (near / square)[:, None] * slope
    # A face of the solid on a face of the box is no wall.
    tolerance = _ON_FACE * extent
    inside = np.all((places > tolerance) & (places < extent - tolerance), axis=1)
    t = np.abs(near[inside]) / width
    kernel = np.where(t < 1, 1 - 2.5 * t**2 + 1.5 * t**3, 0.5 * (2 - t) ** 2 * (1 - t))
    return places[inside] + np.array([0.0, 0.0, base]), kernel * float(np.prod(edges)) / width
