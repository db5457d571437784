"""Errors of headline numbers: extrapolation, the coarser companion, and warnings where an error is too large."""

import json

import pytest
from archode.geometry import GeometryError, MeshSizes
from archode.geometry.architectures.planar import Planar
from archode.studies.cli import main
from archode.studies.companion import Companion, companion
from archode.studies.discretisation import Discretisation
from archode.studies.error_bars import error_of, with_errors
from archode.studies.extrapolation import extrapolate

PLANAR = Planar(gap=1e-4)
FINELY = Discretisation(MeshSizes(), 1, 1e-3, {})


# ---------------------------------------------------------------------- extrapolation
@pytest.mark.parametrize("order", [0.7, 1.0, 1.5, 2.0])
def test_a_power_is_extrapolated_exactly(order):
    values = [3.0 + 0.4 * h**order for h in (2.0, 1.0, 0.5)]
    found = extrapolate(values, 2.0, 2.0)
    assert found.value == pytest.approx(3.0, rel=1e-12)
    assert found.order == pytest.approx(order)
    assert found.error == pytest.approx(0.4 * 0.5**order)


def test_what_does_not_fall_is_not_extrapolated():
    found = extrapolate([1.0, 1.1, 1.3], 2.0, 2.0)
    assert (found.value, found.order, found.error) == (1.3, None, pytest.approx(0.2))
    swings = extrapolate([1.0, 1.2, 1.1], 2.0, 2.0)
    assert (swings.value, swings.order, swings.error) == (1.1, None, pytest.approx(0.2))


def test_what_does_not_move_has_an_error_of_rounding():
    found = extrapolate([5.0, 5.0, 5.0], 2.0, 2.0)
    assert (found.value, found.order) == (5.0, None)
    assert found.error < 1e-4


# ---------------------------------------------------------------------- the companion
@pytest.mark.parametrize("order", [1.0, 1.5, 2.0])
def test_the_estimate_serves_orders_from_one_to_two(order):
    fine, coarse = 1.0 + 0.01, 1.0 + 0.01 * 2**order
    assert 0.5 < Companion(2.0, 1.5, {}).error(fine, coarse) / 0.01 < 2.0


def test_a_coarser_mesh_that_cannot_be_made_is_tried_less_coarse():
    def run(finely):
        if finely.sizes.scale > 1.5:
            raise GeometryError("no such mesh")
        return {"scale": finely.sizes.scale}

    found = companion(PLANAR, FINELY, run)
    assert (found.factor, found.summary, found.reason) == (1.5, {"scale": 1.5}, None)


def test_without_a_coarser_mesh_the_reason_is_told():
    def run(_finely):
        raise GeometryError("no such mesh")

    found = companion(PLANAR, FINELY, run)
    assert (found.summary, found.reason) == ({}, "no such mesh")
    assert found.error(1.0, None) is None


# ---------------------------------------------------------------------- beside the numbers
def summary(capacity=1.0, time_error=None, ended_by="voltage"):
    step = {
        "index": 0,
        "kind": "discharge",
        "ended_by": ended_by,
        "duration [s]": 100.0,
        "capacity [C]": capacity,
        "areal_capacity [mAh/cm2]": 10 * capacity,
        "volumetric_capacity [mAh/cm3]": float("nan"),
        "energy [J]": 3.0 * capacity,
        "mean_voltage [V]": 3.0,
        "end_voltage [V]": 2.5,
        "capacity_time_error [C]": time_error,
        "duration_time_error [s]": None,
        "energy_time_error [J]": None,
        "end_voltage_time_error [V]": None,
    }
    return {
        "accuracy": {"asked": 0.02},
        "steps": [step],
        "plating": {},
        "warnings": [],
        "initial_voltage [V]": 3.5,
    }


def test_both_parts_are_told_and_add_up():
    told = with_errors(summary(time_error=-0.001), Companion(2.0, 1.5, summary(capacity=1.01)))
    step = told["steps"][0]
    space = 0.01 / (2**1.5 - 1)
    assert step["capacity_space_error [C]"] == pytest.approx(space)
    assert step["capacity_error [C]"] == pytest.approx(space + 0.001)
    assert step["areal_capacity_error [mAh/cm2]"] == pytest.approx(10 * (space + 0.001))
    assert told["warnings"] == []


