"""Layers on walls: heights, volumes, areas and names kept, cells that fit together, corners of every kind."""

import dataclasses

import numpy as np
import pytest
from archode.geometry import ARCHITECTURES, GeometryError, MeshSizes, load_mesh, mesh_file, topology
from archode.geometry.quality import dihedral_angles, measured_areas, measured_volumes
from archode.geometry.shapes import SHAPES
from archode.geometry.tags import BOUNDARIES
from archode.geometry.tetrahedra import cell_volumes
from archode.geometry.wall_layers import add_wall_layers, described_first_layer, layer_number, share_of_height

from .cubes import box

UM, NM = 1e-6, 1e-9
FIRST = 1 * NM
LAYERS = MeshSizes(wall_size=FIRST, growth=1.4)


def renamed(mesh, boundary, where):
    """Name the facets whose corners (k, 3, 3) all fulfil a condition."""
    tags = mesh.facet_tags.copy()
    tags[where(mesh.points[mesh.facets]).all(axis=1)] = BOUNDARIES[boundary]
    return dataclasses.replace(mesh, facet_tags=tags)


def block(centres):
    """A block of anode in the middle of the floor: convex edges and corners, and concave ones at the floor."""
    inside = (np.abs(centres[:, 0] - 1.5) < 0.5) & (np.abs(centres[:, 1] - 1.5) < 0.5) & (centres[:, 2] < 1)
    return np.where(inside, "anode", "electrolyte")


def on(axis, value):
    return lambda corners: np.abs(corners[..., axis] - value) < 1e-9


def plain_floor():
    return renamed(box((3, 3, 3), (3, 3, 3)), "anode_surface", on(2, 0))


def corner():
    """Three walls that meet in a concave corner, each ending on outer planes."""
    mesh = box((3, 3, 3), (3, 3, 3))
    for axis, name in enumerate(("insulation", "cathode_surface", "anode_surface")):
        mesh = renamed(mesh, name, on(axis, 0))
    return mesh


def step():
    """An edge of the electrode that the electrolyte surrounds by 270 degrees, and its insulated floor."""
    mesh = box((6, 3, 6), (3, 3, 3), lambda x: np.where((x[:, 0] < 1.5) & (x[:, 2] < 1.5), "anode", "electrolyte"))
    return renamed(mesh, "insulation", lambda p: on(2, 0)(p) & (p[..., 0] >= 1.5 - 1e-9))


def island():
    """A block on an insulated floor."""
    mesh = box((6, 6, 6), (3, 3, 3), block)
    mesh = renamed(mesh, "insulation", on(2, 0))
    tags, centre = mesh.facet_tags.copy(), mesh.points[mesh.facets].mean(axis=1)
    inside = on(2, 0)(centre) & np.all(np.abs(centre[:, :2] - 1.5) < 0.5, axis=1)
    tags[inside] = BOUNDARIES["anode_contact"]
    return dataclasses.replace(mesh, facet_tags=tags)


def flush():
    """Electrodes flush with a floor that has no name of its own: layers go on across the floor."""
    mesh = renamed(box((6, 3, 3), (6, 3, 3)), "anode_surface", lambda p: on(2, 0)(p) & (p[..., 0] < 2.5))
    return renamed(mesh, "cathode_surface", lambda p: on(2, 0)(p) & (p[..., 0] > 3.5))


def separator():
    """A wall that two electrolytes touch."""
    mesh = box((4, 4, 4), (2, 2, 2), lambda x: np.where(x[:, 0] < 1, "electrolyte", "separator"))
    return renamed(mesh, "insulation", on(1, 0))


def plate():
    """A solid plate with electrolyte on both sides and around its end."""

    def region(x):
        return np.where((x[:, 0] < 1) & (np.abs(x[:, 2] - 1.25) < 0.25), "anode", "electrolyte")

    return box((4, 2, 6), (2, 1, 3), region)


def baffle():
    """A wall without thickness that ends within the electrolyte."""
    mesh = box((4, 3, 4), (2, 1.5, 2))
    faces = topology.faces_of(mesh.cells)
    corners = mesh.points[faces.corners]
    wall = np.all(on(2, 1)(corners) & (corners[..., 0] < 1 + 1e-9), axis=1)
    added = faces.corners[wall]
    tags = np.full(len(added), BOUNDARIES["insulation"])
    return dataclasses.replace(
        mesh, facets=np.concatenate([mesh.facets, added]), facet_tags=np.concatenate([mesh.facet_tags, tags])
    )


def touching():
    """Two blocks of solid that share an edge only."""

    def region(x):
        return np.where((x[:, 0] < 1) == (x[:, 2] < 1), "anode", "electrolyte")

    return box((4, 2, 4), (2, 1, 2), region)


def one_cell():
    """A gap one cell across, between walls."""
    mesh = renamed(box((4, 4, 1), (4, 4, 1)), "anode_surface", on(2, 0))
    return renamed(mesh, "cathode_surface", on(2, 1))


