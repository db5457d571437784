"""Chord lengths of a phase along the axes of a voxel grid.

The mean of an isotropic phase is four times its fraction over the specific surface, 4φ/S_V (E. E. Underwood,
Quantitative Stereology, 1970).  Chords that reach the border are not seen in full.  The mean needs none of
them whole: it is the length in the phase per half a crossing.  The distribution holds whole chords only,
weighted by the inverse of the chance to see one as long (R. E. Miles, 1974; Ch. Lantuéjoul, 1980).
A line of n voxels can be crossed at n − 1 places, so its length counts as that of n − 1 voxels.
"""

import math
from typing import NamedTuple

import numpy as np


class Chords(NamedTuple):
    """Chords along one axis.

    Attributes
    ----------
    mean
        Mean length [m]; infinite where the phase is never left.
    lengths : (k,) float
        Lengths of the whole chords [m].
    weights : (k,) float
        Their shares in the population, which add up to 1.
    """

    mean: float
    lengths: np.ndarray
    weights: np.ndarray

    @property
    def weighted_mean(self) -> float:
        """Mean of the distribution [m]; near ``mean`` if the window is long against the chords."""
        return float(np.sum(self.weights * self.lengths)) if len(self.lengths) else float("nan")

    @property
    def std(self) -> float:
        """Standard deviation of the distribution [m]."""
        if not len(self.lengths):
            return float("nan")
        return float(np.sqrt(np.sum(self.weights * (self.lengths - self.weighted_mean) ** 2)))


def chords(phase: np.ndarray, spacing: float, axis: int) -> Chords:
    """Measure the chords of a phase.

    Parameters
    ----------
    phase : (nx, ny, nz) bool
        Where the phase is.
    spacing
        Edge of a voxel [m].
    axis
        0, 1, 2: along x, y, z.
    """
    lines = np.moveaxis(phase, axis, -1).reshape(-1, phase.shape[axis])
    count = lines.shape[1]
    padded = np.zeros((len(lines), count + 2), dtype=np.int8)
    padded[:, 1:-1] = lines
    steps = np.diff(padded, axis=1)
    start, end = np.nonzero(steps == 1)[1], np.nonzero(steps == -1)[1]
    crossings = np.count_nonzero(start > 0) + np.count_nonzero(end < count)
    seen = np.count_nonzero(lines) * (count - 1) / count
    mean = 2 * float(seen) / crossings if crossings else math.inf
    lengths = (end - start)[(start > 0) & (end < count)]
    # A chord of so many voxels and its two ends fit into the line at this many places.
    weights = 1.0 / (count - 1 - lengths)
    return Chords(mean * spacing, lengths * spacing, weights / max(weights.sum(), np.finfo(float).tiny))


def mean_chord(phase: np.ndarray, spacing: float) -> float:
    """Mean length [m] of the chords along all three axes together."""
    crossings = sum(np.count_nonzero(np.diff(phase, axis=axis)) for axis in range(3))
    seen = np.count_nonzero(phase) * sum((count - 1) / count for count in phase.shape)
    return 2 * float(seen) / crossings * spacing if crossings else math.inf
