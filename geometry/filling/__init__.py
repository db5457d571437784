"""Tetrahedra in what closed surfaces and solids of other programs enclose."""

from .enclosure import Enclosure
from .fill import enclosure_of, fill

__all__ = ["Enclosure", "enclosure_of", "fill"]
