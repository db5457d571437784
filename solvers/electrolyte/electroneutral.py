r"""Electroneutral binary electrolyte of any charge numbers.

A salt of concentration c dissociates into ν₊ cations of charge z₊ and ν₋ anions of charge z₋,
z₊ν₊ + z₋ν₋ = 0. With the dimensionless potential φ (units of RT/F) and u = ln(c/c₀), so that c = c₀ eᵘ stays
positive,

.. math::
    \mathbf i = -\kappa_0 e^u\,(\nabla\phi + s\,\nabla u), \qquad
    s = \frac{t_+}{z_+} + \frac{t_-}{z_-}

.. math::
    \frac{\mathbf N_-}{\nu_-} = -D\,\nabla c + \frac{t_-}{z_-\nu_- F}\,\mathbf i, \qquad
    \frac{\partial c}{\partial t} = -\nabla\cdot\frac{\mathbf N_-}{\nu_-}, \qquad \nabla\cdot\mathbf i = 0 .

D is the ambipolar diffusivity of the salt, t₊ the cation's transference number, κ₀ the conductivity at c₀
(proportional to c otherwise). With the Nernst–Einstein κ₀ this is exactly Nernst–Planck with electroneutrality;
a measured κ₀ keeps the measured ohmic drop. The anion's balance is used because no anion crosses an electrode:
the salt is conserved whatever the kinetics do.

Reference: J. Newman, N. P. Balsara, Electrochemical Systems, 4th ed., Wiley 2021, ch. 11.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import ufl


@dataclass(frozen=True)
class BinaryTransport:
    """Dimensionless transport coefficients (UFL constants or numbers).

    Attributes
    ----------
    diffusivity
        D / D_ref of the salt.
    conductivity
        κ₀ RT / (F² D_ref c₀).
    diffusion_potential
        s = t₊/z₊ + t₋/z₋.
    anion_migration
        t₋ / (z₋ ν₋), negative.
    """

    diffusivity: object
    conductivity: object
    diffusion_potential: object
    anion_migration: object


def hindered(transport: BinaryTransport, factor) -> BinaryTransport:
    """Transport through a porous medium soaked with the electrolyte, D_eff = D·factor and κ_eff = κ·factor.

    ``factor`` is porosity over tortuosity factor, ε/τ; fluxes are superficial, per area of the medium.
    """
    return replace(transport, diffusivity=transport.diffusivity * factor, conductivity=transport.conductivity * factor)


def current(transport: BinaryTransport, u, phi):
    """Ionic current density i, in units of F D_ref c₀ / L₀."""
    gradient = ufl.grad(phi) + transport.diffusion_potential * ufl.grad(u)
    return -transport.conductivity * ufl.exp(u) * gradient


def anion_flux(transport: BinaryTransport, u, phi):
    """Anion flux per anion in the salt, N₋/ν₋, in units of D_ref c₀ / L₀."""
    diffusion = -transport.diffusivity * ufl.exp(u) * ufl.grad(u)
    return diffusion + transport.anion_migration * current(transport, u, phi)


def residual(transport: BinaryTransport, u, phi, concentration_rate, w, z, dx, storage):
    """Weak form of the anion balance (test ``w``) and of charge conservation (test ``z``).

    ``concentration_rate`` is the discrete ∂(c/c₀)/∂t, integrated with the measure ``storage``; electrodes add
    their currents to the ``z`` rows.
    """
    anion = -ufl.inner(anion_flux(transport, u, phi), ufl.grad(w))
    charge = -ufl.inner(current(transport, u, phi), ufl.grad(z))
    return concentration_rate * w * storage + (anion + charge) * dx
