r"""Growth of a tip against the flat metal beside it: capillarity holds small tips back, diffusion to them is easy.

A tip of radius r is at equilibrium at a potential lower by 2γV_m/(zFr) (Gibbs–Thomson) and fed by spherical diffusion
from the bulk, whose concentration c₀ it reaches, while the flat surface has cₛ:

.. math::
    j(r) = i_0\frac{e^{\alpha_c u} - e^{-\alpha_a u}}{1 + i_0 e^{\alpha_c u}/J_d}, \qquad
    u = \frac{F}{RT}\left(|\eta| + \frac{RT}{zF}\ln\frac{c_0}{c_s} - \frac{2\gamma V_m}{zFr}\right), \qquad
    J_d = \frac{zFDc_0}{t_a r}

- critical radius, at which the tip stands still: r_c = 2γV_m/(zF|η|);
- optimum of pure diffusion at small overpotentials: r = 2r_c, with j = (zF)³Dc₀η²/(8RTγV_m tₐ);
- onset, the |η| from which this j exceeds a flat J: η² = 8RTγV_m tₐJ/((zF)³Dc₀).

γ [J/m²] metal–electrolyte, V_m [m³/mol]. Valid for r far below the diffusion layer and the gap, no ohmic drop along the
tip, a tip that already stands in bulk electrolyte: it says how fast a protrusion grows, not whether one is there.
A tip that grows ρ = j(r)/J times as fast as the metal beside it, of which a thickness h is plated, leads by (ρ − 1)h:
it is a protrusion of its own once that is its radius. The film's drop of the flat surface beside it is taken off the
tip's overpotential too.

J. L. Barton, J. O'M. Bockris, Proc. R. Soc. A 268 (1962) 485; C. Monroe, J. Newman, J. Electrochem. Soc. 150 (2003)
A1377. (That dendrites appear well below J_lim at times near Sand's is the experiment of Brissot, Rosso, Chazalviel
et al., 1999, not a result of theirs.)
"""

from __future__ import annotations

import numpy as np

from ...materials import Metal
from ..scales import FARADAY
from .finding import NOT_PLATED, Finding, judge, no_say
from .setting import Setting
from .surface_state import SurfaceState

NAME, UNIT = "tip_growth", "1"
SOURCE = (
    "Barton & Bockris 1962; Monroe & Newman 2003; a tip that stands in bulk electrolyte, "
    "spherical diffusion, no ohmic drop along it"
)

#: Radii tried between the critical one and the gap.
RADII = 60

#: The surface's concentration counts as no lower than this share of the bulk's.
POOREST = 1e-6

#: Exponents beyond this are far beyond the diffusion limit.
LARGEST_EXPONENT = 200.0


def kelvin_shift(radius, surface_energy, molar_volume, charge):
    """Shift of a tip's equilibrium potential, 2γV_m/(zFr) [V]. Arrays welcome."""
    return 2 * surface_energy * molar_volume / (charge * FARADAY * np.asarray(radius, dtype=float))


def critical_radius(overpotential, surface_energy, molar_volume, charge):
    """Radius at which a tip stands still at |η| [V], 2γV_m/(zF|η|) [m]; ∞ at η = 0. Arrays welcome."""
    with np.errstate(divide="ignore"):
        return np.divide(2 * surface_energy * molar_volume, charge * FARADAY * np.abs(overpotential))


def optimum_radius(overpotential, surface_energy, molar_volume, charge):
    """Radius of the fastest tip under diffusion alone, 2r_c [m]. Arrays welcome."""
    return 2 * critical_radius(overpotential, surface_energy, molar_volume, charge)


def onset_overpotential(current_density, surface_energy, molar_volume, charge, diffusivity, concentration, share, rt):
    """|η| from which the fastest tip under diffusion alone outgrows a flat current density [V]. Arrays welcome.

    Parameters
    ----------
    current_density
        Of the flat surface [A/m²].
    diffusivity, concentration, share
        D [m²/s], c₀ of the cation [mol/m³] and tₐ.
    rt
        Gas constant times temperature [J/mol].
    """
    held = 8 * rt * surface_energy * molar_volume * share * np.asarray(current_density, dtype=float)
    return np.sqrt(held / ((charge * FARADAY) ** 3 * diffusivity * concentration))


