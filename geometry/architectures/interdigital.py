"""Interdigitated fingers on a substrate: a slice between two fingers, a half pair with its tips, or a comb.

x runs across the fingers, y along them, z upwards from the substrate.  Each finger is a collector with an
active film on it; the electrolyte covers both and fills the gaps down to the substrate.  Bus bars carry
collector and film like the fingers do.

How many simulated domains make up the device of N = ``pairs`` pairs (``multiplicity``):

- ``unit_cell``: 2N·length/slice.  The device's 2N fingers are 4N half-fingers, two in each cell.  2N − 1 of
  these cells are real gaps; the outer halves of the two outermost fingers, which face no neighbour, count as
  the last.  Bus bars and finger tips are left out.
- ``finger_pair``: 2N, by the same count, bus bars and tips included.
- ``comb``: 1.

Film volume and footprint of 2N half pairs equal those of the comb exactly.
"""

import dataclasses
from typing import Literal, get_args

from ..bar import Slab
from ..comb import CombPlan, slice_planform, slice_triangles
from ..errors import GeometryError
from ..parameters import Length, micrometres, require_count, require_lengths
from ..patterned_films import film_bottom, film_slabs, film_storeys, require_films
from ..prism import Prism, Section
from ..sizing import MeshSizes, resolve
from ..tetrahedra import TetrahedralMesh

Domain = Literal["unit_cell", "finger_pair", "comb"]

# Largest size and size at the electrodes over min(finger_width, gap), film layer over the film.
_DEFAULT_FRACTIONS = {
    "unit_cell": (1 / 10, 1 / 100, 1 / 20),
    "finger_pair": (1 / 3, 1 / 10, 1 / 20),
    "comb": (1 / 2, 1 / 6, 1 / 6),
}


