r"""Plating on, and stripping from, a surface that may be bare: what of the metal's kinetics acts where.

With i(S) the current density per area of substrate that metal of area S per area of substrate passes (Butler–Volmer,
behind the substrate's film: η − iR_f drives it; anodic positive) and Q the metal's charge per area of substrate,

.. math::
    \text{plating:}\quad j = i(S), \qquad \text{stripping:}\quad j = \frac{Q}{Q+Q_c}\,i(S), \qquad
    \dot Q = -\epsilon j,

S is 1 without nucleation, see :mod:`.nuclei`; Q_c the charge of a deposit so thin that half of the surface is free of
it; ε the coulombic efficiency when plating and 1 when stripping. In an implicit step, Q = Q* − j/a₀ with Q* from the
earlier ones, the second law is a quadratic equation whose root is positive: a surface never gives more than is on it.

What drives nucleation behind a film is η − iR_f with the S before the step; the film's drop changes with the cover, no
faster than the steps resolve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ufl

from . import butler_volmer, nuclei
from .nuclei import SMALLEST_OVERPOTENTIAL, NucleationNumbers, Nuclei

#: A charge, or an area, that no division feels.
TINY = 1e-30


@dataclass(frozen=True)
class Kinetics:
    """Butler–Volmer's law at one overpotential; UFL values in scaled units.

    Attributes
    ----------
    exchange_current
        i₀, per area of metal.
    eta
        η, film drop included.
    alpha_a, alpha_c
        Transfer coefficients.
    film_resistance
        R_f, of an area of substrate; ``None`` without film.
    """

    exchange_current: object
    eta: object
    alpha_a: float
    alpha_c: float
    film_resistance: object = None

    def current(self, area=None):
        """i(S), with S = 1 unless given."""
        i0 = self._of(area)
        return butler_volmer.current_density(i0, self.eta, self.alpha_a, self.alpha_c, self.film_resistance)

    def driving(self, area=None):
        """η − i(S) R_f."""
        i0 = self._of(area)
        arguments = i0, self.eta, self.alpha_a, self.alpha_c, self.film_resistance
        return butler_volmer.charge_transfer_overpotential(*arguments)

    def on_metal(self, driving):
        """Current density on metal at what a film leaves of the overpotential."""
        return butler_volmer.current_density(self.exchange_current, driving, self.alpha_a, self.alpha_c)

    def _of(self, area):
        return self.exchange_current if area is None else self.exchange_current * (area + TINY)


@dataclass(frozen=True)
class Law:
    """A plated surface's law; UFL constants in the scaled units of the cell.

    Attributes
    ----------
    efficiency
        ε.
    cover
        Q_c; ``None`` for a foil, which stripping does not use up.
    nucleation
        How metal starts; ``None``: as on itself.
    """

    efficiency: object
    cover: object = None
    nucleation: NucleationNumbers | None = None


def star(bdf: Sequence, old, older, clip: bool = True):
    """−(a₁ y₁ + a₂ y₂)/a₀, from which a state departs in an implicit step."""
    value = -(bdf[1] * old + bdf[2] * older) / bdf[0]
    return ufl.max_value(value, 0.0) if clip else value


@dataclass(frozen=True)
class Response:
    """UFL expressions of a plated surface.

    Attributes
    ----------
    current
        j.
    gained
        dQ/dt.
    nuclei
        Their moments after the step, ``None`` without nucleation.
    """

    current: object
    gained: object
    nuclei: Nuclei | None = None


def response(law: Law, kinetics: Kinetics, bdf: Sequence, old, older) -> Response:
    """What a surface does at an overpotential.

    Parameters
    ----------
    bdf
        Coefficients of the time derivative.
    old, older
        Q before, and with nucleation its moments.
    """
    a0 = bdf[0]
    strips = ufl.gt(kinetics.eta, 0.0)
    charge = star(bdf, old[0], older[0], clip=law.cover is not None)
    numbers, past, after = law.nucleation, None, None
    if numbers is not None:
        past = Nuclei(*(star(bdf, old[k], older[k]) for k in (1, 2, 3)))
        before = nuclei.active_area(numbers.footprint, numbers.cap_area, past.m2)
        eta = kinetics.driving(before)
        fastest = numbers.rate_per_current * kinetics.exchange_current
        rate = nuclei.site_rate(fastest, numbers.barrier, eta, kinetics.alpha_c)
        growth = numbers.growth_per_current * ufl.max_value(-kinetics.on_metal(eta), 0.0)
        radius = numbers.critical_radius / ufl.max_value(-eta, SMALLEST_OVERPOTENTIAL)
        after = nuclei.grown(past, a0, rate, growth, radius)
        plated = kinetics.current(nuclei.active_area(numbers.footprint, numbers.cap_area, after.m2))
        stripped = kinetics.current(before)
    else:
        plated = stripped = kinetics.current()
    if law.cover is not None:
        drawn = ufl.max_value(stripped, 0.0) / a0
        gap = charge - drawn - law.cover
        root = ufl.sqrt(gap**2 + 4 * charge * law.cover)
        # Either form of the root, where it does not cancel.
        thin = 2 * charge * law.cover / (root + ufl.max_value(-gap, 0.0) + TINY)
        left = ufl.conditional(ufl.gt(gap, 0.0), (root + gap) / 2, thin)
        stripped = stripped * left / (left + law.cover)
    current = ufl.conditional(strips, stripped, plated)
    gained = ufl.conditional(strips, -stripped, -law.efficiency * plated)
    if numbers is None:
        return Response(current, gained)
    # What is stripped takes its nuclei with it: a bared substrate nucleates anew.
    share = ufl.max_value(charge + gained / a0, 0.0) / (charge + TINY)
    kept = past.scaled(ufl.conditional(strips, share, 1.0))
    parts = ((getattr(kept, name), getattr(after, name)) for name in ("n", "m1", "m2"))
    return Response(current, gained, Nuclei(*(ufl.conditional(strips, k, g) for k, g in parts)))
