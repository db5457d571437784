"""The architectures a study may name.  Adding one: a file in ``architectures/`` and a line here."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from .architectures.coaxial_fibre import CoaxialFibre
from .architectures.concentric_rings import ConcentricRings
from .architectures.file import File
from .architectures.interdigital import Interdigital
from .architectures.interdigital_pillars import InterdigitalPillars
from .architectures.nanopore import Nanopore
from .architectures.parallel_fibres import ParallelFibres
from .architectures.planar import Planar
from .architectures.porous_electrode import PorousElectrode
from .architectures.porous_sample import PorousSample
from .architectures.stack import Stack
from .architectures.stacked_columns import StackedColumns
from .architectures.twisted_fibres import TwistedFibres
from .shapes import SHAPES, Shape, from_plain, to_plain
from .sizing import MeshSizes
from .tetrahedra import TetrahedralMesh


class Architecture(Protocol):
    """What every architecture offers: a frozen dataclass of its parameters in metres, validated when made."""

    @property
    def footprint_area(self) -> float:
        """Projected area of the simulated domain [m²]."""

    @property
    def multiplicity(self) -> float:
        """How many simulated domains make up the device."""

    @property
    def characteristic_length(self) -> float:
        """Length that makes the equations dimensionless [m]."""

    @property
    def cross_section(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Normal and origin [m] of a cut worth looking at."""

    def regions(self) -> tuple[str, ...]:
        """Names of the regions that exist."""

    def volumes(self) -> dict[str, float]:
        """Closed-form volumes of the simulated domain by region [m³]."""

    def areas(self) -> dict[str, float]:
        """Closed-form areas of the simulated domain by boundary [m²]."""

    def resolved_sizes(self, sizes: MeshSizes) -> MeshSizes:
        """Sizes with this architecture's defaults filled in; GeometryError if they do not fit."""

    def estimate_cells(self, sizes: MeshSizes) -> int:
        """Expected number of tetrahedra."""

    def build(self, sizes: MeshSizes) -> TetrahedralMesh:
        """Mesh into the current Gmsh model [µm]; returns the same mesh as arrays."""


ARCHITECTURES: dict[str, type] = {
    "planar": Planar,
    "stack": Stack,
    "interdigital": Interdigital,
    "interdigital_pillars": InterdigitalPillars,
    "stacked_columns": StackedColumns,
    "concentric_rings": ConcentricRings,
    "coaxial_fibre": CoaxialFibre,
    "parallel_fibres": ParallelFibres,
    "twisted_fibres": TwistedFibres,
    "porous_electrode": PorousElectrode,
    "porous_sample": PorousSample,
    "nanopore": Nanopore,
    "file": File,
}


def plain_parameters(architecture: Architecture) -> dict[str, Any]:
    """The parameters of an architecture, ready for JSON; shapes as one-key mappings."""
    values = {field.name: getattr(architecture, field.name) for field in dataclasses.fields(architecture)}
    return {name: to_plain(value) if type(value) in SHAPES.values() else value for name, value in values.items()}


def make_architecture(name: str, parameters: Mapping[str, Any]) -> Architecture:
    """The architecture of plain parameters, the inverse of ``plain_parameters``."""
    cls = ARCHITECTURES[name]
    shapes = {field.name for field in dataclasses.fields(cls) if field.type is Shape}
    return cls(**{key: from_plain(value) if key in shapes else value for key, value in parameters.items()})


def input_files(architecture: Architecture) -> tuple[Path, ...]:
    """Files that an architecture and its shapes read."""
    values = [architecture, *(getattr(architecture, field.name) for field in dataclasses.fields(architecture))]
    return tuple(path for value in values if hasattr(value, "files") for path in value.files())


def architecture_name(architecture: Architecture) -> str:
    """Name under which an architecture is registered."""
    for name, registered in ARCHITECTURES.items():
        if type(architecture) is registered:
            return name
    raise TypeError(f"{type(architecture).__name__} is not among the architectures {', '.join(ARCHITECTURES)}")
