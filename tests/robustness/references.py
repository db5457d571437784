r"""Independent solutions of the model in one dimension (docs/model.md), by NumPy and SciPy alone.

A metal foil at x = 0, a binary 1:1 electrolyte up to x = L, and there the same foil or a film. Along a bar the
current density I is the same everywhere, positive when it charges the cell, so that salt and inserted ions diffuse
linearly, driven by I at their ends alone,

.. math::
    D\,\partial_xc = t_- I/F \;\;\text{at } 0 \text{ and } L, \qquad
    D_s\,\partial_xc_s = I/F \;\;\text{at the film's surface}

and the voltage follows from the concentrations by quadrature,

.. math::
    \phi(L)-\phi(0) = I\frac{c_0}{\kappa_0}\int_0^L\frac{dx}{c} - s\frac{RT}{F}\ln\frac{c(L)}{c(0)},\; s = t_+-t_- .

Kinetics with transfer coefficients of one half invert to :math:`\eta = (2RT/F)\,\mathrm{asinh}(j/2i_0) + jR_f`.

References: H. S. Carslaw, J. C. Jaeger, Conduction of Heat in Solids, 2nd ed., Oxford 1959, §3.8; P. Bai et al.,
Energy Environ. Sci. 9 (2016) 3221, doi:10.1039/C6EE01674J.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.integrate import solve_ivp
from scipy.linalg import block_diag
from scipy.optimize import brentq

FARADAY = 96485.33212
THERMAL = 8.314462618 * 298.15 / FARADAY


@dataclass(frozen=True)
class Salt:
    """A binary 1:1 electrolyte between two electrodes; SI units."""

    gap: float
    concentration: float
    diffusivity: float
    cation_share: float
    conductivity: float

    @property
    def limiting_current(self) -> float:
        """2 F D c₀/(t₋L) [A/m²]."""
        share = 1 - self.cation_share
        return 2 * FARADAY * self.diffusivity * self.concentration / (share * self.gap)

    def gradient(self, current):
        """∂c/∂x at both ends [mol/m⁴]."""
        return (1 - self.cation_share) * current / (FARADAY * self.diffusivity)

    def drop(self, resistance, left, right, current):
        """φ(L) − φ(0) [V]; ``resistance`` is ∫dx c₀/(κ₀c) [Ω m²], the others concentrations at the ends."""
        s = 2 * self.cation_share - 1
        return current * resistance - s * THERMAL * np.log(right / left)


@dataclass(frozen=True)
class Foil:
    """A metal: i₀ = i₀ref (c/c₀)^½."""

    exchange_current: float
    film_resistance: float = 0.0

    def overpotential(self, share, current):
        """η at c/c₀ = ``share`` for an anodic current density [V]."""
        i0 = self.exchange_current * np.sqrt(share)
        return 2 * THERMAL * np.arcsinh(current / (2 * i0)) + current * self.film_resistance


@dataclass(frozen=True)
class Film:
    """An insertion film, contacted at its back: i₀ = 2 i₀ref (c/c₀)^½ (θ(1−θ))^½.

    U(θ) is against the metal of the ion; θ is kept in (0, 1) as the kinetics need it.
    """

    thickness: float
    c_max: float
    diffusivity: float
    conductivity: float
    exchange_current: float
    open_circuit: Callable
    film_resistance: float = 0.0

    def overpotential(self, share, theta, current):
        """η at c/c₀ = ``share`` for an anodic current density [V]."""
        theta = min(max(theta, 1e-12), 1 - 1e-12)
        i0 = 2 * self.exchange_current * np.sqrt(share * theta * (1 - theta))
        return 2 * THERMAL * np.arcsinh(current / (2 * i0)) + current * self.film_resistance

    @property
    def capacity(self) -> float:
        """Charge between θ = 0 and 1 [C/m²]."""
        return FARADAY * self.c_max * self.thickness


# ---------------------------------------------------------------------- foil against foil
@dataclass(frozen=True)
class SymmetricCell:
    """Two foils at a constant current from a uniform salt: the series solution."""

    salt: Salt
    foil: Foil

    def concentration(self, x, time: float, current: float):
        """c(x) [mol/m³] at a time [s]; ``x`` [m] from the anode."""
        salt = self.salt
        x = np.asarray(x, dtype=float)
        rate = np.pi**2 * salt.diffusivity / salt.gap**2
        # Terms beyond exp(−40) are rounding.
        last = int(np.sqrt(40 / (rate * time))) + 3
        n = np.arange(1, last + 1, 2)
        decayed = np.cos(np.pi * np.outer(x / salt.gap, n)) @ (np.exp(-(n**2) * rate * time) / n**2)
        departure = x - salt.gap / 2 + 4 * salt.gap / np.pi**2 * decayed
        return salt.concentration + salt.gradient(current) * departure

    def at_wall(self, time: float, current: float) -> float:
        """Lowest concentration [mol/m³]."""
        return float(self.concentration([0.0, self.salt.gap], time, current).min())

    def depletion(self, current: float) -> float:
        """Sand's time in the finite gap [s]: the lowest concentration is 0."""
        tau = np.pi / self.salt.diffusivity * (self.salt.concentration / (2 * self.salt.gradient(current))) ** 2
        return brentq(lambda t: self.at_wall(t, current), 0.99 * tau, 20 * tau, xtol=1e-15 * tau, rtol=1e-14)

    def voltage(self, time: float, current: float) -> float:
        """Cathode against anode [V]."""
        salt, c0 = self.salt, self.salt.concentration
        x, weights = both_ends(salt.gap)
        c = self.concentration(x, time, current)
        left, right = (float(v) for v in self.concentration([0.0, salt.gap], time, current))
        resistance = c0 / salt.conductivity * float(np.sum(weights / c))
        total = salt.drop(resistance, left, right, current)
        for share, anodic, sign in ((right / c0, current, 1), (left / c0, -current, -1)):
            total += sign * (self.foil.overpotential(share, anodic) + THERMAL * np.log(share))
        return float(total)

    def time_to(self, voltage: float, current: float) -> float:
        """Time at which a constant current reaches a voltage [s]; Sand's time where that is as near as rounding."""
        last = self.depletion(current) * (1 - 1e-12)
        beyond = np.sign(current) * (self.voltage(last, current) - voltage)
        if beyond < 0:
            return last
        return brentq(lambda t: self.voltage(t, current) - voltage, 1e-2 * last, last, rtol=1e-13)


