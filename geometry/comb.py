"""Planforms of interdigitated fingers: a slice across two half-fingers, a half pair with tips, a whole comb.

Fingers run along y and alternate along x, anode first.  The anode's bus bar lies along the lower edge and the
cathode's along the upper one; each finger starts at its own bus bar and ends ``tip_gap`` before the other.
"""

import dataclasses
import math

from .parameters import MICROMETRE
from .planform import Planform, Rectangle, strips, triangulate, uniform_points
from .sizing import MeshSizes, cells_across, graded_layers, layer_count

ROLES = ("gap", "anode", "cathode")

# Measured: Gmsh makes a third more triangles than equilateral ones of the wanted size would be.
_TRIANGLES_PER_IDEAL = 4 / 3


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
    def electrode_area(self) -> float:
        """Planform area of one electrode, bus bar included [m²]."""
        return self.half_pairs * (self.pitch * self.bus_width + self.finger_width / 2 * self.length)

    @property
    def electrode_edge(self) -> float:
        """Length of one electrode's edge that faces electrolyte [m]."""
        # Half a finger's side, half its tip, and the bus bar's inner edge beside it.
        return self.half_pairs * (self.length + self.finger_width / 2 + self.pitch - self.finger_width / 2)

    def rectangles(self) -> tuple[Rectangle, list[Rectangle]]:
        """The domain and the electrodes' rectangles [µm]."""
        low, high = self.y_range
        electrodes = [("anode", 0.0, low, self.width, 0.0)]
        electrodes.append(("cathode", 0.0, self.length + self.tip_gap, self.width, high))
        spans = {"anode": (0.0, self.length), "cathode": (self.tip_gap, self.length + self.tip_gap)}
        for role, left, right in self._finger_spans():
            electrodes.append((role, left, spans[role][0], right, spans[role][1]))
        domain = Rectangle("gap", *(value / MICROMETRE for value in (0.0, low, self.width, high)))
        return domain, [Rectangle(role, *(v / MICROMETRE for v in corners)) for role, *corners in electrodes]

    def _finger_spans(self) -> list[tuple[str, float, float]]:
        if self.fingers == 0:
            half = self.finger_width / 2
            return [("anode", 0.0, half), ("cathode", self.pitch - half, self.pitch)]
        starts = [number * self.pitch + self.gap / 2 for number in range(self.fingers)]
        return [(ROLES[1 + n % 2], start, start + self.finger_width) for n, start in enumerate(starts)]

    def planform(self, sizes: MeshSizes) -> Planform:
        """Triangulate with Gmsh, graded towards the electrodes' edges."""
        return triangulate(*self.rectangles(), sizes)

    def estimate_triangles(self, sizes: MeshSizes) -> float:
        """Expected number of triangles: equilateral ones of the local size on either side of every edge."""
        fine, coarse, growth = sizes.interface_size, sizes.size, sizes.growth
        finger, bus, gap = (
            cells_across(extent, fine, growth, coarse)
            for extent in (self.finger_width / 2, self.bus_width, self.gap / 2)
        )
        half_pair = self.length * finger + self.pitch * bus + (self.length + self.pitch) * gap
        return _TRIANGLES_PER_IDEAL * 2 * self.half_pairs * half_pair * 4 / math.sqrt(3)


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
