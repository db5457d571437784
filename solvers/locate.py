"""The time within a step at which the first overstepped limit is met."""

from __future__ import annotations

from collections.abc import Callable, Sequence

#: Attempts at most.
ATTEMPTS = 30


class Located(Exception):
    """No time step in the bracket could be solved."""


def locate(
    margins_at: Callable[[float], Sequence[float] | None],
    length: float,
    before: Sequence[float],
    beyond: Sequence[float],
    tolerances: Sequence[float],
    negligible: float,
    smallest: float,
) -> float:
    """Find the length of a step that meets the first of the limits it oversteps (regula falsi, Illinois variant).

    Parameters
    ----------
    margins_at
        Attempts a step of a length [s] and tells the margin of every limit at its end; ``None`` where it failed.
    length
        The step that oversteps [s].
    before, beyond
        Margins at its beginning (empty where they may jump there) and at its end.
    tolerances
        Of each limit.
    negligible
        Length that no longer counts [s]; the answer is 0 where the limit is met within it.
    smallest
        Length below which a limit was passed when the step began [s], where no margins before are known.

    Returns
    -------
    float
        Length of the last step that was attempted and converged, or 0.

    Raises
    ------
    Located
        No attempt converged.
    """
    over = [k for k, margin in enumerate(beyond) if margin < -tolerances[k]]

    def worst(values: Sequence[float], sizes: Sequence[float]) -> float:
        return min(values[k] / sizes[k] for k in over)

    # Each margin counts in units of its overrun, or steep and flat ones would make a kink of the search.
    overrun = [abs(margin) for margin in beyond]
    low, high = 0.0, length
    # Before the first step a margin may jump: unknown, so the search begins by halving.
    at_low, at_high = worst(before, overrun) if before else 1.0, -1.0
    last, found = 0.0, None
    for _ in range(ATTEMPTS):
        if high <= negligible:
            return 0.0
        share = at_low / (at_low - at_high)
        h = low + (high - low) * min(max(share, 0.02), 0.98)
        now = margins_at(h)
        if now is None:
            high, at_high, found = h, -1.0, None
            continue
        found = h
        if abs(worst(now, tolerances)) <= 1.0:
            break
        value = worst(now, overrun)
        # The end that stays twice running counts half, or it would stay for ever.
        if value < 0:
            high, at_high, at_low = h, value, at_low / (2 if last < 0 else 1)
        else:
            low, at_low, at_high = h, value, at_high / (2 if last > 0 else 1)
        last = value
        passed_at_start = not before and high < smallest
        if passed_at_start or high - low < max(1e-12 * high, negligible):
            break
    if found is None:
        raise Located
    return 0.0 if found <= negligible else found
