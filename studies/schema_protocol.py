"""Protocol of a study: charge, discharge, rest, hold, ramp, and repetition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, SerializeAsAny, model_validator

from .errors import shown, suggestion
from .quantity import Drive, DriveField, PassedField, quantity
from .section import Section, rejection

MAX_STEPS = 100_000
"""Steps a protocol may expand to; more is a slip of the keyboard."""

Seconds = quantity("s", positive=True)
Volts = quantity("V")
Rate = quantity("V/s", positive=True)
Concentration = quantity("mol/m^3", minimum=0.0)


class ConcentrationLimit(Section):
    """Salt concentration somewhere on an electrode surface that ends a step."""

    surface: Literal["anode", "cathode"] = Field(description="surface watched: anode or cathode")
    below: Concentration | None = Field(None, description="ends the step when the lowest value falls below")
    above: Concentration | None = Field(None, description="ends the step when the highest value rises above")

    @model_validator(mode="after")
    def _one_side(self) -> ConcentrationLimit:
        if (self.below is None) == (self.above is None):
            raise ValueError("give exactly one of 'below' and 'above', such as {surface: anode, below: 10 mol/m^3}")
        return self


class Until(Section):
    """What ends a step; the first to happen does."""

    voltage: Volts | None = Field(None, description="cell voltage")
    time: Seconds | None = Field(None, description="time since the step began")
    capacity: PassedField | None = Field(None, description="charge passed in this step")
    current: DriveField | None = Field(None, description="magnitude below which a hold ends")
    concentration: ConcentrationLimit | None = Field(None, description="salt concentration at an electrode")

    @model_validator(mode="after")
    def _something(self) -> Until:
        if all(getattr(self, name) is None for name in type(self).model_fields):
            raise ValueError("no condition; give at least one of voltage, time, capacity, current, concentration")
        return self


InitialStep = Annotated[Seconds | None, Field(description="first time step")]
MaxStep = Annotated[Seconds | None, Field(description="largest time step")]


class _Galvanostatic(Section):
    @model_validator(mode="after")
    def _current_is_fixed(self) -> _Galvanostatic:
        if self.until.current is not None:
            message = "the current is fixed in this step; only a hold can end at a current"
            raise rejection("until", [(("until", "current"), message)])
        return self


class Charge(_Galvanostatic):
    """Constant current that raises the voltage."""

    charge: DriveField = Field(description="current")
    until: Until = Field(description="what ends the step, such as {voltage: 1.6 V}")
    initial_step: InitialStep = None
    max_step: MaxStep = None


class Discharge(_Galvanostatic):
    """Constant current that lowers the voltage."""

    discharge: DriveField = Field(description="current")
    until: Until = Field(description="what ends the step, such as {voltage: 0 V}")
    initial_step: InitialStep = None
    max_step: MaxStep = None


class Rest(Section):
    """No current for a time."""

    rest: Seconds = Field(description="duration")
    initial_step: InitialStep = None
    max_step: MaxStep = None


class Hold(Section):
    """Constant voltage."""

    hold: Volts = Field(description="cell voltage")
    until: Until = Field(description="what ends the step, such as {time: 10 min, current: C/20}")
    initial_step: InitialStep = None
    max_step: MaxStep = None

    @model_validator(mode="after")
    def _voltage_is_fixed(self) -> Hold:
        if self.until.voltage is not None:
            message = "the voltage is fixed in a hold; end it at a time or a current"
            raise rejection("until", [(("until", "voltage"), message)])
        return self


class Ramp(Section):
    """Voltage that moves steadily, up or down, to the one in "until": a sweep of voltammetry."""

    ramp: Rate = Field(description="rate of the cell voltage, without sign")
    start: Volts | None = Field(None, description="voltage it begins at; left out: where the cell is")
    until: Until = Field(description="voltage it goes to, such as {voltage: 1.6 V}, and what may end it earlier")
    initial_step: InitialStep = None
    max_step: MaxStep = None

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Ramp:
        if self.until.voltage is None:
            message = "a ramp goes to a voltage; give one, such as {voltage: 1.6 V}"
            raise rejection("until", [(("until", "voltage"), message)])
        if self.until.current is not None:
            message = "only a hold can end at a current; end the ramp at its voltage, a time or a capacity"
            raise rejection("until", [(("until", "current"), message)])
        if self.start == self.until.voltage:
            raise rejection("until", [(("until", "voltage"), "the ramp begins at this voltage; give another")])
        return self


class Repeat(Section):
    """Steps done several times over."""

    repeat: int = Field(ge=1, description="number of times")
    steps: Protocol = Field(description="steps that are repeated")


STEPS: dict[str, type[Section]] = {
    "charge": Charge,
    "discharge": Discharge,
    "rest": Rest,
    "hold": Hold,
    "ramp": Ramp,
    "repeat": Repeat,
}


def parse_step(data: Any) -> Section:
    """One entry of a protocol; its kind is the key it holds.

    Raises
    ------
    ValueError
        The entry holds no kind of step, or several.
    """
    if isinstance(data, tuple(STEPS.values())):
        return data
    if not isinstance(data, dict):
        raise ValueError(f"must be a step such as {{charge: 10 C, until: {{voltage: 1.6 V}}}}, got {shown(data)}")
    kinds = [key for key in STEPS if key in data]
    if not kinds:
        unknown = [key for key in data if key not in ("until", "start", "steps", "initial_step", "max_step")]
        hint = suggestion(str(unknown[0]), STEPS) if unknown else f"known here: {', '.join(STEPS)}"
        raise rejection("step", [((*unknown[:1],), f"unknown kind of step; {hint}")])
    if len(kinds) > 1:
        raise ValueError(f"one entry is one step, but this one says {' and '.join(kinds)}; write two entries")
    return STEPS[kinds[0]].model_validate(data)


StepField = Annotated[
    SerializeAsAny[Section],
    PlainValidator(parse_step, json_schema_input_type=Charge | Discharge | Rest | Hold | Ramp | Repeat),
]
Protocol = Annotated[list[StepField], Field(min_length=1)]
Repeat.model_rebuild()


@dataclass(frozen=True)
class Step:
    """One step as the solver runs it.

    Attributes
    ----------
    kind : charge, discharge, rest, hold or ramp
    until : what ends it (for a rest: its duration)
    drive : current of a charge or discharge, else None
    voltage : V, of a hold, and where a ramp begins if told, else None
    rate : V/s, of a ramp, else None
    initial_step, max_step : s, or None for the study's
    path : where the study says so, as ``protocol.0.steps.1``
    """

    kind: Literal["charge", "discharge", "rest", "hold", "ramp"]
    until: Until
    drive: Drive | None = None
    voltage: float | None = None
    rate: float | None = None
    initial_step: float | None = None
    max_step: float | None = None
    path: str = ""


def expand(protocol: Sequence[Section], path: str = "protocol") -> list[Step]:
    """Steps in the order they run, repetitions written out."""
    steps: list[Step] = []
    for index, entry in enumerate(protocol):
        here = f"{path}.{index}"
        if isinstance(entry, Repeat):
            steps += expand(entry.steps, f"{here}.steps") * entry.repeat
            continue
        sizes = {"initial_step": entry.initial_step, "max_step": entry.max_step, "path": here}
        match entry:
            case Charge():
                steps.append(Step("charge", entry.until, drive=entry.charge, **sizes))
            case Discharge():
                steps.append(Step("discharge", entry.until, drive=entry.discharge, **sizes))
            case Rest():
                steps.append(Step("rest", Until(time=entry.rest), **sizes))
            case Hold():
                steps.append(Step("hold", entry.until, voltage=entry.hold, **sizes))
            case Ramp():
                steps.append(Step("ramp", entry.until, voltage=entry.start, rate=entry.ramp, **sizes))
    return steps


@dataclass(frozen=True)
class Cycle:
    """One repetition of a ``repeat`` block.

    Attributes
    ----------
    path : where the study has the block, as ``protocol.1``
    number : which repetition of it, from 0; of a block inside another one the count begins anew with every outer one
    steps : indices of its steps, as `expand` counts them
    """

    path: str
    number: int
    steps: range


def cycles(protocol: Sequence[Section], path: str = "protocol", first: int = 0) -> list[Cycle]:
    """Every repetition of every ``repeat`` block in the order they begin, an outer one before those inside it."""
    found: list[Cycle] = []
    for index, entry in enumerate(protocol):
        if not isinstance(entry, Repeat):
            first += 1
            continue
        here, length = f"{path}.{index}", count_steps(entry.steps)
        for number in range(entry.repeat):
            found.append(Cycle(here, number, range(first, first + length)))
            found += cycles(entry.steps, f"{here}.steps", first)
            first += length
    return found


def count_steps(protocol: Sequence[Section]) -> int:
    """Number of steps that `expand` would give, without writing them out."""
    return sum(e.repeat * count_steps(e.steps) if isinstance(e, Repeat) else 1 for e in protocol)
