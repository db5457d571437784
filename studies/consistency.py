"""Checks across the sections of a study: each value is fine by itself, but do they make a working cell?"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from ..geometry import Architecture, GeometryError, require_affordable
from ..materials import MaterialError, Metal, load_material
from .consistency_interfaces import ion_size, surfaces
from .consistency_plating import plated
from .discretisation import discretisation
from .foreseen import voltage_at, wrong_way_round
from .ratings import (
    ELECTRODES,
    bulk_concentration,
    collector,
    device_current,
    electrode,
    electrolyte,
    exchanged_ion,
    initial_voltage,
    ion_names,
)
from .schema import MeshStudy, ShapeStudy, Study
from .schema_protocol import Step
from .section import Problem
from .snapshots import too_many_snapshots

#: Voltages this near to each other leave a ramp nowhere to go, V.
SAME_VOLTAGE = 1e-4


def inconsistencies(study: Study | MeshStudy) -> list[Problem]:
    """Locations and descriptions of everything that does not fit together; empty if all does."""
    if isinstance(study, ShapeStudy):
        return []
    if isinstance(study, MeshStudy):
        return list(_mesh(study))
    if not _is_cell(study):
        return _no_cell(study)
    problems = [*surfaces(study), *_films(study), *_mesh(study), *_materials(study)]
    if not problems:
        # What follows evaluates the materials, which is only possible once they can all serve.
        problems = [*_ions(study), *ion_size(study), *plated(study), *_initial(study), *_reference(study)]
    if not problems:
        problems = [*_currents(study), *_voltages(study), *_concentrations(study)]
    if not problems:
        # How long a step takes is only known of a current that can be told.
        problems = list(too_many_snapshots(study))
    return list(dict.fromkeys((tuple(loc), message) for loc, message in problems))


def _is_cell(study: Study) -> bool:
    """Whether there are two electrodes: a piece of a porous solid alone is no cell."""
    return getattr(study.geometry, "is_cell", True)


def _no_cell(study: Study) -> list[Problem]:
    return [
        (
            ("geometry", "architecture"),
            "this is a sample without counter electrode, which `archode mesh` measures; nothing can be run on it",
        )
    ]


def _films(study: Study) -> Iterator[Problem]:
    """A metal is a boundary without a film; an insertion material needs one; a collector needs a material."""
    regions = study.geometry.regions()
    for side in ELECTRODES:
        yield from _film(study, side, side in regions)
        role = f"{side}_collector"
        if role in regions and getattr(study.materials, role) is None:
            yield (
                ("materials", role),
                f"required key is missing: the geometry has a collector on the {side} side; "
                "name its material (such as Au), or set its thickness in the geometry to 0",
            )
    if "separator" in regions and study.materials.separator is None:
        yield (
            ("materials", "separator"),
            "required key is missing: the geometry has a separator; "
            "give its porosity and tortuosity, or set its thickness in the geometry to 0",
        )


def _film(study: Study, side: str, has_film: bool) -> Iterator[Problem]:
    """What is stored in a volume needs a film, what happens on a surface has none."""
    name = getattr(study.materials, side)
    reaction = study.interfaces.of(side).reaction
    if name is None and reaction == "material":
        return
    key, bare, filled = _film_parameter(study.geometry, side)
    loc = ("geometry", key) if key else ("geometry",)
    if has_film and not _stores(study, side):
        shared = key == "thickness" and any(_stores(study, s) for s in ELECTRODES)
        remedy = (
            f"set {key}: {bare}"
            if key and not shared
            else "use an architecture with a thickness for each electrode, such as stack or planar"
        )
        what = f"the {side} is a {reaction} surface"
        if name is not None:
            what = f"the {side} {name} is a metal, which is plated on a surface"
        yield loc, f"{what} and has no film; {remedy}"
    elif not has_film and _stores(study, side):
        kind = "an insertion" if load_material(name).kind == "insertion" else "a capacitive"
        remedy = f"give {filled}" if key else "this architecture has none: use a metal, or another architecture"
        yield loc, f"the {side} {name} is {kind} material and needs a film; {remedy}"


def _stores(study: Study, side: str) -> bool:
    """Whether ions are stored in the electrode's volume."""
    name = getattr(study.materials, side)
    return name is not None and load_material(name).kind in ("insertion", "capacitive")


