r"""How the errors of the time steps add up: the error of the state itself, and of what a protocol step is judged by.

The local error e of every step enters the linearised equations of the step,

.. math::
    (K + a_0 M)\,E_{n+1} = a_0 M e_{n+1} - a_1 M E_n - a_2 M E_{n-1},

with E the error of the computed state against the exact solution of the semidiscrete equations, K and M the
derivatives of the residual with respect to the state and its rate. What diffusion forgets is forgotten here too, and
contents that are kept exactly have no error. One solve with the Jacobian at hand tells E after each step.

e is Milne's estimate: BDF2 errs by 2/11 of its distance from the quadratic predictor, BDF1 by half of the second
difference. Where a step ends at a voltage or a current, an error of it moves the end by δt = −E_V / (dV/dt), and the
charge with it. Errors of the mesh are not seen, and the charge of double layers is taken as exact.

Reference: K. E. Brenan, S. L. Campbell, L. R. Petzold, Numerical Solution of Initial-Value Problems in
Differential-Algebraic Equations, SIAM 1996, §5.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import dolfinx.fem.petsc as fem_petsc
import numpy as np
import ufl
from mpi4py import MPI
from petsc4py import PETSc

from .cell import Cell
from .description import ELECTRODES
from .newton import Newton
from .observe import Observer

#: Error of the voltage up to which the linearised equations hold [RT/F]; beyond, as a surface fills and the voltage
#: diverges, an error is a shift in time.
LINEAR = 0.1

#: Error of contents, c/c₀ and θ, up to which they are followed while the voltage is beyond :data:`LINEAR`.
BOUNDED = 0.05

#: Local error of BDF2 over its distance from the quadratic predictor at equal steps, over the step's share of its span.
MILNE = (2 / 11) / (1 / 3)


@dataclass(frozen=True)
class Deviation:
    """Estimated error of a protocol step's numbers, computed less exact; of the simulated domain.

    Attributes
    ----------
    voltage
        At the end of the step [V]; ``None`` where it diverges.
    duration, charge, energy
        s, C and J.
    """

    voltage: float | None
    duration: float
    charge: float
    energy: float


class GlobalError:
    """Follows the error of a cell's state through its time steps.

    Attributes
    ----------
    voltage, current
        Error now of the voltage [V] and, where the voltage is set, of the current [A].
    delay
        By how much the state is late [s], from the voltage's error and slope; kept while the voltage diverges.
    diverged
        Whether it does now.
    lost
        Whether the current's error is as large as the current: nothing can be told of the charge then.
    """

    def __init__(self, cell: Cell, newton: Newton, observe: Observer):
        self.cell, self.newton, self.observe = cell, newton, observe
        domain = cell.domain
        test = ufl.TestFunction(cell.q.function_space)
        stored = sum(cell.constant(cell.porosity(n)) * test[0] * domain.storage(n) for n in cell.electrolytes)
        components = len(cell.electrolyte.components)
        self._salt = cell.nodal(stored).reshape(-1, components)[:, 0]
        self._solid = None
        if cell.theta is not None:
            test = ufl.TestFunction(cell.theta.function_space)
            self._solid = cell.nodal(sum(self._capacity(n) * test * domain.storage(n) for n in self._inserting()))
        self._right = newton.x.duplicate()
        self._solution = newton.x.duplicate()
        self.forget()

    def _inserting(self) -> list[str]:
        return [name for name in ELECTRODES if self.cell.description.electrode(name).inserts]

    def _capacity(self, name: str):
        return self.cell.constant(self.cell.description.electrode(name).material.c_max / self.cell.scales.concentration)

    def forget(self) -> None:
        """Begin without any error."""
        self.now = self._nothing()
        self.before = self._nothing()
        self.voltage = self.current = 0.0
        self.begin()

    def begin(self) -> None:
        """A protocol step begins."""
        self.delay, self.diverged, self.lost = 0.0, False, False

    def _nothing(self) -> tuple[np.ndarray, np.ndarray]:
        solid = np.zeros(0) if self._solid is None else np.zeros_like(self._solid)
        return np.zeros_like(self._salt), solid

    def local(self, predicted: list[np.ndarray], factor: float) -> tuple[np.ndarray, np.ndarray]:
        """Local error of contents, c/c₀ and θ, from the distance of a prediction; ``factor`` is the formula's."""
        cell = self.cell
        components = len(cell.electrolyte.components)
        now, expected = (
            cell.electrolyte.relative_contents(values.reshape(-1, components))[:, 0]
            for values in (cell.q.x.array, predicted[0])
        )
        solid = np.zeros(0)
        if cell.theta is not None:
            solid = factor * (cell.theta.x.array - predicted[cell.unknowns.index(cell.theta)])
        return factor * (now - expected), solid

    def advance(
        self, bdf: tuple[float, float, float], local: tuple[np.ndarray, np.ndarray], slope: float, scale: float
    ) -> None:
        """Take one step with the formula's coefficients, at the state and control that the cell holds. Collective.

        ``slope`` is that of the voltage over the step [V/s], ``scale`` a current that is small [A].
        """
        cell, newton = self.cell, self.newton
        a0, a1, a2 = bdf
        right = self._right
        right.set(0.0)
        sources = [
            weights * (a0 * e - a1 * one - a2 * two)
            for weights, e, one, two in zip((self._salt, self._solid), local, self.now, self.before, strict=True)
            if weights is not None
        ]
        values = right.array_w
        names = (cell.electrolyte.contents[0], "stoichiometry")
        for name, source in zip(names, sources, strict=False):
            rows = newton.rows[name]
            values[rows] = source[: len(rows)]
        ksp = newton.snes.getKSP()
        try:
            ksp.solve(right, self._solution)
            good = ksp.getConvergedReason() > 0
        except PETSc.Error:
            good = False
        if not good:
            return
        held = [f.x.array.copy() for f in cell.unknowns]
        potentiostatic = not cell.sets_current
        current = self.observe.current() if potentiostatic else 0.0
        for function in cell.unknowns:
            function.x.array[:] = 0.0
        self._solution.ghostUpdate(PETSc.InsertMode.INSERT, PETSc.ScatterMode.FORWARD)
        fem_petsc.assign(self._solution, cell.unknowns)
        errors = [f.x.array.copy() for f in cell.unknowns]
        components = len(cell.electrolyte.components)
        c = cell.electrolyte.relative_contents(held[0].reshape(-1, components))[:, 0]
        salt = c * errors[0].reshape(-1, components)[:, 0]
        solid = np.zeros(0) if cell.theta is None else errors[cell.unknowns.index(cell.theta)]
        voltage = cell.comm.bcast(float(errors[-1][0]))
        # On a steep part of an open-circuit curve the voltage's error is a shift in time for a while, contents go on.
        self.diverged = not abs(voltage) < LINEAR
        if self.diverged:
            self.voltage = -self.delay * slope
            for function, value in zip(cell.unknowns, held, strict=True):
                function.x.array[:] = value
            if self._bounded(salt, solid):
                self.before, self.now = self.now, (salt, solid)
            return
        self.before, self.now = self.now, (salt, solid)
        self.voltage = voltage * cell.scales.potential
        self.delay = -self.voltage / slope if slope else 0.0
        if potentiostatic:
            for function, value, error in zip(cell.unknowns, held, errors, strict=True):
                function.x.array[:] = value + error
            self.current = self.observe.current() - current
            if not abs(self.current) < 0.5 * max(abs(current), scale):
                self.current, self.lost = 0.0, True
        else:
            self.current = 0.0
        for function, value in zip(cell.unknowns, held, strict=True):
            function.x.array[:] = value

    def _bounded(self, *errors: np.ndarray) -> bool:
        """Whether errors of contents are small beside the contents, on all ranks."""
        largest = max((float(np.max(np.abs(one), initial=0.0)) for one in errors), default=0.0)
        return self.cell.comm.allreduce(bool(largest < BOUNDED), op=MPI.LAND)

    def shift(self, rates: tuple[np.ndarray, np.ndarray], delay: float) -> None:
        """Count from an end that came late by ``delay`` [s], at which contents change at these rates [1/s]."""
        self.now = tuple(error + delay * rate for error, rate in zip(self.now, rates, strict=True))


@dataclass
class Budget:
    """What adds up over a protocol step: errors of its charge [C] and energy [J] at fixed times."""

    charge: float = 0.0
    energy: float = 0.0

    def add(self, errors: GlobalError, current: float, voltage: float, dt: float) -> None:
        """Take in a time step [s] that ends at a current [A] and a voltage [V]."""
        self.charge += errors.current * dt
        self.energy += (current * errors.voltage + voltage * errors.current) * dt

    def at_end(self, errors: GlobalError, delay: float, current: float, voltage: float) -> Deviation:
        """The step's numbers, its end having come late by ``delay`` [s]."""
        charge = self.charge + current * delay
        return Deviation(errors.voltage, delay, charge, self.energy + voltage * current * delay)


def delay_of_voltage(errors: GlobalError, overrun: float, slope: float) -> float:
    """By how much an end at a voltage came late [s], with the overrun of the limit [V] and the slope there [V/s]."""
    if errors.diverged or not slope:
        return errors.delay
    return (overrun - errors.voltage) / slope


def delay_of_current(errors: GlobalError, overrun: float, slope: float) -> float:
    """The same of an end at a current, overrun [A] and slope [A/s] with the current's sign."""
    return (overrun - errors.current) / slope if slope else 0.0
