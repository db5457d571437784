"""The architectures a study may name.  Adding one: a file in ``architectures/`` and a line here."""

from typing import Protocol

from .architectures.interdigital import Interdigital
from .architectures.planar import Planar
from .architectures.stack import Stack
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
}


def architecture_name(architecture: Architecture) -> str:
    """Name under which an architecture is registered."""
    for name, registered in ARCHITECTURES.items():
        if type(architecture) is registered:
            return name
    raise TypeError(
        f"{type(architecture).__name__} is not among the architectures {', '.join(ARCHITECTURES)}"
    )
