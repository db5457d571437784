"""Lattices of round struts.

The struts of simple cubic, bcc, fcc and octet lattices lie on straight lines through the whole lattice, so
that a point's distance to the lattice is that to the nearest of a few lines.  Every lattice has mirror planes
at the multiples of half a cell: the corner of the box is a node.
"""

import dataclasses
import math
from typing import ClassVar

import numpy as np

from ..errors import GeometryError
from ..parameters import Length, micrometres, require_lengths
from .field import DistanceField, Field, round_union
from .shape import Shape, box_extent

Line = tuple[tuple[float, float, float], tuple[int, int, int]]

_CORNER = (0.0, 0.0, 0.0)
_CENTRE = (0.5, 0.5, 0.5)
_FACES = ((0.0, 0.5, 0.5), (0.5, 0.0, 0.5), (0.5, 0.5, 0.0))

# Lines (a point on it in cells, its direction) that come nearest to some point of the octant [0, 1/2]³.
_SIMPLE_CUBIC: tuple[Line, ...] = ((_CORNER, (1, 0, 0)), (_CORNER, (0, 1, 0)), (_CORNER, (0, 0, 1)))
_BCC: tuple[Line, ...] = (
    *((_CORNER, direction) for direction in ((1, 1, 1), (1, 1, -1), (1, -1, 1), (-1, 1, 1))),
    *((_CENTRE, direction) for direction in ((1, 1, -1), (1, -1, 1), (-1, 1, 1))),
)
_FALLING = ((0, 1, -1), (1, 0, -1), (1, -1, 0))
_RISING = ((0, 1, 1), (1, 0, 1), (1, 1, 0))
_FCC: tuple[Line, ...] = (
    *((_CORNER, direction) for direction in (*_FALLING, *_RISING)),
    *zip(_FACES, _FALLING, strict=True),
)
_OCTET: tuple[Line, ...] = (
    *_FCC,
    *((_FACES[(normal + 1) % 3], _FALLING[normal]) for normal in range(3)),
    *((face, _RISING[normal]) for normal in range(3) for index, face in enumerate(_FACES) if index != normal),
)


@dataclasses.dataclass(frozen=True)
class StrutLattice(Shape):
    """Round struts along the lines of a cubic lattice.

    Parameters
    ----------
    cell
        Edge of the cubic cell [m].
    radius
        Radius of the struts [m].
    fillet
        Radius to which the creases between struts are filled [m].
    """

    cell: Length
    radius: Length
    fillet: Length = 0.0

    name: ClassVar[str]
    lines: ClassVar[tuple[Line, ...]]
    window: ClassVar[float]
    """Distance from a strut's axis to the middle of the narrowest opening between struts, in cells."""

    def __post_init__(self) -> None:
        require_lengths(self.name, {"cell": self.cell, "radius": self.radius})
        require_lengths(self.name, {"fillet": self.fillet}, zero_allowed=True)
        room = self.window * self.cell - self.radius
        if room < 0.02 * self.cell:
            raise GeometryError(
                f"{self.name}: struts of radius {micrometres(self.radius)} close the openings between them; "
                f"make radius smaller than {micrometres((self.window - 0.02) * self.cell)} or cell larger"
            )
        if self.fillet > room:
            raise GeometryError(
                f"{self.name}: a fillet of {micrometres(self.fillet)} fills the openings between the struts; "
                f"make it smaller than {micrometres(room)}, or radius smaller"
            )

    @property
    def feature_size(self) -> float:
        """Diameter of the struts or of the narrowest opening between them [m]."""
        return 2 * min(self.radius, self.window * self.cell - self.radius)

    def field(self, extent: np.ndarray) -> Field:
        """Distance to the struts; it does not depend on the box."""
        box_extent(extent)
        return DistanceField(self._distance)

    def _distance(self, points: np.ndarray) -> np.ndarray:
        # Mirror planes at every half cell bring each point into one octant of the cell.
        folded = np.abs(points - self.cell * np.rint(points / self.cell))
        distances = np.empty((len(self.lines), len(points)))
        for distance, (anchor, direction) in zip(distances, self.lines, strict=True):
            offset = folded - np.multiply(anchor, self.cell)
            along = offset @ (np.array(direction) / math.sqrt(np.dot(direction, direction)))
            across = np.einsum("ij,ij->i", offset, offset) - along**2
            np.sqrt(np.maximum(across, 0.0), out=distance)
        distances -= self.radius
        return round_union(distances, self.fillet)


def _described(title: str) -> str:
    return StrutLattice.__doc__.replace("Round struts along the lines of a cubic lattice.", title)


@dataclasses.dataclass(frozen=True)
class SimpleCubic(StrutLattice):
    __doc__ = _described("Struts along the edges of cubes.")
    name: ClassVar[str] = "simple_cubic"
    lines: ClassVar[tuple[Line, ...]] = _SIMPLE_CUBIC
    window: ClassVar[float] = 1 / 2


@dataclasses.dataclass(frozen=True)
class Bcc(StrutLattice):
    __doc__ = _described("Struts from the corners of cubes to their centres.")
    name: ClassVar[str] = "bcc"
    lines: ClassVar[tuple[Line, ...]] = _BCC
    window: ClassVar[float] = 1 / math.sqrt(8)


@dataclasses.dataclass(frozen=True)
class Fcc(StrutLattice):
    __doc__ = _described("Struts along the diagonals of the faces of cubes.")
    name: ClassVar[str] = "fcc"
    lines: ClassVar[tuple[Line, ...]] = _FCC
    window: ClassVar[float] = 1 / math.sqrt(12)


@dataclasses.dataclass(frozen=True)
class Octet(StrutLattice):
    __doc__ = _described("Face diagonals of cubes, and the octahedra between the centres of their faces.")
    name: ClassVar[str] = "octet"
    lines: ClassVar[tuple[Line, ...]] = _OCTET
    window: ClassVar[float] = 1 / math.sqrt(24)
