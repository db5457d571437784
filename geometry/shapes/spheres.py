"""Solid spheres on a cubic array or in a random packing."""

import dataclasses
import itertools
import math
from collections.abc import Iterator
from typing import Literal

import numpy as np

from ..errors import GeometryError
from ..parameters import Length, micrometres, require_lengths
from .field import DistanceField, Field, level_of_fraction
from .packing import count_for_fraction, densest_fraction, sample_points, separate_points, widest_gap
from .shape import TANGENCY_MARGIN, Shape, box_extent, require_choice, require_fraction, require_whole


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
        Least distance between the surfaces of random spheres [m]; as wide as the fraction allows, up to half
        the radius, unless given.
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
        if abs(self.pitch - 2 * self.radius) < 2 * TANGENCY_MARGIN * self.radius:
            margin = micrometres(2 * TANGENCY_MARGIN * self.radius)
            raise GeometryError(
                f"spheres: at a pitch of {micrometres(self.pitch)} neighbours just touch; keep it {margin} "
                f"away from {micrometres(2 * self.radius)}, two radii"
            )
        closed = math.sqrt(2) * (1 + TANGENCY_MARGIN) * self.radius
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
            widest = widest_gap(self.radius, self.solid_fraction, 3)
            object.__setattr__(self, "gap", max(widest, self.radius / 20))
        require_lengths("spheres", {"gap": self.gap})
        densest = densest_fraction(self.radius, self.gap, 3)
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
        lower, upper = np.full(3, -self.radius), extent + self.radius
        sequence = separate_points(generator, lower, upper, 2 * self.radius + self.gap)
        counted, kept = itertools.tee(sequence)

        def distances() -> Iterator[np.ndarray]:
            for centre in counted:
                offset = points - centre
                yield np.sqrt(np.einsum("ij,ij->i", offset, offset)) - self.radius

        advice = "make gap or solid_fraction smaller, or the box larger"
        count = count_for_fraction(distances(), spacing, self.solid_fraction, "spheres", advice)
        centres = np.array(list(itertools.islice(kept, count)))
        values = nearest_distance(points, centres) - self.radius
        radius = self.radius + level_of_fraction(values, spacing, self.solid_fraction)
        return DistanceField(lambda points: nearest_distance(points, centres) - radius)


def nearest_distance(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Distance [m] of points (n, 3) to the nearest of the centres (m, 3)."""
    from scipy.spatial import cKDTree

    return cKDTree(centres).query(points)[0]
