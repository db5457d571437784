"""A porous solid from a segmented or grey-value image volume.

Voxel i of an axis covers [i, i + 1]·voxel_size, so that the image begins at the corner of the box.  The volume
becomes a signed distance (:mod:`.image_smoothing`) that is interpolated linearly between the voxels' middles.
"""

import dataclasses
import functools
import logging
import math
from collections.abc import Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..errors import GeometryError
from ..parameters import Length, micrometres, require_lengths
from .field import Field
from .image_files import SUFFIXES, image_files, read_volume, told_voxel_size
from .image_smoothing import LABEL_SMOOTHING, GreyValues, distance_to_grey, distance_to_labels, filtered, grey_values
from .shape import Shape, box_extent, require_choice, require_number, vector
from .voxels import VoxelField, mean_edge, voxel_shares

log = logging.getLogger(__name__)

MOST_SOLIDS = 3
"""Solid phases that an image may tell apart."""

_SAME_SIZE = 0.01
"""Relative difference of a voxel's edges in the study and in the file that counts as rounding."""

_CELLS_PER_CHORD = 6.0
"""Default cells along the median chord: with 4, necks of a third of it lost 15 % of what they conduct."""

_TAKEN = ("pore", "film", "closed pore", "shut pore")


class NamedLabels(dict):
    """Labels of the voxels of each solid phase by its name; hashed by its content, as shapes are."""

    def __hash__(self) -> int:
        return hash(tuple(self.items()))


