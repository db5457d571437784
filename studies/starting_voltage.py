r"""Voltage with which a cell answers a current at the very start, before any concentration has changed.

With I the current of the device [A], positive when it charges the cell, and A the areas of the electrodes,

    V = U_c(θ_c) + η_c(I/A_c) − U_a(θ_a) − η_a(−I/A_a)

Each overpotential solves the Butler–Volmer law, j = i₀ [exp(αa s) − exp(−αc s)], η = s RT/F + R_f j, at the initial
stoichiometry and the concentration of the bulk, with the exchange current densities of
:mod:`archode.solvers.interface.butler_volmer`. The potential drops in electrolyte and conductors are left out, and the
current is spread evenly, so that a real cell is polarised more.
"""

from __future__ import annotations

import math

from scipy.optimize import brentq

from ..materials import ActiveMaterial, Metal
from ..materials.constants import thermal_voltage
from .ratings import ELECTRODES, electrode, initial_stoichiometry, initial_voltage
from .schema import Study


def starting_voltage(study: Study, current: float) -> float | None:
    """Cell voltage under a signed current of the device [A], V; None where more than a reaction takes the current."""
    if study.physics.polarises:
        return None
    areas, voltage = study.geometry.areas(), initial_voltage(study)
    for side, sign in zip(ELECTRODES, (-1.0, +1.0), strict=True):
        material, interface = electrode(study, side), study.interfaces.of(side)
        area = areas.get(f"{side}_surface")
        told = interface.plating is not None or interface.has_layer or interface.reaction != "material"
        if material is None or told or not area:
            return None
        density = sign * current / (area * study.geometry.multiplicity)
        voltage += sign * overpotential(material, initial_stoichiometry(study, side), density)
    return voltage


def overpotential(material: ActiveMaterial | Metal, stoichiometry: float | None, density: float) -> float:
    """Overpotential at a current density [A/m²], anodic > 0, drop over a surface film included, V."""
    thermal = thermal_voltage(material.temperature)
    if density == 0.0:
        return 0.0
    film = material.film_resistance * density
    ratio = density / exchange_current_density(material, stoichiometry)
    if isinstance(material, ActiveMaterial) and material.reversible:
        return thermal * ratio + film
    anodic, cathodic = material.anodic_transfer_coefficient, material.cathodic_transfer_coefficient
    # The branch of the other direction makes less of the current than i₀: that bounds the root.
    bound = math.log1p(abs(ratio)) / anodic if ratio > 0 else -math.log1p(abs(ratio)) / cathodic
    return thermal * brentq(lambda s: math.exp(anodic * s) - math.exp(-cathodic * s) - ratio, 0.0, bound) + film


def exchange_current_density(material: ActiveMaterial | Metal, stoichiometry: float | None) -> float:
    """At a stoichiometry and the concentration of the bulk [A/m²]."""
    reference = material.exchange_current_density
    if isinstance(material, Metal) or material.reversible:
        return reference
    anodic = material.anodic_transfer_coefficient / material.ion_charge
    cathodic = material.cathodic_transfer_coefficient / material.ion_charge
    theta = min(max(stoichiometry, 1e-12), 1 - 1e-12)
    return reference * (1 - theta) ** anodic * theta**cathodic * 2 ** (anodic + cathodic)
