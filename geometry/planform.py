"""Triangulated planforms: the plane figure that an extrusion drags along its axis."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np


@dataclasses.dataclass(frozen=True)
class Planform:
    """A conforming triangulation whose triangles play named roles.

    Attributes
    ----------
    points : (n, 2) float
        In-plane coordinates [µm].
    triangles : (m, 3) int
        Corners of every triangle.
    roles : (m,) int
        Role of every triangle, an index into ``role_names``.
    role_names : tuple of str
        For instance ``("gap", "anode", "cathode")``.
    """

    points: np.ndarray
    triangles: np.ndarray
    roles: np.ndarray
    role_names: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Rectangle:
    """An axis-parallel rectangle of a role, corners in micrometres."""

    role: str
    u0: float
    v0: float
    u1: float
    v1: float

    @property
    def area(self) -> float:
        """Area [µm²]."""
        return (self.u1 - self.u0) * (self.v1 - self.v0)


def strips(strip_ends: Sequence[tuple[str, np.ndarray]], v: np.ndarray) -> Planform:
    """Tensor-product planform: strips of a role side by side along u, each divided at its own points.

    Parameters
    ----------
    strip_ends
        Role and dividing points of each strip [µm], in the order of increasing u; neighbours share an end.
    v
        Dividing points across the strips [µm].
    """
    names = tuple(dict.fromkeys(role for role, _ in strip_ends))
    u = np.concatenate([strip_ends[0][1][:1], *(points[1:] for _, points in strip_ends)])
    role_of_column = np.concatenate(
        [np.full(len(points) - 1, names.index(role)) for role, points in strip_ends]
    )
    rows = len(v)
    i, j = (a.ravel() for a in np.meshgrid(np.arange(len(u) - 1), np.arange(rows - 1), indexing="ij"))
    low, right, up, far = i * rows + j, (i + 1) * rows + j, i * rows + j + 1, (i + 1) * rows + j + 1
    # Diagonals alternate, so that the pattern prefers no direction.
    rising = ((i + j) % 2 == 0)[:, None]
    one = np.where(rising, np.stack([low, right, far], 1), np.stack([low, right, up], 1))
    two = np.where(rising, np.stack([low, far, up], 1), np.stack([right, far, up], 1))
    points = np.stack([np.repeat(u, rows), np.tile(v, len(u))], axis=1)
    triangles = np.stack([one, two], axis=1).reshape(-1, 3)
    return Planform(points, triangles, np.repeat(role_of_column[i], 2), names)


def uniform_points(length: float, largest: float, minimum: int = 1) -> np.ndarray:
    """Equidistant points from 0 to ``length``, no farther apart than ``largest``."""
    return np.linspace(0.0, length, max(minimum, math.ceil(length / largest - 1e-9)) + 1)
