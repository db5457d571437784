"""Runs a study: every case in its own folder, failures recorded while the others go on, one table at the end."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..geometry import GeometryError, MeshFile, architecture_name
from ..materials import format_si
from ..solvers.checkpoint import stored_fingerprint
from ..solvers.errors import SolverError
from ..solvers.gather import on_root
from ..solvers.newton import Newton
from ..solvers.progress import Stage
from ..solvers.record import Device, write_json, write_table, write_text
from ..solvers.simulation import Run
from ..solvers.stepping import StepControl
from . import ratings
from .assumptions import STERN_CAPACITANCE, assumed_layers, estimates
from .caller import given
from .cell import build_cell
from .companion import companion
from .comparison import write_comparison
from .discretisation import Discretisation, discretisation
from .error_bars import tells_time, with_errors
from .errors import StudyError
from .foreseen import foreseen
from .load import Case, LoadedStudy
from .metrology import metrology
from .protocol_steps import absolute_output_times, protocol_steps
from .schema import Study, dump_study
from .summary import case_summary, companion_summary, passed_both_ways, table_row
from .verdict import verdict_line, write_verdict
from .wetting import unusual_wetting

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

log = logging.getLogger(__name__)

#: Files and folders of a case that a new run replaces.
OWN_FILES = (
    "study.yml",
    "timeseries.*",
    "summary.json",
    "verdict.md",
    "report.html",
    "impedance.*",
    "*.vtkhdf",
    "restart.h5",
    "run.log",
    "*.part",
)


@dataclass(frozen=True)
class Outcome:
    """How a case ended: ``done``, ``failed``, ``invalid`` or ``interrupted``, and its summary."""

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


def run_study(loaded: LoadedStudy, out: Path, resume: bool, comm: Comm, listener: Listener | None = None) -> int:
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

    Returns
    -------
    int
        0 when every case is done; 2 when the input of some was wrong; 3 when some did not converge; 130 when
        interrupted.
    """
    folder = out / loaded.study.study
    on_root(comm, lambda: folder.mkdir(parents=True, exist_ok=True))
    if resume:
        require_same(loaded.cases, folder, comm)
    outcomes: list[Outcome] = []
    several = len(loaded.cases) + len(loaded.left_out) > 1
    for number, case in enumerate(loaded.cases, start=1):
        log.info("case %d of %d: %s", number, len(loaded.cases), case.name)
        speaks = listener if comm.rank == 0 else None
        if speaks:
            speaks.begin(case.name, number, len(loaded.cases))
        outcomes.append(run_recorded(case, folder / case.name, resume, comm, speaks))
        if speaks:
            speaks.end(outcomes[-1].status)
        _case_report(case.study, folder / case.name, several, comm)
        if outcomes[-1].status == "interrupted":
            break
    statuses = [outcome.status for outcome in outcomes]
    if several:
        on_root(comm, lambda: _write_table(folder, outcomes, loaded.left_out))
    if loaded.hosts:
        on_root(comm, lambda: write_comparison(folder))
    if several:
        _study_figures(loaded.study, folder, comm)
        _study_report(loaded.study, folder, comm)
    for code, status in ((130, "interrupted"), (3, "failed"), (2, "invalid")):
        if status in statuses:
            return code
    return 0


def require_same(cases: Sequence[Case], folder: Path, comm: Comm) -> None:
    """Refuse to go on with results of other parameters, before anything is touched; cases stand below ``folder``."""

    def compare() -> None:
        problems = []
        for case in cases:
            known = (read_summary(folder / case.name) or {}).get("fingerprint")
            if known is None:
                known = stored_fingerprint(folder / case.name / "restart.h5")
            if known is not None and known != fingerprint(case.study):
                problems.append(
                    f"{given('resume')}: {folder / case.name} holds results of other parameters; "
                    f"run without {given('resume')} to replace them, or choose another {given('out')}"
                )
        if problems:
            raise StudyError(problems)

    on_root(comm, compare)


