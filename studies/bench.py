"""``archode bench``: what a time step costs, beside one Poisson problem on the same mesh in the same run.

Seconds depend on the machine; iterations, the ratio to Poisson and the growth with size hardly do. Every
measurement runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

#: More accepted time steps than either problem takes.
ALL = 10_000


@dataclass(frozen=True)
class Measurement:
    """One row of the benchmark: about how many unknowns, which solver, ranks, time steps at most, and the problem."""

    unknowns: int
    linear: str
    ranks: int = 1
    steps: int = ALL
    problem: str = "discharge"


QUICK = (
    Measurement(20_000, "direct"),
    Measurement(20_000, "iterative"),
    Measurement(20_000, "iterative", ranks=2),
    Measurement(100_000, "iterative"),
    Measurement(20_000, "iterative", problem="pore"),
    Measurement(100_000, "iterative", problem="pore"),
)

# A factorisation of 400,000 unknowns takes minutes and 8 GB; the growth shows before that.
FULL = (
    Measurement(20_000, "direct"),
    Measurement(100_000, "direct", steps=6),
    Measurement(20_000, "iterative"),
    Measurement(100_000, "iterative"),
    Measurement(400_000, "iterative"),
    Measurement(20_000, "iterative", ranks=2),
    Measurement(100_000, "iterative", ranks=2),
    Measurement(400_000, "iterative", ranks=2),
    Measurement(20_000, "iterative", problem="pore"),
    Measurement(100_000, "iterative", problem="pore"),
    Measurement(400_000, "iterative", problem="pore"),
    Measurement(400_000, "iterative", ranks=2, problem="pore"),
)


def run_benchmark(measurements: Iterable[Measurement]) -> Iterator[tuple[Measurement, dict[str, Any] | str]]:
    """Yield every measurement with its figures, or with what went wrong."""
    for measurement in measurements:
        yield measurement, _measure(measurement)


def _measure(measurement: Measurement) -> dict[str, Any] | str:
    command = [sys.executable, "-m", "archode.studies.bench_worker"]
    command += [measurement.problem, str(measurement.unknowns), measurement.linear, str(measurement.steps)]
    if measurement.ranks > 1:
        launcher = _launcher()
        if launcher is None:
            return "no mpiexec found"
        command = [launcher, "-n", str(measurement.ranks), *command]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    try:
        return json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))
    except StopIteration:
        return (done.stderr.strip().splitlines() or ["no output"])[-1]


def _launcher() -> str | None:
    beside = Path(sys.executable).with_name("mpiexec")
    return str(beside) if beside.exists() else shutil.which("mpiexec")


COLUMNS = (
    ("problem", lambda r: r["problem"]),
    ("unknowns", lambda r: f"{r['unknowns']:,}"),
    ("solver", lambda r: r["linear"]),
    ("ranks", lambda r: str(r["ranks"])),
    ("time steps", lambda r: f"{r['steps']}{'' if r['finished'] else ' (first)'}"),
    ("Newton / step", lambda r: f"{r['newton_per_step']:.2f}"),
    ("Jacobians / step", lambda r: f"{r['jacobians_per_step']:.2f}"),
    ("linear / Newton", lambda r: f"{r['linear_per_newton']:.1f}"),
    ("s / Newton", lambda r: f"{r['seconds_per_newton']:.3g}"),
    ("s / step", lambda r: f"{r['seconds_per_step']:.3g}"),
    ("assembly", lambda r: f"{100 * r['assembly_share']:.0f} %"),
    ("Poisson s (its)", lambda r: f"{r['poisson']:.3g} ({r['poisson_iterations']})"),
    ("step / Poisson", lambda r: f"{r['step_over_poisson']:.2f}"),
    ("first step / Poisson", lambda r: f"{r['first_over_poisson']:.2f}"),
    ("peak MB", lambda r: f"{r['memory_mb']:.0f}"),
)


def results_table(results: list[tuple[Measurement, dict[str, Any] | str]]) -> Table:
    """The figures, one row a measurement."""
    from rich import box
    from rich.table import Table

    table = Table(
        title="One time step of a discharge (electroneutral) or of a pore (Poisson–Nernst–Planck)",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for name, _ in COLUMNS:
        table.add_column(name, justify="right")
    for measurement, result in results:
        if isinstance(result, str):
            empty = [""] * (len(COLUMNS) - 5)
            table.add_row(
                measurement.problem,
                f"{measurement.unknowns:,}",
                measurement.linear,
                str(measurement.ranks),
                f"failed: {result}",
                *empty,
            )
        else:
            table.add_row(*(text(result) for _, text in COLUMNS))
    return table


def conclusions(results: list[tuple[Measurement, dict[str, Any] | str]]) -> Iterator[str]:
    """Growth of time and of linear iterations with size, and the gain from a second rank."""
    good = [r for _, r in results if isinstance(r, dict)]
    kinds = dict.fromkeys((r["problem"], r["linear"]) for r in good)
    for problem, linear in kinds:
        serial = sorted(
            (r["unknowns"], r["seconds_per_newton"], r["linear_per_newton"])
            for r in good
            if (r["problem"], r["linear"]) == (problem, linear) and r["ranks"] == 1
        )
        for (n0, t0, _), (n1, t1, _) in itertools.pairwise(serial):
            exponent = math.log(t1 / t0) / math.log(n1 / n0)
            yield f"{problem}, {linear}: time per Newton step grows as unknowns^{exponent:.2f} from {n0:,} to {n1:,}"
        if linear == "iterative" and len(serial) > 1:
            (n0, _, k0), (n1, _, k1) = serial[0], serial[-1]
            yield f"{problem}: linear iterations grow {k1 / k0:.2f} times from {n0:,} to {n1:,} unknowns"
    for pair in good:
        same = ("problem", "unknowns", "linear")
        one = next((r for r in good if r["ranks"] == 1 and all(r[k] == pair[k] for k in same)), None)
        if pair["ranks"] > 1 and one:
            gain = one["seconds_per_step"] / pair["seconds_per_step"]
            case = f"{pair['problem']}, {pair['linear']}, {pair['unknowns']:,} unknowns"
            yield f"{case}: {pair['ranks']} ranks are {gain:.2f} times as fast"
