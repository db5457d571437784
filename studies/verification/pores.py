r"""Charged pores under bias: conductance with the ions that screen the walls, full Poisson–Nernst–Planck in 3D.

In a pore of uniform charge the electrochemical potentials fall linearly from mouth to mouth and the potential across
it is that of equilibrium, ψ(r), so that (without flow of the solvent)

.. math:: G = \frac{F^2}{RT\,L}\sum_i z_i^2 D_i \int c_i^0\, e^{-z_i\psi}\,dA .

J. J. Bikerman, Trans. Faraday Soc. 35 (1940) 154; D. Stein, M. Kruithof, C. Dekker, Phys. Rev. Lett. 93 (2004)
035901, doi:10.1103/PhysRevLett.93.035901.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.integrate import quad, solve_bvp
from scipy.interpolate import CubicSpline

from ...geometry import ARCHITECTURES, MeshSizes
from ...materials import Ion, IonicElectrolyte
from ...materials.constants import FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY
from ...solvers.description import Electrode
from ...solvers.position import AcceptedStep
from ...solvers.stepping import StepControl
from ...visualization.book import Figure, compare, line
from .result import Result
from .row import Row, Stopwatch, comparison, discrepancy
from .systems import TEMPERATURE, THERMAL_VOLTAGE, cell_on, describe_mesh, hold, run

#: Ends of every pore: bulk electrolyte at the terminal's potential.
MOUTH = Electrode(reservoir=True)

PERMITTIVITY = 78.5
BIAS = 0.01

#: Half width of the slit and radius of the round pore [m].
HALF = 10e-9
CHARGE = -0.02
"""Of the walls [C/m²]."""


def potassium_chloride(concentration: float) -> IonicElectrolyte:
    """KCl of a concentration [mol/m³], ideal."""
    ions = (Ion("K+", 1, 1.957e-9, concentration), Ion("Cl-", -1, 2.032e-9, concentration))
    return IonicElectrolyte("KCl", ions, PERMITTIVITY, TEMPERATURE)


def wall_potential(salt: IonicElectrolyte, charge: float) -> float:
    """ζ [RT/F] of a single wall, Gouy and Chapman: σ = √(8εRTc) sinh(ζ/2)."""
    c = salt.concentrations[0]
    unit = np.sqrt(8 * PERMITTIVITY * VACUUM_PERMITTIVITY * GAS_CONSTANT * TEMPERATURE * c)
    return 2 * np.arcsinh(charge / unit)


def surface_conductance(salt: IonicElectrolyte, charge: float) -> float:
    """K_s = F²/(RT) Σ z² D_i Γ_i of one wall [S], Γ_i = 2 λ_D c (e^{∓ζ/2} − 1)."""
    zeta = wall_potential(salt, charge)
    excess = [2 * salt.debye_length * ion.concentration * (np.exp(-ion.charge * zeta / 2) - 1) for ion in salt.ions]
    mobile = sum(ion.diffusivity * gamma for ion, gamma in zip(salt.ions, excess, strict=True))
    return FARADAY**2 / (GAS_CONSTANT * TEMPERATURE) * mobile


def round_profile(salt: IonicElectrolyte, charge: float, radius: float):
    """ψ(r/λ_D) of Poisson and Boltzmann in a long cylinder, (rψ')'/r = sinh ψ, by collocation."""
    wall = radius / salt.debye_length
    field = charge * salt.debye_length / (PERMITTIVITY * VACUUM_PERMITTIVITY * THERMAL_VOLTAGE)

    def equations(_x, y):
        return np.stack([y[1], np.sinh(y[0])])

    def ends(left, right):
        return np.array([left[1], right[1] - field])

    x = np.linspace(0, wall, 200)
    guess = np.zeros((2, x.size))
    # The term −ψ'/r, which is regular on the axis, goes in as the singular part.
    solution = solve_bvp(equations, ends, x, guess, S=np.array([[0.0, 0.0], [0.0, -1.0]]), tol=1e-8, max_nodes=50_000)
    if not solution.success:
        raise ArithmeticError(f"no profile in a cylinder of {wall:g} Debye lengths: {solution.message}")
    return lambda x: solution.sol(x)[0]


def round_conductance(salt: IonicElectrolyte, charge: float, radius: float, length: float) -> float:
    """G of the whole round pore [S]."""
    psi, wall = round_profile(salt, charge, radius), radius / salt.debye_length
    total = 0.0
    for ion in salt.ions:
        area = quad(lambda x, z=ion.charge: 2 * np.pi * x * np.exp(-z * psi(x)), 0, wall, epsrel=1e-9, limit=200)[0]
        total += ion.charge**2 * ion.diffusivity * ion.concentration * area * salt.debye_length**2
    return FARADAY**2 / (GAS_CONSTANT * TEMPERATURE) * total / length


@dataclass(frozen=True)
class Pore:
    """Computed conductance of the simulated part of a pore [S], its worst balance of ions, mesh, and unknowns."""

    conductance: float
    balance: float
    mesh: str
    unknowns: int


def conductance(
    geometry: dict, sizes: MeshSizes, salt: IonicElectrolyte, charge: float, linear: str = "direct"
) -> Pore:
    """Hold a pore at a small bias until it is steady."""
    pore = ARCHITECTURES["nanopore"](**geometry)
    cell = cell_on(pore, sizes, salt, MOUTH, MOUTH, model="poisson-nernst-planck", wall_charge={"insulation": charge})
    duration = 5 * pore.length**2 / min(ion.diffusivity for ion in salt.ions)
    control = StepControl(tolerance=1e-2, newton_tolerance=1e-10, initial_step=duration / 20)
    steps = list(run(cell, [hold(BIAS, duration)], cell.thermal_current, control, linear))
    size = cell.q.function_space.dofmap.index_map.size_global * len(cell.electrolyte.components) + 1
    return Pore(steps[-1].observation.current / BIAS, _unaccounted(steps), describe_mesh(cell), size)


def _unaccounted(steps: list[AcceptedStep]) -> float:
    """What an ion's amount gained beside its inflow from the first step to the last, relative to what was exchanged."""
    first, end = steps[0], steps[-1]
    ions = list(end.observation.amounts)
    inflow = np.array(end.passed[-len(ions) :]) - np.array(first.passed[-len(ions) :])
    worst = 0.0
    for ion, added in zip(ions, inflow, strict=True):
        gained = end.observation.amounts[ion] - first.observation.amounts[ion]
        exchanged = sum(step.observation.exchange[ion] * step.dt for step in steps[1:])
        worst = max(worst, abs(gained - added) / (exchanged + first.observation.amounts[ion]))
    return worst


def charged_pore() -> Result:
    """Slit of 20 nm and round pore of 10 nm radius with −20 mC/m² on the walls, 10 and 100 mM KCl.

    Slit, 100 mM (half width 10 λ_D): G/depth = (2h κ + 2 K_s)/L with Bikerman's surface conductance K_s. Round
    pore: the integral of the profile that solves Poisson's and Boltzmann's equations in a cylinder; surface
    conduction with the same K_s would be κπR²/L + 2πR K_s/L, which curvature makes inexact (R = 3.3 λ_D).
    """
    rows: list[Row] = []
    watch, length = Stopwatch(), 40e-9
    salt = potassium_chloride(100.0)
    sizes = MeshSizes(size=4e-9, interface_size=0.8e-9, wall_size=salt.debye_length / 12, growth=1.3)
    slit = {"width": 2 * HALF, "length": length, "depth": 2e-9}
    computed = conductance(slit, sizes, salt, CHARGE)
    # The simulated half: one wall, half the width.
    exact = 2e-9 * (HALF * salt.conductivity + surface_conductance(salt, CHARGE)) / length
    quantity = "conductance of a slit, 100 mM, walls of −20 mC/m² [S]"
    rows.append(comparison("charged_pore", quantity, exact, computed.conductance, 0.01, computed.mesh, watch.lap()))
    rows.append(discrepancy("charged_pore", "ions unaccounted for, slit", computed.balance, 1e-9, computed.mesh, 0.0))
    salt = potassium_chloride(10.0)
    sizes = MeshSizes(size=4e-9, interface_size=1.5e-9, wall_size=salt.debye_length / 30, growth=1.2)
    charges, values = [-0.04, -0.02, -0.01, -0.005, 0.0], []
    for charge in charges:
        pore = conductance({"radius": HALF, "length": length, "angle": 10.0}, sizes, salt, float(charge))
        values.append(36 * pore.conductance)
        exact = round_conductance(salt, charge, HALF, length)
        quantity = f"conductance of a round pore, 10 mM, {1e3 * charge:g} mC/m² [S]"
        rows.append(comparison("charged_pore", quantity, exact, values[-1], 0.01, pore.mesh, watch.lap()))

    def thin(charge: float) -> float:
        return (np.pi * HALF**2 * salt.conductivity + 2 * np.pi * HALF * surface_conductance(salt, charge)) / length

    dense = np.linspace(charges[0], charges[-1], 17)
    exact_curve = CubicSpline(1e3 * dense, [1e12 * round_conductance(salt, q, HALF, length) for q in dense])
    curves = [
        *compare("Poisson–Boltzmann", 1e3 * np.array(charges), 1e12 * np.array(values), exact_curve, 0.01),
        line("bulk and surface conduction of thin layers", 1e3 * dense, [1e12 * thin(q) for q in dense]),
    ]
    title = "Conductance of a round pore, R = 3.3 λ$_D$"
    return Result(rows, Figure(title, "Wall charge / (mC/m²)", "Conductance / pS", curves))
