"""Progress of a run: a live line on a terminal, plain log lines in a batch job; rank 0 only."""

from __future__ import annotations

import logging
import sys
import time
from contextlib import AbstractContextManager

from .drive import ProtocolStep
from .protocol import AcceptedStep

log = logging.getLogger(__name__)

#: Seconds between log lines in a batch job.
LOG_INTERVAL = 10.0


class Progress(AbstractContextManager):
    """Observer of accepted steps that tells a person how far the run is.

    Parameters
    ----------
    title
        Name of the case.
    steps
        The protocol.
    speaks
        Whether this rank shows anything.
    """

    def __init__(self, title: str, steps: list[ProtocolStep], speaks: bool):
        self.title, self.steps, self.speaks = title, steps, speaks
        self.expected = [max(step.expected_duration, 1e-12) for step in steps]
        self.count, self.last_log = 0, 0.0
        self.bar = None

    def __enter__(self) -> Progress:
        self.begun = time.monotonic()
        if self.speaks and sys.stderr.isatty() and log.isEnabledFor(logging.INFO):
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self.bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(bar_width=24),
                TextColumn("{task.fields[state]}"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self.bar.start()
            self.task = self.bar.add_task(self.title, total=1.0, state="")
        return self

    def __exit__(self, *_exception) -> None:
        if self.bar is not None:
            self.bar.stop()

    def update(self, accepted: AcceptedStep, started: float) -> None:
        """Show a new accepted step; ``started`` is when its protocol step began [s]."""
        self.count += 1
        if not self.speaks:
            return
        index = accepted.protocol_step
        share = 1.0 if accepted.ended_by else min((accepted.time - started) / self.expected[index], 0.99)
        done = (sum(self.expected[:index]) + share * self.expected[index]) / sum(self.expected)
        state = (
            f"{accepted.kind} {index + 1}/{len(self.steps)}  step {self.count}  t = {accepted.time:.4g} s  "
            f"V = {accepted.observation.voltage:.4f} V  Newton {accepted.newton_iterations}"
        )
        if self.bar is not None:
            self.bar.update(self.task, completed=done, state=state)
        elif time.monotonic() - self.last_log > LOG_INTERVAL:
            self.last_log = time.monotonic()
            spent = self.last_log - self.begun
            left = f"{spent * (1 - done) / done:.0f} s left" if done > 0.01 else "time left unknown"
            log.info("%s: %s, %.0f %%, %s", self.title, state, 100 * done, left)
