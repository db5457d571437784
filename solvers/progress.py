"""Progress of a run: a live line on a terminal, plain log lines in a batch job; rank 0 only."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import accumulate

from .drive import ProtocolStep
from .position import AcceptedStep

log = logging.getLogger(__name__)

#: Seconds between log lines in a batch job.
LOG_INTERVAL = 10.0


@dataclass(frozen=True)
class Stage:
    """How far a run is after an accepted time step.

    Attributes
    ----------
    title
        Name of the case.
    protocol_step, protocol_steps
        The present step of the protocol, from 0, and how many there are.
    kind
        Of the present step, such as ``charge``.
    share, done
        Of the present step's expected duration, and of the whole protocol's; 1 at the end.
    count
        Accepted time steps of this run.
    time, voltage
        Since the run's start [s], and of the cell [V].
    newton_iterations
        Of the last time step.
    """

    title: str
    protocol_step: int
    protocol_steps: int
    kind: str
    share: float
    done: float
    count: int
    time: float
    voltage: float
    newton_iterations: int


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
    listener
        Is told every stage instead of a person, where this rank speaks.
    """

    def __init__(
        self, title: str, steps: list[ProtocolStep], speaks: bool, listener: Callable[[Stage], None] | None = None
    ):
        self.title, self.steps, self.speaks, self.listener = title, steps, speaks, listener
        self.expected = [max(step.expected_duration, 1e-12) for step in steps]
        self.before = [0.0, *accumulate(self.expected)]
        self.count, self.last_log = 0, 0.0
        self.bar = None

    def __enter__(self) -> Progress:
        self.begun = time.monotonic()
        if self.speaks and not self.listener and sys.stderr.isatty() and log.isEnabledFor(logging.INFO):
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
        stage = self._stage(accepted, started)
        if self.listener is not None:
            self.listener(stage)
            return
        state = (
            f"{stage.kind} {stage.protocol_step + 1}/{stage.protocol_steps}  step {stage.count}  "
            f"t = {stage.time:.4g} s  V = {stage.voltage:.4f} V  Newton {stage.newton_iterations}"
        )
        done = stage.done
        if self.bar is not None:
            self.bar.update(self.task, completed=done, state=state)
        elif time.monotonic() - self.last_log > LOG_INTERVAL:
            self.last_log = time.monotonic()
            spent = self.last_log - self.begun
            left = f"{spent * (1 - done) / done:.0f} s left" if done > 0.01 else "time left unknown"
            log.info("%s: %s, %.0f %%, %s", self.title, state, 100 * done, left)

    def _stage(self, accepted: AcceptedStep, started: float) -> Stage:
        index = accepted.protocol_step
        share = 1.0 if accepted.ended_by else min((accepted.time - started) / self.expected[index], 0.99)
        return Stage(
            title=self.title,
            protocol_step=index,
            protocol_steps=len(self.steps),
            kind=accepted.kind,
            share=share,
            done=(self.before[index] + share * self.expected[index]) / self.before[-1],
            count=self.count,
            time=accepted.time,
            voltage=accepted.observation.voltage,
            newton_iterations=accepted.newton_iterations,
        )
