"""Scenes of a case that are worth turning, and what its pictures show, in a sentence each."""

import logging

from ..case import Case
from ..errors import VisualizationError
from ..figures import FIELDS
from ..moment import moment
from .view import View, view_of

log = logging.getLogger(__name__)

#: Scenes of a report, in their order.
TURNED = ("geometry", "current_density", "concentration", "stoichiometry")

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
    "surface_current": ("Where metal is plated", "local plating current on the electrodes, at the end of plating."),
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
    return name.replace("_", " ").capitalize(), ""


def case_views(case: Case) -> list[View]:
    """The scenes for which a case holds the data, at the moment of its largest current.

    Raises
    ------
    VisualizationError
        There are no fields at all.
    """
    now = moment(case)
    views = []
    for name in TURNED:
        try:
            views.append(view_of(FIELDS[name](now)))
        except VisualizationError as error:
            log.debug("no view %s: %s", name, error)
    return views