@dataclasses.dataclass(frozen=True)
class Image(Shape):
    """The solid of an image volume.

    Parameters
    ----------
    path
        A stack .tif or .tiff, an array .npy, an .npz with one array, or .nrrd.
    voxel_size
        Edge of a voxel [m], or its edges along x, y and z; may be left out where the file tells it with a unit.
    threshold
        Grey value at which the solid begins.
    solid
        Whether the solid lies "above" or "below" the threshold.
    labels
        Labels of the voxels that are solid, in place of a threshold; with names, such as
        ``{active: 2, binder: [1, 3]}``, they are solid phases of their own.
    smoothing
        Standard deviation of the filter that takes noise and the steps between voxels away [voxels]; unless given,
        0.7 for labels, and for grey values what their noise calls for.
    largest_shift
        No voxel whose middle lies at least this far from the surface of the raw voxels changes sides [voxels].
    axes
        Order of the axes in the file: "zyx" for stacks and "xyz" for arrays and .nrrd unless given.
    """

    path: str
    voxel_size: Length | tuple[Length, Length, Length] | None = None
    threshold: float | None = None
    solid: Literal["above", "below"] = "above"
    labels: tuple[int, ...] | dict[str, Any] | None = None
    smoothing: float | None = None
    largest_shift: float = 0.5
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
        if self.axes is None:
            object.__setattr__(self, "axes", "zyx" if suffix in (".tif", ".tiff") else "xyz")
        if not isinstance(self.axes, str) or sorted(self.axes) != ["x", "y", "z"]:
            raise GeometryError(f"image: axes must be an order of x, y and z such as zyx, not {self.axes!r}")
        self._check_voxel_size()
        require_choice("image", "solid", self.solid, Literal["above", "below"])
        self._check_segmentation()
        if self.smoothing is not None:
            require_number("image", "smoothing", self.smoothing)
            if not 0 <= self.smoothing <= 10:
                raise GeometryError(f"image: smoothing must lie between 0 and 10 voxels, not {self.smoothing:g}")
        require_number("image", "largest_shift", self.largest_shift)
        if not 0 <= self.largest_shift <= 10:
            raise GeometryError(f"image: largest_shift must lie between 0 and 10 voxels, not {self.largest_shift:g}")

    def _check_voxel_size(self) -> None:
        """Check the voxel's edges against what the file tells of them, or take them from there."""
        if isinstance(self.voxel_size, Sequence | np.ndarray):
            object.__setattr__(self, "voxel_size", vector("image", "voxel_size", self.voxel_size))
        if self.voxel_size is not None:
            require_lengths("image", dict.fromkeys(("voxel_size",), min(self.spacing)))
        told = told_voxel_size(Path(self.path), self.axes)
        if self.voxel_size is None:
            if told is None:
                raise GeometryError(
                    f"image: voxel_size must be given, for {self.path} does not tell how large its voxels are"
                )
            log.info("image: voxels of %s are %s, by the file itself", self.path, _shown(told))
            object.__setattr__(self, "voxel_size", told[0] if len(set(told)) == 1 else told)
        elif told is not None and np.any(np.abs(self.spacing / told - 1) > _SAME_SIZE):
            raise GeometryError(
                f"image: voxel_size is {_shown(self.spacing)}, but by {self.path} itself the voxels are "
                f"{_shown(told)} along x, y and z; leave voxel_size out, or correct it, axes or the file"
            )

    def _check_segmentation(self) -> None:
        if (self.threshold is None) == (self.labels is None):
            raise GeometryError("image: give either threshold (grey values) or labels (a segmented image)")
        if self.threshold is not None:
            require_number("image", "threshold", self.threshold)
            return
        if isinstance(self.labels, Mapping):
            object.__setattr__(self, "labels", _named(self.labels))
        else:
            object.__setattr__(self, "labels", _whole(self.labels, "labels"))
        if self.solid != "above":
            raise GeometryError("image: solid belongs to threshold; with labels, list those that are solid")

    @property
    def solids(self) -> tuple[str, ...]:
        """Names of the solid phases."""
        return tuple(self.labels) if isinstance(self.labels, Mapping) else super().solids

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
        if self.labels is not None and volume.dtype.kind == "f":
            volume = _as_labels(volume, self.path)
        return np.transpose(volume, [self.axes.index(axis) for axis in "xyz"])

    @functools.cached_property
    def segmented(self) -> np.ndarray:
        """Which voxels are solid, without smoothing; GeometryError if all or none are."""
        if self.labels is not None:
            return _labelled(self.volume, tuple(label for phase in self._phase_labels for label in phase))
        lowest, highest = self.volume.min(), self.volume.max()
        if lowest == highest:
            raise GeometryError(f"image: all voxels of {self.path} have the value {lowest:g}: there is one phase only")
        # No voxel lies above the largest value, and those at the threshold do not count as above.
        if not lowest <= self.threshold < highest:
            raise GeometryError(
                f"image: threshold {self.threshold:g} lies outside the grey values of {self.path}, "
                f"{lowest:g} to {highest:g}"
            )
        above = self.volume > self.threshold
        return above if self.solid == "above" else ~above

    @property
    def _phase_labels(self) -> tuple[tuple[int, ...], ...]:
        """Labels of each solid phase."""
        return tuple(self.labels.values()) if isinstance(self.labels, Mapping) else (self.labels,)

    def phase(self, number: int) -> np.ndarray:
        """Which voxels belong to the solid phase of a number."""
        if self.labels is None:
            return self.segmented
        return _labelled(self.volume, self._phase_labels[number])

    @property
    def grey(self) -> np.ndarray:
        """Grey values less the threshold in single precision, negative in the solid."""
        grey = self.volume.astype(np.float32)
        grey -= np.float32(self.threshold)
        return np.negative(grey, out=grey) if self.solid == "above" else grey

    @functools.cached_property
    def grey_values(self) -> GreyValues | None:
        """Statistics of the grey values; None of labels."""
        return None if self.labels is not None else grey_values(self.grey, self.spacing)

    @property
    def own_smoothing(self) -> float:
        """The smoothing given, or what suits the image [voxels]."""
        if self.smoothing is not None:
            return float(self.smoothing)
        return LABEL_SMOOTHING if self.grey_values is None else self.grey_values.smoothing()

    @functools.cached_property
    def distance(self) -> np.ndarray:
        """Signed distance at the voxels' middles [m], negative in the solid."""
        solid = self.segmented
        if self.labels is not None:
            distance = distance_to_labels(solid, self.spacing, self.own_smoothing, self.largest_shift)
        else:
            distance = distance_to_grey(
                self.grey, self.spacing, self.own_smoothing, self.largest_shift, self._grey_values_or_refuse()
            )
        if distance.min() >= 0 or distance.max() <= 0:
            raise GeometryError(
                f"image: smoothing over {self.own_smoothing:g} voxels leaves one phase only; "
                + ("make it smaller" if self.smoothing is not None else "give a smaller smoothing")
            )
        return distance

    def _grey_values_or_refuse(self) -> GreyValues:
        if self.grey_values is None:
            raise GeometryError(
                f"image: the values of {self.path} beside the threshold {self.threshold:g} are all of one phase, "
                "noise apart; check threshold"
            )
        return self.grey_values

    @functools.cached_property
    def further_distances(self) -> tuple[np.ndarray, ...]:
        """Signed distances [m] of the solid phases after the first, each negative in its own, continued into pores.

        A voxel of the pores counts as the nearest solid one.
        """
        if len(self.solids) < 2:
            return ()
        from scipy.ndimage import distance_transform_edt

        nearest = distance_transform_edt(
            ~self.segmented, sampling=self.spacing, return_distances=False, return_indices=True
        )
        x, y, z = (slice(None),) * 3
        within = self._within((x, y, z))
        return tuple(
            distance_to_labels(
                self.phase(number)[tuple(nearest)],
                self.spacing,
                self.own_smoothing,
                min(self.largest_shift, 0.5),
                within,
            )
            for number in range(1, len(self.solids))
        )

    @functools.cached_property
    def _clean(self) -> np.ndarray:
        """Which voxels are solid, without the specks of noise, which are no features."""
        if self.labels is None and (width := self.own_smoothing):
            clean = filtered(self.grey, self.spacing, width) < 0
            if clean.any() and not clean.all():
                return clean
        return self.segmented

    @functools.cached_property
    def feature_size(self) -> float:
        """Mean chord of the thinner phase [m], from counted voxel faces."""
        voxels = self._clean
        surface = 0.0
        for axis, spacing in enumerate(self.spacing):
            # Faces of voxels overstate an isotropic surface by a half.
            faces = np.count_nonzero(np.diff(voxels, axis=axis))
            surface += faces * np.prod(self.spacing) / spacing / 1.5
        solid = np.count_nonzero(voxels)
        return float(4 * min(solid, voxels.size - solid) * np.prod(self.spacing) / surface)

    @functools.cached_property
    def cell_size(self) -> float:
        """A sixth of the median chord of the thinner phase, but no less than a voxel or half a feature [m].

        Rough and thin parts shorten most chords, and hardly the mean.
        """
        medians = [_median_chord(phase, self.spacing) for phase in (self._clean, ~self._clean)]
        least = min(mean_edge(self.spacing), self.feature_size / 2)
        return max(min(*medians, self.feature_size) / _CELLS_PER_CHORD, least)

    @property
    def walls_need_flattening(self) -> bool:
        """Always."""
        return True

    def files(self) -> tuple[Path, ...]:
        """The file, and those that hold its voxels where it names others."""
        return image_files(Path(self.path))

    def in_box(self, extent: np.ndarray) -> tuple[slice, slice, slice]:
        """Voxels whose middles lie in the box [0, extent] (3,) [m].

        Raises
        ------
        GeometryError
            The image does not fill the box.
        """
        for axis, needed, given, spacing in zip("xyz", extent, self.extent, self.spacing, strict=True):
            if needed > given * (1 + 1e-9):
                missing = needed - given
                raise GeometryError(
                    f"image: {self.path} is {micrometres(given)} long along {axis}, {micrometres(missing)} "
                    f"({math.ceil(missing / spacing - 1e-6)} voxels) less than the box; make the box "
                    "smaller, or check voxel_size and axes"
                )
        counts = np.maximum(np.rint(extent / self.spacing), 1).astype(int)
        x, y, z = (slice(int(count)) for count in counts)
        return x, y, z

    def field(self, extent: np.ndarray) -> Field:
        """Interpolated distance in the box [0, extent] (3,) [m].

        Raises
        ------
        GeometryError
            The image does not fill the box, or the box has one phase only.
        """
        box = self.in_box(box_extent(extent))
        solid = float(np.mean(self.segmented[box]))
        if not 0 < solid < 1:
            phase = "solid" if solid == 1 else "pore"
            raise GeometryError(f"image: the box holds nothing but {phase}; check {self._segmented_by}")
        # Grey values tell their surface themselves.
        level = 0.0 if self.labels is None else self._level(self.distance[box], solid)
        return VoxelField(self.distance, self.spacing, level)

    def solid_fields(self, extent: np.ndarray) -> tuple[Field, ...]:
        """Interpolated distances of the further solid phases, each with the share of a box that its voxels have."""
        if len(self.solids) < 2:
            return ()
        box = self.in_box(box_extent(extent))
        within = self._within(box)
        return tuple(
            VoxelField(distance, self.spacing, self._level(distance[box], np.mean(self.phase(number)[box]), within))
            for number, distance in enumerate(self.further_distances, start=1)
        )

    def solid_shares(self, extent: np.ndarray, solid: float) -> dict[str, float]:
        """Fractions of the box [0, extent] (3,) [m] of the solid phases, which share the solid's as their voxels do."""
        box = self.in_box(box_extent(extent))
        counted = [np.count_nonzero(self.phase(number)[box]) for number in range(len(self.solids))]
        return {name: solid * count / sum(counted) for name, count in zip(self.solids, counted, strict=True)}

    def _within(self, box: tuple[slice, slice, slice]) -> np.ndarray:
        """Solid part of every voxel of a box."""
        return voxel_shares(self.distance[box] / np.float32(mean_edge(self.spacing)))[0]

    def _level(self, distance: np.ndarray, target: float, within: np.ndarray | None = None) -> float:
        """Level of a distance at which a phase has the fraction of its voxels, a small part of a voxel from 0 [m].

        Parameters
        ----------
        within
            Part of every voxel that counts; all of it unless given.
        """
        edge, level = mean_edge(self.spacing), 0.0
        for _ in range(2):
            shares, growth = voxel_shares(distance / np.float32(edge) - np.float32(level))
            if within is not None:
                shares, growth = shares * within, growth * within
            level += float(np.clip((target - shares.mean()) / max(growth.mean(), 1e-6), -0.1, 0.1))
        return level * edge

    @property
    def _segmented_by(self) -> str:
        return "labels" if self.labels is not None else "threshold and solid"


