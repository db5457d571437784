import math

import numpy as np
import pytest
from archode.geometry import GeometryError
from archode.geometry.shapes import SHAPES, fraction
from archode.geometry.shapes.field import (
    CombinedField,
    DistanceField,
    level_of_fraction,
    midpoints,
    round_union,
)

Box, Ball, Cylinder, HalfSpace = (SHAPES[name] for name in ("box", "ball", "cylinder", "half_space"))
EXTENT = np.full(3, 8.0)
BALL = Ball((4.0, 4.0, 4.0), 2.0)


def volume(shape, samples=100):
    return fraction(shape.field(EXTENT), EXTENT, samples) * np.prod(EXTENT)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (Box((1, 2, 3), (3, 4, 2)), 24),
        (Box((0, 0, 0), (8, 8, 1)), 64),
        (Box((1.3, 2.2, 3.1), (0.5, 5, 4)), 10),
        (Ball((4, 4, 4), 3), 36 * math.pi),
        (Ball((0, 0, 0), 5), 125 * math.pi / 6),
        (Ball((4, 4, 4), 0.5), math.pi / 6),
        (Cylinder((4, 4, 1), (4, 4, 7), 2), 24 * math.pi),
        (Cylinder((2, 2, 2), (6, 6, 6), 1), 4 * math.sqrt(3) * math.pi),
        (Cylinder((4, 4, 3.7), (4, 4, 4.3), 3), 5.4 * math.pi),
        (HalfSpace((4, 4, 4), (1, 2, 3)), 256),
        (HalfSpace((0, 0, 2), (0, 0, 5)), 128),
        (HalfSpace((0, 0, 2), (0, 0, -1)), 384),
    ],
    ids=repr,
)
def test_primitives_have_their_volume(shape, expected):
    assert volume(shape) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    "shape",
    [
        Box((1, 2, 3), (3, 4, 2)),
        BALL,
        Cylinder((2, 2, 2), (6, 5, 4), 1.5),
        HalfSpace((4, 4, 4), (1, 2, -2)),
    ],
    ids=repr,
)
def test_primitives_are_distances_everywhere(shape, slopes):
    # All but the medial surface, which few points touch.
    measured = slopes(shape.field(EXTENT), EXTENT, 10.0)
    assert np.mean(np.abs(measured - 1) < 1e-3) > 0.99


def test_union_intersection_difference_and_complement_have_their_volumes():
    other = Ball((5.5, 4.0, 4.0), 2.0)
    single = 32 / 3 * math.pi
    # Two balls whose middles are 1.5 apart share two caps of height 1.25.
    shared = 2 * math.pi * 1.25**2 * (6 - 1.25) / 3
    assert volume(SHAPES["union"]((BALL, other))) == pytest.approx(2 * single - shared, rel=0.01)
    assert volume(SHAPES["intersection"]((BALL, other))) == pytest.approx(shared, rel=0.01)
    assert volume(SHAPES["difference"]((BALL, other))) == pytest.approx(single - shared, rel=0.01)
    assert volume(SHAPES["complement"](BALL)) == pytest.approx(512 - single, rel=0.01)


def test_difference_takes_off_every_further_shape():
    cuts = (HalfSpace((4, 0, 0), (1, 0, 0)), HalfSpace((0, 4, 0), (0, 1, 0)))
    assert volume(SHAPES["difference"]((BALL, *cuts))) == pytest.approx(8 / 3 * math.pi, rel=0.01)


@pytest.mark.parametrize("by", [-1.0, 0.25, 1.5])
def test_offset_grows_a_ball_by_its_length(by):
    assert volume(SHAPES["offset"](BALL, by)) == pytest.approx(4 / 3 * math.pi * (2 + by) ** 3, rel=0.01)


