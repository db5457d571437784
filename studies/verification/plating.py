"""Metal on surfaces: what is plated, what strips back, how nuclei cover a substrate, and the dip that they cost."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from ...geometry import ARCHITECTURES, MeshSizes
from ...materials import Metal
from ...solvers.cell import Cell
from ...solvers.description import DoubleLayer, Electrode, Nucleation, Plating
from ...solvers.drive import ChargeLimit, TimeLimit
from ...solvers.nucleation import classical
from ...solvers.position import AcceptedStep
from ...solvers.scales import FARADAY
from ...solvers.stepping import StepControl
from ...solvers.surface_view import SurfaceView
from ...visualization.book import Figure, compare, line, points
from .result import Result
from .row import Row, Stopwatch, comparison, discrepancy
from .systems import (
    BAR_AREA,
    TEMPERATURE,
    THERMAL_VOLTAGE,
    bar_cell,
    binary_electrolyte,
    cell_on,
    describe_mesh,
    galvanostatic,
    hold,
    metal,
    run,
)

#: Potassium: M/ρ = 39.0983 g/mol over 0.862 g/cm³ [m³/mol].
POTASSIUM = 4.5358e-5

#: 1 mAh/cm² [C/m²].
CAPACITY = 3.6e4

EFFICIENCY, POROSITY = 0.9, 0.3

#: So thin and conductive that the surface alone decides.
THIN = MeshSizes(size=1e-6, interface_size=1e-6, growth=1.4)
THIN_GAP = 2e-6
CONDUCTOR = {"transference_number": 1.0, "conductivity": 1e4}

EXCHANGE, TENSION, SITES = 10.0, 0.05, 1e13


def _plated(electrode: Electrode, molar_volume: float, plating: Plating, capacitance: float | None = None) -> Electrode:
    layer = None if capacitance is None else DoubleLayer(capacitance=capacitance, cation_share=1.0)
    material = replace(electrode.material, molar_volume=molar_volume)
    return replace(electrode, material=material, plating=plating, double_layer=layer)


def deposit() -> Result:
    """Volume of what is plated, and what stripping leaves.

    V = ε_C Q V_m/(zF(1 − ε)), ε_C the coulombic efficiency and ε the deposit's porosity, on the unevenly plated edges
    of bare fingers: the volume is the integral of the thickness over the surface's facets. Potassium of full density
    is 16.9 µm per mAh/cm². Held 0.3 V above rest, the metal leaves until none is there.
    """
    case, rows, watch = "deposit", [], Stopwatch()
    rows.append(_potassium(case, watch))
    plating = Plating(reserve=0.0, porosity=POROSITY, coulombic_efficiency=EFFICIENCY)
    fingers = ARCHITECTURES["interdigital"](
        finger_width=20e-6,
        gap=20e-6,
        thickness=0.0,
        collector_thickness=0.0,
        cover=40e-6,
        slice=4e-6,
        length=400e-6,
    )
    sizes = MeshSizes(size=10e-6, interface_size=1e-6, growth=1.6)
    # Kinetics fast enough for the electrolyte to decide: the edges get more.
    cathode = _plated(metal(100 * EXCHANGE), POTASSIUM, plating)
    cell = cell_on(fingers, sizes, binary_electrolyte(), metal(100 * EXCHANGE), cathode)
    area = cell.area("cathode_surface") * cell.scales.length**2
    charge, current = 10 * area * 3600.0, 10 * area
    plate = galvanostatic(-current, [ChargeLimit(charge)], charge / current)
    strip = hold(0.3, 2 * charge / current)
    thicknesses, ends = [], []
    for step in run(cell, [plate, strip], current):
        if step.ended_by:
            view = SurfaceView(cell, "cathode")
            state = view.state(step.time, view.values())
            thicknesses.append(state)
            ends.append(step)
    full, empty = thicknesses
    exact = EFFICIENCY * charge * POTASSIUM / FARADAY / (1 - POROSITY)
    found, mesh = float(full.areas @ full.thickness), describe_mesh(cell)
    rows.append(comparison(case, "volume of the deposit on fingers [m³]", exact, found, 1e-9, mesh, watch.lap()))
    left = float(empty.areas @ empty.thickness) / found
    quantity = "share of the deposit that is left after stripping"
    rows.append(discrepancy(case, quantity, left, 1e-9, mesh, 0.0))
    stripped = (ends[1].charge - ends[0].charge) / charge
    quantity = "charge stripped over charge plated, the coulombic efficiency"
    # Newton stops at 1e-9 of the current; the hold begins with a large one.
    rows.append(comparison(case, quantity, EFFICIENCY, stripped, 1e-7, mesh, 0.0))
    order = np.argsort(full.centres[:, 0])
    across = full.centres[order, 0] - full.centres[:, 0].min()
    figure = Figure(
        "Deposit over a finger's width",
        "Place / µm",
        "Thickness / µm",
        (
            points("plated", across[:: max(len(order) // 60, 1)] * 1e6, _thinned(full.thickness[order])),
            points("stripped", across[:: max(len(order) // 60, 1)] * 1e6, _thinned(empty.thickness[order])),
        ),
    )
    return Result(rows, (figure,))


def _thinned(values: np.ndarray) -> np.ndarray:
    return values[:: max(len(values) // 60, 1)] * 1e6


def _potassium(case: str, watch: Stopwatch) -> Row:
    cathode = _plated(metal(EXCHANGE), POTASSIUM, Plating(reserve=0.0))
    sizes = MeshSizes(size=10e-6, interface_size=2e-6, growth=1.4)
    cell = bar_cell(50e-6, sizes, binary_electrolyte(), metal(EXCHANGE), cathode)
    current = 10 * BAR_AREA
    step = galvanostatic(-current, [ChargeLimit(CAPACITY * BAR_AREA)], 3600.0)
    end = list(run(cell, [step], current))[-1]
    quantity = "thickness of 1 mAh/cm² of potassium [µm]"
    found = 1e6 * end.observation.deposits["cathode"].mean
    # A charge limit is met to 1e-9.
    exact = 1e6 * CAPACITY * POTASSIUM / FARADAY
    return comparison(case, quantity, exact, found, 2e-9, describe_mesh(cell), watch.lap())


# ---------------------------------------------------------------------- nuclei
def _nucleating(nucleation: Nucleation, capacitance: float, molar_volume: float = POTASSIUM) -> Cell:
    cathode = _plated(metal(EXCHANGE), molar_volume, Plating(reserve=0.0, nucleation=nucleation), capacitance)
    return bar_cell(THIN_GAP, THIN, binary_electrolyte(**CONDUCTOR), metal(), cathode)


def _site_rate(nucleation: Nucleation, metal: Metal, overpotential: float) -> float:
    """A of classical theory [1/s], by the separate steps of :mod:`archode.solvers.nucleation.classical`."""
    energy = classical.volume_energy(overpotential, metal.molar_volume)
    radius = classical.critical_radius(energy, nucleation.surface_energy)
    angle = nucleation.contact_angle
    barrier = classical.barrier(energy, nucleation.surface_energy, angle)
    atoms = classical.critical_atoms(radius, angle, metal.molar_volume)
    zeldovich = classical.zeldovich_factor(barrier, atoms, TEMPERATURE)
    frequency = classical.attachment_frequency(radius, angle, overpotential, EXCHANGE, temperature=TEMPERATURE)
    return nucleation.rate_factor * float(classical.site_rate(frequency, zeldovich, barrier, TEMPERATURE))


def _growth(nucleation: Nucleation, metal: Metal, overpotential: float) -> tuple[float, float]:
    """Growth of a cap's radius [m/s], its volume taking what its surface does, and the critical radius [m]."""
    half = overpotential / (2 * THERMAL_VOLTAGE)
    current = EXCHANGE * (math.exp(-half) - math.exp(half))
    angle = nucleation.contact_angle
    per_radius = float(classical.cap_area_factor(angle) / (3 * classical.cap_volume_factor(angle)))
    energy = classical.volume_energy(overpotential, metal.molar_volume)
    radius = float(classical.critical_radius(energy, nucleation.surface_energy))
    return per_radius * current * metal.molar_volume / FARADAY, radius


