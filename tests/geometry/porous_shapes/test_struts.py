import itertools
import math

import numpy as np
import pytest
from archode.geometry import GeometryError
from archode.geometry.shapes import SHAPES, fraction

LATTICES = ("simple_cubic", "bcc", "fcc", "octet")
# Radii in cells, the last near the largest.
RADII = {
    "simple_cubic": (0.05, 0.2, 0.45),
    "bcc": (0.05, 0.15, 0.3),
    "fcc": (0.05, 0.15, 0.26),
    "octet": (0.03, 0.1, 0.18),
}
CORNERS = np.array(list(itertools.product((0, 1), repeat=3)), dtype=float)
FACES = np.array([(0.5, 0.5, 0), (0.5, 0.5, 1), (0.5, 0, 0.5), (0.5, 1, 0.5), (0, 0.5, 0.5), (1, 0.5, 0.5)])


def struts_of_one_cell(lattice):
    """Ends of the struts, from the nodes of the cell and the lengths of its struts."""
    nodes, length = {
        "simple_cubic": (CORNERS, 1.0),
        "bcc": (np.vstack([CORNERS, [[0.5, 0.5, 0.5]]]), math.sqrt(3) / 2),
        "fcc": (np.vstack([CORNERS, FACES]), math.sqrt(1 / 2)),
        "octet": (np.vstack([CORNERS, FACES]), math.sqrt(1 / 2)),
    }[lattice]
    pairs = [
        (start, end)
        for start, end in itertools.combinations(nodes, 2)
        if math.isclose(math.dist(start, end), length)
    ]
    if lattice == "fcc":
        # Corner to face only: one end has three whole coordinates.
        pairs = [pair for pair in pairs if any(np.all(node == np.rint(node)) for node in pair)]
    return pairs


def axis_distance(points, lattice):
    """Distance to the nearest strut of 27 cells [cells], one segment after the other."""
    nearest = np.full(len(points), np.inf)
    for start, end in struts_of_one_cell(lattice):
        for shift in itertools.product((-1, 0, 1), repeat=3):
            offset = points - start - shift
            along = np.clip(offset @ (end - start) / np.dot(end - start, end - start), 0, 1)
            nearest = np.minimum(nearest, np.linalg.norm(offset - along[:, None] * (end - start), axis=1))
    return nearest


@pytest.mark.parametrize("lattice", LATTICES)
def test_number_of_struts(lattice):
    assert len(struts_of_one_cell(lattice)) == {"simple_cubic": 12, "bcc": 8, "fcc": 24, "octet": 36}[lattice]


@pytest.mark.parametrize("lattice", LATTICES)
def test_distance_is_that_to_the_nearest_strut(lattice):
    cell = 20e-6
    points = np.random.default_rng(0).uniform(0, 1, (4000, 3))
    expected = axis_distance(points, lattice) * cell
    for radius in RADII[lattice]:
        field = SHAPES[lattice](cell, radius * cell).field(np.full(3, cell))
        assert field.values(points * cell) == pytest.approx(expected - radius * cell, abs=1e-7 * cell)


@pytest.mark.parametrize("radius", RADII["simple_cubic"])
def test_solid_fraction_of_simple_cubic_is_the_closed_form(radius):
    field = SHAPES["simple_cubic"](1.0, radius).field(np.full(3, 0.5))
    # Three cylinders that cross at right angles in every node.
    expected = 3 * math.pi * radius**2 - 8 * math.sqrt(2) * radius**3
    assert fraction(field, np.full(3, 0.5), 64) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("lattice", "length"), [("bcc", 4 * 3**0.5), ("fcc", 6 * 2**0.5), ("octet", 12 * 2**0.5)]
)
def test_solid_fraction_of_slender_struts_is_length_times_cross_section(lattice, length):
    radii = np.array([0.02, 0.04])
    extent = np.full(3, 0.5)
    per_section = [
        fraction(SHAPES[lattice](1.0, radius).field(extent), extent, 100) / (math.pi * radius**2)
        for radius in radii
    ]
    # Nodes take off a part proportional to the radius, which drops out here.
    assert 2 * per_section[0] - per_section[1] == pytest.approx(length, rel=0.02)


@pytest.mark.parametrize("lattice", LATTICES)
def test_slope_is_one_near_the_surface(lattice, slopes):
    for radius in RADII[lattice]:
        field = SHAPES[lattice](1.0, radius).field(np.ones(3))
        # But for the few points between which a crease passes.
        assert np.mean(np.abs(slopes(field, np.ones(3), 0.02) - 1) < 1e-3) > 0.98


def test_fillet_between_crossing_struts_has_its_radius():
    # So small that the third strut of the node does not reach the fillet.
    radius, fillet = 0.1, 0.06
    field = SHAPES["simple_cubic"](1.0, radius, fillet).field(np.ones(3))
    # In the plane of two struts' axes, a quarter circle round (r + f, r + f) ends where it touches them.
    for angle in np.linspace(0, math.pi / 2, 7):
        x, y = radius + fillet - fillet * np.array([math.cos(angle), math.sin(angle)])
        assert field.values(np.array([[x, y, 0.0]]))[0] == pytest.approx(0, abs=1e-9)
    beyond = np.array([[radius + fillet + 0.05, radius, 0.0]])
    assert field.values(beyond)[0] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("lattice", LATTICES)
def test_fillets_only_add_solid_and_meet_mirrors_without_a_kink(lattice):
    radius = RADII[lattice][0]
    sharp = SHAPES[lattice](1.0, radius).field(np.ones(3))
    filled = SHAPES[lattice](1.0, radius, radius).field(np.ones(3))
    points = np.random.default_rng(0).uniform(0, 1, (20_000, 3))
    near = np.abs(filled.values(points)) < 0.3 * radius
    assert np.all(filled.values(points) <= sharp.values(points) + 1e-12)
    # Slope across the mirror planes at half a cell, in fillets that the plane cuts.
    points = points[near]
    points[:, 2] = 0.5 - 1e-6
    surface = points[np.abs(filled.values(points)) < 0.2 * radius]
    deeper = surface - [0, 0, 1e-5]
    assert np.max(np.abs(filled.values(surface) - filled.values(deeper)), initial=0) < 1e-6


@pytest.mark.parametrize("lattice", LATTICES)
def test_feature_size_is_strut_or_opening(lattice):
    cell = 10e-6
    thin, *_, thick = (SHAPES[lattice](cell, radius * cell) for radius in RADII[lattice])
    assert thin.feature_size == pytest.approx(2 * thin.radius)
    assert thick.feature_size < 2 * thick.radius


@pytest.mark.parametrize("lattice", LATTICES)
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"cell": 0, "radius": 1e-6}, "cell must be positive"),
        ({"cell": 1e-5, "radius": -1e-6}, "radius must be positive"),
        ({"cell": 1e-5, "radius": 1e-6, "fillet": -1e-6}, "fillet must be zero or positive"),
        ({"cell": 1e-5, "radius": 4.9e-6}, "close the openings between them; make radius smaller than"),
        ({"cell": 1e-5, "radius": 1e-6, "fillet": 4.5e-6}, "fills the openings between the struts"),
    ],
)
def test_nonsense_is_refused(lattice, parameters, message):
    with pytest.raises(GeometryError, match=f"{lattice}: .*{message}"):
        SHAPES[lattice](**parameters)
