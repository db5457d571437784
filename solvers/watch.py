"""Watches the plated electrodes of a run: what every criterion says, when it first speaks, and where.

At the times of the saved fields, and at the end of every protocol step, all criteria judge the surface as it is. Of
each, the run keeps the finding with the smallest margin, and the first at which it spoke.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from .cell import Cell
from .criteria import LARGE_IS_WORSE, MAPS, Finding, Setting, SurfaceState, evaluate_all
from .criteria.cation import plated_cation
from .criteria.limiting_current import overload
from .criteria.pores import closing_thickness, mirror_images, pore_radii, relative_depth
from .description import ELECTRODES
from .emptying import EmptyingProblem, is_planar
from .errors import SolverError
from .observe import Observation
from .steady_diffusion import limiting_current
from .surface_view import SurfaceView

log = logging.getLogger(__name__)

#: Differences over a surface below this share of its largest value are the mesh's, and no place.
EVEN = 1e-3

#: Faces of the two surfaces' boxes that agree to this share of the whole are mirror planes.
ON_THE_BOX = 1e-3


def make_setting(cell: Cell, side: str, footprint_area: float, views: Mapping[str, SurfaceView]) -> Setting | None:
    """Everything the criteria of an electrode need; on rank 0, ``None`` elsewhere. Collective.

    Parameters
    ----------
    side
        A metal electrode.
    footprint_area
        Of the simulated domain [m²].
    views
        The surfaces of both electrodes.
    """
    description = cell.description
    electrode, electrolyte = description.electrode(side), description.electrolyte
    cation = plated_cation(electrolyte, cell.surfaces[side].ion)
    volumes = {name: cell.volume(name) * cell.scales.length**3 for name in cell.electrolytes}
    limit = limiting_current(cell, side).current
    if cell.comm.rank != 0:
        return None
    other = next(name for name in ELECTRODES if name != side)
    radius, closing, depth = _pores(views[side], views[other])
    plating, separator = electrode.plating, description.separator
    return Setting(
        side=side,
        metal=electrode.material,
        temperature=description.temperature,
        cation_concentration=cation.concentration,
        diffusivity=cation.diffusivity,
        transference_number=cation.transference_number,
        conductivity=electrolyte.conductivity,
        permittivity=electrolyte.permittivity,
        gap=sum(volumes.values()) / footprint_area,
        footprint_area=footprint_area,
        transport_factor=separator.transport_factor if separator else 1.0,
        porosity=separator.porosity if separator else 1.0,
        separated=volumes.get("separator", 0.0) / sum(volumes.values()),
        deposit_porosity=plating.porosity if plating else 0.0,
        energies=plating.energies if plating else None,
        critical_thickness=plating.critical_thickness if plating else None,
        surface_energy=electrode.material.surface_energy,
        limiting_current=limit,
        pore_radius=radius,
        closing_thickness=closing,
        depth=depth,
        separator_shear_modulus=separator.shear_modulus if separator else None,
    )


def _pores(view: SurfaceView, counter: SurfaceView) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Local pore radius, thickness that closes it [m] and relative depth, by facet.

    A wall of the box is a mirror where both surfaces meet it.
    """
    own, others = (v.grid.points[v.grid.corners].mean(axis=1) for v in (view, counter))
    lower, upper = (f(v.grid.points, axis=0) for f, v in ((np.min, view), (np.max, view)))
    counter_low, counter_high = counter.grid.points.min(axis=0), counter.grid.points.max(axis=0)
    extent = np.maximum(upper, counter_high) - np.minimum(lower, counter_low)
    mirrors = [
        axis
        for axis in range(3)
        if extent[axis] > 0
        and max(abs(lower - counter_low)[axis], abs(upper - counter_high)[axis]) < ON_THE_BOX * extent[axis]
    ]
    depth = relative_depth(own, others)
    walls = mirror_images(own, lower, upper, mirrors)
    radii = pore_radii(own, view.grid.normals, float(np.linalg.norm(extent)), walls)
    # Without a wall of its own before it, a deposit grows until it meets the other electrode.
    reach = cKDTree(others).query(own)[0]
    return np.minimum(radii, reach), np.minimum(closing_thickness(own, view.grid.normals, radii), reach), depth


