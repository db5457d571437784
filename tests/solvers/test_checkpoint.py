"""A run that is stopped goes on as if it had not been: on the same ranks, and on others."""

from dataclasses import dataclass

import h5py
import numpy as np
import pytest
from archode.solvers.drive import CurrentLimit, ProtocolStep, TimeLimit, VoltageLimit
from archode.solvers.errors import SolverError
from archode.solvers.record import Device
from archode.solvers.simulation import Run
from archode.solvers.stepping import StepControl

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
    return run, recorder.table()


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
    assert_same(recorder.table(), expected.head(after), 1e-10)
    assert (stopped.folder / "timeseries.csv").exists() and (stopped.folder / "restart.h5").exists()

    resumed = make_run()
    table = resumed.execute(resume=True).table()
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
    assert_same(resumed.execute(resume=True).table(), expected, 1e-10)


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
    assert_same(resumed.execute(resume=True).table(), expected, 1e-10)
    assert_same_fields(resumed.folder, complete.folder, 1e-10)


def test_a_finished_run_resumes_to_the_same(make_run, whole):
    complete, expected = whole
    again = make_run("whole")
    assert_same(again.execute(resume=True).table(), expected, 0.0)
    assert again.status == "done"
    assert again.recorder.endings == complete.recorder.endings


def test_nothing_to_resume_starts_anew(make_run, whole):
    _, expected = whole
    assert_same(make_run("empty").execute(resume=True).table(), expected, 1e-10)


def test_another_study_is_refused(make_run, whole):
    with pytest.raises(SolverError, match=r"restart\.h5 belongs to a study with other parameters; start anew"):
        make_run("whole", fingerprint="another study").execute(resume=True)


@pytest.mark.parametrize("damage", ["cut", "text", "format", "mesh", "missing"])
def test_a_damaged_restart_file_is_explained(make_run, whole, damage):
    path = whole[0].folder / "restart.h5"
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:2000])
    elif damage == "text":
        path.write_text("time: 3 s")
    else:
        with h5py.File(path, "a") as file:
            if damage == "format":
                file.attrs["format"] = 99
            elif damage == "mesh":
                file["keys/electrolyte"][:] = file["keys/electrolyte"][:] + 1
            else:
                del file["state0/stoichiometry"]
    with pytest.raises(SolverError, match=r"restart\.h5.*start anew without it"):
        make_run("whole").execute(resume=True)


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
