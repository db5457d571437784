"""Diffuse layers at rest: Gouy and Chapman's potential and charge, and the capacitance behind a compact layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.optimize import brentq

from ...geometry import MeshSizes
from ...materials import BinaryElectrolyte
from ...materials.constants import VACUUM_PERMITTIVITY
from ...solvers.cell import Cell
from ...solvers.description import DoubleLayer, Electrode
from ...solvers.scales import GAS_CONSTANT
from ...solvers.stepping import StepControl
from ...visualization.book import Figure, compare
from .result import Result
from .row import Row, Stopwatch, comparison, discrepancy
from .systems import TEMPERATURE, THERMAL_VOLTAGE, bar_cell, binary_electrolyte, describe_mesh, hold, run

#: Compact layer of the differential capacitance [F/m²].
STERN = 0.2

#: Largest departure from the potential of zero charge there, and the distance of the holds [V].
REACH, STEP = 0.5, 0.05


@dataclass(frozen=True)
class Held:
    """A half cell at rest: charge of the electrode [C/m²], and what it took to get there."""

    charge: float
    newton_iterations: int
    time_steps: int


def salt(concentration: float, z: tuple[int, int] = (1, -1), nu: tuple[int, int] = (1, 1)) -> BinaryElectrolyte:
    """A salt of a concentration [mol/m³] in water."""
    return binary_electrolyte(z=z, nu=nu, concentration=concentration, diffusivity=1e-9)


def half_cell(
    electrolyte: BinaryElectrolyte,
    layer: DoubleLayer,
    lengths: float,
    first: float,
    growth: float = 1.3,
    degree: int = 2,
    **physics,
) -> Cell:
    """A blocking cathode that faces a reservoir.

    Parameters
    ----------
    electrolyte
        Its Debye length λ_D is the unit of the mesh.
    layer
        Of the cathode.
    lengths, first
        Distance of the reservoir and height of the first cells [λ_D].
    growth
        Ratio of neighbouring cells' heights, which end at half a λ_D.
    degree
        Of the elements.
    physics
        As of :func:`~.systems.cell_on`.
    """
    debye = electrolyte.debye_length
    sizes = MeshSizes(size=0.5 * debye, interface_size=first * debye, growth=growth)
    anode, cathode = Electrode(reservoir=True), Electrode(double_layer=layer)
    physics = {"model": "poisson-nernst-planck"} | physics
    return bar_cell(lengths * debye, sizes, electrolyte, anode, cathode, degree, width=debye / 4, **physics)


def area(cell: Cell) -> float:
    """Of the cathode [m²]."""
    return cell.area("cathode_surface") * cell.scales.length**2


def rest_at(cell: Cell, voltages: Sequence[float], look: Callable[[], None] | None = None) -> list[Held]:
    """Hold voltages [V] one after the other until nothing flows; ``look`` is called at the end of each."""
    # An implicit Euler step of so many λ_D²/D leaves a thousandth of what relaxes with λ_D L/D.
    duration = 2e4 * cell.description.electrolyte.debye_length**2 / cell.scales.diffusivity
    control = StepControl(adaptive=False, initial_step=duration, order=1)
    found, iterations, steps = [], 0, 0
    for step in run(cell, [hold(v, 3 * duration) for v in voltages], cell.thermal_current, control):
        iterations, steps = iterations + step.newton_iterations, steps + 1
        if step.ended_by:
            found.append(Held(step.charge / area(cell), iterations, steps))
            iterations = steps = 0
            if look:
                look()
    return found


def by_distance(cell: Cell, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance from the cathode [m], rising, and the values of the electrolyte's nodes there."""
    x = cell.q.function_space.tabulate_dof_coordinates()[:, 0]
    # Nodes of one layer differ by rounding alone.
    distance, where = np.unique(np.round((x.max() - x) * cell.scales.length, 16), return_index=True)
    return distance, values[where]


