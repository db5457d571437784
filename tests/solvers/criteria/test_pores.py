"""Pores: radii and depths of shapes that are known, what closes them and when, and what lands on top."""

import numpy as np
import pytest
from archode.solvers.criteria import pore_clogging, top_plugging
from archode.solvers.criteria.pores import closing_thickness, mirror_images, pore_radii, relative_depth
from scipy.spatial import ConvexHull

from .surfaces import setting, surface


def faceted(points):
    """Centres and inward normals of the triangles of a convex hull."""
    hull = ConvexHull(points)
    return points[hull.simplices].mean(axis=1), -hull.equations[:, :3]


def plate(height, sign, size=1.0, step=0.05):
    """Centres and normals along ±z of a square plate at a height."""
    x = np.arange(step / 2, size, step)
    grid = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)
    centres = np.column_stack([grid, np.full(len(grid), height)])
    return centres, np.tile([0.0, 0.0, float(sign)], (len(grid), 1))


def test_a_hollow_sphere_of_uneven_triangles():
    points = np.random.default_rng(3).normal(size=(2000, 3))
    points *= 2e-6 / np.linalg.norm(points, axis=1)[:, None]
    radii = pore_radii(*faceted(points), largest=1.0)
    # Normals of triangles on random points err by δ ≈ 0.03, which takes δ cot(θ/2) off the radius.
    assert np.median(radii) == pytest.approx(2e-6, rel=0.03)
    assert np.all(radii < 2e-6) and np.mean(radii > 0.9 * 2e-6) > 0.95


def test_a_slit_and_an_open_plate():
    (low, up), (high, down) = plate(0.0, 1), plate(0.3, -1)
    centres, normals = np.concatenate([low, high]), np.concatenate([up, down])
    np.testing.assert_allclose(pore_radii(centres, normals, largest=5.0), 0.15, rtol=1e-12)
    np.testing.assert_array_equal(pore_radii(low, up, largest=5.0), 5.0)
    # Seen from outside of the metal the other plate is behind.
    np.testing.assert_array_equal(pore_radii(centres, -normals, largest=5.0), 5.0)


def test_what_fills_a_slit_a_channel_and_a_hollow_sphere():
    """Steiner's formula: r, r/2 and r/3; and all of it where a wall is convex and nothing faces it."""
    (low, up), (high, down) = plate(0.0, 1), plate(0.3, -1)
    centres, normals = np.concatenate([low, high]), np.concatenate([up, down])
    np.testing.assert_allclose(closing_thickness(centres, normals, np.full(len(centres), 0.15)), 0.15, rtol=1e-9)
    angle, z = np.meshgrid(np.linspace(0, 2 * np.pi, 60, endpoint=False), np.arange(0, 3, 0.1), indexing="ij")
    outward = np.column_stack([np.cos(angle.ravel()), np.sin(angle.ravel()), 0 * angle.ravel()])
    tube = outward + np.column_stack([0 * z.ravel(), 0 * z.ravel(), z.ravel()])
    # Differences of normals over 0.1 to 0.2 rad err by their square.
    filled = closing_thickness(tube, -outward, np.ones(len(tube)))
    np.testing.assert_allclose(filled, 0.5, rtol=0.02)
    assert np.all(closing_thickness(tube, outward, np.ones(len(tube))) > 1.45)
    golden = np.arange(4000) + 0.5
    polar, turn = np.arccos(1 - 2 * golden / 4000), np.pi * (1 + 5**0.5) * golden
    ball = np.column_stack([np.cos(turn) * np.sin(polar), np.sin(turn) * np.sin(polar), np.cos(polar)])
    np.testing.assert_allclose(closing_thickness(ball, -ball, np.ones(4000)), 1 / 3, rtol=0.02)


def test_a_full_pore_tells_when_it_filled():
    given = setting(pore_radius=np.full(4, 2e-6), closing_thickness=np.full(4, 1e-6))
    expected = 1e-6 * given.deposit_charge
    for thickness in (0.4e-6, 0.8e-6, 3e-6):
        assert pore_clogging.evaluate(given, surface(-10.0, thickness=thickness)).value == pytest.approx(expected)


def test_walls_mirror_what_is_not_meshed():
    low, up = plate(0.0, 1)
    box = np.zeros(3), np.array([1.0, 1.0, 0.2])
    images = mirror_images(low, *box, axes=(2,))
    assert images.points.shape == (3 * len(low), 3)
    np.testing.assert_array_equal(images.signs[:, 2], (1, -1, -1))
    np.testing.assert_allclose(np.unique(images.points[:, 2]), (0.0, 0.4), atol=1e-15)
    # Half a slit below a mirror at 0.2: the other wall is at 0.4.
    np.testing.assert_allclose(pore_radii(low, up, 5.0, images), 0.2, rtol=1e-12)


