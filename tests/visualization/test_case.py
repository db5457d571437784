"""Results of runs that were killed, or whose files were damaged: what is read is what was written."""

import json

import numpy as np
import pytest
from archode.geometry.checksums import sealed
from archode.solvers import vtkhdf
from archode.visualization.case import Case
from archode.visualization.errors import VisualizationError

POINTS, CELLS = np.vstack([np.zeros(3), np.eye(3)]), np.array([[0, 1, 2, 3]])


def test_a_line_that_was_written_in_part_is_no_row(tmp_path):
    (tmp_path / "timeseries.csv").write_text("time [s],voltage [V]\n1.0,2.5\n2.0,2.41")
    assert Case(tmp_path).curves["voltage [V]"].tolist() == [2.5]


def test_snapshots_are_at_times_that_all_files_have(tmp_path):
    """Of a file that was set aside and begun anew, the picture of another time would be shown."""
    for name, times in (("electrolyte", (0.0, 1.0, 2.0)), ("anode", (1.0, 2.0))):
        vtkhdf.create(tmp_path / f"{name}.vtkhdf", POINTS, CELLS)
        for time in times:
            vtkhdf.append(tmp_path / f"{name}.vtkhdf", time, {"potential [V]": np.full(4, time)}, {})
    assert Case(tmp_path).times == (1.0, 2.0)


def test_a_summary_that_changed_is_not_shown(tmp_path):
    summary = sealed({"status": "done", "steps": [{"capacity [C]": 1.25}]})
    (tmp_path / "summary.json").write_text(json.dumps(summary))
    assert Case(tmp_path).summary["steps"][0]["capacity [C]"] == 1.25
    (tmp_path / "summary.json").write_text(json.dumps(summary).replace("1.25", "1.26"))
    with pytest.raises(VisualizationError, match=r"summary\.json is damaged: its content does not fit its checksum"):
        _ = Case(tmp_path).summary
