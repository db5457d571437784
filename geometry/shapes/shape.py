"""What every shape offers, and the checks that shapes share."""

import math
from collections.abc import Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any, get_args

import numpy as np

from ..checksums import files_digest
from ..errors import GeometryError
from .field import Field

Vector = tuple[float, float, float]

TANGENCY_MARGIN = 0.02
"""How far surfaces stay from touching, relative to the distance of axes or centres: tangents ruin meshes."""

CELLS_PER_FEATURE = 5.0
"""Default cells across the thinnest solid or pore feature."""


class Shape:
    """A porous solid described by a frozen dataclass of SI parameters, validated when made."""

    def field(self, extent: np.ndarray) -> Field:
        """Scalar field in the box [0, extent] (3,) [m]; the same parameters and box give the same field."""
        raise NotImplementedError

    @property
    def feature_size(self) -> float:
        """Thickness of the thinnest part of solid or pore that a mesh must resolve [m]."""
        raise NotImplementedError

    @property
    def cell_size(self) -> float:
        """Size of cells at the surface that resolves the shape well, and the default [m]."""
        return self.feature_size / CELLS_PER_FEATURE

    @property
    def solids(self) -> tuple[str, ...]:
        """Names of its solid phases."""
        return ("solid",)

    def solid_fields(self, extent: np.ndarray) -> tuple[Field, ...]:
        """Fields in the box [0, extent] (3,) [m], each negative in one of the solid phases after the first."""
        return ()

    def solid_shares(self, extent: np.ndarray, solid: float) -> dict[str, float]:
        """Fractions of the box [0, extent] (3,) [m] of the solid phases, which add up to that of the solid."""
        return {self.solids[0]: solid}

    @property
    def solid_fraction_target(self) -> float | None:
        """Fraction that the connected solid shall have; None: the zero level is meant as it is."""
        return None

    @property
    def walls_need_flattening(self) -> bool:
        """Whether the surface meets the walls of the box at any angle."""
        return False

    @property
    def must_percolate(self) -> bool:
        """Whether solid and pores are a network only if both join the two ends of the layer."""
        return False

    def files(self) -> tuple[Path, ...]:
        """Files whose content shapes the field."""
        return ()

    def content(self) -> str | None:
        """Digest of the content of all files; None if there is none."""
        return files_digest(self.files())


def require_number(owner: str, name: str, value: Any) -> None:
    """Raise GeometryError unless the value is a finite number."""
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise GeometryError(f"{owner}: {name} must be a finite number, not {value!r}")


def require_fraction(owner: str, name: str, value: Any) -> None:
    """Raise GeometryError unless the value lies between 0 and 1, both excluded."""
    require_number(owner, name, value)
    if not 0 < value < 1:
        raise GeometryError(f"{owner}: {name} must lie between 0 and 1 (both excluded), not {value:g}")


def require_choice(owner: str, name: str, value: Any, allowed: Any) -> None:
    """Raise GeometryError unless the value is among those of a Literal type."""
    if value not in get_args(allowed):
        raise GeometryError(f"{owner}: {name} must be one of {', '.join(get_args(allowed))}, not {value!r}")


def require_whole(owner: str, name: str, value: Any, minimum: int) -> None:
    """Raise GeometryError unless the value is a whole number of at least ``minimum``."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < minimum:
        raise GeometryError(f"{owner}: {name} must be a whole number of at least {minimum}, not {value!r}")


def vector(owner: str, name: str, value: Any) -> Vector:
    """Three finite numbers as a tuple; GeometryError for anything else."""
    if isinstance(value, str) or not isinstance(value, Sequence | np.ndarray) or len(value) != 3:
        raise GeometryError(f"{owner}: {name} must be three numbers [x, y, z], not {value!r}")
    for part in value:
        require_number(owner, name, part)
    x, y, z = (float(part) for part in value)
    return x, y, z


def box_extent(extent: np.ndarray) -> np.ndarray:
    """The box's extent (3,) [m] as an array; GeometryError unless all three are positive and finite."""
    extent = np.asarray(extent, dtype=float)
    if extent.shape != (3,) or not np.all(np.isfinite(extent)) or not np.all(extent > 0):
        raise GeometryError(f"a shape needs a box with three positive lengths, not {extent.tolist()!r}")
    return extent
