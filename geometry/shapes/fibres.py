"""Mats of straight round fibres: random in space, in the plane of the layer, or aligned.

Fibres are infinite cylinders.  Their directions follow the orientation; given its direction, a fibre's axis
goes through a uniformly random point of a disk at right angles to it, as wide as a ball round the box; axes
that miss the box are dropped.  Such lines are uniform in the box: n isotropic fibres that hit a box of
surface S (larger by the radius on every side) fill 1 − (1 − 4πr²/S)^n of it in the mean.
"""

import dataclasses
import itertools
import math
from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np

from ..errors import GeometryError
from ..parameters import Length, micrometres, require_lengths
from .field import DistanceField, Field, level_of_fraction, round_union
from .packing import count_for_fraction, densest_fraction, sample_points, separate_points, widest_gap
from .shape import Shape, box_extent, require_choice, require_fraction, require_number, require_whole

Angle = Annotated[float, "rad"]
Axis = Literal["x", "y", "z"]
Orientation = Literal["random", "in_plane", "aligned"]
Arrangement = Literal["overlapping", "separate"]

FibreLine = tuple[np.ndarray, np.ndarray]
"""A point of the axis [m] and its unit direction."""


@dataclasses.dataclass(frozen=True)
class Fibres(Shape):
    """A mat of straight round fibres.

    Parameters
    ----------
    radius
        Radius of the fibres [m].
    solid_fraction
        Volume fraction of the solid.  As many fibres of the random sequence are taken as come nearest to it;
        then all radii change by one small amount to meet it.
    count
        Number of fibres that pass through the box, in place of solid_fraction.
    orientation
        "in_plane": directions random in the plane of the layer, at right angles to z; "random": all
        directions alike; "aligned": along ``axis``.
    tilt
        Standard deviation of the angle out of the plane, or off the axis [rad].
    axis
        Direction of aligned fibres.
    arrangement
        "overlapping": independent positions.  "separate": aligned fibres that keep ``gap`` between them.
    gap
        Least distance between the surfaces of separate fibres [m]; as wide as the fraction allows, up to half
        the radius, unless given.
    fillet
        Radius to which the creases between crossing fibres are filled [m].
    seed
        Number of the realisation.
    """

    radius: Length
    solid_fraction: float | None = None
    count: int | None = None
    orientation: Orientation = "in_plane"
    tilt: Angle = 0.0
    axis: Axis = "z"
    arrangement: Arrangement = "overlapping"
    gap: Length | None = None
    fillet: Length = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        require_lengths("fibres", {"radius": self.radius})
        require_lengths("fibres", {"fillet": self.fillet}, zero_allowed=True)
        require_choice("fibres", "orientation", self.orientation, Orientation)
        require_choice("fibres", "axis", self.axis, Axis)
        require_choice("fibres", "arrangement", self.arrangement, Arrangement)
        require_whole("fibres", "seed", self.seed, 0)
        if (self.solid_fraction is None) == (self.count is None):
            raise GeometryError("fibres: give either solid_fraction or count")
        if self.count is not None:
            require_whole("fibres", "count", self.count, 1)
        else:
            require_fraction("fibres", "solid_fraction", self.solid_fraction)
        require_number("fibres", "tilt", self.tilt)
        if not 0 <= self.tilt <= math.pi / 4:
            raise GeometryError(f"fibres: tilt must lie between 0 and π/4 (45 deg), not {self.tilt:g}")
        if self.tilt > 0 and self.orientation == "random":
            raise GeometryError("fibres: tilt has no meaning for random directions; leave it out")
        if self.fillet > 2 * self.radius:
            raise GeometryError(
                f"fibres: a fillet of {micrometres(self.fillet)} is larger than the fibres are thick "
                f"({micrometres(2 * self.radius)}); make fillet smaller"
            )
        self._check_arrangement()

    def _check_arrangement(self) -> None:
        if self.arrangement == "overlapping":
            if self.gap is not None:
                raise GeometryError("fibres: gap belongs to arrangement: separate")
            return
        if self.orientation != "aligned" or self.tilt > 0:
            raise GeometryError("fibres: only aligned fibres without tilt can be kept separate")
        if self.fillet > 0:
            raise GeometryError("fibres: separate fibres have no creases to fill; leave out fillet")
        if self.gap is None:
            sparse = self.solid_fraction is None
            widest = self.radius / 2 if sparse else widest_gap(self.radius, self.solid_fraction, 2)
            object.__setattr__(self, "gap", max(widest, self.radius / 20))
        require_lengths("fibres", {"gap": self.gap})
        densest = densest_fraction(self.radius, self.gap, 2)
        if self.solid_fraction is not None and self.solid_fraction > densest:
            raise GeometryError(
                f"fibres: separate fibres with a gap of {micrometres(self.gap)} reach a solid_fraction of "
                f"about {densest:.2f}, not {self.solid_fraction:g}; make gap or solid_fraction smaller"
            )

    @property
    def feature_size(self) -> float:
        """Diameter of the fibres, or the least gap between separate ones [m]."""
        return 2 * self.radius if self.gap is None else min(2 * self.radius, self.gap)

    @property
    def solid_fraction_target(self) -> float | None:
        """The solid fraction, where it is given."""
        return self.solid_fraction

    @property
    def walls_need_flattening(self) -> bool:
        """Always."""
        return True

    def field(self, extent: np.ndarray) -> Field:
        """Distance to the fibres of this realisation in a box [0, extent] (3,) [m].

        Raises
        ------
        GeometryError
            The box cannot hold that many separate fibres, or one fibre is already too much.
        """
        extent = box_extent(extent)
        sequence = self._sequence(extent)
        advice = "make solid_fraction, count or gap smaller, or the box larger"
        if self.count is not None:
            lines = list(itertools.islice(sequence, self.count))
            if len(lines) < self.count:
                raise GeometryError(f"fibres: only {len(lines)} of {self.count} fibres fit; {advice}")
            return DistanceField(self._distance(lines, 0.0), _block(lines))
        points, spacing = sample_points(extent, self.radius / 4)
        lines = []

        def distances() -> Iterator[np.ndarray]:
            for line in sequence:
                lines.append(line)
                yield _axis_distances(points, [line])[0] - self.radius

        count = count_for_fraction(distances(), spacing, self.solid_fraction, "fibres", advice)
        lines = lines[:count]
        values = DistanceField(self._distance(lines, 0.0), _block(lines)).values(points)
        level = level_of_fraction(values, spacing, self.solid_fraction)
        return DistanceField(self._distance(lines, level), _block(lines))

    def _distance(self, lines: list[FibreLine], level: float):
        def distance(points: np.ndarray) -> np.ndarray:
            return round_union(_axis_distances(points, lines) - self.radius, self.fillet) - level

        return distance

    def _sequence(self, extent: np.ndarray) -> Iterator[FibreLine]:
        """Endless sequence of fibres that pass through the box; separate ones end when the box is full."""
        generator = np.random.default_rng(self.seed)
        if self.arrangement == "separate":
            axis = "xyz".index(self.axis)
            across = [direction for direction in range(3) if direction != axis]
            spacing = 2 * self.radius + self.gap
            lower, upper = np.full(2, -self.radius), extent[across] + self.radius
            for position in separate_points(generator, lower, upper, spacing):
                yield np.insert(position, axis, 0.0), np.eye(3)[axis]
            return
        reach = np.linalg.norm(extent) / 2 + math.sqrt(3) * self.radius
        while True:
            direction = self._direction(generator)
            first, second = _perpendicular(direction)
            angle = generator.uniform(0, 2 * math.pi)
            distance = reach * math.sqrt(generator.uniform())
            offset = distance * (math.cos(angle) * first + math.sin(angle) * second)
            if _passes(offset, direction, extent / 2 + self.radius):
                yield extent / 2 + offset, direction

    def _direction(self, generator: np.random.Generator) -> np.ndarray:
        if self.orientation == "random":
            direction = generator.normal(size=3)
            return direction / np.linalg.norm(direction)
        azimuth = generator.uniform(0, 2 * math.pi)
        angle = self.tilt * generator.normal()
        if self.orientation == "in_plane":
            flat = math.cos(angle)
            return np.array([flat * math.cos(azimuth), flat * math.sin(azimuth), math.sin(angle)])
        axis = "xyz".index(self.axis)
        direction = np.zeros(3)
        direction[axis] = math.cos(angle)
        direction[axis - 2] = math.sin(angle) * math.cos(azimuth)
        direction[axis - 1] = math.sin(angle) * math.sin(azimuth)
        return direction


