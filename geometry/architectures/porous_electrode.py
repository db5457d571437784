"""Cell with one porous electrode: a host or a nanoporous layer on its collector, electrolyte, counter electrode.

z points from the porous electrode's collector to the counter electrode: collector, porous layer, reservoir of
free electrolyte, separator, counter electrode, its collector.  The porous layer is a shape
(:mod:`archode.geometry.shapes`); its pores are filled with electrolyte.

What the solid of the porous layer is:

- ``active``: the insertion material itself.  With a ``film_thickness`` it is the collector (say nanoporous gold), and
  a conformal film of that thickness on all of its walls is the insertion material.
- ``surface``: an equipotential skeleton on whose surface metal is plated.  The solid is left out of the mesh;
  its walls and the floor between them are the electrode's surface.
"""

import dataclasses
from typing import Literal, get_args

from ..errors import GeometryError
from ..gmsh_model import add_to_current_model
from ..parameters import MICROMETRE, Area, Length, micrometres, require_area, require_lengths
from ..porous import (
    estimate_porous_cells,
    mesh_porous,
    outer_slab,
    porous_slab,
    require_room,
    resolved_porous_sizes,
)
from ..porous_measure import PorousMeasure, Seeds, measure
from ..quality import LEVEL_SET, Gate
from ..shapes import Shape
from ..sizing import MeshSizes
from ..tags import ELECTROLYTES, interface
from ..tetrahedra import TetrahedralMesh
from ..wall_layers import add_wall_layers

Side = Literal["anode", "cathode"]
Solid = Literal["active", "surface"]
Islands = Literal["remove", "keep"]


