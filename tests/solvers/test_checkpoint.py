"""A run that is stopped goes on as if it had not been: on the same ranks, and on others."""

import shutil
from dataclasses import dataclass

import numpy as np
import pytest
from archode.solvers.checkpoint import newest_whole
from archode.solvers.drive import CurrentLimit, ProtocolStep, TimeLimit, VoltageLimit
from archode.solvers.errors import SolverError
from archode.solvers.record import Device
from archode.solvers.simulation import Run
from archode.solvers.stepping import StepControl

from ..damages import OF_HDF5, flip
from . import reading
from .cells import galvanostatic, one_c

#: As tight as rounding permits: after a stop between checkpoints Newton goes another way to the same state.
TIGHT = 1e-12


@dataclass
class Stop:
    """Interrupts a run after a number of accepted steps, as a signal would."""

    after: int

    def __call__(self, take):
        def counted(accepted):
            take(accepted)
            self.after -= 1
            if self.after == 0:
                raise KeyboardInterrupt

        return counted


@pytest.fixture
def make_run(solved, tmp_path):
    cell, newton = solved("planar")

    def make(folder="run", fingerprint="this study", **kwargs):
        unit = one_c(cell)
        steps = [
            galvanostatic(20 * unit, [VoltageLimit(1.5, True)], 180.0, output_times=(1.0, 20.0)),
            ProtocolStep("hold", 1.5, (CurrentLimit(4 * unit),), 60.0, (2.0,)),
            galvanostatic(0.0, [TimeLimit(5.0)], 5.0),
        ]
        cell.set_initial_state()
        newton.renew()
        (tmp_path / folder).mkdir(exist_ok=True)
        return Run(
            cell=cell,
            newton=newton,
            steps=steps,
            control=StepControl(newton_tolerance=TIGHT),
            device=Device(2.0, 32e-12, 32e-18),
            folder=tmp_path / folder,
            title=folder,
            fingerprint=fingerprint,
            current_unit=unit,
            **{"checkpoint_every": 4} | kwargs,
        )

    return make


@pytest.fixture
def whole(make_run):
    run = make_run("whole")
    recorder = run.execute(resume=False)
    assert run.status == "done"
    return run, recorder.table


def assert_same(table, expected, tolerance):
    assert len(table) == len(expected), "other time steps"
    assert table["kind"].tolist() == expected["kind"].tolist()
    flowed = expected["step_capacity [C]"].max()
    for column in expected.columns.drop(["kind", "newton_iterations", "linear_iterations"]):
        if column.endswith("charge [C]") and expected[column].abs().max() < 1e-12 * flowed:
            # What flowed the other way is rounding.
            assert table[column].abs().max() < 1e-12 * flowed
            continue
        scale = max(np.abs(expected[column]).max(), 1e-30)
        apart = np.abs(table[column] - expected[column]).max() / scale
        assert apart <= tolerance, f"{column}: {apart:.1e}"


def assert_same_fields(folder, expected, tolerance):
    for path in sorted(expected.glob("*.vtkhdf")):
        times = reading.times(path)
        assert reading.times(folder / path.name) == pytest.approx(times, rel=tolerance)
        for mine, theirs in zip(reading.times(folder / path.name), times, strict=True):
            a, b = reading.grid_at(folder / path.name, mine), reading.grid_at(path, theirs)
            for name in b.point_data:
                assert a[name] == pytest.approx(b[name], rel=tolerance, abs=tolerance), (path.name, theirs, name)


