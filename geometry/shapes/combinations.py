"""Shapes made of shapes.

Near the surface, and away from the creases between parts, the combination of distances is again a distance.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import GeometryError
from ..parameters import Length, micrometres, require_lengths
from .field import CombinedField, Field, is_distance, round_union
from .primitives import Point
from .shape import Shape, require_number, vector


class Combination(Shape):
    """What all combinations share; their parts are held in ``of``, as one shape or as a tuple."""

    name: str
    of: Shape | tuple[Shape, ...]

    def __post_init__(self) -> None:
        if isinstance(self.of, list):
            object.__setattr__(self, "of", tuple(self.of))
        for part in self.parts:
            if not isinstance(part, Shape):
                raise GeometryError(f"{self.name}: {part!r} is not a shape")

    @property
    def parts(self) -> tuple[Shape, ...]:
        """The shapes it is made of."""
        return self.of if isinstance(self.of, tuple) else (self.of,)

    @property
    def feature_size(self) -> float:
        """The smallest of the parts [m]."""
        return min(part.feature_size for part in self.parts)

    @property
    def walls_need_flattening(self) -> bool:
        """Whether any part needs it."""
        return any(part.walls_need_flattening for part in self.parts)

    def files(self) -> tuple[Path, ...]:
        """Those of the parts."""
        return tuple(path for part in self.parts for path in part.files())

    def field(self, extent: np.ndarray) -> Field:
        """The parts' fields in a box [0, extent] (3,) [m], combined."""
        return CombinedField(tuple(part.field(extent) for part in self.parts), self._combine)

    def _combine(self, values: Sequence[np.ndarray]) -> np.ndarray:
        raise NotImplementedError


def _require_several(combination: Combination) -> None:
    if not isinstance(combination.of, tuple) or len(combination.of) < 2:
        raise GeometryError(f"{combination.name}: needs a list of at least two shapes")


@dataclasses.dataclass(frozen=True)
class Union(Combination):
    """What lies in any of the shapes.

    Parameters
    ----------
    of
        Two shapes or more.
    """

    of: tuple[Shape, ...]
    name = "union"

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_several(self)

    def _combine(self, values: Sequence[np.ndarray]) -> np.ndarray:
        return np.minimum.reduce(values)


@dataclasses.dataclass(frozen=True)
class Intersection(Combination):
    """What lies in all of the shapes.

    Parameters
    ----------
    of
        Two shapes or more.
    """

    of: tuple[Shape, ...]
    name = "intersection"

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_several(self)

    def _combine(self, values: Sequence[np.ndarray]) -> np.ndarray:
        return np.maximum.reduce(values)


@dataclasses.dataclass(frozen=True)
class Difference(Combination):
    """What lies in the first shape and in none of the others.

    Parameters
    ----------
    of
        Two shapes or more.
    """

    of: tuple[Shape, ...]
    name = "difference"

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_several(self)

    def _combine(self, values: Sequence[np.ndarray]) -> np.ndarray:
        first, *others = values
        return np.maximum(first, -np.minimum.reduce(others))


@dataclasses.dataclass(frozen=True)
class Complement(Combination):
    """Solid where the shape has pores, and pores where it is solid.

    Parameters
    ----------
    of
        The shape.
    """

    of: Shape
    name = "complement"

    @property
    def solid_fraction_target(self) -> float | None:
        """What the shape leaves, if it has a target itself."""
        target = self.of.solid_fraction_target
        return None if target is None else 1 - target

    def _combine(self, values: Sequence[np.ndarray]) -> np.ndarray:
        return -values[0]


@dataclasses.dataclass(frozen=True)
class Offset(Combination):
    """A shape grown or shrunk by a distance.

    Exact where the shape's field is a distance; random waves and minimal surfaces get that thickness in the
    mean and near the surface.

    Parameters
    ----------
    of
        The shape.
    by
        How far the surface moves outwards [m]; below 0 the solid shrinks.
    """

    of: Shape
    by: Length
    name = "offset"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number("offset", "by", self.by)
        if -self.by >= self.of.feature_size / 2:
            raise GeometryError(
                f"offset: shrinking by {micrometres(-self.by)} leaves nothing of parts that are "
                f"{micrometres(self.of.feature_size)} thick; bring by closer to 0"
            )

    def _combine(self, values: Sequence[np.ndarray]) -> np.ndarray:
        return values[0] - self.by


@dataclasses.dataclass(frozen=True)
class Blend(Combination):
    """Union with every crease between the shapes filled to a radius.

    Parameters
    ----------
    of
        Two shapes or more.
    radius
        Radius of the fillets [m], exact where surfaces meet at right angles.
    """

    of: tuple[Shape, ...]
    radius: Length
    name = "blend"

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_several(self)
        require_lengths("blend", {"radius": self.radius})

    def _combine(self, values: Sequence[np.ndarray]) -> np.ndarray:
        return round_union(np.stack(values), self.radius)


@dataclasses.dataclass(frozen=True)
class Place(Combination):
    """A shape moved.

    Shapes that depend on the box (fibres, random spheres, images) are made for the same box before they are
    moved; keep the shift small against the box, or they run out.

    Parameters
    ----------
    of
        The shape.
    at
        Where the shape's origin goes [m].
    """

    of: Shape
    at: Point
    name = "place"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "at", vector("place", "at", self.at))

    @property
    def solid_fraction_target(self) -> float | None:
        """That of the shape."""
        return self.of.solid_fraction_target

    @property
    def walls_need_flattening(self) -> bool:
        """Always: a moved lattice has its mirror planes elsewhere."""
        return True

    def field(self, extent: np.ndarray) -> Field:
        """The shape's field, moved."""
        return PlacedField(self.of.field(extent), np.array(self.at))


@dataclasses.dataclass(frozen=True)
class PlacedField:
    """A field moved by a vector (3,) [m]."""

    field: Field
    shift: np.ndarray

    @property
    def is_distance(self) -> bool:
        """Whether the field is one."""
        return is_distance(self.field)

    def values(self, points: np.ndarray) -> np.ndarray:
        """Field [m] at points (n, 3) [m]."""
        return self.field.values(np.asarray(points, dtype=float) - self.shift)

    def on_grid(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Field [m] on the grid of three coordinates [m]."""
        return self.field.on_grid(x - self.shift[0], y - self.shift[1], z - self.shift[2])
