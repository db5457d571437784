"""Field files (VTKHDF time series): what is in them, and one snapshot with only the arrays that are wanted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import VisualizationError, unknown
from .notation import time_text

if TYPE_CHECKING:
    import h5py
    import pyvista

#: Share of the saved span by which a wanted time may lie outside it.
SLACK = 0.01

KINDS = ("PointData", "CellData")


def snapshot_times(path: Path) -> tuple[float, ...]:
    """Times in a field file, s.

    Raises
    ------
    VisualizationError
        The file cannot be read, or nothing was saved in it yet.
    """
    with opened_file(path) as root:
        times = tuple(float(t) for t in root["Steps/Values"][:])
    if not times:
        raise VisualizationError(f"{path} holds no snapshot yet: the run ended before its first")
    return times


def arrays_of(path: Path) -> dict[str, str]:
    """Arrays of a field file without the unit in their names, with their unit ("" for a number)."""
    with opened_file(path) as root:
        names = [name for kind in KINDS if kind in root for name in root[kind]]
    return dict(split(name) for name in names)


def split(name: str) -> tuple[str, str]:
    """Name and unit of an array as files call it: "potential [V]" gives "potential" and "V"."""
    short, _, unit = name.partition(" [")
    return short, unit.removesuffix("]")


def saved_time(times: Sequence[float], wanted: float, where: str) -> float:
    """The snapshot nearest to a time, s.

    Raises
    ------
    VisualizationError
        The time lies outside the span that was saved.
    """
    first, last = times[0], times[-1]
    slack = SLACK * (last - first)
    if not first - slack <= wanted <= last + slack:
        near = sorted(sorted(times, key=lambda t: abs(t - wanted))[:3])
        raise VisualizationError(
            f"no snapshot at {time_text(wanted)} in {where}: {len(times)} were saved, from {time_text(first)} to "
            f"{time_text(last)}; nearest: {', '.join(f'{t:g} s' for t in near)}"
        )
    return min(times, key=lambda t: abs(t - wanted))


def read_snapshot(path: Path, time: float, names: Sequence[str] | None = None) -> "pyvista.UnstructuredGrid":
    """A field file at the snapshot nearest to `time`, s. Points in µm; arrays named without their unit.

    Parameters
    ----------
    path
        The file.
    time
        s.
    names
        Arrays to read, without unit; None: all. Nothing else is read from the disk.

    Raises
    ------
    VisualizationError
        The file cannot be read, holds no cells, or lacks one of the arrays.
    """
    times = snapshot_times(path)
    nearest = min(times, key=lambda t: abs(t - time))
    step = times.index(nearest)
    with opened_file(path) as root:
        saved = {kind: [str(name) for name in root[kind]] if kind in root else [] for kind in KINDS}
        parts = int(root["Steps/NumberOfParts"][step]) if "NumberOfParts" in root["Steps"] else 1
    known = [name for kind in KINDS for name in saved[kind]]
    for name in names or ():
        if name not in {split(one)[0] for one in known}:
            raise unknown("field", name, known, str(path))
    grid = _read(path, step, {k: [n for n in s if names is None or split(n)[0] in names] for k, s in saved.items()})
    if grid.n_cells == 0:
        raise VisualizationError(f"{path} holds no cells at {nearest:g} s")
    if parts > 1:
        # Parts written by several processes share their border points only after merging.
        grid = grid.clean()
    for data in (grid.point_data, grid.cell_data):
        for name in [name for name in data if " [" in name]:
            data[split(name)[0]] = data.pop(name)
    return grid


def _read(path: Path, step: int, wanted: dict[str, list[str]]) -> "pyvista.UnstructuredGrid":
    """One step with some arrays, by their names in the file."""
    import pyvista
    from vtkmodules.vtkIOHDF import vtkHDFReader

    failures: list[str] = []
    reader = vtkHDFReader()
    # VTK would tell its errors on the terminal and hand out what it has.
    reader.AddObserver("ErrorEvent", lambda *_: failures.append("the reader failed"))
    reader.SetFileName(str(path))
    reader.UpdateInformation()
    for kind, names in wanted.items():
        selection = getattr(reader, f"Get{kind[:-4]}DataArraySelection")()
        selection.DisableAllArrays()
        for name in names:
            selection.EnableArray(name)
    reader.SetStep(step)
    reader.Update()
    grid = pyvista.wrap(reader.GetOutput())
    missing = [name for names in wanted.values() for name in names if grid is not None and name not in grid.array_names]
    if failures or grid is None or missing:
        lost = f": no {', '.join(missing)}" if missing else ""
        raise VisualizationError(
            f"{path} is damaged: snapshot {step + 1} cannot be read{lost}; run the case again to have its fields"
        )
    return grid


@contextmanager
def opened_file(path: Path) -> Iterator["h5py.Group"]:
    """The VTKHDF group of a field file; whatever fails says which file it is, and which others can be read."""
    import h5py

    try:
        with h5py.File(path) as file:
            yield file["VTKHDF"]
    except (OSError, KeyError, RuntimeError) as error:
        others = [other.name for other in sorted(path.parent.glob("*.vtkhdf")) if other != path and _opens(other)]
        readable = f" Readable there: {', '.join(others)}." if others else ""
        told = str(error).strip("'\"")
        raise VisualizationError(f"{path} is not a VTKHDF time series, or it is cut off: {told}.{readable}") from None


def _opens(path: Path) -> bool:
    import h5py

    try:
        with h5py.File(path) as file:
            return "VTKHDF/Steps/Values" in file
    except OSError:
        return False
