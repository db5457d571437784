r"""Butler–Volmer kinetics of insertion and of metal plating, in one convention.

.. math::
    j = i_0\,[\exp(\alpha_a \eta) - \exp(-\alpha_c \eta)], \qquad
    \eta = \phi_s - \phi_e - U - \tfrac{1}{z_+}\ln\frac{c}{c_0} - j R_f

with potentials in units of RT/F. ``j`` is the interfacial current density, **anodic > 0** (de-insertion,
stripping); insertion and plating are ``j < 0``. ``U`` is the open-circuit potential of the electrode in the
electrolyte of concentration ``c0``; the logarithm is Nernst's shift for any other concentration, because
``phi_e`` is the electrostatic potential of dilute-solution theory. Exchange current density:

- insertion:  i0 = i0_ref [(c/c0)^αa (1−θ)^αa θ^αc 2^(αa+αc)]^(1/z₊), so that i0 = i0_ref at θ = ½, c = c0;
- metal:      i0 = i0_ref (c/c0)^(αa/z₊).

With αa + αc = z₊ the anodic branch is then free of c and the cathodic one proportional to it (mass action):
j = i0_ref [exp(αa η') − (c/c0) exp(−αc η')], η' = φ_s − φ_e − U.
A film of resistance R_f (Ω m²) lies between electrode and electrolyte; its drop is part of η and makes the
law implicit in j, see :func:`charge_transfer_overpotential`.

Reference: J. Newman, N. P. Balsara, Electrochemical Systems, 4th ed., Wiley 2021, ch. 8.
"""

from __future__ import annotations

import ufl

from .. import ufl_ops

#: Kinetic prefactors see stoichiometries no closer to 0 and 1 than this.
STOICHIOMETRY_MARGIN = 1e-12

#: Speed that bounds how ions enter an empty lattice or leave a full one [m/s]: beyond all that is measured.
FASTEST = 1e3

#: Below it ln(1 + x) is summed as a series, to 1e-13.
SMALL_EXCESS = 1e-3

#: Newton iterations written into the form: seven reach roundoff for any film and transfer coefficients up to 2.
FILM_ITERATIONS = 7


def insertion_exchange_current(i0_ref, ln_c, theta, alpha_a: float, alpha_c: float, z_cation: int):
    """Exchange current density of insertion, in the unit of ``i0_ref``.

    Parameters
    ----------
    i0_ref
        Value at θ = ½ and c = c0.
    ln_c
        ln(c/c0) of the electrolyte at the interface.
    theta
        Stoichiometry of the solid at the interface.
    alpha_a, alpha_c
        Anodic and cathodic transfer coefficients.
    z_cation
        Charge number of the ion.
    """
    alpha_a, alpha_c = alpha_a / z_cation, alpha_c / z_cation
    margin = STOICHIOMETRY_MARGIN
    theta = ufl.max_value(ufl.min_value(theta, 1 - margin), margin)
    solid = (1 - theta) ** alpha_a * theta**alpha_c * 2 ** (alpha_a + alpha_c)
    return i0_ref * ufl.exp(alpha_a * ln_c) * solid


def lattice_limited(current, theta, ceiling):
    """A current that a lattice lets through, which needs vacancies for insertion and ions for extraction.

    j_l ln(1 + |j|/j_l), with j_l proportional to the square of the vacancies (j < 0) or of the ions (j > 0) at the
    surface: far above every current of a cell until some hundred thousandths of them are left. It keeps θ between 0
    and 1 whatever the overpotential, and the law well conditioned there: the current still answers to the
    overpotential, linearly, and the share that is left at a small current is not lost in the rounding of 1 − θ.

    Parameters
    ----------
    current
        What the kinetics ask for, anodic positive.
    theta
        Stoichiometry at the interface.
    ceiling
        j_l of an empty lattice (insertion) or a full one (extraction): z F c_max times :data:`FASTEST`.
    """
    needed = ufl.max_value(ufl.conditional(ufl.gt(current, 0.0), theta, 1 - theta), STOICHIOMETRY_MARGIN)
    limit = ceiling * needed**2
    excess = abs(current) / limit
    # ln(1 + x)/x: as a series where the sum would lose the digits of x.
    small = ufl.lt(excess, SMALL_EXCESS)
    safe = ufl.conditional(small, 1.0, excess)
    series = 1 - excess * (1 / 2 - excess * (1 / 3 - excess / 4))
    return current * ufl.conditional(small, series, ufl.ln(1 + safe) / safe)


def metal_exchange_current(i0_ref, ln_c, alpha_a: float, z_cation: int):
    """Exchange current density of plating and stripping, in the unit of ``i0_ref``."""
    return i0_ref * ufl.exp(alpha_a / z_cation * ln_c)


def overpotential(phi_s, phi_e, open_circuit, ln_c, z_cation: int):
    """φ_s − φ_e − U − ln(c/c0)/z₊ (units of RT/F), film drop included."""
    return phi_s - phi_e - open_circuit - ln_c / z_cation


def current_density(i0, eta, alpha_a: float, alpha_c: float, film_resistance=None):
    """Interfacial current density, anodic > 0.

    Parameters
    ----------
    i0
        Exchange current density.
    eta
        Overpotential in units of RT/F, film drop included.
    alpha_a, alpha_c
        Transfer coefficients.
    film_resistance
        R_f such that ``film_resistance * j`` is in units of RT/F; ``None`` for no film.
    """
    if film_resistance is None:
        return _butler_volmer(i0, eta, alpha_a, alpha_c)
    s = charge_transfer_overpotential(i0, eta, alpha_a, alpha_c, film_resistance)
    return _butler_volmer(i0, s, alpha_a, alpha_c)


def charge_transfer_overpotential(i0, eta, alpha_a: float, alpha_c: float, film_resistance):
    """Solve s + R_f j(s) = η for what a film leaves of the overpotential; without a film that is η.

    Newton's method is written into the form, so that automatic differentiation sees the exact law. It starts
    from an upper bound of |s|: the smaller of |η| (no drop in the charge transfer) and the inverse of the
    Tafel branch. With very unequal transfer coefficients the law is concave there and an iteration may pass zero:
    it goes on from zero, which it leaves towards the root.
    """
    if film_resistance is None:
        return eta
    resistance = film_resistance * i0
    anodic = ufl.min_value(eta, ufl.ln(1 + ufl.max_value(eta, 0.0) / resistance) / alpha_a)
    cathodic = ufl.max_value(eta, -ufl.ln(1 + ufl.max_value(-eta, 0.0) / resistance) / alpha_c)
    s = ufl.conditional(ufl.gt(eta, 0.0), anodic, cathodic)
    for iteration in range(FILM_ITERATIONS):
        if iteration > 0:
            # Never after the last one: at η = 0 the derivative would be lost in the cut.
            s = ufl.conditional(ufl.gt(eta, 0.0), ufl.max_value(s, 0.0), ufl.min_value(s, 0.0))
        forward, backward = ufl_ops.bounded_exp(alpha_a * s), ufl_ops.bounded_exp(-alpha_c * s)
        mismatch = s + resistance * (forward - backward) - eta
        slope = 1 + resistance * (alpha_a * forward + alpha_c * backward)
        s = s - mismatch / slope
    return s


def _butler_volmer(i0, eta, alpha_a: float, alpha_c: float):
    return i0 * (ufl_ops.bounded_exp(alpha_a * eta) - ufl_ops.bounded_exp(-alpha_c * eta))