@pytest.mark.parametrize("after", [6, 8, 23], ids=["between checkpoints", "at a checkpoint", "in the hold"])
def test_resumed_run_equals_the_uninterrupted(make_run, whole, monkeypatch, after):
    complete, expected = whole
    assert after < len(expected)
    stopped = make_run()
    monkeypatch.setattr(stopped, "_take", Stop(after)(stopped._take))
    recorder = stopped.execute(resume=False)
    assert stopped.status == "interrupted" and stopped.reason.startswith("interrupted at t = ")
    # Everything up to then is there.
    assert_same(recorder.table, expected.head(after), 1e-10)
    assert (stopped.folder / "timeseries.csv").exists() and (stopped.folder / "restart.h5").exists()

    resumed = make_run()
    table = resumed.execute(resume=True).table
    assert resumed.status == "done" and resumed.reason is None
    assert_same(table, expected, 1e-10)
    assert_same_fields(resumed.folder, complete.folder, 1e-10)
    assert resumed.recorder.endings == complete.recorder.endings == {0: "voltage", 1: "current", 2: "time"}
    assert resumed.integrator.accepted == len(expected)
    assert resumed.audit.moved == pytest.approx(complete.audit.moved, rel=1e-10)
    assert max(resumed.audit.worst.values()) < 1e-9
    assert not list(resumed.folder.glob("*.part"))


def test_stopped_by_the_number_of_steps(make_run, whole):
    _, expected = whole
    stopped = make_run(max_steps=5)
    stopped.execute(resume=False)
    assert stopped.status == "failed" and "solver.max_steps = 5" in stopped.reason
    resumed = make_run()
    assert_same(resumed.execute(resume=True).table, expected, 1e-10)


def test_a_kill_between_checkpoints_repeats_the_steps_since(make_run, whole, monkeypatch):
    """Without the last save: field files and tables may be ahead of the restart file."""
    complete, expected = whole
    stopped = make_run()
    monkeypatch.setattr(stopped, "_take", Stop(7)(stopped._take))
    saves = stopped._save
    monkeypatch.setattr(stopped, "_save", lambda: saves() if stopped.status == "done" else None)
    stopped.execute(resume=False)
    stopped._look(stopped.integrator.time, "rest", stopped.audit.start, saves=True)
    resumed = make_run()
    assert_same(resumed.execute(resume=True).table, expected, 1e-10)
    assert_same_fields(resumed.folder, complete.folder, 1e-10)


def test_a_finished_run_resumes_to_the_same(make_run, whole):
    complete, expected = whole
    again = make_run("whole")
    assert_same(again.execute(resume=True).table, expected, 0.0)
    assert again.status == "done"
    assert again.recorder.endings == complete.recorder.endings


def test_nothing_to_resume_starts_anew(make_run, whole):
    _, expected = whole
    assert_same(make_run("empty").execute(resume=True).table, expected, 1e-10)


def test_another_study_is_refused(make_run, whole):
    with pytest.raises(SolverError, match=r"restart\.h5 belongs to a study with other parameters; start anew"):
        make_run("whole", fingerprint="another study").execute(resume=True)


@pytest.fixture
def stopped(make_run, monkeypatch):
    """The folder of a run that was interrupted in its hold."""
    run = make_run()
    with monkeypatch.context() as patch:
        patch.setattr(run, "_take", Stop(23)(run._take))
        run.execute(resume=False)
    assert run.status == "interrupted"
    return run.folder


def copies(stopped, damages):
    """A copy of a folder for every damage, with its name."""
    for name, damage in damages.items():
        folder = shutil.copytree(stopped, stopped.with_name(name))
        yield name, folder, damage


def test_in_the_place_of_a_damaged_restart_file_the_one_before_it_is_taken(make_run, whole, stopped, caplog):
    complete, expected = whole
    for name, folder, damage in copies(stopped, OF_HDF5):
        caplog.clear()
        damage(folder / "restart.h5")
        resumed = make_run(name)
        assert_same(resumed.execute(resume=True).table, expected, 1e-10)
        assert_same_fields(folder, complete.folder, 1e-10)
        told = "restart.h5 is damaged: "
        assert len(resumed.notes) == 1 and told in resumed.notes[0] and "the restart file before it" in resumed.notes[0]
        assert [told in record.message for record in caplog.records if record.levelname == "WARNING"] == [True]
        assert (folder / "restart.h5").is_file() and (folder / "restart.h5.damaged").exists()
        # A file that was damaged does not push out the good one before it.
        assert newest_whole(folder).path.name == "restart.h5"


