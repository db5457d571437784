r"""Linear solvers of the coupled cell, chosen by size.

Small problems: MUMPS. Large ones: FGMRES with two splits, potentials {φ_e, ψ, V} then contents {ln c, θ},
multiplicative, one algebraic multigrid each. The voltage V is one unknown that couples to every facet of the
cathode; as a row of a multigrid it would fill the coarse graphs, so it is eliminated exactly by bordering
(:class:`BorderedPC`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from petsc4py import PETSc

from .electrolyte.ionic import IonicModel

if TYPE_CHECKING:
    from .newton import Newton

#: Below this many unknowns a direct factorisation is faster.
DIRECT_LIMIT = 20_000

DIRECT = {"ksp_type": "preonly", "pc_type": "lu", "pc_factor_mat_solver_type": "mumps"}

MULTIGRID = {
    "pc_type": "gamg",
    "pc_gamg_type": "agg",
    "pc_gamg_agg_nsmooths": 1,
    "pc_gamg_threshold": 0.02,
    "pc_gamg_aggressive_coarsening": 1,
    "pc_gamg_reuse_interpolation": True,
    "pc_gamg_coarse_eq_limit": 1000,
    "mg_levels_ksp_type": "chebyshev",
    "mg_levels_pc_type": "jacobi",
}

#: Used instead where PETSc was built with hypre (conda-forge, most clusters; not the PyPI wheel).
BOOMERAMG = {"pc_type": "hypre", "pc_hypre_type": "boomeramg", "pc_hypre_boomeramg_strong_threshold": 0.5}


def multigrid_options() -> dict[str, object]:
    """Options of one multigrid: BoomerAMG where PETSc has it, else its own GAMG."""
    return dict(BOOMERAMG if PETSc.Sys.hasExternalPackage("hypre") else MULTIGRID)


#: Multigrid of the ions' potentials and φ together, node by node. Their coupling is local and may dwarf the
#: stiffnesses (long time steps, sub-Debye cells): Gauss–Seidel over the unknowns of a node resolves it, Jacobi's
#: method does not. Smoothed aggregates of near neighbours keep the iterations flat in size, plain or large ones not.
IONS = MULTIGRID | {"pc_gamg_threshold": 0.0, "pc_gamg_aggressive_coarsening": 0, "mg_levels_pc_type": "sor"}


def linear_solver_options(newton: Newton, linear: str) -> tuple[str, dict, dict]:
    """Choose a linear solver.

    Returns
    -------
    name
        ``direct`` or ``iterative``.
    options
        PETSc options without the solver's prefix.
    splits
        Index sets by split name, empty for the direct solver.
    """
    if linear == "auto":
        linear = "direct" if newton.unknown_count <= DIRECT_LIMIT else "iterative"
    if linear == "direct":
        return linear, dict(DIRECT), {}
    options: dict[str, object] = {
        "ksp_type": "fgmres",
        # With a Jacobian that is kept, an iteration of Newton's reduces the residual by 0.01 to 0.2 in any case.
        "ksp_rtol": 3e-3,
        "ksp_max_it": 200,
        "ksp_gmres_restart": 60,
        "pc_type": "fieldsplit",
        "pc_fieldsplit_type": "multiplicative",
    }
    electrolyte = newton.cell.electrolyte
    split = _ionic_splits if isinstance(electrolyte, IonicModel) else _binary_splits
    splits = {}
    for name, (names, multigrid) in split(newton).items():
        if not any(field in newton.rows for field in names):
            continue
        splits[name] = newton.index_set(*names)
        prefix = f"fieldsplit_{name}_"
        options[f"{prefix}ksp_type"] = "preonly"
        if "cell voltage" in names:
            options[f"{prefix}pc_type"] = "python"
            options[f"{prefix}pc_python_type"] = f"{__name__}.BorderedPC"
            options[f"{prefix}border"] = _voltage_row(newton, splits[name])
            options[f"{prefix}block"] = len(electrolyte.components) if name == "ions" else 1
            prefix += "inner_"
        options |= {f"{prefix}{key}": value for key, value in multigrid.items()}
    return linear, options, splits


def _binary_splits(newton: Newton) -> dict[str, tuple]:
    """Potentials, then contents."""
    electrolyte = newton.cell.electrolyte
    return {
        "potentials": ((electrolyte.components[-1], "solid potential", "cell voltage"), multigrid_options()),
        "contents": ((*electrolyte.contents, "stoichiometry"), multigrid_options()),
    }


def _ionic_splits(newton: Newton) -> dict[str, tuple]:
    """The solids' potentials and contents, then all of the electrolyte, node by node."""
    electrolyte = newton.cell.electrolyte
    return {
        "solid": (("solid potential",), multigrid_options()),
        "stoichiometry": (("stoichiometry",), multigrid_options()),
        "ions": ((*electrolyte.components, "cell voltage"), IONS),
    }


