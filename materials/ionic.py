r"""Electrolytes as lists of ions: any number of species with charge, diffusivity and bulk concentration.

Transport is that of Nernst and Planck, driven by the gradients of the electrochemical potentials. At device
strength the measured conductivity κ falls short of the Nernst–Einstein sum κ_NE = F²/(RT) Σ z²Dc; the mobility
factor f = κ/κ_NE scales the current that flows at given gradients and leaves transference numbers and the
currentless (ambipolar) diffusion as they are.

An electrolyte may hold immobile charges (a single-ion conductor's anions, a membrane's fixed groups): the bulk is
neutral together with them,  Σ z_i c_i + fixed_charge = 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .composition import imbalance, ion_charge
from .constants import REFERENCE_TEMPERATURE
from .electrolyte import BinaryElectrolyte, electrolyte_at
from .errors import MaterialError, did_you_mean
from .library import Material
from .properties import require_kind, resolve
from .transport import debye_length, ionic_strength, nernst_einstein_conductivity


@dataclass(frozen=True)
class Ion:
    """A mobile ion in the bulk.

    Attributes
    ----------
    name
        As ``K+`` or ``SO4^2-``.
    charge
        Charge number z.
    diffusivity
        At infinite dilution or effective, m²/s.
    concentration
        In the bulk, mol/m³, above 0.
    """

    name: str
    charge: int
    diffusivity: float
    concentration: float


@dataclass(frozen=True)
class IonicElectrolyte:
    """An electrolyte of several ions at one temperature; SI units.

    Attributes
    ----------
    ions
        The mobile ions.
    permittivity
        Relative permittivity.
    mobility_factor
        f = κ/κ_NE, above 0; 1 for Nernst–Planck.
    fixed_charge
        Σ z c of immobile charges, mol/m³.
    temperature
        K.

    Raises
    ------
    MaterialError
        Ions that are named twice or uncharged, values that are not positive, a bulk that is not neutral.
    """

    name: str
    ions: tuple[Ion, ...]
    permittivity: float
    temperature: float
    mobility_factor: float = 1.0
    fixed_charge: float = 0.0

    def __post_init__(self) -> None:
        if not self.ions:
            raise MaterialError(f"{self.name}: an electrolyte needs at least one mobile ion")
        names = [ion.name for ion in self.ions]
        for ion in self.ions:
            if names.count(ion.name) > 1:
                raise MaterialError(f"{self.name}: {ion.name} is named twice")
            if ion.charge == 0:
                raise MaterialError(f"{self.name}: {ion.name} carries no charge")
            for what, value in (("concentration", ion.concentration), ("diffusivity", ion.diffusivity)):
                if not value > 0:
                    raise MaterialError(f"{self.name}: {what} of {ion.name} must be above 0, not {value:g}")
        for what, value in (("permittivity", self.permittivity), ("mobility_factor", self.mobility_factor)):
            if not value > 0:
                raise MaterialError(f"{self.name}: {what} must be above 0, not {value:g}")
        problem = imbalance({ion.name: (ion.charge, ion.concentration) for ion in self.ions}, self.fixed_charge)
        if problem:
            raise MaterialError(f"{self.name}: {problem}")

    def ion(self, name: str) -> Ion:
        """The ion of a name; MaterialError where there is none."""
        for ion in self.ions:
            if ion.name == name:
                return ion
        raise MaterialError(f"{self.name} has no {name}; its ions are {', '.join(i.name for i in self.ions)}")

    @property
    def charges(self) -> tuple[int, ...]:
        """Charge numbers of the ions."""
        return tuple(ion.charge for ion in self.ions)

    @property
    def concentrations(self) -> tuple[float, ...]:
        """Bulk concentrations of the ions [mol/m³]."""
        return tuple(ion.concentration for ion in self.ions)

    @property
    def conductivity(self) -> float:
        """Ionic conductivity of the bulk [S/m]."""
        diffusivities = [ion.diffusivity for ion in self.ions]
        ideal = nernst_einstein_conductivity(self.charges, diffusivities, self.concentrations, self.temperature)
        return self.mobility_factor * ideal

    @property
    def ionic_strength(self) -> float:
        """½ Σ z² c of the mobile ions [mol/m³]."""
        return ionic_strength(self.charges, self.concentrations)

    @property
    def debye_length(self) -> float:
        """Debye length of the bulk [m]."""
        return debye_length(self.permittivity, self.ionic_strength, self.temperature)


def from_binary(salt: BinaryElectrolyte) -> IonicElectrolyte:
    """A binary salt as two ions with the same ambipolar diffusivity, transference number and conductivity.

    D₊ = −z₋D/((z₊ − z₋)t₋) and D₋ = z₊D/((z₊ − z₋)t₊), the inverse of the relations in :mod:`.transport`.

    Raises
    ------
    MaterialError
        A transference number of 1: then no anion moves, see :func:`single_ion`.
    """
    t_p = salt.transference_number
    if not t_p < 1:
        raise MaterialError(f"{salt.name}: with a transference number of 1 no anion moves; give two mobile ions")
    z_p, z_m = salt.z_cation, salt.z_anion
    ions = (
        Ion(salt.cation, z_p, -z_m * salt.diffusivity / ((z_p - z_m) * (1 - t_p)), salt.cation_concentration),
        Ion(salt.anion, z_m, z_p * salt.diffusivity / ((z_p - z_m) * t_p), salt.anion_concentration),
    )
    return with_conductivity(salt.name, ions, salt.permittivity, salt.temperature, salt.conductivity)


def single_ion(
    name: str, ion: Ion, permittivity: float, conductivity: float, temperature: float = REFERENCE_TEMPERATURE
) -> IonicElectrolyte:
    """A single-ion conductor: one mobile ion among fixed charges that neutralise it."""
    return with_conductivity(name, (ion,), permittivity, temperature, conductivity, -ion.charge * ion.concentration)


def with_conductivity(
    name: str,
    ions: Sequence[Ion],
    permittivity: float,
    temperature: float,
    conductivity: float | None = None,
    fixed_charge: float = 0.0,
) -> IonicElectrolyte:
    """An electrolyte whose mobility factor meets a measured conductivity [S/m], or is 1 without one."""
    ideal = IonicElectrolyte(name, tuple(ions), permittivity, temperature, 1.0, fixed_charge)
    if conductivity is None:
        return ideal
    factor = conductivity / ideal.conductivity
    return IonicElectrolyte(name, tuple(ions), permittivity, temperature, factor, fixed_charge)


class Amount(NamedTuple):
    """How much of an ion there is: bulk concentration [mol/m³], and diffusivity [m²/s] where not the material's."""

    concentration: float
    diffusivity: float | None = None


