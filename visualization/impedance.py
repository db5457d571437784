"""Impedance: Nyquist and Bode diagrams of one or several cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .axes import blank, headline, logarithmic
from .case import Case, place
from .errors import VisualizationError, unknown
from .notation import number_text, parameters_text, scaled_unit
from .style import FAINT, LINES, MARKERS, look
from .sweeps import in_order, independent, line_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TABLE = "impedance.csv"
FREQUENCY = "frequency [Hz]"
PARTS = ("Z' [ohm cm2]", "Z'' [ohm cm2]")

#: Least over largest resistance below which the axis begins at 0.
ORIGIN = 0.3

#: Least distance between named points, inches.
APART = 0.4

#: Distance in decades within which a point stands for a whole decade.
NEAR = 0.12


@dataclass(frozen=True)
class Spectrum:
    """An impedance spectrum.

    Attributes
    ----------
    label
        Of the case among others.
    frequency
        Hz, ascending, shape (n,).
    impedance
        Complex, Ω cm² of footprint, shape (n,); a capacitance has a negative imaginary part.
    """

    label: str
    frequency: np.ndarray
    impedance: np.ndarray


def spectrum(case: Case, label: str = "") -> Spectrum:
    """The spectrum in a case's folder.

    Raises
    ------
    VisualizationError
        There is no ``impedance.csv``, it lacks a column, or holds no finite number.
    """
    import pandas

    path = case.folder / TABLE
    if not path.is_file():
        raise VisualizationError(f"no {TABLE} in {case.folder}; `archode impedance` makes it")
    try:
        table = pandas.read_csv(path)
    except (OSError, ValueError) as error:
        raise VisualizationError(f"{path} cannot be read: {error}") from None
    for name in (FREQUENCY, *PARTS):
        if name not in table:
            raise unknown("column", name, table.columns, str(path))
    numbers = table[[FREQUENCY, *PARTS]].apply(pandas.to_numeric, errors="coerce").dropna().sort_values(FREQUENCY)
    numbers = numbers[numbers[FREQUENCY] > 0]
    if numbers.empty:
        raise VisualizationError(f"{path} holds no row of numbers with a frequency above 0")
    frequency, real, imaginary = numbers.to_numpy(dtype=float).T
    return Spectrum(label, frequency, real + 1j * imaginary)


def spectra(cases: Sequence[Case]) -> list[Spectrum]:
    """The spectra of those cases that have one, labelled by what is swept."""
    cases = list(cases)
    having = [case for case in cases if (case.folder / TABLE).is_file()]
    if not having:
        raise VisualizationError(f"no {TABLE} in {place(cases)}; `archode impedance` makes it")
    paths = independent(cases) if len(cases) > 1 else []
    return [spectrum(case, line_label(case, paths)) for case in in_order(having, paths)]


def draw_nyquist(cases: Sequence[Case]) -> "Figure":
    """−Z'' against Z' at equal scales, one line a case; whole decades of the frequency are filled and named.

    Raises
    ------
    VisualizationError
        No case has a spectrum.
    """
    drawn = spectra(cases)
    factor, unit = _unit(drawn)
    with look():
        figure = blank(4.6)
        axes = figure.subplots()
        for index, one in enumerate(drawn):
            z = factor * one.impedance
            style = {"color": LINES[index % len(LINES)], "marker": MARKERS[index % len(MARKERS)]}
            axes.plot(z.real, -z.imag, markersize=3.6, markerfacecolor="white", linewidth=1.1, **style)
            places = decades(one.frequency)
            axes.plot(z.real[places], -z.imag[places], linestyle="none", markersize=5.5, **style)
            axes.plot([], [], label=one.label or None, **style)
        axes.set_xlabel(f"Z' / {unit}")
        axes.set_ylabel(f"\N{MINUS SIGN}Z'' / {unit}")
        _head(axes, cases)
        _equal_scales(figure, axes, factor * np.concatenate([one.impedance for one in drawn]))
        _name_decades(figure, axes, drawn[0], factor)
        axes.axhline(0, color=FAINT, linewidth=0.6)
        if any(one.label for one in drawn):
            axes.legend(loc="best")
    return figure


def draw_bode(cases: Sequence[Case]) -> "Figure":
    """Modulus and phase against frequency, one line a case.

    Raises
    ------
    VisualizationError
        No case has a spectrum.
    """
    drawn = spectra(cases)
    factor, unit = _unit(drawn)
    with look():
        figure = blank(4.9)
        modulus, phase = figure.subplots(2, 1, sharex=True, height_ratios=(1.4, 1))
        for index, one in enumerate(drawn):
            colour = LINES[index % len(LINES)]
            modulus.loglog(one.frequency, factor * np.abs(one.impedance), color=colour, label=one.label or None)
            phase.plot(one.frequency, -np.degrees(np.angle(one.impedance)), color=colour)
        logarithmic(modulus, [factor * abs(z) for one in drawn for z in one.impedance], "y")
        modulus.set_ylabel(f"|Z| / {unit}")
        phase.set_ylabel("\N{MINUS SIGN}phase / °")
        low, high = phase.get_ylim()
        step = next((step for step in (1, 2, 5, 15, 30) if high - low <= 6 * step), 45)
        phase.set_yticks([angle for angle in range(-180, 181, step) if low <= angle <= high])
        phase.set_xlabel("Frequency / Hz")
        _head(modulus, cases)
        if any(one.label for one in drawn):
            modulus.legend(loc="best")
    return figure


def decades(frequency: np.ndarray) -> list[int]:
    """Indices of the points nearest to 0.1, 1, 10, … Hz, where there is one close by."""
    logarithm = np.log10(frequency)
    whole = np.arange(np.ceil(logarithm.min() - NEAR), np.floor(logarithm.max() + NEAR) + 1)
    nearest = [int(np.argmin(np.abs(logarithm - decade))) for decade in whole]
    return [k for k, decade in zip(nearest, whole, strict=True) if abs(logarithm[k] - decade) <= NEAR]


def frequency_text(hertz: float) -> str:
    """A frequency with its prefix: "10 kHz"."""
    factor, unit = scaled_unit(hertz, "Hz")
    return f"{number_text(hertz * factor)} {unit}"


def _equal_scales(figure: "Figure", axes: "Axes", z: np.ndarray) -> None:
    """Limits that fill the box at equal scales, with the origin of Z' at the left where it is near; a page as high."""
    near = z.real.min() < ORIGIN * z.real.max()
    left = min(0.0, 1.08 * z.real.min()) if near else z.real.min() - 0.1 * np.ptp(z.real)
    bottom = min(0.0, 1.08 * -z.imag.max())
    wide, high = z.real.max() + 0.1 * np.ptp(z.real) - left, 1.1 * max(-z.imag.min(), 0.0) - bottom
    bottom -= 0.03 * max(wide, high)
    high += 0.03 * max(wide, high)
    figure.draw_without_rendering()
    box = axes.get_window_extent()
    beside = figure.get_size_inches()[1] - box.height / figure.dpi
    figure.set_size_inches(
        figure.get_size_inches()[0], min(beside + max(box.width * high / wide / figure.dpi, 1.8), 5.2)
    )
    figure.draw_without_rendering()
    box = axes.get_window_extent()
    per_pixel = max(wide / box.width, high / box.height)
    axes.set_xlim(left, left + per_pixel * box.width)
    axes.set_ylim(bottom, bottom + per_pixel * box.height)
    # Kept when the figure is given another size: the box shrinks then.
    axes.set_aspect("equal", adjustable="box", anchor="W")


