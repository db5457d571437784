"""The verdict's page and table, from summaries that are made up, and the numbers as people read them."""

import json

import pytest
from archode.solvers.criteria import CRITERIA as REGISTERED
from archode.solvers.criteria import SurfaceState
from archode.studies.cli import main
from archode.studies.errors import StudyError
from archode.studies.verdict import electrodes, read_cases, verdict_line, verdict_page, verdicts
from archode.studies.wording import CRITERIA, listed, measured, number, readable


def finding(value, unit="1", voice="silent", margin=10.0, first=None, why="because"):
    return {"value": value, "unit": unit, "voice": voice, "margin": margin, "why": why, "first": first}


#: Below the limiting current: infinite numbers are null in JSON.
QUIET = {
    "limiting_current": finding(0.003, margin=300.0),
    "sand_time": finding(None, "s", margin=None),
    "pore_clogging": finding(7.2e4, "C/m²", margin=3.0),
    "top_plugging": finding(None, voice="no say", margin=None),
}
LOUD = QUIET | {
    "limiting_current": finding(5.0, voice="speaks", margin=0.2, first={"time [s]": 12.0, "place [um]": None}),
    "sand_time": finding(
        9.0, "s", "speaks", 0.75, {"time [s]": 12.0, "place [um]": [1.0, 2.0, 3.0]}, "9 s at 5e+03 A/m² | 3e-06 m"
    ),
    "pore_clogging": finding(10.0, "C/m²", "speaks", 0.5, {"time [s]": 4.0, "place [um]": [5.0, 0.0, 12.3456]}),
}


def summary(criteria, **more):
    made = {
        "study": "made_up",
        "case": "base",
        "status": "done",
        "footprint_area [m2]": 4e-10,
        "steps": [
            {"index": 0, "kind": "discharge", "value": -4e-9, "areal_capacity [mAh/cm2]": 1.5},
            {"index": 1, "kind": "rest", "value": 0.0, "areal_capacity [mAh/cm2]": 0.0},
            {"index": 2, "kind": "charge", "value": 4e-9, "areal_capacity [mAh/cm2]": 1.5},
        ],
        "plating": {side: {"substrate": None, "limiting_current_density [A/m2]": 3000.0} for side in criteria},
        "criteria": criteria,
        "estimates": ["electrolyte.diffusivity (E)"],
    }
    return made | more


def test_nothing_speaks_is_said_with_what_is_nearest_and_why_there_is_no_sand_event():
    line = verdict_line(summary({"cathode": QUIET}))
    assert line == (
        "Nothing speaks of the cathode in 1.5 mAh/cm² at 1 mA/cm². "
        "Nearest to it: clogging of pores, with a margin of 3. No Sand event: J is 0.3 % of J_lim."
    )


def test_what_speaks_is_said_with_the_first_place_and_time():
    line = verdict_line(summary({"cathode": LOUD}))
    assert line.startswith("Limiting current, Sand's time and clogging of pores speak of the cathode in 1.5 mAh/cm²")
    assert "First: clogging of pores at 4 s at (5, 0, 12.3) µm." in line
    assert "5 times the limiting current: depleted after 9 s (Sand)." in line


def test_an_unlimited_supply_and_a_run_that_failed_are_said():
    single = QUIET | {"limiting_current": finding(0.0, margin=None)}
    line = verdict_line(summary({"cathode": single}, status="failed", reason="no convergence"))
    assert "No Sand event: nothing limits the supply of ions." in line
    assert line.endswith("The run is failed: no convergence.")


def test_the_electrode_on_a_substrate_comes_first_then_the_one_plated_first():
    both = summary({"anode": QUIET, "cathode": LOUD})
    assert electrodes(both) == ["cathode", "anode"]
    both["plating"]["anode"]["substrate"] = "Cu"
    assert electrodes(both) == ["anode", "cathode"]
    assert "of the anode on Cu in" in verdict_line(both)