class Watch:
    """What the criteria say of a run's plated electrodes.

    Parameters
    ----------
    cell
        The coupled problem.
    views
        The surfaces of both electrodes.
    footprint_area
        Of the simulated domain [m²].

    Attributes
    ----------
    told
        By electrode and criterion: the finding of the smallest margin and when the criterion first spoke, as numbers
        and text; on rank 0, empty elsewhere.
    numbers
        By electrode what its surface is, beside the criteria; on rank 0.
    """

    def __init__(self, cell: Cell, views: Mapping[str, SurfaceView], footprint_area: float):
        self.cell, self.views, self.footprint_area = cell, views, footprint_area
        self.settings: dict[str, Setting | None] = {}
        self._emptying: dict[str, EmptyingProblem] = {}
        self.told: dict[str, dict[str, dict[str, Any]]] = {}
        self.numbers: dict[str, dict[str, Any]] = {}

    def look(
        self, time: float, kind: str, observation: Observation, values: Mapping[str, Mapping[str, np.ndarray]]
    ) -> dict[str, dict[str, np.ndarray]]:
        """Judge every electrode that is plated now. Collective.

        Parameters
        ----------
        kind
            Of the protocol step: at rest nothing is judged.
        values
            Corner values of both surfaces at this time.

        Returns
        -------
        dict
            Maps of every metal's surface by name with unit, NaN where a criterion has no number; on rank 0.
        """
        currents = {"anode": observation.anode_current, "cathode": observation.current}
        maps = {}
        for side in self.cell.deposits:
            plated = kind != "rest" and currents[side] < 0
            setting = self._setting(side) if plated else None
            state = self.views[side].state(time, values[side]) if self.cell.comm.rank == 0 else None
            if plated:
                state = self._with_emptying(side, setting, state)
            if self.cell.comm.rank == 0:
                findings = evaluate_all(setting, state) if plated else []
                for finding in findings:
                    self._keep(side, finding, state)
                if plated:
                    self.numbers[side] = _numbers(setting, state)
                maps[side] = _maps(findings, len(state.areas))
        return maps

    def _setting(self, side: str) -> Setting | None:
        if side not in self.settings:
            try:
                self.settings[side] = make_setting(self.cell, side, self.footprint_area, self.views)
            except SolverError as error:
                raise SolverError(f"the criteria of the {side}: {error}") from error
        return self.settings[side]

    def _with_emptying(self, side: str, setting: Setting | None, state: SurfaceState | None) -> SurfaceState | None:
        """The state with its times of depletion, where a closed form does not tell them. Collective."""
        root = state is not None
        wanted = root and overload(setting, state)[0] > 1 and not is_planar(setting, state)
        if not self.cell.comm.bcast(bool(wanted), root=0):
            return state
        if side not in self._emptying:
            self._emptying[side] = EmptyingProblem(self.cell, side, self.views)
        found = self._emptying[side]()
        return replace(state, emptying=found) if root else None

    def _keep(self, side: str, finding: Finding, state: SurfaceState) -> None:
        told = self.told.setdefault(side, {}).setdefault(finding.name, {"first": None})
        if finding.voice == "speaks" and told["first"] is None:
            told["first"] = {"time [s]": state.time, "place [um]": _place(finding, state)}
            log.info("%s of the %s speaks at t = %.4g s: %s", finding.name, side, state.time, finding.why)
        known = told.get("margin")
        worse = known is None or (finding.margin is not None and finding.margin <= known)
        spoke = told.get("voice") == "speaks" and finding.voice != "speaks"
        said_nothing = finding.voice == "no say" and finding.value is None and "voice" in told
        # A criterion that finds it does not apply takes back what it foretold.
        if said_nothing and finding.values is not None and told["voice"] != "speaks":
            worse, said_nothing = True, False
        if worse and not spoke and not said_nothing:
            told |= {
                "value": finding.value,
                "unit": finding.unit,
                "voice": finding.voice,
                "margin": finding.margin,
                "why": finding.why,
                "source": finding.source,
                "time [s]": state.time,
            }

    # ------------------------------------------------------------------ results
    def summary(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Findings by electrode and criterion, in the criteria's order; numbers that are infinite are left out."""
        return {
            side: {name: {key: _plain(value) for key, value in told.items()} for name, told in findings.items()}
            for side, findings in self.told.items()
        }


def _maps(findings: list[Finding], facets: int) -> dict[str, np.ndarray]:
    given = {finding.name: finding.values for finding in findings if finding.values is not None}
    maps = {}
    for name, unit in MAPS.items():
        values = np.asarray(given.get(name, np.full(facets, np.nan)), dtype=float)
        maps[f"{name} [{unit}]"] = np.where(np.isfinite(values), values, np.nan)
    return maps


def _numbers(setting: Setting, state: SurfaceState) -> dict[str, Any]:
    """The electrode's numbers beside the criteria."""
    limit = setting.limiting_current
    return {
        "electrode_area [m2]": state.area,
        "area_factor": state.area / setting.footprint_area,
        "limiting_current_density [A/m2]": None if limit is None else _plain(limit / setting.footprint_area),
    }


def _place(finding: Finding, state: SurfaceState) -> list[float] | None:
    """Centre of the facet that is worst off [µm]; ``None`` where all are alike."""
    values = finding.values
    known = np.array([]) if values is None else values[np.isfinite(values)]
    if not len(known) or np.ptp(known) <= EVEN * np.abs(known).max():
        return None
    worst = np.nanargmax(values) if finding.name in LARGE_IS_WORSE else np.nanargmin(values)
    return [1e6 * float(x) for x in state.centres[worst]]


def _plain(value: Any) -> Any:
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value
