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

On a surface that is curved or unevenly loaded the law by facet fails as soon as √(Dt) reaches a radius, the breadth of
an edge or the next wall: then linear diffusion is solved in the cell's own shape (:mod:`archode.solvers.emptying`), at
the currents so far. It is a criterion at given currents: where the current moves away from places as they empty, they
approach c = 0 ever more slowly, there is no sharp event, and it says that it does not apply (:func:`misapplied`).

H. J. S. Sand, Philos. Mag. 1 (1901) 45; in this form, and the capacity: P. Bai et al., Energy Environ. Sci. 9 (2016)
3221, doi:10.1039/C6EE01674J; finite gap: H. S. Carslaw, J. C. Jaeger, Conduction of Heat in Solids, 2nd ed., Oxford
1959, §3.8.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..scales import FARADAY
from .emptying import Emptying
from .finding import NOT_PLATED, Finding, judge, no_event, no_say
from .limiting_current import overload
from .setting import Setting
from .surface_state import SurfaceState

SOURCE = (
    "Sand 1901; Bai et al. 2016, doi:10.1039/C6EE01674J; semi-infinite and planar by facet, "
    "delayed as between two electrodes, constant current, no convection"
)
IN_SHAPE = (
    "after Sand 1901: linear diffusion in the cell's own shape, Carslaw & Jaeger 1959, at the currents so far, "
    "constant D and t₊, no convection"
)

#: The surface counts as emptied evenly if the mean follows the first place within this factor of time.
CLOSE = 1.2

#: The current of an uneven one counts as steady if the times that enclose the event, and the present, differ by less.
STEADY = 1.1

PAST = "the surface empties unevenly, the first place"

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


@dataclass(frozen=True)
class _Event:
    """When the surface is depleted: by facet, where first and in the mean [s], and a sentence."""

    facets: np.ndarray
    first: float
    mean: float
    so_far: float
    why: str
    source: str
    misapplied: str | None = None

    @property
    def is_past(self) -> bool:
        """Whether the currents no longer tell of the event; what was said of it before stays."""
        return self.misapplied is not None and PAST in self.misapplied


def misapplied(times: Emptying, so_far: float) -> str | None:
    """Why no time can be told of a surface in its own shape; ``None`` where it can.

    It can where the surface empties nearly at once, so that the current has nowhere to go, and at the moment of the
    event where the mean and the present current put it at nearly the same time; if the mesh has the layer that empties.

    Parameters
    ----------
    times
        Of the surface.
    so_far
        Time plated [s].
    """
    if np.isinf(times.weighted.first):
        return None
    reasons = [reason for reason in (_unsteady(times, so_far), _unresolved(times)) if reason]
    return "does not apply: " + ", and ".join(reasons) if reasons else None


def _unsteady(times: Emptying, so_far: float) -> str | None:
    """Whether the current moves, and what is known all the same."""
    mean, early, late = times.weighted.mean, *sorted((times.so_far.first, times.present.first))
    if mean <= CLOSE * times.weighted.first:
        return None
    if so_far < early:
        return (
            "the surface empties unevenly, which moves the current, "
            f"not before {early:.3g} s where it is first, about {mean:.3g} s in the mean"
        )
    # Long after the event the mean current so far is mostly that of afterwards, and encloses nothing any more.
    steady = late <= STEADY * early
    if so_far > (STEADY * late if steady else late):
        return f"{PAST} before {so_far:.3g} s, and the currents do not tell when"
    if steady:
        return None
    return (
        "the current leaves the places that empty first, "
        f"between {early:.3g} s (at its mean so far) and {late:.3g} s (at the present one)"
    )


def _unresolved(times: Emptying) -> str | None:
    """Whether the mesh has no layer to be emptied."""
    if times.first_cell <= times.layer:
        return None
    return (
        f"on this mesh cells of {times.first_cell:.3g} m at the place that empties first "
        f"are thicker than the layer of {times.layer:.3g} m that is emptied there"
    )


