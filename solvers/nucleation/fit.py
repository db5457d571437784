r"""Fit of a potentiostatic current transient: mode of nucleation, D, number of nuclei, rate, and their errors.

The law of Scharifker and Mostany is fitted by least squares in what a measurement shows: ln i_m, ln t_m, the shape
a = At_m and the time t₀ at which nucleation began (:mod:`.transients`). D, N₀ and A follow from them.

The shape runs from progressive (a = 0) to instantaneous (a = ∞), ends that no finite number reaches. So a is scanned,
with the others fitted at each value; what is worse than the best by more than the noise allows (an F test at
:data:`CONFIDENCE`, with the number of independent residuals) is ruled out. Where an end is not, that is the mode, and
of what it does not tell (A of instantaneous, N₀ of progressive nucleation) a bound is given. Where neither end is, the
measurement cannot tell, and the better one is given with a note.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from .measured import Transient, TransientError, prepare
from .transients import Kinetics, Plating, kinetics_at_peak, reduced_current

__all__ = ["Mode", "TransientError", "TransientFit", "fit_transient"]

#: Probability with which a shape must be ruled out.
CONFIDENCE = 0.99

#: Values of a = At_m that are looked at; the ends stand for all beyond.
SHAPES = (0.0, *np.geomspace(0.05, 1000.0, 44).tolist(), math.inf)

#: Residuals below this share of i_m are the digits of the data, not the law.
ROUNDING = 1e-6

#: A residual is no noise but another law at this share of i_m and this multiple of the noise between neighbours.
POOR = 0.01
LOUD = 1.5


class Mode(StrEnum):
    """Mode of nucleation."""

    INSTANTANEOUS = "instantaneous"
    PROGRESSIVE = "progressive"
    BETWEEN = "in between"


@dataclass(frozen=True)
class TransientFit:
    """What a transient says.

    Attributes
    ----------
    mode
        Of the fit whose numbers are given.
    possible
        All modes that the measurement does not rule out.
    alternative
        What it would mean in the other of two possible modes; ``None`` where there is one.
    kinetics
        D [m²/s], N₀ [1/m²], A [1/s] and AN∞ [1/(m² s)], as far as the mode has them.
    errors
        Relative standard errors of those, by name.
    shape
        a = At_m of the fit: 0 progressive, infinite instantaneous.
    shapes
        Smallest and largest a that is not ruled out.
    offset
        t₀ [s], when nucleation began, on the clock of the data.
    offset_error
        Its standard error [s].
    peak_time, peak_current
        t_m [s] from t₀ on, and i_m [A/m²], of the fitted curve.
    peak_diffusivity
        D from i_m²t_m of the measured maximum alone [m²/s], in the same mode and with the same t₀.
    least_rate
        For instantaneous nucleation alone, the smallest A [1/s] that is not ruled out; else ``None``.
    least_sites
        For progressive nucleation alone, the smallest N₀ [1/m²] that is not ruled out; else ``None``.
    residual
        Root mean square of measured minus fitted over i_m.
    skipped
        Points left out at the start as those of the double layer.
    notes
        What cannot be told apart or must be known to use the numbers.
    data
        The transient as it was fitted.
    """

    mode: Mode
    possible: tuple[Mode, ...]
    alternative: Kinetics | None
    kinetics: Kinetics
    errors: dict[str, float]
    shape: float
    shapes: tuple[float, float]
    offset: float
    offset_error: float
    peak_time: float
    peak_current: float
    peak_diffusivity: float
    least_rate: float | None
    least_sites: float | None
    residual: float
    skipped: int
    notes: tuple[str, ...]
    data: Transient

    def current(self, time) -> np.ndarray:
        """The fitted current [A/m²], positive, at times [s] of the data's clock."""
        return self.peak_current * reduced_current((np.asarray(time) - self.offset) / self.peak_time, self.shape)


