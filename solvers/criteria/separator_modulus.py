r"""Whether a separator is stiff enough to hold a rough metal flat.

.. math:: G_\mathrm{separator} \gtrsim 2\,G_\mathrm{metal}

Shear moduli [Pa], the threshold of C. Monroe, J. Newman, J. Electrochem. Soc. 152 (2005) A396, doi:10.1149/1.1850854,
for a homogeneous elastic separator in contact with lithium, Poisson's numbers near ⅓, small amplitudes. Bodies with
pores wider than the metal's whiskers, cracks or grain boundaries are outside of it, and stiff ceramics are grown
through all the same.
"""

from __future__ import annotations

from .finding import NOT_PLATED, Finding, judge, no_say
from .setting import Setting
from .surface_state import SurfaceState

NAME, UNIT = "separator_modulus", "1"
SOURCE = "Monroe & Newman 2005, doi:10.1149/1.1850854; homogeneous elastic separator that touches the metal"

#: Separator's over metal's shear modulus from which roughening is suppressed.
THRESHOLD = 2.0


def required_modulus(metal_shear_modulus):
    """Shear modulus that a separator needs [Pa]. Arrays welcome."""
    return THRESHOLD * metal_shear_modulus


def evaluate(setting: Setting, surface: SurfaceState) -> Finding:
    """Separator's over metal's shear modulus; speaks below 2."""
    metal = setting.metal.shear_modulus
    if surface.net_plating == 0:
        return no_say(NAME, UNIT, NOT_PLATED, SOURCE)
    if metal is None:
        return no_say(NAME, UNIT, f"the shear modulus of {setting.metal.name} is not given", SOURCE)
    if setting.separator_shear_modulus is None:
        return no_say(NAME, UNIT, "the separator's shear modulus is not given", SOURCE)
    value = setting.separator_shear_modulus / metal
    margin = setting.separator_shear_modulus / required_modulus(metal)
    why = f"{setting.separator_shear_modulus:.3g} Pa against {metal:.3g} Pa of {setting.metal.name}"
    return Finding(NAME, value, UNIT, judge(margin), why, SOURCE, None, margin)
