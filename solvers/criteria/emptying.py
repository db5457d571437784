"""When diffusion alone empties a surface from which given currents draw: by facet, first, most loaded, in the mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

#: Share of the surface that counts as its most loaded part.
LOADED = 0.05

#: Times between which the first crossing is looked for, per decade.
PER_DECADE = 40

#: Facets treated at once.
CHUNK = 4096


@dataclass(frozen=True)
class EmptyingTimes:
    """Under one distribution of current, constant in time [s]; ∞ where never.

    ``first <= loaded <= mean``, whatever the distribution.

    Attributes
    ----------
    facets
        Shape (facets,).
    first
        Of the facet that is emptied first.
    loaded
        When the mean over the emptiest 5 % of the surface is empty.
    mean
        When the mean over the surface is.
    """

    facets: np.ndarray
    first: float
    loaded: float
    mean: float


@dataclass(frozen=True)
class Emptying:
    """The same under three distributions of the electrode's current.

    Attributes
    ----------
    so_far
        The mean one since plating began. Where the current falls as the surface empties, this one empties it too early.
    weighted
        Two thirds of the mean one and a third of the present one.
    present
        Where the current has fallen, this one empties it too late.
    first_cell
        Height of the cell on the facet that is emptied first [m].
    layer
        c₀ over its slope there, zFDc₀/(tₐJ); in Sand's planar profile 2√(Dt/π) [m].
    """

    so_far: EmptyingTimes
    weighted: EmptyingTimes
    present: EmptyingTimes
    first_cell: float
    layer: float


def emptying_times(
    share: Callable[[slice, np.ndarray], np.ndarray], areas: np.ndarray, shortest: float, longest: float
) -> EmptyingTimes:
    """Find when the share of cation that is gone reaches 1.

    Parameters
    ----------
    share
        Of facets and times: what is gone, shape (facets, times).
    areas
        Of the facets.
    shortest, longest
        Times between which to look [s].
    """
    times = np.geomspace(shortest, longest, int(np.ceil(PER_DECADE * np.log10(longest / shortest))) + 1)
    mean, found = np.zeros_like(times), []
    for start in range(0, len(areas), CHUNK):
        part = slice(start, start + CHUNK)
        gone = share(part, times)
        mean += areas[part] @ gone
        found.append(first_crossing(times, gone))
    facets = np.concatenate(found)
    whole = float(first_crossing(times, mean[None, :] / areas.sum())[0])
    # The most loaded part is emptied between the first facet and the mean.
    tried = times[(times > facets.min()) & (times < whole)]
    everything = slice(0, len(areas))
    low, high = 0, len(tried)
    while low < high:
        middle = (low + high) // 2
        if top_mean(share(everything, tried[middle : middle + 1])[:, 0], areas) >= 1:
            high = middle
        else:
            low = middle + 1
    around = np.unique(np.clip([facets.min(), *tried[max(low - 1, 0) : low + 1], whole], shortest, longest))
    tops = np.array([top_mean(share(everything, np.array([t]))[:, 0], areas) for t in around])
    loaded = float(first_crossing(around, tops[None, :])[0])
    return EmptyingTimes(facets, float(facets.min()), min(max(loaded, float(facets.min())), whole), whole)


def first_crossing(times: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """When rows first reach 1, between times by a line in √t; ∞ where they do not. Shape (rows,)."""
    reached = gone >= 1
    k = np.argmax(reached, axis=1)
    rows = np.arange(len(gone))
    before = np.maximum(k - 1, 0)
    low, high = gone[rows, before], gone[rows, k]
    part = np.divide(1 - low, high - low, out=np.ones_like(low), where=(k > 0) & (high > low))
    root = np.sqrt(times)
    return np.where(reached.any(axis=1), (root[before] + part * (root[k] - root[before])) ** 2, np.inf)


def top_mean(values: np.ndarray, areas: np.ndarray, share: float = LOADED) -> float:
    """Mean over the share of the area where values are largest; never below the mean over all."""
    order = np.argsort(-values)
    covered = np.minimum(np.cumsum(areas[order]), share * areas.sum())
    return float(np.diff(covered, prepend=0.0) @ values[order] / covered[-1])
