"""Plating section: what is on the surface of a metal electrode, how it starts and how it grows."""

from __future__ import annotations

from pydantic import Field, field_validator, model_validator

from ..materials import MaterialError, load_material
from .quantity import quantity
from .section import Section, rejection

Energy = quantity("J/m^2", positive=True)


class FilmLayer(Section):
    """One layer of the film between metal and electrolyte."""

    thickness: quantity("m", positive=True) = Field(description="thickness of the layer")
    conductivity: quantity("S/m", positive=True) = Field(description="ionic conductivity of the layer")


class SeiSection(Section):
    """A film of reaction products between substrate and metal, on a share of the substrate."""

    coverage: quantity("1", minimum=0.0, maximum=1.0) = Field(description="share of the substrate that it covers")
    metal_energy: Energy = Field(description="of the film against the metal")
    electrolyte_energy: Energy = Field(description="of the film against the electrolyte")


class NucleationSection(Section):
    """How metal starts on a substrate that it does not wet."""

    contact_angle: quantity("rad", minimum=0.0, maximum=3.1415926536) | None = Field(
        None, description="of the metal on the substrate under the electrolyte; the library's unless given"
    )
    surface_energy: Energy | None = Field(
        None, description="of the metal against the electrolyte; the library's unless given"
    )
    substrate_metal_energy: Energy | None = Field(
        None, description="of substrate against metal; with substrate_electrolyte_energy instead of contact_angle"
    )
    substrate_electrolyte_energy: Energy | None = Field(None, description="of substrate against electrolyte")
    site_density: quantity("1/m^2", positive=True) = Field(1e13, description="sites at which nuclei can form")
    sei: SeiSection | None = Field(None, description="film of reaction products on the substrate; none unless given")
    critical_thickness: quantity("m", positive=True) | None = Field(
        None, description="of metal that spreads at first, from which on islands grow (strain); none unless given"
    )
    rate_factor: quantity("1", positive=True) = Field(1.0, description="multiplies the rate of classical theory")

    @model_validator(mode="after")
    def _one_angle(self) -> NucleationSection:
        given = [key for key in ("substrate_metal_energy", "substrate_electrolyte_energy") if getattr(self, key)]
        if len(given) == 1:
            other = {"substrate_metal_energy", "substrate_electrolyte_energy"} - set(given)
            raise rejection("nucleation", [((given[0],), f"Young's equation needs {other.pop()} too")])
        if given and self.contact_angle is not None:
            told = "follows from the energies that are given; keep one of the two"
            raise rejection("nucleation", [(("contact_angle",), told)])
        return self


class PlatingSection(Section):
    """What is plated on a metal electrode's surface, and stripped from it."""

    substrate: str | None = Field(
        None, description="collector under the metal, such as Cu: bare at the start unless there is a reserve"
    )
    reserve: quantity("m", minimum=0.0) | None = Field(
        None, description="thickness of metal at the start, its pores included; a foil unless a substrate is named"
    )
    deposit_porosity: quantity("1", minimum=0.0, maximum=0.99) = Field(
        0.0, description="share of the deposit's volume that is not metal"
    )
    coulombic_efficiency: quantity("1", positive=True, maximum=1.0) = Field(
        1.0, description="share of the plated charge that becomes metal"
    )
    film: list[FilmLayer] | None = Field(
        None, min_length=1, description="layers of the surface film, in place of the material's film_resistance"
    )
    nucleation: NucleationSection | None = Field(
        None, description="nucleation on the substrate, {} for the library's values; none unless given"
    )

    @field_validator("substrate")
    @classmethod
    def _is_collector(cls, name: str | None) -> str | None:
        if name is None:
            return None
        try:
            material = load_material(name)
        except MaterialError as error:
            raise ValueError("; ".join(str(error).splitlines())) from None
        if material.kind != "collector":
            raise ValueError(f"'{name}' is of kind {material.kind}, but a substrate must be a collector, such as Cu")
        return name

    @model_validator(mode="after")
    def _nucleates_on_something(self) -> PlatingSection:
        if self.nucleation is not None and self.substrate is None:
            told = "metal nucleates on another material; name the substrate, such as Cu, or remove this key"
            raise rejection("plating", [(("nucleation",), told)])
        return self

    @property
    def initial_thickness(self) -> float | None:
        """Metal on the surface at the start [m]; None for a foil."""
        return 0.0 if self.reserve is None and self.substrate is not None else self.reserve

    @property
    def film_resistance(self) -> float | None:
        """Σ δ/σ of the film's layers [Ω m²]; None where none is stated."""
        return None if self.film is None else sum(layer.thickness / layer.conductivity for layer in self.film)
