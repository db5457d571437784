"""Command line: ``archode run | check | mesh | compare | verdict | materials | …``; ``archode --help`` lists all.

Exit codes: 0 done; 1 internal error; 2 the input is wrong; 3 the solver did not converge; 130 interrupted.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from .errors import StudyError
from .log_lines import log_shown, mpi_rank
from .output_folder import require_folder as _require_folder

GRACE = 2.0
"""Seconds that rank 0 has to speak before another rank does."""

OK, INTERNAL, WRONG_INPUT, NOT_CONVERGED, INTERRUPTED = 0, 1, 2, 3, 130

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Finite-element simulation of 3D electrode architectures.",
)

StudyPath = Annotated[str, typer.Argument(metavar="STUDY.yml", help="study file")]
Sets = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="override, repeatable")]
Cases = Annotated[
    list[str] | None,
    typer.Option("--case", metavar="PATTERN", help="only cases of such names, e.g. 'gyroid__*', repeatable"),
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="folder for results")]
Debug = Annotated[bool, typer.Option("--debug", help="show tracebacks")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; `arguments` default to those of the process."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal without UTF-8 shall show '?' for 'µ' rather than end the program.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app(args=None if arguments is None else list(arguments), prog_name="archode")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else OK if ended.code is None else INTERNAL
    return OK


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"archode {version('archode')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="show the version")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    study: StudyPath,
    sets: Sets = None,
    cases: Cases = None,
    out: Out = Path("results"),
    resume: Annotated[bool, typer.Option("--resume", help="go on where an earlier run stopped")] = False,
    debug: Debug = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="warnings and errors only")] = False,
) -> None:
    """Solve a study; also under mpiexec."""

    def action() -> int:
        from .load import load_study

        loaded = load_study(study, sets or []).selected(cases or [])
        _require_folder(out)
        # Nothing that needs DOLFINx is imported for a study that cannot run.
        from ..geometry._dolfinx import ensure_dolfinx

        ensure_dolfinx()
        from mpi4py import MPI

        from .execute import run_study

        return run_study(loaded, out, resume, MPI.COMM_WORLD)

    _guarded(action, debug, logging.WARNING if quiet else logging.INFO)


@app.command()
def check(study: StudyPath, sets: Sets = None, debug: Debug = False) -> None:
    """Validate a study and show what it would do; solves nothing."""

    def action() -> int:
        from .check import study_overview
        from .load import load_study

        console = _console()
        for part in study_overview(load_study(study, sets or [])):
            console.print(part)
        return OK

    _guarded(action, debug)


@app.command()
def mesh(
    study: StudyPath,
    sets: Sets = None,
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
        from .load import load_study
        from .schema import MeshStudy

        loaded = load_study(study, sets or [], MeshStudy).selected(cases or [])
        _require_folder(out)
        if export is not None:
            _require_folder(export.parent)
        from ..geometry._dolfinx import ensure_dolfinx

        ensure_dolfinx()
        from mpi4py import MPI

        from .mesh import mesh_study

        console = _console()
        for part in mesh_study(loaded, out, MPI.COMM_WORLD, export, pictures):
            if MPI.COMM_WORLD.rank == 0:
                console.print(part)
        return OK

    _guarded(action, debug, logging.WARNING if quiet else logging.INFO)


@app.command()
def compare(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="folder of a study, results/<study>")],
    pictures: Annotated[bool, typer.Option("--figures/--no-figures", help="draw the figures of the study")] = True,
    debug: Debug = False,
) -> None:
    """Compare the hosts of finished cases: the table, the page and the figures of a study, made again."""

    def action() -> int:
        from .comparison import write_comparison

        files = write_comparison(results)
        if pictures:
            from ..visualization import VisualizationError, make_study_figures

            try:
                files += make_study_figures(results)
            except VisualizationError as error:
                logging.getLogger(__name__).warning("no picture: %s", error)
        typer.echo((results / "comparison.md").read_text(encoding="utf-8"), nl=False)
        for file in files:
            logging.getLogger(__name__).info("written: %s", file)
        return OK

    _guarded(action, debug, logging.INFO)


@app.command()
def show(
    results: Annotated[
        Path, typer.Argument(metavar="RESULTS", help="folder of a study or a case, results/<study>/<case>")
    ],
    views: Annotated[
        list[str] | None,
        typer.Option("--view", metavar="NAME", help="what to draw: a view, a curve, a study's figure; repeatable"),
    ] = None,
    merits: Annotated[
        str | None, typer.Option("--merit", metavar="NAMES", help="of --view heatmap, pareto, sweep: energy,power …")
    ] = None,
    field: Annotated[
        str | None, typer.Option("--field", metavar="FIELD", help="a field that was saved, or a criterion")
    ] = None,
    time: Annotated[
        str | None, typer.Option("--time", metavar="TIME", help="3600, '1 h', first or last; several with commas")
    ] = None,
    camera: Annotated[
        str | None, typer.Option("--camera", metavar="FROM", help="iso, top, front, side, or the direction x,y,z")
    ] = None,
    clip: Annotated[
        str | None, typer.Option("--clip", metavar="PLANE", help="none, x, y, z, a share x=0.3, or a place 'x=30 um'")
    ] = None,
    formats: Annotated[str, typer.Option("--format", metavar="KINDS", help="png, svg, pdf, with commas")] = "png",
    film: Annotated[
        str | None, typer.Option("--animate", metavar="KIND", help="a film over the saved times: mp4 or gif")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="folder for pictures; figures of each case if not given")
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="tell views, curves, fields, times; draw nothing")] = False,
    cases: Cases = None,
    debug: Debug = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="warnings and errors only")] = False,
) -> None:
    """Draw finished cases: fields, currents, surfaces, panels, films, curves; and what compares a study's cases."""

    def action() -> int:
        from . import show as pictures
        from .show_names import overview

        if mpi_rank() != 0:
            # Results are drawn by one process; there is nothing for the others to do.
            return OK
        if listing:
            console = _console()
            for part in overview(results, cases or []):
                console.print(part)
            return OK
        kinds = [kind.strip() for kind in formats.split(",")]
        if out is not None:
            _require_folder(out)
        named = [name.strip() for name in merits.split(",")] if merits else []
        wish = pictures.Wish(views or [], field, time, camera, clip, kinds, film, cases or [], out, named)
        for path in pictures.show(results, wish):
            logging.getLogger(__name__).info("picture: %s", path)
        return OK

    _guarded(action, debug, logging.WARNING if quiet else logging.INFO)