def test_the_page_is_a_table_with_units_and_what_it_rests_on():
    page = verdict_page(summary({"cathode": LOUD}))
    rows = [line for line in page.splitlines() if line.startswith("|")]
    table = rows[: rows.index("| number | value |")]
    # A bar in a sentence is no new column.
    assert {line.replace("\\|", "").count("|") for line in table} == {7}
    (sand,) = (line for line in table if line.startswith("| Sand's time"))
    assert sand == "| Sand's time | **speaks** | 9 s | 0.75 | 12 s at (1, 2, 3) µm | 9 s at 500 mA/cm² \\| 3 µm |"
    assert "| clogging of pores | **speaks** | 0.000278 mAh/cm² | 0.5 | 4 s at" not in page  # 2.78e-4 is far from 1
    assert "2.78·10^-4 mAh/cm²" in page
    assert "| limiting current J_lim, per footprint | 300 mA/cm² |" in page
    assert "electrolyte.diffusivity (E)" in page


def test_every_criterion_has_a_name_in_words():
    """No criterion is told by the name of its key; those of the registry are known by asking them about nothing."""
    import numpy as np

    from ..solvers.criteria.surfaces import setting

    nothing = SurfaceState(
        0.0, np.zeros((1, 3)), np.array([[0.0, 0, 1]]), np.ones(1), np.zeros(1), np.ones(1), np.zeros(1), np.zeros(1)
    )
    assert [evaluate(setting(), nothing).name for evaluate in REGISTERED] == list(CRITERIA)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (3.16e-6, "m", "3.16 µm"),
        (3.6e4, "C/m²", "1 mAh/cm²"),
        (10.0, "A/m²", "1 mA/cm²"),
        (0.05, "J/m²", "50 mJ/m²"),
        (3e-9, "m/s", "3 nm/s"),
        (1.0039, "1", "1.004"),
        (float("inf"), "s", "∞"),
        (1000.0, "mol/m³", "1000 mol/m³"),
    ],
)
def test_values_have_the_units_that_people_use(value, unit, text):
    assert measured(value, unit) == text


def test_sentences_keep_everything_but_their_units():
    told = "a tip of 3.16e-06 m at 0.0248 V; 997 of 1e+03 mol/m³, 95 % below; 3 m/s"
    assert readable(told) == "a tip of 3.16 µm at 24.8 mV; 997 of 1000 mol/m³, 95 % below; 3 m/s"
    assert listed(["a"]) == "a" and listed(["a", "b", "c"]) == "a, b and c"
    assert number(2e-7) == "2·10^-7" and number(0.0) == "0"


def written(folder, made):
    folder.mkdir(parents=True)
    (folder / "summary.json").write_text(json.dumps(made), encoding="utf-8")
    return folder


def test_the_command_shows_all_cases_and_writes_their_pages(tmp_path, capsys):
    study = tmp_path / "made_up"
    for name in ("a", "b"):
        written(study / name, summary({"cathode": LOUD}, case=name))
    written(study / "stored", summary({}, case="stored"))  # nothing was plated
    assert main(["verdict", str(study)]) == 0
    told = capsys.readouterr().out
    assert "made_up, a" in told and "made_up, b" in told and "stored" not in told
    assert (study / "a" / "verdict.md").read_text(encoding="utf-8") == verdict_page(
        summary({"cathode": LOUD}, case="a")
    )
    assert not (study / "stored" / "verdict.md").exists()
    assert main(["verdict", str(study / "b")]) == 0
    assert "made_up, a" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "no such folder"), ("", "holds no summary.json"), ("{", "cannot be read"), ("[]", "is not the summary")],
)
def test_folders_without_results_are_refused(tmp_path, content, told):
    folder = tmp_path / "case"
    if content is not None:
        folder.mkdir()
    if content:
        (folder / "summary.json").write_text(content)
    with pytest.raises(StudyError, match=told):
        read_cases(folder)
    assert main(["verdict", str(folder)]) == 2


def test_where_nothing_was_plated_there_is_no_verdict(tmp_path):
    with pytest.raises(StudyError, match="no electrode was plated"):
        read_cases(written(tmp_path / "case", summary({})))
    assert verdict_line(summary({})) is None and verdicts({}) == []
