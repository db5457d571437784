"""What a caller has given, by the name under which it was given: an option of the command line, or an argument."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

#: Of `archode.studies.run`, by the option of the command line that does the same.
ARGUMENTS = {
    "set": "set",
    "case": "cases",
    "out": "out",
    "resume": "resume=True",
    "keep": "keep=True",
    "overwrite": "overwrite=True",
    "time-limit": "time_limit",
}

_python: ContextVar[bool] = ContextVar("python", default=False)


@contextmanager
def from_python() -> Iterator[None]:
    """Messages that are made inside name arguments."""
    token = _python.set(True)
    try:
        yield
    finally:
        _python.reset(token)


def given(option: str, value: object = "") -> str:
    """How a message speaks of what the caller gave.

    Parameters
    ----------
    option
        Without dashes, one of `ARGUMENTS`.
    value
        What was given for it; left out where it does not matter.

    Returns
    -------
    str
        ``--case gyroid*`` on the command line, ``cases 'gyroid*'`` within `from_python`.
    """
    if _python.get():
        return ARGUMENTS[option] + (f" '{value}'" if value else "")
    return f"--{option}" + (f" {value}" if value else "")
