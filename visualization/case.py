"""Reading a case's results: curves, summary and field snapshots."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..geometry.checksums import SEAL, DamagedFileError, read_sealed
from .errors import VisualizationError, unknown
from .notation import scaled_unit
from .reading import arrays_of, read_snapshot, saved_time, snapshot_times

if TYPE_CHECKING:
    import pandas
    import pyvista

REGIONS = ("electrolyte", "anode", "cathode", "anode_collector", "cathode_collector", "separator")
SIDES = ("anode", "cathode")


@dataclass(frozen=True)
class Case:
    """A case's folder; everything is read when it is asked for."""

    folder: Path

    def __post_init__(self):
        if not self.folder.is_dir():
            raise VisualizationError(f"no results folder {self.folder}")

    @cached_property
    def summary(self) -> Mapping[str, Any]:
        """summary.json; of a case that has a spectrum and was not run, ``impedance.json`` with its names.

        Raises
        ------
        VisualizationError
            The file is missing or not JSON.
        """
        return json_file(self._file("impedance.json" if only_spectrum(self.folder) else "summary.json"))

    @cached_property
    def curves(self) -> "pandas.DataFrame":
        """The time series, one row an accepted step; column names carry their unit."""
        import pandas

        parquet = self.folder / "timeseries.parquet"
        try:
            if parquet.exists():
                table = pandas.read_parquet(parquet, page_checksum_verification=True)
            else:
                # The last line of a run that is at work, or was killed, may be written in part.
                lines = self._file("timeseries.csv").read_bytes()
                whole = lines[: lines.rfind(b"\n") + 1]
                table = pandas.read_csv(BytesIO(whole)) if whole else pandas.DataFrame()
        except VisualizationError:
            raise
        except (OSError, ValueError) as error:
            raise VisualizationError(f"the time series in {self.folder} cannot be read: {error}") from None
        if table.empty:
            raise VisualizationError(f"the time series in {self.folder} has no rows: no step was accepted")
        return table

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """Regions with a field file."""
        return tuple(region for region in REGIONS if (self.folder / f"{region}.vtkhdf").exists())

    @cached_property
    def times(self) -> tuple[float, ...]:
        """Times of the snapshots, s."""
        files = [*self.regions, *(f"{side}_surface" for side in self.surfaces)]
        if not files:
            raise VisualizationError(
                f"no field files (*.vtkhdf) in {self.folder}: the study's output.fields asks for none. "
                f"There is: {self._listing()}."
            )
        found = [snapshot_times(self.folder / f"{file}.vtkhdf") for file in files]
        # Where one had to be begun anew, others tell of times that it does not.
        times = tuple(time for time in found[0] if all(time in others for others in map(set, found[1:])))
        if not times:
            raise VisualizationError(f"the field files in {self.folder} have no time in common")
        return times

    def column(self, name: str):
        """One column of the time series."""
        if name not in self.curves:
            raise unknown("column", name, self.curves.columns, f"the time series of {self.folder}")
        return self.curves[name]

    @cached_property
    def surfaces(self) -> tuple[str, ...]:
        """Electrodes with a file of their surface, by its side."""
        return tuple(side for side in SIDES if (self.folder / f"{side}_surface.vtkhdf").exists())

    @cached_property
    def fields(self) -> Mapping[str, Mapping[str, str]]:
        """Arrays with their units by field file: of the regions, and of surfaces as ``anode_surface``."""
        names = [*self.regions, *(f"{side}_surface" for side in self.surfaces)]
        return {name: arrays_of(self.folder / f"{name}.vtkhdf") for name in names}

    def saved_time(self, wanted: float) -> float:
        """The snapshot nearest to a time, s; an error where it lies outside what was saved."""
        return saved_time(self.times, wanted, str(self.folder))

    def snapshot(self, region: str, time: float, names: Sequence[str] | None = None) -> "pyvista.UnstructuredGrid":
        """A region at the snapshot nearest to `time`, s; of its arrays those of `names`, all without.

        Points in µm; arrays named without their unit.
        """
        if region not in self.regions:
            raise unknown("field file for region", region, self.regions, str(self.folder))
        return read_snapshot(self.folder / f"{region}.vtkhdf", time, names)

    def surface(
        self, side: str, time: float | None = None, names: Sequence[str] | None = None
    ) -> "pyvista.UnstructuredGrid":
        """An electrode's surface at the snapshot nearest to `time`, s, or at the telling one; as `snapshot`."""
        path = self._file(f"{side}_surface.vtkhdf")
        return read_snapshot(path, telling_time(self, snapshot_times(path)) if time is None else time, names)

    def step(self, index: int) -> Mapping[str, Any]:
        """The summary's entry for a protocol step, empty where it has none."""
        return next((step for step in self.summary.get("steps", ()) if step.get("index") == index), {})

    @property
    def unfinished(self) -> str:
        """How a run ended that did not come to its end, such as "failed"; empty of one that did."""
        status = str(self.summary.get("status", "done"))
        return "" if status == "done" else status

    def finished(self, kinds: Iterable[str] = ("discharge", "charge")) -> list[Mapping[str, Any]]:
        """Steps that reached their end, of the first of `kinds` which has any."""
        steps = [step for step in self.summary.get("steps", ()) if step.get("ended_by")]
        found = ([step for step in steps if step.get("kind") == kind] for kind in kinds)
        return next((group for group in found if group), [])

    def step_text(self, index: int, kind: str) -> str:
        """A protocol step in words: "discharge 2 C", "hold 1.6 V"; currents as C-rates, or per footprint."""
        value = self.step(index).get("value")
        if value is None or kind == "rest":
            return kind
        if isinstance(value, str):
            return f"{kind} {value}"
        nominal = self.summary.get("nominal_capacity [C]")
        if kind == "hold":
            return f"{kind} {value:.3g} V"
        if kind == "ramp":
            factor, unit = scaled_unit(abs(value), "V/s")
            return f"{kind} {abs(value) * factor:.3g} {unit}"
        if nominal:
            return f"{kind} {abs(value) * 3600 / nominal:.3g} C"
        if area := self.summary.get("footprint_area [m2]"):
            return f"{kind} {abs(value) / area / 10:.3g} mA cm⁻²"
        factor, unit = scaled_unit(abs(value), "A")
        return f"{kind} {abs(value) * factor:.3g} {unit}"

    def _file(self, name: str) -> Path:
        path = self.folder / name
        if not path.is_file():
            raise VisualizationError(f"no {name} in {self.folder}. There is: {self._listing()}.")
        return path

    def _listing(self) -> str:
        return ", ".join(sorted(path.name for path in self.folder.iterdir())) or "nothing"


