"""Shapes near and across the faces of their box: the mesh has the shape's own volume and area, or is refused."""

import dataclasses

import numpy as np
import pytest
from archode.geometry import ARCHITECTURES, GeometryError, MeshQualityError, MeshSizes, mesh_file
from archode.geometry.formats import read_built
from archode.geometry.level_set.flattening import PlacedField
from archode.geometry.porous_measure import wall_area
from archode.geometry.quality import measure, verify
from archode.geometry.shapes import SHAPES
from archode.geometry.tags import REGIONS

from .placements import KINDS

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


PLACEMENTS = 34
"""Random places of each kind of shape: 204 in all."""

WITHIN = {"ball": 34, "box": 28, "fibres": 34, "spheres": 22, "struts": 28, "image": 30}
"""So many of them at least are within the bounds; gaps of a part of a cell and sharp grooves are refused."""


@pytest.mark.parametrize("kind", ["box", "spheres", "struts"])
def test_the_area_that_walls_are_held_against(kind, tmp_path):
    """Edges and creases count, wherever they lie: marching cubes miss 5 to 9 % of box and spheres on the same grid."""
    extent = np.full(3, BOX)
    for seed in range(2):
        shape, (_, area) = KINDS[kind](np.random.default_rng([seed, sum(map(ord, kind))]), tmp_path)
        placed = PlacedField(shape.field(extent), extent, 0.0)
        everywhere = np.zeros((1, 3))
        assert wall_area(placed, 0.0, extent, CELL / 3, everywhere, np.inf) == pytest.approx(area, rel=1e-2)


def placed(kind, seed, folder):
    """What became of a shape at a random place: "within" the bounds, "refused", or "off"."""
    generator = np.random.default_rng([seed, sum(map(ord, kind))])
    shape, (volume, area) = KINDS[kind](generator, folder)
    sample = Sample(shape=shape, width=BOX, islands="keep")
    try:
        report = mesh_file(sample, MeshSizes(interface_size=CELL), cache_dir=folder).report
    except GeometryError as error:
        assert str(error)
        return "refused"
    off = [report["volumes"]["anode"] / volume - 1, report["areas"]["anode_surface"] / area - 1]
    if abs(off[0]) <= 5e-3 and abs(off[1]) <= 2e-2:
        return "within"
    return "off"


@pytest.mark.parametrize("kind", ["spheres", "struts", "image"])
def test_a_shape_anywhere(kind, tmp_path):
    """Placements of each kind; those of the others are among the many."""
    assert placed(kind, 0, tmp_path) == "within"


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_shapes_anywhere(kind, tmp_path):
    """A mesh has the shape's volume and walls, or is refused."""
    found = [placed(kind, seed, tmp_path) for seed in range(PLACEMENTS)]
    assert set(found) <= {"within", "refused"}, found
    assert found.count("within") >= WITHIN[kind], found


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
