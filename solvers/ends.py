"""Ends of a protocol step that nobody asked for: an electrode is full or empty, the salt or a metal is used up.

As a surface fills, its exchange current vanishes and the voltage falls like RT/F times the logarithm of the time left:
any voltage beyond the plateau is reached within a negligible time, which no arithmetic resolves. So a step of given
current ends when less than :data:`NEGLIGIBLE` of its time is left, under the name of what is used up. Where a voltage
limit lies beyond, the step has reached it but for that time; where none does, the rest of the step cannot be done.

A capacitive film has a hard end, its window; there a step ends whatever it sets (:class:`WindowLimit`).
"""

from __future__ import annotations

from dataclasses import dataclass

from .advice import BARE, advice
from .cell import Cell
from .description import ELECTRODES
from .drive import Progress, ProtocolStep, VoltageLimit
from .errors import ConvergenceError
from .observe import Observation
from .position import Position
from .stepping import Integrator, Trial

#: Time that is left, in the time since the step began, below which it has ended.
NEGLIGIBLE = 1e-8

#: A stoichiometry this near to 0 or 1 leaves an electrode nothing to give or take; the same of salt at a surface.
EXHAUSTED = 1e-4


@dataclass(frozen=True)
class WindowLimit:
    """A capacitive film reaches an end of its window under the current that flows."""

    side: str
    tolerance: float = 1e-9

    name: str = "window"

    def margin(self, observation: Observation, progress: Progress) -> float:
        """Distance of the fullest or emptiest place from the end."""
        low, high = observation.stoichiometry_range[self.side]
        return 1.0 - high if self.fills(observation.current) else low

    def fills(self, current: float) -> bool:
        """Whether a current [A] fills the film."""
        return (current > 0) == (self.side == "anode")

    def told(self, observation: Observation) -> str:
        """How the end is called."""
        return f"{self.side} {'full' if self.fills(observation.current) else 'empty'}"


def window_limits(cell: Cell) -> tuple[WindowLimit, ...]:
    """The ends of all capacitive films."""
    return tuple(WindowLimit(name) for name in ELECTRODES if cell.description.electrode(name).reversible)


def used_up(integrator: Integrator) -> str | None:
    """What a given current has used up in the last accepted state, such as ``cathode full``; ``None`` for nothing.

    Collective.
    """
    cell, state, current = integrator.cell, integrator.history[0], integrator.asked_current()
    if not cell.sets_current or not current:
        return None
    deposits = dict(zip(cell.deposits, state.deposits, strict=True))
    for name in ELECTRODES:
        # A positive current oxidises the cathode, which empties it.
        empties = (current > 0) == (name == "cathode")
        if name in deposits:
            if empties and cell.deposits[name].used_up(deposits[name]):
                return f"{name}{BARE}"
            continue
        if not cell.description.electrode(name).inserts:
            continue
        low, high = cell.stoichiometry_range(name, state.values[cell.unknowns.index(cell.theta)])
        if (low if empties else 1 - high) < EXHAUSTED:
            return f"{name} {'empty' if empties else 'full'}"
    for name in ELECTRODES:
        if cell.surface_contents(name, state.values[0]) < EXHAUSTED:
            return f"electrolyte depleted at the {name}"
    return None


def lies_beyond(step: ProtocolStep) -> bool:
    """Whether a step of given current has a voltage limit, which what is used up then leads to."""
    return step.galvanostatic and any(isinstance(limit, VoltageLimit) for limit in step.limits)


def give_up(
    integrator: Integrator, trial: Trial, position: Position, step: ProtocolStep, end: str | None
) -> ConvergenceError:
    """The error to raise when no shorter step helps; ``end`` is what is used up. Collective."""
    field = trial.report.worst_field
    return ConvergenceError(
        time=integrator.time,
        step=integrator.accepted,
        field=field,
        reason=f"{trial.report.reason} even with a time step of {trial.dt:.3g} s",
        advice=advice(integrator, step, integrator.time - position.started, field, end),
        protocol_step=position.protocol_step,
    )