@dataclass(frozen=True)
class _Solution:
    """Least squares at one shape, or with the shape free: ln i_m, ln t_m, t₀ (scaled) and, where free, ln a."""

    parameters: np.ndarray
    shape: float
    residuals: np.ndarray
    jacobian: np.ndarray

    @property
    def squares(self) -> float:
        return float(self.residuals @ self.residuals)


class _Problem:
    """Measured points over the measured maximum, and the law beside them."""

    def __init__(self, data: Transient, offset: float | None) -> None:
        self.data, self.offset = data, offset
        self.time, self.current = data.time[data.start :], data.current[data.start :] / data.peak_current
        self.clock = data.time[0]
        self.unit = data.time[data.peak] - self.clock
        # A clock that was not set to zero at the step says nothing of when nucleation may have begun.
        earliest = max(min(0.0, self.clock), self.clock - 2.0 * self.unit)
        self.bounds = ((earliest - self.clock) / self.unit, 0.999)

    def start(self, offset: float) -> np.ndarray:
        """Parameters of the measured maximum, with t₀ from the first point on, over the unit."""
        return np.array([0.0, math.log(1.0 - offset), offset])

    def residuals(self, parameters: np.ndarray, shape: float | None) -> np.ndarray:
        shape = math.exp(parameters[-1]) if shape is None else shape
        offset = (self.offset - self.clock) / self.unit if self.offset is not None else parameters[2]
        tau = ((self.time - self.clock) / self.unit - offset) / math.exp(parameters[1])
        return math.exp(parameters[0]) * reduced_current(tau, shape) - self.current

    def solve(self, start: np.ndarray, shape: float | None) -> _Solution:
        """Least squares from a start; the shape is free where it is ``None`` and then last in the start."""
        from scipy.optimize import least_squares

        low, high = [-3.0, -8.0], [3.0, 8.0]
        given = list(start[:2])
        if self.offset is None:
            low, high, given = [*low, self.bounds[0]], [*high, self.bounds[1]], [*given, start[2]]
        if shape is None:
            low, high, given = [*low, -8.0], [*high, 8.0], [*given, start[-1]]
        found = least_squares(
            self.residuals, np.clip(given, low, high), args=(shape,), bounds=(low, high), xtol=1e-12, ftol=1e-12
        )
        return _Solution(found.x, math.exp(found.x[-1]) if shape is None else shape, found.fun, found.jac)

    def offset_of(self, solution: _Solution) -> float:
        if self.offset is not None:
            return self.offset
        found = float(solution.parameters[2]) * self.unit + self.clock
        # At the bound of 0 the search ends some round-off inside.
        return 0.0 if abs(found) < 1e-9 * self.unit else found


def fit_transient(time, current, plating: Plating, offset: float | None = None) -> TransientFit:
    """Fit a potentiostatic current transient.

    Parameters
    ----------
    time, current
        s and A/m², arrays (points,), in any order and of either sign, with or without the double layer's spike.
    plating
        Ion's charge and concentration, metal's molar volume.
    offset
        t₀ [s] where it is known; fitted, from the earlier of 0 and the first point on, where it is ``None``.

    Raises
    ------
    TransientError
        The points cannot be used, or there is no maximum.
    """
    data = prepare(time, current)
    if data.time.size - data.start < 8:
        raise TransientError(
            f"only {data.time.size - data.start} points are left after the spike of the double layer; record faster"
        )
    if offset is not None and not offset < data.peak_time:
        raise TransientError(f"the offset of {offset:g} s lies behind the maximum at {data.peak_time:g} s")
    problem = _Problem(data, offset)
    scan = _scan(problem)
    free = _free(problem, scan)
    best = min(free.squares, min(s.squares for s in scan))
    independent = _independent(min(scan, key=lambda s: s.squares).residuals)
    allowed = _allowed(best, problem, independent)
    shapes = _shapes([*scan, free], best, allowed)
    ends = {Mode.INSTANTANEOUS: scan[-1], Mode.PROGRESSIVE: scan[0]}
    possible = tuple(mode for mode, end in ends.items() if end.squares <= allowed) or (Mode.BETWEEN,)
    mode = min(possible, key=lambda m: free.squares if m is Mode.BETWEEN else ends[m].squares)
    solution = free if mode is Mode.BETWEEN else ends[mode]
    other = next((ends[m] for m in possible if m is not mode), None)
    return _result(problem, plating, solution, mode, possible, shapes, independent, other)


