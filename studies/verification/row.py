"""One line of the verification table: what was expected, what came out, and how far apart they may be."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from .order import Fit


@dataclass(frozen=True)
class Row:
    """A comparison of one computed number with its closed form.

    Attributes
    ----------
    case
        Name in the registry.
    quantity
        What is compared, with its unit.
    exact, computed
        The closed form's value and the simulated one.
    error
        Relative error that counts for the verdict.
    tolerance
        Largest error allowed.
    mesh
        What was solved on.
    seconds
        Wall time spent on this row; rows read off the same run share its time in the first one.
    note
        Anything a reader must know, such as the numbers an order was fitted to.
    fit
        For an order of convergence: the fit that ``computed`` is read off.
    """

    case: str
    quantity: str
    exact: float
    computed: float
    error: float
    tolerance: float
    mesh: str
    seconds: float
    note: str = ""
    fit: Fit | None = None

    @property
    def passed(self) -> bool:
        """Whether the error is a number within the tolerance."""
        return math.isfinite(self.error) and self.error <= self.tolerance

    def __str__(self) -> str:
        verdict = "ok" if self.passed else "FAILED"
        text = (
            f"{self.case}: {self.quantity}: exact {self.exact:.8g}, computed {self.computed:.8g}, "
            f"relative error {self.error:.3g} (allowed {self.tolerance:.3g}), {self.mesh}: {verdict}"
        )
        return f"{text} ({self.note})" if self.note else text


class Stopwatch:
    """Wall time since it was made, or since the last lap."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def lap(self) -> float:
        """Seconds since the last call; starts the next lap."""
        now = time.perf_counter()
        elapsed, self._last = now - self._last, now
        return elapsed


def comparison(
    case: str,
    quantity: str,
    exact: float,
    computed: float,
    tolerance: float,
    mesh: str,
    seconds: float,
    note: str = "",
    fit: Fit | None = None,
) -> Row:
    """A row whose error is |computed − exact| / |exact|."""
    error = abs(computed - exact) / abs(exact)
    return Row(case, quantity, exact, computed, error, tolerance, mesh, seconds, note, fit)


def shortfall(
    case: str,
    quantity: str,
    exact: float,
    computed: float,
    allowed: float,
    mesh: str,
    seconds: float,
    note: str = "",
    fit: Fit | None = None,
) -> Row:
    """A row for an order of convergence, which may exceed the design order but fall short by ``allowed``."""
    error = max(0.0, exact - computed) / exact if math.isfinite(computed) else math.nan
    return Row(case, quantity, exact, computed, error, allowed / exact, mesh, seconds, note, fit)


def discrepancy(
    case: str, quantity: str, error: float, tolerance: float, mesh: str, seconds: float, note: str = ""
) -> Row:
    """A row for a quantity that is zero when all is well; ``error`` is already relative to its scale."""
    return Row(case, quantity, 0.0, error, abs(error), tolerance, mesh, seconds, note)
