"""Faults of the machine: each is named with its path and cause, ends with exit code 4, and destroys nothing."""

import errno
import fcntl
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import h5py
import pytest
from archode.geometry.machine import CAUSES, MachineError, machine_fault
from archode.geometry.whole_file import whole_file
from archode.geometry.worker import raise_fault
from archode.studies.exit_codes import ExitCode
from archode.studies.folder_lock import FolderLock, require_free

from ..mpi.launch import MPIEXEC, ONE_JOB, needs_mpiexec
from ..studies.tiny import LONG, TINY, TWO_RATES
from .program import archode, assert_in_order, assert_same_results, end_all, listing, started, study_in, summary_of

pytestmark = pytest.mark.faults

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may do everything")


@pytest.fixture
def small_disk(tmp_path):
    """Makes a file system of so many kilobytes."""
    mounted = []

    def make(size):
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(folder)]
        if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
            pytest.skip("a small disk needs root that may mount")
        mounted.append(folder)
        return folder

    yield make
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def kilobytes(folder):
    """What a folder's files take in whole pages."""
    return sum(-(-file.stat().st_size // 4096) * 4 for file in folder.rglob("*") if file.is_file())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A study, and results of it."""
    folder = tmp_path_factory.mktemp("whole")
    study = study_in(folder)
    code, told = archode("run", study, "--out", folder)
    assert code == 0, told
    return study, folder / "tiny" / "base"


# ---------------------------------------------------------------------- disk
@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5, 0.8])
def test_a_full_disk(share, whole, small_disk):
    """Wherever the space ends: one message, nothing half written, and the run goes on when there is room."""
    study, finished = whole
    disk = small_disk(max(round(share * kilobytes(finished)), 8))
    code, told = archode("run", study, "--out", disk)
    lines = told.strip().splitlines()
    assert code == ExitCode.MACHINE, told
    assert lines[-1].startswith(f"error: {disk}") and "no space is left on the device" in lines[-1]
    assert not list(disk.rglob("*.part"))
    base = disk / "tiny" / "base"
    for file in base.glob("*.h5"):
        with h5py.File(file):
            pass
    for file in base.glob("*.json"):
        json.loads(file.read_text())
    subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
    code, told = archode("run", study, "--out", disk, "--resume")
    assert code == 0, told
    assert_same_results(base, finished)


def test_a_full_disk_keeps_the_results_before(whole, small_disk):
    study, finished = whole
    disk = small_disk(kilobytes(finished) + 60)
    shutil.copytree(finished, disk / "tiny" / "base")
    old = listing(disk / "tiny" / "base")
    code, told = archode("run", study, "--out", disk, "--set", "protocol.0.charge=12 C")
    assert code == ExitCode.MACHINE, told
    kept = disk / "tiny" / "base" / "previous"
    if not kept.exists():
        kept = disk / "tiny" / "base"
    assert [*listing(kept).values()] == [*old.values()]


def test_a_full_disk_for_caches(whole, small_disk):
    study, _ = whole
    for name in ("ARCHODE_CACHE", "XDG_CACHE_HOME"):
        disk = small_disk(4)
        code, told = archode("run", study, "--out", disk.parent, "--overwrite", environment={name: str(disk)})
        assert code == ExitCode.MACHINE, told
        assert "no space is left on the device" in told.strip().splitlines()[-1]


@needs_mpiexec
def test_a_full_disk_of_one_rank_ends_all(whole, small_disk):
    study, _ = whole
    disk = small_disk(60)
    with ONE_JOB:
        code, told = archode("run", study, "--out", disk, before=(str(MPIEXEC), "-n", "2"))
    assert code == ExitCode.MACHINE, told
    assert told.count("no space is left on the device") == 1


@as_root
def test_a_disk_that_is_read_only(whole, small_disk):
    study, _ = whole
    disk = small_disk(100)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    code, told = archode("run", study, "--out", disk)
    assert code == ExitCode.MACHINE
    assert told == f"error: {disk}: the file system is read-only; choose another folder\n"


@as_user
def test_a_folder_without_permission(whole, tmp_path):
    study, _ = whole
    (tmp_path / "closed").mkdir(mode=0o555)
    code, told = archode("run", study, "--out", tmp_path / "closed")
    assert code == ExitCode.MACHINE and "permission denied" in told