def _footprint(angle: float) -> float:
    """Area that a cap of radius 1 hides from above."""
    return math.pi * math.sin(min(angle, math.pi / 2)) ** 2


def _cover_at(overpotential: float, nucleation: Nucleation, duration: float, steps: int) -> list[AcceptedStep]:
    """A substrate held at an overpotential; its double layer is as good as absent."""
    cell = _nucleating(nucleation, 1e-6)
    control = StepControl(adaptive=False, initial_step=duration / steps)
    return list(run(cell, [hold(overpotential, duration)], EXCHANGE * BAR_AREA, control))


#: Overpotential of the potentiostatic cases [V].
HELD = -0.15


def nuclei() -> Result:
    r"""A substrate held at an overpotential: how nuclei cover it, in Avrami's two limits.

    With growth g of the radius, critical radius r* and a cap's footprint s: instantaneous nucleation (all of N sites at
    once) covers X = 1 − exp(−sN (r* + gt)²); progressive nucleation at the rate AN per area, At ≪ 1, covers
    X = 1 − exp(−sAN ((r* + gt)³ − r*³)/(3g)). M. Avrami, J. Chem. Phys. 8 (1940) 212. A is that of classical theory,
    put together from critical radius, barrier, Zeldovich's factor and attachment frequency.
    """
    case, rows, curves, watch = "nuclei", [], [], Stopwatch()
    potassium = replace(metal(EXCHANGE).material, molar_volume=POTASSIUM)
    for degrees in (60, 90, 140):
        angle = math.radians(degrees)
        plain = Nucleation(angle, TENSION, SITES)
        growth, critical = _growth(plain, potassium, HELD)
        rate, foot = _site_rate(plain, potassium, HELD), _footprint(angle) * SITES
        # All sites are taken within a millionth of the time in which nuclei meet.
        duration = 1.5 / math.sqrt(SITES) / growth
        found = _cover_at(HELD, replace(plain, rate_factor=1e6 / duration / rate), duration, 300)

        def at_once(t, growth=growth, critical=critical, foot=foot):
            return 1 - np.exp(-foot * (critical + growth * np.asarray(t)) ** 2)

        rows.append(_worst(case, f"cover by instantaneous nuclei, {degrees}°", found, at_once, 1e-3, watch))
        curves.append((f"{degrees}° at once", duration, found, at_once))
        # One site in a thousand is taken by then; that share is the error of AN = const.
        slow = 1e-3
        duration = math.sqrt(3 * 1.5 / (foot * slow)) / growth
        factor = slow / duration / rate
        found = _cover_at(HELD, replace(plain, rate_factor=factor), duration, 300)

        def one_by_one(t, growth=growth, critical=critical, foot=foot, born=factor * rate):
            radius = critical + growth * np.asarray(t)
            return 1 - np.exp(-foot * born * (radius**3 - critical**3) / (3 * growth))

        rows.append(_worst(case, f"cover by progressive nuclei, {degrees}°", found, one_by_one, 2e-3, watch))
        curves.append((f"{degrees}° one by one", duration, found, one_by_one))
    figure = Figure(
        "Cover of a substrate at constant potential",
        "Time / duration",
        "Covered share",
        sum((_cover_curves(*curve) for curve in curves[2:4]), ()),
    )
    return Result(rows, (figure,))


