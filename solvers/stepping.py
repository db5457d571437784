r"""Adaptive implicit time stepping: BDF2 with variable steps after a first BDF1 step.

.. math::
    \frac{d m}{dt}\Big|_{n+1} \approx a_0 m_{n+1} + a_1 m_n + a_2 m_{n-1}, \quad
    a_0 = \frac{1+2\omega}{(1+\omega)h},\; a_1 = -\frac{1+\omega}{h},\; a_2 = \frac{\omega^2}{(1+\omega)h},
    \quad \omega = h/h_{prev}

The next state is predicted by the polynomial through the last (up to three) states. Its distance from the
solution measures the local error and chooses the next step; a failed solve or a too large error shortens it.

Reference: E. Hairer, G. Wanner, S. P. Nørsett, Solving Ordinary Differential Equations I, 2nd ed., §III.5.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from .cell import Cell
from .domain import reduced
from .errors import ConvergenceError
from .newton import Newton, NewtonReport

log = logging.getLogger(__name__)

#: The Jacobian is kept while its leading BDF coefficient is within this factor of today's.
COEFFICIENT_RATIO = 1.3

#: The step is kept where the error asks for a change within these factors: its Jacobian stays good.
STEADY = (0.8, 1.4)

#: A stoichiometry this near to 0 or 1 leaves an electrode nothing to give or take.
EXHAUSTED = 1e-4

#: Share of the bulk's concentration below which an electrolyte is said to run out of ions.
DEPLETED = 0.1

#: Residual, relative to the current, that rounding may leave however tight the tolerance.
ROUNDING_CEILING = 1e-6

#: Above this many times the bulk's, as in a double layer, a concentration's error counts relative to itself.
CROWDED = 3.0

#: Weight of the voltage's error (RT/F) beside those of the fields.
VOLTAGE_WEIGHT = 0.1

#: A predicted stoichiometry keeps at least this share of its distance from 0 and from 1.
PREDICTED_SHARE = 0.2

#: Largest growth and shrinkage of the step from one to the next.
GROWTH, SHRINKAGE = 2.0, 0.25


@dataclass(frozen=True)
class StepControl:
    """How time is discretised.

    Attributes
    ----------
    tolerance
        Local error allowed per step in c/c₀ and θ (root mean square over the nodes); the terminal voltage may
        err by ten times this number of RT/F (0.26 mV at the default).
    newton_tolerance
        Residual allowed, relative to the current that flows (or to a 1 C current at rest).
    initial_step, max_step, min_step
        Seconds; ``None`` chooses from the expected duration.
    order
        1 (backward Euler throughout) or 2.
    adaptive
        ``False`` keeps the step at ``initial_step`` (for convergence studies).
    """

    tolerance: float = 1e-3
    newton_tolerance: float = 1e-9
    initial_step: float | None = None
    max_step: float | None = None
    min_step: float = 1e-12
    order: int = 2
    adaptive: bool = True


@dataclass(frozen=True)
class State:
    """The cell at one time.

    Attributes
    ----------
    time
        s.
    values
        Every unknown's values (owned and ghost).
    charge
        Passed so far [C].
    passed
        Time integrals of the rates the balance is held against, see :class:`~.balance.BalanceAudit`.
    deposits
        What is on the surfaces of metals, see :class:`~.deposit.Deposit`.
    """

    time: float
    values: tuple[np.ndarray, ...]
    charge: float = 0.0
    passed: tuple[float, ...] = ()
    deposits: tuple[np.ndarray, ...] = ()


@dataclass(frozen=True)
class Trial:
    """A solved but not yet accepted step."""

    dt: float
    report: NewtonReport
    error: float


class Integrator:
    """Advances a cell step by step; the caller decides which trial is accepted.

    Attributes
    ----------
    time
        Time of the last accepted state [s].
    history
        Up to three accepted states since the last restart, newest first.
    jump
        Time at which the control last jumped [s].
    """

    def __init__(self, cell: Cell, newton: Newton, control: StepControl):
        self.cell, self.newton, self.control = cell, newton, control
        self.comm = cell.comm
        self.history = [State(0.0, self._copy(), deposits=cell.deposit_states)]
        self.current_scale = 1.0
        self._jacobian_coefficient: float | None = None
        self.accepted = 0
        self.bdf = (1.0, -1.0, 0.0)
        self._guess: tuple[np.ndarray, ...] | None = None
        self.jump = 0.0

    @property
    def time(self) -> float:
        """Time of the last accepted state [s]."""
        return self.history[0].time

    def restart(self) -> None:
        """Forget the past at a jump of the control: the next step is BDF1 without a predictor."""
        del self.history[1:]
        self.newton.renew()

    def set_history(self, states: list[State]) -> None:
        """Continue from stored states, newest first."""
        self.history = list(states)
        self.reject()
        self.newton.renew()

    # ------------------------------------------------------------------ one step
    def attempt(self, dt: float) -> Trial:
        """Solve for the state at ``time + dt`` [s]; the cell holds it afterwards."""
        self._set_coefficients(dt)
        predicted = self._predict(dt)
        self._load(predicted)
        tolerances = self.control.newton_tolerance * self.current_scale, ROUNDING_CEILING * self.current_scale
        report = self.newton.solve(*tolerances)
        if not report.converged and report.jacobians == 0:
            # A stale Jacobian may be all that was wrong.
            self._load(predicted)
            report = self.newton.solve(*tolerances)
        if not report.converged and self.cell.electrolyte.polarises:
            self._load(predicted)
            report = self.newton.solve(*tolerances, damped=True)
        if report.converged:
            self.cell.follow_deposits(self.bdf)
        error = self._error(predicted, dt) if report.converged else np.inf
        return Trial(dt, report, error)

    def accept(self, trial: Trial, charge: float = 0.0, passed: tuple[float, ...] = ()) -> None:
        """Make the trial the newest state."""
        newest = State(self.time + trial.dt, self._copy(), charge, passed, self.cell.deposit_states)
        self.history.insert(0, newest)
        del self.history[3:]
        self.cell.level_potential(*(state.values[0] for state in self.history))
        self.accepted += 1

    def integrate(self, rates: Sequence[float], amounts: Callable[[State], Sequence[float]]) -> tuple[float, ...]:
        """Amounts at the end of the trial from their rates there [1/s], by the same formula as the fields.

        ``amounts`` reads the earlier ones off a state; a state without any counts as zero.
        """
        a0, a1, a2 = self.bdf
        old, older = self.history[0], self.history[min(1, len(self.history) - 1)]
        zeros = (0.0,) * len(rates)
        past = zip(rates, amounts(old) or zeros, amounts(older) or zeros, strict=True)
        return tuple((rate * self.cell.scales.time - a1 * m1 - a2 * m2) / a0 for rate, m1, m2 in past)

    def guess_from_cell(self) -> None:
        """Start the next attempts from the values the cell holds now instead of the predictor."""
        self._guess = self._copy()

    def forget_guess(self) -> None:
        """Return to the predictor."""
        self._guess = None

    def reject(self) -> None:
        """Put the last accepted state back."""
        self._load(self.history[0].values)
        self.cell.deposit_states = self.history[0].deposits

    def next_step(self, trial: Trial) -> float:
        """Step to try after this trial, from its error [s]."""
        if not self.control.adaptive:
            return trial.dt
        if not np.isfinite(trial.error):
            return SHRINKAGE * trial.dt
        if trial.error == 0.0:
            return GROWTH * trial.dt
        order = min(len(self.history), self.control.order)
        factor = 0.9 * trial.error ** (-1 / (order + 1))
        if STEADY[0] < factor < STEADY[1]:
            return trial.dt
        return trial.dt * min(GROWTH, max(SHRINKAGE, factor))

    # ------------------------------------------------------------------ parts
    def _set_coefficients(self, dt: float) -> None:
        cell = self.cell
        h = dt / cell.scales.time
        old, older = self.history[0], self.history[min(1, len(self.history) - 1)]
        cell.load_deposits(old.deposits, older.deposits)
        a = first_order = (1 / h, -1 / h, 0.0)
        if len(self.history) > 1 and self.control.order > 1:
            w = dt / (self.history[0].time - self.history[1].time)
            a = ((1 + 2 * w) / (1 + w) / h, -(1 + w) / h, w * w / (1 + w) / h)
            if cell.overdraws(a):
                # Where metal runs out its amount has a kink, over which a parabola falls below zero.
                a = first_order
        for constant, value in zip(cell.bdf, a, strict=True):
            constant.value = value
        self.bdf = a
        cell.rate_scale.value = max(a[0], 1.0)
        used = self._jacobian_coefficient
        if used is None or not 1 / COEFFICIENT_RATIO < a[0] / used < COEFFICIENT_RATIO:
            self.newton.renew()
            self._jacobian_coefficient = a[0]
        for k, (_, old_function, older_function) in enumerate(cell.history):
            old_function.x.array[:] = old.values[k]
            older_function.x.array[:] = older.values[k]

    def _predict(self, dt: float) -> list[np.ndarray]:
        """Polynomial through the history, evaluated at time + dt."""
        if self._guess is not None:
            return list(self._guess)
        times = np.array([state.time for state in self.history]) - self.time
        weights = [
            np.prod([(dt - t) / (times[i] - t) for j, t in enumerate(times) if j != i]) for i in range(len(times))
        ]
        values = [
            sum(w * state.values[k] for w, state in zip(weights, self.history, strict=True))
            for k in range(len(self.cell.unknowns))
        ]
        if self.cell.theta is not None:
            k = self.cell.unknowns.index(self.cell.theta)
            theta = self.history[0].values[k]
            values[k] = np.clip(values[k], PREDICTED_SHARE * theta, 1 - PREDICTED_SHARE * (1 - theta))
        return values

    def _error(self, predicted: list[np.ndarray], dt: float) -> float:
        """Estimated local error over its tolerance; 0 where there is no predictor yet."""
        if len(self.history) == 1 or not self.control.adaptive:
            return 0.0
        span = dt + self.time - self.history[-1].time
        cell, share = self.cell, dt / span
        sums = []
        owned = cell.q.function_space.dofmap.index_map.size_local
        components = len(cell.electrolyte.components)
        now, expected = (
            cell.electrolyte.relative_contents(values.reshape(-1, components)[:owned])
            for values in (cell.q.x.array, predicted[0])
        )
        difference = (now - expected) / np.maximum(now / CROWDED, 1.0)
        # Each ion by itself: which of them errs most is known after the sum over ranks.
        sums += [(float(column), owned) for column in np.sum(difference**2, axis=0)]
        if cell.theta is not None:
            k = cell.unknowns.index(cell.theta)
            owned = cell.theta.function_space.dofmap.index_map.size_local
            difference = cell.theta.x.array[:owned] - predicted[k][:owned]
            sums.append((float(np.sum(difference**2)), owned))
        totals = reduced(self.comm, sums)
        errors = list(np.sqrt(totals[:, 0] / totals[:, 1]))
        # The voltage jumps with the control; no polynomial through its value before that tells the error.
        if self.history[-1].time > self.jump:
            errors.append(VOLTAGE_WEIGHT * abs(float(cell.V.x.array[0] - predicted[-1][0])))
        return share * max(errors) / self.control.tolerance

    def _copy(self) -> tuple[np.ndarray, ...]:
        return tuple(f.x.array.copy() for f in self.cell.unknowns)

    def _load(self, values: Sequence[np.ndarray]) -> None:
        for function, array in zip(self.cell.unknowns, values, strict=True):
            function.x.array[:] = array

    def _lattice_exhausted(self) -> bool:
        """Whether a stoichiometry of the last accepted state is at 0 or 1. Collective."""
        if self.cell.theta is None:
            return False
        theta = self.history[0].values[self.cell.unknowns.index(self.cell.theta)]
        distance = np.minimum(theta, 1 - theta).min(initial=1.0)
        return self.comm.allreduce(float(distance), op=MPI.MIN) < EXHAUSTED

    def _depleted(self) -> bool:
        """Whether an ion is scarce somewhere in the last accepted state. Collective."""
        q = self.history[0].values[0].reshape(-1, len(self.cell.electrolyte.components))
        lowest = self.cell.electrolyte.relative_contents(q).min(initial=1.0)
        return self.comm.allreduce(float(lowest), op=MPI.MIN) < DEPLETED

    def _stripped_bare(self) -> str | None:
        """Electrode that a constant current strips though the last accepted state has no metal on it. Collective."""
        cell = self.cell
        current = float(cell.applied_current.value)
        if not float(cell.galvanostatic.value) or not current:
            return None
        side = "cathode" if current > 0 else "anode"
        states = dict(zip(cell.deposits, self.history[0].deposits, strict=True)).get(side)
        return side if states is not None and cell.deposits[side].used_up(states) else None

    def give_up(self, trial: Trial, protocol_step: int) -> ConvergenceError:
        """The error to raise when no shorter step helps. Collective."""
        field = trial.report.worst_field
        if bare := self._stripped_bare():
            advice = (
                f"a voltage limit (until: voltage) that the step meets as its metal ends, or less charge: the metal on "
                f"the {bare} is used up"
            )
        elif self._lattice_exhausted():
            advice = "an earlier voltage or capacity limit: part of an electrode is empty or full"
        elif field in self.cell.electrolyte.contents and self._depleted():
            advice = "a smaller current or a finer mesh at the electrodes: the electrolyte is running out of ions"
        else:
            advice = (
                "a smaller initial_step, a larger solver.tolerance, or `linear: direct`; where the current is tiny "
                "beside what is stored, a larger solver.newton_tolerance or initial_step"
            )
        return ConvergenceError(
            time=self.time,
            step=self.accepted,
            field=field,
            reason=f"{trial.report.reason} even with a time step of {trial.dt:.3g} s",
            advice=advice,
            protocol_step=protocol_step,
        )
