"""What a run leaves behind beside its fields: the time series and the summary."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from mpi4py import MPI

from ..geometry.checksums import remove, sealed
from ..geometry.whole_file import whole_file
from .append_only import AppendedTable
from .charge import PassedCharge
from .gather import on_root
from .position import AcceptedStep

if TYPE_CHECKING:
    import pandas

NAN = float("nan")

#: Charge passed in the protocol step since it began, by the sign of its current.
ANODIC, CATHODIC = "step_anodic_charge [C]", "step_cathodic_charge [C]"

#: One row per protocol step that ended.
STEPS = "steps.csv"

#: Estimated errors of a protocol step by its time steps, and their columns.
TIME_ERRORS = {
    "voltage": "end_voltage_time_error [V]",
    "duration": "duration_time_error [s]",
    "charge": "net_charge_time_error [C]",
    "energy": "net_energy_time_error [J]",
}


@dataclass(frozen=True)
class Device:
    """How the simulated domain stands for the device.

    Attributes
    ----------
    multiplicity
        Simulated domains in the device.
    footprint_area
        Of the device [m²].
    film_volume
        Of the cathode's film, of the anode's where the cathode is a metal, in the device [m³]; NaN without any.
    """

    multiplicity: float
    footprint_area: float
    film_volume: float


class Recorder:
    """Collects one row per accepted step and one per protocol step that ended; currents and charges are the device's.

    Rows are written where they stay and forgotten, so that a step costs the same at any length of the history.

    Parameters
    ----------
    device
        How the simulated domain stands for the device.
    folder
        Where ``timeseries.csv`` and ``steps.csv`` grow; ``None``: rows are kept in memory.
    comm
        The ranks of the run, of which the first keeps the rows; ``None``: this process alone.

    Attributes
    ----------
    last
        The newest row; ``None`` before the first.
    endings, deviations
        What ended each protocol step, and the estimated errors of its numbers, of the device [V, s, C, J].
    table
        All rows, once the run is over.
    """

    def __init__(self, device: Device, folder: Path | None = None, comm: MPI.Comm | None = None):
        self.device, self.folder, self.comm = device, folder, comm or MPI.COMM_SELF
        self.series, self.steps = (AppendedTable(folder and folder / name) for name in ("timeseries.csv", STEPS))
        self.last: dict[str, float | str] | None = None
        self.endings: dict[int, str] = {}
        self.deviations: dict[int, dict[str, float | None]] = {}
        self._waiting: list[dict[str, float | str]] = []
        self._ended: list[dict[str, Any]] = []
        self._written = False

    def add(self, step: AcceptedStep) -> None:
        """Take in an accepted step."""
        # A second row for the state before, where that was the end because of what is used up in it, would be none.
        if step.dt != 0.0 or self.last is None or self.last["protocol_step"] != step.protocol_step:
            self._add_row(step)
        if step.ended_by:
            self._add_end(step)

    def _add_row(self, step: AcceptedStep) -> None:
        device, o = self.device, step.observation
        charge = step.charge * device.multiplicity
        passed = self._passed(step.protocol_step).plus(charge - (self.last["charge [C]"] if self.last else 0.0))
        current = o.current * device.multiplicity
        self.last = (
            {
                "time [s]": step.time,
                "protocol_step": step.protocol_step,
                "kind": step.kind,
                "voltage [V]": o.voltage,
                "current [A]": current,
                "current_density [A/m2]": current / device.footprint_area,
                "charge [C]": charge,
                "step_capacity [C]": passed.magnitude,
                "areal_step_capacity [mAh/cm2]": passed.magnitude / device.footprint_area / 3.6e4,
                ANODIC: passed.anodic,
                CATHODIC: passed.cathodic,
                "step_net_charge [C]": passed.net,
                "dt [s]": step.dt,
                "newton_iterations": step.newton_iterations,
                "linear_iterations": step.linear_iterations,
                "c_min [mol/m3]": o.concentration_min,
                "c_max [mol/m3]": o.concentration_max,
                **{f"{side}_c_min [mol/m3]": c for side, c in o.surface_min.items()},
                "anode_stoichiometry": o.stoichiometry.get("anode", NAN),
                "cathode_stoichiometry": o.stoichiometry.get("cathode", NAN),
            }
            | {
                f"{side}_{name}": value
                for side, deposit in o.deposits.items()
                for name, value in (
                    ("deposit [m]", deposit.mean),
                    ("deposit_max [m]", deposit.highest),
                    ("covered", deposit.covered),
                )
                if value is not None
            }
        )
        self._waiting.append(self.last)

    def _passed(self, protocol_step: int) -> PassedCharge:
        """Charge passed so far in a protocol step."""
        if self.last is None or self.last["protocol_step"] != protocol_step:
            return PassedCharge()
        return PassedCharge(self.last[ANODIC], self.last[CATHODIC])

    def _add_end(self, step: AcceptedStep) -> None:
        scale, found = self.device.multiplicity, step.deviation
        self.endings[step.protocol_step] = step.ended_by
        if found is not None:
            scaled = {"charge": scale * found.charge, "energy": scale * found.energy}
            self.deviations[step.protocol_step] = {"voltage": found.voltage, "duration": found.duration} | scaled
        told = self.deviations.get(step.protocol_step, {})
        self._ended.append(
            {
                "protocol_step": step.protocol_step,
                "kind": step.kind,
                "ended_by": step.ended_by,
                "time [s]": step.time,
                "capacity [C]": self.last["step_capacity [C]"],
            }
            | {column: told.get(name) for name, column in TIME_ERRORS.items()}
        )

    # ------------------------------------------------------------------ on disk
    def write(self) -> None:
        """Append what was not written yet. On rank 0."""
        if not self._written:
            self._forget_older_tables()
        self.series.append(self._waiting)
        self.steps.append(self._ended)
        self.forget_waiting()

    def forget_waiting(self) -> None:
        """What was written, or is by another rank, is not kept."""
        self._waiting, self._ended = [], []

    def _forget_older_tables(self) -> None:
        """Remove what is older than the rows that are appended now: tables of which none is valid, and the Parquet."""
        if self.folder is not None:
            older = [table.path for table in (self.series, self.steps) if not table.mark["bytes"]]
            for path in (*older, self.folder / "timeseries.parquet"):
                remove(path)
        self._written = True

    @property
    def kept(self) -> dict[str, Any]:
        """What a restart file needs to know: how much of the tables is valid, and the newest row."""
        return {"series": self.series.mark, "steps": self.steps.mark, "last": self.last}

    def go_on(self, kept: Mapping[str, Any]) -> None:
        """Go on from what a restart file knows. Collective.

        Raises
        ------
        DamagedFileError
            Rows from before are not those that were written.
        """
        on_root(self.comm, lambda: (self.series.go_on(kept["series"]), self.steps.go_on(kept["steps"])))
        self.last = kept["last"]
        ends = self.comm.bcast(_records(self.steps.read()) if self.comm.rank == 0 else None, root=0)
        self.endings = {end["protocol_step"]: end["ended_by"] for end in ends}
        self.deviations = {
            end["protocol_step"]: {name: _number(end[column]) for name, column in TIME_ERRORS.items()}
            for end in ends
            if _number(end[TIME_ERRORS["duration"]]) is not None
        }

    def finish(self) -> None:
        """The run is over: write what is left, the table in Parquet too, and give :attr:`table` to all ranks."""

        def act() -> None:
            self.write()
            self.table = self.series.read()
            if self.folder is not None and len(self.table):
                write_parquet(self.table, self.folder / "timeseries.parquet")

        on_root(self.comm, act)
        self.forget_waiting()
        self.table = self.comm.bcast(self.table if self.comm.rank == 0 else None, root=0)

    # ------------------------------------------------------------------ figures of merit
    def step_summaries(self, values: list[float]) -> list[dict]:
        """Figures of merit of every protocol step begun, once the run is over.

        Parameters
        ----------
        values
            Device current [A] or voltage [V] that each step of the protocol asked for.
        """
        summaries, begun, before = [], 0.0, 0.0
        for index, rows in self.table.groupby("protocol_step", sort=False) if len(self.table) else ():
            time, charge, voltage = (rows[name].to_numpy() for name in ("time [s]", "charge [C]", "voltage [V]"))
            # V dQ by the trapezoidal rule: exact at constant voltage, whatever the current did.
            mean = 0.5 * (voltage + np.concatenate([voltage[:1], voltage[:-1]]))
            energy = float(np.sum(mean * np.abs(np.diff(charge, prepend=before))))
            last = rows.iloc[-1]
            passed, kind = PassedCharge(float(last[ANODIC]), float(last[CATHODIC])), str(last["kind"])
            capacity = passed.magnitude
            summaries.append(
                {
                    "index": int(index),
                    "kind": kind,
                    "value": values[int(index)],
                    "ended_by": self.endings.get(int(index)),
                    "duration [s]": float(time[-1] - begun),
                    **self._charges(passed),
                    "energy [J]": energy,
                    # Of a ramp, which passes charge both ways at all voltages, the mean would say nothing.
                    "mean_voltage [V]": NAN if kind in ("rest", "ramp") or not capacity else energy / capacity,
                    "end_voltage [V]": float(voltage[-1]),
                    "time_steps": len(rows),
                }
                | self._deviation(int(index), passed.net)
                | (_peak(rows) if kind == "ramp" else {})
            )
            begun, before = time[-1], charge[-1]
        return summaries

    def _charges(self, passed: PassedCharge) -> dict[str, float]:
        """Every figure of a charge: of the device, per footprint, per volume of the film."""
        told = {}
        for name, value in passed.named().items():
            told[f"{name} [C]"] = value
            told[f"areal_{name} [mAh/cm2]"] = value / self.device.footprint_area / 3.6e4
            told[f"volumetric_{name} [mAh/cm3]"] = value / self.device.film_volume / 3.6e6
        return told

    def _deviation(self, index: int, net: float) -> dict[str, float | None]:
        """Estimated errors of a step's numbers by the time steps, of the device; ``None`` where nothing tells."""
        told = self.deviations.get(index)
        sign = 1.0 if net >= 0 else -1.0
        units = {"duration": ("s", 1.0), "capacity": ("C", sign), "energy": ("J", sign), "end_voltage": ("V", 1.0)}
        names = {"capacity": "charge", "end_voltage": "voltage"}
        found = {name: None if told is None else told[names.get(name, name)] for name in units}
        return {
            f"{name}_time_error [{unit}]": None if found[name] is None else factor * found[name]
            for name, (unit, factor) in units.items()
        }


