"""Shapes at random places in a box, with volumes and areas that owe nothing to fields and meshes.

A body is counted on a fine grid by its formula, its area by even samples of its surface; with several bodies, what
lies within another one is no surface.
"""

from dataclasses import dataclass

import numpy as np
from archode.geometry.shapes import SHAPES

UM = 1e-6
BOX = 12.0
"""Edge of the box [µm]."""

_COUNTED = 160
_SAMPLE = 0.05


@dataclass(frozen=True)
class Sphere:
    """A ball; all lengths here are in micrometres."""

    centre: np.ndarray
    radius: float

    def bounds(self):
        return self.centre - self.radius, self.centre + self.radius

    def holds(self, points):
        return ((points - self.centre) ** 2).sum(axis=-1) < self.radius**2

    def surface(self):
        """Points on the surface and the area that each stands for."""
        count = int(4 * np.pi * self.radius**2 / _SAMPLE**2)
        k = np.arange(count) + 0.5
        z, angle = 1 - 2 * k / count, np.pi * (1 + 5**0.5) * k
        across = np.sqrt(1 - z**2)
        points = np.stack([across * np.cos(angle), across * np.sin(angle), z], axis=1)
        return self.centre + self.radius * points, 4 * np.pi * self.radius**2 / count


@dataclass(frozen=True)
class Rod:
    """A round rod without ends."""

    point: np.ndarray
    direction: np.ndarray
    radius: float

    @property
    def axis(self):
        return self.direction / np.linalg.norm(self.direction)

    def bounds(self):
        reach = np.where(np.count_nonzero(self.direction) > 1 or self.direction != 0, np.inf, self.radius)
        return self.point - reach, self.point + reach

    def holds(self, points):
        offset = points - self.point
        along = offset @ self.axis
        return (offset**2).sum(axis=-1) - along**2 < self.radius**2

    def surface(self):
        first = np.cross(self.axis, np.eye(3)[np.argmin(np.abs(self.axis))])
        first /= np.linalg.norm(first)
        second = np.cross(self.axis, first)
        turns = int(2 * np.pi * self.radius / _SAMPLE)
        angle = 2 * np.pi * (np.arange(turns) + 0.5) / turns
        middle = (np.full(3, BOX / 2) - self.point) @ self.axis
        steps = int(2 * BOX / _SAMPLE)
        along = middle + 2 * BOX * ((np.arange(steps) + 0.5) / steps - 0.5)
        ring = self.radius * (np.cos(angle)[:, None] * first + np.sin(angle)[:, None] * second)
        points = self.point + ring[:, None, :] + along[None, :, None] * self.axis
        return points.reshape(-1, 3), 2 * np.pi * self.radius / turns * 2 * BOX / steps


@dataclass(frozen=True)
class Block:
    """A cuboid along the axes."""

    corner: np.ndarray
    size: np.ndarray

    def volume_and_area(self):
        """Within the box, in closed form [m³, m²]."""
        low, high = np.maximum(self.corner, 0.0), np.minimum(self.corner + self.size, BOX)
        edges = high - low
        faces = np.prod(edges) / edges
        walls = (self.corner > 0).astype(int) + (self.corner + self.size < BOX)
        return float(np.prod(edges)) * UM**3, float((faces * walls).sum()) * UM**2


def volume_and_area(bodies, hollows=()):
    """Volume of the union of bodies without the hollows within the box, and area of its surface [m³, m²]."""
    middles = (np.arange(_COUNTED) + 0.5) * BOX / _COUNTED
    held = np.zeros((_COUNTED,) * 3, dtype=bool)
    for group, value in ((bodies, True), (hollows, False)):
        for body in group:
            low, high = body.bounds()
            part = tuple(slice(*np.searchsorted(middles, ends)) for ends in zip(low, high, strict=True))
            grid = np.stack(np.meshgrid(*(middles[axis] for axis in part), indexing="ij"), axis=-1)
            held[part][body.holds(grid)] = value
    area = 0.0
    for group, others in ((bodies, bodies), (hollows, ())):
        for body in group:
            points, weight = body.surface()
            within = np.all((points > 0) & (points < BOX), axis=1)
            points, weight = points[within], np.broadcast_to(weight, len(within))[within]
            seen = np.ones(len(points), dtype=bool)
            for other in others:
                if other is not body:
                    seen &= ~other.holds(points)
            for hollow in hollows:
                if hollow is not body:
                    seen &= ~hollow.holds(points)
            if group is hollows:
                seen &= np.any([b.holds(points) for b in bodies], axis=0)
            area += float(weight[seen].sum())
    return np.count_nonzero(held) * (BOX / _COUNTED * UM) ** 3, area * UM**2


