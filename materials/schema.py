"""What a material file may contain, checked by pydantic when the file is read."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from .open_circuit import REFERENCES

Status = Literal["seed", "derived", "literature", "estimate", "fit"]
Kind = Literal["electrolyte", "insertion", "capacitive", "metal", "collector"]
Text = Annotated[str, Field(min_length=1)]
Pair = tuple[float, float]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False, allow_inf_nan=False)


def _ordered(pair: Pair | None) -> Pair | None:
    if pair is not None and not pair[0] <= pair[1]:
        raise ValueError("the lower end must come first")
    return pair


class ValidityEntry(_Entry):
    """Where a value holds: temperature in K, salt concentration in mol/m³."""

    temperature: Pair | None = None
    concentration: Pair | None = None

    _order = field_validator("temperature", "concentration")(_ordered)


class PropertyEntry(_Entry):
    """One documented number, or several of the same kind; `range` is in the unit of the value."""

    value: float | list[float]
    unit: Text
    status: Status
    source: Text
    range: Pair | None = None
    note: Text | None = None
    validity: ValidityEntry | None = None
    activation_energy: str | float | None = None

    _order = field_validator("range")(_ordered)


class SaltEntry(_Entry):
    """A salt: its ions as ``K+`` or ``SO4^2-`` and how many of each a formula unit gives."""

    cation: Text
    anion: Text
    nu_cation: Annotated[int, Field(ge=1)]
    nu_anion: Annotated[int, Field(ge=1)]


class IonEntry(_Entry):
    """An ion of an electrolyte of several: its name as ``K+`` or ``SO4^2-``, bulk concentration, diffusivity."""

    ion: Text
    concentration: PropertyEntry
    diffusivity: PropertyEntry


class WettingEntry(_Entry):
    """How a metal meets a substrate: its contact angle in the electrolyte."""

    contact_angle: PropertyEntry


def _known_reference(reference: str) -> str:
    if reference not in REFERENCES:
        raise ValueError(f"unknown reference electrode, use one of {', '.join(REFERENCES)}")
    return reference


class WindowEntry(_Entry):
    """Lowest and highest potential of a capacitive electrode, V against the reference."""

    potentials: Pair
    reference: str
    status: Status
    source: Text
    note: Text | None = None

    _reference = field_validator("reference")(_known_reference)

    @field_validator("potentials")
    @classmethod
    def _apart(cls, pair: Pair) -> Pair:
        if not pair[0] < pair[1]:
            raise ValueError("the lower potential must come first, and the two must differ")
        return pair


class OpenCircuitEntry(_Entry):
    """An open-circuit curve; the parameters are those of the named model."""

    model: Text
    parameters: dict[str, Any]
    reference: str
    window: Pair | None = None
    status: Status
    source: Text
    note: Text | None = None

    _order = field_validator("window")(_ordered)

    _reference = field_validator("reference")(_known_reference)


class MaterialEntry(_Entry):
    """A material file."""

    name: Text
    kind: Kind
    formula: Text
    description: Text
    ion: Text | None = None
    aliases: list[Text] = []
    salt: SaltEntry | None = None
    ions: list[IonEntry] = []
    single_ion: bool = False
    open_circuit: OpenCircuitEntry | None = None
    window: WindowEntry | None = None
    wetting: dict[Text, WettingEntry] = {}
    properties: dict[str, PropertyEntry]

    @model_validator(mode="after")
    def _complete(self) -> MaterialEntry:
        if self.kind == "insertion" and self.open_circuit is None:
            raise ValueError("an insertion material needs 'open_circuit'")
        if self.kind != "insertion" and self.open_circuit is not None:
            raise ValueError("only an insertion material has 'open_circuit'")
        if self.kind in ("insertion", "metal") and self.ion is None:
            raise ValueError(f"a material of kind '{self.kind}' needs 'ion', e.g. K+")
        if (self.window is None) == (self.kind == "capacitive"):
            raise ValueError("a capacitive material needs 'window', and no other kind has one")
        if self.kind != "metal" and self.wetting:
            raise ValueError("only a metal has 'wetting', its contact angles on substrates")
        if self.kind != "electrolyte" and (self.salt is not None or self.single_ion or self.ions):
            raise ValueError("only an electrolyte has 'salt', 'ions' or 'single_ion'")
        stated = [bool(self.salt), bool(self.ions), self.single_ion]
        if self.kind == "electrolyte" and sum(stated) != 1:
            raise ValueError("an electrolyte needs 'salt', 'ions' or 'single_ion: true', and one of them only")
        if self.kind == "electrolyte" and self.single_ion and self.ion is None:
            raise ValueError("a single-ion conductor needs 'ion', e.g. Li+")
        return self
