r"""Limiting current: the largest steady one that diffusion lets through.

.. math::
    J_\mathrm{lim} = \frac{2 z F D c_0}{t_a L}\ \text{(between two electrodes)}, \qquad
    J_\mathrm{lim} = \frac{z F D c_0}{t_a \delta}\ \text{(against a bulk at } \delta)

z charge number and c₀ [mol/m³] concentration of the plated cation (not of the salt), D [m²/s] the diffusivity of its
depletion, tₐ = 1 − t₊ the share of the current that diffusion must carry, L and δ [m]. Below it the surface keeps
c = c₀ (1 − J/J_lim) for ever. Planar, isothermal, at rest; anions do not react; other shapes are computed
(:mod:`archode.solvers.steady_diffusion`). tₐ = 0 (single-ion conductor): nothing limits, ∞.

J. Newman, N. P. Balsara, Electrochemical Systems, 4th ed., Wiley 2021, ch. 11.
"""

from __future__ import annotations

import numpy as np

from ..scales import FARADAY
from .finding import NOT_PLATED, Finding, judge, no_say
from .setting import Setting
from .surface_state import SurfaceState

NAME, UNIT = "limiting_current", "1"
SOURCE = (
    "Newman & Balsara, Electrochemical Systems, ch. 11; steady diffusion with c = 0 on the electrode, "
    "no convection, anions that do not react"
)


def diffusion_limit(diffusivity, concentration, charge, blocked_share, length):
    """zFDc₀/(tₐδ) against a bulk at ``length`` [A/m²]; ∞ for tₐ = 0. Arrays welcome."""
    with np.errstate(divide="ignore"):
        return np.divide(charge * FARADAY * diffusivity * concentration, np.multiply(blocked_share, length))


def symmetric_limit(diffusivity, concentration, charge, blocked_share, gap):
    """2zFDc₀/(tₐL) between two electrodes of the same metal [A/m²]; ∞ for tₐ = 0. Arrays welcome."""
    return 2 * diffusion_limit(diffusivity, concentration, charge, blocked_share, gap)


def steady_surface(current, limit):
    """c/c₀ at the surface in the steady state, 1 − J/J_lim; 0 where there is none. Arrays welcome."""
    return np.maximum(1.0 - np.divide(current, limit), 0.0)


def limit_of(setting: Setting) -> tuple[float, str]:
    """Limiting current of the simulated domain [A], and where it is from: computed, or that of planar electrodes."""
    if setting.blocked_share <= 0:
        return np.inf, "none: the cation alone carries the current"
    if setting.limiting_current is not None:
        return setting.limiting_current, "computed"
    diffusivity = setting.diffusivity * setting.series_factor
    density = symmetric_limit(
        diffusivity, setting.cation_concentration, setting.metal.ion_charge, setting.blocked_share, setting.gap
    )
    return float(density) * setting.footprint_area, "of planar electrodes at the same distance"


def overload(setting: Setting, surface: SurfaceState) -> tuple[float, str]:
    """I/I_lim of the electrode as it is plated, and where I_lim is from."""
    limit, origin = limit_of(setting)
    return surface.net_plating / limit, origin


def evaluate(setting: Setting, surface: SurfaceState) -> Finding:
    """Share of the limiting current that flows; by facet its current density in mean limiting ones."""
    if surface.net_plating == 0:
        return no_say(NAME, UNIT, NOT_PLATED, SOURCE)
    limit, origin = limit_of(setting)
    share = surface.net_plating / limit
    margin = 1 / share if share > 0 else np.inf
    if np.isinf(limit):
        why = f"limiting current {origin}"
    else:
        why = (
            f"{surface.net_plating / surface.area:.3g} A/m² of electrode against a limit of "
            f"{limit / surface.area:.3g} A/m² ({origin})"
        )
    return Finding(NAME, share, UNIT, judge(margin), why, SOURCE, surface.plating * surface.area / limit, margin)
