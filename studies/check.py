"""What `archode check` shows: the resolved study, its cases, and what each will take. Solves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..materials import format_si
from .assumptions import STERN_CAPACITANCE, assumed_layers, estimates
from .check_sizes import sizes_overview
from .discretisation import discretisation
from .foreseen import foreseen
from .load import Case, LoadedStudy
from .ratings import (
    device_current,
    device_footprint,
    electrolyte,
    estimated_memory,
    estimated_seconds,
    estimated_size,
    initial_voltage,
    nominal_capacity,
)
from .schema import Study, dump_hosts, dump_study

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

MAX_ROWS = 40
"""Cases shown one by one; a longer sweep is counted."""


def study_overview(loaded: LoadedStudy) -> Iterator[RenderableType]:
    """Renderables in the order they are shown."""
    from rich.syntax import Syntax
    from rich.text import Text

    yield Text(f"# {loaded.path}, resolved", style="dim")
    resolved = dump_hosts(loaded.hosts) if loaded.hosts else dump_study(loaded.study)
    yield Syntax(resolved, "yaml", background_color="default", word_wrap=True)
    yield cases_table(loaded.cases)
    if len(loaded.cases) > MAX_ROWS:
        yield Text(f"… and {len(loaded.cases) - MAX_ROWS} more cases")
    yield Text(f"Memory of one rank, at most: about {max(map(_memory, loaded.cases)) / 1e9:.1f} GB")
    yield from sizes_overview(loaded.cases)
    yield from double_layers(loaded.cases)
    yield from warnings(loaded.cases)
    assumed = list(_assumed(loaded.study))
    if assumed:
        yield Text("Estimated, not measured (see `archode materials NAME`):", style="yellow")
        for line in assumed:
            yield Text(f"  {line}")


def warnings(cases: list[Case]) -> Iterator[RenderableType]:
    """What can be foreseen to go wrong, with the cases in which it does unless it does in all."""
    from rich.text import Text

    found: dict[str, list[str]] = {}
    for case in cases:
        for one in foreseen(case.study):
            found.setdefault(one.message, []).append(case.name)
    for message, names in found.items():
        where = "" if len(names) == len(cases) else f" in {', '.join(names[:3])}"
        where += f" and {len(names) - 3} more" if where and len(names) > 3 else ""
        yield Text(f"Warning{where}: {message}", style="yellow")


def cases_table(cases: list[Case]) -> Table:
    """One row a case: size of the simulated domain and of the device, mesh, capacity, voltage, currents."""
    from rich import box
    from rich.table import Table

    count = f"{len(cases)} case{'s' if len(cases) != 1 else ''}"
    table = Table(title=count, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("case", "simulated", "footprint", "device", "cells ≈", "unknowns ≈", "one core ≈"):
        table.add_column(column, overflow="fold")
    table.add_column("nominal capacity")
    table.add_column("open circuit")
    table.add_column("currents of the device")
    for case in cases[:MAX_ROWS]:
        table.add_row(case.name, *_row(case.study))
    return table


def _row(study: Study) -> Iterator[str]:
    geometry = study.geometry
    finely = discretisation(study)
    cells, unknowns = estimated_size(study, finely.sizes, finely.degree)
    capacity = nominal_capacity(study)
    yield str(getattr(geometry, "domain", "whole"))
    yield format_si(geometry.footprint_area * 1e12, "1") + " µm²"
    yield f"× {geometry.multiplicity:.6g} = {format_si(device_footprint(study) * 1e6, '1')} mm²"
    yield f"{cells:,}"
    yield f"{unknowns:,}"
    yield _clock(estimated_seconds(study, unknowns))
    yield "–" if capacity is None else format_si(capacity / 3600, "Ah")
    yield f"{round(initial_voltage(study), 3) + 0.0:.3f} V"
    yield "; ".join(_currents(study))


def _memory(case: Case) -> float:
    finely = discretisation(case.study)
    return estimated_memory(case.study, estimated_size(case.study, finely.sizes, finely.degree)[1])


def _clock(seconds: float) -> str:
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 1.0):.0f} s"


def _currents(study: Study) -> Iterator[str]:
    """Distinct currents and rates of the protocol, in the order they come."""
    told = {}
    for step in study.steps():
        if step.drive is not None:
            ampere = format_si(device_current(study, step.drive), "A")
            rate = f" ({step.drive.value:g} C)" if step.drive.mode == "c_rate" else ""
            told[f"{step.kind}{rate} {ampere}"] = None
        elif step.rate is not None:
            told[f"ramp {format_si(step.rate, 'V/s')}"] = None
    return iter(told)


def _assumed(study: Study) -> Iterator[str]:
    for role, (name, names) in estimates(study).items():
        yield f"{role} {name}: {', '.join(names)}"
    for key in assumed_layers(study):
        yield f"{key}: {format_si(STERN_CAPACITANCE, 'F/m^2')}, typical of compact layers"


def double_layers(cases: list[Case]) -> Iterator[RenderableType]:
    """Debye length of every bulk, and where double layers are resolved, the mesh's first layer beside it."""
    from rich.text import Text

    for line, coarse in dict.fromkeys(_double_layer(case.study) for case in cases):
        yield Text(line, style="yellow" if coarse else "")


#: Cells across a Debye length at the wall, below which a diffuse layer is not resolved.
CELLS_ACROSS = 3.0


def _double_layer(study: Study) -> tuple[str, bool]:
    """A line on the bulk, and whether its double layers are too thin for the mesh."""
    bulk = electrolyte(study)
    length = bulk.debye_length
    told = f"Bulk: conductivity {format_si(bulk.conductivity, 'S/m')}, Debye length {format_si(length, 'm')}"
    if not study.physics.polarises:
        return told, False
    sizes = study.geometry.resolved_sizes(discretisation(study).sizes)
    given = {key: getattr(sizes, key, None) for key in ("wall_size", "interface_size")}
    key, size = next(((key, value) for key, value in given.items() if value is not None), ("", None))
    if size is None:
        return told, False
    told += f"; mesh.{key} {format_si(size, 'm')} is {size / length:.2g} of it"
    if size * CELLS_ACROSS <= length:
        return told, False
    return f"{told}: too coarse for double layers, set mesh.wall_size to {format_si(length / 5, 'm')} or less", True
