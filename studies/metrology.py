"""What an experimenter would measure of a mesh: fractions, surfaces, chords, thickness, effective transport.

The figures belong to the mesh, so they are kept beside it in the cache.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..geometry import Architecture, MeshFile, TaggedMesh, architecture_name, load_mesh
from ..geometry.checksums import DamagedFileError, read_sealed, remove
from ..geometry.coarser import Companion, companion
from ..geometry.mesh import on_rank_zero
from ..solvers.gather import on_root
from ..solvers.transport_error import APART, off_voxels, with_errors
from .shape_errors import Errors, missed_shares, shape_errors, structure_errors

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

    from ..geometry.metrics import Window

log = logging.getLogger(__name__)

FORMAT = 6
"""To be raised whenever the same mesh gives other figures than before."""

QUADRATIC_CELLS = 500_000
"""Tetrahedra above which potential and flux are of first order; their bounds are some ten times as far apart."""


VOXELS = 1_000_000
"""Voxels of an image up to which its transport is measured on them too, in about the time that the mesh takes."""


def metrology(architecture: Architecture, file: MeshFile, tagged: TaggedMesh, comm: Comm) -> dict[str, Any]:
    """Measure a mesh, or find what an earlier run measured. Collective.

    Architectures with a sample (a porous layer, a mesh from a file) get everything; of the others, whose layers
    are far thinner than any voxel, volume fractions and specific surfaces.

    Returns
    -------
    dict
        ``phases`` (regions of each phase), ``structure`` (see :func:`archode.geometry.metrics.describe`),
        ``transport`` (see :func:`archode.solvers.homogenise.transport_table`) and ``errors`` (of the mesh's volumes
        and areas), ready for JSON; of images of up to ``VOXELS`` voxels also ``voxel_transport``, that of their raw
        voxels (see :func:`archode.solvers.voxel_transport.voxel_transport_table`).  Beside a number
        ``<key>_error [<unit>]`` is its estimated error, None if that is not known.  ``warnings``: what to doubt.
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
        return _bulk(file.report, shape_errors(architecture, file, None))
    from ..geometry.formats import read_built
    from ..geometry.metrics import Window, describe, fractions_and_surfaces

    phases, window = architecture.phases(), Window(*architecture.sample_window)
    beside = None if architecture_name(architecture) == "file" else companion(architecture, file, comm)
    missed = missed_shares(architecture, file.report, phases)
    structure = on_rank_zero(comm, lambda: describe(read_built(file.path), phases, window))
    other = None
    if beside is not None:
        other = on_rank_zero(comm, lambda: fractions_and_surfaces(read_built(beside.file.path), phases, window))
    on_voxels = _on_voxels(architecture, comm)
    transport = _transport(file, tagged, beside, phases, window, missed, on_voxels, comm)
    measured = {
        "phases": {name: list(regions) for name, regions in phases.items()},
        "structure": structure | structure_errors(phases, structure, other, beside, missed),
        "transport": transport,
        "errors": shape_errors(architecture, file, beside),
        "warnings": [] if on_voxels is None else conducts_otherwise(transport, on_voxels),
    }
    return measured if on_voxels is None else measured | {"voxel_transport": on_voxels}


def _on_voxels(architecture: Architecture, comm: Comm) -> dict[str, Any] | None:
    """Transport of the raw voxels of an image that is not too large, beside which that of the mesh is judged."""
    from ..geometry.shapes.image import Image
    from ..solvers.voxel_transport import voxel_transport_table
    from .voxels import image_phases

    if architecture_name(architecture) != "porous_sample" or not isinstance(architecture.shape, Image):
        return None
    phases = image_phases(architecture.shape, np.ptp(architecture.sample_window, axis=0))
    if phases["pore"].size > VOXELS:
        return None
    return voxel_transport_table(phases, architecture.shape.spacing, comm, most_voxels=VOXELS)


def conducts_otherwise(transport: Mapping[str, Any], on_voxels: Mapping[str, Any]) -> list[str]:
    """Where a mesh conducts otherwise than the voxels it was made from."""
    told = []
    for name, phase in transport["phases"].items():
        other = on_voxels["phases"].get(name, {"directions": {}})["directions"]
        off = {axis: off_voxels(own, other.get(axis)) for axis, own in phase["directions"].items()}
        worst = max(off, key=lambda axis: abs(off[axis]))
        if abs(off[worst]) <= APART:
            continue
        own, raw = (each[worst]["relative"] for each in (phase["directions"], other))
        told.append(
            f"{name} conducts {own:.4g} along {worst} in the mesh and {raw:.4g} in the image's voxels, "
            f"{off[worst]:+.1%}: of pores and struts of one or two voxels the voxels tell more (archode voxels); a "
            "smaller mesh.interface_size or less smoothing keeps more of them"
        )
    return told


def _transport(
    file: MeshFile,
    tagged: TaggedMesh,
    beside: Companion | None,
    phases: Mapping[str, Iterable[str]],
    window: Window,
    missed: Mapping[str, float],
    on_voxels: Mapping[str, Any] | None,
    comm: Comm,
) -> dict[str, Any]:
    """Effective transport from above and below, and its errors."""
    from ..solvers.homogenise import transport_table

    def table(file: MeshFile, tagged: TaggedMesh) -> dict[str, Any]:
        return transport_table(tagged, phases, window, 2 if file.report["cells"] <= QUADRATIC_CELLS else 1)

    other, ratio = (None, None) if beside is None else (table(beside.file, load_mesh(beside.file, comm)), beside.ratio)
    return with_errors(table(file, tagged), other, ratio, missed, on_voxels)


def _bulk(report: dict[str, Any], errors: Errors) -> dict[str, Any]:
    """Fractions and specific surfaces of a mesh from its report."""
    total = sum(report["volumes"].values())
    structure: dict[str, Any] = {}
    for name, volume in report["volumes"].items():
        structure[f"{name}_fraction"] = volume / total
        structure[f"{name}_fraction_error"] = _over(errors["volumes"][name], total)
    for name, area in report["areas"].items():
        if name != "outer":
            structure[f"{name}_specific [1/m]"] = area / total
            structure[f"{name}_specific_error [1/m]"] = _over(errors["areas"][name], total)
    phases = {name: [name] for name in report["volumes"]}
    return {"phases": phases, "structure": structure, "transport": {}, "errors": errors, "warnings": []}


def _over(error: float | None, volume: float) -> float | None:
    return None if error is None else error / volume


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = read_sealed(path)
    except DamagedFileError as error:
        log.warning("%s; the mesh is measured again", error)
        remove(path)
        return None
    return found if found is not None and found.get("format") == FORMAT else None


def _write(path: Path, measured: dict[str, Any]) -> None:
    from ..solvers.record import write_json

    try:
        write_json(path, measured, seal=True)
    except OSError as error:
        log.warning("the figures of the mesh could not be kept: %s", error)
