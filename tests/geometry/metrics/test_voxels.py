"""Chords and local thickness of voxel grids whose answers are known."""

import numpy as np
import pytest
from archode.geometry.metrics import chords, local_thickness
from archode.geometry.metrics.chords import mean_chord
from archode.geometry.metrics.thickness import _within

SPACING = 0.5


def distances(count, axes=3):
    """Distance of the voxels of a cube from its centre, or from its middle line along z [voxels]."""
    along = np.arange(count) - (count - 1) / 2
    return np.sqrt(sum(x**2 for x in np.meshgrid(along, along, along, indexing="ij")[:axes]))


@pytest.fixture(scope="module")
def ball():
    return distances(48) < 20


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_chords_of_a_ball(ball, axis):
    """Chords of a ball have density l/(2R²) up to 2R: mean 4R/3, variance 2R²/9."""
    found = chords(ball, SPACING, axis)
    # A chord shorter than a voxel may be missed: a share of about (1/2R)² of them; 1 % leaves room for that.
    # The ball ends before the border, so that the line's n voxels, not n − 1 of them, hold its crossings.
    assert found.mean * 48 / 47 == pytest.approx(4 / 3 * 20 * SPACING, rel=0.01)
    assert found.lengths.mean() == pytest.approx(4 / 3 * 20 * SPACING, rel=0.01)
    assert found.lengths.max() == 40 * SPACING
    assert np.std(found.lengths) == pytest.approx(np.sqrt(2) / 3 * 20 * SPACING, rel=0.02)
    assert found.weights.sum() == pytest.approx(1)


def test_chords_of_all_axes_together(ball):
    assert mean_chord(ball, SPACING) == pytest.approx(chords(ball, SPACING, 0).mean)
    slab = np.zeros((20, 20, 20), dtype=bool)
    slab[:, :, 5:12] = True
    # Crossed along z only, two crossings for seven voxels, the other axes have length without crossings.
    assert mean_chord(slab, SPACING) == pytest.approx(3 * 7 * SPACING * 19 / 20)


def test_chords_of_plates():
    """Plates three voxels thick with gaps of five, cut by the border on both sides."""
    plates = np.broadcast_to(np.arange(42) % 8 < 3, (4, 4, 42))
    solid, gap = chords(plates, SPACING, 2), chords(~plates, SPACING, 2)
    assert set(solid.lengths) == {3 * SPACING} and solid.weighted_mean == pytest.approx(3 * SPACING)
    assert solid.std == pytest.approx(0, abs=1e-12)
    assert gap.weighted_mean == pytest.approx(5 * SPACING)
    # 42 voxels, 25 of them gap, ten crossings at 41 places.
    assert gap.mean == pytest.approx(2 * 25 / 10 * 41 / 42 * SPACING)
    assert chords(plates, SPACING, 0).mean == np.inf and len(chords(plates, SPACING, 0).lengths) == 0


def test_border_chords_do_not_bias(count=60, lines=40_000):
    """Lines of a Markov chain, mean chord 1/p: of long chords fewer are seen whole, and it is corrected."""
    random, leave, enter = np.random.default_rng(3), 1 / 15, 1 / 20
    state = random.random(lines) < (1 / leave) / (1 / leave + 1 / enter)
    phase = np.empty((lines, 1, count), dtype=bool)
    for k in range(count):
        phase[:, 0, k] = state
        state = state ^ (random.random(lines) < np.where(state, leave, enter))
    found = chords(phase, 1.0, 2)
    # About 1e5 crossings, so that the mean's standard error is some 0.5 %.
    assert found.mean == pytest.approx(15, rel=0.02)
    # Chords longer than the line are never seen whole: the corrected mean is that of the rest.
    seen = np.arange(1, count - 1)
    chance = leave * (1 - leave) ** (seen - 1)
    assert found.weighted_mean == pytest.approx(np.sum(seen * chance) / chance.sum(), rel=0.03)
    assert found.lengths.mean() < 0.9 * found.weighted_mean


@pytest.mark.parametrize("voxels", [1, 2, 7, 10])
def test_thickness_of_plates(voxels):
    plate = np.zeros((12, 12, 24), dtype=bool)
    plate[:, :, 6 : 6 + voxels] = True
    thickness = local_thickness(plate, SPACING)
    assert np.all(thickness[~plate] == 0)
    assert np.ptp(thickness[plate]) == 0
    # Even numbers come out exact, odd ones one voxel too large: half a voxel on average.
    assert thickness[plate] == pytest.approx((voxels + voxels % 2) * SPACING)


def test_thickness_of_a_ball_and_a_cylinder(ball):
    for phase in (ball, distances(48, axes=2) < 20):
        thickness = local_thickness(phase, SPACING)[phase]
        # The middle lies between voxels, √3/2 or √2/2 from the nearest one, which a diameter feels twice.
        assert np.median(thickness) == thickness.max() == pytest.approx(40 * SPACING, abs=2 * SPACING)
        # The caps that the largest sphere leaves hold a few per cent.
        assert np.mean(thickness) == pytest.approx(40 * SPACING, rel=0.06)


def test_thickness_of_balls_of_two_sizes():
    """Each ball keeps its own diameter."""
    phase = np.zeros((60, 40, 40), dtype=bool)
    x, y, z = np.indices(phase.shape)
    for centre, radius in ((15, 12), (44, 6)):
        phase |= (x - centre) ** 2 + (y - 20) ** 2 + (z - 20) ** 2 < radius**2
    thickness = local_thickness(phase, SPACING, radii=40)
    assert np.median(thickness[:30][phase[:30]]) == pytest.approx(24 * SPACING, abs=SPACING)
    assert np.median(thickness[30:][phase[30:]]) == pytest.approx(12 * SPACING, abs=SPACING)


def test_thickness_without_end():
    assert np.all(np.isinf(local_thickness(np.ones((3, 3, 3), dtype=bool), SPACING)))
    assert np.all(local_thickness(np.zeros((3, 3, 3), dtype=bool), SPACING) == 0)


@pytest.mark.parametrize("square", [1, 2, 5, 30])
def test_the_truncated_transform_is_exact(square):
    from scipy.ndimage import distance_transform_edt

    centres = np.random.default_rng(5).random((20, 23, 17)) < 0.003
    assert np.array_equal(_within(centres, square), distance_transform_edt(~centres) ** 2 < square - 1e-6)
