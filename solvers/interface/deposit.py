r"""Plating on, and stripping from, a surface that may be bare: what of the metal's kinetics acts where.

With j_m the Butler–Volmer current density on metal (anodic positive) and Q the metal's charge per area,

.. math::
    \text{plating:}\quad j = S\,j_m, \qquad \text{stripping:}\quad j = S\,\frac{Q}{Q+Q_c}\,j_m, \qquad
    \dot Q = -\epsilon j,

S the metal's surface per area of substrate (1 without nucleation, see :mod:`.nuclei`), Q_c the charge of a deposit so
thin that half of the surface is free of it, ε the coulombic efficiency when plating and 1 when stripping. In an
implicit step, Q = Q* − j/a₀ with Q* from the earlier ones, the second law is a quadratic equation whose root is
positive: a surface never gives more than is on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ufl

from . import nuclei
from .nuclei import SMALLEST_OVERPOTENTIAL, Nuclei

#: A charge that no division feels, in F c₀ L₀.
TINY = 1e-30


@dataclass(frozen=True)
class Law:
    """A plated surface's law; UFL constants in the scaled units of the cell.

    Attributes
    ----------
    efficiency
        ε.
    cover
        Q_c; ``None`` for a foil, which stripping does not use up.
    footprint, cap_area, barrier, critical_radius, rate, growth
        Of the nucleation (:class:`~.nuclei.NucleationNumbers`), ``rate`` and ``growth`` per current density.
    alpha_c
        Cathodic transfer coefficient.
    """

    efficiency: object
    cover: object = None
    nucleates: bool = False
    footprint: object = None
    cap_area: object = None
    barrier: object = None
    critical_radius: object = None
    rate: object = None
    growth: object = None
    alpha_c: float = 0.5

    @property
    def states(self) -> int:
        """Numbers kept at every node: Q, and the moments of nuclei."""
        return 4 if self.nucleates else 1


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


def response(law: Law, eta, metal_current, exchange_current, bdf: Sequence, old, older) -> Response:
    """What a surface does at an overpotential.

    Parameters
    ----------
    eta
        Overpotential, RT/F.
    metal_current
        j_m at it.
    exchange_current
        i₀, on which the rate of nucleation depends.
    bdf
        Coefficients of the time derivative.
    old, older
        Q and the moments of nuclei before, as :attr:`Law.states` counts them.
    """
    a0 = bdf[0]
    strips = ufl.gt(eta, 0.0)
    charge = star(bdf, old[0], older[0], clip=law.cover is not None)
    plated = stripped = metal_current
    past = after = None
    if law.nucleates:
        past = Nuclei(*(star(bdf, old[k], older[k]) for k in (1, 2, 3)))
        rate = nuclei.site_rate(law.rate * exchange_current, law.barrier, eta, law.alpha_c)
        growth = law.growth * ufl.max_value(-metal_current, 0.0)
        radius = law.critical_radius / ufl.max_value(-eta, SMALLEST_OVERPOTENTIAL)
        after = nuclei.grown(past, a0, rate, growth, radius)
        plated = metal_current * nuclei.active_area(law.footprint, law.cap_area, after.m2)
        stripped = metal_current * nuclei.active_area(law.footprint, law.cap_area, past.m2)
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
    if not law.nucleates:
        return Response(current, gained)
    # What is stripped takes its nuclei with it: a bared substrate nucleates anew.
    share = ufl.max_value(charge + gained / a0, 0.0) / (charge + TINY)
    kept = past.scaled(ufl.conditional(strips, share, 1.0))
    parts = ((getattr(kept, name), getattr(after, name)) for name in ("n", "m1", "m2"))
    return Response(current, gained, Nuclei(*(ufl.conditional(strips, k, g) for k, g in parts)))
