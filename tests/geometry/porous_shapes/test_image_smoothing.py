"""What smoothing leaves of an image's volume and surface, against closed forms."""

import numpy as np
import pytest
from archode.geometry.shapes import SHAPES
from archode.geometry.shapes.image_smoothing import grey_values
from archode.geometry.shapes.voxels import voxel_shares
from scipy.ndimage import label
from skimage.measure import marching_cubes, mesh_surface_area

Image = SHAPES["image"]
COUNT = 34
MIDDLES = np.stack(np.meshgrid(*[np.arange(COUNT) + 0.5] * 3, indexing="ij"), axis=-1)


def ball(radius):
    """Distance [voxels] to a ball beside the middle of the grid."""
    return np.linalg.norm(MIDDLES - [17.3, 16.8, 17.1], axis=-1) - radius


def plane(*normal):
    """Distance to a plane of a normal through the middle."""
    return (MIDDLES - 17) @ (np.array(normal) / np.linalg.norm(normal))


def strut(width):
    """Distance, in the maximum norm, to a square strut along z."""
    return np.abs(MIDDLES[..., :2] - 16 - width / 2).max(axis=-1) - width / 2


def sheet(width):
    """Distance to a sheet across x."""
    return np.abs(MIDDLES[..., 0] - 16 - width / 2) - width / 2


def gyroid():
    """Approximate distance to a gyroid of period 17."""
    x, y, z = np.moveaxis(MIDDLES, -1, 0) * 2 * np.pi / 17
    return (np.sin(x) * np.cos(y) + np.sin(y) * np.cos(z) + np.sin(z) * np.cos(x)) * 17 / 2 / np.pi / 1.4


def area(field):
    """Area of the zero level [voxel faces]."""
    corners, faces, _, _ = marching_cubes(np.asarray(field, np.float32), 0.0)
    return float(mesh_surface_area(corners, faces))


def image(folder, volume, **parameters):
    np.save(folder / "volume.npy", volume)
    return Image(str(folder / "volume.npy"), 1.0, **parameters)


def smoothed(shape):
    """The field at the middles [voxels]."""
    field = shape.field(shape.extent)
    return field.distance - field.level


def noisy(solid, noise, seed=0):
    """Grey values 100 of pores and 200 of solid, with noise as a part of the contrast."""
    deviation = noise * np.random.default_rng(seed).standard_normal(solid.shape)
    return (100 + 100 * (solid + deviation)).astype(np.float32)


def scatter(noise, surface, volume):
    """Half a per cent, and two standard deviations of the mean of the noise two voxels around a surface [voxels]."""
    return 0.005 * volume + 2 * noise * np.sqrt(4 * surface)


BODIES = {
    "ball of 5": (ball(5), 4 / 3 * np.pi * 5**3, 4 * np.pi * 5**2),
    "ball of 9": (ball(9), 4 / 3 * np.pi * 9**3, 4 * np.pi * 9**2),
    "ball of 12": (ball(12), 4 / 3 * np.pi * 12**3, 4 * np.pi * 12**2),
    "gyroid": (gyroid(), COUNT**3 / 2, area(gyroid())),
    "oblique plane": (plane(1, 0.5, 0.2), COUNT**3 / 2, area(plane(1, 0.5, 0.2))),
    "flat steps": (plane(1, 0.1, 0.05), COUNT**3 / 2, area(plane(1, 0.1, 0.05))),
    "sheet of 2": (sheet(2), 2 * COUNT**2, 2 * (COUNT - 1) ** 2),
}


@pytest.mark.parametrize("name", BODIES)
def test_labels_keep_volume_and_surface(tmp_path, name):
    distance, volume, surface = BODIES[name]
    field = smoothed(image(tmp_path, (distance < 0).astype(np.uint8), labels=(1,)))
    # The ball of five voxels holds 0.46 % more of them than its volume.
    assert voxel_shares(field)[0].sum() == pytest.approx(volume, rel=0.005)
    # Steps of one voxel on ten leave the most surface, 2.2 %; raw marching cubes give up to 12 % too much.
    assert area(field) == pytest.approx(surface, rel=0.023)


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.2])
@pytest.mark.parametrize("name", ["ball of 9", "ball of 12", "gyroid"])
def test_grey_values_keep_volume_and_surface(tmp_path, name, noise):
    distance, volume, surface = BODIES[name]
    # A voxel's value is its average over the part in the body.
    field = smoothed(image(tmp_path, noisy(np.clip(0.5 - distance, 0, 1), noise), threshold=150))
    assert voxel_shares(field)[0].sum() == pytest.approx(volume, abs=scatter(noise, surface, volume))
    assert area(field) == pytest.approx(surface, rel=0.02)


@pytest.mark.parametrize("name", ["ball of 9", "ball of 12", "gyroid"])
def test_noise_of_a_fifth_of_the_contrast_is_smoothed_away(tmp_path, name):
    distance, volume, surface = BODIES[name]
    shape = image(tmp_path, noisy(distance < 0, 0.2), threshold=150)
    specks, _ = label(shape.segmented)
    assert specks.max() > 50
    assert shape.grey_values.relative_noise == pytest.approx(0.2, rel=0.05)
    assert shape.own_smoothing > 0.7
    field = smoothed(shape)
    assert label(field < 0)[1] == label(distance < 0)[1]
    assert label(field >= 0)[1] == label(distance >= 0)[1]
    assert voxel_shares(field)[0].sum() == pytest.approx(volume, abs=scatter(0.2, surface, volume))
    assert area(field) == pytest.approx(surface, rel=0.02)


