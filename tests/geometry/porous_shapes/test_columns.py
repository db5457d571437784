import math

import numpy as np
import pytest
from archode.geometry import GeometryError
from archode.geometry.shapes import SHAPES, fraction
from scipy.integrate import quad

Channels, Pillars = SHAPES["channels"], SHAPES["pillars"]
UM = 1e-6


@pytest.mark.parametrize("radius", [0.5, 3.0, 4.85])
@pytest.mark.parametrize(
    ("arrangement", "cell"), [("square", (10.0, 10.0)), ("hexagonal", (10.0, 5 * math.sqrt(3)))]
)
def test_channels_have_the_closed_form(arrangement, cell, radius):
    field = Channels(radius, 10.0, arrangement).field(np.array([*cell, 1.0]))
    solid = 1 - math.pi * radius**2 / (cell[0] * cell[1])
    extent = np.array([cell[0], cell[1], 0.05])
    assert fraction(field, extent, 200) == pytest.approx(solid, rel=0.01)


@pytest.mark.parametrize(("axis", "index"), [("x", 0), ("y", 1), ("z", 2)])
def test_channels_run_along_their_axis(axis, index):
    field = Channels(1.0, 5.0, "hexagonal", axis).field(np.full(3, 10.0))
    points = np.random.default_rng(0).uniform(0, 10, (500, 3))
    moved = points.copy()
    moved[:, index] += 3.3
    assert field.values(moved) == pytest.approx(field.values(points))
    start = np.zeros(3)
    start[index] = 7.0
    assert field.values(start[None])[0] == pytest.approx(1.0)


def pillar_volume(radius, height, fillet):
    def section(z):
        swelling = fillet - math.sqrt(fillet**2 - (fillet - z) ** 2)
        return math.pi * ((radius + swelling) ** 2 - radius**2)

    return math.pi * radius**2 * height + (quad(section, 0, fillet)[0] if fillet > 0 else 0.0)


@pytest.mark.parametrize(
    ("radius", "height", "fillet"), [(2.0, 12.0, 0.0), (2.0, 12.0, 2.5), (4.0, 6.0, 0.9), (0.5, 15.0, 0.2)]
)
@pytest.mark.parametrize(
    ("arrangement", "cell"), [("square", (10.0, 10.0)), ("hexagonal", (10.0, 5 * math.sqrt(3)))]
)
def test_pillars_have_the_closed_form(arrangement, cell, radius, height, fillet):
    extent = np.array([*cell, 18.0])
    field = Pillars(radius, 10.0, height, arrangement, fillet).field(extent)
    solid = pillar_volume(radius, height, fillet) / np.prod(extent)
    assert fraction(field, extent, 200 if radius < 1 else 120) == pytest.approx(solid, rel=0.01)


def test_pillars_as_high_as_the_box_end_at_its_top():
    extent = np.array([10.0, 10.0, 12.0])
    points = np.array([[5.0, 5.0, 12.0], [5.0, 5.0, 11.9]])
    through = Pillars(2.0, 10.0).field(extent).values(points)
    assert Pillars(2.0, 10.0, 12.0).field(extent).values(points) == pytest.approx(through)
    assert Pillars(2.0, 10.0, 11.0).field(extent).values(points) == pytest.approx([1.0, 0.9])


@pytest.mark.parametrize(
    "shape",
    [Channels(3.0, 10.0), Channels(2.0, 10.0, "hexagonal", "x"), Pillars(2.0, 10.0, 8.0)],
    ids=repr,
)
def test_slope_is_one_near_the_surface(shape, slopes):
    extent = np.array([10.0, 10.0, 10.0])
    assert np.mean(np.abs(slopes(shape.field(extent), extent, 0.05) - 1) < 1e-3) > 0.98


def test_fillets_are_distances_and_continuous(slopes):
    extent = np.array([10.0, 10.0, 4.0])
    field = Pillars(2.0, 10.0, fillet=2.5).field(extent)
    assert np.mean(np.abs(slopes(field, extent, 0.05) - 1) < 1e-3) > 0.98
    line = np.stack([np.full(4000, 5.0), np.linspace(0, 10, 4000), np.full(4000, 2.4)], axis=1)
    # A jump would be larger than a slope of 1.5 over one step.
    assert np.abs(np.diff(field.values(line))).max() < 1.5 * 10 / 4000


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("channels", {"radius": 0, "pitch": UM}, "radius must be positive"),
        ("channels", {"radius": UM, "pitch": 2 * UM}, "touch; make pitch larger than 2.04"),
        ("channels", {"radius": UM, "pitch": 4 * UM, "arrangement": "round"}, "arrangement must be one of"),
        ("channels", {"radius": UM, "pitch": 4 * UM, "axis": "t"}, "axis must be one of"),
        ("pillars", {"radius": UM, "pitch": 1.9 * UM}, "touch; make pitch larger"),
        ("pillars", {"radius": UM, "pitch": 4 * UM, "height": 0}, "height must be positive"),
        ("pillars", {"radius": UM, "pitch": 4 * UM, "fillet": UM}, "meet between the pillars"),
        (
            "pillars",
            {"radius": UM, "pitch": 8 * UM, "height": UM, "fillet": 2 * UM},
            "higher than the pillars",
        ),
    ],
)
def test_nonsense_is_refused(name, parameters, message):
    with pytest.raises(GeometryError, match=f"{name}: .*{message}"):
        SHAPES[name](**parameters)
