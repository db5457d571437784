"""Meshes from files of other programs, and meshes written for them."""

import dataclasses

import meshio
import numpy as np
import pytest
from archode.geometry import ARCHITECTURES, GeometryError, mesh_file
from archode.geometry.cache import cache_key, job_of
from archode.geometry.formats import export, read_built, read_tetrahedra
from archode.geometry.sizing import MeshSizes

UM = 1e-6
File = ARCHITECTURES["file"]
STACK = ARCHITECTURES["stack"](10 * UM, 4 * UM, collector_thickness=2 * UM, width=6 * UM)
SIZES = MeshSizes(size=3 * UM, interface_size=2 * UM, film_size=1 * UM)
TAGS = {"electrolyte": 1, "cathode": 3, "cathode_collector": 5}
PLANES = {"anode_surface": "z+", "cathode_contact": "z-"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    file = mesh_file(STACK, SIZES, cache_dir=tmp_path_factory.mktemp("meshes"))
    return file, read_built(file.path)


def volumes_and_areas(file):
    return file.report["volumes"], {k: v for k, v in file.report["areas"].items() if k != "outer"}


@pytest.mark.parametrize("suffix", [".msh", ".vtu", ".xdmf", ".mesh"])
def test_an_exported_mesh_reads_back_as_the_same_cell(stack, suffix, tmp_path):
    file, mesh = stack
    export(mesh, path := tmp_path / f"stack{suffix}")
    again = mesh_file(File(str(path), TAGS, PLANES), cache_dir=tmp_path)
    for found, expected in zip(volumes_and_areas(again), volumes_and_areas(file), strict=True):
        assert found == pytest.approx(expected, rel=1e-9)
    assert not list(tmp_path.glob(".writing*"))


def test_groups_may_be_named(stack, tmp_path):
    """Gmsh's physical groups by name, facets by the tags in the file, another unit of length."""
    _, mesh = stack
    export(mesh, path := tmp_path / "stack.msh")
    tags = {name: [name] for name in TAGS}
    boundaries = {"anode_surface": ["anode_surface"], "cathode_contact": 14}
    file = File(str(path), tags, boundaries, length_unit=1e-3, device_area=1.0)
    assert file.areas()["cathode_contact"] == pytest.approx((6e-3) ** 2, rel=1e-9)
    assert file.volumes()["electrolyte"] == pytest.approx((6e-3) ** 2 * 10e-3, rel=1e-9)
    assert file.footprint_area == pytest.approx((6e-3) ** 2, rel=1e-9)
    assert file.multiplicity == pytest.approx(1 / (6e-3) ** 2)


def test_cells_without_a_region_are_left_out(stack, tmp_path):
    _, mesh = stack
    export(mesh, path := tmp_path / "stack.vtu")
    bare = File(str(path), {"electrolyte": 1}, {"anode_surface": "z+", "cathode_surface": "z-"})
    assert bare.volumes() == pytest.approx({"electrolyte": 36 * UM**2 * 10 * UM}, rel=1e-9)
    assert bare.areas()["cathode_surface"] == pytest.approx(36 * UM**2, rel=1e-9)


def test_the_cache_knows_the_files_content(stack, tmp_path):
    _, mesh = stack
    keys = []
    for scale in (1.0, 1.5):
        export(mesh, path := tmp_path / "stack.msh")
        other = meshio.read(path)
        other.points *= scale
        other.write(path, file_format="gmsh22", binary=True)
        keys.append(cache_key(job_of(File(str(path), TAGS, PLANES), MeshSizes())))
    assert keys[0] != keys[1]


def test_the_cache_knows_what_stands_beside_the_file(stack, tmp_path):
    """The numbers of an XDMF file are in an HDF5 file of their own."""
    _, mesh = stack
    keys, places = [], []
    for scale in (1.0, 1.5):
        export(dataclasses.replace(mesh, points=scale * mesh.points), path := tmp_path / "stack.xdmf")
        file = File(str(path), TAGS, PLANES)
        keys.append(cache_key(job_of(file, MeshSizes())))
        places.append((path.read_text(encoding="utf-8"), file.volumes()["electrolyte"]))
    assert places[0][0] == places[1][0] and places[1][1] == pytest.approx(1.5**3 * places[0][1])
    assert keys[0] != keys[1]


def with_families(mesh, path):
    """A MED file whose cells belong to families, and these to groups: that of the anode's side to two."""
    med = meshio.Mesh(mesh.points, [("tetra", mesh.cells), ("triangle", mesh.facets)])
    med.cell_data = {"cell_tags": [-mesh.cell_tags, -100 - mesh.facet_tags]}
    med.cell_tags = {-tag: [name, "all"] for name, tag in TAGS.items()}
    med.cell_tags |= {-100 - tag: [f"facets {tag}"] for tag in np.unique(mesh.facet_tags)}
    med.write(path)
    return str(path)


def test_groups_of_a_med_file_may_be_named(stack, tmp_path):
    file, mesh = stack
    path = with_families(mesh, tmp_path / "stack.med")
    again = File(path, {name: name for name in TAGS}, {"anode_surface": "z+", "cathode_contact": "facets 14"})
    assert again.volumes() == pytest.approx({name: file.report["volumes"][name] for name in TAGS}, rel=1e-9)
    assert again.areas()["cathode_contact"] == pytest.approx(file.report["areas"]["cathode_contact"], rel=1e-9)
    with pytest.raises(GeometryError, match="no cells of tag 'lyte'"):
        File(path, {"electrolyte": "lyte"}, PLANES)


def test_fields_of_a_med_file_may_be_tags(stack, tmp_path):
    """Whoever has no groups writes tags as a field of whole numbers."""
    file, mesh = stack
    tags = {"gmsh:physical": [mesh.cell_tags, mesh.facet_tags]}
    meshio.Mesh(mesh.points, [("tetra", mesh.cells), ("triangle", mesh.facets)], cell_data=tags).write(
        tmp_path / "stack.med"
    )
    again = File(str(tmp_path / "stack.med"), TAGS, PLANES)
    assert again.volumes() == pytest.approx({name: file.report["volumes"][name] for name in TAGS}, rel=1e-9)


def test_inverted_cells_are_turned(stack, tmp_path):
    _, mesh = stack
    turned = meshio.Mesh(mesh.points, [("tetra", mesh.cells[:, [1, 0, 2, 3]])], cell_data={"tag": [mesh.cell_tags]})
    turned.write(tmp_path / "turned.vtu")
    assert File(str(tmp_path / "turned.vtu"), TAGS, PLANES).volumes()["electrolyte"] > 0


def test_bent_sides_of_quadratic_cells_are_told(tmp_path):
    """Their corners alone are kept: straight sides lose nothing."""
    corners = np.vstack([np.zeros(3), np.eye(3)])
    pairs = [(0, 1), (1, 2), (0, 2), (0, 3), (1, 3), (2, 3)]
    middles = np.array([(corners[a] + corners[b]) / 2 for a, b in pairs])
    for bend, said in ((0.0, 0), (0.05, 1)):
        points = np.vstack([corners, middles + np.array([bend, 0, 0])])
        meshio.Mesh(points, [("tetra10", [np.arange(10)])], cell_data={"tag": [np.array([1])]}).write(
            path := tmp_path / "quadratic.vtu"
        )
        assert len(read_tetrahedra(path).warnings) == said
    report = mesh_file(File(str(path), {"electrolyte": 1}, {}), cache_dir=tmp_path).report
    assert report["volumes"]["electrolyte"] == pytest.approx(UM**3 / 6, rel=1e-9)
    assert "are bent, by up to" in report["warnings"][0]


def text(path):
    path.write_text("nonsense")
    return str(path)


def small(path, cells=((0, 1, 2, 3),), kind="tetra", data=None, points=None):
    points = np.vstack([np.zeros(3), np.eye(3)]) if points is None else points
    meshio.Mesh(points, [(kind, np.array(cells))], cell_data=data or {}).write(path)
    return str(path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: str(folder / "none.vtu"), "does not exist"),
        (lambda folder: text(folder / "x.vtu"), "cannot be read as a mesh"),
        (lambda folder: text(folder / "x.docx"), "cannot be read as a mesh"),
        (lambda folder: small(folder / "a.vtu", [(0, 1, 2)], "triangle"), "holds no tetrahedra, only triangle"),
        (
            lambda folder: small(folder / "a.vtu", data={"one": [np.array([1])], "two": [np.array([2])]}),
            "several candidates for tags; choose tag_data among",
        ),
        (
            lambda folder: small(folder / "a.vtu", data={"tag": [np.array([7])]}),
            r"no cells of tag 1; it has 7",
        ),
        (
            lambda folder: small(folder / "a.vtu", data={"tag": [np.array([1])]}, points=np.zeros((4, 3))),
            "1 tetrahedra without volume",
        ),
        (
            lambda folder: small(folder / "a.vtu", data={"tag": [np.array([1])]}, points=np.full((4, 3), np.nan)),
            "finite",
        ),
    ],
)
def test_unusable_files_are_explained(make, message, tmp_path):
    with pytest.raises(GeometryError, match=message):
        File(make(tmp_path), {"electrolyte": 1}, {})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tags": {"separater": 1}}, "tags names 'separater', which is none of electrolyte"),
        ({"tags": {"anode": 2}}, "must name the cells of the electrolyte"),
        ({"boundaries": {"top": "z+"}}, "boundaries names 'top'"),
        ({"boundaries": {"anode_surface": 99}}, r"no facets of tag 99"),
        ({"tags": {"electrolyte": 1, "cathode": [1, 3]}}, "cells of tag 1 to two regions"),
        ({"length_unit": -1.0}, "length_unit must be positive"),
        ({"tag_data": "colour"}, "no cell data 'colour'"),
    ],
)
def test_maps_that_do_not_fit_are_explained(stack, changes, message, tmp_path):
    export(stack[1], path := tmp_path / "stack.msh")
    with pytest.raises(GeometryError, match=message):
        File(**({"path": str(path), "tags": TAGS, "boundaries": PLANES} | changes))


def test_an_unknown_suffix_leaves_nothing_behind(stack, tmp_path):
    with pytest.raises(GeometryError, match=r"choose a suffix such as \.msh"):
        export(stack[1], tmp_path / "stack.docx")
    assert list(tmp_path.iterdir()) == []


def test_reading_keeps_the_facets_of_the_file(stack):
    file, mesh = stack
    read = read_tetrahedra(file.path)
    assert len(read.cells) == len(mesh.cells) == file.report["cells"]
    assert len(read.facets_of("cathode_contact")) > 0