def test_an_error_above_the_accuracy_is_a_warning_with_a_cure():
    told = with_errors(summary(), Companion(2.0, 1.5, summary(capacity=1.2)))
    (warning,) = told["warnings"]
    assert "step 0 (discharge): capacity is known to ± 11 %" in warning or "energy is known" in warning
    assert "mesh.scale: 0.29" in warning


def test_where_sizes_are_given_their_accuracy_is_no_cure():
    given = summary() | {"accuracy": {"asked": 0.02, "sizes_given": True}}
    (warning,) = with_errors(given, Companion(2.0, 1.5, summary(capacity=1.2)))["warnings"]
    assert warning.endswith("mesh.scale: 0.29, which refines everything")


def test_the_cure_starts_from_the_scale_that_is_set():
    finer = summary() | {"accuracy": {"asked": 0.02, "scale": 0.5}}
    (warning,) = with_errors(finer, Companion(2.0, 1.5, summary(capacity=1.2)))["warnings"]
    assert "mesh.scale: 0.14" in warning or "mesh.scale: 0.15" in warning


def test_values_of_criteria_have_errors():
    """By the mesh; a criterion that says nothing on either mesh has none."""
    fine = {"anode": {"sand_time": {"value": 10.0}, "dendrites": {"value": None}}}
    coarse = {"anode": {"sand_time": {"value": 9.0}, "dendrites": {"value": 3.0}}}
    told = with_errors(summary() | {"criteria": fine}, Companion(2.0, 2.0, summary() | {"criteria": coarse}))
    assert told["criteria"]["anode"]["sand_time"]["value_error"] == pytest.approx(1 / 3)
    assert told["criteria"]["anode"]["dendrites"]["value_error"] is None


def test_no_companion_is_a_warning():
    told = with_errors(summary(), Companion(2.0, 1.5, {}, "no such mesh"))
    assert told["warnings"] == ["how far the mesh is wrong is not known: no such mesh"]
    assert told["steps"][0]["capacity_error [C]"] is None


def test_keys_of_errors():
    assert error_of("capacity [C]") == "capacity_error [C]"
    assert error_of("capacity [C]", "space") == "capacity_space_error [C]"


# ---------------------------------------------------------------------- the whole of it
STUDY = """
study: film
geometry: {architecture: planar, gap: 10 um, cathode_thickness: 1 um}
materials:
  electrolyte: LiPON
  anode: Li
  cathode: LiCoO2
  overrides: {cathode.diffusivity: 1e-16 m^2/s}
physics: {initial: {cathode: 0.6}}
protocol:
  - {discharge: 2 C, until: {voltage: 3.5 V}}
output: {fields: 0, figures: false, report: false}
"""


@pytest.fixture(scope="module")
def converged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("converged")
    (folder / "study.yml").write_text(STUDY)
    assert main(["run", str(folder / "study.yml"), "--out", str(folder), "--quiet"]) == 0
    assert main(["converge", str(folder / "study.yml"), "--out", str(folder), "--quiet"]) == 0
    ran = json.loads((folder / "film" / "base" / "summary.json").read_text())
    return ran, json.loads((folder / "film" / "converge" / "base" / "converge.json").read_text()), folder


def test_the_error_of_a_run_is_that_against_the_extrapolated_value(converged):
    ran, told, _ = converged
    step = ran["steps"][0]
    exact = told["extrapolated"]["step 0 (discharge): capacity [C]"]
    true = abs(step["capacity [C]"] - exact["value"])
    assert 0.5 < step["capacity_error [C]"] / true < 3.0
    assert true < 0.02 * exact["value"]
    assert exact["error"] < true
    assert 1.0 < exact["order"] <= 2.0


def test_the_family_is_written_and_drawn(converged):
    _, told, folder = converged
    assert [member["scale"] for member in told["members"]] == [2.0, 1.0, 0.5]
    unknowns = [member["unknowns"] for member in told["members"]]
    assert unknowns[0] < unknowns[1] < unknowns[2]
    written = folder / "film" / "converge" / "base"
    assert (written / "converge.csv").is_file() and (written / "figures" / "convergence.png").stat().st_size > 10_000
    assert not list(written.glob("restart*")) and not list(written.glob("timeseries*"))


@pytest.mark.parametrize("levels", ["2", "6"])
def test_families_that_are_too_small_or_too_large_are_refused(tmp_path, levels, caplog, capsys):
    (tmp_path / "study.yml").write_text(STUDY)
    assert main(["converge", str(tmp_path / "study.yml"), "--out", str(tmp_path), "--levels", levels]) == 2
