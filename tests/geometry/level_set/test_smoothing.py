import numpy as np
import pytest
from archode.geometry.level_set.lattice import body_centred, movable
from archode.geometry.level_set.smoothing import widen_smallest_angles
from archode.geometry.quality import dihedral_angles
from archode.geometry.tetrahedra import cell_volumes

from .fields import Balls


@pytest.fixture
def spoilt():
    """A lattice of unit bricks with one vertex inside and one on a wall almost in the plane of faces."""
    x = np.arange(4.0)
    lattice = body_centred(x, x, [x])
    points = lattice.points.copy()
    points[np.all(points == (1, 1, 1), axis=1)] += (0.44, 0.44, 0.4)
    points[np.all(points == (2, 0, 1), axis=1)] += (0.43, 0, 0.0)
    return lattice, points


def test_worst_cells_improve_within_their_planes(spoilt):
    lattice, points = spoilt
    free = movable(lattice.planes)
    before = dihedral_angles(points, lattice.cells).min()
    found = widen_smallest_angles(points, lattice.cells, free, 1.0, 25.0)
    assert before < 8
    assert dihedral_angles(found, lattice.cells).min() > 20
    assert cell_volumes(found, lattice.cells).min() > 0
    assert cell_volumes(found, lattice.cells).sum() == pytest.approx(27)
    assert np.array_equal(found[~free], points[~free])


def test_good_cells_are_left_alone(spoilt):
    lattice, points = spoilt
    found = widen_smallest_angles(points, lattice.cells, movable(lattice.planes), 1.0, 1.0)
    assert np.array_equal(found, points)


def test_vertices_on_the_surface_stay_on_it(spoilt):
    lattice, points = spoilt
    moved = np.flatnonzero(np.any(points != lattice.points, axis=1))[0]
    ball = Balls(((3.0, 3.0, 3.0),), float(np.linalg.norm(points[moved] - 3)))
    interface = np.arange(len(points)) == moved
    found = widen_smallest_angles(
        points, lattice.cells, movable(lattice.planes) & interface[:, None], 1.0, 25.0, ball.values, interface
    )
    assert not np.array_equal(found[moved], points[moved])
    # Two Newton steps from a step of a fifth of an edge.
    assert abs(ball.values(found[moved][None])[0]) < 1e-4