def _film_parameter(geometry: Architecture, side: str) -> tuple[str | None, str, str]:
    """The parameter that gives an electrode its film, its value without film, and how to ask for a film."""
    if hasattr(geometry, "film_parameter"):
        return geometry.film_parameter(side)
    parameters = [f.name for f in dataclasses.fields(geometry)]
    key = next((p for p in (f"{side}_thickness", "thickness") if p in parameters), None)
    return key, "0", key or "its thickness"


def _mesh(study: Study | MeshStudy) -> Iterator[Problem]:
    try:
        require_affordable(study.geometry, discretisation(study).sizes)
    except GeometryError as error:
        named = next((n for n in study.mesh.lengths() if f"mesh.{n}" in str(error)), None)
        yield ("mesh", named) if named else ("mesh",), str(error).removeprefix("mesh: ")


def _materials(study: Study) -> Iterator[Problem]:
    """Every material can be evaluated at the temperature with the overrides given."""
    makers: dict[str, Callable[[], object]] = {
        "electrolyte": lambda: electrolyte(study),
        **{side: lambda side=side: electrode(study, side) for side in ELECTRODES},
        **{f"{side}_collector": lambda side=side: collector(study, side) for side in ELECTRODES},
    }
    for role, make in makers.items():
        try:
            make()
        except MaterialError as error:
            message = str(error)
            named = next(
                (k for k in study.materials.overrides_of(role) if f" {k} " in message or f" {k}" in message),
                None,
            )
            loc = ("overrides", f"{role}.{named}") if named else (role,)
            if role == "electrolyte" and study.materials.ions is not None and not named:
                ion = next((k for k in study.materials.ions if f"diffusivity of {k};" in message), None)
                loc = ("ions", ion) if ion else ("ions",)
            yield ("materials", *loc), "; ".join(message.splitlines())


def _ions(study: Study) -> Iterator[Problem]:
    """Every electrode finds the ion it exchanges; of a salt that is the cation."""
    liquid, ions = load_material(study.materials.electrolyte), ion_names(study)
    salt = liquid.salt is not None and study.materials.ions is None
    for side in ELECTRODES:
        name, ion = getattr(study.materials, side), exchanged_ion(study, side)
        if ion is None or ion in (ions[:1] if salt else ions):
            continue
        if study.materials.ions is not None:
            yield ("materials", "ions"), f"{ion} is missing, which the {side} {name} exchanges; add it"
            continue
        carried = liquid.ion if salt else ", ".join(ions)
        yield (
            ("materials", side),
            f"{name} exchanges {ion}, but the electrolyte {liquid.name} carries {carried}; "
            "choose materials for one ion",
        )


def _initial(study: Study) -> Iterator[Problem]:
    for side in ELECTRODES:
        given = getattr(study.physics.initial, side)
        material = electrode(study, side)
        if given is None:
            continue
        loc = ("physics", "initial", side)
        if isinstance(material, Metal):
            yield loc, f"the {side} {material.name} is a metal and has no stoichiometry; remove this key"
            continue
        if material is None:
            yield loc, f"the {side} has no material and so no stoichiometry; remove this key"
            continue
        low, high = material.stoichiometry_window
        if not low <= given <= high:
            yield (
                loc,
                f"{given:g} is outside the stoichiometry window {low:.4g} to {high:.4g} of {material.name}",
            )


def _reference(study: Study) -> Iterator[Problem]:
    steps = study.steps()
    for index, reference in enumerate(study.reference):
        if reference.step >= len(steps):
            yield (
                ("reference", index, "step"),
                f"the protocol has {len(steps)} steps, counted from 0, so there is no step {reference.step}",
            )
        if reference.quantity.startswith("volumetric_") and "cathode" not in study.geometry.regions():
            yield (
                ("reference", index, "quantity"),
                f"a charge per cathode volume needs a cathode film; use areal_{reference.quantity.partition('_')[2]}",
            )