def _median_chord(phase: np.ndarray, spacing: np.ndarray) -> float:
    """Median length [m] of the chords along the axes that end within the image; infinite if there are none."""
    lengths = []
    for axis, edge in enumerate(spacing):
        lines = np.moveaxis(phase, axis, -1)
        steps = np.flatnonzero(lines[..., 1:] != lines[..., :-1])
        line, place = np.divmod(steps, lines.shape[-1] - 1)
        begins = lines[..., 1:].reshape(-1)[steps[:-1]] & (line[1:] == line[:-1])
        lengths.append(np.diff(place)[begins] * edge)
    found = np.concatenate(lengths)
    return float(np.median(found)) if len(found) else math.inf


def _shown(edges: Sequence[float] | np.ndarray) -> str:
    """The edges of a voxel for people."""
    return " × ".join(micrometres(float(edge)) for edge in edges)


def _named(labels: Mapping[Any, Any]) -> NamedLabels:
    """Labels of each phase as a tuple; GeometryError for names and labels that cannot be used."""
    if not 1 <= len(labels) <= MOST_SOLIDS:
        raise GeometryError(f"image: labels must name one to {MOST_SOLIDS} solid phases, not {len(labels)}")
    named = NamedLabels()
    for name, values in labels.items():
        if not isinstance(name, str) or not name.replace("_", "").isalnum() or name in _TAKEN:
            raise GeometryError(
                f"image: labels must name solid phases by words of their own, not {name!r}; "
                "what is not listed is pore"
            )
        one = isinstance(values, str) or not isinstance(values, Sequence)
        named[name] = _whole((values,) if one else values, f"labels of {name}")
    given = [label for values in named.values() for label in values]
    if twice := sorted({label for label in given if given.count(label) > 1}):
        raise GeometryError(f"image: labels {twice} stand in two phases; give each to one")
    return named


