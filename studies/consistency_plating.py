"""Checks of plating sections across a study: is there a metal to plate, and anything to strip?"""

from __future__ import annotations

from collections.abc import Iterator

from ..materials import Metal
from .ratings import ELECTRODES, electrode, initial_voltage
from .schema import Study
from .schema_protocol import Step
from .section import Problem
from .wetting import contact, surface_energy


def plated(study: Study) -> Iterator[Problem]:
    """Every plating section belongs to a metal, finds what it needs, and is not asked for metal it does not have."""
    for side in ELECTRODES:
        given = study.interfaces.of(side).plating
        if given is None:
            continue
        loc = ("interfaces", side, "plating")
        name = getattr(study.materials, side)
        if not isinstance(electrode(study, side), Metal):
            what = f"the {side} {name} is no metal" if name else f"the {side} has no material"
            yield loc, f"{what}, and only metals are plated; name the metal in materials.{side}, or remove this section"
            continue
        if given.initial_thickness is not None and study.physics.degree == 2:
            yield (
                ("physics", "degree"),
                f"metal on the {side} can be used up, which is followed at the nodes of linear elements; set degree: 1",
            )
        if given.nucleation is not None:
            yield from _nucleation(study, side)
        if given.initial_thickness == 0.0:
            yield from _bare(study, side)


def _nucleation(study: Study, side: str) -> Iterator[Problem]:
    """Angle and energy are stated or in the library."""
    given, loc = study.interfaces.of(side).plating, ("interfaces", side, "plating", "nucleation")
    name = getattr(study.materials, side)
    if surface_energy(study, side) is None:
        yield loc, f"the library has no surface energy of {name}; give surface_energy"
    elif contact(study, side) is None:
        yield loc, f"the library does not know how {name} wets {given.substrate}; give contact_angle"


def _bare(study: Study, side: str) -> Iterator[Problem]:
    """What is bare at the start cannot be stripped first."""
    step = next((step for step in study.steps() if step.kind != "rest"), None)
    if step is None or not _strips(study, step, side):
        return
    other = {"charge": "discharge", "discharge": "charge", "ramp": "ramp the other way"}.get(
        step.kind, "hold below the rest potential"
    )
    yield (
        tuple(int(p) if p.isdecimal() else p for p in step.path.split(".")),
        f"this {step.kind} strips the {side}, which is bare at the start; plate it first ({other}), "
        f"or give interfaces.{side}.plating.reserve",
    )


def _strips(study: Study, step: Step, side: str) -> bool:
    """Whether a step oxidises an electrode: a charge the cathode, a discharge the anode."""
    if step.kind in ("hold", "ramp"):
        above = (step.voltage if step.kind == "hold" else step.until.voltage) - initial_voltage(study)
        return above > 0 if side == "cathode" else above < 0
    return step.kind == ("charge" if side == "cathode" else "discharge")
