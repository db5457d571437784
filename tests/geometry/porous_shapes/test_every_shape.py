"""What holds for every shape."""

import dataclasses
import json

import numpy as np
import pytest
from archode.geometry import GeometryError
from archode.geometry.shapes import SHAPES, fraction, from_plain, shape_name, to_plain


def test_on_grid_agrees_with_values(case):
    shape, extent, _ = case
    field = shape.field(extent)
    x, y, z = (np.linspace(0, length, count) for length, count in zip(extent, (5, 6, 7), strict=True))
    points = np.stack(np.meshgrid(x, y, z, indexing="ij"), axis=-1).reshape(-1, 3)
    values = field.values(points)
    assert values.shape == (210,)
    assert np.all(np.isfinite(values))
    # Rounding only: sums in another order.
    assert field.on_grid(x, y, z).ravel() == pytest.approx(values, abs=1e-9 * max(extent))


def test_fraction_counted_on_the_grid_is_that_at_random_points(case):
    shape, extent, _ = case
    field = shape.field(extent)
    points = np.random.default_rng(0).uniform(0, 1, (40_000, 3)) * extent
    inside = float(np.mean(field.values(points) < 0))
    # Three standard deviations of the count.
    assert fraction(field, extent, 40) == pytest.approx(inside, abs=3 * np.sqrt(0.25 / 40_000) + 0.004)


def test_same_parameters_give_the_same_field(case):
    shape, extent, data = case
    points = np.random.default_rng(0).uniform(0, 1, (100, 3)) * extent
    again = from_plain(data)
    assert again == shape
    assert np.array_equal(shape.field(extent).values(points), again.field(extent).values(points))


def test_walls_of_shapes_that_need_no_flattening_are_mirrors(mirrored):
    shape, extent, _ = mirrored
    field = shape.field(extent)
    generator = np.random.default_rng(0)
    # Pillars end at the walls across z.
    axes = [0, 1] if shape_name(shape) == "pillars" else [0, 1, 2]
    for axis in axes:
        for wall in (0.0, extent[axis]):
            points = generator.uniform(0, 1, (500, 3)) * extent
            depth = 0.1 * generator.uniform(0, 1, 500) * extent[axis]
            points[:, axis] = wall + depth
            beyond = field.values(points)
            points[:, axis] = wall - depth
            assert field.values(points) == pytest.approx(beyond, abs=1e-9 * max(extent))


def test_feature_size_is_positive_and_no_larger_than_the_box(case):
    shape, extent, _ = case
    assert shape.feature_size > 0
    if shape_name(shape) != "half_space":
        assert shape.feature_size < max(extent)


def test_plain_data_are_json_and_give_the_shape_back(case):
    shape, _, _ = case
    plain = json.loads(json.dumps(to_plain(shape)))
    assert from_plain(plain) == shape
    assert to_plain(from_plain(plain)) == plain


def test_shapes_can_be_hashed_and_have_no_content_without_files(case):
    shape, _, _ = case
    hash(shape)
    assert shape.files() == () and shape.content() is None


def test_a_box_without_volume_is_refused(case):
    shape, _, _ = case
    with pytest.raises(GeometryError, match="three positive lengths"):
        shape.field(np.array([1e-5, 0, 1e-5]))


def test_registered_names_stand_in_messages(registered):
    described = SHAPES[registered]
    names = [field.name for field in dataclasses.fields(described)]
    broken = dict.fromkeys(names)
    with pytest.raises((GeometryError, TypeError)) as raised:
        described(**broken)
    if raised.type is GeometryError:
        assert str(raised.value).startswith(registered)


def test_every_parameter_is_described(registered):
    described = SHAPES[registered]
    for field in dataclasses.fields(described):
        assert field.name in described.__doc__
