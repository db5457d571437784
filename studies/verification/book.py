"""Runs verification cases; :mod:`.page` writes what they found."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence

from ..errors import StudyError, suggestion
from .cases import CASES
from .result import Result
from .row import Row, Stopwatch

log = logging.getLogger(__name__)


def select(names: Sequence[str]) -> list[str]:
    """Return the names of the cases to run, all of them for none given.

    Raises
    ------
    StudyError
        For a name that is not a case, with the nearest one.
    """
    problems = [f"no verification case '{n}'; {suggestion(n, CASES)}" for n in names if n not in CASES]
    if problems:
        raise StudyError(problems)
    return list(dict.fromkeys(names)) or list(CASES)


def require_one_rank() -> None:
    """Refuse to run on several ranks: the manufactured cases make their meshes for one."""
    from mpi4py import MPI

    if MPI.COMM_WORLD.size > 1:
        raise StudyError("verify runs on one rank; tests/mpi compares one rank with several")


def run_cases(names: Sequence[str] = (), report: Callable[[Row], None] = lambda row: None) -> dict[str, Result]:
    """Run the named cases (all if none) and return what they found; ``report`` sees each case's rows at once.

    A case that breaks off becomes one failed row that says why: it shall not cost the others their numbers.
    """
    results = {}
    for name in select(names):
        results[name] = _run(name)
        for row in results[name].rows:
            report(row)
    return results


def _run(name: str) -> Result:
    watch = Stopwatch()
    try:
        return CASES[name].run()
    except Exception as error:
        log.debug("case %s", name, exc_info=True)
        reason = " ".join(str(error).split()) or "no message"
        nan = math.nan
        row = Row(
            name, "the case did not finish", nan, nan, nan, nan, "", watch.lap(), f"{type(error).__name__}: {reason}"
        )
        return Result([row])


def versions() -> str:
    """Versions of the programs that the numbers depend on."""
    import dolfinx
    import gmsh
    from petsc4py import PETSc

    petsc = ".".join(map(str, PETSc.Sys.getVersion()))
    return f"DOLFINx {dolfinx.__version__}, PETSc {petsc}, Gmsh {gmsh.__version__}"
