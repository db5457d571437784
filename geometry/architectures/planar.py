"""Planar cell: two facing electrodes and the electrolyte between them, simulated as a bar along x.

The anode's surface lies at x = 0 and the cathode's at x = gap; films extend outwards from there.
"""

import dataclasses
from typing import ClassVar

from ..bar import Slab, bar, estimate_bar_cells
from ..extrusion import extrude
from ..gmsh_model import add_to_current_model
from ..parameters import Area, Length, require_area, require_lengths
from ..sizing import MeshSizes, first_at_walls, resolve
from ..tetrahedra import TetrahedralMesh


@dataclasses.dataclass(frozen=True)
class Planar:
    """Two parallel electrodes.

    Parameters
    ----------
    gap
        Distance between the electrodes' surfaces, filled with electrolyte [m].
    width, depth
        Lateral extent of the simulated bar along y and z [m]; gap/10 and the width unless given.
    anode_thickness, cathode_thickness
        Thickness of the active films [m]; 0 stands for a metal or inert wall, which is a boundary only.
    device_area
        Electrode area of the whole device [m²]; that of the bar unless given.
    """

    gap: Length
    width: Length | None = None
    depth: Length | None = None
    anode_thickness: Length = 0.0
    cathode_thickness: Length = 0.0
    device_area: Area | None = None

    #: Whether electrodes end somewhere within the domain, where currents crowd.
    has_edges: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require_lengths("planar", {"gap": self.gap})
        if self.width is None:
            object.__setattr__(self, "width", self.gap / 10)
        if self.depth is None:
            object.__setattr__(self, "depth", self.width)
        require_lengths("planar", {"width": self.width, "depth": self.depth})
        films = {"anode_thickness": self.anode_thickness, "cathode_thickness": self.cathode_thickness}
        require_lengths("planar", films, zero_allowed=True)
        require_area("planar", "device_area", self.device_area)

    @property
    def footprint_area(self) -> float:
        """Electrode area of the simulated bar [m²]."""
        return self.width * self.depth

    @property
    def multiplicity(self) -> float:
        """Device area over simulated area; 1 when no device area is given."""
        return 1.0 if self.device_area is None else self.device_area / self.footprint_area

    @property
    def characteristic_length(self) -> float:
        """The gap [m]."""
        return self.gap

    @property
    def cross_section(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Normal and origin [m] of a telling cut: along the bar, through its middle."""
        return (0.0, 0.0, 1.0), (self.gap / 2, self.width / 2, self.depth / 2)

    def regions(self) -> tuple[str, ...]:
        """Names of the regions that exist."""
        return tuple(self.volumes())

    def volumes(self) -> dict[str, float]:
        """Closed-form volumes of the simulated bar [m³]."""
        thickness = {
            "electrolyte": self.gap,
            "anode": self.anode_thickness,
            "cathode": self.cathode_thickness,
        }
        return {name: self.footprint_area * length for name, length in thickness.items() if length > 0}

    def areas(self) -> dict[str, float]:
        """Closed-form areas of the simulated bar's boundaries [m²]."""
        areas = {"anode_surface": self.footprint_area, "cathode_surface": self.footprint_area}
        if self.anode_thickness > 0:
            areas["anode_contact"] = self.footprint_area
        if self.cathode_thickness > 0:
            areas["cathode_contact"] = self.footprint_area
        length = self.anode_thickness + self.gap + self.cathode_thickness
        return areas | {"outer": 2 * (self.width + self.depth) * length}

    def resolved_sizes(self, sizes: MeshSizes) -> MeshSizes:
        """The given sizes, or gap/40, gap/1000 at the electrodes (depletion) and 1/20 of the thinnest film."""
        films = [t for t in (self.anode_thickness, self.cathode_thickness) if t > 0]
        limits = {"size": (self.gap, "the gap"), "interface_size": (self.gap / 2, "half the gap")}
        if films:
            limits["film_size"] = (min(films), "the thinnest film")
        return resolve(sizes, self.gap / 40, self.gap / 1000, min(films, default=self.gap) / 20, limits)

    def _slabs(self) -> tuple[Slab, ...]:
        slabs = (
            Slab("anode", self.anode_thickness, "film_size", "end"),
            Slab("electrolyte", self.gap, "interface_size", "both"),
            Slab("cathode", self.cathode_thickness, "film_size", "start"),
        )
        return tuple(slab for slab in slabs if slab.thickness > 0)

    def estimate_cells(self, sizes: MeshSizes) -> int:
        """Number of tetrahedra that ``build`` will make."""
        return estimate_bar_cells(self._slabs(), first_at_walls(self.resolved_sizes(sizes)))

    def build(self, sizes: MeshSizes) -> TetrahedralMesh:
        """Mesh the bar into the current Gmsh model [µm]; returns the same mesh as arrays."""
        sizes = first_at_walls(self.resolved_sizes(sizes))
        ends = (
            "anode_contact" if self.anode_thickness > 0 else "anode_surface",
            "cathode_contact" if self.cathode_thickness > 0 else "cathode_surface",
        )
        mesh = extrude(bar(self._slabs(), self.width, self.depth, sizes, "x", -self.anode_thickness, ends))
        add_to_current_model(mesh)
        return mesh