@dataclasses.dataclass(frozen=True)
class Interdigital:
    """Interdigitated electrodes.

    Parameters
    ----------
    finger_width
        Width of every finger [m].
    gap
        Distance between neighbouring fingers [m].
    thickness
        Thickness of the active film on either electrode [m]; 0: bare metal, electrodes are boundaries only.
    length
        Length of every finger [m]; ten times (finger_width + gap) unless given.
    pairs
        Number of finger pairs of the device.
    collector_thickness
        Thickness of the collector under the film [m]; 0: the film's bottom is the contact.
    cover
        Height of the electrolyte above the film [m]; finger_width + gap unless given, where the field of a
        periodic comb has decayed to exp(−π) ≈ 4 %.
    tip_gap
        Distance between a finger's tip and the opposite bus bar [m]; the gap unless given.
    bus_width
        Width of the bus bars [m]; finger_width unless given.
    domain
        What is simulated: "unit_cell", "finger_pair" or "comb".
    slice
        Depth of the unit cell along the fingers [m]; gap/20 (or the whole length) unless given.
    insulated_top
        Whether an insulating cover without thickness lies on the films, so that only their side walls are
        electrode surface.
    """

    finger_width: Length
    gap: Length
    thickness: Length
    length: Length | None = None
    pairs: int = 10
    collector_thickness: Length = 0.1e-6
    cover: Length | None = None
    tip_gap: Length | None = None
    bus_width: Length | None = None
    domain: Domain = "unit_cell"
    slice: Length | None = None
    insulated_top: bool = False

    def __post_init__(self) -> None:
        require_lengths("interdigital", {"finger_width": self.finger_width, "gap": self.gap})
        self._fill_in("length", 10 * self.pitch)
        self._fill_in("cover", self.pitch)
        self._fill_in("tip_gap", self.gap)
        self._fill_in("bus_width", self.finger_width)
        names = ("length", "cover", "tip_gap", "bus_width")
        require_lengths("interdigital", {name: getattr(self, name) for name in names})
        self._fill_in("slice", min(self.gap / 20, self.length))
        require_lengths("interdigital", {"slice": self.slice})
        layers = {"thickness": self.thickness, "collector_thickness": self.collector_thickness}
        require_lengths("interdigital", layers, zero_allowed=True)
        require_count("interdigital", "pairs", self.pairs)
        if self.domain not in get_args(Domain):
            allowed = ", ".join(get_args(Domain))
            raise GeometryError(f"interdigital: domain must be one of {allowed}, not {self.domain!r}")
        require_films("interdigital", self.thickness, self.collector_thickness, self.insulated_top)
        if self.domain == "unit_cell" and self.slice > self.length:
            raise GeometryError(
                f"interdigital: slice ({micrometres(self.slice)}) is deeper than the fingers are long "
                f"({micrometres(self.length)}); make slice smaller or length larger"
            )
        if self.domain != "unit_cell" and self.tip_gap >= self.length:
            raise GeometryError(
                f"interdigital: fingers of length {micrometres(self.length)} do not reach "
                f"between each other across a tip_gap of {micrometres(self.tip_gap)}; "
                "make length larger or tip_gap smaller"
            )

    def _fill_in(self, name: str, default: float) -> None:
        if getattr(self, name) is None:
            object.__setattr__(self, name, default)

    @property
    def pitch(self) -> float:
        """Distance between the middles of neighbouring fingers [m]."""
        return self.finger_width + self.gap

    @property
    def height(self) -> float:
        """Height of the simulated domain above the substrate [m]."""
        return self.collector_thickness + self.thickness + self.cover

    @property
    def _plan(self) -> CombPlan:
        fingers = 2 * self.pairs if self.domain == "comb" else 0
        return CombPlan(self.finger_width, self.gap, self.length, self.tip_gap, self.bus_width, fingers)

    @property
    def _section(self) -> Section:
        if self.domain == "unit_cell":
            area, edge, total = self.finger_width / 2 * self.slice, self.slice, self.pitch * self.slice
        else:
            area, edge, total = self._plan.electrode_area, self._plan.electrode_edge, self._plan.area
        return Section(
            {"anode": area, "cathode": area, "gap": total - 2 * area},
            {("anode", "gap"): edge, ("cathode", "gap"): edge},
        )

    @property
    def _prism(self) -> Prism:
        return Prism(
            self._section,
            film_storeys(self._slabs(), self.insulated_top),
            film_bottom(self.thickness, not self._contact_on_bus),
            sides=self._plan.contacts() if self._contact_on_bus else (),
        )

    @property
    def footprint_area(self) -> float:
        """Footprint of the simulated domain [m²]."""
        return self._section.area

    @property
    def multiplicity(self) -> float:
        """Number of simulated domains in the device; see the module's text."""
        if self.domain == "comb":
            return 1.0
        half_pairs = 2.0 * self.pairs
        return half_pairs * self.length / self.slice if self.domain == "unit_cell" else half_pairs

    @property
    def characteristic_length(self) -> float:
        """The pitch [m]."""
        return self.pitch

    @property
    def cross_section(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Normal and origin [m] of a telling cut: across the fingers, half-way along their overlap."""
        if self.domain == "unit_cell":
            return (0.0, 1.0, 0.0), (self.pitch / 2, self.slice / 2, self.height / 2)
        return (0.0, 1.0, 0.0), (self._plan.width / 2, (self.length + self.tip_gap) / 2, self.height / 2)

    def regions(self) -> tuple[str, ...]:
        """Names of the regions that exist."""
        return tuple(self.volumes())

    def volumes(self) -> dict[str, float]:
        """Closed-form volumes of the simulated domain [m³]."""
        return self._prism.volumes()

    def areas(self) -> dict[str, float]:
        """Closed-form areas of the simulated domain's boundaries [m²], all but "outer"."""
        areas = self._prism.areas()
        if self._contact_on_bus:
            contact = self._plan.width * self.collector_thickness
            areas |= dict.fromkeys(("anode_contact", "cathode_contact"), contact)
        return areas

    @property
    def _contact_on_bus(self) -> bool:
        """Whether the terminal is the bus bar's outer edge, rather than all that lies on the substrate."""
        return self.domain != "unit_cell" and self.collector_thickness > 0

    def resolved_sizes(self, sizes: MeshSizes) -> MeshSizes:
        """The given sizes, or this domain's fractions of min(finger_width, gap) and of the film."""
        narrow = min(self.finger_width, self.gap)
        size, interface_size, film_size = _DEFAULT_FRACTIONS[self.domain]
        limits = {
            "size": (max(self.finger_width, self.gap), "the larger of gap and finger_width"),
            "interface_size": (narrow / 2, "half of gap or finger_width, whichever is smaller"),
        }
        if self.thickness > 0:
            limits["film_size"] = (self.thickness, "the film's thickness")
        film = self.thickness if self.thickness > 0 else narrow
        return resolve(sizes, narrow * size, narrow * interface_size, film * film_size, limits)

    def _slabs(self) -> tuple[Slab, ...]:
        """Slabs from the substrate upwards, named by what the fingers hold there."""
        return film_slabs(self.thickness, self.collector_thickness, self.cover)

    def estimate_cells(self, sizes: MeshSizes) -> int:
        """Expected number of tetrahedra: exact for the unit cell, within about a tenth elsewhere."""
        sizes = self.resolved_sizes(sizes)
        if self.domain == "unit_cell":
            triangles = slice_triangles(self.finger_width, self.gap, self.slice, sizes)
        else:
            triangles = self._plan.estimate_triangles(sizes)
        return self._prism.cell_count(triangles, sizes)

    def build(self, sizes: MeshSizes) -> TetrahedralMesh:
        """Mesh the domain into the current Gmsh model [µm]; returns the same mesh as arrays."""
        sizes = self.resolved_sizes(sizes)
        if self.domain == "unit_cell":
            planform = slice_planform(self.finger_width, self.gap, self.slice, sizes)
        else:
            planform = self._plan.planform(sizes)
        return self._prism.mesh(planform, sizes)
