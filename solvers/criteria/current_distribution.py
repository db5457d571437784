r"""How evenly the current spreads: its concentration, and Wagner's number that says what evens it.

.. math::
    \mathrm{Wa} = \frac{\kappa}{\ell}\,\frac{\partial\eta}{\partial j}, \qquad
    \left.\frac{\partial\eta}{\partial j}\right|_\mathrm{linear} = \frac{RT}{F i_0(\alpha_a + \alpha_c)} + R_f, \qquad
    \left.\frac{\partial\eta}{\partial j}\right|_\mathrm{Tafel} = \frac{RT}{\alpha_c F J} + R_f

κ [S/m], ℓ [m], i₀ and J [A/m²], film R_f [Ω m²]. Wa ≫ 1: the surface decides, the current is even; Wa ≪ 1: the
electrolyte does, edges and the front of a porous electrode take most (primary distribution). Without gradients of
concentration.

C. Wagner, J. Electrochem. Soc. 98 (1951) 116; J. Newman, N. P. Balsara, Electrochemical Systems, 4th ed., ch. 18.
"""

from __future__ import annotations

import numpy as np

from ...materials import Metal
from .finding import NOT_PLATED, Finding, judge, no_say
from .setting import Setting
from .surface_state import SurfaceState

SOURCE = "Wagner 1951; Newman & Balsara, Electrochemical Systems, ch. 18; no gradients of concentration"

#: Maximum over mean up to which a current counts as even.
EVEN = 1.01


def wagner_number(conductivity, resistance, length):
    """κ (∂η/∂j)/ℓ of a surface resistance ∂η/∂j [Ω m²]. Arrays welcome."""
    return conductivity * resistance / length


def linear_resistance(exchange_current_density, transfer_sum, thermal_voltage):
    """RT/(F i₀ (α_a + α_c)) of charge transfer at small overpotentials [Ω m²]."""
    return thermal_voltage / (exchange_current_density * transfer_sum)


def tafel_resistance(current_density, transfer_coefficient, thermal_voltage):
    """RT/(αFJ) of charge transfer at large overpotentials [Ω m²]; ∞ without current. Arrays welcome."""
    with np.errstate(divide="ignore"):
        return np.divide(thermal_voltage, np.multiply(transfer_coefficient, current_density))


def surface_resistance(metal: Metal, thermal_voltage: float, current_density):
    """∂η/∂j of Butler–Volmer's law and the film [Ω m²]. Arrays welcome.

    Both limits joined as 1/R² = 1/R_linear² + 1/R_Tafel², exact where α_a = α_c.
    """
    transfer = metal.anodic_transfer_coefficient + metal.cathodic_transfer_coefficient
    linear = linear_resistance(metal.exchange_current_density, transfer, thermal_voltage)
    tafel = tafel_resistance(current_density, metal.cathodic_transfer_coefficient, thermal_voltage)
    return 1 / np.hypot(1 / linear, 1 / tafel) + metal.film_resistance


def evaluate(setting: Setting, surface: SurfaceState) -> Finding:
    """Largest over mean current density, and every facet's over the mean; without threshold it has no say."""
    name, unit = "current_concentration", "1"
    source = "simulated current density; the maximum at a sharp edge grows as the mesh resolves it, the percentile not"
    mean = surface.mean(surface.plating)
    if surface.net_plating == 0:
        return no_say(name, unit, NOT_PLATED, source)
    values = surface.plating / mean
    why = (
        f"{surface.plating.max():.3g} A/m² at most, 95 % of the surface below "
        f"{surface.percentile(surface.plating, 0.95):.3g} A/m², mean {mean:.3g} A/m²; it tells where, not whether"
    )
    return Finding(name, float(values.max()), unit, "no say", why, source, values)


def evaluate_wagner(setting: Setting, surface: SurfaceState) -> Finding:
    """Wagner's number of the mean current over the gap or the electrode's extent, whichever is longer."""
    name, unit = "wagner_number", "1"
    if surface.net_plating == 0:
        return no_say(name, unit, NOT_PLATED, SOURCE)
    length = max(setting.gap, surface.extent)
    which = "the gap" if setting.gap >= surface.extent else "the electrode's extent"
    conductivity = setting.conductivity * setting.series_factor
    metal, thermal = setting.metal, setting.thermal_voltage
    mean = surface.mean(surface.plating)

    transfer = metal.anodic_transfer_coefficient + metal.cathodic_transfer_coefficient
    limits = (
        linear_resistance(metal.exchange_current_density, transfer, thermal),
        tafel_resistance(mean, metal.cathodic_transfer_coefficient, thermal),
    )
    linear, tafel = (wagner_number(conductivity, r + metal.film_resistance, length) for r in limits)
    value = float(wagner_number(conductivity, surface_resistance(metal, thermal, mean), length))
    why = f"{value:.3g} over {length:.3g} m ({which}); linear {linear:.3g}, Tafel {tafel:.3g}"
    values = wagner_number(conductivity, surface_resistance(metal, thermal, surface.plating), length)
    if surface.plating.max() <= EVEN * mean:
        return Finding(name, value, unit, "silent", f"{why}; the current is even all the same", SOURCE, values)
    return Finding(name, value, unit, judge(value), why, SOURCE, values, value)