MESHES = {
    "floor": plain_floor,
    "corner": corner,
    "step": step,
    "island": island,
    "flush": flush,
    "separator": separator,
    "plate": plate,
    "baffle": baffle,
    "touching": touching,
    "one-cell": one_cell,
}
every = pytest.mark.parametrize("name", MESHES)


@every
def test_the_shape_stays_what_it_was(name):
    before = MESHES[name]()
    after = add_wall_layers(before, LAYERS)
    assert len(after.cells) > len(before.cells)
    assert cell_volumes(after.points, after.cells).min() > 0
    # Planes stay planes: sums differ by rounding of some thousand terms.
    assert measured_volumes(after) == pytest.approx(measured_volumes(before), rel=1e-12, abs=0)
    assert measured_areas(after) == pytest.approx(measured_areas(before), rel=1e-12, abs=0)
    found = topology.verify(after)
    was = topology.verify(before)
    assert found["faces"]["exterior"] >= was["faces"]["exterior"]
    assert {k: v["components"] for k, v in found["regions"].items()} == {
        k: v["components"] for k, v in was["regions"].items()
    }


@every
def test_walls_keep_their_facets_and_every_face_has_two_cells_or_a_name(name):
    before = MESHES[name]()
    after = add_wall_layers(before, LAYERS)
    faces = topology.faces_of(after.cells)  # refuses a face of three cells
    tags = topology.tags_of_faces(after, faces)
    assert np.all(tags[faces.exterior] > 0)
    for boundary in ("anode_surface", "cathode_surface", "insulation"):
        was, now = (
            np.unique(np.sort(mesh.facets[mesh.facet_tags == BOUNDARIES[boundary]], axis=1), axis=0)
            for mesh in (before, after)
        )
        np.testing.assert_array_equal(was, now)
    np.testing.assert_array_equal(before.points, after.points[: len(before.points)])


@every
def test_no_cell_is_obtuse(name):
    after = add_wall_layers(MESHES[name](), LAYERS)
    # Layers stop at 155° above and 160° within; a lattice of bricks starts with 90°.
    assert dihedral_angles(after.points, after.cells).max() <= 160


@pytest.mark.parametrize("name", ["floor", "corner", "step", "island", "flush", "separator", "one-cell"])
def test_first_layers_have_the_height_that_was_asked_for(name):
    """Plane walls and right angles: every column rises by exactly 1 from each wall at its foot."""
    after = add_wall_layers(MESHES[name](), LAYERS)
    found = described_first_layer(after)
    assert found["first height, least [m]"] == pytest.approx(FIRST, rel=1e-6)
    assert found["first height, mean [m]"] == pytest.approx(FIRST, rel=1e-6)
    told = after.details["wall layers"]
    assert told["first height, mean [m]"] == pytest.approx(FIRST, rel=1e-6)


def test_layers_grow_by_the_ratio_up_to_the_cell_behind():
    before = plain_floor()
    after = add_wall_layers(before, LAYERS)
    height = after.points[:, 2]
    levels = np.unique(np.round(height[height < 1 - 1e-9], 9))
    heights = np.diff(levels)
    ratio = heights[1:] / heights[:-1]
    assert heights[0] == pytest.approx(1e-3, rel=1e-6)
    assert ratio.max() <= 1.4 + 1e-6
    assert levels[-1] == pytest.approx(share_of_height(1.4), rel=1e-6)
    assert after.details["wall layers"]["number"] == len(heights) == layer_number(share_of_height(1.4), 1e-3, 1.4)
    # What is left of the cell continues the series, within a ratio of growth.
    assert (1 - levels[-1]) / heights[-1] == pytest.approx(1.4, rel=0.1)


def test_outer_planes_hold_the_layers():
    """A wall that ends on symmetry planes: the layers' side faces lie in those planes and bear their name."""
    after = add_wall_layers(plain_floor(), LAYERS)
    corners = after.points[after.facets[after.facet_tags == BOUNDARIES["outer"]]]
    planes = [*((axis, value) for axis in (0, 1) for value in (0, 3)), (2, 3)]
    places = [on(axis, value)(corners).all(axis=1) for axis, value in planes]
    assert np.all(np.any(places, axis=0))
    assert np.count_nonzero(corners[..., 2].min(axis=1) < 1e-9) > 0


def test_layers_vanish_where_a_wall_ends_within_the_electrolyte():
    """No column stands on the baffle's end: in the last of two rows of squares, triangles reach 1/3 and 2/3 of it."""
    told = add_wall_layers(baffle(), LAYERS).details["wall layers"]
    assert told["first height, least [m]"] == pytest.approx(FIRST / 3, rel=1e-6)
    assert told["first height, mean [m]"] == pytest.approx(0.75 * FIRST, rel=1e-6)


