"""Straight round channels through a block, and round pillars on a plane.

Square arrays have their axes at the middles of squares: walls at multiples of half a pitch are mirror planes.
Hexagonal arrays have an axis at the origin, and mirror planes at multiples of pitch/2 in the first direction
across the axes and of √3/2 pitch in the second.
"""

import dataclasses
import math
from typing import Literal

import numpy as np

from ..errors import GeometryError
from ..parameters import Length, micrometres, require_lengths
from .field import DistanceField, Field
from .shape import TANGENCY_MARGIN, Shape, box_extent, require_choice

Arrangement = Literal["square", "hexagonal"]
Axis = Literal["x", "y", "z"]


@dataclasses.dataclass(frozen=True)
class Channels(Shape):
    """Round channels through a solid block.

    Parameters
    ----------
    radius
        Radius of the channels [m].
    pitch
        Distance of neighbouring axes [m].
    arrangement
        "square" or "hexagonal".
    axis
        Direction of the channels.  For y, the first direction across them is z.
    """

    radius: Length
    pitch: Length
    arrangement: Arrangement = "square"
    axis: Axis = "z"

    def __post_init__(self) -> None:
        require_lengths("channels", {"radius": self.radius, "pitch": self.pitch})
        require_choice("channels", "arrangement", self.arrangement, Arrangement)
        require_choice("channels", "axis", self.axis, Axis)
        _require_apart("channels", self.radius, self.pitch)

    @property
    def feature_size(self) -> float:
        """Diameter of the channels, or the wall between them [m]."""
        return min(2 * self.radius, self.pitch - 2 * self.radius)

    def field(self, extent: np.ndarray) -> Field:
        """Distance to the channels' walls; it does not depend on the box."""
        box_extent(extent)
        return DistanceField(self._distance)

    def _distance(self, points: np.ndarray) -> np.ndarray:
        axis = "xyz".index(self.axis)
        first, second = points[:, axis - 2], points[:, axis - 1]
        return self.radius - _axis_distance(first, second, self.pitch, self.arrangement)


@dataclasses.dataclass(frozen=True)
class Pillars(Shape):
    """Round pillars that stand on the plane z = 0.

    Parameters
    ----------
    radius
        Radius of the pillars [m].
    pitch
        Distance of neighbouring axes [m].
    height
        Height of the pillars [m]; through the whole box unless given.
    arrangement
        "square" or "hexagonal".
    fillet
        Radius to which the crease between pillar and ground is filled [m].
    """

    radius: Length
    pitch: Length
    height: Length | None = None
    arrangement: Arrangement = "square"
    fillet: Length = 0.0

    def __post_init__(self) -> None:
        require_lengths("pillars", {"radius": self.radius, "pitch": self.pitch})
        require_lengths("pillars", {"fillet": self.fillet}, zero_allowed=True)
        if self.height is not None:
            require_lengths("pillars", {"height": self.height})
        require_choice("pillars", "arrangement", self.arrangement, Arrangement)
        _require_apart("pillars", self.radius, self.pitch)
        room = self.pitch / 2 - self.radius
        if self.fillet > (1 - TANGENCY_MARGIN) * room:
            raise GeometryError(
                f"pillars: fillets of {micrometres(self.fillet)} meet between the pillars; make fillet "
                f"smaller than {micrometres((1 - TANGENCY_MARGIN) * room)} or pitch larger"
            )
        if self.height is not None and self.fillet > self.height:
            raise GeometryError(
                f"pillars: a fillet of {micrometres(self.fillet)} is higher than the pillars "
                f"({micrometres(self.height)}); make fillet smaller"
            )

    @property
    def feature_size(self) -> float:
        """Diameter or height of the pillars, or the pore between them [m]."""
        sizes = [2 * self.radius, self.pitch - 2 * self.radius]
        return min(sizes if self.height is None else [*sizes, self.height])

    def field(self, extent: np.ndarray) -> Field:
        """Distance to the pillars in a box [0, extent] (3,) [m]."""
        height = math.inf if self.height is None else self.height
        # Pillars as high as the box end at its top, which is a plane of the mesh anyway.
        if height >= box_extent(extent)[2] * (1 - 1e-9):
            height = math.inf

        def distance(points: np.ndarray) -> np.ndarray:
            side = _axis_distance(points[:, 0], points[:, 1], self.pitch, self.arrangement) - self.radius
            return self._profile(side, points[:, 2], height)

        return DistanceField(distance)

    def _profile(self, side: np.ndarray, z: np.ndarray, height: float) -> np.ndarray:
        """Distance [m] from the distance to the side of an endless pillar and the height above ground [m]."""
        values = side
        if height < math.inf:
            top = z - height
            outside = np.hypot(np.maximum(side, 0.0), np.maximum(top, 0.0))
            values = np.where((side > 0) & (top > 0), outside, np.maximum(side, top))
        if self.fillet > 0:
            # Beyond the fillet, the ground itself does not count: only the fillet's rim is near.
            rim = np.hypot(side - self.fillet, z)
            values = np.where(side >= self.fillet, np.minimum(values, rim), values)
            foot = self.fillet - np.hypot(self.fillet - side, self.fillet - z)
            values = np.where((side < self.fillet) & (z < self.fillet), foot, values)
        return values


def _require_apart(owner: str, radius: float, pitch: float) -> None:
    if pitch - 2 * radius < TANGENCY_MARGIN * pitch:
        raise GeometryError(
            f"{owner}: {owner} of radius {micrometres(radius)} at a pitch of {micrometres(pitch)} touch; "
            f"make pitch larger than {micrometres(2 * radius / (1 - TANGENCY_MARGIN))} or radius smaller"
        )


def _axis_distance(
    first: np.ndarray, second: np.ndarray, pitch: float, arrangement: Arrangement
) -> np.ndarray:
    """Distance [m] to the nearest axis, from coordinates across the axes [m]."""
    if arrangement == "square":
        return np.hypot(
            first - pitch * (np.floor(first / pitch) + 0.5), second - pitch * (np.floor(second / pitch) + 0.5)
        )
    row = math.sqrt(3) * pitch
    first = np.abs(first - pitch * np.rint(first / pitch))
    second = np.abs(second - row * np.rint(second / row))
    return np.minimum(np.hypot(first, second), np.hypot(first - pitch / 2, second - row / 2))
