"""Whether the launcher that started this process speaks with the MPI that it uses.

A launcher of another MPI starts n programs that do not know of each other: each would run the whole study, all in one
folder. What launchers say in the environment (Slurm's ``srun``: https://slurm.schedmd.com/srun.html, output
environment variables; PMI of MPICH's Hydra and of Intel MPI; Open MPI's ``mpirun``):

A batch script of Slurm has ``SLURM_NTASKS`` without any task having been started, so that it says nothing here;
``SLURM_STEP_NUM_TASKS`` is set by ``srun`` for the tasks of a step alone. Hydra starts one proxy per node with
``srun``, whose number is not that of the ranks: where PMI or Open MPI say a number, theirs counts. The shell of
``srun --pty`` (``SLURM_PTY_PORT``) is one program, whatever the number of tasks.
"""

from __future__ import annotations

import os
import shlex
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import StudyError
from .exit_codes import ExitCode

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

#: Who says how many tasks were started, the innermost launcher first: its variable, name, and that of the task's rank.
CLAIMS = (
    ("PMI_SIZE", "mpiexec", "PMI_RANK"),
    ("OMPI_COMM_WORLD_SIZE", "Open MPI's mpirun", "OMPI_COMM_WORLD_RANK"),
    ("MV2_COMM_WORLD_SIZE", "MVAPICH's launcher", "MV2_COMM_WORLD_RANK"),
    ("SLURM_STEP_NUM_TASKS", "srun", "SLURM_PROCID"),
)


def world() -> Comm:
    """All processes of the job, once it is sure that there is one.

    Raises
    ------
    StudyError
        A launcher started several processes that MPI does not connect; all but the first of them end without a word.
    ModuleNotFoundError
        DOLFINx is not installed.
    """
    from ..geometry._dolfinx import ensure_dolfinx

    with warnings.catch_warnings():
        # mpi4py looks at the environment too, and says less.
        warnings.filterwarnings("ignore", "suspicious MPI execution environment", RuntimeWarning)
        ensure_dolfinx()
        from mpi4py import MPI

    try:
        require_one_job(MPI.COMM_WORLD.size, MPI.get_vendor()[0])
    except StudyError:
        if not _speaks():
            sys.exit(ExitCode.INPUT)
        raise
    return MPI.COMM_WORLD


def require_one_job(size: int, library: str, environment: Mapping[str, str] = os.environ) -> None:
    """Refuse to run alone what was started several times.

    Parameters
    ----------
    size
        Processes of MPI's world.
    library
        What this MPI calls itself.

    Raises
    ------
    StudyError
        A launcher started several processes, and MPI knows of this one alone; the message has the right command.
    """
    claim = _claim(environment)
    if claim is None or size > 1:
        return
    variable, launcher, _ = claim
    tasks = int(environment[variable])
    if tasks <= 1:
        return
    raise StudyError(
        f"{launcher} started {tasks} programs ({variable}={tasks}) that know nothing of each other, as this one uses "
        f"{library}: each would run the whole study. Start one job with `{_command(tasks)}`; for {tasks} programs with "
        f"a study each, leave the variable out with `env -u {variable} archode …`"
    )


def _speaks(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this is the first of the processes that a launcher started, which speaks for all."""
    claim = _claim(environment)
    return claim is None or environment.get(claim[2], "0") in ("", "0")


def _claim(environment: Mapping[str, str]) -> tuple[str, str, str] | None:
    """The innermost launcher that says how many tasks it started."""
    for claim in CLAIMS:
        if environment.get(claim[0], "").isdecimal() and not (claim[1] == "srun" and "SLURM_PTY_PORT" in environment):
            return claim
    return None


def _command(tasks: int) -> str:
    """The command that starts this one as one job."""
    beside = Path(sys.executable).with_name("mpiexec")
    mpiexec = f"{beside} -launcher fork" if beside.exists() else "the mpiexec of the MPI that DOLFINx was built with,"
    return f"{mpiexec} -n {tasks} archode {shlex.join(sys.argv[1:])}"
