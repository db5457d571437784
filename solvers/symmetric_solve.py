"""Linear systems with symmetric positive definite matrices: conjugate gradients with multigrid, by PETSc."""

from __future__ import annotations

from collections.abc import Mapping

from petsc4py import PETSc

from .errors import SolverError
from .preconditioning import multigrid_options

OPTIONS = {"ksp_type": "cg", "ksp_rtol": 1e-8, "ksp_max_it": 500}

TWO_LEVELS = {
    "pc_mg_galerkin": "both",
    "mg_levels_ksp_type": "chebyshev",
    "mg_levels_pc_type": "pbjacobi",
    "mg_coarse_ksp_type": "preonly",
}
"""Above the coarse space of given interpolation, which multigrid solves for; blocks are those of the matrix."""


def solve_symmetric(
    matrix: PETSc.Mat,
    right: PETSc.Vec,
    prefix: str,
    what: str,
    interpolation: PETSc.Mat | None = None,
    tolerances: Mapping[str, float] | None = None,
) -> tuple[PETSc.Vec, int]:
    """Solve, with the options of the user where there are any of that prefix.

    Parameters
    ----------
    what
        What is sought, for errors.
    interpolation
        From the continuous linear functions, if the unknowns are others: their matrix is the coarse one, and far
        better for algebraic multigrid than that of the unknowns themselves.
    tolerances
        In place of those of ``OPTIONS``.

    Returns
    -------
    solution
        To be destroyed by the caller.
    iterations
        How many it took.

    Raises
    ------
    SolverError
        The solver does not converge.
    """
    solution = matrix.createVecRight()
    solver = PETSc.KSP().create(matrix.getComm())
    solver.setOptionsPrefix(prefix)
    database = PETSc.Options(prefix)
    preconditioner = multigrid_options()
    if interpolation is not None:
        preconditioner = TWO_LEVELS | {f"mg_coarse_{key}": value for key, value in preconditioner.items()}
    options = OPTIONS | preconditioner | dict(tolerances or {})
    ours = {key: value for key, value in options.items() if not database.hasName(key)}
    try:
        for key, value in ours.items():
            database[key] = value
        solver.setOperators(matrix)
        if interpolation is not None:
            multigrid = solver.getPC()
            multigrid.setType("mg")
            multigrid.setMGLevels(2)
            multigrid.setMGInterpolation(1, interpolation)
        solver.setFromOptions()
        solver.solve(right, solution)
    finally:
        for key in ours:
            database.delValue(key)
    iterations, reason = solver.getIterationNumber(), solver.getConvergedReason()
    solver.destroy()
    if reason < 0:
        solution.destroy()
        raise SolverError(
            f"{what} was not found in {iterations} iterations (PETSc's reason {reason}); "
            "look at the quality of the mesh, or try another mesh.interface_size"
        )
    return solution, iterations
