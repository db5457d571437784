"""Triply periodic minimal surfaces in their nodal approximation: gyroid, Schwarz P and Schwarz D.

With X = 2πx/period etc. the nodal functions are

    gyroid      f = sin X cos Y + sin Y cos Z + sin Z cos X
    Schwarz P   f = cos X + cos Y + cos Z
    Schwarz D   f = sin X sin Y sin Z + sin X cos Y cos Z + cos X sin Y cos Z + cos X cos Y sin Z

The solid is f < c (network) or |f| < c (sheet).  F = f − c is turned into a length by

    F / sqrt(|∇f|² + (kF)²),   k = 2π/period,

which has slope 1 at the surface and is smooth where ∇f = 0; for a plane wave it is sin(kx)/k.
Source: P. J. F. Gandy, S. Bardhan, A. L. Mackay, J. Klinowski, Chem. Phys. Lett. 336, 187 (2001),
10.1016/S0009-2614(00)01418-4.
"""

import dataclasses
import functools
import math
from collections.abc import Callable
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from ..errors import GeometryError
from ..parameters import Length, require_lengths
from .field import Field
from .shape import Shape, box_extent, require_choice, require_fraction

Kind = Literal["network", "sheet"]
Nodal = tuple[np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]


def _gyroid(sines: list[np.ndarray], cosines: list[np.ndarray]) -> Nodal:
    (sx, sy, sz), (cx, cy, cz) = sines, cosines
    value = sx * cy + sy * cz + sz * cx
    return value, (cx * cy - sz * sx, cy * cz - sx * sy, cz * cx - sy * sz)


def _schwarz_p(sines: list[np.ndarray], cosines: list[np.ndarray]) -> Nodal:
    return cosines[0] + cosines[1] + cosines[2], (-sines[0], -sines[1], -sines[2])


def _schwarz_d(sines: list[np.ndarray], cosines: list[np.ndarray]) -> Nodal:
    (sx, sy, sz), (cx, cy, cz) = sines, cosines
    value = sx * (sy * sz + cy * cz) + cx * (sy * cz + cy * sz)
    return value, (
        cx * (sy * sz + cy * cz) - sx * (sy * cz + cy * sz),
        sx * (cy * sz - sy * cz) + cx * (cy * cz - sy * sz),
        sx * (sy * cz - cy * sz) + cx * (cy * cz - sy * sz),
    )


class Family(NamedTuple):
    """A nodal function.

    Attributes
    ----------
    nodal
        Value and gradient from sines and cosines of X, Y, Z.
    pinch
        Level at whose magnitude the network falls apart (the saddles of f).
    neck
        Radius of the narrowest neck over period·sqrt(distance of the level from the pinch); measured.
    """

    nodal: Callable[[list[np.ndarray], list[np.ndarray]], Nodal]
    pinch: float
    neck: float


FAMILIES = {
    "gyroid": Family(_gyroid, math.sqrt(2), 0.16),
    "schwarz_p": Family(_schwarz_p, 1.0, 0.21),
    "schwarz_d": Family(_schwarz_d, 1.0, 0.13),
}


