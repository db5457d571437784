import dataclasses
import json

import numpy as np
import pytest
from archode.geometry import MeshQualityError, mesh_file
from archode.geometry.tags import BOUNDARIES, REGIONS
from archode.geometry.topology import faces_of, verify

from .cubes import box, tagged
from .shapes import SHAPES


def layers_and_an_island(centres):
    """Cathode below z = 1/4, and one brick of anode in the middle of the electrolyte above."""
    names = np.where(centres[:, 2] < 0.25, "cathode", "electrolyte")
    inner = np.all(np.abs(centres - [0.5, 0.5, 0.6]) < 0.2, axis=1)
    return np.where(inner, "anode", names)


@pytest.fixture(scope="module")
def layered():
    return box((6, 6, 8), region=layers_and_an_island)


def test_faces_of_two_tetrahedra():
    faces = faces_of(np.array([[0, 1, 2, 3], [1, 2, 3, 4]]))
    assert len(faces.corners) == 7 and np.count_nonzero(faces.exterior) == 6
    (shared,) = np.flatnonzero(~faces.exterior)
    assert faces.corners[shared].tolist() == [1, 2, 3]
    assert sorted(faces.cells[shared]) == [0, 1]


def test_large_point_numbers_give_the_same_faces(layered):
    small, large = faces_of(layered.cells), faces_of(layered.cells + 2**22)
    assert np.array_equal(small.corners + 2**22, large.corners)
    assert np.array_equal(small.cells, large.cells)


def test_a_sound_mesh_is_described(layered):
    report = verify(layered)
    assert json.loads(json.dumps(report)) == report
    # Two triangles per square of the box, three shared by each brick inside it.
    exterior = 2 * 2 * (6 * 6 + 6 * 8 + 6 * 8)
    assert report["faces"] == {
        "exterior": exterior,
        "interior": (4 * len(layered.cells) - exterior) // 2,
    }
    assert report["outer_surface"] == {"closed": True, "non_manifold_edges": 0}
    assert report["interfaces"].keys() == {"electrolyte|cathode", "electrolyte|anode"}
    assert report["interfaces"]["electrolyte|cathode"] == {
        "facets": 72,
        "boundaries": ["cathode_surface"],
        "open_edges": 0,
        "non_manifold_edges": 0,
    }
    cathode, anode, electrolyte = (report["regions"][name] for name in ("cathode", "anode", "electrolyte"))
    assert cathode["components"] == anode["components"] == electrolyte["components"] == 1
    assert cathode["touches"] == ["x-", "x+", "y-", "y+", "z-"]
    assert cathode["percolates"] == {"x": True, "y": True, "z": False}
    assert anode["touches"] == [] and not any(anode["percolates"].values())
    assert electrolyte["percolating_share"] == pytest.approx({"x": 1, "y": 1, "z": 0})


def test_components_and_percolation():
    """Five rods of anode along z: three whole, one with a gap."""
    centres = np.array([[0.3, 0.3], [0.3, 0.7], [0.7, 0.3], [0.7, 0.7]])

    def rods(x):
        distance = np.abs(x[:, None, :2] - centres).max(axis=2)
        inside = distance.min(axis=1) < 0.1
        cut = (distance.argmin(axis=1) == 3) & (x[:, 2] > 0.6) & (x[:, 2] < 0.8)
        return np.where(inside & ~cut, "anode", "electrolyte")

    anode = verify(box((10, 10, 5), region=rods))["regions"]["anode"]
    # Rods of volume 1, 1, 1 and 3/5 + 1/5.
    total = 3 + 4 / 5
    assert anode["volume_shares"] == pytest.approx([1 / total] * 3 + [0.6 / total, 0.2 / total])
    assert anode["percolating_share"] == pytest.approx({"x": 0, "y": 0, "z": 3 / total})
    assert anode["largest_touches"] == anode["touches"] == ["z-", "z+"]


def test_edges_where_a_surface_crosses_itself_are_counted():
    """A chequerboard of two by two columns: the middle line is shared by four facets all the way."""

    def chequered(x):
        return np.where((x[:, 0] < 0.5) == (x[:, 1] < 0.5), "anode", "electrolyte")

    report = verify(box((2, 2, 3), region=chequered))
    assert report["interfaces"]["electrolyte|anode"]["non_manifold_edges"] == 3
    assert report["regions"]["anode"]["components"] == 2


def test_an_interface_may_end_where_a_third_region_joins():
    def quarters(x):
        return np.where(x[:, 2] < 0.5, "cathode", np.where(x[:, 0] < 0.5, "anode", "electrolyte"))

    report = verify(box((4, 2, 4), region=quarters))
    assert all(surface["open_edges"] == 0 for surface in report["interfaces"].values())
    assert report["interfaces"]["anode|cathode"]["boundaries"] == []


@pytest.mark.parametrize("name", SHAPES)
def test_every_architecture_hangs_together(name, mesh_cache):
    report = mesh_file(*SHAPES[name], cache_dir=mesh_cache).report
    topology = report["topology"]
    assert report["warnings"] == []
    assert all(surface["non_manifold_edges"] == 0 for surface in topology["interfaces"].values())
    electrolyte = topology["regions"]["electrolyte"]
    assert electrolyte["components"] == 1 and electrolyte["percolates"]["y"]


def without(mesh, facets):
    return dataclasses.replace(
        mesh, facets=np.delete(mesh.facets, facets, axis=0), facet_tags=np.delete(mesh.facet_tags, facets)
    )


def test_an_unnamed_outer_face_is_refused(layered):
    outer = np.flatnonzero(layered.facet_tags == BOUNDARIES["outer"])
    with pytest.raises(MeshQualityError, match="3 of 528 faces of the outer surface have no name"):
        verify(without(layered, outer[:3]))


def test_an_unnamed_face_of_an_interface_is_refused(layered):
    surface = np.flatnonzero(layered.facet_tags == BOUNDARIES["cathode_surface"])
    with pytest.raises(MeshQualityError, match=r"1 of 72 faces between electrolyte and cathode .*current"):
        verify(without(layered, surface[5:6]))


def test_a_facet_that_is_no_face_is_refused(layered):
    facets = np.concatenate([layered.facets, [[0, 1, len(layered.points) - 1]]])
    stray = dataclasses.replace(layered, facets=facets, facet_tags=np.append(layered.facet_tags, 16))
    with pytest.raises(MeshQualityError, match=r"1 of \d+ named facets are not faces"):
        verify(stray)


def test_a_facet_with_two_names_is_refused(layered):
    both = dataclasses.replace(
        layered,
        facets=np.concatenate([layered.facets, layered.facets[:1]]),
        facet_tags=np.append(layered.facet_tags, BOUNDARIES["anode_contact"]),
    )
    with pytest.raises(MeshQualityError, match="two names"):
        verify(both)


def test_overlapping_cells_are_refused(layered):
    twice = np.concatenate([layered.cells, layered.cells[:1]])
    with pytest.raises(MeshQualityError, match="more than two cells"):
        verify(dataclasses.replace(layered, cells=twice, cell_tags=np.append(layered.cell_tags, 1)))


def test_a_cut_with_doubled_points_is_refused():
    """Two boxes that touch without sharing points: everything is named, yet nothing crosses the middle."""
    one = box((2, 2, 2))
    cells = np.concatenate([one.cells, one.cells + len(one.points)])
    points = np.concatenate([one.points, one.points + np.array([1.0, 0, 0])])
    torn = tagged(points, cells, np.full(len(cells), REGIONS["electrolyte"]))
    with pytest.raises(MeshQualityError, match="9 pairs of points coincide"):
        verify(torn)
