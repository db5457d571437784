"""Materials: names to documented parameters in SI units. Knows nothing of meshes."""

from .active_material import ActiveMaterial, insertion_at
from .capacitor import capacitor_at
from .composition import ion_charge
from .describe import describe, summary_table
from .electrolyte import BinaryElectrolyte, electrolyte_at
from .errors import MaterialError
from .ionic import (
    Amount,
    Ion,
    IonicElectrolyte,
    from_binary,
    ionic_electrolyte_at,
    single_ion,
    with_conductivity,
)
from .library import Material, Property, Salt, load_material, material_names
from .metal import Collector, Metal, collector_at, metal_at
from .open_circuit import REFERENCES, OpenCircuit
from .properties import known_units, overridable
from .units import UnitError, format_si, implausible, to_si
from .wetting import Contact, SurfaceEnergies, Wetting, energies_at, with_sei, young_contact

__all__ = [
    "REFERENCES",
    "ActiveMaterial",
    "Amount",
    "BinaryElectrolyte",
    "Collector",
    "Contact",
    "Ion",
    "IonicElectrolyte",
    "Material",
    "MaterialError",
    "Metal",
    "OpenCircuit",
    "Property",
    "Salt",
    "SurfaceEnergies",
    "UnitError",
    "Wetting",
    "capacitor_at",
    "collector_at",
    "describe",
    "electrolyte_at",
    "energies_at",
    "format_si",
    "from_binary",
    "implausible",
    "insertion_at",
    "ion_charge",
    "ionic_electrolyte_at",
    "known_units",
    "load_material",
    "material_names",
    "metal_at",
    "overridable",
    "single_ion",
    "summary_table",
    "to_si",
    "with_conductivity",
    "with_sei",
    "young_contact",
]
