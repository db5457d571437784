"""``archode bench pictures``: seconds and memory of drawing results, each view in a process of its own.

Run as ``python -m archode.studies.bench_pictures CASE VIEW FILE`` it draws one view and prints JSON.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

VIEWS = (
    "geometry",
    "concentration",
    "potential",
    "current",
    "current_density",
    "surface_current",
    "stoichiometry",
    "solid_concentration",
    "slices",
    "mesh",
)


@dataclass(frozen=True)
class Drawing:
    """One row of the benchmark: a view of a result of about `cells` tetrahedra and some snapshots."""

    name: str
    view: str
    cells: int
    snapshots: int = 2


def drawings(quick: bool) -> tuple[Drawing, ...]:
    """What is drawn: every view of a million cells, and one slice of a result of many times, 2 GB on disk."""
    cells = 50_000 if quick else 1_000_000
    of_many = Drawing("one time of many", "slices", cells // 2, 10 if quick else 145)
    return (*(Drawing(view, view, cells) for view in VIEWS), of_many)


def run_benchmark(wanted: tuple[Drawing, ...]) -> Iterator[tuple[Drawing, dict[str, Any] | str]]:
    """Yield every drawing with its figures, or with what went wrong."""
    from .bench_pictures_case import write_case

    with tempfile.TemporaryDirectory() as folder:
        cases: dict[tuple[int, int], Path] = {}
        for drawing in wanted:
            size = drawing.cells, drawing.snapshots
            if size not in cases:
                cases[size] = write_case(Path(folder) / f"cells={size[0]},times={size[1]}", *size)
            case = cases[size]
            command = [sys.executable, "-m", __name__, str(case), drawing.view, str(Path(folder) / "view.png")]
            start = time.perf_counter()
            ran = subprocess.run(command, capture_output=True, text=True)
            seconds = time.perf_counter() - start
            if ran.returncode:
                yield drawing, (ran.stderr.strip().splitlines() or ["no message"])[-1]
                continue
            disk = sum(file.stat().st_size for file in case.glob("*.vtkhdf"))
            yield drawing, json.loads(ran.stdout) | {"seconds": seconds, "disk [MB]": disk / 1e6}


def results_table(results: list[tuple[Drawing, dict[str, Any] | str]]) -> Table:
    """The figures, one row a view."""
    from rich import box
    from rich.table import Table

    table = Table(title="Drawing results", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("view")
    for name in ("tetrahedra", "times", "MB on disk", "seconds", "of it start", "CPU seconds", "peak MB"):
        table.add_column(name, justify="right")
    for drawing, figures in results:
        if isinstance(figures, str):
            table.add_row(drawing.name, f"failed: {figures}")
            continue
        table.add_row(
            drawing.name,
            f"{figures['cells']:,}",
            str(drawing.snapshots),
            f"{figures['disk [MB]']:.0f}",
            f"{figures['seconds']:.1f}",
            f"{figures['start [s]']:.1f}",
            f"{figures['cpu [s]']:.1f}",
            f"{figures['memory [MB]']:.0f}",
        )
    return table


def draw(case: Path, view: str, path: Path) -> dict[str, float]:
    """Draw one view into a file; what it took."""
    began = time.perf_counter()
    import matplotlib.figure  # noqa: F401
    import pyvista  # noqa: F401

    from ..visualization.case import Case
    from ..visualization.page import save
    from ..visualization.picture import figure_of
    from ..visualization.views import draw_view

    start = time.perf_counter() - began
    results = Case(case)
    drawn = draw_view(results, view)
    save(figure_of(drawn), path)
    import h5py

    cells = 0
    for region in results.regions:
        with h5py.File(case / f"{region}.vtkhdf") as file:
            cells += len(file["VTKHDF/Types"])
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime
    return {"start [s]": start, "cpu [s]": cpu, "memory [MB]": peak_memory(), "cells": cells}


def peak_memory() -> float:
    """Most memory that this process has had, MB."""
    # The maximum that getrusage tells begins with that of the process which started this one.
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return float(line.split()[1]) / 1024
    raise OSError("/proc/self/status tells no VmHWM")


if __name__ == "__main__":
    print(json.dumps(draw(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))))
