"""Charging of the diffuse layers of two blocking electrodes after a small step of the voltage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from ...geometry import MeshSizes
from ...materials.constants import VACUUM_PERMITTIVITY
from ...solvers.description import DoubleLayer, Electrode
from ...solvers.stepping import StepControl
from ...visualization.book import Figure, bound, compare
from .double_layer import salt
from .result import Result
from .row import Row, Stopwatch, comparison
from .systems import THERMAL_VOLTAGE, bar_cell, describe_mesh, hold, run

ELECTROLYTE = salt(100.0)

#: Potential of either electrode, ± [V]: the layers' capacitance is cosh(Fv/2RT) times the linear one, 5e-4 more.
STEP = THERMAL_VOLTAGE / 16

#: λ_D/L with L half the gap, and δ, the compact layer's thickness ε/C_S in λ_D.
GAPS = ((0.1, 0.0), (0.05, 0.0), (0.02, 0.0), (0.01, 0.0), (0.05, 1.0), (0.02, 1.0))

#: Those whose transients are drawn.
DRAWN = GAPS[1:4] + GAPS[5:]

#: Relative error allowed: 8e-4 of the time steps (see below) and 5e-4 of nonlinear layers.
ALLOWED = 0.002

#: Nodes of the contour along which the Laplace transform is inverted; 24 give nine digits.
TALBOT = 24


@dataclass(frozen=True)
class Gap:
    """The linear problem in units of λ_D and λ_D²/D: half the gap, and the compact layer's thickness δ."""

    half: float
    compact: float

    def denominator(self, s):
        """tanh(kL)/k + sL + (1 + s)δ, of which the roots are the rates of relaxation; k² = 1 + s."""
        k = np.sqrt(1 + s)
        return np.tanh(k * self.half) / k + s * self.half + (1 + s) * self.compact

    def leading_time(self) -> float:
        """L/(1 + δ), the relaxation time as λ_D/L → 0."""
        return self.half / (1 + self.compact)

    def relaxation_time(self) -> float:
        """−1/s of the slowest root."""
        rate = 1 / self.leading_time()
        return -1 / brentq(self.denominator, -3 * rate, -0.3 * rate, xtol=1e-14)

    def final_charge(self) -> float:
        """Of the linear problem, in εv/λ_D."""
        return 1 / (np.tanh(self.half) + self.compact)

    def charge(self, time: float) -> float:
        """Inverse Laplace transform of (1 + s)/(s · denominator), in εv/λ_D; Talbot's contour."""
        theta = (np.arange(TALBOT) + 0.5) * 2 * np.pi / TALBOT - np.pi
        cot = 1 / np.tan(0.6407 * theta)
        s = TALBOT / time * (0.5017 * theta * cot - 0.6122 + 0.2645j * theta)
        slope = 0.5017 * (cot - 0.6407 * theta / np.sin(0.6407 * theta) ** 2) + 0.2645j
        values = np.exp(s * time) * (1 + s) / (s * self.denominator(s)) * slope
        return float(np.imag(np.sum(values)) / time)


def _charge(gap: Gap) -> tuple[np.ndarray, np.ndarray, np.ndarray, str]:
    """Times [λ_D²/D], charges [εv/λ_D] and currents (of any unit) after the step, and the mesh."""
    debye = ELECTROLYTE.debye_length
    epsilon = ELECTROLYTE.permittivity * VACUUM_PERMITTIVITY
    layer = DoubleLayer(stern_capacitance=epsilon / (gap.compact * debye) if gap.compact else None)
    sizes = MeshSizes(size=gap.half * debye / 5, interface_size=0.1 * debye, growth=1.3)
    electrode = Electrode(double_layer=layer)
    length = 2 * gap.half * debye
    physics = {"width": gap.half * debye / 5, "model": "poisson-nernst-planck"}
    cell = bar_cell(length, sizes, ELECTROLYTE, electrode, electrode, 2, **physics)
    unit = debye**2 / cell.scales.diffusivity
    area = cell.area("cathode_surface") * cell.scales.length**2
    # Residuals may be 1e-7 of the first current: where no compact layer holds the potential, rounding leaves as much.
    current = 1e4 * ELECTROLYTE.conductivity * 2 * STEP / length * area
    # The first step is a small part of the time in which ions move over λ_D.
    time = gap.relaxation_time() * unit
    # BDF2 with the step h relaxes (h/τ)²/3 too fast: a thousandth.
    step = hold(2 * STEP, 5 * time, initial_step=0.01 * unit, max_step=0.05 * time)
    taken = list(run(cell, [step], current, StepControl(tolerance=5e-5)))
    times = np.array([s.time for s in taken]) / unit
    charges = np.array([s.charge for s in taken]) / area / (epsilon * STEP / debye)
    return times, charges, np.array([s.observation.current for s in taken]), describe_mesh(cell)


