"""Triangulated planforms: the plane figure that an extrusion drags along its axis; regular ones are made here."""

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
    kinds : (n,) int, optional
        Which points come before which where prisms are split; among equals the number decides.
    """

    points: np.ndarray
    triangles: np.ndarray
    roles: np.ndarray
    role_names: tuple[str, ...]
    kinds: np.ndarray | None = None


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
    # Diagonals alternate, so that no direction is preferred; each joins an even-even and an odd-odd point.
    rising = ((i + j) % 2 == 0)[:, None]
    one = np.where(rising, np.stack([low, right, far], 1), np.stack([low, right, up], 1))
    two = np.where(rising, np.stack([low, far, up], 1), np.stack([right, far, up], 1))
    points = np.stack([np.repeat(u, rows), np.tile(v, len(u))], axis=1)
    triangles = np.stack([one, two], axis=1).reshape(-1, 3)
    # Right-angled corners come between the others, which makes the split prisms free of obtuse angles.
    column, row = np.divmod(np.arange(len(points)), rows)
    return Planform(points, triangles, np.repeat(role_of_column[i], 2), names, column % 2 + row % 2)


def polar_strips(strip_ends: Sequence[tuple[str, np.ndarray]], angle: float, divisions: int) -> Planform:
    """Regular planform of concentric annuli, or of a sector of them, about the origin.

    Circles become polygons: areas are smaller than those of the circles by a factor sin(δ)/δ, with
    δ = angle/divisions.

    Parameters
    ----------
    strip_ends
        Role and dividing radii of each annulus [µm], in the order of increasing radius; they may begin at 0.
    angle
        Angle of the sector [rad], counted from the u axis; 2π for whole circles.
    divisions
        Number of equal parts of the angle.
    """
    grid = strips(strip_ends, np.linspace(0.0, angle, divisions + 1))
    radius, turn = grid.points.T
    whole = math.isclose(angle, 2 * math.pi, rel_tol=1e-12)
    if whole:
        turn = np.where(turn == angle, 0.0, turn)
    turn = np.where(radius == 0, 0.0, turn)
    _, kept, number = np.unique(
        np.stack([radius, turn], axis=1), axis=0, return_index=True, return_inverse=True
    )
    triangles = number.ravel()[grid.triangles]
    proper = np.all(triangles != np.roll(triangles, 1, axis=1), axis=1)
    points = np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)[kept]
    return Planform(points, triangles[proper], grid.roles[proper], grid.role_names, grid.kinds[kept])


def uniform_points(length: float, largest: float, minimum: int = 1) -> np.ndarray:
    """Equidistant points from 0 to ``length``, no farther apart than ``largest``."""
    return np.linspace(0.0, length, max(minimum, math.ceil(length / largest - 1e-9)) + 1)
