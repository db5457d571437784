"""Cells with a porous electrode and samples: regions, boundaries, volumes, refusals."""

import dataclasses
import re

import numpy as np
import pytest
from archode.geometry import ARCHITECTURES, GeometryError, MeshQualityError, MeshSizes, mesh_file
from archode.geometry.cache import cache_key, job_of
from archode.geometry.formats import read_built
from archode.geometry.own_shape import require_own_fraction
from archode.geometry.porous import island_shares, island_warnings
from archode.geometry.registry import make_architecture, plain_parameters
from archode.geometry.shapes import SHAPES
from archode.geometry.tags import BOUNDARIES, REGIONS
from archode.studies.mesh_report import _islands

UM = 1e-6
Electrode, Sample = ARCHITECTURES["porous_electrode"], ARCHITECTURES["porous_sample"]
PILLAR = SHAPES["pillars"](radius=3 * UM, pitch=12 * UM, height=None)
COARSE = MeshSizes(interface_size=1.5 * UM)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Report and arrays of an architecture's mesh, built once a module."""
    folder = tmp_path_factory.mktemp("meshes")

    def build(architecture, sizes=COARSE):
        file = mesh_file(architecture, sizes, cache_dir=folder)
        return file.report, read_built(file.path)

    return build


def cell(**changes):
    """One pillar in its square, on a collector under reservoir, separator and counter electrode."""
    parameters = {
        "shape": PILLAR,
        "width": 12 * UM,
        "thickness": 12 * UM,
        "collector_thickness": 2 * UM,
        "reservoir_thickness": 6 * UM,
        "separator_thickness": 4 * UM,
        "counter_thickness": 3 * UM,
        "counter_collector_thickness": 2 * UM,
    }
    return Electrode(**(parameters | changes))


FOOT, DISC = (12 * UM) ** 2, np.pi * (3 * UM) ** 2


def test_an_active_host_in_its_cell(built):
    report, _ = built(cell())
    assert report["volumes"] == pytest.approx(
        {
            "electrolyte": FOOT * 6 * UM + (FOOT - DISC) * 12 * UM,
            "anode": DISC * 12 * UM,
            "cathode": FOOT * 3 * UM,
            "anode_collector": FOOT * 2 * UM,
            "cathode_collector": FOOT * 2 * UM,
            "separator": FOOT * 4 * UM,
        },
        rel=0.01,
    )
    wall = 2 * np.pi * 3 * UM * 12 * UM
    areas = {name: area for name, area in report["areas"].items() if name != "outer"}
    assert areas == pytest.approx(
        {
            "anode_surface": wall + DISC,
            "cathode_surface": FOOT,
            "anode_contact": FOOT,
            "cathode_contact": FOOT,
            "collector_surface": FOOT - DISC,
        },
        rel=0.03,
    )
    assert report["topology"]["regions"]["anode"]["components"] == 1
    assert report["quality"]["dihedral_angle_min"] > 5


def test_a_film_on_every_wall(built):
    """Film of thickness t round a pillar, over its top and on the floor; corners are rounded outside."""
    t = 1.2 * UM
    report, mesh = built(cell(film_thickness=t))
    ring = np.pi * ((3 * UM + t) ** 2 - (3 * UM) ** 2)
    # Rounded edge of the cap: a quarter of a torus by Pappus' theorem, centroid at r + 4t/(3π).
    cap = DISC * t + (np.pi * t**2 / 4) * 2 * np.pi * (3 * UM + 4 * t / (3 * np.pi))
    floor = (FOOT - DISC - ring) * t
    assert report["volumes"]["anode"] == pytest.approx(ring * 12 * UM + cap + floor, rel=0.02)
    assert report["volumes"]["anode_collector"] == pytest.approx(DISC * 12 * UM + FOOT * 2 * UM, rel=0.01)
    # The film covers all of the collector.
    assert "collector_surface" not in report["areas"]
    middles = mesh.points[mesh.cells[mesh.cell_tags == REGIONS["anode"]]].mean(axis=1)
    assert middles[:, 2].max() > 14


def test_an_equipotential_skeleton_is_a_hole(built):
    bare = dict.fromkeys(("collector_thickness", "counter_thickness", "counter_collector_thickness"), 0.0)
    report, mesh = built(cell(solid="surface", **bare))
    assert set(report["volumes"]) == {"electrolyte", "separator"}
    wall = 2 * np.pi * 3 * UM * 12 * UM
    assert report["areas"]["anode_surface"] == pytest.approx(wall + FOOT, rel=0.03)
    assert report["areas"]["cathode_surface"] == pytest.approx(FOOT, rel=1e-9)
    on_floor = mesh.points[mesh.facets[mesh.facet_tags == BOUNDARIES["anode_surface"]]][:, :, 2]
    assert np.isclose(on_floor, 0).all(axis=1).any()


