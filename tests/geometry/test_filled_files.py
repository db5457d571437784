"""Closed surfaces and solids of other programs, filled with tetrahedra."""

import re
from pathlib import Path

import numpy as np
import pytest
from archode.geometry import ARCHITECTURES, GeometryError, MeshSizes, mesh_file
from archode.geometry.filling import enclosure_of
from archode.geometry.filling.cad import stated_unit

from .surfaces import ball, binary_stl, box, cad, text_stl, tube

UM = 1e-6
File = ARCHITECTURES["file"]


def filled(path, tags, boundaries, folder, sizes=None, **changes):
    """The architecture, and the report of its mesh."""
    file = File(path, tags, boundaries, fill=True, **changes)
    return file, mesh_file(file, sizes, cache_dir=folder).report


def test_a_box_of_twelve_facets_is_meshed_anew_and_filled(tmp_path):
    """Its solids close a body together: they name its walls."""
    walls = box(size=(10, 8, 4))
    path = text_stl(tmp_path / "box.stl", sides=walls[:8], floor=walls[8:10], roof=walls[10:])
    boundaries = {"anode_surface": "floor", "cathode_surface": ["z+"]}
    file, report = filled(path, {"electrolyte": 1}, boundaries, tmp_path)
    assert report["details"]["filled from"] == "surface meshed anew"
    assert report["volumes"] == pytest.approx({"electrolyte": 320 * UM**3}, rel=1e-9)
    expected = {"anode_surface": 80 * UM**2, "cathode_surface": 80 * UM**2, "outer": 144 * UM**2}
    assert report["areas"] == pytest.approx(expected, rel=1e-9)
    assert file.areas() == pytest.approx(expected, rel=1e-9)
    assert report["cells"] / file.estimate_cells(MeshSizes()) == pytest.approx(1, rel=0.5)
    assert report["quality"]["dihedral_angle_min"] > 8
    with pytest.raises(GeometryError, match="no cells of tag 'floor'; it has 1, 'sides', 'floor', 'roof'"):
        File(path, {"electrolyte": "floor"}, {}, fill=True)


def test_a_ball_keeps_its_good_facets(tmp_path):
    """Its corners lie on the sphere: facets of an edge h take h²/8R² or so of its radius."""
    path = binary_stl(tmp_path / "ball.stl", ball(radius=5, subdivisions=4))
    file, report = filled(path, {"electrolyte": 1}, {"anode_surface": 1}, tmp_path)
    assert report["details"]["filled from"] == "facets of the file"
    assert report["volumes"]["electrolyte"] == pytest.approx(4 / 3 * np.pi * (5 * UM) ** 3, rel=3e-3)
    assert report["areas"]["anode_surface"] == pytest.approx(4 * np.pi * (5 * UM) ** 2, rel=2e-3)
    assert report["volumes"] == pytest.approx(file.volumes(), rel=1e-9)


def test_a_cylinder_with_a_hole(tmp_path):
    """Needles of the file are meshed anew on the same planes, in other units."""
    sides, height = 48, 6.0
    path = binary_stl(tmp_path / "tube.stl", tube(5.0, 2.0, height, sides))
    shape = {"anode_surface": "z-", "cathode_surface": "z+"}
    sizes = MeshSizes(interface_size=0.6e-3, size=1.5e-3)
    _, report = filled(path, {"electrolyte": 1}, shape, tmp_path, sizes, length_unit=1e-3)
    ring = sides / 2 * np.sin(2 * np.pi / sides) * (25 - 4)
    around = 2 * sides * np.sin(np.pi / sides) * (5 + 2)
    assert report["volumes"]["electrolyte"] == pytest.approx(ring * height * 1e-9, rel=2e-3)
    assert report["areas"]["cathode_surface"] == pytest.approx(ring * 1e-6, rel=2e-3)
    assert report["areas"]["outer"] == pytest.approx(around * height * 1e-6, rel=2e-3)
    assert report["volumes"]["electrolyte"] == pytest.approx(np.pi * 21 * height * 1e-9, rel=5e-3)


