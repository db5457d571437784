"""Parameters of a binary electrolyte: one salt M_{nu+} X_{nu-} in a solvent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .constants import REFERENCE_TEMPERATURE
from .errors import MaterialError
from .library import Material
from .properties import require_kind, resolve
from .transport import debye_length, ionic_strength


@dataclass(frozen=True)
class BinaryElectrolyte:
    """A binary electrolyte at one temperature; SI units.

    Attributes
    ----------
    z_cation, z_anion, nu_cation, nu_anion
        Charge numbers and ions per formula unit, z_cation nu_cation + z_anion nu_anion = 0.
    concentration
        Salt (not ion) concentration, mol/m³.
    diffusivity
        Salt (ambipolar) diffusivity, m²/s.
    transference_number
        Share of the current carried by the cation.
    conductivity
        Ionic conductivity at `concentration`, S/m.
    permittivity
        Relative permittivity.
    temperature
        K.
    """

    name: str
    cation: str
    anion: str
    z_cation: int
    z_anion: int
    nu_cation: int
    nu_anion: int
    concentration: float
    diffusivity: float
    transference_number: float
    conductivity: float
    permittivity: float
    temperature: float

    @property
    def cation_concentration(self) -> float:
        """Concentration of the cation, mol/m³."""
        return self.nu_cation * self.concentration

    @property
    def anion_concentration(self) -> float:
        """Concentration of the anion, mol/m³."""
        return self.nu_anion * self.concentration

    @property
    def debye_length(self) -> float:
        """Debye length at `concentration`, m."""
        charges = (self.z_cation, self.z_anion)
        strength = ionic_strength(charges, (self.cation_concentration, self.anion_concentration))
        return debye_length(self.permittivity, strength, self.temperature)


def electrolyte_at(
    material: Material,
    temperature: float = REFERENCE_TEMPERATURE,
    overrides: Mapping[str, float] | None = None,
) -> BinaryElectrolyte:
    """Return the electrolyte at a temperature in K, with SI values in `overrides` replacing the library's.

    Raises
    ------
    MaterialError
        The material is not a binary electrolyte, or a value or an override is not valid.
    """
    require_kind(material, "electrolyte")
    if material.salt is None:
        made = f"conducts {material.ion} alone" if material.single_ion else "is a list of ions"
        raise MaterialError(
            f"{material.name} {made}, which no binary salt describes; take it as ions (ionic_electrolyte_at), or "
            "choose an electrolyte of one salt, for instance LiPF6_ECDEC_1M for lithium"
        )
    values = resolve(material, "electrolyte", temperature, overrides)
    salt = material.salt
    return BinaryElectrolyte(
        name=material.name,
        cation=salt.cation,
        anion=salt.anion,
        z_cation=salt.z_cation,
        z_anion=salt.z_anion,
        nu_cation=salt.nu_cation,
        nu_anion=salt.nu_anion,
        temperature=float(temperature),
        **values,
    )