def diffuse_charging() -> Result:
    r"""Two blocking electrodes 2L apart step from 0 to ±RT/16F: how their diffuse layers charge.

    For small potentials the charge density obeys ∂ρ/∂t = D(ρ″ − ρ/λ_D²) with no flux at x = ±L, and
    φ ± (ε/C_S) φ′ = ±v there. Its Laplace transform is a multiple of sinh kx, k² = 1/λ_D² + s/D, and with
    δ = ε/(C_S λ_D) the electrodes' charge and the rates of relaxation s < 0 are, in units of λ_D, λ_D²/D and εv/λ_D,

    q̂(s) = (1 + s) / (s Δ(s)),  Δ(s) = tanh(kL)/k + sL + (1 + s)δ = 0,

    so that τ → λ_D L/(D(1 + δ)) as λ_D/L → 0. M. Z. Bazant, K. Thornton, A. Ajdari, Phys. Rev. E 70 (2004) 021506,
    doi:10.1103/PhysRevE.70.021506. Computed τ: from the slope of ln |I| between one and four of them.
    """
    case, curves = "diffuse_charging", []
    rows: list[Row] = []
    found: dict[float, list[tuple[float, float]]] = {}
    for ratio, compact in GAPS:
        watch, gap = Stopwatch(), Gap(1 / ratio, compact)
        times, charges, currents, mesh = _charge(gap)
        exact = gap.relaxation_time()
        late = (times > exact) & (times < 4 * exact)
        computed = -1 / float(np.polyfit(times[late], np.log(np.abs(currents[late])), 1)[0])
        label = f"λ_D/L = {ratio:g}, {'δ = 1' if compact else 'no compact layer'}"
        quantity = f"relaxation time, {label} [λ_D²/D]"
        rows.append(comparison(case, quantity, exact, computed, ALLOWED, mesh, watch.lap(), f"{len(times)} time steps"))
        seen = times > 0.1 * exact
        errors = np.array([gap.charge(t) for t in times[seen]]) / charges[seen] - 1
        worst = int(np.argmax(np.abs(errors)))
        quantity = f"charge at worst of {seen.sum()} times, {times[seen][worst] / exact:.2g} τ, {label} [εv/λ_D]"
        expected, value = gap.charge(times[seen][worst]), charges[seen][worst]
        rows.append(comparison(case, quantity, expected, value, ALLOWED, mesh, 0.0))
        found.setdefault(compact, []).append((ratio, computed / gap.leading_time()))
        if (ratio, compact) in DRAWN:
            name = f"λ$_D$/L = {ratio:g}" + (", δ = 1" if compact else "")
            curves += compare(
                name, times[seen] / exact, charges[seen], lambda t, g=gap, e=exact: g.charge(t * e), ALLOWED
            )
    transients = Figure("Charge after the step", "Time / τ", "Charge / (εv/λ$_D$)", curves)
    return Result(rows, (transients, _times(found)))


def _times(found: dict[float, list[tuple[float, float]]]) -> Figure:
    """Relaxation times in units of their limits against λ_D/L."""
    curves: list = []
    for compact, pairs in found.items():

        def law(ratio: float, compact: float = compact) -> float:
            gap = Gap(1 / ratio, compact)
            return gap.relaxation_time() / gap.leading_time()

        name = f"δ = {compact:g}"
        curves += compare(name, *zip(*pairs, strict=True), law, ALLOWED, span=(0.005, 0.1))
    curves.append(bound("limit", (0.0, 0.1), (1.0, 1.0)))
    return Figure("Relaxation time over its limit", "λ$_D$/L", "τ D(1 + δ)/(λ$_D$ L)", curves)
