r"""Diffusion of the inserted ion in an active material.

.. math::
    \frac{\partial c_s}{\partial t} = \nabla\cdot(D_s\nabla c_s), \qquad
    -D_s\,\mathbf n\cdot\nabla c_s = \frac{j}{zF}\ \text{on the interface}

with c_s = c_max θ, **n** out of the solid and j anodic > 0, so that insertion (j < 0) fills the solid. D_s is
the chemical diffusivity: it multiplies the concentration gradient.
"""

from __future__ import annotations

import ufl


def residual(capacity, diffusivity, theta, stoichiometry_rate, q, dx, storage):
    """Weak form of the solid's balance, flux through the interface to be added.

    Parameters
    ----------
    capacity
        c_max / c₀.
    diffusivity
        D_s / D_ref.
    theta, stoichiometry_rate
        Stoichiometry and its discrete time derivative.
    q
        Test function.
    dx, storage
        Volume measures of the flux and of the rate of change.
    """
    flux = diffusivity * ufl.inner(ufl.grad(theta), ufl.grad(q))
    return capacity * (stoichiometry_rate * q * storage + flux * dx)
