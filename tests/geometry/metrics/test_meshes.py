"""Fractions, surfaces, rasters and the whole description of meshes whose answers are known."""

import json

import numpy as np
import pytest
from archode.geometry import GeometryError
from archode.geometry.metrics import (
    Window,
    boundary_area,
    describe,
    interface_area,
    mesh_of_arrays,
    rasterise,
    specific_surface,
    volume_fractions,
)
from archode.geometry.tags import REGIONS

from ..cubes import box, tagged

UM = 1e-6


def sheets(x):
    return np.where(x[:, 2] % 2 < 0.5, "anode", "electrolyte")


@pytest.fixture(scope="module")
def plates():
    """Plates 0.5 µm thick, period 2 µm, in a box of 4 × 3 × 8 µm."""
    return box((8, 6, 32), (4.0, 3.0, 8.0), sheets)


def ball_in_a_box(cells=24, radius=0.6, lengths=2.0):
    """A ball of anode in the middle of a cube: concentric cubes are bent into spheres."""
    cube = box((cells,) * 3, (lengths,) * 3)
    away = cube.points - lengths / 2
    level = np.abs(away).max(axis=1)
    norm = np.maximum(np.linalg.norm(away, axis=1), 1e-12)
    # Fully round within the ball, square again at the walls.
    squareness = np.clip((level - radius) / (lengths / 2 - radius), 0, 1)
    factor = squareness + (1 - squareness) * level / norm
    points = away * factor[:, None] + lengths / 2
    inside = np.abs(cube.points[cube.cells].mean(axis=1) - lengths / 2).max(axis=1) < radius
    return tagged(points, cube.cells, np.where(inside, REGIONS["anode"], REGIONS["electrolyte"]))


@pytest.fixture(scope="module")
def ball():
    return ball_in_a_box(20)


def test_fractions_and_areas_of_plates(plates):
    assert volume_fractions(plates) == pytest.approx({"electrolyte": 0.75, "anode": 0.25})
    # Seven faces: the first plate has only one inside the box.
    area = 7 * 4 * 3 * UM**2
    assert interface_area(plates, "anode", "electrolyte") == pytest.approx(area)
    assert boundary_area(plates, "anode_surface") == pytest.approx(area)
    surface = specific_surface(plates, "anode_surface")
    assert surface == specific_surface(plates, ("anode", ["electrolyte"])) == pytest.approx(7 / 8 / UM)


def test_a_window_whose_planes_are_mesh_planes_is_exact(plates):
    window = Window(np.array([1, 0, 0.5]) * UM, np.array([3, 3, 6.5]) * UM)
    assert volume_fractions(plates, window) == pytest.approx({"electrolyte": 0.75, "anode": 0.25})
    # Of the faces at 0.5, 2, 2.5, 4, 4.5, 6, 6.5 the first and the last lie in the window's planes.
    assert specific_surface(plates, "anode_surface", window) == pytest.approx(5 / 6 / UM)


def test_a_window_that_cuts_cells(plates):
    window = Window(np.array([0.2, 0.13, 0.3]) * UM, np.array([3.7, 2.9, 6.41]) * UM)
    thickness = (0.2 + 0.5 + 0.5 + 0.41) / 6.11
    # Cut cells are sampled at an eighth of their size; in a regular mesh all of them are wrong by the same.
    assert volume_fractions(plates, window)["anode"] == pytest.approx(thickness, rel=0.02)
    assert specific_surface(plates, "anode_surface", window) == pytest.approx(6 / 6.11 / UM, rel=0.01)


def test_unusable_windows_and_names_are_refused(plates):
    with pytest.raises(GeometryError, match="no volume"):
        volume_fractions(plates, Window(np.zeros(3), np.array([1, 0, 1]) * UM))
    with pytest.raises(GeometryError, match="outside the mesh"):
        rasterise(plates, 8, Window(np.full(3, 9 * UM), np.full(3, 10 * UM)))
    with pytest.raises(GeometryError, match="no region is called 'anodes'"):
        interface_area(plates, "anodes", "electrolyte")
    with pytest.raises(GeometryError, match="no boundary is called 'surface'"):
        boundary_area(plates, "surface")


def test_raster_of_plates(plates):
    grid = rasterise(plates, 64)
    assert grid.labels.shape == (32, 24, 64) and grid.spacing == pytest.approx(UM / 8)
    z = (np.arange(64) + 0.5) / 8
    expected = np.where(z % 2 < 0.5, REGIONS["anode"], REGIONS["electrolyte"])
    assert np.array_equal(grid.labels, np.broadcast_to(expected, grid.labels.shape))
    assert grid.origin == pytest.approx(np.full(3, UM / 16))


