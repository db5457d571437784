"""What fixes the cell's voltage: a current, a voltage, a ramp of it, or nothing (rest); and what ends a step.

Currents here are those of the simulated domain [A], positive when they charge the cell.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from .cell import Cell
from .observe import Observation
from .profile import Profile

#: Time steps that a ramp has at least unless told: some millivolts each of a usual window, a fraction of RT/F.
RAMP_STEPS = 200

#: A ramp moves the voltage by this much at least [V].
LEAST_RAMP = 1e-4


@dataclass(frozen=True)
class Progress:
    """Where a protocol step stands when a limit is asked.

    Attributes
    ----------
    elapsed
        Time since the step began [s].
    charge
        Magnitude of the charge passed since the step began [C].
    resolution
        To which times are told apart [s].
    """

    elapsed: float
    charge: float
    resolution: float = 0.0


class Limit(Protocol):
    """Ends a protocol step. ``margin`` is positive before the end, negative beyond it."""

    name: str
    tolerance: float

    def told(self, observation: Observation) -> str:
        """How the end is called that it makes."""
        ...

    def margin(self, observation: Observation, progress: Progress) -> float:
        """Distance to the end, in the limit's own unit."""
        ...


class _Named:
    """An end is called as the limit is."""

    name: str

    def told(self, observation: Observation) -> str:
        return self.name


@dataclass(frozen=True)
class VoltageLimit(_Named):
    """The terminal voltage reaches a value, from below when charging, else from above [V]."""

    value: float
    rising: bool
    tolerance: float = 1e-5
    name: str = "voltage"

    def margin(self, observation: Observation, progress: Progress) -> float:
        distance = self.value - observation.voltage
        return distance if self.rising else -distance


@dataclass(frozen=True)
class TimeLimit(_Named):
    """A duration [s]; steps land on it exactly. Of a ramp's end the name tells that it is at a voltage."""

    value: float
    name: str = "time"

    @property
    def tolerance(self) -> float:
        return 1e-9 * self.value

    def margin(self, observation: Observation, progress: Progress) -> float:
        left = self.value - progress.elapsed
        return 0.0 if abs(left) <= progress.resolution else left


@dataclass(frozen=True)
class ChargeLimit(_Named):
    """A charge passed in this step [C]."""

    value: float
    name: str = "capacity"

    @property
    def tolerance(self) -> float:
        return 1e-9 * self.value

    def margin(self, observation: Observation, progress: Progress) -> float:
        return self.value - progress.charge


@dataclass(frozen=True)
class CurrentLimit(_Named):
    """The current's magnitude falls to a value [A]."""

    value: float
    name: str = "current"

    @property
    def tolerance(self) -> float:
        return 1e-3 * self.value

    def margin(self, observation: Observation, progress: Progress) -> float:
        return abs(observation.current) - self.value


@dataclass(frozen=True)
class ConcentrationLimit(_Named):
    """The salt concentration at an electrode's surface leaves a bound [mol/m³]."""

    surface: str
    value: float
    below: bool = True
    name: str = "concentration"

    @property
    def tolerance(self) -> float:
        return max(1e-3 * self.value, 1e-6)

    def margin(self, observation: Observation, progress: Progress) -> float:
        if self.below:
            return observation.surface_min[self.surface] - self.value
        return self.value - observation.surface_max[self.surface]


@dataclass(frozen=True)
class DepositLimit(_Named):
    """The metal on an electrode is stripped but for a mean thickness [m]."""

    side: str
    value: float
    name: str = "deposit"

    @property
    def tolerance(self) -> float:
        return 0.5 * self.value

    def margin(self, observation: Observation, progress: Progress) -> float:
        return observation.deposits[self.side].mean - self.value


