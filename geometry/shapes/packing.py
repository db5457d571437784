"""Fixed random sequences of bodies, and how many of them reach a solid fraction."""

from collections.abc import Iterator

import numpy as np

from ..errors import GeometryError
from .field import covered, midpoints

ATTEMPTS = 20_000
"""Random positions tried in a row for one more body before a packing counts as full."""

SAMPLES = 250_000
"""Largest number of voxels on which a fraction is measured."""


DENSEST = {2: 0.5, 3: 0.36}
"""Fraction of disks and balls with gaps that random sequential addition reaches (jams: 0.547, 0.384)."""

EASY = {2: 0.46, 3: 0.30}
"""Fraction, gaps included, that it reaches within few attempts."""


def densest_fraction(radius: float, gap: float, dimension: int) -> float:
    """Solid fraction that disks (2) or balls (3) of a radius reach with a gap between them [m]."""
    return DENSEST[dimension] / (1 + gap / (2 * radius)) ** dimension


def widest_gap(radius: float, solid_fraction: float, dimension: int) -> float:
    """Gap [m] at which the fraction is still reached with ease, no more than half of the radius."""
    swelling = (EASY[dimension] / solid_fraction) ** (1 / dimension)
    return radius * min(2 * (swelling - 1), 0.5)


def separate_points(
    generator: np.random.Generator, lower: np.ndarray, upper: np.ndarray, spacing: float
) -> Iterator[np.ndarray]:
    """Random sequential addition: points no closer to one another than ``spacing``, until the box is full.

    Parameters
    ----------
    lower, upper
        Corners of the box [m], shape (dimension,).
    spacing
        Least distance of two points [m].

    Yields
    ------
    numpy.ndarray, shape (dimension,)
    """
    placed = np.empty((0, len(lower)))
    while True:
        for _ in range(0, ATTEMPTS, 100):
            trials = generator.uniform(lower, upper, (100, len(lower)))
            squares = ((trials[:, None] - placed) ** 2).sum(axis=2)
            free = np.flatnonzero((squares >= spacing**2).all(axis=1))
            if free.size:
                placed = np.concatenate([placed, trials[free[:1]]])
                yield placed[-1]
                break
        else:
            return


def sample_points(extent: np.ndarray, finest: float) -> tuple[np.ndarray, float]:
    """Middles (n, 3) [m] of voxels that fill the box, and their edge [m]; no finer than ``finest`` [m]."""
    spacing = max(finest, (np.prod(extent) / SAMPLES) ** (1 / 3))
    grid = np.meshgrid(*midpoints(extent, spacing), indexing="ij")
    return np.stack(grid, axis=-1).reshape(-1, 3), spacing


def count_for_fraction(
    distances: Iterator[np.ndarray], spacing: float, target: float, owner: str, advice: str
) -> int:
    """How many bodies of a sequence come nearest to a solid fraction.

    Parameters
    ----------
    distances
        Signed distance to one body after another [m] at the middles of equal voxels.
    spacing
        Edge of the voxels [m].
    target
        Solid fraction wanted.
    owner, advice
        Who to name, and what to recommend, should the sequence end too early.

    Raises
    ------
    GeometryError
        The sequence ends below the target, or its first body already exceeds it by half.
    """
    nearest, before = None, 0.0
    count = 0
    for distance in distances:
        count += 1
        nearest = distance if nearest is None else np.minimum(nearest, distance, out=nearest)
        reached = covered(nearest, spacing)
        if reached >= target:
            break
        before = reached
    else:
        raise GeometryError(
            f"{owner}: only a solid_fraction of {before:.3f} could be reached, not {target:g}; {advice}"
        )
    if count == 1 and reached > 1.5 * target:
        raise GeometryError(
            f"{owner}: a single body makes a solid_fraction of {reached:.3f} in this box, not {target:g}; "
            "make radius smaller, or solid_fraction or the box larger"
        )
    return count if count == 1 or reached - target < target - before else count - 1
