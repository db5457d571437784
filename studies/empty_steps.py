"""Steps of a protocol that reached a limit before anything passed: warnings of a run, with the reason of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..materials import format_si
from .foreseen import Foreseen, name, rated
from .ratings import device_current, initial_stoichiometry, initial_voltage
from .schema import Study
from .schema_protocol import Step

if TYPE_CHECKING:
    import pandas

#: Share of the cell's capacity below which nothing has passed: a tenth of what the first time step of a step passes
#: that is expected to use the whole capacity.
NOTHING = 1e-5

#: Limits that are met whatever passes: a step that ends by them has done what it was asked for.
INTENDED = ("time", "capacity")


@dataclass(frozen=True)
class CellState:
    """Cell at one time: voltage [V], current of the device [A], mean stoichiometry by electrode."""

    voltage: float
    current: float
    stoichiometry: Mapping[str, float]


def states_at_ends(study: Study, table: pandas.DataFrame) -> dict[int, CellState]:
    """State at the end of every protocol step, by its index; at -1 that of the start."""
    sides = ("anode", "cathode")
    start = {side: theta for side in sides if (theta := initial_stoichiometry(study, side)) is not None}
    found = {-1: CellState(initial_voltage(study), 0.0, start)}
    ends = table.drop_duplicates("protocol_step", keep="last") if len(table) else table
    for row in ends.to_dict("records"):
        theta = {side: row[f"{side}_stoichiometry"] for side in start}
        found[row["protocol_step"]] = CellState(row["voltage [V]"], row["current [A]"], theta)
    return found


def empty_steps(
    study: Study, steps: Sequence[Mapping[str, Any]], nominal: float | None, states: Mapping[int, CellState]
) -> list[Foreseen]:
    """Warnings about the steps that ended with nothing passed; one for all repetitions of a step.

    Parameters
    ----------
    study
        Its protocol says which limit was meant.
    steps
        Of the run's summary.
    nominal
        Capacity of the device [C]; without one the largest charge of a step stands for it.
    states
        See `states_at_ends`.
    """
    size = nominal or max((step["capacity [C]"] for step in steps), default=0.0)
    protocol = study.steps()
    found: dict[str, list[Foreseen]] = {}
    for told in steps:
        index, ended_by = told["index"], told["ended_by"]
        if told["kind"] in ("rest", "ramp") or ended_by is None or ended_by in INTENDED:
            continue
        if told["capacity [C]"] <= NOTHING * size:
            same = found.setdefault(protocol[index].path, [])
            same.append(Foreseen(_message(study, index, protocol[index], told, states), index))
    return [_first(same) for same in found.values()]


def _first(same: Sequence[Foreseen]) -> Foreseen:
    """The warning about the first repetition of a step, with the number of others that ended so."""
    first, others = same[0], len(same) - 1
    return first if not others else Foreseen(f"{first.message}. So did {others} more of its repetitions", first.step)


def _message(
    study: Study, index: int, step: Step, told: Mapping[str, Any], states: Mapping[int, CellState]
) -> str:
    before, after = states[index - 1], states[index]
    passed = f"{told['areal_capacity [mAh/cm2]']:.2g} mAh/cm2 in {format_si(told['duration [s]'], 's')}"
    reason = {
        "voltage": lambda: _past_its_voltage(study, step, before, after),
        "current": lambda: _below_its_current(study, step, after),
        "concentration": lambda: (
            f"The concentration at the {step.until.concentration.surface} was past the step's limit when it began; "
            "use another limit, or let the cell rest before"
        ),
        "deposit": lambda: "There was no metal left to strip",
    }.get(told["ended_by"], lambda: _used_up(told["ended_by"]))()
    stoichiometry = ", ".join(f"{side} {theta:.4g}" for side, theta in before.stoichiometry.items())
    state = f"{before.voltage:.4g} V" + (f", stoichiometry of the {stoichiometry}" if stoichiometry else "")
    return f"{name(index, step)} ended with next to nothing passed, {passed}. Before it: {state}. {reason}"


def _used_up(ended_by: str) -> str:
    """What a current has used up, such as "cathode full" or "electrolyte depleted at the anode"."""
    what, state = ended_by.split(maxsplit=1)
    if what == "electrolyte":
        return (
            f"The electrolyte was {state} at once: the current is beyond what it transports; use a smaller current or "
            "more salt"
        )
    if state == "metal used up":
        return f"There was no metal left on the {what}"
    return f"The {what} was {state} where the current enters it; use a smaller current, or start at another state"


def _past_its_voltage(study: Study, step: Step, before: CellState, after: CellState) -> str:
    limit = step.until.voltage
    rising = step.kind == "charge"
    if before.voltage >= limit if rising else before.voltage <= limit:
        return f"The cell was past the step's limit of {limit:g} V when it began; use another limit"
    current = rated(study, device_current(study, step.drive))
    return (
        f"{current} took the cell to {after.voltage:.4g} V at once, where the step's limit is {limit:g} V; "
        "use a smaller current or another limit"
    )


def _below_its_current(study: Study, step: Step, after: CellState) -> str:
    cutoff = rated(study, device_current(study, step.until.current))
    return (
        f"The current at {step.voltage:g} V, {format_si(abs(after.current), 'A')}, was below the cut-off of {cutoff} "
        "from the beginning; use a smaller cut-off"
    )
