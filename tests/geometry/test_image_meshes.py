"""Meshes of images beside their raw voxels, and several solid phases."""

import dataclasses
import re

import numpy as np
import pytest
from archode.geometry import GeometryError, MeshSizes, mesh_file
from archode.geometry.architectures.porous_electrode import PorousElectrode
from archode.geometry.architectures.porous_sample import PorousSample
from archode.geometry.errors import MeshQualityError
from archode.geometry.image_fidelity import Meshed, fidelity, marching_cubes_area
from archode.geometry.metrics import fractions_and_surfaces
from archode.geometry.porous import mesh_porous, porous_slab
from archode.geometry.porous_measure import Seeds
from archode.geometry.quality import dihedral_angles
from archode.geometry.shapes import SHAPES

Image = SHAPES["image"]
UM = 1e-6
NO_SEEDS = Seeds(False, False)


def middles(count):
    return np.stack(np.meshgrid(*[np.arange(count) + 0.5] * 3, indexing="ij"), axis=-1)


def ball(count, radius):
    """Distance [voxels] to a ball beside the middle: one on it has 2 % more voxels than its volume."""
    return np.linalg.norm(middles(count) - count / 2 - [0.3, -0.2, 0.1], axis=-1) - radius


def image(folder, volume, **parameters):
    np.save(folder / "volume.npy", volume)
    return Image(str(folder / "volume.npy"), 1 * UM, **parameters)


def meshed(shape, cell=None, all_solids=True):
    """The box of an image cut, without refill [cell in voxels]."""
    sample = PorousSample(shape, *shape.extent)
    sizes = sample.resolved_sizes(MeshSizes(interface_size=cell and cell * UM, fill="stuffed"))
    slabs = [porous_slab(sample.thickness, sizes)]
    return mesh_porous(shape, sample.width, sample.depth, slabs, sizes, "remove", all_solids=all_solids)


def three_phases(count=26):
    """A ball of label 1 with one of label 2 in its side, in label 0."""
    core = np.linalg.norm(middles(count) - [count / 2, count / 2 + 4, count / 2], axis=-1) < 6
    return np.where(ball(count, 9) < 0, np.where(core, 2, 1), 0).astype(np.uint8)


@pytest.mark.parametrize("cell", [None, 1.5])
@pytest.mark.parametrize("radius", [5, 9])
def test_a_ball_keeps_volume_and_surface(tmp_path, radius, cell):
    distance = ball(2 * radius + 8, radius)
    built = meshed(image(tmp_path, (distance < 0).astype(np.uint8), labels=(1,)), cell)
    found = built.details["voxels"]
    for phase in ("solid", "pore"):
        assert abs(found["phases"][phase]["deviation"]) < 0.006
        assert found["phases"][phase]["bodies"] == found["phases"][phase]["bodies of voxels"] == 1
    exact = 4 * np.pi * radius**2 * UM**2
    assert found["surface"]["mesh [m2]"] == pytest.approx(exact, rel=0.02)
    assert found["surface"]["voxels [m2]"] == pytest.approx(exact, rel=0.02)
    assert 1.05 * exact < found["surface"]["marching cubes of raw voxels [m2]"] < 1.11 * exact
    assert not built.details["warnings"]


@pytest.mark.parametrize("cell", [None, 1.5])
@pytest.mark.parametrize(("across", "width"), [(1, 2), (2, 3)])
def test_sheets_and_struts_of_few_voxels_stay(tmp_path, across, width, cell):
    within = np.abs(middles(16)[..., :across] - 8 - width % 2 / 2).max(axis=-1) < width / 2
    built = meshed(image(tmp_path, within.astype(np.uint8), labels=(1,)), cell)
    found = built.details["voxels"]["phases"]["solid"]
    # Cells of half a strut of nine voxels' section chamfer it.
    assert abs(found["deviation"]) < (0.005 if across == 1 else 0.03)
    assert found["bodies"] == 1
    solid = built.points[np.unique(built.cells[built.phases == 0])]
    assert np.ptp(solid[:, 2]) == pytest.approx(16 * UM)


