"""Compiled loops against NumPy and SciPy, and where their machine code is kept."""

import dataclasses
import os
import subprocess
import sys

import numpy as np
import pytest
from archode.geometry import GeometryError, MeshQualityError, quality, tetrahedra, topology
from archode.geometry.cache import cache_key, job_of
from archode.geometry.level_set.adjacency import CORNER_PAIRS, match_faces
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ..damages import flip, folder
from .cubes import box
from .shapes import SHAPES


def halves(centres):
    return np.where(centres[:, 2] < 0.5, "cathode", "electrolyte")


@pytest.fixture(scope="module")
def mesh():
    """A box of two regions, its inner points shaken and all of them numbered at random."""
    made, random = box((5, 6, 4), region=halves), np.random.default_rng(1)
    inner = np.all((made.points > 0) & (made.points < 1), axis=1) & (made.points[:, 2] != 0.5)
    points = made.points + inner[:, None] * random.uniform(-0.02, 0.02, made.points.shape)
    order = random.permutation(len(points))
    shuffled = np.empty_like(points)
    shuffled[order] = points
    return dataclasses.replace(made, points=shuffled, cells=order[made.cells], facets=order[made.facets])


def both(monkeypatch, action):
    """What NumPy and what the kernels make of the same."""
    monkeypatch.setattr(tetrahedra, "COMPILED_FROM", 10**9)
    plain = action()
    monkeypatch.setattr(tetrahedra, "COMPILED_FROM", 0)
    return plain, action()


def test_volumes_angles_and_ratios(mesh, monkeypatch):
    for measure in (tetrahedra.cell_volumes, quality.dihedral_angles, quality.radius_ratios):
        plain, compiled = both(monkeypatch, lambda measure=measure: measure(mesh.points, mesh.cells))
        assert compiled == pytest.approx(plain, rel=1e-12)
    from archode.geometry.kernels.cells import smallest_angles

    assert smallest_angles(mesh.points, mesh.cells) == pytest.approx(
        quality.dihedral_angles(mesh.points, mesh.cells).min(axis=1), rel=1e-12
    )


def test_faces_names_and_reports(mesh, monkeypatch):
    plain, compiled = both(monkeypatch, lambda: topology.faces_of(mesh.cells))
    assert np.array_equal(plain.corners, compiled.corners)
    assert np.array_equal(np.sort(plain.cells, axis=1), np.sort(compiled.cells, axis=1))
    assert np.array_equal(plain.exterior, compiled.exterior)
    tags = both(monkeypatch, lambda: topology.tags_of_faces(mesh, topology.faces_of(mesh.cells)))
    assert np.array_equal(*tags) and tags[0].any()
    one, other = both(monkeypatch, lambda: topology.verify(mesh))
    assert other["regions"].keys() == {"cathode", "electrolyte"}
    for name, region in one["regions"].items():
        assert other["regions"][name]["volume_shares"] == pytest.approx(region["volume_shares"])
        assert other["regions"][name]["touches"] == region["touches"]
    assert {k: one[k] for k in one if k != "regions"} == {k: other[k] for k in other if k != "regions"}
    strange = dataclasses.replace(mesh, facets=mesh.facets[:, [0, 0, 1]])
    for size in (0, 10**9):
        monkeypatch.setattr(tetrahedra, "COMPILED_FROM", size)
        with pytest.raises(MeshQualityError, match="not faces of any cell"):
            topology.verify(strange)


def test_overlapping_cells_are_found(mesh, monkeypatch):
    twice = np.concatenate([mesh.cells, mesh.cells[:1], mesh.cells[:1]])
    with pytest.raises(GeometryError, match="more than two cells share a face"):
        match_faces(twice)
    monkeypatch.setattr(tetrahedra, "COMPILED_FROM", 0)
    with pytest.raises(MeshQualityError, match="4 faces belong to more than two cells"):
        topology.faces_of(twice)


def test_matched_faces_are_equal_and_the_others_single(mesh):
    faces = match_faces(mesh.cells)
    corners = np.sort(mesh.cells[:, [[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]]].reshape(-1, 3), axis=1)
    assert np.array_equal(corners[faces.inner[:, 0]], corners[faces.inner[:, 1]])
    _, counts = np.unique(corners, axis=0, return_counts=True)
    assert len(faces.inner) == np.count_nonzero(counts == 2) and len(faces.outer) == np.count_nonzero(counts == 1)
    for cell, corner in ((0, 0), (7, 2), (100, 3)):
        beyond = faces.beyond[cell, corner]
        shared = set(mesh.cells[cell]) - {mesh.cells[cell, corner]}
        assert beyond < 0 or shared <= set(mesh.cells[beyond])


