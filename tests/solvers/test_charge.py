"""Charge by the sign of its current: what rows of the time series and summaries of steps say of a run's increments."""

import json
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pandas
import pytest
from archode.solvers.charge import PassedCharge
from archode.solvers.record import Device, Recorder

DEVICE = Device(multiplicity=4.0, footprint_area=1e-4, film_volume=1e-10)


@dataclass
class Accepted:
    """What a recorder reads of an accepted step."""

    time: float
    protocol_step: int
    kind: str
    charge: float
    ended_by: str | None = None
    dt: float = 1.0
    deviation: None = None
    newton_iterations: int = 1
    linear_iterations: int = 1
    observation: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(
            voltage=2.0, current=1.0, concentration_min=1.0, concentration_max=1.0,
            surface_min={}, stoichiometry={}, deposits={},
        )
    )  # fmt: skip


def recorded(*steps):
    """A recorder that has seen protocol steps given by kind and increments of the simulated domain's charge [C]."""
    recorder, charge, time = Recorder(DEVICE), 0.0, 0.0
    for index, (kind, increments) in enumerate(steps):
        for k, increment in enumerate(increments):
            charge, time = charge + increment, time + 1.0
            last = k + 1 == len(increments)
            recorder.add(Accepted(time, index, kind, charge, "voltage" if last else None))
    recorder.finish()
    return recorder


def test_increments_add_up_by_sign():
    passed = PassedCharge()
    for increment in (3.0, -1.0, 0.0, -4.0, 0.5):
        passed = passed.plus(increment)
    assert (passed.anodic, passed.cathodic, passed.net, passed.magnitude) == (3.5, 5.0, -1.5, 8.5)


def test_a_ramp_that_turns_has_both_charges():
    """As a voltammogram of 18 mC up and 9.2 mC down: what flowed is the sum, what stays is the difference."""
    first, ramp = recorded(("charge", [1e-3, 1e-3]), ("ramp", [8e-3, 10e-3, -4e-3, -5.2e-3])).step_summaries([0, 0])
    assert ramp["anodic_charge [C]"] == pytest.approx(4 * 18e-3)
    assert ramp["cathodic_charge [C]"] == pytest.approx(4 * 9.2e-3)
    assert ramp["net_charge [C]"] == pytest.approx(4 * 8.8e-3)
    assert ramp["capacity [C]"] == pytest.approx(4 * 27.2e-3)
    for name in ("anodic_charge", "cathodic_charge", "net_charge", "capacity"):
        assert ramp[f"areal_{name} [mAh/cm2]"] == pytest.approx(ramp[f"{name} [C]"] / 3.6)
        assert ramp[f"volumetric_{name} [mAh/cm3]"] == pytest.approx(ramp[f"{name} [C]"] / 3.6e-4)
    assert ramp["mean_voltage [V]"] is not None and np.isnan(ramp["mean_voltage [V]"])
    assert first["capacity [C]"] == first["anodic_charge [C]"] == first["net_charge [C]"] == pytest.approx(8e-3)
    assert first["cathodic_charge [C]"] == 0.0


def test_a_discharge_is_cathodic():
    (step,) = recorded(("discharge", [-2e-3, -1e-3])).step_summaries([0])
    assert step["capacity [C]"] == step["cathodic_charge [C]"] == -step["net_charge [C]"] == pytest.approx(12e-3)
    assert step["anodic_charge [C]"] == 0.0
    assert step["mean_voltage [V]"] == pytest.approx(2.0)


def test_a_hold_whose_current_turns_has_the_voltage_it_was_held_at():
    (step,) = recorded(("hold", [5e-3, -4e-3])).step_summaries([2.0])
    assert step["energy [J]"] == pytest.approx(2.0 * step["capacity [C]"]) and step["capacity [C]"] > 0.03
    assert step["mean_voltage [V]"] == pytest.approx(2.0)


def test_a_run_that_is_resumed_counts_on_from_its_rows(tmp_path):
    steps = (("ramp", [8e-3, -1e-3, 2e-3, -4e-3]), ("rest", [0.0]))
    whole, kept = recorded(*steps).table, None
    rows = whole.to_dict("records")
    for part in (rows[:2], rows[2:]):
        recorder = Recorder(DEVICE, tmp_path)
        if kept is not None:
            recorder.go_on(kept)
        for row in part:
            charge = row["charge [C]"] / DEVICE.multiplicity
            recorder.add(Accepted(row["time [s]"], row["protocol_step"], row["kind"], charge))
        recorder.write()
        kept = json.loads(json.dumps(recorder.kept))
    recorder.finish()
    for table in (recorder.table, pandas.read_parquet(tmp_path / "timeseries.parquet")):
        pandas.testing.assert_frame_equal(table, whole, check_exact=True)


def test_what_passed_in_a_step_with_nothing_is_nothing():
    (rest,) = recorded(("rest", [0.0, 0.0])).step_summaries([0.0])
    assert rest["capacity [C]"] == rest["net_charge [C]"] == 0.0
