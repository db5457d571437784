"""Figures of merit, heat maps and Pareto fronts: their numbers, and what stands where."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from archode.visualization import VisualizationError
from archode.visualization.case import Case
from archode.visualization.heatmap import draw_heatmap, heatmap_cells
from archode.visualization.merits import MERITS, compared_step, varies
from archode.visualization.page import pixels
from archode.visualization.pareto import draw_pareto, pareto_front
from archode.visualization.sweeps import draw_sweep, independent, study_cases

GAP, RATE = "geometry.gap", "protocol.1.discharge"


def is_drawn(figure):
    return 0.005 < np.mean(pixels(figure).min(axis=2) < 200) < 0.6


def texts(axes):
    return [text.get_text() for text in axes.texts]


@pytest.fixture
def made(tmp_path):
    """Makes cases of a study from their parameters and what replaces the summary's entries."""
    study = tmp_path / "study"

    def make(parameters, **summary):
        folder = study / ",".join(map(str, parameters.values()))
        folder.mkdir(parents=True)
        step = {"index": 0, "kind": "discharge", "ended_by": "voltage", "duration [s]": 1800.0, "energy [J]": 3.6,
                "areal_capacity [mAh/cm2]": 1.0, "mean_voltage [V]": 1.0}  # fmt: skip
        told = {"study": "study", "parameters": parameters, "status": "done", "steps": [step],
                "footprint_area [m2]": 2e-4, "multiplicity": 2.0,
                "mesh": {"volumes": {"electrolyte": 1e-7, "anode": 2e-8, "cathode": 3e-8}}}  # fmt: skip
        (folder / "summary.json").write_text(json.dumps(told | summary))
        return Case(folder)

    return make


def test_energy_and_power_by_hand(made):
    """3.6 J are 1 mWh; in half an hour on 2 cm² and in 2 × 1.5e-7 m³ = 0.3 cm³."""
    case = made({GAP: "1 um"})
    values = {name: MERITS[name].value(case) for name in ("areal_energy", "areal_power", "volumetric_energy")}
    assert values == pytest.approx({"areal_energy": 0.5, "areal_power": 1.0, "volumetric_energy": 1 / 0.3})
    assert MERITS["volumetric_power"].value(case) == pytest.approx(2 / 0.3)


def test_safety_is_that_of_the_worst_electrode_and_criterion(made):
    criteria = {"anode": {"a": {"margin": 3.0}, "b": {"margin": None}}, "cathode": {"a": {"margin": 0.4}}}
    plating = {"anode": {"limiting_current_density [A/m2]": 50.0, "thickness_max [m]": 2e-6},
               "cathode": {"limiting_current_density [A/m2]": None, "thickness_max [m]": 5e-6}}  # fmt: skip
    case = made({GAP: "1 um"}, criteria=criteria, plating=plating)
    assert MERITS["least_margin"].value(case) == 0.4
    assert MERITS["limiting_current"].value(case) == pytest.approx(5.0)  # mA/cm² of 50 A/m²
    assert MERITS["deposit_maximum"].value(case) == 5e-6
    assert math.isnan(MERITS["nucleation_overpotential"].value(case))


def test_criteria_that_speak_are_counted_with_and_without_a_margin(made):
    criteria = {"anode": {"a": {"voice": "speaks", "margin": 0.5}, "b": {"voice": "silent", "margin": 9.0}},
                "cathode": {"c": {"voice": "speaks", "margin": None}}}  # fmt: skip
    assert MERITS["criteria_speaking"].value(made({GAP: "1 um"}, criteria=criteria)) == 2
    assert math.isnan(MERITS["criteria_speaking"].value(made({GAP: "2 um"})))


def test_what_does_not_differ_is_not_drawn(made):
    """All cases pass 1 mAh/cm²; of one merit alone they differ."""
    step = {"index": 0, "kind": "discharge", "ended_by": "capacity", "areal_capacity [mAh/cm2]": 1.0}
    cases = [made({GAP: n}, steps=[step | {"mean_voltage [V]": 1.0 + n}]) for n in (1, 2)]
    assert not varies(cases, "areal_capacity")
    assert [axes.get_ylabel() for axes in draw_sweep(cases, GAP).axes] == ["Mean voltage / V"]
    with pytest.raises(VisualizationError, match="no case has finished"):
        draw_sweep([made({GAP: n}, status="failed", steps=[]) for n in (3, 4)], GAP)


def test_merits_are_documented():
    page = (Path(__file__).resolve().parents[2] / "docs/curves.md").read_text(encoding="utf-8")
    for name, merit in MERITS.items():
        assert f"| `{name}` | {merit.unit or '1'} | {'larger' if merit.larger_is_better else 'smaller'} |" in page


