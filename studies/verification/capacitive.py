"""A porous capacitive film: De Levie's transmission line, and the anions that it takes."""

from __future__ import annotations

import numpy as np

from ...geometry import MeshSizes
from ...materials import capacitor_at, load_material
from ...solvers.cell import Cell
from ...solvers.description import Electrode
from ...solvers.drive import TimeLimit
from ...solvers.scales import FARADAY
from ...solvers.stepping import StepControl
from ...visualization.book import Figure, bound, compare
from .result import Result
from .row import Row, Stopwatch, comparison, discrepancy
from .solid import surface_minus_mean
from .systems import (
    BAR_AREA,
    FAST,
    TEMPERATURE,
    THERMAL_VOLTAGE,
    bar_cell,
    binary_electrolyte,
    describe_mesh,
    galvanostatic,
    last,
    metal,
    run,
)
from .transport import ONE_TO_ONE

CASE = "capacitive_film"
FILM, GAP, CURRENT = 10e-6, 20e-6, 1000.0
CAPACITANCE, PORES = 60e6, 0.2

#: (h²/κ_p) C_v, the time in which charge crosses the film [s].
CROSSING = FILM**2 * CAPACITANCE / PORES


def _cell(cation_share: float, electrolyte) -> Cell:
    overrides = {
        "volumetric_capacitance": CAPACITANCE,
        "pore_conductivity": PORES,
        "conductivity": 1e6,
        "cation_share": cation_share,
    }
    film = capacitor_at(load_material("AC"), TEMPERATURE, overrides, ion="M+")
    sizes = MeshSizes(size=10e-6, interface_size=2e-6, film_size=FILM / 400, growth=1.07)
    return bar_cell(GAP, sizes, electrolyte, metal(), Electrode(film, 0.5), film=FILM)


def _line(t: float) -> float:
    """V − V₀ without the drops outside of the film, in J h/κ_p, at ``t`` in :data:`CROSSING`."""
    return t + surface_minus_mean(t)


def _transient() -> tuple[list[Row], Figure]:
    """Voltage after a step of the current, against the line's."""
    watch = Stopwatch()
    conductor = binary_electrolyte(transference_number=1.0, conductivity=2.0)
    cell = _cell(1.0, conductor)
    contact = cell.description.cathode.material.exchange_current_density
    drop = GAP / conductor.conductivity + THERMAL_VOLTAGE * (1 / contact + 1 / FAST)
    unit, duration = CURRENT * FILM / PORES, 2 * CROSSING
    step = galvanostatic(CURRENT * BAR_AREA, [TimeLimit(duration)], duration)
    rest = cell.description.open_circuit_voltage()
    history = [
        (s.time / CROSSING, (s.observation.voltage - rest - CURRENT * drop) / unit)
        for s in run(cell, [step], CURRENT * BAR_AREA, StepControl(tolerance=2e-5))
    ]
    mesh, rows = describe_mesh(cell), []
    seen = [pair for pair in history if pair[0] >= 1e-3]
    t, computed = max(seen, key=lambda pair: abs(pair[1] / _line(pair[0]) - 1))
    quantity = f"V − V₀ − ohmic drop, worst of {len(seen)} times, at {t:.3g} h²C/κ [J h/κ]"
    # Error control of 2e-5 and a first element of h/400, a tenth of the depth reached at the first time.
    rows.append(comparison(CASE, quantity, _line(t), computed, 0.01, mesh, watch.lap()))
    # The transient that is left, 0.2 e^{−π²t}, and the parabola in linear elements: 4e-4 of ⅓ each.
    late = [pair for pair in history if pair[0] >= 0.75]
    slope, offset = np.polyfit(*zip(*late, strict=True), 1)
    rows.append(comparison(CASE, "resistance of the film's pores, late [h/κ]", 1 / 3, offset, 1e-3, mesh, 0.0))
    rows.append(comparison(CASE, "slope of the voltage, late [J/C]", 1.0, slope, 1e-3, mesh, 0.0))
    early = [pair for pair in history if 1e-3 <= pair[0] <= 1e-2]
    power = float(np.polyfit(*np.log(np.array(early)).T, 1)[0])
    rows.append(comparison(CASE, "exponent of time from 0.001 to 0.01 h²C/κ", 0.5, power, 0.01, mesh, 0.0))
    curves = [
        *compare("computed", *zip(*seen, strict=True), _line, 0.01, log_x=True),
        bound("2√(t/π)", (1e-3, 0.3), (2 * np.sqrt(1e-3 / np.pi), 2 * np.sqrt(0.3 / np.pi))),
    ]
    axes = "Time / (h²C$_v$/κ$_p$)", "(V − V₀ − ohmic drop) / (J h/κ$_p$)"
    return rows, Figure("Step of the current", *axes, curves, log_x=True, log_y=True)


def _anions() -> list[Row]:
    """Salt that leaves the solution while a film takes anions and the metal opposite its cations."""
    watch = Stopwatch()
    electrolyte = binary_electrolyte(**ONE_TO_ONE)
    cell = _cell(0.0, electrolyte)
    current = 10.0
    duration = 0.5 * FARADAY * electrolyte.concentration * GAP / current * 0.1
    step = galvanostatic(current * BAR_AREA, [TimeLimit(duration)], duration)
    start = electrolyte.concentration * GAP * BAR_AREA
    end = last(run(cell, [step], current * BAR_AREA, StepControl(tolerance=1e-3)))
    taken = start - end.observation.amounts["salt"]
    expected, mesh = end.charge / FARADAY, describe_mesh(cell)
    quantity = "salt taken from the solution by a film of anions, Q/F [mol]"
    # Newton stops at 1e-9 of the current.
    rows = [comparison(CASE, quantity, expected, taken, 1e-9, mesh, watch.lap())]
    lattice = cell.description.cathode.material.c_max * FILM * BAR_AREA
    stored = (0.5 - end.observation.stoichiometry["cathode"]) * lattice
    error = (stored - expected) / expected
    rows.append(discrepancy(CASE, "charge in the film less that which passed, relative", error, 1e-9, mesh, 0.0))
    return rows


def capacitive_film() -> Result:
    r"""Activated carbon as a porous film of capacitance C_v per volume and pore conductivity κ_p, after a current step.

    De Levie's line, C_v ∂v/∂t = κ_p ∂²v/∂x², with J at its mouth and none at the collector:

    V − V₀ − JR = J h/κ_p [t' + 1/3 − (2/π²) Σ e^{−n²π²t'}/n²], t' = κ_p t/(C_v h²),

    which is (2J/κ_p) √(κ_p t/πC_v) at first and then Jt/(C_v h) + ⅓ J h/κ_p: a capacitor behind a third of the pores'
    resistance. R: free electrolyte and contacts. A film that takes anions opposite a metal that is plated takes a
    salt for every electron, Q/F. R. de Levie, Electrochim. Acta 8 (1963) 751, doi:10.1016/0013-4686(63)80042-0.
    """
    rows, figure = _transient()
    return Result(rows + _anions(), figure)
