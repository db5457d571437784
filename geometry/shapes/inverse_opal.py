"""Inverse opals: the replica of a close packing of spheres."""

import dataclasses
import math

import numpy as np

from ..errors import GeometryError
from ..parameters import Length, require_lengths
from .field import DistanceField, Field
from .shape import Shape, box_extent, require_number


@dataclasses.dataclass(frozen=True)
class InverseOpal(Shape):
    """What is left between overlapping spherical voids in fcc order.

    Parameters
    ----------
    diameter
        Diameter of the voids [m].
    overlap
        Diameter over the distance of neighbouring centres: above 1, where windows open between the voids,
        and below 2/√3 = 1.155, where the solid falls apart.
    """

    diameter: Length
    overlap: float = 1.06

    def __post_init__(self) -> None:
        require_lengths("inverse_opal", {"diameter": self.diameter})
        require_number("inverse_opal", "overlap", self.overlap)
        if self.overlap < 1.005:
            raise GeometryError(
                f"inverse_opal: at an overlap of {self.overlap:g} the voids are closed; make it 1.005 or more"
            )
        if self.overlap > 1.14:
            raise GeometryError(
                f"inverse_opal: at an overlap of {self.overlap:g} the solid falls apart; make it at most 1.14"
            )

    @property
    def cell(self) -> float:
        """Edge of the cubic cell, which holds four voids [m]; mirror planes lie at multiples of its half."""
        return math.sqrt(2) * self.diameter / self.overlap

    @property
    def feature_size(self) -> float:
        """Diameter of the windows, or of the necks of solid between three voids [m]."""
        distance = self.diameter / self.overlap
        window = math.sqrt(self.diameter**2 - distance**2)
        return min(window, 2 * distance / math.sqrt(3) - self.diameter)

    def field(self, extent: np.ndarray) -> Field:
        """Distance to the voids; it does not depend on the box."""
        box_extent(extent)
        return DistanceField(self._distance)

    def _distance(self, points: np.ndarray) -> np.ndarray:
        folded = np.abs(points - self.cell * np.rint(points / self.cell))
        centres = self.cell / 2 * np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]])
        nearest = np.min([np.linalg.norm(folded - centre, axis=1) for centre in centres], axis=0)
        return self.diameter / 2 - nearest
