"""A current that is a function of time: linear between samples, as a drive cycle is given.

Time steps land on a sample where the slope changes by enough to matter, and on jumps. The integrator goes on across a
change of slope with all that it knows of the contents, which feel it in their second derivative only; it starts anew
at a jump.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Profile:
    """Samples of a current; two of one time make a jump.

    Attributes
    ----------
    times
        Since the step's beginning [s], not falling.
    values
        Currents at these times [A], positive when they charge the cell.
    """

    times: tuple[float, ...]
    values: tuple[float, ...]

    #: A change of slope matters where it moves the current until the next sample by this share of the largest.
    MATTERS = 1e-3

    def __post_init__(self) -> None:
        times = np.asarray(self.times, dtype=float)
        if len(times) < 2 or len(times) != len(self.values):
            raise ValueError("a profile needs two samples at least, and a value for every time")
        if not np.all(np.isfinite(times)) or not np.all(np.isfinite(self.values)):
            raise ValueError("a profile's times and values must be numbers")
        if times[0] != 0.0 or np.any(np.diff(times) < 0) or times[-1] <= 0:
            raise ValueError("a profile's times begin at 0 and never fall")
        if np.any((times[2:] == times[1:-1]) & (times[1:-1] == times[:-2])):
            raise ValueError("a profile has three samples at one time; two make a jump")

    def at(self, elapsed: float) -> float:
        """Current at a time since the step's beginning [s]; before a jump where it stands at one."""
        times = np.asarray(self.times)
        # A time step that lands on a jump may be rounded.
        k = int(np.clip(np.searchsorted(times, elapsed * (1 - 1e-9), side="left"), 1, len(times) - 1))
        t0, t1 = times[k - 1], times[k]
        if t1 == t0:
            return float(self.values[k - 1])
        share = min(max((elapsed - t0) / (t1 - t0), 0.0), 1.0)
        return float(self.values[k - 1] + share * (self.values[k] - self.values[k - 1]))

    def charge(self, begin: float, end: float) -> float:
        """∫ of the current between two times since the step's beginning [C]."""
        return self._charge_until(end) - self._charge_until(begin)

    def _charge_until(self, elapsed: float) -> float:
        times, values = np.asarray(self.times, dtype=float), np.asarray(self.values, dtype=float)
        k = int(np.clip(np.searchsorted(times, elapsed * (1 - 1e-9), side="left"), 1, len(times) - 1))
        rest = 0.5 * (values[k - 1] + self.at(elapsed)) * (min(elapsed, times[k]) - times[k - 1])
        # Beyond the last sample the current stays.
        return float(self._charges[k - 1] + rest + max(elapsed - times[-1], 0.0) * values[-1])

    @cached_property
    def _charges(self) -> np.ndarray:
        """∫ of the current until each sample [C]."""
        times, values = np.asarray(self.times, dtype=float), np.asarray(self.values, dtype=float)
        return np.concatenate([[0.0], np.cumsum(0.5 * (values[1:] + values[:-1]) * np.diff(times))])

    @cached_property
    def corners(self) -> tuple[tuple[float, bool], ...]:
        """Times to land on, each with whether only the slope changes there."""
        times, values = np.asarray(self.times, dtype=float), np.asarray(self.values, dtype=float)
        steps = np.diff(times)
        slopes = np.divide(np.diff(values), steps, out=np.zeros(len(steps)), where=steps > 0)
        largest = float(np.abs(values).max()) or 1.0
        found = []
        for k in range(1, len(times) - 1):
            if steps[k] == 0.0:
                found.append((float(times[k]), False))
            elif steps[k - 1] > 0 and abs(slopes[k] - slopes[k - 1]) * steps[k] > self.MATTERS * largest:
                found.append((float(times[k]), True))
        return tuple(found)

    def last_corner(self, elapsed: float) -> tuple[float, bool]:
        """The newest corner by a time [s], and whether only the slope changes there; the beginning is a jump."""
        k = bisect.bisect_right([time for time, _ in self.corners], elapsed * (1 + 1e-9))
        return self.corners[k - 1] if k else (0.0, False)