@app.command()
def verdict(
    results: Annotated[
        Path, typer.Argument(metavar="RESULTS", help="folder of a study or a case, results/<study>/<case>")
    ],
    debug: Debug = False,
) -> None:
    """Say what the criteria say of the plated electrodes of finished cases; verdict.md is made again."""

    def action() -> int:
        from .verdict import read_cases, verdict_parts, write_verdict

        console = _console()
        for folder, summary in read_cases(results):
            for part in verdict_parts(summary):
                console.print(part)
            console.print(f"wrote {write_verdict(folder, summary)}", markup=False)
        return OK

    _guarded(action, debug, logging.INFO)


@app.command()
def report(
    results: Annotated[
        Path, typer.Argument(metavar="RESULTS", help="folder of a study or a case, results/<study>/<case>")
    ],
    show: Annotated[bool, typer.Option("--open", help="open the report in the browser")] = False,
    three_d: Annotated[bool, typer.Option("--3d/--no-3d", help="scenes that are turned in the browser")] = True,
    debug: Debug = False,
) -> None:
    """Write report.html of a case, or of a study and all its cases: what was asked, what came out, in one file."""

    def action() -> int:
        import webbrowser

        from .report import write_reports

        path = results
        for path in write_reports(results, three_d):
            typer.echo(f"wrote {path}")
        if show and not webbrowser.open(path.absolute().as_uri()):
            logging.getLogger(__name__).warning("no browser was found; open %s by hand", path)
        return OK

    _guarded(action, debug, logging.INFO)


@app.command()
def limits(
    study: StudyPath,
    sets: Sets = None,
    cases: Cases = None,
    out: Out = Path("results"),
    criteria: Annotated[
        str | None, typer.Option("--criteria", metavar="A,B,…", help="criteria that decide, separated by commas")
    ] = None,
    tolerance: Annotated[str, typer.Option("--tolerance", metavar="SHARE", help="of the current that is found")] = "5%",
    resume: Annotated[bool, typer.Option("--resume", help="keep the currents that are done")] = False,
    debug: Debug = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="warnings, errors and the answer only")] = False,
) -> None:
    """Find the largest current at which a study's first plating step is safe; also under mpiexec."""

    def action() -> int:
        from .limits import Interrupted, parse_criteria, parse_tolerance, questions
        from .load import load_study

        share, names = parse_tolerance(tolerance), parse_criteria(criteria)
        asked = questions(load_study(study, sets or []).selected(cases or []), names, selected=bool(cases))
        _require_folder(out)
        from ..geometry._dolfinx import ensure_dolfinx

        ensure_dolfinx()
        from mpi4py import MPI

        from .limits_report import answer

        try:
            for question in asked:
                for part in answer(question, out, share, resume, MPI.COMM_WORLD):
                    _console().print(part)
        except Interrupted:
            return INTERRUPTED
        return OK

    _guarded(action, debug, logging.WARNING if quiet else logging.INFO)


