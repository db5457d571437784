"""Errors of the solver room: what failed, when, in which field, and what to try."""

from __future__ import annotations

from dataclasses import dataclass


class SolverError(RuntimeError):
    """The problem cannot be set up or advanced as asked."""


@dataclass
class ConvergenceError(SolverError):
    """A time step could not be completed.

    Attributes
    ----------
    time
        Simulated time of the last accepted state [s].
    step
        Number of accepted steps so far.
    protocol_step
        Index of the protocol step in progress, 0-based.
    field
        The field whose residual was largest when the solver gave up.
    reason
        What PETSc or the step control said.
    advice
        What to try.
    """

    time: float
    step: int
    field: str
    reason: str
    advice: str
    protocol_step: int = 0

    def __str__(self) -> str:
        return (
            f"the solver cannot go on at t = {self.time:.6g} s (protocol step {self.protocol_step}, "
            f"{self.step} time steps done): {self.reason}; largest residual in the {self.field}. "
            f"Try: {self.advice}"
        )
