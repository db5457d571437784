"""The program's log as plain lines on standard error."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def mpi_rank() -> int:
    """Rank in an MPI job, also before MPI is started: launchers tell it in the environment."""
    for name in ("PMI_RANK", "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "MV2_COMM_WORLD_RANK"):
        if os.environ.get(name, "").isdecimal():
            return int(os.environ[name])
    return 0


class _Once(logging.Filter):
    """Lets each message through once: the cases of a sweep share their warnings."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[tuple[int, str]] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        key = (record.levelno, record.getMessage())
        repeated = record.levelno >= logging.WARNING and key in self.seen
        self.seen.add(key)
        return not repeated


class _Plain(logging.Formatter):
    """Information as it is; anything graver says so."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        return text if record.levelno <= logging.INFO else f"{record.levelname.lower()}: {text}"


@contextmanager
def log_shown(level: int, recorded: int | None = None) -> Iterator[None]:
    """Show the program's log on standard error, on rank 0 only.

    Parameters
    ----------
    level
        Of the lines that are shown.
    recorded
        Of those that a case's ``run.log`` keeps; the same unless given.
    """
    logger = logging.getLogger("archode")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Plain())
    handler.addFilter(_Once())
    before = logger.level
    if mpi_rank() == 0:
        handler.setLevel(level)
        logger.addHandler(handler)
        logger.setLevel(level if recorded is None else recorded)
    else:
        handler.setLevel(logging.ERROR)
        logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
