"""Planform of concentric rings that belong to the anode and the cathode by turns, with a spoke for either.

Ring 0, the innermost, is the anode's.  The anode's spoke runs outwards along negative u from the anode's
innermost ring, the cathode's along positive u from the cathode's, to the edge of the device.  Every ring of
the other electrode that a spoke meets has an opening with straight sides, wide enough for the spoke and a gap
on both sides of it.
"""

import dataclasses
import math

from .clearance import require_clearance
from .errors import GeometryError
from .extrusion import Side
from .figures import Disk, Figure, Outline
from .parameters import MICROMETRE, micrometres
from .planform import Planform
from .prism import Section
from .sizing import MeshSizes
from .triangulation import Strip, arc_size, estimate_triangles, triangulate

SIDES = ("anode", "cathode")


@dataclasses.dataclass(frozen=True)
class RingPlan:
    """Dimensions of the planform [m]; ``rim`` is the gap outside the outermost ring."""

    rings: int
    ring_width: float
    gap: float
    inner_radius: float
    spoke_width: float
    rim: float

    @property
    def radius(self) -> float:
        """Radius of the device [m]."""
        return self.bounds(self.rings - 1)[1] + self.rim

    def bounds(self, ring: int) -> tuple[float, float]:
        """Inner and outer radius of a ring [m]."""
        inner = self.inner_radius + ring * (self.ring_width + self.gap)
        return inner, inner + self.ring_width

    def side(self, ring: int) -> str:
        """The electrode a ring belongs to."""
        return SIDES[ring % 2]

    @property
    def _half_spoke(self) -> float:
        return self.spoke_width / 2

    @property
    def _half_opening(self) -> float:
        return self.spoke_width / 2 + self.gap

    def has_opening(self, ring: int) -> bool:
        """Whether the other electrode's spoke passes a ring."""
        return ring > (1 - ring % 2)

    def require_room(self, owner: str) -> None:
        """Raise GeometryError unless spokes and openings fit into the rings they meet."""
        for ring in range(self.rings):
            inner, outer = self.bounds(ring)
            if self.has_opening(ring):
                clearance = inner - self._half_opening
                what = f"the sides of the opening in ring {ring + 1}"
                require_clearance(owner, what, clearance, self._half_opening, "inner_radius")
            elif self._half_spoke > 0.8 * outer:
                raise GeometryError(
                    f"{owner}: a spoke {micrometres(self.spoke_width)} wide does not fit on ring {ring + 1} of "
                    f"radius {micrometres(outer)}; make spoke_width smaller, or inner_radius larger by at "
                    f"least {micrometres(self._half_spoke / 0.8 - outer)}"
                )

    def _spoke_pieces(self, side: str) -> list[tuple[float, float]]:
        """Radii of the circles between which a spoke lies bare, beginning at its innermost ring [m]."""
        own = range(SIDES.index(side), self.rings, 2)
        pieces = [(self.bounds(ring)[1], self.bounds(ring + 2)[0]) for ring in own[:-1]]
        return [*pieces, (self.bounds(own[-1])[1], self.radius)]

    def section(self, turn: float = 2 * math.pi, spokes: bool = True) -> Section:
        """Closed-form measures of a sector without spokes, or of the whole device with them."""
        areas, edges = dict.fromkeys(SIDES, 0.0), dict.fromkeys(SIDES, 0.0)
        for ring in range(self.rings):
            inner, outer = self.bounds(ring)
            side = self.side(ring)
            areas[side] += turn / 2 * (outer**2 - inner**2)
            edges[side] += turn * (inner + outer)
            if spokes and self.has_opening(ring):
                half = self._half_opening
                areas[side] -= _strip(half, outer) - _strip(half, inner)
                edges[side] -= _arc(half, inner) + _arc(half, outer)
                edges[side] += 2 * (_reach(half, outer) - _reach(half, inner))
        for side in SIDES if spokes else ():
            half = self._half_spoke
            for inner, outer in self._spoke_pieces(side):
                areas[side] += _strip(half, outer) - _strip(half, inner)
                edges[side] += 2 * (_reach(half, outer) - _reach(half, inner)) - _arc(half, inner)
                if outer < self.radius:
                    edges[side] -= _arc(half, outer)
        gap = turn / 2 * self.radius**2 - sum(areas.values())
        return Section(areas | {"gap": gap}, {(side, "gap"): edges[side] for side in SIDES})

    @property
    def contact_edge(self) -> float:
        """Length of the outer end of a spoke [m]."""
        return _arc(self._half_spoke, self.radius)

    def contacts(self) -> tuple[Side, Side]:
        """The collectors' faces at the outer ends of the spokes."""
        radius = self.radius / MICROMETRE
        return (
            Side("radius", radius, "anode_collector", "anode_contact"),
            Side("radius", radius, "cathode_collector", "cathode_contact"),
        )

    def planform(self, sizes: MeshSizes) -> Planform:
        """Triangulate the device with Gmsh, graded towards the electrodes' edges."""
        figures: list[Figure] = []
        # From outside inwards: every disk covers the middle of the one before.
        for ring in reversed(range(self.rings)):
            inner, outer = self.bounds(ring)
            if self.has_opening(ring):
                figures.append(self._open_ring(ring))
                continue
            figures.append(Disk(self.side(ring), 0.0, 0.0, outer / MICROMETRE))
            if inner > 0:
                figures.append(Disk("gap", 0.0, 0.0, inner / MICROMETRE))
        for side, sign in zip(SIDES, (-1.0, 1.0), strict=True):
            for inner, outer in self._spoke_pieces(side):
                figures.append(self._spoke(side, sign, inner, outer))
        return triangulate(Disk("gap", 0.0, 0.0, self.radius / MICROMETRE), figures, sizes)

    def _open_ring(self, ring: int) -> Outline:
        """A ring from one side of its opening all around to the other."""
        inner, outer = self.bounds(ring)
        half = self._half_opening
        # The anode's rings open towards positive u, where the cathode's spoke is.
        sign = 1.0 if self.side(ring) == "anode" else -1.0
        start, end = math.asin(half / outer), math.asin(half / inner)
        turns = [start + (2 * math.pi - 2 * start) * k / 4 for k in range(5)]
        back = [2 * math.pi - end - (2 * math.pi - 2 * end) * k / 4 for k in range(5)]
        corners = [_at(sign * outer, turn) for turn in turns] + [_at(sign * inner, turn) for turn in back]
        return Outline(self.side(ring), tuple(corners), (0, 1, 2, 3, 5, 6, 7, 8))

    def _spoke(self, side: str, sign: float, inner: float, outer: float) -> Outline:
        """A piece of a spoke between two circles."""
        low, high = (math.asin(self._half_spoke / radius) for radius in (inner, outer))
        corners = (
            _at(sign * inner, -low),
            _at(sign * outer, -high),
            _at(sign * outer, high),
            _at(sign * inner, low),
        )
        return Outline(side, corners, (1, 3))

    def estimate_triangles(self, sizes: MeshSizes) -> float:
        """Expected number of triangles of the device."""
        fine, strips = sizes.interface_size, []
        for ring in range(self.rings):
            for radius, inside in zip(self.bounds(ring), (-1, 1), strict=True):
                if radius > 0:
                    size, around = arc_size(radius, fine), 2 * math.pi * radius
                    strips.append(Strip(around, self.ring_width / 2, size))
                    strips.append(Strip(around, self.gap / 2, size, inside / radius))
        for side in SIDES:
            start = self._spoke_pieces(side)[0][0]
            strips.append(Strip(2 * (self.radius - start), self.gap / 2, fine))
            strips.append(Strip(2 * (self.radius - start), min(self.gap, self.spoke_width) / 2, fine))
        return estimate_triangles(math.pi * self.radius**2, strips, sizes)


def _strip(half: float, radius: float) -> float:
    """Area of what lies within ``half`` of a ray from a circle's centre and inside the circle."""
    return half * math.sqrt(radius**2 - half**2) + radius**2 * math.asin(half / radius)


def _arc(half: float, radius: float) -> float:
    """Length of the arc that lies within ``half`` of a ray from the centre."""
    return 2 * radius * math.asin(half / radius)


def _reach(half: float, radius: float) -> float:
    """How far along the ray a line beside it at the distance ``half`` stays inside the circle."""
    return math.sqrt(radius**2 - half**2)


def _at(radius: float, turn: float) -> tuple[float, float]:
    """Point in micrometres; a negative radius is on the other side."""
    return radius * math.cos(turn) / MICROMETRE, abs(radius) * math.sin(turn) / MICROMETRE
