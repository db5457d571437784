"""Random damages of result, restart and cache files: nothing is lost without a word, nothing is silently wrong.

A run is stopped, or ends; a file is damaged; the same command goes on. Either it ends as the run that nobody disturbed,
to 1e-10, or it says in one message what is damaged, with the exit code for wrong input, and leaves everything alone; of
a folder in the place of a file, with the exit code for the machine.
Of fields that are damaged the beginning is lost, which the summary says.
"""

import json
import random
import shutil
from pathlib import Path

import h5py
import numpy as np
import pandas
import pytest
from archode.studies.cli import main

from ..damages import OF_HDF5, cut, empty, flip, folder

pytestmark = pytest.mark.faults

STUDY = """
study: short
geometry: {architecture: stack, electrolyte_thickness: 10 um, cathode_thickness: 0.5 um, width: 4 um}
mesh: {size: 4 um, interface_size: 2 um, film_size: 0.25 um, growth: 2}
materials:
  electrolyte: LiPF6_ECDEC_1M
  anode: Li
  cathode: VOC1
  overrides: {cathode.diffusivity: 1e-14 m^2/s}
physics: {initial: {state_of_charge: 0.5}}
protocol:
  - {charge: 10 C, until: {time: 5 s}}
  - {discharge: 20 C, until: {time: 5 s}}
solver: {linear: direct, newton_tolerance: 1e-11}
output: {fields: 2, figures: false, report: false, errors: false, checkpoint_every: 6}
"""

#: Damages of each kind of a folder: runs that stopped, runs that are done, and caches.
STOPPED, DONE, CACHED = 50, 30, 20

RESULTS = (
    "study.yml", "provenance.json", "summary.json", "timeseries.csv", "timeseries.parquet", "steps.csv", "*.vtkhdf",
    "restart*.h5",
)  # fmt: skip


def archode_run(place, *more):
    """Exit code of the command in a folder that holds the study."""
    return main(["run", str(place / "study.yml"), "--out", str(place), "--quiet", *more])


