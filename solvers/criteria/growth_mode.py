"""Whether the first metal on a foreign substrate spreads in layers or stands in islands: Bauer's criterion.

The energies and the law are those of :mod:`archode.solvers.nucleation.growth_mode`; islands are where dendrites of
potassium begin at currents far below the limiting one (X. Liu, D. Mitlin et al., as reviewed in Chem. Soc. Rev. 2025,
54, 2543). Equilibrium energies, those of a substrate with the film of reaction products that is stated; no kinetics.
"""

from __future__ import annotations

import numpy as np

from ..nucleation.growth_mode import GrowthMode, growth_mode
from .finding import NOT_PLATED, Finding, judge, no_say
from .setting import Setting
from .surface_state import SurfaceState

NAME, UNIT = "growth_mode", "J/m²"
SOURCE = "Bauer, Z. Kristallogr. 110 (1958) 372; equilibrium energies of bare substrate and metal"


def evaluate(setting: Setting, surface: SurfaceState) -> Finding:
    """Δγ of the first layer; speaks where it is above zero, or once layers are thicker than what strain lets be."""
    if surface.net_plating == 0:
        return no_say(NAME, UNIT, NOT_PLATED, SOURCE)
    if setting.energies is None:
        return no_say(NAME, UNIT, "no energies of a foreign substrate are given", SOURCE)
    growth = growth_mode(setting.energies, setting.critical_thickness)
    why = f"{growth.mode}: the first layer costs {growth.excess:.3g} J/m²"
    if growth.mode is not GrowthMode.LAYERS_THEN_ISLANDS:
        voice = "speaks" if growth.mode is GrowthMode.ISLANDS else "silent"
        return Finding(NAME, growth.excess, UNIT, voice, why, SOURCE)
    plated = surface.mean(surface.thickness)
    why = f"{why}; {plated:.3g} m plated, islands from {growth.critical_thickness:.3g} m on"
    margin = growth.critical_thickness / plated if plated > 0 else np.inf
    return Finding(NAME, growth.excess, UNIT, judge(margin), why, SOURCE, margin=margin)
