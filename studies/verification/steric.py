"""Diffuse layers of finite ions: charge, capacitance and crowding of Bikerman's model at an electrode."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import minimize_scalar

from ...materials import BinaryElectrolyte
from ...materials.constants import AVOGADRO, VACUUM_PERMITTIVITY
from ...solvers.cell import Cell
from ...solvers.description import DoubleLayer
from ...solvers.scales import FARADAY
from ...visualization.book import Figure, bound, compare, line, points
from .double_layer import by_distance, half_cell, rest_at, salt
from .result import Result
from .row import Row, Stopwatch, comparison, discrepancy
from .systems import THERMAL_VOLTAGE, describe_mesh

#: Edges of the ions' lattice cells [m] and salt concentrations [mol/m³]: ν = 0.015, and 0.41, beyond ⅓.
DILUTE, CROWDED = (5e-10, 100.0), (7e-10, 1000.0)

#: Distance of the holds that the capacitance is taken from [V].
STEP = 0.01


def packing(size: float, electrolyte: BinaryElectrolyte) -> float:
    """ν = 2a³N_A c₀, the share of the volume that the ions take in the bulk."""
    return 2 * size**3 * AVOGADRO * electrolyte.concentration


def _crowding(nu: float, zeta: float) -> float:
    """1 + 2ν sinh²(Fζ/2RT)."""
    return 1 + 2 * nu * np.sinh(zeta / (2 * THERMAL_VOLTAGE)) ** 2


def charge(size: float, electrolyte: BinaryElectrolyte, zeta: float) -> float:
    """q = ±2Fc₀λ_D √((2/ν) ln(1 + 2ν sinh²(Fζ/2RT))) [C/m²]."""
    nu = packing(size, electrolyte)
    unit = 2 * FARADAY * electrolyte.concentration * electrolyte.debye_length
    return float(np.sign(zeta) * unit * np.sqrt(2 / nu * np.log(_crowding(nu, zeta))))


def differential_capacitance(size: float, electrolyte: BinaryElectrolyte, zeta: float) -> float:
    """dq/dζ [F/m²]; ε/λ_D at ζ = 0."""
    rest = electrolyte.permittivity * VACUUM_PERMITTIVITY / electrolyte.debye_length
    if abs(zeta) < 1e-6 * THERMAL_VOLTAGE:
        return rest
    nu = packing(size, electrolyte)
    filled = _crowding(nu, zeta)
    return float(rest * np.sinh(abs(zeta) / THERMAL_VOLTAGE) / (filled * np.sqrt(2 / nu * np.log(filled))))


def highest(size: float, electrolyte: BinaryElectrolyte) -> float:
    """ζ > 0 at which the capacitance of ions with ν < ⅓ is largest [V]."""
    found = minimize_scalar(
        lambda zeta: -differential_capacitance(size, electrolyte, zeta), bounds=(1e-3, 1.0), options={"xatol": 1e-9}
    )
    return float(found.x)


def concentration(size: float, electrolyte: BinaryElectrolyte, psi: float) -> float:
    """c = c₀ e^{F|ψ|/RT} / (1 + 2ν sinh²(Fψ/2RT)) of the ions that the electrode attracts [mol/m³]."""
    return electrolyte.concentration * np.exp(abs(psi) / THERMAL_VOLTAGE) / _crowding(packing(size, electrolyte), psi)


def exact_potential(size: float, electrolyte: BinaryElectrolyte, zeta: float, distances: np.ndarray) -> np.ndarray:
    """|ψ|(x) from ε dψ/dx = −q(ψ), the first integral of Poisson's equation [V]; rising distances from 0 [m]."""
    epsilon = electrolyte.permittivity * VACUUM_PERMITTIVITY
    found = solve_ivp(
        lambda _, psi: [-charge(size, electrolyte, float(psi[0])) / epsilon],
        (0.0, float(distances[-1])),
        [abs(zeta)],
        t_eval=distances,
        rtol=1e-9,
        atol=1e-12,
    )
    return found.y[0]


def _capacitances(cell: Cell, voltages: np.ndarray) -> np.ndarray:
    """Differences of the charge between holds, one fewer than voltages [F/m²]."""
    return np.diff([end.charge for end in rest_at(cell, voltages.tolist())]) / np.diff(voltages)


