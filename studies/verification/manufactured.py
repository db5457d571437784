r"""Manufactured solutions: with sources added, the program's own forms are solved exactly by chosen fields.

The error in L² falls as h^{p+1} and in H¹ as h^p. Orders are fitted by least squares to three
meshes of tetrahedra. P. J. Roache, J. Fluids Eng. 124 (2002) 4, doi:10.1115/1.1436090.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import dolfinx.fem.petsc as fem_petsc
import numpy as np
import ufl
from dolfinx import fem
from dolfinx import mesh as dmesh
from mpi4py import MPI

from ...solvers.electrolyte import electroneutral
from ...solvers.solid import conduction, diffusion
from ...visualization.book import Curve, Figure
from .order import convergence, fit_order
from .result import Result
from .row import Row, Stopwatch, shortfall

#: Cells along an edge of the cube, by polynomial degree.
DIVISIONS = {1: (4, 8, 16), 2: (2, 4, 8)}

#: Orders may fall short of p + 1 (L²) and p (H¹) by this much.
SHORTFALL = 0.1

#: Errors in L² and H¹ by field.
Errors = dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Study:
    """Errors of one problem on refined meshes, and the orders fitted to them."""

    case: str
    degree: int
    divisions: tuple[int, ...]
    errors: tuple[Errors, ...]
    shape: str
    seconds: float

    def rows(self) -> list[Row]:
        """Two rows a field: order in L² and in H¹."""
        rows, seconds = [], self.seconds
        for name in self.errors[0]:
            for k, (norm, order) in enumerate((("L²", self.degree + 1), ("H¹", self.degree))):
                values = self.values(name, k)
                fit = fit_order(self.sizes(), values)
                quantity = f"order in {norm}, P{self.degree}, {name}"
                mesh = f"{self.shape} of {', '.join(map(str, self.divisions))} cells per edge"
                note = f"errors {', '.join(f'{v:.2e}' for v in values)}"
                rows.append(shortfall(self.case, quantity, order, fit.order, SHORTFALL, mesh, seconds, note, fit))
                seconds = 0.0
        return rows

    def values(self, name: str, k: int) -> list[float]:
        """Errors of a field on the meshes, in L² (``k`` = 0) or in H¹ (1)."""
        return [errors[name][k] for errors in self.errors]

    def sizes(self) -> list[float]:
        """Mesh sizes over the length of the edge."""
        return [1 / n for n in self.divisions]

    def curves(self) -> list[Curve]:
        """Errors and their fits, in both norms of every field."""
        return [
            curve
            for name in self.errors[0]
            for k, norm in enumerate(("L²", "H¹"))
            for curve in convergence(f"{name}, {norm}", self.sizes(), self.values(name, k))
        ]


def refine(
    case: str, solve: Callable[[int, int], Errors], divisions_of: Mapping[int, tuple], shape: str = "cubes"
) -> Result:
    """Solve on every mesh of every degree, and fit the orders; one pair of axes a degree."""
    rows, panels = [], []
    for degree, divisions in divisions_of.items():
        watch = Stopwatch()
        errors = tuple(solve(n, degree) for n in divisions)
        study = Study(case, degree, divisions, errors, shape, watch.lap())
        rows += study.rows()
        title = f"{'Linear' if degree == 1 else 'Quadratic'} elements"
        axes = "Mesh size over edge", "Error, dimensionless"
        panels.append(Figure(title, *axes, study.curves(), log_x=True, log_y=True))
    return Result(rows, panels)


def error_norms(domain, difference, measure, entity_maps=None) -> tuple[float, float]:
    """L² norm and H¹ seminorm of a UFL difference."""
    norms = []
    for integrand in (difference, ufl.grad(difference)):
        form = fem.form(ufl.inner(integrand, integrand) * measure, entity_maps=entity_maps)
        norms.append(np.sqrt(domain.comm.allreduce(fem.assemble_scalar(form), op=MPI.SUM)))
    return float(norms[0]), float(norms[1])


def measures(degree: int) -> tuple[ufl.Measure, ufl.Measure]:
    """Measures of fluxes and of rates of change; linear elements store at the nodes, as in the cell."""
    dx = ufl.dx(metadata={"quadrature_degree": 2 * degree + 2})
    return dx, ufl.dx(metadata={"quadrature_rule": "vertex", "quadrature_degree": 1}) if degree == 1 else dx


def cube(n: int) -> dmesh.Mesh:
    return dmesh.create_unit_cube(MPI.COMM_WORLD, n, n, n)


def solve_with_exact_boundary(residual, unknown: fem.Function, exact) -> None:
    """Solve ``residual == 0`` with the exact values on the whole boundary."""
    space, domain = unknown.function_space, unknown.function_space.mesh
    tdim = domain.topology.dim
    domain.topology.create_connectivity(tdim - 1, tdim)
    dofs = fem.locate_dofs_topological(space, tdim - 1, dmesh.exterior_facet_indices(domain.topology))
    boundary = fem.Function(space)
    boundary.interpolate(fem.Expression(exact, space.element.interpolation_points))
    prefix = "archode_manufactured_"
    options = {
        "snes_type": "newtonls",
        "snes_atol": 1e-11,
        "snes_rtol": 1e-12,
        "snes_max_it": 12,
        "snes_error_if_not_converged": True,
        "ksp_type": "preonly",
        "pc_type": "lu",
        "pc_factor_mat_solver_type": "mumps",
    }
    fem_petsc.NonlinearProblem(
        residual,
        unknown,
        bcs=[fem.dirichletbc(boundary, dofs)],
        petsc_options_prefix=prefix,
        petsc_options=options,
    ).solve()


def _electroneutral(n: int, degree: int) -> Errors:
    domain = cube(n)
    x, y, z = ufl.SpatialCoordinate(domain)
    space = fem.functionspace(domain, ("Lagrange", degree, (2,)))
    q = fem.Function(space)
    w, v = ufl.TestFunction(space)
    t_p, z_p, z_m, nu_m = 0.3, 1, -2, 1
    transport = electroneutral.BinaryTransport(
        diffusivity=1.3,
        conductivity=2.1,
        diffusion_potential=t_p / z_p + (1 - t_p) / z_m,
        anion_migration=(1 - t_p) / (z_m * nu_m),
    )
    u = 0.4 * ufl.sin(x + 0.5 * y) + 0.3 * ufl.cos(y - z)
    phi = 0.7 * ufl.cos(0.8 * x - y) + 0.5 * ufl.sin(z + x)
    dx, storage = measures(degree)
    salt_source = ufl.exp(u) + ufl.div(electroneutral.anion_flux(transport, u, phi))
    charge_source = ufl.div(electroneutral.current(transport, u, phi))
    residual = electroneutral.residual(transport, q[0], q[1], ufl.exp(q[0]), w, v, dx, storage)
    residual -= (salt_source * w + charge_source * v) * dx
    solve_with_exact_boundary(residual, q, ufl.as_vector((u, phi)))
    exact_dx = ufl.dx(metadata={"quadrature_degree": 2 * degree + 4})
    return {"u": error_norms(domain, q[0] - u, exact_dx), "φ": error_norms(domain, q[1] - phi, exact_dx)}


def electrolyte() -> Result:
    """Electroneutral transport of a 1:2 salt, both fields, with the rate term of an implicit step."""
    return refine("mms_electrolyte", _electroneutral, DIVISIONS)


def _scalar(n: int, degree: int, name: str, form: Callable) -> Errors:
    domain = cube(n)
    x, y, z = ufl.SpatialCoordinate(domain)
    space = fem.functionspace(domain, ("Lagrange", degree))
    unknown, test = fem.Function(space), ufl.TestFunction(space)
    exact = 0.5 + 0.2 * ufl.sin(1.2 * x + y) * ufl.cos(z - 0.5 * y)
    dx, storage = measures(degree)
    residual, source = form(unknown, exact, test, dx, storage)
    solve_with_exact_boundary(residual - source * test * dx, unknown, exact)
    return {name: error_norms(domain, unknown - exact, ufl.dx(metadata={"quadrature_degree": 2 * degree + 4}))}


def solid() -> Result:
    """Diffusion of the inserted ion (with the rate term of an implicit step) and conduction of electrons."""
    capacity, diffusivity, conductivity = 1.7, 0.6, 3.0

    def diffusion_form(theta, exact, test, dx, storage):
        source = capacity * (exact - diffusivity * ufl.div(ufl.grad(exact)))
        return diffusion.residual(capacity, diffusivity, theta, theta, test, dx, storage), source

    def conduction_form(psi, exact, test, dx, storage):
        return conduction.residual(conductivity, psi, test, dx), -conductivity * ufl.div(ufl.grad(exact))

    def both(n, degree):
        return _scalar(n, degree, "θ", diffusion_form) | _scalar(n, degree, "ψ", conduction_form)

    return refine("mms_solid", both, DIVISIONS)
