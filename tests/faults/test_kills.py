"""Runs that are killed at any moment: with ``--resume`` they end like one that was left alone, to 1e-10."""

import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from ..mpi.launch import MPIEXEC, ONE_JOB, needs_mpiexec
from ..studies.tiny import TINY
from .program import (
    FORBIDDEN,
    archode,
    assert_in_order,
    assert_same_results,
    end_all,
    started,
    study_in,
    summary_of,
    wait_until_it_listens,
)

pytestmark = pytest.mark.faults

KILLS = 50
SEED = int(os.environ.get("ARCHODE_FAULTS_SEED", "16"))
SIGNALS = (signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

#: With a picture, a companion run and a report, so that these are hit too.
STUDY = TINY.replace("figures: false", "figures: [voltage_time]").replace("errors: false", "errors: true")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that was left alone, and how long it took [s]."""
    folder = tmp_path_factory.mktemp("whole")
    study = study_in(folder, STUDY)
    code, told = archode("run", study, "--out", folder)
    assert code == 0, told
    # Once more with everything compiled, for the time.
    begun = time.monotonic()
    archode("run", study, "--out", folder, "--overwrite")
    return folder / "tiny" / "base", time.monotonic() - begun


def killed(process, number, delay):
    """Send a signal after a while; the exit code and what was said."""
    try:
        wait_until_it_listens(process, number if number != signal.SIGKILL else signal.SIGTERM)
        time.sleep(delay)
        process.send_signal(number)
        told = process.communicate(timeout=300)[1]
    finally:
        end_all(process)
    assert_in_order(told)
    return process.returncode, told


def moments(count):
    """Signals and when to send them, as shares of a run; every fifth run begins with empty caches."""
    chance = random.Random(SEED)
    return [(SIGNALS[k % len(SIGNALS)], chance.random(), k % 5 == 4) for k in range(count)]


@pytest.mark.parametrize("group", range(10))
def test_a_kill_at_any_moment_loses_nothing(group, whole, tmp_path):
    """Ten groups of five kills, so that several workers share them."""
    finished, seconds = whole
    for k, (number, share, cold) in list(enumerate(moments(KILLS)))[group::10]:
        out = tmp_path / str(k)
        out.mkdir()
        study = study_in(out, STUDY)
        foreign = out / "mine.txt"
        foreign.write_text("mine")
        # Without caches, meshing and compiling come first.
        caches = {"ARCHODE_CACHE": str(out / "cache"), "XDG_CACHE_HOME": str(out / "cache")} if cold else {}
        process = started("run", study, "--out", out / "results", environment=caches)
        code, told = killed(process, number, share * seconds * (2 if cold else 1))
        assert code in ((0, -signal.SIGKILL) if number == signal.SIGKILL else (0, 130)), (number, told)
        if code == 130:
            assert "interrupted" in told
        code, told = archode("run", study, "--out", out / "results", "--resume", environment=caches)
        assert code == 0, told
        assert_same_results(out / "results" / "tiny" / "base", finished)
        assert foreign.read_text() == "mine"
        # What was cut short is cleared away.
        assert not list(out.rglob("*.part")) and not list(out.rglob(".building-*/mesh.msh"))
        shutil.rmtree(out)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.7])
def test_a_kill_while_results_are_replaced_keeps_the_old_ones_or_the_new(share, whole, tmp_path):
    """Another run in the same folder, killed: old results are there until the new ones stand, and never a mixture."""
    finished, seconds = whole
    out = tmp_path / "results"
    shutil.copytree(finished.parents[1] / "tiny", out / "tiny")
    old = summary_of(out / "tiny" / "base")["fingerprint"]
    study = study_in(tmp_path, STUDY)
    change = ["--set", "protocol.0.charge=12 C"]
    killed(started("run", study, "--out", out, *change), signal.SIGKILL, share * seconds)
    base = out / "tiny" / "base"
    places = (base, base / "set_aside", base / ".moving", base / "previous")
    assert old in [summary_of(place).get("fingerprint") for place in places if (place / "summary.json").exists()]
    # The next run puts things right, and the old results are where they belong.
    code, told = archode("run", study, "--out", out, *change)
    assert code == 0, told
    assert summary_of(base)["fingerprint"] != old and summary_of(base / "previous")["fingerprint"] == old
    assert {path.name for path in base.iterdir() if path.is_dir()} == {"previous", "figures"}


@needs_mpiexec
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
def test_one_of_two_ranks_that_is_killed_ends_both(number, whole, tmp_path):
    finished, _ = whole
    study = study_in(tmp_path, STUDY)
    with ONE_JOB:
        process = started("run", study, "--out", tmp_path, before=(str(MPIEXEC), "-n", "2"))
        try:
            ranks = []
            for _ in range(600):
                ranks = children(process.pid, "archode.studies.cli")
                if len(ranks) == 2 and (tmp_path / "tiny" / "base" / "timeseries.csv").exists():
                    break
                time.sleep(0.05)
            os.kill(ranks[1], number)
            told = process.communicate(timeout=120)[1]
        finally:
            end_all(process)
    assert not any(word in told for word in FORBIDDEN), told
    assert process.returncode != 0
    if number == signal.SIGTERM:
        assert process.returncode == 130 and "interrupted" in told
    code, told = archode("run", study, "--out", tmp_path, "--resume")
    assert code == 0, told
    assert_same_results(tmp_path / "tiny" / "base", finished)


def children(parent, word):
    """Numbers of the Python processes below one, whoever started them, whose command holds a word."""
    parents, commands = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            commands[int(folder.name)] = (folder / "cmdline").read_bytes().decode().split("\0")
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ProcessLookupError):
            continue
    below = {parent}
    while more := {one for one, above in parents.items() if above in below} - below:
        below |= more
    return sorted(one for one in below if word in commands.get(one, ()) and commands[one][0] == sys.executable)


def test_a_second_signal_ends_at_once(tmp_path):
    study = study_in(tmp_path, TINY.replace("linear: direct", "linear: direct, max_step: 1 ms"))
    process = started("run", study, "--out", tmp_path)
    try:
        for _ in range(600):
            if (tmp_path / "tiny" / "base" / "timeseries.csv").exists():
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        told = process.communicate(timeout=60)[1]
    finally:
        end_all(process)
    assert_in_order(told)
    assert process.returncode == 130


def test_what_nohup_ignores_goes_on(tmp_path):
    study = study_in(tmp_path)
    process = started("run", study, "--out", tmp_path, before=("nohup",))
    try:
        wait_until_it_listens(process, signal.SIGTERM)
        process.send_signal(signal.SIGHUP)
        told = process.communicate(timeout=300)[1]
    finally:
        end_all(process)
    assert process.returncode == 0, told


def test_a_mesh_is_not_built_on_by_nobody(tmp_path):
    """The process that builds a mesh dies with the run that asked for it."""
    study = study_in(tmp_path, TINY.replace("width: 4 um", "width: 300 um"))
    process = started("run", study, "--out", tmp_path, environment={"ARCHODE_CACHE": str(tmp_path / "cache")})
    try:
        builders = []
        for _ in range(600):
            builders = children(process.pid, "archode.geometry.worker")
            if builders or process.poll() is not None:
                break
            time.sleep(0.02)
        process.kill()
        process.wait(60)
        for _ in range(400):
            if not (left := [one for one in builders if alive(one)]):
                break
            time.sleep(0.05)
    finally:
        end_all(process)
    assert builders and not left


def alive(number):
    """Whether a process is at work: one that has ended may still be listed until somebody asks for its end."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
