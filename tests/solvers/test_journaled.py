"""Changes of a file: the old one or the new one, whenever whoever makes them is ended."""

import os

import numpy as np
import pytest
from archode.geometry.checksums import DamagedFileError
from archode.solvers import journaled, vtkhdf

from ..damages import change_attribute, change_value, cut
from . import reading
from .test_vtkhdf import CELLS, POINTS, values

OLD = bytes(range(200))


class Ended(BaseException):
    """The process is no more."""


def change(stream):
    stream.seek(10)
    stream.write(b"A" * 20)
    stream.seek(190)
    stream.write(b"B" * 30)
    stream.seek(15)
    assert stream.read(8) == b"A" * 8
    stream.write(b"CC")
    stream.seek(205)
    assert stream.read(100) == b"B" * 15
    stream.seek(0, os.SEEK_END)
    assert stream.tell() == 220


NEW = bytearray(OLD[:190] + b"B" * 30)
NEW[10:30] = b"A" * 13 + b"CC" + b"A" * 5


@pytest.fixture
def path(tmp_path):
    (tmp_path / "file").write_bytes(OLD)
    return tmp_path / "file"


def test_a_change_comes_about(path):
    with journaled.changed(path) as stream:
        change(stream)
        assert path.read_bytes()[:200] == OLD
    assert path.read_bytes() == NEW and list(path.parent.iterdir()) == [path]


def test_what_an_error_ends_is_undone(path):
    with pytest.raises(Ended), journaled.changed(path) as stream:
        change(stream)
        raise Ended
    assert path.read_bytes() == OLD and list(path.parent.iterdir()) == [path]


def test_a_file_may_become_shorter(path):
    with journaled.changed(path) as stream:
        stream.truncate(50)
        stream.seek(0)
        stream.write(b"x")
    assert path.read_bytes() == b"x" + OLD[1:50]


@pytest.mark.parametrize("written", [0, 1, 2])
def test_whoever_is_ended_while_it_is_written_leaves_the_whole_change(path, monkeypatch, written):
    def apply(self):
        for place, data in self._writes[:written]:
            self._file.seek(place)
            self._file.write(data[: len(data) // 2])
        raise Ended

    monkeypatch.setattr(journaled._Change, "apply", apply)
    with pytest.raises(Ended), journaled.changed(path) as stream:
        change(stream)
    journaled.recover(path)
    assert path.read_bytes() == NEW and list(path.parent.iterdir()) == [path]
    journaled.recover(path)
    assert path.read_bytes() == NEW


def test_a_damaged_journal_is_none(path):
    (path.parent / "file.journal").write_bytes(b"nonsense")
    journaled.recover(path)
    assert path.read_bytes() == OLD and list(path.parent.iterdir()) == [path]


# ---------------------------------------------------------------------- series of fields
@pytest.fixture
def series(tmp_path):
    found = vtkhdf.Series(tmp_path / "region.vtkhdf", POINTS, CELLS)
    found.create()
    return found


def append(series, time):
    scalar, vector = values(time)
    series.append(time, {"potential [V]": scalar}, {"current": vector, "share": np.float32([time, 1])})


def again(series):
    return vtkhdf.Series(series.path, POINTS, CELLS)


def test_a_series_goes_on_from_a_mark(series):
    marks = [series.mark]
    for time in (0.0, 1.0, 2.0):
        append(series, time)
        marks.append(series.mark)
    other = again(series)
    other.go_on(marks[2])
    assert other.mark == marks[2] and reading.times(series.path) == [0.0, 1.0]
    append(other, 2.0)
    assert other.mark == marks[3]
    other.go_on(marks[0])
    append(other, 5.0)
    assert reading.times(series.path) == [5.0]


@pytest.mark.parametrize("damage", [change_value, change_attribute, cut])
def test_a_series_that_changed_is_told(series, damage):
    for time in (0.0, 1.0):
        append(series, time)
    damage(series.path)
    with pytest.raises(DamagedFileError, match=r"region\.vtkhdf is damaged: "):
        again(series).go_on(series.mark)


def test_what_is_appended_costs_the_same_at_any_length(series, monkeypatch):
    """Bytes that are written in place, those that go to the journal included."""
    written = []
    packed = journaled._Change.packed
    monkeypatch.setattr(journaled._Change, "packed", lambda change: written.append(packed(change)) or written[-1])
    sizes = []
    for number in range(200):
        append(series, float(number))
        sizes.append(series.path.stat().st_size)
    for costs in (np.array([len(one) for one in written]), np.diff(sizes)):
        assert costs[150:].mean() < 1.5 * costs[50:100].mean()
