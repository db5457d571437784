"""Time integration: coefficients, predictor, error control, charge; each against its definition."""

from dataclasses import replace

import dolfinx.fem.petsc as fem_petsc
import numpy as np
import pytest
from archode.solvers.closing import Flows
from archode.solvers.newton import NewtonReport
from archode.solvers.stepping import GROWTH, SHRINKAGE, START_SHRINKAGE, State, Trial
from archode.solvers.time_error import CURRENT_WEIGHT, SURFACE_WEIGHT, LocalError

from .cells import fresh

CONVERGED = NewtonReport(True, "", 1, 1, 1, "salt concentration")
DIVERGED = NewtonReport(False, "no decrease", 15, 15, 1, "salt concentration")

NOTHING = Flows(0.0, 0.0, {"anode": 0.0, "cathode": 0.0}, {"salt": 0.0}, {"salt": 0.0})

#: Times of the history, newest first, and the step to take [s].
TIMES, STEP = (1.0, 0.7, 0.2), 0.45


@pytest.fixture
def integrator(solved):
    cell, newton = solved("bar")
    # Whatever was asked of it before.
    cell.galvanostatic.value, cell.applied_current.value = 1.0, 0.0
    return fresh(cell, newton)


def history_of(integrator, polynomial, count=3, charge=None):
    """A history whose fields are all one polynomial of time."""
    charge = charge or (lambda t: 0.0)
    integrator.history = [
        State(
            t,
            tuple(np.full_like(f.x.array, polynomial(t)) for f in integrator.cell.unknowns),
            charge(t),
            deposits=tuple(np.full_like(states, polynomial(t)) for states in integrator.cell.deposit_states),
        )
        for t in TIMES[:count]
    ]


@pytest.mark.parametrize(
    ("count", "order", "degree"), [(1, 2, 1), (2, 2, 2), (3, 2, 2), (3, 1, 1)], ids=["start", "two", "three", "BE"]
)
def test_rate_of_polynomials(integrator, count, order, degree):
    """BDF1 is exact for t, BDF2 for t², whatever the ratio of the steps."""
    integrator.control = replace(integrator.control, order=order)
    history_of(integrator, float, count)
    integrator._set_coefficients(STEP)
    a = [float(constant.value) / integrator.cell.scales.time for constant in integrator.cell.bdf]
    times = [TIMES[0] + STEP, TIMES[0], TIMES[min(1, count - 1)]]
    for k in range(degree + 1):
        rate = sum(c * t**k for c, t in zip(a, times, strict=True))
        assert rate == pytest.approx(k * times[0] ** (k - 1) if k else 0.0, abs=1e-12)
    k = degree + 1
    assert sum(c * t**k for c, t in zip(a, times, strict=True)) != pytest.approx(k * times[0] ** (k - 1), rel=1e-3)


def test_old_states_are_those_of_the_history(integrator):
    history_of(integrator, float)
    integrator._set_coefficients(STEP)
    for _, old, older in integrator.cell.history:
        assert np.all(old.x.array == 1.0)
        assert np.all(older.x.array == 0.7)
    for deposit in integrator.cell.deposits.values():
        assert np.all(deposit.old[0].x.array == 1.0)
        assert np.all(deposit.older[0].x.array == 0.7)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_predictor_is_exact_for_polynomials_of_its_degree(integrator, count):
    for degree in range(count):
        history_of(integrator, lambda t, k=degree: 0.3 * t**k, count)
        for values in integrator._predict(STEP):
            assert values == pytest.approx(0.3 * 1.45**degree, rel=1e-12)


def test_predicted_stoichiometries_stay_between_their_bounds(solved):
    integrator = fresh(*solved("planar"))
    history_of(integrator, lambda t: 0.05 + 0.9 * (1 - t) / 0.8)
    k = integrator.cell.unknowns.index(integrator.cell.theta)
    theta = integrator._predict(STEP)[k]
    assert np.all(theta > 0) and np.all(theta < 0.05)
    assert np.all(integrator._predict(STEP)[0] < 0)


