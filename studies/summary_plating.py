"""Plated electrodes in the summary: deposit, nucleation dip, depletion, and what the criteria said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..solvers.criteria.cation import plated_cation
from ..solvers.criteria.depletion import depletion_time

if TYPE_CHECKING:
    import pandas

    from ..solvers.record import Recorder
    from ..solvers.simulation import Run
    from .schema import Study

#: A dip less deep than this is rounding or a slow drift [V].
SHALLOWEST_DIP = 1e-4


def plated_surfaces(study: Study, run: Run, recorder: Recorder) -> dict[str, dict[str, Any]]:
    """Numbers of every electrode that was plated, by side."""
    told, table = {}, recorder.table
    for side in run.watch.told:
        rows = table[_plates(table, side)]
        given = study.interfaces.of(side).plating
        told[side] = {"substrate": given.substrate if given else None} | dict(run.watch.numbers[side])
        told[side] |= {
            "thickness_mean [m]": float(table[f"{side}_deposit [m]"].max()),
            "thickness_max [m]": float(table[f"{side}_deposit_max [m]"].max()),
            "depletion": _depletion(run, side, rows),
            **_overpotentials(run, side, rows),
        }
    return told


def _plates(table: pandas.DataFrame, side: str) -> pandas.Series:
    """Which rows of the time series plate an electrode: those of a discharge the cathode, of a charge the anode."""
    return table["current [A]"] < 0 if side == "cathode" else table["current [A]"] > 0


def _first_step(rows: pandas.DataFrame) -> pandas.DataFrame:
    """Rows of the first protocol step among them."""
    return rows[rows["protocol_step"] == rows["protocol_step"].iloc[0]] if len(rows) else rows


def _overpotentials(run: Run, side: str, rows: pandas.DataFrame) -> dict[str, float | None]:
    """Dip and plateau of the first step that plates an electrode at constant current [V].

    The nucleation overpotential is the height of the dip over the plateau after it: the first local maximum of the
    polarisation |V − V_rest| less the smallest that follows; the cell's voltage, ohmic drops and all.
    """
    nucleates = run.cell.deposits[side].plating.nucleation is not None
    rest = run.cell.description.open_circuit_voltage()
    driven = rows[rows["kind"].isin(("charge", "discharge"))]
    if not len(driven):
        return {"nucleation_overpotential [V]": None, "plateau_overpotential [V]": None}
    polarisation = np.abs(_first_step(driven)["voltage [V]"].to_numpy() - rest)
    falls = np.flatnonzero(np.diff(polarisation) < 0)
    if not len(falls):
        return {"nucleation_overpotential [V]": None, "plateau_overpotential [V]": float(polarisation[-1])}
    top = falls[0]
    plateau = float(polarisation[top:].min())
    dip = float(polarisation[top]) - plateau
    return {
        "nucleation_overpotential [V]": dip if nucleates and dip > SHALLOWEST_DIP else None,
        "plateau_overpotential [V]": plateau,
    }


def _depletion(run: Run, side: str, rows: pandas.DataFrame) -> dict[str, Any]:
    """When the first step that plates an electrode uses up the cation at its surface, from every time step."""
    rows = _first_step(rows)
    if len(rows) < 2:
        return {"time [s]": None, "how": "not within the run"}
    electrolyte = run.cell.description.electrolyte
    # The time series has the salt's concentration where there is a salt.
    bulk = getattr(electrolyte, "concentration", None)
    if bulk is None:
        bulk = plated_cation(electrolyte, run.cell.surfaces[side].ion).concentration
    times = rows["time [s]"].to_numpy()
    started = times[0] - rows["dt [s]"].iloc[0]
    minima = rows[f"{side}_c_min [mol/m3]"].to_numpy()
    found = depletion_time(times - started, minima / bulk)
    return {"time [s]": found.time, "how": found.how}