def test_the_corners_of_a_square_channel_do_not_narrow_it():
    width, step = 1.0, 0.04
    s = np.arange(step / 2, width, step)
    z = np.arange(step / 2, 2.0, step)
    walls = []
    for place, normal in ((0.0, (0.0, 1.0)), (width, (0.0, -1.0))):
        for flip in (1, -1):
            flat = np.stack(np.meshgrid(s, z, indexing="ij"), axis=-1).reshape(-1, 2)
            point = np.column_stack([flat[:, 0], np.full(len(flat), place)])[:, ::flip]
            walls.append((np.column_stack([point, flat[:, 1]]), np.tile([*normal[::flip], 0.0], (len(flat), 1))))
    centres, normals = (np.concatenate([wall[k] for wall in walls]) for k in (0, 1))
    radii = pore_radii(centres, normals, largest=5.0)
    # Every facet has its mirror image on the wall across.
    np.testing.assert_allclose(radii, width / 2, rtol=1e-12)


def test_a_wedge_narrows_toward_its_edge():
    # Two plates that open by 30°: at x from the edge a ball between them has the radius x tan 15°.
    x = np.arange(0.01, 1.0, 0.02)
    grid = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)
    tilt = np.radians(30)
    floor = np.column_stack([grid, np.zeros(len(grid))])
    roof = np.column_stack([grid[:, 0] * np.cos(tilt), grid[:, 1], grid[:, 0] * np.sin(tilt)])
    up, down = np.array([0.0, 0.0, 1.0]), np.array([np.sin(tilt), 0.0, -np.cos(tilt)])
    normals = np.concatenate([np.tile(up, (len(floor), 1)), np.tile(down, (len(roof), 1))])
    radii = pore_radii(np.concatenate([floor, roof]), normals, largest=5.0)
    expected = np.tile(grid[:, 0] * np.tan(tilt / 2), 2)
    # The mirror image of every facet is a facet; others around it may lie in the ball by the square of their distance.
    np.testing.assert_allclose(radii, expected, rtol=1e-3)


def test_depth_is_the_distance_to_the_counter_electrode():
    counter, _ = plate(1.0, -1)
    front, _ = plate(0.5, 1)
    back, _ = plate(0.0, 1)
    depth = relative_depth(np.concatenate([front, back]), counter)
    np.testing.assert_allclose(depth, np.repeat([0.0, 1.0], len(front)), atol=1e-12)
    np.testing.assert_array_equal(relative_depth(front, counter), 0.0)
    # A tube around a wire, whose mean positions coincide, has no depth, also with facets that do not face each other.
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    wire = np.column_stack([np.cos(angle), np.sin(angle), 0 * angle])
    tube = 3 * np.column_stack([np.cos(angle + 0.01), np.sin(angle + 0.01), 0 * angle])
    np.testing.assert_array_equal(relative_depth(tube, wire), 0.0)


def test_even_plating_closes_all_pores_at_once():
    radius = 2e-6
    given = setting(pore_radius=np.full(4, radius))
    # The footprint is the surface here, so that a pore of radius r takes r (1 − ε) zF/V_m per area.
    expected = radius * given.deposit_charge
    for thickness in (0.0, 0.5e-6):
        found = pore_clogging.evaluate(given, surface(-10.0, thickness=thickness))
        assert found.value == pytest.approx(expected, rel=1e-12)
        np.testing.assert_allclose(found.values, expected, rtol=1e-12)
    assert found.margin == pytest.approx(4.0, rel=1e-12)
    assert pore_clogging.evaluate(given, surface(-10.0, thickness=2.1e-6)).voice == "speaks"


def test_porous_deposits_close_pores_sooner():
    dense, loose = (setting(pore_radius=np.full(4, 2e-6), deposit_porosity=e) for e in (0.0, 0.5))
    values = [pore_clogging.evaluate(each, surface(-10.0)).value for each in (dense, loose)]
    assert values[1] == pytest.approx(values[0] / 2, rel=1e-12)


def test_the_most_loaded_facet_closes_first():
    given = setting(pore_radius=np.full(4, 2e-6))
    found = pore_clogging.evaluate(given, surface([-10.0, -20.0, -40.0, 0.0]))
    # Mean 17.5 A/m² times the time that each takes.
    full = 2e-6 * given.deposit_charge
    np.testing.assert_allclose(found.values, full * 17.5 / np.array([10.0, 20.0, 40.0, 0.0001]) * [1, 1, 1, np.inf])
    assert found.value == pytest.approx(full * 17.5 / 40, rel=1e-12)


def test_top_plugging():
    depth = np.linspace(0, 1, 10)
    even = top_plugging.evaluate(setting(depth=depth), surface(-1.0, 10))
    # One of ten facets lies in the outer tenth.
    assert (even.value, even.voice) == (pytest.approx(1.0), "silent")
    top = np.full(10, -1.0)
    top[0] = -9.0
    found = top_plugging.evaluate(setting(depth=depth), surface(top, 10))
    assert (found.value, found.voice) == (pytest.approx(5.0), "speaks")
    assert found.margin == pytest.approx(0.4)
    # Metal that landed there earlier counts as well.
    earlier = top_plugging.evaluate(setting(depth=depth), surface(-1.0, 10, thickness=-1e-6 * top))
    assert earlier.value == pytest.approx(5.0)
    assert top_plugging.evaluate(setting(depth=np.zeros(10)), surface(-1.0, 10)).voice == "no say"
