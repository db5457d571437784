"""Curves and comparisons: the numbers behind them, and that they are drawn."""

import json

import numpy as np
import pandas as pd
import pytest
from archode.visualization import VisualizationError, make_case_figures, make_study_figures
from archode.visualization.case import Case
from archode.visualization.curves import pieces, rates
from archode.visualization.merits import MERITS
from archode.visualization.page import save
from archode.visualization.sweeps import axis_label, draw_sweep, independent, lines_over, study_cases, swept, zipped
from PIL import Image


def is_drawn(path):
    image = np.asarray(Image.open(path).convert("RGB"), dtype=float)
    return 0.005 < np.mean(image.min(axis=2) < 200) < 0.5


@pytest.mark.parametrize("name", ["voltage_time", "voltage_capacity", "rate_capability"])
def test_curves_are_drawn(results, name):
    (path,) = make_case_figures(results["bar"], [name])
    assert path == results["bar"] / "figures" / f"{name}.png"
    assert is_drawn(path)
    assert path.stat().st_size < 300_000


def test_rates_come_from_mean_current_and_nominal_capacity(results):
    # write_curves: discharges at 1 C and 2 C, areal capacity 0.02/(1 + 0.12 rate)
    np.testing.assert_allclose(rates(Case(results["bar"])), [(1, 0.02 / 1.12), (2, 0.02 / 1.24)])


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("discharge", "C/5", "discharge C/5"),
        ("discharge", -2e-7, "discharge 2 C"),  # nominal capacity 3.6e-4 C
        ("hold", 1.6, "hold 1.6 V"),
        ("rest", None, "rest"),
        ("ramp", 0.005, "ramp 5 mV/s"),
        ("charge", 1e-7, "charge 1 C"),
    ],
)
def test_step_is_told_by_its_rate_or_voltage(case_copy, kind, value, text):
    summary = json.loads((case_copy / "summary.json").read_text())
    summary["steps"] = [{"index": 0, "kind": kind, "value": value}]
    (case_copy / "summary.json").write_text(json.dumps(summary))
    assert Case(case_copy).step_text(0, kind) == text


def test_repeated_steps_are_separate_lines(case_copy):
    table = pd.read_csv(case_copy / "timeseries.csv")
    charge = table[table["kind"] == "charge"]
    again = charge.assign(**{"time [s]": charge["time [s]"] + 60})
    pd.concat([charge, again]).to_csv(case_copy / "timeseries.csv", index=False)
    assert [kind for kind, _ in pieces(Case(case_copy))] == ["charge", "charge"]


def test_parquet_is_preferred(case_copy):
    table = pd.read_csv(case_copy / "timeseries.csv")
    table[:5].to_parquet(case_copy / "timeseries.parquet")
    assert len(Case(case_copy).curves) == 5


def test_only_rests_leave_no_capacity_to_draw(case_copy):
    table = pd.read_csv(case_copy / "timeseries.csv").assign(kind="rest")
    table.to_csv(case_copy / "timeseries.csv", index=False)
    with pytest.raises(VisualizationError, match="only rests or ramps"):
        make_case_figures(case_copy, ["voltage_capacity"])


def test_empty_time_series_is_told(case_copy):
    header = (case_copy / "timeseries.csv").read_text().splitlines()[0]
    (case_copy / "timeseries.csv").write_text(header + "\n")
    with pytest.raises(VisualizationError, match="no step was accepted"):
        make_case_figures(case_copy)


def test_missing_column_is_told_with_the_nearest(case_copy):
    table = pd.read_csv(case_copy / "timeseries.csv").rename(columns={"voltage [V]": "voltages [V]"})
    table.to_csv(case_copy / "timeseries.csv", index=False)
    with pytest.raises(VisualizationError, match=r"did you mean 'voltages \[V\]'"):
        make_case_figures(case_copy, ["voltage_time"])


def test_study_has_a_figure_for_each_swept_parameter_and_one_of_rates(results):
    written = make_study_figures(results["sweep"])
    names = {"sweep_geometry_gap", "sweep_protocol_1_discharge", "rate_capability", "ragone",
             "heatmap_areal_capacity", "heatmap_areal_energy", "pareto_areal_power_areal_energy"}  # fmt: skip
    assert {path.stem for path in written} == names
    # Heat maps fill their page, and are looked at by their own tests.
    assert all(is_drawn(path) for path in written if "heatmap" not in path.stem)


def test_one_line_for_each_setting_of_the_other_parameter(results):
    cases = study_cases(results["sweep"])
    lines = lines_over(cases, "protocol.1.discharge")
    assert set(lines) == {"gap 20 µm", "gap 50 µm"}
    assert sorted(MERITS["areal_capacity"].value(case) for _, case in lines["gap 20 µm"]) == pytest.approx(
        [0.02 / 1.2 / (1 + 0.12 * rate) for rate in (20, 5, 1)]
    )


