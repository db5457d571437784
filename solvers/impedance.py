r"""Small-signal impedance of a cell about a state.

With the residual R(u, du/dt) − I e_V = 0 of :mod:`.cell`, a small current I e^{jωt} moves the unknowns by û e^{jωt},

.. math::
    (K + j\omega M)\,\hat u = \hat I\,e_V, \qquad K = \frac{\partial R}{\partial u}, \quad
    M = \frac{\partial R}{\partial\dot u}, \qquad Z(\omega) = \frac{\hat V}{\hat I},

K being the Jacobian of the time stepping without time derivative and M what its leading coefficient multiplies,
double layers included. I > 0 charges the cell, so resistances are positive and capacitors have Im Z < 0.

M is (J(S) − K)/S with J the Jacobian at a huge leading coefficient S. With S = 1 the difference would leave the rounding
of K in M: 1e-16 of fast kinetics, times ω, shunts the cell.

In real numbers the system is [[K, −ωM], [ωM, K]]. Small ones are factorised whole. Large ones take FGMRES behind
the preconditioner [[K, −ωM], [ωM, K + 2ωM]], whose application is two solves with K + ωM: the Jacobian of a time step
1/ω, for which the cell has its solver. O. Axelsson, M. Neytcheva, B. Ahmad, Numer. Algorithms 66 (2014) 811,
doi:10.1007/s11075-013-9764-1.

What is on the surface of metals is no unknown and stays as it is: no deposit grows or thins and no nuclei form while
the signal lasts. A cell that is not at rest is taken as standing still.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from petsc4py import PETSc

from .cell import Cell
from .errors import SolverError
from .newton import Newton
from .preconditioning import DIRECT

log = logging.getLogger(__name__)

#: Up to so many unknowns of the cell the real system, twice as large, is factorised whole.
WHOLE_LIMIT = 10_000

#: Residual wanted of the linear system, relative to the unit current, behind a factorisation and the preconditioner.
FACTORISED, ITERATED = 1e-13, 1e-11

#: The largest residual that is let pass where rounding ends earlier.
CEILING = 1e-6

#: A coefficient beside which everything that deposits do is slow.
HELD = 1e20

#: Leading coefficient that mass is assembled with: K is lost in it, and division by a power of two is exact.
HUGE_RATE = 2.0**100


@dataclass(frozen=True)
class Point:
    """One frequency.

    Attributes
    ----------
    frequency
        Hz.
    impedance
        Of the simulated domain [Ω].
    iterations
        Of the linear solver.
    """

    frequency: float
    impedance: complex
    iterations: int


class SmallSignal:
    """The cell linearised about the state that its functions hold when this is made. Collective throughout.

    Parameters
    ----------
    cell, newton
        The discretised problem and its solver, whose matrix is borrowed until :meth:`destroy`.
    whole
        Factorise the whole system (``True``), precondition it (``False``), or by size.
    """

    def __init__(self, cell: Cell, newton: Newton, whole: bool | None = None):
        self.cell, self.newton = cell, newton
        self.whole = newton.unknown_count <= WHOLE_LIMIT if whole is None else whole
        self._controls = {c: c.value.copy() for c in self._constants()}
        self._past = [(f, f.x.array.copy()) for _, *past in cell.history for f in past]
        self._stand_still()
        self.stiffness = self._assembled(0.0).copy()
        self.mass = self._assembled(HUGE_RATE).copy()
        self.mass.axpy(-1.0, self.stiffness, PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
        self.mass.scale(1.0 / HUGE_RATE)
        self.size = self.stiffness.getLocalSize()[0]
        rows = newton.rows["cell voltage"]
        self.voltage_row = int(rows[0]) if len(rows) else None
        self.solver = _Whole(self) if self.whole else _Preconditioned(self)

    def _constants(self) -> list:
        cell = self.cell
        return [*cell.bdf, cell.galvanostatic, cell.rate_scale, cell.deposit_inertia]

    def _stand_still(self) -> None:
        """Put the state at hand before itself, under a given current, with all deposits held."""
        cell = self.cell
        for now, *past in cell.history:
            for function in past:
                function.x.array[:] = now.x.array
        cell.load_deposits(cell.deposit_states, cell.deposit_states)
        cell.galvanostatic.value = cell.rate_scale.value = 1.0
        cell.deposit_inertia.value = HELD

    def _assembled(self, rate: float) -> PETSc.Mat:
        for constant, value in zip(self.cell.bdf, (rate, -rate, 0.0), strict=True):
            constant.value = value
        return self.newton.assemble()

    def at(self, frequency: float) -> Point:
        """Z at a frequency [Hz].

        Raises
        ------
        SolverError
            The linear system could not be solved.
        """
        omega = 2 * np.pi * frequency * self.cell.scales.time
        ksp = self.solver.prepared(omega)
        right, x = self.solver.vectors()
        right.set(0.0)
        if self.voltage_row is not None:
            right.array_w[self.voltage_row] = 1.0
        ksp.solve(right, x)
        residual = ksp.getResidualNorm()
        if not residual <= CEILING:
            raise SolverError(
                f"impedance at {frequency:.4g} Hz: the linear solver left {residual:.1e} of the current after "
                f"{ksp.getIterationNumber()} iterations; try linear: direct, or frequencies nearer to those "
                "that the cell answers to"
            )
        parts = np.zeros(2)
        if self.voltage_row is not None:
            values = x.array_r
            parts[:] = values[self.voltage_row], values[self.size + self.voltage_row]
        parts = np.array(self.cell.comm.allreduce(parts)) * self.cell.scales.potential / self.cell.scales.current
        return Point(frequency, complex(*parts), ksp.getIterationNumber())

    def sweep(self, frequencies: Sequence[float]) -> Iterator[Point]:
        """Z at one frequency [Hz] after the other."""
        for frequency in frequencies:
            point = self.at(float(frequency))
            log.debug("impedance at %.4g Hz: %s ohm, %d iterations", point.frequency, point.impedance, point.iterations)
            yield point

    def destroy(self) -> None:
        """Free what was made and give the cell back its controls."""
        for constant, value in self._controls.items():
            constant.value = value
        for function, values in self._past:
            function.x.array[:] = values
        self.newton.renew()
        self.solver.destroy()
        self.stiffness.destroy()
        self.mass.destroy()

    def __enter__(self) -> SmallSignal:
        return self

    def __exit__(self, *_exception) -> None:
        self.destroy()


def _outer(comm, operator: PETSc.Mat, tolerance: float, iterations: int) -> PETSc.KSP:
    """FGMRES, which also refines what a factorisation leaves."""
    ksp = PETSc.KSP().create(comm)
    ksp.setType("fgmres")
    ksp.setOperators(operator)
    ksp.setTolerances(rtol=tolerance, atol=0.0, max_it=iterations)
    ksp.setGMRESRestart(iterations)
    return ksp


class _Whole:
    """[[K, −ωM], [ωM, K]] as one matrix, factorised at each frequency."""

    def __init__(self, signal: SmallSignal):
        comm, K, M = signal.cell.comm, signal.stiffness, signal.mass
        negative = M.copy()
        negative.scale(-1.0)
        self.still = PETSc.Mat().createNest([[K, None], [None, K]], comm=comm).convert("aij")
        self.moving = PETSc.Mat().createNest([[None, negative], [M, None]], comm=comm).convert("aij")
        self.matrix = self.still.copy()
        self.matrix.axpy(1.0, self.moving, PETSc.Mat.Structure.DIFFERENT_NONZERO_PATTERN)
        self.ksp = _outer(comm, self.matrix, FACTORISED, 4)
        pc = self.ksp.getPC()
        pc.setType(DIRECT["pc_type"])
        pc.setFactorSolverType(DIRECT["pc_factor_mat_solver_type"])
        negative.destroy()

    def vectors(self) -> tuple[PETSc.Vec, PETSc.Vec]:
        return self.matrix.createVecLeft(), self.matrix.createVecRight()

    def prepared(self, omega: float) -> PETSc.KSP:
        subset = PETSc.Mat.Structure.SUBSET_NONZERO_PATTERN
        self.matrix.zeroEntries()
        self.matrix.axpy(1.0, self.still, subset)
        self.matrix.axpy(omega, self.moving, subset)
        self.ksp.setOperators(self.matrix)
        return self.ksp

    def destroy(self) -> None:
        for thing in (self.ksp, self.matrix, self.still, self.moving):
            thing.destroy()


class _Preconditioned:
    """The system as an operator, and its preconditioner by the cell's own linear solver."""

    def __init__(self, signal: SmallSignal):
        self.signal = signal
        comm, n = signal.cell.comm, signal.size
        self.operator = PETSc.Mat().createPython(((2 * n, PETSc.DETERMINE), (2 * n, PETSc.DETERMINE)), self, comm=comm)
        self.operator.setUp()
        self.real, self.imaginary, self.work, self.sum = (signal.stiffness.createVecRight() for _ in range(4))
        self.inner = signal.newton.snes.getKSP()
        self.ksp = _outer(comm, self.operator, ITERATED, 100)
        pc = self.ksp.getPC()
        pc.setType("python")
        pc.setPythonContext(self)

    def vectors(self) -> tuple[PETSc.Vec, PETSc.Vec]:
        return self.operator.createVecLeft(), self.operator.createVecRight()

    def prepared(self, omega: float) -> PETSc.KSP:
        self.omega, cell = omega, self.signal.cell
        # Poisson's row, which has no time derivative, is as heavy as in a time step of this length.
        cell.rate_scale.value = max(omega, 1.0)
        if cell.electrolyte.polarises:
            self.signal._assembled(0.0).copy(self.signal.stiffness)
        matrix = self.signal._assembled(omega)
        self.inner.setOperators(matrix, matrix)
        self.ksp.setOperators(self.operator)
        return self.ksp

    def _halves(self, x: PETSc.Vec) -> None:
        values, n = x.array_r, self.signal.size
        self.real.array_w[:], self.imaginary.array_w[:] = values[:n], values[n:]

    def mult(self, _operator, x: PETSc.Vec, result: PETSc.Vec) -> None:
        """(K x_r − ωM x_i, ωM x_r + K x_i)."""
        self._halves(x)
        K, M, n = self.signal.stiffness, self.signal.mass, self.signal.size
        out = result.array_w
        for half, first, second, sign in ((0, self.real, self.imaginary, -1.0), (1, self.imaginary, self.real, 1.0)):
            M.mult(second, self.work)
            self.work.scale(sign * self.omega)
            K.multAdd(first, self.work, self.work)
            out[half * n : (half + 1) * n] = self.work.array_r

    def apply(self, _pc, x: PETSc.Vec, result: PETSc.Vec) -> None:
        """Sum of both halves from (K + ωM) s = f + g, the first from (K + ωM) x = f + ωM s."""
        self._halves(x)
        n = self.signal.size
        self.work.set(0.0)
        self.imaginary.axpy(1.0, self.real)
        self.inner.solve(self.imaginary, self.sum)
        self.signal.mass.mult(self.sum, self.work)
        self.real.axpy(self.omega, self.work)
        self.inner.solve(self.real, self.work)
        out = result.array_w
        out[:n] = self.work.array_r
        out[n:] = self.sum.array_r - self.work.array_r

    def destroy(self, *_thing) -> None:
        # PETSc calls it too, once for the operator and once for the preconditioner it is the context of.
        if _thing:
            return
        for thing in (self.ksp, self.operator, self.real, self.imaginary, self.work, self.sum):
            thing.destroy()
