"""Runs a script on a number of ranks and reads the JSON that its rank 0 prints."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

MPIEXEC = Path(sys.executable).with_name("mpiexec")
needs_mpiexec = pytest.mark.skipif(not MPIEXEC.exists(), reason="no mpiexec beside this Python")

#: One job at a time, whichever of pytest's workers starts it: ranks wait for each other without giving up their cores.
ONE_JOB = FileLock(Path(os.environ["XDG_CACHE_HOME"]) / "mpi.lock")


def on_ranks(ranks, *command, timeout=900):
    """What rank 0 prints when this Python is called so on several ranks."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [str(MPIEXEC), "-n", str(ranks), sys.executable, *command]
    with ONE_JOB:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


#: Numbers of ranks held against one. Four on two cores wait for each other most of the time: not in the default suite.
RANKS = [2, pytest.param(4, marks=pytest.mark.slow)]


class ByRanks(dict):
    """What ``run(ranks)`` finds, by number of ranks; run when it is first asked for."""

    def __init__(self, run):
        super().__init__()
        self.run = run

    def __missing__(self, ranks):
        self[ranks] = self.run(ranks)
        return self[ranks]


def tables_of(script, ranks):
    """``tables`` of a script that prints them with its number of ``ranks``."""
    shown = json.loads(on_ranks(ranks, "-c", script).splitlines()[-1])
    assert shown["ranks"] == ranks
    return shown["tables"]
