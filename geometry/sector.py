"""Sectors about an axis: their angle, and into how many equal parts regular planforms cut it."""

import math
from numbers import Real
from typing import Any

from .errors import GeometryError

LARGEST_PART = 5.0
"""Largest angle of one part [degrees]: areas are then at most 0.13 % smaller than those of the circles."""


def require_sector(owner: str, angle: Any) -> None:
    """Raise GeometryError unless the angle [degrees] is that of a sector up to a quarter, or a whole turn."""
    if isinstance(angle, bool) or not isinstance(angle, Real):
        raise GeometryError(f"{owner}: angle must be a number of degrees, not {angle!r}")
    if not (0 < angle <= 90 or angle == 360):
        raise GeometryError(
            f"{owner}: angle must lie between 0 and 90 degrees, or be 360 for the whole, not {angle:g}"
        )


def divisions_of_sector(angle: float) -> int:
    """Number of equal parts of a sector, at least two and even for a whole turn."""
    return max(2, math.ceil(angle / LARGEST_PART - 1e-9))