class State(StrEnum):
    """State of a cell that an impedance is taken about."""

    START = "start"
    END = "end"


@app.command()
def impedance(
    study: StudyPath,
    sets: Sets = None,
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
        from .impedance import After, impedance_of, parse_request
        from .load import load_study

        request = parse_request(lowest, highest, per_decade, After(after.value))
        loaded = load_study(study, sets or []).selected(cases or [])
        _require_folder(out)
        from ..geometry._dolfinx import ensure_dolfinx

        ensure_dolfinx()
        from mpi4py import MPI

        from ..solvers.errors import ConvergenceError

        try:
            for case in loaded.cases:
                for line in impedance_of(case, out / loaded.study.study / case.name, request, MPI.COMM_WORLD):
                    if MPI.COMM_WORLD.rank == 0:
                        typer.echo(line)
        except ConvergenceError as error:
            _say(str(error))
            return NOT_CONVERGED
        return OK

    _guarded(action, debug, logging.WARNING if quiet else logging.INFO)


@app.command()
def materials(
    name: Annotated[str | None, typer.Argument(help="one material, with the source of every number")] = None,
    debug: Debug = False,
) -> None:
    """List the material library, or show one material."""

    def action() -> int:
        from ..materials import MaterialError, describe, load_material, summary_table

        try:
            shown = summary_table() if name is None else describe(load_material(name))
        except MaterialError as error:
            raise StudyError(str(error)) from error
        _console().print(shown)
        return OK

    _guarded(action, debug)


@app.command()
def transient(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="table of times and currents")],
    metal: Annotated[str | None, typer.Option("--metal", help="metal of the library: its ion and molar volume")] = None,
    ion: Annotated[str | None, typer.Option("--ion", help="ion that is plated, e.g. K+")] = None,
    concentration: Annotated[
        str | None, typer.Option("--concentration", help="of the ion in the bulk, e.g. '1 mol/L'")
    ] = None,
    molar_volume: Annotated[
        str | None, typer.Option("--molar-volume", help="of the metal, e.g. '45.4 cm^3/mol'")
    ] = None,
    area: Annotated[str | None, typer.Option("--area", help="of the electrode, where the column is a current")] = None,
    offset: Annotated[
        str | None, typer.Option("--offset", help="time at which nucleation began, e.g. '0 s'; fitted without")
    ] = None,
    time_column: Annotated[str | None, typer.Option("--time-column", help="header of the times")] = None,
    current_column: Annotated[str | None, typer.Option("--current-column", help="header of the currents")] = None,
    out: Out = Path("results"),
    debug: Debug = False,
) -> None:
    """Fit a potentiostatic current transient of nucleation: mode, diffusivity, number of nuclei."""

    def action() -> int:
        from .transient import Request, evaluate, report, write

        _require_folder(out)
        found = evaluate(
            Request(file, ion, metal, concentration, molar_volume, area, offset, time_column, current_column)
        )
        console = _console()
        for part in [*report(found), *(f"wrote {path}" for path in write(found, out))]:
            # A header such as 't [s]' is no markup.
            console.print(part, markup=False)
        return OK

    _guarded(action, debug)


class Benchmark(StrEnum):
    """What can be measured."""

    SOLVER = "solver"
    GEOMETRY = "geometry"
    PICTURES = "pictures"


