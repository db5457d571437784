"""Commands that look at what was solved: show, report, compare, verdict."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

from ..exit_codes import ExitCode
from ..log_lines import mpi_rank
from ..output_folder import require_folder
from .ending import console, guarded
from .options import Cases, Debug, app


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
        from .. import show as pictures
        from ..show_names import overview

        if mpi_rank() != 0:
            # Results are drawn by one process; there is nothing for the others to do.
            return ExitCode.DONE
        if listing:
            terminal = console()
            for part in overview(results, cases or []):
                terminal.print(part)
            return ExitCode.DONE
        kinds = [kind.strip() for kind in formats.split(",")]
        if out is not None:
            require_folder(out)
        named = [name.strip() for name in merits.split(",")] if merits else []
        wish = pictures.Wish(views or [], field, time, camera, clip, kinds, film, cases or [], out, named)
        for path in pictures.show(results, wish):
            logging.getLogger(__name__).info("picture: %s", path)
        return ExitCode.DONE

    guarded(action, debug, logging.WARNING if quiet else logging.INFO)


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

        from ..report import write_reports

        path = results
        for path in write_reports(results, three_d):
            typer.echo(f"wrote {path}")
        if show and not webbrowser.open(path.absolute().as_uri()):
            logging.getLogger(__name__).warning("no browser was found; open %s by hand", path)
        return ExitCode.DONE

    guarded(action, debug, logging.INFO)


@app.command()
def compare(
    results: Annotated[Path, typer.Argument(metavar="RESULTS", help="folder of a study, results/<study>")],
    pictures: Annotated[bool, typer.Option("--figures/--no-figures", help="draw the figures of the study")] = True,
    debug: Debug = False,
) -> None:
    """Compare the hosts of finished cases: the table, the page and the figures of a study, made again."""

    def action() -> int:
        from ..comparison import write_comparison

        files = write_comparison(results)
        if pictures:
            from ...visualization import VisualizationError, make_study_figures

            try:
                files += make_study_figures(results)
            except VisualizationError as error:
                logging.getLogger(__name__).warning("no picture: %s", error)
        typer.echo((results / "comparison.md").read_text(encoding="utf-8"), nl=False)
        for file in files:
            logging.getLogger(__name__).info("written: %s", file)
        return ExitCode.DONE

    guarded(action, debug, logging.INFO)


@app.command()
def verdict(
    results: Annotated[
        Path, typer.Argument(metavar="RESULTS", help="folder of a study or a case, results/<study>/<case>")
    ],
    debug: Debug = False,
) -> None:
    """Say what the criteria say of the plated electrodes of finished cases; verdict.md is made again."""

    def action() -> int:
        from ..verdict import read_cases, verdict_parts, write_verdict

        terminal = console()
        for folder, summary in read_cases(results):
            for part in verdict_parts(summary):
                terminal.print(part)
            terminal.print(f"wrote {write_verdict(folder, summary)}", markup=False)
        return ExitCode.DONE

    guarded(action, debug, logging.INFO)