def fingerprint(study: Study) -> str:
    """Identifies what is simulated: everything but names, output, quoted numbers and how it is solved."""
    told = study.model_dump(exclude_none=True)
    for section in ("study", "description", "output", "reference", "solver", "sweep"):
        told.pop(section, None)
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def make_run(
    case: Case, folder: Path, comm: Comm, listener: Listener | None = None, finely: Discretisation | None = None
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
        fingerprint=fingerprint(study),
        current_unit=unit,
        save_fields=study.output.fields.per_step != 0,
        output_times=absolute_output_times(study),
        checkpoint_every=study.output.checkpoint_every,
        max_steps=solver.max_steps,
        listener=listener.stage if listener else None,
    )
    return run, file


def run_recorded(case: Case, folder: Path, resume: bool, comm: Comm, listener: Listener | None = None) -> Outcome:
    """Run a case; what ends it before its time is recorded in its folder."""
    previous = comm.bcast(read_summary(folder) if resume and comm.rank == 0 else None, root=0)
    if previous and previous.get("status") == "done":
        log.info("%s: done already", case.name)
        return Outcome("done", previous)
    handler = _start_folder(case, folder, resume, comm)
    try:
        return _run_case(case, folder, resume, comm, listener)
    except (GeometryError, SolverError) as error:
        return _ended(case, folder, "invalid" if isinstance(error, GeometryError) else "failed", str(error), comm)
    except KeyboardInterrupt:
        # Between two time steps the run ends by itself, on all ranks; elsewhere one rank cannot speak for the others.
        if comm.size > 1:
            raise
        # What is known of it, from before the pictures or from the part that is gone on with, stands.
        if known := read_summary(folder):
            return Outcome("interrupted", known)
        return _ended(case, folder, "interrupted", "interrupted outside the time steps", comm)
    finally:
        if handler:
            logging.getLogger("archode").removeHandler(handler)
            handler.close()


def _ended(case: Case, folder: Path, status: str, reason: str, comm: Comm) -> Outcome:
    """Record a case that ended without a result."""
    if comm.rank == 0:
        log.error("%s: %s", case.name, reason)
    summary = {
        "study": case.study.study,
        "case": case.name,
        "parameters": case.parameters,
        "status": status,
        "reason": reason,
    }
    on_root(comm, lambda: write_json(folder / "summary.json", summary))
    return Outcome(status, summary)


def _run_case(case: Case, folder: Path, resume: bool, comm: Comm, listener: Listener | None) -> Outcome:
    run, file = make_run(case, folder, comm, listener)
    try:
        recorder = run.execute(resume)
    finally:
        run.newton.destroy()
    measured = metrology(case.study.geometry, file, run.cell.domain.tagged, comm)
    summary = case_summary(case, run, recorder, file.report, measured)
    if run.status == "done" and case.study.output.errors:
        finely, geometry = discretisation(case.study), case.study.geometry
        timeless = not comm.bcast(tells_time(summary) if comm.rank == 0 else None, root=0)
        coarse = companion(geometry, finely, lambda one: numbers_of(case, folder, comm, one, "coarser mesh"), timeless)
        summary = with_errors(summary, coarse)
    on_root(comm, lambda: write_json(folder / "summary.json", summary))
    on_root(comm, lambda: write_verdict(folder, summary))
    ahead = {one.message for one in foreseen(case.study)}
    for message in summary["warnings"]:
        if message not in ahead:
            log.warning("%s: %s", case.name, message)
    if (said := verdict_line(summary)) is not None:
        log.info("%s: %s", case.name, said)
    if run.status == "done":
        log.info("%s: %s", case.name, _in_short(summary))
        for line in _held_against(summary):
            log.info("%s: %s", case.name, line)
    elif comm.rank == 0:
        log.error("%s: %s", case.name, run.reason)
    _case_figures(case.study, folder, comm)
    return Outcome(run.status, summary)


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
    run.title, run.keeps, run.save_fields = f"{case.name}, {called}", False, False
    try:
        recorder = run.execute(False)
    finally:
        run.newton.destroy()
    if run.status == "interrupted":
        raise KeyboardInterrupt
    if run.status != "done":
        raise SolverError(f"{called}: {run.reason}")
    return companion_summary(case, run, recorder)


def _start_folder(case: Case, folder: Path, resume: bool, comm: Comm) -> logging.Handler | None:
    """Empty the case's folder of an earlier run, write the resolved study, open the log."""

    def prepare() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if not resume:
            for pattern in OWN_FILES:
                for file in folder.glob(pattern):
                    file.unlink()
            shutil.rmtree(folder / "figures", ignore_errors=True)
        write_text(folder / "study.yml", dump_study(case.study))

    on_root(comm, prepare)
    if comm.rank != 0:
        return None
    handler = logging.FileHandler(folder / "run.log", encoding="utf-8")
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


