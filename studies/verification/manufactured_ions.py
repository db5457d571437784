r"""Manufactured solutions of several ions: Poisson–Nernst–Planck, with finite ions, and its electroneutral limit.

Sources stand in the ions' balances; in Poisson's row the program's own immobile charge takes their place,

.. math::
    \rho = -\nabla\cdot(\varepsilon\nabla\phi) - \sum_i z_i c_i,

of the chosen fields. The rate term is that of an implicit step from an empty electrolyte, ∂c/∂t = c.
"""

from __future__ import annotations

from dataclasses import replace

import ufl
from dolfinx import fem

from ...solvers.electrolyte import nernst_planck
from .manufactured import Errors, cube, error_norms, measures, refine, solve_with_exact_boundary
from .result import Result

#: Cells along an edge of the cube, by polynomial degree: four fields ask for smaller systems than two.
DIVISIONS = {1: (5, 8, 12), 2: (2, 4, 6)}

#: Three ions as of K2SO4 with a little sodium; the mobility factor makes the fluxes depend on each other.
TRANSPORT = nernst_planck.IonicTransport(
    charges=(1, -2, 1), bulk=(0.5, 0.4, 0.3), diffusivities=(1.0, 0.55, 0.7), mobility_factor=0.6, permittivity=0.4
)

#: Share of the volume that finite ions take in the bulk.
PACKING = 0.25


def _fields(domain) -> tuple[list, object]:
    """μ₁, μ₂, μ₃ and φ of the manufactured solution, of about one RT and RT/F."""
    x, y, z = ufl.SpatialCoordinate(domain)
    mu = [
        0.4 * ufl.sin(x + 0.5 * y) + 0.3 * ufl.cos(y - z),
        0.5 * ufl.cos(0.7 * x + z) - 0.3 * ufl.sin(y + 0.4 * x),
        0.3 * ufl.sin(1.1 * z - x) + 0.4 * ufl.cos(0.9 * y),
    ]
    return mu, 0.7 * ufl.cos(0.8 * x - y) + 0.5 * ufl.sin(z + x)


def _solve(transport: nernst_planck.IonicTransport, n: int, degree: int) -> Errors:
    domain = cube(n)
    mu, phi = _fields(domain)
    ions = len(mu)
    q = fem.Function(fem.functionspace(domain, ("Lagrange", degree, (ions + 1,))))
    *tests, v = ufl.TestFunction(q.function_space)
    exact = nernst_planck.concentrations(transport, mu, phi)
    charge = -nernst_planck.charge_density(transport, exact)
    if transport.permittivity is not None:
        charge -= transport.permittivity * ufl.div(ufl.grad(phi))
    sources = [c + ufl.div(flux) for c, flux in zip(exact, nernst_planck.fluxes(transport, mu, exact), strict=True)]
    forced = replace(transport, fixed_charge=charge)
    dx, storage = measures(degree)
    unknown = [q[k] for k in range(ions)]
    c = nernst_planck.concentrations(forced, unknown, q[ions])
    residual = nernst_planck.balances(forced, unknown, c, c, tests, dx, storage)
    residual += nernst_planck.poisson(forced, q[ions], c, 1.0, v, dx, storage)
    residual -= sum(source * test for source, test in zip(sources, tests, strict=True)) * dx
    solve_with_exact_boundary(residual, q, ufl.as_vector((*mu, phi)))
    exact_dx = ufl.dx(metadata={"quadrature_degree": 2 * degree + 4})
    names = [f"μ{k}" for k in "₁₂₃"[:ions]]
    errors = {name: error_norms(domain, q[k] - mu[k], exact_dx) for k, name in enumerate(names)}
    return errors | {"φ": error_norms(domain, q[ions] - phi, exact_dx)}


def poisson_nernst_planck() -> Result:
    """Poisson–Nernst–Planck with ions of charges +1, −2, +1 and a mobility factor of 0.6, all fields."""
    return refine("mms_pnp", lambda n, degree: _solve(TRANSPORT, n, degree), DIVISIONS)


def finite_ions() -> Result:
    """The same with finite ions that take a quarter of the volume in the bulk (Bikerman's model)."""
    transport = replace(TRANSPORT, packing=PACKING)
    return refine("mms_finite_ions", lambda n, degree: _solve(transport, n, degree), DIVISIONS)


def neutral_ions() -> Result:
    """The same ions without permittivity: neutral with the immobile charge, φ an algebraic unknown of μ's degree.

    φ has its exact values at the boundary too; where it is left to neutrality there, its error is a projection's,
    smaller on coarse meshes, and the order is approached from below.
    """
    transport = replace(TRANSPORT, permittivity=None)
    return refine("mms_neutral_ions", lambda n, degree: _solve(transport, n, degree), DIVISIONS)
