r"""Small-signal impedance of a cell about a state.

With the residual R(u, du/dt) − I e_V = 0 of :mod:`.cell`, a small current I e^{jωt} moves the unknowns by û e^{jωt},

.. math::
    (K + j\omega M)\,\hat u = \hat I\,e_V, \qquad K = \frac{\partial R}{\partial u}, \quad
    M = \frac{\partial R}{\partial\dot u}, \qquad Z(\omega) = \frac{\hat V}{\hat I},

K being the Jacobian of the time stepping without time derivative and M what its leading coefficient multiplies,
double layers included. I > 0 charges the cell, so resistances are positive and capacitors have Im Z < 0.
:mod:`.impedance_systems` solves for û.

M is (J(S) − K)/S with J the Jacobian at a huge leading coefficient S. With S = 1 the difference would leave the
rounding of K in M; of fast kinetics, multiplied by ω, that would short the cell.

Poisson's row, or that of neutrality, has no time derivative, but a charge that is left there enters the balances of the
ions multiplied by ω. It is multiplied by ω as well, so that every residual is a current.

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
from .domain import reduced
from .electrolyte.ionic import IonicModel
from .errors import SolverError
from .impedance_systems import FactorisedSystem, PreconditionedSystem
from .newton import Newton

log = logging.getLogger(__name__)

#: Up to so many unknowns of the cell the real system, twice as large, is factorised whole.
WHOLE_LIMIT = 10_000

#: The largest residual that is accepted, relative to the current …
CEILING = 1e-6

#: … unless it is rounding: below this relative to the terms that cancel.
ROUNDED = 1e-13

#: A coefficient beside which everything that deposits do is slow.
HELD = 1e20

#: Leading coefficient that the mass is assembled with: K is lost in it, and division by a power of two is exact.
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
    residual
        ‖b − Ax‖ in the rows of the worst field, computed from the solution, relative to the sum of the magnitudes of
        the terms in these rows, or to the current where that is more.
    uncertainty
        Estimate of |δZ/Z| if every row of the linear system were wrong by rounding, or by ``residual`` where that is
        more, of its terms.
    """

    frequency: float
    impedance: complex
    iterations: int
    residual: float = 0.0
    uncertainty: float = 0.0


