"""What can be foreseen of a valid study that will hardly do what was meant: warnings before anything is solved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..materials import ActiveMaterial, format_si
from .ranges import outside_ranges
from .ratings import (
    ELECTRODES,
    device_current,
    electrode,
    initial_stoichiometry,
    initial_voltage,
    nominal_capacity,
)
from .schema import Study
from .schema_protocol import Step
from .schema_settings import Initial
from .starting_voltage import starting_voltage

#: Voltages that differ by less are one [V].
SAME_VOLTAGE = 1e-3

#: Room for ions, as a share of a lattice, below which an electrode is full, or empty.
FULL = 2.5e-3

#: Stoichiometries nearer to 0 or 1 than this have an exchange current that says so.
SLUGGISH = 0.02


@dataclass(frozen=True)
class Foreseen:
    """A warning, and the step of the protocol that it is about; None where it is about the cell."""

    message: str
    step: int | None = None


def foreseen(study: Study) -> list[Foreseen]:
    """Warnings about a case, in the order of the steps that they are about."""
    found = [*_wrong_way_round(study), *map(Foreseen, outside_ranges(study)), *_holds(study), *_first_step(study)]
    return sorted(found, key=lambda one: -1 if one.step is None else one.step)


# ---------------------------------------------------------------------- the cell
def wrong_way_round(study: Study) -> str | None:
    """What to say of a cell whose cathode lies below its anode at every state of charge; None of any other."""
    materials = [electrode(study, side) for side in ELECTRODES]
    # A capacitor may be charged either way.
    if None in materials or any(isinstance(one, ActiveMaterial) and one.reversible for one in materials):
        return None
    if max(voltage_at(study, charged) for charged in (0.0, 1.0)) > -SAME_VOLTAGE:
        return None
    anode, cathode = study.materials.anode, study.materials.cathode
    return (
        f"anode and cathode are the wrong way round: the cathode is the positive electrode, but {cathode} lies below "
        f"{anode} at every state of charge (open circuit {initial_voltage(study):.3f} V at the start); exchange the "
        "two materials, the thicknesses of their films, and charge and discharge in the protocol"
    )


def _stores(study: Study) -> list[str]:
    return [side for side in ELECTRODES if isinstance(electrode(study, side), ActiveMaterial)]


def voltage_at(study: Study, state_of_charge: float) -> float:
    """Open-circuit voltage of the cell if it started at another state of charge, V."""
    physics = study.physics.model_copy(update={"initial": Initial(state_of_charge=state_of_charge)})
    return initial_voltage(study.model_copy(update={"physics": physics}))


def _wrong_way_round(study: Study) -> Iterator[Foreseen]:
    if (message := wrong_way_round(study)) is not None:
        yield Foreseen(message)


# ---------------------------------------------------------------------- holds
def _holds(study: Study) -> Iterator[Foreseen]:
    """A hold that ends at a current which the step before it is below already; told of once though it be repeated."""
    before: Step | None = None
    told_of: set[str] = set()
    for index, step in enumerate(study.steps()):
        if step.kind == "hold" and step.until.current is not None and before is not None and step.path not in told_of:
            cutoff = device_current(study, step.until.current)
            known = _current_at_end(study, before, step.voltage)
            if known is not None and cutoff >= known[0]:
                current, told = known
                told_of.add(step.path)
                yield Foreseen(
                    f"{name(index, step)} will end at once: its cut-off current, {rated(study, cutoff)}, is not below "
                    f"{told}, {rated(study, current)}; give a smaller cut-off, such as {_smaller(study, current)}",
                    index,
                )
        before = step


def _current_at_end(study: Study, step: Step, voltage: float) -> tuple[float, str] | None:
    """Magnitude of the current with which a step reaches a voltage that is held then [A], and what it is."""
    if step.drive is not None and step.until.voltage is not None:
        if abs(step.until.voltage - voltage) < SAME_VOLTAGE:
            return device_current(study, step.drive), f"the current of the {step.kind} before it"
    elif step.kind == "hold" and step.until.current is not None and abs(step.voltage - voltage) < SAME_VOLTAGE:
        return device_current(study, step.until.current), "the current at which the hold before it ends"
    return None


def _smaller(study: Study, current: float) -> str:
    nominal = nominal_capacity(study)
    return format_si(current / 20, "A") if nominal is None else f"{3600 * current / nominal / 20:.3g} C"


# ---------------------------------------------------------------------- the first step
def _first_step(study: Study) -> Iterator[Foreseen]:
    """The first step that moves anything finds the electrodes as they were declared."""
    index, step = next(((k, step) for k, step in enumerate(study.steps()) if step.kind != "rest"), (0, None))
    if step is None:
        return
    if step.drive is not None:
        yield from _without_room(study, index, step)
        yield from _beyond_at_once(study, index, step)
    elif step.kind == "hold" and step.until.current is not None:
        yield from _held_below(study, index, step)


def _without_room(study: Study, index: int, step: Step) -> Iterator[Foreseen]:
    """An electrode that is full cannot take in ions, one that is empty cannot give any."""
    for side in _stores(study):
        filled = (step.kind == "charge") == (side == "anode")
        theta = initial_stoichiometry(study, side)
        if (1.0 - theta if filled else theta) <= FULL and not electrode(study, side).reversible:
            state, does = ("full", "fills") if filled else ("empty", "empties")
            yield Foreseen(
                f"{name(index, step)} will end at once: the {side} {getattr(study.materials, side)} is {state} at the "
                f"start (stoichiometry {theta:.4g}), and a {step.kind} {does} it; {_start_inside(step)}",
                index,
            )
            return


def _beyond_at_once(study: Study, index: int, step: Step) -> Iterator[Foreseen]:
    """A current whose overpotential alone takes the cell past the step's limit."""
    if step.until.voltage is None:
        return
    sign = 1.0 if step.kind == "charge" else -1.0
    current = device_current(study, step.drive)
    voltage = starting_voltage(study, sign * current)
    if voltage is None or sign * (voltage - step.until.voltage) < 0:
        return
    start = initial_voltage(study)
    message = (
        f"{name(index, step)} will end at once: at {rated(study, current)} the reactions alone take the cell from "
        f"{start:.3f} V, its open-circuit voltage at the start, to {voltage:.3f} V, past the limit of "
        f"{step.until.voltage:g} V; use a smaller current or another limit"
    )
    slow = [side for side in _stores(study) if _sluggish(initial_stoichiometry(study, side))]
    if slow:
        told = " and ".join(f"{side} {initial_stoichiometry(study, side):.4g}" for side in slow)
        message += ". The exchange current is small where a lattice is nearly empty or full (stoichiometry of the "
        message += f"{told}): {_start_inside(step)}"
    yield Foreseen(message, index)


