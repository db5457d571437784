"""Running studies: what is on disk afterwards, what is said, and what happens when a case or the run ends early."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pandas
import pytest
from archode.geometry import GeometryError, mesh_file
from archode.studies.cli import main
from archode.studies.load import load_study
from archode.studies.schema import dump_study

from .tiny import LONG, ONE_FAILS, TINY, TWO_RATES

COLUMNS = [
    "time [s]",
    "protocol_step",
    "kind",
    "voltage [V]",
    "current [A]",
    "current_density [A/m2]",
    "charge [C]",
    "step_capacity [C]",
    "areal_step_capacity [mAh/cm2]",
    "step_anodic_charge [C]",
    "step_cathodic_charge [C]",
    "step_net_charge [C]",
    "dt [s]",
    "newton_iterations",
    "linear_iterations",
    "c_min [mol/m3]",
    "c_max [mol/m3]",
    "anode_c_min [mol/m3]",
    "cathode_c_min [mol/m3]",
    "anode_stoichiometry",
    "cathode_stoichiometry",
    "anode_deposit [m]",
    "anode_deposit_max [m]",
]
FILES = {
    "anode_surface.vtkhdf",
    "cathode.vtkhdf",
    "cathode_surface.vtkhdf",
    "electrolyte.vtkhdf",
    "provenance.json",
    "restart.h5",
    "restart.previous.h5",
    "run.log",
    "report.html",
    "steps.csv",
    "study.yml",
    "summary.json",
    "timeseries.csv",
    "timeseries.parquet",
    "verdict.md",
}
#: Of a run that ends before its surfaces are judged for the first time.
JUDGED_NEVER = FILES - {"verdict.md", "steps.csv", "restart.previous.h5"}
CASES = ("charge=10C", "charge=20C")

#: F c_max V (θ_max − θ_min) of 1 cm² of film: 28506 mol/m³, 0.5 µm, window 0 to 1 [C].
NOMINAL = 96485.33212 * 28506 * 0.5e-6 * 1e-4


def write(folder, text):
    path = folder / "study.yml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def summary_of(folder):
    return json.loads((folder / "summary.json").read_text(encoding="utf-8"))


def read(path):
    return pandas.read_csv(path)


def series_of(folder):
    return read(folder / "timeseries.csv")


def archode(*arguments, **kwargs):
    """The program in a process of its own, without a terminal."""
    command = [sys.executable, "-m", "archode.studies.cli", *map(str, arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.run(command, capture_output=True, text=True, timeout=900, env=environment, **kwargs)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A sweep of two cases, run through the command line."""
    folder = tmp_path_factory.mktemp("study")
    study = write(folder, TWO_RATES)
    done = archode("run", study, "--out", folder / "results")
    assert done.returncode == 0, done.stderr
    return study, folder / "results" / "tiny", done


# ---------------------------------------------------------------------- files
def test_every_case_has_its_files(finished):
    _, results, _ = finished
    assert {p.name for p in results.iterdir()} == {*CASES, "table.csv", "table.parquet", "report.html"}
    for case in CASES:
        assert {p.name for p in (results / case).iterdir()} == FILES


def test_resolved_study_loads_again(finished):
    study, results, _ = finished
    for case in load_study(study).cases:
        text = (results / case.name / "study.yml").read_text(encoding="utf-8")
        again = load_study(results / case.name / "study.yml")
        assert again.study == case.study
        assert dump_study(again.study) == text


def test_time_series(finished):
    _, results, _ = finished
    for case, rate in zip(CASES, (10, 20), strict=True):
        table = series_of(results / case)
        assert list(table.columns) == COLUMNS
        same = pandas.read_parquet(results / case / "timeseries.parquet")
        pandas.testing.assert_frame_equal(table, same, rtol=1e-14)
        assert np.all(np.diff(table["time [s]"]) > 0)
        assert table["dt [s]"].sum() == pytest.approx(table["time [s]"].iloc[-1])
        assert table["protocol_step"].unique().tolist() == [0, 1, 2, 3, 4]
        kinds = table.groupby("protocol_step")["kind"].unique().str[0].tolist()
        assert kinds == ["charge", "discharge", "rest", "discharge", "rest"]
        # Device currents: 1 cm² at a rate, positive when charging.
        current = table.groupby("protocol_step")["current [A]"].mean()
        assert current[0] == pytest.approx(rate * NOMINAL / 3600, rel=1e-6)
        assert current[1] == pytest.approx(-20 * NOMINAL / 3600, rel=1e-6)
        assert current[2] == pytest.approx(0.0, abs=1e-9 * current[0])
        assert table["current_density [A/m2]"].to_numpy() == pytest.approx(table["current [A]"].to_numpy() / 1e-4)
        ends = table.groupby("protocol_step").last()
        assert ends["step_capacity [C]"][0] == pytest.approx(5e-6 * 3600, rel=1e-9)
        assert ends["areal_step_capacity [mAh/cm2]"][0] == pytest.approx(5e-3, rel=1e-9)
        assert ends["step_capacity [C]"][1] == pytest.approx(20 * NOMINAL / 180, rel=1e-9)
        assert ends["charge [C]"][4] == pytest.approx(5e-6 * 3600 - 40 * NOMINAL / 180, rel=1e-9)
        # θ of the film follows the charge; the lithium has none.
        assert table["anode_stoichiometry"].isna().all()
        filled = (0.5 - table["cathode_stoichiometry"]) * NOMINAL
        assert filled.to_numpy() == pytest.approx(table["charge [C]"].to_numpy(), abs=1e-9 * NOMINAL)
        assert (table["c_min [mol/m3]"] <= 1000 + 1e-9).all() and (table["c_max [mol/m3]"] >= 1000 - 1e-9).all()


