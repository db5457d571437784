"""Parameters of metal electrodes, which are plated and stripped, and of current collectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .composition import ion_charge
from .constants import REFERENCE_TEMPERATURE
from .library import Material
from .properties import resolve


@dataclass(frozen=True)
class Metal:
    """A metal electrode at one temperature; SI units.

    Attributes
    ----------
    ion, ion_charge
        Ion the metal is in exchange with, and its charge number.
    exchange_current_density
        A/m², at the electrolyte's bulk concentration.
    anodic_transfer_coefficient, cathodic_transfer_coefficient
        Of the Butler-Volmer law.
    film_resistance
        Resistance of the surface film, Ω m².
    molar_volume
        m³/mol.
    standard_potential
        V against the standard hydrogen electrode.
    temperature
        K.
    surface_energy
        γ_NE of the metal's surface in the electrolyte, J/m²; ``None`` where the file does not state it.
    shear_modulus
        Pa; ``None`` where the file does not state it.
    contact_angles
        θ on substrates by their names, rad; empty where the file states none.
    """

    name: str
    ion: str
    ion_charge: int
    exchange_current_density: float
    anodic_transfer_coefficient: float
    cathodic_transfer_coefficient: float
    film_resistance: float
    molar_volume: float
    standard_potential: float
    temperature: float
    surface_energy: float | None = None
    shear_modulus: float | None = None
    contact_angles: Mapping[str, float] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Collector:
    """A current collector; SI units.

    Attributes
    ----------
    conductivity
        Electronic, S/m.
    surface_energy
        γ_SE of its surface in the electrolyte, J/m²; ``None`` where the file does not state it.
    double_layer_capacitance
        F/m²; ``None`` where the file does not state it.
    """

    name: str
    conductivity: float
    surface_energy: float | None = None
    double_layer_capacitance: float | None = None


def metal_at(
    material: Material,
    temperature: float = REFERENCE_TEMPERATURE,
    overrides: Mapping[str, float] | None = None,
) -> Metal:
    """Return the metal at a temperature in K; MaterialError for another kind or a value that is not valid."""
    values = resolve(material, "metal", temperature, overrides)
    return Metal(
        name=material.name,
        ion=material.ion,
        ion_charge=ion_charge(material.ion),
        temperature=float(temperature),
        contact_angles={name: item.si for name, item in material.wetting.items()},
        **values,
    )


def collector_at(
    material: Material,
    temperature: float = REFERENCE_TEMPERATURE,
    overrides: Mapping[str, float] | None = None,
) -> Collector:
    """Return the collector; MaterialError for another kind or a value that is not valid."""
    return Collector(name=material.name, **resolve(material, "collector", temperature, overrides))
