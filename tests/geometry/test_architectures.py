"""Closed forms against meshes: the build itself refuses a deviation above 1e-9, these tests compare again."""

import dataclasses

import numpy as np
import pytest
from archode.geometry import MeshSizes, mesh_file, parameter_units
from archode.geometry.extrusion import planform_edges
from archode.geometry.planform import strips
from archode.geometry.quality import measured_areas, measured_volumes
from archode.geometry.tags import BOUNDARIES, REGIONS, interface

from .shapes import DEFAULT, SHAPES, UM, Interdigital, Planar, Stack

shapes = pytest.mark.parametrize("name", SHAPES)


def faces_of(cells):
    """Sorted corners of all faces of tetrahedra, four per cell, in the order of the cells."""
    return np.sort(cells[:, [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]], axis=2).reshape(-1, 3)


@shapes
def test_volumes_and_areas_are_the_closed_forms(name, mesh_cache):
    architecture, sizes = SHAPES[name]
    report = mesh_file(architecture, sizes, cache_dir=mesh_cache).report
    # Rounding only: coordinates are exact to 1e-16 of the extent.
    assert report["volumes"] == pytest.approx(architecture.volumes(), rel=1e-9, abs=0)
    found = {key: value for key, value in report["areas"].items() if key in architecture.areas()}
    assert found == pytest.approx(architecture.areas(), rel=1e-9, abs=0)
    assert report["areas"].keys() - architecture.areas().keys() <= {"outer"}


@shapes
def test_volumes_fill_the_footprint(name):
    architecture, _ = SHAPES[name]
    if isinstance(architecture, Interdigital | Stack):
        height = architecture.height
    else:
        height = architecture.anode_thickness + architecture.gap + architecture.cathode_thickness
    assert sum(architecture.volumes().values()) == pytest.approx(
        architecture.footprint_area * height, rel=1e-12
    )
    assert architecture.regions() == tuple(architecture.volumes())


