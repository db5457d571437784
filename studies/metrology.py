"""What an experimenter would measure of a mesh: fractions, surfaces, chords, thickness, effective transport.

The figures belong to the mesh, so they are kept beside it in the cache.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..geometry import Architecture, MeshFile, TaggedMesh
from ..geometry.mesh import on_rank_zero
from ..solvers.gather import on_root

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

log = logging.getLogger(__name__)

FORMAT = 2
"""To be raised whenever the same mesh gives other figures than before."""


def metrology(architecture: Architecture, file: MeshFile, tagged: TaggedMesh, comm: Comm) -> dict[str, Any]:
    """Measure a mesh, or find what an earlier run measured. Collective.

    Architectures with a sample (a porous layer, a mesh from a file) get everything; of the others, whose layers
    are far thinner than any voxel, volume fractions and specific surfaces.

    Returns
    -------
    dict
        ``phases`` (regions of each phase), ``structure`` (see :func:`archode.geometry.metrics.describe`) and
        ``transport`` (see :func:`archode.solvers.homogenise.transport_table`), ready for JSON.
    """
    path = file.path.with_suffix(".metrology.json")
    known = comm.bcast(_read(path) if comm.rank == 0 else None, root=0)
    if known is not None:
        return known
    measured = _measure(architecture, file, tagged, comm) | {"format": FORMAT}
    on_root(comm, lambda: _write(path, measured))
    return measured


def _measure(architecture: Architecture, file: MeshFile, tagged: TaggedMesh, comm: Comm) -> dict[str, Any]:
    if not hasattr(architecture, "phases"):
        return _bulk(file.report)
    from ..geometry.formats import read_built
    from ..geometry.metrics import Window, describe
    from ..solvers.homogenise import transport_table

    phases, window = architecture.phases(), Window(*architecture.sample_window)
    structure = on_rank_zero(comm, lambda: describe(read_built(file.path), phases, window))
    return {
        "phases": {name: list(regions) for name, regions in phases.items()},
        "structure": structure,
        "transport": transport_table(tagged, phases, window),
    }


def _bulk(report: dict[str, Any]) -> dict[str, Any]:
    """Fractions and specific surfaces of a mesh from its report."""
    total = sum(report["volumes"].values())
    structure = {f"{name}_fraction": volume / total for name, volume in report["volumes"].items()}
    structure |= {f"{name}_specific [1/m]": area / total for name, area in report["areas"].items() if name != "outer"}
    return {"phases": {name: [name] for name in report["volumes"]}, "structure": structure, "transport": {}}


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return found if found["format"] == FORMAT else None
    except (OSError, ValueError, KeyError):
        return None


def _write(path: Path, measured: dict[str, Any]) -> None:
    from ..solvers.record import write_json

    try:
        write_json(path, measured)
    except OSError as error:
        log.warning("the figures of the mesh could not be kept: %s", error)
