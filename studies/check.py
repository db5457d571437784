"""What `archode check` shows: the resolved study, its cases, and what each will take. Solves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..materials import format_si, load_material
from .load import Case, LoadedStudy
from .ratings import (
    device_current,
    device_footprint,
    estimated_seconds,
    estimated_size,
    initial_voltage,
    nominal_capacity,
)
from .schema import Study, dump_study

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
    yield Syntax(dump_study(loaded.study), "yaml", background_color="default", word_wrap=True)
    yield cases_table(loaded.cases)
    if len(loaded.cases) > MAX_ROWS:
        yield Text(f"… and {len(loaded.cases) - MAX_ROWS} more cases")
    estimates = list(_estimates(loaded.study))
    if estimates:
        yield Text("Estimated, not measured (see `archode materials NAME`):", style="yellow")
        for line in estimates:
            yield Text(f"  {line}")


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
    cells, unknowns = estimated_size(study)
    capacity = nominal_capacity(study)
    yield str(getattr(geometry, "domain", "whole"))
    yield format_si(geometry.footprint_area * 1e12, "1") + " µm²"
    yield f"× {geometry.multiplicity:.6g} = {format_si(device_footprint(study) * 1e6, '1')} mm²"
    yield f"{cells:,}"
    yield f"{unknowns:,}"
    yield _clock(estimated_seconds(study))
    yield "–" if capacity is None else format_si(capacity / 3600, "Ah")
    yield f"{round(initial_voltage(study), 3) + 0.0:.3f} V"
    yield "; ".join(_currents(study))


def _clock(seconds: float) -> str:
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 1.0):.0f} s"


def _currents(study: Study) -> Iterator[str]:
    """Distinct currents of the protocol, in the order they come."""
    told = {}
    for step in study.steps():
        if step.drive is not None:
            ampere = format_si(device_current(study, step.drive), "A")
            rate = f" ({step.drive.value:g} C)" if step.drive.mode == "c_rate" else ""
            told[f"{step.kind}{rate} {ampere}"] = None
    return iter(told)


def _estimates(study: Study) -> Iterator[str]:
    overridden = set(study.materials.overrides)
    for role in ("electrolyte", "anode", "cathode", "anode_collector", "cathode_collector"):
        name = getattr(study.materials, role)
        if name is None:
            continue
        names = [p for p in load_material(name).estimates if f"{role}.{p}" not in overridden]
        if names:
            yield f"{role} {name}: {', '.join(names)}"