def test_a_case_that_failed_is_compared_by_the_last_step_that_it_finished(made):
    done = {"kind": "discharge", "ended_by": "voltage", "duration [s]": 1800.0, "energy [J]": 3.6}
    broken = done | {"index": 2, "ended_by": None, "energy [J]": 0.1}
    case = made({GAP: "1 um"}, status="failed", steps=[done | {"index": 0}, done | {"index": 1}, broken])
    assert compared_step(case)["index"] == 1 and case.unfinished == "failed"
    assert MERITS["energy"].value(case) == 3.6
    assert compared_step(made({GAP: "2 um"}, status="interrupted", steps=[broken])) is None
    assert made({GAP: "3 um"}).unfinished == ""


def test_cases_that_ended_early_have_open_markers(made):
    cases = [made({GAP: f"{n} um"}, status="failed" if n == 2 else "done",
                  steps=[{"index": 0, "kind": "discharge", "ended_by": "time", "mean_voltage [V]": 1.0 + n}])
             for n in (1, 2, 3)]  # fmt: skip
    (axes,) = draw_sweep(cases, GAP).axes
    opened = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert [line.get_xydata().tolist() for line in opened] == [[[2.0, 3.0]]]
    assert "open: failed, last finished step" in " ".join(texts(axes))
    (axes,) = draw_sweep([cases[0], cases[2]], GAP).axes
    assert "open" not in " ".join(texts(axes)) and len(axes.lines) == 1


def test_cases_that_ended_early_are_open_and_not_of_the_front(made):
    step = {"index": 0, "kind": "discharge", "ended_by": "time"}
    points = {"1 um": (3600.0, 3.6), "2 um": (1800.0, 7.2), "3 um": (7200.0, 36.0)}
    cases = [made({GAP: gap}, status="interrupted" if gap == "3 um" else "done",
                  steps=[step | {"duration [s]": seconds, "energy [J]": joule}])
             for gap, (seconds, joule) in points.items()]  # fmt: skip
    figure = draw_pareto(cases, "duration", "energy")
    axes = figure.axes[0]
    (opened,) = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert opened.get_xydata().tolist() == [[7200.0, 36.0]]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["1  gap 2 µm", "2  gap 1 µm"]
    assert "2 of 2 cases on the front, open: interrupted" in " ".join(texts(axes))


def test_numbers_of_cases_that_ended_early_stand_in_brackets(made):
    cases = [made({"a.x": x, "a.y": y}, status="failed" if (x, y) == (2, 2) else "done",
                  steps=[{"index": 0, "kind": "discharge", "ended_by": "time", "mean_voltage [V]": x + y}])
             for x in (1, 2) for y in (1, 2)]  # fmt: skip
    axes = draw_heatmap(cases, "a.x", "a.y", "mean_voltage").axes[0]
    told = {text.get_position(): text.get_text() for text in axes.texts}
    assert told[(1, 1)] == "(4)" and told[(0, 1)] == "3"
    assert "in brackets: failed" in " ".join(texts(axes))


def test_a_merit_chooses_its_prefix():
    assert MERITS["areal_energy"].scale(4e-4) == (pytest.approx(1e6), "nWh cm$^{-2}$")
    assert MERITS["mean_voltage"].scale(0.3) == (1.0, "V")


def test_unknown_merit_is_told_with_the_nearest(results):
    with pytest.raises(VisualizationError, match="did you mean 'areal_energy'"):
        draw_sweep(study_cases(results["sweep"]), GAP, ["aerial_energy"])


def test_merits_of_a_sweep_can_be_chosen(results):
    figure = draw_sweep(study_cases(results["sweep"]), GAP, ["areal_power"])
    (axes,) = figure.axes
    assert axes.get_ylabel() == "Areal power / mW cm$^{-2}$"
    assert len(axes.lines) == 3
    assert is_drawn(figure)


def test_cells_stand_at_their_values(results):
    """Ascending along both axes, though folders are in the order of letters."""
    cases = study_cases(results["sweep"])
    columns, rows, cells = heatmap_cells(cases, RATE, GAP)
    assert (columns, rows) == (["1 C", "5 C", "20 C"], ["20 um", "50 um"])
    assert len(cells) == 6
    for (column, row), case in cells.items():
        assert case.summary["parameters"] == {RATE: columns[column], GAP: rows[row]}


def test_heat_map_writes_every_value_in_its_cell(results):
    figure = draw_heatmap(study_cases(results["sweep"]), RATE, GAP, "areal_capacity")
    axes = figure.axes[0]
    written = {text.get_position(): float(text.get_text()) for text in axes.texts if text.get_position()[1] in (0, 1)}
    # synthetic.sweep: capacity 0.02/(1 + gap/100)/(1 + 0.12 rate) mAh/cm², in µAh/cm²; three digits are written
    for column, rate in enumerate((1, 5, 20)):
        for row, gap in enumerate((20, 50)):
            assert written[(column, row)] == pytest.approx(20 / (1 + gap / 100) / (1 + 0.12 * rate), rel=5e-3)
    assert axes.get_xlabel() == "Discharge (step 1) / C"
    assert axes.get_ylabel() == "Gap / µm"
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["1", "5", "20"]
    image = pixels(figure).reshape(-1, 3).astype(int)
    for end in ((68, 1, 84), (253, 231, 37)):  # viridis' least and largest, each a cell of six: 5 % at least
        assert np.mean(np.abs(image - end).max(axis=1) < 6) > 0.05


