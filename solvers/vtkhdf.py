"""VTKHDF time series of one region: an unstructured grid that ParaView and PyVista open.

Plain HDF5 through h5py, written by one process. The grid is stored once, every saved time appends values. A file
is never changed in place: a copy is extended and takes the name, so that what stands on disk is always whole.

Format: VTKHDF 2.2, https://docs.vtk.org/en/latest/vtk_file_formats/vtkhdf_file_format/
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from ..geometry.whole_file import whole_file

#: VTK's number of a simplex, by its corners.
CELL_TYPES = {3: 5, 4: 10}
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
        root.attrs.create("Version", [2, 2], dtype="i8")
        root.attrs.create("Type", b"UnstructuredGrid", dtype=h5py.string_dtype("ascii", 16))
        for name, value in (
            ("NumberOfPoints", [len(points)]),
            ("NumberOfCells", [len(cells)]),
            ("NumberOfConnectivityIds", [cells.size]),
            ("Connectivity", cells.ravel()),
            ("Offsets", np.arange(len(cells) + 1) * cells.shape[1]),
        ):
            root.create_dataset(name, data=np.asarray(value, dtype=np.int64))
        root.create_dataset("Points", data=points)
        root.create_dataset("Types", data=np.full(len(cells), CELL_TYPES[cells.shape[1]], dtype=np.uint8))
        steps = root.create_group("Steps")
        steps.attrs["NSteps"] = np.int64(0)
        _series(steps, "Values", "f8")
        for name in _SCALAR_OFFSETS:
            _series(steps, name)
        for name in _CELL_OFFSETS:
            steps.create_dataset(name, shape=(0, 1), maxshape=(None, 1), dtype="i8", chunks=(64, 1))
        for kind in ("PointData", "CellData"):
            root.create_group(kind)
            steps.create_group(f"{kind}Offsets")


def append(path: Path, time: float, point_data: Mapping[str, np.ndarray], cell_data: Mapping[str, np.ndarray]) -> None:
    """Add one time with its values; arrays have one row per node or per cell.

    Single precision is kept, anything else is written in double precision.
    """
    with _extended_copy(path) as root:
        steps = root["Steps"]
        for kind, data in (("PointData", point_data), ("CellData", cell_data)):
            for name, values in data.items():
                values = np.asarray(values)
                values = values if values.dtype == np.float32 else values.astype(np.float64)
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


def trim(path: Path, last_time: float) -> None:
    """Forget every time after ``last_time`` [s]."""
    with h5py.File(path) as file:
        times = file["VTKHDF/Steps/Values"][:]
    keep = int(np.count_nonzero(times <= last_time * (1 + 1e-12)))
    if keep == len(times):
        return
    with _extended_copy(path) as root:
        steps = root["Steps"]
        for kind in ("PointData", "CellData"):
            for name, offsets in steps[f"{kind}Offsets"].items():
                rows = len(root["Points"] if kind == "PointData" else root["Types"])
                root[kind][name].resize(keep * rows, axis=0)
                offsets.resize(keep, axis=0)
        for name in ("Values", *_SCALAR_OFFSETS, *_CELL_OFFSETS):
            steps[name].resize(keep, axis=0)
        steps.attrs["NSteps"] = np.int64(keep)


@contextmanager
def _extended_copy(path: Path) -> Iterator[h5py.Group]:
    with whole_file(path) as temporary:
        shutil.copyfile(path, temporary)
        with h5py.File(temporary, "a") as file:
            yield file["VTKHDF"]


def _series(group: h5py.Group, name: str, dtype: str = "i8") -> h5py.Dataset:
    return group.create_dataset(name, shape=(0,), maxshape=(None,), dtype=dtype, chunks=(64,))


def _push(dataset: h5py.Dataset, value: float) -> None:
    dataset.resize(dataset.shape[0] + 1, axis=0)
    dataset[-1] = value