def test_zipped_parameters_make_one_line(results, tmp_path):
    """What changes along with the abscissa does not split the line; a reference value is no parameter."""
    study = tmp_path / "zipped"
    for index, source in enumerate(sorted(results["sweep"].iterdir())[:3]):
        case = study / source.name
        case.mkdir(parents=True)
        summary = json.loads((results["bar"] / "summary.json").read_text())
        summary["parameters"] = {
            "protocol.0.discharge": f"{5 * 4**index} uA/cm^2",
            "geometry.gap": f"{index + 1} um",
            "reference.0.value": f"{70 - index} uAh/cm^2",
        }
        (case / "summary.json").write_text(json.dumps(summary))
    cases = study_cases(study)
    assert swept(cases) == ["protocol.0.discharge", "geometry.gap"]
    assert zipped(cases, *swept(cases))
    assert list(lines_over(cases, "geometry.gap")) == [""]
    # One axis stands for both, and names the other.
    assert independent(cases) == ["protocol.0.discharge"]
    assert axis_label(cases, "protocol.0.discharge", "C") == "Discharge (step 0) / C, with gap"
    assert [path.stem for path in make_study_figures(study) if path.stem.startswith("sweep")] == [
        "sweep_protocol_0_discharge"
    ]


def test_lines_are_in_the_order_of_their_values(results):
    """By name 100 would come before 50."""
    assert list(lines_over(study_cases(results["sweep"]), "geometry.gap")) == [
        f"discharge (step 1) {rate} C" for rate in (1, 5, 20)
    ]


def test_values_without_a_common_unit_become_names(results, tmp_path):
    study = tmp_path / "materials"
    for name in ("KVO_a_0.25", "NVP"):
        (study / name).mkdir(parents=True)
        summary = json.loads((results["bar"] / "summary.json").read_text())
        summary["parameters"] = {"materials.anode": name}
        (study / name / "summary.json").write_text(json.dumps(summary))
    assert is_drawn(save(draw_sweep(study_cases(study), "materials.anode"), tmp_path / "figure.png"))


def test_failed_cases_are_left_out_of_lines_but_not_an_error(results, tmp_path):
    study = tmp_path / "failed"
    for name, steps in (("a", None), ("b", [])):
        (study / name).mkdir(parents=True)
        summary = json.loads((results["bar"] / "summary.json").read_text())
        summary["parameters"] = {"geometry.gap": f"{1 if steps is None else 2} um"}
        summary["steps"] = summary["steps"] if steps is None else steps
        (study / name / "summary.json").write_text(json.dumps(summary))
    assert (study / "figures" / "sweep_geometry_gap.png") in make_study_figures(study)


def test_a_step_that_was_broken_off_is_not_compared(case_copy):
    """Its capacity would look like the cell's."""
    summary = json.loads((case_copy / "summary.json").read_text())
    summary["steps"][-1]["ended_by"] = None
    (case_copy / "summary.json").write_text(json.dumps(summary))
    case = Case(case_copy)
    assert [rate for rate, _ in rates(case)] == pytest.approx([1])
    assert MERITS["areal_capacity"].value(case) == pytest.approx(0.02 / 1.12)


def test_an_even_current_is_drawn_even(case_copy):
    table = pd.read_csv(case_copy / "timeseries.csv")
    table = table[table["kind"] == "charge"]
    table["current_density [A/m2]"] = 0.0891 + 1e-10 * np.sin(table["time [s]"])
    table.to_csv(case_copy / "timeseries.csv", index=False)
    (path,) = make_case_figures(case_copy, ["voltage_time"])
    image = np.asarray(Image.open(path).convert("RGB"), dtype=float)
    blue = np.linalg.norm(image - (0, 114, 178), axis=2) < 40
    lower = blue[image.shape[0] * 61 // 100 :]
    # One thin horizontal line: only a few rows of the lower panel hold it.
    assert 1 <= np.count_nonzero(lower.any(axis=1)) <= 8


def test_study_without_cases_is_told(tmp_path):
    with pytest.raises(VisualizationError, match=r"no case with a summary\.json"):
        make_study_figures(tmp_path)
    with pytest.raises(VisualizationError, match="no results folder"):
        make_study_figures(tmp_path / "nothing")


def test_parameter_that_is_not_swept_is_told(results, tmp_path):
    with pytest.raises(VisualizationError, match=r"'geometry.width' is not swept. Swept is: geometry.gap"):
        draw_sweep(study_cases(results["sweep"]), "geometry.width")


def test_many_parameters_are_cut_to_a_line():
    """A title as long as seven parameters would leave the curves no room."""
    from archode.visualization.notation import LINE, parameters_text

    many = {f"geometry.length_{n}": f"{n}00 nm" for n in range(1, 8)}
    told = parameters_text(many)
    assert told.endswith(", …") and len(told) <= LINE + 3
    assert parameters_text({"geometry.gap": "50 um"}) == "gap 50 µm"
    assert "…" not in parameters_text(dict(list(many.items())[:2]))
