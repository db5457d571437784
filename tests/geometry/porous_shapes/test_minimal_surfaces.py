import numpy as np
import pytest
from archode.geometry import GeometryError
from archode.geometry.shapes import SHAPES, fraction

FAMILIES = ("gyroid", "schwarz_p", "schwarz_d")
PERIOD = 10e-6
CELL = np.full(3, PERIOD)
# Area of the surface in one cubic cell over period², of the nodal approximations within 1 % of the surfaces.
AREAS = {"gyroid": 3.0915, "schwarz_p": 2.3451, "schwarz_d": 3.8378}


@pytest.mark.parametrize(("kind", "fractions"), [("network", (0.25, 0.5, 0.7)), ("sheet", (0.1, 0.2, 0.4))])
@pytest.mark.parametrize("family", FAMILIES)
def test_solid_fraction_is_met(family, kind, fractions):
    points = np.random.default_rng(3).uniform(0, 1, (200_000, 3)) * PERIOD
    for wanted in fractions:
        shape = SHAPES[family](PERIOD, wanted, kind)
        field = shape.field(CELL)
        # The grid is finer than the sheet; 200,000 points count to 0.3 % at φ = 0.3.
        assert fraction(field, CELL, 80) == pytest.approx(wanted, rel=0.01)
        assert np.mean(field.values(points) < 0) == pytest.approx(wanted, rel=0.04 * 0.25 / wanted)
        assert shape.solid_fraction_target == wanted


@pytest.mark.parametrize("family", FAMILIES)
def test_area_of_the_middle_surface_is_that_of_the_minimal_surface(family):
    from skimage.measure import marching_cubes, mesh_surface_area

    field = SHAPES[family](PERIOD, 0.5).field(CELL)
    axis = np.linspace(0, PERIOD, 65)
    vertices, faces, _, _ = marching_cubes(field.on_grid(axis, axis, axis), 0.0, spacing=[axis[1]] * 3)
    # Contouring on 64 cells is 0.2 % low.
    assert mesh_surface_area(vertices, faces) / PERIOD**2 == pytest.approx(AREAS[family], rel=0.015)


def test_gyroid_level_follows_the_known_straight_line():
    for wanted in (0.3, 0.4, 0.6):
        # φ = 0.5 + c/3.01 between the levels −1 and 1, to 0.5 % of the volume.
        assert SHAPES["gyroid"](PERIOD, wanted).level == pytest.approx(3.01 * (wanted - 0.5), abs=0.015)


@pytest.mark.parametrize("kind", ["network", "sheet"])
@pytest.mark.parametrize("family", FAMILIES)
def test_field_is_a_distance_near_the_surface(family, kind, slopes):
    field = SHAPES[family](PERIOD, 0.3, kind).field(CELL)
    measured = slopes(field, CELL, 0.003 * PERIOD, count=100_000)
    assert measured.size > 500
    # Slope 1 at the surface itself; it changes by the curvature times the distance.
    assert np.mean(measured) == pytest.approx(1, abs=0.01)
    assert np.max(np.abs(measured - 1)) < 0.1


@pytest.mark.parametrize("family", FAMILIES)
def test_growing_by_a_length_adds_that_length_times_the_area(family):
    thickness = 0.01 * PERIOD
    shape = SHAPES["offset"](SHAPES[family](PERIOD, 0.5), thickness)
    grown = fraction(shape.field(CELL), CELL, 80) - 0.5
    # To second order in the thickness, by the mean curvature 0 of the surface.
    assert grown == pytest.approx(AREAS[family] * thickness / PERIOD, rel=0.02)


@pytest.mark.parametrize(("wanted", "kind"), [(0.3, "network"), (0.6, "network"), (0.2, "sheet")])
@pytest.mark.parametrize("family", FAMILIES)
def test_feature_size_is_the_narrowest_neck(family, wanted, kind):
    from scipy.ndimage import distance_transform_edt, label

    shape = SHAPES[family](PERIOD, wanted, kind)
    voxel = PERIOD / 50
    axis = (np.arange(100) + 0.5) * voxel
    values = shape.field(CELL).on_grid(axis, axis, axis)
    sizes = []
    for phase in (values < 0, values > 0):
        depth = distance_transform_edt(phase, sampling=voxel) - voxel / 2
        low, high = 0.0, depth.max()
        for _ in range(10):
            middle = (low + high) / 2
            pieces, _ = label(depth >= middle)
            through = np.intersect1d(pieces[0], pieces[-1]).any()
            low, high = (middle, high) if through else (low, middle)
        sizes.append(2 * low)
    # A sheet's thickness comes from its mean: volume over area.
    if kind == "sheet":
        sizes[0] = wanted * PERIOD / AREAS[family]
    assert shape.feature_size == pytest.approx(min(sizes), rel=0.35)


@pytest.mark.parametrize(
    ("family", "parameters", "message"),
    [
        ("gyroid", {"period": 0, "solid_fraction": 0.3}, "gyroid: period must be positive"),
        ("gyroid", {"period": 1e-6, "solid_fraction": 1}, "gyroid: solid_fraction must lie between 0 and 1"),
        (
            "gyroid",
            {"period": 1e-6, "solid_fraction": 0.3, "kind": "wire"},
            "kind must be one of network, sheet",
        ),
        ("gyroid", {"period": 1e-6, "solid_fraction": 0.01}, "breaks the solid of a network into pieces"),
        ("schwarz_p", {"period": 1e-6, "solid_fraction": 0.2}, "between 0.219 and 0.781"),
        ("schwarz_d", {"period": 1e-6, "solid_fraction": 0.95}, "breaks the pore space of a network"),
        ("schwarz_p", {"period": 1e-6, "solid_fraction": 0.6, "kind": "sheet"}, "pore space of a sheet"),
    ],
)
def test_nonsense_is_refused(family, parameters, message):
    with pytest.raises(GeometryError, match=message):
        SHAPES[family](**parameters)
