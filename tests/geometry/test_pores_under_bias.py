"""Porous samples between electrodes: the pores alone are meshed, from plane to plane."""

import numpy as np
import pytest
from archode.geometry import ARCHITECTURES, GeometryError, MeshSizes, mesh_file
from archode.geometry.formats import read_built
from archode.geometry.metrics import describe
from archode.geometry.shapes import SHAPES
from archode.geometry.tags import BOUNDARIES

UM, NM = 1e-6, 1e-9
Sample = ARCHITECTURES["porous_sample"]
GYROID = SHAPES["gyroid"](30 * UM, 0.3)
COARSE = MeshSizes(interface_size=1.5 * UM)
BALL, CHANNEL = SHAPES["ball"], SHAPES["cylinder"]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("meshes")

    def build(architecture, sizes=COARSE):
        file = mesh_file(architecture, sizes, cache_dir=folder)
        return file.report, read_built(file.path)

    return build


@pytest.mark.parametrize("axis", "xyz")
def test_pores_of_the_sample_become_a_cell(axis, built):
    sample = Sample(GYROID, 30 * UM, 24 * UM, 18 * UM, electrodes=axis)
    whole, _ = built(Sample(GYROID, 30 * UM, 24 * UM, 18 * UM))
    report, mesh = built(sample)
    assert sample.is_cell and sample.regions() == ("electrolyte",)
    number = "xyz".index(axis)
    extent = np.array([30, 24, 18])
    # The same cut and the same cells as of the sample with its solid.
    assert report["volumes"] == pytest.approx({"electrolyte": whole["volumes"]["electrolyte"]}, rel=1e-9)
    assert report["areas"]["insulation"] == pytest.approx(whole["areas"]["anode_surface"], rel=1e-9)
    for boundary, place in (("anode_surface", 0.0), ("cathode_surface", extent[number])):
        corners = mesh.points[mesh.facets[mesh.facet_tags == BOUNDARIES[boundary]]]
        assert len(corners)
        assert corners[..., number] == pytest.approx(place, abs=1e-9)
    outer = mesh.points[mesh.facets[mesh.facet_tags == BOUNDARIES["outer"]]]
    flat = np.ptp(outer, axis=1) < 1e-9
    assert np.all(flat.any(axis=1)) and not np.any(flat[:, number])
    assert sample.footprint_area == pytest.approx(np.prod(np.delete(extent, number)) * UM**2)
    assert sample.characteristic_length == pytest.approx(extent[number] * UM)


def test_pores_that_do_not_join_the_electrodes_are_left_out(built):
    """A channel along x beside a hollow that nothing reaches."""
    channel = CHANNEL((-1 * UM, 6 * UM, 6 * UM), (31 * UM, 6 * UM, 6 * UM), 3 * UM)
    pores = SHAPES["union"]((channel, BALL((15 * UM, 16 * UM, 16 * UM), 4 * UM)))
    sample = Sample(SHAPES["complement"](pores), 30 * UM, 22 * UM, 22 * UM, islands="keep", electrodes="x")
    report, mesh = built(sample, MeshSizes(interface_size=1 * UM))
    # Facets of 1 µm cut a circle of 3 µm by about 2 %.
    assert report["volumes"]["electrolyte"] == pytest.approx(np.pi * (3 * UM) ** 2 * 30 * UM, rel=0.03)
    assert report["details"]["pores that do not join the electrodes"] == pytest.approx(
        4 / 3 * np.pi * 4**3 / (30 * 22 * 22), rel=0.05
    )
    assert report["topology"]["regions"]["electrolyte"]["components"] == 1
    measured = describe(mesh, sample.phases())
    # Walls of the channel, though there is no solid in the mesh, over the box of the channel.
    box = 30 * np.prod(np.ptp(mesh.points, axis=0)[1:])
    assert measured["pore_specific_surface [1/m]"] * UM == pytest.approx(2 * np.pi * 3 * 30 / box, rel=0.03)


def test_no_pore_that_joins(built):
    wall = SHAPES["box"]((10 * UM, -UM, -UM), (6 * UM, 30 * UM, 30 * UM))
    with pytest.raises(GeometryError, match="no pore joins the two planes across x"):
        built(Sample(wall, 24 * UM, electrodes="x"), MeshSizes(interface_size=2 * UM))
    report, _ = built(Sample(wall, 24 * UM, electrodes="z"), MeshSizes(interface_size=2 * UM))
    assert report["volumes"]["electrolyte"] == pytest.approx(18 * 24 * 24 * UM**3, rel=0.01)


def test_refusals():
    with pytest.raises(GeometryError, match="electrodes must be one of none, x, y, z"):
        Sample(GYROID, 30 * UM, electrodes="w")
    with pytest.raises(GeometryError, match="no place for a film"):
        Sample(GYROID, 30 * UM, film_thickness=1 * UM, electrodes="x")
    assert not Sample(GYROID, 30 * UM).is_cell


def test_nanoporous_gold_with_layers(built):
    """70 nm ligaments, first layers of 0.3 nm: walls meet electrodes and side planes at any angle."""
    gold = SHAPES["random_waves"](70 * NM, 0.35, seed=1)
    plain, _ = built(Sample(gold, 180 * NM, electrodes="z"), MeshSizes())
    report, _ = built(Sample(gold, 180 * NM, electrodes="z"), MeshSizes(wall_size=0.3 * NM))
    assert report["volumes"] == pytest.approx(plain["volumes"], rel=1e-10)
    assert report["areas"] == pytest.approx(plain["areas"], rel=1e-10)
    layers = report["details"]["wall layers"]
    # Columns that no room is left for, one or two in a hundred, lower the mean.
    assert layers["first height, mean [m]"] == pytest.approx(0.3 * NM, rel=0.1)
    assert report["quality"]["dihedral_angle_max"] <= max(160, plain["quality"]["dihedral_angle_max"] + 1)
