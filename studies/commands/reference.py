"""Commands on what the program knows and what it is worth: materials, transient, schema, bench, verify."""

from __future__ import annotations

import json
import logging
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import StudyError
from ..exit_codes import ExitCode
from ..output_folder import require_folder
from .ending import console, guarded
from .options import Debug, Out, app


@app.command()
def materials(
    name: Annotated[str | None, typer.Argument(help="one material, with the source of every number")] = None,
    debug: Debug = False,
) -> None:
    """List the material library, or show one material."""

    def action() -> int:
        from ...materials import MaterialError, describe, load_material, summary_table

        try:
            shown = summary_table() if name is None else describe(load_material(name))
        except MaterialError as error:
            raise StudyError(str(error)) from error
        console().print(shown)
        return ExitCode.DONE

    guarded(action, debug)


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
        from ..transient import Request, evaluate, report, write

        require_folder(out)
        found = evaluate(
            Request(file, ion, metal, concentration, molar_volume, area, offset, time_column, current_column)
        )
        terminal = console()
        for part in [*report(found), *(f"wrote {path}" for path in write(found, out))]:
            # A header such as 't [s]' is no markup.
            terminal.print(part, markup=False)
        return ExitCode.DONE

    guarded(action, debug)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a study file, for editors."""

    def action() -> int:
        from ..schema import study_json_schema

        typer.echo(json.dumps(study_json_schema(), indent=2, ensure_ascii=False))
        return ExitCode.DONE

    guarded(action, debug=False)


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
        from .. import bench, bench_geometry, bench_pictures

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
        terminal = console()
        terminal.print(table(results))
        if what == Benchmark.SOLVER:
            for line in bench.conclusions(results):
                terminal.print(line)
        return ExitCode.DONE

    guarded(action, debug, logging.INFO)


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
        from ..verification import book, page

        names = book.select(cases or [])
        if out is not None:
            require_folder(out.parent)
            page.require_document(out, names)
        book.require_one_rank()
        results = book.run_cases(names, lambda row: typer.echo(str(row), err=True))
        if out is None:
            typer.echo(page.table([row for result in results.values() for row in result.rows]), nl=False)
        else:
            page.write(results, out, figures)
        return ExitCode.DONE if all(result.passed for result in results.values()) else ExitCode.SOLVER

    guarded(action, debug)