def _records(table: pandas.DataFrame) -> list[dict[str, Any]]:
    return table.to_dict("records")


def _number(value: float | None) -> float | None:
    """An entry of a table; ``None`` where it is empty."""
    return None if value is None or math.isnan(value) else float(value)


def _peak(rows: pandas.DataFrame) -> dict[str, float]:
    """The largest current of a ramp and where it flows."""
    largest = rows.iloc[int(np.argmax(np.abs(rows["current [A]"].to_numpy())))]
    keys = {"peak_current_density [A/m2]": "current_density [A/m2]", "peak_voltage [V]": "voltage [V]"}
    return {name: float(largest[key]) for name, key in keys.items()}


def write_table(table: pandas.DataFrame, stem: Path) -> None:
    """Write a table as ``stem.csv`` and ``stem.parquet``, whole or not at all."""
    with whole_file(stem.with_name(stem.name + ".csv")) as temporary:
        table.to_csv(temporary, index=False)
    write_parquet(table, stem.with_name(stem.name + ".parquet"))


def write_parquet(table: pandas.DataFrame, path: Path) -> None:
    """Write a table in Parquet with checksums of its pages, whole or not at all."""
    with whole_file(path) as temporary:
        table.to_parquet(temporary, write_page_checksum=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, data: Mapping, seal: bool = False) -> None:
    """Write JSON with ``null`` for what is not a number; with ``seal`` its checksum goes along."""
    plain = _finite(data)
    write_text(path, json.dumps(sealed(plain) if seal else plain, indent=2, ensure_ascii=False) + "\n")


def _finite(value):
    if isinstance(value, Mapping):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
