"""Orders of convergence: fitted to errors, and drawn with them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...visualization.book import Curve, line, points


@dataclass(frozen=True)
class Fit:
    """A power law error = factor · sizeᵖ through errors on several meshes or step lengths.

    Attributes
    ----------
    order
        The exponent p.
    spread
        Standard error of p; how far the errors are from a straight line in logarithms.
    count
        Number of errors.
    factor
        Error at size 1.
    """

    order: float
    spread: float
    count: int
    factor: float

    def __str__(self) -> str:
        return f"{self.order:.3f} ± {self.spread:.2g}, {self.count} points"


def fit_order(sizes: Sequence[float], errors: Sequence[float]) -> Fit:
    """Fit an order by least squares of the logarithms.

    Parameters
    ----------
    sizes
        Mesh sizes or step lengths, in any unit; at least two.
    errors
        Errors there. One that is not positive has no logarithm: the order is not a number then.
    """
    sizes, errors = np.asarray(sizes, dtype=float), np.asarray(errors, dtype=float)
    if not (np.isfinite(errors).all() and (errors > 0).all()):
        return Fit(math.nan, math.nan, len(errors), math.nan)
    x, y = np.log(sizes), np.log(errors)
    order, shift = np.polyfit(x, y, 1)
    freedom = len(x) - 2
    rest = np.sum((y - order * x - shift) ** 2)
    spread = math.sqrt(rest / freedom / np.sum((x - x.mean()) ** 2)) if freedom else math.nan
    return Fit(float(order), spread, len(x), math.exp(shift))


def convergence(label: str, sizes: Sequence[float], errors: Sequence[float]) -> tuple[Curve, Curve]:
    """Errors against mesh size or step length and the power law fitted to them, its order in the legend."""
    fit = fit_order(sizes, errors)
    ends = (min(sizes), max(sizes))
    fitted = line(f"{label}: order {fit.order:.2f}", ends, [fit.factor * size**fit.order for size in ends])
    return fitted, points("", sizes, errors)
