"""Runs a study: every case in its own folder, failures recorded while the others go on, one table at the end."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..geometry import GeometryError, MeshFile, architecture_name
from ..geometry.machine import MachineError
from ..materials import format_si
from ..solvers.errors import SolverError
from ..solvers.gather import from_root, on_root
from ..solvers.newton import Newton
from ..solvers.progress import Stage
from ..solvers.record import Device, write_json, write_table, write_text
from ..solvers.simulation import Run
from ..solvers.stepping import StepControl
from . import ratings
from .assumptions import STERN_CAPACITANCE, assumed_layers, estimates
from .balances import broken_balance
from .case_folder import CaseFolder, Earlier, recover_free, refuse_linked, require_empty
from .cell import build_cell
from .companion import companion
from .comparison import write_comparison
from .discretisation import Discretisation, discretisation
from .error_bars import tells_time, with_errors
from .exit_codes import STATUSES, ExitCode
from .folder_lock import FolderLock
from .foreseen import foreseen
from .load import Case, LoadedStudy
from .metrology import metrology
from .outcome_lines import held_against, in_short
from .output_folder import refuse_links
from .protocol_steps import absolute_output_times, protocol_steps
from .provenance import FILE, fingerprint, provenance
from .ranges import local_ranges
from .resuming import damaged_files, read_summary, require_same, what_differs, write_summary
from .run_pages import case_figures, case_report, study_figures, study_report
from .schema import dump_study
from .summary import case_summary, companion_summary, table_row
from .verdict import verdict_line, write_verdict
from .wetting import unusual_wetting

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """How a case ended: ``done`` or one of the ``STATUSES`` of :mod:`.exit_codes`, and its summary."""

    status: str
    summary: dict[str, Any]


class Listener(Protocol):
    """Is told on rank 0 how far a study is."""

    def begin(self, case: str, number: int, cases: int) -> None:
        """A case begins; it is the ``number``-th of ``cases``, from 1."""

    def stage(self, stage: Stage) -> None:
        """A time step of it is done."""

    def end(self, status: str) -> None:
        """It ended."""


def run_study(
    loaded: LoadedStudy,
    out: Path,
    resume: bool,
    comm: Comm,
    listener: Listener | None = None,
    *,
    earlier: Earlier = Earlier.ASIDE,
    deadline: float | None = None,
) -> int:
    """Run every case of a study and gather the table.

    Parameters
    ----------
    loaded
        The study and its cases.
    out
        Folder of all results; the study gets a folder of its name in it.
    resume
        Skip the cases that are done and go on with those that were begun.
    comm
        All its ranks work on one case after the other.
    listener
        Shows how far the study is, instead of the terminal.
    earlier
        What becomes of results that are there, without ``resume``.
    deadline
        Time of ``time.monotonic`` before which the study stops in order [s].

    Returns
    -------
    int
        An exit code, see :class:`~.exit_codes.ExitCode`: that of the gravest end of a case.

    Raises
    ------
    StudyError
        Results are in the way of ``resume``, or of ``Earlier.KEEP``.
    MachineError, OSError
        Another run is at work in a folder, or the machine does not let it be written to.
    """
    folder = out / loaded.study.study
    on_root(comm, lambda: _look_over([folder / case.name for case in loaded.cases], folder, out, resume, earlier))
    if resume:
        require_same(loaded.cases, folder, comm)
    outcomes: list[Outcome] = []
    several = len(loaded.cases) + len(loaded.left_out) > 1
    for number, case in enumerate(loaded.cases, start=1):
        log.info("case %d of %d: %s", number, len(loaded.cases), case.name)
        speaks = listener if comm.rank == 0 else None
        if speaks:
            speaks.begin(case.name, number, len(loaded.cases))
        place = CaseFolder(folder / case.name, out, resume, earlier)
        outcomes.append(run_recorded(case, place, comm, speaks, deadline, several))
        if speaks:
            speaks.end(outcomes[-1].status)
        if outcomes[-1].status == "interrupted":
            break
    on_root(comm, lambda: _gather(loaded, folder, outcomes, several))
    statuses = [outcome.status for outcome in outcomes]
    return next((code for status, code in STATUSES.items() if status in statuses), ExitCode.DONE)


def _look_over(cases: Sequence[Path], folder: Path, out: Path, resume: bool, earlier: Earlier) -> None:
    """See before anything is solved that the cases' folders can be used."""
    refuse_links(folder, out, ["figures"])
    folder.mkdir(parents=True, exist_ok=True)
    for case in cases:
        refuse_linked(case, out)
        recover_free(case)
    if earlier is Earlier.KEEP and not resume:
        require_empty(cases)


def _gather(loaded: LoadedStudy, folder: Path, outcomes: list[Outcome], several: bool) -> None:
    """Write what is told of all cases together; pictures only where nothing presses."""
    # Jobs that share the folder may end at the same time.
    lock = FolderLock(folder)
    lock.acquire(wait=True)
    try:
        if several:
            _write_table(folder, outcomes, loaded.left_out)
        if outcomes[-1].status == "interrupted":
            return
        if loaded.hosts:
            write_comparison(folder)
        if several:
            study_figures(loaded.study, folder)
            study_report(loaded.study, folder)
    finally:
        lock.release()


