"""Top plugging: how much of the metal lands in the outer tenth of a porous electrode, nearest to the counter electrode.

Evenly plated, that tenth takes its share of the surface. Where it takes twice as much, it closes long before the depth
is filled; the factor two is a choice of this code, not a law. The cause is a reaction that does not reach deep:
J. S. Newman, C. W. Tobias, J. Electrochem. Soc. 109 (1962) 1183 (δ² = κσ/(κ + σ) · R/a).
"""

from __future__ import annotations

import numpy as np

from .finding import NOT_PLATED, Finding, judge, no_say
from .setting import Setting
from .surface_state import SurfaceState

NAME, UNIT = "top_plugging", "1"
SOURCE = "share of the deposit in the outer tenth of the depth over its share of the surface; threshold 2 by choice"

#: Depth that counts as the top.
TOP = 0.1

#: Enrichment of the top from which it plugs.
PLUGGED = 2.0


def share_within(depth: np.ndarray, weights: np.ndarray, limit: float = TOP) -> float:
    """Share of the weights at a relative depth of at most ``limit``; NaN without weights."""
    total = float(np.sum(weights))
    return float(np.sum(weights[depth <= limit])) / total if total else np.nan


def evaluate(setting: Setting, surface: SurfaceState) -> Finding:
    """Share of the current in the outer tenth over that tenth's share of the surface; the deposit's share is told.

    By facet: current density over the mean.
    """
    if setting.depth is None or np.ptp(setting.depth) == 0:
        return no_say(NAME, UNIT, "the electrode has no depth", SOURCE)
    if surface.net_plating == 0:
        return no_say(NAME, UNIT, NOT_PLATED, SOURCE)
    area = share_within(setting.depth, surface.areas)
    current = share_within(setting.depth, surface.areas * surface.plating)
    volume = surface.areas * np.maximum(surface.thickness, 0.0)
    deposit = share_within(setting.depth, volume) if volume.any() else current
    value = max(current, deposit) / area
    why = (
        f"the outer tenth has {100 * area:.3g} % of the surface, {100 * current:.3g} % of the current "
        f"and {100 * deposit:.3g} % of the deposit"
    )
    margin = PLUGGED / value if value > 0 else np.inf
    values = surface.plating / surface.mean(surface.plating)
    return Finding(NAME, value, UNIT, judge(margin), why, SOURCE, values, margin)
