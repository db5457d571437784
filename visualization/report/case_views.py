"""Scenes of a case that are worth turning, and what its pictures show, in a sentence each."""

import logging
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from ..case import Case
from ..currents import LIGHT, draw_current
from ..deposit_scene import draw_deposit_scene
from ..errors import VisualizationError
from ..moment import moment
from ..notation import plain
from ..picture import Picture
from ..plated import SHOWN, plated_sides, plated_surfaces, plating_time
from ..reading import snapshot_times
from ..views import CRITERION, VIEWS, draw_view
from .view import View, view_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

log = logging.getLogger(__name__)

#: Scenes of a report, in their order; `case_views` adds those of plated electrodes.
TURNED = ("geometry", "current", "current_density", "concentration", "stoichiometry", "surface_current")

#: Architectures in which the current flows straight across: its lines are parallel, fields vary along one axis.
STRAIGHT = ("planar", "stack")

#: What a picture shows: its title, and how to read it.
CAPTIONS = {
    "voltage_time": ("Voltage and current", "over time, through all steps of the protocol."),
    "voltage_capacity": ("Voltage over capacity", "of every step, per footprint of the device."),
    "rate_capability": ("Capacity against rate", "what is left of the capacity when it is asked for faster."),
    "nucleation_dip": (
        "Start of plating",
        "voltage over the logarithm of time: the dip is the price of the first nuclei on a foreign substrate.",
    ),
    "geometry": ("Geometry", "the simulated part of the device: electrodes solid, the electrolyte as glass."),
    "concentration": ("Concentration", "in the electrolyte, cut open, at the moment of the largest current."),
    "current_density": (
        "Current density",
        "in the electrolyte, cut open, with lines in the direction of the current: bright edges carry most of it.",
    ),
    "potential": ("Potential", "in the electrolyte, cut open: its range is the ohmic and diffusive loss there."),
    "stoichiometry": ("Filling of the electrodes", "where ions have arrived; each electrode has a scale of its own."),
    "surface_current": ("Current on the electrodes", "local current density on the surface of every electrode."),
    "plating": ("Where metal is plated", "local plating current on the electrodes, at the end of plating."),
    "voltammogram": ("Voltammogram", "current over voltage while the voltage is swept."),
    "differential_capacity": ("Differential capacity", "dQ/dV over the voltage: peaks are steps in filling."),
    "ragone": ("Energy over power", "per footprint and per volume, beside devices quoted in the literature."),
    "nyquist": ("Impedance", "imaginary over real part, one point for each frequency."),
    "bode": ("Impedance over frequency", "magnitude and phase."),
    "concentration_range": ("Range of concentration", "lowest and highest in the electrolyte, over time."),
    "deposit_growth": ("Growth of the deposit", "mean and largest thickness over time."),
    "current_transient": ("Current transient", "of nucleation and growth, beside the limiting laws."),
    "deposit": ("Thickness of the deposit", "on the plated electrodes, at the end of plating."),
    "criteria": ("Criteria, place by place", "each on a scale of its own; the dangerous places are bright."),
    "hosts": ("Hosts compared", "figures of merit against current, one line for each host."),
}


def caption(name: str) -> tuple[str, str]:
    """Title and sentence of a picture, by its file's name without ending."""
    if name in CAPTIONS:
        return CAPTIONS[name]
    kind, _, rest = name.partition("_")
    if kind == "sweep":
        return f"Against {_swept(rest)}", "figures of merit over the swept parameter."
    if kind == "criterion" and rest in SHOWN:
        told = plain(SHOWN[rest])
        return f"{told[0].upper()}{told[1:]}", "place by place, at the end of plating; bright is dangerous."
    if kind in ("heatmap", "pareto"):
        return rest.replace(
            "_", " "
        ).capitalize(), "over both parameters." if kind == "heatmap" else "what opposes what."
    return name.replace("_", " ").capitalize(), f"{VIEWS[name].summary}." if name in VIEWS else ""


def _swept(path: str) -> str:
    """A swept parameter in words: of "interfaces_cathode_plating_nucleation_contact_angle" the contact angle."""
    path = path.removeprefix("geometry_").removeprefix("interfaces_").removeprefix("materials_overrides_")
    side, _, rest = path.partition("_")
    if side in ("anode", "cathode"):
        return f"{rest.removeprefix('plating_').removeprefix('nucleation_').replace('_', ' ')} of the {side}"
    return re.sub(r"^protocol_(\d+)_(\w+)$", r"\2 (step \1)", path).replace("_", " ")


def speaking(case: Case) -> list[str]:
    """Criteria that speak of the electrode which is meant, the least margin first."""
    criteria = case.summary.get("criteria") or {}
    for side in plated_sides(case):
        found = {
            name: one.get("margin") or 0.0
            for name, one in (criteria.get(side) or {}).items()
            if one.get("voice") == "speaks"
        }
        return sorted(found, key=found.__getitem__)
    return []


def uneven(case: Case, criterion: str) -> bool:
    """Whether a criterion varies over the plated electrode at the end of plating: there is something to see."""
    try:
        surface = plated_surfaces(case)[0]
    except VisualizationError:
        return False
    values = surface.mesh.cell_data.get(criterion)
    if values is None or not np.isfinite(values).all():
        return False
    return not surface.map("", "", "", np.asarray(values, dtype=float)).even


def case_views(case: Case) -> list[View]:
    """The scenes for which a case holds the data: at the moment of its largest current, of deposits and criteria at the
    end of plating.

    Raises
    ------
    VisualizationError
        There are no fields at all.
    """
    if not case.regions and not case.surfaces:
        raise VisualizationError(f"there are no field files in {case.folder}: output.fields asks for none")
    views = []
    for name, draw in _scenes(case):
        try:
            drawn = draw()
            if isinstance(drawn, Picture):
                views.append(view_of(drawn))
        except VisualizationError as error:
            log.debug("no view %s: %s", name, error)
    return views


def _scenes(case: Case) -> Iterator[tuple[str, Callable[[], "Picture | Figure"]]]:
    """Names with what draws them; whether there is anything to draw may turn out only then."""
    for name in TURNED:
        if name == "current" and case.summary.get("architecture") in STRAIGHT:
            continue
        if VIEWS[name].missing(case) is None:
            # Fine tubes along lines of the current are too many triangles for a browser.
            if name == "current":
                yield name, lambda: draw_current(moment(case), LIGHT)
            else:
                yield name, lambda n=name: draw_view(case, n)
    if sides := plated_sides(case):
        yield "deposit", lambda: draw_deposit_scene(moment(case, _end_of_plating(case, sides[0])))
    for criterion in speaking(case):
        if criterion in SHOWN and uneven(case, criterion):
            yield criterion, lambda c=criterion: draw_view(case, CRITERION + c)


def _end_of_plating(case: Case, side: str) -> float:
    return plating_time(case, side, snapshot_times(case.folder / f"{side}_surface.vtkhdf"))
