"""What a criterion says of an electrode: a number by facet, one for the electrode, and whether it speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

#: ``speaks``: by this criterion metal grows through. ``silent``: it does not. ``no say``: it cannot be applied here.
Voice = Literal["speaks", "silent", "no say"]


@dataclass(frozen=True)
class Finding:
    """One criterion's answer at one time.

    Attributes
    ----------
    name
        Short name, as in the tables: ``sand_time``.
    value, unit
        The electrode's number, SI; ``None`` where there is none.
    values
        The same by facet, shape (facets,); ``None`` for a criterion of the whole electrode.
    voice
        Whether it speaks.
    margin
        How far the electrode is from where it begins to speak: above 1 silent, below 1 speaking; ``None`` where the
        criterion has no threshold.
    why
        One sentence with the numbers it follows from.
    source
        Where the criterion is from, and what it assumes.
    """

    name: str
    value: float | None
    unit: str
    voice: Voice
    why: str
    source: str
    values: np.ndarray | None = None
    margin: float | None = None


def no_say(name: str, unit: str, why: str, source: str) -> Finding:
    """A criterion that cannot be applied, and why."""
    return Finding(name, None, unit, "no say", why, source)


def no_event(name: str, unit: str, why: str, source: str, facets: int) -> Finding:
    """A criterion whose event never comes, on any of the facets."""
    return Finding(name, np.inf, unit, "silent", why, source, np.full(facets, np.inf), np.inf)


def judge(margin: float) -> Voice:
    """A margin of 1 or less speaks."""
    return "speaks" if margin <= 1 else "silent"


#: Why most criteria have no say on an electrode that is at rest or stripped.
NOT_PLATED = "no metal is plated at this time"
