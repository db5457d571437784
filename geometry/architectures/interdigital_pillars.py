"""Interdigitated fingers that carry vertical pillars of their active material: in-plane electrodes in 3D.

x runs across the fingers, y along them, z upwards from the substrate.  Each finger is a collector and a film
of active material; cylindrical pillars of the same material stand on the film in ``rows`` rows, in step
across all fingers.  The electrolyte covers everything and fills the gaps down to the substrate.  Bus bars
carry collector and film, but no pillars.

How many simulated domains make up the device of N = ``pairs`` pairs (``multiplicity``):

- ``unit_cell``: 2N·length/pillar_pitch.  One pitch deep, from the middle of a finger to that of the next,
  pillars half a pitch from either end; counted like the unit cell of `interdigital`, tips left out.
- ``comb``: 1.  Its fingers hold the whole number of pitches that fit into their length, in their middle.
"""

import dataclasses
import math
from typing import Literal, get_args

from ..bar import Slab
from ..clearance import require_clearance
from ..comb import CombPlan
from ..errors import GeometryError
from ..figures import Disk, Rectangle
from ..parameters import MICROMETRE, Length, micrometres, require_count, require_lengths
from ..planform import Planform
from ..prism import CurvedPrism, Prism, Section, Storey
from ..sizing import MeshSizes, resolve
from ..tetrahedra import TetrahedralMesh
from ..triangulation import Strip, arc_size, estimate_triangles, triangulate

Domain = Literal["unit_cell", "comb"]

_POLARITIES = ("anode", "cathode")
_ROLES = ("gap", *_POLARITIES, "anode_pillar", "cathode_pillar")