def test_error_is_the_distance_from_the_predictor(integrator):
    """Concentrations as root mean square (at surfaces they weigh more), the voltage with a tenth of the weight."""
    history_of(integrator, lambda t: 0.0, 2)
    cell, tolerance = integrator.cell, integrator.control.tolerance
    predicted = integrator._predict(STEP)

    def error():
        return integrator._error(predicted, STEP, NOTHING).worst

    cell.q.x.array[:] = 0.0
    cell.V.x.array[:] = 0.0
    assert error() == 0.0
    share = STEP / (STEP + 0.3)
    cell.q.x.array[0::2] = np.log(1 + 5 * tolerance)
    assert error() == pytest.approx(5 * share * SURFACE_WEIGHT)
    cell.q.x.array[0::2] = 0.0
    cell.q.x.array[1::2] = 3.0
    assert error() == 0.0
    cell.V.x.array[:] = 20 * tolerance
    assert error() == pytest.approx(2 * share)
    # A predictor through the voltage before a jump of the control tells nothing about the voltage.
    integrator.jump = TIMES[1]
    assert error() == 0.0
    # To a corner of the control, where only its slope changes, the voltage there belongs.
    integrator.kink = True
    assert error() == pytest.approx(2 * share)


def test_a_surface_counts_by_itself(integrator):
    """A layer thinner than the mesh elsewhere is not lost among the other nodes."""
    history_of(integrator, lambda t: 0.0, 2)
    cell, tolerance = integrator.cell, integrator.control.tolerance
    predicted = integrator._predict(STEP)
    cell.q.x.array[:] = 0.0
    cell.V.x.array[:] = 0.0
    nodes = cell.surface_nodes["anode"]
    cell.q.x.array[2 * nodes] = np.log(1 + 5 * tolerance)
    share = STEP / (STEP + 0.3)
    assert integrator._error(predicted, STEP, NOTHING).worst >= 5 * share * SURFACE_WEIGHT * (1 - 1e-9)


def test_the_current_of_a_hold_counts_relative_to_itself(integrator):
    history_of(integrator, lambda t: 0.0, 2)
    integrator.history = [replace(state, current=2.0) for state in integrator.history]
    cell = integrator.cell
    predicted = integrator._predict(STEP)
    for function in (cell.q, cell.V):
        function.x.array[:] = 0.0
    flows = replace(NOTHING, current=2.1)
    share = STEP / (STEP + 0.3)
    integrator.current_scale = 1e-12
    assert integrator._error(predicted, STEP, flows).worst == 0.0
    cell.galvanostatic.value = 0.0
    expected = CURRENT_WEIGHT * share * (0.1 / 2.1) / integrator.control.tolerance
    assert integrator._error(predicted, STEP, flows).worst == pytest.approx(expected)
    # The first current after a jump also brings the charge of surfaces, and tells nothing of the next.
    integrator.history = [integrator.history[0], replace(integrator.history[1], current=None)]
    assert integrator._error(predicted, STEP, flows).worst == 0.0
    cell.galvanostatic.value = 1.0


def of_error(worst, **kwargs):
    return Trial(STEP, CONVERGED, LocalError(worst=worst), **kwargs)


@pytest.mark.parametrize(
    ("error", "factor"),
    [(0.0, GROWTH), (1e-9, GROWTH), (0.9**3, 1.0), (0.125, 2**0.75), (0.9**3 * 8, 0.5), (1e6, SHRINKAGE)],
)
def test_step_control(integrator, error, factor):
    """0.9 (error)^(−1/3) in quarters of an octave, within its bounds; unchanged where that is near 1."""
    history_of(integrator, float)
    assert integrator.next_step(of_error(error)) == pytest.approx(factor * STEP)


def test_step_control_at_the_ends(integrator):
    assert integrator.next_step(Trial(STEP, DIVERGED, LocalError(worst=np.inf))) == SHRINKAGE * STEP
    # After one state the order is 1: the same error asks for another step.
    assert integrator.next_step(of_error(0.25)) == pytest.approx(2**0.75 * STEP)
    # A start is measured by its halves, and repeated by less than its error's order would ask for.
    assert integrator.next_step(of_error(0.25, halved=True)) == pytest.approx(2**0.75 * STEP / 2)
    assert integrator.next_step(of_error(3.0, halved=True)) == pytest.approx(2**-1.75 * STEP)
    assert integrator.next_step(of_error(1e6, halved=True)) == pytest.approx(START_SHRINKAGE * STEP)
    integrator.control = replace(integrator.control, adaptive=False)
    assert integrator.next_step(of_error(1e6)) == STEP