@dataclasses.dataclass(frozen=True)
class MinimalSurface(Shape):
    """What gyroid, Schwarz P and Schwarz D share.

    Parameters
    ----------
    period
        Edge of the cubic cell [m].
    solid_fraction
        Volume fraction of the solid over whole periods.
    kind
        "network": the solid is one of the two labyrinths.  "sheet": the solid is a shell round the surface
        between two labyrinths of pores.
    """

    period: Length
    solid_fraction: float
    kind: Kind = "network"

    family: ClassVar[str]

    def __post_init__(self) -> None:
        require_lengths(self.family, {"period": self.period})
        require_fraction(self.family, "solid_fraction", self.solid_fraction)
        require_choice(self.family, "kind", self.kind, Kind)
        lowest, highest = self._fractions_in_one_piece()
        if not lowest < self.solid_fraction < highest:
            piece = "solid" if self.solid_fraction <= lowest else "pore space"
            raise GeometryError(
                f"{self.family}: solid_fraction {self.solid_fraction:g} breaks the {piece} of a {self.kind} "
                f"into pieces; choose solid_fraction between {lowest:.3f} and {highest:.3f}"
            )

    def _fractions_in_one_piece(self) -> tuple[float, float]:
        """Solid fractions between which both phases are connected, with 2 % of the level as a margin."""
        level = 0.98 * FAMILIES[self.family].pinch
        values = _sorted_values(self.family, self.kind)
        lowest = 0.0 if self.kind == "sheet" else np.searchsorted(values, -level) / values.size
        return float(lowest), float(np.searchsorted(values, level) / values.size)

    @property
    def level(self) -> float:
        """Level c of the nodal function: the quantile of f (or |f|) over one period."""
        return float(np.quantile(_sorted_values(self.family, self.kind), self.solid_fraction))

    @property
    def feature_size(self) -> float:
        """Diameter of the narrowest neck of either phase, or the sheet's thinnest part [m]; within 25 %."""
        _, pinch, neck = FAMILIES[self.family]
        pore = 2 * neck * self.period * math.sqrt(pinch - self.level)
        if self.kind == "network":
            return min(pore, 2 * neck * self.period * math.sqrt(pinch + self.level))
        steepest = 2 * math.pi / self.period * math.sqrt(3)
        return min(pore, 2 * self.level / steepest)

    @property
    def solid_fraction_target(self) -> float:
        """The solid fraction."""
        return self.solid_fraction

    @property
    def walls_need_flattening(self) -> bool:
        """True, but for Schwarz P, whose mirror planes are the multiples of half a period."""
        return self.family != "schwarz_p"

    def field(self, extent: np.ndarray) -> Field:
        """Nodal field, anchored at the origin; it does not depend on the box."""
        box_extent(extent)
        return NodalField(FAMILIES[self.family], 2 * math.pi / self.period, self.level, self.kind == "sheet")


@dataclasses.dataclass(frozen=True)
class Gyroid(MinimalSurface):
    __doc__ = MinimalSurface.__doc__.replace("What gyroid, Schwarz P and Schwarz D share.", "Gyroid.")
    family: ClassVar[str] = "gyroid"


@dataclasses.dataclass(frozen=True)
class SchwarzP(MinimalSurface):
    __doc__ = MinimalSurface.__doc__.replace("What gyroid, Schwarz P and Schwarz D share.", "Schwarz P.")
    family: ClassVar[str] = "schwarz_p"


@dataclasses.dataclass(frozen=True)
class SchwarzD(MinimalSurface):
    __doc__ = MinimalSurface.__doc__.replace("What gyroid, Schwarz P and Schwarz D share.", "Schwarz D.")
    family: ClassVar[str] = "schwarz_d"


@dataclasses.dataclass(frozen=True)
class NodalField:
    """Nodal function less its level, as a length with slope 1 at the surface.

    Parameters
    ----------
    family
        The nodal function.
    wave_number
        2π/period [1/m].
    level
        c.
    sheet
        Whether |f| is meant in place of f.
    """

    family: Family
    wave_number: float
    level: float
    sheet: bool

    def values(self, points: np.ndarray) -> np.ndarray:
        """Field [m] at points (n, 3) [m]."""
        return self._lengths(list(self.wave_number * np.asarray(points, dtype=float).T))

    def on_grid(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Field [m] on a grid: sines and cosines are needed along the axes only."""
        return self._lengths([self.wave_number * axis for axis in np.ix_(x, y, z)])

    def _lengths(self, angles: list[np.ndarray]) -> np.ndarray:
        value, gradient = self.family.nodal([np.sin(a) for a in angles], [np.cos(a) for a in angles])
        excess = (np.abs(value) if self.sheet else value) - self.level
        slope = np.sqrt(gradient[0] ** 2 + gradient[1] ** 2 + gradient[2] ** 2 + excess**2)
        return excess / (self.wave_number * slope)


@functools.lru_cache(maxsize=6)
def _sorted_values(family: str, kind: Kind) -> np.ndarray:
    """Sorted values of f (or |f|) at the middles of 96³ voxels of one period."""
    # An offset off every symmetry plane, so that no values coincide.
    offsets = (0.137, 0.291, 0.419)
    angles = np.ix_(*((np.arange(96) + offset) * 2 * math.pi / 96 for offset in offsets))
    value, _ = FAMILIES[family].nodal([np.sin(a) for a in angles], [np.cos(a) for a in angles])
    values = np.sort((np.abs(value) if kind == "sheet" else value), axis=None)
    values.flags.writeable = False
    return values
