"""How the metals of a study wet their substrates, stated or by the library's estimates."""

from __future__ import annotations

from ..materials import Contact, Metal, SurfaceEnergies, Wetting, energies_at, load_material, with_sei, young_contact
from . import ratings
from .schema import Study


def surface_energy(study: Study, side: str) -> float | None:
    """γ of the metal against the electrolyte [J/m²]: stated, or the library's estimate."""
    given = study.interfaces.of(side).plating
    stated = given and given.nucleation and given.nucleation.surface_energy
    metal = ratings.electrode(study, side)
    return stated or (metal.surface_energy if isinstance(metal, Metal) else None)


def _energies(study: Study, side: str, energy: float) -> SurfaceEnergies | None:
    """The three energies at a nucleus' rim for a γ of the metal, with the SEI that is stated; None if not known."""
    given = study.interfaces.of(side).plating
    if given is None or given.substrate is None:
        return None
    section = given.nucleation
    if section is not None and section.substrate_metal_energy is not None:
        bare = SurfaceEnergies(energy, section.substrate_metal_energy, section.substrate_electrolyte_energy)
    else:
        angle = section and section.contact_angle
        if angle is None:
            angle = ratings.electrode(study, side).contact_angles.get(load_material(given.substrate).name)
        if angle is None:
            return None
        bare = energies_at(energy, angle, ratings.substrate(study, side).surface_energy or 0.0)
    sei = section and section.sei
    if sei is None:
        return bare
    return with_sei(bare, SurfaceEnergies(energy, sei.metal_energy, sei.electrolyte_energy), sei.coverage)


def contact(study: Study, side: str) -> Contact | None:
    """How the metal wets its substrate: by stated energies, a stated angle, or the library's estimate."""
    # Without an energy of the metal an angle is known all the same; any energy does.
    energies = _energies(study, side, surface_energy(study, side) or 1.0)
    return None if energies is None else young_contact(energies)


def surface_energies(study: Study, side: str) -> SurfaceEnergies | None:
    """The three energies at a nucleus' rim, for the growth mode; None where they are not known."""
    energy = surface_energy(study, side)
    return None if energy is None else _energies(study, side, energy)


def nucleates(study: Study, side: str) -> bool:
    """Whether metal starts as nuclei: asked for, and the metal does not spread without a barrier."""
    given = study.interfaces.of(side).plating
    if given is None or given.nucleation is None:
        return False
    found = contact(study, side)
    return found is not None and found.wetting is not Wetting.COMPLETE


def unusual_wetting(study: Study, side: str) -> str | None:
    """A sentence where metal that is to nucleate spreads on its substrate, or does not touch it; else None."""
    given, found = study.interfaces.of(side).plating, contact(study, side)
    if given is None or given.nucleation is None or found is None or found.wetting is Wetting.PARTIAL:
        return None
    what = f"{getattr(study.materials, side)} on the {side}'s {given.substrate}: {found.wetting}"
    if found.wetting is Wetting.COMPLETE:
        return f"{what}, cos θ = {found.cosine:.3g}; it spreads without a barrier, so nucleation is off"
    return f"{what}, cos θ = {found.cosine:.3g}; nuclei are spheres that touch the substrate at a point, θ = 180°"
