import numpy as np
import pytest
from archode.geometry.level_set.distance import SurfaceDistance, point_triangle_distances

TRIANGLE = np.array([[[0.0, 0, 0], [2, 0, 0], [0, 2, 0]]])


@pytest.mark.parametrize(
    ("point", "distance"),
    [
        ((0.5, 0.5, 0.7), 0.7),  # above the inside
        ((-3, -4, 0), 5),  # before a corner
        ((1, -2, 1), 5**0.5),  # beside an edge
        ((2, 2, 0), 2**0.5),  # beside the long edge
    ],
)
def test_point_and_triangle(point, distance):
    assert point_triangle_distances(np.array([point], float), TRIANGLE)[0] == pytest.approx(distance)


def test_nearest_of_many_triangles():
    random = np.random.default_rng(1)
    corners = random.uniform(size=(60, 1, 3)) + random.normal(scale=0.1, size=(60, 3, 3))
    points = random.uniform(size=(400, 3))
    exact = np.min(
        [point_triangle_distances(points, np.broadcast_to(c, (400, 3, 3))) for c in corners], axis=0
    )
    found = SurfaceDistance(corners, 0.02)(points, 0.2)
    near = exact < 0.2
    assert np.all(found[~near] == 0.2)
    # Samples 0.02 apart may hide the nearest triangle behind one that is farther by less than their spacing.
    assert np.all(found[near] >= exact[near] - 1e-12)
    assert np.quantile(found[near] - exact[near], 0.98) < 1e-12
    assert np.max(found[near] - exact[near]) < 0.01
