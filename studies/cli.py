"""Command line: ``archode run | check | mesh | show | report | …``; ``archode --help`` lists all.

Exit codes: :class:`~.exit_codes.ExitCode`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from . import commands
from .commands.options import app
from .exit_codes import ExitCode

__all__ = ["app", "commands", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; `arguments` default to those of the process."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal without UTF-8 shall show '?' for 'µ' rather than end the program.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app(args=None if arguments is None else list(arguments), prog_name="archode")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ExitCode.DONE if ended.code is None else ExitCode.BUG
    return ExitCode.DONE


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


if __name__ == "__main__":
    sys.exit(main())