def _currents(study: Study) -> Iterator[Problem]:
    for step in study.steps():
        key = step.kind if step.drive is not None else "until.current"
        drive = step.drive or step.until.current
        if drive is None:
            continue
        try:
            device_current(study, drive)
        except ValueError as error:
            yield _at(step, key), str(error)


@dataclasses.dataclass(frozen=True)
class _Known:
    """What is known of the cell voltage before a step: its value, or a bound left by a step of some kind."""

    voltage: float
    kind: str
    told: str


def _voltages(study: Study) -> Iterator[Problem]:
    """A voltage limit must lie ahead of the cell: above it when charging, below it when discharging."""
    start = initial_voltage(study)
    known: _Known | None = _Known(
        start, "start", f"the open-circuit voltage at the start, {round(start, 3) + 0.0:.3f} V"
    )
    found: set[str] = set()
    for number, step in enumerate(study.steps()):
        if step.kind == "hold":
            known = _Known(step.voltage, "hold", f"the {step.voltage:g} V held in step {number}")
        elif step.kind == "rest":
            # At rest the voltage relaxes back from a hold to a value that is not known beforehand.
            known = None if known is not None and known.kind in ("hold", "ramp") else known
        elif step.kind == "ramp":
            goal = step.until.voltage
            certain = known is not None and known.kind in ("start", "hold", "ramp") and step.voltage is None
            if certain and abs(goal - known.voltage) < SAME_VOLTAGE and step.path not in found:
                found.add(step.path)
                yield _at(step, "until.voltage"), f"the ramp begins there, at {known.told}; give another voltage"
            known = _Known(goal, "ramp", f"the {goal:g} V at which the ramp of step {number} ends")
        elif step.until.voltage is None:
            known = None
        else:
            limit = step.until.voltage
            charging = step.kind == "charge"
            # A second charge to the same limit at a smaller current is common, so equal kinds pass.
            if known is not None and known.kind not in (step.kind, "ramp") and step.path not in found:
                if limit <= known.voltage if charging else limit >= known.voltage:
                    found.add(step.path)
                    if known.kind == "start" and (told := wrong_way_round(study)) is not None:
                        yield ("materials", "cathode"), told
                        return
                    side = "above" if charging else "below"
                    remedy = "raise the limit" if charging else "lower the limit"
                    wanted = 0.0 if charging else 1.0
                    if known.kind == "start" and _helps(study, wanted, limit, charging):
                        remedy += f", or set physics.initial.state_of_charge: {wanted:g}"
                    yield (
                        _at(step, "until.voltage"),
                        f"a {step.kind} to {limit:g} V must end {side} {known.told}; {remedy}",
                    )
            known = _Known(limit, step.kind, f"the limit {limit:g} V of the {step.kind} in step {number}")


def _helps(study: Study, state_of_charge: float, limit: float, charging: bool) -> bool:
    """Whether a limit lies ahead of a cell that starts from another state of charge."""
    voltage = voltage_at(study, state_of_charge)
    return limit > voltage if charging else limit < voltage


def _concentrations(study: Study) -> Iterator[Problem]:
    start = bulk_concentration(study)
    for step in study.steps():
        limit = step.until.concentration
        if limit is None:
            continue
        if limit.below is not None and limit.below >= start:
            yield (
                _at(step, "until.concentration.below"),
                f"must be less than the concentration at the start, {start:g} mol/m³",
            )
        if limit.above is not None and limit.above <= start:
            yield (
                _at(step, "until.concentration.above"),
                f"must be more than the concentration at the start, {start:g} mol/m³",
            )


def _at(step: Step, key: str) -> tuple[str | int, ...]:
    """Location of a key of a step."""
    return tuple(int(p) if p.isdecimal() else p for p in [*step.path.split("."), *key.split(".")])
