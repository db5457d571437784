"""Names and units of everything a material file may state, and the look-up of values for a model.

`PARAMETERS` are the numbers the solvers use, by kind of material; `FACTS` are further documented numbers.
A name outside both is an error, so that a misspelt property cannot pass unnoticed.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .constants import REFERENCE_TEMPERATURE
from .errors import MaterialError, did_you_mean
from .units import format_si, implausible, pretty_unit

if TYPE_CHECKING:
    from .library import Material

KINDS = ("electrolyte", "insertion", "capacitive", "metal", "collector")
STATUSES = {
    "seed": "printed in the cited paper",
    "derived": "arithmetic from cited values",
    "literature": "known literature value",
    "estimate": "order-of-magnitude choice, not measured",
    "fit": "to be fitted; the value is a start",
}


@dataclass(frozen=True)
class Parameter:
    """A number a model uses: SI unit, meaning, default (None: the file must state it) and bounds.

    An optional one may be missing; a special one is used by some laws only, so that an estimate of it is named
    where such a law is, and not with every study of the material. ``varies_with`` names what it changes with, so that a
    plain number holds near one temperature, or near one concentration of the salt (:mod:`.validity`).
    """

    unit: str
    meaning: str
    default: float | None = None
    above: float = -math.inf
    minimum: float = -math.inf
    below: float = math.inf
    maximum: float = math.inf
    optional: bool = False
    special: bool = False
    varies_with: tuple[str, ...] = ()

    def problem(self, value: float) -> str | None:
        """Return what is wrong with a value, None if nothing is."""
        unit = pretty_unit(self.unit)
        if not math.isfinite(value):
            return "must be a finite number"
        for bad, text in (
            (value <= self.above, f"must be above {self.above:g} {unit}"),
            (value < self.minimum, f"must be at least {self.minimum:g} {unit}"),
            (value >= self.below, f"must be below {self.below:g} {unit}"),
            (value > self.maximum, f"must be at most {self.maximum:g} {unit}"),
        ):
            if bad:
                return text.strip()
        return implausible(value, self.unit)


_THERMAL = {"above": 0.0, "varies_with": ("temperature",)}
_TRANSPORT = {"above": 0.0, "varies_with": ("temperature", "concentration")}
_TRANSFER = {"default": 0.5, "above": 0.0, "below": 2.0}
_KINETICS = {
    "exchange_current_density": Parameter("A/m^2", "exchange current density", **_THERMAL),
    "anodic_transfer_coefficient": Parameter("1", "anodic transfer coefficient", **_TRANSFER),
    "cathodic_transfer_coefficient": Parameter("1", "cathodic transfer coefficient", **_TRANSFER),
    "film_resistance": Parameter(
        "ohm*m^2", "resistance of the surface film", 0.0, minimum=0.0, varies_with=("temperature",)
    ),
}
_SPECIAL = {"above": 0.0, "optional": True, "special": True}
PARAMETERS: dict[str, dict[str, Parameter]] = {
    "electrolyte": {
        "concentration": Parameter("mol/m^3", "salt concentration", above=0.0),
        "diffusivity": Parameter("m^2/s", "salt (ambipolar) diffusivity", **_TRANSPORT),
        "transference_number": Parameter("1", "cation transference number", maximum=1.0, **_TRANSPORT),
        "conductivity": Parameter("S/m", "ionic conductivity", **_TRANSPORT),
        "permittivity": Parameter("1", "relative permittivity", minimum=1.0, varies_with=("temperature",)),
    },
    "insertion": {
        "c_max": Parameter("mol/m^3", "exchangeable ions per volume of the modelled body", above=0.0),
        "diffusivity": Parameter("m^2/s", "chemical diffusivity of the inserted ion", **_THERMAL),
        "conductivity": Parameter("S/m", "electronic conductivity", **_THERMAL),
        **_KINETICS,
        "stoichiometry_min": Parameter("1", "emptiest state in use", minimum=0.0, below=1.0, optional=True),
        "stoichiometry_max": Parameter("1", "fullest state in use", above=0.0, maximum=1.0, optional=True),
    },
    "capacitive": {
        "volumetric_capacitance": Parameter("F/m^3", "capacitance per volume of the film", above=0.0),
        "pore_conductivity": Parameter("S/m", "effective ionic conductivity of the film's pores", **_THERMAL),
        "conductivity": Parameter("S/m", "electronic conductivity", **_THERMAL),
        # So large that the drop at the film's outer face is below 1 mV at 1e3 A/m².
        "exchange_current_density": Parameter("A/m^2", "exchange current density", 1e5, above=0.0),
        "cation_share": Parameter("1", "share of cations in the current", minimum=0.0, maximum=1.0, optional=True),
        "lower_potential": Parameter("V", "lowest potential in use against SHE", optional=True),
        "upper_potential": Parameter("V", "highest potential in use against SHE", optional=True),
    },
    "metal": {
        **_KINETICS,
        "molar_volume": Parameter("m^3/mol", "molar volume", above=0.0),
        "standard_potential": Parameter("V", "standard potential against SHE", varies_with=("temperature",)),
        "surface_energy": Parameter("J/m^2", "energy of the metal's surface in the electrolyte", **_SPECIAL),
        "shear_modulus": Parameter("Pa", "shear modulus", **_SPECIAL),
    },
    "collector": {
        "conductivity": Parameter("S/m", "electronic conductivity", **_THERMAL),
        "surface_energy": Parameter("J/m^2", "energy of the collector's surface in the electrolyte", **_SPECIAL),
        "double_layer_capacitance": Parameter("F/m^2", "capacitance of the double layer", **_SPECIAL),
    },
}

#: Of a metal on a substrate.
CONTACT_ANGLE = Parameter("rad", "contact angle", minimum=0.0, maximum=math.pi, optional=True)

#: What an electrolyte that lists its ions states besides them; the conductivity gives the mobility factor.
ION_PARAMETERS: dict[str, Parameter] = {
    "conductivity": dataclasses.replace(PARAMETERS["electrolyte"]["conductivity"], optional=True),
    "permittivity": PARAMETERS["electrolyte"]["permittivity"],
}

FACTS: dict[str, str] = {
    # composition and structure
    "molar_mass": "kg/mol",
    "density": "kg/m^3",
    "loading_density": "kg/m^3",
    "interlayer_spacing": "m",
    "film_thickness": "m",
    "shell_thickness": "m",
    "nanodomain_size": "m",
    "copper_vanadium_ratio": "1",
    "characteristic_length": "m",
    "nanoporous_film_thickness": "m",
    "nanoporous_solid_fraction": "1",
    "nanoporous_surface_per_volume": "1/m",
    # capacity
    "theoretical_capacity": "C/kg",
    "practical_capacity": "C/kg",
    "practical_capacity_fast": "C/kg",
    "volumetric_capacity": "C/m^3",
    "volumetric_capacity_fast": "C/m^3",
    "stack_capacity": "C/m^3",
    "specific_capacity": "C/kg",
    "c_max_solid": "mol/m^3",
    "c_max_accessible": "mol/m^3",
    # transport and kinetics
    "effective_film_diffusivity": "m^2/s",
    "effective_film_conductivity": "S/m",
    "rate_constant": "m/s",
    "series_resistance": "ohm",
    "charge_transfer_resistance": "ohm",
    "ir_drop_resistance": "ohm",
    "warburg_admittance": "S*s^0.5",
    "b_value": "1",
    "plateau_potential": "V",
    "electrochemical_window": "V",
    "work_function": "J",
    "double_layer_capacitance": "F/m^2",
    "specific_surface": "m^2/kg",
    "specific_capacitance": "F/kg",
    "electrode_density": "kg/m^3",
    "device_areal_capacitance": "F/m^2",
    "device_volumetric_capacitance": "F/m^3",
    "device_areal_energy": "J/m^2",
    "device_window": "V",
    # electrolytes
    "diffusivity_cation": "m^2/s",
    "diffusivity_anion": "m^2/s",
    "cation_concentration": "mol/m^3",
    "total_ion_concentration": "mol/m^3",
    "viscosity": "Pa*s",
    "electronic_conductivity": "S/m",
    # metals and deposits
    "surface_energy_vacuum": "J/m^2",
    "young_modulus": "Pa",
    "young_modulus_surface": "Pa",
    "nucleation_overpotential": "V",
    "exchange_current_density_ionic_liquid": "A/m^2",
    "exchange_current_density_coated": "A/m^2",
}


def known_units(kind: str) -> dict[str, str]:
    """Return every property name a material of that kind may state, with its SI unit."""
    return {name: p.unit for name, p in PARAMETERS[kind].items()} | {
        name: unit for name, unit in FACTS.items() if name not in PARAMETERS[kind]
    }


def overridable(kind: str | Material) -> dict[str, str]:
    """Return the parameters of a material, or a kind of material, that a study may override, with SI units."""
    if not isinstance(kind, str):
        return {name: parameter.unit for name, parameter in kind.parameters.items()}
    if kind not in PARAMETERS:
        raise MaterialError(f"there is no kind of material '{kind}'; {did_you_mean(kind, PARAMETERS)}")
    return {name: parameter.unit for name, parameter in PARAMETERS[kind].items()}


def require_kind(material: Material, kind: str) -> None:
    """Raise MaterialError unless the material is of that kind."""
    if material.kind != kind:
        raise MaterialError(f"{material.name} is of kind '{material.kind}', but '{kind}' is wanted here")


def resolve(
    material: Material,
    kind: str,
    temperature: float = REFERENCE_TEMPERATURE,
    overrides: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """Return the parameters of a material at a temperature in K, as SI floats.

    Values with an activation energy follow Arrhenius; the others are used as they stand. An override replaces
    the value at `temperature` itself. Optional parameters that nobody states are left out.

    Raises
    ------
    MaterialError
        Wrong kind, temperature not sensible, unknown override, or a value outside its bounds.
    """
    require_kind(material, kind)
    if not (math.isfinite(temperature) and temperature > 100.0):
        raise MaterialError(f"{material.name}: {temperature:g} K is no sensible temperature; 25 °C is 298.15 K")
    overrides = dict(overrides or {})
    for name in overrides:
        if name not in material.parameters:
            hint = did_you_mean(name, material.parameters)
            raise MaterialError(f"{material.name} has no property '{name}' to override; {hint}")
    values: dict[str, float] = {}
    for name, parameter in material.parameters.items():
        entry = material.properties.get(name)
        if name in overrides:
            value = overrides[name]
        elif entry is not None:
            value = entry.at(temperature)
        elif parameter.default is not None:
            value = parameter.default
        elif parameter.optional:
            continue
        else:
            raise MaterialError(
                f"{material.name} states no {name} ({parameter.meaning}); add it to its file or override it"
            )
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise MaterialError(f"{material.name}: {name} must be in {parameter.unit}, not {value!r}")
        problem = parameter.problem(float(value))
        if problem:
            shown = format_si(float(value), parameter.unit)
            raise MaterialError(f"{material.name}: {name} = {shown} {problem}")
        values[name] = float(value)
    return values
