"""From voxels to signed distances: grey values, labels, and interpolation between voxels."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class VoxelField:
    """Linear interpolation between the middles of voxels; constant beyond the outermost.

    Parameters
    ----------
    distance
        Values at the middles [m].
    spacing
        Edges of a voxel [m], shape (3,).
    level
        Value of the surface [m].
    """

    distance: np.ndarray
    spacing: np.ndarray
    level: float

    def values(self, points: np.ndarray) -> np.ndarray:
        """Field [m] at points (n, 3) [m]."""
        from scipy.ndimage import map_coordinates

        positions = np.asarray(points, dtype=float).T / self.spacing[:, None] - 0.5
        values = map_coordinates(self.distance, positions, order=1, mode="nearest", output=float)
        return values - self.level

    def on_grid(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Field [m] on a grid, interpolated along one axis after the other."""
        values = self.distance
        for axis, coordinates in enumerate((x, y, z)):
            last = values.shape[axis] - 1
            positions = np.clip(np.asarray(coordinates) / self.spacing[axis] - 0.5, 0, last)
            below = np.minimum(positions.astype(int), max(last - 1, 0))
            shape = [1, 1, 1]
            shape[axis] = len(positions)
            weight = (positions - below).reshape(shape)
            above = np.minimum(below + 1, last)
            values = values.take(below, axis) * (1 - weight) + values.take(above, axis) * weight
        return values - self.level


def mean_edge(spacing: np.ndarray) -> float:
    """Geometric mean of a voxel's edges [m]."""
    return float(np.prod(spacing) ** (1 / 3))


def distance_to_labels(solid: np.ndarray, spacing: np.ndarray, smoothing: float) -> np.ndarray:
    """Signed distance [m] to the surface of the solid voxels, negative within.

    Parameters
    ----------
    solid
        Which voxels are solid.
    spacing
        Edges of a voxel [m], shape (3,).
    smoothing
        Standard deviation of the Gaussian that rounds off the steps between voxels [voxels]; 0: the surface
        runs along the faces of the voxels.
    """
    if smoothing == 0:
        return _voxel_distance(solid, spacing, 0.5)
    return _distance_to_shares(solid.astype(np.float32), solid, spacing, smoothing, smoothing)


def distance_to_grey(grey: np.ndarray, spacing: np.ndarray, smoothing: float) -> np.ndarray:
    """Signed distance [m] to where grey values pass through 0, negative where they are below.

    The grey value over its gradient tells how much of each voxel the surface cuts off.

    Parameters
    ----------
    grey
        Grey values less their threshold, below 0 in the solid.
    spacing
        Edges of a voxel [m], shape (3,).
    smoothing
        Standard deviation of the Gaussian that grey values are blurred by first [voxels].
    """
    grey = _blurred(grey, spacing, smoothing)
    slope = np.sqrt(sum(np.gradient(grey, length, axis=axis) ** 2 for axis, length in enumerate(spacing)))
    # Where a voxel holds less change than its own grey value, the surface is further than a voxel away.
    change = np.maximum(np.maximum(slope * mean_edge(spacing), np.abs(grey)), np.finfo(np.float32).tiny)
    shares = np.clip(0.5 - grey / change, 0, 1).astype(np.float32)
    # Sharing out voxels is itself a blur, by a box of one voxel and variance 1/12.
    return _distance_to_shares(shares, grey < 0, spacing, 0.8, np.hypot(0.8, np.sqrt(1 / 12)))


def _distance_to_shares(
    shares: np.ndarray, solid: np.ndarray, spacing: np.ndarray, smoothing: float, width: float
) -> np.ndarray:
    """Signed distance [m] from the part of each voxel that is solid.

    Blurring by a Gaussian of width σ turns a plane at distance d into Φ(d/σ), with Φ the normal distribution;
    its inverse is the distance, without the steps of the voxels.  Beyond 2σ it gives way to the distance
    between voxels.

    Parameters
    ----------
    shares
        Solid part of every voxel.
    solid
        Which voxels are solid.
    spacing
        Edges of a voxel [m], shape (3,).
    smoothing
        Width of the Gaussian to apply [voxels].
    width
        σ [voxels], with what blurred the shares before.
    """
    from scipy.special import ndtri

    width *= mean_edge(spacing)
    blurred = _blurred(shares, spacing, smoothing)
    resolved = -width * ndtri(np.clip(blurred, 1e-3, 1 - 1e-3))
    # The nearest middle lies half a voxel beyond faces along the grid, but on most others.
    voxels = _voxel_distance(solid, spacing, 0.25)
    nearness = np.clip(2 - np.abs(voxels) / (1.2 * width), 0, 1)
    weight = nearness**2 * (3 - 2 * nearness)
    return (weight * resolved + (1 - weight) * voxels).astype(np.float32)


def _blurred(volume: np.ndarray, spacing: np.ndarray, smoothing: float) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    if smoothing == 0:
        return volume
    return gaussian_filter(volume, smoothing * mean_edge(spacing) / spacing, mode="nearest")


def _voxel_distance(solid: np.ndarray, spacing: np.ndarray, beyond: float) -> np.ndarray:
    """Signed distance [m] between voxels' middles, less the part ``beyond`` the surface [voxels]."""
    from scipy.ndimage import distance_transform_edt

    beyond *= min(spacing)
    outside = distance_transform_edt(~solid, sampling=spacing)
    inside = distance_transform_edt(solid, sampling=spacing)
    return (np.maximum(outside - beyond, 0) - np.maximum(inside - beyond, 0)).astype(np.float32)
