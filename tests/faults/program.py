"""The program in a process of its own, for tests that kill it or take something from under it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas

from ..studies.tiny import TINY

#: What may never be shown to a person.
FORBIDDEN = ("Traceback", "internal error", "Logging error", "Exception ignored")

COMMAND = [sys.executable, "-m", "archode.studies.cli"]
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1"}


def study_in(folder, text=TINY):
    """A study file in a folder."""
    path = Path(folder) / "study.yml"
    path.write_text(text, encoding="utf-8")
    return path


def started(*arguments, before=(), environment=None):
    """The program, started in a group of its own."""
    return subprocess.Popen(
        [*before, *COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT | (environment or {}),
        start_new_session=True,
    )


def archode(*arguments, **ways):
    """Exit code and what the program says on standard error."""
    process = started(*arguments, **ways)
    try:
        _, told = process.communicate(timeout=300)
    finally:
        end_all(process)
    assert_in_order(told)
    return process.returncode, told


def assert_in_order(told):
    """No traceback, and one message that says what ended the program."""
    assert not any(word in told for word in FORBIDDEN), told


def end_all(process):
    """End a process and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def wait_until_it_listens(process, number):
    """Wait until a process has a handler for a signal: before, Python itself is being loaded."""
    for _ in range(3000):
        with contextlib.suppress(OSError, StopIteration, IndexError):
            lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
            caught = int(next(line for line in lines if line.startswith("SigCgt")).split()[1], 16)
            if caught >> (number - 1) & 1:
                return
        if process.poll() is not None:
            return
        time.sleep(0.01)


def summary_of(folder):
    return json.loads((Path(folder) / "summary.json").read_text(encoding="utf-8"))


def assert_same_results(folder, whole):
    """Time series and headline numbers of two runs agree to 1e-10."""
    one, other = (pandas.read_csv(Path(f) / "timeseries.csv") for f in (folder, whole))
    # How much work a step was may differ.
    one, other = (t.drop(columns=["newton_iterations", "linear_iterations"]) for t in (one, other))
    assert one["kind"].tolist() == other["kind"].tolist()
    for name in one.columns.drop("kind"):
        size = max(np.abs(other[name]).max(skipna=True), 1e-30) if other[name].notna().any() else 1.0
        assert np.allclose(one[name], other[name], rtol=1e-10, atol=1e-10 * size, equal_nan=True), name
    told, wanted = summary_of(folder), summary_of(whole)
    assert told["status"] == wanted["status"] == "done"
    for a, b in zip(told["steps"], wanted["steps"], strict=True):
        for name in ("capacity [C]", "energy [J]", "end_voltage [V]", "duration [s]"):
            assert np.isclose(a[name], b[name], rtol=1e-10, atol=1e-14), name


def listing(folder):
    """Every file below a folder with its content, links as what they point to."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        if path.is_symlink():
            found[str(path)] = os.readlink(path)
        elif path.is_file():
            found[str(path)] = path.read_bytes()
    return found
