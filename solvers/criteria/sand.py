r"""Sand's time and Sand's capacity: when a current above the limit has used up the cations at the surface.

.. math::
    t_S = \pi\,\varepsilon D_\mathrm{eff}\left(\frac{z F c_0}{2 J t_a}\right)^2, \qquad C_S = J t_S

z charge number and c₀ [mol/m³] concentration of the plated **cation** (ν₊ times that of the salt), J [A/m²] local
current density, tₐ = 1 − t₊, D_eff [m²/s] the salt's ambipolar diffusivity (the cation's own, and tₐ = 1, under an
excess of supporting electrolyte) in a medium of porosity ε (both those of the free electrolyte without separator).

Semi-infinite, planar, galvanostatic, no convection, anions that do not react. Between two electrodes L apart the time
is longer, and below the limiting current it never comes (a porous host takes part as a body, see :func:`crowding`):

.. math::
    1 = j\left[1 - \frac{8}{\pi^2}\sum_{n\ \mathrm{odd}} \frac{e^{-n^2\pi^2 Dt/L^2}}{n^2}\right], \qquad
    j = J/J_\mathrm{lim}, \quad D = D_\mathrm{eff}/\varepsilon

H. J. S. Sand, Philos. Mag. 1 (1901) 45; in this form, and the capacity: P. Bai et al., Energy Environ. Sci. 9 (2016)
3221, doi:10.1039/C6EE01674J; finite gap: H. S. Carslaw, J. C. Jaeger, Conduction of Heat in Solids, 2nd ed., Oxford
1959, §3.8.
"""

from __future__ import annotations

import numpy as np

from ..scales import FARADAY
from .finding import NOT_PLATED, Finding, judge, no_event, no_say
from .limiting_current import overload
from .setting import Setting
from .surface_state import SurfaceState

SOURCE = (
    "Sand 1901; Bai et al. 2016, doi:10.1039/C6EE01674J; semi-infinite and planar by facet, "
    "delayed as between two electrodes, constant current, no convection"
)

#: Above this multiple of the limiting current the other electrode is not felt before depletion (to 1e-10).
FAR_ABOVE = 5.0

#: Area factor from which an electrode is a host, with pores in which depletion may stay.
HOST = 1.5

_ODD = np.arange(1, 4001, 2)


def sand_time(current_density, diffusivity, concentration, charge, blocked_share, porosity=1.0):
    """Sand's time [s] of a current density [A/m²]; ∞ where nothing is plated or blocked. Arrays welcome.

    Parameters
    ----------
    diffusivity
        Effective one of the medium [m²/s].
    concentration
        Of the cation [mol/m³].
    charge
        Of the cation.
    blocked_share
        1 − t₊.
    porosity
        Of the medium.
    """
    drawn = 2 * np.multiply(current_density, blocked_share)
    with np.errstate(divide="ignore"):
        ratio = np.divide(charge * FARADAY * np.asarray(concentration, dtype=float), drawn)
    return np.pi * porosity * diffusivity * ratio**2


def sand_capacity(current_density, diffusivity, concentration, charge, blocked_share, porosity=1.0):
    """Charge that has passed at Sand's time, J t_S [C/m²]; as :func:`sand_time`."""
    drawn = 4 * np.multiply(current_density, np.square(blocked_share))
    with np.errstate(divide="ignore"):
        ratio = np.divide((charge * FARADAY * np.asarray(concentration, dtype=float)) ** 2, drawn)
    return np.pi * porosity * diffusivity * ratio


def finite_gap_surface(overload, time):
    """c/c₀ at the plated one of two electrodes at j = J/J_lim after a time in units of L²/D; negative: depleted.

    Summed to n = 3999: good for times above 1e-6 L²/D.
    """
    time = np.asarray(time, dtype=float)
    series = np.sum(np.exp(-((_ODD * np.pi) ** 2) * time[..., None]) / _ODD**2, axis=-1)
    return 1 - overload * (1 - 8 / np.pi**2 * series)


def finite_gap_factor(overload):
    """Time of depletion between two electrodes over Sand's, as a function of j = J/J_lim; ∞ up to 1. Arrays welcome."""
    result = np.vectorize(_factor, otypes=[float])(overload)
    return result if result.ndim else float(result)