@pytest.mark.parametrize("radius", [0.5, 1.0, 3.0])
def test_blend_fills_a_right_angle_with_a_circle(radius):
    floor, wall = HalfSpace((0, 0, 2), (0, 0, 1)), HalfSpace((2, 0, 0), (1, 0, 0))
    added = volume(SHAPES["blend"]((floor, wall), radius)) - volume(SHAPES["union"]((floor, wall)))
    assert added == pytest.approx(8 * (1 - math.pi / 4) * radius**2, rel=0.03)


def test_round_union_does_not_depend_on_order_and_leaves_far_bodies_alone():
    distances = np.random.default_rng(0).normal(size=(4, 500))
    assert round_union(distances, 0.5) == pytest.approx(round_union(distances[::-1], 0.5))
    apart = np.array([[0.2, -0.3], [5.0, 6.0], [7.0, 8.0]])
    assert round_union(apart, 0.5) == pytest.approx([0.2, -0.3])
    assert np.array_equal(round_union(distances, 0.0), distances.min(axis=0))


def test_place_moves_a_shape():
    moved = SHAPES["place"](BALL, (-4, -4, -4)).field(EXTENT)
    points = np.random.default_rng(0).uniform(0, 8, (200, 3))
    assert moved.values(points) == pytest.approx(np.linalg.norm(points, axis=1) - 2)


def test_feature_size_is_that_of_the_smallest_part():
    shape = SHAPES["union"]((BALL, Ball((0, 0, 0), 0.5), HalfSpace((0, 0, 1), (0, 0, 1))))
    assert shape.feature_size == 1.0
    assert SHAPES["complement"](shape).feature_size == 1.0


def test_targets_pass_through_complement_and_place_only():
    gyroid = SHAPES["gyroid"](4.0, 0.3)
    assert SHAPES["complement"](gyroid).solid_fraction_target == pytest.approx(0.7)
    assert SHAPES["place"](gyroid, (1, 0, 0)).solid_fraction_target == 0.3
    assert SHAPES["union"]((gyroid, BALL)).solid_fraction_target is None
    assert SHAPES["complement"](BALL).solid_fraction_target is None


def test_level_of_fraction_is_the_inverse_of_the_fraction():
    axes = midpoints(EXTENT, 0.1)
    values = BALL.field(EXTENT).on_grid(*axes)
    # A ball of radius 3 has its surface at distance 1 of one of radius 2.
    assert level_of_fraction(values, 0.1, 36 * math.pi / 512) == pytest.approx(1.0, abs=2e-3)


def test_combined_fields_use_their_parts():
    field = CombinedField((DistanceField(lambda points: points[:, 0]),), lambda values: values[0] + 1)
    assert field.on_grid(np.arange(3.0), np.zeros(2), np.zeros(1))[:, 0, 0] == pytest.approx([1, 2, 3])


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("box", ((0, 0), (1, 1, 1)), "corner must be three numbers"),
        ("box", ((0, 0, 0), (1, 0, 1)), "size y must be positive"),
        ("box", ("abc", (1, 1, 1)), "corner must be three numbers"),
        ("ball", ((0, 0, math.nan), 1), "centre must be a finite number"),
        ("ball", ((0, 0, 0), 0), "radius must be positive"),
        ("cylinder", ((0, 0, 0), (0, 0, 0), 1), "start and end are the same point"),
        ("half_space", ((0, 0, 0), (0, 0, 0)), "normal must not be"),
        ("union", ((BALL,),), "at least two shapes"),
        ("intersection", (BALL,), "at least two shapes"),
        ("difference", ((BALL, 3),), "3 is not a shape"),
        ("complement", ("gyroid",), "'gyroid' is not a shape"),
        ("offset", (BALL, math.inf), "by must be a finite number"),
        ("offset", (BALL, -2.0), "shrinking by 2e.06 µm leaves nothing"),
        ("blend", ((BALL, BALL), 0), "radius must be positive"),
        ("blend", ((BALL,), 1), "at least two shapes"),
        ("place", (BALL, (1, 2)), "at must be three numbers"),
    ],
)
def test_nonsense_is_refused(name, arguments, message):
    with pytest.raises(GeometryError, match=f"{name}: .*{message}"):
        SHAPES[name](*arguments)
