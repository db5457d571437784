r"""Current transients of hemispheres that nucleate after a potential step and grow by diffusion, overlapping.

The law of Scharifker and Mostany is, with a rate A per site [1/s], N₀ sites [1/m²], k = √(8πcV_m),

.. math::
    i = \frac{zFc\sqrt{D}}{\sqrt{\pi t}}
        \left\{1 - \exp\left[-\pi k D N_0 \left(t - \frac{1 - e^{-At}}{A}\right)\right]\right\}.

At → ∞ is **instantaneous** nucleation, 1 − exp(−N₀πkDt); At → 0 **progressive**, 1 − exp(−AN₀πkDt²/2) by this law.
Scharifker and Hills have there k' = 4k/3 in the place of k, as they count the age of the nuclei otherwise: the
shape is the same, and AN₀ is ¾ of the general law's for the same curve. Each function says which k it takes.

Currents are densities [A/m²] and *positive*; a measured cathodic current is negative, and its sign is turned before.
c is the metal ion's bulk concentration [mol/m³], D its diffusivity [m²/s], V_m the metal's molar volume [m³/mol], t the
time since nucleation began [s].

The law holds at constant potential, with the ion carried by diffusion alone (supporting electrolyte), and without
currents of double layers, hydrogen or reaction films.

**One shape.** With a = At_m and g(a) = 1 − (1 − e^{−a})/a the law is

.. math::
    \frac{i}{i_m} = \sqrt{\frac{t_m}{t}}\,\frac{1 - e^{-y\tau g(a\tau)/g(a)}}{1 - e^{-y}},\quad \tau = t/t_m,\quad
    e^y = 1 + 2\rho y,\quad \rho = \frac{1 - e^{-a}}{g(a)} \in (1, 2),

the last from di/dt = 0; ρ = 1 instantaneous (y = 1.25643), ρ = 2 progressive (y = 2.33669). At the maximum
i_m² t_m = (zFc)² D (1 − e^{−y})²/π, that is 0.16288 and 0.25975 (zFc)² D, which gives D without N₀.

References: B. Scharifker, G. Hills, Electrochim. Acta 28 (1983) 879; B. R. Scharifker, J. Mostany, J. Electroanal.
Chem. 177 (1984) 13.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...materials.constants import FARADAY

#: k' over k, by which Scharifker and Hills' progressive law differs from the limit of the general one.
PROGRESSIVE_FACTOR = 4.0 / 3.0


def peak_exponent(rho: float) -> float:
    """y > 0 of e^y = 1 + 2ρy for ρ from 1 to 2, to machine precision."""
    y = 3.0
    # y ← ln(1 + 2ρy) contracts by at least 2/(1 + 2·1.25) = 0.57 a turn.
    for _ in range(100):
        y = math.log1p(2.0 * rho * y)
    return y


#: Exponents N₀πkDt_m and AN₀πk'Dt_m²/2 at the maximum.
INSTANTANEOUS_EXPONENT = peak_exponent(1.0)
PROGRESSIVE_EXPONENT = peak_exponent(2.0)


def peak_product(exponent: float) -> float:
    """i_m² t_m over (zFc)² D, (1 − e^{−y})²/π."""
    return math.expm1(-exponent) ** 2 / math.pi


#: i_m² t_m / ((zFc)² D): 0.16288 and 0.25975.
INSTANTANEOUS_PRODUCT = peak_product(INSTANTANEOUS_EXPONENT)
PROGRESSIVE_PRODUCT = peak_product(PROGRESSIVE_EXPONENT)


@dataclass(frozen=True)
class Plating:
    """What the laws take of metal and solution.

    Attributes
    ----------
    charge
        z of the ion.
    concentration
        Of the ion in the bulk [mol/m³].
    molar_volume
        V_m of the metal [m³/mol].
    """

    charge: int
    concentration: float
    molar_volume: float

    @property
    def charge_density(self) -> float:
        """zFc [C/m³]."""
        return self.charge * FARADAY * self.concentration

    @property
    def overlap(self) -> float:
        """k = √(8πcV_m): the area that a nucleus drains is πkDt."""
        return math.sqrt(8.0 * math.pi * self.concentration * self.molar_volume)


def _planar(time, plating: Plating, diffusivity: float):
    """Cottrell's current [A/m²], to which all transients fall; infinite at t = 0."""
    with np.errstate(divide="ignore"):
        return plating.charge_density * np.sqrt(diffusivity / (np.pi * time))


def _current(time, exponent, plating: Plating, diffusivity: float):
    """Cottrell's current on the share of the electrode that is drained; 0 up to t = 0."""
    time = np.asarray(time, dtype=float)
    with np.errstate(invalid="ignore"):
        drained = -np.expm1(-np.asarray(exponent(np.maximum(time, 0.0))))
        return np.where(time > 0, _planar(np.abs(time), plating, diffusivity) * drained, 0.0)[()]


def instantaneous_current(time, plating: Plating, diffusivity: float, sites: float):
    """i(t) [A/m²] of ``sites`` nuclei N₀ [1/m²] that are all there at once."""
    rate = sites * math.pi * plating.overlap * diffusivity
    return _current(time, lambda t: rate * t, plating, diffusivity)


