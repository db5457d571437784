r"""Adaptive implicit time stepping: BDF2 with variable steps after a start by BDF1.

.. math::
    \frac{d m}{dt}\Big|_{n+1} \approx a_0 m_{n+1} + a_1 m_n + a_2 m_{n-1}, \quad
    a_0 = \frac{1+2\omega}{(1+\omega)h},\; a_1 = -\frac{1+\omega}{h},\; a_2 = \frac{\omega^2}{(1+\omega)h},
    \quad \omega = h/h_{prev}

The next state is predicted by the polynomial through the last (up to three) states. Its distance from the
solution measures the local error (:mod:`.time_error`) and chooses the next step; a failed solve or a too large error
shortens it.

After a jump of the control nothing is known of the past: the first step is made in two equal halves by BDF1, and the
second difference of the three states measures the error of both. Contents are continuous across a jump; potentials,
voltage and current are not, and are predicted from states after it alone.

Reference: E. Hairer, G. Wanner, S. P. Nørsett, Solving Ordinary Differential Equations I, 2nd ed., §II.4, III.5.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .cell import Cell
from .closing import LARGEST, Closing, Flows
from .global_error import MILNE, GlobalError
from .newton import Newton, NewtonReport
from .observe import Observer
from .time_error import LocalError, TimeError

log = logging.getLogger(__name__)

#: The Jacobian is kept while its leading BDF coefficient is within this factor of today's.
COEFFICIENT_RATIO = 1.3

#: The step is kept where the error asks for a change within these factors: its Jacobian stays good.
STEADY = (0.8, 1.4)

#: Newton's tolerance unless told: behind a conservative closing, and where nothing else closes the balances.
CLOSED_TOLERANCE, OPEN_TOLERANCE = 1e-5, 1e-9

#: Residual, relative to the current, that rounding may leave however tight the tolerance.
ROUNDING_CEILING = 1e-6

#: Share of the scale of currents below which the error of one is not held against itself.
SMALL_CURRENT = 0.1

#: A predicted stoichiometry keeps at least this share of its distance from 0 and from 1.
PREDICTED_SHARE = 0.2

#: Error of a current predicted from currents that rounding spoils, over what it does to one of them: 3 + 3 + 1 + 1.
PREDICTED_ROUNDING = 8.0

#: An error below this share of the tolerance lets the step grow whatever the trend.
FAR = 0.1

#: Largest growth and shrinkage of the step from one to the next, and shrinkage of a start.
GROWTH, SHRINKAGE, START_SHRINKAGE = 2.0, 0.25, 0.1


@dataclass(frozen=True)
class StepControl:
    """How time is discretised.

    Attributes
    ----------
    tolerance
        Local error allowed per step, see :mod:`.time_error`: in c/c₀ and θ (root mean square over the nodes); the
        terminal voltage may err by ten times this number of RT/F (0.26 mV at the default).
    newton_tolerance
        Residual allowed, relative to the current that flows (or to a hundredth of 1 C at rest); ``None`` for 1e-5
        where the balances are closed after each step (:mod:`.closing`), else 1e-9.
    initial_step, max_step, min_step
        Seconds; ``None`` chooses from the expected duration.
    order
        1 (backward Euler throughout) or 2.
    adaptive
        ``False`` keeps the step at ``initial_step`` (for convergence studies).
    """

    tolerance: float = 1e-3
    newton_tolerance: float | None = None
    initial_step: float | None = None
    max_step: float | None = None
    min_step: float = 1e-15
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
    current
        Through the cathode's surface [A]; ``None`` where none is smooth: before the first step, and at its middle,
        whose current also brings the charge that a jump of the voltage leaves on surfaces.
    error
        Of the step that led here, over the tolerance; ``None`` where none was estimated.
    """

    time: float
    values: tuple[np.ndarray, ...]
    charge: float = 0.0
    passed: tuple[float, ...] = ()
    deposits: tuple[np.ndarray, ...] = ()
    current: float | None = None
    error: float | None = None


