"""Electroneutral electrolytes of any number of ions: supporting electrolytes, inert cations, conductivity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from scipy.optimize import brentq

from ...geometry import MeshSizes
from ...materials import Ion, IonicElectrolyte, from_binary, ionic_electrolyte_at, load_material
from ...solvers.description import Electrode
from ...solvers.drive import TimeLimit
from ...solvers.scales import FARADAY
from ...solvers.stepping import StepControl
from ...visualization.book import Figure, bound, compare, line, points
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
from .transport import DIVALENT, ONE_TO_ONE, TWO_TO_ONE, deplete, sand_time


def _monovalent(reacting: float, inert: float, diffusivities: Sequence[float]) -> IonicElectrolyte:
    """MX and KX of these concentrations [mol/m³]; ``diffusivities`` of M⁺, K⁺ and X⁻ [m²/s]."""
    numbers = (("M+", 1, reacting), ("K+", 1, inert), ("X-", -1, reacting + inert))
    ions = tuple(Ion(n, z, d, c) for (n, z, c), d in zip(numbers, diffusivities, strict=True))
    return IonicElectrolyte("verification electrolyte", ions, 78.5, TEMPERATURE)


def supporting_electrolyte() -> Result:
    """Sand's time of 10 mol/m³ MX beside 1 mol/L KX, in a bar of nine diffusion lengths, from the full transient.

    The supporting ions carry the field away: M⁺ diffuses as if uncharged, with its own diffusivity and no
    transference, c(0, t) = c₀ − (2J/F) √(t/πD), so that t = π D (F c₀/2J)². What migration is left, a share
    z²Dc/Σz²Dc = 0.3 % of the current, prolongs it by less than twice as much.
    A. J. Bard, L. R. Faulkner, Electrochemical Methods, 2nd ed., Wiley 2001, §8.2.
    """
    watch = Stopwatch()
    concentration, current_density = 10.0, 10.0
    electrolyte = _monovalent(concentration, 1000.0, (1e-9, 1.9e-9, 1.6e-9))
    as_neutral = {
        "z": (1, -1),
        "nu": (1, 1),
        "concentration": concentration,
        "diffusivity": electrolyte.ion("M+").diffusivity,
        "transference_number": 0.0,
    }
    exact = sand_time(as_neutral, current_density)
    # The salt spreads faster than M⁺ does.
    length = 9 * np.sqrt(1.9e-9 * exact)
    sizes = MeshSizes(size=length / 80, interface_size=length / 800, growth=1.2)
    cell = bar_cell(length, sizes, electrolyte, metal(), metal())
    times, surface, computed = deplete(cell, as_neutral, current_density, exact)
    quantity = f"time to depletion beside a hundredfold excess, {current_density:g} A/m² [s]"
    row = comparison("supporting_electrolyte", quantity, exact, computed, 0.01, describe_mesh(cell), watch.lap())
    alone = np.sqrt(sand_time(as_neutral | {"transference_number": 0.5}, current_density) / exact)
    curves = [
        line("1 − √(t/t$_{Sand}$)", (0, 1), (1, 0)),
        points("M⁺", np.sqrt(np.array(times) / exact), surface),
        bound("salt of its own, t₊ ½", (0, alone), (1, 0)),
    ]
    axes = "√(t/t$_{Sand}$)", "c/c₀ at the cathode"
    return Result([row], Figure("Depletion beside a supporting electrolyte", *axes, curves))


def _steady_current(electrolyte: IonicElectrolyte, gap: float, voltage: float) -> float:
    """J [A/m²] of :func:`inert_cation`; ``voltage`` may be infinite."""
    mean, inert = electrolyte.ion("X-").concentration, electrolyte.ion("K+").concentration
    unit = 4 * FARADAY * electrolyte.ion("M+").diffusivity / gap

    def product(half: float) -> float:
        """c_K c_X, from the mean of c_K; ``half`` is half the difference of c_X between the electrodes."""
        return inert * 2 * half / np.log((mean + half) / (mean - half))

    def mismatch(half: float) -> float:
        p, anode, cathode = product(half), mean + half, mean - half
        if not np.isfinite(voltage):
            return p - cathode**2
        # c_M c_X = c_X² − p is M's activity, e^μ.
        return (anode**2 - p) - (cathode**2 - p) * np.exp(voltage / THERMAL_VOLTAGE)

    most = mean * (1 - 1e-14)
    if np.isfinite(voltage):
        most = brentq(lambda half: product(half) - (mean - half) ** 2, 1e-9 * mean, most, xtol=1e-14 * mean)
    return unit * brentq(mismatch, 1e-9 * mean, most, xtol=1e-14 * mean)


def inert_cation() -> Result:
    r"""Steady current between two M electrodes in MX beside KX, whose ions do not react: exact for any D.

    K⁺ and X⁻ rest, c_K ∝ e^{−Fφ/RT} and c_X ∝ e^{Fφ/RT}, so c_K c_X = p is uniform and c_M = c_X − p/c_X. The flux
    of M⁺ is then −2D_M dc_X/dx: c_X is linear, c_X = c̄_X ± s at the electrodes, and

    J = 4FD_M s/L,  p = 2s c̄_K / ln((c̄_X + s)/(c̄_X − s)),  V = (RT/F) ln[((c̄_X + s)² − p)/((c̄_X − s)² − p)].

    The limit is (c̄_X − s)² = p: without K⁺ 4FD_M c̄_M/L, with an excess of it 2FD_M c̄_M/L. Diffusivities of K⁺ and
    X⁻ do not matter. J. Newman, N. P. Balsara, Electrochemical Systems, 4th ed., Wiley 2021, ch. 19 (migration).
    """
    gap, total, rows, curves = 100e-6, 1000.0, [], []
    voltages = (0.01, 0.03, 0.06, 0.1, 0.3)
    for share in (0.1, 0.5, 0.9):
        watch = Stopwatch()
        electrolyte = _monovalent((1 - share) * total, share * total, (1.3e-9, 1.96e-9, 0.7e-9))
        sizes = MeshSizes(size=4e-6, interface_size=0.05e-6, growth=1.4)
        # Kinetics of FAST would take 0.2 % of the smallest voltage.
        electrode = metal(1e9)
        cell = bar_cell(gap, sizes, electrolyte, electrode, electrode)
        # One backward Euler step of 10⁴ diffusion times leaves 1e-5 of the transient.
        step = 1e4 * gap**2 / electrolyte.ion("M+").diffusivity
        control = StepControl(adaptive=False, initial_step=step, order=1)
        law = partial(_steady_current, electrolyte, gap)
        holds = [hold(-v, step) for v in voltages]
        unit = law(np.inf) * BAR_AREA
        found = [-s.observation.current / BAR_AREA for s in run(cell, holds, unit, control) if s.ended_by]
        mesh = describe_mesh(cell)
        for voltage, computed in zip(voltages, found, strict=True):
            if voltage in (voltages[1], voltages[-1]):
                quantity = f"steady current density at {voltage:g} V, {share:.0%} of the cations inert [A/m²]"
                rows.append(comparison("inert_cation", quantity, law(voltage), computed, 1e-3, mesh, watch.lap()))
        quantity = f"limiting current density, from {voltages[-1]:g} V, {share:.0%} of the cations inert [A/m²]"
        rows.append(comparison("inert_cation", quantity, law(np.inf), found[-1], 1e-3, mesh, 0.0))
        curves += compare(f"{share:.0%} of the cations inert", voltages, found, law, 1e-3, span=(1e-3, voltages[-1]))
    return Result(rows, Figure("MX beside KX, 100 µm", "Voltage / V", "Current density / A m⁻²", curves))


def _exchanging(ion: str, exchange: float) -> Electrode:
    electrode = metal(exchange)
    return replace(electrode, material=replace(electrode.material, ion=ion))


def ion_conductivity() -> Result:
    """Voltage of a bar of library electrolytes before and without polarisation: κ is the measured one.

    V = J L/κ + (4RT/F) asinh(J/2i₀). K2SO4 with its mobility scaled to 8 S/m: in 10⁻⁶ of a diffusion time the salt
    stays where it is. LiPON, whose anions are part of the glass: always, and its concentration never changes.
    """
    gap, rows, curves = 20e-6, [], []
    for name, ion, override, exchange, currents in (
        ("K2SO4_aq_0.5M", "K+", {"conductivity": 8.0}, 50.0, (1.0, 10.0, 100.0, 500.0)),
        ("LiPON", "Li+", {}, 1.0, (0.01, 0.1, 1.0, 5.0)),
    ):
        watch = Stopwatch()
        electrolyte = ionic_electrolyte_at(load_material(name), TEMPERATURE, override)
        electrode = _exchanging(ion, exchange)
        sizes = MeshSizes(size=2e-6, interface_size=0.5e-6, growth=1.5)
        cell = bar_cell(gap, sizes, electrolyte, electrode, electrode)
        mobile = electrolyte.ion(ion)
        fixed = bool(electrolyte.fixed_charge)
        step = (1.0 if fixed else 1e-6) * gap**2 / mobile.diffusivity
        control = StepControl(adaptive=False, initial_step=step, order=1)

        def law(j: float, kappa=electrolyte.conductivity, i0=exchange) -> float:
            return j * gap / kappa + 4 * THERMAL_VOLTAGE * np.arcsinh(j / (2 * i0))

        found, ends = [], []
        for j in currents:
            cell.set_initial_state()
            steps = run(cell, [galvanostatic(j * BAR_AREA, [TimeLimit(step)], step)], j * BAR_AREA, control)
            ends.append(last(steps).observation)
            found.append(ends[-1].voltage)
        mesh = describe_mesh(cell)
        # By then 4e-5 of the salt at the electrodes is displaced, 1 µV; in the glass nothing ever is.
        tolerance = 1e-6 if fixed else 2e-5
        quantity = f"voltage at {currents[-1]:g} A/m², {name}, κ = {electrolyte.conductivity:.3g} S/m [V]"
        rows.append(
            comparison("ion_conductivity", quantity, law(currents[-1]), found[-1], tolerance, mesh, watch.lap())
        )
        if fixed:
            spread = (ends[-1].concentration_max - ends[-1].concentration_min) / mobile.concentration
            quantity = f"largest difference of concentration, {name}, relative"
            rows.append(discrepancy("ion_conductivity", quantity, spread, 1e-9, mesh, 0.0))
        curves += compare(name, currents, found, law, tolerance, log_x=True)
    axes = "Current density / A m⁻²", "Voltage / V"
    return Result(rows, Figure("Bars of 20 µm", *axes, curves, log_x=True, log_y=True))


def salt_as_ions() -> Result:
    """A binary salt as two ions gives the voltage of the binary model, step by step of a pulse and the rest after it.

    Both are Nernst and Planck's equations for a neutral solution, in other unknowns: ln c and φ, or the ions'
    electrochemical potentials and φ. In finite elements the spaces are the same and neutrality holds at every node,
    so that they agree to what Newton's method leaves. With a conductivity of its own, half Nernst and Einstein's, too.
    """
    gap, rows, curves = 100e-6, [], []
    sizes = MeshSizes(size=5e-6, interface_size=0.5e-6, growth=1.4)
    for name, salt in (("1:1", ONE_TO_ONE), ("M₂X", TWO_TO_ONE), ("MX₂", DIVALENT)):
        watch = Stopwatch()
        electrode = metal(1e3, ion_charge=salt["z"][0])
        ideal = binary_electrolyte(**salt)
        electrolyte = replace(ideal, conductivity=0.5 * ideal.conductivity)
        duration = 0.1 * gap**2 / salt["diffusivity"]
        current = 0.5 * FARADAY * salt["diffusivity"] * salt["concentration"] / gap * BAR_AREA
        control = StepControl(adaptive=False, initial_step=duration / 25, newton_tolerance=1e-11)
        steps = [galvanostatic(i, [TimeLimit(duration)], duration) for i in (-current, 0.0)]
        histories = []
        for form in (electrolyte, from_binary(electrolyte)):
            cell = bar_cell(gap, sizes, form, electrode, electrode)
            histories.append([(s.time / duration, s.observation.voltage) for s in run(cell, steps, current, control)])
        times = [t for t, _ in histories[0]]
        binary, ions = (np.array([v for _, v in history]) for history in histories)
        scale = np.abs(binary).max()
        error = float(np.abs(ions - binary).max() / scale)
        quantity = f"voltage as ions against the binary model, worst of {len(times)} times, {name}, relative"
        rows.append(discrepancy("salt_as_ions", quantity, error, 1e-9, describe_mesh(cell), watch.lap()))
        curves += [line("", times, binary / THERMAL_VOLTAGE), points(name, times, ions / THERMAL_VOLTAGE)]
    axes = "Time / length of the pulse", "Voltage / (RT/F)"
    return Result(rows, Figure("Markers: as ions; lines: binary model", *axes, curves))
