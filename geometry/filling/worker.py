"""Gmsh's part of filling, in a process of its own, because Gmsh may end the process it runs in.

``python -m archode.geometry.filling.worker <folder>`` reads ``job.npz`` (task and its arguments) and writes
``done.npz``, or ``error.txt`` with the reason why it could not.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import GeometryError
from ..level_set.refill_worker import refill_bodies
from ..worker import child_environment, die_with_parent, raise_fault
from .cad import mesh_cad
from .remesh import remesh

_JOB, _DONE, _ERROR = "job.npz", "done.npz", "error.txt"


class WorkerError(Exception):
    """The process ended without a result; the message is its last words."""


def _filled(**given: Any) -> dict[str, np.ndarray]:
    return dict(zip(("points", "cells", "bodies"), refill_bodies(**given), strict=True))


TASKS = {"cad": mesh_cad, "remesh": remesh, "fill": _filled}


def call(task: str, limit: float, **given: Any) -> dict[str, np.ndarray]:
    """Call a task in a process of its own for at most ``limit`` seconds.

    Raises
    ------
    GeometryError
        The task says why it cannot be done.
    WorkerError
        It ended without saying why, or took too long.
    """
    with tempfile.TemporaryDirectory(prefix="archode-") as folder:
        np.savez(Path(folder, _JOB), task=task, **given)
        command = [sys.executable, "-P", "-m", f"{__package__}.worker", folder]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=limit, env=child_environment())
        except subprocess.TimeoutExpired as error:
            raise WorkerError(f"no result after {limit:.0f} s") from error
        if Path(folder, _ERROR).exists():
            raise GeometryError(Path(folder, _ERROR).read_text(encoding="utf-8"))
        if done.returncode != 0:
            raise_fault("filling the shape with tetrahedra", done)
        if done.returncode != 0 or not Path(folder, _DONE).exists():
            said = (done.stderr or done.stdout).strip().splitlines()
            raise WorkerError(said[-1] if said else f"the process ended with code {done.returncode}")
        with np.load(Path(folder, _DONE)) as data:
            return dict(data)


def main() -> int:
    """Do the task in the folder given on the command line; exit code 0, or 1 with the reason in a file."""
    import gmsh

    die_with_parent()
    folder = Path(sys.argv[1])
    with np.load(folder / _JOB) as data:
        given = {name: value.item() if value.ndim == 0 else value for name, value in data.items()}
    task = given.pop("task")
    try:
        if task != "fill":  # which begins a session of its own
            gmsh.initialize(interruptible=False)
            for option, value in (("General.Terminal", 0), ("General.NumThreads", 1), ("Mesh.RandomSeed", 1)):
                gmsh.option.setNumber(option, value)
        result = TASKS[task](**given)
    except GeometryError as error:
        (folder / _ERROR).write_text(str(error), encoding="utf-8")
        return 1
    np.savez(folder / _DONE, **result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