def make_run(
    case: Case,
    folder: Path,
    comm: Comm,
    listener: Listener | None = None,
    finely: Discretisation | None = None,
    deadline: float | None = None,
) -> tuple[Run, MeshFile]:
    """Everything one case needs to run, and its mesh."""
    study = case.study
    finely = finely or discretisation(study)
    cell, file = build_cell(study, comm, finely)
    solver, multiplicity = study.solver, study.geometry.multiplicity
    volumes = file.report["volumes"]
    nominal = ratings.nominal_capacity(study, volumes)
    film = volumes.get("cathode", volumes.get("anode", float("nan"))) * multiplicity
    steps = protocol_steps(study, volumes)
    currents = [abs(step.value) for step in steps if step.galvanostatic and step.value]
    unit = nominal / ratings.SECONDS_PER_HOUR / multiplicity if nominal else max(currents, default=cell.thermal_current)
    run = Run(
        cell=cell,
        newton=Newton(cell, solver.linear, solver.options),
        steps=steps,
        control=StepControl(
            tolerance=finely.tolerance,
            newton_tolerance=solver.newton_tolerance,
            initial_step=solver.initial_step,
            max_step=solver.max_step,
        ),
        device=Device(multiplicity, ratings.device_footprint(study), film),
        folder=folder,
        title=case.name,
        fingerprint=from_root(comm, lambda: fingerprint(provenance(study))),
        mesh=file.report["digest"],
        current_unit=unit,
        save_fields=study.output.fields.per_step != 0,
        output_times=absolute_output_times(study),
        checkpoint_every=study.output.checkpoint_every,
        max_steps=solver.max_steps,
        ranges=local_ranges(study),
        listener=listener.stage if listener else None,
        deadline=deadline,
    )
    return run, file


def run_recorded(
    case: Case,
    place: CaseFolder,
    comm: Comm,
    listener: Listener | None = None,
    deadline: float | None = None,
    several: bool | None = None,
) -> Outcome:
    """Run a case; what ends it before its time is recorded in its folder. Collective.

    Parameters
    ----------
    place
        Where; rank 0 holds it until the case's report is written.
    several
        Whether the study has other cases, to which the case's report points; ``None`` for no report.
    """
    previous = comm.bcast(read_summary(place.folder) if place.resume and comm.rank == 0 else None, root=0)
    if previous and previous.get("status") == "done":
        damaged = comm.bcast(damaged_files(place.folder, previous) if comm.rank == 0 else None, root=0)
        if not damaged:
            log.info("%s: done already", case.name)
            on_root(comm, lambda: _report(case, place.folder, several))
            return Outcome("done", previous)
        log.warning("%s: damaged since the run: %s; the case is run again", case.name, ", ".join(damaged))
        place.resume = False
    on_root(comm, place.open)
    handler = None
    try:
        handler = _open_log(case, place.folder, comm)
        return _run_case(case, place, comm, listener, deadline, several)
    except (GeometryError, SolverError, MachineError) as error:
        status = "invalid" if isinstance(error, GeometryError) else "failed"
        return _ended(case, place, "machine" if isinstance(error, MachineError) else status, str(error), comm)
    except KeyboardInterrupt:
        # Between two time steps the run ends by itself, on all ranks; elsewhere one rank cannot speak for the others.
        if comm.size > 1:
            raise
        # What is known of it, from before the pictures or from the part that is gone on with, stands.
        if not place.holds_back and (known := read_summary(place.folder)):
            log.error("%s: interrupted after the time steps; what was computed is kept", case.name)
            return Outcome("interrupted", known)
        return _ended(case, place, "interrupted", "interrupted outside the time steps", comm)
    finally:
        if handler:
            logging.getLogger("archode").removeHandler(handler)
            handler.close()
        if comm.rank == 0 and place.close():
            log.info("%s: the results of the run before are as they were", case.name)


def _ended(case: Case, place: CaseFolder, status: str, reason: str, comm: Comm) -> Outcome:
    """Record a case that ended without a result, unless the results before come back."""
    if comm.rank == 0:
        log.error("%s: %s", case.name, reason)
    summary = {
        "study": case.study.study,
        "case": case.name,
        "parameters": case.parameters,
        "status": status,
        "reason": reason,
    }
    _write_alone(comm, place, lambda: write_summary(place.folder, summary))
    return Outcome(status, summary)


def _write_alone(comm: Comm, place: CaseFolder, write: Callable[[], object]) -> None:
    """Write on rank 0 what would be in the way if the results before came back. Collective."""
    on_root(comm, lambda: None if place.holds_back else write())


