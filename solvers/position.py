"""Where a run stands in its protocol, and an accepted time step as its observers see it."""

from __future__ import annotations

from dataclasses import dataclass

from .global_error import Deviation
from .observe import Observation
from .time_error import LocalError


@dataclass(frozen=True)
class Position:
    """Where a run stands in its protocol: what a restart needs beside the fields.

    Attributes
    ----------
    protocol_step
        Index of the step in progress.
    started
        Time at which it began [s].
    charge_at_start
        Signed charge passed before it [C].
    next_dt
        Time step to try next [s]; 0 at the beginning of a protocol step.
    last_margins
        Margin of every limit at the newest state (empty at the beginning).
    voltage_at_start
        Of the cell when the step began [V]; ``None`` at the beginning of a protocol step.
    passed
        Magnitude of the charge passed in the step so far, whichever way it flowed [C].
    """

    protocol_step: int = 0
    started: float = 0.0
    charge_at_start: float = 0.0
    next_dt: float = 0.0
    last_margins: tuple[float, ...] = ()
    voltage_at_start: float | None = None
    passed: float = 0.0


@dataclass(frozen=True)
class AcceptedStep:
    """An accepted time step and what was observed at its end.

    Attributes
    ----------
    time, dt
        End and length of the step [s].
    position
        Position in the protocol *after* the step.
    protocol_step, kind
        The protocol step it belongs to.
    observation
        Numbers read off the cell.
    charge, step_charge, charge_change
        Signed charge since the run began, since the protocol step began, and of this time step [C].
    passed
        Time integrals since the run began of :func:`~.balance.rates`.
    newton_iterations, linear_iterations
        Work of the step, repeated attempts included.
    error
        Estimated local error of the time step.
    deviation
        At the end of a protocol step the estimated error of its numbers; ``None`` elsewhere and where nothing tells.
    is_output
        Whether fields are to be saved.
    ended_by
        Name of the limit that ended the protocol step, or what is used up; ``None`` while it goes on.
    """

    time: float
    dt: float
    position: Position
    protocol_step: int
    kind: str
    observation: Observation
    charge: float
    charge_change: float
    passed: tuple[float, ...]
    step_charge: float
    newton_iterations: int
    linear_iterations: int
    error: LocalError
    deviation: Deviation | None
    is_output: bool
    ended_by: str | None