def _axis_distances(points: np.ndarray, lines: list[FibreLine]) -> np.ndarray:
    """Distances of points (n, 3) to axes [m], shape (lines, n)."""
    directions = np.array([direction for _, direction in lines])
    origins = np.array([origin for origin, _ in lines])
    origins -= np.einsum("ij,ij->i", origins, directions)[:, None] * directions
    squares = np.einsum("ij,ij->i", points, points) - (directions @ points.T) ** 2
    squares -= 2 * (origins @ points.T)
    squares += np.einsum("ij,ij->i", origins, origins)[:, None]
    return np.sqrt(np.maximum(squares, 0.0, out=squares), out=squares)


def _block(lines: list[FibreLine]) -> int:
    """Points at once, so that their distances to all axes stay within some megabytes."""
    return max(1, 1_000_000 // len(lines))


def _perpendicular(direction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two unit vectors at right angles to a direction and to each other."""
    helper = np.eye(3)[np.argmin(np.abs(direction))]
    first = np.cross(direction, helper)
    first /= np.linalg.norm(first)
    return first, np.cross(direction, first)


def _passes(offset: np.ndarray, direction: np.ndarray, half: np.ndarray) -> bool:
    """Whether a line passes through the box [−half, half]."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.stack([(-half - offset) / direction, (half - offset) / direction])
    enters, leaves = np.nanmax(ends.min(axis=0)), np.nanmin(ends.max(axis=0))
    parallel = direction == 0
    return bool(enters <= leaves and np.all(np.abs(offset[parallel]) <= half[parallel]))