def _voltage_row(newton: Newton, potentials: PETSc.IS) -> int:
    """Number of the voltage's row within the potentials' block: the last one on the rank that owns it."""
    last_rows = newton.comm.allgather((potentials.getLocalSize(), len(newton.rows["cell voltage"])))
    end = 0
    for size, voltages in last_rows:
        end += size
        if voltages:
            return end - 1
    raise ValueError("no rank owns the cell voltage")


class BorderedPC:
    r"""Preconditioner of [[K, b], [cᵀ, d]] from one of K, with the bordering unknown eliminated exactly.

    With z = K⁻¹b (solved once per Jacobian) and s = d − cᵀz, an application costs one of K's preconditioner:
    y = K⁻¹r, v = (ρ − cᵀy)/s, solution (y − z v, v). The bordering row is named by the option ``border``.
    """

    def __init__(self):
        self.solver = None

    def setUp(self, pc: PETSc.PC) -> None:
        """Split the operator and prepare K's multigrid, z and s."""
        matrix = pc.getOperators()[1]
        fresh = self.solver is None
        if fresh:
            self._split_rows(pc, matrix)
        self.K = matrix.createSubMatrix(self.inner, self.inner, None if fresh else self.K)
        one = matrix.createSubMatrix(self.border, self.border).createVecRight()
        one.set(1.0)
        self.b = matrix.createSubMatrix(self.inner, self.border) * one
        row = matrix.createSubMatrix(self.border, self.inner)
        self.c = self.K.createVecRight()
        row.multTranspose(one, self.c)
        corner = (matrix.createSubMatrix(self.border, self.border) * one).sum()
        if fresh:
            prefix = pc.getOptionsPrefix() + "inner_"
            self.solver = _multigrid_solver(self.K, prefix)
            # The last z is near the next one.
            self.solver.setInitialGuessNonzero(True)
            self.y, self.z = self.K.createVecRight(), self.K.createVecRight()
            self.z.set(0.0)
        self.solver.setOperators(self.K)
        self.solver.solve(self.b, self.z)
        self.schur = corner - self.c.dot(self.z)

    def _split_rows(self, pc: PETSc.PC, matrix: PETSc.Mat) -> None:
        first, last = matrix.getOwnershipRange()
        row = PETSc.Options(pc.getOptionsPrefix()).getInt("border")
        rows = np.arange(first, last, dtype=PETSc.IntType)
        self.is_inner = rows != row
        self.inner = PETSc.IS().createGeneral(rows[self.is_inner], comm=matrix.getComm())
        self.inner.setBlockSize(PETSc.Options(pc.getOptionsPrefix()).getInt("block"))
        self.border = PETSc.IS().createGeneral(rows[~self.is_inner], comm=matrix.getComm())
        self.owner = bool((~self.is_inner).any())

    def apply(self, _pc: PETSc.PC, x: PETSc.Vec, result: PETSc.Vec) -> None:
        """One application; one multigrid cycle on K."""
        comm = x.getComm().tompi4py()
        values = x.array_r
        right = self.c.duplicate()
        right.array_w[:] = values[self.is_inner]
        self.solver.getPC().apply(right, self.y)
        rho = comm.allreduce(float(values[~self.is_inner][0]) if self.owner else 0.0)
        v = (rho - self.c.dot(self.y)) / self.schur
        self.y.axpy(-v, self.z)
        out = result.array_w
        out[self.is_inner] = self.y.array_r
        out[~self.is_inner] = v
        right.destroy()


def _multigrid_solver(matrix: PETSc.Mat, prefix: str) -> PETSc.KSP:
    solver = PETSc.KSP().create(matrix.getComm())
    solver.setOptionsPrefix(prefix)
    solver.setType("cg")
    solver.setTolerances(rtol=1e-4, max_it=60)
    solver.setFromOptions()
    return solver