def under_way(study, out, *arguments, **ways):
    """A long run in its time loop, and its case's folder."""
    process = started("run", study, "--out", out, *arguments, **ways)
    base = Path(out) / "tiny" / "base"
    for _ in range(1200):
        if (base / "timeseries.csv").exists() or process.poll() is not None:
            return process, base
        time.sleep(0.05)
    end_all(process)
    raise AssertionError("it did not begin")


@pytest.mark.parametrize("moved", [False, True], ids=["removed", "moved"])
def test_a_folder_that_vanishes(moved, tmp_path):
    study = study_in(tmp_path, LONG)
    process, base = under_way(study, tmp_path / "out")
    try:
        os.replace(tmp_path / "out", tmp_path / "elsewhere")
        if not moved:
            shutil.rmtree(tmp_path / "elsewhere", ignore_errors=True)
        told = process.communicate(timeout=120)[1]
    finally:
        end_all(process)
    assert_in_order(told)
    assert process.returncode == ExitCode.MACHINE, told
    assert told.strip().splitlines()[-1].startswith(f"error: {base}") and "it is not there" in told


# ---------------------------------------------------------------------- memory
def test_out_of_memory(whole, tmp_path):
    """An address space that ends at many places: never a traceback, and code 4 where Python is told."""
    study, _ = whole
    ended = set()
    for share in (1.5e6, 2e6, 2.5e6):
        limit = ("bash", "-c", f'ulimit -v {int(share)}; exec "$@"', "limited")
        process = started("run", study, "--out", tmp_path, before=limit)
        told = process.communicate(timeout=300)[1]
        ended.add(process.returncode)
        assert "internal error" not in told, told
    assert ended <= {0, int(ExitCode.MACHINE)} | {-n for n in range(1, 32)} | {127, 134, 137, 139}


def test_a_mesher_that_the_system_kills_is_named():
    killed = subprocess.run(["bash", "-c", "kill -9 $$"], capture_output=True, text=True)
    with pytest.raises(MachineError, match=r"building the mesh .* killed, most likely by the system because memory"):
        raise_fault("building the mesh of stack", killed)
    words = subprocess.CompletedProcess([], 1, "", "Traceback\nnumpy._core._exceptions._ArrayMemoryError: 3 GiB")
    with pytest.raises(MachineError, match="ran out of memory"):
        raise_fault("building the mesh of stack", words)
    words = subprocess.CompletedProcess([], 1, "", "OSError: [Errno 28] No space left on device: '/x/mesh.msh'")
    with pytest.raises(OSError) as raised:
        raise_fault("building the mesh of stack", words)
    assert raised.value.errno == errno.ENOSPC
    raise_fault("building the mesh of stack", subprocess.CompletedProcess([], 1, "", "ValueError: no mesh"))


def test_the_other_cases_go_on_where_memory_was_too_small_for_one(tmp_path, monkeypatch, capsys):
    from archode.geometry import mesh_file
    from archode.studies.cli import main

    def killed(architecture, sizes, comm):
        if architecture.cathode_thickness > 0.6e-6:
            raise MachineError("building the mesh of stack was killed")
        return mesh_file(architecture, sizes, comm)

    monkeypatch.setattr("archode.studies.cell.mesh_file", killed)
    study = study_in(tmp_path, TINY + "\nsweep: {geometry.cathode_thickness: [1 um, 0.5 um]}\n")
    assert main(["run", str(study), "--out", str(tmp_path)]) == ExitCode.MACHINE
    assert "cathode_thickness=1um: building the mesh of stack was killed" in capsys.readouterr().err
    cases = {name: summary_of(tmp_path / "tiny" / f"cathode_thickness={name}")["status"] for name in ("1um", "0.5um")}
    assert cases == {"1um": "machine", "0.5um": "done"}


# ---------------------------------------------------------------------- every kind of error
@pytest.mark.parametrize("number", sorted(CAUSES), ids=lambda n: errno.errorcode[n])
def test_every_system_error_names_path_and_cause(number):
    told = machine_fault(OSError(number, os.strerror(number), "/results/tiny/base/restart.h5.part"))
    if number == errno.ENOMEM:
        assert told.startswith("out of memory; try coarser meshes")
    else:
        assert told == "/results/tiny/base/restart.h5: {}; {}".format(*CAUSES[number])


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("Can't decrement id ref count (file write failed: filename = '/d/a.h5', errno = 28, …)"),
        OSError("Unable to synchronously create file (unable to open file: name = '/d/a.h5', errno = 28)"),
        RuntimeError("HDF5-DIAG: ... No space left on device"),
        Exception("Gmsh: write failed: No space left on device"),
    ],
)
def test_errors_of_libraries_are_known_by_what_they_quote(error):
    assert "no space is left on the device" in machine_fault(error)