def results(place):
    return place / "short" / "base"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Folders of a run that stopped after its first protocol step, and of one that nobody disturbed."""
    with pytest.MonkeyPatch.context() as patch:
        places = {}
        for name, steps, code in (("stopped", 20, 3), ("done", 100_000, 0)):
            places[name] = tmp_path_factory.mktemp(name)
            (places[name] / "study.yml").write_text(STUDY)
            patch.setenv("ARCHODE_CACHE", str(places[name] / "cache"))
            assert archode_run(places[name], "--set", f"solver.max_steps={steps}") == code
        return places


def overwrite(path, chance):
    """Some bytes of a file become others."""
    content = bytearray(path.read_bytes())
    begin = chance.randrange(len(content))
    content[begin : begin + 16] = chance.randbytes(min(16, len(content) - begin))
    path.write_bytes(content)


def damaged(candidates, chance):
    """Damage one of some files in a way; what was done, in words."""
    path = chance.choice(candidates)
    kinds = {
        "flipped bit": lambda: flip(path, chance.random(), 1 << chance.randrange(8)),
        "cut": lambda: cut(path, chance.random()),
        "emptied": lambda: empty(path),
        "folder": lambda: folder(path),
        "overwritten": lambda: overwrite(path, chance),
    }
    if path.suffix in (".h5", ".vtkhdf"):
        kinds |= {name: (lambda act=act: act(path)) for name, act in OF_HDF5.items() if name.startswith("changed")}
    name = chance.choice(sorted(kinds))
    kinds[name]()
    return f"{path.name}: {name}"


def content(place):
    return {path.relative_to(place): path.read_bytes() for path in results(place).rglob("*") if path.is_file()}


def assert_same_series(place, expected):
    mine, theirs = (pandas.read_csv(results(one) / "timeseries.csv") for one in (place, expected))
    assert len(mine) == len(theirs)
    for column in theirs.columns.drop(["kind", "newton_iterations", "linear_iterations"]):
        apart = np.abs(mine[column] - theirs[column]).max()
        assert not apart > 1e-10 * np.abs(theirs[column]).max(), (column, apart)
    pandas.testing.assert_frame_equal(pandas.read_parquet(results(place) / "timeseries.parquet"), mine)


def assert_same_steps(place, expected):
    mine, theirs = (json.loads((results(one) / "summary.json").read_text()) for one in (place, expected))
    assert mine["status"] == "done"
    for one, other in zip(mine["steps"], theirs["steps"], strict=True):
        for key, value in other.items():
            if "error" not in key:
                assert one[key] == (pytest.approx(value, rel=1e-10) if isinstance(value, float) else value), key
    return mine["warnings"]


def assert_same_fields(place, expected, warnings):
    for path in results(expected).glob("*.vtkhdf"):
        with h5py.File(results(place) / path.name) as mine, h5py.File(path) as theirs:
            a, b = mine["VTKHDF"], theirs["VTKHDF"]
            count = len(a["Steps/Values"])
            if not any(path.name in told for told in warnings):
                assert count == len(b["Steps/Values"]), path.name
            assert int(a["Steps"].attrs["NSteps"]) == count
            if count:
                assert a["Steps/Values"][:] == pytest.approx(b["Steps/Values"][-count:], rel=1e-10)
            for kind in ("PointData", "CellData"):
                for name in a[kind]:
                    # Criteria are maps of what has not come yet, or never does.
                    last, same = a[kind][name][:], b[kind][name][len(b[kind][name]) - len(a[kind][name]) :]
                    scale = np.nanmax(np.abs(same), initial=1e-300)
                    assert not np.nanmax(np.abs(last - same), initial=0.0) > 1e-8 * scale, (path.name, name)


def outcome(place, before, undisturbed, capsys, told):
    """Run the command that goes on; whether it came to its end."""
    capsys.readouterr()
    code = archode_run(place, "--resume")
    error = capsys.readouterr().err
    assert "Traceback" not in error and "internal error" not in error, (told, error)
    if code == 2:
        assert "damaged" in error and error.count("error: ") == 1, (told, error)
        assert content(place) == before, told
        return False
    if code == 4:
        assert told.endswith(": folder") and "a folder lies where a file has to be written" in error, (told, error)
        return False
    assert code == 0, (told, code, error)
    assert_same_series(place, undisturbed["done"])
    warnings = assert_same_steps(place, undisturbed["done"])
    assert_same_fields(place, undisturbed["done"], warnings)
    return True


@pytest.mark.parametrize(("kind", "count"), [("stopped", STOPPED), ("done", DONE)])
def test_results(kind, count, undisturbed, tmp_path, monkeypatch, capsys):
    chance = random.Random(f"{kind} 1")
    ended = 0
    for number in range(count):
        place = tmp_path / str(number)
        shutil.copytree(undisturbed[kind], place)
        monkeypatch.setenv("ARCHODE_CACHE", str(place / "cache"))
        candidates = sorted(path for pattern in RESULTS for path in results(place).glob(pattern))
        told = damaged(candidates, chance)
        ended += outcome(place, content(place), undisturbed, capsys, told)
        shutil.rmtree(place)
    assert ended >= 0.7 * count


def test_meshes(undisturbed, tmp_path, monkeypatch, capsys):
    """A mesh is built again in a process of its own, which takes a second or two."""
    chance = random.Random("cached 1")
    for number in range(CACHED):
        place = tmp_path / str(number)
        shutil.copytree(undisturbed["stopped"], place)
        monkeypatch.setenv("ARCHODE_CACHE", str(place / "cache"))
        candidates = sorted(path for path in (place / "cache" / "meshes").iterdir() if path.is_file())
        told = damaged(candidates, chance)
        assert outcome(place, content(place), undisturbed, capsys, told), told
        shutil.rmtree(place)


def test_a_done_run_that_is_whole_is_not_run_again(undisturbed, tmp_path, monkeypatch):
    place = tmp_path / "done"
    shutil.copytree(undisturbed["done"], place)
    monkeypatch.setenv("ARCHODE_CACHE", str(place / "cache"))
    before = content(place)
    assert archode_run(place, "--resume") == 0
    assert content(place) == before
    assert {Path(path).name for path in before} >= {"summary.json", "provenance.json", "restart.previous.h5"}
