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
from .field import Field, level_of_fraction
from .image_files import SUFFIXES, read_volume
from .shape import Shape, box_extent, require_choice, require_number, require_whole, vector
from .voxels import VoxelField, distance_to_grey, distance_to_labels, mean_edge


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
        Standard deviation of the Gaussian filter over grey values, or over what is solid [voxels].
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
            distance = distance_to_labels(self.segmented, self.spacing, self.smoothing)
        else:
            sign = -1 if self.solid == "above" else 1
            grey = sign * (self.volume.astype(np.float32) - np.float32(self.threshold))
            distance = distance_to_grey(grey, self.spacing, self.smoothing)
        if distance.min() >= 0 or distance.max() <= 0:
            raise GeometryError(
                f"image: smoothing over {self.smoothing:g} voxels leaves one phase only; make it smaller"
            )
        return distance

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
        level = level_of_fraction(self.distance[box], mean_edge(self.spacing), solid)
        return VoxelField(self.distance, self.spacing, level)

    @property
    def _segmented_by(self) -> str:
        return "labels" if self.labels is not None else "threshold and solid"


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
