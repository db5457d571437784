"""Where the numbers of a material hold: in temperature, and of an electrolyte in concentration.

A file may state both ranges. Where it does not, a number is known where it was measured and little beyond:

- one with an activation energy follows Arrhenius' law within :data:`ARRHENIUS` of the reference temperature;
- one without holds within :data:`NEAR` of it, unless it hardly changes with temperature, as a molar volume;
- a transport property of a salt holds from :data:`DILUTED` to :data:`CONCENTRATED` times the concentration of its file:
  further on D, t₊ and κ/c of real solutions differ by more than the models' other assumptions cost (J. Newman,
  K. E. Thomas-Alyea, Electrochemical Systems, 3rd ed., 2004, ch. 11 to 14).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .constants import REFERENCE_TEMPERATURE
from .library import Material, Property

#: Distance from the reference temperature at which a number without a law of temperature still holds [K].
NEAR = 10.0

#: The same of a number with an activation energy, where its file states no range [K].
ARRHENIUS = 50.0

#: Concentrations between which a transport property of a salt holds, in that of the material's file.
DILUTED, CONCENTRATED = 0.1, 2.0


@dataclass(frozen=True)
class Validity:
    """Where a number holds.

    Attributes
    ----------
    low, high
        In K, or in mol/m³.
    why
        In words that follow "holds", such as "for 273 to 333 K".
    """

    low: float
    high: float
    why: str

    def holds(self, value: float) -> bool:
        """Whether a value lies within, but for rounding."""
        return self.low * (1 - 1e-9) <= value <= self.high * (1 + 1e-9)


def temperature_validities(material: Material) -> Iterator[tuple[str, Validity]]:
    """Every number of a material that a model takes and that is known at some temperatures only, by its name."""
    for name, item, varies in _numbers(material):
        if "temperature" in varies or (item.validity or {}).get("temperature"):
            yield name, _temperature(item)
    if material.open_circuit is not None and material.kind == "insertion":
        yield "open_circuit", _about_reference(NEAR, "no entropy of reaction is stated")


def concentration_validities(material: Material) -> Iterator[tuple[str, Validity]]:
    """Every transport property of an electrolyte that is known at some concentrations of its salt only, by its name."""
    measured = material.properties.get("concentration")
    for name, item, varies in _numbers(material):
        if stated := (item.validity or {}).get("concentration"):
            yield name, Validity(*stated, f"for {stated[0]:g} to {stated[1]:g} mol/m³")
        elif "concentration" in varies and measured is not None and material.salt is not None:
            low, high = DILUTED * measured.si, CONCENTRATED * measured.si
            why = f"about {measured.si:g} mol/m³ (for other concentrations nothing is stated)"
            yield name, Validity(low, high, why)


def _numbers(material: Material) -> Iterator[tuple[str, Property, tuple[str, ...]]]:
    """Stated numbers of the model: name, number, and what it varies with."""
    for name, parameter in material.parameters.items():
        if (item := material.properties.get(name)) is not None:
            yield name, item, parameter.varies_with
    for ion in material.ions:
        for key, (name, item) in zip(("concentration", "diffusivity"), ion.numbers.items(), strict=True):
            yield name, item, ("temperature",) if key == "diffusivity" else ()


def _temperature(item: Property) -> Validity:
    if stated := (item.validity or {}).get("temperature"):
        same = stated[0] == stated[1]
        return Validity(*stated, f"at {stated[0]:g} K" if same else f"for {stated[0]:g} to {stated[1]:g} K")
    if item.activation_energy is not None:
        return _about_reference(ARRHENIUS, "no range of its Arrhenius law is stated")
    return _about_reference(NEAR, "no law of temperature is stated")


def _about_reference(distance: float, told: str) -> Validity:
    reference = REFERENCE_TEMPERATURE
    return Validity(reference - distance, reference + distance, f"about {reference:g} K ({told})")
