"""VTKHDF series: read back by PyVista, cut, and never half written."""

import numpy as np
import pytest
import pyvista
from archode.solvers import vtkhdf

from . import reading

POINTS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]], dtype=float)
CELLS = np.array([[0, 1, 2, 3], [1, 2, 3, 4]])
TIMES = (0.0, 0.25, 7.5)


def values(time):
    return np.arange(5) + 10 * time, np.array([[time, 1, 2], [3, 4, time]])


@pytest.fixture
def series(tmp_path):
    path = tmp_path / "region.vtkhdf"
    vtkhdf.create(path, POINTS, CELLS)
    for time in TIMES:
        scalar, vector = values(time)
        vtkhdf.append(path, time, {"potential [V]": scalar}, {"current": vector})
    return path


def check(path, times):
    assert reading.times(path) == list(times)
    for time in times:
        grid = reading.grid_at(path, time)
        assert np.array_equal(grid.points, POINTS)
        assert np.array_equal(grid.cells_dict[pyvista.CellType.TETRA], CELLS)
        scalar, vector = values(time)
        assert np.array_equal(grid.point_data["potential [V]"], scalar)
        assert np.array_equal(grid.cell_data["current"], vector)


def test_values_and_times_come_back(series):
    check(series, TIMES)


@pytest.mark.parametrize("kept", [3, 2, 1, 0])
def test_trim(series, kept):
    vtkhdf.trim(series, kept)
    if kept:
        check(series, TIMES[:kept])
    vtkhdf.append(series, 9.0, {"potential [V]": values(9.0)[0]}, {"current": values(9.0)[1]})
    check(series, (*TIMES[:kept], 9.0))


def test_an_interrupted_write_leaves_the_old_file(series, monkeypatch):
    before = series.read_bytes()

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(vtkhdf, "_push", interrupted)
    with pytest.raises(KeyboardInterrupt):
        vtkhdf.append(series, 8.0, {"potential [V]": values(8.0)[0]}, {"current": values(8.0)[1]})
    assert series.read_bytes() == before
    monkeypatch.undo()
    # What the interrupted write left behind does not disturb the next one.
    vtkhdf.append(series, 8.0, {"potential [V]": values(8.0)[0]}, {"current": values(8.0)[1]})
    check(series, (*TIMES, 8.0))
    assert [p.name for p in series.parent.iterdir()] == [series.name]


def test_create_replaces(series):
    vtkhdf.create(series, POINTS, CELLS)
    vtkhdf.append(series, 1.0, {"potential [V]": values(1.0)[0]}, {"current": values(1.0)[1]})
    check(series, (1.0,))