def test_shells_within_and_beside_one_another_are_bodies(tmp_path):
    """A host with a particle beside a block: each shell holds what lies within it, less the shells within."""
    particle = ball((2, 2, 2), 1.0, subdivisions=2)
    path = text_stl(tmp_path / "cell.stl", lyte=box(size=(4, 4, 4)), particle=particle, block=box((4, 0, 0), (2, 4, 4)))
    tags = {"electrolyte": "lyte", "anode": "particle", "cathode": "block"}
    sizes = MeshSizes(interface_size=0.4 * UM, size=0.8 * UM)
    file, report = filled(path, tags, {"cathode_contact": "x+"}, tmp_path, sizes)
    small = np.linalg.det(particle - 2.0).sum() / 6
    expected = {"electrolyte": (64 - small) * UM**3, "anode": small * UM**3, "cathode": 32 * UM**3}
    assert file.volumes() == pytest.approx(expected, rel=1e-6)
    assert report["volumes"] == pytest.approx(expected, rel=1e-6)
    assert report["details"]["filled from"] == "facets of the file, some shells meshed anew"
    assert report["areas"]["cathode_surface"] == pytest.approx(16 * UM**2, rel=1e-9)
    assert report["areas"]["anode_surface"] == pytest.approx(4 * np.pi * UM**2, rel=3e-2)


def test_a_body_without_region_is_a_hole(tmp_path):
    path = binary_stl(tmp_path / "hole.stl", np.concatenate([box(size=(4, 4, 4)), box((1, 1, 1), (2, 2, 2))]))
    walls = {"cathode_surface": ["x-", "x+"]}
    file, report = filled(path, {"electrolyte": 1}, walls, tmp_path, MeshSizes(interface_size=UM, size=2 * UM))
    assert report["volumes"] == pytest.approx({"electrolyte": 56 * UM**3}, rel=1e-9)
    assert report["areas"]["outer"] == pytest.approx((4 * 16 + 6 * 4) * UM**2, rel=1e-9)
    assert file.regions() == ("electrolyte",)


def turned(triangles):
    """Every other facet the other way round."""
    triangles = triangles.copy()
    triangles[::2] = triangles[::2, ::-1]
    return triangles


@pytest.mark.parametrize(
    ("triangles", "volumes"),
    [
        (box(), [1]),
        (box()[:, ::-1], [1]),
        (turned(box()), [1]),
        (np.concatenate([box(), box()]), [1]),
        (np.concatenate([box(), box((1, 0, 0))]), [1, 1]),
        (np.concatenate([box(), box((1, 1, 0))]), [1, 1]),
        (np.concatenate([box(), box((1, 1, 1))]), [1, 1]),
        (np.concatenate([box((1, 1, 1)), box(size=(3, 3, 3))]), [1, 26]),
        (np.concatenate([box(size=(5, 5, 5)), box((1, 1, 1), (3, 3, 3)), box((2, 2, 2))]), [98, 26, 1]),
        (np.concatenate([box(size=(2, 2, 2)), box(size=(1, 1, 1))[[0, 1, 4, 5, 8, 9]]]), None),
    ],
    ids=["box", "inwards", "turned", "twice", "face", "edge", "corner", "within", "nested", "loose walls"],
)
def test_bodies_do_not_depend_on_how_facets_are_turned(triangles, volumes, tmp_path):
    path = binary_stl(tmp_path / "bodies.stl", triangles)
    if volumes is None:
        with pytest.raises(GeometryError, match="not closed"):
            enclosure_of(Path(path))
        return
    assert enclosure_of(Path(path)).volumes == pytest.approx(volumes, rel=1e-6)


