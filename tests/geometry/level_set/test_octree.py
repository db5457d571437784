import numpy as np
import pytest
from archode.geometry.level_set.adjacency import match_faces, surface_facets
from archode.geometry.level_set.flattening import PlacedField
from archode.geometry.level_set.lattice import slab_plane
from archode.geometry.level_set.mesher import Recipe, mesh_level_set
from archode.geometry.level_set.octree import graded_lattice, graded_levels
from archode.geometry.quality import dihedral_angles
from archode.geometry.tetrahedra import cell_volumes, facet_areas

from .fields import UM, Balls, check_conformal, sample, stack, volumes

CORNER = Balls(((0.0, 0.0, 0.0),), 0.2)


def graded(ends, porous):
    return graded_lattice(PlacedField(CORNER, np.ones(3), 0.0), ends, porous, 1 / 32, 1 / 4)


def test_octree_fills_the_box_without_hanging_vertices():
    lattice = graded([np.array([0.0, 1.0])], 0)
    assert cell_volumes(lattice.points, lattice.cells).min() > 0
    assert cell_volumes(lattice.points, lattice.cells).sum() == pytest.approx(1)
    facets, _, _ = surface_facets(lattice.points, lattice.cells, lattice.slabs, match_faces(lattice.cells))
    # A hanging vertex would leave facets inside that belong to one cell only.
    assert facet_areas(lattice.points, facets).sum() == pytest.approx(6)
    assert len(lattice.cells) < 12 * 32**3 / 5
    # Pyramids cut in two hold the smallest angle: 35.3 degrees between cubes of 2:1.
    assert dihedral_angles(lattice.points, lattice.cells).min() > 35


def test_cells_are_fine_at_the_surface_and_coarse_far_away():
    lattice = graded([np.array([0.0, 1.0])], 0)
    corners = lattice.points[lattice.cells]
    edge = np.linalg.norm(corners[:, 1:] - corners[:, :1], axis=2).max(axis=1)
    distance = np.abs(CORNER.values(corners.mean(axis=1)))
    assert edge[distance < 1 / 32].max() < 1.01 / 32
    assert edge[distance > 0.8].min() > 3 / 32


def test_uniform_slabs_join_at_fine_planes():
    lattice = graded([np.array([-0.1, 0.0]), np.array([0.0, 1.0]), np.array([1.0, 1.05, 1.2])], 1)
    found = cell_volumes(lattice.points, lattice.cells)
    assert np.bincount(lattice.slabs, found) == pytest.approx([0.1, 1, 0.2])
    facets, left, right = surface_facets(
        lattice.points, lattice.cells, lattice.slabs, match_faces(lattice.cells)
    )
    areas = facet_areas(lattice.points, facets)
    assert areas[right < 0].sum() == pytest.approx(2 + 4 * 1.3)
    assert areas[right >= 0].sum() == pytest.approx(2)
    assert np.all(lattice.planes[facets[(left == 0) & (right == 1)]] & slab_plane(1))


@pytest.mark.parametrize(("coarse", "levels"), [(1.0, 0), (1.9, 0), (4.0, 2), (100.0, 3)])
def test_levels_and_counts(coarse, levels):
    found, counts = graded_levels((40.0, 32.2, 47.0), 1.0, coarse)
    assert found == levels
    assert np.all(counts % 2**levels == 0)
    # A twentieth of the coarsest brick may be made up for by stretching the others.
    assert np.all(counts >= np.array([40, 32.2, 47]) * 0.98)


@pytest.mark.parametrize("slabs", [sample, stack])
def test_graded_mesh(slabs):
    side, size = 2.0 * UM, 0.08 * UM
    field = Balls(((0.6 * UM, 0.7 * UM, 0.0),), 0.4 * UM)
    slabs = slabs(side, size)
    uniform, mesh = (
        mesh_level_set(field, side, side, slabs, Recipe(size, 8 * size, "stuffed", graded=graded))
        for graded in (False, True)
    )
    check_conformal(mesh, (0, 0, slabs[0].ends[0]), (side, side, slabs[-1].ends[-1]))
    assert volumes(mesh)["solid"] == pytest.approx(2 / 3 * np.pi * (0.4 * UM) ** 3, rel=0.01)
    assert len(mesh.cells) < 0.8 * len(uniform.cells)
    assert dihedral_angles(mesh.points, mesh.cells).min() > 8