def field(grid: "pyvista.UnstructuredGrid", name: str, where: str):
    """An array of a snapshot, or an error which lists those that are there."""
    if name not in grid.array_names:
        raise unknown("field", name, [n for n in grid.array_names if n != "Time"], where)
    return grid[name]


def place(cases: Sequence[Case]) -> str:
    """Where cases are, for a message: the folder of one, the study's of several."""
    return str(cases[0].folder) if len(cases) == 1 else f"{len(cases)} cases of {cases[0].folder.parent}"


def is_case(folder: Path) -> bool:
    """Whether a folder holds what tells of a case: a summary, or a spectrum alone."""
    return (folder / "summary.json").is_file() or only_spectrum(folder)


def only_spectrum(folder: Path) -> bool:
    """Whether a case was not run, but its impedance was computed."""
    return (folder / "impedance.json").is_file() and not (folder / "summary.json").is_file()


def json_file(path: Path) -> Any:
    """The content of a JSON file; of one with a checksum, if it is as it was written."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return read_sealed(path) if isinstance(found, dict) and SEAL in found else found
    except DamagedFileError as error:
        raise VisualizationError(str(error)) from None
    except (OSError, ValueError) as error:
        raise VisualizationError(f"{path} cannot be read: {error}") from None


def telling_time(case: Case, times: Sequence[float] | None = None) -> float:
    """The snapshot with the largest current; of equal ones the last, where gradients have built up most.

    ``times`` are those of the snapshots to choose from, s; the regions' unless given.
    """
    import numpy as np

    time, current = case.column("time [s]").to_numpy(), case.column("current [A]").abs().to_numpy()
    times = case.times if times is None else times
    rows = np.array([np.searchsorted(time, t * (1 + 1e-9), side="right") - 1 for t in times])
    # The row at a step's end belongs to the step that ended: its current made the fields of that moment.
    # Before the first row nothing has flowed yet.
    at_snapshots = np.where(rows >= 0, current[rows], 0.0)
    equal = np.flatnonzero(at_snapshots >= 0.99 * at_snapshots.max())
    return times[equal[-1]]
