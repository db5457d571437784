"""Requests to stop a run between two time steps: signals and a deadline."""

from __future__ import annotations

import signal
import threading
import time as clock

from mpi4py import MPI

#: Ctrl-C, a batch system's warning, a terminal that was closed. SIGALRM is the clock of a deadline.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

#: Time steps, as long as the longest so far with what it saved, for which time must be left before a deadline: one
#: that is under way when it is asked for, one for writing the state.
LEFT = 2.0

_NOTHING, _LATE, _ASKED = 0, 1, 2


class StopRequest:
    """Signals and a deadline end the run between two time steps, on every rank at once.

    A second signal ends it at once, as usual.

    Parameters
    ----------
    comm
        Whoever is asked on it stops all.
    deadline
        Time of ``time.monotonic`` [s].
    """

    def __init__(self, comm: MPI.Comm, deadline: float | None = None):
        self.comm, self.deadline = comm, deadline
        self.wish, self.previous = _NOTHING, {}
        self._last: float | None = None
        self._longest = 0.0

    def __enter__(self) -> StopRequest:
        # Only the main thread may handle signals.
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS if self.deadline is None else (*SIGNALS, signal.SIGALRM):
                # What was started with `nohup`, or in the background of a script, goes on ignoring it.
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self.previous[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_exception) -> None:
        self._restore()

    def _ask(self, number, _frame) -> None:
        self.wish = _LATE if number == signal.SIGALRM else _ASKED
        self._restore()

    def _restore(self) -> None:
        for number, handler in self.previous.items():
            signal.signal(number, handler)
        self.previous = {}

    def check(self) -> None:
        """Raise KeyboardInterrupt on every rank if any was asked to stop, or has no time for another step. Collective.

        The interrupt's text says why.
        """
        wish = self.comm.allreduce(max(self.wish, _LATE if self._late() else _NOTHING), op=MPI.MAX)
        if wish == _LATE:
            raise KeyboardInterrupt("stopped before the time limit")
        if wish == _ASKED:
            raise KeyboardInterrupt("interrupted")

    def _late(self) -> bool:
        if self.deadline is None:
            return False
        now = clock.monotonic()
        if self._last is not None:
            self._longest = max(self._longest, now - self._last)
        self._last = now
        return now + LEFT * self._longest >= self.deadline
