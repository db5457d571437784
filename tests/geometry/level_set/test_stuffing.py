import numpy as np
import pytest
from archode.geometry.level_set.adjacency import match_faces, surface_facets
from archode.geometry.level_set.flattening import PlacedField
from archode.geometry.level_set.lattice import body_centred, lattice_values
from archode.geometry.level_set.stuffing import cut_along
from archode.geometry.quality import dihedral_angles
from archode.geometry.tetrahedra import cell_volumes, facet_areas

from .fields import Balls, Gyroid


def cut(field, side, count, ends=None):
    x = np.linspace(0, side, count + 1)
    lattice = body_centred(x, x, ends or [x])
    values = lattice_values(lattice, field, 0.0, side)
    active = lattice.slabs == (1 if ends else 0)
    return lattice, cut_along(
        field.values, lattice.points, lattice.cells, lattice.planes, values, active, side / count
    )


def sphere_errors(count):
    ball = Balls(((1.01, 1.02, 0.98),), 0.7)
    _, found = cut(ball, 2.0, count)
    volume = cell_volumes(found.points, found.cells)[found.sides < 0].sum()
    facets, _, right = surface_facets(found.points, found.cells, (found.sides > 0).astype(int), found.faces)
    area = facet_areas(found.points, facets[right == 1]).sum()
    return 1 - volume / (4 / 3 * np.pi * 0.7**3), 1 - area / (4 * np.pi * 0.7**2)


def test_volume_and_area_of_a_ball_converge_with_second_order():
    coarse, fine = np.array(sphere_errors(8)), np.array(sphere_errors(24))
    # Three times finer cells: nine times smaller chord errors; lattice effects leave some scatter.
    order = np.log(coarse / fine) / np.log(3)
    assert np.all(np.abs(order - 2) < 0.25), f"orders of volume and area {order}"
    assert fine[0] == pytest.approx(0, abs=0.006)
    assert fine[1] == pytest.approx(0, abs=0.004)


def test_angles_inside_keep_the_bound_of_the_method():
    # 10.7 degrees is proved for the body-centred lattice away from walls (Labelle and Shewchuk, table 1).
    _, found = cut(Balls(((1.0, 1.013, 0.979),), 0.63), 2.0, 14)
    angles = dihedral_angles(found.points, found.cells)
    assert angles.min() > 10
    assert angles.max() < 165


def test_cells_beside_the_porous_slab_follow_the_cut():
    size = 0.1
    ends = [np.array([-0.3, -0.1, 0]), np.linspace(0, 1, 11), np.array([1, 1.1, 1.3])]
    placed = PlacedField(Gyroid(0.8), np.ones(3), 0.0, flatten=0.05)
    lattice, found = cut(placed, 1.0, 10, ends)
    match_faces(found.cells)
    volumes = cell_volumes(found.points, found.cells)
    assert volumes.min() > 1e-4 * size**3
    assert np.bincount(lattice.slabs[found.parents], volumes) == pytest.approx([0.3, 1, 0.3], rel=1e-12)
    assert np.array_equal(found.sides != 0, lattice.slabs[found.parents] == 1)
    # Vertices on planes have stayed on them.
    for bit, level in ((1 << 5, 0.0), (1 << 6, 1.0)):
        assert np.all(found.points[found.planes & bit > 0, 2] == level)


def test_flattened_surfaces_meet_walls_at_right_angles():
    placed = PlacedField(Balls(((0.3, 0.6, 0.5),), 0.5), np.ones(3), 0.0, flatten=0.2)
    y = np.linspace(0.1, 0.9, 9)
    wall = np.stack([np.zeros(9), y, np.full(9, 0.4)], axis=1)
    step = np.array([1e-5, 0, 0])
    assert np.abs(placed.values(wall + step) - placed.values(wall)).max() < 1e-8
    deep = np.array([[0.5, 0.4, 0.7]])
    assert placed.values(deep) == placed.shape.values(deep)
    grid = placed.on_grid(y, y[:4], y[:3])
    assert grid[2, 1, 2] == pytest.approx(placed.values(np.array([[y[2], y[1], y[2]]]))[0])
