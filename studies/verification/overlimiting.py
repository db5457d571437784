"""Above the limiting current: the space charge that spreads from a depleted cathode."""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_bvp
from scipy.optimize import brentq

from ...geometry import MeshSizes
from ...solvers.description import DoubleLayer
from ...solvers.stepping import StepControl
from ...visualization.book import Curve, Figure, bound, compare, line, points
from .debye_limit import ELECTROLYTE, SALT
from .result import Result
from .row import Row, Stopwatch, comparison
from .systems import THERMAL_VOLTAGE, along, bar_cell, describe_mesh, hold, metal, run
from .transport import limiting_current_density

#: λ_D/L.
RATIOS = (1e-3, 1e-2)

#: RT/F.
VOLTAGES = (5.0, 10.0, 20.0, 30.0, 40.0, 50.0)

#: ∫₀ˢ e ds − ⅔ s^{3/2} − ½ ln s as s → ∞, of the solution of 2e'' = e³ − s e − 1 with e → √s, and e → −1/s as s → −∞
#: (a second Painlevé transcendent): what the transition to the space charge adds to its voltage.
TRANSITION = 0.2955

#: Part of the neutral zone in which its linear profile is fitted.
LINEAR = (0.1, 0.6)


def _reference(ratio: float, voltages: np.ndarray) -> np.ndarray:
    """J/J_lim by collocation of the steady equations of :func:`overlimiting` in one dimension, another method."""

    def rates(_x, y, p):
        plus, minus, field = y[:3]
        return np.vstack((plus * field - p[0], -minus * field, (plus - minus) / (2 * ratio**2), field, minus))

    wall = np.geomspace(ratio / 10, 0.5, 60)
    x = np.unique(np.concatenate(([0.0, 1.0], wall, 1 - wall, np.linspace(0.5, 1, 100))))
    y, p, found = np.array([np.ones_like(x), np.ones_like(x), 0 * x, 0 * x, x]), np.zeros(1), []
    for voltage in voltages:

        def ends(a, b, _p, voltage=voltage):
            return np.array([a[0] - 1, b[0] - 1, a[3], b[3] - voltage, a[4], b[4] - 1])

        solution = solve_bvp(rates, ends, x, y, p, tol=1e-5, max_nodes=50_000)
        found.append(solution.p[0] / 4 if solution.success else np.nan)
        x, y, p = solution.x, solution.y, solution.p
    return np.array(found)


def _solve(ratio: float) -> tuple[list[float], np.ndarray, dict[str, np.ndarray], str]:
    """J/J_lim at each voltage; x/L, c± [c₀] and φ [RT/F] at the highest; the mesh."""
    gap = ELECTROLYTE.debye_length / ratio
    width, limit = gap / 100, limiting_current_density(SALT, gap)
    sizes = MeshSizes(size=gap / 100, interface_size=0.2 * ELECTROLYTE.debye_length, growth=1.25)
    electrode = metal(1e6 * limit, double_layer=DoubleLayer())
    cell = bar_cell(gap, sizes, ELECTROLYTE, electrode, electrode, 2, width=width, model="poisson-nernst-planck")
    # One backward Euler step of 10⁴ diffusion times leaves 1e-5 of the transient.
    step = 1e4 * gap**2 / SALT["diffusivity"]
    control = StepControl(adaptive=False, initial_step=step, order=1)
    unit = limit * width**2
    holds = [hold(-v * THERMAL_VOLTAGE, step) for v in VOLTAGES]
    currents = [-s.observation.current / unit for s in run(cell, holds, unit, control) if s.ended_by]
    x, q = along(cell)
    c = cell.electrolyte.concentrations(q)
    fields = {"c₊": c["M+"] / SALT["concentration"], "c₋": c["X-"] / SALT["concentration"], "φ": q[:, -1]}
    return currents, x / gap, fields, describe_mesh(cell)


