"""How a command ends: an exit code, and one message of what went wrong, from one rank."""

from __future__ import annotations

import logging
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

import typer

from ...geometry.machine import machine_fault
from ..errors import StudyError
from ..exit_codes import ExitCode
from ..log_lines import log_shown, mpi_rank
from ..signals import Interruptions

GRACE = 2.0
"""Seconds that rank 0 has to speak before another rank does."""


def guarded(action: Callable[[], int], debug: bool, level: int = logging.WARNING) -> None:
    """Run a command and turn how it ends into an exit code and one message.

    Parameters
    ----------
    level
        Of the lines of the log that are shown; files have all from information on.
    """
    with Interruptions() as interruptions, log_shown(level, recorded=min(level, logging.INFO)):
        code = _outcome(action, debug, interruptions)
    raise typer.Exit(int(code))


def _outcome(action: Callable[[], int], debug: bool, interruptions: Interruptions) -> int:
    try:
        return action()
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; nothing is left to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            traceback.print_exc()
        return _explain(error, interruptions)


def _explain(error: BaseException, interruptions: Interruptions) -> int:
    """Say what ended a command, and give its exit code."""
    if isinstance(error, StudyError):
        say(str(error))
        return ExitCode.INPUT
    # An interrupt inside a library may come back as another error.
    if isinstance(error, KeyboardInterrupt) or interruptions.came:
        _end_all(interruptions.reason, ExitCode.INTERRUPTED)
        return ExitCode.INTERRUPTED
    if (fault := machine_fault(error)) is not None:
        _end_all(fault, ExitCode.MACHINE)
        return ExitCode.MACHINE
    if isinstance(error, ModuleNotFoundError) and error.name == "dolfinx":
        say(str(error))
        return ExitCode.BUG
    told = " ".join(str(error).split()) or "no message"
    _end_all(f"internal error: {type(error).__name__}: {told}; rerun with --debug to see where", ExitCode.BUG)
    return ExitCode.BUG


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
