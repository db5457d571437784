"""From voxels to signed distances whose surface stays where the voxels have it.

A Gaussian filter of width σ moves a surface of mean curvature H by σ²H towards its centre: a ball of nine voxels
loses 3.7 % of its volume to σ = 1, a carbon binder half of its surface.  Here it is applied twice, as 2G − G²
("twicing", J. W. Tukey, Exploratory Data Analysis, 1977), whose second moment is zero, so that smooth surfaces stay
in place up to fourth order.  What sharp labels then still lack in volume is given back locally, and no voxel may
change sides whose middle lies farther than a stated distance from the voxels' own surface (for half a voxel:
R. T. Whitaker, Reducing aliasing artifacts in iso-surfaces of binary volumes, Proc. IEEE Symp. Volume Visualization,
2000): thin parts are neither lost, cut nor joined.

All lengths here are in mean edges of a voxel.
"""

import math
from typing import NamedTuple

import numpy as np

from .voxels import blurred, mean_edge, voxel_shares

LABEL_SMOOTHING = 0.7
"""Standard deviation that takes the steps away from labels and from grey values as sharp as labels [voxels].

With less, balls and planes have more than about 2 % too much surface; with more, narrow throats widen.
"""

LARGEST_SMOOTHING = 2.0
"""Largest standard deviation that noise calls for by itself [voxels]."""

ROUGHNESS = 0.1
"""Standard deviation of the surface's place that noise may leave [voxels]."""

_SHARP = 0.85
"""Steps between voxels on the two sides of a surface, over the contrast, above which it is as stepped as labels'."""

_OF_ONE_VOXEL = 0.5
"""Such steps above which no more than the averaging over a voxel has blurred the edges."""

_FEW, _MANY = 50, 1000
"""Fewer voxels than these away from the surface tell nothing of a phase, of the noise."""

_MARGIN = 0.05
"""Least distance from the surface of a voxel that keeps its side."""

_REACH = 1.6
"""Widths of the filter within which filtered shares tell the distance."""

_LOCALLY = 2.5
"""Standard deviation of the neighbourhood in which volume is kept."""

_BESIDE = 2.0
"""Distance from the surface to which voxels count for it."""

_CORRECTIONS = 3


class GreyValues(NamedTuple):
    """What the values of a grey image are like beside its threshold, which is 0.

    Attributes
    ----------
    noise
        Standard deviation of the noise.
    solid, pore
        Medians away from the surface, of either side.
    sharpness
        Step between two voxels across the surface, over the contrast; 1: as sharp as labels.
    two_valued
        Whether, noise apart, all of the solid has one value and all of the pores another.
    """

    noise: float
    solid: float
    pore: float
    sharpness: float
    two_valued: bool

    @property
    def contrast(self) -> float:
        """Distance of the two medians."""
        return self.pore - self.solid

    @property
    def relative_noise(self) -> float:
        """Noise over contrast."""
        return self.noise / self.contrast

    @property
    def tell_shares(self) -> bool:
        """Whether a value tells what part of its voxel is solid: two values, and edges no wider than a voxel."""
        return self.two_valued and self.sharpness > _OF_ONE_VOXEL

    def shares(self, grey: np.ndarray) -> np.ndarray:
        """Solid part of every voxel; noise makes single ones less than 0 or more than 1, not their mean."""
        return ((self.pore - grey) / self.contrast).astype(np.float32)

    def smoothing(self) -> float:
        """Least standard deviation of the filter that leaves no surface rougher than ROUGHNESS [voxels].

        Noise n on edges of width w moves the surface by √(2π) w n/contrast; the filter 2G − G² leaves
        0.221/σ^(3/2) of white noise, since ‖2G − G²‖² = 0.0489/σ³, and is 1.29 times as steep as G.
        """
        least = LABEL_SMOOTHING if self.sharpness > _SHARP else 0.0
        edge = 1 / (math.sqrt(2 * math.pi) * min(max(self.sharpness, 0.05), 1.0))
        if math.sqrt(2 * math.pi) * edge * self.relative_noise <= ROUGHNESS:
            return least
        for width in np.arange(0.5, LARGEST_SMOOTHING, 0.1):
            left = self.relative_noise * 0.221 / width**1.5
            if left * math.sqrt(2 * math.pi) / 1.29 * math.hypot(width, edge) <= ROUGHNESS:
                return max(round(float(width), 1), least)
        return LARGEST_SMOOTHING


