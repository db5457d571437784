"""Bounds of voxel images' conductivity: closed forms, independent solutions, convergence."""

import json

import numpy as np
import pytest
from archode.geometry.metrics.bounds import hashin_shtrikman
from archode.solvers.errors import SolverError
from archode.solvers.homogenise import effective_conductivity
from archode.solvers.network import solve_network
from archode.solvers.voxel_lattices import Corners, Middles
from archode.solvers.voxel_transport import voxel_conductivity, voxel_transport_table
from scipy.ndimage import gaussian_filter

from .conductors import tagged_box
from .finite_volumes import conductivity, divided, extrapolated


def random_blocks(seed, shape=(6, 6, 6), fraction=0.6):
    return np.random.default_rng(seed).random(shape) < fraction


@pytest.mark.parametrize("axis", "xyz")
def test_a_straight_channel_conducts_by_its_cross_section(axis):
    image = np.zeros((5, 6, 7), dtype=bool)
    place = [slice(1, 3)] * 3
    place["xyz".index(axis)] = slice(None)
    image[tuple(place)] = True
    found = voxel_conductivity(image, (1.0, 2.0, 3.0), axis)
    assert found.lower == pytest.approx(image.mean(), rel=1e-9)
    assert found.upper == pytest.approx(image.mean(), rel=1e-9)
    assert found.tortuosity == pytest.approx(1.0) and found.connected == pytest.approx(1.0)


def test_what_reaches_one_face_only_does_not_conduct():
    image = np.zeros((6, 4, 4), dtype=bool)
    image[:4, 1] = True
    assert voxel_conductivity(image, (1, 1, 1), "x").relative == 0
    # Voxels that share an edge only are not joined.
    image[4:, 2] = True
    found = voxel_conductivity(image, (1, 1, 1), "x")
    assert found.relative == found.upper == 0 and found.tortuosity is None


def test_islands_and_dead_ends_do_not_count_as_connected_but_dead_ends_do():
    image = np.zeros((8, 8, 8), dtype=bool)
    image[:, :2, :2] = True
    image[2:4, 2:5, 0] = True
    image[6, 6, 6] = True
    found = voxel_conductivity(image, (1, 1, 1), "x")
    assert found.lower >= 4 / 64 * (1 - 1e-9)
    assert found.connected == pytest.approx((32 + 6) / (32 + 6 + 1))


def finite_elements(image, spacing, axis):
    """The same body as tetrahedra, each voxel divided in two each way, with bounds of their own."""

    def region(x):
        return np.where(image[tuple((x / spacing).astype(int).T)], "electrolyte", "anode")

    counts = tuple(2 * n for n in image.shape)
    box = tagged_box(counts, region, tuple(np.array(image.shape) * spacing))
    return effective_conductivity(box, {"electrolyte": 1.0}, axis)


@pytest.mark.parametrize("axis", ["x", "z"])
def test_finite_elements_lie_between_the_bounds(axis):
    x, y, z = np.meshgrid(*[2 * np.pi * (np.arange(n) + 0.5) / n for n in (6, 7, 8)], indexing="ij")
    image = np.sin(x) * np.cos(y) + np.sin(y) * np.cos(z) + np.sin(z) * np.cos(x) > -0.2
    spacing = (1.0, 1.3, 0.8)
    exact, found = finite_elements(image, spacing, axis), voxel_conductivity(image, spacing, axis)
    assert found.lower < exact.lower < exact.upper < found.upper
    assert exact.porosity == pytest.approx(found.porosity)
    assert exact.connected == pytest.approx(found.connected)
    assert abs(found.relative - exact.relative) < 0.5 * found.relative_error


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_voxels_that_touch_along_edges(seed):
    """No current passes an edge; elements that share its nodes let some pass, and are an upper bound all the same."""
    image = random_blocks(seed)
    exact, found = finite_elements(image, (1.0, 1.0, 1.0), "x"), voxel_conductivity(image, (1, 1, 1), "x")
    assert found.lower < exact.upper and exact.lower < found.upper < exact.upper


def smooth_noise(seed, widths, fraction, edge=16):
    grey = gaussian_filter(np.random.default_rng(seed).standard_normal((edge,) * 3), widths)
    return grey < np.quantile(grey, fraction)


def test_the_bounds_close_as_the_voxels_are_divided():
    """The singular edges of the steps let them close with the power 4/3, about a value that hardly moves."""
    image = random_blocks(4)
    found = [voxel_conductivity(divided(image, times), (1, 1, 1), "x") for times in (1, 2, 4)]
    lower, upper = (np.array([getattr(each, bound) for each in found]) for bound in ("lower", "upper"))
    assert np.all(np.diff(lower) > 0) and np.all(np.diff(upper) < 0)
    order = np.log2((upper - lower)[:-1] / (upper - lower)[1:])
    assert order == pytest.approx(4 / 3, abs=0.3)
    assert found[0].relative == pytest.approx(found[2].relative, rel=0.01)


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        # Between single voxels the singular edges are far apart only once they are divided.
        (random_blocks(1, (8, 8, 8), 0.7), (2, 4, 8)),
        (smooth_noise(1, 1.5, 0.4), (1, 2, 4)),
        (smooth_noise(2, 3, 0.5), (1, 2, 4)),
        (smooth_noise(3, (4, 1, 2), 0.5), (1, 2, 4)),
    ],
    ids=["blocks", "rough", "smooth", "stretched"],
)
def test_the_value_told_is_what_finite_volumes_on_divided_voxels_tend_to(image, parts):
    """The bounds of the raw voxels are up to 27 % apart."""
    exact, power = extrapolated(image, 0, parts)
    assert power == pytest.approx(4 / 3, abs=0.2)
    found = voxel_conductivity(image, (1, 1, 1), "x")
    assert found.lower < exact < found.upper
    assert found.relative == pytest.approx(exact, rel=0.01)
    # Finite volumes themselves are below the lower bound that their currents give.
    assert conductivity(image, 0) < found.lower