@dataclasses.dataclass(frozen=True)
class InterdigitalPillars(CurvedPrism):
    """Interdigitated electrodes with pillars on their fingers.

    Parameters
    ----------
    finger_width
        Width of every finger [m].
    gap
        Distance between neighbouring fingers [m].
    pillar_radius
        Radius of the pillars [m].
    pillar_height
        Height of the pillars above the film [m].
    pillar_pitch
        Distance between the axes of neighbouring pillars along a finger [m].
    thickness
        Thickness of the film under the pillars [m].
    rows
        Rows of pillars on a finger, evenly spread over its width.
    length
        Length of every finger [m]; ten times pillar_pitch unless given.
    pairs
        Number of finger pairs of the device.
    collector_thickness
        Thickness of the collector under the film [m]; 0: the film's bottom is the contact.
    cover
        Height of the electrolyte above the pillars [m]; finger_width + gap unless given.
    tip_gap
        Distance between a finger's tip and the opposite bus bar [m]; the gap unless given.
    bus_width
        Width of the bus bars [m]; finger_width unless given.
    domain
        What is simulated: "unit_cell" or "comb".
    """

    finger_width: Length
    gap: Length
    pillar_radius: Length
    pillar_height: Length
    pillar_pitch: Length
    thickness: Length
    rows: int = 1
    length: Length | None = None
    pairs: int = 10
    collector_thickness: Length = 0.1e-6
    cover: Length | None = None
    tip_gap: Length | None = None
    bus_width: Length | None = None
    domain: Domain = "unit_cell"

    def __post_init__(self) -> None:
        owner = "interdigital_pillars"
        needed = ("finger_width", "gap", "pillar_radius", "pillar_height", "pillar_pitch", "thickness")
        require_lengths(owner, {name: getattr(self, name) for name in needed})
        require_count(owner, "rows", self.rows)
        require_count(owner, "pairs", self.pairs)
        defaults = {
            "length": 10 * self.pillar_pitch,
            "cover": self.finger_width + self.gap,
            "tip_gap": self.gap,
            "bus_width": self.finger_width,
        }
        for name, default in defaults.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, default)
        require_lengths(owner, {name: getattr(self, name) for name in defaults})
        require_lengths(owner, {"collector_thickness": self.collector_thickness}, zero_allowed=True)
        if self.domain not in get_args(Domain):
            raise GeometryError(
                f"{owner}: domain must be one of {', '.join(get_args(Domain))}, not {self.domain!r}"
            )
        self._require_room()

    def _require_room(self) -> None:
        owner, radius = "interdigital_pillars", self.pillar_radius
        across, along = self._free
        require_clearance(
            owner, "pillars and the edges of their row", across, radius, "finger_width", 2 * self.rows
        )
        require_clearance(owner, "pillars and the planes between them", along, radius, "pillar_pitch", 2.0)
        if self.length < self.pillar_pitch * (1 - 1e-9):
            raise GeometryError(
                f"{owner}: no pillar fits on fingers of length {micrometres(self.length)} at a pillar_pitch "
                f"of {micrometres(self.pillar_pitch)}; make length larger by at least "
                f"{micrometres(self.pillar_pitch - self.length)}"
            )
        if self.domain == "comb" and self.tip_gap >= self.length:
            raise GeometryError(
                f"{owner}: fingers of length {micrometres(self.length)} do not reach "
                f"between each other across a tip_gap of {micrometres(self.tip_gap)}; "
                "make length larger or tip_gap smaller"
            )

    @property
    def pillars_along(self) -> int:
        """Pillars in a row along a whole finger."""
        return math.floor(self.length / self.pillar_pitch + 1e-9)

    @property
    def _plan(self) -> CombPlan:
        return CombPlan(
            self.finger_width, self.gap, self.length, self.tip_gap, self.bus_width, 2 * self.pairs
        )

    @property
    def _pillars(self) -> float:
        """Pillars of one electrode in the simulated domain; halves where mid-planes cut them."""
        return self.rows / 2 if self.domain == "unit_cell" else self.pairs * self.rows * self.pillars_along

    @property
    def _section(self) -> Section:
        if self.domain == "unit_cell":
            electrode, edge = self.finger_width / 2 * self.pillar_pitch, self.pillar_pitch
            total = (self.finger_width + self.gap) * self.pillar_pitch
        else:
            plan = self._plan
            electrode, edge, total = plan.electrode_area, plan.electrode_edge, plan.area
        pillars = self._pillars * math.pi * self.pillar_radius**2
        areas, edges = {"gap": total - 2 * electrode}, {}
        for side in _POLARITIES:
            areas |= {side: electrode - pillars, f"{side}_pillar": pillars}
            edges[side, "gap"] = edge
            edges[side, f"{side}_pillar"] = self._pillars * 2 * math.pi * self.pillar_radius
        return Section(areas, edges)

    @property
    def _prism(self) -> Prism:
        films = [(side, name) for side in _POLARITIES for name in (side, f"{side}_pillar")]
        liquid = dict.fromkeys(_ROLES, "electrolyte")
        electrode = {"gap": "electrolyte"} | {name: side for side, name in films}
        collector = {"gap": "electrolyte"} | {name: f"{side}_collector" for side, name in films}
        pillars = liquid | {f"{side}_pillar": side for side in _POLARITIES}
        return Prism(
            self._section,
            (
                Storey(Slab("collector", self.collector_thickness, "size", "end", minimum=1), collector),
                Storey(Slab("film", self.thickness, "film_size", "end"), electrode),
                Storey(Slab("pillars", self.pillar_height, "interface_size", "both"), pillars),
                Storey(Slab("electrolyte", self.cover, "interface_size", "start"), liquid),
            ),
            {} if self._contact_on_bus else {name: f"{side}_contact" for side, name in films},
            sides=self._plan.contacts() if self._contact_on_bus else (),
        )

    @property
    def _contact_on_bus(self) -> bool:
        """Whether the terminal is the bus bar's outer edge, rather than all that lies on the substrate."""
        return self.domain == "comb" and self.collector_thickness > 0

    @property
    def footprint_area(self) -> float:
        """Footprint of the simulated domain [m²]."""
        return self._section.area

    @property
    def multiplicity(self) -> float:
        """Number of simulated domains in the device; see the module's text."""
        return 1.0 if self.domain == "comb" else 2.0 * self.pairs * self.length / self.pillar_pitch

    @property
    def characteristic_length(self) -> float:
        """The gap [m]."""
        return self.gap

    @property
    def cross_section(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Normal and origin [m] of a telling cut: across the fingers, through pillars."""
        pitch, height = self.finger_width + self.gap, self._prism.height
        if self.domain == "unit_cell":
            return (0.0, 1.0, 0.0), (pitch / 2, self.pillar_pitch / 2, height / 2)
        along = self._pillar_positions("anode")
        return (0.0, 1.0, 0.0), (self._plan.width / 2, along[len(along) // 2], height / 2)

    def _pillar_positions(self, side: str) -> list[float]:
        """y of the pillars on a finger of the comb [m]."""
        count = self.pillars_along
        first = self._plan.finger_start(side) + (self.length - (count - 1) * self.pillar_pitch) / 2
        return [first + number * self.pillar_pitch for number in range(count)]

    def areas(self) -> dict[str, float]:
        """Closed-form areas of the simulated domain's boundaries [m²], all but "outer"."""
        areas = self._prism.areas()
        if self._contact_on_bus:
            contact = self._plan.width * self.collector_thickness
            areas |= dict.fromkeys(("anode_contact", "cathode_contact"), contact)
        return areas

    def resolved_sizes(self, sizes: MeshSizes) -> MeshSizes:
        """The given sizes, or fractions of the narrowest of gap and pillar (1/4, in the comb 1/2)."""
        narrow = min(self.gap, 2 * self.pillar_radius)
        limits = {
            "size": (max(self.finger_width, self.gap), "the larger of gap and finger_width"),
            "interface_size": (narrow / 2, "half of the gap or the pillar_radius, whichever is smaller"),
            "film_size": (self.thickness, "the film's thickness"),
        }
        coarser = 1 if self.domain == "unit_cell" else 2
        return resolve(
            sizes, narrow * coarser / 3, narrow * coarser / 8, self.thickness * coarser / 8, limits
        )

    @property
    def _free(self) -> tuple[float, float]:
        """Distances from a pillar to the edge of its row and to the plane between pillars [m]."""
        across = self.finger_width / (2 * self.rows) - self.pillar_radius
        return across, self.pillar_pitch / 2 - self.pillar_radius

    def _edge_sizes(self, sizes: MeshSizes) -> MeshSizes:
        """Sizes with no cells along the edges that are much longer than the narrowest passage is wide."""
        if self.domain == "comb":
            sizes = self._plan.edge_sizes(sizes)
        return dataclasses.replace(sizes, interface_size=min(sizes.interface_size, 2 * min(self._free)))

    def estimate_cells(self, sizes: MeshSizes) -> int:
        """Expected number of tetrahedra."""
        sizes = self.resolved_sizes(sizes)
        return self._prism.cell_count(self._triangles(self._edge_sizes(sizes)), sizes)

    def _triangles(self, sizes: MeshSizes) -> float:
        """Expected number of triangles of the planform."""
        radius, (across, along) = self.pillar_radius, self._free
        rim, around = arc_size(radius, sizes.interface_size), 4 * math.pi * self._pillars * radius
        # A passage narrower than a cell holds one row of cells all the same.
        outside = max((across + along) / 2, rim / 2)
        strips = [Strip(around, radius, rim, -1 / radius), Strip(around, outside, rim, 1 / radius)]
        # Pillars close to the edges make these finer, too, where they stand.
        fine = min(sizes.interface_size, rim + (sizes.growth - 1) * across)
        beside = min(1.0, 2 * radius / self.pillar_pitch)
        fine = 1 / (beside / fine + (1 - beside) / sizes.interface_size)
        if self.domain == "unit_cell":
            edge = 2 * self.pillar_pitch
            strips += [Strip(edge, self.gap / 2, fine), Strip(edge, across / 2, fine)]
        else:
            on_fingers, bus, gap = self._plan.strips(sizes)
            strips += [dataclasses.replace(on_fingers, depth=across / 2, size=fine)]
            strips += [bus, dataclasses.replace(gap, size=fine)]
        return estimate_triangles(self._section.area, strips, sizes)

    def build(self, sizes: MeshSizes) -> TetrahedralMesh:
        """Mesh the domain into the current Gmsh model [µm]; returns the same mesh as arrays."""
        sizes = self.resolved_sizes(sizes)
        return self._prism.mesh(self._planform(sizes), sizes)

    def _planform(self, sizes: MeshSizes) -> Planform:
        pitch, depth, half = self.finger_width + self.gap, self.pillar_pitch, self.finger_width / 2
        if self.domain == "unit_cell":
            domain = _rectangle("gap", 0.0, 0.0, pitch, depth)
            fingers = [
                _rectangle("anode", 0.0, 0.0, half, depth),
                _rectangle("cathode", pitch - half, 0.0, pitch, depth),
            ]
            centres = [("anode", 0.0, [depth / 2]), ("cathode", pitch, [depth / 2])]
        else:
            domain, fingers = self._plan.rectangles()
            centres = [
                (side, (left + right) / 2, self._pillar_positions(side))
                for side, left, right in self._plan.finger_spans()
            ]
        pillars = [
            Disk(f"{side}_pillar", *(value / MICROMETRE for value in (x, y, self.pillar_radius)))
            for side, middle, along in centres
            for x in self._across(middle)
            for y in along
        ]
        return triangulate(domain, [*fingers, *pillars], self._edge_sizes(sizes))

    def _across(self, middle: float) -> list[float]:
        """x of the rows on a finger [m]; in the unit cell only of those that the domain holds."""
        spacing = self.finger_width / self.rows
        rows = [middle + (number - (self.rows - 1) / 2) * spacing for number in range(self.rows)]
        if self.domain == "comb":
            return rows
        slack = 1e-9 * spacing
        return [x for x in rows if -slack <= x <= self.finger_width + self.gap + slack]


def _rectangle(role: str, *corners: float) -> Rectangle:
    return Rectangle(role, *(value / MICROMETRE for value in corners))
