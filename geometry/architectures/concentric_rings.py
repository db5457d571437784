"""Concentric rings on a substrate, anode and cathode by turns.

The innermost ring, or disk, is the anode's.  z points upwards from the substrate.  Each ring is a collector
with an active film on it; the electrolyte covers both and fills the gaps down to the substrate, and reaches
half a gap beyond the outermost ring.

- ``sector``: a sector of closed rings, each with a contact under all of it; ``multiplicity`` is 360/angle.
- ``device``: everything, with the spokes that carry the current to the rings and the openings that let them
  pass; see ``geometry/ring_plan.py``.  With a collector, the contacts are the collectors' faces at the outer
  ends of the spokes.
"""

import dataclasses
import math
from typing import Annotated, Literal, get_args

from ..bar import Slab
from ..errors import GeometryError
from ..parameters import MICROMETRE, Length, require_count, require_lengths
from ..patterned_films import film_bottom, film_slabs, film_storeys, require_films
from ..planform import Planform, polar_strips
from ..prism import CurvedPrism, Prism
from ..ring_plan import RingPlan
from ..sector import divisions_of_sector, require_sector
from ..sizing import MeshSizes, graded_layers, resolve
from ..tetrahedra import TetrahedralMesh

Domain = Literal["sector", "device"]

# Largest size and size at the electrodes over min(ring_width, gap), film layer over the film.
_DEFAULT_FRACTIONS = {"sector": (1 / 10, 1 / 50, 1 / 20), "device": (1 / 2, 1 / 6, 1 / 6)}