def _zone(ratio: float, x, fields, current: float, mesh: str) -> tuple[list[Row], list[Figure]]:
    """Rows and pictures of the space charge at ``current`` · J_lim."""
    flux, minus, phi = 4 * current, fields["c₋"], fields["φ"]
    guess = current**-0.5
    inside = (x > LINEAR[0] * guess) & (x < LINEAR[1] * guess)
    slope, top = np.polyfit(x[inside], minus[inside], 1)
    edge = -top / slope
    width, middle = 1 - edge, 0.5 * (1 + edge)
    field = -np.gradient(phi, x)
    exact_field = brentq(lambda e: (ratio * e) ** 2 - flux * width / 2 - flux / e, 1.0, 10 / ratio**2)
    bend = (ratio**2 / flux) ** (1 / 3)
    layer = 2 * np.log(0.5 * (1 + np.sqrt(1 + 1 / (flux * width))))
    drop = 2 / 3 * np.sqrt(flux) / ratio * width**1.5 + 0.5 * np.log(width / bend) + TRANSITION + layer
    at = f"at {VOLTAGES[-1]:g} RT/F, λ_D/L = {ratio:g}"
    rows = [
        # The anode's diffuse layer holds 2 λ_D (c_a − √c_a) of the anions, 0.14 %.
        comparison("overlimiting", f"J/J_lim from the neutral zone's length, {at}", edge**-2, current, 3e-3, mesh, 0.0),
        # c₊ differs from J/E by a share of 1/(E·½x₁) = 5 %, and c₊ from 0 by as much of E²: the square, halved.
        comparison(
            "overlimiting",
            f"field amid the space charge, {at} [RT/FL]",
            exact_field,
            float(np.interp(middle, x, field)),
            2.5e-3,
            mesh,
            0.0,
        ),
        # Terms that vanish with (bend/x₁)^{3/2} = 2 % of the transition's 2 RT/F.
        comparison(
            "overlimiting",
            f"voltage across the space charge, {at} [RT/F]",
            drop,
            float(np.interp(edge, x, phi) - phi[-1]),
            1e-3,
            mesh,
            0.0,
        ),
    ]
    # Away from the anode's diffuse layer, which is not what the figure is about.
    few = np.searchsorted(x, np.concatenate((np.linspace(0.04, 0.85, 12), np.linspace(0.88, 0.995, 14))))
    profiles: list[Curve] = [
        line("J(x₀ − x)/2", (0, edge), (flux * edge / 2, 0)),
        points("c₊", x[few], fields["c₊"][few]),
        points("c₋", x[few], minus[few]),
    ]
    beyond = np.linspace(edge + 0.01 * width, 1, 100)
    fields_drawn = [
        line("√(J(x − x₀)) L/λ$_D$", beyond, np.sqrt(flux * (beyond - edge)) / ratio),
        points("computed", x[few], field[few]),
    ]
    title = f"{VOLTAGES[-1]:g} RT/F, λ$_D$/L = {ratio:g}"
    return rows, [
        Figure(title, "x/L", "Concentration / c₀", profiles),
        Figure("Its field", "x/L", "Field / (RT/FL)", fields_drawn),
    ]


def overlimiting() -> Result:
    r"""Symmetric metal cell with fast kinetics up to 50 RT/F, λ_D/L = 10⁻³ and 10⁻²: extended space charge.

    In units of c₀, L, RT/F and FD₊c₀/L the steady state is c₊' = c₊E − J, c₋' = −c₋E, 2(λ_D/L)² E' = c₊ − c₋, so
    (λ_D/L)² E² − c₊ − c₋ = J(x − x₀). The neutral zone, c = J(x₀ − x)/2, ends at x₀; it holds all anions, hence

    J/J_lim = x₀⁻², J_lim = 4.

    Beyond, in the space charge of thickness x₁ = 1 − x₀, cations drift alone, c₊ ≈ J/E: (λ_D/L)² E² = J(x − x₀) + J/E,
    to leading order E = √(2J(x − x₀)/(εμ)) (μ the mobility), the law of Mott and Gurney, and its voltage is

    ⅔ √J x₁^{3/2} L/λ_D + ½ ln(x₁/ℓ) + 0.2955 + 2 ln ½(1 + √(1 + 1/(Jx₁))),  ℓ = ((λ_D/L)²/J)^{1/3}:

    the transition at x₀ follows 2e'' = e³ − se − 1 (Painlevé) in s = (x − x₀)/ℓ, and the last term is of the layer at
    the cathode, whose c₊ = c₀. J(V) is held against collocation of the same equations (SciPy's solve_bvp).

    W. H. Smyrl, J. Newman, Trans. Faraday Soc. 63 (1967) 207; I. Rubinstein, L. Shtilman, J. Chem. Soc. Faraday
    Trans. 2 75 (1979) 231; J.-N. Chazalviel, Phys. Rev. A 42 (1990) 7355, doi:10.1103/PhysRevA.42.7355.
    """
    rows, curves, pictures = [], [bound("J$_{lim}$", (0, VOLTAGES[-1]), (1, 1))], []
    sampled = np.concatenate((np.linspace(0.5, 14, 28), np.linspace(15, VOLTAGES[-1], 36)))
    for ratio in RATIOS:
        watch = Stopwatch()
        currents, x, fields, mesh = _solve(ratio)
        expected = _reference(ratio, sampled)

        def law(voltage: float, expected=expected) -> float:
            return float(np.interp(voltage, sampled, expected))

        quantity = f"J/J_lim at {VOLTAGES[-1]:g} RT/F, λ_D/L = {ratio:g}"
        # The collocation is good to 1e-5, the rest of the transient is 1e-5.
        rows.append(comparison("overlimiting", quantity, expected[-1], currents[-1], 1e-4, mesh, watch.lap()))
        curves += compare(f"λ$_D$/L = {ratio:g}", VOLTAGES, currents, law, span=(0.5, VOLTAGES[-1]))
        if ratio == RATIOS[0]:
            found, pictures = _zone(ratio, x, fields, currents[-1], mesh)
            rows += found
    return Result(rows, (Figure("Current against voltage", "Voltage / (RT/F)", "J/J$_{lim}$", curves), *pictures))
