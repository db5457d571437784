r"""Search for the largest current at which a capacity is plated without trouble: bracket, then bisection on ln J.

Trouble is taken to be monotonic in the current: safe below, unsafe above. Criteria that speak at the lowest current
that is tried depend on something else; they are told, and the others decide.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

#: Factor between currents while no bracket is known, and how often it is applied downwards and upwards.
STRIDE, DOWNWARDS, UPWARDS = 4.0, 4, 5

#: Tried around the limiting current, in its units: most limits lie there.
BELOW, ABOVE = 0.95, 1.25

#: A criterion that a current lower by a stride moves by no more than this share of the capacity will not go away.
STILL = 0.02

#: Significant digits of the currents.
DIGITS = 4


@dataclass(frozen=True)
class Trouble:
    """What ends safe plating at one current.

    Attributes
    ----------
    cause
        A criterion, ``solver`` where the run failed, or the limit that ended the step before its capacity.
    capacity
        Plated before it, per footprint [C/m²].
    time
        Of plating [s].
    place
        Where first [µm]; ``None`` where all of the surface is alike, or it has no place.
    why
        A sentence.
    """

    cause: str
    capacity: float
    time: float
    place: tuple[float, ...] | None = None
    why: str = ""


@dataclass(frozen=True)
class Trial:
    """A run at one current.

    Attributes
    ----------
    current_density
        Per footprint [A/m²].
    case
        Its folder.
    troubles
        Of the criteria asked for, and of the run itself.
    plated
        Capacity that the run passed, per footprint [C/m²].
    limiting_current_density
        J_lim per footprint [A/m²]; ``None`` where nothing limits it or the run did not come that far.
    sand_time
        s; ``None`` without a Sand event.
    others
        Criteria that speak and were not asked for.
    """

    current_density: float
    case: str
    troubles: tuple[Trouble, ...]
    plated: float
    limiting_current_density: float | None = None
    sand_time: float | None = None
    others: tuple[str, ...] = ()

    def trouble(self, ignored: Iterable[str] = ()) -> Trouble | None:
        """The first trouble that is not ignored."""
        left = [t for t in self.troubles if t.cause not in set(ignored)]
        return min(left, key=lambda t: t.capacity, default=None)


@dataclass(frozen=True)
class Search:
    """What a search found.

    Attributes
    ----------
    safe
        The trial of the largest current that is safe; ``None`` where none is.
    unsafe
        The trial of the smallest current above it that is not; ``None`` where none was found.
    independent
        Criteria that speak at the lowest current already, and do not decide.
    trials
        All, by current.
    """

    safe: Trial | None
    unsafe: Trial | None
    independent: tuple[str, ...]
    trials: tuple[Trial, ...]

    @property
    def status(self) -> str:
        """``limit found``, ``no limit found`` or ``not safe at any current tried``."""
        if self.safe is None:
            return "not safe at any current tried"
        return "no limit found" if self.unsafe is None else "limit found"


@dataclass
class _Tried:
    """Trials so far, and what of their troubles does not decide."""

    run: Callable[[float], Trial]
    trials: dict[float, Trial] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()

    def safe_at(self, current: float) -> bool:
        current = rounded(current)
        if current not in self.trials:
            self.trials[current] = self.run(current)
        return self.trials[current].trouble(self.ignored) is None

    @property
    def limit(self) -> float | None:
        known = (t.limiting_current_density for t in self.trials.values())
        return next((limit for limit in known if limit is not None), None)

    def bracket(self) -> tuple[float | None, float | None]:
        """The largest safe current below all unsafe ones, and the smallest unsafe one."""
        unsafe = [j for j, trial in self.trials.items() if trial.trouble(self.ignored) is not None]
        high = min(unsafe, default=None)
        low = max((j for j in self.trials if high is None or j < high), default=None)
        return low, high


def rounded(current: float) -> float:
    """A current with so few digits that a folder's name tells it."""
    return float(f"{current:.{DIGITS}g}")


def search(run: Callable[[float], Trial], start: float, tolerance: float, criteria: Iterable[str]) -> Search:
    """Find the limit.

    Parameters
    ----------
    run
        Tries a current density per footprint [A/m²].
    start
        The first one.
    tolerance
        Relative width of the bracket in the end.
    criteria
        Those that are asked for: only they can be set aside as independent of the current.
    """
    tried = _Tried(run)
    if not tried.safe_at(start):
        _descend(tried, start, set(criteria))
    low, high = tried.bracket()
    if low is not None:
        if high is None:
            _ascend(tried)
        _bisect(tried, tolerance)
        low, high = tried.bracket()
    trials = tuple(tried.trials[j] for j in sorted(tried.trials))
    of = tried.trials.get
    return Search(of(low) if low is not None else None, of(high) if high is not None else None, tried.ignored, trials)


def _descend(tried: _Tried, start: float, criteria: set[str]) -> None:
    """Lower currents until one is safe, or less current does not help; what speaks at the lowest does not decide."""
    current = start
    for _ in range(DOWNWARDS):
        above = tried.trials[min(tried.trials)]
        current = min(current, tried.limit or math.inf) / STRIDE
        if tried.safe_at(current):
            return
        if _no_help(above, tried.trials[min(tried.trials)], criteria):
            break
    lowest = tried.trials[min(tried.trials)]
    speaking = tuple(dict.fromkeys(t.cause for t in lowest.troubles if t.cause in criteria))
    if set(speaking) < criteria:
        tried.ignored = speaking


def _no_help(above: Trial, below: Trial, criteria: set[str]) -> bool:
    """Whether all that troubles a lower current comes at the same capacity as at a higher one."""
    known = {t.cause: t.capacity for t in above.troubles}
    return all(
        t.cause in criteria and abs(t.capacity - known.get(t.cause, math.inf)) <= STILL * t.capacity
        for t in below.troubles
    )


def _ascend(tried: _Tried) -> None:
    """Higher currents until one is unsafe."""
    for _ in range(UPWARDS):
        low, _ = tried.bracket()
        limit = tried.limit
        if not tried.safe_at(ABOVE * limit if limit is not None and low < limit else STRIDE * low):
            return


def _bisect(tried: _Tried, tolerance: float) -> None:
    low, high = tried.bracket()
    if high is None:
        return
    limit = tried.limit
    if limit is not None and low < BELOW * limit < high:
        tried.safe_at(BELOW * limit)
    while True:
        low, high = tried.bracket()
        middle = rounded(math.sqrt(low * high)) if low is not None else None
        # Nothing lies between two currents that differ in their last digit.
        if middle is None or high <= low * (1 + tolerance) or middle in (low, high):
            return
        tried.safe_at(middle)
