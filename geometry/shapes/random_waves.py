"""Leveled random waves: the bicontinuous structure of nanoporous gold.

A sum of N plane standing waves of one wave number q0, random in direction and phase,

    f(x) = sqrt(2/N) Σ cos(q_i · x + φ_i),

is a Gaussian random field of variance 1.  The solid is where f < ξ.  With the solid fraction φ [1],

    ξ = √2 erfinv(2φ − 1)                      level
    S_V = 2 q0 / (π √3) · exp(−ξ²/2)           surface per volume of the whole [1/m]
    d = 4φ / S_V                               mean chord of the solid [m]
    L = 1.23 · 2π/q0                           mean spacing of the ligaments [m]

Source: J. W. Cahn, J. Chem. Phys. 42, 93 (1965), 10.1063/1.1695731; C. Soyarslan, S. Bargmann, M. Pradas,
J. Weissmüller, Acta Mater. 149, 326 (2018), 10.1016/j.actamat.2018.01.005.

Directions form a spiral (Fibonacci) lattice on the half sphere, turned by a random rotation.  Against
independent random directions, 200 waves in a box of 8 chords, this lowers the anisotropy of the mean squared
gradient from 19 to 5 %, the scatter of S_V from 0.8 to 0.5 % and that of the fraction from 0.5 to 0.4 %.
"""

import dataclasses
import math
from statistics import NormalDist
from typing import Literal

import numpy as np

from ..errors import GeometryError
from ..parameters import Length, require_lengths
from .field import Field
from .shape import Shape, Vector, box_extent, require_choice, require_fraction, require_whole, vector

Definition = Literal["chord", "local_thickness", "period"]

SPACING_FACTOR = 1.23
"""Mean spacing of ligaments over the wavelength 2π/q0 (Soyarslan et al. 2018)."""

# Mean local thickness over mean chord, by solid fraction; see local_thickness_ratio.
_THICKNESS_RATIOS = (
    (0.20, 1.028),
    (0.25, 0.982),
    (0.30, 0.939),
    (0.35, 0.896),
    (0.40, 0.850),
    (0.50, 0.761),
    (0.60, 0.670),
    (0.70, 0.572),
)


def local_thickness_ratio(solid_fraction: float) -> float:
    """Mean local thickness of the solid over its mean chord.

    Local thickness at a point of the solid is the diameter of the largest ball that fits into the solid and
    holds the point.  Measured on six realisations, each in a box of 4.9 wavelengths, with 12 and 18 voxels
    per wavelength, distances to the contoured surface, centres of balls refined to a quarter voxel, and
    extrapolated to vanishing voxels; a straight cylinder then comes out at 1.004 of its diameter.  Standard
    deviation between realisations: 0.01 to 0.02.  Linear between the measured fractions 0.20 to 0.70.

    Raises
    ------
    GeometryError
        The fraction lies outside the measured range.
    """
    fractions, ratios = zip(*_THICKNESS_RATIOS, strict=True)
    if not fractions[0] <= solid_fraction <= fractions[-1]:
        raise GeometryError(
            f"random_waves: local thickness is calibrated for solid_fraction from {fractions[0]:g} to "
            f"{fractions[-1]:g}, not for {solid_fraction:g}; use definition: chord or definition: period"
        )
    return float(np.interp(solid_fraction, fractions, ratios))


