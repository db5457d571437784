import dataclasses
from itertools import permutations

import numpy as np
import pytest
from archode.geometry import MeshQualityError, mesh_file
from archode.geometry.quality import (
    cell_volumes,
    dihedral_angles,
    measure,
    measured_areas,
    measured_volumes,
    radius_ratios,
    verify,
)

from .shapes import DEFAULT, SHAPES, UM, Interdigital, Planar

REGULAR = np.array([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
CORNER = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
ONE = np.array([[0, 1, 2, 3]])


def test_regular_tetrahedron():
    assert dihedral_angles(REGULAR, ONE) == pytest.approx(np.degrees(np.arccos(1 / 3)))
    assert radius_ratios(REGULAR, ONE) == pytest.approx(1.0)
    assert abs(cell_volumes(REGULAR, ONE)) == pytest.approx(8 / 3)


def test_corner_of_a_cube():
    angles = np.sort(dihedral_angles(CORNER, ONE)[0])
    assert angles == pytest.approx([np.degrees(np.arctan(np.sqrt(2)))] * 3 + [90] * 3)
    # Inradius 1/(3 + √3), circumradius √3/2.
    assert radius_ratios(CORNER, ONE) == pytest.approx(3 / (3 + np.sqrt(3)) / (np.sqrt(3) / 2))


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
def test_measures_do_not_depend_on_the_numbering(order):
    points = np.array([[0.0, 0, 0], [2, 0, 0.1], [0.3, 1.2, 0], [0.4, 0.2, 0.05]])
    cell = np.array([order])
    assert np.sort(dihedral_angles(points, cell)) == pytest.approx(np.sort(dihedral_angles(points, ONE)))
    assert radius_ratios(points, cell) == pytest.approx(radius_ratios(points, ONE))


@pytest.mark.parametrize("height", [1e-2, 1e-4, 1e-6])
def test_flat_cells_keep_accurate_angles(height):
    flat = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0.25, 0.25, height]])
    assert dihedral_angles(flat, ONE).min() == pytest.approx(
        np.degrees(min(np.arctan(height / 0.25), np.arctan(height / (0.5 / np.sqrt(2))))), rel=1e-9
    )


@pytest.mark.parametrize("name", SHAPES)
def test_no_cell_is_near_degenerate(name, mesh_cache):
    architecture, sizes = SHAPES[name]
    quality = mesh_file(architecture, sizes, cache_dir=mesh_cache).report["quality"]
    if getattr(architecture, "domain", "unit_cell") == "unit_cell" and isinstance(architecture, Interdigital):
        # Right-angled triangles, numbered so that the prisms have no obtuse angle at all.
        assert quality["dihedral_angle_max"] <= 90 + 1e-6
    assert quality["dihedral_angle_max"] < 155
    assert quality["dihedral_angle_min"] > 0


def test_regular_planforms_have_no_obtuse_angle(gmsh_session):
    mesh = Planar(gap=10 * UM, cathode_thickness=0.1 * UM).build(DEFAULT)
    assert measure(mesh)["dihedral_angle_max"] <= 90 + 1e-6


def test_layers_grow_smoothly(gmsh_session):
    cell, sizes = SHAPES["cell"]
    for slab in cell._slabs():
        thickness = np.diff(slab.ends(0.0, cell.resolved_sizes(sizes)))
        ratios = thickness[1:] / thickness[:-1]
        assert np.all(np.maximum(ratios, 1 / ratios) <= sizes.growth * (1 + 1e-6))


def test_a_wrong_mesh_is_refused(gmsh_session):
    planar = Planar(gap=10 * UM, cathode_thickness=1 * UM)
    mesh = planar.build(DEFAULT)
    quality = measure(mesh)
    verify(mesh, planar.volumes(), planar.areas(), quality)
    with pytest.raises(MeshQualityError, match="volume of cathode"):
        verify(mesh, planar.volumes() | {"cathode": 1e-30}, planar.areas(), quality)
    with pytest.raises(MeshQualityError, match="area of anode_contact"):
        verify(mesh, planar.volumes(), planar.areas() | {"anode_contact": 1e-12}, quality)
    with pytest.raises(MeshQualityError, match="zero or negative"):
        flipped = dataclasses.replace(mesh, cells=mesh.cells[:, [1, 0, 2, 3]])
        verify(flipped, planar.volumes(), planar.areas(), quality)
    with pytest.raises(MeshQualityError, match="dihedral angle of 170"):
        verify(mesh, planar.volumes(), planar.areas(), quality | {"dihedral_angle_max": 170.0})
    assert measured_volumes(mesh) == pytest.approx(planar.volumes())
    assert measured_areas(mesh) == pytest.approx(planar.areas())