def test_cells_without_a_number_are_hatched_and_say_why(made):
    settings = [(x, y) for x in (1, 2, 3) for y in (1, 2)]
    cases = [
        made({"a.x": x, "a.y": y}, **({"status": "failed", "steps": []} if (x, y) == (2, 2) else {}))
        for x, y in settings[:-1]
    ]
    figure = draw_heatmap(cases, "a.x", "a.y", "areal_energy")
    axes = figure.axes[0]
    hatched = {(round(p.get_x() + 0.5), round(p.get_y() + 0.5)) for p in axes.patches if p.get_hatch()}
    assert hatched == {(1, 1), (2, 1)}
    told = {text.get_position(): text.get_text() for text in axes.texts}
    assert told[(1, 1)] == "failed" and told[(2, 1)] == "not run"


def test_where_cells_have_no_numbers_a_ring_marks_what_ended_early(made):
    cases = [made({"a.x": x, "a.y": y}, status="failed" if (x, y) == (5, 2) else "done",
                  steps=[{"index": 0, "kind": "discharge", "ended_by": "time", "mean_voltage [V]": x + y}])
             for x in range(13) for y in (1, 2)]  # fmt: skip
    axes = draw_heatmap(cases, "a.x", "a.y", "mean_voltage").axes[0]
    assert [line.get_xydata().tolist() for line in axes.lines] == [[[5.0, 1.0]]]
    assert "with a ring: failed" in " ".join(texts(axes))


def test_a_third_parameter_must_be_held(made):
    cases = [made({"a.x": x, "a.y": y, "a.z": z}) for x in (1, 2) for y in (1, 2) for z in (1, 2)]
    with pytest.raises(VisualizationError, match=r"fix what else is swept with at=\{…\}: a\.z"):
        heatmap_cells(cases, "a.x", "a.y")
    _, _, cells = heatmap_cells(cases, "a.x", "a.y", {"a.z": "2"})
    assert {case.summary["parameters"]["a.z"] for case in cells.values()} == {2}
    with pytest.raises(VisualizationError, match=r"no case has a\.z = 7"):
        heatmap_cells(cases, "a.x", "a.y", {"a.z": "7"})


def test_parameters_that_change_together_are_no_map(made):
    cases = [made({"a.x": n, "a.y": 2 * n}) for n in (1, 2, 3)]
    assert independent(cases) == ["a.x"]
    with pytest.raises(VisualizationError, match="change together"):
        heatmap_cells(cases, "a.x", "a.y")
    with pytest.raises(VisualizationError, match=r"no swept parameter 'a\.z'; did you mean"):
        heatmap_cells(cases, "a.x", "a.z")


def test_front_of_a_known_set():
    points = np.array([[1.0, 5.0], [2.0, 4.0], [2.0, 3.0], [3.0, 1.0], [0.5, 5.0], [1.0, 5.0]])
    # The twin of the first is beaten by none either; (2, 3) loses to (2, 4) and (0.5, 5) to (1, 5).
    assert pareto_front(points, (True, True)).tolist() == [0, 5, 1, 3]
    assert pareto_front(points, (False, False)).tolist() == [4, 2, 3]
    assert pareto_front(points, (True, False)).tolist() == [3]


def test_pareto_names_the_front(made):
    energies = {"1 um": 3.6, "2 um": 7.2, "3 um": 1.8}
    durations = {"1 um": 900.0, "2 um": 7200.0, "3 um": 1800.0}
    cases = []
    for gap, joule in energies.items():
        step = {
            "index": 0,
            "kind": "discharge",
            "ended_by": "time",
            "duration [s]": durations[gap],
            "energy [J]": joule,
        }
        cases.append(made({GAP: gap}, steps=[step]))
    figure = draw_pareto(cases, "areal_power", "areal_energy")
    # mW: 4, 1 and 1 with 1, 2 and 0.5 mWh: the last is beaten by both.
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["1  gap 2 µm", "2  gap 1 µm"]
    assert "better" in texts(figure.axes[0])
    assert is_drawn(figure)
    turned = draw_pareto(cases, "areal_power", "areal_energy", ("smaller", None))
    assert [text.get_text() for text in turned.legends[0].get_texts()] == ["1  gap 2 µm"]


def test_pareto_without_numbers_or_sense_is_told(made):
    cases = [made({GAP: "1 um"}), made({GAP: "2 um"}, status="failed", steps=[])]
    with pytest.raises(VisualizationError, match="fewer than two cases have both"):
        draw_pareto(cases, "areal_power", "areal_energy")
    with pytest.raises(VisualizationError, match="sense 'up' is not known; there is: larger, smaller"):
        draw_pareto([made({GAP: "3 um"}), made({GAP: "4 um"})], "areal_power", "areal_energy", ("up", None))
