"""What is plated where: a study's plating sections as the solver takes them, with the library's values."""

from __future__ import annotations

from ..materials import Metal, load_material
from ..solvers.description import Nucleation, Plating
from ..solvers.nucleation.classical import Contact, SurfaceEnergies, Wetting, energies_at, young_contact
from . import ratings
from .assumptions import DOUBLE_LAYER_CAPACITANCE
from .schema import Study


def plating(study: Study, side: str) -> Plating | None:
    """What is on a metal's surface at the start, and how it grows; None where nothing is stated."""
    given = study.interfaces.of(side).plating
    if given is None:
        return None
    return Plating(
        reserve=given.initial_thickness,
        porosity=given.deposit_porosity,
        coulombic_efficiency=given.coulombic_efficiency,
        nucleation=nucleation(study, side),
        energies=surface_energies(study, side),
    )


def nucleation(study: Study, side: str) -> Nucleation | None:
    """Nucleation on the substrate; None where none is asked for, or where the metal spreads without a barrier."""
    given = study.interfaces.of(side).plating
    if given is None or given.nucleation is None:
        return None
    found = contact(study, side)
    if found is None or found.wetting is Wetting.COMPLETE:
        return None
    return Nucleation(
        contact_angle=found.angle,
        surface_energy=surface_energy(study, side),
        site_density=given.nucleation.site_density,
        rate_factor=given.nucleation.rate_factor,
    )


def surface_energy(study: Study, side: str) -> float | None:
    """γ of the metal against the electrolyte [J/m²]: stated, or the library's estimate."""
    given = study.interfaces.of(side).plating
    stated = given and given.nucleation and given.nucleation.surface_energy
    metal = ratings.electrode(study, side)
    return stated or (metal.surface_energy if isinstance(metal, Metal) else None)


def contact(study: Study, side: str) -> Contact | None:
    """How the metal wets its substrate: by stated energies, a stated angle, or the library's estimate."""
    given = study.interfaces.of(side).plating
    if given is None or given.substrate is None:
        return None
    section, energy = given.nucleation, surface_energy(study, side)
    if section is not None and section.substrate_metal_energy is not None and energy is not None:
        energies = SurfaceEnergies(energy, section.substrate_metal_energy, section.substrate_electrolyte_energy)
        return young_contact(energies)
    angle = section and section.contact_angle
    if angle is None:
        angle = ratings.electrode(study, side).contact_angles.get(load_material(given.substrate).name)
    if angle is None:
        return None
    # Any third energy does: the angle says what the other two differ by.
    return young_contact(energies_at(energy or 1.0, angle, 0.0))


def surface_energies(study: Study, side: str) -> SurfaceEnergies | None:
    """The three energies at a nucleus' rim, for the growth mode; None where they are not known."""
    given, energy = study.interfaces.of(side).plating, surface_energy(study, side)
    if given is None or given.substrate is None or energy is None:
        return None
    section = given.nucleation
    if section is not None and section.substrate_metal_energy is not None:
        return SurfaceEnergies(energy, section.substrate_metal_energy, section.substrate_electrolyte_energy)
    angle = contact(study, side)
    if angle is None:
        return None
    collector = ratings.substrate(study, side)
    return energies_at(energy, angle.angle, collector.surface_energy or 0.0)


def bare_layer(study: Study, side: str) -> float | None:
    """Capacitance that charges before the first nuclei [F/m²], where metal nucleates and the study states none."""
    if study.physics.polarises or nucleation(study, side) is None:
        return None
    return ratings.substrate(study, side).double_layer_capacitance or DOUBLE_LAYER_CAPACITANCE