def ionic_electrolyte_at(
    material: Material,
    temperature: float = REFERENCE_TEMPERATURE,
    overrides: Mapping[str, float] | None = None,
    ions: Mapping[str, Amount] | None = None,
) -> IonicElectrolyte:
    """The ions of an electrolyte material at a temperature.

    Parameters
    ----------
    material
        A binary salt, a single-ion conductor or a list of ions.
    temperature
        K.
    overrides
        SI values that replace the library's.
    ions
        Composition in place of the material's own, in this order. The material's conductivity belongs to its own
        composition: with another one ions move as in Nernst-Planck, unless the conductivity is overridden.

    Raises
    ------
    MaterialError
        The material is of another kind, an ion's diffusivity is not known, a value or an override is not valid,
        the bulk is not neutral.
    """
    require_kind(material, "electrolyte")
    overrides = dict(overrides or {})
    if ions is not None:
        return _recomposed(material, temperature, overrides, ions)
    if material.single_ion:
        values = resolve(material, "electrolyte", temperature, overrides)
        ion = Ion(material.ion, ion_charge(material.ion), values["diffusivity"], values["concentration"])
        return single_ion(material.name, ion, values["permittivity"], values["conductivity"], temperature)
    if not material.ions:
        return from_binary(electrolyte_at(material, temperature, overrides))
    values = resolve(material, "electrolyte", temperature, overrides)
    listed = []
    for ion in material.ions:
        numbers = {key: getattr(ion, key).at(temperature) for key in ("concentration", "diffusivity")}
        listed.append(Ion(ion.name, ion.charge, **numbers))
    return with_conductivity(
        material.name, listed, values["permittivity"], float(temperature), values.get("conductivity")
    )


def _recomposed(
    material: Material, temperature: float, overrides: Mapping[str, float], ions: Mapping[str, Amount]
) -> IonicElectrolyte:
    """The solvent of a material with other ions in it."""
    if material.single_ion:
        raise MaterialError(
            f"{material.name} conducts {material.ion} alone, between charges that stay; its ions cannot be replaced. "
            "Override its concentration instead"
        )
    unused = [name for name in overrides if name not in ("conductivity", "permittivity")]
    if unused:
        raise MaterialError(f"{material.name}: {unused[0]} is that of the material's own salt, which 'ions' replaces")
    own = ionic_electrolyte_at(material, temperature, {k: v for k, v in overrides.items() if k == "permittivity"})
    known = {ion.name: ion.diffusivity for ion in own.ions}
    listed = []
    for name, amount in ions.items():
        charge = ion_charge(name)
        diffusivity = amount.diffusivity if amount.diffusivity is not None else known.get(name)
        if diffusivity is None:
            hint = did_you_mean(name, known)
            raise MaterialError(f"{material.name} does not know the diffusivity of {name}; state it ({hint})")
        listed.append(Ion(name, charge, diffusivity, amount.concentration))
    return with_conductivity(material.name, listed, own.permittivity, own.temperature, overrides.get("conductivity"))
