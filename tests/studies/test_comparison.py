"""The table and the page of a comparison of hosts, made from summaries that are made up."""

import json
import math

import pandas
import pytest
from archode.studies.cli import main
from archode.studies.comparison import (
    CURRENT,
    LIMIT,
    SAND,
    SPEAKING,
    comparison_page,
    comparison_rows,
    comparison_table,
    write_comparison,
)
from archode.studies.errors import StudyError


def finding(value, voice="silent", margin=10.0, **more):
    return {"value": value, "unit": "", "voice": voice, "margin": margin, "why": "", "first": None, **more}


def summary(host, density, criteria=None, plating=None, **more):
    """A case that passed 1 mAh/cm² at a current density in mA/cm² on 4e-10 m²."""
    made = {
        "study": "made_up",
        "case": f"{host}__discharge={density}mA_cm2",
        "parameters": {"host": host, "protocol.0.discharge": f"{density} mA/cm^2"},
        "status": "done",
        "reason": "",
        "footprint_area [m2]": 4e-10,
        "steps": [
            {
                "index": 0,
                "kind": "discharge",
                "value": -density * 10 * 4e-10,
                "ended_by": "capacity",
                "areal_capacity [mAh/cm2]": 1.0,
                "end_voltage [V]": -0.4,
            },
            {"index": 1, "kind": "rest", "value": None, "ended_by": "time", "end_voltage [V]": 0.0},
        ],
    }
    if criteria is not None:
        made["criteria"] = {"cathode": criteria, "anode": {"sand_time": finding(1.0, "speaks", 0.1)}}
    if plating is not None:
        made["plating"] = {"cathode": plating}
    return made | more


FOIL = {
    "limiting_current": finding(1.25, "speaks", 0.8),
    "sand_time": finding(36.0, "speaks", 0.5),
    "current_concentration": finding(3.0, "no say", None),
    "top_plugging": finding(None, "no say", None),
    "pore_clogging": finding(None, "no say", None),
}
GYROID = {
    "limiting_current": finding(0.5, "silent", 2.0),
    # Infinite numbers are null in JSON.
    "sand_time": finding(None, "silent", None),
    "current_concentration": finding(1.5, "no say", None),
    "top_plugging": finding(1.2, "silent", 1.67),
    "pore_clogging": finding(5.4e4, "silent", 1.5),
}
PLATING = {
    "area_factor": 6.8,
    "thickness_max [m]": 4e-6,
    "nucleation_overpotential [V]": None,
    "plateau_overpotential [V]": 0.041,
}


def only(*summaries):
    (row,) = comparison_rows(summaries)
    return row


def test_numbers_of_a_case_come_out_in_the_units_of_the_table():
    row = only(summary("gyroid", 5.0, GYROID, PLATING))
    assert row[CURRENT] == pytest.approx(5.0)
    assert row[LIMIT] == pytest.approx(10.0)  # half of the limit flows
    assert row["usable capacity [mAh/cm2]"] == pytest.approx(1.5)
    assert row["area factor"] == 6.8 and row["overpotential [V]"] == 0.041
    assert row["top plugging"] == 1.2 and row["current maximum / mean"] == 1.5
    assert math.isnan(row["nucleation overpotential [V]"])
    assert row["capacity [mAh/cm2]"] == 1.0 and row["end voltage [V]"] == -0.4


def test_a_computed_limit_goes_before_the_share_of_it():
    computed = PLATING | {"limiting_current_density [A/m2]": 420.0, "depletion": {"time [s]": 3.2, "how": "reached"}}
    row = only(summary("gyroid", 5.0, GYROID, computed))
    assert row[LIMIT] == pytest.approx(42.0) and row["depleted at [s]"] == 3.2


def test_clogged_pores_count_from_when_they_were_first_found_so():
    clogged = GYROID | {
        "pore_clogging": finding(3.6e4, "speaks", 1.0) | {"first": {"time [s]": 180.0, "place [um]": None}}
    }
    # 5 mA/cm² for 180 s, not all of the 1 mAh/cm² that passed since.
    assert only(summary("gyroid", 5.0, clogged))["usable capacity [mAh/cm2]"] == pytest.approx(0.25)


def test_sand_time_is_that_of_the_first_place_and_infinite_below_the_limit():
    # Not divided by the square of the peak of the current: diffusion along the surface rounds it off.
    assert only(summary("foil", 50.0, FOIL))[SAND] == pytest.approx(36.0)
    assert only(summary("gyroid", 50.0, GYROID))[SAND] == math.inf


def test_only_the_plated_electrode_is_judged():
    row = only(summary("gyroid", 5.0, GYROID))
    assert row["plated"] == "cathode" and row[SPEAKING] == 0  # that of the anode speaks
    charged = summary("gyroid", 5.0, GYROID)
    charged["steps"][0]["kind"] = "charge"
    row = only(charged)
    assert row["plated"] == "anode" and row["worst criterion"] == "sand_time"


