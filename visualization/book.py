"""What figures of the verification book show, as plain numbers; :mod:`.book_figure` draws them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

LINE_POINTS = 201
"""Of a closed form that is drawn as a line."""


class Kind(StrEnum):
    """How a curve is drawn."""

    LINE = "line"
    POINTS = "points"
    BOUND = "bound"


@dataclass(frozen=True)
class Curve:
    """A curve of a figure; made by :func:`line`, :func:`points`, :func:`compare` or :func:`bound`.

    Attributes
    ----------
    label
        Name in the legend; an unnamed line is a closed form that belongs to the markers of its colour.
    x, y
        Its points, in the units of the axes.
    kind
        How it is drawn.
    expected
        The closed form at the same x, for the panel of errors; empty without it.
    tolerance
        Relative error allowed; 0 draws none.
    scale
        What errors are relative to; 0: to the closed form at each x.
    """

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    kind: Kind = Kind.POINTS
    expected: tuple[float, ...] = ()
    tolerance: float = 0.0
    scale: float = 0.0

    def errors(self) -> np.ndarray:
        """Relative errors of the markers."""
        expected = np.array(self.expected)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.abs(np.array(self.y) - expected) / (self.scale or np.abs(expected))

    def band(self) -> tuple[np.ndarray, np.ndarray]:
        """Least and largest value that the tolerance allows beside a line."""
        y = np.array(self.y)
        half = self.tolerance * (self.scale or np.abs(y))
        return y - half, y + half


@dataclass(frozen=True)
class Figure:
    """One pair of axes and its curves.

    Markers and lines are coloured in their order: the first markers like the first line, and so on.

    Attributes
    ----------
    title
        What is shown.
    x, y
        Names of the axes with their units, as in "Time / s".
    curves
        What is drawn.
    log_x, log_y
        Logarithmic axes.
    """

    title: str
    x: str
    y: str
    curves: Sequence[Curve]
    log_x: bool = False
    log_y: bool = False


@dataclass(frozen=True)
class Errors:
    """Relative errors of single numbers beside what is allowed, one line a number."""

    title: str
    labels: tuple[str, ...]
    errors: tuple[float, ...]
    tolerances: tuple[float, ...]


def line(label: str, x: Iterable[float], y: Iterable[float], tolerance: float = 0.0, scale: float = 0.0) -> Curve:
    """A closed form, with a band of the ``tolerance`` relative to ``scale`` or, without it, to the line itself."""
    return Curve(label, _plain(x), _plain(y), Kind.LINE, tolerance=tolerance, scale=scale)


def points(label: str, x: Iterable[float], y: Iterable[float]) -> Curve:
    """Computed values."""
    return Curve(label, _plain(x), _plain(y))


def bound(label: str, x: Iterable[float], y: Iterable[float]) -> Curve:
    """What is allowed, or a limit that is approached: a dashed line without a colour of its own."""
    return Curve(label, _plain(x), _plain(y), Kind.BOUND)


def compare(
    label: str,
    x: Sequence[float],
    computed: Iterable[float],
    exact: Callable[[float], float],
    tolerance: float = 0.0,
    log_x: bool = False,
    span: tuple[float, float] | None = None,
    scale: float = 0.0,
) -> tuple[Curve, Curve]:
    """Computed values at ``x`` and the closed form they are held against, as two curves.

    Parameters
    ----------
    label
        Name of the pair in the legend.
    x, computed
        Where, and what came out.
    exact
        The closed form, a function of one number.
    tolerance
        Relative error allowed. Without it the panel of errors leaves the curve out.
    log_x
        Whether the closed form is sampled evenly on a logarithmic axis.
    span
        Where the line is drawn; from the least to the largest x without it.
    scale
        What errors are relative to, for a closed form that passes through zero; without it, to the form at each x.
    """
    if len(x) == 0:
        return line("", (), ()), points(label, (), ())
    first, final = span or (min(x), max(x))
    sample = np.geomspace(first, final, LINE_POINTS) if log_x else np.linspace(first, final, LINE_POINTS)
    expected = _plain(exact(value) for value in x) if tolerance else ()
    return (
        line("", sample, (exact(value) for value in sample), tolerance, scale),
        Curve(label, _plain(x), _plain(computed), expected=expected, tolerance=tolerance, scale=scale),
    )


def _plain(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
