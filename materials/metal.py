"""Parameters of metal electrodes, which are plated and stripped, and of current collectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Collector:
    """A current collector; electronic conductivity in S/m."""

    name: str
    conductivity: float


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
        **values,
    )


def collector_at(
    material: Material,
    temperature: float = REFERENCE_TEMPERATURE,
    overrides: Mapping[str, float] | None = None,
) -> Collector:
    """Return the collector; MaterialError for another kind or a value that is not valid."""
    return Collector(name=material.name, **resolve(material, "collector", temperature, overrides))
