"""Two coated fibres twisted around one another in a cylinder of electrolyte.

The section perpendicular to the axis z is that of `parallel_fibres`, circles included, and turns with height:
so volumes are those of straight fibres of the same length along z.  A wire that is round perpendicular to
itself would be cut a little wider than a circle, by the factor √(1 + (2πc/twist_pitch)²) at the distance c
of its axis.  The anode's terminal is its wire's end face at z = 0, the cathode's that of its wire at the
other end.
"""

import dataclasses
import math
from numbers import Real

from ..errors import GeometryError
from ..fibre_pair import ROLES, SIDES, FibrePair
from ..parameters import Length, micrometres, require_lengths
from ..prism import CurvedPrism, EvenLayers, Prism, Storey
from ..sizing import MeshSizes
from ..tetrahedra import TetrahedralMesh

STEEPEST = 2.0
"""Largest slope of the outermost lines against the axis; steeper ones make cells with flat angles."""

_LEVELS_PER_TURN = 80

# Largest way by which a film cell's far end turns sideways from level to level, over its thickness.
_LARGEST_TURN = 0.3


@dataclasses.dataclass(frozen=True)
class TwistedFibres(CurvedPrism):
    """Two coated fibres twisted around one another in a cylinder of electrolyte.

    Parameters
    ----------
    core_radius
        Radius of either wire [m].
    anode_thickness, cathode_thickness
        Thickness of the film on each wire [m].
    separation
        Distance between the films' surfaces [m].
    twist_pitch
        Height of one turn along the axis [m].
    turns
        Number of turns simulated; may be a fraction.
    radius
        Radius of the electrolyte's cylinder, about the middle of the gap between the fibres [m]; unless
        given, it leaves as much room outside the thicker fibre as that one's own radius.
    """

    core_radius: Length
    anode_thickness: Length
    cathode_thickness: Length
    separation: Length
    twist_pitch: Length
    turns: float = 1.0
    radius: Length | None = None

    def __post_init__(self) -> None:
        owner = "twisted_fibres"
        names = ("core_radius", "anode_thickness", "cathode_thickness", "separation", "twist_pitch")
        require_lengths(owner, {name: getattr(self, name) for name in names})
        if self.radius is None:
            dimensions = (self.core_radius, self.anode_thickness, self.cathode_thickness, self.separation)
            object.__setattr__(self, "radius", FibrePair.default_radius(*dimensions))
        require_lengths(owner, {"radius": self.radius})
        if isinstance(self.turns, bool) or not isinstance(self.turns, Real) or not 0 < self.turns < math.inf:
            raise GeometryError(f"{owner}: turns must be a positive number, not {self.turns!r}")
        self._pair.require_room(owner)
        around, shortest = 2 * math.pi * self.radius, 2 * math.pi * self.radius / STEEPEST
        if self.twist_pitch < shortest * (1 - 1e-9):
            raise GeometryError(
                f"{owner}: in one turn the surface of the cylinder runs {micrometres(around)} around and only "
                f"twist_pitch ({micrometres(self.twist_pitch)}) up, too flat for usable cells; make twist_pitch "
                f"larger by at least {micrometres(shortest - self.twist_pitch)}, or radius smaller"
            )

    @property
    def length(self) -> float:
        """Extent along the axis [m]."""
        return self.turns * self.twist_pitch

    @property
    def _pair(self) -> FibrePair:
        return FibrePair(
            self.core_radius, self.anode_thickness, self.cathode_thickness, self.separation, self.radius
        )

    @property
    def _prism(self) -> Prism:
        return self._prism_of(1)

    def _prism_of(self, levels: int) -> Prism:
        twist = 2 * math.pi / self.twist_pitch
        return Prism(
            self._pair.section(twist),
            (Storey(EvenLayers(self.length, levels, levels), {role: role for role in ROLES}),),
            {"anode_collector": "anode_contact"},
            {"cathode_collector": "cathode_contact"},
            twist=twist,
        )

    def _levels(self, sizes: MeshSizes) -> int:
        """Cell layers along the axis: so many that thin film cells turn by less than their own thickness."""
        per_turn = _LEVELS_PER_TURN
        for side in SIDES:
            radii = self._pair.radii(side, sizes)
            thinnest = (radii[1:] - radii[:-1]).min()
            longest = math.pi / 2 * radii[-1] / self._pair.divisions(side, sizes)
            per_turn = max(per_turn, math.ceil(2 * math.pi * longest / (_LARGEST_TURN * thinnest)))
        return max(2, math.ceil(self.turns * per_turn))

    @property
    def footprint_area(self) -> float:
        """Longitudinal section [m²]: diameter times length."""
        return 2 * self.radius * self.length

    @property
    def multiplicity(self) -> float:
        """1: the whole device is simulated."""
        return 1.0

    @property
    def characteristic_length(self) -> float:
        """The separation of the fibres [m]."""
        return self.separation

    @property
    def cross_section(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Normal and origin [m] of a telling cut: across the fibres, at half their length."""
        return (0.0, 0.0, 1.0), (0.0, 0.0, self.length / 2)

    def resolved_sizes(self, sizes: MeshSizes) -> MeshSizes:
        """The given sizes, or a quarter of the narrowest gap and of the thinnest film, 1/8 of the radius."""
        return self._pair.resolved_sizes(sizes)

    def estimate_cells(self, sizes: MeshSizes) -> int:
        """Expected number of tetrahedra."""
        sizes = self.resolved_sizes(sizes)
        return self._prism_of(self._levels(sizes)).cell_count(self._pair.estimate_triangles(sizes), sizes)

    def build(self, sizes: MeshSizes) -> TetrahedralMesh:
        """Mesh the domain into the current Gmsh model [µm]; returns the same mesh as arrays."""
        sizes = self.resolved_sizes(sizes)
        return self._prism_of(self._levels(sizes)).mesh(self._pair.planform(sizes), sizes)
