"""Commands that mesh and solve: run, check, mesh, voxels, converge, limits, impedance."""

from __future__ import annotations

import logging
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..exit_codes import ExitCode
from ..launcher import world
from ..output_folder import require_folder
from ..signals import limited_time
from .ending import console, guarded, say
from .options import Accuracy, Cases, Debug, Keep, Out, Overwrite, Sets, StudyPath, TimeLimit, app, overrides


@app.command()
def run(
    study: StudyPath,
    sets: Sets = None,
    accuracy: Accuracy = None,
    cases: Cases = None,
    out: Out = Path("results"),
    resume: Annotated[bool, typer.Option("--resume", help="go on where an earlier run stopped")] = False,
    overwrite: Overwrite = False,
    keep: Keep = False,
    time_limit: TimeLimit = None,
    debug: Debug = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="warnings and errors only")] = False,
) -> None:
    """Solve a study; also under mpiexec."""

    def action() -> int:
        from ..case_folder import Earlier
        from ..load import load_study

        deadline = limited_time(time_limit)
        earlier = Earlier.asked(overwrite, keep)
        loaded = load_study(study, overrides(sets, accuracy)).selected(cases or [])
        require_folder(out)
        # Nothing that needs DOLFINx is imported for a study that cannot run.
        comm = world()
        from ..execute import run_study

        return run_study(loaded, out, resume, comm, earlier=earlier, deadline=deadline)

    guarded(action, debug, logging.WARNING if quiet else logging.INFO)


@app.command()
def check(study: StudyPath, sets: Sets = None, accuracy: Accuracy = None, debug: Debug = False) -> None:
    """Validate a study and show what it would do; solves nothing."""

    def action() -> int:
        from ..check import study_overview
        from ..load import load_study

        terminal = console()
        for part in study_overview(load_study(study, overrides(sets, accuracy))):
            terminal.print(part)
        return ExitCode.DONE

    guarded(action, debug)


@app.command()
def mesh(
    study: StudyPath,
    sets: Sets = None,
    accuracy: Accuracy = None,
    cases: Cases = None,
    out: Out = Path("results"),
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="FILE", help="write the mesh for another program: .msh, .vtu, .xdmf, …"),
    ] = None,
    pictures: Annotated[bool, typer.Option("--pictures/--no-pictures", help="draw the mesh")] = True,
    debug: Debug = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="warnings and errors only")] = False,
) -> None:
    """Build the meshes of a study, judge, measure and draw them; also under mpiexec.

    Only the sections geometry, mesh and sweep of the study are looked at.
    """

    def action() -> int:
        from ..load import load_study
        from ..schema import MeshStudy

        loaded = load_study(study, overrides(sets, accuracy), MeshStudy).selected(cases or [])
        require_folder(out, [out / loaded.study.study / case.name for case in loaded.cases])
        if export is not None:
            require_folder(export.parent)
        comm = world()
        from ..mesh import mesh_study

        terminal = console()
        for part in mesh_study(loaded, out, comm, export, pictures):
            if comm.rank == 0:
                terminal.print(part)
        return ExitCode.DONE

    guarded(action, debug, logging.WARNING if quiet else logging.INFO)


@app.command()
def voxels(
    study: StudyPath,
    sets: Sets = None,
    cases: Cases = None,
    out: Out = Path("results"),
    voxel_size: Annotated[
        str | None,
        typer.Option("--voxel-size", metavar="LENGTH", help="of a sampled shape, as '50 nm'; images have theirs"),
    ] = None,
    periodic: Annotated[
        bool, typer.Option("--periodic", help="the box is a period of an endless structure; else its sides insulate")
    ] = False,
    debug: Debug = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="warnings and errors only")] = False,
) -> None:
    """Measure the effective transport of an image on its voxels, without a mesh; also under mpiexec.

    Every conductivity is bracketed by a lower and an upper bound.
    """

    def action() -> int:
        from ..load import load_study
        from ..schema import ShapeStudy

        edge = None if voxel_size is None else _voxel_size(voxel_size)
        loaded = load_study(study, sets or [], ShapeStudy).selected(cases or [])
        require_folder(out, [out / loaded.study.study / case.name for case in loaded.cases])
        comm = world()
        from ..voxels import measure_voxels

        terminal = console()
        for part in measure_voxels(loaded, out, comm, edge, periodic):
            if comm.rank == 0:
                terminal.print(part)
        return ExitCode.DONE

    guarded(action, debug, logging.WARNING if quiet else logging.INFO)


