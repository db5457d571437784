"""`archode voxels`: fractions and effective transport of an image, or of a sampled shape, without a mesh."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..geometry import GeometryError, architecture_name
from ..geometry.shapes.image import Image
from ..materials import format_si
from ..solvers.gather import on_root
from ..solvers.record import write_json
from .errors import StudyError
from .load import Case, LoadedStudy
from .mesh_report import transport_rows

if TYPE_CHECKING:
    from mpi4py.MPI import Comm
    from rich.console import RenderableType

log = logging.getLogger(__name__)

MOST_VOXELS = 100_000_000
"""Voxels above which the linear systems exceed the memory of most machines; some 130 bytes each."""

DIVIDED_VOXELS = 2_000_000
"""Voxels up to which an image's own are divided where its bounds are far apart: seconds for each direction."""


def measure_voxels(
    loaded: LoadedStudy, out: Path, comm: Comm, voxel_size: float | None = None, periodic: bool = False
) -> Iterator[RenderableType]:
    """Measure the voxels of every case. Collective.

    Yields what there is to show, the same on every rank; ``<out>/<study>/<case>/voxels.json`` holds it in full.

    Parameters
    ----------
    voxel_size
        Edge of the voxels at which a shape is sampled [m]; images have voxels of their own.
    periodic
        Whether the box is a period of an endless structure; else its sides insulate.

    Raises
    ------
    StudyError
        A case is no sample of a shape, its shape is not an image and there is no voxel size, or it cannot be read.
    """
    from ..solvers.voxel_transport import voxel_transport_table

    for case in loaded.cases:
        try:
            phases, spacing = voxels_of(case, voxel_size)
        except GeometryError as error:
            raise StudyError(f"{case.name}: {error}") from error
        shape = next(iter(phases.values())).shape
        log.info("%s: %s voxels", case.name, " × ".join(map(str, shape)))
        # A shape's steps are better made smaller than divided.
        most = DIVIDED_VOXELS if voxel_size is None else 0
        table = voxel_transport_table(phases, spacing, comm, periodic, most)
        report = {
            "study": loaded.study.study,
            "case": case.name,
            "parameters": case.parameters,
            "voxels": list(shape),
            "voxel [m]": [float(edge) for edge in spacing],
            "periodic": periodic,
            "transport": table,
        }
        folder = out / loaded.study.study / case.name
        on_root(comm, lambda folder=folder, report=report: _write(folder, report))
        yield from _tables(report)


def voxels_of(case: Case, voxel_size: float | None = None) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Voxels of every phase of a case's sample, and their edges along x, y, z [m].

    Raises
    ------
    StudyError
        There is no shape, or no voxel size.
    GeometryError
        The image does not fill the box, or cannot be read.
    """
    architecture = case.study.geometry
    if architecture_name(architecture) != "porous_sample":
        raise StudyError(
            f"{case.name}: voxels are measured of a porous_sample, not of {architecture_name(architecture)}"
        )
    shape, extent = architecture.shape, np.ptp(architecture.sample_window, axis=0)
    if isinstance(shape, Image):
        if voxel_size is not None:
            raise StudyError(f"{case.name}: an image has voxels of its own; leave --voxel-size out")
        phases = image_phases(shape, extent)
        _require_affordable(case, phases["pore"].size)
        return phases, shape.spacing
    if voxel_size is None:
        raise StudyError(f"{case.name}: give --voxel-size: the shape is not an image, so that it is sampled")
    counts = np.maximum(np.rint(extent / voxel_size), 1).astype(int)
    _require_affordable(case, int(np.prod(counts)))
    spacing = extent / counts
    middles = ((np.arange(n) + 0.5) * edge for n, edge in zip(counts, spacing, strict=True))
    solid = shape.field(extent).on_grid(*middles) < 0
    return {"solid": solid, "pore": ~solid}, spacing


def image_phases(image: Image, extent: np.ndarray) -> dict[str, np.ndarray]:
    """Raw voxels of the solid, of its phases if there are several, and of the pores in a box [0, extent] (3,) [m]."""
    box = image.in_box(extent)
    solid = image.segmented[box]
    named = {name: image.phase(number)[box] for number, name in enumerate(image.solids)}
    return {"solid": solid} | (named if len(named) > 1 else {}) | {"pore": ~solid}


def _require_affordable(case: Case, count: int) -> None:
    if count > MOST_VOXELS:
        raise StudyError(
            f"{case.name}: {count:.3g} voxels are more than {MOST_VOXELS:.0e}; measure a smaller piece (width, depth, "
            "thickness), or larger voxels"
        )


def _tables(report: dict[str, Any]) -> Iterator[RenderableType]:
    counts = " × ".join(map(str, report["voxels"]))
    sizes = " × ".join(format_si(edge, "m") for edge in dict.fromkeys(report["voxel [m]"]))
    sides = "a period of an endless structure" if report["periodic"] else "its sides insulate"
    yield f"{report['case']}: {counts} voxels of {sizes}; {sides}"
    parts = [
        each["divided"] for phase in report["transport"]["phases"].values() for each in phase["directions"].values()
    ]
    if max(parts) > 1:
        yield f"Voxels divided by {max(parts)} along each axis where the bounds were far apart"
    yield transport_rows(report["transport"], "Effective transport of the voxel bodies, steps and all")


def _write(folder: Path, report: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "voxels.json", report)