def _run_case(
    case: Case, place: CaseFolder, comm: Comm, listener: Listener | None, deadline: float | None, several: bool | None
) -> Outcome:
    folder = place.folder
    run, file = make_run(case, folder, comm, listener, deadline=deadline)
    run.under_way = lambda: on_root(comm, place.settle)
    try:
        recorder = run.execute(place.resume)
    finally:
        run.newton.destroy()
    if comm.bcast(place.holds_back, root=0):
        return _ended(case, place, run.status, run.reason or "", comm)
    if run.status == "done" and (broken := broken_balance(run.audit.worst)) is not None:
        run.status, run.reason = "unbalanced", broken
    measured = metrology(case.study.geometry, file, run.cell.domain.tagged, comm)
    summary = case_summary(case, run, recorder, file.report, measured)
    if run.status == "done" and case.study.output.errors:
        finely, geometry = discretisation(case.study), case.study.geometry
        timeless = not comm.bcast(tells_time(summary) if comm.rank == 0 else None, root=0)
        coarse = companion(geometry, finely, lambda one: numbers_of(case, folder, comm, one, "coarser mesh"), timeless)
        summary = with_errors(summary, coarse)
    on_root(comm, lambda: write_summary(folder, summary))
    on_root(comm, lambda: write_verdict(folder, summary))
    _tell(case, run, summary, comm)
    # Whoever stops a run may have little time left: pictures can be drawn later.
    if run.status != "interrupted":
        on_root(comm, lambda: case_figures(case.study, folder))
        on_root(comm, lambda: _report(case, folder, several))
    return Outcome(run.status, summary)


def _report(case: Case, folder: Path, several: bool | None) -> None:
    if several is not None:
        case_report(case.study, folder, several)


def _tell(case: Case, run: Run, summary: dict[str, Any], comm: Comm) -> None:
    """Say in the log what came out."""
    told = {*(one.message for one in foreseen(case.study)), *run.notes, *run.range_watch.found.values()}
    for message in summary["warnings"]:
        if message not in told:
            log.warning("%s: %s", case.name, message)
    if (said := verdict_line(summary)) is not None:
        log.info("%s: %s", case.name, said)
    if run.status == "done":
        log.info("%s: %s", case.name, in_short(summary))
        for line in held_against(summary):
            log.info("%s: %s", case.name, line)
    elif comm.rank == 0:
        log.error("%s: %s", case.name, run.reason)


def numbers_of(case: Case, folder: Path, comm: Comm, finely: Discretisation, called: str) -> dict[str, Any]:
    """What a case gives at another fineness, under the names of the summary; nothing is kept on disk. Collective.

    Raises
    ------
    GeometryError, SolverError
        There is no such mesh, or the run did not come to its end.
    KeyboardInterrupt
        It was interrupted.
    """
    run, _ = make_run(case, folder, comm, finely=finely)
    run.title, run.keeps, run.save_fields, run.ranges = f"{case.name}, {called}", False, False, ()
    try:
        recorder = run.execute(False)
    finally:
        run.newton.destroy()
    if run.status == "interrupted":
        raise KeyboardInterrupt
    if run.status != "done":
        raise SolverError(f"{called}: {run.reason}")
    if (broken := broken_balance(run.audit.worst)) is not None:
        raise SolverError(f"{called}: {broken}")
    return companion_summary(case, run, recorder)


class _Log(logging.FileHandler):
    """A case's ``run.log``; what the machine does not let it write is an error, as of any other file."""

    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exception()
        if isinstance(error, OSError) and error.errno:
            raise OSError(error.errno, os.strerror(error.errno), self.baseFilename) from error
        super().handleError(record)


def _write_asked(case: Case, folder: Path) -> None:
    """Write what is simulated, and what that is made of."""
    write_text(folder / "study.yml", dump_study(case.study))
    write_json(folder / FILE, provenance(case.study), seal=True)


def _open_log(case: Case, folder: Path, comm: Comm) -> logging.Handler | None:
    """Write the resolved study, open the log, and say what is known before anything is solved."""
    on_root(comm, lambda: _write_asked(case, folder))
    if comm.rank != 0:
        return None
    handler = _Log(folder / "run.log", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.getLogger("archode").addHandler(handler)
    for role, (name, parameters) in estimates(case.study).items():
        log.info("%s %s: estimates: %s", role, name, ", ".join(parameters))
    for key in assumed_layers(case.study):
        log.info("%s: %s assumed", key, format_si(STERN_CAPACITANCE, "F/m^2"))
    for one in foreseen(case.study):
        log.warning("%s", one.message)
    for side in ratings.ELECTRODES:
        if told := unusual_wetting(case.study, side):
            log.info("%s", told)
    log.info("geometry: %s", architecture_name(case.study.geometry))
    return handler


def _write_table(folder: Path, outcomes: list[Outcome], others: Sequence[Case]) -> None:
    """The table of the cases that were run, and of others as far as they have been run before, of the same."""
    import pandas

    summaries = [outcome.summary for outcome in outcomes]
    for case in others:
        known = read_summary(folder / case.name)
        if known is None:
            continue
        stated = known.get("fingerprint")
        if stated is not None and (told := what_differs(folder / case.name, stated, provenance(case.study))):
            log.warning("%s is left out of the table, for its results are of other parameters: %s", case.name, told)
            continue
        summaries.append(known)
    write_table(pandas.DataFrame([table_row(summary) for summary in summaries]), folder / "table")