def test_the_porous_electrode_may_be_the_cathode(built):
    report, _ = built(cell(electrode="cathode", counter_thickness=0.0, counter_collector_thickness=0.0))
    assert set(report["volumes"]) == {"electrolyte", "separator", "cathode", "cathode_collector"}
    assert set(report["areas"]) >= {"cathode_surface", "cathode_contact", "anode_surface"}
    assert "anode_contact" not in report["areas"]


def test_without_collector_the_solids_foot_is_the_contact(built):
    report, _ = built(cell(collector_thickness=0.0))
    assert report["areas"]["anode_contact"] == pytest.approx(DISC, rel=0.02)


def test_slab_planes_are_exact(built):
    _, mesh = built(cell())
    heights = np.unique(np.round(mesh.points[:, 2], 9))
    for plane in (0, 2, 14, 20, 24, 27, 29):
        assert np.abs(heights - plane).min() < 1e-9
    spans = {
        name: mesh.points[mesh.cells[mesh.cell_tags == REGIONS[name]]][..., 2] for name in ("separator", "cathode")
    }
    assert (spans["separator"].min(), spans["separator"].max()) == pytest.approx((20, 24), rel=1e-12)
    assert (spans["cathode"].min(), spans["cathode"].max()) == pytest.approx((24, 27), rel=1e-12)


def test_regions_are_those_declared(built):
    for architecture in (cell(), cell(film_thickness=1.2 * UM), cell(counter_collector_thickness=0.0)):
        assert set(built(architecture)[0]["volumes"]) == set(architecture.regions())


def test_device_area_gives_the_multiplicity():
    assert cell(device_area=1e-6).multiplicity == pytest.approx(1e-6 / FOOT)
    assert cell().multiplicity == 1.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"width": 1 * UM}, r"width \(1 µm\) is smaller than one feature of the shape"),
        ({"thickness": 0.0}, r"thickness must be positive"),
        ({"electrode": "left"}, r"electrode must be one of anode, cathode"),
        ({"solid": "surface"}, r"set collector_thickness to 0"),
        ({"solid": "surface", "collector_thickness": 0.0, "film_thickness": 1 * UM}, r"needs solid: active"),
        ({"reservoir_thickness": 0.0, "separator_thickness": 0.0}, r"the electrodes would touch"),
        ({"counter_thickness": 0.0}, r"counter_collector_thickness to 0"),
        ({"film_thickness": 5 * UM}, r"reservoir_thickness \(6 µm\) must exceed"),
    ],
)
def test_impossible_cells_are_refused(changes, message):
    with pytest.raises(GeometryError, match=message):
        cell(**changes)


@pytest.mark.parametrize(
    ("sizes", "changes", "message"),
    [
        (MeshSizes(interface_size=4 * UM), {}, r"interface_size \(4 µm\) is larger than 3 µm.*thinnest feature"),
        (MeshSizes(interface_size=2 * UM), {"film_thickness": 0.5 * UM}, r"larger than 1\.42857 µm, film_thickness"),
    ],
)
def test_meshes_too_coarse_for_the_shape_are_refused(sizes, changes, message):
    with pytest.raises(GeometryError, match=message):
        cell(**changes).resolved_sizes(sizes)


def test_fractions_that_do_not_percolate_are_refused_and_not_cached(tmp_path):
    """At 4 % random waves are islands: no solid reaches the collector."""
    waves = SHAPES["random_waves"](size=1 * UM, solid_fraction=0.04)
    host = Electrode(waves, width=4 * UM, thickness=4 * UM, collector_thickness=0.5 * UM)
    with pytest.raises(GeometryError, match="solid_fraction"):
        mesh_file(host, MeshSizes(interface_size=0.3 * UM), cache_dir=tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".msh", ".json")]


def test_a_mesh_that_misses_the_shape_is_refused(monkeypatch):
    from archode.geometry import own_shape, porous

    sample = Sample(PILLAR, 12 * UM)
    sizes = sample.resolved_sizes(MeshSizes(interface_size=1.5 * UM, fill="stuffed"))
    arguments = (PILLAR, 12 * UM, 12 * UM, [porous.porous_slab(12 * UM, sizes)], sizes, "remove")
    walls = 2 * np.pi * 3 * UM * 12 * UM
    found = porous.mesh_porous(*arguments).details
    assert found["walls [m2]"] == pytest.approx(walls, rel=0.02)
    monkeypatch.setattr(own_shape, "wall_area", lambda *arguments: 1.05 * walls)
    with pytest.raises(MeshQualityError, match=r"walls of the solid have .* nor do cells of 0\.75 µm: make mesh"):
        porous.mesh_porous(*arguments)


