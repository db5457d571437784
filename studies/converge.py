"""`archode converge`: a study on a family of meshes that refines everything, and what its numbers tend to.

Each member has all sizes, the growth of layers and the tolerance of the time steps finer than the one before: a factor
2 in the sizes, 4 in the tolerance.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..geometry import GeometryError
from ..solvers.errors import SolverError
from ..solvers.gather import on_root
from ..solvers.record import write_json, write_table
from .discretisation import discretisation
from .error_bars import OF_PLATING, OF_STEPS
from .errors import StudyError
from .extrapolation import Extrapolated, extrapolate
from .load import Case
from .wording import number

if TYPE_CHECKING:
    from mpi4py.MPI import Comm
    from rich.console import RenderableType

log = logging.getLogger(__name__)

#: By how much each member is finer than the one before.
RATIO = 2.0

#: Members of the family: fewer tell no order, and with more the finest takes too long.
FEWEST, MOST = 3, 5

Numbers = dict[str, float]


def parse_levels(levels: int) -> tuple[float, ...]:
    """Scales of the members, the coarsest first; the study itself is the last but one.

    Raises
    ------
    StudyError
        Too few or too many.
    """
    if not FEWEST <= levels <= MOST:
        raise StudyError(f"--levels {levels}: must be {FEWEST} to {MOST}")
    return tuple(RATIO ** (levels - 2 - k) for k in range(levels))


def converge_case(case: Case, folder: Path, scales: Sequence[float], comm: Comm) -> Iterator[RenderableType]:
    """Run a case on every member of the family, extrapolate, write and show it. Collective.

    Parameters
    ----------
    folder
        Of what is written: ``converge.json``, ``converge.csv``, ``figures/convergence.png``.

    Raises
    ------
    StudyError
        A member cannot be meshed or does not come to its end.
    """
    from .execute import numbers_of

    finely, members = discretisation(case.study), []
    for index, scale in enumerate(scales, start=1):
        called = f"mesh {index} of {len(scales)}"
        log.info("%s: %s, sizes × %g", case.name, called, scale)
        try:
            found = numbers_of(case, folder, comm, finely.coarser_in_all(scale), called)
        except (GeometryError, SolverError) as error:
            raise StudyError(f"{case.name}, sizes × {scale:g}: {error}") from error
        members.append({"scale": scale, "unknowns": found["unknowns"], "wall_time [s]": found["wall_time [s]"]})
        members[-1]["numbers"] = numbers(found)
    # What the surfaces say is known to rank 0 alone.
    members = comm.bcast(members, root=0)
    told = {
        "study": case.study.study,
        "case": case.name,
        "parameters": case.parameters,
        "degree": finely.degree,
        "members": members,
        "extrapolated": {key: asdict(one) for key, one in _extrapolated(members, finely.degree).items()},
    }
    on_root(comm, lambda: _write(folder, told))
    yield from _tables(told)
    if comm.rank == 0:
        yield from _draw(folder)


def numbers(found: Mapping[str, Any]) -> Numbers:
    """The headline numbers of a run by name, those that are not zero."""
    told = {}
    for step in found["steps"]:
        for name, unit in OF_STEPS:
            told[f"step {step['index']} ({step['kind']}): {name} [{unit}]"] = step.get(f"{name} [{unit}]")
    for side, plated in found["plating"].items():
        for name, unit in OF_PLATING:
            told[f"{side}: {name} [{unit}]"] = plated.get(f"{name} [{unit}]")
        told[f"{side}: depletion [s]"] = (plated.get("depletion") or {}).get("time [s]")
    return {key: value for key, value in told.items() if value and value == value}


def _extrapolated(members: Sequence[Mapping[str, Any]], degree: int) -> dict[str, Extrapolated]:
    found = {}
    for key in members[-1]["numbers"]:
        values = [member["numbers"].get(key) for member in members]
        if None not in values:
            found[key] = extrapolate(values, RATIO, 2.0 * degree)
    return found


def _write(folder: Path, told: Mapping[str, Any]) -> None:
    import pandas

    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for key, one in told["extrapolated"].items():
        row = {"quantity": key}
        row |= {f"sizes x {m['scale']:g}": m["numbers"][key] for m in told["members"]}
        rows.append(row | {"extrapolated": one["value"], "error": one["error"], "order": one["order"]})
    write_table(pandas.DataFrame(rows), folder / "converge")
    write_json(folder / "converge.json", told)


def _tables(told: Mapping[str, Any]) -> Iterator[RenderableType]:
    from rich import box
    from rich.table import Table

    title = f"{told['study']}, {told['case']}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("quantity", overflow="fold")
    for member in told["members"]:
        table.add_column(f"sizes × {member['scale']:g}", justify="right")
    for column in ("order", "extrapolated", "±", "error of × 1"):
        table.add_column(column, justify="right")
    own = next(index for index, member in enumerate(told["members"]) if member["scale"] == 1.0)
    for key, one in told["extrapolated"].items():
        values = [member["numbers"][key] for member in told["members"]]
        order = "–" if one["order"] is None else f"{one['order']:.2g}"
        off = f"{100 * (values[own] / one['value'] - 1):+.2g} %" if one["value"] else "–"
        shown = [number(value, 5) for value in values]
        table.add_row(key, *shown, order, number(one["value"], 5), number(one["error"], 2), off)
    costs = [f"{member['unknowns']:,}; {member['wall_time [s]']:.3g} s" for member in told["members"]]
    table.add_row("unknowns; wall time", *costs, "", "", "", "")
    yield table


def _draw(folder: Path) -> Iterator[str]:
    """Draw the errors; a picture that cannot be drawn is a warning, the numbers stand."""
    from ..visualization import VisualizationError
    from ..visualization.convergence import draw_convergence
    from ..visualization.page import save

    try:
        yield f"picture: {save(draw_convergence(folder), folder / 'figures' / 'convergence.png')}"
    except VisualizationError as error:
        log.warning("no picture: %s", error)