def test_summary(finished):
    _, results, _ = finished
    summary = summary_of(results / CASES[0])
    table = series_of(results / CASES[0])
    assert summary["study"] == "tiny" and summary["case"] == CASES[0] and summary["architecture"] == "stack"
    assert summary["status"] == "done" and summary["reason"] is None
    assert summary["parameters"] == {"protocol.0.charge": "10 C"}
    assert summary["nominal_capacity [C]"] == pytest.approx(NOMINAL, rel=1e-6)
    assert summary["footprint_area [m2]"] == pytest.approx(1e-4)
    assert summary["multiplicity"] == pytest.approx(1e-4 / 16e-12)
    assert summary["initial_voltage [V]"] == pytest.approx(2.838, abs=0.01)
    assert {"salt", "solid_cathode", "current"} <= set(summary["conservation"])
    assert all(0 <= value <= 1e-9 for value in summary["conservation"].values())
    assert [s["ended_by"] for s in summary["steps"]] == ["capacity", "time", "time", "time", "time"]
    first, discharge = summary["steps"][:2]
    assert first["index"] == 0 and first["kind"] == "charge"
    assert first["value"] == pytest.approx(10 * NOMINAL / 3600)
    assert first["capacity [C]"] == pytest.approx(0.018)
    assert first["duration [s]"] == pytest.approx(0.018 / first["value"], rel=1e-6)
    assert first["areal_capacity [mAh/cm2]"] == pytest.approx(5e-3)
    assert first["volumetric_capacity [mAh/cm3]"] == pytest.approx(5e-3 / 0.5e-4)
    assert first["end_voltage [V]"] == table[table["protocol_step"] == 0]["voltage [V]"].iloc[-1]
    assert first["energy [J]"] == pytest.approx(first["mean_voltage [V]"] * 0.018)
    inside = table[table["protocol_step"] == 1]["voltage [V]"]
    assert inside.min() <= discharge["mean_voltage [V]"] <= inside.max()
    assert summary["steps"][2]["mean_voltage [V]"] is None
    assert summary["mesh"]["cells"] > 0
    solver = summary["solver"]
    assert solver["linear"] == "direct" and solver["ranks"] == 1
    assert solver["time_steps"] == len(table)
    assert solver["newton_iterations"] == table["newton_iterations"].sum()
    assert solver["unknowns"] == 81 and solver["jacobians"] > 0
    assert "cathode.open_circuit (VOC1)" in summary["estimates"]
    # An overridden value is the user's own, no longer an estimate of the library.
    assert not any(e.startswith("cathode.diffusivity") for e in summary["estimates"])
    assert summary["cut"]["origin"] == pytest.approx([2.0, 2.0, 5.25])
    assert summary["versions"]["archode"] and summary["wall_time [s]"] > 0


def test_references_are_compared(finished):
    _, results, _ = finished
    capacity, duration = summary_of(results / CASES[0])["reference"]
    assert capacity["quantity"] == "areal_capacity" and capacity["unit"] == "mAh/cm2"
    assert capacity["simulated"] == pytest.approx(5e-3) and capacity["quoted"] == pytest.approx(4e-3)
    assert capacity["difference"] == pytest.approx(1e-3) and capacity["relative"] == pytest.approx(0.25)
    assert capacity["source"] == "made up"
    assert duration["simulated"] == pytest.approx(5.0) and duration["difference"] == pytest.approx(0.0, abs=1e-9)


def test_table_has_a_row_per_case(finished):
    _, results, _ = finished
    table = read(results / "table.csv")
    same = pandas.read_parquet(results / "table.parquet")
    # CSV knows no kind of nothing: no reason, no end.
    pandas.testing.assert_frame_equal(table.dropna(axis=1), same[table.dropna(axis=1).columns], rtol=1e-14)
    assert list(table.columns) == list(same.columns)
    assert table["case"].tolist() == list(CASES) and table["status"].tolist() == ["done", "done"]
    assert table["parameter: protocol.0.charge"].tolist() == ["10 C", "20 C"]
    for k, case in enumerate(CASES):
        summary = summary_of(results / case)
        assert table["step 0 (charge): end_voltage [V]"][k] == summary["steps"][0]["end_voltage [V]"]
        assert table["balance, worst"][k] == max(summary["conservation"].values())


