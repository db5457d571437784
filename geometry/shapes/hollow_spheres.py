"""Open hollow spheres on a cubic array."""

import dataclasses
import math

import numpy as np

from ..errors import GeometryError
from ..parameters import Length, micrometres, require_lengths
from .field import DistanceField, Field
from .shape import TANGENCY_MARGIN, Shape, box_extent


@dataclasses.dataclass(frozen=True)
class HollowSpheres(Shape):
    """Hollow spheres on a cubic array, fused to six neighbours and open through eight holes each.

    Centres lie at the middles of cubes, holes on the diagonals of the cubes.  Where neighbours overlap so
    much that their hollows meet, the wall between them opens.

    Parameters
    ----------
    radius
        Outer radius [m].
    wall
        Thickness of the wall [m].
    hole
        Radius of the holes [m]; 0: none, for hollows that meet.
    pitch
        Distance of neighbouring centres [m]; 1.9 radii unless given.  At 2 radii spheres would only touch.
    """

    radius: Length
    wall: Length
    hole: Length
    pitch: Length | None = None

    def __post_init__(self) -> None:
        owner = "hollow_spheres"
        require_lengths(owner, {"radius": self.radius, "wall": self.wall})
        require_lengths(owner, {"hole": self.hole}, zero_allowed=True)
        if self.pitch is None:
            object.__setattr__(self, "pitch", 1.9 * self.radius)
        require_lengths(owner, {"pitch": self.pitch})
        if self.wall > 0.9 * self.radius:
            raise GeometryError(
                f"{owner}: a wall of {micrometres(self.wall)} leaves no hollow; make it smaller than "
                f"{micrometres(0.9 * self.radius)}, 0.9 of radius"
            )
        highest, lowest = (
            2 * (1 - TANGENCY_MARGIN) * self.radius,
            math.sqrt(2) * (1 + TANGENCY_MARGIN) * self.radius,
        )
        if self.pitch > highest:
            raise GeometryError(
                f"{owner}: at a pitch of {micrometres(self.pitch)} neighbours do not fuse; "
                f"make pitch smaller than {micrometres(highest)} or radius larger"
            )
        if self.pitch < lowest:
            raise GeometryError(
                f"{owner}: at a pitch of {micrometres(self.pitch)} the pores between the spheres are closed; "
                f"make pitch larger than {micrometres(lowest)} or radius smaller"
            )
        if abs(self._membrane) < TANGENCY_MARGIN * self.pitch:
            raise GeometryError(
                f"{owner}: the hollows of neighbours just touch; change wall or pitch by at least "
                f"{micrometres(2 * TANGENCY_MARGIN * self.pitch)}"
            )
        self._check_holes(owner)

    def _check_holes(self, owner: str) -> None:
        if self.hole == 0:
            if self._membrane > 0:
                raise GeometryError(f"{owner}: without holes the hollows are closed; give hole a radius")
            return
        # Holes on the diagonals are 70.5° apart, and 54.7° from where neighbours fuse.
        fused = math.acos(self.pitch / (2 * self.radius))
        room = min(math.radians(35.264), math.radians(54.736) - fused)
        largest = (1 - 2 * TANGENCY_MARGIN) * self._inner * math.sin(room)
        if self.hole > largest:
            raise GeometryError(
                f"{owner}: holes of radius {micrometres(self.hole)} cut one another or the necks between "
                f"spheres; make hole smaller than {micrometres(largest)}"
            )

    @property
    def _inner(self) -> float:
        """Radius of the hollow [m]."""
        return self.radius - self.wall

    @property
    def _membrane(self) -> float:
        """Solid between the hollows of neighbours [m]; negative where they meet."""
        return self.pitch - 2 * self._inner

    @property
    def feature_size(self) -> float:
        """Thinnest of wall, membrane, holes, necks, windows and pores between spheres [m]."""
        sizes = [self.wall, math.sqrt(4 * self.radius**2 - self.pitch**2)]
        sizes.append(math.sqrt(2) * self.pitch - 2 * self.radius)
        if self.hole > 0:
            sizes.append(2 * self.hole)
        if self._membrane > 0:
            sizes.append(self._membrane)
        else:
            window = math.sqrt(4 * self._inner**2 - self.pitch**2)
            sizes += [window, (sizes[1] - window) / 2]
        return min(sizes)

    def field(self, extent: np.ndarray) -> Field:
        """Distance to the walls; it does not depend on the box."""
        box_extent(extent)
        return DistanceField(self._distance)

    def _distance(self, points: np.ndarray) -> np.ndarray:
        # The octant of the nearest sphere, from its centre; its hole lies on the diagonal.
        folded = np.abs(points - self.pitch * (np.floor(points / self.pitch) + 0.5))
        distance = np.linalg.norm(folded, axis=1)
        shell = np.abs(distance - (self.radius - self.wall / 2)) - self.wall / 2
        along = folded.sum(axis=1) / math.sqrt(3)
        across = np.sqrt(np.maximum(distance**2 - along**2, 0.0))
        return np.maximum(shell, self.hole - across) if self.hole > 0 else shell
