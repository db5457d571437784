"""From Poisson–Nernst–Planck to electroneutral: the terminal voltage as the Debye length vanishes beside the gap."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from ...geometry import MeshSizes
from ...materials.constants import VACUUM_PERMITTIVITY
from ...solvers.description import DoubleLayer
from ...solvers.drive import TimeLimit
from ...solvers.stepping import StepControl
from ...visualization.book import Figure, compare
from .order import convergence, fit_order
from .result import Result
from .row import Row, Stopwatch, comparison, shortfall
from .systems import (
    THERMAL_VOLTAGE,
    bar_cell,
    binary_electrolyte,
    describe_mesh,
    galvanostatic,
    last,
    metal,
    run,
)
from .transport import limiting_current_density

SALT = {
    "z": (1, -1),
    "nu": (1, 1),
    "concentration": 100.0,
    "diffusivity": 1e-9,
    "transference_number": 0.5,
}
ELECTROLYTE = binary_electrolyte(**SALT)

#: λ_D/L; the electrolyte stays (λ_D = 0.96 nm) and the gap grows, from 10 nm to 10 µm.
RATIOS = (1e-1, 3e-2, 1e-2, 1e-3, 3e-4, 1e-4)

#: Those to which the order is fitted: beyond them terms of higher order are felt.
ASYMPTOTIC = 1e-3

#: J/J_lim at which an electroneutral cell with fast kinetics has 4 RT/F.
CURRENT = float(np.tanh(1.0))

#: Exchange current density of fast and of finite kinetics, in J_lim.
FAST, FINITE = 1e6, 1.0

#: Compact layer [F/m²], a quarter of the diffuse layer's capacitance at rest.
COMPACT = DoubleLayer(stern_capacitance=0.2)


def _zeta(c: float, drop: float, layer: DoubleLayer) -> float:
    """ζ [RT/F] behind a compact layer, at c/c₀: C_S (E − ζ) = (ε/λ_D) 2√c sinh(ζ/2)."""
    if layer.stern_capacitance is None:
        return drop
    diffuse = ELECTROLYTE.permittivity * VACUUM_PERMITTIVITY / ELECTROLYTE.debye_length
    share = layer.stern_capacitance / diffuse
    return brentq(lambda zeta: share * (drop - zeta) - 2 * np.sqrt(c) * np.sinh(zeta / 2), *sorted((0.0, drop)))


def first_order(layer: DoubleLayer) -> float:
    """dV/d(λ_D/L) [RT/F] at λ_D/L → 0, at J = :data:`CURRENT` · J_lim with fast kinetics; see :func:`debye_limit`."""
    j, anions, resistance = CURRENT, 0.0, 0.0
    for c in (1 + j, 1 - j):
        taken = np.exp(_zeta(c, np.log(c), layer) / 2) - 1
        anions += 2 * np.sqrt(c) * taken
        resistance += 2 * c**-1.5 * taken
    return 4 * j / (1 - j**2) * anions + 4 * j * resistance


def frumkin_voltage(layer: DoubleLayer) -> float:
    """V [RT/F] at λ_D/L → 0, at J = :data:`CURRENT` · J_lim with kinetics of i₀ = :data:`FINITE` · J_lim."""
    j, terminals = CURRENT, []

    def mismatch(eta: float, c: float, current: float) -> float:
        behind = c * np.exp(-_zeta(c, eta + np.log(c), layer))
        return FINITE * np.sqrt(behind) * 2 * np.sinh(eta / 2) - current

    for sign in (1, -1):
        c = 1 + sign * j
        eta = brentq(mismatch, *sorted((0.0, sign * 20.0)), args=(c, sign * j))
        terminals.append(eta + 2 * np.log(c))
    return terminals[0] - terminals[1]


def _voltage(ratio: float, model: str, exchange: float, layer: DoubleLayer | None) -> tuple[float, str]:
    """Steady terminal voltage [RT/F] at a gap of λ_D/``ratio``, and the mesh."""
    gap = ELECTROLYTE.debye_length / ratio
    width, limit = gap / 20, limiting_current_density(SALT, gap)
    sizes = MeshSizes(size=gap / 20, interface_size=min(0.1 * ELECTROLYTE.debye_length, gap / 25), growth=1.25)
    electrode = metal(exchange * limit, double_layer=layer)
    cell = bar_cell(gap, sizes, ELECTROLYTE, electrode, electrode, 2, width=width, model=model)
    current = CURRENT * limit * width**2
    # Two backward Euler steps of a hundred diffusion times each leave 1e-6 of the transient.
    step = 100 * gap**2 / SALT["diffusivity"]
    control = StepControl(adaptive=False, initial_step=step, order=1)
    end = last(run(cell, [galvanostatic(-current, [TimeLimit(2 * step)], 2 * step)], current, control))
    return -end.observation.voltage / THERMAL_VOLTAGE, describe_mesh(cell)


def debye_limit() -> Result:
    r"""Symmetric metal cell at 0.76 J_lim, gaps from 10 to 10⁴ Debye lengths: Poisson–Nernst–Planck against its limit.

    With fast kinetics the electroneutral cell has V = (2RT/F) ln(c_a/c_c) = 4 RT/F, c_{a,c} = c₀ (1 ± j), j = J/J_lim
    = tanh 1. The electrodes were uncharged at rest; now their drops are E = (RT/F) ln(c/c₀), and the diffuse layers,
    at equilibrium to leading order, (i) take up anions, 2λ_D√(c c₀) (e^{ζ/2} − 1) each, which the bulk lacks, and
    (ii) resist the cations, ∫(1/c₊ − 1/c) dx = 2λ_D √c₀ c^{−3/2} (e^{ζ/2} − 1). In units of c₀, L and RT/F

    V − 4 = (λ_D/L) Σ_{a,c} [ 8j/(1 − j²) √c + 8j c^{−3/2} ] (e^{ζ/2} − 1) + O((λ_D/L)²),

    with ζ = E without a compact layer, else from C_S (E − ζ) = (ε/λ_D) 2√c sinh(ζ/2).
    With finite kinetics the current charges the surfaces whatever λ_D/L is, and the limit is the electroneutral cell
    with Frumkin's correction, j = i₀ (c e^{−ζ})^½ 2 sinh(η/2), E = η + ln c.

    Gouy–Chapman layers: A. J. Bard, L. R. Faulkner, Electrochemical Methods, 2nd ed., Wiley 2001, §13.3. Frumkin:
    M. van Soestbergen, Russ. J. Electrochem. 48 (2012) 570; limits of thin layers: M. Z. Bazant, K. T. Chu,
    B. J. Bayly, SIAM J. Appl. Math. 65 (2005) 1463.
    """
    rows: list[Row] = []
    fits, closeness = [], []
    watch = Stopwatch()
    neutral = [_voltage(ratio, "electroneutral", FAST, None)[0] for ratio in RATIOS]
    for label, exchange, layer in (
        ("fast kinetics", FAST, DoubleLayer()),
        ("fast kinetics, compact layer", FAST, COMPACT),
        ("finite kinetics, compact layer", FINITE, COMPACT),
    ):
        found, mesh = [], ""
        for ratio in RATIOS:
            voltage, mesh = _voltage(ratio, "poisson-nernst-planck", exchange, layer)
            found.append(voltage)
        limits = neutral if exchange == FAST else [frumkin_voltage(layer)] * len(RATIOS)
        differences = [abs(v - w) / w for v, w in zip(found, limits, strict=True)]
        seconds = watch.lap()
        if exchange == FINITE:
            quantity = f"terminal voltage at λ_D/L = {RATIOS[-1]:g}, {label} [RT/F]"
            # What is of first order is below 1e-3 there, as with fast kinetics.
            rows.append(comparison("debye_limit", quantity, limits[-1], found[-1], 1e-3, mesh, seconds))
        else:
            quantity = f"slope of V − V_electroneutral against λ_D/L, at {RATIOS[-1]:g}, {label} [RT/F]"
            computed = (found[-1] - limits[-1]) / RATIOS[-1]
            # The term of second order is 25 λ_D/L of the first at this current.
            rows.append(comparison("debye_limit", quantity, first_order(layer), computed, 0.005, mesh, seconds))
            closeness += compare(
                label,
                RATIOS,
                [w - v for v, w in zip(found, limits, strict=True)],
                lambda ratio, layer=layer: -first_order(layer) * ratio,
                log_x=True,
            )
        pairs = [(r, d) for r, d in zip(RATIOS, differences, strict=True) if r <= ASYMPTOTIC]
        fit = fit_order(*zip(*pairs, strict=True))
        quantity = f"order at which the difference of V falls with λ_D/L ≤ {ASYMPTOTIC:g}, {label}"
        shares = ", ".join(f"{100 * d:.2g}" for d in differences)
        note = f"{fit}; {shares} % at λ_D/L = {', '.join(f'{r:g}' for r in RATIOS)}"
        rows.append(shortfall("debye_limit", quantity, 1.0, fit.order, 0.05, mesh, 0.0, note, fit))
        fits += convergence(label, *zip(*pairs, strict=True))
    ratio = "λ$_D$/L"
    return Result(
        rows,
        (
            Figure(
                "Electroneutral minus PNP", ratio, "Difference of voltage / (RT/F)", closeness, log_x=True, log_y=True
            ),
            Figure("Distance from the limit", ratio, "Relative difference of voltage", fits, log_x=True, log_y=True),
        ),
    )
