"""Layered stack of a thin-film cell, simulated as a bar along z.

From z = 0 upwards: cathode collector, cathode film, electrolyte, separator, anode film, anode collector.
"""

import dataclasses
from typing import ClassVar

from ..bar import Slab, bar, estimate_bar_cells
from ..errors import GeometryError
from ..extrusion import extrude
from ..gmsh_model import add_to_current_model
from ..parameters import Area, Length, require_area, require_lengths
from ..sizing import MeshSizes, first_at_walls, resolve
from ..tetrahedra import TetrahedralMesh


@dataclasses.dataclass(frozen=True)
class Stack:
    """Layers on top of one another.

    Parameters
    ----------
    electrolyte_thickness
        Distance between the electrodes' surfaces, or from the cathode to the separator [m].
    cathode_thickness
        Thickness of the cathode film [m]; 0 stands for a metal or inert wall, which is a boundary only.
    anode_thickness
        Thickness of the anode film [m]; 0 stands for a metal foil, which is a boundary only.
    collector_thickness
        Thickness of the cathode's collector [m]; 0: the film's bottom is the contact.
    anode_collector_thickness
        Thickness of the anode's collector [m]; 0: the film's top is the contact.
    separator_thickness
        Thickness of a porous separator soaked with electrolyte, on the anode's surface [m].
    width, depth
        Lateral extent of the simulated bar [m]; electrolyte_thickness/10 and the width unless given.
    device_area
        Footprint of the whole device [m²]; that of the bar unless given.
    """

    electrolyte_thickness: Length
    cathode_thickness: Length
    anode_thickness: Length = 0.0
    collector_thickness: Length = 0.0
    anode_collector_thickness: Length = 0.0
    separator_thickness: Length = 0.0
    width: Length | None = None
    depth: Length | None = None
    device_area: Area | None = None

    #: Whether electrodes end somewhere within the domain, where currents crowd.
    has_edges: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require_lengths("stack", {"electrolyte_thickness": self.electrolyte_thickness})
        layers = {
            "cathode_thickness": self.cathode_thickness,
            "anode_thickness": self.anode_thickness,
            "collector_thickness": self.collector_thickness,
            "anode_collector_thickness": self.anode_collector_thickness,
            "separator_thickness": self.separator_thickness,
        }
        require_lengths("stack", layers, zero_allowed=True)
        for film, collector in (
            ("cathode_thickness", "collector_thickness"),
            ("anode_thickness", "anode_collector_thickness"),
        ):
            if layers[film] == 0 and layers[collector] > 0:
                raise GeometryError(
                    f"stack: a collector needs a film on it; give {film} a value above 0 "
                    f"or set {collector} to 0"
                )
        if self.width is None:
            object.__setattr__(self, "width", self.electrolyte_thickness / 10)
        if self.depth is None:
            object.__setattr__(self, "depth", self.width)
        require_lengths("stack", {"width": self.width, "depth": self.depth})
        require_area("stack", "device_area", self.device_area)

    @property
    def footprint_area(self) -> float:
        """Footprint of the simulated bar [m²]."""
        return self.width * self.depth

    @property
    def multiplicity(self) -> float:
        """Device area over simulated area; 1 when no device area is given."""
        return 1.0 if self.device_area is None else self.device_area / self.footprint_area

    @property
    def characteristic_length(self) -> float:
        """The electrolyte's thickness [m]."""
        return self.electrolyte_thickness

    @property
    def height(self) -> float:
        """Height of the whole stack [m]."""
        return sum(slab.thickness for slab in self._slabs())

    @property
    def cross_section(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Normal and origin [m] of a telling cut: through all layers, in the middle of the bar."""
        return (0.0, 1.0, 0.0), (self.width / 2, self.depth / 2, self.height / 2)

    def regions(self) -> tuple[str, ...]:
        """Names of the regions that exist."""
        return tuple(self.volumes())

    def volumes(self) -> dict[str, float]:
        """Closed-form volumes of the simulated bar [m³]."""
        return {slab.region: self.footprint_area * slab.thickness for slab in self._slabs()}

    def areas(self) -> dict[str, float]:
        """Closed-form areas of the simulated bar's boundaries [m²]."""
        names = ["anode_surface", "cathode_surface"]
        names += [f"{electrode}_contact" for electrode in ("anode", "cathode") if electrode in self.volumes()]
        areas = dict.fromkeys(names, self.footprint_area)
        return areas | {"outer": 2 * (self.width + self.depth) * self.height}

    def resolved_sizes(self, sizes: MeshSizes) -> MeshSizes:
        """The given sizes, or 1/20 of the electrolyte (1/200 at the electrodes) and of the thinnest film."""
        films = [t for t in (self.anode_thickness, self.cathode_thickness) if t > 0]
        gap = self.electrolyte_thickness
        limits = {
            "size": (gap, "electrolyte_thickness"),
            "interface_size": (gap / 2, "half of electrolyte_thickness"),
        }
        if films:
            limits["film_size"] = (min(films), "the thinnest film")
        return resolve(sizes, gap / 20, gap / 200, min(films, default=gap) / 20, limits)

    def _slabs(self) -> tuple[Slab, ...]:
        slabs = (
            Slab("cathode_collector", self.collector_thickness, "size", "end", minimum=1),
            Slab("cathode", self.cathode_thickness, "film_size", "end"),
            Slab("electrolyte", self.electrolyte_thickness, "interface_size", "both"),
            Slab("separator", self.separator_thickness, "interface_size", "both"),
            Slab("anode", self.anode_thickness, "film_size", "start"),
            Slab("anode_collector", self.anode_collector_thickness, "size", "start", minimum=1),
        )
        return tuple(slab for slab in slabs if slab.thickness > 0)

    def estimate_cells(self, sizes: MeshSizes) -> int:
        """Number of tetrahedra that ``build`` will make."""
        return estimate_bar_cells(self._slabs(), first_at_walls(self.resolved_sizes(sizes)))

    def build(self, sizes: MeshSizes) -> TetrahedralMesh:
        """Mesh the bar into the current Gmsh model [µm]; returns the same mesh as arrays."""
        sizes = first_at_walls(self.resolved_sizes(sizes))
        ends = (
            "cathode_contact" if self.cathode_thickness > 0 else "cathode_surface",
            "anode_contact" if self.anode_thickness > 0 else "anode_surface",
        )
        mesh = extrude(bar(self._slabs(), self.width, self.depth, sizes, "z", 0.0, ends))
        add_to_current_model(mesh)
        return mesh