@dataclass(frozen=True)
class ProtocolStep:
    """One step of a protocol.

    Attributes
    ----------
    kind
        ``charge``, ``discharge``, ``rest``, ``hold``, ``ramp`` or ``profile``.
    value
        Current [A], signed, for charge, discharge and rest; voltage [V] for hold; rate [V/s], positive, for ramp.
    limits
        The first to be reached ends the step.
    expected_duration
        Rough length of the step [s]: sets the first time step.
    output_times
        Times since the step's start at which fields are saved [s]; steps land on them.
    initial_step, max_step
        Override the run's step control [s].
    target
        Voltage that a ramp goes to [V].
    start
        Voltage that a ramp begins at [V]; ``None``: where the cell is.
    soonest
        Time in which a surface may run full, empty or out of salt at the step's current [s]: the first time step is as
        short beside it as beside ``expected_duration``.
    profile
        Current as a function of time, for a step of kind ``profile``.
    """

    kind: str
    value: float
    limits: tuple[Limit, ...]
    expected_duration: float
    output_times: tuple[float, ...] = ()
    initial_step: float | None = None
    max_step: float | None = None
    target: float | None = None
    start: float | None = None
    soonest: float | None = None
    profile: Profile | None = None

    @property
    def galvanostatic(self) -> bool:
        """Whether the step fixes the current."""
        return self.kind not in ("hold", "ramp")

    @property
    def largest_current(self) -> float:
        """Size of the largest current that the step asks for [A]; 0 where it sets the voltage."""
        if not self.galvanostatic:
            return 0.0
        return abs(self.value) if self.profile is None else float(np.abs(self.profile.values).max())

    def charge(self, begin: float, end: float) -> float:
        """Charge that a step of given current asks for between two times since its beginning [C]."""
        return (end - begin) * self.value if self.profile is None else self.profile.charge(begin, end)

    @property
    def corners(self) -> tuple[float, ...]:
        """Times since the beginning that time steps land on because the control has a corner there [s]."""
        return () if self.profile is None else tuple(time for time, _ in self.profile.corners)

    def last_corner(self, elapsed: float) -> tuple[float, bool]:
        """When the control last jumped, or its slope did, by a time since the beginning [s]; whether only the slope."""
        return (0.0, False) if self.profile is None else self.profile.last_corner(elapsed)

    def begun(self, voltage: float, longest: float | None = None) -> ProtocolStep:
        """The step at its beginning: from the cell's voltage there [V] a ramp knows its length.

        ``longest`` is the run's largest time step [s].
        """
        if self.kind != "ramp":
            return self
        start = voltage if self.start is None else self.start
        moved = abs(self.target - start)
        duration = max(moved, LEAST_RAMP) / self.value
        # What is there already takes one time step.
        longest = duration if moved < LEAST_RAMP else min(longest or duration, duration / RAMP_STEPS)
        return replace(
            self,
            start=start,
            limits=(TimeLimit(duration, "voltage"), *self.limits),
            expected_duration=duration,
            initial_step=self.initial_step or (duration if moved < LEAST_RAMP else None),
            max_step=self.max_step or longest,
        )

    def value_at(self, elapsed: float) -> float:
        """What is asked of the cell so long after the step's beginning [s]: current [A] or voltage [V]."""
        if self.profile is not None:
            return self.profile.at(elapsed)
        if self.kind != "ramp":
            return self.value
        start = self.target if self.start is None else self.start
        moved = min(self.value * elapsed, abs(self.target - start))
        return start + moved if self.target > start else start - moved

    def apply(self, cell: Cell, elapsed: float = 0.0, share: float = 1.0, before: float = 0.0) -> None:
        """Set the cell's control of a time; with ``share`` < 1 part of the way to it from ``before``."""
        value = before + share * (self.value_at(elapsed) - before)
        if self.galvanostatic:
            cell.galvanostatic.value = 1.0
            cell.applied_current.value = value / cell.scales.current
        else:
            cell.galvanostatic.value = 0.0
            cell.applied_voltage.value = value / cell.scales.potential
