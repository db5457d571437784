"""Shapes of an open-circuit curve U(theta), theta = c_s/c_max in [0, 1].

    affine_nernst   U = U0 - dU (theta - 1/2) + n RT/F ln((1 - theta)/theta)
    table           piecewise cubic through given points, monotone (PCHIP), straight beyond the ends
    tanh_steps      U = U0 - sum_k h_k [1 + tanh((x_max theta - x_k)/w_k)] + n RT/F ln((1 - theta)/theta)
    polynomial      U = sum_k a_k theta^k
    constant        U = U0

U, U0, dU, h_k, a_k in V. The logarithm is continued by its tangent outside [EDGE, 1 - EDGE], so no curve is
ever infinite or undefined. Curves are written in terms of four operations (`Operations`), so that the same
code serves floats, NumPy arrays and symbolic expressions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Protocol

import numpy as np

from .constants import thermal_voltage
from .errors import MaterialError, did_you_mean

EDGE = 1e-12


class Operations(Protocol):
    """What a curve needs beyond arithmetic; NumPy by default, an adaptor for symbolic expressions."""

    def exp(self, x: Any) -> Any: ...
    def ln(self, x: Any) -> Any: ...
    def tanh(self, x: Any) -> Any: ...
    def where_less(self, a: Any, b: Any, if_true: Any, if_false: Any) -> Any: ...


class NumpyOperations:
    """The four operations on floats and NumPy arrays."""

    exp = staticmethod(np.exp)
    ln = staticmethod(np.log)
    tanh = staticmethod(np.tanh)

    @staticmethod
    def where_less(a, b, if_true, if_false):
        """Return `if_true` where a < b and `if_false` elsewhere."""
        return np.where(np.less(a, b), if_true, if_false)[()]


NUMPY = NumpyOperations()


def _clamped(theta, ops):
    return ops.where_less(theta, EDGE, EDGE, ops.where_less(1.0 - EDGE, theta, 1.0 - EDGE, theta))


def log_ratio(theta, ops: Operations = NUMPY):
    """Return ln((1 - theta)/theta), continued by its tangent outside [EDGE, 1 - EDGE]."""
    t = _clamped(theta, ops)
    # The argument of ln stays positive in both branches: symbolic back ends evaluate the two.
    return ops.ln((1.0 - t) / t) - (theta - t) / (t * (1.0 - t))


def log_ratio_slope(theta, ops: Operations = NUMPY):
    """Return the derivative of `log_ratio` with respect to theta."""
    t = _clamped(theta, ops)
    return -1.0 / (t * (1.0 - t))


class Curve(Protocol):
    """A shape of U(theta): value in V, slope dU/dtheta in V, and where the shape is meant to be used."""

    formula: str
    domain: tuple[float, float]

    def value(self, theta, temperature, ops: Operations): ...
    def slope(self, theta, temperature, ops: Operations): ...


@dataclass(frozen=True)
class AffineNernst:
    """U0 - dU (theta - 1/2) + n RT/F ln((1 - theta)/theta); U0, dU in V, n >= 0 the width of the log term."""

    U0: float
    dU: float
    n: float
    formula: ClassVar[str] = "U = U0 - dU (θ - 1/2) + n RT/F ln((1 - θ)/θ)"
    domain: ClassVar[tuple[float, float]] = (EDGE, 1.0 - EDGE)

    def value(self, theta, temperature, ops: Operations = NUMPY):
        logarithm = self.n * thermal_voltage(temperature) * log_ratio(theta, ops)
        return self.U0 - self.dU * (theta - 0.5) + logarithm

    def slope(self, theta, temperature, ops: Operations = NUMPY):
        return -self.dU + self.n * thermal_voltage(temperature) * log_ratio_slope(theta, ops)


@dataclass(frozen=True)
class TanhSteps:
    """Plateaus joined by steps at compositions x_k of height 2 h_k [V] and width w_k (in x = x_max theta)."""

    U0: float
    x_max: float
    x: tuple[float, ...]
    h: tuple[float, ...]
    w: tuple[float, ...]
    n: float
    formula: ClassVar[str] = "U = U0 - Σ h [1 + tanh((x - x_k)/w)] + n RT/F ln((1 - θ)/θ), x = x_max θ"
    domain: ClassVar[tuple[float, float]] = (EDGE, 1.0 - EDGE)

    def __post_init__(self):
        if not len(self.x) == len(self.h) == len(self.w):
            raise MaterialError("tanh_steps: x, h and w must have one entry a step each")
        if min(self.w, default=1.0) <= 0.0:
            raise MaterialError("tanh_steps: the widths w must be positive")

    def value(self, theta, temperature, ops: Operations = NUMPY):
        total = self.U0 + self.n * thermal_voltage(temperature) * log_ratio(theta, ops)
        for x, h, w in zip(self.x, self.h, self.w, strict=True):
            total = total - h * (1.0 + ops.tanh((self.x_max * theta - x) / w))
        return total

    def slope(self, theta, temperature, ops: Operations = NUMPY):
        total = self.n * thermal_voltage(temperature) * log_ratio_slope(theta, ops)
        for x, h, w in zip(self.x, self.h, self.w, strict=True):
            step = ops.tanh((self.x_max * theta - x) / w)
            total = total - h * (1.0 - step * step) * self.x_max / w
        return total


@dataclass(frozen=True)
class Table:
    """Monotone C1 piecewise cubic through the points (theta, U [V]), straight beyond the ends."""

    theta: tuple[float, ...]
    U: tuple[float, ...]
    formula: ClassVar[str] = "U(θ): monotone cubic interpolation of a table"

    def __post_init__(self):
        if len(self.theta) != len(self.U) or len(self.theta) < 2:
            raise MaterialError("table: theta and U need the same number of points, two at least")
        if any(b <= a for a, b in zip(self.theta, self.theta[1:], strict=False)):
            raise MaterialError("table: theta must increase from point to point")

    @property
    def domain(self) -> tuple[float, float]:
        return self.theta[0], self.theta[-1]

    @cached_property
    def _pieces(self) -> tuple[tuple[float, tuple[float, ...]], ...]:
        """Origin and ascending coefficients of the cubic on each piece, the straight ends included."""
        from scipy.interpolate import CubicHermiteSpline, PchipInterpolator

        slopes = PchipInterpolator(self.theta, self.U).derivative()(np.array(self.theta))
        for end, inner in ((0, 1), (-1, -2)):
            # PCHIP may end flat; straight on, that would leave theta undetermined by U.
            if slopes[end] == 0.0:
                secant = (self.U[inner] - self.U[end]) / (self.theta[inner] - self.theta[end])
                slopes[end] = 0.5 * secant
        spline = CubicHermiteSpline(self.theta, self.U, slopes)
        cubics = [tuple(float(c) for c in column[::-1]) for column in spline.c.T]
        first = (self.theta[0], (self.U[0], float(slopes[0])))
        last = (self.theta[-1], (self.U[-1], float(slopes[-1])))
        return (first, *zip(self.theta[:-1], cubics, strict=True), last)

    def _select(self, values, theta, ops):
        chosen = values[-1]
        for end, value in zip(reversed(self.theta), reversed(values[:-1]), strict=True):
            chosen = ops.where_less(theta, end, value, chosen)
        return chosen

    def value(self, theta, temperature, ops: Operations = NUMPY):
        return self._select([_horner(c, theta - o) for o, c in self._pieces], theta, ops)

    def slope(self, theta, temperature, ops: Operations = NUMPY):
        slopes = [(o, tuple(k * a for k, a in enumerate(c))[1:]) for o, c in self._pieces]
        return self._select([_horner(c, theta - o) for o, c in slopes], theta, ops)


@dataclass(frozen=True)
class Polynomial:
    """sum_k a_k theta^k with the coefficients in V, constant term first."""

    coefficients: tuple[float, ...]
    formula: ClassVar[str] = "U = Σ a_k θ^k"
    domain: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def __post_init__(self):
        if not self.coefficients:
            raise MaterialError("polynomial: at least one coefficient is needed")

    def value(self, theta, temperature, ops: Operations = NUMPY):
        return _horner(self.coefficients, theta)

    def slope(self, theta, temperature, ops: Operations = NUMPY):
        return _horner(tuple(k * a for k, a in enumerate(self.coefficients))[1:] or (0.0,), theta)


@dataclass(frozen=True)
class Constant:
    """The same potential U0 [V] at every stoichiometry."""

    U0: float
    formula: ClassVar[str] = "U = U0"
    domain: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def value(self, theta, temperature, ops: Operations = NUMPY):
        return self.U0 + 0.0 * theta

    def slope(self, theta, temperature, ops: Operations = NUMPY):
        return 0.0 * theta


def _horner(coefficients, x):
    # Adding 0*x keeps the shape of x (or its symbol) where only the constant term is left.
    total = coefficients[-1] + 0.0 * x
    for a in reversed(coefficients[:-1]):
        total = total * x + a
    return total


MODELS: dict[str, type] = {
    "affine_nernst": AffineNernst,
    "table": Table,
    "tanh_steps": TanhSteps,
    "polynomial": Polynomial,
    "constant": Constant,
}


def make_curve(model: str, parameters: Mapping[str, Any]) -> Curve:
    """Return the curve of that name; MaterialError for unknown names and unknown or missing parameters."""
    if model not in MODELS:
        raise MaterialError(f"open-circuit model '{model}' is not known; {did_you_mean(model, MODELS)}")
    wanted = [f.name for f in fields(MODELS[model])]
    for name in parameters:
        if name not in wanted:
            raise MaterialError(f"{model} has no parameter '{name}'; {did_you_mean(name, wanted)}")
    missing = [name for name in wanted if name not in parameters]
    if missing:
        raise MaterialError(f"{model} lacks the parameter{'s' * (len(missing) > 1)} {', '.join(missing)}")
    values = {f.name: _numbers(model, f.name, parameters[f.name], f.type) for f in fields(MODELS[model])}
    return MODELS[model](**values)


def _numbers(model: str, name: str, value: Any, kind: str) -> float | tuple[float, ...]:
    """Return a parameter as a float, or as a tuple of floats where the curve's field is one."""
    many = kind.startswith("tuple")
    items = value if isinstance(value, list | tuple) else [value]
    numeric = all(isinstance(v, int | float) and not isinstance(v, bool) and np.isfinite(v) for v in items)
    if many != isinstance(value, list | tuple) or not numeric:
        raise MaterialError(f"{model}.{name}: {'a list of numbers' if many else 'a number'} is wanted, not {value!r}")
    return tuple(map(float, items)) if many else float(value)
