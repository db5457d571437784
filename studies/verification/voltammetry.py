"""Linear sweep voltammetry of a reversible reaction: the peak of Randles and Ševčík."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from ...geometry import MeshSizes
from ...materials import OpenCircuit
from ...materials.curves import make_curve
from ...solvers.cell import Cell
from ...solvers.description import Electrode
from ...solvers.drive import ProtocolStep
from ...solvers.scales import FARADAY
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
    insertion,
    metal,
    run,
)

CASE = "randles_sevcik"
C_MAX, DIFFUSIVITY, FILM, HALF_WAVE = 20e3, 1e-14, 45e-6, 1.0

#: Stoichiometry at the start, 9 RT/F from the half-wave potential: what is left empties the film no sooner.
FULL = 1 - 1e-4

#: Voltage at which a sweep ends, beyond the peak [V].
END = HALF_WAVE + 0.15

#: Of the peak's height and place: √π χ at its largest, and (E_p − E_½) F/RT. Nicholson and Shain 1964, table I.
HEIGHT, PLACE = 0.4463, 1.109

#: Rates at which the film is half a space [V/s].
RATES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)


def _cell() -> Cell:
    """A film with Nernst's potential behind a conductor, opposite a reversible metal."""
    curve = make_curve("affine_nernst", {"U0": HALF_WAVE, "dU": 0.0, "n": 1.0})
    host = insertion(
        FULL, c_max=C_MAX, diffusivity=DIFFUSIVITY, conductivity=1e4, exchange_current_density=FAST
    ).material
    law = OpenCircuit("affine_nernst", curve, "SHE", None, "derived", "verification")
    cathode = Electrode(dataclasses.replace(host, open_circuit=law), FULL)
    conductor = binary_electrolyte(transference_number=1.0, conductivity=1e4)
    # The depth that the fastest sweep reaches, √(D RT/Fv) = 16 nm, is some elements thick.
    sizes = MeshSizes(size=10e-6, interface_size=5e-6, film_size=1e-9, growth=1.15)
    return bar_cell(10e-6, sizes, conductor, metal(), cathode, film=FILM)


def _sweep(cell: Cell, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Voltage [V] and current density [A/m²] of a sweep to :data:`END` from the starting state."""
    cell.set_initial_state()
    unit = FARADAY * C_MAX * BAR_AREA * np.sqrt(DIFFUSIVITY * rate / THERMAL_VOLTAGE)
    duration = (END - cell.voltage) / rate
    step = ProtocolStep("ramp", rate, (), duration, target=END)
    history = [s.observation for s in run(cell, [step], unit, StepControl(tolerance=1e-3))]
    return np.array([o.voltage for o in history]), np.array([o.current for o in history]) / BAR_AREA


def peak(voltage: Sequence[float], current: Sequence[float]) -> tuple[float, float]:
    """Voltage and current at the top of the parabola through the largest current and its neighbours."""
    k = int(np.clip(np.argmax(current), 1, len(current) - 2))
    # About the middle one, or the squares of the voltages cancel.
    a, b, c = np.polyfit(np.array(voltage[k - 1 : k + 2]) - voltage[k], current[k - 1 : k + 2], 2)
    return float(voltage[k] - b / (2 * a)), float(c - b * b / (4 * a))


def randles_sevcik() -> Result:
    r"""Peak of a sweep over four decades of its rate in a film with Nernst's potential; θ and 1 − θ are the couple.

    Into a half space i_p = 0.4463 F c √(F v D/RT), at 1.109 RT/F beyond the half-wave potential. R. S. Nicholson,
    I. Shain, Anal. Chem. 36 (1964) 706, doi:10.1021/ac60210a007; A. J. Bard, L. R. Faulkner, Electrochemical Methods,
    2nd ed., Wiley 2001, §6.2.
    """
    cell = _cell()
    mesh, found = describe_mesh(cell), []

    def law(rate: float) -> float:
        return HEIGHT * FARADAY * C_MAX * np.sqrt(rate * DIFFUSIVITY / THERMAL_VOLTAGE)

    rows: list[Row] = []
    for rate in RATES:
        watch = Stopwatch()
        place, height = peak(*_sweep(cell, rate))
        found.append(height)
        name = f"at {rate:g} V/s"
        # Time steps of 2 mV and linear elements; the sweep starts 9 RT/F off.
        rows.append(comparison(CASE, f"peak {name} [A/m²]", law(rate), height, 0.02, mesh, watch.lap()))
        beyond = (place - HALF_WAVE) / THERMAL_VOLTAGE
        rows.append(comparison(CASE, f"its place {name}, beyond E½ [RT/F]", PLACE, beyond, 0.05, mesh, 0.0))
    curves = compare("computed", RATES, found, law, 0.02, log_x=True)
    axes = "Rate / V s⁻¹", "Peak current density / A m⁻²"
    return Result(rows, Figure("Peak of a linear sweep", *axes, curves, log_x=True, log_y=True))
