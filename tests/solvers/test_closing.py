"""Balances are closed to rounding however loosely Newton's method stops, and the looseness is told."""

import pytest
from archode.solvers.balance import BalanceAudit
from archode.solvers.closing import Flows
from archode.solvers.drive import ProtocolStep, TimeLimit
from archode.solvers.protocol import ProtocolRunner

from .cells import fresh, galvanostatic, one_c


@pytest.mark.parametrize("shape", ["planar", "stack", "bar"])
@pytest.mark.parametrize("loose", [1e-3, 1e-6])
def test_balances_at_a_loose_tolerance(solved, shape, loose):
    cell, newton = solved(shape)
    integrator = fresh(cell, newton, newton_tolerance=loose)
    unit = one_c(cell)
    steps = [
        galvanostatic(0.0, [TimeLimit(1.0)], 1.0),
        galvanostatic(10 * unit, [TimeLimit(30.0)], 30.0),
        ProtocolStep("hold", cell.description.open_circuit_voltage(), (TimeLimit(10.0),), 10.0),
    ]
    runner = ProtocolRunner(integrator, steps, unit)
    audit = BalanceAudit(cell, runner.observe(), least_current=1e-2 * unit)
    for step in runner.run():
        audit.update(step.charge_change, step.charge, step.dt, step.passed, step.observation)
    assert max(audit.worst.values()) < 1e-9, audit.worst
    # What the kinetics pass is met by Newton's method alone: its tolerance counts the rows' norm.
    assert 0 < audit.mismatch < 100 * loose


def test_the_flows_that_count():
    """One current through both electrodes; what charges a surface stays, the reaction carries the rest."""
    told = Flows(2.1, -1.9, {"anode": -1.7, "cathode": 2.0}, {"salt": 0.0}, {"salt": 0.0})
    asked = told.settled(2.0, 2.0)
    assert (asked.current, asked.anode_current, asked.asked) == (2.0, -2.0, 2.0)
    assert asked.reaction == pytest.approx({"anode": -1.8, "cathode": 1.9})
    assert asked.mismatch == pytest.approx(0.1)
    # Of a current that changes, the charge of the step counts.
    assert told.settled(2.0, 1.5).current == 1.5 and told.settled(2.0, 1.5).asked == 2.0
    held = told.settled(None, None)
    assert held.current == 2.1 and held.anode_current == -2.1 and held.asked is None
