"""Parameters of the active part of a battery electrode: what is stored in its volume, and how it gets there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .composition import ion_charge
from .constants import FARADAY, REFERENCE_TEMPERATURE
from .errors import MaterialError
from .library import Material
from .open_circuit import OpenCircuit
from .properties import resolve


@dataclass(frozen=True)
class ActiveMaterial:
    """An insertion material, or a capacitive film described as one, at one temperature; SI units.

    Attributes
    ----------
    ion, ion_charge
        Inserted ion and its charge number.
    c_max
        Exchangeable ions per volume of the modelled body, mol/m³. For films homogenised over ligaments, oxide
        and pores this is per volume of electrode.
    diffusivity
        Chemical diffusivity of the ion in the body, m²/s.
    conductivity
        Electronic conductivity, S/m.
    exchange_current_density
        A/m² of electrode | electrolyte interface, at the electrolyte's bulk concentration and theta = 1/2.
    anodic_transfer_coefficient, cathodic_transfer_coefficient
        Of the Butler-Volmer law.
    film_resistance
        Resistance of a surface film, Ω m².
    open_circuit
        U(theta), theta = c/c_max.
    stoichiometry_window
        (theta_min, theta_max) in use, from the potential window; may reach 0 or 1 for tabulated curves.
    temperature
        K.
    reversible
        Whether the interface has no barrier: j = i0 η in units of RT/F with i0 constant, instead of Butler-Volmer.
    cation_share
        Share of the interfacial current that the ion named carries; the anions (all other ions) carry the rest.
    """

    name: str
    ion: str
    ion_charge: int
    c_max: float
    diffusivity: float
    conductivity: float
    exchange_current_density: float
    anodic_transfer_coefficient: float
    cathodic_transfer_coefficient: float
    film_resistance: float
    open_circuit: OpenCircuit
    stoichiometry_window: tuple[float, float]
    temperature: float
    reversible: bool = False
    cation_share: float = 1.0

    @property
    def volumetric_capacity(self) -> float:
        """Charge per volume between the ends of the stoichiometry window, C/m³."""
        low, high = self.stoichiometry_window
        return self.ion_charge * FARADAY * self.c_max * (high - low)


def insertion_at(
    material: Material,
    temperature: float = REFERENCE_TEMPERATURE,
    overrides: Mapping[str, float] | None = None,
) -> ActiveMaterial:
    """Return the insertion material at a temperature in K; SI values in `overrides` replace the library's.

    An override touches its own property only: a new `c_max` leaves the exchange current density as it is.

    Raises
    ------
    MaterialError
        The material is of another kind, or a value or an override is not valid.
    """
    values = resolve(material, "insertion", temperature, overrides)
    low, high = material.open_circuit.stoichiometry_window(temperature)
    low, high = values.pop("stoichiometry_min", low), values.pop("stoichiometry_max", high)
    if not low < high:
        raise MaterialError(f"{material.name}: the stoichiometry window {low:g} to {high:g} is empty")
    return ActiveMaterial(
        name=material.name,
        ion=material.ion,
        ion_charge=ion_charge(material.ion),
        open_circuit=material.open_circuit,
        stoichiometry_window=(low, high),
        temperature=float(temperature),
        **values,
    )