def test_fields_are_saved_as_asked(finished):
    """Two snapshots per protocol step, from its expected duration: its end where that comes first."""
    _, results, _ = finished
    with h5py.File(results / CASES[0] / "electrolyte.vtkhdf") as file:
        times = file["VTKHDF/Steps/Values"][:]
    end = 0.018 / (10 * NOMINAL / 3600)
    later = [10, 20, 22.5, 25, 35, 45, 47.5, 50]
    assert times == pytest.approx([0, end / 2, end, *(end + t for t in later)], rel=1e-9)


# ---------------------------------------------------------------------- what is said
def test_lines_are_plain_without_a_terminal(finished):
    _, results, done = finished
    assert done.stdout == ""
    for forbidden in ("\x1b", "\r", "Traceback", "WARNING"):
        assert forbidden not in done.stderr
    lines = done.stderr.splitlines()
    assert lines[0] == "case 1 of 2: charge=10C"
    told = re.compile(r"charge=20C: charge 0\.005( ± [0-9.e-]+)? mAh/cm2; discharge")
    assert any(told.match(line) for line in lines)
    log = (results / CASES[0] / "run.log").read_text(encoding="utf-8")
    assert "INFO cathode VOC1: estimates: " in log and "charge=20C" not in log


def test_quiet(tmp_path):
    done = archode("run", write(tmp_path, TINY), "--out", tmp_path / "out", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {p.name for p in (tmp_path / "out" / "tiny").iterdir()} == {"base"}
    assert summary_of(tmp_path / "out" / "tiny" / "base")["status"] == "done"


# ---------------------------------------------------------------------- ends
def test_a_failed_case_does_not_stop_the_others(tmp_path, capsys):
    study = write(tmp_path, ONE_FAILS)
    assert main(["run", study, "--out", str(tmp_path)]) == 3
    told = capsys.readouterr().err
    assert "error: max_steps=3: " in told and "solver.max_steps = 3" in told
    results = tmp_path / "tiny"
    table = read(results / "table.csv").set_index("case")
    assert table["status"].to_dict() == {"max_steps=3": "failed", "max_steps=1000": "done"}
    assert "solver.max_steps" in table["reason"]["max_steps=3"]
    summary = summary_of(results / "max_steps=3")
    assert summary["status"] == "failed" and summary["steps"][0]["ended_by"] is None
    # A step that did not reach its end is not compared with what was quoted.
    assert [r["simulated"] for r in summary["reference"]] == [None, None]
    assert len(series_of(results / "max_steps=3")) == 3
    assert {p.name for p in (results / "max_steps=3").iterdir()} == JUDGED_NEVER


def test_a_solver_that_gives_up_is_code_3(tmp_path, capsys):
    """More charge than the film holds: the summary keeps what was computed and says what to try."""
    study = write(tmp_path, TINY)
    sets = ["--set", "protocol.0.until.capacity=19.5 uAh", "--set", "protocol.0.charge=200 C"]
    assert main(["run", study, "--out", str(tmp_path), *sets]) == 3
    summary = summary_of(tmp_path / "tiny" / "base")
    assert summary["status"] == "failed" and "Try: " in summary["reason"]
    assert summary["steps"][0]["capacity [C]"] > 0
    assert "error: base: the solver cannot go on at t = " in capsys.readouterr().err


def test_a_mesh_that_cannot_be_made_is_code_3(tmp_path, capsys, monkeypatch):
    def refused(architecture, sizes, comm):
        if architecture.cathode_thickness > 0.6e-6:
            raise GeometryError("stack: this one cannot be meshed")
        return mesh_file(architecture, sizes, comm)

    monkeypatch.setattr("archode.studies.cell.mesh_file", refused)
    study = write(tmp_path, TINY + "\nsweep: {geometry.cathode_thickness: [0.5 um, 1 um]}\n")
    assert main(["run", study, "--out", str(tmp_path)]) == 3
    assert "cannot be meshed" in capsys.readouterr().err
    table = read(tmp_path / "tiny" / "table.csv")
    assert table["status"].tolist() == ["done", "invalid"]


def test_a_broken_balance_is_code_5(tmp_path, capsys, monkeypatch):
    """Whatever the curves look like: log, table, report and summary say that the run is no result."""
    monkeypatch.setattr("archode.studies.balances.BROKEN", 1e-30)
    study = write(tmp_path, TINY + "\nsweep: {protocol.0.charge: [10 C, 20 C]}\n")
    assert main(["run", study, "--out", str(tmp_path)]) == 5
    assert "a balance is broken" in capsys.readouterr().err
    table = read(tmp_path / "tiny" / "table.csv")
    assert table["status"].tolist() == ["unbalanced"] * 2
    case = tmp_path / "tiny" / "charge=10C"
    assert "a balance is broken" in summary_of(case)["reason"]
    assert "Unbalanced: a balance is broken" in (case / "report.html").read_text(encoding="utf-8")


def test_wrong_input_is_code_2_and_leaves_nothing(tmp_path):
    done = archode("run", write(tmp_path, TINY.replace("10 um", "10 kg")), "--out", tmp_path / "out")
    assert done.returncode == 2 and "electrolyte_thickness" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_a_signal_keeps_everything_up_to_then(tmp_path, number):
    study, results = write(tmp_path, LONG), tmp_path / "tiny" / "base"
    process = subprocess.Popen(
        [sys.executable, "-m", "archode.studies.cli", "run", study, "--out", str(tmp_path)],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    try:
        for _ in range(6000):
            # The first checkpoint is written: it is in the time loop.
            if (results / "timeseries.csv").exists() or process.poll() is not None:
                break
            time.sleep(0.1)
        process.send_signal(number)
        told = process.communicate(timeout=600)[1]
    finally:
        process.kill()
    assert process.returncode == 130, told
    summary = summary_of(results)
    assert summary["status"] == "interrupted" and summary["reason"].startswith("interrupted at t = ")
    assert "Traceback" not in told and "interrupted at t = " in told
    table = series_of(results)
    assert len(table) == summary["solver"]["time_steps"] >= 5
    # Whoever stops a run may have little time left.
    assert {p.name for p in results.iterdir()} - {"restart.previous.h5"} == JUDGED_NEVER - {"report.html"}

    # It goes on from there, with longer steps: how a case is solved may change.
    done = archode("run", study, "--out", tmp_path, "--resume", "--set", "solver.max_step=10 s")
    assert done.returncode == 0, done.stderr
    assert "goes on at t = " in done.stderr
    again = series_of(results)
    pandas.testing.assert_frame_equal(again.head(len(table)), table, rtol=1e-14)
    assert summary_of(results)["status"] == "done"


# ---------------------------------------------------------------------- again
def test_a_new_run_replaces_the_old_one(tmp_path, capsys):
    study, results = write(tmp_path, TINY), tmp_path / "tiny" / "base"
    short = ["--set", "protocol=[{rest: 1 s}]", "--set", "reference=[]"]
    assert main(["run", study, "--out", str(tmp_path)]) == 0
    (results / "figures").mkdir()
    (results / "figures" / "old.png").touch()
    (results / "notes.txt").write_text("mine")
    assert main(["run", study, "--out", str(tmp_path), *short]) == 0
    table = series_of(results)
    assert table["kind"].unique().tolist() == ["rest"] and table["time [s]"].iloc[-1] == 1.0
    assert not (results / "figures").exists()
    # What a person put there stays.
    assert (results / "notes.txt").read_text() == "mine"


def test_resume_skips_what_is_done_and_finishes_the_rest(tmp_path, capsys):
    study = write(tmp_path, ONE_FAILS)
    assert main(["run", study, "--out", str(tmp_path)]) == 3
    results = tmp_path / "tiny"
    before = {p: p.stat().st_mtime_ns for p in (results / "max_steps=1000").iterdir()}
    capsys.readouterr()
    assert main(["run", study, "--out", str(tmp_path), "--resume"]) == 3
    told = capsys.readouterr().err
    assert "max_steps=1000: done already" in told and "max_steps=3: goes on at t = " in told
    assert {p: p.stat().st_mtime_ns for p in (results / "max_steps=1000").iterdir()} == before
    assert read(results / "table.csv")["status"].tolist() == ["failed", "done"]


def test_resume_does_not_mix_studies(tmp_path, capsys):
    """Another current under the same name: neither continued nor passed for done, and nothing is lost."""
    study, results = write(tmp_path, TINY), tmp_path / "tiny" / "base"
    assert main(["run", study, "--out", str(tmp_path)]) == 0
    before = {p.name: p.read_bytes() for p in results.iterdir()}
    changed = ["--set", "protocol.0.charge=5 C"]
    assert main(["run", study, "--out", str(tmp_path), "--resume", *changed]) == 2
    assert "without --resume" in capsys.readouterr().err
    assert {p.name: p.read_bytes() for p in results.iterdir()} == before


def test_resume_where_nothing_was_begun(tmp_path, capsys):
    assert main(["run", write(tmp_path, TINY), "--out", str(tmp_path), "--resume"]) == 0
    assert summary_of(tmp_path / "tiny" / "base")["status"] == "done"
