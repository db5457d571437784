"""What is plated where: a study's plating sections as the solver takes them, with the library's values."""

from __future__ import annotations

from ..solvers.description import Nucleation, Plating
from . import ratings
from .assumptions import DOUBLE_LAYER_CAPACITANCE
from .schema import Study
from .wetting import contact, nucleates, surface_energies, surface_energy


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
        critical_thickness=given.nucleation.critical_thickness if given.nucleation else None,
    )


def nucleation(study: Study, side: str) -> Nucleation | None:
    """Nucleation on the substrate; None where none is asked for, or where the metal spreads without a barrier."""
    if not nucleates(study, side):
        return None
    given = study.interfaces.of(side).plating.nucleation
    return Nucleation(
        contact_angle=contact(study, side).angle,
        surface_energy=surface_energy(study, side),
        site_density=given.site_density,
        rate_factor=given.rate_factor,
    )


def bare_layer(study: Study, side: str) -> float | None:
    """Capacitance that charges before the first nuclei [F/m²], where metal nucleates and the study states none."""
    if study.physics.polarises or not nucleates(study, side):
        return None
    return ratings.substrate(study, side).double_layer_capacitance or DOUBLE_LAYER_CAPACITANCE
