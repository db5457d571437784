"""Metrology of tetrahedral meshes: fractions, specific surfaces, chord lengths, local thickness, bounds.

Meshes are in micrometres as everywhere in ``geometry``; windows and all results are in metres.
"""

from .bounds import bruggeman, bruggeman_power, hashin_shtrikman, maxwell, wiener
from .chords import Chords, chords
from .describe import describe, fractions_and_surfaces
from .raster import Grid, rasterise
from .surface import boundary_area, interface_area, specific_surface, volume_fractions
from .thickness import local_thickness
from .window import Window, mesh_of_arrays

__all__ = [
    "Chords",
    "Grid",
    "Window",
    "boundary_area",
    "bruggeman",
    "bruggeman_power",
    "chords",
    "describe",
    "fractions_and_surfaces",
    "hashin_shtrikman",
    "interface_area",
    "local_thickness",
    "maxwell",
    "mesh_of_arrays",
    "rasterise",
    "specific_surface",
    "volume_fractions",
    "wiener",
]