def test_the_worst_criterion_is_the_one_furthest_beyond_its_threshold():
    row = only(summary("foil", 5.0, FOIL))
    assert (row[SPEAKING], row["worst criterion"], row["least margin"]) == (2, "sand_time", 0.5)


def test_rows_go_by_current_then_the_safest_first_then_what_failed():
    roomy = GYROID | {"limiting_current": finding(0.1, "silent", 10.0), "pore_clogging": finding(9e4, "silent", 3.0)}
    failed = {"study": "made_up", "case": "npg", "status": "failed", "reason": "no convergence"}
    cases = [
        summary("foil", 5.0, FOIL),
        failed | {"parameters": {"host": "npg", "protocol.0.discharge": "5 mA/cm^2"}},
        summary("unknown", 5.0),
        summary("gyroid", 5.0, GYROID),
        summary("foam", 5.0, roomy),
        summary("foil", 0.5, GYROID),
        {"study": "made_up", "case": "broken", "status": "invalid", "parameters": {}},
    ]
    assert [row["host"] for row in comparison_rows(cases)] == [
        "foil",
        "foam",
        "gyroid",
        "foil",
        "unknown",
        "npg",
        "broken",
    ]


def test_a_summary_without_the_new_keys_has_a_row_of_what_is_known():
    row = only(summary("foil", 0.5))
    assert row[CURRENT] == pytest.approx(0.5) and row["end voltage [V]"] == -0.4
    for key in (LIMIT, SAND, SPEAKING, "area factor", "least margin", "usable capacity [mAh/cm2]"):
        assert math.isnan(row[key]), key


def test_the_page_has_a_table_for_every_current_and_says_why():
    failed = {"study": "made_up", "case": "npg", "status": "failed", "reason": "no convergence"}
    failed["parameters"] = {"host": "npg", "protocol.0.discharge": "50 mA/cm^2"}
    cases = [summary("foil", 50.0, FOIL), summary("gyroid", 50.0, GYROID, PLATING), summary("foil", 5.0), failed]
    page = comparison_page("made_up", comparison_rows(cases))
    assert page.index("## 5 mA/cm²") < page.index("## 50 mA/cm²")
    (gyroid,) = (line for line in page.splitlines() if line.startswith("| gyroid"))
    assert "none: J < J_lim" in gyroid and "silent, 1.5 to spare" in gyroid and " 41 " in gyroid
    (_, foil) = (line for line in page.splitlines() if line.startswith("| foil"))
    assert "sand time and 1 more" in foil
    assert "- **npg**: no convergence" in page
    # Of 5 mA/cm² nothing but the run itself is known: no empty columns.
    assert "top plugging" not in page.split("## 5 mA/cm²")[1].split("## 50")[0]
    widths = {line.count("|") for line in page.split("## 50 mA/cm²")[1].splitlines() if line.startswith("|")}
    assert len(widths) == 1


def test_what_else_is_swept_parts_the_tables():
    cases = [summary("foil", 5.0), summary("foil", 5.0)]
    for case, value in zip(cases, ("20 degC", "50 degC"), strict=True):
        case["parameters"]["physics.temperature"] = value
    page = comparison_page("made_up", comparison_rows(cases))
    assert "## 5 mA/cm², physics.temperature = 20 degC" in page and "= 50 degC" in page


def test_columns_keep_one_type_also_where_nothing_is_known():
    table = comparison_table(comparison_rows([summary("foil", 5.0), summary("gyroid", 5.0, GYROID, PLATING)]))
    assert table[SAND].dtype == float and table["ended by"].dtype == "string"
    assert comparison_table(comparison_rows([summary("foil", 5.0)]))["worst criterion"].dtype == "string"


def results(folder, *summaries):
    for made in summaries:
        (folder / made["case"]).mkdir(parents=True)
        (folder / made["case"] / "summary.json").write_text(json.dumps(made))
    return folder


def test_compare_makes_table_and_page_again(tmp_path, capsys):
    folder = results(tmp_path / "made_up", summary("foil", 5.0, FOIL), summary("gyroid", 5.0, GYROID, PLATING))
    assert main(["compare", str(folder), "--no-figures"]) == 0
    assert "gyroid" in capsys.readouterr().out
    csv, parquet = pandas.read_csv(folder / "comparison.csv"), pandas.read_parquet(folder / "comparison.parquet")
    assert list(csv["host"]) == list(parquet["host"]) == ["gyroid", "foil"]
    assert csv[SAND][0] == parquet[SAND][0] == math.inf
    assert (folder / "comparison.md").read_text(encoding="utf-8").startswith("# made_up: hosts compared")
    assert not list(folder.glob("*.part"))


@pytest.mark.parametrize("content", [None, "nothing", "broken"])
def test_folders_without_results_are_refused(content, tmp_path):
    folder = tmp_path / "study"
    if content is not None:
        (folder / "case").mkdir(parents=True)
    if content == "broken":
        (folder / "case" / "summary.json").write_text("{")
    with pytest.raises(StudyError, match="study"):
        write_comparison(folder)
    assert main(["compare", str(folder)]) == 2