def test_a_bug_is_not_the_machine():
    for error in (ValueError("wrong"), KeyError("errno"), ZeroDivisionError("division by zero"), OSError("truncated")):
        assert machine_fault(error) is None
    assert "out of memory" in machine_fault(MemoryError("std::bad_alloc"))


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a"
    path.write_text("before")
    with pytest.raises(KeyError), whole_file(path) as name:
        name.write_text("half")
        raise KeyError
    assert path.read_text() == "before" and [p.name for p in tmp_path.iterdir()] == ["a"]
    with pytest.raises(OSError) as raised, whole_file(path):
        raise OSError(errno.EDQUOT, "over")
    assert raised.value.filename == str(path) and raised.value.errno == errno.EDQUOT


# ---------------------------------------------------------------------- links
@pytest.mark.parametrize("what", ["case", "study", "figures", "log", "restart", "dangling"])
def test_links_are_not_followed_out_of_the_results(what, whole, tmp_path):
    study, finished = whole
    foreign, out = tmp_path / "foreign", tmp_path / "out"
    shutil.copytree(finished, foreign / "base")
    (foreign / "base" / "figures").mkdir()
    (foreign / "base" / "figures" / "mine.png").write_text("mine")
    before = listing(foreign)
    base = out / "tiny" / "base"
    base.parent.mkdir(parents=True)
    if what == "study":
        base.parent.rmdir()
        base.parent.symlink_to(foreign)
    elif what in ("case", "dangling"):
        base.symlink_to(foreign / "base" if what == "case" else tmp_path / "nowhere")
    else:
        base.mkdir()
        name = {"figures": "figures", "log": "run.log", "restart": "restart.h5"}[what]
        (base / name).symlink_to(foreign / "base" / name)
    for resume in ([], ["--resume"]):
        code, told = archode("run", study, "--out", out, *resume)
        assert code == ExitCode.MACHINE and "is a symbolic link to" in told and "choose another --out" in told
        assert listing(foreign) == before
    if what in ("case", "study", "figures"):
        code, told = archode("mesh", study, "--out", out)
        assert code == ExitCode.MACHINE and listing(foreign) == before, told


def test_a_half_written_file_may_be_a_link(tmp_path):
    (tmp_path / "foreign").write_text("mine")
    (tmp_path / "a.part").symlink_to("foreign")
    with whole_file(tmp_path / "a") as name:
        name.write_text("new")
    assert (tmp_path / "foreign").read_text() == "mine" and (tmp_path / "a").read_text() == "new"


def test_the_results_folder_itself_may_be_a_link(whole, tmp_path):
    study, finished = whole
    (tmp_path / "scratch").mkdir()
    (tmp_path / "out").symlink_to("scratch")
    assert archode("run", study, "--out", tmp_path / "out")[0] == 0
    assert_same_results(tmp_path / "scratch" / "tiny" / "base", finished)
    (tmp_path / "lost").symlink_to("nowhere")
    code, told = archode("run", study, "--out", tmp_path / "lost")
    assert code == ExitCode.INPUT and "a symbolic link to nowhere, which is not there" in told


# ---------------------------------------------------------------------- two at once
def test_two_runs_in_one_folder(tmp_path):
    """The second names the first; when the first is killed its lock dies with it."""
    study = study_in(tmp_path, LONG)
    process, base = under_way(study, tmp_path)
    try:
        for resume in ([], ["--resume"], ["--overwrite"]):
            code, told = archode("run", study, "--out", tmp_path, *resume)
            assert code == ExitCode.MACHINE, told
            holder = f"another run is at work in this folder (on {os.uname().nodename}, process {process.pid}, since 2"
            assert told.startswith(f"error: {base}: {holder}")
        process.kill()
        process.wait(60)
    finally:
        end_all(process)
    short = ["--set", "solver.max_step=10 s"]
    code, told = archode("run", study, "--out", tmp_path, "--resume", *short)
    assert code == 0, told
    assert not (base / ".lock").exists()


