"""What a run leaves behind beside its fields: the time series and the summary."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..geometry.whole_file import whole_file
from .charge import PassedCharge
from .position import AcceptedStep

if TYPE_CHECKING:
    import pandas

NAN = float("nan")

#: Charge passed in the protocol step since it began, by the sign of its current.
ANODIC, CATHODIC = "step_anodic_charge [C]", "step_cathodic_charge [C]"


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


@dataclass
class Recorder:
    """Collects one row per accepted step; currents and charges are the device's."""

    device: Device
    rows: list[dict[str, float | str]] = field(default_factory=list)
    endings: dict[int, str] = field(default_factory=dict)
    deviations: dict[int, dict[str, float | None]] = field(default_factory=dict)

    def add(self, step: AcceptedStep) -> None:
        """Take in an accepted step."""
        if step.ended_by:
            self.endings[step.protocol_step] = step.ended_by
        if step.deviation is not None:
            self.deviations[step.protocol_step] = asdict(step.deviation)
        if step.dt == 0.0 and self.rows and self.rows[-1]["protocol_step"] == step.protocol_step:
            # The end of the state before, by what is used up in it.
            return
        device, o = self.device, step.observation
        charge = step.charge * device.multiplicity
        passed = self._passed(step.protocol_step).plus(charge - (self.rows[-1]["charge [C]"] if self.rows else 0.0))
        current = o.current * device.multiplicity
        self.rows.append(
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

    def _passed(self, protocol_step: int) -> PassedCharge:
        """Charge passed so far in a protocol step."""
        if not self.rows or self.rows[-1]["protocol_step"] != protocol_step:
            return PassedCharge()
        return PassedCharge(self.rows[-1][ANODIC], self.rows[-1][CATHODIC])

    def forget_after(self, time: float) -> None:
        """Drop the rows after a time [s], before a run goes on from it."""
        self.rows = [row for row in self.rows if row["time [s]"] <= time * (1 + 1e-12)]

    def table(self) -> pandas.DataFrame:
        """The time series."""
        import pandas

        return pandas.DataFrame(self.rows)

    def write(self, folder: Path) -> None:
        """Write ``timeseries.csv`` and ``timeseries.parquet``."""
        write_table(self.table(), folder / "timeseries")

    def step_summaries(self, values: list[float]) -> list[dict]:
        """Figures of merit of every protocol step begun.

        Parameters
        ----------
        values
            Device current [A] or voltage [V] that each step of the protocol asked for.
        """
        summaries = []
        for index in sorted({row["protocol_step"] for row in self.rows}):
            first = next(k for k, row in enumerate(self.rows) if row["protocol_step"] == index)
            rows = [row for row in self.rows if row["protocol_step"] == index]
            begun = self.rows[first - 1]["time [s]"] if first else 0.0
            # V dQ by the trapezoidal rule: exact at constant voltage, whatever the current did.
            energy, time = 0.0, rows[-1]["time [s]"]
            before = self.rows[first - 1]["charge [C]"] if first else 0.0
            voltage = rows[0]["voltage [V]"]
            for row in rows:
                energy += 0.5 * (voltage + row["voltage [V]"]) * abs(row["charge [C]"] - before)
                voltage, before = row["voltage [V]"], row["charge [C]"]
            passed = PassedCharge(rows[-1][ANODIC], rows[-1][CATHODIC])
            capacity, kind = passed.magnitude, rows[0]["kind"]
            summaries.append(
                {
                    "index": index,
                    "kind": kind,
                    "value": values[index],
                    "ended_by": self.endings.get(index),
                    "duration [s]": time - begun,
                    **self._charges(passed),
                    "energy [J]": energy,
                    # Of a ramp, which passes charge both ways at all voltages, the mean would say nothing.
                    "mean_voltage [V]": NAN if kind in ("rest", "ramp") or not capacity else energy / capacity,
                    "end_voltage [V]": rows[-1]["voltage [V]"],
                    "time_steps": len(rows),
                }
                | self._deviation(index, passed.net)
                | (_peak(rows) if kind == "ramp" else {})
            )
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
        scale = self.device.multiplicity
        passed = scale if net >= 0 else -scale
        units = {"duration": ("s", 1.0), "capacity": ("C", passed), "energy": ("J", passed), "end_voltage": ("V", 1.0)}
        names = {"capacity": "charge", "end_voltage": "voltage"}
        found = {name: None if told is None else told[names.get(name, name)] for name in units}
        return {
            f"{name}_time_error [{unit}]": None if found[name] is None else factor * found[name]
            for name, (unit, factor) in units.items()
        }


def _peak(rows: list[dict]) -> dict[str, float]:
    """The largest current of a ramp and where it flows."""
    largest = max(rows, key=lambda row: abs(row["current [A]"]))
    keys = {"peak_current_density [A/m2]": "current_density [A/m2]", "peak_voltage [V]": "voltage [V]"}
    return {name: largest[key] for name, key in keys.items()}


def write_table(table: pandas.DataFrame, stem: Path) -> None:
    """Write a table as ``stem.csv`` and ``stem.parquet``, whole or not at all."""
    for suffix, write in ((".csv", lambda p: table.to_csv(p, index=False)), (".parquet", table.to_parquet)):
        with whole_file(stem.with_name(stem.name + suffix)) as temporary:
            write(temporary)


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, data: Mapping) -> None:
    """Write JSON with ``null`` for what is not a number."""
    write_text(path, json.dumps(_finite(data), indent=2, ensure_ascii=False) + "\n")


def _finite(value):
    if isinstance(value, Mapping):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
