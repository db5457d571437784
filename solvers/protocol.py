"""Runs a protocol: a generator of accepted time steps. Writers, monitors and checkpoints are its observers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from .balance import rates
from .drive import ProtocolStep
from .ends import window_limits
from .jump import Levels
from .position import AcceptedStep, Position
from .step_run import StepRun
from .stepping import Integrator


class ProtocolRunner:
    """Drives an integrator through a protocol.

    Parameters
    ----------
    integrator
        Holds the cell and its history.
    steps
        The protocol.
    current_unit
        A current typical of the cell [A], for tolerances at rest (for example 1 C).
    output_times
        Times since the start of the run at which fields are saved [s], beside those of each step.

    Attributes
    ----------
    rejected
        Time steps that were repeated.
    """

    def __init__(
        self,
        integrator: Integrator,
        steps: Sequence[ProtocolStep],
        current_unit: float,
        output_times: Sequence[float] = (),
    ):
        self.integrator, self.current_unit = integrator, current_unit
        self.output_times = sorted(output_times)
        # A capacitive film has a hard end, whatever a step asks for.
        windows = window_limits(integrator.cell)
        self.steps = [s if s.kind == "rest" else replace(s, limits=(*s.limits, *windows)) for s in steps]
        self.observe = integrator.observe
        integrator.rates = rates
        integrator.prepare = Levels(integrator.cell, self.observe)
        self.rejected = 0

    def run(self, position: Position | None = None) -> Iterator[AcceptedStep]:
        """Yield every accepted step from ``position`` to the protocol's end.

        Raises
        ------
        ConvergenceError
            When no shorter time step helps; the cell then holds the last accepted state.
        """
        position = position or Position()
        while position.protocol_step < len(self.steps):
            last = position.protocol_step + 1 == len(self.steps)
            step = self.steps[position.protocol_step]
            running = StepRun(self.integrator, step, position, self.current_unit, self.output_times, last)
            before = self.rejected
            try:
                for accepted in running.accepted():
                    yield accepted
                    position = accepted.position
            finally:
                self.rejected = before + running.rejected
