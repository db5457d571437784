"""How a command ends: exit codes, and one message of what went wrong, from one rank.

0 done; 1 internal error; 2 the input is wrong; 3 the solver did not converge; 130 interrupted.
"""

from __future__ import annotations

import logging
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

import typer

from ..errors import StudyError
from ..log_lines import log_shown, mpi_rank

GRACE = 2.0
"""Seconds that rank 0 has to speak before another rank does."""

OK, INTERNAL, WRONG_INPUT, NOT_CONVERGED, INTERRUPTED = 0, 1, 2, 3, 130


def guarded(action: Callable[[], int], debug: bool, level: int = logging.WARNING) -> None:
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
        say(str(error))
        return WRONG_INPUT
    if isinstance(error, KeyboardInterrupt):
        _end_all("interrupted", INTERRUPTED)
        return INTERRUPTED
    if isinstance(error, ModuleNotFoundError) and error.name == "dolfinx":
        say(str(error))
        return INTERNAL
    told = " ".join(str(error).split()) or "no message"
    _end_all(f"internal error: {type(error).__name__}: {told}; rerun with --debug to see where", INTERNAL)
    return INTERNAL


def _end_all(message: str, code: int) -> None:
    """Say what happened, and end the other ranks of a parallel run, which may wait for this one for ever."""
    mpi: Any = sys.modules.get("mpi4py.MPI")
    if mpi is None or not mpi.Is_initialized() or mpi.Is_finalized() or mpi.COMM_WORLD.size == 1:
        say(message)
        return
    rank = mpi.COMM_WORLD.rank
    if rank != 0:
        # What failed here mostly fails on rank 0 too, which then speaks and ends all.
        time.sleep(GRACE)
        message = f"rank {rank}: {message}"
    typer.echo(f"error: {message}", err=True)
    sys.stderr.flush()
    mpi.COMM_WORLD.Abort(code)


def say(message: str) -> None:
    """One message on standard error, from one rank."""
    if mpi_rank() == 0:
        lines = message.splitlines() or [""]
        head = "error: " if len(lines) == 1 else f"error: {len(lines)} problems\n  "
        typer.echo(head + "\n  ".join(lines), err=True)


def console() -> Any:
    from rich.console import Console

    # Piped output is not cut at 80 columns.
    return Console(width=None if sys.stdout.isatty() else 160, soft_wrap=False, highlight=False)