def profile(cell: Cell) -> tuple[np.ndarray, np.ndarray]:
    """Distance from the cathode [m] and potential against the anode terminal [V] along the bar."""
    phi = cell.q.x.array.reshape(-1, len(cell.electrolyte.components))[:, -1] + float(cell.potential_level.value)
    return by_distance(cell, phi * cell.scales.potential)


def grahame(electrolyte: BinaryElectrolyte, zeta: float) -> float:
    """σ = ±√(2εRT Σ c_i (e^{−z_iFζ/RT} − 1)), the charge [C/m²] that a diffuse layer of potential ζ [V] balances."""
    epsilon = electrolyte.permittivity * VACUUM_PERMITTIVITY
    c = electrolyte.concentration * np.array([electrolyte.nu_cation, electrolyte.nu_anion])
    z = np.array([electrolyte.z_cation, electrolyte.z_anion])
    excess = np.sum(c * np.expm1(-z * zeta / THERMAL_VOLTAGE))
    return float(np.sign(zeta) * np.sqrt(2 * epsilon * GAS_CONSTANT * TEMPERATURE * max(excess, 0.0)))


def gouy_chapman_potential(electrolyte: BinaryElectrolyte, zeta: float, distance: float) -> float:
    """ψ(x) = (4RT/F) artanh(tanh(Fζ/4RT) e^{−x/λ_D}) of a 1:1 salt [V]."""
    decay = np.exp(-distance / electrolyte.debye_length)
    return float(4 * THERMAL_VOLTAGE * np.arctanh(np.tanh(zeta / (4 * THERMAL_VOLTAGE)) * decay))


def stern_charge(electrolyte: BinaryElectrolyte, voltage: float) -> float:
    """Root q of C_S (V − ζ) = q(ζ) with Grahame's charge [C/m²]."""
    if voltage == 0:
        return 0.0
    zeta = brentq(lambda z: STERN * (voltage - z) - grahame(electrolyte, z), *sorted((0.0, voltage)), xtol=1e-15)
    return grahame(electrolyte, zeta)


def gouy_chapman() -> Result:
    r"""Potential and charge of a diffuse layer at an electrode 20 Debye lengths from a reservoir, no compact layer.

    0.1 M of a 1:1 salt in water, λ_D = √(εRT/2F²c) = 0.96198 nm:

    ψ(x) = (4RT/F) artanh(tanh(Fζ/4RT) e^{−x/λ_D}),  σ = √(8εRTc) sinh(Fζ/2RT),

    0.127316 C/m² at 100 mV. Of any salt Grahame's σ² = 2εRT Σ c_i (e^{−z_iFζ/RT} − 1), here 2:1 at both signs.
    D. C. Grahame, Chem. Rev. 41 (1947) 441, doi:10.1021/cr60130a002.
    """
    case, rows, curves = "gouy_chapman", [], []
    watch = Stopwatch()
    electrolyte = salt(100.0)
    cell = half_cell(electrolyte, DoubleLayer(), 20, 0.02)
    mesh, debye = describe_mesh(cell), electrolyte.debye_length
    voltages = (0.025, 0.1, 0.2)
    profiles: list[tuple[np.ndarray, np.ndarray]] = []
    held = rest_at(cell, voltages, lambda: profiles.append(profile(cell)))
    for voltage, end, (x, psi) in zip(voltages, held, profiles, strict=True):
        name = f"{1e3 * voltage:g} mV"
        law = partial(gouy_chapman_potential, electrolyte, voltage)
        # Beyond five Debye lengths less than 1 % of the potential is left.
        near = x <= 5 * debye
        exact = np.array([law(value) for value in x[near]])
        worst = float(np.max(np.abs(psi[near] / exact - 1)))
        quantity = f"largest relative error of ψ(x) to 5 λ_D, {name}"
        rows.append(discrepancy(case, quantity, worst, 0.005, mesh, watch.lap()))
        quantity = f"charge at {name} [C/m²]"
        rows.append(comparison(case, quantity, grahame(electrolyte, voltage), end.charge, 0.01, mesh, 0.0))
        curves += compare(
            name, x[near] / debye, psi[near] / voltage, lambda s, f=law, v=voltage: f(s * debye) / v, 0.005
        )
    divalent = salt(100.0 / 3, (2, -1), (1, 2))
    cell = half_cell(divalent, DoubleLayer(), 20, 0.02)
    voltages = (-0.1, 0.1)
    for voltage, end in zip(voltages, rest_at(cell, voltages), strict=True):
        quantity = f"charge of a 2:1 salt at {1e3 * voltage:g} mV [C/m²]"
        exact, mesh = grahame(divalent, voltage), describe_mesh(cell)
        rows.append(comparison(case, quantity, exact, end.charge, 0.01, mesh, watch.lap()))
    axes = "Distance from the electrode / λ$_D$", "Potential / potential of the electrode"
    return Result(rows, Figure("Diffuse layer of a 1:1 salt", *axes, curves))