def test_charge_is_integrated_like_the_fields(integrator):
    """A charge a + bt + ct² with I = b + 2ct comes out exactly; the first step is I h."""

    def charge(t):
        return 2 + 3 * t - 5 * t**2

    def of_charge(state):
        return (state.charge,)

    history_of(integrator, float, charge=charge)
    integrator._set_coefficients(STEP)
    end = TIMES[0] + STEP
    assert integrator.integrate((3 - 10 * end,), of_charge)[0] == pytest.approx(charge(end), rel=1e-12)
    history_of(integrator, float, 1, charge)
    integrator._set_coefficients(STEP)
    assert integrator.integrate((4.0,), of_charge)[0] == pytest.approx(charge(1.0) + 4 * STEP, rel=1e-12)
    # Amounts that no state has yet begin at zero.
    assert integrator.integrate((4.0,), lambda state: state.passed) == pytest.approx((4 * STEP,), rel=1e-12)


def test_accepting_and_rejecting(integrator):
    cell = integrator.cell
    before = [f.x.array.copy() for f in cell.unknowns]
    cell.V.x.array[:] = 2.0
    integrator.reject()
    for function, values in zip(cell.unknowns, before, strict=True):
        assert np.array_equal(function.x.array, values)
    cell.applied_current.value = 3.0 / cell.scales.current
    for k in range(4):
        integrator._set_coefficients(0.5)
        cell.V.x.array[:] = k
        integrator.accept(Trial(0.5, CONVERGED, LocalError(worst=0.1), NOTHING))
    assert integrator.time == 2.0 and integrator.accepted == 4
    # 3 A, by either formula.
    assert [state.charge for state in integrator.history] == pytest.approx([6.0, 4.5, 3.0])
    integrator.restart()
    assert len(integrator.history) == 1 and integrator.time == 2.0
    cell.applied_current.value = 0.0


def test_levelling_the_potential_changes_nothing(integrator):
    """The mean of φ moves into a constant; the sum, and so the residual, is as before."""
    cell, newton = integrator.cell, integrator.newton
    noise = np.random.default_rng(5)
    cell.q.x.array[:] = 0.1 * noise.standard_normal(cell.q.x.array.size)
    cell.q.x.array[1::2] += 7.0
    integrator._set_coefficients(STEP)

    def residual():
        fem_petsc.assign(cell.unknowns, newton.x)
        newton._residual(newton.snes, newton.x, newton.b)
        return newton.b.array_r.copy()

    stored = cell.q.x.array.copy()
    before, total = residual(), cell.q.x.array[1::2] + float(cell.potential_level.value)
    cell.level_potential(stored)
    assert cell.q.x.array[1::2].mean() == pytest.approx(0.0, abs=1e-13)
    assert np.array_equal(stored, cell.q.x.array)
    assert cell.q.x.array[1::2] + float(cell.potential_level.value) == pytest.approx(total, abs=1e-13)
    assert residual() == pytest.approx(before, abs=1e-9 * np.abs(before).max())


def test_a_start_keeps_the_state_until_it_is_accepted(solved):
    cell, newton = solved("planar")
    integrator = fresh(cell, newton)
    cell.galvanostatic.value, cell.applied_current.value = 1.0, 1e-3
    integrator.current_scale = 1e-3
    trial = integrator.attempt(1e-3)
    assert trial.report.converged and trial.halved and trial.begun
    assert cell.V.x.array[0] > 0 and integrator.time == 0.0
    integrator.reject()
    assert cell.V.x.array[0] == 0.0 and len(integrator.history) == 1
    trial = integrator.attempt(1e-3)
    charge, _ = integrator.totals(trial)
    integrator.accept(trial)
    assert [state.time for state in integrator.history] == [1e-3, 5e-4, 0.0]
    assert charge == integrator.history[0].charge == pytest.approx(1e-3 * 1e-3 * cell.scales.current, rel=1e-12)
    cell.applied_current.value = 0.0


def test_the_error_of_a_start_is_that_of_its_halves(solved):
    """Backward Euler's error of one half, by the second difference: for a charge at constant current it is known."""
    cell, newton = solved("planar")
    errors = []
    for dt in (2e-4, 1e-4):
        integrator = fresh(cell, newton, newton_tolerance=1e-10)
        cell.galvanostatic.value, cell.applied_current.value = 1.0, 1e-2
        integrator.current_scale = 1e-2
        newton.renew()
        trial = integrator.attempt(dt)
        assert trial.report.converged
        errors.append(trial.error.fields)
    assert errors[0] > errors[1] > 0
    # Between the root of time, of a flux that begins at once, and the order of a smooth solution.
    assert 2**0.4 < errors[0] / errors[1] < 2**2.1
    cell.applied_current.value = 0.0
