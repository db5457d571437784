import math

import numpy as np
import pytest
from archode.geometry import GeometryError
from archode.geometry.shapes import SHAPES, fraction

Fibres = SHAPES["fibres"]
UM = 1e-6


def mean_fraction(extent, seeds, **parameters):
    """Fraction of random points in the solid, mean over seeds and its standard error."""
    points = np.random.default_rng(5).uniform(0, 1, (1500, 3)) * extent
    fractions = [np.mean(Fibres(**parameters, seed=s).field(extent).values(points) < 0) for s in range(seeds)]
    return np.mean(fractions), np.std(fractions) / math.sqrt(seeds)


@pytest.mark.parametrize(("radius", "count"), [(0.5, 20), (0.2, 40), (1.5, 8)])
def test_random_fibres_fill_what_uniform_lines_fill(radius, count):
    extent = np.array([10.0, 7.0, 5.0]) * UM
    mean, error = mean_fraction(extent, 120, radius=radius * UM, count=count, orientation="random")
    # A line through a convex body hits a disk in it with the ratio of their mean projected areas, S/4.
    a, b, c = extent / UM + 2 * radius
    hit = math.pi * radius**2 / ((a * b + b * c + c * a) / 2)
    assert error < 0.02
    assert mean == pytest.approx(1 - (1 - hit) ** count, abs=4 * error)


@pytest.mark.parametrize(("radius", "count"), [(0.5, 20), (0.2, 40), (1.0, 6)])
def test_fibres_in_the_plane_fill_what_uniform_lines_fill(radius, count):
    extent = np.array([8.0, 8.0, 6.0]) * UM
    mean, error = mean_fraction(extent, 120, radius=radius * UM, count=count)
    a, b, c = extent / UM + 2 * radius
    hit = math.pi * radius**2 / (c * (a + b) * 2 / math.pi)
    assert error < 0.02
    assert mean == pytest.approx(1 - (1 - hit) ** count, abs=4 * error)


def test_directions_follow_the_orientation():
    generator = np.random.default_rng(0)

    def directions(**parameters):
        shape = Fibres(radius=UM, count=1, **parameters)
        return np.array([shape._direction(generator) for _ in range(4000)])

    random = directions(orientation="random")
    assert random.T @ random / 4000 == pytest.approx(np.eye(3) / 3, abs=0.03)
    flat = directions()
    assert np.all(flat[:, 2] == 0)
    tilted = directions(tilt=0.1)
    assert np.std(np.arcsin(tilted[:, 2])) == pytest.approx(0.1, rel=0.05)
    along = directions(orientation="aligned", axis="y")
    assert np.all(along == [0, 1, 0])
    askew = directions(orientation="aligned", axis="x", tilt=0.2)
    assert np.std(np.arccos(askew[:, 0])) < 0.2
    assert np.sqrt(np.mean(np.arccos(askew[:, 0]) ** 2)) == pytest.approx(0.2, rel=0.05)
    assert np.linalg.norm(askew, axis=1) == pytest.approx(np.ones(4000))


@pytest.mark.parametrize(
    "parameters",
    [
        {"radius": 1 * UM, "solid_fraction": 0.1},
        {"radius": 0.5 * UM, "solid_fraction": 0.25, "orientation": "random"},
        {"radius": 0.6 * UM, "solid_fraction": 0.5, "orientation": "aligned", "tilt": 0.1, "axis": "x"},
        {"radius": 0.8 * UM, "solid_fraction": 0.3, "fillet": 0.8 * UM, "tilt": 0.15},
        {"radius": 0.5 * UM, "solid_fraction": 0.35, "orientation": "aligned", "arrangement": "separate"},
    ],
)
def test_solid_fraction_is_met(parameters):
    extent = np.array([12, 11, 8]) * UM
    shape = Fibres(**parameters)
    field = shape.field(extent)
    points = np.random.default_rng(0).uniform(0, 1, (100_000, 3)) * extent
    wanted = shape.solid_fraction
    # Three standard deviations of counting 100,000 points.
    assert np.mean(field.values(points) < 0) == pytest.approx(wanted, abs=3 * math.sqrt(wanted / 100_000))
    assert fraction(field, extent, 80) == pytest.approx(wanted, rel=0.01)
    assert shape.solid_fraction_target == wanted


