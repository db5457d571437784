import dataclasses
import json
from itertools import permutations

import numpy as np
import pytest
from archode.geometry import MeshQualityError, mesh_file
from archode.geometry.quality import (
    CURVED,
    FILE,
    LEVEL_SET,
    cell_volumes,
    dihedral_angles,
    measure,
    measured_areas,
    measured_volumes,
    radius_ratios,
    verify,
)

from .cubes import box
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
    resolved = cell.resolved_sizes(sizes)
    for slab in cell._slabs():
        thickness = np.diff(slab.ends(0.0, resolved))
        ratios = thickness[1:] / thickness[:-1]
        assert np.all(np.maximum(ratios, 1 / ratios) <= resolved.growth * (1 + 1e-6))


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


def test_distribution_of_the_angles():
    """Kuhn's six tetrahedra of a cube are alike: smallest angle 45°, largest 90°."""
    quality = measure(box((3, 3, 3)))
    assert quality["dihedral_angle_min"] == pytest.approx(45)
    assert quality["dihedral_angle_1_percent"] == quality["dihedral_angle_median"] == pytest.approx(45)
    assert quality["dihedral_angle_max"] == pytest.approx(90)
    assert quality["cells_below_8_degrees"] == quality["cells_below_radius_ratio_0.1"] == 0
    histogram = quality["dihedral_angle_histogram"]
    assert len(histogram["edges"]) == len(histogram["cells"]) + 1
    assert sum(histogram["cells"]) == 6 * 27
    # Inradius 3 V / surface = 1 / (2 + 2 √2), circumradius √3 / 2.
    ratio = 3 / (2 + 2 * np.sqrt(2)) / (np.sqrt(3) / 2)
    for key in ("min", "1_percent", "median"):
        assert quality[f"radius_ratio_{key}"] == pytest.approx(ratio)
    assert json.loads(json.dumps(quality)) == quality


def test_flat_cells_are_counted():
    flat = measure(box((4, 4, 4), (1.0, 1.0, 0.05)))
    # Every path along a brick's edges has a level face below its diagonal one: angle below atan(√2 · 0.05).
    assert flat["cells_below_8_degrees"] == 6 * 64
    assert flat["dihedral_angle_min"] <= np.degrees(np.arctan(0.05 * np.sqrt(2)))
    assert 0 < flat["cells_below_radius_ratio_0.1"] <= 6 * 64


def declared(mesh):
    areas = {name: area for name, area in measured_areas(mesh).items() if name != "outer"}
    return measured_volumes(mesh), areas


def test_gates_allow_what_their_meshes_can_do():
    mesh = box((4, 4, 4), region=lambda x: np.where(x[:, 2] < 0.5, "cathode", "electrolyte"))
    (volumes, areas), quality = declared(mesh), measure(mesh)
    off = volumes | {"cathode": volumes["cathode"] * 1.007}
    with pytest.raises(MeshQualityError, match=r"volume of cathode .*-0.007 of it off.*mesh\.interface_size"):
        verify(mesh, off, areas, quality)
    (warning,) = verify(mesh, off, areas, quality, CURVED)
    assert "-0.70% off (limit 1%)" in warning
    with pytest.raises(MeshQualityError, match="volume of cathode"):
        verify(mesh, off, areas, quality, LEVEL_SET)
    (warning,) = verify(mesh, volumes | {"cathode": volumes["cathode"] * 1.004}, areas, quality, LEVEL_SET)
    assert "-0.40% off (limit 0.5%)" in warning
    assert verify(mesh, off, areas, quality, FILE) == []
    with pytest.raises(MeshQualityError, match="solid_fraction"):
        verify(mesh, volumes | {"cathode": volumes["cathode"] * 1.02}, areas, quality, LEVEL_SET)
    # An area without a closed form is not declared, which layered meshes do not allow.
    assert verify(mesh, volumes, {}, quality, LEVEL_SET) == []
    with pytest.raises(MeshQualityError, match="area of cathode_surface"):
        verify(mesh, volumes, {}, quality, CURVED)
    with pytest.raises(MeshQualityError, match="volume of anode"):
        verify(mesh, volumes | {"anode": 1e-20}, areas, quality, LEVEL_SET)


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({"dihedral_angle_min": 4.9}, "4.90° .at least 5°"),
        ({"radius_ratio_min": 0.019}, "radius ratio of 0.019"),
        ({"cells_below_radius_ratio_0.1": 21}, "21 cells"),
    ],
)
def test_unusable_cells_of_level_sets(found, message):
    mesh = box((2, 2, 2))
    with pytest.raises(MeshQualityError, match=message) as refused:
        verify(mesh, *declared(mesh), measure(mesh) | found, LEVEL_SET)
    assert "mesh.interface_size" in str(refused.value)
    assert verify(mesh, *declared(mesh), measure(mesh) | found, FILE) == []


def test_small_angles_are_warned_of():
    mesh = box((2, 2, 2))
    small = measure(mesh) | {"dihedral_angle_min": 6.0, "cells_below_8_degrees": 7}
    (warning,) = verify(mesh, *declared(mesh), small, LEVEL_SET)
    assert "6.0°" in warning and "7 cells" in warning
    assert verify(mesh, *declared(mesh), small) == []


def test_files_need_cells_of_positive_volume():
    mesh = box((2, 2, 2))
    flipped = dataclasses.replace(mesh, cells=np.concatenate([mesh.cells[:1, [1, 0, 2, 3]], mesh.cells[1:]]))
    with pytest.raises(MeshQualityError, match=r"negative volume .1.; repair the mesh file"):
        verify(flipped, {}, {}, measure(flipped), FILE)


def test_cells_without_volume_have_ratio_zero():
    square = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]])
    assert radius_ratios(square, ONE) == pytest.approx(0)