def test_electrolytes_on_both_sides_of_an_edge_get_layers_of_their_own():
    before = touching()
    after = add_wall_layers(before, LAYERS)
    assert after.details["wall layers"]["first height, least [m]"] == pytest.approx(FIRST, rel=1e-6)
    edge = np.all(np.abs(before.points[:, [0, 2]] - 1) < 1e-9, axis=1)
    near = np.all(np.abs(after.points[:, [0, 2]] - 1) < 1.01e-3, axis=1)
    # Each point of the edge carries two columns, whose first points lie diagonally beside it.
    assert np.count_nonzero(near) == 3 * np.count_nonzero(edge)


def test_thin_layers_in_a_large_cell():
    """0.1 nm on a floor of 300 µm: six orders of magnitude."""
    mesh = plain_floor()
    mesh = dataclasses.replace(mesh, points=mesh.points * 100)
    after = add_wall_layers(mesh, MeshSizes(wall_size=0.1 * NM))
    assert described_first_layer(after)["first height, least [m]"] == pytest.approx(0.1 * NM, rel=1e-6)
    assert cell_volumes(after.points, after.cells).min() > 0
    assert measured_volumes(after) == pytest.approx(measured_volumes(mesh), rel=1e-12, abs=0)


@pytest.mark.parametrize("growth", [1.05, 1.2, 2.0, 3.0])
def test_any_growth(growth):
    after = add_wall_layers(island(), MeshSizes(wall_size=FIRST, growth=growth))
    assert described_first_layer(after)["first height, least [m]"] == pytest.approx(FIRST, rel=1e-6)
    assert cell_volumes(after.points, after.cells).min() > 0


def test_without_wall_size_nothing_happens():
    mesh = corner()
    assert add_wall_layers(mesh, MeshSizes()) is mesh


def test_no_room():
    with pytest.raises(GeometryError, match=r"wall_size \(2 µm\) .* make mesh\.wall_size smaller"):
        add_wall_layers(plain_floor(), MeshSizes(wall_size=2 * UM))


def test_no_walls():
    with pytest.raises(GeometryError, match=r"leave mesh\.wall_size out"):
        add_wall_layers(box((2, 2, 2)), LAYERS)


Interdigital = ARCHITECTURES["interdigital"]
FINGERS = {"finger_width": 5 * UM, "gap": 5 * UM, "thickness": 0.5 * UM, "length": 20 * UM}
DEVICES = {
    "cell": Interdigital(**FINGERS),
    "pair": Interdigital(**FINGERS, domain="finger_pair"),
    "pair-insulated": Interdigital(**FINGERS, domain="finger_pair", insulated_top=True),
    "pair-bare": Interdigital(**FINGERS | {"thickness": 0}, collector_thickness=0, domain="finger_pair"),
    "rings": ARCHITECTURES["concentric_rings"](10 * UM, 5 * UM, 1 * UM, rings=3),
    "coaxial": ARCHITECTURES["coaxial_fibre"](10 * UM, 2 * UM, 5 * UM, 3 * UM, 40 * UM),
    "columns": ARCHITECTURES["stacked_columns"](10 * UM, 2 * UM, 8 * UM, 1 * UM, 1 * UM, 2 * UM),
    "gold": ARCHITECTURES["porous_sample"](SHAPES["random_waves"](70 * NM, 0.35, seed=1), 150 * NM),
    "planar": ARCHITECTURES["planar"](1 * UM),
    "stack": ARCHITECTURES["stack"](1 * UM, 0.2 * UM, separator_thickness=0.3 * UM),
}


@pytest.mark.parametrize("name", DEVICES)
def test_devices_pass_the_gate_with_layers(name, mesh_cache):
    device = DEVICES[name]
    sizes = MeshSizes(wall_size=0.3 * NM)
    file = mesh_file(device, sizes, cache_dir=mesh_cache)
    plain = mesh_file(device, cache_dir=mesh_cache)
    if name not in ("planar", "stack"):
        assert file.report["volumes"] == pytest.approx(plain.report["volumes"], rel=1e-10)
        assert file.report["areas"] == pytest.approx(plain.report["areas"], rel=1e-10)
    told = file.report["details"]["wall layers"]
    # Ratios of growth are shrunk to fit planar and stack; in gold about a hundredth of the walls has no room.
    tolerance = {"planar": 0.35, "stack": 0.35, "gold": 0.06}.get(name, 0.03)
    assert told["first height, mean [m]"] == pytest.approx(0.3 * NM, rel=tolerance)
    assert told["first height, mean [m]"] <= 0.3 * NM * (1 + 1e-3)
    estimated = device.estimate_cells(device.resolved_sizes(sizes))
    # Walls' facets are guessed from the planform, or from the shape's mean surface.
    assert 0.4 < estimated / file.report["cells"] < 2.5


def test_layers_load_in_dolfinx(mesh_cache):
    from mpi4py import MPI

    file = mesh_file(DEVICES["pair-bare"], MeshSizes(wall_size=0.3 * NM), cache_dir=mesh_cache)
    tagged = load_mesh(file, MPI.COMM_WORLD)
    assert {"anode_surface", "cathode_surface", "outer"} == set(tagged.boundaries)
    assert tagged.mesh.topology.index_map(3).size_local == file.report["cells"]
