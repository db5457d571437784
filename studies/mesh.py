"""`archode mesh`: build the meshes of a study, say what they are, measure them, draw them, write them elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..geometry import Architecture, GeometryError, MeshFile, TaggedMesh, architecture_name, load_mesh, mesh_file
from ..solvers.gather import on_root
from ..solvers.record import write_json
from .discretisation import discretisation
from .end_effects import end_and_bus_correction
from .errors import StudyError
from .load import Case, LoadedStudy
from .mesh_report import tables
from .metrology import metrology
from .primary_conductance import Conductance, conductance_of, primary_conductance

if TYPE_CHECKING:
    from mpi4py.MPI import Comm
    from rich.console import RenderableType

log = logging.getLogger(__name__)


def mesh_study(
    loaded: LoadedStudy, out: Path, comm: Comm, export: Path | None = None, pictures: bool = True
) -> Iterator[RenderableType]:
    """Build and measure the mesh of every case. Collective.

    Yields what there is to show, the same on every rank.  ``<out>/<study>/<case>/mesh.json`` holds the report in
    full, ``figures/geometry.png`` and ``mesh.png`` beside it the pictures.

    Parameters
    ----------
    export
        Where to write the mesh for another program; a study of one case only.

    Raises
    ------
    StudyError
        A mesh cannot be built or written.
    """
    if export is not None and len(loaded.cases) > 1:
        count = len(loaded.cases)
        raise StudyError(f"--export: the study has {count} cases; write one without its sweep")
    for number, case in enumerate(loaded.cases, start=1):
        log.info("case %d of %d: %s", number, len(loaded.cases), case.name)
        yield from _mesh_case(loaded.study.study, case, out, comm, export, pictures)


def _mesh_case(
    study: str, case: Case, out: Path, comm: Comm, export: Path | None, pictures: bool
) -> Iterator[RenderableType]:
    architecture = case.study.geometry
    try:
        file = mesh_file(architecture, discretisation(case.study).sizes, comm)
        tagged = load_mesh(file, comm)
        measured = metrology(architecture, file, tagged, comm)
        correction = end_and_bus_correction(architecture, file, tagged, comm)
        conductance = _conductance(architecture, file, tagged, comm, correction)
        if export is not None:
            on_root(comm, lambda: _export(file, export))
    except GeometryError as error:
        raise StudyError(f"{case.name}: {error}") from error
    report = {
        "study": study,
        "case": case.name,
        "architecture": architecture_name(architecture),
        "parameters": case.parameters,
        "multiplicity": architecture.multiplicity,
        "mesh": file.report,
        "metrology": measured,
        "conductance": conductance,
        "end_and_bus": correction,
    }
    folder = out / study / case.name
    on_root(comm, lambda: _write(folder, report))
    yield from tables(report)
    if pictures and comm.rank == 0:
        _draw(file, report, architecture, folder)


def _conductance(
    architecture: Architecture, file: MeshFile, tagged: TaggedMesh, comm: Comm, correction: dict[str, Any] | None
) -> dict[str, Any] | None:
    """The electrolyte's conductance; of a device that is told against unit cells, what that says of it."""
    if correction is not None:
        found = Conductance(correction["conductance [m]"], correction["conductance_error [m]"])
    else:
        found = primary_conductance(architecture, file, tagged, comm)
    return None if found is None else conductance_of(architecture, found)


def _export(file: MeshFile, path: Path) -> None:
    from ..geometry.formats import export, read_built

    export(read_built(file.path), path)
    log.info("mesh: %s", path)


def _write(folder: Path, report: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "mesh.json", report)


def _draw(file: MeshFile, report: dict[str, Any], architecture: Any, folder: Path) -> None:
    """A picture that cannot be drawn is a warning, the numbers stand."""
    from ..visualization import VisualizationError
    from ..visualization.mesh_picture import make_mesh_pictures

    normal, origin = architecture.cross_section
    told = report | {"cut": {"normal": list(normal), "origin": [1e6 * x for x in origin]}}
    try:
        for path in make_mesh_pictures(file.path, told, folder / "figures"):
            log.info("picture: %s", path)
    except VisualizationError as error:
        log.warning("no picture: %s", error)
