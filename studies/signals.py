"""Signals that end a command: as Ctrl-C does, in order and with a message."""

from __future__ import annotations

import signal
import sys
import threading
import time
from contextlib import AbstractContextManager
from typing import Any

from .caller import given
from .errors import StudyError
from .quantity import parse_text

NAMES = {
    signal.SIGINT: "interrupted",
    signal.SIGTERM: "interrupted (SIGTERM)",
    signal.SIGHUP: "interrupted (SIGHUP: the terminal was closed)",
    signal.SIGALRM: "stopped at the time limit",
}


class Interruptions(AbstractContextManager):
    """Turns SIGTERM, SIGHUP and the end of the time into KeyboardInterrupt, and remembers that one came.

    Signals that are ignored already, as those of ``nohup`` are, stay so.
    """

    def __init__(self) -> None:
        self.came: int | None = None
        self._before: dict[int, Any] = {}
        self._hook = sys.unraisablehook

    @property
    def reason(self) -> str:
        """What to say of it."""
        return NAMES.get(self.came or signal.SIGINT, "interrupted")

    def __enter__(self) -> Interruptions:
        if threading.current_thread() is threading.main_thread():
            for number in NAMES:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._interrupt)
            sys.unraisablehook = self._lost
        return self

    def __exit__(self, *_exception: object) -> None:
        if signal.SIGALRM in self._before:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        sys.unraisablehook = self._hook

    def _interrupt(self, number: int, _frame: object) -> None:
        self.came = self.came or number
        raise KeyboardInterrupt

    def _lost(self, lost: Any) -> None:
        """Interrupt again where Python had to drop an interrupt, as in the callback of a weak reference."""
        if isinstance(lost.exc_value, KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, 0.01)
        else:
            self._hook(lost)


def limited_time(text: str | None) -> float | None:
    """Begin to count the time that a command may take, within `Interruptions`.

    Returns
    -------
    float or None
        The time of ``time.monotonic`` at which it is over [s]; ``None`` without a limit.

    Raises
    ------
    StudyError
        Not a duration.
    """
    if text is None:
        return None
    try:
        seconds = parse_text(text, "s")
    except ValueError as error:
        raise StudyError(f"{given('time-limit', text)}: {error}") from None
    if seconds <= 0:
        raise StudyError(f"{given('time-limit', text)}: must be positive, such as '2 h'")
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGALRM) not in (
        signal.SIG_DFL,
        signal.SIG_IGN,
    ):
        signal.setitimer(signal.ITIMER_REAL, seconds)
    return time.monotonic() + seconds
