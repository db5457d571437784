"""Scalar fields of shapes: signed distance near the surface, negative in the solid."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

import numpy as np

BLOCK = 65_536
"""Points evaluated at once, so that intermediate arrays stay in the megabytes."""


class Field(Protocol):
    """A shape's scalar field in a box that starts at the origin."""

    def values(self, points: np.ndarray) -> np.ndarray:
        """Field [m] at points (n, 3) [m]; shape (n,)."""

    def on_grid(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Field [m] on the grid of three increasing coordinates [m]; shape (nx, ny, nz)."""


@dataclasses.dataclass(frozen=True)
class DistanceField:
    """A field given by a function of points (n, 3) [m].

    Parameters
    ----------
    distance
        Signed distance [m], negative in the solid; gets an array (n, 3), returns one of shape (n,).
    block
        Number of points handed to it at once.
    """

    distance: Callable[[np.ndarray], np.ndarray]
    block: int = BLOCK
    is_distance: ClassVar[bool] = True

    def values(self, points: np.ndarray) -> np.ndarray:
        """Field [m] at points (n, 3) [m]."""
        points = np.asarray(points, dtype=float)
        values = np.empty(len(points))
        for start in range(0, len(points), self.block):
            part = slice(start, start + self.block)
            values[part] = self.distance(points[part])
        return values

    def on_grid(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Field [m] on the grid of three coordinates [m]."""
        values = np.empty((len(x), len(y), len(z)))
        points = np.empty((len(y), len(z), 3))
        points[..., 1] = np.asarray(y)[:, None]
        points[..., 2] = z
        for plane, position in zip(values, x, strict=True):
            points[..., 0] = position
            plane[...] = self.values(points.reshape(-1, 3)).reshape(plane.shape)
        return values


@dataclasses.dataclass(frozen=True)
class CombinedField:
    """A field made of the values of other fields.

    Parameters
    ----------
    parts
        The fields it is made of.
    combine
        Gets the parts' values [m], arrays of one shape; returns the combination's.
    """

    parts: tuple[Field, ...]
    combine: Callable[[Sequence[np.ndarray]], np.ndarray]

    @property
    def is_distance(self) -> bool:
        """Whether all its parts are distances."""
        return all(is_distance(part) for part in self.parts)

    def values(self, points: np.ndarray) -> np.ndarray:
        """Field [m] at points (n, 3) [m]."""
        return self.combine([part.values(points) for part in self.parts])

    def on_grid(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Field [m] on the grid of three coordinates [m]."""
        return self.combine([part.on_grid(x, y, z) for part in self.parts])


def is_distance(field: Field) -> bool:
    """Whether a field is the distance to its surface everywhere, and not near it alone."""
    return getattr(field, "is_distance", False)


def has_edges(field: Field) -> bool:
    """Whether a field may have sharp edges: distances may, and what is made of other fields."""
    return is_distance(field) or isinstance(field, CombinedField)


def midpoints(extent: np.ndarray, spacing: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coordinates [m] of the middles of nearly cubic voxels of about ``spacing`` [m] that fill the box."""
    counts = [max(1, round(length / spacing)) for length in extent]
    x, y, z = (
        (np.arange(count) + 0.5) * length / count for count, length in zip(counts, extent, strict=True)
    )
    return x, y, z


def covered(values: np.ndarray, spacing: float, level: float = 0.0) -> float:
    """Part of equal voxels that lies below a level, counting voxels near the surface in part.

    The step from 1 to 0 is spread over a voxel on either side as ½ + t(3/2 − |t|).  That is exact for planes
    along the grid, and has no second moment: curvature and uneven slopes add no error of second order.

    Parameters
    ----------
    values
        Field at the voxels' middles [m].
    spacing
        Edge of a voxel [m]; 0 counts whole voxels.
    level
        Level of the surface [m].
    """
    if spacing == 0:
        return float(np.mean(values < level))
    depth = np.clip((level - values) / spacing, -1.0, 1.0)
    return float(0.5 + np.mean(depth * (1.5 - np.abs(depth))))


def fraction(field: Field, extent: np.ndarray, samples: int = 128) -> float:
    """Solid fraction of the box [0, extent], measured with ``samples`` voxels along its longest edge."""
    spacing = max(extent) / samples
    return covered(field.on_grid(*midpoints(extent, spacing)), spacing)


def level_of_fraction(values: np.ndarray, spacing: float, target: float) -> float:
    """Level [m] below which ``covered`` finds the fraction ``target`` of the voxels; by bisection."""
    low, high = values.min() - spacing, values.max() + spacing
    for _ in range(60):
        middle = (low + high) / 2
        if covered(values, spacing, middle) < target:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def round_union(distances: np.ndarray, radius: float) -> np.ndarray:
    """Union of bodies with every crease between them filled to the given radius.

    With distances ``d_j`` the value is ``max(R, min d_j) − ‖max(R − d_j, 0)‖``.  Where two surfaces meet at a
    right angle this is the circular fillet of radius R, and it is still a distance; surfaces further apart
    than R are left alone.  The order of the bodies does not matter.

    Parameters
    ----------
    distances
        Signed distances [m], shape (bodies, …).
    radius
        Radius R of the fillets [m]; 0: the sharp union.

    Returns
    -------
    numpy.ndarray, shape (…)
    """
    nearest = distances.min(axis=0)
    if radius == 0:
        return nearest
    reach = np.sqrt(np.sum(np.maximum(radius - distances, 0.0) ** 2, axis=0))
    return np.maximum(nearest, radius) - reach