@shapes
def test_facets_are_exactly_the_outer_faces_and_the_named_interfaces(name, gmsh_session):
    architecture, sizes = SHAPES[name]
    mesh = architecture.build(sizes)
    name_of = {tag: region for region, tag in REGIONS.items()}
    faces, start, inverse, count = np.unique(
        faces_of(mesh.cells), axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    assert count.max() == 2
    last = np.zeros(len(faces), dtype=int)
    np.maximum.at(last, inverse.ravel(), np.arange(4 * len(mesh.cells)))
    pairs = np.stack([mesh.cell_tags[start // 4], mesh.cell_tags[last // 4]], axis=1)
    expected = set()
    for face, (one, two), neighbours in zip(faces, pairs, count, strict=True):
        if neighbours == 2:
            boundary = interface(name_of[one], name_of[two])
            if boundary is not None:
                expected.add((*face, BOUNDARIES[boundary]))
    tagged = {(*np.sort(f), tag) for f, tag in zip(mesh.facets, mesh.facet_tags, strict=True)}
    assert len(tagged) == len(mesh.facets)
    # An insulated face would be an electrode surface by its neighbours alone.
    insulated = {entry[:3] for entry in tagged if entry[3] == BOUNDARIES["insulation"]}
    expected = {entry for entry in expected if entry[:3] not in insulated}
    tagged = {entry for entry in tagged if entry[:3] not in insulated}
    outside = {tuple(face) for face in faces[count == 1]}
    assert expected <= tagged
    assert {entry[:3] for entry in tagged - expected} == outside


@shapes
def test_gmsh_model_holds_the_named_groups(name, gmsh_session):
    architecture, sizes = SHAPES[name]
    gmsh_session.model.add("test")
    mesh = architecture.build(sizes)
    groups = gmsh_session.model.getPhysicalGroups()
    names = {gmsh_session.model.getPhysicalName(*group): group for group in groups}
    volumes = {key for key, (dimension, _) in names.items() if dimension == 3}
    assert volumes == set(architecture.regions()) == set(measured_volumes(mesh))
    assert set(names) - volumes == set(architecture.areas()) | {"outer"} == set(measured_areas(mesh))
    assert len(gmsh_session.model.mesh.getElementsByType(4)[0]) == len(mesh.cells)


@shapes
def test_estimate_is_close(name, mesh_cache):
    architecture, sizes = SHAPES[name]
    cells = mesh_file(architecture, sizes, cache_dir=mesh_cache).report["cells"]
    regular = getattr(architecture, "domain", "unit_cell") == "unit_cell"
    # Regular planforms are counted exactly; elsewhere very coarse meshes follow their corners, not the sizes.
    assert architecture.estimate_cells(sizes) == (cells if regular else pytest.approx(cells, rel=0.7))


def test_estimate_of_an_ordinary_comb_is_good(mesh_cache):
    comb = Interdigital(10 * UM, 10 * UM, 0.75 * UM, length=100 * UM, pairs=2, domain="comb")
    sizes = MeshSizes(film_size=0.5 * UM)
    cells = mesh_file(comb, sizes, cache_dir=mesh_cache).report["cells"]
    assert comb.estimate_cells(sizes) == pytest.approx(cells, rel=0.1)


def test_default_unit_cell_is_small_and_resolves_the_film():
    cell, sizes = SHAPES["cell"]
    full = cell.resolved_sizes(sizes)
    counts = {slab.region: slab.layer_count(full) for slab in cell._slabs()}
    assert counts["film"] >= 6
    assert 2000 <= cell.estimate_cells(sizes) / 3.8 <= 6000


@pytest.mark.parametrize("pairs", [1, 2, 7])
@pytest.mark.parametrize("collector_thickness", [0.0, 0.2 * UM])
def test_half_pairs_make_up_the_comb(pairs, collector_thickness):
    comb = Interdigital(
        12 * UM,
        7 * UM,
        1 * UM,
        length=90 * UM,
        pairs=pairs,
        bus_width=30 * UM,
        collector_thickness=collector_thickness,
        domain="comb",
    )
    half = dataclasses.replace(comb, domain="finger_pair")
    assert comb.multiplicity == 1
    for whole, part in ((comb.volumes(), half.volumes()), (comb.areas(), half.areas())):
        assert {k: half.multiplicity * v for k, v in part.items()} == pytest.approx(whole, rel=1e-12, abs=0)
    assert half.multiplicity * half.footprint_area == pytest.approx(comb.footprint_area, rel=1e-12)


@pytest.mark.parametrize("domain", ["unit_cell", "comb"])
def test_an_insulated_top_leaves_only_the_side_walls(domain):
    plain = Interdigital(12 * UM, 7 * UM, 1 * UM, pairs=2, domain=domain)
    insulated = dataclasses.replace(plain, insulated_top=True)
    assert insulated.volumes() == plain.volumes()
    areas, all_areas = insulated.areas(), plain.areas()
    films = 2 * plain.volumes()["anode"] / plain.thickness
    assert areas["insulation"] == pytest.approx(films, rel=1e-12)
    for side in ("anode_surface", "cathode_surface"):
        assert areas[side] == pytest.approx(all_areas[side] - films / 2, rel=1e-12)
        walls = plain.slice if domain == "unit_cell" else plain._plan.electrode_edge
        assert areas[side] == pytest.approx(walls * plain.thickness, rel=1e-9)


def test_unit_cells_hold_all_fingers_of_the_device():
    cell = Interdigital(50 * UM, 30 * UM, 0.75 * UM, length=2e-3, pairs=8)
    device = cell.multiplicity * cell.volumes()["anode"]
    assert device == pytest.approx(8 * 50 * UM * 2e-3 * 0.75 * UM, rel=1e-12)
    assert cell.multiplicity * cell.footprint_area == pytest.approx(8 * 2 * 80 * UM * 2e-3, rel=1e-12)


def test_declared_device_area_sets_the_multiplicity():
    for bar in (
        Planar(gap=10 * UM, device_area=1e-4),
        Stack(electrolyte_thickness=1 * UM, cathode_thickness=1 * UM, device_area=1e-4),
    ):
        assert bar.multiplicity * bar.footprint_area == pytest.approx(1e-4, rel=1e-12)
        assert dataclasses.replace(bar, device_area=None).multiplicity == 1


def test_every_length_carries_its_unit():
    for described in (Planar, Stack, Interdigital, MeshSizes):
        plain = {name for name, unit in parameter_units(described).items() if unit is None}
        assert plain <= {"pairs", "domain", "insulated_top", "growth", "fill", "graded", "scale"}
    assert parameter_units(Planar)["device_area"] == "m^2"


def test_planform_edges_know_both_roles():
    planform = strips([("a", np.array([0.0, 1.0])), ("b", np.array([1.0, 3.0]))], np.array([0.0, 1.0]))
    edges, role, other = planform_edges(planform)
    between = (other >= 0) & (role != other)
    assert np.count_nonzero(between) == 1
    assert np.all(planform.points[edges[between], 0] == 1.0)
    assert np.count_nonzero(other < 0) == 6


def test_gmsh_is_left_as_it_was(gmsh_session):
    gmsh_session.model.add("mine")
    architecture, sizes = SHAPES["comb-one-pair"]
    architecture.build(sizes)
    assert gmsh_session.model.getCurrent() == "mine"
    assert "planform" not in gmsh_session.model.list()


def test_defaults_are_shown_once_resolved():
    cell = Interdigital(50 * UM, 40 * UM, 1 * UM)
    assert cell.length == pytest.approx(900 * UM)
    assert (cell.tip_gap, cell.bus_width) == (40 * UM, 50 * UM)
    assert Planar(gap=50 * UM).depth == Planar(gap=50 * UM).width == pytest.approx(5 * UM)
    assert DEFAULT == MeshSizes(None, None, None, None)
    assert cell.resolved_sizes(DEFAULT).growth == 1.4
