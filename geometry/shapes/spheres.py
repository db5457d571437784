"""Shapes made of spheres: hollow spheres, inverse opal, packings of solid spheres."""

import dataclasses
import itertools
import math
from collections.abc import Iterator
from typing import Literal

import numpy as np

from ..errors import GeometryError
from ..parameters import Length, micrometres, require_lengths
from .field import DistanceField, Field, level_of_fraction
from .packing import count_for_fraction, sample_points, separate_points
from .shape import Shape, box_extent, require_choice, require_fraction, require_number, require_whole

MARGIN = 0.02
"""How far from tangency, relative to the distance of centres, surfaces have to stay to be meshed."""


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
        highest, lowest = 2 * (1 - MARGIN) * self.radius, math.sqrt(2) * (1 + MARGIN) * self.radius
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
        if abs(self._membrane) < MARGIN * self.pitch:
            raise GeometryError(
                f"{owner}: the hollows of neighbours just touch; change wall or pitch by at least "
                f"{micrometres(2 * MARGIN * self.pitch)}"
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
        largest = (1 - 2 * MARGIN) * self._inner * math.sin(room)
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


@dataclasses.dataclass(frozen=True)
class InverseOpal(Shape):
    """What is left between overlapping spherical voids in fcc order.

    Parameters
    ----------
    diameter
        Diameter of the voids [m].
    overlap
        Diameter over the distance of neighbouring centres: above 1, where windows open between the voids,
        and below 2/√3 = 1.155, where the solid falls apart.
    """

    diameter: Length
    overlap: float = 1.06

    def __post_init__(self) -> None:
        require_lengths("inverse_opal", {"diameter": self.diameter})
        require_number("inverse_opal", "overlap", self.overlap)
        if self.overlap < 1.005:
            raise GeometryError(
                f"inverse_opal: at an overlap of {self.overlap:g} the voids are closed; make it 1.005 or more"
            )
        if self.overlap > 1.14:
            raise GeometryError(
                f"inverse_opal: at an overlap of {self.overlap:g} the solid falls apart; make it at most 1.14"
            )

    @property
    def cell(self) -> float:
        """Edge of the cubic cell, which holds four voids [m]; mirror planes lie at multiples of its half."""
        return math.sqrt(2) * self.diameter / self.overlap

    @property
    def feature_size(self) -> float:
        """Diameter of the windows, or of the necks of solid between three voids [m]."""
        distance = self.diameter / self.overlap
        window = math.sqrt(self.diameter**2 - distance**2)
        return min(window, 2 * distance / math.sqrt(3) - self.diameter)

    def field(self, extent: np.ndarray) -> Field:
        """Distance to the voids; it does not depend on the box."""
        box_extent(extent)
        return DistanceField(self._distance)

    def _distance(self, points: np.ndarray) -> np.ndarray:
        folded = np.abs(points - self.cell * np.rint(points / self.cell))
        centres = self.cell / 2 * np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]])
        nearest = min_distance(folded, centres)
        return self.diameter / 2 - nearest