@dataclasses.dataclass(frozen=True)
class ConcentricRings(CurvedPrism):
    """Concentric rings, anode and cathode by turns.

    Parameters
    ----------
    ring_width
        Width of every ring [m].
    gap
        Distance between neighbouring rings [m].
    thickness
        Thickness of the active film on either electrode [m]; 0: bare metal, electrodes are boundaries only.
    rings
        Number of rings of both electrodes together, at least 2.
    inner_radius
        Inner radius of the innermost ring [m], which is a disk when this is 0; ring_width + gap unless given.
    collector_thickness
        Thickness of the collector under the film [m]; 0: the film's bottom is the contact.
    cover
        Height of the electrolyte above the film [m]; ring_width + gap unless given.
    domain
        What is simulated: "sector" or "device".
    angle
        Angle of the sector [degrees].
    spoke_width
        Width of the device's spokes [m]; ring_width unless given.
    insulated_top
        Whether an insulating cover without thickness lies on the films, so that only their side walls are
        electrode surface.
    """

    ring_width: Length
    gap: Length
    thickness: Length
    rings: int = 6
    inner_radius: Length | None = None
    collector_thickness: Length = 0.1e-6
    cover: Length | None = None
    domain: Domain = "sector"
    angle: Annotated[float, "deg"] = 10.0
    spoke_width: Length | None = None
    insulated_top: bool = False

    def __post_init__(self) -> None:
        owner = "concentric_rings"
        require_lengths(owner, {"ring_width": self.ring_width, "gap": self.gap})
        pitch = self.ring_width + self.gap
        defaults = {"inner_radius": pitch, "cover": pitch, "spoke_width": self.ring_width}
        for name, default in defaults.items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, default)
        require_lengths(owner, {"cover": self.cover, "spoke_width": self.spoke_width})
        layers = ("inner_radius", "thickness", "collector_thickness")
        require_lengths(owner, {name: getattr(self, name) for name in layers}, zero_allowed=True)
        require_count(owner, "rings", self.rings)
        if self.rings < 2:
            raise GeometryError(f"{owner}: rings must be at least 2, one for either electrode")
        if self.domain not in get_args(Domain):
            raise GeometryError(
                f"{owner}: domain must be one of {', '.join(get_args(Domain))}, not {self.domain!r}"
            )
        require_films(owner, self.thickness, self.collector_thickness, self.insulated_top)
        require_sector(owner, self.angle)
        if self.domain == "device":
            self._plan.require_room(owner)

    @property
    def height(self) -> float:
        """Height of the simulated domain above the substrate [m]."""
        return self.collector_thickness + self.thickness + self.cover

    @property
    def _plan(self) -> RingPlan:
        return RingPlan(
            self.rings, self.ring_width, self.gap, self.inner_radius, self.spoke_width, rim=self.gap / 2
        )

    @property
    def _prism(self) -> Prism:
        turn = math.radians(self.angle)
        section = self._plan.section() if self.domain == "device" else self._plan.section(turn, spokes=False)
        return Prism(
            section,
            film_storeys(self._slabs(), self.insulated_top),
            film_bottom(self.thickness, not self._contact_on_spokes),
            sides=self._plan.contacts() if self._contact_on_spokes else (),
        )

    def _slabs(self) -> tuple[Slab, ...]:
        return film_slabs(self.thickness, self.collector_thickness, self.cover)

    @property
    def _contact_on_spokes(self) -> bool:
        """Whether the terminal is the spoke's outer end, rather than all that lies on the substrate."""
        return self.domain == "device" and self.collector_thickness > 0

    @property
    def footprint_area(self) -> float:
        """Footprint of the simulated domain [m²]."""
        return self._prism.section.area

    @property
    def multiplicity(self) -> float:
        """Number of simulated domains in the device."""
        return 1.0 if self.domain == "device" else 360.0 / self.angle

    @property
    def characteristic_length(self) -> float:
        """The pitch [m]."""
        return self.ring_width + self.gap

    @property
    def cross_section(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Normal and origin [m] of a telling cut: in the middle of the sector, or across the spokes."""
        turn, middle = math.radians(self.angle) / 2, self._plan.radius / 2
        if self.domain == "device":
            return (1.0, 0.0, 0.0), (0.0, 0.0, self.height / 2)
        origin = (middle * math.cos(turn), middle * math.sin(turn), self.height / 2)
        return (-math.sin(turn), math.cos(turn), 0.0), origin

    def areas(self) -> dict[str, float]:
        """Closed-form areas of the simulated domain's boundaries [m²], all but "outer"."""
        areas = self._prism.areas()
        if self._contact_on_spokes:
            contact = self._plan.contact_edge * self.collector_thickness
            areas |= dict.fromkeys(("anode_contact", "cathode_contact"), contact)
        return areas

    def resolved_sizes(self, sizes: MeshSizes) -> MeshSizes:
        """The given sizes, or this domain's fractions of min(ring_width, gap) and of the film."""
        narrow = min(self.ring_width, self.gap)
        size, interface_size, film_size = _DEFAULT_FRACTIONS[self.domain]
        limits = {
            "size": (max(self.ring_width, self.gap), "the larger of gap and ring_width"),
            "interface_size": (narrow / 2, "half of gap or ring_width, whichever is smaller"),
        }
        if self.thickness > 0:
            limits["film_size"] = (self.thickness, "the film's thickness")
        film = self.thickness if self.thickness > 0 else narrow
        return resolve(sizes, narrow * size, narrow * interface_size, film * film_size, limits)

    def _strips(self, sizes: MeshSizes) -> list[tuple[str, float, dict]]:
        """Role, inner radius [m] and grading of every annulus of the sector, from the axis outwards."""
        plan, grading = self._plan, {"first": sizes.interface_size, "growth": sizes.growth}
        grading |= {"largest": sizes.size, "fine": "both", "minimum": 4}
        strips, start = [], 0.0
        for ring in range(self.rings):
            inner, outer = plan.bounds(ring)
            if inner > 0:
                before = grading if ring > 0 else grading | {"fine": "end", "minimum": 2}
                strips.append(("gap", start, before | {"length": inner - start}))
            own = grading if inner > 0 else grading | {"fine": "end", "minimum": 2}
            strips.append((plan.side(ring), inner, own | {"length": outer - inner}))
            start = outer
        last = grading | {"fine": "start", "minimum": 2, "length": plan.rim}
        return [*strips, ("gap", start, last)]

    def estimate_cells(self, sizes: MeshSizes) -> int:
        """Expected number of tetrahedra: exact for the sector."""
        sizes = self.resolved_sizes(sizes)
        if self.domain == "device":
            triangles = self._plan.estimate_triangles(sizes)
        else:
            columns = sum(len(graded_layers(**grading)) - 1 for _, _, grading in self._strips(sizes))
            # Next to the axis one triangle of each pair shrinks to nothing.
            triangles = divisions_of_sector(self.angle) * (2 * columns - 1)
        return self._prism.cell_count(triangles, sizes)

    def build(self, sizes: MeshSizes) -> TetrahedralMesh:
        """Mesh the domain into the current Gmsh model [µm]; returns the same mesh as arrays."""
        sizes = self.resolved_sizes(sizes)
        planform = self._plan.planform(sizes) if self.domain == "device" else self._sector(sizes)
        return self._prism.mesh(planform, sizes)

    def _sector(self, sizes: MeshSizes) -> Planform:
        ends = [
            (role, (start + graded_layers(**grading)) / MICROMETRE)
            for role, start, grading in self._strips(sizes)
        ]
        return polar_strips(ends, math.radians(self.angle), divisions_of_sector(self.angle))
