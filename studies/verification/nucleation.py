"""Nucleation: maxima and shapes of current transients, their fit, barriers on substrates, thickness of a deposit."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import minimize_scalar

from ...materials import load_material, metal_at
from ...solvers.nucleation.classical import (
    contact_angle_of,
    equal_rate_overpotential,
    shape_factor,
    shape_factor_ratio,
)
from ...solvers.nucleation.fit import fit_transient
from ...solvers.nucleation.transients import (
    Plating,
    general_current,
    instantaneous_current,
    instantaneous_limit,
    instantaneous_peak,
    progressive_current,
    progressive_limit,
    progressive_peak,
)
from ...solvers.scales import FARADAY
from ...visualization.book import Figure, compare, line, points
from .result import Result
from .row import Row, Stopwatch, comparison

PLATING = Plating(charge=1, concentration=800.0, molar_volume=4.5358e-5)
DIFFUSIVITY, SITES, RATE = 2e-10, 3e11, 3e11

#: Noise of the synthetic transients over their maximum, and the seed of its numbers.
NOISE, SEED = 0.02, 20250

CLOSED = "closed form"


def _maximum(law, number: float, guess: float) -> tuple[float, float]:
    """Time and height of a transient's maximum, searched for."""
    found = minimize_scalar(lambda x: -float(law(x * guess, PLATING, DIFFUSIVITY, number)), (0.3, 1.1, 3.0), tol=1e-10)
    return found.x * guess, -found.fun


def current_transients() -> Result:
    """Transients of instantaneous and progressive nucleation, from their laws in SI units, beside the reduced ones.

    i_m² t_m = 0.1629 (zFc)² D and 0.2598 (zFc)² D; (i/i_m)² = 1.9542/τ (1 − e^{−1.2564τ})² and
    1.2254/τ (1 − e^{−2.3367τ²})². B. Scharifker, G. Hills, Electrochim. Acta 28 (1983) 879.
    """
    rows, curves = [], []
    tau = np.linspace(0.1, 6.0, 60)
    scale = PLATING.charge_density**2 * DIFFUSIVITY
    for name, law, peak, number, product, limit, printed in (
        (
            "instantaneous",
            instantaneous_current,
            instantaneous_peak,
            SITES,
            0.16288,
            instantaneous_limit,
            lambda x: 1.9542 / x * (1 - math.exp(-1.2564 * x)) ** 2,
        ),
        (
            "progressive",
            progressive_current,
            progressive_peak,
            RATE,
            0.25975,
            progressive_limit,
            lambda x: 1.2254 / x * (1 - math.exp(-2.3367 * x**2)) ** 2,
        ),
    ):
        watch = Stopwatch()
        time, current = _maximum(law, number, peak(PLATING, DIFFUSIVITY, number)[0])
        computed = current**2 * time / scale
        quantity = f"i_m² t_m / ((zFc)² D), {name}"
        rows.append(comparison("current_transients", quantity, product, computed, 1e-3, CLOSED, watch.lap()))
        reduced = (law(tau * time, PLATING, DIFFUSIVITY, number) / current) ** 2
        worst = int(np.argmax([abs(a / printed(x) - 1) for a, x in zip(reduced, tau, strict=True)]))
        rows.append(
            comparison(
                "current_transients",
                f"(i/i_m)², {name}, the worst of {tau.size} points, t/t_m = {tau[worst]:.3g}",
                printed(tau[worst]),
                float(reduced[worst]),
                1e-3,
                CLOSED,
                watch.lap(),
                "the printed constants have five digits",
            )
        )
        curves += compare(name, tau, reduced, lambda x, limit=limit: float(limit(x)), 1e-3)
    return Result(rows, Figure("Current transients", "t/t$_m$", "(i/i$_m$)²", curves))


