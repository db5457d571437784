"""Annotated parameter types of architectures and the checks that all of them share."""

import dataclasses
import math
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Annotated, Any, get_args, get_type_hints

from .errors import GeometryError

Length = Annotated[float, "m"]
Area = Annotated[float, "m^2"]

MICROMETRE = 1e-6
"""Metres per coordinate unit of every drawing and mesh file."""


def micrometres(value: float) -> str:
    """Show a length given in metres as micrometres, e.g. ``"0.75 µm"``."""
    return f"{value / MICROMETRE:.6g} µm"


def parameter_units(described: type) -> dict[str, str | None]:
    """Unit of every field of an architecture (or of MeshSizes); None for plain numbers and words."""
    hints = get_type_hints(described, include_extras=True)
    return {field.name: _unit(hints[field.name]) for field in dataclasses.fields(described)}


def _unit(hint: Any) -> str | None:
    for part in (hint, *get_args(hint)):
        if metadata := getattr(part, "__metadata__", ()):
            return metadata[0]
    return None


def require_lengths(owner: str, values: Mapping[str, Any], *, zero_allowed: bool = False) -> None:
    """Raise GeometryError for every value that is not a finite number > 0 (or ≥ 0)."""
    wanted = "zero or positive" if zero_allowed else "positive"
    problems = []
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, Real):
            problems.append(f"{name} must be a length in metres, not {value!r}")
        elif not math.isfinite(value) or value < 0 or (value == 0 and not zero_allowed):
            problems.append(f"{name} must be {wanted} and finite, not {micrometres(value)}")
    if problems:
        raise GeometryError(f"{owner}: " + "; ".join(problems))


def require_area(owner: str, name: str, value: Any) -> None:
    """Raise GeometryError unless the value is None or a positive, finite area."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, Real) or not (math.isfinite(value) and value > 0):
        raise GeometryError(f"{owner}: {name} must be a positive area in square metres, not {value!r}")


LARGEST_COUNT = 10**9
"""Of anything; more is a slip of the keyboard."""


def require_count(owner: str, name: str, value: Any) -> None:
    """Raise GeometryError unless the value is a whole number from 1 to LARGEST_COUNT."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise GeometryError(f"{owner}: {name} must be a whole number of at least 1, not {value!r}")
    if value > LARGEST_COUNT:
        raise GeometryError(f"{owner}: {name} must be at most {LARGEST_COUNT:.0e}")
