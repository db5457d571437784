"""Small-signal impedance against closed forms: circuits, finite diffusion in a film and in a gap, a Debye layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ...geometry import MeshSizes
from ...materials import Ion, IonicElectrolyte
from ...materials.constants import VACUUM_PERMITTIVITY
from ...solvers.cell import Cell
from ...solvers.description import DoubleLayer, Electrode
from ...solvers.impedance import SmallSignal
from ...solvers.scales import FARADAY
from ...visualization.book import Curve, Figure, compare
from .double_layer import salt
from .result import Result
from .row import Row, Stopwatch, comparison, discrepancy
from .systems import (
    BAR_AREA,
    FAST,
    TEMPERATURE,
    THERMAL_VOLTAGE,
    bar_cell,
    binary_electrolyte,
    describe_mesh,
    insertion,
    metal,
    newton_of,
)

CASE_CIRCUIT, CASE_WARBURG, CASE_DEBYE = "impedance_circuit", "finite_warburg", "impedance_debye"

GAP = 100e-6
SIZES = MeshSizes(size=10e-6, interface_size=2e-6, growth=1.4)

#: With t₊ = 1 the salt stays uniform and the electrolyte is a plain resistor.
RESISTOR = {"diffusivity": 1e-10, "transference_number": 1.0, "conductivity": 0.8}

EXCHANGE, CAPACITANCE = 12.0, 0.2

#: A single-ion conductor such as LiPON; mobile ions in mol/m³.
GLASS_GAP, GLASS_CONDUCTIVITY, GLASS_IONS = 5e-6, 1e-3, 10_800.0


def spectrum(cell: Cell, frequencies: Sequence[float], whole: bool | None = None) -> np.ndarray:
    """Z of the cell in its starting state [Ω], shape of ``frequencies`` [Hz]."""
    with newton_of(cell) as newton, SmallSignal(cell, newton, whole) as signal:
        return np.array([point.impedance for point in signal.sweep(frequencies)])


def worst(computed: np.ndarray, exact: np.ndarray) -> tuple[int, float]:
    """Index and size of the largest |Z − Z_exact|/|Z_exact|."""
    errors = np.abs(computed / exact - 1)
    return int(np.argmax(errors)), float(errors.max())


def _nyquist(name: str, z: np.ndarray, law: Callable[[float], complex], x: np.ndarray, tolerance: float) -> list[Curve]:
    """|Z| at the markers and as a line."""
    return compare(name, x, np.abs(z), lambda s: abs(law(s)), tolerance, log_x=True)


def impedance_circuit() -> Result:
    r"""Double layers with slow reactions, a blocking electrode, and kinetics of any speed, behind a resistor.

    Z = L/κ + Σ R_ct/(1 + jωR_ct C) with R_ct = RT/(F i₀ (αₐ + α_c)), here 1.25 Ω cm² and 21.4 Ω cm² at either
    electrode. A blocking cathode has 1/(jωC) instead. A single-ion conductor between metals without double layers is
    50 Ω cm² + 2R_ct at every frequency, here 1 mHz to 10 MHz, up to kinetics whose rounding is felt. J. R. Macdonald,
    Impedance Spectroscopy, Wiley 1987, §1.2; J. Newman, N. P. Balsara, Electrochemical Systems, 4th ed., Wiley 2021,
    ch. 8.
    """
    rows: list[Row] = []
    curves: list[Curve] = []
    electrolyte = binary_electrolyte(**RESISTOR)
    layer = DoubleLayer(capacitance=CAPACITANCE, cation_share=1.0)
    ohmic, transfer = GAP / RESISTOR["conductivity"], THERMAL_VOLTAGE / EXCHANGE
    corner = 1 / (2 * np.pi * transfer * CAPACITANCE)

    def reacting(f: float) -> complex:
        return ohmic + 2 * transfer / (1 + 1j * f / corner)

    def blocking(f: float) -> complex:
        return ohmic + THERMAL_VOLTAGE / FAST + 1 / (2j * np.pi * f * CAPACITANCE)

    cells = (
        ("slow reactions", metal(EXCHANGE, double_layer=layer), metal(EXCHANGE, double_layer=layer), reacting),
        ("blocking", metal(), Electrode(double_layer=layer), blocking),
    )
    for name, anode, cathode, law in cells:
        watch = Stopwatch()
        cell = bar_cell(GAP, SIZES, electrolyte, anode, cathode)
        frequencies = corner * np.geomspace(1e-3, 1e4, 22)
        found = spectrum(cell, frequencies) * BAR_AREA
        exact = np.array([law(f) for f in frequencies])
        k, error = worst(found, exact)
        # Uniform fields: nothing but the linear solver's 1e-10 and rounding is left.
        quantity = f"|Z/Z_exact − 1|, {name}, worst of {len(found)}, at {frequencies[k]:.3g} Hz"
        rows.append(discrepancy(CASE_CIRCUIT, quantity, error, 1e-6, describe_mesh(cell), watch.lap()))
        curves += _nyquist(name, found * 1e4, lambda f, law=law: 1e4 * law(f), frequencies, 1e-6)
    for exchange in (1.0, 1e3, 1e6, 1e9, 1e11):
        watch = Stopwatch()
        cell = _glass(exchange)
        frequencies = np.geomspace(1e-3, 1e7, 11)
        found = spectrum(cell, frequencies) * cell.area("cathode_surface") * cell.scales.length**2
        exact = np.full(len(found), GLASS_GAP / GLASS_CONDUCTIVITY + 2 * THERMAL_VOLTAGE / exchange, dtype=complex)
        k, error = worst(found, exact)
        # The rounding of i₀F/(RT) beside κ/L: 5e-6 at the fastest.
        quantity = f"|Z/Z_exact − 1|, i₀ = {exchange:g} A/m², worst of {len(found)}, at {frequencies[k]:.3g} Hz"
        rows.append(discrepancy(CASE_CIRCUIT, quantity, error, 1e-4, describe_mesh(cell), watch.lap()))
    axes = "Frequency / Hz", "|Z| / Ω cm²"
    return Result(rows, Figure("Resistors and capacitors", *axes, curves, log_x=True, log_y=True))


def _glass(exchange: float) -> Cell:
    """A single-ion conductor between metals."""
    diffusivity = GLASS_CONDUCTIVITY * THERMAL_VOLTAGE / (FARADAY * GLASS_IONS)
    ion = Ion("M+", 1, diffusivity, GLASS_IONS)
    glass = IonicElectrolyte("glass", (ion,), 16.6, TEMPERATURE, fixed_charge=-GLASS_IONS)
    sizes = MeshSizes(size=2e-6, interface_size=1e-6)
    return bar_cell(GLASS_GAP, sizes, glass, metal(exchange), metal(exchange), width=2e-6)


def reflecting(u: float) -> complex:
    """coth√(ju)/√(ju): diffusion into a film with a blocked end, u = ωL²/D."""
    s = np.sqrt(1j * u)
    return complex(1 / (s * np.tanh(s)))


def transmitting(u: float) -> complex:
    """tanh√(ju)/√(ju): diffusion through a layer with a fixed concentration behind it."""
    s = np.sqrt(1j * u)
    return complex(np.tanh(s) / s)


def finite_warburg() -> Result:
    r"""Finite diffusion over seven decades of u = ωL²/D: in a film (reflecting) and in a salt (transmitting).

    A film of thickness L on a reversible electrolyte and collector has Z − R = −U'(θ) L/(F c_max D) coth√(ju)/√(ju),
    0.331238 − 1.022013j at u = 1. Between equal metals a distance 2L apart the salt is fixed in the middle and

    Z − R = 2RT (1−t₊)² 2L/(F²Dc) tanh√(ju)/√(ju),  0.885451 − 0.286978j at u = 1,

    of a 1:1 salt without thermodynamic factor. D. R. Franceschetti, J. R. Macdonald, R. P. Buck, J. Electrochem. Soc.
    138 (1991) 1368, doi:10.1149/1.2085788.
    """
    u = np.geomspace(1e-3, 1e4, 22)
    u = np.sort(np.append(u, 1.0))
    rows: list[Row] = []
    curves: list[Curve] = []
    for name, degree, allowed in (("film", 1, 5e-3), ("film", 2, 1e-4), ("salt", 1, 5e-3), ("salt", 2, 1e-4)):
        watch = Stopwatch()
        cell, length, diffusivity, scale, series = _film(degree) if name == "film" else _salt(degree)
        law = reflecting if name == "film" else transmitting
        frequencies = u * diffusivity / (2 * np.pi * length**2)
        found = (spectrum(cell, frequencies) * BAR_AREA - series) / scale
        exact = np.array([law(value) for value in u])
        k, error = worst(found, exact)
        mesh, at = describe_mesh(cell), int(np.flatnonzero(u == 1.0)[0])
        # The layer that the fastest signal reaches, L/100, is some elements thick; the rest is graded.
        quantity = f"|Z/Z_exact − 1|, {name} (P{degree}), worst of {len(u)}, at u = {u[k]:.3g}"
        rows.append(discrepancy(CASE_WARBURG, quantity, error, allowed, mesh, watch.lap()))
        for part, value, expected in (("Re", found[at].real, exact[at].real), ("Im", found[at].imag, exact[at].imag)):
            quantity = f"{part} Z at u = 1, {name} (P{degree})"
            rows.append(comparison(CASE_WARBURG, quantity, expected, value, allowed, mesh, 0.0))
        if degree == 1:
            curves += _nyquist("reflecting" if name == "film" else "transmitting", found, law, u, allowed)
    axes = "ωL²/D", "|Z| / Z$_D$"
    return Result(rows, Figure("Finite diffusion", *axes, curves, log_x=True, log_y=True))


def _film(degree: int) -> tuple[Cell, float, float, float, float]:
    """Cell of a film, its thickness, diffusivity, the scale of its impedance and what is in series [Ω m²]."""
    length, diffusivity, c_max, slope, sigma = 2e-6, 1e-14, 20e3, 0.5, 100.0
    host = insertion(
        0.5, c_max=c_max, diffusivity=diffusivity, slope=slope, conductivity=sigma, exchange_current_density=FAST
    )
    sizes = MeshSizes(size=50e-6, interface_size=20e-6, film_size=length / 800, growth=1.15 if degree > 1 else 1.08)
    cell = bar_cell(GAP, sizes, binary_electrolyte(**RESISTOR), metal(), host, degree, film=length)
    scale = slope * length / (FARADAY * c_max * diffusivity)
    return (
        cell,
        length,
        diffusivity,
        scale,
        GAP / RESISTOR["conductivity"] + 2 * THERMAL_VOLTAGE / FAST + length / sigma,
    )


def _salt(degree: int) -> tuple[Cell, float, float, float, float]:
    """The same of a salt between equal metals, with half of their distance as length."""
    length, transference = GAP / 2, 0.3
    electrolyte = binary_electrolyte(transference_number=transference)
    sizes = MeshSizes(size=10e-6, interface_size=length / 800, growth=1.15 if degree > 1 else 1.08)
    cell = bar_cell(GAP, sizes, electrolyte, metal(), metal(), degree)
    c, diffusivity = electrolyte.concentration, electrolyte.diffusivity
    scale = 2 * THERMAL_VOLTAGE * (1 - transference) ** 2 * GAP / (FARADAY * diffusivity * c)
    return cell, length, diffusivity, scale, GAP / electrolyte.conductivity + 2 * THERMAL_VOLTAGE / FAST


def impedance_debye() -> Result:
    r"""A 1:1 salt between blocking plates with diffuse layers (Poisson–Nernst–Planck), no compact layer.

    With β = √(1 + jωλ²/D)/λ, the Debye length λ and the distance d,

    Z = 2/(jωεβ²) [tanh(βd/2)/(λ²β) + jωd/(2D)],

    from the capacitor of both layers, 1/(jω ε/2λ), over the resistance d/κ to the dielectric's d/(jωε).
    J. R. Macdonald, Phys. Rev. 92 (1953) 4, doi:10.1103/PhysRev.92.4.
    """
    watch = Stopwatch()
    electrolyte = salt(10.0)
    debye = electrolyte.debye_length
    epsilon, diffusivity = electrolyte.permittivity * VACUUM_PERMITTIVITY, 1e-9
    gap = 40 * debye
    sizes = MeshSizes(size=2 * debye, interface_size=0.05 * debye, growth=1.3)
    plate = Electrode(double_layer=DoubleLayer())
    cell = bar_cell(gap, sizes, electrolyte, plate, plate, 2, width=debye, model="poisson-nernst-planck")
    area = cell.area("cathode_surface") * cell.scales.length**2

    def law(u: float) -> complex:
        omega = u * diffusivity / debye**2
        beta = np.sqrt(1 + 1j * u) / debye
        layers = np.tanh(beta * gap / 2) / (debye**2 * beta)
        return complex(2 / (1j * omega * epsilon * beta**2) * (layers + 1j * omega * gap / (2 * diffusivity)))

    u = np.geomspace(1e-4, 1e2, 19)
    found = spectrum(cell, u * diffusivity / debye**2 / (2 * np.pi)) * area
    exact = np.array([law(value) for value in u])
    k, error = worst(found, exact)
    # 1e-6 of the layer's capacitance stands for no compact layer; a first cell of 0.05 λ of P2.
    quantity = f"|Z/Z_exact − 1|, worst of {len(u)}, at ωλ²/D = {u[k]:.3g}"
    rows = [discrepancy(CASE_DEBYE, quantity, error, 1e-3, describe_mesh(cell), watch.lap())]
    curves = _nyquist("blocking plates", found * 1e4, lambda s: 1e4 * law(s), u, 1e-3)
    axes = "ωλ$_D$²/D", "|Z| / Ω cm²"
    return Result(rows, Figure("Diffuse layers between blocking plates", *axes, curves, log_x=True, log_y=True))