@dataclasses.dataclass(frozen=True)
class PorousElectrode:
    """A cell with one porous electrode.

    Parameters
    ----------
    shape
        The porous layer's solid.
    width
        Lateral extent of the simulated box along x [m].
    thickness
        Thickness of the porous layer [m].
    depth
        Lateral extent along y [m]; the width unless given.
    electrode
        Which electrode is porous: "anode" or "cathode".
    solid
        What the solid is: "active" material, or a "surface" on which metal is plated.
    film_thickness
        Thickness of a conformal film of active material on every wall of the solid, which then is the
        collector [m]; 0: no film.
    collector_thickness
        Thickness of the collector under the porous layer [m]; 0: the solid's bottom is the contact.
    reservoir_thickness
        Thickness of free electrolyte above the porous layer [m]; the porous layer's thickness unless given.
    separator_thickness
        Thickness of a porous separator soaked with electrolyte, above the reservoir [m].
    counter_thickness
        Thickness of the counter electrode's film [m]; 0: a metal surface.
    counter_collector_thickness
        Thickness of the counter electrode's collector [m]; 0: the film's top is the contact.
    islands
        What becomes of solid without connection to the collector and of pores without connection to the
        reservoir: "remove" or "keep".
    device_area
        Footprint of the whole device [m²]; that of the box unless given.
    """

    shape: Shape
    width: Length
    thickness: Length
    depth: Length | None = None
    electrode: Side = "anode"
    solid: Solid = "active"
    film_thickness: Length = 0.0
    collector_thickness: Length = 0.0
    reservoir_thickness: Length | None = None
    separator_thickness: Length = 0.0
    counter_thickness: Length = 0.0
    counter_collector_thickness: Length = 0.0
    islands: Islands = "remove"
    device_area: Area | None = None

    def __post_init__(self) -> None:
        owner = "porous_electrode"
        require_lengths(owner, {"width": self.width, "thickness": self.thickness})
        if self.depth is None:
            object.__setattr__(self, "depth", self.width)
        if self.reservoir_thickness is None:
            object.__setattr__(self, "reservoir_thickness", self.thickness)
        require_lengths(owner, {"depth": self.depth})
        names = ("film_thickness", "collector_thickness", "reservoir_thickness", "separator_thickness")
        names += ("counter_thickness", "counter_collector_thickness")
        require_lengths(owner, {name: getattr(self, name) for name in names}, zero_allowed=True)
        require_area(owner, "device_area", self.device_area)
        for name, kind in (("electrode", Side), ("solid", Solid), ("islands", Islands)):
            if getattr(self, name) not in get_args(kind):
                raise GeometryError(
                    f"{owner}: {name} must be one of {', '.join(get_args(kind))}, not {getattr(self, name)!r}"
                )
        require_room(owner, self.shape, {n: getattr(self, n) for n in ("width", "depth", "thickness")})
        self._require_a_cell()

    def _require_a_cell(self) -> None:
        problem = None
        if self.reservoir_thickness + self.separator_thickness == 0:
            problem = "reservoir_thickness and separator_thickness are both 0, so the electrodes would touch"
        elif self.solid == "surface" and self.film_thickness > 0:
            problem = "a film_thickness above 0 needs solid: active; a plated surface has no film"
        elif self.solid == "surface" and self.collector_thickness > 0:
            problem = "solid: surface leaves the metal out of the mesh; set collector_thickness to 0"
        elif self.counter_collector_thickness > 0 and self.counter_thickness == 0:
            problem = (
                "a collector needs a film on it; give counter_thickness a value above 0 "
                "or set counter_collector_thickness to 0"
            )
        elif 0 < self.reservoir_thickness <= 1.5 * self.film_thickness:
            problem = (
                f"reservoir_thickness ({micrometres(self.reservoir_thickness)}) must exceed 1.5 film_thickness, "
                "because the film covers the ligaments' ends too"
            )
        if problem:
            raise GeometryError(f"porous_electrode: {problem}")

    @property
    def counter(self) -> str:
        """The electrode that is not porous."""
        return "cathode" if self.electrode == "anode" else "anode"

    def film_parameter(self, side: str) -> tuple[str, str, str]:
        """The parameter that gives an electrode its film, its value without film, and how to ask for one."""
        if side == self.electrode:
            return "solid", "surface", "solid: active"
        return "counter_thickness", "0", "counter_thickness"

    @property
    def footprint_area(self) -> float:
        """Footprint of the simulated box [m²]."""
        return self.width * self.depth

    @property
    def multiplicity(self) -> float:
        """Device area over simulated area; 1 when no device area is given."""
        return 1.0 if self.device_area is None else self.device_area / self.footprint_area

    @property
    def characteristic_length(self) -> float:
        """Distance between the collector and the counter electrode [m]."""
        return self.thickness + self.reservoir_thickness + self.separator_thickness

    @property
    def height(self) -> float:
        """Height of the whole box [m]."""
        return sum(thickness for _, thickness in self._stack())

    @property
    def cross_section(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Normal and origin [m] of a telling cut: through all layers, in the middle."""
        return (0.0, 1.0, 0.0), (self.width / 2, self.depth / 2, self.height / 2)

    @property
    def sample_window(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Corners of the porous layer [m], in which it is measured."""
        lower = self.collector_thickness
        return (0.0, 0.0, lower), (self.width, self.depth, lower + self.thickness)

    def phases(self) -> dict[str, tuple[str, ...]]:
        """Phases of the porous layer and their regions."""
        names = ("solid", "film", "pore") if self.film_thickness > 0 else ("solid", "pore")
        return {name: (region,) for name in names if (region := self._region_of(name))}

    @property
    def estimated_regions(self) -> tuple[str, ...]:
        """Regions whose volume hangs on throats that a film may or may not shut: no mesh is held against it."""
        return (self.electrode, "electrolyte") if self.film_thickness > 0 else ()

    @property
    def gate(self) -> Gate:
        """What a mesh of this architecture must satisfy."""
        return LEVEL_SET

    def _stack(self) -> list[tuple[str, float]]:
        """Names and thicknesses of the slabs that exist, upwards [m]."""
        stack = [
            ("collector", self.collector_thickness),
            ("porous", self.thickness),
            ("reservoir", self.reservoir_thickness),
            ("separator", self.separator_thickness),
            ("counter", self.counter_thickness),
            ("counter collector", self.counter_collector_thickness),
        ]
        return [(name, thickness) for name, thickness in stack if thickness > 0]

    def _region_of(self, phase: str) -> str:
        """Region of a phase of the mesh; "" for the solid where only its surface matters."""
        collector = f"{self.electrode}_collector"
        solid = "" if self.solid == "surface" else collector if self.film_thickness > 0 else self.electrode
        return {
            "solid": solid,
            "film": self.electrode,
            "closed pore": "",
            "pore": "electrolyte",
            "collector": collector,
            "reservoir": "electrolyte",
            "separator": "separator",
            "counter": self.counter,
            "counter collector": f"{self.counter}_collector",
        }[phase]

    def _phase_volumes(self) -> dict[str, float]:
        """Volumes of the phases, those of the porous layer measured on the shape's own field [m³]."""
        measured = self._measured
        volumes = {name: self.footprint_area * t for name, t in self._stack() if name != "porous"}
        layer = self.footprint_area * self.thickness
        volumes |= {"solid": measured.solid * layer, "film": measured.film * layer}
        volumes["pore"] = layer * (1 - measured.closed) - volumes["solid"] - volumes["film"]
        if "reservoir" in volumes:
            # The film's cover of the ligaments' ends takes some of it.
            volumes["film"] += measured.film_above * layer
            volumes["reservoir"] -= measured.film_above * layer
        return volumes

    @property
    def _measured(self) -> PorousMeasure:
        return measure(
            self.shape,
            (self.width, self.depth, self.thickness),
            Seeds(self.collector_thickness > 0, True),
            self.islands == "remove",
            self.film_thickness,
            self.collector_thickness > 0,
            self.shape.content(),
        )

    def regions(self) -> tuple[str, ...]:
        """Names of the regions that exist."""
        phases = [name for name, _ in self._stack() if name != "porous"] + ["solid", "pore"]
        phases += ["film"] if self.film_thickness > 0 else []
        return tuple(dict.fromkeys(region for phase in phases if (region := self._region_of(phase))))

    def volumes(self) -> dict[str, float]:
        """Volumes of the simulated box by region [m³]: the shape's own, within about 1 % of the mesh's."""
        volumes = dict.fromkeys(self.regions(), 0.0)
        for phase, volume in self._phase_volumes().items():
            if region := self._region_of(phase):
                volumes[region] = volumes.get(region, 0.0) + volume
        return {region: volume for region, volume in volumes.items() if volume > 0}

    def areas(self) -> dict[str, float]:
        """Areas of the simulated box by boundary [m²]: those that the shape of the walls does not touch."""
        return {f"{self.counter}_surface": self.footprint_area}

    def resolved_sizes(self, sizes: MeshSizes) -> MeshSizes:
        """The given sizes, or a fifth of the shape's thinnest feature, and three times that far from it."""
        extents = (self.width, self.depth, self.thickness)
        return resolved_porous_sizes(sizes, self.shape, extents, self.film_thickness)

    def estimate_cells(self, sizes: MeshSizes) -> int:
        """Expected number of tetrahedra, within a factor of two."""
        box, layer = (self.footprint_area * length for length in (self.height, self.thickness))
        return estimate_porous_cells(box, layer, self.shape, self.resolved_sizes(sizes), self.film_thickness)

    def _slabs(self, sizes: MeshSizes) -> list:
        slabs, start = [], 0.0
        for name, thickness in self._stack():
            if name == "porous":
                slabs.append(porous_slab(thickness, sizes, start))
            else:
                fine = "end" if name == "collector" else "start"
                slabs.append(outer_slab(name, thickness, sizes, start, fine, wetted=name != "collector"))
            start += thickness
        return slabs

    def build(self, sizes: MeshSizes) -> TetrahedralMesh:
        """Mesh the box into the current Gmsh model [µm]; returns the same mesh as arrays."""
        from ..boundaries import tagged_mesh

        sizes = self.resolved_sizes(sizes)
        built = mesh_porous(
            self.shape, self.width, self.depth, self._slabs(sizes), sizes, self.islands, self.film_thickness
        )
        mesh = tagged_mesh(
            built.points / MICROMETRE,
            built.cells,
            built.phases,
            tuple(self._region_of(name) for name in built.names),
            self._between,
            self._outside,
            built.details,
            built.faces,
        )
        mesh = add_wall_layers(mesh, sizes)
        add_to_current_model(mesh)
        return mesh

    def _between(self, one: str, other: str) -> str | None:
        if "" in (one, other):
            wetted = one in ELECTROLYTES or other in ELECTROLYTES
            return f"{self.electrode}_surface" if wetted else None
        return interface(one, other)

    def _outside(self, region: str, plane: str) -> str:
        if plane == "z-" and region == self._bottom_conductor:
            return f"{self.electrode}_contact"
        if plane == "z-" and self.solid == "surface":
            return f"{self.electrode}_surface"
        if plane == "z+":
            return f"{self.counter}_surface" if region in ELECTROLYTES else f"{self.counter}_contact"
        return "outer"

    @property
    def _bottom_conductor(self) -> str:
        """Region that carries the porous electrode's contact."""
        return self._region_of("collector" if self.collector_thickness > 0 else "solid")