def _summit(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Position and height of the maximum of the polynomial of 4th degree through the five points around it."""
    k = int(np.clip(np.argmax(y), 2, len(y) - 3))
    near = slice(k - 2, k + 3)
    middle = x[k]
    polynomial = np.polynomial.Polynomial.fit(x[near] - middle, y[near], 4)
    found = minimize_scalar(lambda t: -polynomial(t), bounds=(x[k - 1] - middle, x[k + 1] - middle))
    return middle + float(found.x), float(-found.fun)


def steric_capacitance() -> Result:
    r"""Capacitance of a diffuse layer of finite ions without compact layer: camel and bell.

    With ν = 2a³N_A c₀, q = ±2Fc₀λ_D √((2/ν) ln(1 + 2ν sinh²(Fζ/2RT))) and

    C = (ε/λ_D) |sinh(Fζ/RT)| / ([1 + 2ν sinh²(Fζ/2RT)] √((2/ν) ln[1 + 2ν sinh²(Fζ/2RT)])).

    At ν < ⅓ it has two maxima (0.1 M, a = 0.5 nm), beyond one, ε/λ_D at ζ = 0 (1 M, a = 0.7 nm). C is taken from
    holds that are 10 mV apart. M. S. Kilic, M. Z. Bazant, A. Ajdari, Phys. Rev. E 75 (2007) 021502,
    doi:10.1103/PhysRevE.75.021502; A. A. Kornyshev, J. Phys. Chem. B 111 (2007) 5545.
    """
    case, curves = "steric_capacitance", []
    rows: list[Row] = []
    for name, (size, bulk), reach in (("0.1 M", DILUTE, (-0.005, 0.305)), ("1 M", CROWDED, (-0.105, 0.105))):
        watch = Stopwatch()
        electrolyte = salt(bulk)
        law = partial(differential_capacitance, size, electrolyte)
        cell = half_cell(electrolyte, DoubleLayer(), 15, 0.05, ion_size=size)
        voltages = np.linspace(*reach, round((reach[1] - reach[0]) / STEP) + 1)
        middles = (voltages[1:] + voltages[:-1]) / 2
        found = _capacitances(cell, voltages)
        top, height = _summit(middles, found)
        mesh, seconds = describe_mesh(cell), watch.lap()
        label = f"{name}, a = {1e9 * size:g} nm"
        if packing(size, electrolyte) < 1 / 3:
            exact = highest(size, electrolyte)
            quantity = f"ζ of the largest capacitance, {label} [V]"
            # The maximum is flat: its place is known less well than its height.
            rows.append(comparison(case, quantity, exact, top, 0.01, mesh, seconds))
        else:
            exact = 0.0
            quantity = f"distance of the capacitance's maximum from ζ = 0 [RT/F], {label}"
            rows.append(discrepancy(case, quantity, top / THERMAL_VOLTAGE, 0.01, mesh, seconds))
        rows.append(comparison(case, f"largest capacitance, {label} [F/m²]", law(exact), height, 0.005, mesh, 0.0))
        # A difference over 10 mV is the mean of C, 1e-3 from the middle's value.
        curves += compare(label, middles, found, law, 0.01)
    axes = "Potential of the electrode / V", "Differential capacitance / F m⁻²"
    return Result(rows, Figure("Camel and bell", *axes, curves))


def crowding() -> Result:
    r"""Finite ions at up to 1 V without compact layer: the counter-ions fill the lattice, c → 1/a³N_A, and no further.

    c(x) = c₀ e^{F|ψ|/RT} / (1 + 2ν sinh²(Fψ/2RT)) with ε dψ/dx = −q(ψ); 0.1 M, a = 0.5 nm, holds that are 50 mV
    apart. The condensed layer grows with √V. M. S. Kilic, M. Z. Bazant, A. Ajdari, Phys. Rev. E 75 (2007) 021502.
    """
    case, curves = "crowding", []
    rows: list[Row] = []
    watch = Stopwatch()
    size, bulk = DILUTE
    electrolyte = salt(bulk)
    full, debye = 1 / (size**3 * AVOGADRO), electrolyte.debye_length
    # Linear elements store at the nodes: co-ions stay good where e^{−39} of them is left.
    cell = half_cell(electrolyte, DoubleLayer(), 15, 0.02, growth=1.1, degree=1, ion_size=size)
    mesh, profiles, fillings = describe_mesh(cell), [], []

    def look() -> None:
        c = cell.electrolyte.concentrations(cell.q.x.array.reshape(-1, len(cell.electrolyte.components)))
        fillings.append(float(max(sum(c.values())) / full))
        x, shares = by_distance(cell, c["M+"] / full)
        profiles.append((x, shares))

    voltages = [-0.05 * k for k in range(1, 21)]
    held = rest_at(cell, voltages, look)
    for k in (1, 5, 19):
        voltage, (x, shares) = voltages[k], profiles[k]
        near = x < 3 * debye
        exact = concentration(size, electrolyte, exact_potential(size, electrolyte, voltage, x[near])) / full
        worst, name = float(np.max(np.abs(shares[near] - exact))), f"{voltage:g} V"
        rows.append(
            comparison(
                case,
                f"charge at {name} [C/m²]",
                charge(size, electrolyte, voltage),
                held[k].charge,
                0.005,
                mesh,
                watch.lap(),
            )
        )
        # The edge of the condensed layer is a tenth of λ_D wide, and so are the cells there.
        rows.append(discrepancy(case, f"largest error of a³N_A c(x) at {name}", worst, 0.01, mesh, 0.0))
        curves += [line("", x[near] / debye, exact), points(name, x[near] / debye, shares[near])]
    voltage, filled = voltages[-1], profiles[-1][1][0]
    exact = concentration(size, electrolyte, voltage) / full
    rows.append(comparison(case, f"a³N_A c at the electrode, {voltage:g} V", exact, filled, 1e-6, mesh, 0.0))
    excess = max(fillings) - 1
    # Only rounding may take the sum of the shares above 1.
    rows.append(discrepancy(case, "excess of a³N_A Σc over 1 anywhere in any hold", max(excess, 0.0), 1e-12, mesh, 0.0))
    curves.append(bound("full lattice", (0, 3), (1, 1)))
    axes = "Distance from the electrode / λ$_D$", "Share of the lattice that cations fill"
    return Result(rows, Figure("Crowding of finite ions", *axes, curves))