def _scan(problem: _Problem) -> list[_Solution]:
    """Least squares at every shape: the first from several offsets, each other from its neighbour's."""
    starts = [problem.start(x) for x in (problem.bounds[0], 0.0, 0.3, 0.7)]
    solutions: list[_Solution] = []
    for shape in SHAPES:
        solutions.append(min((problem.solve(s, shape) for s in starts), key=lambda s: s.squares))
        starts = [solutions[-1].parameters]
    # Backwards too, so that no value hangs on the one side it was come to from.
    for k in range(len(SHAPES) - 2, -1, -1):
        again = problem.solve(solutions[k + 1].parameters, SHAPES[k])
        solutions[k] = min(solutions[k], again, key=lambda s: s.squares)
    return solutions


def _free(problem: _Problem, scan: Sequence[_Solution]) -> _Solution:
    """Least squares with the shape free, from the best value of the scan between its ends."""
    best = min(scan[1:-1], key=lambda s: s.squares)
    return problem.solve(np.append(best.parameters, math.log(best.shape)), None)


def _independent(residuals: np.ndarray) -> float:
    """Number of independent residuals: neighbours that agree, as of a misfit, count less."""
    n = residuals.size
    centred = residuals - residuals.mean()
    power = float(centred @ centred)
    if power == 0.0:
        return float(n)
    correlation = float(np.clip(centred[1:] @ centred[:-1] / power, 0.0, 0.99))
    return max(6.0, n * (1.0 - correlation) / (1.0 + correlation))


def _allowed(best: float, problem: _Problem, independent: float) -> float:
    """Sum of squares up to which a shape is not ruled out."""
    from scipy.stats import f

    freedom = max(1.0, independent - (3 if problem.offset is not None else 4))
    floor = problem.current.size * ROUNDING**2
    return max(best, floor) * (1.0 + f.ppf(CONFIDENCE, 1, freedom) / freedom)


def _shapes(solutions: Sequence[_Solution], best: float, allowed: float) -> tuple[float, float]:
    """Smallest and largest shape that is not ruled out, between solutions by the parabola's root."""
    ordered = sorted(solutions, key=lambda s: s.shape)
    inside = [k for k, s in enumerate(ordered) if s.squares <= allowed]

    def edge(k: int, beyond: int) -> float:
        shape = ordered[k].shape
        if not 0 <= beyond < len(ordered):
            return shape
        other = ordered[beyond].shape
        # Of an end, the nearest shape that is ruled out is the bound; towards an end, there is none between.
        if shape == 0 or math.isinf(shape):
            return other
        if other == 0 or math.isinf(other):
            return shape
        near, far, limit = (
            math.sqrt(max(s - best, 0.0)) for s in (ordered[k].squares, ordered[beyond].squares, allowed)
        )
        share = (limit - near) / (far - near)
        return shape ** (1 - share) * other**share

    return edge(inside[0], inside[0] - 1), edge(inside[-1], inside[-1] + 1)


