"""Whatever a study says, `check` answers in time with one message, and `run` agrees with it."""

import contextlib
import io
import signal
import tempfile
import time
from pathlib import Path

import pytest
from archode.studies.cli import main
from archode.studies.discretisation import discretisation
from archode.studies.errors import StudyError
from archode.studies.load import load_study
from hypothesis import HealthCheck, given, settings

from .mutations import mutated

#: Processor time in which `check` answers [s].
CHECKED_WITHIN = 10.0

#: Tetrahedra and cases up to which a study is run.
MOST_CELLS, MOST_CASES = 3000, 2

#: Three time steps say as much about the input as the whole protocol.
SHORT = ["--set", "solver.max_steps=3"]

COMMON = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}


def called(*arguments):
    """Exit code and messages of a command; an exception of it, or one that hangs, fails the test."""
    out, err = io.StringIO(), io.StringIO()
    previous = signal.signal(signal.SIGALRM, _hangs)
    signal.alarm(120)
    began = time.process_time()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(list(arguments))
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
    return code, out.getvalue(), err.getvalue(), time.process_time() - began


def _hangs(_number, _frame):
    raise TimeoutError("no answer within two minutes")


def assert_answered(text):
    """Check a study: refused with messages that name the file, or passed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study.yml"
        path.write_text(text, encoding="utf-8")
        code, out, err, seconds = called("check", str(path))
        assert code in (0, 2), err
        assert "Traceback" not in err and "internal error" not in err
        assert seconds < CHECKED_WITHIN
        if code == 2:
            assert err.startswith("error: ") and str(path) in err
            assert out == ""
        assert [file.name for file in Path(folder).iterdir()] == ["study.yml"]


def assert_agreed(text):
    """Check and run a study that is small enough: what passes the one is no mistake to the other."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "study.yml", Path(folder) / "results"
        path.write_text(text, encoding="utf-8")
        code, _, err, _ = called("check", str(path), *SHORT)
        assert code in (0, 2), err
        if code == 0 and not _is_small(path):
            return
        ran, _, told, _ = called("run", str(path), *SHORT, "--out", str(out), "--quiet")
        assert "Traceback" not in told and "internal error" not in told
        if code == 2:
            assert (ran, told) == (2, err)
            assert not out.exists()
        else:
            assert ran not in (1, 2), told


def _is_small(path):
    try:
        cases = load_study(path, SHORT[1:]).cases
        if len(cases) > MOST_CASES:
            return False
        return all(c.study.geometry.estimate_cells(discretisation(c.study).sizes) <= MOST_CELLS for c in cases)
    except StudyError:
        return False


@settings(max_examples=20, derandomize=True, **COMMON)
@given(mutated())
def test_some_mutated_studies_are_answered(text):
    assert_answered(text)


@pytest.mark.faults
@settings(max_examples=500, **COMMON)
@given(mutated())
def test_mutated_studies_are_answered(text):
    assert_answered(text)


@pytest.mark.faults
@settings(max_examples=100, **COMMON)
@given(mutated(small=True))
def test_check_and_run_agree(text):
    assert_agreed(text)
