import itertools
import math

import numpy as np
import pytest
from archode.geometry import GeometryError
from archode.geometry.shapes import SHAPES, fraction

HollowSpheres, InverseOpal, Spheres = (SHAPES[name] for name in ("hollow_spheres", "inverse_opal", "spheres"))
UM = 1e-6


def ball(radius):
    return 4 / 3 * math.pi * radius**3


def cap(radius, distance):
    """Volume of a ball beyond a plane at a distance from its centre."""
    height = max(radius - distance, 0.0)
    return math.pi * height**2 * (3 * radius - height) / 3


@pytest.mark.parametrize(("radius", "wall", "pitch"), [(5, 0.4, 8), (5, 0.3, 9), (1, 0.02, 1.5)])
def test_hollow_spheres_without_holes_have_the_closed_form(radius, wall, pitch):
    field = HollowSpheres(radius, wall, 0, pitch).field(np.full(3, pitch / 2))
    outer, inner = (ball(r) - 6 * cap(r, pitch / 2) for r in (radius, radius - wall))
    assert fraction(field, np.full(3, pitch / 2), 100) == pytest.approx((outer - inner) / pitch**3, rel=0.01)


@pytest.mark.parametrize(
    ("radius", "wall", "hole", "pitch"),
    [(5, 1, 1, 9.5), (5, 0.25, 2, 9.79), (5, 3, 0.8, 9.7), (1, 0.5, 0.1, 1.6)],
)
def test_hollow_spheres_are_shells_less_their_holes(radius, wall, hole, pitch):
    field = HollowSpheres(radius, wall, hole, pitch).field(np.full(3, pitch))
    points = np.random.default_rng(0).uniform(-pitch / 2, pitch / 2, (100_000, 3))
    centres = pitch * np.array(list(itertools.product((-1, 0, 1), repeat=3)))
    distances = np.linalg.norm(points[:, None] - centres, axis=2)
    solid = (distances < radius).any(axis=1) & ~(distances < radius - wall).any(axis=1)
    for diagonal in itertools.product((-1, 1), repeat=3):
        axis = np.array(diagonal) / math.sqrt(3)
        along = points @ axis
        solid &= ~((along > 0) & (np.linalg.norm(points - along[:, None] * axis, axis=1) < hole))
    assert np.array_equal(field.values(points + pitch / 2) < 0, solid)
    counted = fraction(field, np.full(3, pitch / 2), 80) if wall > 0.3 else np.mean(solid)
    assert counted == pytest.approx(np.mean(solid), rel=0.03)


@pytest.mark.parametrize("overlap", [1.005, 1.06, 1.14])
def test_inverse_opal_has_the_closed_form(overlap):
    shape = InverseOpal(2.0, overlap)
    extent = np.full(3, shape.cell / 2)
    voids = 4 * ball(1) - 48 * cap(1, 1 / overlap)
    assert fraction(shape.field(extent), extent, 100) == pytest.approx(1 - voids / shape.cell**3, rel=0.01)
    # Windows between touching pairs, and necks in the middle of three voids.
    assert shape.feature_size == pytest.approx(
        2 * min(math.sqrt(1 - 1 / overlap**2), 2 / overlap / math.sqrt(3) - 1)
    )


@pytest.mark.parametrize(("radius", "pitch"), [(5, 9), (5, 7.3), (2, 8)])
def test_cubic_spheres_have_the_closed_form(radius, pitch):
    field = Spheres(radius, pitch=pitch).field(np.full(3, pitch / 2))
    solid = (ball(radius) - 6 * cap(radius, pitch / 2)) / pitch**3
    assert fraction(field, np.full(3, pitch / 2), 80) == pytest.approx(solid, rel=0.01)