def _result(
    problem: _Problem,
    plating: Plating,
    solution: _Solution,
    mode: Mode,
    possible: tuple[Mode, ...],
    shapes: tuple[float, float],
    independent: float,
    other: _Solution | None,
) -> TransientFit:
    """Numbers of the chosen fit with their errors, bounds and notes."""
    data = problem.data

    def kinetics(parameters: np.ndarray, shape: float) -> Kinetics:
        current, time = math.exp(parameters[0]) * data.peak_current, math.exp(parameters[1]) * problem.unit
        return kinetics_at_peak(plating, time, current, shape)

    found = kinetics(solution.parameters, solution.shape)
    errors, offset_error = _errors(problem, solution, mode, kinetics, independent)
    offset = problem.offset_of(solution)
    residual = math.sqrt(solution.squares / data.current[data.start :].size) / math.exp(solution.parameters[0])
    measured = kinetics_at_peak(plating, max(data.peak_time - offset, 1e-300), data.peak_current, solution.shape)
    peak_time = math.exp(solution.parameters[1]) * problem.unit
    fit = TransientFit(
        mode=mode,
        possible=possible,
        alternative=kinetics(other.parameters, other.shape) if other else None,
        kinetics=found,
        errors=errors,
        shape=solution.shape,
        shapes=shapes,
        offset=offset,
        offset_error=offset_error,
        peak_time=peak_time,
        peak_current=math.exp(solution.parameters[0]) * data.peak_current,
        peak_diffusivity=measured.diffusivity,
        least_rate=shapes[0] / peak_time if possible == (Mode.INSTANTANEOUS,) else None,
        least_sites=kinetics(solution.parameters, shapes[1]).sites if possible == (Mode.PROGRESSIVE,) else None,
        residual=residual,
        skipped=data.start,
        notes=(),
        data=data,
    )
    return _noted(fit)


def _errors(problem: _Problem, solution: _Solution, mode: Mode, kinetics, independent: float):
    """Relative standard errors of D, N₀, A and AN∞ by name, and that of t₀ [s]."""
    count = solution.parameters.size
    variance = solution.squares / problem.current.size / max(1e-3, 1.0 - count / independent)
    # Correlated residuals tell less than their number.
    variance *= problem.current.size / independent
    covariance = variance * np.linalg.pinv(solution.jacobian.T @ solution.jacobian)

    def logarithms(parameters: np.ndarray) -> dict[str, float]:
        shape = math.exp(parameters[-1]) if mode is Mode.BETWEEN else solution.shape
        values = kinetics(parameters, shape)
        return {name: math.log(value) for name, value in vars(values).items() if value is not None}

    errors, step = {}, 1e-5
    changes = []
    for k in range(count):
        move = np.zeros(count)
        move[k] = step
        up, down = logarithms(solution.parameters + move), logarithms(solution.parameters - move)
        changes.append({name: (up[name] - down[name]) / (2 * step) for name in up})
    for name in changes[0]:
        gradient = np.array([change[name] for change in changes])
        errors[name] = float(math.sqrt(max(gradient @ covariance @ gradient, 0.0)))
    offset_error = 0.0 if problem.offset is not None else float(math.sqrt(covariance[2, 2])) * problem.unit
    return errors, offset_error


def _noted(fit: TransientFit) -> TransientFit:
    """The fit with its notes."""
    notes = []
    if fit.alternative:
        notes.append(
            "instantaneous and progressive nucleation cannot be told apart with these points; in the other mode D "
            f"would be {fit.alternative.diffusivity:.3g} m²/s. The time of the step (offset), if it is known, may tell"
        )
    if fit.least_rate is not None:
        notes.append(f"A cannot be told, only that it is at least {fit.least_rate:.3g} 1/s")
    if fit.least_sites is not None:
        notes.append(f"of A and N∞ only the product can be told, and that N∞ is at least {fit.least_sites:.3g} 1/m²")
    if fit.skipped:
        notes.append(f"the first {fit.skipped} points were left out as the charging of the double layer")
    if fit.data.glitches:
        notes.append(f"{fit.data.glitches} single points that stood out of their neighbours were left out")
    if fit.data.averaged > 1:
        notes.append(f"{fit.data.averaged} neighbouring points each were averaged before the fit")
    if fit.residual > max(POOR, LOUD * fit.data.noise / fit.peak_current):
        notes.append(
            f"the residual of {fit.residual:.1%} of the maximum is more than noise: the law may not hold (migration, "
            "reaction films, convection, a potential that was not constant)"
        )
    last = (fit.data.time[-1] - fit.offset) / fit.peak_time
    if last < 2.0:
        notes.append(f"the points end at {last:.1f} times t_m; to 3 or more the mode is told more surely")
    return replace(fit, notes=tuple(notes))