def test_a_wall_that_parts_nothing_is_dropped(tmp_path):
    """It closes one arm of a square ring: both its sides are the same body."""
    places = [(x, y, 0) for x in range(3) for y in range(3) if (x, y) != (1, 1)]
    triangles = np.concatenate([box(place) for place in places])
    key = [np.array(sorted(map(tuple, triangle))).tobytes() for triangle in triangles]
    twice = np.array([key.count(one) > 1 for one in key])
    wall = twice & np.all(np.abs(triangles - [1, 0.5, 0.5]) <= [0, 0.5, 0.5], axis=(1, 2))
    ring = enclosure_of(Path(binary_stl(tmp_path / "ring.stl", triangles[~twice | wall])))
    assert ring.volumes == pytest.approx([8], rel=1e-9)
    assert len(ring.facets) == np.count_nonzero(~twice) and np.count_nonzero(wall) == 4


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    """A STEP file, in millimetres: a box with a ball, not cut out of it, and a block beside it."""

    def draw(occ):
        occ.addBox(0, 0, 0, 10, 10, 10)
        occ.addSphere(5, 5, 5, 3)
        occ.addBox(10, 0, 0, 5, 10, 10)

    return cad(tmp_path_factory.mktemp("cad") / "device.step", draw)


def test_solids_of_a_step_file_are_regions(device, tmp_path):
    tags = {"electrolyte": 1, "anode": 2, "cathode": 3}
    sizes = MeshSizes(interface_size=1.5 * UM, size=3 * UM)
    file, report = filled(device, tags, {"cathode_contact": "x+"}, tmp_path, sizes, length_unit=UM)
    sphere = 4 / 3 * np.pi * 27
    expected = {"electrolyte": (1000 - sphere) * UM**3, "anode": sphere * UM**3, "cathode": 500 * UM**3}
    assert file.volumes() == pytest.approx(expected, rel=1e-6)
    assert report["volumes"] == pytest.approx(expected, rel=5e-3)
    assert report["areas"]["anode_surface"] == pytest.approx(4 * np.pi * 9 * UM**2, rel=5e-3)
    assert report["areas"]["cathode_surface"] == pytest.approx(100 * UM**2, rel=1e-9)
    assert report["areas"]["cathode_contact"] == pytest.approx(100 * UM**2, rel=1e-9)
    assert report["cells"] / file.estimate_cells(sizes) == pytest.approx(1, rel=0.5)


def test_a_step_file_states_its_unit(device):
    """It holds unless the study has another one."""
    assert stated_unit(Path(device)) == 1e-3
    stated, other = (File(device, {"electrolyte": 3}, {}, fill=True, length_unit=unit) for unit in (None, 1e-9))
    assert stated.volumes()["electrolyte"] == pytest.approx(500e-9, rel=1e-6)
    assert other.volumes()["electrolyte"] == pytest.approx(500e-27, rel=1e-6)


def test_products_of_a_step_file_name_bodies(device, tmp_path):
    """Where OpenCASCADE made the names up, there are none."""
    names = {"1": "lyte", "2": "particle", "3": "block"}
    text = re.sub(r"Open CASCADE STEP translator [\d.]+ \d+\.(\d)", lambda n: names[n[1]], Path(device).read_text())
    (tmp_path / "named.step").write_text(text)
    named = File(str(tmp_path / "named.step"), {"electrolyte": "lyte", "cathode": "block"}, {}, fill=True)
    assert named.volumes()["cathode"] == pytest.approx(500e-9, rel=1e-6)
    with pytest.raises(GeometryError, match=r"no cells of tag 'lyte'; it has 1, 2, 3$"):
        File(device, {"electrolyte": "lyte"}, {}, fill=True)


def test_a_brep_file_has_no_unit(tmp_path):
    path = cad(tmp_path / "rod.brep", lambda occ: occ.addCylinder(0, 0, 0, 0, 0, 4, 2))
    file = File(path, {"electrolyte": 1}, {"anode_surface": "z-"}, fill=True)
    assert file.volumes()["electrolyte"] == pytest.approx(np.pi * 4 * 4 * UM**3, rel=1e-6)
    assert file.areas()["anode_surface"] == pytest.approx(np.pi * 4 * UM**2, rel=1e-6)
    assert file.footprint_area == pytest.approx(16 * UM**2, rel=1e-2)
