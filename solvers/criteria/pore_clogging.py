r"""Clogging: a pore is closed where the metal on its wall fills it.

.. math::
    h(x) = h_c(x), \qquad \frac{\partial h}{\partial t} = \frac{J V_m}{(1 - \varepsilon) zF}

h volume of deposit per area of wall [m], its porosity ε; h_c what fills the pore there: the radius r of the largest
ball that touches the wall between plane walls, r/2 in a channel, r/3 in a hollow sphere (:mod:`.pores`). The deposit is
taken to grow along the normal, at the present distribution of current; of a pore that is full, in proportion so far.
"""

from __future__ import annotations

import numpy as np

from .finding import NOT_PLATED, Finding, judge, no_say
from .setting import Setting
from .surface_state import SurfaceState

NAME, UNIT = "pore_clogging", "C/m²"
SOURCE = "geometry: deposit against what fills the pore beside it, at the present distribution of current"

#: Share of the pores' surface whose closure counts as clogging.
CLOGGED = 0.01


def closing_charge(thickness, closing, plating, areas, deposit_charge):
    """Charge that has passed when each facet closes [C], shape (facets,); ∞ where nothing is plated.

    Parameters
    ----------
    thickness, closing
        Of the deposit, and of one that fills the pore [m], shape (facets,).
    plating
        A/m², kept in proportion, shape (facets,).
    areas
        m², shape (facets,).
    deposit_charge
        C per m³ of deposit.
    """
    passed = float(areas @ thickness) * deposit_charge
    room = (closing - thickness) * deposit_charge
    with np.errstate(divide="ignore", invalid="ignore"):
        ahead = passed + float(areas @ plating) * np.divide(room, plating)
        return np.where(room > 0, ahead, passed * np.divide(closing, thickness))


def evaluate(setting: Setting, surface: SurfaceState) -> Finding:
    """Capacity per footprint at which each facet closes, and at which 1 % of the pores' surface has."""
    if setting.pore_radius is None:
        return no_say(NAME, UNIT, "the pores' radii were not computed", SOURCE)
    if surface.net_plating == 0:
        return no_say(NAME, UNIT, NOT_PLATED, SOURCE)
    charge = setting.deposit_charge
    closing = setting.pore_radius if setting.closing_thickness is None else setting.closing_thickness
    values = closing_charge(surface.thickness, closing, surface.plating, surface.areas, charge)
    values = values / setting.footprint_area
    plated = surface.areas @ surface.thickness * charge / setting.footprint_area
    first, some, half = (surface.percentile(values, share) for share in (0.0, CLOGGED, 0.5))
    closed = float(surface.areas @ (surface.thickness >= closing)) / surface.area
    why = (
        f"first closure at {first:.3g} C/m², 1 % of the surface at {some:.3g} C/m², half at {half:.3g} C/m²; "
        f"{plated:.3g} C/m² plated, {100 * closed:.3g} % closed"
    )
    margin = np.inf
    if plated > 0:
        margin = some / float(plated)
    return Finding(NAME, some, UNIT, judge(margin), why, SOURCE, values, margin)
