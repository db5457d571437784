"""Interfaces section: what happens at the electrodes' surfaces beside the reaction, and charge fixed on walls."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator, model_validator

from .quantity import parse_quantity, quantity, quantity_schema, write_quantity
from .schema_plating import PlatingSection
from .section import Section, rejection

NO_LAYER = "none"
"""What a study says to have no compact layer."""

Capacitance = quantity("F/m^2", positive=True)
SurfaceCharge = quantity("C/m^2")


def parse_compact_layer(value: Any) -> float | str | None:
    """A capacitance [F/m²], or ``none``."""
    if value is None or value == NO_LAYER:
        return value
    try:
        si = parse_quantity(value, "F/m^2")
    except ValueError as error:
        raise ValueError(f"{error}; or 'none' for no compact layer") from None
    if si <= 0:
        raise ValueError(f"must be positive, or 'none' for no compact layer, got {value}")
    return si


def write_compact_layer(value: float | str | None) -> Any:
    """The capacitance as a study file says it."""
    return value if value is None or value == NO_LAYER else write_quantity(value, "F/m^2")


CompactLayer = Annotated[
    Any,
    PlainValidator(parse_compact_layer, json_schema_input_type=Any),
    PlainSerializer(write_compact_layer),
]


class ElectrodeInterface(Section):
    """The surface between an electrode and the electrolyte."""

    reaction: Literal["material", "blocking", "reservoir"] = Field(
        "material",
        description="that of the electrode's material; none (blocking); or every ion passes, as into a large reservoir",
    )
    capacitance: Capacitance | None = Field(None, description="constant double-layer capacitance, electroneutral")
    stern_capacitance: CompactLayer = Field(
        None,
        description="capacitance of the compact layer, in series with the diffuse one; or none",
        json_schema_extra=quantity_schema("F/m^2"),
    )
    surface_charge: SurfaceCharge | None = Field(None, description="fixed charge of the surface, poisson-nernst-planck")
    potential_of_zero_charge: quantity("V") | None = Field(
        None, description="potential against SHE at which the surface is uncharged; initial equilibrium unless given"
    )
    cation_share: quantity("1", minimum=0.0, maximum=1.0) | None = Field(
        None, description="share of the charging current that the cation carries, with capacitance; 0.5 unless given"
    )

    plating: PlatingSection | None = Field(
        None, description="what is on the surface of a metal; a foil of it unless given"
    )

    @model_validator(mode="after")
    def _one_law(self) -> ElectrodeInterface:
        problems = list(self._contradictions())
        if problems:
            raise rejection("interface", problems)
        return self

    def _contradictions(self):
        laws = [key for key in ("surface_charge", "capacitance", "stern_capacitance") if getattr(self, key) is not None]
        layer = [*laws, *(k for k in ("potential_of_zero_charge", "cation_share") if getattr(self, k) is not None)]
        if self.reaction == "reservoir":
            for key in layer:
                yield (key,), "a reservoir is open electrolyte without a double layer; remove this key"
            return
        if len(laws) > 1:
            yield (laws[1],), f"contradicts {laws[0]}, which says the surface's charge already; keep one of the two"
        if self.cation_share is not None and self.capacitance is None:
            yield ("cation_share",), "belongs to capacitance; give capacitance too, or remove this key"
        if self.surface_charge is not None and self.potential_of_zero_charge is not None:
            yield ("potential_of_zero_charge",), "the charge is fixed by surface_charge; keep one of the two"

    @property
    def has_layer(self) -> bool:
        """Whether a capacitance is stated, of whichever law."""
        return self.capacitance is not None or self.stern_capacitance not in (None, NO_LAYER)


class WallSection(Section):
    """A wall on which nothing reacts."""

    surface_charge: SurfaceCharge = Field(description="fixed charge of the wall")


class Walls(Section):
    """Charged walls by boundary."""

    insulation: WallSection | None = Field(None, description="substrates, covers, walls of pores")
    collector_surface: WallSection | None = Field(None, description="collectors where they touch the electrolyte")
    outer: WallSection | None = Field(None, description="the outer faces of what is simulated")

    def charges(self) -> dict[str, float]:
        """Surface charge [C/m²] by boundary, of those stated."""
        walls = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: wall.surface_charge for name, wall in walls.items() if wall is not None}


def _of_insulation(data: Any) -> Any:
    """``{surface_charge: …}`` alone is that of the insulation."""
    if isinstance(data, dict) and "surface_charge" in data and not set(data) & set(Walls.model_fields):
        return {"insulation": data}
    return data


class Interfaces(Section):
    """What happens at surfaces beside the reactions of the materials."""

    anode: ElectrodeInterface = Field(ElectrodeInterface(), description="surface of the anode")
    cathode: ElectrodeInterface = Field(ElectrodeInterface(), description="surface of the cathode")
    walls: Annotated[Walls, BeforeValidator(_of_insulation, json_schema_input_type=WallSection | Walls)] = Field(
        Walls(), description="charge of walls: of the insulation, or by boundary"
    )

    def of(self, side: str) -> ElectrodeInterface:
        """The surface of the ``anode`` or ``cathode``."""
        return getattr(self, side)