def _voxel_size(text: str) -> float:
    from ..errors import StudyError
    from ..quantity import parse_text

    try:
        edge = parse_text(text, "m")
    except ValueError as error:
        raise StudyError(f"--voxel-size: {error}") from error
    if not edge > 0:
        raise StudyError(f"--voxel-size: must be positive, not {text}")
    return edge


@app.command()
def converge(
    study: StudyPath,
    sets: Sets = None,
    accuracy: Accuracy = None,
    cases: Cases = None,
    out: Out = Path("results"),
    levels: Annotated[int, typer.Option("--levels", metavar="N", help="meshes, each twice as fine as the last")] = 3,
    debug: Debug = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="warnings, errors and the answer only")] = False,
) -> None:
    """Run a study on a family of meshes that refines everything, and extrapolate its numbers; also under mpiexec."""

    def action() -> int:
        from ..converge import converge_case, parse_levels
        from ..load import load_study

        scales = parse_levels(levels)
        loaded = load_study(study, overrides(sets, accuracy)).selected(cases or [])
        folders = [out / loaded.study.study / "converge" / case.name for case in loaded.cases]
        require_folder(out, folders)
        comm = world()
        terminal = console()
        for case, folder in zip(loaded.cases, folders, strict=True):
            for part in converge_case(case, folder, scales, comm):
                if comm.rank == 0:
                    terminal.print(part)
        return ExitCode.DONE

    guarded(action, debug, logging.WARNING if quiet else logging.INFO)


@app.command()
def limits(
    study: StudyPath,
    sets: Sets = None,
    accuracy: Accuracy = None,
    cases: Cases = None,
    out: Out = Path("results"),
    criteria: Annotated[
        str | None, typer.Option("--criteria", metavar="A,B,…", help="criteria that decide, separated by commas")
    ] = None,
    tolerance: Annotated[str, typer.Option("--tolerance", metavar="SHARE", help="of the current that is found")] = "5%",
    resume: Annotated[bool, typer.Option("--resume", help="keep the currents that are done")] = False,
    time_limit: TimeLimit = None,
    debug: Debug = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="warnings, errors and the answer only")] = False,
) -> None:
    """Find the largest current at which a study's first plating step is safe; also under mpiexec."""

    def action() -> int:
        from ..limits import Interrupted, parse_criteria, parse_tolerance, questions
        from ..load import load_study

        deadline = limited_time(time_limit)
        share, names = parse_tolerance(tolerance), parse_criteria(criteria)
        loaded = load_study(study, overrides(sets, accuracy)).selected(cases or [])
        asked = questions(loaded, names, selected=bool(cases))
        require_folder(out)
        comm = world()
        from ..limits_report import answer

        try:
            for question in asked:
                for part in answer(question, out, share, resume, comm, deadline):
                    console().print(part)
        except Interrupted:
            return ExitCode.INTERRUPTED
        return ExitCode.DONE

    guarded(action, debug, logging.WARNING if quiet else logging.INFO)


class State(StrEnum):
    """State of a cell that an impedance is taken about."""

    START = "start"
    END = "end"


@app.command()
def impedance(
    study: StudyPath,
    sets: Sets = None,
    accuracy: Accuracy = None,
    cases: Cases = None,
    out: Out = Path("results"),
    lowest: Annotated[str, typer.Option("--from", metavar="FREQUENCY", help="lowest frequency")] = "1e-2 Hz",
    highest: Annotated[str, typer.Option("--to", metavar="FREQUENCY", help="highest frequency")] = "1e5 Hz",
    per_decade: Annotated[int, typer.Option("--per-decade", metavar="N", help="frequencies per decade")] = 6,
    after: Annotated[
        State, typer.Option("--after", help="about the cell's start, or the end of its run in --out")
    ] = State.START,
    debug: Debug = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="warnings, errors and the answer only")] = False,
) -> None:
    """Compute the small-signal impedance of a study's cases; also under mpiexec."""

    def action() -> int:
        from ..impedance import After, impedance_of, parse_request
        from ..load import load_study

        request = parse_request(lowest, highest, per_decade, After(after.value))
        loaded = load_study(study, overrides(sets, accuracy)).selected(cases or [])
        require_folder(out, [out / loaded.study.study / case.name for case in loaded.cases])
        comm = world()
        from ...solvers.errors import ConvergenceError

        try:
            for case in loaded.cases:
                for line in impedance_of(case, out / loaded.study.study / case.name, request, comm):
                    if comm.rank == 0:
                        typer.echo(line)
        except ConvergenceError as error:
            say(str(error))
            return ExitCode.SOLVER
        return ExitCode.DONE

    guarded(action, debug, logging.WARNING if quiet else logging.INFO)