@dataclasses.dataclass(frozen=True)
class Spheres(Shape):
    """Solid spheres on a cubic array, or at random.

    Parameters
    ----------
    radius
        Radius of the spheres [m].
    arrangement
        "cubic": centres at the middles of cubes of edge ``pitch``.  "random": spheres that do not overlap,
        added one after another until ``solid_fraction`` is met, up to about 0.3; all radii then change by
        one small amount to meet it.
    pitch
        Distance of neighbouring centres of the cubic array [m]: below two radii they fuse, above they are
        apart.
    solid_fraction
        Volume fraction of random spheres.
    gap
        Least distance between the surfaces of random spheres [m]; a tenth of the radius unless given.
    seed
        Number of the realisation.
    """

    radius: Length
    arrangement: Literal["cubic", "random"] = "cubic"
    pitch: Length | None = None
    solid_fraction: float | None = None
    gap: Length | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        require_lengths("spheres", {"radius": self.radius})
        require_choice("spheres", "arrangement", self.arrangement, Literal["cubic", "random"])
        require_whole("spheres", "seed", self.seed, 0)
        if self.arrangement == "cubic":
            self._check_cubic()
        else:
            self._check_random()

    def _check_cubic(self) -> None:
        if self.pitch is None or self.solid_fraction is not None or self.gap is not None:
            raise GeometryError("spheres: a cubic array needs pitch, and neither solid_fraction nor gap")
        require_lengths("spheres", {"pitch": self.pitch})
        if abs(self.pitch - 2 * self.radius) < 2 * MARGIN * self.radius:
            raise GeometryError(
                f"spheres: at a pitch of {micrometres(self.pitch)} neighbours just touch; keep pitch "
                f"{micrometres(2 * MARGIN * self.radius)} away from {micrometres(2 * self.radius)}, two radii"
            )
        closed = math.sqrt(2) * (1 + MARGIN) * self.radius
        if self.pitch < closed:
            raise GeometryError(
                f"spheres: at a pitch of {micrometres(self.pitch)} the pores between the spheres are closed; "
                f"make pitch larger than {micrometres(closed)}"
            )

    def _check_random(self) -> None:
        if self.solid_fraction is None or self.pitch is not None:
            raise GeometryError("spheres: a random packing needs solid_fraction, and no pitch")
        require_fraction("spheres", "solid_fraction", self.solid_fraction)
        if self.gap is None:
            object.__setattr__(self, "gap", self.radius / 10)
        require_lengths("spheres", {"gap": self.gap})
        # Random sequential addition of spheres jams at 38 %, gaps included.
        densest = 0.36 / (1 + self.gap / (2 * self.radius)) ** 3
        if self.solid_fraction > densest:
            raise GeometryError(
                f"spheres: random spheres with a gap of {micrometres(self.gap)} reach a solid_fraction of "
                f"about {densest:.2f}, not {self.solid_fraction:g}; make gap or solid_fraction smaller"
            )

    @property
    def feature_size(self) -> float:
        """Thinnest of spheres, necks between them, gaps and pores [m]."""
        if self.arrangement == "random":
            return min(2 * self.radius, self.gap)
        apart = self.pitch - 2 * self.radius
        if apart > 0:
            return min(2 * self.radius, apart)
        neck = math.sqrt(4 * self.radius**2 - self.pitch**2)
        return min(neck, math.sqrt(2) * self.pitch - 2 * self.radius)

    @property
    def solid_fraction_target(self) -> float | None:
        """The solid fraction of a random packing."""
        return self.solid_fraction

    @property
    def walls_need_flattening(self) -> bool:
        """Whether the spheres lie at random."""
        return self.arrangement == "random"

    def field(self, extent: np.ndarray) -> Field:
        """Distance to the spheres in a box [0, extent] (3,) [m].

        Raises
        ------
        GeometryError
            No more spheres fit into the box at random, or one is already too much.
        """
        extent = box_extent(extent)
        return DistanceField(self._cubic_distance) if self.arrangement == "cubic" else self._packing(extent)

    def _cubic_distance(self, points: np.ndarray) -> np.ndarray:
        offset = points - self.pitch * (np.floor(points / self.pitch) + 0.5)
        return np.linalg.norm(offset, axis=1) - self.radius

    def _packing(self, extent: np.ndarray) -> Field:
        points, spacing = sample_points(extent, self.radius / 6)
        # Centres outside the box, but near enough to reach into it, keep its walls like its middle.
        generator = np.random.default_rng(self.seed)
        sequence = separate_points(generator, -self.radius, extent + self.radius, 2 * self.radius + self.gap)
        counted, kept = itertools.tee(sequence)

        def distances() -> Iterator[np.ndarray]:
            for centre in counted:
                yield np.linalg.norm(points - centre, axis=1) - self.radius

        advice = "make gap or solid_fraction smaller"
        count = count_for_fraction(distances(), spacing, self.solid_fraction, "spheres", advice)
        centres = np.array(list(itertools.islice(kept, count)))
        values = min_distance(points, centres) - self.radius
        radius = self.radius + level_of_fraction(values, spacing, self.solid_fraction)
        return DistanceField(lambda points: min_distance(points, centres) - radius)


def min_distance(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Distance [m] of points (n, 3) to the nearest of the centres (m, 3)."""
    if len(centres) > 8:
        from scipy.spatial import cKDTree

        return cKDTree(centres).query(points)[0]
    distances = [np.linalg.norm(points - centre, axis=1) for centre in centres]
    return np.min(distances, axis=0)
