import dataclasses
import math

import numpy as np
import pytest
from archode.geometry import GeometryError, MeshSizes
from archode.geometry.architectures.planar import Planar
from archode.geometry.sizing import LARGEST_GROWTH, graded_layers, layer_count

CASES = [
    (1.0, 0.01, 1.4, math.inf, 1),
    (1.0, 0.01, 1.2, 0.1, 1),
    (1.0, 0.3, 1.4, 0.3, 1),
    (0.75, 0.0375, 1.4, 5.0, 2),
    (1.0, 0.9, 2.0, 0.9, 6),
    (1e-6, 1e-12, 1.1, 1e-8, 1),
    (100.0, 0.5, 1.0001, 5.0, 1),
    (1.0, 2.0, 1.4, 5.0, 1),
]


@pytest.mark.parametrize("fine", ["start", "end", "both"])
@pytest.mark.parametrize(("length", "first", "growth", "largest", "minimum"), CASES)
def test_layers_fill_the_length_and_keep_to_sizes(length, first, growth, largest, minimum, fine):
    ends = graded_layers(length, first, growth, fine=fine, largest=largest, minimum=minimum)
    thickness = np.diff(ends)
    assert ends[0] == 0
    assert ends[-1] == length
    assert np.all(thickness > 0)
    # Differences of rounded positions carry a rounding error of the length, not of the layer.
    slack = 4 * np.finfo(float).eps * length
    assert thickness.max() <= min(largest, length) * (1 + 1e-8) + slack
    ratios = thickness[1:] / thickness[:-1]
    worst = np.maximum(ratios, 1 / ratios)
    assert np.all(worst <= growth * (1 + 1e-8) + 2 * slack / thickness[:-1])
    assert len(thickness) >= minimum
    fine_ends = {"start": [0], "end": [-1], "both": [0, -1]}[fine]
    assert np.all(thickness[fine_ends] <= first * (1 + 1e-8) + slack)


@pytest.mark.parametrize(("length", "first", "growth", "largest", "minimum"), CASES)
def test_end_mirrors_start(length, first, growth, largest, minimum):
    start = graded_layers(length, first, growth, largest=largest, minimum=minimum)
    end = graded_layers(length, first, growth, fine="end", largest=largest, minimum=minimum)
    assert np.allclose(end, length - start[::-1], rtol=0, atol=1e-15 * length)
    assert len(start) - 1 == layer_count(length, first, growth, largest, minimum)


def test_both_ends_are_symmetric():
    ends = graded_layers(3.0, 0.01, 1.3, fine="both", largest=0.4)
    assert np.allclose(ends, 3.0 - ends[::-1], rtol=0, atol=1e-14)


def test_counts_follow_the_geometric_sum():
    # 1 + 2 + 4 + 8 = 15: exactly four layers, and one more as soon as that does not suffice.
    assert layer_count(15.0, 1.0, 2.0) == 4
    assert layer_count(15.1, 1.0, 2.0) == 5
    assert layer_count(15.0 + 16.0, 1.0, 2.0, largest=8.0) == 6


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"size": 0}, "size"),
        ({"film_size": -1e-9}, "film_size"),
        ({"interface_size": float("nan")}, "interface_size"),
        ({"size": "5 um"}, "size"),
        ({"growth": 1.0}, "growth"),
        ({"growth": 10}, "growth"),
        ({"growth": "fast"}, "growth"),
        ({"scale": 0}, "scale"),
        ({"scale": float("inf")}, "scale"),
        ({"scale": True}, "scale"),
    ],
)
def test_senseless_sizes_are_refused(given, named):
    with pytest.raises(GeometryError, match=named):
        MeshSizes(**given)


PLANAR = Planar(gap=1e-4, cathode_thickness=1e-6)


@pytest.mark.parametrize("given", [MeshSizes(), MeshSizes(film_size=2e-8, growth=1.2, wall_size=1e-9)])
def test_half_the_scale_divides_every_layer_in_two(given):
    whole = PLANAR.resolved_sizes(given)
    half = PLANAR.resolved_sizes(dataclasses.replace(given, scale=0.5))
    for name, length in whole.lengths().items():
        assert half.lengths()[name] == (None if length is None else pytest.approx(length / 2))
    assert half.growth**2 == pytest.approx(whole.growth)
    # Two layers of the finer mesh grow together as one of the coarser does.
    length = 0.01 * (whole.growth**9 - 1) / (whole.growth - 1)
    coarse = graded_layers(length, 0.01, whole.growth)
    fine = graded_layers(length, 0.01 / (1 + half.growth), half.growth)
    assert np.allclose(fine[::2], coarse, atol=1e-12)


def test_a_resolved_scale_is_not_applied_twice():
    resolved = PLANAR.resolved_sizes(MeshSizes(scale=0.5))
    assert PLANAR.resolved_sizes(resolved) == resolved


def test_coarser_sizes_stay_within_the_shape():
    coarse = PLANAR.resolved_sizes(MeshSizes(scale=1000.0))
    assert coarse.film_size == pytest.approx(1e-6)
    assert coarse.size == pytest.approx(1e-4)
    assert coarse.growth == LARGEST_GROWTH
