"""Colours, labels and type: one look for curves and fields.

Line and region colours are the colour-blind safe set of Okabe and Ito (2008); the maps are Matplotlib's
perceptually uniform ones, which keep their order in grey.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
INK = "#222222"
FAINT = "#6b6b6b"
GUIDE = "#bdbdbd"
"""Of lines that are no data, such as those of equal duration."""

REGIONS = {
    "electrolyte": "#A8D3EE",
    "anode": "#3B5B92",
    "cathode": "#D9722E",
    "anode_collector": "#8E8E8E",
    "cathode_collector": "#D8B64C",
    "separator": "#CFC3DC",
    "solid_2": "#4D4D4D",
    "solid_3": "#9C6B4E",
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
    "local current": FieldStyle("Local current density |j|", r"A m$^{-2}$", "inferno"),
    "plating": FieldStyle("Plating current density", r"A m$^{-2}$", "plasma"),
    "deposit thickness": FieldStyle("Deposit thickness", "m", "viridis"),
    "stoichiometry": FieldStyle("stoichiometry", "", "cividis"),
}

# Two maps, since each electrode has a scale of its own.
STOICHIOMETRY = {"anode": "viridis", "cathode": "magma"}

#: The settings as a Matplotlib style sheet, for ``matplotlib.style.use``.
STYLE = Path(__file__).with_name("archode.mplstyle")

MILLIMETRE = 1 / 25.4
"""In inches, in which Matplotlib counts."""

SINGLE_COLUMN = 85 * MILLIMETRE
DOUBLE_COLUMN = 170 * MILLIMETRE
"""Widths of one and of two columns of a journal's page [inches]; figures are drawn two columns wide."""


@contextmanager
def look() -> Iterator[None]:
    """Matplotlib's settings for the figures made inside."""
    import matplotlib

    with matplotlib.rc_context(_settings()):
        yield


@cache
def _settings() -> Mapping[str, Any]:
    """What the style sheet says, read once."""
    from matplotlib import rc_params_from_file

    settings = rc_params_from_file(STYLE, use_default_template=False)
    # Scenes place their axes by hand and curves name their layout, also where the caller has set the sheet for all.
    return {**settings, "figure.constrained_layout.use": False}


def resized(figure: "Figure", width: float, height: float | None = None) -> "Figure":
    """The same figure at another size, for a page: its letters keep theirs, the axes take what is left.

    Figures of one or of stacked panels fit one column; panels side by side take two.

    Parameters
    ----------
    figure
        It is changed and returned.
    width
        In inches, such as `SINGLE_COLUMN`.
    height
        In inches; unless given it gives way less than the width, since letters do not shrink.
    """
    had, tall = figure.get_size_inches()
    figure.set_size_inches(width, tall * (width / had) ** 0.25 if height is None else height)
    return figure
