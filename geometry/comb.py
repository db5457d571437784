"""Planforms of interdigitated fingers: a slice across two half-fingers, a half pair with tips, a whole comb.

Fingers run along y and alternate along x, anode first.  The anode's bus bar lies along the lower edge and the
cathode's along the upper one; each finger starts at its own bus bar and ends ``tip_gap`` before the other.
"""

import dataclasses
import math

from .extrusion import Side
from .figures import Rectangle
from .parameters import MICROMETRE
from .patterned_films import ROLES
from .planform import Planform, strips, uniform_points
from .sizing import MeshSizes, graded_layers, layer_count
from .triangulation import Strip, estimate_triangles, triangulate


@dataclasses.dataclass(frozen=True)
class CombPlan:
    """Dimensions of a comb's planform [m].

    ``fingers`` counts whole fingers; 0 stands for the half pair between two neighbouring fingers' mid-planes.
    """

    finger_width: float
    gap: float
    length: float
    tip_gap: float
    bus_width: float
    fingers: int

    @property
    def pitch(self) -> float:
        """Distance between the middles of neighbouring fingers [m]."""
        return self.finger_width + self.gap

    @property
    def half_pairs(self) -> int:
        """How often the half pair between two mid-planes is contained."""
        return max(self.fingers, 1)

    @property
    def width(self) -> float:
        """Extent along x [m]."""
        return self.half_pairs * self.pitch

    @property
    def y_range(self) -> tuple[float, float]:
        """Outer edges of the two bus bars [m]; y = 0 at the root of the anode's fingers."""
        return -self.bus_width, self.length + self.tip_gap + self.bus_width

    @property
    def area(self) -> float:
        """Area of the whole planform [m²]."""
        low, high = self.y_range
        return self.width * (high - low)

    @property
    def electrode_area(self) -> float:
        """Planform area of one electrode, bus bar included [m²]."""
        return self.half_pairs * (self.pitch * self.bus_width + self.finger_width / 2 * self.length)

    @property
    def electrode_edge(self) -> float:
        """Length of one electrode's edge that faces electrolyte [m]."""
        # Half a finger's side, half its tip, and the bus bar's inner edge beside it.
        return self.half_pairs * (self.length + self.finger_width / 2 + self.pitch - self.finger_width / 2)

    def contacts(self) -> tuple[Side, Side]:
        """The collectors' faces at the outer edges of the bus bars."""
        low, high = (y / MICROMETRE for y in self.y_range)
        return (
            Side("v", low, "anode_collector", "anode_contact"),
            Side("v", high, "cathode_collector", "cathode_contact"),
        )

    def rectangles(self) -> tuple[Rectangle, list[Rectangle]]:
        """The domain and the electrodes' rectangles [µm]."""
        low, high = self.y_range
        electrodes = [("anode", 0.0, low, self.width, 0.0)]
        electrodes.append(("cathode", 0.0, self.length + self.tip_gap, self.width, high))
        for role, left, right in self.finger_spans():
            start = self.finger_start(role)
            electrodes.append((role, left, start, right, start + self.length))
        domain = Rectangle("gap", *(value / MICROMETRE for value in (0.0, low, self.width, high)))
        return domain, [Rectangle(role, *(v / MICROMETRE for v in corners)) for role, *corners in electrodes]

    def finger_start(self, role: str) -> float:
        """y at which the fingers of an electrode begin [m]."""
        return 0.0 if role == "anode" else self.tip_gap

    def finger_spans(self) -> list[tuple[str, float, float]]:
        """Role, left and right edge of every finger [m]."""
        if self.fingers == 0:
            half = self.finger_width / 2
            return [("anode", 0.0, half), ("cathode", self.pitch - half, self.pitch)]
        starts = [number * self.pitch + self.gap / 2 for number in range(self.fingers)]
        return [(ROLES[1 + n % 2], start, start + self.finger_width) for n, start in enumerate(starts)]

    def planform(self, sizes: MeshSizes) -> Planform:
        """Triangulate with Gmsh, graded towards the electrodes' edges."""
        return triangulate(*self.rectangles(), self.edge_sizes(sizes))

    def edge_sizes(self, sizes: MeshSizes) -> MeshSizes:
        """Sizes with cells along the edges no longer than twice the width of tip gaps and bus bars."""
        finest = min(sizes.interface_size, 2 * self.tip_gap, 2 * self.bus_width)
        return dataclasses.replace(sizes, interface_size=finest)

    def estimate_triangles(self, sizes: MeshSizes) -> float:
        """Expected number of triangles: equilateral ones of the local size on either side of every edge."""
        return estimate_triangles(self.area, self.strips(sizes), sizes)

    def strips(self, sizes: MeshSizes) -> list[Strip]:
        """Graded strips along the electrodes' edges, for estimates."""
        fine, count = self.edge_sizes(sizes).interface_size, 2 * self.half_pairs
        return [
            Strip(count * self.length, self.finger_width / 2, fine),
            Strip(count * self.pitch, self.bus_width, fine),
            Strip(count * (self.length + self.pitch), self.gap / 2, fine),
        ]


def slice_planform(finger_width: float, gap: float, depth: float, sizes: MeshSizes) -> Planform:
    """Half an anode finger, the gap and half a cathode finger, ``depth`` deep along the fingers [m].

    A regular strip, so that nothing but the shape itself varies along the fingers.
    """
    grading = {"first": sizes.interface_size, "growth": sizes.growth, "largest": sizes.size}
    half = finger_width / 2
    anode = graded_layers(half, fine="end", minimum=2, **grading)
    between = half + graded_layers(gap, fine="both", minimum=4, **grading)
    cathode = half + gap + graded_layers(half, fine="start", minimum=2, **grading)
    along = uniform_points(depth, sizes.size, 2)
    named = zip(("anode", "gap", "cathode"), (anode, between, cathode), strict=True)
    return strips([(role, ends / MICROMETRE) for role, ends in named], along / MICROMETRE)


def slice_triangles(finger_width: float, gap: float, depth: float, sizes: MeshSizes) -> int:
    """Number of triangles of ``slice_planform``, without making it."""
    grading = {"first": sizes.interface_size, "growth": sizes.growth, "largest": sizes.size, "minimum": 2}
    columns = 2 * (layer_count(finger_width / 2, **grading) + layer_count(gap / 2, **grading))
    return 2 * columns * max(2, math.ceil(depth / sizes.size - 1e-9))
