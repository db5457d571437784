"""The command `archode impedance`: frequencies, files, states, what it refuses, the same on two ranks."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pandas
import pytest
from archode.solvers.impedance import Point
from archode.studies import StudyError
from archode.studies.cli import main
from archode.studies.impedance import After, parse_request, table_of

spec = importlib.util.spec_from_file_location("tiny", Path(__file__).with_name("tiny.py"))
tiny = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tiny)

RANGE = ("--from", "1 Hz", "--to", "1 kHz", "--per-decade", "2", "--quiet")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "study.yml"
    path.write_text(tiny.TINY, encoding="utf-8")
    return path


def read(folder):
    table = pandas.read_csv(folder / "impedance.csv")
    assert table.equals(pandas.read_parquet(folder / "impedance.parquet"))
    return table, json.loads((folder / "impedance.json").read_text(encoding="utf-8"))


def test_frequencies_meet_both_ends():
    request = parse_request("10 mHz", "1e5", 6, After.START)
    assert len(request.frequencies) == 7 * 6 + 1
    assert (request.frequencies[0], request.frequencies[-1]) == pytest.approx((1e5, 1e-2), rel=1e-14)
    assert np.diff(np.log10(request.frequencies)) == pytest.approx(-1 / 6)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("1 kHz", "1 Hz", 6), "must be the lower frequency"),
        (("1 Hz", "1 Hz", 6), "must be the lower frequency"),
        (("1 V", "1 kHz", 6), "--from 1 V: '1 V' has the wrong dimension"),
        (("0", "1 kHz", 6), "--from 0: must be positive"),
        (("1", "1 kHz", 0), "--per-decade 0: must be 1 or more"),
        (("1", "1 kHz", 10**6), "at most 10000"),
    ],
)
def test_frequencies_that_make_no_sense(arguments, told):
    with pytest.raises(StudyError, match=told):
        parse_request(*arguments, After.START)


def test_table_is_that_of_the_device():
    """Four simulated domains in parallel, 2 cm² together."""
    table = table_of([Point(10.0, 8 - 4j, 1, 1e-15, 1e-9)], multiplicity=4, footprint=2e-4)
    assert table == {
        "frequency [Hz]": [10.0],
        "Z' [ohm]": [2.0],
        "Z'' [ohm]": [-1.0],
        "Z' [ohm cm2]": [4.0],
        "Z'' [ohm cm2]": [-2.0],
        "residual": [1e-15],
        "uncertainty": [1e-9],
    }


def test_a_spectrum_alone_is_drawn_and_read(study, tmp_path, capsys):
    """Without a run there is no summary: names come from the spectrum's own file."""
    from archode.studies import load_results

    assert main(["impedance", str(study), "--out", str(tmp_path), *RANGE]) == 0
    folder = tmp_path / "tiny" / "base"
    assert {path.name for path in (folder / "figures").iterdir()} == {"nyquist.png", "bode.png"}
    assert main(["show", str(tmp_path / "tiny"), "--view", "bode", "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "bode.png").is_file()
    assert "only its impedance was computed" in str(load_results(folder)["base"])


def test_checks_are_written(study, tmp_path, caplog):
    """Of a spectrum that is dense enough for all of them."""
    wanted = ["--from", "1 Hz", "--to", "1 kHz", "--accuracy", "5%"]
    assert main(["impedance", str(study), "--out", str(tmp_path), *wanted]) == 0
    table, told = read(tmp_path / "tiny" / "base")
    checks = told["checks"]
    assert checks["warnings"] == []
    assert told["solver"]["method"] == "factorised whole"
    for name, column in (("residual", "residual"), ("uncertainty",) * 2, ("kramers_kronig", "Kramers-Kronig residual")):
        assert checks[name]["worst"] == pytest.approx(table[column].max())
        assert checks[name]["frequency [Hz]"] == pytest.approx(table["frequency [Hz]"][table[column].idxmax()])
        assert checks[name]["worst"] < checks[name]["bound"]
    limits = checks["high_frequency"]
    assert 0 < limits["R_shorted_kinetics [ohm cm2]"] < limits["R_infinite_frequency [ohm cm2]"]
    least = table["Z' [ohm cm2]"].min() / limits["R_infinite_frequency [ohm cm2]"]
    assert limits["least_of_Z'_over_R_infinite_frequency"] == pytest.approx(least)
    assert least > limits["bound"]


def test_a_bound_that_is_passed_is_told(study, tmp_path, caplog, monkeypatch):
    """In the log, in the file, and in the report."""
    from archode.solvers import impedance_checks
    from archode.studies.report_audit import audit

    monkeypatch.setattr(impedance_checks, "RESIDUAL", 0.0)
    assert main(["impedance", str(study), "--out", str(tmp_path), *RANGE, "--accuracy", "5%"]) == 0
    _, told = read(tmp_path / "tiny" / "base")
    (warning,) = told["checks"]["warnings"]
    assert "the linear system was not solved at" in warning
    assert f"base: {warning}" in caplog.text
    assert told["checks"]["kramers_kronig"] is None, "two frequencies per decade are too few"
    notes = [block for block in audit({}, tmp_path / "tiny" / "base") if warning in str(getattr(block, "text", ""))]
    assert [note.tone for note in notes] == ["warn"]


def test_start_and_end(study, tmp_path, capsys):
    out = ("--out", str(tmp_path))
    assert main(["impedance", str(study), *RANGE, *out]) == 0
    folder = tmp_path / "tiny" / "base"
    assert str(folder / "impedance.csv") in capsys.readouterr().out
    start, told = read(folder)
    assert len(start) == 7
    assert (told["state"]["after"], told["state"]["time [s]"], told["state"]["held"]) == (
        "start",
        0.0,
        ["anode deposit"],
    )
    assert told["R_high_frequency [ohm cm2]"] == start["Z' [ohm cm2]"][0]
    assert told["R_low_frequency [ohm]"] == start["Z' [ohm]"].iloc[-1]
    assert (start["Z'' [ohm]"] < 0).all()

    assert main(["impedance", str(study), *RANGE, *out, "--after", "end"]) == 2
    assert "`archode run` first" in capsys.readouterr().err
    assert main(["run", str(study), "--quiet", *out]) == 0
    assert not (folder / "impedance.csv").exists(), "of another state than the run's"
    assert main(["impedance", str(study), *RANGE, *out, "--after", "end"]) == 0
    end, told = read(folder)
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert told["state"]["voltage [V]"] == pytest.approx(summary["steps"][-1]["end_voltage [V]"], rel=1e-9)
    assert told["state"]["time [s]"] == pytest.approx(sum(s["duration [s]"] for s in summary["steps"]), rel=1e-9)
    assert abs(end["Z' [ohm]"] / start["Z' [ohm]"] - 1).max() > 0.01
    capsys.readouterr()
    assert main(["impedance", str(study), *RANGE, *out, "--after", "end", "--set", "physics.temperature=310"]) == 2
    assert "other parameters" in capsys.readouterr().err