def both_ends(length: float, decades: float = 14, panels: int = 60, order: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Gauss points and weights on [0, length], graded over ``decades`` to both ends (1/c is nearly singular there)."""
    edges = length / 2 * np.concatenate([[0.0], np.logspace(-decades, 0, panels)])
    node, weight = np.polynomial.legendre.leggauss(order)
    half = np.diff(edges)[:, None] / 2
    x = (edges[:-1, None] + half * (1 + node)).ravel()
    w = (half * weight).ravel()
    return np.concatenate([x, length - x[::-1]]), np.concatenate([w, w[::-1]])


# ---------------------------------------------------------------------- foil against film
def graded(length: float, first: float, growth: float, largest: float, both: bool = False) -> np.ndarray:
    """Nodes on [0, length], the first cell (of either end with ``both``) at most ``first``."""
    if both:
        half = graded(length / 2, first, growth, largest)
        return np.concatenate([half, length - half[-2::-1]])
    sizes = [first]
    while sum(sizes) < length:
        sizes.append(min(sizes[-1] * growth, largest))
    return np.concatenate([[0.0], np.cumsum(sizes)]) * length / sum(sizes)


class Bar:
    """Diffusion along nodes by finite volumes about them, diagonalised: dy/dt = A y + b I exactly in time.

    Parameters
    ----------
    nodes
        Of the domain [m].
    diffusivity
        m²/s.
    left, right
        ∂y/∂x at the ends for I = 1 A/m².
    sphere
        Nodes are radii; the ends' fluxes are per area there.
    """

    def __init__(self, nodes: np.ndarray, diffusivity: float, left: float, right: float, sphere: bool = False):
        cells, middles = np.diff(nodes), (nodes[1:] + nodes[:-1]) / 2
        ends = np.concatenate([nodes[:1], middles, nodes[-1:]])
        self.volumes = np.diff(ends**3) / 3 if sphere else np.diff(ends)
        faces = ends**2 if sphere else np.ones_like(ends)
        stiffness = np.zeros((len(nodes),) * 2)
        k = np.arange(len(cells))
        for i, j, sign in ((k, k, 1), (k + 1, k + 1, 1), (k, k + 1, -1), (k + 1, k, -1)):
            np.add.at(stiffness, (i, j), sign * diffusivity * faces[1:-1] / cells)
        self.forcing = np.zeros(len(nodes))
        self.forcing[0] -= diffusivity * left * faces[0] / self.volumes[0]
        self.forcing[-1] += diffusivity * right * faces[-1] / self.volumes[-1]
        root = np.sqrt(self.volumes)
        self.rates, vectors = np.linalg.eigh(stiffness / np.outer(root, root))
        self.rates = np.maximum(self.rates, 0.0)
        self.rates[0] = 0.0
        self.shapes, self.inverse = vectors / root[:, None], (vectors * root[:, None]).T
        self.matrix = -stiffness / self.volumes[:, None]
        self.forced = self.inverse @ self.forcing

    def advanced(self, values: np.ndarray, time: float, current: float, slope: float = 0.0) -> np.ndarray:
        """Values after a time [s] at the current I + slope·t [A/m², A/m²/s]."""
        z = self.rates * time
        small = z < 1e-3
        safe = np.where(small, 1.0, z)
        first = np.where(small, 1 - z / 2 + z**2 / 6 - z**3 / 24, -np.expm1(-safe) / safe)
        second = np.where(small, 1 / 2 - z / 6 + z**2 / 24 - z**3 / 120, (1 - first) / safe)
        modes = np.exp(-z) * (self.inverse @ values)
        return self.shapes @ (modes + self.forced * time * (current * first + slope * time * second))


class Cell:
    """Bars that one current drives; what the voltage is at a state, a subclass says.

    Parameters
    ----------
    bars
        In the order of the state.
    scales
        Of the values in each bar, for tolerances.
    """

    def __init__(self, *bars: Bar, scales: tuple[float, ...]):
        self.bars = bars
        ends = np.cumsum([0, *(len(bar.volumes) for bar in bars)])
        self.parts = [slice(*pair) for pair in pairwise(ends)]
        self.matrix = block_diag(*(bar.matrix for bar in bars))
        self.forcing = np.concatenate([bar.forcing for bar in bars])
        self.scales = np.concatenate([np.full(len(bar.volumes), s) for bar, s in zip(bars, scales, strict=True)])
        # The voltage feels the ends of the bars most.
        self.ends = sorted({part.start for part in self.parts} | {part.stop - 1 for part in self.parts})

    def voltage(self, state: np.ndarray, current: float) -> float:
        """Cathode against anode [V] at a current density [A/m²]."""
        raise NotImplementedError

    def uniform(self, *values: float) -> np.ndarray:
        """The state of one value in each bar."""
        return np.concatenate([np.full(len(bar.volumes), v) for bar, v in zip(self.bars, values, strict=True)])

    def advanced(self, state: np.ndarray, time: float, current: float, slope: float = 0.0) -> np.ndarray:
        """The state after a time at a current that moves steadily."""
        bars = zip(self.bars, self.parts, strict=True)
        return np.concatenate([bar.advanced(state[part], time, current, slope) for bar, part in bars])

    def current_at(self, state: np.ndarray, voltage: float) -> float:
        """Current density at which the cell has a voltage [A/m²]."""
        ahead = voltage - self.voltage(state, 0.0)
        bound = np.copysign(1.0, ahead)
        while (self.voltage(state, bound) - voltage) * ahead < 0:
            bound *= 4
        low, high = sorted((0.0, float(bound)))
        return brentq(lambda i: self.voltage(state, i) - voltage, low, high, xtol=1e-14, rtol=1e-13)

    def charged_to(self, state: np.ndarray, current: float, voltage: float, longest: float) -> tuple[float, np.ndarray]:
        """Duration [s] of a constant current until a voltage, and the state then.

        The cell must have passed the voltage at ``longest``, and nothing may have run out by then.
        """

        def ahead(t: float) -> float:
            return self.voltage(self.advanced(state, t, current), current) - voltage

        duration = brentq(ahead, 0.0, longest, rtol=1e-13)
        return duration, self.advanced(state, duration, current)

    def held(
        self, state: np.ndarray, voltage: float, current: float, longest: float, rtol: float = 1e-9
    ) -> tuple[float, float]:
        """Duration [s] of a hold until the current falls to ``current``, and the charge it passes [C/m²]."""
        size = len(state)

        def rate(t: float, y: np.ndarray) -> np.ndarray:
            i = self.current_at(y[:size], voltage)
            return np.append(self.matrix @ y[:size] + self.forcing * i, i)

        def jacobian(t: float, y: np.ndarray) -> np.ndarray:
            i = self.current_at(y[:size], voltage)
            full = np.zeros((size + 1,) * 2)
            full[:size, :size] = self.matrix
            conductance = 2e-6 / (self.voltage(y[:size], i + 1e-6) - self.voltage(y[:size], i - 1e-6))
            for k in self.ends:
                moved, h = y[:size].copy(), 1e-7 * self.scales[k]
                moved[k] += h
                slope = -conductance * (self.voltage(moved, i) - self.voltage(y[:size], i)) / h
                full[:size, k] += self.forcing * slope
                full[size, k] += slope
            return full

        def fallen(t: float, y: np.ndarray) -> float:
            return abs(self.current_at(y[:size], voltage)) - current

        fallen.terminal = True
        found = solve_ivp(
            rate,
            (0.0, longest),
            np.append(state, 0.0),
            method="Radau",
            jac=jacobian,
            events=fallen,
            rtol=rtol,
            atol=rtol * np.append(self.scales, 1e3),
            first_step=1e-6,
        )
        return float(found.t_events[0][0]), float(found.y_events[0][0][-1])

    def driven(self, state: np.ndarray, times: np.ndarray, currents: np.ndarray) -> np.ndarray:
        """Voltages [V] at the samples of a piecewise-linear current [A/m²] that begins at ``times[0]``."""
        voltages = [self.voltage(state, currents[0])]
        for k, step in enumerate(np.diff(times)):
            state = self.advanced(state, step, currents[k], (currents[k + 1] - currents[k]) / step)
            voltages.append(self.voltage(state, currents[k + 1]))
        return np.array(voltages)


class FilmCell(Cell):
    """An anode, a salt and a film as the cathode.

    The state is c at the nodes, then θ of the cathode from its surface inwards, then that of an anode that is a film.

    Parameters
    ----------
    salt, anode, film
        What it is made of.
    fineness
        Divides the sizes of the cells.
    """

    def __init__(self, salt: Salt, anode: Foil | Film, film: Film, fineness: float = 1.0):
        self.salt, self.anode, self.film = salt, anode, film
        growth = 1.15 ** (1 / fineness)
        x = graded(salt.gap, salt.gap / 400 / fineness, growth, salt.gap / 40 / fineness, both=True)
        self.cells = np.diff(x)
        bars = [Bar(x, salt.diffusivity, salt.gradient(1.0), salt.gradient(1.0))]
        films = [(film, 1.0)] + ([(anode, -1.0)] if isinstance(anode, Film) else [])
        for body, sign in films:
            d = body.thickness
            y = graded(d, d / 500 / fineness, growth, d / 40 / fineness)
            bars.append(Bar(y, body.diffusivity, sign / (FARADAY * body.diffusivity * body.c_max), 0.0))
        super().__init__(*bars, scales=(salt.concentration, *(1.0 for _ in films)))

    def voltage(self, state: np.ndarray, current: float) -> float:
        salt, c0 = self.salt, self.salt.concentration
        c = state[self.parts[0]]
        # 1/c of what is linear between nodes is integrated exactly.
        ratio = c[1:] / c[:-1] - 1
        even = np.abs(ratio) < 1e-6
        log_mean = c[:-1] * np.where(even, 1 + ratio / 2, ratio / np.log1p(np.where(even, 1.0, ratio)))
        resistance = c0 / salt.conductivity * float(np.sum(self.cells / log_mean))
        total = salt.drop(resistance, c[0], c[-1], current)
        total += self._electrode(self.film, 1, c[-1] / c0, state, current)
        return total - self._electrode(self.anode, 2, c[0] / c0, state, -current)

    def _electrode(self, electrode: Foil | Film, part: int, share: float, state: np.ndarray, anodic: float) -> float:
        """Potential of a terminal against the electrolyte at the electrode [V]."""
        nernst = THERMAL * np.log(share)
        if isinstance(electrode, Foil):
            return electrode.overpotential(share, anodic) + nernst
        theta = state[self.parts[part].start]
        body = anodic * electrode.thickness / electrode.conductivity
        return electrode.overpotential(share, theta, anodic) + nernst + electrode.open_circuit(theta) + body


class Particle(Cell):
    """A sphere of an insertion material in an electrolyte that costs nothing, against a foil that costs nothing.

    ``material`` is a film whose thickness is the radius; currents are per area of the surface.
    """

    def __init__(self, material: Film, fineness: float = 1.0):
        self.material = material
        radius = material.thickness
        r = radius - graded(radius, radius / 500 / fineness, 1.1 ** (1 / fineness), radius / 60 / fineness)[::-1]
        flux = -1 / (FARADAY * material.diffusivity * material.c_max)
        super().__init__(Bar(r, material.diffusivity, 0.0, flux, sphere=True), scales=(1.0,))

    def voltage(self, state: np.ndarray, current: float) -> float:
        theta = state[-1]
        return float(self.material.overpotential(1.0, theta, current) + self.material.open_circuit(theta))


# ---------------------------------------------------------------------- the cells of the tests
#: Lithium on both sides of 0.1 mm, the case that the tests of Sand's time solve.
SYMMETRIC = SymmetricCell(Salt(1e-4, 1000.0, 3e-10, 0.38, 0.8), Foil(10.0))

#: A slow, poorly conducting salt, so that it counts beside the film.
SALT = Salt(20e-6, 1000.0, 3e-12, 0.38, 0.008)
FOIL = Foil(10.0, 0.01)


def film(diffusivity: float) -> Film:
    """A film of 1 µm with a straight open-circuit curve, 4 − θ V against the foil."""
    return Film(1e-6, 3e4, diffusivity, 100.0, 5.0, lambda theta: 4.0 - theta)


def drive_cycle(samples: int = 600, largest: float = 8.0, seed: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Times [s] and currents [A/m²] of a drive cycle: levels that jump from one second to the next, and waves.

    Currents swing about zero and pass little charge in all.
    """
    draw = np.random.default_rng(seed)
    times = np.arange(samples + 1.0)
    currents = np.empty(samples + 1)
    k = 0
    while k <= samples:
        length = int(draw.integers(20, 60))
        part = times[k : k + length]
        if draw.random() < 0.5:
            period, phase = draw.uniform(15, 60), draw.uniform(0, 2 * np.pi)
            currents[k : k + length] = draw.uniform(0.3, 1) * np.sin(2 * np.pi * part / period + phase)
        else:
            levels = np.repeat(draw.uniform(-1, 1, length), draw.integers(1, 9, length))
            currents[k : k + length] = levels[: len(part)]
        k += length
    return times, largest * (currents - currents.mean())
