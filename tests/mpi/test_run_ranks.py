"""Whole studies on two ranks: results as in serial, written and told once, resumed on other ranks."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pandas
import pytest

from .launch import MPIEXEC, ONE_JOB, needs_mpiexec

pytestmark = needs_mpiexec

spec = importlib.util.spec_from_file_location("tiny", Path(__file__).parents[1] / "studies" / "tiny.py")
tiny = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tiny)

#: The studies solve to 1e-11 of the current; sums of another order and another pivoting leave the rest.
SAME = 1e-8

#: A line that tells every ten seconds how far a run is.
PROGRESS = re.compile(r": \w+ \d+/\d+  step \d+  t = ")


def archode(ranks, *arguments):
    command = [str(MPIEXEC), "-n", str(ranks)] if ranks > 1 else []
    command += [sys.executable, "-m", "archode.studies.cli", *map(str, arguments)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with ONE_JOB:
        return subprocess.run(command, capture_output=True, text=True, timeout=900, env=environment)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "study.yml"
    path.write_text(tiny.TINY, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def serial(study):
    out = study.parent / "serial"
    done = archode(1, "run", study, "--out", out)
    assert done.returncode == 0, done.stderr
    return out / "tiny" / "base", done


def assert_same_results(folder, expected):
    mine, theirs = (pandas.read_csv(f / "timeseries.csv") for f in (folder, expected))
    assert len(mine) == len(theirs), "other time steps"
    flowed = theirs["step_capacity [C]"].max()
    for column in theirs.columns.drop(["kind", "newton_iterations", "linear_iterations"]):
        # Of what flowed the other way rounding alone may be left.
        scale = max(theirs[column].abs().max(), 1e-9 * flowed if column.endswith("charge [C]") else 0.0)
        apart = (mine[column] - theirs[column]).abs().max()
        assert not apart > SAME * scale, f"{column}: {apart:.1e} of {scale:.1e}"
    for path in sorted(expected.glob("*.vtkhdf")):
        with h5py.File(folder / path.name) as a, h5py.File(path) as b:
            # The mesh file's own order, whatever the partition.
            for name in ("Points", "Connectivity"):
                assert np.array_equal(a["VTKHDF"][name], b["VTKHDF"][name])
            for name, values in b["VTKHDF/PointData"].items():
                found = a["VTKHDF/PointData"][name][:]
                assert found == pytest.approx(values[:], rel=SAME, abs=SAME * np.abs(values[:]).max()), name


def test_two_ranks_give_the_results_of_one(study, serial, tmp_path):
    expected, told = serial
    done = archode(2, "run", study, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "tiny" / "base"
    assert {p.name for p in folder.iterdir()} == {p.name for p in expected.iterdir()}
    assert_same_results(folder, expected)
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert summary["status"] == "done" and summary["solver"]["ranks"] == 2
    assert max(summary["conservation"].values()) <= 1e-9

    # Every line once. One ends in the run time, the report's names its place; how many lines of progress there are
    # depends on the machine's speed.
    def lines(text, out):
        told = text.replace(str(out), "").splitlines()
        return [line.split("; balance")[0] for line in told if not PROGRESS.search(line)]

    assert lines(done.stderr, tmp_path) == lines(told.stderr, expected.parents[1])
    assert done.stdout == ""
    log = (folder / "run.log").read_text(encoding="utf-8")
    assert log.count("geometry: stack") == 1


@pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 1)])
def test_resumed_on_other_ranks(study, serial, tmp_path, first, second):
    expected, _ = serial
    stopped = archode(first, "run", study, "--out", tmp_path, "--set", "solver.max_steps=17")
    assert stopped.returncode == 3, stopped.stderr
    assert stopped.stderr.count("solver.max_steps = 17 time steps are used up") == 1
    resumed = archode(second, "run", study, "--out", tmp_path, "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stderr.count("goes on at t = ") == 1
    assert_same_results(tmp_path / "tiny" / "base", expected)


def test_a_failure_is_told_once(study, tmp_path):
    done = archode(2, "run", study, "--out", tmp_path, "--quiet", "--set", "solver.max_steps=3")
    assert done.returncode == 3
    assert done.stderr.startswith("error: base: the solver cannot go on") and done.stderr.count("\n") == 1
    assert json.loads((tmp_path / "tiny/base/summary.json").read_text())["status"] == "failed"
