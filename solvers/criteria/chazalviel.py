r"""Chazalviel's ramified growth: above the limiting current a space charge forms, and metal follows the anions.

.. math::
    v = \mu_a E = \frac{J t_a}{z F c_0}, \qquad
    J = \frac{9}{8}\,\frac{\varepsilon_r\varepsilon_0\,\mu_c V^2}{x_1^3}

v [m/s] speed of the growing front, that of the anions that leave it; x₁ [m] width of the space charge under a
potential drop V, with the mobility μ_c [m²/(V s)] of the cation that alone conducts in it (Mott and Gurney). Growth
begins when the surface is depleted, at about Sand's time, and reaches the other electrode after another L/v.

Galvanostatic, dilute binary salt, J > J_lim, no convection (gravity and stirring end its validity), separator ignored
in v beyond its porosity. Below J_lim it is silent, which is not to say that nothing grows: C. Brissot, M. Rosso,
J.-N. Chazalviel, S. Lascaud, J. Power Sources 81–82 (1999) 925 saw dendrites there, at times near Sand's.

J.-N. Chazalviel, Phys. Rev. A 42 (1990) 7355, doi:10.1103/PhysRevA.42.7355; N. F. Mott, R. W. Gurney, Electronic
Processes in Ionic Crystals, Oxford 1940.
"""

from __future__ import annotations

import numpy as np

from ...materials.constants import VACUUM_PERMITTIVITY
from ..scales import FARADAY
from . import sand
from .finding import NOT_PLATED, Finding, no_event, no_say
from .setting import Setting
from .surface_state import SurfaceState

NAME, UNIT = "chazalviel", "s"
SOURCE = "Chazalviel 1990, doi:10.1103/PhysRevA.42.7355; J above J_lim, dilute, galvanostatic, no convection"


def front_velocity(current_density, concentration, charge, blocked_share):
    """J tₐ/(zFc₀) [m/s]; c₀ of the cation [mol/m³]. Arrays welcome."""
    return np.multiply(current_density, blocked_share) / (charge * FARADAY * concentration)


def space_charge_current(drop, width, mobility, permittivity):
    """(9/8) ε μ V²/x₁³ [A/m²] of a drop [V] across a width [m]; ``permittivity`` relative. Arrays welcome."""
    return 9 / 8 * permittivity * VACUUM_PERMITTIVITY * mobility * np.square(drop) / np.power(width, 3)


def space_charge_width(drop, current_density, mobility, permittivity):
    """Width that passes a current density [A/m²] under a drop [V]: the inverse of :func:`space_charge_current` [m]."""
    with np.errstate(divide="ignore"):
        return np.cbrt(np.divide(space_charge_current(drop, 1.0, mobility, permittivity), current_density))


def cation_mobility(setting: Setting) -> float:
    """zD₊F/RT [m²/(V s)], with D₊ = D/(2tₐ) of a symmetric salt, or D₊ = D under a supporting electrolyte."""
    own = setting.diffusivity if setting.transference_number == 0 else setting.diffusivity / (2 * setting.blocked_share)
    return setting.metal.ion_charge * own / setting.thermal_voltage


def evaluate(setting: Setting, surface: SurfaceState) -> Finding:
    """Time from the start of plating until the front has crossed the gap; speaks once growth has begun."""
    if surface.net_plating == 0:
        return no_say(NAME, UNIT, NOT_PLATED, SOURCE)
    onset = sand.evaluate(setting, surface)
    if onset.value is None:
        why = f"it begins at Sand's time, which {onset.why}"
        unknown = None if onset.values is None else np.full(len(surface.areas), np.nan)
        return Finding(NAME, None, UNIT, "no say", why, SOURCE, unknown)
    if np.isinf(onset.value):
        why = onset.why.replace("no Sand event", "no space charge")
        return no_event(NAME, UNIT, why, SOURCE, len(surface.areas))
    amount = setting.cation_concentration * setting.mean_porosity
    arguments = amount, setting.metal.ion_charge, setting.blocked_share
    crowd = sand.crowding(setting, surface)
    mean = crowd * surface.net_plating / surface.area
    velocity = float(front_velocity(mean, *arguments))
    value = onset.value + setting.gap / velocity
    with np.errstate(divide="ignore"):
        values = onset.values + np.divide(setting.gap, front_velocity(crowd * surface.plating, *arguments))
    width = float(space_charge_width(1.0, mean, cation_mobility(setting), setting.permittivity))
    why = (
        f"from {onset.value:.3g} s on a front at {velocity:.3g} m/s crosses {setting.gap:.3g} m; "
        f"the space charge before it is {width:.3g} m wide for a drop of 1 V"
    )
    return Finding(NAME, value, UNIT, onset.voice, why, SOURCE, values, onset.margin)