def grey_values(grey: np.ndarray, spacing: np.ndarray) -> GreyValues | None:
    """Statistics of grey values less their threshold, below 0 in the solid; None if all have one sign.

    The noise is the median of second differences along all three axes at once over 0.6745, in which smooth structures
    do not count (D. L. Donoho, I. M. Johnstone, doi:10.1093/biomet/81.3.425), away from the surface.  Noise that a
    reconstruction has correlated over several voxels is larger than what this finds.
    """
    solid = filtered(grey, spacing, LABEL_SMOOTHING) < 0
    if solid.all() or not solid.any():
        solid = grey < 0
    if solid.all() or not solid.any():
        return None
    noise = _noise(grey, _inside(solid, full=True) | _inside(~solid, full=True))
    bulk, spread, seen = [], [], True
    for phase in (solid, ~solid):
        values = grey[_inside(phase)]
        if len(values) < _FEW:
            values, seen = grey[phase], False
        bulk.append(float(np.median(values)))
        spread.append(float(np.median(np.abs(values - np.float32(bulk[-1])))) / 0.6745)
    steps = []
    for axis in range(3):
        low, high = (np.moveaxis(solid, axis, 0)[part] for part in (slice(None, -1), slice(1, None)))
        values = np.moveaxis(grey, axis, 0)
        steps.append(np.abs(values[1:][low != high] - values[:-1][low != high]))
    contrast = bulk[1] - bulk[0]
    if contrast <= 0:
        return None
    sharpness = float(np.median(np.concatenate(steps))) / contrast
    # Thin parts have nothing away from their surface: their values are known only where nothing blurs them.
    two_valued = max(spread) <= 1.5 * noise + 0.05 * contrast and (seen or sharpness > _SHARP)
    return GreyValues(noise, *bulk, sharpness, two_valued)


def _noise(grey: np.ndarray, smooth: np.ndarray) -> float:
    """Standard deviation of the noise, where nothing else is steep if that is much of the volume."""
    detail = grey
    for axis in range(3):
        if detail.shape[axis] >= 3:
            values = np.moveaxis(detail, axis, 0)
            detail = np.moveaxis((values[:-2] - 2 * values[1:-1] + values[2:]) / np.float32(math.sqrt(6)), 0, axis)
    if min(grey.shape) >= 3 and np.count_nonzero(inner := smooth[1:-1, 1:-1, 1:-1]) >= _MANY:
        detail = detail[inner]
    return float(np.median(np.abs(detail)) / 0.6745) if detail is not grey else 0.0


def _inside(phase: np.ndarray, full: bool = False) -> np.ndarray:
    """Voxels of a phase whose neighbours all belong to it: those across faces, or across corners too."""
    from scipy.ndimage import binary_erosion, generate_binary_structure

    return binary_erosion(phase, generate_binary_structure(3, 3 if full else 1), border_value=1)


