"""Shapes of a porous solid: descriptions that give a scalar field, negative in the solid."""

from .field import Field, fraction
from .plain import from_plain, to_plain
from .registry import SHAPES, shape_name
from .shape import Shape

__all__ = ["SHAPES", "Field", "Shape", "fraction", "from_plain", "shape_name", "to_plain"]