@pytest.mark.parametrize(
    ("distance", "fraction"),
    [
        (sheet(1), 1 / 34),
        (sheet(2), 2 / 34),
        (strut(1), 1 / 34**2),
        (strut(2), 4 / 34**2),
        (strut(3), 9 / 34**2),
    ],
)
def test_thin_parts_keep_their_volume_and_hang_together(tmp_path, distance, fraction):
    shape = image(tmp_path, (distance < 0).astype(np.uint8), labels=(1,))
    field = smoothed(shape)
    assert np.array_equal(field < 0, distance < 0)
    assert voxel_shares(field)[0].mean() == pytest.approx(fraction, rel=0.005)


@pytest.mark.parametrize("smoothing", [0.0, 0.5, 1.0, 3.0])
@pytest.mark.parametrize("largest_shift", [0.0, 0.3, 0.5])
def test_no_voxel_of_labels_changes_sides(tmp_path, smoothing, largest_shift):
    solid = np.random.default_rng(1).random((20, 20, 20)) < 0.4
    shape = image(tmp_path, solid.astype(np.uint8), labels=(1,), smoothing=smoothing, largest_shift=largest_shift)
    assert np.array_equal(shape.distance < 0, solid)


def test_larger_shifts_take_specks_away(tmp_path):
    solid = ball(9) < 0
    solid[3, 3, 3], solid[17, 17, 17] = True, False
    kept, cleaned = (
        image(tmp_path, solid.astype(np.uint8), labels=(1,), smoothing=1.0, largest_shift=shift).distance < 0
        for shift in (0.5, 0.8)
    )
    assert kept[3, 3, 3] and not kept[17, 17, 17]
    assert not cleaned[3, 3, 3] and cleaned[17, 17, 17]


def test_voxels_farther_than_the_shift_from_the_grey_surface_keep_their_side(tmp_path):
    distance = ball(9)
    for shift in (0.2, 0.5):
        shape = image(tmp_path, (-distance).astype(np.float32), threshold=0.0, smoothing=4.0, largest_shift=shift)
        changed = (shape.distance < 0) != (distance < 0)
        assert changed.any() == (shift > 0.2) or np.abs(distance[changed]).max() <= shift * 1.05
        assert np.abs(distance[changed]).max(initial=0.0) <= shift * 1.05


def test_smooth_grey_values_are_taken_as_they_are(tmp_path):
    distance = gyroid()
    shape = image(tmp_path, (-distance).astype(np.float32), threshold=0.0)
    assert shape.own_smoothing == 0
    field = smoothed(shape)
    for axis in range(3):
        one, two = (np.moveaxis(distance, axis, 0)[part] for part in (slice(None, -1), slice(1, None)))
        low, high = (np.moveaxis(field, axis, 0)[part] for part in (slice(None, -1), slice(1, None)))
        cut = (one < 0) != (two < 0)
        # Where the surface cuts the lines between voxels.
        assert (low / (low - high))[cut] == pytest.approx((one / (one - two))[cut], abs=0.03)


@pytest.mark.parametrize("noise", [0.0, 0.02, 0.1, 0.3])
def test_noise_is_estimated(noise):
    values = grey_values(150 - noisy(ball(12) < 0, noise), np.ones(3))
    assert values.relative_noise == pytest.approx(noise, rel=0.06, abs=1e-6)
    assert values.two_valued and values.tell_shares
    assert values.contrast == pytest.approx(100, rel=0.03)


def test_more_noise_asks_for_more_smoothing():
    asked = []
    for noise in (0.0, 0.05, 0.1, 0.2, 0.3, 0.5):
        smooth = np.clip(0.5 - ball(10) / 3, 0, 1)
        asked.append(grey_values(150 - noisy(smooth, noise), np.ones(3)).smoothing())
    assert asked[0] == 0
    assert asked == sorted(asked)
    assert asked[-1] == 2.0


def test_phases_share_the_solid_as_their_voxels_do(tmp_path):
    distance = ball(12)
    core = np.linalg.norm(MIDDLES - [17.3, 19.8, 17.1], axis=-1) < 8
    volume = np.where(distance < 0, np.where(core, 2, 1), 0).astype(np.uint8)
    shape = image(tmp_path, volume, labels={"shell": 1, "core": [2]})
    solid, (second,) = shape.field(shape.extent), shape.solid_fields(shape.extent)
    points = np.random.default_rng(0).uniform(0, COUNT, (400_000, 3))
    inside, in_core = solid.values(points) < 0, second.values(points) < 0
    # Two standard deviations of the count are 0.5 %.
    assert np.mean(inside & in_core) == pytest.approx(np.mean(volume == 2), rel=0.015)
    assert np.mean(inside & ~in_core) == pytest.approx(np.mean(volume == 1), rel=0.015)
    shares = {name: 0.2 * np.mean(volume == n) / np.mean(volume > 0) for name, n in (("shell", 1), ("core", 2))}
    assert shape.solid_shares(shape.extent, 0.2) == pytest.approx(shares)