def _held_below(study: Study, index: int, step: Step) -> Iterator[Foreseen]:
    """A hold at the start whose current cannot exceed its cut-off even without any resistance but the reactions'."""
    start, cutoff = initial_voltage(study), device_current(study, step.until.current)
    sign = 1.0 if step.voltage >= start else -1.0
    voltage = starting_voltage(study, sign * cutoff)
    if voltage is not None and sign * (voltage - step.voltage) >= 0:
        yield Foreseen(
            f"{name(index, step)} will end at once: its cut-off current is {rated(study, cutoff)}, and from the "
            f"open-circuit voltage at the start, {start:.3f} V, {step.voltage:g} V drive less than that through the "
            "reactions alone; give a smaller cut-off",
            index,
        )


def _sluggish(theta: float) -> bool:
    return not SLUGGISH <= theta <= 1.0 - SLUGGISH


def _start_inside(step: Step) -> str:
    inside = 0.02 if step.kind == "charge" else 0.98
    return f"start a little inside, such as physics.initial.state_of_charge: {inside:g}"


# ---------------------------------------------------------------------- words
def name(index: int, step: Step) -> str:
    """A step as messages name it: "step 0 (charge, protocol.0)"."""
    return f"step {index} ({step.kind}, {step.path})" if step.path else f"step {index} ({step.kind})"


def rated(study: Study, current: float) -> str:
    """A current of the device [A], with its C-rate where there is one."""
    nominal = nominal_capacity(study)
    return format_si(current, "A") + ("" if nominal is None else f" ({3600 * current / nominal:.3g} C)")
