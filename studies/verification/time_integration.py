"""Order of the time integrator on a smooth problem."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from dolfinx import fem

from ...geometry import MeshSizes
from ...solvers.cell import Cell
from ...solvers.newton import Newton
from ...solvers.stepping import Integrator, StepControl
from ...visualization.book import Figure
from .order import convergence, fit_order
from .result import Result
from .row import Stopwatch, comparison
from .systems import bar_cell, binary_electrolyte, describe_mesh, metal, newton_of

GAP = 100e-6

#: Steps over the whole time, doubled from entry to entry.
STEPS = (32, 64, 128, 256)


def _relax(cell: Cell, newton: Newton, order: int, lengths: list[float]) -> tuple[np.ndarray, float]:
    """Let the start profile decay by the given steps [s]; returns c/c₀ at the nodes and the voltage."""
    cell.set_initial_state()
    space, dofs = cell.q.function_space.sub(0).collapse()
    u = fem.Function(space)
    length = GAP / cell.scales.length
    u.interpolate(lambda x: np.log(1 + 0.5 * np.cos(np.pi * x[0] / length)))
    cell.q.x.array[dofs] = u.x.array
    cell.galvanostatic.value, cell.applied_current.value = 1.0, 0.0
    integrator = Integrator(cell, newton, StepControl(adaptive=False, order=order, newton_tolerance=1.0))
    integrator.current_scale = 1e-9
    newton.renew()
    for dt in lengths:
        trial = integrator.attempt(dt)
        if not trial.report.converged:
            raise integrator.give_up(trial, 0)
        integrator.accept(trial)
    return np.exp(cell.q.x.array[dofs]), cell.voltage


def _step_lengths(duration: float, count: int, alternating: bool) -> list[float]:
    if not alternating:
        return [duration / count] * count
    pair = 2 * duration / count
    return [pair / 3, 2 * pair / 3] * (count // 2)


def _cases() -> Iterator[tuple[str, int, bool]]:
    yield "backward Euler", 1, False
    yield "BDF2", 2, False
    yield "BDF2, steps in the ratio 1:2:1:2…", 2, True


def time_order() -> Result:
    """Order in time of a concentration profile that relaxes at rest between two metal electrodes.

    From c = c₀(1 + ½ cos(πx/L)) the solution is c₀(1 + ½ cos(πx/L) exp(−π²Dt/L²)), smooth from the start.
    Errors are taken against a run of BDF2 with 2048 steps on the same mesh, which leaves out the error in
    space; they are maxima over the nodes, and orders are fitted by least squares to four step lengths.
    """
    watch = Stopwatch()
    sizes = MeshSizes(size=12.5e-6, interface_size=6e-6, growth=1.3)
    cell = bar_cell(GAP, sizes, binary_electrolyte(transference_number=0.3), metal(), metal())
    duration, rows = 0.1 * GAP**2 / 1e-10, []
    lengths, curves = [duration / count for count in STEPS], {"c": [], "voltage": []}
    with newton_of(cell) as newton:
        reference = _relax(cell, newton, 2, [duration / 2048] * 2048)
        for name, order, alternating in _cases():
            errors = []
            for count in STEPS:
                c, voltage = _relax(cell, newton, order, _step_lengths(duration, count, alternating))
                errors.append((np.abs(c - reference[0]).max(), abs(voltage - reference[1])))
            seconds = watch.lap()
            for what, column in (("c", 0), ("voltage", 1)):
                values = [pair[column] for pair in errors]
                fit = fit_order(lengths, values)
                curves[what] += convergence(name, lengths, values)
                quantity = f"order in time, {name}, {what}"
                note = f"errors {', '.join(f'{v:.2e}' for v in values)} at {STEPS[0]}…{STEPS[-1]} steps"
                mesh = describe_mesh(cell)
                rows.append(comparison("time_order", quantity, order, fit.order, 0.1 / order, mesh, seconds, note, fit))
                seconds = 0.0
    axes = {"x": "Step length, mean / s", "log_x": True, "log_y": True}
    return Result(
        rows,
        [
            Figure("Concentration", y="Largest error of c/c₀", curves=curves["c"], **axes),
            Figure("Voltage", y="Error of the voltage / V", curves=curves["voltage"], **axes),
        ],
    )
