r"""Several ions and the potential: Poisson–Nernst–Planck, and its electroneutral limit.

Unknowns are the electrochemical potentials μ_i (units of RT, zero in the bulk) and the electrostatic potential φ
(units of RT/F). Concentrations follow from them,

.. math::
    w_i = \exp(\mu_i - z_i\phi), \qquad c_i = c_i^0\,\frac{w_i}{1 - \nu + \nu\sum_j x_j w_j},

so they are positive whatever the unknowns are, and with finite ions (ν > 0) their sum stays below 1/a³N_A.
ν = a³ N_A Σ c_j⁰ is the share of the volume that ions take in the bulk, x_j = c_j⁰/Σ c_k⁰; ν = 0 gives point ions,
μ_i = ln(c_i/c_i⁰) + z_i φ. Fluxes are driven by the gradients of μ alone:

.. math::
    \mathbf N_i = \mathbf N_i^* - (1-f)\,\frac{t_i}{z_i F}\,\mathbf i^*, \qquad
    \mathbf N_i^* = -D_i c_i \nabla\mu_i, \quad \mathbf i^* = F\sum_j z_j\mathbf N_j^*, \quad
    t_i = \frac{z_i^2 D_i c_i}{\sum_j z_j^2 D_j c_j}

with f the mobility factor: the conductivity is f times that of Nernst and Einstein, while transference numbers,
currentless diffusion and Boltzmann's equilibrium stay as they are (Onsager's coefficients less a part along the
current). Balances and Poisson's equation,

.. math::
    \frac{\partial c_i}{\partial t} = -\nabla\cdot\mathbf N_i, \qquad
    -\nabla\cdot(\varepsilon\nabla\phi) = F\Big(\sum_i z_i c_i + \rho\Big),

ρ being the charge of immobile ions. Without permittivity the last row says Σ z_i c_i + ρ = 0: electroneutral
transport of any number of ions is the same form at zero Debye length.

Written in (μ, φ), with Poisson's row in the unit of the rates of change, the discrete problem derives from a
convex energy apart from the change of c in the fluxes: its Jacobian is nearly symmetric, with every second-order term
on the diagonal blocks, for any ratio of time step, mesh size and Debye length.

References: J. Newman, N. P. Balsara, Electrochemical Systems, 4th ed., Wiley 2021, ch. 11; finite ions:
M. S. Kilic, M. Z. Bazant, A. Ajdari, Phys. Rev. E 75 (2007) 021502 and 021503, doi:10.1103/PhysRevE.75.021503.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import ufl


@dataclass(frozen=True)
class IonicTransport:
    """Dimensionless coefficients (UFL constants or numbers).

    Attributes
    ----------
    charges
        z_i.
    bulk
        c_i⁰ / c₀.
    diffusivities
        D_i / D_ref.
    mobility_factor
        f; ``None`` for 1.
    permittivity
        ε RT / (F² c₀ L₀²); ``None`` for the electroneutral limit.
    fixed_charge
        ρ / c₀; ``None`` for none.
    packing
        ν; ``None`` for point ions.
    """

    charges: tuple[int, ...]
    bulk: tuple
    diffusivities: tuple
    mobility_factor: object = None
    permittivity: object = None
    fixed_charge: object = None
    packing: object = None


def hindered(transport: IonicTransport, factor) -> IonicTransport:
    """Transport through a porous medium soaked with the electrolyte, D_eff = D·factor."""
    return replace(transport, diffusivities=tuple(d * factor for d in transport.diffusivities))


def activities(transport: IonicTransport, mu, phi) -> list:
    """w_i = exp(μ_i − z_i φ), the activities relative to the bulk."""
    return [ufl.exp(m - z * phi) for m, z in zip(mu, transport.charges, strict=True)]


def crowding(transport: IonicTransport, w):
    """1 − ν + ν Σ x_j w_j, by which finite ions divide their activities."""
    total = sum(transport.bulk)
    filled = sum(b * a for b, a in zip(transport.bulk, w, strict=True)) / total
    return 1 - transport.packing + transport.packing * filled


def concentrations(transport: IonicTransport, mu, phi) -> list:
    """c_i / c₀."""
    w = activities(transport, mu, phi)
    if transport.packing is not None:
        divisor = crowding(transport, w)
        w = [a / divisor for a in w]
    return [b * a for b, a in zip(transport.bulk, w, strict=True)]


def charge_density(transport: IonicTransport, c):
    """Σ z_i c_i + ρ, in units of F c₀."""
    mobile = sum(z * ci for z, ci in zip(transport.charges, c, strict=True))
    return mobile if transport.fixed_charge is None else mobile + transport.fixed_charge


def fluxes(transport: IonicTransport, mu, c) -> list:
    """N_i, in units of D_ref c₀ / L₀."""
    z, mobility = transport.charges, [d * ci for d, ci in zip(transport.diffusivities, c, strict=True)]
    free = [-m * ufl.grad(potential) for m, potential in zip(mobility, mu, strict=True)]
    if transport.mobility_factor is None:
        return free
    current = sum(zi * n for zi, n in zip(z, free, strict=True))
    conductivity = sum(zi * zi * m for zi, m in zip(z, mobility, strict=True))
    held = (1 - transport.mobility_factor) / conductivity
    return [n - held * zi * m * current for n, zi, m in zip(free, z, mobility, strict=True)]


def balances(transport: IonicTransport, mu, c, rates, tests, dx, storage):
    """Weak form of the ions' balances; ``rates`` are the discrete ∂c_i/∂t, electrodes add their currents."""
    flows = fluxes(transport, mu, c)
    return sum(
        rate * w * storage - ufl.inner(n, ufl.grad(w)) * dx for rate, n, w in zip(rates, flows, tests, strict=True)
    )


def poisson(transport: IonicTransport, phi, c, rate_scale, z, dx, storage):
    """Weak form of Poisson's equation times ``rate_scale``; surfaces add their charges."""
    field = 0 if transport.permittivity is None else transport.permittivity * ufl.inner(ufl.grad(phi), ufl.grad(z)) * dx
    return rate_scale * (field - charge_density(transport, c) * z * storage)
