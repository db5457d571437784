"""The error of the material library, and the search for the nearest valid name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class MaterialError(ValueError):
    """A material, a property or a value of the library cannot be used; the message says which and why."""


def nearest(name: str, names: Iterable[str], count: int = 3) -> list[str]:
    """Return up to `count` of `names` that look most like `name`, letter case ignored."""
    by_lower: dict[str, str] = {}
    for candidate in names:
        by_lower.setdefault(candidate.lower(), candidate)
    # A short name is a prefix of what was meant more often than a misspelling of it.
    starts = [c for low, c in by_lower.items() if name and low.startswith(name.lower())]
    close = [by_lower[low] for low in get_close_matches(name.lower(), by_lower, n=count, cutoff=0.5)]
    return list(dict.fromkeys(starts + close))[:count]


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return a sentence with the nearest names, or all of them where none is near."""
    names = list(names)
    close = nearest(name, names)
    if close:
        return "did you mean " + " or ".join(f"'{n}'" for n in close) + "?"
    return "valid names: " + ", ".join(sorted(names))
