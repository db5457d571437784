"""Runs of many cycles cost the same per step from the first to the last, and what is saved does not change them."""

import os
import time
from pathlib import Path

import numpy as np
import pytest
from archode.studies import run
from archode.studies.execute import run_study
from archode.studies.load import load_study
from mpi4py import MPI

from ..studies.tiny import CELL

CYCLES = 200

LONG = (
    CELL
    + f"""
protocol:
  - repeat: {CYCLES}
    steps:
      - {{charge: 20 C, until: {{time: 20 s}}}}
      - {{discharge: 20 C, until: {{time: 20 s}}}}
solver: {{linear: direct, tolerance: 1e-2}}
output: {{fields: 2, figures: false, report: false, errors: false}}
"""
)

HOLD = (
    CELL
    + """
protocol:
  - {charge: 5 C, until: {time: 60 s}}
  - {hold: 2.6 V, until: {current: 0.1 C}}
output: {figures: false, report: false, errors: false}
"""
)


def fixed_work():
    """CPU time [s] of some work that is always the same: the machine's pace, which other programs change."""
    begun = time.process_time()
    values = np.linspace(0.0, 1.0, 50_000)
    for k in range(20):
        values = np.sqrt(np.sort(values[::-1]) + k)
        sum(range(2000))
    return time.process_time() - begun


class Watcher:
    """Takes CPU time [s], resident memory [bytes] and the restart file's size [bytes] of every protocol step."""

    def __init__(self, restart):
        self.restart, self.steps, self.seen = restart, [], []
        self.paces, self.apart = [], 0.0

    def begin(self, case, number, cases):
        pass

    def end(self, status):
        self.steps.append(self.seen)

    def stage(self, stage):
        if self.seen and self.seen[-1][0] != stage.protocol_step:
            self.steps.append(self.seen)
            self.seen = []
            self.paces.append(fixed_work())
            self.apart += self.paces[-1]
        resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        size = self.restart.stat().st_size if self.restart.exists() else 0
        self.seen.append((stage.protocol_step, time.process_time() - self.apart, resident, size))


@pytest.mark.slow
def test_steps_cost_the_same_at_any_length_of_the_history(tmp_path):
    """Fields were copied and rows written anew with every restart file: 13.5 ms a step became 25.5 in 50 cycles."""
    (tmp_path / "study.yml").write_text(LONG)
    watcher = Watcher(tmp_path / "tiny" / "base" / "restart.h5")
    assert run_study(load_study(tmp_path / "study.yml"), tmp_path, False, MPI.COMM_WORLD, watcher) == 0
    ends = np.array([steps[-1] for steps in watcher.steps])
    counts = np.array([len(steps) for steps in watcher.steps])
    assert len(ends) == 2 * CYCLES
    pace = np.array(watcher.paces)
    each = np.diff(ends[:, 1]) / counts[1:] * (np.median(pace) / pace)
    # Of the first cycles, which find the cell's rhythm, nothing is asked; beside other programs some take longer.
    usual = np.array([np.percentile(tenth, 25) for tenth in np.array_split(each[20:], 10)])
    memory, restart = ends[20:, 2], ends[20:, 3]
    told = (
        f"{counts.sum()} time steps; CPU per step {1e3 * usual[0]:.2f} to {1e3 * usual[-1]:.2f} ms "
        f"({', '.join(f'{1e3 * m:.2f}' for m in usual)}); memory {memory[0] / 2**20:.1f} to "
        f"{memory[-1] / 2**20:.1f} MiB; restart file {restart[0]:.0f} to {restart[-1]:.0f} bytes"
    )
    print(told)
    assert abs(usual[-1] / usual[0] - 1) < 0.1, told
    assert memory.max() / memory[0] - 1 < 0.05, told
    assert restart.max() < 1.01 * restart[0], told


def test_a_hold_lasts_as_long_whatever_is_saved(tmp_path):
    """Time steps land on the times of snapshots; the duration may differ by no more than what one step may err by."""
    found = []
    for fields, every in ((0, 20), (10, 20), (30, 20), (0, 1)):
        (tmp_path / "hold.yml").write_text(HOLD)
        changed = {"output.fields": fields, "output.checkpoint_every": every}
        case = run(tmp_path / "hold.yml", set=changed, out=tmp_path, progress=False).case
        assert case.steps["ended_by"].tolist() == ["time", "current"]
        found.append(case.steps["duration [s]"].tolist()[1])
    assert found == pytest.approx([found[0]] * len(found), rel=1e-3)
