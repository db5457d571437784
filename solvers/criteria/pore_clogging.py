r"""Clogging: a pore is closed where the deposit is as thick as the pore's local radius.

.. math::
    h(x) = r(x), \qquad \frac{\partial h}{\partial t} = \frac{J V_m}{(1 - \varepsilon) zF}

h thickness of the deposit [m], its porosity ε; r the radius of the largest ball that touches the wall there
(:mod:`.pores`). The deposit is taken to grow along the normal, at the present distribution of current; curvature, which
makes it grow thicker in a hollow, is left out.
"""

from __future__ import annotations

import numpy as np

from .finding import NOT_PLATED, Finding, judge, no_say
from .setting import Setting
from .surface_state import SurfaceState

NAME, UNIT = "pore_clogging", "C/m²"
SOURCE = "geometry: deposit against the radius of the largest inscribed ball, at the present distribution of current"

#: Share of the pores' surface whose closure counts as clogging.
CLOGGED = 0.01


def closing_charge(thickness, radius, plating, areas, deposit_charge):
    """Charge that has passed when each facet closes [C], shape (facets,); ∞ where nothing is plated.

    Parameters
    ----------
    thickness, radius
        Of deposit and pore [m], shape (facets,).
    plating
        A/m², kept in proportion, shape (facets,).
    areas
        m², shape (facets,).
    deposit_charge
        C per m³ of deposit.
    """
    passed = float(areas @ thickness) * deposit_charge
    open_ = np.maximum(radius - thickness, 0.0) * deposit_charge
    with np.errstate(divide="ignore", invalid="ignore"):
        time = np.where(open_ > 0, np.divide(open_, plating), 0.0)
    return passed + float(areas @ plating) * time


def evaluate(setting: Setting, surface: SurfaceState) -> Finding:
    """Capacity per footprint at which each facet closes, and at which 1 % of the pores' surface has."""
    if setting.pore_radius is None:
        return no_say(NAME, UNIT, "the pores' radii were not computed", SOURCE)
    if surface.net_plating == 0:
        return no_say(NAME, UNIT, NOT_PLATED, SOURCE)
    charge = setting.deposit_charge
    values = closing_charge(surface.thickness, setting.pore_radius, surface.plating, surface.areas, charge)
    values = values / setting.footprint_area
    plated = surface.areas @ surface.thickness * charge / setting.footprint_area
    first, some, half = (surface.percentile(values, share) for share in (0.0, CLOGGED, 0.5))
    closed = float(surface.areas @ (surface.thickness >= setting.pore_radius)) / surface.area
    why = (
        f"first closure at {first:.3g} C/m², 1 % of the surface at {some:.3g} C/m², half at {half:.3g} C/m²; "
        f"{plated:.3g} C/m² plated, {100 * closed:.3g} % closed"
    )
    margin = np.inf
    if plated > 0:
        margin = some / float(plated)
    return Finding(NAME, some, UNIT, judge(margin), why, SOURCE, values, margin)