def test_voxels_are_divided_where_the_bounds_are_far_apart():
    image = random_blocks(4)
    raw, found = (voxel_conductivity(image, (1, 1, 1), "x", most_voxels=most) for most in (0, 8**2 * image.size))
    assert (raw.divided, found.divided) == (1, 4)
    assert raw.lower < found.lower < found.upper < raw.upper
    assert (raw.porosity, raw.connected) == (found.porosity, found.connected)
    channel = np.zeros((4, 4, 4), dtype=bool)
    channel[:, 1:3, 1:3] = True
    assert voxel_conductivity(channel, (1, 1, 1), "x", most_voxels=10**6).divided == 1


@pytest.mark.parametrize("periodic", [False, True])
def test_bounds_hold_whatever_the_solver_left(periodic):
    """Any potentials give bounds: currents are corrected to conserve the charge exactly."""
    image, edges = random_blocks(8, (7, 6, 5), 0.8), np.array([1.0, 1.2, 0.7])
    exact = voxel_conductivity(image, edges, "x", periodic)
    scale = 7 / (6 * 5 * edges[1] * edges[2])
    below, above = Middles(image, edges, periodic), Corners(image, edges, periodic)
    random = np.random.default_rng(1)
    for spread in (0.01, 1.0):
        values = solve_network(below.network(), "φ").values
        current, work = below.current_and_work(values + spread * random.standard_normal(len(values)))
        assert scale * current**2 / work < exact.upper
        values = solve_network(above.network(), "φ").values
        assert scale * above.energy(values + spread * random.standard_normal(len(values))) > exact.lower


@pytest.mark.parametrize("axis", "xyz")
def test_a_mirrored_image_conducts_like_one_between_walls(axis):
    """Image and mirror images are a period whose planes of symmetry insulate, or have an even potential."""
    image = random_blocks(6, (4, 5, 6), 0.7)
    mirrored = image
    for k in range(3):
        mirrored = np.concatenate([mirrored, np.flip(mirrored, k)], axis=k)
    spacing = (1.0, 1.2, 0.7)
    between = voxel_conductivity(image, spacing, axis)
    endless = voxel_conductivity(mirrored, spacing, axis, periodic=True)
    # The planes lie between the voxels' middles here, and half a voxel beyond them between walls: the same network.
    assert endless.lower == pytest.approx(between.lower, rel=1e-6)
    assert endless.upper == pytest.approx(between.upper, rel=1e-6)


def test_a_periodic_image_may_begin_anywhere():
    image = random_blocks(7, (5, 6, 7), 0.6)
    found = [
        voxel_conductivity(np.roll(image, shift, (0, 1, 2)), (1, 1, 1), "y", periodic=True)
        for shift in ((0, 0, 0), (2, 1, 3))
    ]
    assert found[0].lower == pytest.approx(found[1].lower, rel=1e-6)
    assert found[0].upper == pytest.approx(found[1].upper, rel=1e-6)


def test_what_does_not_pass_a_whole_period_does_not_conduct():
    image = np.zeros((6, 6, 6), dtype=bool)
    image[1:5, 2:4, 2:4] = True
    assert voxel_conductivity(image, (1, 1, 1), "x", periodic=True).upper == 0
    image[:, 2:4, 2:4] = True
    assert voxel_conductivity(image, (1, 1, 1), "x", periodic=True).relative == pytest.approx(4 / 36)


def test_a_table_of_phases():
    image = random_blocks(5, (7, 8, 9))
    table = voxel_transport_table({"solid": image, "pore": ~image}, (1e-6, 1e-6, 1e-6))
    assert json.loads(json.dumps(table)) == table
    for name, phase in table["phases"].items():
        assert phase["fraction"] == pytest.approx(float((image if name == "solid" else ~image).mean()))
        assert phase["hashin_shtrikman_upper"] == pytest.approx(hashin_shtrikman(1.0, 0.0, 1 - phase["fraction"])[1])
        for found in phase["directions"].values():
            assert found["lower"] <= found["relative"] <= found["upper"]


def test_what_cannot_be_solved_is_said():
    with pytest.raises(SolverError, match="x, y or z, not 'w'"):
        voxel_conductivity(np.ones((2, 2, 2), dtype=bool), (1, 1, 1), "w")
    with pytest.raises(SolverError, match="three dimensions, not 2"):
        voxel_conductivity(np.ones((2, 2), dtype=bool), (1, 1), "x")
