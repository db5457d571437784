"""Electrode surfaces and settings made for tests of the criteria."""

import dataclasses

import numpy as np
from archode.materials import Metal
from archode.solvers.criteria import Setting, SurfaceState

POTASSIUM = Metal(
    name="K",
    ion="K+",
    ion_charge=1,
    exchange_current_density=10.0,
    anodic_transfer_coefficient=0.5,
    cathodic_transfer_coefficient=0.5,
    film_resistance=0.0,
    molar_volume=4.536e-5,
    standard_potential=-2.93,
    temperature=298.15,
)

#: A potassium cell of 1 mol/L behind 300 µm: the one of 50 mA/cm² that can deplete.
THICK = Setting(
    side="anode",
    metal=POTASSIUM,
    temperature=298.15,
    cation_concentration=1000.0,
    diffusivity=4e-10,
    transference_number=0.43,
    conductivity=1.0,
    permittivity=7.2,
    gap=300e-6,
    footprint_area=4e-10,
    surface_energy=0.13,
)


def setting(**changes):
    """The thick cell with other values."""
    return dataclasses.replace(THICK, **changes)


def surface(current, facets=4, concentration=1000.0, thickness=0.0, time=1.0):
    """A flat square surface of 4e-10 m² in equal facets; plating is a negative ``current`` [A/m²]."""
    j = np.broadcast_to(np.asarray(current, dtype=float), (facets,))
    x = np.linspace(0, 20e-6, facets)
    return SurfaceState(
        time=time,
        centres=np.stack([x, 0 * x, 0 * x], axis=1),
        normals=np.tile([0.0, 0.0, 1.0], (facets, 1)),
        areas=np.full(facets, 4e-10 / facets),
        current_density=j,
        concentration=np.broadcast_to(np.asarray(concentration, dtype=float), (facets,)),
        # Butler and Volmer's law with α = ½ and 10 A/m².
        overpotential=2 * THICK.thermal_voltage * np.arcsinh(j / 20.0),
        thickness=np.broadcast_to(np.asarray(thickness, dtype=float), (facets,)),
    )
