r"""The linear systems of a spectrum, (K + jωM) û = b in real numbers: [[K, −ωM], [ωM, K]].

Small ones are factorised whole. Large ones take FGMRES behind the preconditioner [[K, −ωM], [ωM, K + 2ωM]], whose
application is two solves with K + ωM: the Jacobian of a time step 1/ω, for which the cell has its solver. Where that
solver fails, as it may where fast kinetics tie contents to potentials, K + ωM is factorised instead.
O. Axelsson, M. Neytcheva, B. Ahmad, Numer. Algorithms 66 (2014) 811, doi:10.1007/s11075-013-9764-1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from petsc4py import PETSc

from .preconditioning import DIRECT

if TYPE_CHECKING:
    from .impedance import SmallSignal

#: Residual wanted of the linear system, relative to the right side, behind a factorisation and the preconditioner.
FACTORISED, ITERATED = 1e-13, 1e-11

#: The same where the order of magnitude will do.
ROUGH = 0.1

#: Most iterations behind the preconditioner; with exact solves it takes fewer than 20.
ITERATIONS = 60

#: A residual above this, relative to the current, counts as a failure of the cell's iterative solver …
FAILED = 1e-9

#: … as do so many of its solves that end without convergence …
FAILED_SOLVES = 2

#: … for which a factorisation takes over up to so many unknowns of the cell.
FACTORISED_LIMIT = 100_000


def _outer(comm, operator: PETSc.Mat, tolerance: float, iterations: int) -> PETSc.KSP:
    """FGMRES, which also refines what a factorisation leaves."""
    ksp = PETSc.KSP().create(comm)
    ksp.setType("fgmres")
    ksp.setOperators(operator)
    ksp.setTolerances(rtol=tolerance, atol=0.0, max_it=iterations)
    ksp.setGMRESRestart(iterations)
    return ksp


def _factorise(pc: PETSc.PC) -> None:
    pc.setType(DIRECT["pc_type"])
    pc.setFactorSolverType(DIRECT["pc_factor_mat_solver_type"])


class _System:
    """What both have in common: the real operator ``matrix``, its rows weighted, and FGMRES."""

    #: Whether a factorisation could take over.
    can_factorise = False

    #: How the system is solved, in words.
    method: str
    matrix: PETSc.Mat
    ksp: PETSc.KSP
    tolerance: float

    def vectors(self) -> tuple[PETSc.Vec, PETSc.Vec]:
        """For the right side and the solution: real parts, then imaginary ones."""
        return self.matrix.createVecLeft(), self.matrix.createVecRight()

    def solve(self, right: PETSc.Vec, x: PETSc.Vec, roughly: bool = False) -> tuple[int, float]:
        """Iterations, and the norm of the residual that they left."""
        self.ksp.setTolerances(rtol=ROUGH if roughly else self.tolerance)
        self.ksp.solve(right, x)
        return self.ksp.getIterationNumber(), self.ksp.getResidualNorm()


class FactorisedSystem(_System):
    """[[K, −ωM], [ωM, K]] as one matrix, factorised at each frequency."""

    tolerance = FACTORISED
    method = "factorised whole"

    def __init__(self, signal: SmallSignal):
        self.signal = signal
        comm, K, M = signal.cell.comm, signal.stiffness, signal.mass
        negative = M.copy()
        negative.scale(-1.0)
        self.still = PETSc.Mat().createNest([[K, None], [None, K]], comm=comm).convert("aij")
        self.moving = PETSc.Mat().createNest([[None, negative], [M, None]], comm=comm).convert("aij")
        self.matrix = self.still.copy()
        self.matrix.axpy(1.0, self.moving, PETSc.Mat.Structure.DIFFERENT_NONZERO_PATTERN)
        self.weights = self.matrix.createVecLeft()
        self.ksp = _outer(comm, self.matrix, FACTORISED, 4)
        _factorise(self.ksp.getPC())
        negative.destroy()

    def prepare(self, omega: float) -> None:
        """Make the matrix of a frequency; it is factorised when it is first solved with."""
        subset = PETSc.Mat.Structure.SUBSET_NONZERO_PATTERN
        self.matrix.zeroEntries()
        self.matrix.axpy(1.0, self.still, subset)
        self.matrix.axpy(omega, self.moving, subset)
        self.weights.array_w[:] = np.tile(self.signal.row_weights.array_r, 2)
        self.matrix.diagonalScale(self.weights)
        self.ksp.setOperators(self.matrix)

    def destroy(self) -> None:
        for thing in (self.ksp, self.matrix, self.still, self.moving, self.weights):
            thing.destroy()


class PreconditionedSystem(_System):
    """The system as an operator, and its preconditioner by the cell's own linear solver or a factorisation."""

    tolerance = ITERATED
    method = "iterative, by the solver of a time step"

    def __init__(self, signal: SmallSignal):
        self.signal = signal
        comm, n = signal.cell.comm, signal.size
        self.matrix = PETSc.Mat().createPython(((2 * n, PETSc.DETERMINE), (2 * n, PETSc.DETERMINE)), self, comm=comm)
        self.matrix.setUp()
        self.real, self.imaginary, self.work, self.sum = (signal.stiffness.createVecRight() for _ in range(4))
        self.inner, self.direct = signal.newton.snes.getKSP(), None
        self.can_factorise = signal.newton.linear != "direct" and signal.newton.unknown_count <= FACTORISED_LIMIT
        self.ksp = _outer(comm, self.matrix, ITERATED, ITERATIONS)
        self.ksp.setConvergenceTest(self._test)
        self.failures = 0
        pc = self.ksp.getPC()
        pc.setType("python")
        pc.setPythonContext(self)

    def prepare(self, omega: float) -> None:
        """Make K + ωM of a frequency."""
        self.omega, signal = omega, self.signal
        same = PETSc.Mat.Structure.SAME_NONZERO_PATTERN
        shifted = signal.newton.A
        signal.stiffness.copy(shifted, same)
        shifted.axpy(omega, signal.mass, same)
        shifted.diagonalScale(signal.row_weights)
        self.inner.setOperators(shifted, shifted)
        self.ksp.setOperators(self.matrix)

    def _test(self, ksp: PETSc.KSP, iteration: int, norm: float) -> PETSc.KSP.ConvergedReason:
        """The usual test, but for giving up early where a factorisation waits."""
        if iteration == 0:
            self.start, self.failures = norm, 0
        if norm <= ksp.getTolerances()[0] * self.start:
            return PETSc.KSP.ConvergedReason.CONVERGED_RTOL
        if self.can_factorise and self.failures >= FAILED_SOLVES:
            return PETSc.KSP.ConvergedReason.DIVERGED_BREAKDOWN
        return PETSc.KSP.ConvergedReason.ITERATING

    def _solve_inner(self, right: PETSc.Vec, x: PETSc.Vec) -> None:
        self.inner.solve(right, x)
        self.failures += self.inner.getConvergedReason() < 0

    def solved(self, left: float) -> bool:
        """Whether the cell's solver did what it can be expected to."""
        return left <= FAILED

    def factorise(self) -> None:
        """Solve with a factorisation of K + ωM from here on."""
        self.can_factorise = False
        self.method = "iterative, by a factorisation where the solver of a time step failed"
        self.inner = self.direct = PETSc.KSP().create(self.signal.cell.comm)
        self.direct.setType(DIRECT["ksp_type"])
        _factorise(self.direct.getPC())
        self.direct.setOperators(self.signal.newton.A)
        self.ksp.setOperators(self.matrix)

    def _halves(self, x: PETSc.Vec) -> None:
        values, n = x.array_r, self.signal.size
        self.real.array_w[:], self.imaginary.array_w[:] = values[:n], values[n:]

    def mult(self, _operator, x: PETSc.Vec, result: PETSc.Vec) -> None:
        """(K x_r − ωM x_i, ωM x_r + K x_i), rows weighted."""
        self._halves(x)
        K, M, n = self.signal.stiffness, self.signal.mass, self.signal.size
        out = result.array_w
        for half, first, second, sign in ((0, self.real, self.imaginary, -1.0), (1, self.imaginary, self.real, 1.0)):
            M.mult(second, self.work)
            self.work.scale(sign * self.omega)
            K.multAdd(first, self.work, self.work)
            out[half * n : (half + 1) * n] = self.work.array_r * self.signal.row_weights.array_r

    def apply(self, _pc, x: PETSc.Vec, result: PETSc.Vec) -> None:
        """Sum of both halves from (K + ωM) s = f + g, the first from (K + ωM) x = f + ωM s."""
        self._halves(x)
        n = self.signal.size
        self.work.set(0.0)
        self.imaginary.axpy(1.0, self.real)
        self._solve_inner(self.imaginary, self.sum)
        # Rows with a weight other than 1 are empty in M.
        self.signal.mass.mult(self.sum, self.work)
        self.real.axpy(self.omega, self.work)
        self._solve_inner(self.real, self.work)
        out = result.array_w
        out[:n] = self.work.array_r
        out[n:] = self.sum.array_r - self.work.array_r

    def destroy(self, *_thing) -> None:
        # PETSc calls it too, once for the operator and once for the preconditioner it is the context of.
        if _thing:
            return
        for thing in (self.ksp, self.matrix, self.real, self.imaginary, self.work, self.sum, self.direct):
            if thing is not None:
                thing.destroy()
