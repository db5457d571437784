"""Transport in the electrolyte: depletion and limiting currents."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np

from ...geometry import MeshSizes
from ...solvers.cell import Cell
from ...solvers.criteria import sand as sand_criterion
from ...solvers.criteria.depletion import depletion_time
from ...solvers.criteria.limiting_current import symmetric_limit
from ...solvers.drive import ConcentrationLimit, TimeLimit
from ...solvers.position import AcceptedStep
from ...solvers.scales import FARADAY
from ...solvers.stepping import StepControl
from ...visualization.book import Figure, bound, compare, line, points
from .result import Result
from .row import Stopwatch, comparison
from .systems import (
    BAR_AREA,
    THERMAL_VOLTAGE,
    bar_cell,
    binary_electrolyte,
    describe_mesh,
    galvanostatic,
    hold,
    metal,
    run,
)

#: Concentration that counts as depleted, as a share of the initial one.
DEPLETED = 2e-4

ONE_TO_ONE = {
    "z": (1, -1),
    "nu": (1, 1),
    "concentration": 1000.0,
    "diffusivity": 1e-10,
    "transference_number": 0.5,
}
TWO_TO_ONE = {
    "z": (1, -2),
    "nu": (2, 1),
    "concentration": 500.0,
    "diffusivity": 1.53e-9,
    "transference_number": 0.479,
}

#: A divalent cation, as in a zinc halide.
DIVALENT = {
    "z": (2, -1),
    "nu": (1, 2),
    "concentration": 700.0,
    "diffusivity": 8e-10,
    "transference_number": 0.41,
}


def _law(salt: dict) -> tuple:
    """D, c₀ of the cation, z₊ and t₋ of a salt."""
    cation = salt["nu"][0] * salt["concentration"]
    return salt["diffusivity"], cation, salt["z"][0], 1.0 - salt["transference_number"]


def limiting_current_density(salt: dict, gap: float) -> float:
    """J_lim = 2 z₊ν₊ F D c₀ / (t₋ L) of a symmetric metal cell [A/m²]; Newman & Balsara, ch. 11."""
    return float(symmetric_limit(*_law(salt), gap))


def sand_time(salt: dict, current_density: float) -> float:
    """t = π D (z₊ν₊ F c₀ / (2 J t₋))² [s], from c(0, t) = c₀ − (2 J t₋/(z₊ν₊F)) √(t/πD)."""
    return float(sand_criterion.sand_time(current_density, *_law(salt)))


def finite_gap_surface(salt: dict, gap: float, overload: float, time: float) -> float:
    """c/c₀ at the cathode of a symmetric cell after a time [s] at J = ``overload`` · J_lim.

    1 − (J/J_lim) [1 − (8/π²) Σ_{n odd} exp(−n²π²Dt/L²)/n²], the Fourier solution of the diffusion equation
    with equal and constant fluxes at both ends (H. S. Carslaw, J. C. Jaeger, Conduction of Heat in Solids,
    2nd ed., Oxford 1959, §3.8).
    """
    return float(sand_criterion.finite_gap_surface(overload, time * salt["diffusivity"] / gap**2))


def finite_gap_time(salt: dict, gap: float, overload: float) -> float:
    """Time at which c = 0 at the cathode of a symmetric cell at J = ``overload`` · J_lim [s]."""
    sand = sand_time(salt, overload * limiting_current_density(salt, gap))
    return sand_criterion.finite_gap_factor(overload) * sand


def _surface_history(steps: Iterable[AcceptedStep], salt: dict) -> tuple[list[float], list[float], AcceptedStep]:
    """Times [s], c/c₀ at the cathode, and the last step of a run."""
    history = list(steps)
    surface = [step.observation.surface_min["cathode"] / salt["concentration"] for step in history]
    return [step.time for step in history], surface, history[-1]


def deplete(
    cell: Cell, salt: dict, current_density: float, expected: float, tolerance: float = 5e-4
) -> tuple[list[float], list[float], float]:
    """Times [s] and c/c₀ at the cathode until its surface has lost its salt, and when it has [s]."""
    limits = (
        ConcentrationLimit("cathode", DEPLETED * salt["concentration"]),
        TimeLimit(5 * expected),
    )
    step = galvanostatic(-current_density * BAR_AREA, limits, expected)
    steps = run(cell, [step], current_density * BAR_AREA, StepControl(tolerance=tolerance))
    times, surface, end = _surface_history(steps, salt)
    return times, surface, end.time if end.ended_by == "concentration" else float("nan")


def sand() -> Result:
    """Sand's time in a bar of nine diffusion lengths, from the full transient.

    t = π D (z₊ν₊ F c₀ / (2 J t₋))². H. J. S. Sand, Philos. Mag. 1 (1901) 45; with migration in a binary salt:
    P. Bai et al., Energy Environ. Sci. 9 (2016) 3221, doi:10.1039/C6EE01674J.
    """
    rows, curves = [], [line("1 − √(t/t$_{Sand}$)", (0, 1), (1, 0))]
    for name, salt, current_density in (
        ("1:1", ONE_TO_ONE, 100.0),
        ("M₂X as K2SO4", TWO_TO_ONE, 2000.0),
        ("MX₂ as ZnCl2", DIVALENT, 1500.0),
    ):
        watch = Stopwatch()
        exact = sand_time(salt, current_density)
        length = 9 * np.sqrt(salt["diffusivity"] * exact)
        sizes = MeshSizes(size=length / 80, interface_size=length / 800, growth=1.2)
        electrode = metal(ion_charge=salt["z"][0])
        cell = bar_cell(length, sizes, binary_electrolyte(**salt), electrode, electrode)
        times, surface, computed = deplete(cell, salt, current_density, exact)
        curves.append(points(name, np.sqrt(np.array(times) / exact), surface))
        quantity = f"time to depletion, {name}, {current_density:g} A/m² [s]"
        rows.append(comparison("sand", quantity, exact, computed, 0.01, describe_mesh(cell), watch.lap()))
        # What a run would say that ends at 0.8 of the time: a straight line in √t.
        early = sum(time < 0.8 * exact for time in times)
        continued = depletion_time(times[:early], surface[:early], DEPLETED).time or float("nan")
        quantity = f"the same, continued from 0.8 of it, {name} [s]"
        rows.append(comparison("sand", quantity, exact, continued, 0.01, describe_mesh(cell), watch.lap()))
    axes = "√(t/t$_{Sand}$)", "c/c₀ at the cathode"
    return Result(rows, Figure("Depletion at a constant current", *axes, curves))


def finite_gap() -> Result:
    """Depletion between two electrodes 100 µm apart: from 1.02 J_lim on after a known time, at 0.9 never.

    At the cathode c/c₀ = 1 − (J/J_lim) [1 − (8/π²) Σ_{n odd} exp(−n²π²Dt/L²)/n²]: above J_lim the time of depletion is
    its root, below it c ends at c₀ (1 − J/J_lim). H. S. Carslaw, J. C. Jaeger, Conduction of Heat in Solids, 2nd ed.,
    Oxford 1959, §3.8.
    """
    gap, rows, curves = 100e-6, [], []
    salt = ONE_TO_ONE
    sizes = MeshSizes(size=2e-6, interface_size=0.2e-6, growth=1.2)
    watch = Stopwatch()
    cell = bar_cell(gap, sizes, binary_electrolyte(**salt), metal(), metal())
    mesh, limit = describe_mesh(cell), limiting_current_density(salt, gap)
    for overload in (1.02, 1.1, 1.5, 2.0):
        cell.set_initial_state()
        # Close to J_lim the last traces take long: the same level counts as depleted, errors of c are kept smaller.
        exact = finite_gap_time(salt, gap, overload / (1 - DEPLETED))
        times, surface, computed = deplete(cell, salt, overload * limit, exact, tolerance=2e-4)
        law = partial(finite_gap_surface, salt, gap, overload)
        curves += compare(f"{overload:g} J$_{{lim}}$", times, surface, law, log_x=True)
        quantity = f"time to depletion at {overload:g} J_lim, 100 µm [s]"
        rows.append(comparison("finite_gap", quantity, exact, computed, 0.01, mesh, watch.lap()))
    cell.set_initial_state()
    share, duration = 0.9, 2 * gap**2 / salt["diffusivity"]
    limits = (ConcentrationLimit("cathode", DEPLETED * salt["concentration"]), TimeLimit(duration))
    current = share * limit * BAR_AREA
    times, surface, end = _surface_history(run(cell, [galvanostatic(-current, limits, duration)], current), salt)
    computed = end.observation.surface_min["cathode"] if end.ended_by == "time" else float("nan")
    curves += compare(
        f"{share:g} J$_{{lim}}$", times, surface, partial(finite_gap_surface, salt, gap, share), log_x=True
    )
    exact = salt["concentration"] * (1 - share)
    quantity = "c at the cathode, steady at 0.9 J_lim, no depletion [mol/m³]"
    rows.append(comparison("finite_gap", quantity, exact, computed, 0.005, mesh, watch.lap()))
    return Result(rows, Figure("Depletion of a finite gap", "Time / s", "c/c₀ at the cathode", curves, log_x=True))


def limiting_current() -> Result:
    r"""Steady current of a symmetric metal cell with fast kinetics against its voltage.

    With the anions at rest, φ = (RT/F) ln c; the profile of c is linear and both electrodes are in Nernst
    equilibrium, so that V = (2RT/F) ln(c_a/c_c), c_{a,c} = c₀ (1 ± J/J_lim), that is J/J_lim = tanh(FV/4RT)
    for a 1:1 salt with the Nernst–Einstein conductivity, whatever t₊. J_lim = 2 F D c₀/(t₋ L).
    J. Newman, N. P. Balsara, Electrochemical Systems, 4th ed., Wiley 2021, ch. 11.
    """
    gap, rows = 100e-6, []
    salt = ONE_TO_ONE
    sizes = MeshSizes(size=4e-6, interface_size=0.05e-6, growth=1.4)
    watch = Stopwatch()
    cell = bar_cell(gap, sizes, binary_electrolyte(**salt), metal(), metal())
    mesh, limit = describe_mesh(cell), limiting_current_density(salt, gap)
    duration = 1.5 * gap**2 / salt["diffusivity"]
    voltages = (0.025, 0.05, 0.1, 0.2, 0.6)
    ends = {}
    # A negative voltage makes the cathode the electrode that is plated.
    for step in run(cell, [hold(-v, duration) for v in voltages], limit * BAR_AREA):
        if step.ended_by:
            ends[voltages[step.protocol_step]] = -step.observation.current / BAR_AREA
    seconds = watch.lap()

    def law(voltage: float) -> float:
        return limit * np.tanh(voltage / (4 * THERMAL_VOLTAGE))

    for voltage, computed in ends.items():
        exact = law(voltage)
        quantity = f"steady current density at {voltage:g} V [A/m²]"
        rows.append(comparison("limiting_current", quantity, exact, computed, 0.005, mesh, seconds))
        seconds = 0.0
    quantity = "limiting current density (current at 0.6 V) [A/m²]"
    rows.append(comparison("limiting_current", quantity, limit, ends[voltages[-1]], 0.005, mesh, 0.0))
    span = (1e-3, voltages[-1])
    curves = [
        *compare("computed", list(ends), ends.values(), law, 0.005, span=span),
        bound("limiting current", span, (limit, limit)),
    ]
    return Result(rows, Figure("Symmetric cell, 100 µm", "Voltage / V", "Current density / A m⁻²", curves))


def cottrell() -> Result:
    r"""Current after a potential step to depletion, in a long bar.

    Where no anion crosses the electrode, J = z₊ν₊ F D (∂c/∂x)/t₋. In a well-conducting solution with t₊ = ½
    the potential φ is uniform and V = (RT/F) ln(c_a/c_c). Both ends are semi-infinite and pass the same
    current, so c_a + c_c = 2c₀: the surfaces stay at c₀ (1 ± tanh(FV/2RT)), and

    J(t) = (F c₀/t₋) tanh(FV/2RT) √(D/πt).

    F. G. Cottrell, Z. Phys. Chem. 42 (1903) 385; factor 1/t₋ by migration in a binary salt. The conductivity
    is set to 10⁴ S/m, so that no ohmic drop delays the step.
    """
    salt = ONE_TO_ONE
    voltage, duration = 0.2, 100.0
    watch = Stopwatch()
    length = 9 * np.sqrt(salt["diffusivity"] * duration)
    sizes = MeshSizes(size=length / 12, interface_size=length / 4000, growth=1.25)
    electrolyte = binary_electrolyte(**salt, conductivity=1e4)
    cell = bar_cell(length, sizes, electrolyte, metal(), metal())
    t_m = 1 - salt["transference_number"]
    unit = FARADAY * salt["concentration"] / t_m * np.tanh(voltage / (2 * THERMAL_VOLTAGE))

    def exact(t: float) -> float:
        return unit * np.sqrt(salt["diffusivity"] / (np.pi * t))

    # The first steps pass a hundred times the currents that are compared: they set what Newton can resolve.
    steps = run(cell, [hold(-voltage, duration)], 1e3 * exact(duration) * BAR_AREA, StepControl(tolerance=5e-4))
    observed = [(s.time, -s.observation.current / BAR_AREA) for s in steps if s.time >= duration / 100]
    seconds = watch.lap()
    worst = max(observed, key=lambda pair: abs(pair[1] / exact(pair[0]) - 1))
    rows = []
    for label, (t, computed) in (
        (f"worst of {len(observed)} times in {duration / 100:g}…{duration:g} s, at {worst[0]:.3g} s", worst),
        (f"at {duration:g} s", observed[-1]),
    ):
        quantity = f"current density after a step to depletion, {label} [A/m²]"
        rows.append(comparison("cottrell", quantity, exact(t), computed, 0.01, describe_mesh(cell), seconds))
        seconds = 0.0
    curves = compare("computed", *zip(*observed, strict=True), exact, 0.01, log_x=True)
    axes = "Time / s", "Current density / A m⁻²"
    return Result(rows, Figure("After a step to depletion", *axes, curves, log_x=True, log_y=True))
