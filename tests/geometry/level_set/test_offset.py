"""Facets lie as much outside of the surface as inside, wherever that is."""

import numpy as np
import pytest
from archode.geometry.level_set.adjacency import match_faces
from archode.geometry.level_set.components import pieces
from archode.geometry.level_set.mesher import Recipe, mesh_level_set
from archode.geometry.tetrahedra import cell_volumes

from .fields import UM, Field, sample

SIZE = 0.1 * UM
SIDE = 2 * UM


class TwoBalls(Field):
    """A large ball and a small one, whose facets miss five times as much of its volume."""

    radii = (0.6 * UM, 0.27 * UM)
    centres = (np.array([0.75, 0.77, 0.73]) * UM, np.array([1.6, 1.58, 1.57]) * UM)

    def values(self, points):
        balls = zip(self.centres, self.radii, strict=True)
        return np.min([np.linalg.norm(points - centre, axis=1) - radius for centre, radius in balls], axis=0)


class Catenoid(Field):
    """A waist of no mean curvature: r = c cosh(z/c), about a distance near it."""

    c = 0.45 * UM

    def values(self, points):
        z = (points[:, 2] - SIDE / 2) / self.c
        return (np.hypot(*(points[:, :2] - SIDE / 2).T) - self.c * np.cosh(z)) / np.cosh(z)


def test_each_ball_keeps_its_own_volume():
    recipe = Recipe(SIZE, 3 * SIZE, islands="keep")
    mesh = mesh_level_set(TwoBalls(), SIDE, SIDE, sample(SIDE, SIZE), recipe)
    solid = mesh.phases == 0
    _, piece = pieces(match_faces(mesh.cells).neighbours, mesh.phases)
    volumes = np.bincount(piece[solid], cell_volumes(mesh.points, mesh.cells)[solid])
    found = sorted(volumes[volumes > 0], reverse=True)
    # In chords they would miss 0.9 % and 4.5 %.
    assert found == pytest.approx([4 / 3 * np.pi * radius**3 for radius in TwoBalls.radii], rel=0.005)


def test_a_waist_is_not_thickened():
    height = 1.1 * UM
    low = (SIDE - height) / 2

    class Placed(Catenoid):
        def values(self, points):
            return super().values(points + np.array([0, 0, low]))

    mesh = mesh_level_set(Placed(), SIDE, SIDE, sample(height, SIZE), Recipe(SIZE, 3 * SIZE))
    c = Catenoid.c
    expected = np.pi * c**2 / 2 * (height + c * np.sinh(height / c))
    assert cell_volumes(mesh.points, mesh.cells)[mesh.phases == 0].sum() == pytest.approx(expected, rel=0.005)


def test_what_a_thin_link_loses_is_told_and_not_made_up_for():
    """Of two balls on a wire thinner than the lattice one is lost; the other stays as it is."""
    radius = 0.45 * UM

    class Linked(Field):
        ends = np.array([[0.53, 0.56, 0.58], [1.45, 1.48, 1.5]]) * UM

        def values(self, points):
            balls = np.min([np.linalg.norm(points - end, axis=1) for end in self.ends], axis=0) - [radius]
            along = (self.ends[1] - self.ends[0]) / np.linalg.norm(self.ends[1] - self.ends[0])
            offset = points - self.ends[0]
            inside = np.clip(offset @ along, 0, np.linalg.norm(self.ends[1] - self.ends[0]))
            wire = np.linalg.norm(offset - inside[:, None] * along, axis=1) - 0.004 * UM
            return np.minimum(balls, wire)

    mesh = mesh_level_set(Linked(), SIDE, SIDE, sample(SIDE, SIZE), Recipe(SIZE, 3 * SIZE))
    ball = 4 / 3 * np.pi * radius**3 / SIDE**3
    assert mesh.details["solid_fraction"] == pytest.approx(ball, rel=0.005)
    assert mesh.details["level"] == 0
    assert mesh.details["islands_removed"]["solid"] >= 1
    assert mesh.details["islands_removed"]["solid_fraction"] == pytest.approx(ball, rel=0.03)