def distance_to_labels(
    solid: np.ndarray,
    spacing: np.ndarray,
    smoothing: float,
    largest_shift: float,
    within: np.ndarray | None = None,
) -> np.ndarray:
    """Signed distance [m] to the surface of the solid voxels, negative within.

    Parameters
    ----------
    solid
        Which voxels are solid.
    spacing
        Edges of a voxel [m], shape (3,).
    smoothing
        Standard deviation of the filter that rounds off the steps between voxels [voxels]; 0: the surface runs
        along the faces of the voxels, but for their edges.
    largest_shift
        Distance from the voxels' own surface within which a voxel may change sides [voxels].
    within
        Part of every voxel that counts for the volume; all of it unless given.
    """
    far = _voxel_distance(solid, spacing)
    depth = _near(filtered(solid, spacing, smoothing), far, smoothing) if smoothing else far.copy()
    depth = _with_local_volume(depth, solid.astype(np.float32), far, spacing, largest_shift, within)
    return depth * np.float32(mean_edge(spacing))


def distance_to_grey(
    grey: np.ndarray, spacing: np.ndarray, smoothing: float, largest_shift: float, values: GreyValues
) -> np.ndarray:
    """Signed distance [m] to where grey values pass through 0, negative where they are below.

    Where values tell what part of a voxel is solid, that volume is kept; else the one within the surface of the
    grey values themselves.

    Parameters
    ----------
    grey
        Grey values less their threshold, below 0 in the solid.
    spacing
        Edges of a voxel [m], shape (3,).
    smoothing
        Standard deviation of the filter [voxels].
    largest_shift
        Distance from the surface of the grey values within which a voxel may change sides [voxels].
    values
        Statistics of the grey values.
    """
    smooth = filtered(grey, spacing, smoothing) if smoothing else grey.astype(np.float32)
    solid = smooth < 0
    if solid.all() or not solid.any():
        return smooth
    slope = np.maximum(_slope(smooth, spacing), np.float32(1e-3 * values.contrast))
    depth = _blend(np.clip(smooth / slope, -3, 3), _voxel_distance(solid, spacing), 1.3)
    own = _grey_distance(grey, spacing)
    if values.tell_shares:
        shares = values.shares(grey)
    elif smoothing:
        # A voxel on the surface has its grey value over the slope as its distance from it.
        shares = np.clip(0.5 - grey / slope, 0, 1)
    else:
        return _bounded(depth, own, largest_shift) * np.float32(mean_edge(spacing))
    return _with_local_volume(depth, shares, own, spacing, largest_shift) * np.float32(mean_edge(spacing))


def filtered(volume: np.ndarray, spacing: np.ndarray, smoothing: float) -> np.ndarray:
    """A volume filtered by 2G − G², with G a Gaussian of the given standard deviation [voxels]."""
    once = blurred(volume.astype(np.float32, copy=False), spacing, smoothing)
    return 2 * once - blurred(once, spacing, smoothing)


def _near(shares: np.ndarray, far: np.ndarray, smoothing: float) -> np.ndarray:
    """Distance by the filtered profile of a plane near the surface, by whole voxels farther off.

    A plane at distance d has the shares 2Φ(−d/a) − Φ(−d/b), with a² = σ² + 1/12 and b² = 2σ² + 1/12: voxels are
    themselves boxes of variance 1/12.
    """
    from scipy.special import ndtr

    places = np.linspace(-_REACH * smoothing, _REACH * smoothing, 401)
    profile = 2 * ndtr(-places / math.hypot(smoothing, 12**-0.5)) - ndtr(
        -places / math.hypot(math.sqrt(2) * smoothing, 12**-0.5)
    )
    near = np.empty_like(far)
    for plane, values in zip(near, shares, strict=True):
        plane[...] = np.interp(values, profile[::-1], places[::-1])
    return _blend(near, far, smoothing + 0.3)


