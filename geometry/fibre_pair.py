"""Section across two coated fibres side by side in a cylinder of electrolyte.

The cylinder's axis is the origin, in the middle of the gap between the fibres; the anode's fibre lies at
negative u, the cathode's at positive u.
"""

import dataclasses
import math

import numpy as np

from .clearance import require_clearance
from .figures import Disk, Figure, Outline, rings, sector
from .parameters import MICROMETRE
from .planform import Planform
from .prism import Section
from .sizing import MeshSizes, graded_layers, resolve
from .triangulation import Strip, arc_size, estimate_triangles, triangulate

SIDES = ("anode", "cathode")
ROLES = ("electrolyte", *SIDES, "anode_collector", "cathode_collector")

# Of a quarter circle: areas within 0.3 %.
_LEAST_DIVISIONS = 12


@dataclasses.dataclass(frozen=True)
class FibrePair:
    """Dimensions of the section [m]; with ``half``, only what lies at v ≥ 0 is simulated."""

    core_radius: float
    anode_thickness: float
    cathode_thickness: float
    separation: float
    radius: float
    half: bool = False

    @staticmethod
    def default_radius(
        core_radius: float, anode_thickness: float, cathode_thickness: float, separation: float
    ) -> float:
        """A cylinder that leaves as much room outside the thicker fibre as its own radius [m]."""
        return separation / 2 + 3 * (core_radius + max(anode_thickness, cathode_thickness))

    def fibre_radius(self, side: str) -> float:
        """Outer radius of a fibre [m]."""
        return self.core_radius + (self.anode_thickness if side == "anode" else self.cathode_thickness)

    def centre(self, side: str) -> float:
        """u of a fibre's axis [m]."""
        return (-1 if side == "anode" else 1) * (self.separation / 2 + self.fibre_radius(side))

    @property
    def turn(self) -> float:
        """Angle of the section about any centre [rad]."""
        return math.pi if self.half else 2 * math.pi

    @property
    def wall_distance(self) -> float:
        """Distance from the farther fibre to the cylinder [m]."""
        return self.radius - max(abs(self.centre(side)) + self.fibre_radius(side) for side in SIDES)

    def require_room(self, owner: str) -> None:
        """Raise GeometryError unless the fibres keep a distance from one another and from the cylinder."""
        largest = max(map(self.fibre_radius, SIDES))
        require_clearance(owner, "the two fibres", self.separation, largest, "separation")
        require_clearance(owner, "a fibre and the cylinder around", self.wall_distance, largest, "radius")

    def section(self, twist: float = 0.0) -> Section:
        """Closed-form measures; with a twist [rad/m], edges are areas of helical surfaces per length.

        On a circle of radius a about an axis at the distance c, twisted by τ per length, a strip between the
        angles α and α + dα has the area a √(1 + τ²c² sin²α) dα per length.
        """
        core, turn = self.core_radius, self.turn
        areas = {"electrolyte": turn / 2 * self.radius**2}
        edges = {}
        # The trapezoidal rule is exact to rounding for a smooth periodic function.
        angles = np.linspace(0.0, 2 * math.pi, 256, endpoint=False)
        for side in SIDES:
            outer = self.fibre_radius(side)
            stretch = float(np.mean(np.sqrt(1 + (twist * self.centre(side) * np.sin(angles)) ** 2)))
            areas["electrolyte"] -= turn / 2 * outer**2
            areas[side] = turn / 2 * (outer**2 - core**2)
            areas[f"{side}_collector"] = turn / 2 * core**2
            edges[side, "electrolyte"] = turn * outer * stretch
        return Section(areas, edges)

    def resolved_sizes(self, sizes: MeshSizes) -> MeshSizes:
        """The given sizes, or a quarter of the narrowest gap, fibre and film, 1/8 of the cylinder's radius."""
        narrow = min(self.separation, self.wall_distance)
        film = min(self.anode_thickness, self.cathode_thickness)
        limits = {
            "size": (self.radius, "the cylinder's radius"),
            "interface_size": (narrow / 2, "half of the separation or of the distance to the cylinder"),
            "film_size": (film, "the thinnest film"),
        }
        thin = min(narrow, *(self.fibre_radius(side) for side in SIDES))
        return resolve(sizes, self.radius / 8, thin / 4, film / 4, limits)

    def divisions(self, side: str, sizes: MeshSizes) -> int:
        """Segments of a quarter of a fibre's circles, an even number."""
        size = arc_size(self.fibre_radius(side), sizes.interface_size)
        return 2 * max(_LEAST_DIVISIONS // 2, math.ceil(math.pi / 4 * self.fibre_radius(side) / size - 1e-9))

    def radii(self, side: str, sizes: MeshSizes) -> np.ndarray:
        """Ends of the regular rings of a film [m]."""
        thickness = self.fibre_radius(side) - self.core_radius
        return self.core_radius + graded_layers(
            thickness,
            min(sizes.film_size, thickness),
            sizes.growth,
            fine="end",
            largest=sizes.size,
            minimum=2,
        )

    def planform(self, sizes: MeshSizes) -> Planform:
        """Triangulate: films in regular rings, all else graded towards the fibres."""
        figures: list[Figure] = []
        for side in SIDES:
            centre = (self.centre(side) / MICROMETRE, 0.0)
            core = self.core_radius / MICROMETRE
            figures += sector(f"{side}_collector", centre, 0.0, core, 0.0, self.turn)
            radii = self.radii(side, sizes) / MICROMETRE
            figures += rings(side, centre, radii, 0.0, self.turn, self.divisions(side, sizes))
        return triangulate(self._domain(), figures, sizes)

    def _domain(self) -> Figure:
        radius = self.radius / MICROMETRE
        if not self.half:
            return Disk("electrolyte", 0.0, 0.0, radius)
        return Outline("electrolyte", ((radius, 0.0), (0.0, radius), (-radius, 0.0)), (0, 1))

    def estimate_triangles(self, sizes: MeshSizes) -> float:
        """Expected number of triangles."""
        turn, regular, strips = self.turn, 0, []
        areas = self.section().areas
        for side in SIDES:
            pieces, radius = 2 if self.half else 4, self.fibre_radius(side)
            divisions = self.divisions(side, sizes)
            regular += 2 * pieces * divisions * (len(self.radii(side, sizes)) - 1)
            core = self.core_radius
            chord = math.pi / 2 / divisions
            strips.append(Strip(turn * core, core, core * chord, -1 / core))
            strips.append(Strip(turn * radius / 2, self.separation / 2, radius * chord, 1 / radius))
            strips.append(Strip(turn * radius / 2, self.radius, radius * chord, 0.0))
        free = areas["electrolyte"] + areas["anode_collector"] + areas["cathode_collector"]
        return regular + estimate_triangles(free, strips, sizes)