def test_noise_leaves_one_body(tmp_path):
    grey = (ball(28, 9) < 0) + 0.2 * np.random.default_rng(0).standard_normal((28, 28, 28))
    shape = image(tmp_path, grey.astype(np.float32), threshold=0.5)
    assert np.count_nonzero(shape.segmented & (ball(28, 10) > 0)) > 30
    found = meshed(shape, 1.5).details["voxels"]
    assert found["noise over contrast"] == pytest.approx(0.2, rel=0.05)
    assert found["phases"]["solid"]["bodies"] == 1
    # Two standard deviations of the noise around the surface are 0.8 %.
    assert found["phases"]["solid"]["fraction"] == pytest.approx(np.mean(ball(28, 9) < 0), rel=0.01)
    assert found["surface"]["mesh [m2]"] == pytest.approx(4 * np.pi * 81 * UM**2, rel=0.03)


@pytest.mark.parametrize(("cell", "tolerance"), [(None, 0.04), (2.0, 0.02), (1.0, 0.01)])
def test_three_phases_keep_their_volumes(tmp_path, cell, tolerance):
    volume = three_phases()
    built = meshed(image(tmp_path, volume, labels={"shell": [1], "core": 2}), cell)
    found = built.details["voxels"]["phases"]
    for name, value in (("shell", 1), ("core", 2), ("pore", 0)):
        assert found[name]["fraction of voxels"] == pytest.approx(np.mean(volume == value))
        assert abs(found[name]["deviation"]) < tolerance
        assert found[name]["bodies"] == 1
    assert dihedral_angles(built.points, built.cells).min() > 8


def test_three_solids_keep_their_volumes(tmp_path):
    volume = three_phases()
    volume[(volume > 0) & (middles(26)[..., 2] > 15)] = 3
    built = meshed(image(tmp_path, volume, labels={"shell": [1], "core": 2, "cap": 3}), 1.5)
    found = built.details["voxels"]["phases"]
    assert list(found) == ["shell", "core", "cap", "pore"]
    assert max(abs(row["deviation"]) for row in found.values()) < 0.02
    assert dihedral_angles(built.points, built.cells).min() > 5


def test_walls_are_the_same_whether_solids_are_told_apart_or_not(tmp_path):
    shape = image(tmp_path, three_phases(), labels={"shell": [1], "core": 2})
    apart, together = (meshed(shape, 1.5, all_solids=apart) for apart in (True, False))
    assert apart.details["walls [m2]"] == pytest.approx(together.details["walls [m2]"], rel=2e-3)
    assert "shell, core are one solid here" in together.details["warnings"][-1]
    assert list(together.details["voxels"]["phases"]) == ["solid", "pore"]


def test_the_mesh_file_has_a_region_for_every_solid(tmp_path):
    from archode.geometry.formats import read_built

    shape = image(tmp_path, three_phases(), labels={"shell": [1], "core": 2})
    sample = PorousSample(shape, *shape.extent)
    assert sample.regions() == ("anode", "solid_2", "electrolyte")
    built = mesh_file(sample, MeshSizes(interface_size=2 * UM), cache_dir=tmp_path)
    assert built.report["topology"]["interfaces"].keys() == {
        "electrolyte|anode", "electrolyte|solid_2", "anode|solid_2"
    }
    declared = sample.volumes()
    for region, volume in built.report["volumes"].items():
        assert volume == pytest.approx(declared[region], rel=0.03)
    measured = fractions_and_surfaces(read_built(built.path), sample.phases())
    assert measured["core_fraction"] == pytest.approx(np.mean(three_phases() == 2), rel=0.03)
    assert built.report["quality"]["dihedral_angle_min"] > 5


def test_solids_apart_and_a_film_are_refused(tmp_path):
    shape = image(tmp_path, three_phases(), labels={"shell": [1], "core": 2})
    with pytest.raises(GeometryError, match="a film covers a solid of one phase, and the shape has shell, core"):
        PorousSample(shape, *shape.extent, film_thickness=1 * UM)
    assert PorousElectrode(shape, 26 * UM, 26 * UM).phases().keys() == {"solid", "pore"}


