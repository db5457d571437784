"""Build one mesh in a process of its own, because Gmsh may end the process it runs in.

``python -m archode.geometry.worker`` reads a job (JSON) from standard input and writes ``job["path"]`` (.msh)
and ``job["report"]`` (.json).
"""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from .checksums import file_digest, sealed
from .errors import GeometryError
from .machine import MachineError, out_of_memory, system_error
from .whole_file import whole_file

TIMEOUT = 3600.0
"""Seconds after which a build is given up."""

_LAUNCHER_VARIABLES = ("PMI", "PMIX", "MPI", "OMPI_", "HYDRA", "HYDI", "MPIR_", "MPICH_", "I_MPI_")


def child_environment() -> dict[str, str]:
    """Environment of a process that builds: a child that believes to be a rank of MPI would wait for it for ever."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(_LAUNCHER_VARIABLES)}
    return environment | {"OMP_NUM_THREADS": "1"}


def run_worker(job: dict[str, Any], timeout: float = TIMEOUT) -> None:
    """Build the mesh of a job in a subprocess; raises GeometryError when that fails or takes too long."""
    command = [sys.executable, "-P", "-m", "archode.geometry.worker"]
    try:
        done = subprocess.run(
            command, input=json.dumps(job), text=True, capture_output=True, timeout=timeout, env=child_environment()
        )
    except subprocess.TimeoutExpired as error:
        raise GeometryError(
            f"building the mesh of {job['architecture']} took longer than {timeout:g} s; "
            "make the mesh sizes larger"
        ) from error
    report = Path(job["report"])
    if done.returncode == 0 and report.exists():
        return
    if report.exists():
        raise GeometryError(json.loads(report.read_text())["error"])
    raise_fault(f"building the mesh of {job['architecture']}", done)
    tail = "\n".join((done.stderr or done.stdout).strip().splitlines()[-15:])
    raise GeometryError(
        f"building the mesh of {job['architecture']} ended with code {done.returncode}; "
        f"try slightly different mesh sizes. Last output:\n{tail}"
    )


def raise_fault(what: str, done: subprocess.CompletedProcess[str]) -> None:
    """Raise what the machine did to a process that ended without a result; nothing where it was not the machine.

    Raises
    ------
    MachineError
        Memory was used up: the process said so, or the system killed it.
    OSError
        Its last words are those of another system error.
    """
    last = (done.stderr or "").strip().splitlines()[-1:]
    number = system_error(RuntimeError(*last))
    if done.returncode == -signal.SIGKILL:
        raise MachineError(out_of_memory(f"{what} was killed, most likely by the system because memory was used up"))
    if number == errno.ENOMEM:
        raise MachineError(out_of_memory(f"{what} ran out of memory"))
    if number is not None:
        raise OSError(number, os.strerror(number), f"{what} ({last[0]})")


def die_with_parent() -> None:
    """Let the system end this process when the one that waits for it ends, however that comes about (Linux)."""
    if sys.platform == "linux":
        import ctypes

        set_death_signal = 1  # PR_SET_PDEATHSIG of prctl(2)
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)


def build(job: dict[str, Any]) -> dict[str, Any]:
    """Build, verify and write one mesh in this process; returns the report that accompanies it."""
    import gmsh

    from . import quality, topology
    from .gmsh_model import write_msh
    from .porous import island_warnings
    from .registry import make_architecture
    from .sizing import MeshSizes
    from .wall_layers import described_first_layer

    began = time.perf_counter()
    architecture = make_architecture(job["architecture"], job["parameters"])
    sizes = MeshSizes(**job["sizes"])
    gmsh.initialize(interruptible=False)
    try:
        for option, value in (("General.Terminal", 0), ("General.NumThreads", 1), ("Mesh.RandomSeed", 1)):
            gmsh.option.setNumber(option, value)
        gmsh.model.add(job["architecture"])
        mesh = architecture.build(sizes)
        measured = quality.measure(mesh)
        gate = getattr(architecture, "gate", quality.LAYERED)
        if sizes.wall_size is not None:
            gate = quality.with_wall_layers(gate)
        estimated = getattr(architecture, "estimated_regions", ())
        declared = {name: volume for name, volume in architecture.volumes().items() if name not in estimated}
        warnings = quality.verify(mesh, declared, architecture.areas(), measured, gate)
        warnings += island_warnings(mesh.details)
        connectivity = topology.verify(mesh)
        write_msh(job["path"])
        details = dict(mesh.details)
        warnings += details.pop("warnings", [])
        if sizes.wall_size is not None and "wall layers" not in details:
            details["wall layers"] = described_first_layer(mesh)
    finally:
        gmsh.finalize()
    return {
        "architecture": job["architecture"],
        "parameters": job["parameters"],
        "sizes": job["sizes"],
        "nodes": len(mesh.points),
        "cells": len(mesh.cells),
        "facets": len(mesh.facets),
        "volumes": quality.measured_volumes(mesh),
        "areas": quality.measured_areas(mesh),
        "quality": measured,
        "topology": connectivity,
        "warnings": warnings,
        "details": details,
        "memory [MB]": round(_peak_memory()),
        "digest": file_digest(Path(job["path"])),
        "seconds": round(time.perf_counter() - began, 3),
    }


def _peak_memory() -> float:
    """Largest memory that this process or one of its children held at once [MB]."""
    import resource

    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024


def _plain(value: Any) -> Any:
    """What JSON can hold of a NumPy number or array."""
    return value.tolist()


def main() -> int:
    """Run the job on standard input; exit code 0, or 1 with the reason in the report."""
    die_with_parent()
    job = json.load(sys.stdin)
    report = Path(job["report"])
    try:
        plain = json.loads(json.dumps(build(job), default=_plain))
        told = json.dumps(sealed(plain), indent=1)
    except GeometryError as error:
        with whole_file(report) as name:
            name.write_text(json.dumps({"error": str(error)}))
        return 1
    with whole_file(report) as name:
        name.write_text(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