def transient_fit() -> Result:
    """D, N₀, AN∞ and A from synthetic transients with 2 % noise; the fit is told neither mode nor start.

    Law of B. R. Scharifker, J. Mostany, J. Electroanal. Chem. 177 (1984) 13.
    """
    random = np.random.default_rng(SEED)
    early, late = instantaneous_peak(PLATING, DIFFUSIVITY, SITES)[0], progressive_peak(PLATING, DIFFUSIVITY, RATE)[0]
    site_rate = 3.0 / early
    rows, curves = [], []
    for name, unit, law in (
        ("instantaneous", early, lambda t: instantaneous_current(t, PLATING, DIFFUSIVITY, SITES)),
        ("progressive", late, lambda t: progressive_current(t, PLATING, DIFFUSIVITY, RATE)),
        ("in between", early, lambda t: general_current(t, PLATING, DIFFUSIVITY, SITES, site_rate)),
    ):
        watch = Stopwatch()
        time = np.linspace(unit / 50, 6 * unit, 300)
        clean = law(time)
        fit = fit_transient(time, clean + NOISE * clean.max() * random.standard_normal(time.size), PLATING)
        note = f"{'' if fit.mode == name else 'WRONG MODE: '}told as {fit.mode}, residual {fit.residual:.2%}"
        found = fit.kinetics
        wanted = [("D [m²/s]", DIFFUSIVITY, found.diffusivity, 0.05)]
        if name != "progressive":
            wanted.append(("N₀ [1/m²]", SITES, found.sites, 0.05))
        else:
            wanted.append(("AN∞ [1/(m² s)]", RATE, found.rate, 0.05))
        for what, exact, computed, tolerance in wanted:
            value = math.nan if computed is None or fit.mode != name else computed
            quantity = f"{what}, {name}, 2 % noise"
            rows.append(comparison("transient_fit", quantity, exact, value, tolerance, "300 points", watch.lap(), note))
        curves += [
            line("", time / unit, fit.current(time) / clean.max()),
            points(name, time / unit, fit.data.current / clean.max()),
        ]
    return Result(rows, Figure("Fits of transients with 2 % noise", "t over t$_m$ of the mode", "i/i$_m$", curves))


def nucleation_barrier() -> Result:
    """Barriers on substrates: f(θ) = (2 + cos θ)(1 − cos θ)²/4, overpotentials at one rate ∝ √f, and plated thickness.

    Pairs of overpotentials and the thickness of potassium: Chem. Soc. Rev. 2025, 54, 2543.
    """
    watch = Stopwatch()
    rows: list[Row] = []

    def add(quantity: str, exact: float, computed: float, tolerance: float, note: str = "") -> None:
        rows.append(
            comparison("nucleation_barrier", quantity, exact, float(computed), tolerance, CLOSED, watch.lap(), note)
        )

    for degrees, exact in ((30, 0.01286), (60, 0.15625), (120, 0.84375)):
        add(f"f({degrees}°)", exact, shape_factor(math.radians(degrees)), 1e-3)
    angle = math.radians(120)
    for first, other, ratio in ((0.161, 0.035, 0.04726), (0.0894, 0.0538, 0.36215)):
        found = shape_factor_ratio(-first, -other)
        add(f"ratio of f from {first * 1e3:g} and {other * 1e3:g} mV", ratio, found, 1e-3)
        wetted = contact_angle_of(found * shape_factor(angle))
        back = -equal_rate_overpotential(-first, angle, wetted)
        note = f"by θ = {math.degrees(wetted):.1f}° for 120°"
        add(f"overpotential at the same rate as {first * 1e3:g} mV [V]", other, back, 1e-6, note)
    potassium = metal_at(load_material("K"))
    thickness = 3600 * 10 * potassium.molar_volume / (potassium.ion_charge * FARADAY)
    add("thickness of potassium by 1 mAh/cm² [µm]", 16.92, thickness * 1e6, 1e-3)
    theta = np.linspace(0.0, math.pi, 25)[1:]
    curves = compare(
        "f(θ)",
        np.degrees(theta),
        shape_factor(theta),
        lambda d: (2 + math.cos(math.radians(d))) * (1 - math.cos(math.radians(d))) ** 2 / 4,
        1e-3,
    )
    return Result(rows, Figure("Barrier on a substrate", "θ / °", "ΔG* over that of a sphere", curves))
