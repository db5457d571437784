"""Small fields in metres, negative in the solid, and slabs and checks that the tests of the mesher share."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from archode.geometry.level_set.adjacency import match_faces, surface_facets
from archode.geometry.level_set.mesher import PhaseMesh, Slab
from archode.geometry.tetrahedra import cell_volumes

UM = 1e-6


class Field:
    """Grid values from point values."""

    def values(self, points):
        raise NotImplementedError

    def on_grid(self, x, y, z):
        grid = np.stack(np.meshgrid(x, y, z, indexing="ij"), axis=-1)
        return self.values(grid.reshape(-1, 3)).reshape(grid.shape[:3])


@dataclass(frozen=True)
class Balls(Field):
    """Balls of one radius; of `outside`, the solid is what is left of the box."""

    centres: tuple[tuple[float, float, float], ...]
    radius: float
    outside: bool = False

    def values(self, points):
        distance = np.min([np.linalg.norm(points - np.array(c), axis=1) for c in self.centres], axis=0)
        return (self.radius - distance) if self.outside else (distance - self.radius)


@dataclass(frozen=True)
class Gyroid(Field):
    """Gyroid of a period, about a distance at level zero."""

    period: float
    level: float = 0.0

    def values(self, points):
        x, y, z = (2 * np.pi / self.period * points).T
        value = np.sin(x) * np.cos(y) + np.sin(y) * np.cos(z) + np.sin(z) * np.cos(x)
        return (value - self.level) * self.period / (2 * np.pi * 1.5)


class Waves(Field):
    """Levelled random waves with mean ligament size 4φ/S_V."""

    def __init__(self, ligament, solid_fraction, seed, count=60):
        random = np.random.default_rng(seed)
        self.level = NormalDist().inv_cdf(solid_fraction)
        wave_number = solid_fraction * np.pi * 2 * 3**0.5 * np.exp(self.level**2 / 2) / ligament
        directions = random.normal(size=(count, 3))
        self.vectors = wave_number * directions / np.linalg.norm(directions, axis=1)[:, None]
        self.phases = random.uniform(0, 2 * np.pi, count)
        self.gradient = wave_number / 3**0.5
        self.spacing = 2 * np.pi / wave_number

    def values(self, points):
        total = np.cos(points @ self.vectors.T + self.phases).sum(axis=1)
        return (total * (2 / len(self.phases)) ** 0.5 - self.level) / self.gradient


@dataclass(frozen=True)
class Pillars(Field):
    """Round pillars on a square grid, from the lower end up to a height."""

    pitch: float
    radius: float
    height: float

    def values(self, points):
        across = points[:, :2] % self.pitch - self.pitch / 2
        radial = np.linalg.norm(across, axis=1) - self.radius
        return np.maximum(radial, points[:, 2] - self.height)


def levels(start, end, size):
    """Evenly spaced levels about `size` apart."""
    return np.linspace(start, end, round((end - start) / size) + 1)


def sample(side, size):
    """A single porous slab."""
    return [Slab("sample", levels(0, side, size), porous=True)]


def stack(side, size):
    """Collector, porous slab, reservoir and counter electrode; the porous slab starts at 0."""
    return [
        Slab("collector", np.array([-3 * size, -1.2 * size, 0])),
        Slab("porous", levels(0, side, size), porous=True),
        Slab("reservoir", side + size * np.array([0, 1, 2.5, 5]), open=True),
        Slab("counter", side + size * np.array([5, 6.5])),
    ]


def volumes(mesh: PhaseMesh) -> dict[str, float]:
    """Volume of every phase [m³]."""
    found = np.bincount(mesh.phases, cell_volumes(mesh.points, mesh.cells), len(mesh.names))
    return dict(zip(mesh.names, found, strict=True))


def check_conformal(mesh: PhaseMesh, low, high):
    """Positive cells that fill the box [low, high] exactly, with facets on its six planes only."""
    found = cell_volumes(mesh.points, mesh.cells)
    assert found.min() > 0
    # The planes hold exactly, so only rounding of the sum remains.
    assert abs(found.sum() / np.prod(np.subtract(high, low)) - 1) < 1e-9
    faces = match_faces(mesh.cells)  # raises if a face lies in more than two cells
    facets, _, right = surface_facets(mesh.points, mesh.cells, mesh.phases, faces)
    corners = mesh.points[facets[right < 0]]
    on = [np.all(corners[:, :, axis] == end[axis], axis=1) for axis in range(3) for end in (low, high)]
    assert np.all(np.sum(on, axis=0) == 1)