def _metres(values):
    return tuple(float(x) * UM for x in values)


def ball(generator, folder):
    """A ball anywhere, its centre within the box or near it."""
    body = Sphere(generator.uniform(-1, BOX + 1, 3), 3.0)
    return SHAPES["ball"](_metres(body.centre), 3 * UM), volume_and_area([body])


def box(generator, folder):
    """A cuboid along the axes, anywhere."""
    size = generator.uniform(4, 7, 3)
    body = Block(generator.uniform(-2, BOX - 2, 3), size)
    return SHAPES["box"](_metres(body.corner), _metres(size)), body.volume_and_area()


def fibres(generator, folder):
    """One or two fibres in any direction through the box."""
    bodies = []
    for _ in range(generator.integers(1, 3)):
        direction = generator.normal(size=3)
        bodies.append(Rod(generator.uniform(0, BOX, 3), direction, 1.5))
    reach = 3 * BOX
    parts = [
        SHAPES["cylinder"](_metres(b.point - reach * b.axis), _metres(b.point + reach * b.axis), b.radius * UM)
        for b in bodies
    ]
    return parts[0] if len(parts) == 1 else SHAPES["union"](tuple(parts)), volume_and_area(bodies)


def spheres(generator, folder):
    """A hollow sphere, or a cubic array of spheres that fuse or stay apart, moved anywhere."""
    if generator.random() < 0.5:
        body = Sphere(generator.uniform(1, BOX - 1, 3), 4.0)
        inner = Sphere(body.centre, 2.0)
        balls = [SHAPES["ball"](_metres(b.centre), b.radius * UM) for b in (body, inner)]
        return SHAPES["difference"](tuple(balls)), volume_and_area([body], [inner])
    radius, pitch = 2.4, generator.choice([4.4, 6.6])
    shift = generator.uniform(-pitch / 2, pitch / 2, 3)
    places = pitch * (np.arange(-2, 6) + 0.5)
    bodies = [Sphere(shift + np.array([x, y, z]), radius) for x in places for y in places for z in places]
    bodies = [b for b in bodies if np.all((b.centre > -radius) & (b.centre < BOX + radius))]
    shape = SHAPES["place"](SHAPES["spheres"](radius * UM, pitch=float(pitch) * UM), _metres(shift))
    return shape, volume_and_area(bodies)


def struts(generator, folder):
    """Struts along the edges of cubes, moved anywhere."""
    radius, cell = 1.2, 6.0
    shift = generator.uniform(-cell / 2, cell / 2, 3)
    places = cell * np.arange(-2, 5)
    bodies = []
    for axis in range(3):
        across = [k for k in range(3) if k != axis]
        for place in ((a, b) for a in places for b in places):
            point = shift + np.insert(place, axis, 0.0)
            if np.all((point[across] > -radius) & (point[across] < BOX + radius)):
                bodies.append(Rod(point, np.eye(3)[axis], radius))
    return SHAPES["place"](SHAPES["simple_cubic"](cell * UM, radius * UM), _metres(shift)), volume_and_area(bodies)


def image(generator, folder, voxels=48):
    """An image of a ball anywhere: the volume is that of its voxels, the area that of the ball."""
    body = Sphere(generator.uniform(0, BOX, 3), 3.0)
    middles = (np.arange(voxels) + 0.5) * BOX / voxels
    x, y, z = np.meshgrid(middles, middles, middles, indexing="ij")
    held = body.holds(np.stack([x, y, z], axis=-1))
    np.save(path := folder / f"{generator.integers(10**9)}.npy", held.astype(np.uint8))
    volume = np.count_nonzero(held) * (BOX / voxels * UM) ** 3
    return SHAPES["image"](str(path), BOX / voxels * UM, labels=(1,)), (volume, volume_and_area([body])[1])


KINDS = {"ball": ball, "box": box, "fibres": fibres, "spheres": spheres, "struts": struts, "image": image}
