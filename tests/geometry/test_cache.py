import subprocess
import sys
from pathlib import Path

import pytest
from archode.geometry import GeometryError, MeshSizes, cache_directory, load_mesh, mesh_file
from archode.geometry.cache import cache_key, job_of
from archode.geometry.worker import run_worker

from ..damages import OF_ANY_FILE
from .shapes import SHAPES, UM, Planar, Stack

BUILD_AND_SHOW = """
import sys
from archode.geometry import ARCHITECTURES, MeshSizes, mesh_file
comb = ARCHITECTURES["interdigital"](1e-5, 1e-5, 1e-6, length=4e-5, pairs=2, domain="comb")
file = mesh_file(comb, MeshSizes(size=1e-5, interface_size=5e-6), cache_dir=sys.argv[1])
print(file.path, file.report["seconds"])
"""


@pytest.mark.parametrize("name", ["planar-one-film", "cell", "pair", "comb"])
def test_two_builds_are_identical(name, tmp_path):
    one, two = (mesh_file(*SHAPES[name], cache_dir=tmp_path / folder) for folder in ("one", "two"))
    assert one.path.read_bytes() == two.path.read_bytes()
    assert one.path.name == two.path.name


def test_a_second_call_finds_the_file(tmp_path, monkeypatch):
    built = mesh_file(Planar(gap=10 * UM), cache_dir=tmp_path)
    monkeypatch.setattr("archode.geometry.cache.run_worker", lambda job: pytest.fail("built again"))
    assert mesh_file(Planar(gap=10 * UM), MeshSizes(), cache_dir=tmp_path) == built
    # Spelling out the defaults does not make another mesh.
    full = Planar(gap=10 * UM).resolved_sizes(MeshSizes())
    assert mesh_file(Planar(gap=10 * UM, width=1 * UM), full, cache_dir=tmp_path) == built
    assert sorted(path.suffix for path in tmp_path.iterdir() if path.is_file()) == [".json", ".msh"]


def test_everything_that_shapes_the_mesh_is_in_the_key():
    def key(architecture, sizes=None):
        return cache_key(job_of(architecture, sizes or MeshSizes()))

    keys = {
        key(Planar(gap=10 * UM)),
        key(Planar(gap=11 * UM)),
        key(Planar(gap=10 * UM, cathode_thickness=1 * UM)),
        key(Planar(gap=10 * UM), MeshSizes(growth=1.3)),
        key(Planar(gap=10 * UM), MeshSizes(film_size=1e-9)),
        key(Planar(gap=10 * UM), MeshSizes(wall_size=1e-9)),
        key(Stack(electrolyte_thickness=10 * UM, cathode_thickness=0)),
    }
    assert len(keys) == 7


@pytest.mark.parametrize("suffix", [".msh", ".json"])
@pytest.mark.parametrize("damage", [*OF_ANY_FILE, "removed"])
def test_a_damaged_entry_is_built_again(damage, suffix, tmp_path, caplog):
    """A flipped bit in a cached mesh changed a voltage by 7.6 mV."""
    built = mesh_file(Planar(gap=10 * UM), cache_dir=tmp_path)
    content = built.path.read_bytes()
    (OF_ANY_FILE | {"removed": Path.unlink})[damage](built.path.with_suffix(suffix))
    again = mesh_file(Planar(gap=10 * UM), cache_dir=tmp_path)
    assert again.path.read_bytes() == content
    assert again.report | {"seconds": 0, "memory [MB]": 0} == built.report | {"seconds": 0, "memory [MB]": 0}
    told = [record.message for record in caplog.records]
    assert len(told) == (0 if (damage, suffix) == ("removed", ".msh") else 1)
    assert all("damaged and built again" in one and str(built.path) in one for one in told)
    assert mesh_file(Planar(gap=10 * UM), cache_dir=tmp_path) == again


def test_processes_may_build_the_same_mesh_at_once(tmp_path):
    command = [sys.executable, "-c", BUILD_AND_SHOW, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    shown = [process.communicate(timeout=900)[0].strip() for process in running]
    assert [process.returncode for process in running] == [0, 0]
    # The same time of building: one built, the other waited for it.
    assert shown[0] == shown[1]
    assert sorted(path.suffix for path in tmp_path.iterdir() if path.is_file()) == [".json", ".msh"]


def test_cache_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("ARCHODE_CACHE", str(tmp_path))
    assert cache_directory() == tmp_path / "meshes"
    monkeypatch.delenv("ARCHODE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_directory() == tmp_path / "archode" / "meshes"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_directory() == Path.home() / ".cache" / "archode" / "meshes"


def a_job(folder):
    job = job_of(Planar(gap=10 * UM), MeshSizes())
    return job | {"path": str(folder / "mesh.msh"), "report": str(folder / "mesh.json")}


def test_a_failing_worker_is_reported(tmp_path):
    job = a_job(tmp_path) | {"architecture": "sphere"}
    with pytest.raises(GeometryError, match=r"sphere ended with code 1(.|\n)*KeyError"):
        run_worker(job)


def test_an_impossible_job_is_reported_by_its_reason(tmp_path):
    job = a_job(tmp_path)
    job["parameters"]["gap"] = -1.0
    with pytest.raises(GeometryError, match=r"^planar: gap must be positive"):
        run_worker(job)


def test_a_slow_worker_is_given_up(tmp_path):
    with pytest.raises(GeometryError, match=r"longer than 0\.001 s"):
        run_worker(a_job(tmp_path), timeout=1e-3)


def test_a_launchers_environment_does_not_reach_the_worker(tmp_path, monkeypatch):
    monkeypatch.setenv("PMI_RANK", "0")
    monkeypatch.setenv("PMI_FD", "99")
    run_worker(a_job(tmp_path))
    assert (tmp_path / "mesh.msh").stat().st_size > 0


@pytest.mark.parametrize("content", [None, b"", b"$MeshFormat\nnonsense"])
def test_unreadable_files_are_named(content, tmp_path):
    from mpi4py import MPI

    path = tmp_path / "broken.msh"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(GeometryError, match=r"broken\.msh"):
        load_mesh(path, MPI.COMM_WORLD)
