r"""Charge that an electrode's surface holds, q(E), and which ions bring it.

E = φ_s − φ_e − E_pzc in units of RT/F; q is the charge on the metal per area, positive for E > 0. The charging
current is dq/dt, anodic positive like the reaction's: current flows from the metal into the electrolyte.

- constant capacitance: q = C E;
- Gouy–Chapman–Stern: a compact layer in series with a diffuse one, C_S (E − ζ) = q(ζ), with Grahame's charge
  of the diffuse layer for any ions of local concentrations c_i outside of it,

.. math:: q(\zeta)^2 = 2\varepsilon RT \sum_i c_i\,(e^{-z_i\zeta} - 1), \qquad q\,\zeta \ge 0 .

Of a change of the diffuse charge, ion i brings the share z_i c_i (e^{−z_iζ} − 1) / Σ_j z_j c_j e^{−z_jζ}: at
small ζ its part of the ionic strength, at large ζ all by the counter-ion. What a change of the local concentrations
alone would exchange at constant charge is left out.

References: D. C. Grahame, Chem. Rev. 41 (1947) 441, doi:10.1021/cr60130a002; A. J. Bard, L. R. Faulkner,
Electrochemical Methods, 2nd ed., Wiley 2001, §13.3.
"""

from __future__ import annotations

from collections.abc import Sequence

import ufl

#: Newton iterations written into the form: from the bound they start at, five leave less than 1e-12 of ζ.
ITERATIONS = 6

#: Arguments below which (eˣ − 1 − x)/x² is summed as a series.
SMALL = 0.02


def constant_charge(capacitance, drop):
    """q = C E."""
    return capacitance * drop


def diffuse_charge(permittivity, charges: Sequence[int], c: Sequence, zeta):
    """Grahame's charge of a diffuse layer of potential ζ; ``permittivity`` is ε RT/(F² c₀ L₀²), c in c₀."""
    return zeta * _charge_per_potential(permittivity, charges, c, zeta)


def _charge_per_potential(permittivity, charges, c, zeta):
    """q/ζ, smooth at ζ = 0, where neutrality outside the layer makes Σ c (e^{−zζ} − 1) of second order."""
    total = sum(z * z * ci * _second_order(-z * zeta) for z, ci in zip(charges, c, strict=True))
    return ufl.sqrt(2 * permittivity * total)


def diffuse_potential(permittivity, stern, charges: Sequence[int], c: Sequence, drop):
    """ζ, of which C_S (E − ζ) equals the diffuse layer's charge.

    Newton's method is written into the form. It starts from an upper bound of |ζ|, the smallest of |E| and what
    each counter-ion alone would need, and comes down monotonically because q is convex.
    """
    bounds = {}
    for sign in (1, -1):
        counter = [(abs(z), ci) for z, ci in zip(charges, c, strict=True) if z * sign < 0]
        magnitude = ufl.max_value(sign * drop, 0.0)
        bounds[sign] = magnitude
        for z, ci in counter:
            alone = 2 / z * ufl.ln(1 + stern * magnitude / ufl.sqrt(2 * permittivity * ci))
            bounds[sign] = ufl.min_value(bounds[sign], alone)
    zeta = bounds[1] - bounds[-1]
    for _ in range(ITERATIONS):
        root = _charge_per_potential(permittivity, charges, c, zeta)
        # From 2 q q' = 2 ε Σ −z c (e^{−zζ} − 1) and q = ζ root; neutrality outside the layer is used.
        slope = permittivity * sum(z * z * ci * _ratio(-z * zeta) for z, ci in zip(charges, c, strict=True)) / root
        zeta = zeta - (zeta * root - stern * (drop - zeta)) / (slope + stern)
    return zeta


def diffuse_shares(charges: Sequence[int], c: Sequence, zeta) -> list:
    """Share of each ion in a change of the diffuse layer's charge; they sum to 1."""
    # Divided by ζ above and below, for the limit at ζ = 0.
    parts = [z * z * ci * _ratio(-z * zeta) for z, ci in zip(charges, c, strict=True)]
    total = sum(parts)
    return [part / total for part in parts]


def _second_order(x):
    """(eˣ − 1 − x) / x², ½ at 0."""
    safe = ufl.conditional(ufl.lt(abs(x), SMALL), 1.0, x)
    series = 0.5 + x * (1 / 6 + x * (1 / 24 + x * (1 / 120 + x / 720)))
    return ufl.conditional(ufl.lt(abs(x), SMALL), series, (ufl.exp(safe) - 1 - safe) / (safe * safe))


def _ratio(x):
    """(eˣ − 1) / x, 1 at 0."""
    safe = ufl.conditional(ufl.lt(abs(x), SMALL), 1.0, x)
    series = 1 + x * (1 / 2 + x * (1 / 6 + x * (1 / 24 + x * (1 / 120 + x / 720))))
    return ufl.conditional(ufl.lt(abs(x), SMALL), series, (ufl.exp(safe) - 1) / safe)