def right(shape):
    """What a mesh without error would hold."""
    reference = 0.5 - shape.segmented.astype(np.float32)
    solid = float(np.mean(shape.segmented))
    area = marching_cubes_area(reference, shape.spacing)
    return Meshed({"solid": solid, "pore": 1 - solid}, {"solid": 1, "pore": 1}, area)


@pytest.mark.parametrize(
    ("shrunk", "thinned", "outcome"),
    [
        (1.0, 1.0, "nothing"),
        (0.995, 1.0, "nothing"),
        (0.97, 1.0, "solid fills .*, -3.0%"),
        (0.9, 1.0, r"is not the image: solid fills .* \(-10.0%, limit 5%\)"),
        (1.1, 1.0, r"is not the image: solid fills .* \(\+10.0%, limit 5%\)"),
        (1.0, 0.85, "the surface of the solid is .* by marching cubes"),
        (1.0, 0.65, r"is not the image: the surface of the solid .* \(limit 20%\)"),
        (1.0, 1.3, r"is not the image: the surface of the solid .* \(limit 20%\)"),
    ],
)
def test_meshes_that_are_not_the_image_are_told_or_refused(tmp_path, shrunk, thinned, outcome):
    shape = image(tmp_path, (ball(28, 9) < 0).astype(np.uint8), labels=(1,))
    held = right(shape)
    solid = shrunk * held.fractions["solid"]
    held = Meshed({"solid": solid, "pore": 1 - solid}, held.bodies, thinned * held.surface)
    if outcome.startswith("is not"):
        with pytest.raises(MeshQualityError, match=outcome):
            fidelity(shape, shape.extent, held, NO_SEEDS, True)
        return
    _, warnings = fidelity(shape, shape.extent, held, NO_SEEDS, True)
    if outcome == "nothing":
        assert not warnings
    else:
        (warning,) = warnings
        assert re.search(outcome, warning)


def test_islands_are_no_fault_of_the_mesh_but_are_told(tmp_path):
    solid = ball(28, 9) < 0
    solid[1:5, 1:5, 1:5] = True
    shape = image(tmp_path, solid.astype(np.uint8), labels=(1,))
    without = float(np.mean(ball(28, 9) < 0))
    held = right(shape)._replace(fractions={"solid": without, "pore": 1 - without})
    report, warnings = fidelity(shape, shape.extent, held, NO_SEEDS, True)
    assert report["phases"]["solid"]["bodies of voxels"] == 2
    assert report["phases"]["solid"]["connected fraction of voxels"] == pytest.approx(without)
    # 64 of 3176 voxels.
    assert warnings[0].endswith("-2.0%; islands of the voxels account for -2.0%")


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_area_reaches_to_the_faces_of_the_box(axis):
    distance = np.moveaxis(np.broadcast_to(np.arange(10.0)[:, None, None] - 4.3, (10, 8, 6)), 0, axis)
    area = marching_cubes_area(np.ascontiguousarray(distance, np.float32), np.full(3, UM))
    assert area == pytest.approx(48 * UM**2, rel=1e-5)


def test_default_cells_follow_the_chords(tmp_path):
    coarse = image(tmp_path, (ball(40, 16) < 0).astype(np.uint8), labels=(1,))
    # The mean chord of a ball is shorter than the median one.
    assert coarse.cell_size == pytest.approx(4 / 3 * 16 / 6 * UM, rel=0.05)
    assert PorousSample(coarse, 40 * UM).resolved_sizes(MeshSizes()).interface_size == coarse.cell_size
    twice = dataclasses.replace(coarse, voxel_size=2 * UM)
    assert twice.cell_size == pytest.approx(2 * coarse.cell_size)
    rough = image(tmp_path, (np.random.default_rng(0).random((20, 20, 20)) < 0.5).astype(np.uint8), labels=(1,))
    assert rough.cell_size == pytest.approx(min(1 * UM, rough.feature_size / 2))
    assert PorousSample(rough, 20 * UM).resolved_sizes(MeshSizes()).interface_size == rough.cell_size
