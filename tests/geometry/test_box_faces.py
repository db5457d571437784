"""Shapes near and across the faces of their box: the mesh has the shape's own volume and area, or is refused."""

import dataclasses

import numpy as np
import pytest
from archode.geometry import ARCHITECTURES, MeshQualityError, MeshSizes, mesh_file
from archode.geometry.formats import read_built
from archode.geometry.quality import measure, verify
from archode.geometry.shapes import SHAPES
from archode.geometry.tags import REGIONS

UM = 1e-6
BOX, RADIUS, CELL = 12 * UM, 3 * UM, 0.6 * UM
Sample, Ball = ARCHITECTURES["porous_sample"], SHAPES["ball"]


def meshed(shape, folder, size=CELL):
    """Volume of the solid and area of its walls in the mesh [m³, m²]."""
    report = mesh_file(Sample(shape=shape, width=BOX), MeshSizes(interface_size=size), cache_dir=folder).report
    return report["volumes"]["anode"], report["areas"]["anode_surface"]


def cut_ball(height):
    """Volume and area of the part of the ball on one side of a plane at a distance from its centre [m³, m²]."""
    h = RADIUS + np.clip(height, -RADIUS, RADIUS)
    return np.pi * h**2 * (3 * RADIUS - h) / 3, 2 * np.pi * RADIUS * h


@pytest.mark.parametrize("distance", [-2.0, -1.0, -0.5, 0.5, 1.0, 2.0, 3.0])
def test_a_ball_at_every_distance_from_a_face(distance, tmp_path):
    """Its nearest point lies so far inside of the face [µm]; negative, the face cuts it."""
    height = RADIUS + distance * UM
    volume, area = meshed(Ball((height, BOX / 2, BOX / 2), RADIUS), tmp_path)
    whole, walls = cut_ball(height)
    assert volume == pytest.approx(whole, rel=5e-3)
    assert area == pytest.approx(walls, rel=2e-2)


def test_a_ball_in_a_corner(tmp_path):
    """An eighth of it, whose centre is a corner of the box."""
    volume, area = meshed(Ball((0.0, 0.0, 0.0), RADIUS), tmp_path)
    assert volume == pytest.approx(4 / 3 * np.pi * RADIUS**3 / 8, rel=5e-3)
    assert area == pytest.approx(4 * np.pi * RADIUS**2 / 8, rel=2e-2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_balls_anywhere(seed, tmp_path):
    """Centres anywhere near one face; the other faces are far enough off."""
    generator = np.random.default_rng(seed)
    axis, upper = generator.integers(3), generator.random() < 0.5
    centre = generator.uniform(4 * UM, BOX - 4 * UM, 3)
    height = generator.uniform(0.2, 6) * UM
    centre[axis] = BOX - height if upper else height
    volume, area = meshed(Ball(tuple(centre), RADIUS), tmp_path)
    whole, walls = cut_ball(height)
    assert volume == pytest.approx(whole, rel=5e-3)
    assert area == pytest.approx(walls, rel=2e-2)


def test_a_shrunk_mesh_is_refused(tmp_path):
    """What flattening once did to shapes at the faces does not pass unseen: the gate holds meshes against the shape."""
    centre = np.array([4 * UM, BOX / 2, BOX / 2])
    sample = Sample(shape=Ball(tuple(centre), RADIUS), width=BOX)
    mesh = read_built(mesh_file(sample, MeshSizes(interface_size=CELL), cache_dir=tmp_path).path)
    verify(mesh, sample.volumes(), sample.areas(), measure(mesh), sample.gate)
    within = np.unique(mesh.cells[mesh.cell_tags == REGIONS["anode"]])
    points = mesh.points.copy()
    points[within] = 0.99 * points[within] + 0.01 * centre / UM
    shrunk = dataclasses.replace(mesh, points=points)
    with pytest.raises(MeshQualityError, match="volume of anode"):
        verify(shrunk, sample.volumes(), sample.areas(), measure(shrunk), sample.gate)
