"""VTKHDF time series of one region: an unstructured grid that ParaView and PyVista open.

Plain HDF5 through h5py, written by one process. The grid is stored once, every saved time appends values, at a cost
that does not depend on what is there already; a change is made as a whole or not at all (:mod:`.journaled`).

Format: VTKHDF 2.2, https://docs.vtk.org/en/latest/vtk_file_formats/vtkhdf_file_format/
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ..geometry.checksums import DamagedFileError
from ..geometry.whole_file import whole_file
from .journaled import changed, forget, recover

#: VTK's number of a simplex, by its corners.
CELL_TYPES = {3: 5, 4: 10}
VERSION, TYPE = [2, 2], b"UnstructuredGrid"
KINDS = ("PointData", "CellData")

#: Numbers that an array may have at a point or in a cell.
WIDEST = 10

_SCALAR_OFFSETS = ("PartOffsets", "NumberOfParts", "PointOffsets")
_CELL_OFFSETS = ("CellOffsets", "ConnectivityIdOffsets")


def create(path: Path, points: np.ndarray, cells: np.ndarray) -> None:
    """Write a grid without any time yet.

    Parameters
    ----------
    path
        File to create or replace.
    points
        Coordinates, shape (nodes, 3).
    cells
        Node numbers of the tetrahedra or triangles, shape (cells, 4) or (cells, 3).
    """
    with whole_file(path) as temporary, h5py.File(temporary, "w") as file:
        root = file.create_group("VTKHDF")
        root.attrs.create("Version", VERSION, dtype="i8")
        root.attrs.create("Type", TYPE, dtype=h5py.string_dtype("ascii", 16))
        for name, values in _grid(points, cells).items():
            root.create_dataset(name, data=values)
        steps = root.create_group("Steps")
        steps.attrs["NSteps"] = np.int64(0)
        _series(steps, "Values", "f8")
        for name in _SCALAR_OFFSETS:
            _series(steps, name)
        for name in _CELL_OFFSETS:
            steps.create_dataset(name, shape=(0, 1), maxshape=(None, 1), dtype="i8", chunks=(64, 1))
        for kind in KINDS:
            root.create_group(kind)
            steps.create_group(f"{kind}Offsets")
    forget(path)


def append(path: Path, time: float, point_data: Mapping[str, np.ndarray], cell_data: Mapping[str, np.ndarray]) -> None:
    """Add one time with its values; arrays have one row per node or per cell.

    Single precision is kept, anything else is written in double precision.
    """
    with _opened(path) as root:
        steps = root["Steps"]
        for kind, data in zip(KINDS, (point_data, cell_data), strict=True):
            for name, values in data.items():
                values = _stored(values)
                if name not in root[kind]:
                    shape = (0, *values.shape[1:])
                    root[kind].create_dataset(
                        name,
                        shape=shape,
                        maxshape=(None, *shape[1:]),
                        dtype=values.dtype,
                        chunks=(max(len(values), 1), *shape[1:]),
                    )
                    _series(steps[f"{kind}Offsets"], name)
                dataset = root[kind][name]
                start = dataset.shape[0]
                dataset.resize(start + len(values), axis=0)
                dataset[start:] = values
                _push(steps[f"{kind}Offsets"][name], start)
        _push(steps["Values"], time)
        _push(steps["NumberOfParts"], 1)
        for name in ("PartOffsets", "PointOffsets", *_CELL_OFFSETS):
            _push(steps[name], 0)
        steps.attrs["NSteps"] = np.int64(steps.attrs["NSteps"] + 1)


def trim(path: Path, count: int) -> None:
    """Forget every time but the first ``count``."""
    with _opened(path) as root:
        steps = root["Steps"]
        if len(steps["Values"]) == count:
            return
        for kind in KINDS:
            for name, offsets in steps[f"{kind}Offsets"].items():
                rows = len(root["Points"] if kind == "PointData" else root["Types"])
                root[kind][name].resize(count * rows, axis=0)
                offsets.resize(count, axis=0)
        for name in ("Values", *_SCALAR_OFFSETS, *_CELL_OFFSETS):
            steps[name].resize(count, axis=0)
        steps.attrs["NSteps"] = np.int64(count)


class Series:
    """A file with a running digest of its values, by which a run that goes on tells whether the file is whole.

    Parameters
    ----------
    path
        The file.
    points, cells
        See :func:`create`.
    """

    def __init__(self, path: Path, points: np.ndarray, cells: np.ndarray):
        self.path, self.points, self.cells = path, points, cells
        self._count, self._digest = 0, hashlib.blake2b()

    def create(self) -> None:
        """Start anew, without any time."""
        create(self.path, self.points, self.cells)
        self._count, self._digest = 0, hashlib.blake2b()

    def append(self, time: float, point_data: Mapping[str, np.ndarray], cell_data: Mapping[str, np.ndarray]) -> None:
        """Add one time with its values, see :func:`append`."""
        append(self.path, time, point_data, cell_data)
        self._take(time, dict(zip(KINDS, (point_data, cell_data), strict=True)))

    def _take(self, time: float, data: Mapping[str, Mapping[str, np.ndarray]]) -> None:
        self._digest.update(np.float64(time).tobytes())
        for kind in KINDS:
            for name in sorted(data[kind]):
                self._digest.update(f"{kind}/{name}".encode())
                self._digest.update(np.ascontiguousarray(_stored(data[kind][name])))
        self._count += 1

    @property
    def mark(self) -> dict[str, Any]:
        """How many times there are and their digest, for :meth:`go_on`."""
        return {"times": self._count, "blake2b": self._digest.hexdigest()}

    def go_on(self, mark: Mapping[str, Any]) -> None:
        """Go on from a mark: forget the times after it.

        Raises
        ------
        DamagedFileError
            The file is not what was written until then.
        """
        self._count, self._digest = 0, hashlib.blake2b()
        try:
            recover(self.path)
            with h5py.File(self.path, "r", locking=False) as file:
                self._read(file["VTKHDF"], int(mark["times"]))
            if self._digest.hexdigest() != mark["blake2b"]:
                raise ValueError("its values do not fit their checksum")
            trim(self.path, self._count)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, MemoryError) as error:
            told = " ".join(str(error).strip("'\"").split())
            raise DamagedFileError(f"{self.path} is damaged: {told}") from error

    def _read(self, root: h5py.Group, count: int) -> None:
        """Take in the first times of a file; ValueError or what HDF5 raises where it is not as it was written."""
        steps, rows = root["Steps"], {"PointData": len(self.points), "CellData": len(self.cells)}
        values = steps["Values"]
        _require(steps.attrs["NSteps"] == len(values) >= count, "it holds fewer times than were written")
        for name, expected in _grid(self.points, self.cells).items():
            _require(root[name].shape == expected.shape and np.array_equal(root[name], expected), "its grid changed")
        _require(np.array_equal(root.attrs["Version"], VERSION) and root.attrs["Type"] == TYPE, "its type changed")
        for kind in KINDS:
            _require(set(root[kind]) == set(steps[f"{kind}Offsets"]), "arrays are missing")
            for name, offsets in steps[f"{kind}Offsets"].items():
                _require(np.array_equal(offsets[:count], np.arange(count) * rows[kind]), "its offsets changed")
                shape = root[kind][name].shape
                _require(shape[0] == len(values) * rows[kind] and np.prod(shape[1:]) < WIDEST, "its arrays changed")
        for name in ("PartOffsets", "PointOffsets", *_CELL_OFFSETS):
            _require(not np.any(steps[name][:count]), "its offsets changed")
        _require(np.all(steps["NumberOfParts"][:count] == 1), "its parts changed")
        for k, time in enumerate(values[:count]):
            self._take(time, {kind: {n: a[k * (r := rows[kind]) : (k + 1) * r] for n, a in root[kind].items()}
                              for kind in KINDS})  # fmt: skip


def _require(holds: Any, message: str) -> None:
    if not holds:
        raise ValueError(message)


def _stored(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values)
    return values if values.dtype == np.float32 else values.astype(np.float64)


def _grid(points: np.ndarray, cells: np.ndarray) -> dict[str, np.ndarray]:
    """The datasets of a grid."""
    counts = {"NumberOfPoints": [len(points)], "NumberOfCells": [len(cells)], "NumberOfConnectivityIds": [cells.size]}
    corners = {"Connectivity": cells.ravel(), "Offsets": np.arange(len(cells) + 1) * cells.shape[1]}
    return {
        **{name: np.asarray(value, dtype=np.int64) for name, value in (counts | corners).items()},
        "Points": np.asarray(points),
        "Types": np.full(len(cells), CELL_TYPES[cells.shape[1]], dtype=np.uint8),
    }


@contextmanager
def _opened(path: Path) -> Iterator[h5py.Group]:
    with changed(path) as stream, h5py.File(stream, "r+") as file:
        yield file["VTKHDF"]


def _series(group: h5py.Group, name: str, dtype: str = "i8") -> h5py.Dataset:
    return group.create_dataset(name, shape=(0,), maxshape=(None,), dtype=dtype, chunks=(64,))


def _push(dataset: h5py.Dataset, value: float) -> None:
    dataset.resize(dataset.shape[0] + 1, axis=0)
    dataset[-1] = value