def test_radii_hardly_change_to_meet_the_fraction():
    extent = np.array([15, 15, 15]) * UM
    shape = Fibres(0.5 * UM, 0.2)
    points = np.random.default_rng(0).uniform(0, 1, (20_000, 3)) * extent
    deepest = -shape.field(extent).values(points).min()
    # Some random point lies nearly on an axis; one fibre of about 100 moves the radius by half a percent.
    assert deepest == pytest.approx(0.5 * UM, rel=0.03)


def test_separate_fibres_keep_their_gap():
    extent = np.array([20, 20, 5]) * UM
    shape = Fibres(1 * UM, 0.35, orientation="aligned", arrangement="separate")
    assert shape.gap == pytest.approx(0.29 * UM, rel=0.02)
    sequence = shape._sequence(extent)
    centres = np.array([next(sequence)[0][:2] for _ in range(50)])
    distances = np.linalg.norm(centres[:, None] - centres, axis=2)[np.triu_indices(50, 1)]
    assert distances.min() >= 2 * UM + shape.gap


@pytest.mark.parametrize("fillet", [0.0, 0.5 * UM])
def test_slope_is_one_near_the_surface(slopes, fillet):
    extent = np.array([10, 10, 10]) * UM
    field = Fibres(1 * UM, count=6, fillet=fillet).field(extent)
    measured = slopes(field, extent, 0.1 * UM, count=50_000)
    # Fibres that cross at other angles than right ones change the slope within their fillet.
    assert np.mean(np.abs(measured - 1) < 1e-3) > (0.98 if fillet == 0 else 0.8)


def test_seeds_give_different_mats():
    extent = np.array([10, 10, 10]) * UM
    points = np.random.default_rng(0).uniform(0, 1, (100, 3)) * extent
    first, second = (Fibres(1 * UM, count=5, seed=seed).field(extent).values(points) for seed in (0, 1))
    assert not np.allclose(first, second)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"radius": 0, "count": 3}, "radius must be positive"),
        ({"radius": UM}, "give either solid_fraction or count"),
        ({"radius": UM, "count": 3, "solid_fraction": 0.2}, "give either solid_fraction or count"),
        ({"radius": UM, "count": 0}, "count must be a whole number of at least 1"),
        ({"radius": UM, "solid_fraction": 1}, "solid_fraction must lie between 0 and 1"),
        ({"radius": UM, "count": 3, "orientation": "wild"}, "orientation must be one of"),
        ({"radius": UM, "count": 3, "axis": "w"}, "axis must be one of"),
        ({"radius": UM, "count": 3, "tilt": 2.0}, "tilt must lie between"),
        ({"radius": UM, "count": 3, "tilt": 0.1, "orientation": "random"}, "tilt has no meaning"),
        ({"radius": UM, "count": 3, "fillet": 3 * UM}, "fillet of 3 µm is larger than the fibres are thick"),
        ({"radius": UM, "count": 3, "gap": UM}, "gap belongs to arrangement: separate"),
        ({"radius": UM, "count": 3, "arrangement": "separate"}, "only aligned fibres without tilt"),
        (
            {"radius": UM, "count": 3, "orientation": "aligned", "arrangement": "separate", "fillet": UM},
            "separate fibres have no creases to fill",
        ),
        (
            {"radius": UM, "solid_fraction": 0.5, "orientation": "aligned", "arrangement": "separate"},
            "reach a solid_fraction of about 0.48",
        ),
    ],
)
def test_nonsense_is_refused(parameters, message):
    with pytest.raises(GeometryError, match=f"fibres: .*{message}"):
        Fibres(**parameters)


def test_boxes_that_are_too_small_are_refused():
    with pytest.raises(
        GeometryError, match=r"a single body makes a solid_fraction of 0.*make radius smaller"
    ):
        Fibres(2 * UM, 0.02).field(np.full(3, 5 * UM))
    crowded = Fibres(UM, count=50, orientation="aligned", arrangement="separate")
    with pytest.raises(GeometryError, match="of 50 fibres fit"):
        crowded.field(np.full(3, 5 * UM))
