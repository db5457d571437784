r"""Depletion: how much of the cation is left at the surface, and when a run has used it up.

Under a constant current in a semi-infinite electrolyte the surface loses its cation as

.. math:: c/c_0 = 1 - \sqrt{t/t_S}

(H. J. S. Sand, Philos. Mag. 1 (1901) 45): linear in √t, which is how a run is continued beyond its end, and only a
little. In a finite cell the curve flattens where the current is below the limiting one, so that no line is trusted far.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .finding import NOT_PLATED, Finding, judge, no_say
from .setting import Setting
from .surface_state import SurfaceState

NAME, UNIT = "depletion", "1"
SOURCE = "concentration of the simulation, which holds it above zero; depleted: below 1 % of the bulk"

#: Share of the bulk's concentration below which a surface counts as depleted.
DEPLETED = 0.01

#: A run is continued to at most this multiple of its duration.
REACH = 1.5

#: Curvature allowed for a continuation: last slope in √t over the one before it.
STEADY_SLOPE = 0.9


@dataclass(frozen=True)
class DepletionTime:
    """When a surface is depleted; ``time`` [s] is ``None`` where it is not, nor soon after the run's end."""

    time: float | None
    how: Literal["reached", "continued", "not within the run"]


def depletion_time(times: Sequence[float], minima: Sequence[float], level: float = DEPLETED) -> DepletionTime:
    """When c/c₀ at a surface falls to a level.

    Parameters
    ----------
    times
        From the start of a constant current, rising [s], shape (n,).
    minima
        Lowest c/c₀ of the surface at these times, shape (n,).
    level
        c/c₀ that counts as depleted.

    Raises
    ------
    ValueError
        Lengths that differ, or times that do not rise.
    """
    t, c = np.asarray(times, dtype=float), np.asarray(minima, dtype=float)
    if t.shape != c.shape or t.ndim != 1:
        raise ValueError(f"times and minima must be two equally long series, not of shapes {t.shape} and {c.shape}")
    if len(t) and (t[0] < 0 or np.any(np.diff(t) <= 0)):
        raise ValueError("times must not be negative and must rise")
    root = np.sqrt(t)
    below = np.flatnonzero(c <= level)
    if len(below):
        k = below[0]
        if k == 0:
            return DepletionTime(float(t[0]), "reached")
        share = (c[k - 1] - level) / (c[k - 1] - c[k])
        return DepletionTime(float((root[k - 1] + share * (root[k] - root[k - 1])) ** 2), "reached")
    return _continued(root, c, level)


def _continued(root: np.ndarray, c: np.ndarray, level: float) -> DepletionTime:
    """Along the last slope in √t, if that is near and has not begun to flatten."""
    never = DepletionTime(None, "not within the run")
    if len(root) < 3:
        return never
    # Slopes over the second and the third third of √t: single steps may be too short to tell.
    marks = np.interp(root[-1] * np.array([1 / 3, 2 / 3, 1.0]), root, c)
    before, last = np.diff(marks) / (root[-1] / 3)
    if last >= 0 or before >= 0 or last / before < STEADY_SLOPE:
        return never
    end = root[-1] + (level - c[-1]) / last
    return DepletionTime(float(end**2), "continued") if end**2 <= REACH * root[-1] ** 2 else never


def evaluate(setting: Setting, surface: SurfaceState) -> Finding:
    """Lowest c/c₀ of the surface, and c/c₀ by facet."""
    if surface.net_plating == 0:
        return no_say(NAME, UNIT, NOT_PLATED, SOURCE)
    if setting.blocked_share <= 0:
        return no_say(NAME, UNIT, "nothing is depleted where the cation alone carries the current", SOURCE)
    values = surface.concentration / setting.cation_concentration
    lowest = float(values.min())
    why = (
        f"{surface.concentration.min():.3g} of {setting.cation_concentration:.3g} mol/m³ at the poorest facet, "
        f"{surface.mean(surface.concentration):.3g} in the mean"
    )
    margin = lowest / DEPLETED
    return Finding(NAME, lowest, UNIT, judge(margin), why, SOURCE, values, margin)
