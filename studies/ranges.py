"""Numbers used where their materials do not vouch for them: at the study's temperature, in its bulk, and locally.

What holds where is :mod:`archode.materials.validity`'s; a number that the study overrides is the study's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..materials import ActiveMaterial, BinaryElectrolyte, Material, format_si, load_material
from ..materials.curves import Table
from ..materials.validity import Validity, concentration_validities, temperature_validities
from . import ratings
from .schema import Study
from .schema_materials import KINDS

if TYPE_CHECKING:
    from ..solvers.stated_ranges import StatedRange


def outside_ranges(study: Study) -> Iterator[str]:
    """Warnings about numbers that are not known at the study's temperature, or in its bulk; one for each material."""
    temperature = study.physics.temperature
    for role, material in _materials(study):
        if told := _outside(study, role, material, temperature_validities(material), temperature):
            yield f"materials.{role}, {material.name}, is used at {temperature:g} K: {told}"
    material = load_material(study.materials.electrolyte)
    if material.salt is None or study.materials.ions is not None:
        return
    bulk = _salt_concentration(study, material)
    if told := _outside(study, "electrolyte", material, concentration_validities(material), bulk):
        yield f"materials.electrolyte, {material.name}, is used with {bulk:g} mol/m³ in the bulk: {told}"


def _salt_concentration(study: Study, material: Material) -> float:
    """Of a salt in the bulk [mol/m³], also where it is solved for as ions."""
    bulk = ratings.electrolyte(study)
    if isinstance(bulk, BinaryElectrolyte):
        return bulk.concentration
    return bulk.ion(material.salt.cation).concentration / material.salt.nu_cation


def local_ranges(study: Study) -> tuple[StatedRange, ...]:
    """Ranges that local concentrations and stoichiometries may leave while the study runs.

    In diffuse layers concentrations differ from the bulk's by orders of magnitude: there only stated ranges count.
    """
    from ..solvers.stated_ranges import StatedRange

    found = []
    material = load_material(study.materials.electrolyte)
    if not study.physics.polarises and study.materials.ions is None:
        bulk = ratings.bulk_concentration(study)
        inside = ((n, v) for n, v in concentration_validities(material) if v.holds(bulk))
        spans: dict[tuple[float, float], list[str]] = {}
        for name, validity in inside:
            if f"electrolyte.{name}" not in study.materials.overrides:
                spans.setdefault((validity.low, validity.high), []).append(name)
        for (low, high), names in spans.items():
            found.append(StatedRange("concentration", low, high, f"{_listed(names)} of {material.name}"))
    for side in ratings.ELECTRODES:
        electrode = ratings.electrode(study, side)
        # The window of a capacitive film is its hard end, where steps end by themselves.
        if not isinstance(electrode, ActiveMaterial) or electrode.reversible:
            continue
        low, high = electrode.stoichiometry_window
        told = f"the potential window of {electrode.name}"
        if isinstance(curve := electrode.open_circuit.curve, Table):
            low, high = curve.domain
            told = f"the table of open-circuit potentials of {electrode.name}"
        found.append(StatedRange(side, low, high, told))
    return tuple(found)


def _materials(study: Study) -> Iterator[tuple[str, Material]]:
    """Materials in use, by role."""
    for role in KINDS:
        if (name := getattr(study.materials, role)) is not None:
            yield role, load_material(name)


def _outside(
    study: Study, role: str, material: Material, validities: Iterator[tuple[str, Validity]], value: float
) -> str:
    """Numbers that are not known at a value, and where they are; empty where all are."""
    found: dict[str, list[str]] = {}
    for name, validity in validities:
        if not validity.holds(value) and _is_used(study, role, name):
            found.setdefault(validity.why, []).append(_with_value(material, name))
    return "; ".join(f"{_listed(names)} known {why}" for why, names in found.items())


def _is_used(study: Study, role: str, name: str) -> bool:
    """Whether a number of a material is in use, rather than one of the study in its place."""
    if f"{role}.{name}" in study.materials.overrides:
        return False
    ions = study.materials.ions
    if role != "electrolyte" or ions is None or name == "permittivity":
        return True
    # Of another composition the diffusivities that it leaves to the material.
    unstated = [ion for ion, given in ions.items() if given.diffusivity is None]
    return name != "conductivity" and (name.split()[0] in unstated or (" " not in name and bool(unstated)))


def _with_value(material: Material, name: str) -> str:
    item = material.properties.get(name)
    if item is None or isinstance(item.si, tuple):
        return name.replace("_", " ")
    return f"{name} {format_si(item.si, material.parameters[name].unit)}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
