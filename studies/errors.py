"""What is wrong with a study, told to a person: where, what, and the nearest valid spelling."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

MAX_SHOWN = 20
"""Problems listed before the rest is only counted: beyond that a list stops helping."""


class StudyError(ValueError):
    """The input is wrong; the message lists every problem found.

    Attributes
    ----------
    problems : tuple of str
        One finished line each, as ``file:line: key.path: what is wrong``.
    """

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(dict.fromkeys(problems))
        shown = list(self.problems[:MAX_SHOWN])
        if len(self.problems) > MAX_SHOWN:
            shown.append(f"… and {len(self.problems) - MAX_SHOWN} more problems")
        super().__init__("\n".join(shown))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Closest valid spelling of `name`, or None if nothing is near."""
    by_lower = {k.lower(): k for k in known}
    hit = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[hit[0]] if hit else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """``did you mean 'x'?``, or the list of valid names when none is near."""
    known = list(known)
    near = nearest(name, known)
    if near is not None:
        return f"did you mean '{near}'?"
    return f"known here: {', '.join(known)}" if known else "nothing is known here"


def shown(value: Any, limit: int = 60) -> str:
    """A value as a person wrote it in YAML, shortened."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping of keys"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def key_path(loc: Sequence[str | int]) -> str:
    """``protocol.0.until.voltage`` from its parts."""
    return ".".join(str(part) for part in loc)
