"""Scenes of a case that are worth turning, and what its pictures show, in a sentence each."""

import logging

from ..case import Case
from ..errors import VisualizationError
from ..options import Options
from ..picture import Picture
from ..views import VIEWS, draw_view
from .view import View, view_of

log = logging.getLogger(__name__)

#: Scenes of a report, in their order. Lines of the current in space have too many triangles for it.
TURNED = ("geometry", "current_density", "concentration", "stoichiometry", "surface_current")

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
    "ragone": ("Energy over power", "per footprint, beside commercial cells where their area is known."),
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
        return f"Against {rest.split('_', 1)[-1].replace('_', ' ')}", "figures of merit over the swept parameter."
    if kind in ("heatmap", "pareto"):
        return rest.replace(
            "_", " "
        ).capitalize(), "over both parameters." if kind == "heatmap" else "what opposes what."
    return name.replace("_", " ").capitalize(), f"{VIEWS[name].summary}." if name in VIEWS else ""


def case_views(case: Case) -> list[View]:
    """The scenes for which a case holds the data, at the moment of its largest current.

    Raises
    ------
    VisualizationError
        There are no fields at all.
    """
    if not case.regions:
        raise VisualizationError(f"there are no field files in {case.folder}: output.fields asks for none")
    views = []
    for name in TURNED:
        try:
            drawn = None if VIEWS[name].missing(case) else draw_view(case, name, Options())
            if isinstance(drawn, Picture):
                views.append(view_of(drawn))
        except VisualizationError as error:
            log.debug("no view %s: %s", name, error)
    return views
