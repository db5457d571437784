"""Criteria for the growth of metal through an electrode, each in its own file.

A new one: a file with its closed forms and ``evaluate(setting, surface) -> Finding``, and a line in :data:`CRITERIA`.
"""

from __future__ import annotations

from collections.abc import Callable

from . import (
    chazalviel,
    current_distribution,
    depletion,
    growth_mode,
    limiting_current,
    pore_clogging,
    sand,
    separator_modulus,
    stability,
    tip_growth,
    top_plugging,
)
from .finding import Finding
from .setting import Setting
from .surface_state import SurfaceState

__all__ = ["CRITERIA", "LARGE_IS_WORSE", "MAPS", "Finding", "Setting", "SurfaceState", "evaluate_all"]

#: In the order of the tables: supply of ions, distribution, surface, shape.
CRITERIA: tuple[Callable[[Setting, SurfaceState], Finding], ...] = (
    limiting_current.evaluate,
    sand.evaluate,
    sand.evaluate_capacity,
    depletion.evaluate,
    chazalviel.evaluate,
    current_distribution.evaluate,
    current_distribution.evaluate_wagner,
    growth_mode.evaluate,
    tip_growth.evaluate,
    stability.evaluate,
    separator_modulus.evaluate,
    pore_clogging.evaluate,
    top_plugging.evaluate,
)

#: What is drawn on a surface: criteria with a number by facet, and its unit as file formats take it.
MAPS = {
    "limiting_current": "1",
    "sand_time": "s",
    "sand_capacity": "C m-2",
    "depletion": "1",
    "chazalviel": "s",
    "current_concentration": "1",
    "wagner_number": "1",
    "tip_growth": "1",
    "linear_stability": "m",
    "pore_clogging": "C m-2",
    "top_plugging": "1",
}

#: Criteria whose large values by facet are the dangerous ones; of the others the small ones are.
LARGE_IS_WORSE = frozenset({"limiting_current", "current_concentration", "tip_growth", "top_plugging"})


def evaluate_all(setting: Setting, surface: SurfaceState) -> list[Finding]:
    """What every criterion says of a surface, in the order of :data:`CRITERIA`."""
    return [evaluate(setting, surface) for evaluate in CRITERIA]
