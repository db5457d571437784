"""A porous solid from a segmented or grey-value image volume.

Voxel i of an axis covers [i, i + 1]·voxel_size, so that the image begins at the corner of the box.  The
volume becomes a signed distance, is interpolated linearly between the voxels' middles, and is shifted so that
the box has just the solid fraction that counting its voxels gives: smoothing alone would shrink thin parts.
"""

import dataclasses
import functools
import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from ..errors import GeometryError
from ..parameters import Length, micrometres, require_lengths
from .field import Field
from .image_files import SUFFIXES, read_volume
from .shape import Shape, box_extent, require_choice, require_number, require_whole, vector

NEAR, FAR = 1.5, 3.0
"""Distances from the surface, in voxels, within which grey values and beyond which whole voxels count."""


@dataclasses.dataclass(frozen=True)
class Image(Shape):
    """The solid of an image volume.

    Parameters
    ----------
    path
        A stack .tif or .tiff, an array .npy, an .npz with one array, or .nrrd.
    voxel_size
        Edge of a voxel [m], or its edges along x, y and z.
    threshold
        Grey value at which the solid begins.
    solid
        Whether the solid lies "above" or "below" the threshold.
    labels
        Labels of the voxels that are solid, in place of a threshold.
    smoothing
        Standard deviation of the Gaussian filter [voxels]: over grey values, or over the distance to labels.
    axes
        Order of the axes in the file: "zyx" for stacks and "xyz" for arrays and .nrrd unless given.
    """

    path: str
    voxel_size: Length | tuple[Length, Length, Length]
    threshold: float | None = None
    solid: Literal["above", "below"] = "above"
    labels: tuple[int, ...] | None = None
    smoothing: float = 1.0
    axes: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", str(self.path))
        suffix = Path(self.path).suffix.lower()
        if suffix not in SUFFIXES:
            raise GeometryError(
                f"image: {self.path} ends in {suffix or 'nothing'}; known are {', '.join(SUFFIXES)}"
            )
        if not Path(self.path).is_file():
            raise GeometryError(f"image: there is no file {self.path}; check path")
        if isinstance(self.voxel_size, Sequence | np.ndarray):
            object.__setattr__(self, "voxel_size", vector("image", "voxel_size", self.voxel_size))
        require_lengths("image", dict.fromkeys(("voxel_size",), min(self.spacing)))
        require_choice("image", "solid", self.solid, Literal["above", "below"])
        self._check_segmentation()
        require_number("image", "smoothing", self.smoothing)
        if not 0 <= self.smoothing <= 10:
            raise GeometryError(f"image: smoothing must lie between 0 and 10 voxels, not {self.smoothing:g}")
        if self.axes is None:
            object.__setattr__(self, "axes", "zyx" if suffix in (".tif", ".tiff") else "xyz")
        if not isinstance(self.axes, str) or sorted(self.axes) != ["x", "y", "z"]:
            raise GeometryError(f"image: axes must be an order of x, y and z such as zyx, not {self.axes!r}")

    def _check_segmentation(self) -> None:
        if (self.threshold is None) == (self.labels is None):
            raise GeometryError("image: give either threshold (grey values) or labels (a segmented image)")
        if self.threshold is not None:
            require_number("image", "threshold", self.threshold)
            return
        if not isinstance(self.labels, Sequence) or isinstance(self.labels, str) or len(self.labels) == 0:
            raise GeometryError(f"image: labels must be a list of whole numbers, not {self.labels!r}")
        for label in self.labels:
            require_whole("image", "labels", label, -(2**31))
        object.__setattr__(self, "labels", tuple(int(label) for label in self.labels))
        if self.solid != "above":
            raise GeometryError("image: solid belongs to threshold; with labels, list those that are solid")

    @property
    def spacing(self) -> np.ndarray:
        """Edges of a voxel along x, y, z [m], shape (3,)."""
        return np.broadcast_to(np.asarray(self.voxel_size, dtype=float), 3)

    @property
    def extent(self) -> np.ndarray:
        """Lengths of the image along x, y, z [m], shape (3,)."""
        return np.array(self.volume.shape) * self.spacing

    @functools.cached_property
    def volume(self) -> np.ndarray:
        """The file's voxels along x, y, z; GeometryError if they cannot be read."""
        volume = read_volume(Path(self.path))
        return np.transpose(volume, [self.axes.index(axis) for axis in "xyz"])

    @functools.cached_property
    def segmented(self) -> np.ndarray:
        """Which voxels are solid, without smoothing; GeometryError if all or none are."""
        if self.labels is not None:
            return _labelled(self.volume, self.labels)
        lowest, highest = self.volume.min(), self.volume.max()
        if not lowest < self.threshold < highest:
            raise GeometryError(
                f"image: threshold {self.threshold:g} lies outside the grey values of {self.path}, "
                f"{lowest:g} to {highest:g}"
            )
        above = self.volume > self.threshold
        return above if self.solid == "above" else ~above

    @functools.cached_property
    def distance(self) -> np.ndarray:
        """Signed distance at the voxels' middles [m], negative in the solid."""
        if self.labels is not None:
            distance = _voxel_distance(self.segmented, self.spacing)
            return _smoothed(distance, self.smoothing) if self.smoothing > 0 else distance
        grey = _smoothed(self.volume.astype(np.float32), self.smoothing) - np.float32(self.threshold)
        if self.solid == "above":
            np.negative(grey, out=grey)
        if grey.min() >= 0 or grey.max() <= 0:
            raise GeometryError(
                f"image: smoothing over {self.smoothing:g} voxels leaves one phase only; make it smaller"
            )
        return _grey_distance(grey, self.spacing)

    @property
    def feature_size(self) -> float:
        """Mean chord of the thinner phase [m], from counted voxel faces."""
        voxels = self.segmented
        surface = 0.0
        for axis, spacing in enumerate(self.spacing):
            # Faces of voxels overstate an isotropic surface by a half.
            faces = np.count_nonzero(np.diff(voxels, axis=axis))
            surface += faces * np.prod(self.spacing) / spacing / 1.5
        solid = np.count_nonzero(voxels)
        return float(4 * min(solid, voxels.size - solid) * np.prod(self.spacing) / surface)

    @property
    def walls_need_flattening(self) -> bool:
        """Always."""
        return True

    def content(self) -> str:
        """SHA-256 of the file, hexadecimal."""
        with open(self.path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def fingerprint(self) -> str:
        """That of the file's content."""
        return self.content()

    def field(self, extent: np.ndarray) -> Field:
        """Interpolated distance in the box [0, extent] (3,) [m].

        Raises
        ------
        GeometryError
            The image does not fill the box, or the box has one phase only.
        """
        extent = box_extent(extent)
        for axis, needed, given, spacing in zip("xyz", extent, self.extent, self.spacing, strict=True):
            if needed > given * (1 + 1e-9):
                missing = needed - given
                raise GeometryError(
                    f"image: {self.path} is {micrometres(given)} long along {axis}, {micrometres(missing)} "
                    f"({math.ceil(missing / spacing - 1e-6)} voxels) less than the box; make the box "
                    "smaller, or check voxel_size and axes"
                )
        # Voxels whose middles lie in the box.
        counts = np.maximum(np.rint(extent / self.spacing), 1).astype(int)
        box = tuple(slice(count) for count in counts)
        solid = float(np.mean(self.segmented[box]))
        if not 0 < solid < 1:
            phase = "solid" if solid == 1 else "pore"
            raise GeometryError(f"image: the box holds nothing but {phase}; check {self._segmented_by}")
        level = float(np.quantile(self.distance[box], solid))
        return VoxelField(self.distance, self.spacing, level)

    @property
    def _segmented_by(self) -> str:
        return "labels" if self.labels is not None else "threshold and solid"


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


def _labelled(volume: np.ndarray, labels: tuple[int, ...]) -> np.ndarray:
    if volume.dtype.kind == "f":
        raise GeometryError("image: labels need whole numbers, but the file holds decimals; give threshold")
    missing = [label for label in labels if not np.any(volume == label)]
    if missing:
        present = np.unique(volume)
        shown = ", ".join(str(label) for label in present[:20]) + (", …" if len(present) > 20 else "")
        raise GeometryError(f"image: labels {missing} do not occur in the file; it holds {shown}")
    solid = np.isin(volume, labels)
    if solid.all():
        raise GeometryError(f"image: labels {list(labels)} cover the whole file; leave out the pores")
    return solid


def _smoothed(volume: np.ndarray, deviation: float) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(volume, deviation, mode="nearest") if deviation > 0 else volume


def _voxel_distance(solid: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """Signed distance [m] to the faces between solid and pore voxels."""
    from scipy.ndimage import distance_transform_edt

    # The transform reaches to the middles of the other phase's voxels, half a voxel beyond the face.
    half = float(min(spacing)) / 2
    outside = distance_transform_edt(~solid, sampling=spacing)
    inside = distance_transform_edt(solid, sampling=spacing)
    return (np.maximum(outside - half, 0.0) - np.maximum(inside - half, 0.0)).astype(np.float32)


def _grey_distance(grey: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """Signed distance [m] from grey values less their threshold, negative in the solid.

    Near the surface it is the grey value over its gradient, which resolves fractions of a voxel; further off
    it is the distance between voxels.
    """
    voxels = _voxel_distance(grey < 0, spacing)
    squares = np.zeros_like(grey)
    for axis, length in enumerate(spacing):
        squares += np.gradient(grey, np.float32(length), axis=axis) ** 2
    voxel = np.float32(min(spacing))
    # Inside a phase the gradient vanishes; there the quotient stops at three voxels.
    resolved = grey / np.sqrt(squares + (grey / (FAR * voxel)) ** 2 + np.finfo(np.float32).tiny)
    weight = np.clip((np.abs(voxels) / voxel - NEAR) / (FAR - NEAR), 0.0, 1.0)
    weight = weight * weight * (3 - 2 * weight)
    return weight * voxels + (1 - weight) * resolved
