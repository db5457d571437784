"""Runs verification cases and writes the table that docs/verification.md is."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from pathlib import Path

from ...solvers.errors import SolverError
from ...solvers.record import write_text
from ..errors import StudyError, suggestion
from .cases import CASES
from .row import Row, Stopwatch

HEADER = ("case", "quantity", "exact", "computed", "relative error", "tolerance", "mesh", "seconds")

_INTRODUCTION = """\
# Verification

Closed forms against the simulation, computed by `archode verify --out docs/verification.md`; the same cases
run in the test suite. Seconds are wall time on the machine that wrote this file, without compiling forms that
an earlier run had left in the cache; rows read off one run have its time in the first. In an order of
convergence in space only a shortfall counts as an error.
"""


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


def run_cases(names: Sequence[str] = (), report: Callable[[Row], None] = lambda row: None) -> list[Row]:
    """Run the named cases (all if none) and return their rows; ``report`` sees each case's rows at once.

    A case whose solver gives up becomes one failed row that says why.
    """
    rows = []
    for name in select(names):
        for row in _rows_of(name):
            report(row)
            rows.append(row)
    return rows


def _rows_of(name: str) -> list[Row]:
    watch = Stopwatch()
    try:
        return list(CASES[name].run().rows)
    except SolverError as error:
        nan = math.nan
        return [Row(name, "the case did not finish", nan, nan, nan, nan, "", watch.lap(), str(error))]


def table(rows: Sequence[Row]) -> str:
    """Markdown table of the rows; failed ones are marked."""
    lines = [_line(HEADER), _line(["---"] * len(HEADER))]
    for row in rows:
        case = row.case if row.passed else f"**FAILED** {row.case}"
        numbers = [f"{row.exact:.6g}", f"{row.computed:.6g}", f"{row.error:.2g}", f"{row.tolerance:.2g}"]
        lines.append(_line([case, row.quantity, *numbers, row.mesh, f"{row.seconds:.1f}"]))
    return "\n".join(lines) + "\n"


def _line(entries: Sequence[str]) -> str:
    return "| " + " | ".join(entry.replace("|", "\\|") for entry in entries) + " |"


def document(rows: Sequence[Row]) -> str:
    """The whole file: introduction, table, what the orders were fitted to, and every case's closed form."""
    parts = [_INTRODUCTION, f"Made with {versions()}.\n", table(rows)]
    notes = [f"- {row.case}, {row.quantity}: {row.note}" for row in rows if row.note]
    if notes:
        parts.append("## Notes\n\n" + "\n".join(notes) + "\n")
    parts.append("## The cases")
    for name in dict.fromkeys(row.case for row in rows):
        parts.append(f"### {name}\n\n{inspect.getdoc(CASES[name].function)}\n")
    return "\n".join(parts)


def versions() -> str:
    """Versions of the programs that the numbers depend on."""
    import dolfinx
    import gmsh
    from petsc4py import PETSc

    petsc = ".".join(map(str, PETSc.Sys.getVersion()))
    return f"DOLFINx {dolfinx.__version__}, PETSc {petsc}, Gmsh {gmsh.__version__}"


def write(rows: Sequence[Row], path: Path) -> None:
    """Write the document; a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, document(rows))