def _whole(labels: Any, name: str) -> tuple[int, ...]:
    """A list of whole numbers as a tuple."""
    if not isinstance(labels, Sequence) or isinstance(labels, str) or len(labels) == 0:
        raise GeometryError(f"image: {name} must be a list of whole numbers, not {labels!r}")
    for label in labels:
        if isinstance(label, bool) or not isinstance(label, Integral):
            raise GeometryError(f"image: {name} must be a whole number each, not {label!r}")
    return tuple(int(label) for label in labels)


def _as_labels(volume: np.ndarray, path: str) -> np.ndarray:
    """Labels written as decimals, such as 1.0, as whole numbers."""
    for plane in volume:
        if np.any(wrong := plane != np.rint(plane)):
            raise GeometryError(
                f"image: labels need whole numbers, but {path} holds {plane[wrong][0]:g}; give threshold"
            )
    return volume.astype(np.int32)


def _labelled(volume: np.ndarray, labels: tuple[int, ...]) -> np.ndarray:
    missing = [label for label in labels if not np.any(volume == label)]
    if missing:
        present = np.unique(volume)
        shown = ", ".join(str(label) for label in present[:20]) + (", …" if len(present) > 20 else "")
        raise GeometryError(f"image: labels {missing} do not occur in the file; it holds {shown}")
    solid = np.isin(volume, labels)
    if solid.all():
        raise GeometryError(f"image: labels {list(labels)} cover the whole file; leave out the pores")
    return solid