def test_edges(mesh):
    from archode.geometry.kernels.faces import edges_of, unique_pairs

    pairs = mesh.cells[:, CORNER_PAIRS].reshape(-1, 2)
    expected, number = np.unique(np.sort(pairs, axis=1), axis=0, return_inverse=True)
    found, of_pair = unique_pairs(pairs, len(mesh.points))
    assert np.array_equal(found, expected) and np.array_equal(of_pair, number.ravel())
    assert np.array_equal(edges_of(mesh.cells, len(mesh.points)), expected)


def test_connected_components():
    from archode.geometry.kernels.pieces import connected, connected_within

    random = np.random.default_rng(3)
    links, phases = random.integers(0, 300, (220, 2)), random.integers(0, 2, 300)
    for found, kept in (
        (connected(links, 300), links),
        (connected_within(links, phases), links[phases[links[:, 0]] == phases[links[:, 1]]]),
    ):
        graph = coo_array((np.ones(len(kept)), tuple(kept.T)), shape=(300, 300))
        count, piece = connected_components(graph, directed=False)
        assert found[0] == count and np.array_equal(found[1], piece)


def test_sum_of_cosines():
    from archode.geometry.kernels.waves import sum_of_cosines

    random = np.random.default_rng(5)
    points, turns, offsets = random.normal(size=(1300, 3)), 5 * random.normal(size=(40, 3)), random.uniform(size=40)
    expected = np.cos(2 * np.pi * (points @ turns.T + offsets)).sum(axis=1)
    assert sum_of_cosines(points, turns, offsets) == pytest.approx(expected, abs=1e-11)


def test_bumps_far_and_near():
    from archode.geometry.level_set.necks import Bumps

    random = np.random.default_rng(6)
    centres, heights = random.uniform(size=(200, 3)), random.uniform(size=200)
    points = random.uniform(-0.3, 1.3, (3000, 3))
    squares = np.sum((points[:, None] - centres) ** 2, axis=2) / 0.11**2
    expected = np.max(heights * np.maximum(1 - squares, 0) ** 2, axis=1)
    assert 0.1 < np.mean(expected > 0) < 0.5
    assert Bumps(centres, heights, 0.11).values(points) == pytest.approx(expected, abs=1e-14)


CALL = """
import numpy as np
from archode.geometry.kernels.corners import corners_in
print(corners_in(np.array([[0, 1, 2, 3]]), np.array([True, False, True, True])))
print(sum(corners_in.stats.cache_hits.values()))
"""


def called(cache):
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"} | {"ARCHODE_CACHE": str(cache)}
    return subprocess.run([sys.executable, "-c", CALL], capture_output=True, text=True, check=True, env=environment)


def test_machine_code_is_kept(tmp_path):
    assert called(tmp_path).stdout.split() == ["[3]", "0"]
    assert called(tmp_path).stdout.split() == ["[3]", "1"]


def test_kernels_work_where_nothing_can_be_kept():
    done = called("/dev/null/archode")
    assert done.stdout.split() == ["[3]", "0"]
    assert "set ARCHODE_CACHE" in done.stderr


def test_threads_belong_to_what_shapes_a_mesh(monkeypatch):
    architecture, sizes = SHAPES["cell"]
    keys = set()
    for threads in ("1", "2"):
        monkeypatch.setenv("ARCHODE_MESH_THREADS", threads)
        keys.add(cache_key(job_of(architecture, sizes)))
    monkeypatch.delenv("ARCHODE_MESH_THREADS")
    assert cache_key(job_of(architecture, sizes)) in keys and len(keys) == 2
    monkeypatch.setenv("ARCHODE_MESH_THREADS", "many")
    with pytest.raises(GeometryError, match="ARCHODE_MESH_THREADS must be a positive whole number, not 'many'"):
        job_of(architecture, sizes)


def test_damaged_machine_code_is_dropped(tmp_path, caplog):
    """Numba would run it, or end in whatever its index makes of it."""
    from archode.geometry.kernels.compiling import DIGESTS, drop_damaged, keep_digests

    for name in ("one.nbi", "one.1.nbc", "two.nbi", "three.nbi"):
        (tmp_path / name).write_bytes(name.encode() * 10)
    keep_digests(tmp_path)
    drop_damaged(tmp_path)
    assert len(list(tmp_path.iterdir())) == 5 and not caplog.records
    flip(tmp_path / "one.1.nbc")
    folder(tmp_path / "two.nbi")
    (tmp_path / "three.nbi").unlink()
    drop_damaged(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [DIGESTS, "one.nbi"]
    assert [record.message for record in caplog.records] == [
        f"machine code of the mesher's loops is damaged and compiled again: {tmp_path}"
    ]
    # Whose digests are damaged, nothing is known.
    flip(tmp_path / DIGESTS)
    drop_damaged(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["one.nbi"]
    keep_digests(tmp_path)
    assert (tmp_path / DIGESTS).is_file()
