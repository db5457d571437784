import dataclasses

import numpy as np
import pytest
from archode.geometry import GeometryError
from archode.geometry.level_set.lattice import body_centred, lattice_values, slab_plane
from archode.geometry.level_set.level import Walls, find_level, negative_part, porous_lattice, solve_level
from archode.geometry.level_set.necks import Bumps
from archode.geometry.level_set.own_fraction import own_fraction

from .fields import Balls, Gyroid, Waves


def search(field, side, count, seeded=True, remove=True):
    x = np.linspace(0, side, count + 1)
    lattice = body_centred(x, x, [x])
    values = lattice_values(lattice, field, 0.0, side)
    seeds = [lattice.planes & slab_plane(k) > 0 for k in (0, 1)] if seeded else [None, None]
    walls = Walls(lattice.planes, (3, 12, 48))
    return porous_lattice(lattice.points, lattice.cells, values, tuple(seeds), walls, remove)


@pytest.mark.parametrize("negative", [0, 1, 2, 3, 4])
def test_negative_part_of_a_cell(negative):
    random = np.random.default_rng(negative)
    values = random.uniform(0.1, 1, size=4) * np.where(np.arange(4) < negative, -1, 1)
    weights = random.dirichlet(np.ones(4), 200_000)  # uniform points in barycentric coordinates
    # Standard error of 200,000 draws: at most 0.0011.
    assert negative_part(values[None])[0] == pytest.approx(np.mean(weights @ values < 0), abs=0.004)


def test_level_of_a_linear_field():
    class Plane(Gyroid):
        def values(self, points):
            return points[:, 2] - 0.5

    lattice = search(Plane(1.0), 1.0, 6)
    level = solve_level(lattice, 0.37, 1 / 6)
    assert level.level == pytest.approx(0.37 - 0.5, abs=1e-3)
    assert not len(level.bumps.heights)


def test_what_is_not_connected_does_not_count():
    # Two balls, one of them on the lower end; the other is an island.
    field = Balls(((0.5, 0.5, 0.0), (0.5, 0.5, 0.7)), 0.2)
    lattice = search(field, 1.0, 16)
    half_ball, ball = 2 / 3 * np.pi * 0.2**3, 4 / 3 * np.pi * 0.2**3
    # Chords of a ball three cells in radius: 3 % of its volume.
    assert lattice.fraction(0.0) == pytest.approx(half_ball, rel=0.05)
    everything = dataclasses.replace(lattice, remove=False)
    assert everything.fraction(0.0) == pytest.approx(half_ball + ball, rel=0.05)
    assert lattice.islands(0.0)["solid"] == 1
    assert lattice.islands(0.0)["solid_fraction"] == pytest.approx(ball, rel=0.05)


def test_a_fraction_within_a_jump_is_refused():
    field = Balls(((0.5, 0.5, 0.0), (0.5, 0.5, 0.7)), 0.2)
    with pytest.raises(GeometryError, match=r"jumps from 0\.0\d+ to 0\.\d+"):
        solve_level(search(field, 1.0, 12), 0.12, 1 / 12)


def test_bracket_of_a_jump():
    found = find_level(
        lambda level: 0.2 + 0.1 * level + 0.3 * (level > 0.123), np.linspace(-1, 1, 99), 0.4, 1e-6
    )
    assert found.low <= 0.123 <= found.high
    assert found.high - found.low < 1e-6
    assert (found.below, found.above) == pytest.approx((0.2123, 0.5123), abs=1e-5)


def test_necks_at_a_jump_are_kept():
    # At a quarter of solid, pieces join one by one; without necks kept many fractions cannot be met.
    for seed in range(3):
        field = Waves(1.0, 0.25, seed)
        lattice = search(field, 2.5 * field.spacing, 16)
        level = solve_level(lattice, 0.25, 2.5 * field.spacing / 16)
        values = lattice.values - level.bumps.values(lattice.points)
        kept = dataclasses.replace(lattice, values=values).fraction(level.level)
        assert kept == pytest.approx(0.25, rel=0.01)


def test_bumps_lower_the_field_around_their_centres():
    bumps = Bumps(np.array([[0.5, 0.5, 0.5], [0.6, 0.5, 0.5]]), np.array([0.1, 0.2]), 0.3)
    points = np.array([[0.5, 0.5, 0.5], [0.6, 0.5, 0.5], [0.9, 0.9, 0.9]])
    between = 0.2 * (1 - 1 / 9) ** 2
    assert bumps.values(points) == pytest.approx([max(0.1, between), 0.2, 0])
    x = np.linspace(0, 1, 11)
    grid = np.stack(np.meshgrid(x, x, x, indexing="ij"), axis=-1).reshape(-1, 3)
    assert bumps.on_grid(x, x, x).ravel() == pytest.approx(bumps.values(grid))


def test_own_fraction():
    extent = np.ones(3)
    balls = Balls(((0.5, 0.5, 0.0), (0.5, 0.5, 0.7)), 0.2)
    half_ball = 2 / 3 * np.pi * 0.2**3
    assert own_fraction(balls, extent, 0.05, (True, True), True) == pytest.approx(half_ball, rel=0.01)
    assert own_fraction(balls, extent, 0.05, (False, False), True) == pytest.approx(2 * half_ball, rel=0.01)
    assert own_fraction(balls, extent, 0.05, (True, True), False) == pytest.approx(3 * half_ball, rel=0.01)
    # The kernel has no second moment: what is left is of fourth order.
    assert own_fraction(balls, extent, 0.05, (False, False), True) == pytest.approx(2 * half_ball, rel=1e-3)
    assert own_fraction(Gyroid(1.0), extent, 0.1, (True, True), True) == pytest.approx(0.5, abs=1e-3)
    hollow = Balls(((0.5, 0.5, 0.5),), 0.2, outside=True)
    assert own_fraction(hollow, extent, 0.05, (True, True), True) == 1.0
