"""Gmsh's HXT in a process of its own, because it may fail or end its process; started ahead of its work."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Self

import numpy as np

from ..threads import mesh_threads
from .refill_worker import BODIES, SURFACE

SCRIPT = Path(__file__).with_name("refill_worker.py")
"""Run by its path, which spares it the import of the package."""


class RefillError(Exception):
    """HXT gave no mesh, or none that can be used."""


class Filler:
    """A process that has Gmsh loaded by the time that there is a surface to fill.

    Use it as a context: what was not needed is ended.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._process = _started(self._folder.name)

    def fill(
        self,
        points: np.ndarray,
        facets: np.ndarray,
        left: np.ndarray,
        right: np.ndarray,
        coarse_size: float,
        growth: float,
        limit: float,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Points, cells and bodies by `refill_worker.refill_bodies`, in at most `limit` seconds.

        Raises
        ------
        RefillError
        """
        process, self._process = self._process or _started(self._folder.name), None
        surface, bodies = (Path(self._folder.name, name) for name in (SURFACE, BODIES))
        bodies.unlink(missing_ok=True)
        how = {"coarse_size": coarse_size, "growth": growth, "threads": mesh_threads()}
        np.savez(surface, points=points, facets=facets, left=left, right=right, **how)
        try:
            # Closes its standard input, for which it waits: a word written to one that has ended would end this process
            # too where a library has changed what the signal does.
            out, err = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired as error:
            raise RefillError(f"no result after {limit:.0f} s") from error
        finally:
            _end(process)
        if process.returncode != 0 or not bodies.exists():
            said = (err or out).strip().splitlines()
            raise RefillError(said[-1] if said else f"ended with code {process.returncode}")
        with np.load(bodies) as data:
            return data["points"], data["cells"], data["bodies"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            _end(self._process)
        self._folder.cleanup()


def _started(folder: str) -> subprocess.Popen:
    command, pipe = [sys.executable, "-P", str(SCRIPT), folder], subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def _end(process: subprocess.Popen) -> None:
    """End a process, whatever it does, and close what led to it."""
    process.kill()
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()
    process.wait()
