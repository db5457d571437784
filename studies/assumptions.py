"""What a study takes without a measurement: estimates of the materials, and defaults that stand for a typical value."""

from __future__ import annotations

from collections.abc import Iterator

from ..materials import load_material
from .ratings import ELECTRODES
from .schema import Study
from .schema_materials import KINDS
from .wetting import nucleates

#: Double layer of a substrate that states none, before the first nuclei [F/m²].
DOUBLE_LAYER_CAPACITANCE = 0.2

#: Compact layer of an electrode under Poisson–Nernst–Planck that states no law for its charge [F/m²].
STERN_CAPACITANCE = 0.2


def estimates(study: Study) -> dict[str, tuple[str, list[str]]]:
    """Material and parameters that are estimates or fits, by role; overridden ones are the study's own."""
    found = {}
    for role in KINDS:
        name = getattr(study.materials, role)
        if name is None:
            continue
        names = [p for p in load_material(name).estimates if f"{role}.{p}" not in study.materials.overrides]
        if role == "electrolyte" and study.materials.ions is not None:
            # The composition, and with it the conductivity, is the study's; of the material the solvent stays.
            names = [p for p in names if p == "permittivity" or p.removesuffix(" diffusivity") in _unstated(study)]
        if role in ELECTRODES:
            plating = study.interfaces.of(role).plating
            if plating is not None and plating.film is not None:
                names = [p for p in names if p != "film_resistance"]
            names += _of_nucleation(study, role)
        if names:
            found[role] = (name, names)
    return found


def _of_nucleation(study: Study, side: str) -> Iterator[str]:
    """What nucleation on a substrate and the criteria take without a measurement, where the study states nothing."""
    given = study.interfaces.of(side).plating
    if given is None or given.substrate is None:
        return
    metal, section = load_material(getattr(study.materials, side)), given.nucleation
    energy = metal.properties.get("surface_energy")
    stated = section is not None and section.surface_energy is not None
    if energy and energy.is_estimate and not stated and f"{side}.surface_energy" not in study.materials.overrides:
        yield "surface_energy"
    angle = metal.wetting.get(load_material(given.substrate).name)
    stated = section is not None and (section.contact_angle, section.substrate_metal_energy) != (None, None)
    if angle and angle.is_estimate and not stated:
        yield f"contact angle on {given.substrate}"
    if not nucleates(study, side):
        return
    if "site_density" not in section.model_fields_set:
        yield "site density of nuclei"
    layer = load_material(given.substrate).properties.get("double_layer_capacitance")
    surface = study.interfaces.of(side)
    stated = study.physics.polarises or surface.capacitance is not None or surface.has_layer
    if not stated and (layer is None or layer.is_estimate):
        yield f"double layer of {given.substrate}"


def _unstated(study: Study) -> set[str]:
    """Ions whose diffusivity is left to the material."""
    return {name for name, ion in study.materials.ions.items() if ion.diffusivity is None}


def assumed_layers(study: Study) -> Iterator[str]:
    """Key paths of the surfaces that have the typical compact layer because nothing is stated."""
    for side in ELECTRODES:
        given = study.interfaces.of(side)
        stated = given.stern_capacitance is not None or given.surface_charge is not None
        if study.physics.polarises and given.reaction != "reservoir" and not stated:
            yield f"interfaces.{side}.stern_capacitance"