def _worst(case: str, quantity: str, steps: Sequence[AcceptedStep], law, tolerance: float, watch: Stopwatch) -> Row:
    """The time of the largest difference, which is relative to full cover."""
    times = np.array([step.time for step in steps])
    cover = np.array([step.observation.deposits["cathode"].covered for step in steps])
    error = np.abs(cover - law(times))
    k = int(np.argmax(error))
    exact = float(law(times[k]))
    quantity = f"{quantity}, worst of {len(times)} times"
    note = "error relative to full cover"
    return Row(case, quantity, exact, float(cover[k]), float(error[k]), tolerance, "bar", watch.lap(), note)


def _cover_curves(label: str, duration: float, steps: Sequence[AcceptedStep], law) -> tuple:
    few = steps[:: len(steps) // 30]
    cover = [step.observation.deposits["cathode"].covered for step in few]
    times = [step.time / duration for step in few]
    return compare(label, times, cover, lambda x: law(np.asarray(x) * duration), 2e-3, scale=1.0)


# ---------------------------------------------------------------------- the dip
#: Current of the dip [A/m²], double layer of copper [F/m²], and a tension that makes nuclei rare [J/m²].
DRIVEN, BARE_LAYER, HIGH_TENSION = 10.0, 0.2, 0.1


def _dip(angle: float, sites: float, factor: float = 1.0, layer: float = BARE_LAYER) -> list[AcceptedStep]:
    """Potassium on a substrate at a constant current, until it is covered."""
    nucleation = Nucleation(angle, HIGH_TENSION, sites, factor)
    cell = _nucleating(nucleation, layer)
    step = galvanostatic(-DRIVEN * BAR_AREA, [TimeLimit(600.0)], 600.0)
    return list(run(cell, [step], DRIVEN * BAR_AREA, StepControl(tolerance=3e-4)))


def nucleation_dip() -> Result:
    r"""Voltage of potassium on a substrate at constant current: the dip before nuclei cover it.

    - Covered, only charge transfer is left: η = −(2RT/F) asinh(J/2i₀).
    - Before, N nuclei at once and by themselves share the current, 2πNr² i₀ exp(−αFη/RT) = J on hemispheres, whose
      radius follows the charge, (2π/3)Nr³ = JtV_m/F: η = −(RT/αF) ln[J/(2πN i₀ r²)], falling as t^(−2/3).
    - The dip is deeper at a larger contact angle, and less deep with more sites, where nucleation is what costs it.
    """
    case, rows, curves, watch = "nucleation_dip", [], [], Stopwatch()
    runs = {degrees: _dip(math.radians(degrees), SITES) for degrees in (30, 60, 90, 120)}
    dips = {degrees: -min(s.observation.voltage for s in steps) for degrees, steps in runs.items()}
    dense = {sites: -min(s.observation.voltage for s in _dip(math.pi / 2, sites)) for sites in (1e12, 1e13, 1e14)}
    seconds = watch.lap()
    end = 2 * THERMAL_VOLTAGE * math.asinh(DRIVEN / (2 * EXCHANGE))
    plateau = -runs[60][-1].observation.voltage
    # After 600 s on 60° some 1e-4 of the substrate is bare.
    rows.append(comparison(case, "plateau [V]", end, plateau, 1e-3, "bar", seconds))
    told = ", ".join(f"{degrees}° {1e3 * dip:.0f} mV" for degrees, dip in dips.items())
    rows.append(_rising(case, "dip against contact angle, deepest fall relative to the mean", dips.values(), told))
    told = ", ".join(f"{sites:.0e} per m² {1e3 * dip:.0f} mV" for sites, dip in dense.items())
    fading = list(dense.values())[::-1]
    rows.append(_rising(case, "dip against fewer sites, deepest fall relative to the mean", fading, told))

    # A double layer that holds next to nothing: its charge would count as a deposit's.
    steps = _dip(math.pi / 2, SITES, factor=1e30, layer=1e-5)

    def polarisation(t):
        radius = np.cbrt(3 * DRIVEN * np.asarray(t) * POTASSIUM / FARADAY / (2 * math.pi * SITES))
        return 2 * THERMAL_VOLTAGE * np.log(DRIVEN / (2 * math.pi * SITES * EXCHANGE * radius**2))

    # From where the double layer has settled to where neighbours are felt.
    alone = [s for s in steps if 1e-4 < s.observation.deposits["cathode"].covered < 2e-3]
    times = np.array([s.time for s in alone])
    seen = -np.array([s.observation.voltage for s in alone])
    k = int(np.argmax(np.abs(seen - polarisation(times))))
    quantity = f"polarisation of nuclei by themselves, worst of {len(times)} times [V]"
    rows.append(comparison(case, quantity, float(polarisation(times[k])), float(seen[k]), 5e-3, "bar", watch.lap()))
    for degrees, steps in runs.items():
        early = [s for s in steps if s.time > 1e-4]
        curves.append(line(f"{degrees}°", [s.time for s in early], [1e3 * s.observation.voltage for s in early]))
    figure = Figure("Potassium on a substrate at 1 mA/cm²", "Time / s", "Voltage / mV", tuple(curves), log_x=True)
    return Result(rows, (figure,))


def _rising(case: str, quantity: str, values: Iterable[float], note: str) -> Row:
    """A row that passes where every value clearly exceeds the one before it, by a hundredth of their mean or more."""
    values = np.array(list(values))
    fall = max(0.0, 0.01 - float(np.min(np.diff(values)) / values.mean()))
    return discrepancy(case, quantity, fall, 1e-12, "bar", 0.0, note)