def _name_decades(figure: "Figure", axes: "Axes", one: Spectrum, factor: float) -> None:
    """Frequencies beside the filled points, as many as have room."""
    from matplotlib.patheffects import withStroke

    figure.draw_without_rendering()
    z = factor * one.impedance
    named: list[np.ndarray] = []
    for k in decades(one.frequency):
        place = axes.transData.transform((z.real[k], -z.imag[k])) / figure.dpi
        if any(np.hypot(*(place - other)) < APART for other in named):
            continue
        named.append(place)
        text = frequency_text(10.0 ** round(np.log10(one.frequency[k])))
        halo = [withStroke(linewidth=2.0, foreground="white")]
        offset = {"textcoords": "offset points", "va": "top", "zorder": 5, "path_effects": halo}
        axes.annotate(text, (z.real[k], -z.imag[k]), (6, -3), fontsize=7.5, **offset)


def _unit(drawn: list[Spectrum]) -> tuple[float, str]:
    return scaled_unit(max(float(np.abs(one.impedance).max()) for one in drawn), "Ω cm$^2$")


def _head(axes: "Axes", cases: Sequence[Case]) -> None:
    summary = cases[0].summary
    told = parameters_text(summary.get("parameters", {})) if len(cases) == 1 else ""
    headline(axes, str(summary.get("study", "")), told)