def test_raster_against_the_barycentric_coordinates_of_every_cell(ball):
    """Ground truth by brute force at 300 voxels of a grid that does not fit the mesh."""
    window = Window(np.array([0.11, 0.2, 0.05]) * UM, np.array([1.83, 1.7, 1.9]) * UM)
    grid = rasterise(ball, 57, window)
    chosen = np.random.default_rng(2).integers(0, grid.labels.shape, (300, 3))
    corners = ball.points[ball.cells]
    to_barycentric = np.linalg.inv((corners[:, 1:] - corners[:, :1]).transpose(0, 2, 1))
    for voxel in chosen:
        point = (grid.origin + voxel * grid.spacing) / UM
        weights = np.einsum("nij,nj->ni", to_barycentric, point - corners[:, 0])
        holds = (weights.min(axis=1) > -1e-9) & (weights.sum(axis=1) < 1 + 1e-9)
        assert grid.labels[tuple(voxel)] in ball.cell_tags[holds]


def test_raster_leaves_no_hole_where_centres_lie_on_faces():
    """A grid whose centres are nodes, edges and faces of the mesh; beyond the mesh there is nothing."""
    grid = rasterise(box((7, 7, 7)), 7, Window(np.full(3, -UM / 14), np.full(3, UM * 13 / 14)))
    assert np.all(grid.labels == REGIONS["electrolyte"])
    around = rasterise(box((3, 3, 3)), 20, Window(np.full(3, -0.5 * UM), np.full(3, 1.5 * UM)))
    assert np.count_nonzero(around.labels) == 10**3 and np.all(around.labels[5:15, 5:15, 5:15])


def test_raster_of_flat_cells():
    """Films a thousand times thinner than their cells are wide."""
    film = box((3, 3, 8), (10.0, 10.0, 10.0), lambda x: np.where(x[:, 2] > 5, "anode", "electrolyte"))
    film.points[:, 2] = np.interp(film.points[:, 2], [0, 5, 10], [0, 9.96, 10])
    grid = rasterise(film, 1000, Window(np.array([4.995, 4.995, 0]) * UM, np.array([5.005, 5.005, 10]) * UM))
    assert grid.labels.shape == (1, 1, 1000)
    assert np.count_nonzero(grid.labels == REGIONS["anode"]) == 4


def test_description_of_a_ball(ball):
    result = describe(ball, {"ball": "anode", "rest": ["electrolyte"]}, voxels=80)
    assert json.loads(json.dumps(result)) == result
    radius = 0.6 * UM
    fraction = 4 / 3 * np.pi * 0.6**3 / 8
    # Faceted with 12 edges across: volume and area lie below by some 2 and 1 %.
    assert result["ball_fraction"] == pytest.approx(fraction, rel=0.03)
    assert result["ball_specific_surface [1/m]"] == pytest.approx(4 * np.pi * 0.36 / 8 / UM, rel=0.02)
    assert result["ball_chord_mean [m]"] == pytest.approx(4 * radius / 3, rel=0.02)
    assert result["ball_chord_stereological [m]"] == pytest.approx(result["ball_chord_mean [m]"], rel=0.02)
    # The middle lies between voxels, which costs a ball up to √3 of them.
    assert result["ball_local_thickness_median [m]"] == pytest.approx(2 * radius, abs=2 * result["voxel [m]"])
    assert result["rest_fraction"] == pytest.approx(1 - result["ball_fraction"])
    histogram = result["ball_local_thickness_histogram"]
    assert sum(histogram["share"]) == pytest.approx(1)
    assert len(histogram["edges [m]"]) == len(histogram["share"]) + 1


def test_description_of_plates(plates):
    result = describe(plates, {"plate": "anode", "gap": "electrolyte"}, voxels=64)
    # Seven crossings on 63 of 64 places instead of eight: the first plate begins with the box.
    assert result["plate_chord_z_mean [m]"] == pytest.approx(2 * 2.0 / 7 * 63 / 64 * UM)
    assert result["gap_chord_z_mean [m]"] == pytest.approx(2 * 6.0 / 7 * 63 / 64 * UM)
    assert result["plate_chord_x_mean [m]"] is None and result["plate_chord_x_histogram"] is None
    # Inner plates are 0.5 µm; the one at the wall has its mirror image beyond and counts half of it.
    assert result["plate_local_thickness_median [m]"] == pytest.approx(0.5 * UM, abs=UM / 16)
    assert result["gap_local_thickness_median [m]"] == pytest.approx(1.5 * UM, abs=UM / 16)


def test_arrays_with_tags_of_their_own(plates):
    bare = mesh_of_arrays(plates.points, plates.cells, plates.cell_tags + 40)
    anode = REGIONS["anode"] + 40
    assert volume_fractions(bare)[f"region {anode}"] == pytest.approx(0.25)
    assert describe(bare, {"plate": anode}, voxels=32)["plate_fraction"] == pytest.approx(0.25)
