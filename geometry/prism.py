"""Devices whose section keeps its shape along an axis: storeys on a planform, their closed forms and mesh.

The section is known by the areas of its roles and the lengths of the edges between them.  Everything else
follows: a storey of thickness t gives the region of a role the volume area · t and the boundary between two
roles of different regions the area length · t; between two storeys lie the roles' areas.
"""

import dataclasses
import math
from collections import defaultdict
from collections.abc import Mapping
from itertools import accumulate, pairwise
from typing import Protocol

import numpy as np

from .extrusion import Extrusion, Layer, Side, extrude
from .gmsh_model import add_to_current_model
from .parameters import MICROMETRE
from .planform import Planform
from .quality import CURVED, Gate
from .sizing import MeshSizes
from .tags import REGIONS, boundary_between
from .tetrahedra import TetrahedralMesh
from .wall_layers import add_wall_layers, expected_layers

# Measured, per triangle of the planform, side walls included: 0.5 to 3.
_WALL_FACETS = 1.5


class Division(Protocol):
    """How a storey is cut into cell layers; ``bar.Slab`` is one."""

    @property
    def thickness(self) -> float:
        """Thickness [m]."""

    def layer_count(self, sizes: MeshSizes) -> int:
        """Number of cell layers."""

    def ends(self, start: float, sizes: MeshSizes) -> np.ndarray:
        """Ends of the cell layers [µm], beginning at ``start`` [m]."""


@dataclasses.dataclass(frozen=True)
class EvenLayers:
    """Equal layers no thicker than ``size``, but at least ``fewest`` and at most ``most`` of them."""

    thickness: float
    fewest: int
    most: int

    def layer_count(self, sizes: MeshSizes) -> int:
        """Number of cell layers."""
        return min(max(math.ceil(self.thickness / sizes.size - 1e-9), self.fewest), self.most)

    def ends(self, start: float, sizes: MeshSizes) -> np.ndarray:
        """Ends of the cell layers [µm], beginning at ``start`` [m]."""
        return np.linspace(start, start + self.thickness, self.layer_count(sizes) + 1) / MICROMETRE


@dataclasses.dataclass(frozen=True)
class Storey:
    """A slice of the device: how it is divided, the region of every role, names of its floor (see `Layer`)."""

    division: Division
    regions: Mapping[str, str]
    floor: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def thickness(self) -> float:
        """Thickness [m]."""
        return self.division.thickness


@dataclasses.dataclass(frozen=True)
class Section:
    """Closed-form measures of a planform.

    Parameters
    ----------
    areas
        Area of each role [m²].
    edges
        Length of the edge between two roles [m].
    """

    areas: Mapping[str, float]
    edges: Mapping[tuple[str, str], float]

    @property
    def area(self) -> float:
        """The whole area [m²]."""
        return sum(self.areas.values())


@dataclasses.dataclass(frozen=True)
class Prism:
    """A section and the storeys that stand on it, from below; storeys without thickness are left out.

    ``bottom``, ``top``, ``sides`` and ``twist`` are those of `Extrusion`.  The areas that sides name are not
    computed here.
    """

    section: Section
    storeys: tuple[Storey, ...]
    bottom: Mapping[str, str] = dataclasses.field(default_factory=dict)
    top: Mapping[str, str] = dataclasses.field(default_factory=dict)
    sides: tuple[Side, ...] = ()
    twist: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "storeys", tuple(s for s in self.storeys if s.thickness > 0))

    @property
    def height(self) -> float:
        """Sum of the storeys' thicknesses [m]."""
        return sum(storey.thickness for storey in self.storeys)

    def volumes(self) -> dict[str, float]:
        """Volume of every region [m³], in the order of the tags."""
        total: dict[str, float] = defaultdict(float)
        for storey in self.storeys:
            for role, area in self.section.areas.items():
                total[storey.regions[role]] += area * storey.thickness
        return {name: total[name] for name in REGIONS if total[name] > 0}

    def areas(self) -> dict[str, float]:
        """Area of every named boundary [m²], all but "outer" and those that ``sides`` name."""
        total: dict[str | None, float] = defaultdict(float)
        for role, area in self.section.areas.items():
            total[self.bottom.get(role)] += area
            total[self.top.get(role)] += area
            for below, above in pairwise(self.storeys):
                name = above.floor.get(role) or boundary_between(below.regions[role], above.regions[role])
                total[name] += area
        for storey in self.storeys:
            for (role, other), length in self.section.edges.items():
                total[boundary_between(storey.regions[role], storey.regions[other])] += length * storey.thickness
        return {name: area for name, area in total.items() if name is not None and area > 0}

    def layer_count(self, sizes: MeshSizes) -> int:
        """Number of cell layers along the axis."""
        return sum(storey.division.layer_count(sizes) for storey in self.storeys)

    def cell_count(self, triangles: float, sizes: MeshSizes) -> int:
        """Tetrahedra over so many triangles; those of layers on walls are an estimate."""
        return round(3 * triangles * (self.layer_count(sizes) + _WALL_FACETS * expected_layers(sizes)))

    def mesh(self, planform: Planform, sizes: MeshSizes) -> TetrahedralMesh:
        """Extrude a planform of this section into the current Gmsh model [µm]; the same mesh as arrays."""
        starts = accumulate((storey.thickness for storey in self.storeys[:-1]), initial=0.0)
        layers = tuple(
            Layer(storey.division.ends(start, sizes), storey.regions, storey.floor)
            for storey, start in zip(self.storeys, starts, strict=True)
        )
        mesh = extrude(Extrusion(planform, layers, "z", self.bottom, self.top, self.sides, self.twist * MICROMETRE))
        mesh = add_wall_layers(mesh, sizes)
        add_to_current_model(mesh)
        return mesh


class CurvedPrism:
    """What architectures share whose shape is a prism with curved edges; ``_prism`` is theirs to give."""

    _prism: Prism

    @property
    def gate(self) -> Gate:
        """What the mesh must fulfil."""
        return CURVED

    def regions(self) -> tuple[str, ...]:
        """Names of the regions that exist."""
        return tuple(self.volumes())

    def volumes(self) -> dict[str, float]:
        """Closed-form volumes of the simulated domain [m³]."""
        return self._prism.volumes()

    def areas(self) -> dict[str, float]:
        """Closed-form areas of the simulated domain's boundaries [m²], all but "outer"."""
        return self._prism.areas()