@dataclass(frozen=True)
class Trial:
    """A solved but not yet accepted step.

    Attributes
    ----------
    dt
        Its length, both halves of a start together [s].
    report
        What Newton's method did.
    error
        Estimated local error.
    flows
        What crosses the surfaces at its end; ``None`` where nothing converged.
    halved, begun
        Whether it is a start in two halves, and whether the first of them converged.
    """

    dt: float
    report: NewtonReport
    error: LocalError
    flows: Flows | None = None
    halved: bool = False
    begun: bool = False


class Integrator:
    """Advances a cell step by step; the caller decides which trial is accepted.

    Attributes
    ----------
    time
        Time of the last accepted state [s].
    history
        Up to three states since the last restart, newest first: accepted ones, and while a start is on trial the
        state at its middle.
    observe
        Evaluates the cell's numbers.
    drive, charge
        Sets the cell's control of a time [s]; charge that it asks for between two times [C], where it sets a current.
    rates
        What of an observation the balances integrate over time.
    errors
        Follows the error of the state where that is known how: with a binary salt.
    jump
        Time at which the control last jumped [s]; ``kink`` when only its slope did, to which potentials belong.
    """

    def __init__(self, cell: Cell, newton: Newton, control: StepControl):
        self.cell, self.newton, self.control = cell, newton, control
        self.comm = cell.comm
        self.observe = Observer(cell)
        self.history = [State(0.0, self._copy(), deposits=cell.deposit_states)]
        self.current_scale = 1.0
        self._jacobian_coefficient: float | None = None
        self.accepted = 0
        self.bdf = (1.0, -1.0, 0.0)
        self._guess: tuple[np.ndarray, ...] | None = None
        self._on_trial = False
        self._tried: State | None = None
        self.jump, self.kink = 0.0, False
        self.drive: Callable[[float], None] = lambda time: None
        self.charge: Callable[[float, float], float] = lambda begin, end: (end - begin) * self.asked_current()
        self.rates: Callable[[Flows, Cell], Sequence[float]] = lambda flows, cell: ()
        self._error_of = TimeError(cell)
        closes = cell.electrolyte.closes
        self._closing = Closing(cell) if closes else None
        self.errors = GlobalError(cell, newton, self.observe) if closes and control.adaptive else None
        self._predicted: list[np.ndarray] = []
        #: Makes a first guess of a start, see :mod:`.jump`.
        self.prepare: Callable[[], None] = lambda: None

    @property
    def time(self) -> float:
        """Time of the last accepted state [s]."""
        return self._accepted_state.time

    @property
    def charge_passed(self) -> float:
        """Until the last accepted state [C]."""
        return self._accepted_state.charge

    @property
    def _accepted_state(self) -> State:
        return self.history[1] if self._on_trial else self.history[0]

    @property
    def newton_tolerance(self) -> float:
        """Residual allowed, relative to the current."""
        default = OPEN_TOLERANCE if self._closing is None else CLOSED_TOLERANCE
        return self.control.newton_tolerance or default

    def restart(self) -> None:
        """Forget the past at a jump of the control: the next step is a start."""
        self._leave_trial()
        self._tried = None
        del self.history[1:]
        self.renew()

    def renew(self) -> None:
        """Ask for a fresh Jacobian at the next step."""
        self._jacobian_coefficient = None
        self.newton.renew()

    def set_history(self, states: list[State]) -> None:
        """Continue from stored states, newest first."""
        self._on_trial, self._tried = False, None
        self.history = list(states)
        self.reject()
        self.renew()

    # ------------------------------------------------------------------ one step
    def attempt(self, dt: float) -> Trial:
        """Solve for the state at ``time + dt`` [s]; the cell holds it afterwards."""
        self._leave_trial()
        if len(self.history) > 1 or not self.control.adaptive or self.control.order == 1:
            return self.solve(dt)
        half = self.solve(dt / 2)
        if not half.report.converged:
            return replace(half, dt=dt, halved=True)
        self.history.insert(0, replace(self._newest(half), current=None))
        self._on_trial = True
        # A start that is repeated finds its potentials again.
        self._tried = self.history[0]
        second = self.solve(dt / 2)
        return replace(second, dt=dt, halved=True, begun=True, report=half.report.followed_by(second.report))

    def solve(self, dt: float) -> Trial:
        """One implicit step from the newest state [s], not halved; the cell holds its end."""
        self._set_coefficients(dt)
        self.drive(self.history[0].time + dt)
        predicted = self._predicted = self._predict(dt)
        self._load(predicted)
        if len(self.history) == 1 and self._guess is None:
            self.prepare()
        report = self._converge()
        if not report.converged and report.jacobians == 0:
            # A stale Jacobian may be all that was wrong.
            self._load(predicted)
            report = report.followed_by(self._converge())
        if not report.converged and self.cell.electrolyte.polarises:
            self._load(predicted)
            report = report.followed_by(self._converge(damped=True))
        if not report.converged:
            return Trial(dt, report, LocalError(worst=np.inf))
        flows = self._close(dt)
        return Trial(dt, report, self._error(predicted, dt, flows), flows)

    def _converge(self, damped: bool = False) -> NewtonReport:
        scale = self.current_scale
        return self.newton.solve(
            self.newton_tolerance * scale,
            ROUNDING_CEILING * scale,
            damped=damped,
            scale=scale * self.cell.scales.current,
            current=None if self.cell.sets_current else self.observe.current,
        )

    def asked_current(self) -> float:
        """The current that the control asks for now [A]."""
        return float(self.cell.applied_current.value) * self.cell.scales.current

    def _counting(self, dt: float) -> float:
        """The current that brings the charge asked for in a step [s] by the formula of the time integrator [A]."""
        a0, _, a2 = self.bdf
        old, older = self.history[0], self.history[min(1, len(self.history) - 1)]
        passed = self.charge(old.time, old.time + dt)
        # Of the increments: a₀ + a₁ + a₂ = 0.
        return (a0 * passed - a2 * (old.charge - older.charge)) / self.cell.scales.time

    def _close(self, dt: float) -> Flows:
        """Let deposits and contents follow what flowed; the flows that count."""
        cell, told = self.cell, self.observe.flows()
        if self._closing is None:
            cell.follow_deposits(self.bdf)
            return told
        flows = told.settled(None, None)
        if cell.sets_current:
            flows = told.settled(self.asked_current(), self._counting(dt))
        factors = {}
        for name, passed in told.reaction.items():
            ratio = flows.reaction[name] / passed if passed else 1.0
            factors[name] = ratio if abs(ratio - 1) < LARGEST else 1.0
        cell.follow_deposits(self.bdf, factors)
        self._closing(flows)
        return flows

    def _newest(self, trial: Trial) -> State:
        """The state that the cell holds at a trial's end."""
        charge, passed = self.totals(trial)
        time = self.history[0].time + (trial.dt / 2 if trial.halved else trial.dt)
        return State(time, self._copy(), charge, passed, self.cell.deposit_states, trial.flows.current)

    def totals(self, trial: Trial) -> tuple[float, tuple[float, ...]]:
        """Charge [C] and the balances' integrals at the trial's end, by the time integrator's own formula."""
        cell = self.cell
        dt = trial.dt / 2 if trial.halved else trial.dt
        counting = self._counting(dt) if cell.sets_current else trial.flows.current
        values = counting, *self.rates(trial.flows, cell)
        charge, *passed = self.integrate(values, lambda state: (state.charge, *state.passed))
        return charge, tuple(passed)

    def accept(self, trial: Trial, jumped: bool = False) -> None:
        """Make the trial the newest state; ``jumped`` says of a start that contents jumped with the control.

        A charge that passes in no time, as onto the capacitances of a cell whose voltage jumps, leaves its mark
        in the contents too; what is predicted next then knows nothing of the state before.
        """
        begun, newest = self.time, self._newest(trial)
        self._add_error(trial)
        if trial.halved and jumped:
            del self.history[1:]
        # The sum of two halves may be rounded.
        self.history.insert(0, replace(newest, time=begun + trial.dt, error=trial.error.worst or None))
        self._on_trial, self._tried = False, None
        del self.history[3:]
        self.cell.level_potential(*(state.values[0] for state in self.history))
        self.accepted += 1

    def _add_error(self, trial: Trial) -> None:
        """Let the trial's local error enter the state's. Collective."""
        if self.errors is None or len(self.history) == 1 or not self._predicted:
            return
        cell, dt = self.cell, trial.dt / 2 if trial.halved else trial.dt
        moved = float(cell.V.x.array[0]) - float(self.history[0].values[-1][0])
        slope = cell.comm.bcast(moved) * cell.scales.potential / dt
        scale = self.current_scale * cell.scales.current
        if trial.halved:
            # Both halves err by half of the second difference.
            local = self.errors.local(self._predicted, 0.5)
            self.errors.advance(self.bdf, local, slope, scale)
            self.errors.advance(self.bdf, local, slope, scale)
            return
        span = self.history[0].time + dt - self.history[-1].time
        self.errors.advance(self.bdf, self.errors.local(self._predicted, MILNE * dt / span), slope, scale)

    def integrate(self, rates: Sequence[float], amounts: Callable[[State], Sequence[float]]) -> tuple[float, ...]:
        """Amounts at the end of the trial from their rates there [1/s], by the same formula as the fields.

        ``amounts`` reads the earlier ones off a state; a state without any counts as zero.
        """
        a0, a1, a2 = self.bdf
        old, older = self.history[0], self.history[min(1, len(self.history) - 1)]

        def of(state: State) -> tuple[float, ...]:
            known = tuple(amounts(state))
            return known + (0.0,) * (len(rates) - len(known))

        past = zip(rates, of(old), of(older), strict=True)
        return tuple((rate * self.cell.scales.time - a1 * m1 - a2 * m2) / a0 for rate, m1, m2 in past)

    def content_rates(self) -> tuple[np.ndarray, np.ndarray]:
        """Rates of change of c/c₀ and θ over the last accepted step [1/s]."""
        cell, (newest, older, *_) = self.cell, self.history
        components, dt = len(cell.electrolyte.components), newest.time - older.time
        salt = [
            cell.electrolyte.relative_contents(state.values[0].reshape(-1, components))[:, 0]
            for state in (newest, older)
        ]
        solid = (np.zeros(0), np.zeros(0))
        if cell.theta is not None:
            solid = tuple(state.values[cell.unknowns.index(cell.theta)] for state in (newest, older))
        return (salt[0] - salt[1]) / dt, (solid[0] - solid[1]) / dt

    def guess_from_cell(self) -> None:
        """Start the next attempts from the values the cell holds now instead of the predictor."""
        self._guess = self._copy()

    def forget_guess(self) -> None:
        """Return to the predictor."""
        self._guess = None

    def reject(self) -> None:
        """Put the last accepted state back."""
        self._leave_trial()
        self._load(self.history[0].values)
        self.cell.deposit_states = self.history[0].deposits

    def _leave_trial(self) -> None:
        if self._on_trial:
            del self.history[0]
            self._on_trial = False

    def next_step(self, trial: Trial) -> float:
        """Step to try after this trial, from its error [s]."""
        length = trial.dt / 2 if trial.halved else trial.dt
        if not self.control.adaptive:
            return length
        if not trial.report.converged:
            return SHRINKAGE * trial.dt
        if trial.error.worst == 0.0:
            return GROWTH * length
        order = 1 if trial.halved else min(len(self.history), self.control.order)
        if trial.halved and trial.error.worst > 1.0:
            # Between the orders of a smooth start and of one like the root of time.
            return trial.dt * max(START_SHRINKAGE, _whole(0.9 / trial.error.worst))
        factor = _whole(0.9 * trial.error.worst ** (-1 / (order + 1)))
        if STEADY[0] < factor < STEADY[1]:
            return length
        return length * min(GROWTH, max(SHRINKAGE, factor))

    def propose(self, trial: Trial) -> float:
        """Step to try after this trial has been accepted [s].

        Where steps of given current shrink from one to the next, as towards the end of a plateau, the next goes on
        with it (Hairer & Wanner, Solving Ordinary Differential Equations II, §IV.8).
        """
        proposed = self.next_step(trial)
        if len(self.history) < 3 or not self.control.adaptive or trial.halved or not self.cell.sets_current:
            return proposed
        newest, older, oldest = self.history
        if newest.error is None or older.error is None or newest.error < FAR:
            return proposed
        last, before = newest.time - older.time, older.time - oldest.time
        trend = last / before * (older.error / newest.error) ** (1 / 3)
        going_on = last * _whole(max(SHRINKAGE, 0.9 * trend * newest.error ** (-1 / 3)))
        return min(proposed, going_on)

    # ------------------------------------------------------------------ parts
    def _set_coefficients(self, dt: float) -> None:
        cell = self.cell
        h = dt / cell.scales.time
        old, older = self.history[0], self.history[min(1, len(self.history) - 1)]
        cell.load_deposits(old.deposits, older.deposits)
        a = first_order = (1 / h, -1 / h, 0.0)
        if len(self.history) > 1 and self.control.order > 1 and not self._on_trial:
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

    def _after_jump(self) -> list[State]:
        """The states to which the potentials of today's control belong."""
        return [s for s in self.history if s.time > self.jump or (self.kink and s.time == self.jump)]

    def _predict(self, dt: float) -> list[np.ndarray]:
        """Polynomials through the history, evaluated dt after its newest state [s]."""
        if self._guess is not None and len(self.history) == 1:
            return list(self._guess)
        cell, end = self.cell, self.history[0].time + dt
        contents = _extrapolation([s.time for s in self.history], end)
        recent = self._after_jump() or ([self._tried] if self._tried else self.history[:1])
        potentials = _extrapolation([s.time for s in recent], end)

        def of(weights, states, k) -> np.ndarray:
            return sum(w * state.values[k] for w, state in zip(weights, states, strict=True))

        # The electrolyte's unknowns less what moves with its potential are contents.
        level = cell.electrolyte.level
        q = of(contents, self.history, 0).reshape(-1, len(level))
        q += (of(potentials, recent, 0).reshape(-1, len(level))[:, -1] - q[:, -1])[:, None] * level
        values = [q.ravel()]
        for k, function in enumerate(cell.unknowns[1:], start=1):
            if function is not cell.theta:
                values.append(of(potentials, recent, k))
                continue
            theta, now = of(contents, self.history, k), self.history[0].values[k]
            low, high = PREDICTED_SHARE * now, 1 - PREDICTED_SHARE * (1 - now)
            values.append(np.where(cell.bounded, np.clip(theta, low, high), theta))
        return values

    def _error(self, predicted: list[np.ndarray], dt: float, flows: Flows) -> LocalError:
        """Estimated local error; nothing where there is no predictor yet."""
        if len(self.history) == 1 or not self.control.adaptive:
            return LocalError()
        end = self.history[0].time + dt
        recent = self._after_jump()
        algebraic = expected = None
        if len(recent) > 1:
            algebraic = dt / (end - recent[-1].time)
            smooth = [state for state in recent if state.current is not None]
            if not self.cell.sets_current and len(smooth) > 1:
                weights = _extrapolation([s.time for s in smooth], end)
                expected = sum(w * s.current for w, s in zip(weights, smooth, strict=True))
        # In a short step part of the current is rounding of contents, which a shorter one would make larger.
        unsure = PREDICTED_ROUNDING * self.newton.rounding / self.control.tolerance
        smallest = max(SMALL_CURRENT * self.current_scale, unsure)
        return self._error_of(
            predicted,
            dt / (end - self.history[-1].time),
            algebraic,
            expected,
            flows.current,
            smallest * self.cell.scales.current,
            self.control.tolerance,
        )

    def _copy(self) -> tuple[np.ndarray, ...]:
        return tuple(f.x.array.copy() for f in self.cell.unknowns)

    def _load(self, values: Sequence[np.ndarray]) -> None:
        for function, array in zip(self.cell.unknowns, values, strict=True):
            function.x.array[:] = array


def _whole(factor: float) -> float:
    """The next lower power of the fourth root of 2, so that the rounding of an error does not reach the time steps."""
    return float(2.0 ** (np.floor(4 * np.log2(factor) + 1e-6) / 4))


def _extrapolation(times: Sequence[float], end: float) -> list[float]:
    """Weights of the states at ``times`` in the value at ``end`` of the polynomial through them."""
    return [
        float(np.prod([(end - other) / (time - other) for j, other in enumerate(times) if j != i]))
        for i, time in enumerate(times)
    ]