def _event(setting: Setting, surface: SurfaceState) -> _Event:
    """When the surface is depleted, from the shape where that is known, else from closed forms."""
    j, origin = overload(setting, surface)
    so_far = plated_time(setting, surface)
    never = np.full(len(surface.areas), np.inf)
    if setting.blocked_share <= 0:
        why = "no Sand event: the cation alone carries the current"
        return _Event(never, np.inf, np.inf, so_far, why, SOURCE)
    if j <= 1:
        why = f"no Sand event: {j:.3g} of the limiting current ({origin})"
        return _Event(never, np.inf, np.inf, so_far, why, SOURCE)
    mean, times = surface.net_plating / surface.area, surface.emptying
    if times is None:
        within = ""
        factor = finite_gap_factor(j)
        facets = factor * _times(setting, surface, surface.plating)
        time = factor * float(_times(setting, surface, mean))
        # The same law for all of the surface: more current, less time.
        loaded = time * (mean / max(surface.percentile(surface.plating, 0.95), mean)) ** 2
        first, source, told = time, SOURCE, None
    else:
        found = times.weighted
        facets, first, loaded, time = found.facets, found.first, found.loaded, found.mean
        source, told = IN_SHAPE, misapplied(times, so_far)
        within = f", the first place within {first:.3g} s"
    why = (
        f"{j:.3g} times the limiting current ({origin}): depleted after {time:.3g} s at {mean:.3g} A/m², "
        f"the most loaded 5 % of the surface within {loaded:.3g} s{within}; plated for {so_far:.3g} s"
    )
    return _Event(facets, first, time, so_far, f"{told}; {why}" if told else why, source, told)


def evaluate(setting: Setting, surface: SurfaceState) -> Finding:
    """Time until depletion, by facet and where it comes first, against how long it is plated already.

    Closed forms are judged at the mean current density, which there is the only one that counts. How long: the
    deposit's charge over the present current, which knows no rests and no earlier protocol steps.
    """
    name, unit = "sand_time", "s"
    if surface.net_plating == 0:
        return no_say(name, unit, NOT_PLATED, SOURCE)
    event = _event(setting, surface)
    if event.misapplied:
        return Finding(name, None, unit, "no say", event.why, event.source, None if event.is_past else event.facets)
    if np.isinf(event.first):
        return no_event(name, unit, event.why, event.source, len(surface.areas))
    margin = event.first / event.so_far if event.so_far > 0 else np.inf
    return Finding(name, event.first, unit, judge(margin), event.why, event.source, event.facets, margin)


def evaluate_capacity(setting: Setting, surface: SurfaceState) -> Finding:
    """Charge per surface until depletion, against what has been plated; ∞ below the limiting current."""
    name, unit = "sand_capacity", "C/m²"
    if surface.net_plating == 0:
        return no_say(name, unit, NOT_PLATED, SOURCE)
    event = _event(setting, surface)
    plated = surface.mean(surface.thickness) * setting.deposit_charge
    drawn = surface.plating
    if surface.emptying is not None and event.so_far > 0:
        drawn = (2 * np.maximum(surface.thickness, 0.0) * setting.deposit_charge / event.so_far + drawn) / 3
    # Sand's capacity goes as 1/J: without current it has no end either.
    values = np.full(len(drawn), np.inf)
    np.multiply(event.facets, drawn, out=values, where=drawn > 0)
    if event.misapplied:
        return Finding(name, None, unit, "no say", event.why, event.source, None if event.is_past else values)
    if np.isinf(event.first):
        return no_event(name, unit, event.why, event.source, len(surface.areas))
    capacity = event.first * surface.net_plating / surface.area
    margin = capacity / plated if plated > 0 else np.inf
    why = f"{plated:.3g} C/m² plated of {capacity:.3g} C/m²; {event.why}"
    return Finding(name, capacity, unit, judge(margin), why, event.source, values, margin)
