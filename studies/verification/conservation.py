"""What must not change: charge, salt, and the ions stored in the electrodes."""

from __future__ import annotations

from dataclasses import replace

from ...geometry import ARCHITECTURES, Architecture, MeshSizes
from ...materials import Collector
from ...solvers.description import ELECTRODES
from ...solvers.drive import ProtocolStep, TimeLimit, VoltageLimit
from ...solvers.observe import Observation, Observer
from ...solvers.position import AcceptedStep
from ...solvers.scales import FARADAY
from ...solvers.stepping import StepControl
from ...visualization.book import Figure, bound, points
from .result import Result
from .row import Row, Stopwatch, discrepancy
from .systems import binary_electrolyte, cell_on, describe_mesh, hold, insertion, run

TOLERANCE = 1e-9

#: Current of the cycle over the one that fills the electrodes in an hour.
C_RATE = 30.0


def cycle(capacity: float, c_rate: float) -> list[ProtocolStep]:
    """Charge to 0.55 V, hold there, discharge to −0.55 V, rest; from a cell at 0 V.

    Parameters
    ----------
    capacity
        Nominal capacity [C].
    c_rate
        Current over the current that fills the capacity in an hour.
    """
    current, hour = c_rate * capacity / 3600.0, 3600.0 / c_rate
    return [
        ProtocolStep("charge", current, (VoltageLimit(0.55, rising=True), TimeLimit(2 * hour)), hour),
        hold(0.55, 0.1 * hour),
        ProtocolStep("discharge", -current, (VoltageLimit(-0.55, rising=False), TimeLimit(2 * hour)), hour),
        ProtocolStep("rest", 0.0, (TimeLimit(0.1 * hour),), 0.1 * hour),
    ]


def conservation() -> Result:
    """Balances over charge, hold, discharge and rest of a cell with two insertion electrodes.

    At every accepted step, relative to the largest charge passed: content of the cathode + Q/F = const,
    content of the anode − Q/F = const; currents through both electrodes equal; the amount of salt constant.
    The charge Q of a constant-current step is current × time. The unit cell of interdigital electrodes, with
    the direct and with the iterative linear solver, Newton's tolerance 1e-10.
    """
    interdigital = ARCHITECTURES["interdigital"](
        finger_width=10e-6, gap=10e-6, thickness=1e-6, collector_thickness=0.0, cover=10e-6, slice=2e-6
    )
    sizes = MeshSizes(size=4e-6, interface_size=1e-6, film_size=0.25e-6, growth=2.0)
    balances = [_balances("conservation", interdigital, sizes, linear) for linear in ("direct", "iterative")]
    return Result([row for rows, _ in balances for row in rows], [panel for _, panel in balances])


def conservation_finger_pair() -> Result:
    """The same balances on half a finger pair with tips, bus bars and gold collectors, iterative solver."""
    interdigital = ARCHITECTURES["interdigital"](
        finger_width=10e-6, gap=10e-6, thickness=1e-6, cover=10e-6, length=40e-6, domain="finger_pair"
    )
    sizes = MeshSizes(size=6e-6, interface_size=2.5e-6, film_size=0.4e-6, growth=2.5)
    return Result(*_balances("conservation_finger_pair", interdigital, sizes, "iterative"))


def _balances(case: str, interdigital: Architecture, sizes: MeshSizes, linear: str) -> tuple[list[Row], Figure]:
    watch = Stopwatch()
    host = replace(insertion(0.5, diffusivity=1e-13), collector=Collector("gold", 4.1e7))
    cell = cell_on(interdigital, sizes, binary_electrolyte(diffusivity=5e-10), host, host)
    capacity = host.material.volumetric_capacity * interdigital.volumes()["cathode"]
    steps = cycle(capacity, C_RATE)
    control = StepControl(tolerance=5e-3, newton_tolerance=1e-10)
    current_unit = C_RATE * capacity / 3600.0
    start = Observer(cell)()
    history = list(run(cell, steps, current_unit, control, linear))
    mismatches = _mismatches(start, history, current_unit)
    worst = {what: max(values) for what, values in mismatches.items()}
    worst |= {"charge counted": _miscounted(history, steps)}
    seconds, mesh, rows = watch.lap(), f"{describe_mesh(cell)}, {linear}", []
    for what, error in worst.items():
        rows.append(discrepancy(case, f"{what}, {linear}", error, TOLERANCE, mesh, seconds))
        seconds = 0.0
    times = [step.time for step in history]
    curves = [points(what, times, values) for what, values in mismatches.items()]
    curves.append(bound("allowed", (times[0], times[-1]), (TOLERANCE, TOLERANCE)))
    title = f"Balances of a cycle, {linear} solver"
    return rows, Figure(title, "Time / s", "Mismatch, relative", curves, log_y=True)


def _mismatches(first: Observation, history: list[AcceptedStep], current_unit: float) -> dict[str, list[float]]:
    """Mismatch of every balance at every step of a run, relative to the charge, the current and the salt."""
    largest_charge = max(abs(step.charge) for step in history)
    found: dict[str, list[float]] = {}
    for step in history:
        now = step.observation
        gained = {name: FARADAY * (now.content[name] - first.content[name]) for name in ELECTRODES}
        mismatches = {
            "cathode's content": (gained["cathode"] + step.charge) / largest_charge,
            "anode's content": (gained["anode"] - step.charge) / largest_charge,
            "current through both": (now.current + now.anode_current) / current_unit,
            "salt": now.amounts["salt"] / first.amounts["salt"] - 1,
        }
        for what, mismatch in mismatches.items():
            found.setdefault(what, []).append(abs(mismatch))
    return found


def _miscounted(history: list[AcceptedStep], steps: list[ProtocolStep]) -> float:
    """Charge counted at the end of the constant-current steps against current × time, relative."""
    largest, begun = 0.0, 0.0
    for accepted in history:
        step = steps[accepted.protocol_step]
        if accepted.ended_by:
            if step.galvanostatic and step.value != 0:
                expected = step.value * (accepted.time - begun)
                largest = max(largest, abs(accepted.step_charge / expected - 1))
            begun = accepted.time
    return largest
