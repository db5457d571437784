"""Insertion films: diffusion under a constant flux, ohmic drop, equilibrium after charging."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...geometry import ARCHITECTURES, MeshSizes
from ...materials import Collector, insertion_at, load_material
from ...solvers.description import Electrode
from ...solvers.drive import ChargeLimit, TimeLimit
from ...solvers.scales import FARADAY
from ...solvers.stepping import StepControl
from ...visualization.book import Figure, compare
from .result import Result
from .row import Row, Stopwatch, comparison
from .systems import (
    BAR_AREA,
    BAR_WIDTH,
    TEMPERATURE,
    THERMAL_VOLTAGE,
    bar_cell,
    binary_electrolyte,
    cell_on,
    describe_mesh,
    galvanostatic,
    insertion,
    last,
    metal,
    run,
)


def surface_minus_mean(tau: float) -> float:
    """(c_s,surface − c̄_s) D/(jL) at τ = Dt/L²: 1/3 − (2/π²) Σ exp(−n²π²τ)/n².

    A slab insulated on one side, with a constant flux through the other.
    """
    n = np.arange(1, 2001)
    return 1 / 3 - 2 / np.pi**2 * float(np.sum(np.exp(-((n * np.pi) ** 2) * tau) / n**2))


def constant_flux() -> Result:
    """Surface against mean concentration of a 2 µm film filled at a constant current.

    c_s,surface − c̄_s = (jL/D) [1/3 − (2/π²) Σ exp(−n²π²Dt/L²)/n²] with j the flux, so jL/(3D) once the
    transient is over. H. S. Carslaw, J. C. Jaeger, Conduction of Heat in Solids, 2nd ed., Oxford 1959, §3.8.
    The surface value is the mean of θ over the electrode's surface.
    """
    film, diffusivity, c_max, current_density = 2e-6, 1e-14, 20e3, 1.0
    watch = Stopwatch()
    sizes = MeshSizes(size=10e-6, interface_size=5e-6, film_size=0.01e-6, growth=1.15)
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
    for s in run(cell, [step], abs(current), StepControl(tolerance=1e-4)):
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
    curves = compare("computed", *zip(*compared, strict=True), exact, 0.01, log_x=True)
    axes = "Time / s", "Surface minus mean concentration / mol m⁻³"
    return Result(rows, Figure("Film filled at a constant current", *axes, curves, log_x=True, log_y=True))


def ohmic_film() -> list[Row]:
    """Resistance of a stack with a badly conducting film and collector, at a current far below the kinetic one.

    The current crosses collector and film as electrons, the interface, and the electrolyte (t₊ = 1: a plain
    resistor) as ions: R = L_c/σ_c + L_f/σ_f + RT/(F i₀) + L_e/κ + RT/(F i₀,metal), with
    i₀ = i₀,ref (1 − θ)^αₐ θ^α_c 2^(αₐ + α_c). So short a time leaves θ as it is.
    """
    gap, film, plate, kappa, theta, i0, i0_metal = 20e-6, 2e-6, 1e-6, 0.8, 0.2, 30.0, 50.0
    sigma_film, sigma_plate = 1e-3, 2e-4
    watch = Stopwatch()
    host = insertion(theta, conductivity=sigma_film, exchange_current_density=i0)
    host = replace(host, collector=Collector("graphite ink", sigma_plate))
    electrolyte = binary_electrolyte(transference_number=1.0, conductivity=kappa)
    stack = ARCHITECTURES["stack"](
        electrolyte_thickness=gap, cathode_thickness=film, collector_thickness=plate, width=BAR_WIDTH
    )
    sizes = MeshSizes(size=4e-6, interface_size=2e-6, film_size=0.2e-6, growth=2.0)
    cell = cell_on(stack, sizes, electrolyte, metal(i0_metal), host)
    tiny, duration = 1e-3, 1e-4
    control = StepControl(adaptive=False, initial_step=duration)
    step = galvanostatic(tiny * BAR_AREA, [TimeLimit(duration)], duration)
    end = last(run(cell, [step], tiny * BAR_AREA, control))
    rest = cell.description.open_circuit_voltage()
    computed = (end.observation.voltage - rest) / tiny
    exchange = 2 * i0 * np.sqrt(theta * (1 - theta))
    exact = plate / sigma_plate + film / sigma_film + gap / kappa
    exact += THERMAL_VOLTAGE / exchange + THERMAL_VOLTAGE / i0_metal
    quantity = "area resistance, collector + film + kinetics at θ = 0.2 + electrolyte [Ω m²]"
    return [comparison("ohmic_film", quantity, exact, computed, 1e-3, describe_mesh(cell), watch.lap())]


def equilibrium() -> Result:
    """Open-circuit voltage after charging and a long rest, for open-circuit curves of the material library.

    After a charge Q, θ of the cathode has fallen by Q/(zF c_max volume) and that of the anode has risen by as much;
    at rest V = U_cathode(θ_cathode) − U_anode(θ_anode). The curves are evaluated by NumPy in the closed form and by
    the compiled residual in the simulation.
    """
    rows, curves, film, gap = [], [], 1e-6, 20e-6
    moved, hour = 0.25, 120.0
    sizes = MeshSizes(size=10e-6, interface_size=5e-6, film_size=0.25e-6, growth=2.0)
    planar = ARCHITECTURES["planar"](gap=gap, width=BAR_WIDTH, anode_thickness=film, cathode_thickness=film)
    for anode, cathode in (("KVO_ac_0.25", "KMnO2_cryptomelane"), ("VOC1", "LiCoO2")):
        watch = Stopwatch()
        hosts = []
        for name, theta in ((anode, 0.3), (cathode, 0.7)):
            material = insertion_at(load_material(name), TEMPERATURE)
            # Fast enough that the rest ends in equilibrium; the curve is what is compared.
            material = replace(material, diffusivity=1e-13, exchange_current_density=10.0, c_max=20e3)
            hosts.append(Electrode(material, theta))
        cell = cell_on(planar, sizes, binary_electrolyte(), *hosts)
        charge = moved * FARADAY * 20e3 * planar.volumes()["cathode"]
        current = charge / hour
        steps = [
            galvanostatic(current, [ChargeLimit(charge)], hour),
            galvanostatic(0.0, [TimeLimit(10 * hour)], 10 * hour),
        ]
        history = [(s.time, s.observation.voltage) for s in run(cell, steps, current, StepControl(tolerance=5e-3))]

        def at_rest(time: float, hosts=hosts) -> float:
            gained = moved * min(time / hour, 1.0)
            after = [host.stoichiometry + sign * gained for host, sign in zip(hosts, (1, -1), strict=True)]
            potentials = [
                float(host.material.open_circuit.potential_vs_she(theta, TEMPERATURE))
                for host, theta in zip(hosts, after, strict=True)
            ]
            return potentials[1] - potentials[0]

        end, computed = history[-1]
        after = [host.stoichiometry + sign * moved for host, sign in zip(hosts, (1, -1), strict=True)]
        quantity = f"voltage at rest, {cathode} θ {after[1]:.2f} | {anode} θ {after[0]:.2f} [V]"
        rows.append(comparison("equilibrium", quantity, at_rest(end), computed, 1e-4, describe_mesh(cell), watch.lap()))
        curves += compare(f"{cathode} | {anode}", *zip(*history, strict=True), at_rest)
    return Result(rows, Figure("Charge for 120 s and rest; lines at rest", "Time / s", "Voltage / V", curves))
