"""Harmonic fields between two sets of facets: ∇·(σ∇φ) = 0 on the cells that join them, σ constant by cell.

Islands would make the matrix singular.  They are found by their connectivity and left out before anything is
assembled: exact on any number of ranks, and without a regularisation whose size had to be chosen.
"""

from __future__ import annotations

from dataclasses import dataclass

import dolfinx.fem.petsc as fem_petsc
import numpy as np
import ufl
from dolfinx import fem
from dolfinx import mesh as dmesh
from petsc4py import PETSc

from .components import connected_components
from .domain import all_local, reduced, shared_facets
from .errors import SolverError
from .preconditioning import multigrid_options

OPTIONS = {"ksp_type": "cg", "ksp_rtol": 1e-8, "ksp_max_it": 500}


@dataclass(frozen=True)
class Harmonic:
    """φ = 0 on one set of facets, 1 on the other, no flux elsewhere; in units of the mesh.

    Attributes
    ----------
    phi
        On the submesh of the cells that join both sets.
    parent_vertices, parent_cells
        Parent vertex and cell of every local vertex and cell of the submesh.
    reactions
        ∫ σ ∇φ·∇v dV of every owned degree of freedom: what enters through it, zero inside, shape (owned,).
    energy
        ∫ σ|∇φ|² dV over all ranks.
    flux_in, flux_out
        Through the facets of φ = 1 and of φ = 0, over all ranks; they differ from the energy by what the linear
        solver left.
    iterations, unknowns
        Of the linear solver.
    kept
        Which local cells of the parent are in the submesh, shape (cells,).
    """

    phi: fem.Function
    parent_vertices: np.ndarray
    parent_cells: np.ndarray
    reactions: np.ndarray
    energy: float
    flux_in: float
    flux_out: float
    iterations: int
    unknowns: int
    kept: np.ndarray


def solve_between(
    mesh: dmesh.Mesh, sigma: np.ndarray, at_zero: np.ndarray, at_one: np.ndarray, degree: int, prefix: str, what: str
) -> Harmonic | None:
    """Solve on the cells with σ > 0 that are connected to both sets of facets; ``None`` if there are none. Collective.

    Parameters
    ----------
    sigma
        Of every local cell (owned and ghost), shape (cells,).
    at_zero, at_one
        Local facets of the mesh.
    prefix
        Of the linear solver's options.
    what
        What is sought, for errors.

    Raises
    ------
    SolverError
        The linear solver does not converge.
    """
    components = connected_components(mesh, sigma > 0)
    joined = components.touching(mesh, at_zero) & components.touching(mesh, at_one)
    if not joined.any():
        return None
    kept = np.append(joined, False)[components.of_cell]
    submesh, cell_map, vertex_map, _ = dmesh.create_submesh(mesh, 3, np.flatnonzero(kept).astype(np.int32))
    V = fem.functionspace(submesh, ("Lagrange", degree))
    coefficient = fem.Function(fem.functionspace(submesh, ("DG", 0)))
    cells = cell_map.sub_topology_to_topology(all_local(submesh.topology, 3), False)
    vertices = vertex_map.sub_topology_to_topology(all_local(submesh.topology, 0), False)
    coefficient.x.array[:] = sigma[cells]
    phi, v = fem.Function(V), ufl.TestFunction(V)
    current = ufl.inner(coefficient * ufl.grad(phi), ufl.grad(v)) * ufl.dx
    conditions, fixed = [], []
    for value, facets in ((0.0, at_zero), (1.0, at_one)):
        shared = shared_facets(mesh, submesh, vertices, facets)
        dofs = fem.locate_dofs_topological(V, 2, shared)
        conditions.append(fem.dirichletbc(np.float64(value), dofs, V))
        fixed.append(dofs[dofs < V.dofmap.index_map.size_local])
    phi.x.array[:] = 0.0
    conditions[1].set(phi.x.array)
    phi.x.scatter_forward()
    residual = fem.form(current)
    matrix = fem_petsc.assemble_matrix(fem.form(ufl.derivative(current, phi)), conditions)
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
    return Harmonic(phi, vertices, cells, reactions, energy, flux_in, flux_out, iterations, size, kept)


def _correct(
    matrix: PETSc.Mat, phi: fem.Function, residual: fem.Form, fixed: np.ndarray, prefix: str, what: str
) -> int:
    """One linear solve for the potential that makes the residual vanish; returns the iterations."""
    right = _assembled(residual)
    right.scale(-1.0)
    right.array_w[fixed] = 0.0
    change = matrix.createVecRight()
    solver = PETSc.KSP().create(matrix.getComm())
    solver.setOptionsPrefix(prefix)
    database = PETSc.Options(prefix)
    ours = {key: value for key, value in (OPTIONS | multigrid_options()).items() if not database.hasName(key)}
    try:
        for key, value in ours.items():
            database[key] = value
        solver.setOperators(matrix)
        solver.setFromOptions()
        solver.solve(right, change)
    finally:
        for key in ours:
            database.delValue(key)
    iterations, reason = solver.getIterationNumber(), solver.getConvergedReason()
    phi.x.array[: change.getLocalSize()] += change.array_r
    phi.x.scatter_forward()
    for each in (right, change, solver):
        each.destroy()
    if reason < 0:
        raise SolverError(
            f"{what} was not found in {iterations} iterations (PETSc's reason {reason}); "
            "look at the quality of the mesh, or try another mesh.interface_size"
        )
    return iterations


def _assembled(form: fem.Form) -> PETSc.Vec:
    vector = fem_petsc.assemble_vector(form)
    vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
    return vector
