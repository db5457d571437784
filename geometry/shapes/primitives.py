"""Box, ball, cylinder and half space with exact signed distances: what constructions are made of."""

import dataclasses
import math

import numpy as np

from ..errors import GeometryError
from ..parameters import Length, require_lengths
from .field import DistanceField, Field
from .shape import Shape, Vector, box_extent, vector

Point = tuple[Length, Length, Length]


@dataclasses.dataclass(frozen=True)
class Box(Shape):
    """A solid cuboid along the axes.

    Parameters
    ----------
    corner
        Corner with the smallest coordinates [m].
    size
        Lengths along x, y and z [m].
    """

    corner: Point
    size: Point

    def __post_init__(self) -> None:
        for name in ("corner", "size"):
            object.__setattr__(self, name, vector("box", name, getattr(self, name)))
        require_lengths("box", dict(zip(("size x", "size y", "size z"), self.size, strict=True)))

    @property
    def feature_size(self) -> float:
        """Shortest edge [m]."""
        return min(self.size)

    def field(self, extent: np.ndarray) -> Field:
        """Distance to the cuboid."""
        box_extent(extent)
        return DistanceField(self._distance)

    def _distance(self, points: np.ndarray) -> np.ndarray:
        half = np.array(self.size) / 2
        beyond = np.abs(points - self.corner - half) - half
        outside = np.linalg.norm(np.maximum(beyond, 0.0), axis=1)
        return outside + np.minimum(beyond.max(axis=1), 0.0)


@dataclasses.dataclass(frozen=True)
class Ball(Shape):
    """A solid ball.

    Parameters
    ----------
    centre
        Its middle [m].
    radius
        Its radius [m].
    """

    centre: Point
    radius: Length

    def __post_init__(self) -> None:
        object.__setattr__(self, "centre", vector("ball", "centre", self.centre))
        require_lengths("ball", {"radius": self.radius})

    @property
    def feature_size(self) -> float:
        """The diameter [m]."""
        return 2 * self.radius

    @property
    def walls_need_flattening(self) -> bool:
        """Always: where it reaches a wall it meets it at any angle."""
        return True

    def field(self, extent: np.ndarray) -> Field:
        """Distance to the ball."""
        box_extent(extent)
        return DistanceField(lambda points: np.linalg.norm(points - self.centre, axis=1) - self.radius)


@dataclasses.dataclass(frozen=True)
class Cylinder(Shape):
    """A solid round cylinder with flat ends.

    Parameters
    ----------
    start, end
        Middles of its ends [m].
    radius
        Its radius [m].
    """

    start: Point
    end: Point
    radius: Length

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            object.__setattr__(self, name, vector("cylinder", name, getattr(self, name)))
        require_lengths("cylinder", {"radius": self.radius})
        if self.start == self.end:
            raise GeometryError(f"cylinder: start and end are the same point {list(self.start)}")

    @property
    def _length(self) -> float:
        return math.dist(self.start, self.end)

    @property
    def feature_size(self) -> float:
        """Diameter or length [m]."""
        return min(2 * self.radius, self._length)

    @property
    def walls_need_flattening(self) -> bool:
        """Whether it lies askew to the axes."""
        return np.count_nonzero(np.subtract(self.end, self.start)) > 1

    def field(self, extent: np.ndarray) -> Field:
        """Distance to the cylinder."""
        box_extent(extent)
        return DistanceField(self._distance)

    def _distance(self, points: np.ndarray) -> np.ndarray:
        direction = np.subtract(self.end, self.start) / self._length
        offset = points - self.start
        along = offset @ direction
        across = np.linalg.norm(offset - along[:, None] * direction, axis=1)
        side, cap = across - self.radius, np.abs(along - self._length / 2) - self._length / 2
        outside = np.hypot(np.maximum(side, 0.0), np.maximum(cap, 0.0))
        return outside + np.minimum(np.maximum(side, cap), 0.0)


@dataclasses.dataclass(frozen=True)
class HalfSpace(Shape):
    """All that lies behind a plane.

    Parameters
    ----------
    point
        A point of the plane [m].
    normal
        Direction out of the solid; its length does not matter.
    """

    point: Point
    normal: Vector

    def __post_init__(self) -> None:
        for name in ("point", "normal"):
            object.__setattr__(self, name, vector("half_space", name, getattr(self, name)))
        if not any(self.normal):
            raise GeometryError("half_space: normal must not be [0, 0, 0]")

    @property
    def feature_size(self) -> float:
        """Infinite."""
        return math.inf

    @property
    def walls_need_flattening(self) -> bool:
        """Whether the plane lies askew to the axes."""
        return np.count_nonzero(self.normal) > 1

    def field(self, extent: np.ndarray) -> Field:
        """Distance to the plane."""
        box_extent(extent)
        normal = np.array(self.normal) / math.hypot(*self.normal)
        return DistanceField(lambda points: (points - self.point) @ normal)
