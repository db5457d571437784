"""Double layers as laws of an interface: capacitance, Gouy–Chapman–Stern, and the ions that they take."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from ...geometry import MeshSizes
from ...materials import BinaryElectrolyte
from ...materials.constants import VACUUM_PERMITTIVITY
from ...solvers.description import DoubleLayer, Electrode
from ...solvers.drive import TimeLimit
from ...solvers.scales import FARADAY, GAS_CONSTANT
from ...solvers.stepping import StepControl
from ...visualization.book import Figure, compare, line, points
from .debye_limit import ELECTROLYTE, SALT
from .result import Result
from .row import Stopwatch, comparison, discrepancy
from .systems import (
    BAR_AREA,
    TEMPERATURE,
    THERMAL_VOLTAGE,
    bar_cell,
    binary_electrolyte,
    describe_mesh,
    galvanostatic,
    hold,
    last,
    metal,
    run,
)
from .transport import ONE_TO_ONE, TWO_TO_ONE

CAPACITANCE = 0.1
COMPACT = 0.2


def interface_capacitance() -> Result:
    r"""Charging of constant capacitances C through an electrolyte of resistance R = L/κ, and beside a reaction.

    Two blocking electrodes after a step to V₀, t₊ = ½ and half of the charge brought by cations: neither ion piles
    up, c stays uniform, and J = (V₀/R) e^{−2t/RC} at any amplitude. With the cathode's charge brought by cations and
    the anode's by anions, both ions enter the solution: the salt grows by Q/F.

    Two metals at a small current J, t₊ = 1: V = JR + 2JR_ct (1 − e^{−t/R_ctC}), R_ct = RT/(F i₀).
    """
    gap, voltage, rows = 50e-6, 0.2, []
    sizes = MeshSizes(size=10e-6, interface_size=2.5e-6, growth=2.0)
    watch = Stopwatch()
    electrolyte = binary_electrolyte(**ONE_TO_ONE)
    resistance = gap / electrolyte.conductivity
    tau = 0.5 * resistance * CAPACITANCE

    def charging(cation_shares: tuple[float, float]) -> tuple[list, str]:
        anode, cathode = (
            Electrode(double_layer=DoubleLayer(capacitance=CAPACITANCE, cation_share=share)) for share in cation_shares
        )
        cell = bar_cell(gap, sizes, electrolyte, anode, cathode)
        control = StepControl(adaptive=False, initial_step=tau / 100)
        return list(run(cell, [hold(voltage, 5 * tau)], voltage / resistance * BAR_AREA, control)), describe_mesh(cell)

    def current(t: float) -> float:
        return voltage / resistance * np.exp(-t / tau)

    steps, mesh = charging((0.5, 0.5))
    seen = [(s.time, s.observation.current / BAR_AREA) for s in steps if s.time >= 0.1 * tau]
    t, computed = max(seen, key=lambda pair: abs(pair[1] / current(pair[0]) - 1))
    quantity = f"current density of two blocking electrodes, worst of {len(seen)} times, at {t / tau:.2g} RC/2 [A/m²]"
    # Steps of τ/100 by BDF2: (1/100)²/3 of t/τ, and half as much of the first step.
    rows.append(comparison("interface_capacitance", quantity, current(t), computed, 5e-4, mesh, watch.lap()))
    steps, mesh = charging((0.0, 1.0))
    salt = steps[-1].observation.amounts["salt"] - gap * BAR_AREA * electrolyte.concentration
    given = steps[-1].charge / FARADAY
    quantity = "salt set free by anions of the anode and cations of the cathode, Q/F [mol]"
    # Amounts are sums over the mesh of numbers 1e3 times larger, Newton stops at 1e-9.
    rows.append(comparison("interface_capacitance", quantity, given, salt, 1e-6, mesh, watch.lap()))

    exchange, small = 5.0, 0.02
    # Thin and dilute: rounding is relative to the salt that is there.
    thin = 5e-6
    conductor = binary_electrolyte(concentration=10.0, transference_number=1.0, conductivity=2.0)
    electrode = metal(exchange, double_layer=DoubleLayer(capacitance=CAPACITANCE, cation_share=1.0))
    sizes = MeshSizes(size=thin, interface_size=thin / 10, growth=2.0)
    cell = bar_cell(thin, sizes, conductor, electrode, electrode)
    transfer = THERMAL_VOLTAGE / exchange
    relax = transfer * CAPACITANCE
    control = StepControl(adaptive=False, initial_step=relax / 200)
    step = galvanostatic(small * BAR_AREA, [TimeLimit(5 * relax)], 5 * relax)
    found = [(s.time, s.observation.voltage) for s in run(cell, [step], small * BAR_AREA, control)]

    def polarisation(t: float) -> float:
        return small * (thin / conductor.conductivity + 2 * transfer * (1 - np.exp(-t / relax)))

    mesh, pulse = describe_mesh(cell), [pair for pair in found if pair[0] >= 0.1 * relax]
    t, computed = max(pulse, key=lambda pair: abs(pair[1] / polarisation(pair[0]) - 1))
    quantity = f"voltage beside charge transfer, worst of {len(pulse)} times, at {t / relax:.2g} R_ct C [V]"
    rows.append(comparison("interface_capacitance", quantity, polarisation(t), computed, 5e-4, mesh, watch.lap()))
    few = slice(None, None, 24)
    blocked = [(t / tau, j * resistance / voltage) for t, j in seen[few]]
    reacting = [(t / relax, v / (small * transfer)) for t, v in pulse[few][::2]]
    return Result(
        rows,
        (
            Figure(
                "Blocking electrodes",
                "Time / (RC/2)",
                "J R / V₀",
                compare("computed", *zip(*blocked, strict=True), lambda t: np.exp(-t), 5e-4),
            ),
            Figure(
                "Beside a reaction",
                "Time / (R$_{ct}$C)",
                "V / (J R$_{ct}$)",
                compare(
                    "computed",
                    *zip(*reacting, strict=True),
                    lambda t: polarisation(t * relax) / (small * transfer),
                    5e-4,
                ),
            ),
        ),
    )


def grahame(electrolyte: BinaryElectrolyte, zeta: float) -> float:
    """Charge of a diffuse layer of potential ζ [RT/F]: sgn ζ √(2εRT Σ c_i (e^{−z_iζ} − 1)) [C/m²]."""
    ions = (
        (electrolyte.z_cation, electrolyte.cation_concentration),
        (electrolyte.z_anion, electrolyte.anion_concentration),
    )
    energy = sum(c * np.expm1(-z * zeta) for z, c in ions) * 2 * GAS_CONSTANT * TEMPERATURE
    return float(np.sign(zeta) * np.sqrt(electrolyte.permittivity * VACUUM_PERMITTIVITY * max(energy, 0.0)))


def layer_charge(electrolyte: BinaryElectrolyte, voltage: float, compact: float = COMPACT) -> tuple[float, float]:
    """q [C/m²] and ζ [RT/F] at E = ``voltage`` [V]: C_S (E − ζ) = q(ζ)."""
    drop = voltage / THERMAL_VOLTAGE

    def mismatch(zeta: float) -> float:
        return compact * THERMAL_VOLTAGE * (drop - zeta) - grahame(electrolyte, zeta)

    zeta = brentq(mismatch, *sorted((0.0, drop)), xtol=1e-14) if drop else 0.0
    return grahame(electrolyte, zeta), zeta


def diffuse_layer_law() -> Result:
    r"""Gouy–Chapman–Stern as a law of the interface in the electroneutral model: charge, ions, and full PNP beside it.

    Charge of a blocking electrode against bulk electrolyte: C_S (E − ζ) = q(ζ), q² = 2εRT Σ c_i (e^{−z_iζ} − 1)
    (Grahame), for a 1:1 and a 1:2 salt. Charged slowly, two blocking electrodes at ±ζ take of a 1:1 salt

    Γ = 4 c λ_D (cosh(ζ/2) − 1), which is 0.06 % of what there is at λ_D/L = 10⁻³.

    The same charging by Poisson–Nernst–Planck, layers resolved, differs by terms of order λ_D/L.
    D. C. Grahame, Chem. Rev. 41 (1947) 441, doi:10.1021/cr60130a002.
    """
    case, rows, curves = "diffuse_layer_law", [], []
    layer = DoubleLayer(stern_capacitance=COMPACT)
    voltages = (-0.5, -0.2, -0.05, 0.05, 0.2, 0.5)
    gap = 1e-6
    sizes = MeshSizes(size=0.2e-6, interface_size=0.05e-6, growth=2.0)
    for name, salt in (("1:1, 0.1 M", SALT), ("1:2, 0.5 M", TWO_TO_ONE)):
        watch = Stopwatch()
        electrolyte = binary_electrolyte(**salt)
        ends = Electrode(reservoir=True), Electrode(double_layer=layer)
        cell = bar_cell(gap, sizes, electrolyte, *ends, width=gap / 5)
        area = (gap / 5) ** 2
        # A thousand diffusion times; the layer charges through the bar faster than that.
        step = 1e3 * gap**2 / salt["diffusivity"]
        control = StepControl(adaptive=False, initial_step=step, order=1, newton_tolerance=1e-9)
        holds = [hold(v, 4 * step) for v in voltages]
        unit = COMPACT * THERMAL_VOLTAGE * area / step
        found = [s.charge / area for s in run(cell, holds, unit, control) if s.ended_by]

        def law(voltage: float, electrolyte=electrolyte) -> float:
            return layer_charge(electrolyte, voltage)[0]

        mesh = describe_mesh(cell)
        worst = max(range(len(voltages)), key=lambda k: abs(found[k] / law(voltages[k]) - 1))
        quantity = f"charge of a blocking electrode, worst of {len(voltages)}, at {voltages[worst]:g} V, {name} [C/m²]"
        rows.append(comparison(case, quantity, law(voltages[worst]), found[worst], 1e-9, mesh, watch.lap()))
        curves += compare(name, voltages, found, law, 1e-9, span=(voltages[0], voltages[-1]))

    ratio, voltage = 1e-3, 10 * THERMAL_VOLTAGE
    debye = ELECTROLYTE.debye_length
    gap = debye / ratio
    tau = debye * gap / SALT["diffusivity"]
    times = (*(tau * np.geomspace(0.02, 3, 14)), 50 * tau)
    blocking = Electrode(double_layer=layer)
    sizes = MeshSizes(size=gap / 20, interface_size=0.1 * debye, growth=1.25)
    width = gap / 20
    histories, meshes, seconds = {}, {}, []
    for model in ("electroneutral", "poisson-nernst-planck"):
        watch = Stopwatch()
        cell = bar_cell(gap, sizes, ELECTROLYTE, blocking, blocking, 2, width=width, model=model)
        step = hold(voltage, times[-1], output_times=times, initial_step=1e-3 * tau)
        unit = voltage * ELECTROLYTE.conductivity / gap * width**2
        steps = list(run(cell, [step], unit, StepControl(tolerance=1e-4, max_step=2 * tau)))
        histories[model] = [s.charge / width**2 for s in steps if s.is_output]
        meshes[model] = describe_mesh(cell)
        seconds.append(watch.lap())
    neutral, full = (np.array(histories[m]) for m in histories)
    mesh = meshes["electroneutral"]
    charge, zeta = layer_charge(ELECTROLYTE, voltage / 2)
    quantity = "charge of two blocking electrodes at ±5 RT/F, λ_D/L = 0.001 [C/m²]"
    # The layers take 0.06 % of the salt.
    rows.append(comparison(case, quantity, charge, neutral[-1], 5e-4, mesh, seconds[0]))
    watch = Stopwatch()
    cell = bar_cell(gap, sizes, ELECTROLYTE, blocking, blocking, 2, width=width)
    # Slowly, or the walls are depleted while they take their ions: charged by a step of voltage they take 1 % less.
    duration, current = 200 * tau, charge / (200 * tau) * width**2
    control = StepControl(tolerance=1e-3, max_step=duration / 40)
    end = last(run(cell, [galvanostatic(current, [TimeLimit(duration)], duration)], current, control))
    taken = 4 * SALT["concentration"] * debye * (np.cosh(zeta / 2) - 1)
    lost = SALT["concentration"] * gap - end.observation.amounts["salt"] / width**2
    quantity = "salt taken by both layers when they hold that charge, λ_D/L = 0.001 [mol/m²]"
    rows.append(comparison(case, quantity, taken, lost, 1e-3, mesh, watch.lap()))
    error = float(np.abs(neutral - full).max() / charge)
    quantity = f"charge of electroneutral cell with the law against PNP, worst of {len(times)} times, relative"
    # Seven λ_D/L at this voltage.
    rows.append(discrepancy(case, quantity, error, 0.01, meshes["poisson-nernst-planck"], seconds[1]))
    shown = np.array(times) / tau
    transient = [
        line("electroneutral, law", shown[:-1], neutral[:-1]),
        points("Poisson–Nernst–Planck", shown[:-1], full[:-1]),
    ]
    return Result(
        rows,
        (
            Figure("Compact layer 0.2 F/m²", "E / V", "Charge / C m⁻²", curves),
            Figure("Two electrodes, λ$_D$/L = 0.001", "Time / (λ$_D$L/D)", "Charge / C m⁻²", transient, log_x=True),
        ),
    )