def test_a_lock_is_taken_by_one_of_many(tmp_path):
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    first.acquire()
    with pytest.raises(MachineError, match=f"process {os.getpid()}"):
        second.acquire()
    with pytest.raises(MachineError):
        require_free(tmp_path)
    first.release()
    require_free(tmp_path)
    second.acquire()
    second.release()
    assert not list(tmp_path.iterdir())


def test_without_locks_a_run_goes_on_with_a_warning(tmp_path, monkeypatch, caplog):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    lock = FolderLock(tmp_path)
    lock.acquire()
    lock.release()
    assert "no locks on this file system" in caplog.text


def test_cases_of_one_study_may_run_side_by_side(tmp_path):
    study = study_in(tmp_path, TWO_RATES)
    jobs = [started("run", study, "--out", tmp_path, "--case", case) for case in ("charge=10C", "charge=20C")]
    for job in jobs:
        told = job.communicate(timeout=300)[1]
        assert job.returncode == 0, told
    rows = (tmp_path / "tiny" / "table.csv").read_text().splitlines()
    assert len(rows) == 3


# ---------------------------------------------------------------------- results before
def test_a_slip_destroys_nothing(whole, tmp_path):
    """A mesh that is refused, a first step that fails: the results before are as they were."""
    study, finished = whole
    base = tmp_path / "tiny" / "base"
    shutil.copytree(finished, base)
    before = listing(base)
    for slip in ("solver.newton_tolerance=1e-300", "protocol.0.charge=1e12 C"):
        code, told = archode("run", study, "--out", tmp_path, "--set", slip)
        assert code in (ExitCode.INPUT, ExitCode.SOLVER), (slip, told)
        assert listing(base) == before, slip


def test_results_are_kept_once(whole, tmp_path):
    study, finished = whole
    base = tmp_path / "tiny" / "base"
    shutil.copytree(finished, base)
    first = listing(base)
    short = ["--set", "protocol=[{rest: 1 s}]", "--set", "reference=[]"]
    assert archode("run", study, "--out", tmp_path, "--keep", *short)[0] == ExitCode.INPUT
    assert listing(base) == first
    assert archode("run", study, "--out", tmp_path, *short)[0] == 0
    assert [*listing(base / "previous").values()] == [*first.values()]
    second = summary_of(base)["fingerprint"]
    assert archode("run", study, "--out", tmp_path, "--overwrite")[0] == 0
    assert [*listing(base / "previous").values()] == [*first.values()]
    assert summary_of(base)["fingerprint"] != second
    assert not (base / "set_aside").exists()


# ---------------------------------------------------------------------- time
def test_a_time_limit_is_kept_and_gone_on_from(tmp_path):
    study = study_in(tmp_path, LONG)
    begun = time.monotonic()
    code, told = archode("run", study, "--out", tmp_path, "--time-limit", "12 s")
    spent = time.monotonic() - begun
    base = tmp_path / "tiny" / "base"
    assert code == ExitCode.INTERRUPTED, told
    assert "stopped before the time limit at t = " in told and spent < 20
    summary = summary_of(base)
    assert summary["status"] == "interrupted"
    assert not (base / "report.html").exists() and not (base / "figures").exists()
    assert archode("run", study, "--out", tmp_path, "--resume", "--set", "solver.max_step=10 s")[0] == 0


def test_a_time_limit_that_is_none(whole, tmp_path):
    study, _ = whole
    for limit in ("2 kg", "soon", "0 s"):
        code, told = archode("run", study, "--out", tmp_path, "--time-limit", limit)
        assert code == ExitCode.INPUT and told.startswith(f"error: --time-limit {limit}: "), told


def test_an_interrupt_that_python_drops_comes_again(capsys):
    """What is raised in the callback of a weak reference goes nowhere."""
    import signal
    import weakref

    from archode.studies.signals import Interruptions

    class Thing:
        pass

    with Interruptions() as interruptions:
        thing = Thing()
        reference = weakref.ref(thing, lambda _: (os.kill(os.getpid(), signal.SIGTERM), time.sleep(0.01)))
        with pytest.raises(KeyboardInterrupt):
            del thing
            time.sleep(5)
    assert reference() is None and interruptions.reason == "interrupted (SIGTERM)"
    assert "Traceback" not in capsys.readouterr().err
