"""Diffusion in an insertion film under a constant flux."""

from __future__ import annotations

import numpy as np

from ...geometry import MeshSizes
from ...solvers.cell import FARADAY
from ...solvers.drive import TimeLimit
from ...solvers.stepping import StepControl
from .row import Row, Stopwatch, comparison
from .systems import (
    BAR_AREA,
    bar_cell,
    binary_electrolyte,
    describe_mesh,
    galvanostatic,
    insertion,
    metal,
    run,
)


def surface_minus_mean(tau: float) -> float:
    """(c_s,surface − c̄_s) D/(jL) at τ = Dt/L²: 1/3 − (2/π²) Σ exp(−n²π²τ)/n².

    A slab insulated on one side, with a constant flux through the other.
    """
    n = np.arange(1, 2001)
    return 1 / 3 - 2 / np.pi**2 * float(np.sum(np.exp(-((n * np.pi) ** 2) * tau) / n**2))


def constant_flux() -> list[Row]:
    """Surface against mean concentration of a 2 µm film filled at a constant current.

    c_s,surface − c̄_s = (jL/D) [1/3 − (2/π²) Σ exp(−n²π²Dt/L²)/n²] with j the flux, so jL/(3D) once the
    transient is over. H. S. Carslaw, J. C. Jaeger, Conduction of Heat in Solids, 2nd ed., Oxford 1959, §3.8.
    The surface value is the mean of θ over the electrode's surface.
    """
    film, diffusivity, c_max, current_density = 2e-6, 1e-14, 20e3, 1.0
    watch = Stopwatch()
    sizes = MeshSizes(size=10e-6, interface_size=5e-6, film_size=0.02e-6, growth=1.15)
    host = insertion(0.1, c_max=c_max, diffusivity=diffusivity)
    cell = bar_cell(20e-6, sizes, binary_electrolyte(), metal(), host, film=film)
    surface = cell.compile(cell.theta("-") * cell.domain.surface("cathode_surface"))
    area = cell.area("cathode_surface")
    flux = current_density / FARADAY
    unit = flux * film / diffusivity
    duration = 1.2 * film**2 / diffusivity
    current = -current_density * BAR_AREA
    step = galvanostatic(current, [TimeLimit(duration)], duration)
    observed = []
    for s in run(cell, [step], abs(current), StepControl(tolerance=2e-4)):
        theta = cell.domain.integrate(surface) / area
        observed.append((s.time, c_max * (theta - s.observation.stoichiometry["cathode"])))
    seconds, mesh = watch.lap(), describe_mesh(cell)
    quantity = "c_s(surface) − mean, steady, jL/3D [mol/m³]"
    rows = [comparison("constant_flux", quantity, unit / 3, observed[-1][1], 0.005, mesh, seconds)]

    def exact(t: float) -> float:
        return unit * surface_minus_mean(diffusivity * t / film**2)

    compared = [pair for pair in observed if pair[0] >= 1e-3 * film**2 / diffusivity]
    t, computed = max(compared, key=lambda pair: abs(pair[1] / exact(pair[0]) - 1))
    quantity = f"the same, worst of {len(compared)} times from Dt/L² = 1e-3 on, at {t:.3g} s [mol/m³]"
    rows.append(comparison("constant_flux", quantity, exact(t), computed, 0.01, mesh, 0.0))
    return rows
