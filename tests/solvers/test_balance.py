"""The audit: what crossed the electrodes is what is stored, ion by ion, whatever the layer; and it notices when not."""

import dataclasses
from types import SimpleNamespace

import pytest
from archode.solvers.balance import BalanceAudit, rates
from archode.solvers.closing import Flows
from archode.solvers.description import DoubleLayer, Electrode
from archode.solvers.drive import TimeLimit
from archode.solvers.newton import Newton
from archode.solvers.protocol import ProtocolRunner
from archode.solvers.start import equilibrate
from archode.solvers.stepping import Integrator, StepControl
from archode.studies.verification.systems import binary_electrolyte, galvanostatic, hold, metal

from .ions import MOUTH, layered_cell, salt

#: Newton leaves what rounding does, sums over the mesh 1e-13 of an amount; errors are relative to either.
CONSERVED = 1e-9

STERN = DoubleLayer(stern_capacitance=0.2)
CHARGED = DoubleLayer(stern_capacitance=0.2, potential_of_zero_charge=-0.05)
CONSTANT = DoubleLayer(capacitance=0.1, cation_share=0.3)
NEUTRAL = {"model": "electroneutral"}
BINARY = binary_electrolyte(concentration=10.0, diffusivity=1e-9)

#: Anode, cathode, electrolyte, physics.
CELLS = {
    "solved layers, metals": (metal(5.0, double_layer=STERN), metal(20.0, double_layer=STERN), salt(), {}),
    "solved layers, charged half cell": (MOUTH, Electrode(double_layer=CHARGED), salt(inert=5.0), {}),
    "solved layers, reservoir and finite ions": (MOUTH, metal(20.0, double_layer=STERN), salt(), {"ion_size": 0.5e-9}),
    "capacitances": (metal(5.0, double_layer=CONSTANT), metal(20.0, double_layer=CONSTANT), salt(inert=5.0), NEUTRAL),
    "capacitances, binary salt": (Electrode(double_layer=CONSTANT), metal(20.0), BINARY, NEUTRAL),
    "Gouy-Chapman-Stern": (metal(5.0, double_layer=CHARGED), Electrode(double_layer=CHARGED), salt(inert=5.0), NEUTRAL),
    "neutral, reservoir": (MOUTH, metal(20.0, double_layer=STERN), salt(inert=5.0), NEUTRAL),
}


def watched(case, tamper=None):
    """Hold at 50 mV, then let rest: the audit, its last errors, and the last accepted step."""
    anode, cathode, electrolyte, physics = CELLS[case]
    cell = layered_cell(anode, cathode, electrolyte, lengths=10.0, first=0.2, **physics)
    newton = Newton(cell, "direct", prefix="balance_")
    try:
        equilibrate(cell, newton)
        runner = ProtocolRunner(
            Integrator(cell, newton, StepControl(tolerance=1e-2, newton_tolerance=1e-13)),
            [hold(0.05, 2e-7), galvanostatic(0.0, [TimeLimit(1e-7)], 1e-7)],
            cell.thermal_current,
        )
        audit, before = BalanceAudit(cell, runner.observe()), 0.0
        for step in runner.run():
            seen = step if tamper is None else tamper(step)
            errors = audit.update(seen.charge - before, seen.charge, seen.dt, seen.passed, seen.observation)
            before = seen.charge
    finally:
        newton.destroy()
    return audit, errors, step


@pytest.mark.parametrize("case", CELLS)
def test_every_ion_is_conserved(case):
    audit, errors, last = watched(case)
    electrolyte = CELLS[case][2]
    tracked = {"salt"} if electrolyte is BINARY else {ion.name for ion in electrolyte.ions}
    metals = {f"deposit_{name}" for name in last.observation.deposits}
    assert audit.worst.keys() == errors.keys() == tracked | metals | {"charge", "current"}
    worst = max(audit.worst, key=audit.worst.get)
    assert audit.worst[worst] < CONSERVED, f"{worst}: {audit.worst[worst]:.1e}"
    # Something did happen: of the ion that is exchanged most, a part that the bound above would not hide.
    assert max(audit.exchanged[key] / audit.start.amounts[key] for key in tracked) > 1e-4
    assert last.kind == "rest"


#: What is falsified, by how much of itself, and the error that must show it.
WRONG = {
    "inflow of M+": "M+",
    "amount of X-": "X-",
    "charge through the cathode": "charge",
    "loss of charge": "current",
}


def falsified(step, what, share):
    """A step with one number wrong; ``passed``: two reactions, the current, what was lost, and every ion's inflow."""
    passed, observation = list(step.passed), step.observation
    if what == "inflow of M+":
        passed[4] *= 1 + share
    elif what == "charge through the cathode":
        passed[2] *= 1 + share
    elif what == "loss of charge":
        passed[3] += share * passed[2]
    else:
        amounts = observation.amounts | {"X-": observation.amounts["X-"] * (1 + share)}
        observation = dataclasses.replace(observation, amounts=amounts)
    return dataclasses.replace(step, passed=tuple(passed), observation=observation)


def test_a_wrong_number_is_noticed():
    """Errors of 1e-4 in one number appear in its balance, at the size that they have there, and in no other."""
    share = 1e-4
    results = {
        what: watched("solved layers, metals", lambda step, what=what: falsified(step, what, share)) for what in WRONG
    }
    for what, (audit, errors, last) in results.items():
        shown = WRONG[what]
        assert {key for key, error in audit.worst.items() if error > CONSERVED} == {shown}
        before, exchanged = audit.start.amounts, audit.exchanged
        expected = {
            "M+": -share * last.passed[4] / (before["M+"] + exchanged["M+"]),
            "X-": share * last.observation.amounts["X-"] / (before["X-"] + exchanged["X-"]),
            "charge": share * last.passed[2] / audit.moved,
            "current": share * last.passed[2] / (audit.moved + audit.start.held_charge),
        }
        assert errors[shown] == pytest.approx(expected[shown], rel=1e-4)


def test_what_the_audit_adds_up():
    """One number for each reaction, for the current and its loss, and for every ion."""
    audit, _, last = watched("solved layers, metals")
    seen = last.observation
    expected = [*seen.reaction.values(), seen.current, seen.current + seen.anode_current, *seen.inflow.values()]
    expected += [deposit.rate for deposit in seen.deposits.values()]
    told = [seen.current, seen.anode_current, seen.reaction, seen.inflow]
    flows = Flows(*told)

    grown = {name: SimpleNamespace(growth=lambda d=d: d.rate) for name, d in seen.deposits.items()}
    assert list(rates(flows, SimpleNamespace(deposits=grown))) == expected and len(last.passed) == len(expected) == 8
    assert list(seen.inflow) == list(seen.amounts) == list(audit.exchanged) == ["M+", "X-"]


def test_what_is_no_number_is_the_worst_of_all():
    """An error that is no number is not forgotten by the next that is one."""
    audit, _, last = watched("solved layers, metals")
    for broken in (True, False):
        amounts = last.observation.amounts | ({"X-": float("nan")} if broken else {})
        audit.update(0.0, last.charge, 1e-9, last.passed, dataclasses.replace(last.observation, amounts=amounts))
    assert audit.worst["X-"] == float("inf") and audit.worst["M+"] < CONSERVED