class SmallSignal:
    """The cell linearised about the state that its functions hold when this is made. Collective throughout.

    Parameters
    ----------
    cell, newton
        The discretised problem and its solver, whose matrix is borrowed until :meth:`destroy`.
    whole
        Factorise the whole system (``True``), precondition it (``False``), or by size.

    Attributes
    ----------
    stiffness, mass
        K and M.
    row_weights
        What rows are multiplied by at the frequency last solved for.
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
        self.row_weights = self.stiffness.createVecLeft()
        self.size = self.stiffness.getLocalSize()[0]
        rows = newton.rows["cell voltage"]
        self.voltage_row = int(rows[0]) if len(rows) else None
        self._magnitudes = [_magnitudes(matrix) for matrix in (self.stiffness, self.mass)]
        # Of unequal size: on a small regular mesh as many equal ones of either sign can cancel exactly.
        self._noise = np.random.default_rng(1 + cell.comm.rank).standard_normal(2 * self.size)
        self.system = FactorisedSystem(self) if self.whole else PreconditionedSystem(self)

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

    def _weigh_rows(self, omega: float) -> None:
        """Weigh the row without a time derivative by ω, taken to a power of two, which rounds nothing."""
        self.row_weights.set(1.0)
        electrolyte = self.cell.electrolyte
        if isinstance(electrolyte, IonicModel):
            rows = self.newton.rows[electrolyte.components[-1]]
            self.row_weights.array_w[rows] = 2.0 ** max(round(np.log2(omega)), 0)

    def at(self, frequency: float) -> Point:
        """Z at a frequency [Hz].

        Raises
        ------
        SolverError
            The linear system could not be solved.
        """
        omega = 2 * np.pi * frequency * self.cell.scales.time
        self._weigh_rows(omega)
        right, x = self.system.vectors()
        right.set(0.0)
        if self.voltage_row is not None:
            right.array_w[self.voltage_row] = 1.0
        self.system.prepare(omega)
        iterations, left = self.system.solve(right, x)
        residual, terms = self._residual(omega, right, x)
        if self.system.can_factorise and not self.system.solved(left) and not residual <= ROUNDED:
            log.warning(
                "impedance at %.4g Hz: the iterative solver left %.1e of the current after %d iterations; from here "
                "on the Jacobian is factorised",
                frequency,
                left,
                iterations,
            )
            self.system.factorise()
            iterations, left = self.system.solve(right, x)
            residual, terms = self._residual(omega, right, x)
        if not (left <= CEILING or residual <= ROUNDED):
            factorised = self.newton.linear == "direct" or self.system.can_factorise
            other = "" if factorised else "solver.linear: direct, or "
            raise SolverError(
                f"impedance at {frequency:.4g} Hz: the linear solver left {left:.1e} of the current after "
                f"{iterations} iterations; try {other}frequencies nearer to those that the cell answers to"
            )
        z = self._voltage(x)
        # What is uncertain in the rows is drawn, for it adds up like noise.
        right.array_w[:] = max(np.finfo(float).eps, residual) * self._noise * terms
        self.system.solve(right, x, roughly=True)
        uncertainty = abs(self._voltage(x) / z)
        for vector in (right, x):
            vector.destroy()
        unit = self.cell.scales.potential / self.cell.scales.current
        return Point(frequency, unit * z, iterations, residual, uncertainty)

    def _voltage(self, x: PETSc.Vec) -> complex:
        """V̂ of a solution."""
        parts = np.zeros(2)
        if self.voltage_row is not None:
            values = x.array_r
            parts[:] = values[self.voltage_row], values[self.size + self.voltage_row]
        return complex(*reduced(self.cell.comm, parts))

    def _residual(self, omega: float, right: PETSc.Vec, x: PETSc.Vec) -> tuple[float, np.ndarray]:
        """Residual of a solution as in :class:`Point`, and the sum of the magnitudes of the terms in every row."""
        left, absolute = right.duplicate(), self.stiffness.createVecRight()
        self.system.matrix.mult(x, left)
        left.aypx(-1.0, right)
        n, magnitudes = self.size, np.abs(x.array_r)
        stiff, moving = [], []
        for half in (magnitudes[:n], magnitudes[n:]):
            absolute.array_w[:] = half
            for matrix, products in zip(self._magnitudes, (stiff, moving), strict=True):
                product = matrix * absolute
                products.append(self.row_weights.array_r * product.array_r)
                product.destroy()
        terms = np.concatenate([stiff[0] + omega * moving[1], stiff[1] + omega * moving[0]])
        squares = np.array(
            [
                [np.sum(values[rows] ** 2 + values[rows + n] ** 2) for values in (left.array_r, terms)]
                for rows in self.newton.rows.values()
            ]
        )
        for vector in (left, absolute):
            vector.destroy()
        rest, scale = np.sqrt(reduced(self.cell.comm, squares)).T
        return float(np.max(rest / np.maximum(scale, 1.0))), terms

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
        self.system.destroy()
        for thing in (self.stiffness, self.mass, self.row_weights, *self._magnitudes):
            thing.destroy()

    def __enter__(self) -> SmallSignal:
        return self

    def __exit__(self, *_exception) -> None:
        self.destroy()


def _magnitudes(matrix: PETSc.Mat) -> PETSc.Mat:
    """|A|, entry by entry."""
    offsets, columns, values = matrix.getValuesCSR()
    return PETSc.Mat().createAIJ(matrix.getSizes(), csr=(offsets, columns, np.abs(values)), comm=matrix.getComm())
