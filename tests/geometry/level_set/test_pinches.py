import numpy as np
import pytest
from archode.geometry.level_set.adjacency import match_faces
from archode.geometry.level_set.components import Rule, pieces, remove_islands
from archode.geometry.level_set.lattice import body_centred, lattice_values
from archode.geometry.level_set.pinches import pinched_vertices, repair_pinches
from archode.geometry.level_set.stuffing import cut_along

from .fields import Balls, Field


@pytest.fixture(scope="module")
def block():
    x = np.arange(5.0)
    lattice = body_centred(x, x, [x])
    return lattice, match_faces(lattice.cells), lattice.points[lattice.cells].mean(axis=1)


def bricks(centres, *corners):
    """Cells in unit cubes with the given lower corners (those between two cubes belong to both)."""
    low = np.array(corners)[:, None]
    return np.any(np.all((centres > low) & (centres < low + 1), axis=2), axis=0)


class Quadrants(Field):
    """Two opposite quadrants around the line x = y = 0.5."""

    def values(self, points):
        return np.sign((points[:, 0] - 0.5) * (points[:, 1] - 0.5)) * np.abs(points[:, :2] - 0.5).min(axis=1)


@pytest.mark.parametrize(
    "field", [Balls(((0.3, 0.5, 0.5), (0.7, 0.5, 0.5)), 0.2), Quadrants()], ids=["balls", "edge"]
)
def test_touching_bodies_are_joined(field):
    x = np.linspace(0, 1, 9)
    lattice = body_centred(x, x, [x])
    values = lattice_values(lattice, field, 0.0, 1.0)
    active = np.ones(len(lattice.cells), bool)
    cut = cut_along(field.values, lattice.points, lattice.cells, lattice.planes, values, active, 1 / 8)
    inside = cut.sides < 0
    _, piece = pieces(cut.faces.neighbours, inside.astype(int))
    assert len(np.unique(piece[inside])) == 2
    assert len(pinched_vertices(cut.cells, cut.faces, inside)) > 0
    repaired = repair_pinches(cut.cells, cut.faces, inside, np.ones(len(cut.cells), bool))
    assert repaired.count > 0
    assert repaired.left == 0
    assert np.all(repaired.inside[inside])
    assert len(pinched_vertices(cut.cells, cut.faces, repaired.inside)) == 0
    _, piece = pieces(cut.faces.neighbours, repaired.inside.astype(int))
    assert len(np.unique(piece[repaired.inside])) == 1


def test_bodies_with_a_common_face_are_left_alone(block):
    lattice, faces, centres = block
    inside = centres[:, 0] < 2
    assert len(pinched_vertices(lattice.cells, faces, inside)) == 0
    repaired = repair_pinches(lattice.cells, faces, inside, np.ones(len(centres), bool))
    assert np.array_equal(repaired.inside, inside)


def test_islands_go_unless_they_touch_a_seed(block):
    _, faces, centres = block
    solid, pore = 0, 1
    phases = np.where(bricks(centres, (0, 0, 0), (3, 3, 3), (3, 0, 2)), solid, pore)
    volumes = np.ones(len(phases))
    seeds = {solid: Rule(pore, centres[:, 2] < 1)}
    cleaned = remove_islands(faces.neighbours, phases, volumes, seeds)
    assert np.array_equal(cleaned.phases == solid, bricks(centres, (0, 0, 0)))
    assert cleaned.removed == {solid: 2}
    largest = remove_islands(
        faces.neighbours, phases, volumes + (centres[:, 0] > 3), {solid: Rule(pore, None)}
    )
    assert np.count_nonzero(largest.phases == solid) == np.count_nonzero(bricks(centres, (3, 3, 3)))
    nowhere = remove_islands(
        faces.neighbours, phases, volumes, {solid: Rule(pore, np.zeros(len(phases), bool))}
    )
    assert nowhere.missing == (solid,)