def _slope(grey: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """Gradient's modulus per mean edge of a voxel, around each voxel, where steep ones count most.

    A factor between grey values and distances that jumped from one voxel to the next would move the surface.
    """
    square = np.zeros_like(grey)
    for axis, edge in enumerate(spacing / mean_edge(spacing)):
        square += (np.gradient(grey, axis=axis) / np.float32(edge)) ** 2
    fourth = blurred(square * square, spacing, 1.0)
    return np.sqrt(fourth / np.maximum(blurred(square, spacing, 1.0), np.finfo(np.float32).tiny))


def _blend(near: np.ndarray, far: np.ndarray, width: float) -> np.ndarray:
    weight = np.clip(2 - np.abs(far) / np.float32(width), 0, 1)
    weight *= weight * (3 - 2 * weight)
    return far + weight * (near - far)


def _with_local_volume(
    depth: np.ndarray,
    shares: np.ndarray,
    own: np.ndarray,
    spacing: np.ndarray,
    largest_shift: float,
    within: np.ndarray | None = None,
) -> np.ndarray:
    """Distance moved until every neighbourhood has the volume of its voxels' shares.

    The shift is what the neighbourhood lacks over the surface that it holds.
    """
    depth = _bounded(depth, own, largest_shift)
    for _ in range(_CORRECTIONS):
        held, surface = voxel_shares(depth)
        # Farther off shares tell noise, not the surface.
        lacks = np.where(np.abs(depth) < _BESIDE, shares - held, np.float32(0))
        del held
        if within is not None:
            lacks *= within
            surface *= within
        lacks = blurred(lacks, spacing, _LOCALLY)
        surface = blurred(surface, spacing, _LOCALLY)
        depth = depth - np.clip(lacks / np.maximum(surface, 0.02), -0.5, 0.5)
        depth = _bounded(depth, own, largest_shift)
    return depth


def _bounded(depth: np.ndarray, own: np.ndarray, largest_shift: float) -> np.ndarray:
    """Distances that keep the sign of the voxels' ``own`` ones where these exceed the largest shift."""
    side = np.where(own < 0, np.float32(-1), np.float32(1))
    # The distance of middles in voxels is rounded: a tie counts as kept.
    kept = np.abs(own) >= largest_shift - 1e-4
    return np.where(kept, side * np.maximum(side * depth, np.maximum(np.abs(own) - largest_shift, _MARGIN)), depth)


def _voxel_distance(solid: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """Signed distance of the voxels' middles from the faces of the solid voxels, negative within.

    The transform gives the distance between middles; voxels side by side meet half-way, others reach half of their
    edge towards each other.
    """
    from scipy.ndimage import distance_transform_edt

    edges = spacing / mean_edge(spacing)
    near, half = 1.8 * max(edges), min(edges) / 2
    signed = np.zeros(solid.shape, np.float32)
    for phase, sign in ((~solid, 1), (solid, -1)):
        middles = distance_transform_edt(phase, sampling=edges).astype(np.float32)
        signed += sign * np.where(middles < near, middles / 2, middles - half)
    return signed


def _grey_distance(grey: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """Signed distance of the voxels' middles from the surface of linearly interpolated grey values.

    From where the surface cuts the lines to the neighbours, at d_x, d_y and d_z: 1/d² = Σ 1/d_k² for a plane.
    Voxels whose neighbours all lie on their side count as one edge away.
    """
    inverse = np.zeros(grey.shape, np.float32)
    for axis, edge in enumerate(spacing / mean_edge(spacing)):
        values, nearest = np.moveaxis(grey, axis, 0), np.full(grey.shape, np.inf, np.float32)
        nearest = np.moveaxis(nearest, axis, 0)
        low, high = values[:-1], values[1:]
        cut = (low < 0) != (high < 0)
        part = np.where(cut, np.abs(low) / np.maximum(np.abs(low) + np.abs(high), np.finfo(np.float32).tiny), np.inf)
        nearest[:-1] = np.minimum(nearest[:-1], part * edge)
        nearest[1:] = np.minimum(nearest[1:], np.where(cut, 1 - part, np.inf) * edge)
        np.moveaxis(inverse, axis, 0)[...] += 1 / np.maximum(nearest, 1e-3) ** 2
    distance = 1 / np.sqrt(np.maximum(inverse, 1))
    return np.where(grey < 0, -distance, distance).astype(np.float32)