def read_summary(folder: Path) -> dict[str, Any] | None:
    try:
        return json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _in_short(summary: dict[str, Any]) -> str:
    """One line of what came out."""
    steps = [f"{step['kind']} {_passed(step)}" for step in summary["steps"] if step["kind"] != "rest"]
    worst = max(summary["conservation"].values(), default=0.0)
    return f"{'; '.join(steps)}; balance {worst:.1e}; {summary['wall_time [s]']:.1f} s"


def _passed(step: dict[str, Any]) -> str:
    """The charge of a step per footprint, by sign where the current had both."""
    told = f"{step['areal_capacity [mAh/cm2]']:.4g}{_give_or_take(step)} mAh/cm2"
    if passed_both_ways(step):
        anodic, cathodic = step["areal_anodic_charge [mAh/cm2]"], step["areal_cathodic_charge [mAh/cm2]"]
        told += f" ({anodic:.4g} anodic, {cathodic:.4g} cathodic)"
    return told


def _give_or_take(step: dict[str, Any]) -> str:
    error = step.get("areal_capacity_error [mAh/cm2]")
    return "" if error is None else f" ± {error:.2g}"


def _held_against(summary: dict[str, Any]) -> Iterator[str]:
    """Every quoted number beside the simulated one."""
    for reference in summary["reference"]:
        name = f"step {reference['step']}, {reference['quantity']} [{reference['unit']}]"
        if reference["simulated"] is None:
            yield f"{name}: not reached, quoted {reference['quoted']:.4g}"
        else:
            yield (
                f"{name}: simulated {reference['simulated']:.4g}, quoted {reference['quoted']:.4g}, "
                f"difference {reference['difference']:+.3g} ({100 * (reference['relative'] or 0.0):+.1f} %)"
            )


def _write_table(folder: Path, outcomes: list[Outcome], others: Sequence[str]) -> None:
    """The table of the cases that were run, and of others as far as they have been run before."""
    import pandas

    summaries = [outcome.summary for outcome in outcomes]
    summaries += [known for name in others if (known := read_summary(folder / name))]
    write_table(pandas.DataFrame([table_row(summary) for summary in summaries]), folder / "table")


def _case_figures(study: Study, folder: Path, comm: Comm) -> None:
    """Draw on rank 0; a picture that cannot be drawn is a warning, the numbers stand."""
    if study.output.figures is False or comm.rank != 0:
        return
    from ..visualization import VisualizationError, make_case_figures

    names = None if study.output.figures is True else list(study.output.figures)
    try:
        for path in make_case_figures(folder, names):
            log.info("picture: %s", path)
    except VisualizationError as error:
        log.warning("no picture: %s", error)


def _study_figures(study: Study, folder: Path, comm: Comm) -> None:
    if study.output.figures is False or comm.rank != 0:
        return
    from ..visualization import VisualizationError, make_study_figures

    try:
        for path in make_study_figures(folder):
            log.info("picture: %s", path)
    except VisualizationError as error:
        log.warning("no picture: %s", error)


def _case_report(study: Study, folder: Path, several: bool, comm: Comm) -> None:
    from .report import write_case_report

    # A case that was done already, when a study is gone on with, stays as it is.
    report, summary = folder / "report.html", folder / "summary.json"
    if report.is_file() and summary.is_file() and report.stat().st_mtime >= summary.stat().st_mtime:
        return
    pictures = study.output.figures is not False
    _report(study, lambda: write_case_report(folder, pictures, pictures, several), comm)


def _study_report(study: Study, folder: Path, comm: Comm) -> None:
    from .report import write_study_report

    _report(study, lambda: write_study_report(folder, study.output.figures is not False), comm)


def _report(study: Study, write: Callable[[], Path], comm: Comm) -> None:
    """Write a report on rank 0; whatever goes wrong with it is a warning, the results stand."""
    if not study.output.report or comm.rank != 0:
        return
    try:
        log.info("report: %s", write())
    except Exception as error:
        log.warning("no report: %s: %s", type(error).__name__, error)
