"""Materials section: names from the library, and properties a study overrides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import Field, ValidationInfo, field_serializer, field_validator

from ..materials import Amount, MaterialError, ion_charge, load_material, material_names, overridable
from .errors import suggestion
from .quantity import parse_quantity, quantity, write_quantity
from .section import Section, rejection

KINDS = {
    "electrolyte": ("electrolyte",),
    "anode": ("insertion", "capacitive", "metal"),
    "cathode": ("insertion", "capacitive", "metal"),
    "anode_collector": ("collector",),
    "cathode_collector": ("collector",),
}
"""Kinds of material that fit each role."""


def names_for(role: str) -> list[str]:
    """Library names that fit a role."""
    return [name for name in material_names() if load_material(name).kind in KINDS[role]]


def _offer(role: str) -> Callable[[dict[str, Any]], None]:
    """Adds the library's names to the JSON Schema, so that an editor can complete them."""

    def extend(schema: dict[str, Any]) -> None:
        schema["examples"] = names_for(role)

    return extend


def _role(role: str, description: str, default: Any = ...) -> Any:
    return Field(default, description=description, json_schema_extra=_offer(role))


class SeparatorSection(Section):
    """A porous separator soaked with the electrolyte, taken as homogeneous."""

    porosity: quantity("1", positive=True, maximum=1.0) = Field(description="share of its volume that is electrolyte")
    tortuosity: quantity("1", minimum=1.0) = Field(
        description="tortuosity factor τ: diffusivity and conductivity are the electrolyte's times porosity/τ"
    )
    shear_modulus: quantity("Pa", positive=True) | None = Field(
        None, description="shear modulus, for the criterion of mechanical suppression"
    )


class IonSection(Section):
    """How much of an ion there is, and how fast it moves."""

    concentration: quantity("mol/m^3", positive=True) = Field(description="concentration in the bulk")
    diffusivity: quantity("m^2/s", positive=True) | None = Field(
        None, description="diffusivity; may be left out for ions that the electrolyte's material knows"
    )


class Materials(Section):
    """Which material each part is made of."""

    electrolyte: str = _role("electrolyte", "name of an electrolyte, see `archode materials`")
    ions: dict[str, IonSection] | None = Field(
        None, min_length=1, description="composition in place of the electrolyte's own: ion, such as K+, to its section"
    )
    anode: str | None = _role("anode", "negative electrode: an insertion or capacitive material, or a metal", None)
    cathode: str | None = _role("cathode", "positive electrode: an insertion or capacitive material, or a metal", None)
    anode_collector: str | None = _role("anode_collector", "current collector of the anode", None)
    cathode_collector: str | None = _role("cathode_collector", "current collector of the cathode", None)
    separator: SeparatorSection | None = Field(
        None, description="porosity and tortuosity, where the geometry has a separator"
    )
    overrides: dict[str, Any] = Field({}, description="role.property: value, such as anode.diffusivity")

    @field_validator("electrolyte", "anode", "cathode", "anode_collector", "cathode_collector")
    @classmethod
    def _in_library(cls, name: str | None, info: ValidationInfo) -> str | None:
        if name is None:
            return None
        role = str(info.field_name)
        try:
            material = load_material(name)
        except MaterialError as error:
            raise ValueError("; ".join(str(error).splitlines())) from None
        if material.kind not in KINDS[role]:
            wanted = " or ".join(KINDS[role])
            raise ValueError(
                f"'{name}' is of kind {material.kind}, but the {role} must be {wanted}; "
                f"for instance {', '.join(names_for(role)[:4])}"
            )
        return name

    @field_validator("ions")
    @classmethod
    def _named(cls, ions: dict[str, IonSection] | None) -> dict[str, IonSection] | None:
        problems = []
        for name in ions or ():
            try:
                ion_charge(name)
            except MaterialError as error:
                problems.append(((name,), str(error)))
        if problems:
            raise rejection("ions", problems)
        return ions

    @field_validator("overrides")
    @classmethod
    def _overrides(cls, given: dict[str, Any], info: ValidationInfo) -> dict[str, float]:
        read: dict[str, float] = {}
        problems = []
        for key, value in given.items():
            role, _, name = key.partition(".")
            if role not in KINDS or not name:
                hint = suggestion(role, KINDS)
                problems.append(((key,), f"must read role.property, such as anode.diffusivity; {hint}"))
                continue
            material = info.data.get(role)
            if material is None:
                # A role that failed on its own is reported there; one never named has nothing to override.
                if role in info.data:
                    problems.append(((key,), f"no {role} is named, so it has nothing to override"))
                continue
            units = overridable(load_material(material))
            if name not in units:
                problems.append(((key,), f"'{material}' has no property '{name}'; {suggestion(name, units)}"))
                continue
            try:
                read[key] = parse_quantity(value, units[name])
            except ValueError as error:
                problems.append(((key,), str(error)))
        if problems:
            raise rejection("overrides", problems)
        return read

    @field_serializer("overrides")
    def _write_overrides(self, overrides: dict[str, float]) -> dict[str, Any]:
        written = {}
        for key, si in overrides.items():
            role, _, name = key.partition(".")
            written[key] = write_quantity(si, overridable(load_material(getattr(self, role)))[name])
        return written

    def amounts(self) -> dict[str, Amount] | None:
        """The composition stated in place of the electrolyte's own, in its order; None where there is none."""
        if self.ions is None:
            return None
        return {name: Amount(ion.concentration, ion.diffusivity) for name, ion in self.ions.items()}

    def overrides_of(self, role: str) -> dict[str, float]:
        """Overridden properties of one role, by property name, SI."""
        return {k.partition(".")[2]: v for k, v in self.overrides.items() if k.partition(".")[0] == role}
