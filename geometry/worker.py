"""Build one mesh in a process of its own, because Gmsh may end the process it runs in.

``python -m archode.geometry.worker`` reads a job (JSON) from standard input and writes ``job["path"]`` (.msh)
and ``job["report"]`` (.json).
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from .errors import GeometryError

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
    tail = "\n".join((done.stderr or done.stdout).strip().splitlines()[-15:])
    raise GeometryError(
        f"building the mesh of {job['architecture']} ended with code {done.returncode}; "
        f"try slightly different mesh sizes. Last output:\n{tail}"
    )


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
        "bytes": Path(job["path"]).stat().st_size,
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
    job = json.load(sys.stdin)
    report = Path(job["report"])
    try:
        report.write_text(json.dumps(build(job), indent=1, default=_plain))
    except GeometryError as error:
        report.write_text(json.dumps({"error": str(error)}))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