def progressive_current(time, plating: Plating, diffusivity: float, rate: float):
    """i(t) [A/m²] of nuclei that appear at ``rate`` AN∞ [1/(m² s)]; Scharifker and Hills' k' = 4k/3."""
    factor = 0.5 * rate * math.pi * PROGRESSIVE_FACTOR * plating.overlap * diffusivity
    return _current(time, lambda t: factor * t**2, plating, diffusivity)


def general_current(time, plating: Plating, diffusivity: float, sites: float, site_rate: float):
    """i(t) [A/m²] of ``sites`` N₀ [1/m²] that nucleate at ``site_rate`` A [1/s] each; k throughout."""
    factor = sites * math.pi * plating.overlap * diffusivity
    return _current(time, lambda t: factor * t * delay(site_rate * t), plating, diffusivity)


def delay(a):
    """g(a) = 1 − (1 − e^{−a})/a, from a/2 at small a to 1."""
    a = np.asarray(a, dtype=float)
    small = np.abs(a) < 1e-4
    safe = np.where(small, 1.0, a)
    return np.where(small, a / 2 * (1 - a / 3), 1.0 + np.expm1(-safe) / safe)[()]


def steepness(a: float) -> float:
    """ρ(a) = (1 − e^{−a})/g(a), from 2 (progressive) at small a to 1 (instantaneous) at large."""
    return float(-np.expm1(-a) / delay(a)) if a > 0 else 2.0


def reduced_current(tau, a: float):
    """i/i_m at τ = t/t_m of the general law with a = At_m; 0 stands for progressive, ``inf`` for instantaneous."""
    tau = np.asarray(tau, dtype=float)
    positive = np.maximum(tau, 0.0)
    if a == 0:
        y, shape = PROGRESSIVE_EXPONENT, positive**2
    elif math.isinf(a):
        y, shape = INSTANTANEOUS_EXPONENT, positive
    else:
        y, shape = peak_exponent(steepness(a)), positive * delay(a * positive) / delay(a)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(tau > 0, np.expm1(-y * shape) / math.expm1(-y) / np.sqrt(positive), 0.0)[()]


def instantaneous_limit(tau):
    """(i/i_m)² = 1.9542/τ {1 − exp(−1.2564τ)}² of instantaneous nucleation at τ = t/t_m."""
    return reduced_current(tau, math.inf) ** 2


def progressive_limit(tau):
    """(i/i_m)² = 1.2254/τ {1 − exp(−2.3367τ²)}² of progressive nucleation at τ = t/t_m."""
    return reduced_current(tau, 0.0) ** 2


def instantaneous_peak(plating: Plating, diffusivity: float, sites: float) -> tuple[float, float]:
    """t_m [s] and i_m [A/m²] of :func:`instantaneous_current`."""
    time = INSTANTANEOUS_EXPONENT / (sites * math.pi * plating.overlap * diffusivity)
    return time, plating.charge_density * math.sqrt(INSTANTANEOUS_PRODUCT * diffusivity / time)


def progressive_peak(plating: Plating, diffusivity: float, rate: float) -> tuple[float, float]:
    """t_m [s] and i_m [A/m²] of :func:`progressive_current`."""
    factor = 0.5 * rate * math.pi * PROGRESSIVE_FACTOR * plating.overlap * diffusivity
    time = math.sqrt(PROGRESSIVE_EXPONENT / factor)
    return time, plating.charge_density * math.sqrt(PROGRESSIVE_PRODUCT * diffusivity / time)


@dataclass(frozen=True)
class Kinetics:
    """What a maximum stands for, see :func:`kinetics_at_peak`.

    Attributes
    ----------
    diffusivity
        D [m²/s].
    sites
        N₀ [1/m²]; ``None`` for progressive nucleation, which only tells ``rate``.
    site_rate
        A [1/s]; ``None`` in both limits.
    rate
        AN∞ [1/(m² s)] with Scharifker and Hills' k' for progressive nucleation, AN₀ of the general law in between;
        ``None`` for instantaneous nucleation.
    """

    diffusivity: float
    sites: float | None
    site_rate: float | None
    rate: float | None


def kinetics_at_peak(plating: Plating, time: float, current: float, a: float) -> Kinetics:
    """D, N₀ and A from t_m [s], i_m [A/m²] and a = At_m; 0 stands for progressive, ``inf`` for instantaneous."""
    y = peak_exponent(1.0 if math.isinf(a) else steepness(a))
    diffusivity = current**2 * time / (plating.charge_density**2 * peak_product(y))
    drained = math.pi * plating.overlap * diffusivity * time
    if math.isinf(a):
        return Kinetics(diffusivity, y / drained, None, None)
    if a == 0:
        return Kinetics(diffusivity, None, None, 2.0 * y / (PROGRESSIVE_FACTOR * drained * time))
    sites = y / (drained * float(delay(a)))
    return Kinetics(diffusivity, sites, a / time, a / time * sites)
