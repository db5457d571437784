"""How a command ends, for scripts and batch systems."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of ``archode``; `meaning` says each in words."""

    DONE = 0
    BUG = 1
    INPUT = 2
    SOLVER = 3
    MACHINE = 4
    UNBALANCED = 5
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """What has happened, and what to do."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.DONE: "done (for `verify`: every row within its tolerance)",
    ExitCode.BUG: "internal error, which is a bug, or DOLFINx is not installed",
    ExitCode.INPUT: "the input is wrong, which `archode check` says too; nothing was solved",
    ExitCode.SOLVER: "a case's mesh could not be made, or it did not converge; what was computed is kept "
    "(for `verify`: a row missed its tolerance)",
    ExitCode.MACHINE: "the machine failed: disk, memory, permissions, a folder that another run uses; "
    "once that is mended, go on with `--resume`",
    ExitCode.UNBALANCED: "a balance of a case is broken, so what was computed, which is kept, is no result",
    ExitCode.INTERRUPTED: "interrupted, or stopped before `--time-limit`; go on with `--resume`",
}

#: How a case may end, and the exit code of a study in which one did; of several the first counts.
STATUSES = {
    "interrupted": ExitCode.INTERRUPTED,
    "machine": ExitCode.MACHINE,
    "failed": ExitCode.SOLVER,
    "invalid": ExitCode.SOLVER,
    "unbalanced": ExitCode.UNBALANCED,
}