def test_cells_that_would_do_are_named():
    """One cell in its radius does not make a ball."""
    from archode.geometry import porous

    shape = SHAPES["ball"]((5 * UM, 6.3 * UM, 6.1 * UM), 2 * UM)
    sizes = Sample(shape, 12 * UM).resolved_sizes(MeshSizes(interface_size=2 * UM, fill="stuffed"))
    slabs = [porous.porous_slab(12 * UM, sizes)]
    with pytest.raises(MeshQualityError, match=r"; a mesh\.interface_size of 1\.33333 µm meets it"):
        porous.mesh_porous(shape, 12 * UM, 12 * UM, slabs, sizes, "keep")


def test_plain_parameters_make_the_same_architecture():
    for architecture in (cell(), Sample(SHAPES["union"]((PILLAR, SHAPES["ball"]((0.0, 0.0, 0.0), 2 * UM))), 12 * UM)):
        name = "porous_electrode" if isinstance(architecture, Electrode) else "porous_sample"
        assert make_architecture(name, plain_parameters(architecture)) == architecture


def test_the_cache_knows_shapes_and_the_content_of_images(tmp_path):
    def key(architecture):
        return cache_key(job_of(architecture, COARSE))

    thinner = dataclasses.replace(PILLAR, radius=2.9 * UM)
    keys = {key(cell()), key(cell(shape=thinner)), key(cell(islands="keep")), key(cell(film_thickness=1.2 * UM))}
    assert len(keys) == 4
    path = tmp_path / "volume.npy"
    found = []
    for edge in (5, 6):
        volume = np.zeros((16, 16, 16))
        volume[2:edge] = volume[10:14] = 1
        np.save(path, volume)
        image = SHAPES["image"](str(path), voxel_size=1 * UM, threshold=0.5)
        found.append(key(Sample(image, 16 * UM)))
    assert found[0] != found[1]


def test_what_islands_took_is_told(built):
    """Of two balls apart the smaller one goes; the other keeps its own volume."""
    ball, large, small = SHAPES["ball"], 3 * UM, 1.5 * UM
    shape = SHAPES["union"]((ball((4.6 * UM, 4.7 * UM, 4.8 * UM), large), ball((9 * UM,) * 3, small)))
    report, _ = built(Sample(shape, 12 * UM), MeshSizes(interface_size=0.75 * UM))
    volume = 4 / 3 * np.pi * large**3
    assert report["volumes"]["anode"] == pytest.approx(volume, rel=2e-3)
    share = small**3 / (large**3 + small**3)
    assert island_shares(report["details"])["solid"] == pytest.approx(share, rel=0.1)
    (warning,) = report["warnings"]
    assert re.match(r"1\d\.\d% of the solid \(1 piece\) hangs together with nothing", warning)
    assert _islands(report["details"]).startswith("islands removed: 1 of the solid (1")


def test_islands_beside_a_fraction_that_is_met_are_no_warning():
    removed = {"solid": 3, "pore": 1, "solid_fraction": 0.1, "pore_fraction": 0.0}
    details = {"solid_fraction": 0.25, "islands_removed": removed, "solid_fraction_asked": None}
    assert island_shares(details) == pytest.approx({"solid": 0.1 / 0.35, "pore": 0})
    assert len(island_warnings(details)) == 1
    assert island_warnings(details | {"solid_fraction_asked": 0.25}) == island_warnings({}) == []


def test_a_mesh_whose_solid_is_not_the_shapes_is_refused():
    from types import SimpleNamespace

    built = SimpleNamespace(details={"solid_fraction": 0.3})
    require_own_fraction(built, 0.301)
    with pytest.raises(MeshQualityError, match=r"0\.3 of the porous layer in the mesh and 0\.31 by the shape"):
        require_own_fraction(built, 0.31)


def test_a_sample_with_a_film_has_three_phases(built):
    """A slab of solid from a half space: the film is a layer of its own thickness."""
    half = SHAPES["half_space"](point=(6 * UM, 0.0, 0.0), normal=(1.0, 0.0, 0.0))
    sample = Sample(half, 12 * UM, film_thickness=2 * UM)
    report, _ = built(sample)
    expected = {"anode_collector": 6, "anode": 2, "electrolyte": 4}
    assert report["volumes"] == pytest.approx({k: v * UM * FOOT for k, v in expected.items()}, rel=0.01)
    assert sample.phases() == {"solid": ("anode_collector",), "film": ("anode",), "pore": ("electrolyte",)}


def test_stuffed_meshes_are_the_same_again(tmp_path):
    sample = Sample(SHAPES["gyroid"](12 * UM, 0.4), 12 * UM)
    sizes = MeshSizes(interface_size=1.2 * UM, fill="stuffed")
    one, two = (mesh_file(sample, sizes, cache_dir=tmp_path / name) for name in ("one", "two"))
    assert one.path.read_bytes() == two.path.read_bytes()
    assert re.match("stuffed", one.report["details"]["fill"])
