"""Sharp edges and corners of cut surfaces."""

import numpy as np
import pytest
from archode.geometry import ARCHITECTURES, MeshSizes
from archode.geometry.porous import mesh_porous, porous_slab
from archode.geometry.quality import dihedral_angles
from archode.geometry.shapes import SHAPES
from archode.geometry.tetrahedra import cell_volumes

UM = 1e-6
BOX, CELL = 12 * UM, 0.8 * UM


def meshed(shape):
    """The shape in a cube."""
    sizes = ARCHITECTURES["porous_sample"](shape, BOX).resolved_sizes(MeshSizes(interface_size=CELL))
    return mesh_porous(shape, BOX, BOX, [porous_slab(BOX, sizes)], sizes, "keep")


def turned_cube(edge, generator):
    """A cube at any angle about the middle of the box, as six half spaces [m]."""
    axes, _ = np.linalg.qr(generator.normal(size=(3, 3)))
    planes = [
        SHAPES["half_space"](tuple(BOX / 2 + sign * edge / 2 * axis), tuple(sign * axis))
        for axis in axes
        for sign in (1, -1)
    ]
    return SHAPES["intersection"](tuple(planes))


def measured(built):
    volume = cell_volumes(built.points, built.cells)[built.phases == 0].sum()
    return volume, built.details["walls [m2]"], dihedral_angles(built.points, built.cells).min()


def test_a_box_between_the_vertices_of_the_lattice_keeps_edges_and_corners():
    corner, size = np.array([3.1, 2.77, -1.0]) * UM, np.array([5.3, 6.1, 5.25]) * UM
    volume, area, angle = measured(meshed(SHAPES["box"](tuple(corner), tuple(size))))
    x, y, z = size - [0, 0, UM]
    assert volume == pytest.approx(x * y * z, rel=5e-4)
    # Chamfered by the cut it would lack 3 % of its area.
    assert area == pytest.approx(x * y + 2 * (x + y) * z, rel=5e-3)
    assert angle > 5


@pytest.mark.parametrize("seed", [0, 1])
def test_a_turned_cube_keeps_edges_and_corners(seed):
    edge = 6 * UM
    volume, area, angle = measured(meshed(turned_cube(edge, np.random.default_rng(seed))))
    assert volume == pytest.approx(edge**3, rel=2e-3)
    assert area == pytest.approx(6 * edge**2, rel=5e-3)
    assert angle > 5


def test_what_is_smooth_has_no_edges():
    assert meshed(SHAPES["ball"]((5 * UM, 6 * UM, 6.3 * UM), 2.5 * UM)).details["sharp_edges"] == 0
