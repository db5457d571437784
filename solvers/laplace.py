"""Harmonic fields in a conductor: ∇·(σ∇φ) = 0, φ = 0 and 1 on two sets of facets, σ constant by cell."""

from __future__ import annotations

from dataclasses import dataclass

import dolfinx.fem.petsc as fem_petsc
import numpy as np
import ufl
from dolfinx import fem
from petsc4py import PETSc

from .compiled_forms import compiled
from .conductor import Conductor
from .domain import reduced
from .symmetric_solve import solve_symmetric


@dataclass(frozen=True)
class Harmonic:
    """φ = 0 on one set of facets, 1 on the other, no flux elsewhere; in units of the mesh.

    Attributes
    ----------
    phi
        On the conductor's submesh.
    reactions
        ∫ σ ∇φ·∇v dV of every owned degree of freedom: what enters through it, zero inside, shape (owned,).
    energy
        ∫ σ|∇φ|² dV over all ranks: the conductance between the sets, from above (Dirichlet's principle).
    flux_in, flux_out
        Through the facets of φ = 1 and of φ = 0, over all ranks; they differ from the energy by what the linear
        solver left.
    iterations, unknowns
        Of the linear solver.
    """

    phi: fem.Function
    reactions: np.ndarray
    energy: float
    flux_in: float
    flux_out: float
    iterations: int
    unknowns: int


def harmonic(conductor: Conductor, degree: int, prefix: str, what: str) -> Harmonic:
    """Solve with continuous elements of a degree. Collective.

    Parameters
    ----------
    prefix
        Of the linear solver's options.
    what
        What is sought, for errors.

    Raises
    ------
    SolverError
        The linear solver does not converge.
    """
    mesh = conductor.mesh
    V = fem.functionspace(mesh, ("Lagrange", degree))
    coefficient = fem.Function(fem.functionspace(mesh, ("DG", 0)))
    coefficient.x.array[:] = conductor.sigma
    phi, v = fem.Function(V), ufl.TestFunction(V)
    current = ufl.inner(coefficient * ufl.grad(phi), ufl.grad(v)) * ufl.dx
    conditions, fixed = [], []
    for value, facets in ((0.0, conductor.at_zero), (1.0, conductor.at_one)):
        dofs = fem.locate_dofs_topological(V, 2, facets)
        conditions.append(fem.dirichletbc(np.float64(value), dofs, V))
        fixed.append(dofs[dofs < V.dofmap.index_map.size_local])
    phi.x.array[:] = 0.0
    conditions[1].set(phi.x.array)
    phi.x.scatter_forward()
    residual = compiled(current)
    matrix = fem_petsc.assemble_matrix(compiled(ufl.derivative(current, phi)), conditions)
    matrix.assemble()
    iterations = _correct(matrix, phi, residual, np.concatenate(fixed), prefix, what)
    assembled = _assembled(residual)
    reactions = assembled.array_r.copy()
    energy, flux_out, flux_in = reduced(
        mesh.comm,
        [
            np.dot(reactions, phi.x.array[: len(reactions)]),
            -reactions[fixed[0]].sum(),
            reactions[fixed[1]].sum(),
        ],
    ).tolist()
    matrix.destroy()
    assembled.destroy()
    size = V.dofmap.index_map.size_global
    return Harmonic(phi, reactions, energy, flux_in, flux_out, iterations, size)


def _correct(
    matrix: PETSc.Mat, phi: fem.Function, residual: fem.Form, fixed: np.ndarray, prefix: str, what: str
) -> int:
    """One linear solve for the potential that makes the residual vanish; returns the iterations."""
    right = _assembled(residual)
    right.scale(-1.0)
    right.array_w[fixed] = 0.0
    V = phi.function_space
    interpolation = None
    if V.ufl_element().degree > 1:
        interpolation = fem_petsc.interpolation_matrix(fem.functionspace(V.mesh, ("Lagrange", 1)), V)
        interpolation.assemble()
    change, iterations = solve_symmetric(matrix, right, prefix, what, interpolation)
    # The solver meets the given values to its tolerance only, and the energy bounds with them alone.
    change.array_w[fixed] = 0.0
    phi.x.array[: change.getLocalSize()] += change.array_r
    phi.x.scatter_forward()
    for each in (right, change, interpolation):
        if each is not None:
            each.destroy()
    return iterations


def _assembled(form: fem.Form) -> PETSc.Vec:
    vector = fem_petsc.assemble_vector(form)
    vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
    return vector