def capacitance() -> Result:
    r"""Differential capacitance of a compact layer of 0.2 F/m² in series with a diffuse one, ±0.5 V.

    q solves C_S (V − ζ) = q(ζ) = √(8εRTc) sinh(Fζ/2RT), that is 1/C = 1/C_S + λ_D/(ε cosh(Fζ/2RT)). C is taken by
    differences of 50 mV from the charges of holds, and from the same differences of the closed form. The last rows
    start uncharged and go to ±0.5 V in one hold. A. J. Bard, L. R. Faulkner, Electrochemical Methods, 2nd ed.,
    Wiley 2001, §13.3.
    """
    case, curves = "capacitance", []
    rows: list[Row] = []
    voltages = np.linspace(-REACH, REACH, round(2 * REACH / STEP) + 1)
    middles = (voltages[1:] + voltages[:-1]) / 2
    for concentration in (10.0, 100.0):
        watch = Stopwatch()
        electrolyte = salt(concentration)
        name = f"{concentration / 1000:g} M"
        law = partial(stern_charge, electrolyte)

        def slope(voltage: float, law=law) -> float:
            return (law(voltage + STEP / 2) - law(voltage - STEP / 2)) / STEP

        # The layer of counter-ions at ±0.5 V is 2ε RT/(F q) thick, a hundredth of λ_D.
        cell = half_cell(electrolyte, DoubleLayer(stern_capacitance=STERN), 15, 0.005)
        mesh = describe_mesh(cell)
        held = rest_at(cell, voltages.tolist())
        found = np.diff([end.charge for end in held]) / STEP
        errors = [abs(c / slope(v) - 1) for v, c in zip(middles, found, strict=True)]
        worst = int(np.argmax(errors))
        note = f"{sum(end.newton_iterations for end in held)} Newton iterations in {len(held)} holds"
        for label, k in (
            (f"at {middles[-1]:.3f} V", len(middles) - 1),
            (f"worst of {len(middles)}, at {middles[worst]:.3f} V", worst),
        ):
            quantity = f"differential capacitance at {name}, {label} [F/m²]"
            rows.append(comparison(case, quantity, slope(middles[k]), found[k], 0.01, mesh, watch.lap(), note))
        curves += compare(name, middles, found, slope, 0.01)
        for voltage in (-REACH, REACH):
            cell.set_initial_state()
            (end,) = rest_at(cell, [voltage])
            quantity = f"charge at {name} after one hold at {voltage:g} V [C/m²]"
            note = f"{end.newton_iterations} Newton iterations in {end.time_steps} time steps"
            rows.append(comparison(case, quantity, law(voltage), end.charge, 0.01, mesh, watch.lap(), note))
    title = "Compact and diffuse layer in series"
    axes = "Voltage against the potential of zero charge / V", "Differential capacitance / F m⁻²"
    return Result(rows, Figure(title, *axes, curves))