@pytest.mark.parametrize(("radius", "wanted"), [(1.0, 0.1), (0.8, 0.28), (2.0, 0.2)])
def test_random_spheres_meet_their_fraction_without_touching(radius, wanted):
    extent = np.array([11.0, 10.0, 9.0])
    shape = Spheres(radius, "random", solid_fraction=wanted, seed=4)
    assert 0.049 < shape.gap / radius <= 0.5
    field = shape.field(extent)
    points = np.random.default_rng(0).uniform(0, 1, (100_000, 3)) * extent
    assert np.mean(field.values(points) < 0) == pytest.approx(wanted, abs=3 * math.sqrt(wanted / 100_000))
    assert fraction(field, extent, 80) == pytest.approx(wanted, rel=0.01)
    assert shape.solid_fraction_target == wanted
    # Every piece of solid within the box is one ball, or a ball cut by walls.
    from scipy.ndimage import label

    axes = [np.linspace(0, length, 90) for length in extent]
    pieces, count = label(field.on_grid(*axes) < -0.03 * radius)
    largest = np.bincount(pieces.ravel())[1:].max() / 90**3 * np.prod(extent)
    assert largest < 1.3 * ball(radius)
    assert count > 0.8 * wanted * np.prod(extent) / ball(radius)


@pytest.mark.parametrize(
    "shape",
    [HollowSpheres(5, 1, 1), InverseOpal(5.0, 1.1), Spheres(5, pitch=9), Spheres(2, pitch=9)],
    ids=repr,
)
def test_slope_is_one_near_the_surface(shape, slopes):
    extent = np.full(3, 9.0)
    measured = slopes(shape.field(extent), extent, 0.02)
    assert np.mean(np.abs(measured - 1) < 1e-3) > 0.97


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"radius": 0, "wall": 1, "hole": 1}, "radius must be positive"),
        ({"radius": 5, "wall": 4.8, "hole": 1}, "leaves no hollow"),
        (
            {"radius": 5, "wall": 1, "hole": 1, "pitch": 9.95},
            "neighbours do not fuse; make pitch smaller than",
        ),
        ({"radius": 5, "wall": 1, "hole": 1, "pitch": 7}, "pores between the spheres are closed"),
        ({"radius": 5, "wall": 0.5, "hole": 1, "pitch": 9}, "hollows of neighbours just touch"),
        ({"radius": 5, "wall": 1, "hole": 0}, "without holes the hollows are closed"),
        ({"radius": 5, "wall": 1, "hole": 3}, "make hole smaller than"),
    ],
)
def test_nonsense_about_hollow_spheres_is_refused(parameters, message):
    scaled = {name: value * UM for name, value in parameters.items()}
    with pytest.raises(GeometryError, match=f"hollow_spheres: .*{message}"):
        HollowSpheres(**scaled)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"diameter": 0}, "diameter must be positive"),
        ({"diameter": UM, "overlap": 1.0}, "the voids are closed"),
        ({"diameter": UM, "overlap": 1.16}, "the solid falls apart"),
        ({"diameter": UM, "overlap": float("nan")}, "overlap must be a finite number"),
    ],
)
def test_nonsense_about_inverse_opals_is_refused(parameters, message):
    with pytest.raises(GeometryError, match=f"inverse_opal: .*{message}"):
        InverseOpal(**parameters)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"radius": UM}, "a cubic array needs pitch"),
        ({"radius": UM, "pitch": 2 * UM}, "neighbours just touch"),
        ({"radius": UM, "pitch": 1.4 * UM}, "pores between the spheres are closed"),
        ({"radius": UM, "pitch": 3 * UM, "solid_fraction": 0.2}, "a cubic array needs pitch"),
        ({"radius": UM, "arrangement": "random"}, "a random packing needs solid_fraction"),
        (
            {"radius": UM, "arrangement": "random", "solid_fraction": 0.4},
            "reach a solid_fraction of about 0.33",
        ),
        ({"radius": UM, "arrangement": "hexagonal"}, "arrangement must be one of cubic, random"),
    ],
)
def test_nonsense_about_spheres_is_refused(parameters, message):
    with pytest.raises(GeometryError, match=f"spheres: .*{message}"):
        Spheres(**parameters)


def test_a_box_smaller_than_a_sphere_is_refused():
    shape = Spheres(5 * UM, "random", solid_fraction=0.05, seed=1)
    with pytest.raises(GeometryError, match=r"a single body|could be reached"):
        shape.field(np.full(3, 3 * UM))
