"""Coaxial fibre: a wire, the anode, the electrolyte, the cathode and a sheath, one around the other.

The axis is z.  A sector about it is simulated, or the whole fibre; nothing varies around the axis, and along
it only what the collectors' resistance makes vary.  The anode's terminal is the wire's end face at z = 0,
the cathode's the outer surface along the whole fibre (of the sheath, or of the cathode without a sheath).
"""

import dataclasses
import math
from itertools import pairwise
from typing import Annotated, ClassVar

from ..errors import GeometryError
from ..extrusion import Side
from ..parameters import MICROMETRE, Length, require_lengths
from ..planform import Planform, polar_strips
from ..prism import CurvedPrism, EvenLayers, Prism, Section, Storey
from ..sector import divisions_of_sector, require_sector
from ..sizing import MeshSizes, graded_layers, layer_count, resolve
from ..tetrahedra import TetrahedralMesh

_REGIONS = ("anode_collector", "anode", "electrolyte", "cathode", "cathode_collector")


@dataclasses.dataclass(frozen=True)
class CoaxialFibre(CurvedPrism):
    """A coaxial fibre.

    Parameters
    ----------
    core_radius
        Radius of the wire inside [m]: the anode's collector, or the metal anode itself.
    anode_thickness
        Thickness of the anode film on the wire [m]; 0: the wire is a metal anode, a boundary only.
    electrolyte_thickness
        Thickness of the electrolyte around the anode [m].
    cathode_thickness
        Thickness of the cathode film around the electrolyte [m]; 0: a metal or inert wall, a boundary only.
    length
        Length of the fibre [m].
    sheath_thickness
        Thickness of the cathode's collector outside [m]; 0: the cathode's outer surface is the contact.
    angle
        Angle of the simulated sector [degrees]; 360: the whole fibre.
    """

    core_radius: Length
    anode_thickness: Length
    electrolyte_thickness: Length
    cathode_thickness: Length
    length: Length
    sheath_thickness: Length = 0.0
    angle: Annotated[float, "deg"] = 10.0

    #: Whether electrodes end somewhere within the domain, where currents crowd.
    has_edges: ClassVar[bool] = False

    def __post_init__(self) -> None:
        owner = "coaxial_fibre"
        needed = ("core_radius", "electrolyte_thickness", "length")
        require_lengths(owner, {name: getattr(self, name) for name in needed})
        films = ("anode_thickness", "cathode_thickness", "sheath_thickness")
        require_lengths(owner, {name: getattr(self, name) for name in films}, zero_allowed=True)
        require_sector(owner, self.angle)
        if self.cathode_thickness == 0 and self.sheath_thickness > 0:
            raise GeometryError(
                f"{owner}: a sheath needs a film in it; give cathode_thickness a value above 0 "
                "or set sheath_thickness to 0"
            )

    @property
    def _annuli(self) -> dict[str, tuple[float, float]]:
        """Inner and outer radius of every region that exists [m]."""
        thickness = (
            self.core_radius,
            self.anode_thickness,
            self.electrolyte_thickness,
            self.cathode_thickness,
            self.sheath_thickness,
        )
        annuli, radius = {}, 0.0
        for name, extent in zip(_REGIONS, thickness, strict=True):
            # A metal wire is a hole in the mesh.
            if extent > 0 and not (name == "anode_collector" and self.anode_thickness == 0):
                annuli[name] = (radius, radius + extent)
            radius += extent
        return annuli

    @property
    def radius(self) -> float:
        """Radius of the whole fibre [m]."""
        return max(outer for _, outer in self._annuli.values())

    @property
    def _section(self) -> Section:
        turn, annuli = math.radians(self.angle), self._annuli
        areas = {name: turn / 2 * (outer**2 - inner**2) for name, (inner, outer) in annuli.items()}
        names = list(annuli)
        edges = {(name, other): turn * annuli[name][1] for name, other in pairwise(names)}
        return Section(areas, edges)

    @property
    def _prism(self) -> Prism:
        annuli = self._annuli
        inside = annuli["electrolyte"][0]
        last = list(annuli)[-1]
        sides = []
        if self.anode_thickness == 0:
            sides.append(Side("radius", inside / MICROMETRE, "electrolyte", "anode_surface"))
        name = "cathode_surface" if self.cathode_thickness == 0 else "cathode_contact"
        sides.append(Side("radius", annuli[last][1] / MICROMETRE, last, name))
        return Prism(
            self._section,
            (Storey(EvenLayers(self.length, 4, 24), {name: name for name in annuli}),),
            {"anode_collector": "anode_contact"} if self.anode_thickness > 0 else {},
            sides=tuple(sides),
        )

    @property
    def footprint_area(self) -> float:
        """Outer surface of the simulated sector [m²]: a fibre's counterpart of a footprint."""
        return math.radians(self.angle) * self.radius * self.length

    @property
    def multiplicity(self) -> float:
        """Sectors in the fibre."""
        return 360.0 / self.angle

    @property
    def characteristic_length(self) -> float:
        """The electrolyte's thickness [m]."""
        return self.electrolyte_thickness

    @property
    def cross_section(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Normal and origin [m] of a telling cut: across the fibre, at half its length."""
        return (0.0, 0.0, 1.0), (self.radius / 2, 0.0, self.length / 2)

    def regions(self) -> tuple[str, ...]:
        """Names of the regions that exist."""
        return tuple(self.volumes())

    def volumes(self) -> dict[str, float]:
        """Closed-form volumes of the simulated sector [m³]."""
        return self._prism.volumes()

    def areas(self) -> dict[str, float]:
        """Closed-form areas of the simulated sector's boundaries [m²], all but "outer"."""
        turn = math.radians(self.angle) * self.length
        areas = self._prism.areas()
        for side in self._prism.sides:
            areas[side.boundary] = turn * side.value * MICROMETRE
        return areas

    def resolved_sizes(self, sizes: MeshSizes) -> MeshSizes:
        """The given sizes, or 1/20 of the radius, 1/40 of the electrolyte, 1/20 of the thinnest film.

        On a wire that is thin beside the electrolyte around it everything changes over the wire's own radius.
        """
        films = [t for t in (self.anode_thickness, self.cathode_thickness) if t > 0]
        gap = self.electrolyte_thickness
        limits = {
            "size": (self.radius, "the fibre's radius"),
            "interface_size": (gap / 2, "half of electrolyte_thickness"),
        }
        if films:
            limits["film_size"] = (min(films), "the thinnest film")
        wire = self._annuli["electrolyte"][0]
        return resolve(sizes, self.radius / 20, min(gap / 40, wire / 10), min(films, default=gap) / 20, limits)

    def _gradings(self, sizes: MeshSizes) -> dict[str, dict]:
        """Arguments of ``graded_layers`` for the radial extent of every region."""
        fine = {
            "anode_collector": (sizes.size, "end", 1),
            "anode": (sizes.film_size, "end", 2),
            "electrolyte": (sizes.interface_size, "both", 4),
            "cathode": (sizes.film_size, "start", 2),
            "cathode_collector": (sizes.size, "start", 1),
        }
        gradings = {}
        for name, (inner, outer) in self._annuli.items():
            first, end, minimum = fine[name]
            gradings[name] = {
                "length": outer - inner,
                "first": min(first, outer - inner),
                "growth": sizes.growth,
                "largest": sizes.size,
                "minimum": minimum,
                "fine": end,
            }
        return gradings

    def estimate_cells(self, sizes: MeshSizes) -> int:
        """Number of tetrahedra that ``build`` will make."""
        sizes = self.resolved_sizes(sizes)
        rings = 0
        for grading in self._gradings(sizes).values():
            if grading.pop("fine") == "both":
                half = {"length": grading["length"] / 2, "minimum": grading["minimum"] // 2}
                rings += 2 * layer_count(**(grading | half))
            else:
                rings += layer_count(**grading)
        # Next to the axis one triangle of each pair shrinks to nothing.
        at_axis = 1 if self.anode_thickness > 0 else 0
        triangles = divisions_of_sector(self.angle) * (2 * rings - at_axis)
        return self._prism.cell_count(triangles, sizes)

    def build(self, sizes: MeshSizes) -> TetrahedralMesh:
        """Mesh the sector into the current Gmsh model [µm]; returns the same mesh as arrays."""
        sizes = self.resolved_sizes(sizes)
        return self._prism.mesh(self._planform(sizes), sizes)

    def _planform(self, sizes: MeshSizes) -> Planform:
        annuli = self._annuli
        ends = [
            (name, (annuli[name][0] + graded_layers(**grading)) / MICROMETRE)
            for name, grading in self._gradings(sizes).items()
        ]
        return polar_strips(ends, math.radians(self.angle), divisions_of_sector(self.angle))
