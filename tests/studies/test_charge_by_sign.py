"""Charge by its sign in a run: a voltage swept to and fro, held against sums over the time series."""

import json

import numpy as np
import pandas
import pytest
from archode.studies.cli import main
from archode.studies.load import load_study
from archode.studies.schema import dump_study
from archode.studies.schema_protocol import Cycle, cycles, expand, parse_step

from .tiny import TINY

SWEPT = """
protocol:
  - {rest: 1 s}
  - repeat: 2
    steps:
      - {ramp: 20 mV/s, until: {voltage: 3.1 V}, max_step: 0.2 s}
      - {ramp: 20 mV/s, until: {voltage: 2.6 V}, max_step: 0.2 s}
  - {hold: 2.8 V, until: {time: 20 s}}
reference:
  - {quantity: volumetric_anodic_charge, step: 2, value: 8.8 mAh/cm^3, source: made up}
  - {quantity: net_charge, step: 2, value: -1 mC, source: made up}
"""

NAMES = ("capacity", "anodic_charge", "cathodic_charge", "net_charge")


def write(folder, text):
    path = folder / "study.yml"
    path.write_text(text, encoding="utf-8")
    return path


def swept():
    head, _, tail = TINY.partition("protocol:\n")
    return head + SWEPT + tail[tail.index("solver:") : tail.index("reference:")]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("swept")
    assert main(["run", str(write(folder, swept())), "--out", str(folder), "--quiet"]) == 0
    return folder / "tiny" / "base"


@pytest.fixture(scope="module")
def summary(results):
    return json.loads((results / "summary.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def table(results):
    return pandas.read_csv(results / "timeseries.csv")


def test_the_net_charge_is_that_of_the_time_integrator(summary, table):
    """Exact but for rounding: the run's charge is one sum, however it is divided."""
    ends = table.groupby("protocol_step")["charge [C]"].last()
    begun = ends.shift(fill_value=0.0)
    scale = table["charge [C]"].abs().max()
    for step in summary["steps"]:
        anodic, cathodic, net = (step[f"{name} [C]"] for name in NAMES[1:])
        assert net == pytest.approx(ends[step["index"]] - begun[step["index"]], abs=1e-12 * scale)
        assert net == anodic - cathodic and step["capacity [C]"] == anodic + cathodic
        assert anodic >= 0 and cathodic >= 0


def test_charges_are_those_of_the_current_by_its_sign(summary, table):
    """Against the trapezoidal rule over the positive and the negative part of the current."""
    table = table[table["kind"] == "ramp"]
    for index, rows in table.groupby("protocol_step"):
        current, time = rows["current [A]"].to_numpy(), rows["time [s]"].to_numpy()
        step = summary["steps"][index]
        for name, part in (("anodic", np.maximum(current, 0)), ("cathodic", np.maximum(-current, 0))):
            # The step's first time step has no row at its beginning; where the sign changes one time step is off.
            expected = np.trapezoid(part, time) + part[0] * rows["dt [s]"].iloc[0]
            assert step[f"{name}_charge [C]"] == pytest.approx(expected, abs=5e-3 * step["capacity [C]"]), index
    down = summary["steps"][2]
    assert down["anodic_charge [C]"] > 0.05 * down["capacity [C]"], "the sweep down does not begin anodic"
    assert down["cathodic_charge [C]"] > 0.05 * down["capacity [C]"]
    assert down["capacity [C]"] > 1.1 * abs(down["net_charge [C]"])


def test_the_time_series_counts_up_within_a_step(table):
    for _, rows in table.groupby("protocol_step"):
        for column in ("step_capacity [C]", "step_anodic_charge [C]", "step_cathodic_charge [C]"):
            assert (rows[column].diff().dropna() >= 0).all(), column
    assert table["step_capacity [C]"].to_numpy() == pytest.approx(
        (table["step_anodic_charge [C]"] + table["step_cathodic_charge [C]"]).to_numpy(), rel=1e-14
    )


def test_a_cycle_is_the_sum_of_its_steps(summary):
    assert [(c["path"], c["cycle"], c["steps"]) for c in summary["cycles"]] == [
        ("protocol.1", 0, [1, 2]),
        ("protocol.1", 1, [3, 4]),
    ]
    for cycle in summary["cycles"]:
        assert cycle["complete"]
        for name in NAMES:
            for key in (f"{name} [C]", f"areal_{name} [mAh/cm2]", f"volumetric_{name} [mAh/cm3]"):
                assert cycle[key] == pytest.approx(sum(summary["steps"][k][key] for k in cycle["steps"]), rel=1e-12)
        assert cycle["duration [s]"] == pytest.approx(sum(summary["steps"][k]["duration [s]"] for k in cycle["steps"]))


def test_charges_can_be_quoted(summary):
    per_volume, net = summary["reference"]
    step = summary["steps"][2]
    assert (per_volume["quantity"], per_volume["unit"]) == ("volumetric_anodic_charge", "mAh/cm3")
    assert per_volume["simulated"] == step["volumetric_anodic_charge [mAh/cm3]"]
    assert per_volume["quoted"] == pytest.approx(8.8)
    assert net["simulated"] == step["net_charge [C]"] and net["quoted"] == pytest.approx(-1e-3)


def test_the_report_shows_both_signs(results):
    page = (results / "report.html").read_text(encoding="utf-8")
    for words in ("anodic charge [", "cathodic charge [", "net charge [", "cathodic charge passed"):
        assert words in page, words


def test_quoted_charges_survive_the_resolved_study(tmp_path):
    (case,) = load_study(write(tmp_path, swept())).cases
    again = load_study(write(tmp_path, dump_study(case.study)))
    assert again.study.reference == case.study.reference


def test_cycles_are_counted_as_steps_are():
    """Blocks in blocks: an outer repetition comes before the inner ones, whose count begins anew."""
    rest = {"rest": "1 s"}
    inner = {"repeat": 2, "steps": [rest, rest]}
    protocol = [parse_step(step) for step in (rest, {"repeat": 2, "steps": [rest, inner]}, rest)]
    found = cycles(protocol)
    assert found == [
        Cycle("protocol.1", 0, range(1, 6)),
        Cycle("protocol.1.steps.1", 0, range(2, 4)),
        Cycle("protocol.1.steps.1", 1, range(4, 6)),
        Cycle("protocol.1", 1, range(6, 11)),
        Cycle("protocol.1.steps.1", 0, range(7, 9)),
        Cycle("protocol.1.steps.1", 1, range(9, 11)),
    ]
    steps = expand(protocol)
    assert len(steps) == 12
    for cycle in found:
        assert all(steps[k].path.startswith(cycle.path) for k in cycle.steps)