def test_without_a_whole_restart_file_the_run_is_refused_and_left_alone(make_run, stopped):
    for path in stopped.glob("restart*.h5"):
        flip(path)
    before = {path.name: path.read_bytes() for path in stopped.iterdir()}
    told = r"restart\.h5 is damaged: .*restart\.previous\.h5 is damaged: .*start anew without it"
    with pytest.raises(SolverError, match=told):
        make_run("run").execute(resume=True)
    assert {path.name: path.read_bytes() for path in stopped.iterdir()} == before


@pytest.mark.parametrize("name", ["timeseries.csv", "steps.csv"])
def test_rows_that_changed_are_not_gone_on_with(make_run, stopped, name):
    """Where the rows before are as they were the restart file before tells them, else none does."""
    rows = (stopped / name).read_bytes()
    for spoilt, message in ((b"x" + rows[1:], "do|rows are not those"), (rows[:-1], "rows are not those")):
        (stopped / name).write_bytes(spoilt)
        if spoilt == rows[:-1] and name == "timeseries.csv":
            assert name in newest_whole(stopped).instead_of
            continue
        with pytest.raises(SolverError, match=message):
            make_run("run").execute(resume=True)


def test_damaged_fields_are_set_aside_and_begun_anew(make_run, whole, stopped):
    complete, expected = whole
    for name, folder, damage in copies(stopped, OF_HDF5):
        damage(folder / "electrolyte.vtkhdf")
        resumed = make_run(name)
        assert_same(resumed.execute(resume=True).table, expected, 1e-10)
        if not resumed.notes:
            # The bit was in a place that nothing is read from.
            assert name == "flipped bit"
            assert_same_fields(folder, complete.folder, 1e-10)
            continue
        (note,) = resumed.notes
        assert "electrolyte.vtkhdf is damaged" in note and "begin anew at t = " in note
        assert (folder / "electrolyte.vtkhdf.damaged").exists()
        times = reading.times(complete.folder / "electrolyte.vtkhdf")
        mine = reading.times(folder / "electrolyte.vtkhdf")
        assert mine == pytest.approx(times[-len(mine) :], rel=1e-10) and 0 < len(mine) < len(times)
        assert reading.times(folder / "cathode.vtkhdf") == pytest.approx(times, rel=1e-10)


def test_fields_that_are_missing_are_begun_anew(make_run, stopped):
    (stopped / "cathode.vtkhdf").unlink()
    resumed = make_run("run")
    resumed.execute(resume=True)
    assert "cathode.vtkhdf is missing" in resumed.notes[0] and len(resumed.notes) == 1


def test_another_mesh_is_refused(make_run, stopped):
    with pytest.raises(SolverError, match=r"restart\.h5 belongs to another mesh of the same study"):
        make_run("run", mesh="another").execute(resume=True)


def test_the_restart_file_does_not_grow(make_run, whole):
    """Rows, ends and fields stay where they are written."""
    complete, _ = whole
    short = make_run("short", max_steps=8)
    short.execute(resume=False)
    sizes = [(run.folder / "restart.h5").stat().st_size for run in (short, complete)]
    assert sizes[1] < sizes[0] + 200


def test_an_interrupted_checkpoint_leaves_the_old_one(make_run, monkeypatch):
    run = make_run()
    monkeypatch.setattr(run, "_take", Stop(4)(run._take))
    run.execute(resume=False)
    before = run.checkpoint.path.read_bytes()

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("archode.solvers.checkpoint.os.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run.checkpoint.write(run.integrator, run.position, {})
    assert run.checkpoint.path.read_bytes() == before
