import numpy as np
import pytest
from archode.geometry.level_set.adjacency import match_faces, surface_facets
from archode.geometry.level_set.lattice import body_centred, lattice_values, movable, slab_plane
from archode.geometry.quality import dihedral_angles
from archode.geometry.tetrahedra import cell_volumes, facet_areas

from .fields import Gyroid

X, Y = np.linspace(0, 3.0, 4), np.linspace(0, 2.0, 3)
ENDS = [np.array([-1.0, 0.0]), np.array([0.0, 1.0, 2.0]), np.array([2.0, 2.5, 4.0])]


@pytest.fixture(scope="module")
def lattice():
    return body_centred(X, Y, ENDS)


def test_cells_fill_every_slab(lattice):
    found = cell_volumes(lattice.points, lattice.cells)
    assert found.min() > 0
    assert np.bincount(lattice.slabs, found) == pytest.approx([6.0, 12.0, 12.0])


def test_cells_between_cubes_are_the_space_filling_tetrahedra():
    cube = np.linspace(0, 3, 4)
    lattice = body_centred(cube, cube, [cube])
    angles = np.sort(
        dihedral_angles(lattice.points, lattice.cells[lattice.planes[lattice.cells].sum(axis=1) == 0])
    )
    assert len(angles) > 0
    assert angles == pytest.approx(np.tile([60, 60, 60, 60, 90, 90], (len(angles), 1)))


def test_walls_and_planes_consist_of_facets(lattice):
    facets, left, right = surface_facets(
        lattice.points, lattice.cells, lattice.slabs, match_faces(lattice.cells)
    )
    areas = facet_areas(lattice.points, facets)
    outside = right < 0
    assert areas[outside].sum() == pytest.approx(2 * (3 * 2 + 3 * 5 + 2 * 5))
    for number, level in ((1, 0.0), (2, 2.0)):
        plane = (left == number - 1) & (right == number)
        assert areas[plane].sum() == pytest.approx(6)
        assert np.all(lattice.points[facets[plane], 2] == level)
        assert np.all(lattice.planes[facets[plane]] & slab_plane(number))


def test_facet_normals_point_from_left_to_right(lattice):
    facets, left, right = surface_facets(lattice.points, lattice.cells, lattice.slabs)
    a, b, c = (lattice.points[facets[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    between = right >= 0
    assert np.all(right[between] > left[between])
    assert np.all(normal[between, 2] > 0)
    centre = np.array([1.5, 1.0, 1.5])
    assert np.all(np.sum(normal[~between] * (a[~between] - centre), axis=1) > 0)


def test_vertices_on_planes_move_within_them(lattice):
    free = movable(lattice.planes)
    on = np.stack([np.isin(lattice.points[:, 0], (0, 3)), np.isin(lattice.points[:, 1], (0, 2))], axis=1)
    assert np.array_equal(free[:, :2], ~on)
    assert np.array_equal(free[:, 2], ~np.isin(lattice.points[:, 2], (-1, 0, 2, 4)))


def test_values_on_grids_are_those_at_points(lattice):
    field = Gyroid(1.7)
    values = lattice_values(lattice, field, 0.0, 2.0)
    within = (lattice.points[:, 2] >= 0) & (lattice.points[:, 2] <= 2)
    assert np.array_equal(np.isnan(values), ~within)
    assert values[within] == pytest.approx(field.values(lattice.points[within]), abs=1e-12)