def tip_current(radius, overpotential, surface_energy, metal: Metal, diffusion_current, thermal_voltage):
    """Current density of a tip [A/m²], positive when it grows. Arrays welcome.

    Parameters
    ----------
    radius
        m.
    overpotential
        |η| against the bulk's concentration, film drop taken off [V].
    surface_energy
        γ [J/m²].
    diffusion_current
        J_d = zFDc₀/(tₐr) [A/m²]; ∞ where the cation alone carries the current.
    thermal_voltage
        RT/F [V].
    """
    driven = overpotential - kelvin_shift(radius, surface_energy, metal.molar_volume, metal.ion_charge)
    u = np.clip(driven / thermal_voltage, -LARGEST_EXPONENT, LARGEST_EXPONENT)
    forward = metal.exchange_current_density * np.exp(metal.cathodic_transfer_coefficient * u)
    back = metal.exchange_current_density * np.exp(-metal.anodic_transfer_coefficient * u)
    return (forward - back) / (1 + forward / diffusion_current)


def fastest_tip(overpotential, surface_energy, metal: Metal, diffusion, thermal_voltage, largest):
    """Radius [m] and current density [A/m²] of the fastest tip, of 60 radii up to ``largest`` [m]. Arrays welcome.

    ``diffusion`` is zFDc₀/tₐ [A/m]. Where the critical radius exceeds ``largest``, the current is 0.
    """
    eta = np.asarray(overpotential, dtype=float)[..., None]
    critical = np.minimum(critical_radius(eta, surface_energy, metal.molar_volume, metal.ion_charge), largest)
    radii = critical * (largest / critical) ** np.linspace(0, 1, RADII)
    currents = tip_current(radii, eta, surface_energy, metal, diffusion / radii, thermal_voltage)
    best = np.argmax(currents, axis=-1)[..., None]
    fastest = np.take_along_axis(currents, best, axis=-1)[..., 0]
    return np.take_along_axis(radii, best, axis=-1)[..., 0], np.maximum(fastest, 0.0)


def evaluate(setting: Setting, surface: SurfaceState) -> Finding:
    """Velocity of the fastest tip over that of the flat metal, by facet and where 95 % of the surface is below.

    Speaks where, on more than 5 % of the surface, a tip leads the metal that is plated by its own radius.
    """
    if surface.net_plating == 0:
        return no_say(NAME, UNIT, NOT_PLATED, SOURCE)
    if setting.tension is None:
        return no_say(NAME, UNIT, "the metal's surface energy is not given", SOURCE)
    metal, gamma, flat = setting.metal, setting.tension, surface.plating
    thermal, z, share = setting.thermal_voltage, metal.ion_charge, setting.blocked_share
    left = np.maximum(surface.concentration / setting.cation_concentration, POOREST)
    ahead = -thermal / z * np.log(left) if share > 0 else np.zeros(len(left))
    driven = np.maximum(-surface.overpotential - flat * metal.film_resistance, 0.0) + np.maximum(ahead, 0.0)
    stored = z * FARADAY * setting.diffusivity * setting.series_factor * setting.cation_concentration
    diffusion = stored / share if share > 0 else np.inf
    radii, fastest = fastest_tip(driven, gamma, metal, diffusion, thermal, setting.gap)
    values = np.divide(fastest, flat, out=np.zeros(len(flat)), where=flat > 0)
    value = surface.percentile(values, 0.95)
    lead = np.maximum(values - 1.0, 0.0) * np.maximum(surface.thickness, 0.0)
    margins = np.divide(radii, lead, out=np.full(len(flat), np.inf), where=lead > 0)
    margin = surface.percentile(margins, 0.05)
    at = int(np.argmin(np.abs(values - value) if np.isinf(margin) else np.abs(margins - margin)))
    critical = critical_radius(driven[at], gamma, metal.molar_volume, z)
    rt = thermal * FARADAY
    onset = onset_overpotential(flat[at], gamma, metal.molar_volume, z, stored / (z * FARADAY), 1.0, share, rt)
    why = (
        f"a tip of {radii[at]:.3g} m grows {values[at]:.4g} times as fast as the surface and leads by {lead[at]:.3g} m "
        f"of {surface.thickness[at]:.3g} m plated; critical radius {critical:.3g} m at {driven[at]:.3g} V, "
        f"diffusion alone would need {onset:.3g} V"
    )
    return Finding(NAME, value, UNIT, judge(margin), why, SOURCE, values, margin)