def _factor(j: float) -> float:
    from scipy.optimize import brentq

    if j <= 1:
        return np.inf
    if j >= FAR_ABOVE:
        return 1.0
    sand = np.pi / (16 * j**2)
    # The slowest mode alone reaches zero later than the sum does.
    last = max(np.log(8 / (np.pi**2 * (1 - 1 / j))) / np.pi**2, sand) + sand
    return brentq(lambda t: float(finite_gap_surface(j, t)), 0.5 * sand, last, xtol=1e-13) / sand


def crowding(setting: Setting, surface: SurfaceState) -> float:
    """Current density before the electrode over that on its surface: the area factor of a host, at least 1.

    A host depletes as a body, at the current per footprint; its surface helps only where depletion stays within a pore.
    """
    return max(surface.area / setting.footprint_area, 1.0)


def _times(setting: Setting, surface: SurfaceState, plating) -> np.ndarray:
    """Sand's time of current densities on the surface [s], without the delay of the finite gap."""
    cation = setting.cation_concentration, setting.metal.ion_charge, setting.blocked_share
    crowd = crowding(setting, surface)
    effective = setting.diffusivity * setting.series_factor
    body = sand_time(crowd * plating, effective, *cation, setting.mean_porosity)
    if crowd < HOST or setting.pore_radius is None:
        return body
    local = sand_time(plating, setting.diffusivity, *cation)
    radius = setting.pore_radius if np.ndim(plating) else surface.percentile(setting.pore_radius, 0.5)
    return np.where(np.pi * setting.diffusivity * local < np.square(radius), local, body)


def plated_time(setting: Setting, surface: SurfaceState) -> float:
    """Time of plating at the present current [s]: the deposit's charge over it, without rests and earlier steps."""
    mean = surface.net_plating / surface.area
    return max(surface.mean(surface.thickness), 0.0) * setting.deposit_charge / mean


def _event(setting: Setting, surface: SurfaceState) -> tuple[float, float, float, str]:
    """Factor of the finite gap, mean time of depletion [s], time plated so far at this current [s], and a sentence."""
    j, origin = overload(setting, surface)
    factor = finite_gap_factor(j)
    mean = surface.net_plating / surface.area
    so_far = plated_time(setting, surface)
    if setting.blocked_share <= 0:
        return factor, np.inf, so_far, "no Sand event: the cation alone carries the current"
    if j <= 1:
        return factor, np.inf, so_far, f"no Sand event: {j:.3g} of the limiting current ({origin})"
    time = factor * float(_times(setting, surface, mean))
    fastest = factor * float(_times(setting, surface, surface.percentile(surface.plating, 0.95)))
    why = (
        f"{j:.3g} times the limiting current ({origin}): depleted after {time:.3g} s at {mean:.3g} A/m², "
        f"the most loaded 5 % of the surface within {fastest:.3g} s; plated for {so_far:.3g} s"
    )
    return factor, time, so_far, why


def evaluate(setting: Setting, surface: SurfaceState) -> Finding:
    """Time until depletion at the mean current density, by facet at its own; against how long it is plated already.

    How long: the deposit's charge over the present current, which knows no rests and no earlier protocol steps.
    """
    name, unit = "sand_time", "s"
    if surface.net_plating == 0:
        return no_say(name, unit, NOT_PLATED, SOURCE)
    factor, time, so_far, why = _event(setting, surface)
    if np.isinf(time):
        return no_event(name, unit, why, SOURCE, len(surface.areas))
    values = factor * _times(setting, surface, surface.plating)
    margin = time / so_far if so_far > 0 else np.inf
    return Finding(name, time, unit, judge(margin), why, SOURCE, values, margin)


def evaluate_capacity(setting: Setting, surface: SurfaceState) -> Finding:
    """Charge per surface until depletion, against what has been plated; ∞ below the limiting current."""
    name, unit = "sand_capacity", "C/m²"
    if surface.net_plating == 0:
        return no_say(name, unit, NOT_PLATED, SOURCE)
    factor, time, _, why = _event(setting, surface)
    if np.isinf(time):
        return no_event(name, unit, why, SOURCE, len(surface.areas))
    plating = surface.plating
    times = factor * _times(setting, surface, plating)
    # Sand's capacity goes as 1/J: without current it has no end either.
    values = np.multiply(times, plating, out=np.full(len(times), np.inf), where=plating > 0)
    capacity = time * surface.net_plating / surface.area
    plated = surface.mean(surface.thickness) * setting.deposit_charge
    margin = capacity / plated if plated > 0 else np.inf
    why = f"{plated:.3g} C/m² plated of {capacity:.3g} C/m²; {why}"
    return Finding(name, capacity, unit, judge(margin), why, SOURCE, values, margin)
