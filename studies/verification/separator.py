"""A porous separator beside free electrolyte: steady current of a symmetric metal cell."""

from __future__ import annotations

import numpy as np

from ...geometry import ARCHITECTURES, MeshSizes
from ...solvers.description import Separator
from ...solvers.scales import FARADAY
from ...visualization.book import Figure, compare
from .result import Result
from .row import Stopwatch, comparison
from .systems import THERMAL_VOLTAGE, binary_electrolyte, cell_on, describe_mesh, hold, metal, run
from .transport import ONE_TO_ONE

FREE, SOAKED = 30e-6, 20e-6
SEPARATOR = Separator(porosity=0.4, tortuosity=2.5)


def steady_current_density(voltage: float) -> float:
    """J = F D g/t₋ with g the gradient of c in the free electrolyte, exact for a 1:1 salt [A/m²].

    The anions rest, so φ = (RT/F) ln c and c is linear in either layer, with slope g in the free one (length
    L₁) and gτ/ε in the separator (L₂). Both electrodes are in equilibrium: c_a/c_c = r = exp(FV/2RT), hence
    c_c = gΛ/(r − 1) with Λ = L₁ + L₂τ/ε. The salt, c₀(L₁ + εL₂), is conserved:
    g [(L₁ + εL₂) Λ/(r − 1) + L₁²/2 + εL₁L₂ + τL₂²/2] = c₀ (L₁ + εL₂).
    """
    porosity, tortuosity = SEPARATOR.porosity, SEPARATOR.tortuosity
    ratio = np.exp(voltage / (2 * THERMAL_VOLTAGE))
    room = FREE + porosity * SOAKED
    apparent = FREE + SOAKED * tortuosity / porosity
    spread = FREE**2 / 2 + porosity * FREE * SOAKED + tortuosity * SOAKED**2 / 2
    gradient = ONE_TO_ONE["concentration"] * room / (room * apparent / (ratio - 1) + spread)
    return FARADAY * ONE_TO_ONE["diffusivity"] * gradient / (1 - ONE_TO_ONE["transference_number"])


def separator() -> Result:
    """Steady current through free electrolyte and a separator of porosity 0.4, tortuosity factor 2.5.

    J. Newman, N. P. Balsara, Electrochemical Systems, 4th ed., Wiley 2021, ch. 22 (porous media).
    """
    stack = ARCHITECTURES["stack"](
        electrolyte_thickness=FREE, cathode_thickness=0.0, separator_thickness=SOAKED, width=8e-6
    )
    sizes = MeshSizes(size=4e-6, interface_size=0.1e-6, growth=1.4)
    watch, rows, passed = Stopwatch(), [], {}
    cell = cell_on(stack, sizes, binary_electrolyte(**ONE_TO_ONE), metal(), metal(), separator=SEPARATOR)
    duration = 3 * (FREE + SOAKED * SEPARATOR.tortuosity) ** 2 / ONE_TO_ONE["diffusivity"]
    voltages = (0.02, 0.1)
    unit = steady_current_density(voltages[0]) * stack.footprint_area
    # A negative voltage plates the cathode, which lies on the free electrolyte.
    for step in run(cell, [hold(-v, duration) for v in voltages], unit):
        if step.ended_by:
            voltage = voltages[step.protocol_step]
            computed = passed[voltage] = -step.observation.current / stack.footprint_area
            quantity = f"steady current density at {voltage:g} V [A/m²]"
            exact, mesh = steady_current_density(voltage), describe_mesh(cell)
            rows.append(comparison("separator", quantity, exact, computed, 0.005, mesh, watch.lap()))
    curves = compare(
        "computed", list(passed), passed.values(), steady_current_density, 0.005, span=(1e-3, 1.2 * voltages[-1])
    )
    title = "Steady current through electrolyte and separator"
    return Result(rows, Figure(title, "Voltage / V", "Current density / A m⁻²", curves))
