"""Voltage of a salt gradient: diffusion potential and Nernst's law."""

from __future__ import annotations

from functools import partial

import numpy as np

from ...geometry import MeshSizes
from ...solvers.cell import Cell
from ...solvers.drive import TimeLimit
from ...solvers.stepping import StepControl
from ...visualization.book import Figure, compare
from .result import Result
from .row import Stopwatch, comparison
from .systems import (
    BAR_AREA,
    THERMAL_VOLTAGE,
    bar_cell,
    binary_electrolyte,
    describe_mesh,
    galvanostatic,
    last,
    metal,
    run,
)
from .transport import DIVALENT, ONE_TO_ONE, TWO_TO_ONE, limiting_current_density


def concentration_cell() -> Result:
    r"""Open-circuit voltage between two equal metal electrodes in a salt gradient.

    Without current ∇φ = −(RT/F)(t₊/z₊ + t₋/z₋) ∇ln c, and Nernst's law adds (RT/z₊F) Δln c:

    V = (RT/F) (1/z₊ − t₊/z₊ − t₋/z₋) ln(c_c/c_a),

    2 t₋ (RT/F) ln(c_c/c_a) for a 1:1 salt. Newman & Balsara (2021), ch. 2: cells with transference.
    """
    gap, ratio, rows = 100e-6, 5.0, []
    found = {}

    def law(t_p: float, z: tuple[int, int]) -> float:
        return THERMAL_VOLTAGE * (1 / z[0] - t_p / z[0] - (1 - t_p) / z[1]) * np.log(ratio)

    sizes = MeshSizes(size=8e-6, interface_size=0.5e-6, growth=1.3)
    for name, salt in (
        ("1:1, t₊ 0.5", ONE_TO_ONE),
        ("1:1, t₊ 0.2", ONE_TO_ONE | {"transference_number": 0.2}),
        ("M₂X, t₊ 0.479", TWO_TO_ONE),
        ("MX₂, t₊ 0.41", DIVALENT),
    ):
        watch = Stopwatch()
        z, t_p = salt["z"], salt["transference_number"]
        electrode = metal(ion_charge=z[0])
        cell = bar_cell(gap, sizes, binary_electrolyte(**salt), electrode, electrode)
        _set_salt(cell, _smooth_step(np.log(ratio), gap / cell.scales.length))
        # So short a time leaves the profile as it is; it is flat at the electrodes, which no anion crosses.
        duration = 1e-6 * gap**2 / salt["diffusivity"]
        control = StepControl(adaptive=False, initial_step=duration)
        rest = galvanostatic(0.0, [TimeLimit(duration)], duration)
        end = last(run(cell, [rest], limiting_current_density(salt, gap) * BAR_AREA, control))
        computed = end.observation.voltage
        quantity = f"open-circuit voltage at c ratio {ratio:g}, {name} [V]"
        rows.append(
            comparison("concentration_cell", quantity, law(t_p, z), computed, 1e-3, describe_mesh(cell), watch.lap())
        )
        found.setdefault(z, {})[t_p] = computed
    curves = []
    for z, voltages in found.items():
        label = f"ions of charges {z[0]:+d}, {z[1]:+d}".replace("-", "−")
        curves += compare(label, list(voltages), voltages.values(), partial(law, z=z), 1e-3, span=(0.05, 0.95))
    axes = "Transference number t₊", "Open-circuit voltage / V"
    return Result(rows, Figure("Concentrations in the ratio 1 : 5", *axes, curves))


def _smooth_step(height: float, length: float):
    """Profile along x that rises from 0 to ``height`` over ``length`` and is flat at both ends."""
    return lambda x: height * (x[0] / length) ** 2 * (3 - 2 * x[0] / length)


def _set_salt(cell: Cell, profile) -> None:
    """Start from ln(c/c₀) = ``profile(x)``, x in units of the cell's length scale."""
    from dolfinx import fem

    space, dofs = cell.q.function_space.sub(0).collapse()
    u = fem.Function(space)
    u.interpolate(profile)
    cell.q.x.array[dofs] = u.x.array
