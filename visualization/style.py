"""Colours, labels and type: one look for curves and fields.

Line and region colours are the colour-blind safe set of Okabe and Ito (2008); the maps are Matplotlib's
perceptually uniform ones, which keep their order in grey.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
INK = "#222222"
FAINT = "#6b6b6b"

REGIONS = {
    "electrolyte": "#A8D3EE",
    "anode": "#3B5B92",
    "cathode": "#D9722E",
    "anode_collector": "#8E8E8E",
    "cathode_collector": "#D8B64C",
    "separator": "#CFC3DC",
}


class FieldStyle(NamedTuple):
    """How a field is named, in which unit, and by which map it is coloured."""

    label: str
    unit: str
    colours: str


FIELDS = {
    "concentration": FieldStyle("Salt concentration", r"mol m$^{-3}$", "viridis"),
    "solid concentration": FieldStyle("Concentration", r"mol m$^{-3}$", "cividis"),
    "potential": FieldStyle("Potential", "V", "cividis"),
    "current density": FieldStyle("Current density |i|", r"A m$^{-2}$", "inferno"),
    "plating": FieldStyle("Plating current density", r"A m$^{-2}$", "plasma"),
    "deposit thickness": FieldStyle("Deposit thickness", "m", "viridis"),
    "stoichiometry": FieldStyle("stoichiometry", "", "cividis"),
}

# Two maps, since each electrode has a scale of its own.
STOICHIOMETRY = {"anode": "viridis", "cathode": "magma"}

RC = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.labelsize": 9.5,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "lines.linewidth": 1.8,
    "lines.markersize": 5.5,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "xtick.direction": "out",
    "ytick.direction": "out",
    "figure.facecolor": "white",
    "mathtext.default": "regular",
    # Text stays text, to be found, read aloud and edited.
    "svg.fonttype": "none",
    "svg.hashsalt": "archode",
    "pdf.fonttype": 42,
}


@contextmanager
def look() -> Iterator[None]:
    """Matplotlib's settings for the figures made inside."""
    import matplotlib

    with matplotlib.rc_context(RC):
        yield