@dataclasses.dataclass(frozen=True)
class RandomWaves(Shape):
    """Leveled random waves, such as nanoporous gold.

    Parameters
    ----------
    size
        Size of the ligaments [m] in the sense of ``definition``.
    solid_fraction
        Volume fraction of the solid; what is connected shall have it.  Solid and pore both percolate between
        0.16 and 0.84.
    definition
        What ``size`` means.  "chord": mean length of straight lines within the solid, 4φ/S_V, as measured by
        small-angle scattering or from surface area.  "local_thickness": mean diameter of the largest ball
        that fits, as measured on tomograms.  "period": mean distance between neighbouring ligaments, as
        counted on micrographs.  At φ = 0.35 a chord of 100 nm is a local thickness of 90 nm and a period of
        188 nm.
    seed
        Number of the realisation.
    waves
        Number of waves.
    anisotropy
        Factors by which the structure is stretched along x, y and z; only their ratios matter, since the
        volume is kept.  ``size`` is that of the structure before it is stretched.
    """

    size: Length
    solid_fraction: float
    definition: Definition = "chord"
    seed: int = 0
    waves: int = 200
    anisotropy: Vector = (1.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        require_lengths("random_waves", {"size": self.size})
        require_fraction("random_waves", "solid_fraction", self.solid_fraction)
        require_choice("random_waves", "definition", self.definition, Definition)
        require_whole("random_waves", "seed", self.seed, 0)
        require_whole("random_waves", "waves", self.waves, 30)
        object.__setattr__(self, "anisotropy", vector("random_waves", "anisotropy", self.anisotropy))
        if min(self.anisotropy) <= 0 or max(self.anisotropy) > 10 * min(self.anisotropy):
            raise GeometryError(
                "random_waves: the factors of anisotropy must be positive and differ by no more than "
                f"10 times, not {list(self.anisotropy)}"
            )
        if self.definition == "local_thickness":
            local_thickness_ratio(self.solid_fraction)

    @property
    def xi(self) -> float:
        """Level ξ of the field of unit variance below which the solid lies."""
        return NormalDist().inv_cdf(self.solid_fraction)

    @property
    def q0(self) -> float:
        """Wave number before stretching [1/m]."""
        if self.definition == "period":
            return SPACING_FACTOR * 2 * math.pi / self.size
        ratio = 1.0 if self.definition == "chord" else local_thickness_ratio(self.solid_fraction)
        chord = self.size / ratio
        return 2 * math.pi * math.sqrt(3) * self.solid_fraction * math.exp(self.xi**2 / 2) / chord

    @property
    def stretch(self) -> np.ndarray:
        """Factors of anisotropy with geometric mean 1, shape (3,)."""
        factors = np.array(self.anisotropy)
        return factors / np.prod(factors) ** (1 / 3)

    @property
    def specific_surface(self) -> float:
        """Expected surface per volume of the whole [1/m]; as it is, islands included."""
        isotropic = 2 * self.q0 / (math.pi * math.sqrt(3)) * math.exp(-(self.xi**2) / 2)
        return isotropic * _mean_stretch(self.stretch)

    @property
    def chord(self) -> float:
        """Expected mean chord of the solid 4φ/S_V [m]."""
        return 4 * self.solid_fraction / self.specific_surface

    @property
    def feature_size(self) -> float:
        """Mean chord of the thinner phase before stretching, times the smallest stretch [m]."""
        thinner = min(self.solid_fraction, 1 - self.solid_fraction) / self.solid_fraction
        return self.chord * _mean_stretch(self.stretch) * thinner * min(self.stretch)

    @property
    def solid_fraction_target(self) -> float:
        """The solid fraction."""
        return self.solid_fraction

    @property
    def walls_need_flattening(self) -> bool:
        """Always."""
        return True

    @property
    def must_percolate(self) -> bool:
        """Always: both phases of a bicontinuous structure are networks."""
        return True

    def field(self, extent: np.ndarray) -> Field:
        """Waves of this realisation; they do not depend on the box."""
        box_extent(extent)
        generator = np.random.default_rng(self.seed)
        directions = _spiral_directions(self.waves) @ _random_rotation(generator).T
        phases = generator.uniform(0, 2 * math.pi, self.waves)
        # The mean gradient of f at the surface is E|∇f|: an offset by it has the right mean thickness.
        gradient = math.sqrt(8 / (3 * math.pi)) * self.q0 * _mean_stretch(self.stretch)
        return WaveField(self.q0 * directions / self.stretch, phases, self.xi, gradient)


@dataclasses.dataclass(frozen=True)
class WaveField:
    """Superposed waves less their level, over the mean gradient: a distance in the mean.

    Every level of it is a level of the random waves themselves.  Over the surface, the mean of 1/|∇| is 1 and
    |∇| itself scatters by 36 %, so that offsets have the right thickness in the mean only.

    Parameters
    ----------
    wave_vectors
        Shape (waves, 3) [1/m].
    phases
        Shape (waves,).
    level
        ξ.
    gradient
        What turns the field into a length [1/m].
    """

    wave_vectors: np.ndarray
    phases: np.ndarray
    level: float
    gradient: float

    def values(self, points: np.ndarray) -> np.ndarray:
        """Field [m] at points (n, 3) [m]."""
        from ..kernels.waves import sum_of_cosines

        points = np.ascontiguousarray(points, dtype=float)
        turn = 2 * math.pi
        return self._scaled(sum_of_cosines(points, self.wave_vectors / turn, self.phases / turn))

    def on_grid(self, x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Field [m] on a grid; exp(iq·x) is a product over x, y and z, which turns the sum into products."""
        along_x, along_y, along_z = (
            np.exp(1j * np.outer(coordinates, wave_numbers))
            for coordinates, wave_numbers in zip((x, y, z), self.wave_vectors.T, strict=True)
        )
        along_x = along_x * np.exp(1j * self.phases)
        real_z = np.concatenate([along_z.real, -along_z.imag], axis=1).T.copy()
        waves = np.empty((len(x), len(y), len(z)))
        for plane, factor in zip(waves, along_x, strict=True):
            in_plane = along_y * factor
            np.matmul(np.concatenate([in_plane.real, in_plane.imag], axis=1), real_z, out=plane)
        return self._scaled(waves)

    def _scaled(self, waves: np.ndarray) -> np.ndarray:
        waves *= math.sqrt(2 / len(self.phases))
        waves -= self.level
        waves /= self.gradient
        return waves


def _spiral_directions(count: int) -> np.ndarray:
    """Nearly uniform directions on the upper half sphere, shape (count, 3); opposite ones are one wave."""
    index = np.arange(count)
    height = (index + 0.5) / count
    azimuth = index * math.pi * (3 - math.sqrt(5))
    radius = np.sqrt(1 - height**2)
    return np.stack([radius * np.cos(azimuth), radius * np.sin(azimuth), height], axis=1)


def _random_rotation(generator: np.random.Generator) -> np.ndarray:
    """A rotation drawn uniformly, from a random unit quaternion; shape (3, 3)."""
    quaternion = generator.normal(size=4)
    w, x, y, z = quaternion / np.linalg.norm(quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def _mean_stretch(stretch: np.ndarray) -> float:
    """Mean of |n / stretch| over all directions n: how much a stretch at constant volume adds to S_V."""
    if np.allclose(stretch, 1):
        return 1.0
    heights, weights = np.polynomial.legendre.leggauss(48)
    azimuth = (np.arange(96) + 0.5) * 2 * math.pi / 96
    radius = np.sqrt(1 - heights**2)[:, None]
    squares = (radius * np.cos(azimuth) / stretch[0]) ** 2 + (radius * np.sin(azimuth) / stretch[1]) ** 2
    squares += ((heights / stretch[2]) ** 2)[:, None]
    return float(np.sqrt(squares).mean(axis=1) @ weights / 2)