@app.command()
def bench(
    what: Annotated[Benchmark, typer.Argument(help="what to measure")] = Benchmark.SOLVER,
    quick: Annotated[bool, typer.Option("--quick", help="small sizes only, a minute or two")] = False,
    debug: Debug = False,
) -> None:
    """Measure what a time step costs beside one Poisson problem on the same mesh, or building meshes or pictures."""

    def action() -> int:
        from . import bench, bench_geometry, bench_pictures

        measured: Any
        table: Any
        if what == Benchmark.GEOMETRY:
            measured = bench_geometry.run_benchmark(bench_geometry.buildings(quick))
            table = bench_geometry.results_table
        elif what == Benchmark.PICTURES:
            measured = bench_pictures.run_benchmark(bench_pictures.drawings(quick))
            table = bench_pictures.results_table
        else:
            measured = bench.run_benchmark(bench.QUICK if quick else bench.FULL)
            table = bench.results_table
        results = []
        for measurement, result in measured:
            results.append((measurement, result))
            logging.getLogger(__name__).info("measured %s", getattr(measurement, "name", measurement))
        console = _console()
        console.print(table(results))
        if what == Benchmark.SOLVER:
            for line in bench.conclusions(results):
                console.print(line)
        return OK

    _guarded(action, debug, logging.INFO)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a study file, for editors."""

    def action() -> int:
        from .schema import study_json_schema

        typer.echo(json.dumps(study_json_schema(), indent=2, ensure_ascii=False))
        return OK

    _guarded(action, debug=False)


@app.command()
def verify(
    cases: Annotated[list[str] | None, typer.Argument(metavar="[CASE]…", help="cases; all if none given")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE.md",
            help="write the document here, its numbers beside it and its figures below images/; cases that it "
            "holds and that are not run stay",
        ),
    ] = None,
    figures: Annotated[
        bool,
        typer.Option("--figures/--no-figures", help="draw a figure of each case that is run, for --out"),
    ] = True,
    debug: Debug = False,
) -> None:
    """Compare the solver with closed forms; exit code 3 if one is missed."""

    def action() -> int:
        from .verification import book, page

        names = book.select(cases or [])
        if out is not None:
            _require_folder(out.parent)
            page.require_document(out, names)
        book.require_one_rank()
        results = book.run_cases(names, lambda row: typer.echo(str(row), err=True))
        if out is None:
            typer.echo(page.table([row for result in results.values() for row in result.rows]), nl=False)
        else:
            page.write(results, out, figures)
        return OK if all(result.passed for result in results.values()) else NOT_CONVERGED

    _guarded(action, debug)


def _guarded(action: Callable[[], int], debug: bool, level: int = logging.WARNING) -> None:
    """Run a command and turn how it ends into an exit code and one message."""
    with log_shown(level):
        code = _outcome(action, debug)
    raise typer.Exit(code)


def _outcome(action: Callable[[], int], debug: bool) -> int:
    try:
        return action()
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; nothing is left to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            traceback.print_exc()
        return _explain(error)


def _explain(error: BaseException) -> int:
    """Say what ended a command, and give its exit code."""
    if isinstance(error, StudyError):
        _say(str(error))
        return WRONG_INPUT
    if isinstance(error, KeyboardInterrupt):
        _end_all("interrupted", INTERRUPTED)
        return INTERRUPTED
    if isinstance(error, ModuleNotFoundError) and error.name == "dolfinx":
        _say(str(error))
        return INTERNAL
    told = " ".join(str(error).split()) or "no message"
    _end_all(f"internal error: {type(error).__name__}: {told}; rerun with --debug to see where", INTERNAL)
    return INTERNAL


def _end_all(message: str, code: int) -> None:
    """Say what happened, and end the other ranks of a parallel run, which may wait for this one for ever."""
    mpi: Any = sys.modules.get("mpi4py.MPI")
    if mpi is None or not mpi.Is_initialized() or mpi.Is_finalized() or mpi.COMM_WORLD.size == 1:
        _say(message)
        return
    rank = mpi.COMM_WORLD.rank
    if rank != 0:
        # What failed here mostly fails on rank 0 too, which then speaks and ends all.
        time.sleep(GRACE)
        message = f"rank {rank}: {message}"
    typer.echo(f"error: {message}", err=True)
    sys.stderr.flush()
    mpi.COMM_WORLD.Abort(code)


def _say(message: str) -> None:
    """One message on standard error, from one rank."""
    if mpi_rank() == 0:
        lines = message.splitlines() or [""]
        head = "error: " if len(lines) == 1 else f"error: {len(lines)} problems\n  "
        typer.echo(head + "\n  ".join(lines), err=True)


def _console() -> Any:
    from rich.console import Console

    # Piped output is not cut at 80 columns.
    return Console(width=None if sys.stdout.isatty() else 160, soft_wrap=False, highlight=False)


if __name__ == "__main__":
    sys.exit(main())
