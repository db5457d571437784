"""Kinetics at the interface: resistances of a symmetric cell, Butler–Volmer behind a film."""

from __future__ import annotations

import math
from functools import partial

from scipy.optimize import brentq

from ...geometry import MeshSizes
from ...solvers.description import Electrode
from ...solvers.drive import TimeLimit
from ...solvers.stepping import StepControl
from ...visualization.book import Figure, compare
from .result import Result
from .row import Row, Stopwatch, comparison
from .systems import (
    BAR_AREA,
    FAST,
    THERMAL_VOLTAGE,
    bar_cell,
    binary_electrolyte,
    describe_mesh,
    galvanostatic,
    last,
    metal,
    run,
)

GAP = 100e-6
SIZES = MeshSizes(size=10e-6, interface_size=2e-6, growth=1.4)

#: With t₊ = 1 the anions stay where they are: the salt is uniform and the electrolyte a plain resistor.
RESISTOR = {"diffusivity": 1e-10, "transference_number": 1.0, "conductivity": 0.8}

EXCHANGE = 12.0
FILM = 2e-3


def _voltage(
    anode: Electrode, cathode: Electrode, current_density: float, concentration: float = 1.0, z: int = 1
) -> tuple[float, str]:
    """Voltage of a cell at a current density after a short step [V], and its mesh.

    ``concentration`` is that of the salt over the one the exchange current density is stated for.
    """
    electrolyte = binary_electrolyte(z=(z, -1), nu=(1, z), **RESISTOR)
    cell = bar_cell(GAP, SIZES, electrolyte, anode, cathode)
    cell.q.x.array[0::2] = math.log(concentration)
    duration = 1e-3
    control = StepControl(adaptive=False, initial_step=duration, newton_tolerance=1e-9)
    current = current_density * BAR_AREA
    end = last(run(cell, [galvanostatic(current, [TimeLimit(duration)], duration)], abs(current), control))
    return end.observation.voltage, describe_mesh(cell)


def linear_kinetics() -> list[Row]:
    """Resistance of a symmetric metal cell at a current far below the exchange current.

    R = L/κ + 2 RT/(F i₀ (αₐ + α_c)), and 2 R_f more with films of resistance R_f. J. Newman, N. P. Balsara,
    Electrochemical Systems, 4th ed., Wiley 2021, ch. 8.
    """
    rows = []
    tiny = 1e-4 * EXCHANGE
    for name, film in (("bare", 0.0), ("with films of 20 Ω cm²", FILM)):
        watch = Stopwatch()
        electrode = metal(EXCHANGE, film)
        voltage, mesh = _voltage(electrode, electrode, tiny)
        exact = GAP / RESISTOR["conductivity"] + 2 * THERMAL_VOLTAGE / EXCHANGE + 2 * film
        quantity = f"area resistance, {name} [Ω m²]"
        rows.append(comparison("linear_kinetics", quantity, exact, voltage / tiny, 1e-3, mesh, watch.lap()))
    return rows


def mass_action() -> Result:
    """The same resistance in an electrolyte of another concentration: κ is proportional to c, i₀ to c^(αₐ/z₊).

    With αₐ + α_c = z₊ this is the law of mass action, j = i₀ [exp(αₐη') − (c/c₀) exp(−α_cη')], with η' counted from
    the equilibrium at c₀.
    """
    rows, curves, tiny = [], [], 1e-4 * EXCHANGE

    def resistance(ratio: float, z: int, alphas: tuple[float, float]) -> float:
        i0 = EXCHANGE * ratio ** (alphas[0] / z)
        return GAP / (ratio * RESISTOR["conductivity"]) + 2 * THERMAL_VOLTAGE / (i0 * sum(alphas))

    for z, alphas in ((1, (0.7, 0.3)), (2, (0.8, 1.2))):
        found = {}
        for ratio in (0.1, 4.0):
            watch = Stopwatch()
            electrode = metal(EXCHANGE, 0.0, alphas, ion_charge=z)
            voltage, mesh = _voltage(electrode, electrode, tiny, ratio, z)
            found[ratio] = voltage / tiny
            exact = resistance(ratio, z, alphas)
            quantity = f"area resistance at {ratio:g} c₀, z₊ = {z} [Ω m²]"
            rows.append(comparison("mass_action", quantity, exact, found[ratio], 1e-3, mesh, watch.lap()))
        law = partial(resistance, z=z, alphas=alphas)
        curves += compare(f"z₊ = {z}", list(found), found.values(), law, 1e-3, log_x=True)
    axes = "Concentration over that of the exchange current", "Area resistance / Ω m²"
    return Result(rows, Figure("Cell far below its exchange current", *axes, curves, log_x=True, log_y=True))


def overpotential(current_density: float, i0: float, film: float, alphas: tuple[float, float]) -> float:
    """η of J = i₀ [exp(αₐ(η − J R_f)F/RT) − exp(−α_c(η − J R_f)F/RT)], by a bracketing root finder [V]."""
    a, c = alphas

    def mismatch(s: float) -> float:
        return i0 * (math.exp(a * s) - math.exp(-c * s)) - current_density

    bound = math.asinh(abs(current_density) / i0) / min(a, c) + 1
    return THERMAL_VOLTAGE * brentq(mismatch, -bound, bound, xtol=1e-14) + current_density * film


def strong_kinetics() -> Result:
    """Butler–Volmer with αₐ ≠ α_c behind a film, far from equilibrium, against a scalar root of the same law.

    V = J L/κ + η(J) + J RT/(F i₀,fast): one electrode is slow and filmed, the other reversible.
    """
    rows, curves = [], []
    alphas = (0.7, 0.3)
    for film in (0.0, FILM):
        found = {}
        for multiple in (-200.0, -5.0, 5.0, 200.0):
            watch = Stopwatch()
            j = multiple * EXCHANGE
            voltage, mesh = _voltage(metal(), metal(EXCHANGE, film, alphas), j)
            ohmic = j * GAP / RESISTOR["conductivity"] + j * THERMAL_VOLTAGE / FAST
            exact = overpotential(j, EXCHANGE, film, alphas)
            quantity = f"η at {multiple:g} i₀, R_f = {film:g} Ω m² [V]"
            found[multiple] = voltage - ohmic
            rows.append(comparison("strong_kinetics", quantity, exact, found[multiple], 1e-3, mesh, watch.lap()))
        for name, sign in (("anodic", 1), ("cathodic", -1)):
            sizes = [abs(multiple) for multiple in found if sign * multiple > 0]
            computed = [abs(found[sign * size]) for size in sizes]

            def law(size: float, film=film, sign=sign) -> float:
                return abs(overpotential(sign * size * EXCHANGE, EXCHANGE, film, alphas))

            label = f"{name}, film of {film * 1e4:g} Ω cm²"
            curves += compare(label, sizes, computed, law, 1e-3, log_x=True, span=(0.1, 1e3))
    axes = "Current density over exchange current density, |J|/i₀", "Overpotential with film |η| / V"
    return Result(rows, Figure("Butler–Volmer behind a film", *axes, curves, log_x=True, log_y=True))
