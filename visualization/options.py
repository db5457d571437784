"""What a reader may ask of a view: when, which field, seen from where, cut where, on which scale."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .errors import VisualizationError

#: Directions towards the viewer (x, y, z), and up; ``front`` looks along y, ``side`` along x.
CAMERAS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "iso": ((-0.45, -1.0, 0.65), (0, 0, 1)),
    "top": ((0, 0, 1), (0, 1, 0)),
    "front": ((0, -1, 0), (0, 0, 1)),
    "side": ((1, 0, 0), (0, 0, 1)),
}

_PLANE = re.compile(r"\s*([xyz])\s*(?:=\s*(\S.*?))?\s*")


@dataclass(frozen=True)
class Options:
    """How a view is drawn; what is None is chosen by the view.

    Attributes
    ----------
    time
        s; the nearest snapshot is taken, and a time outside the run is refused.
    field
        Which field or criterion, for views that show one of several.
    camera
        ``iso``, ``top``, ``front``, ``side``, or the direction towards the viewer as ``x,y,z``.
    clip
        ``none``; an axis, cut in the middle; ``x=0.3``, a share of the extent; ``x=30 um``, a place; ``default``.
    scale
        Least and largest value of the colours, SI; by the name of a bar where a view has several.
    """

    time: float | None = None
    field: str | None = None
    camera: str | None = None
    clip: str | None = None
    scale: tuple[float, float] | Mapping[str, tuple[float, float]] | None = None

    def limits(self, key: str, otherwise: tuple[float, float]) -> tuple[float, float]:
        """The scale that is asked for of a bar, or the one which the view would take."""
        if isinstance(self.scale, Mapping):
            return self.scale.get(key, otherwise)
        return otherwise if self.scale is None else self.scale


def camera_direction(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Unit vector towards the viewer, and up.

    Raises
    ------
    VisualizationError
        Neither a camera's name nor three numbers.
    """
    if text in CAMERAS:
        towards, up = (np.array(vector, dtype=float) for vector in CAMERAS[text])
    else:
        try:
            towards = np.array([float(part) for part in text.split(",")])
        except ValueError:
            towards = np.zeros(0)
        if towards.shape != (3,) or not np.isfinite(towards).all() or not towards.any():
            raise VisualizationError(
                f"camera '{text}': give {', '.join(CAMERAS)}, or the direction towards the viewer such as -1,-2,1"
            )
        up = np.array([0.0, 0.0, 1.0] if np.hypot(*towards[:2]) > 1e-3 * np.abs(towards).max() else [0.0, 1.0, 0.0])
    return towards / np.linalg.norm(towards), up


def clip_plane(text: str, lower: np.ndarray, upper: np.ndarray) -> tuple[int, float] | None:
    """Axis and coordinate of a cut through a box, µm; None: no cut.

    Raises
    ------
    VisualizationError
        Not a plane, or beside the box.
    """
    if text == "none":
        return None
    found = _PLANE.fullmatch(text)
    example = "give none, x, y, z, a share of the extent such as x=0.3, or a place such as 'x=30 um'"
    if not found:
        raise VisualizationError(f"clip '{text}': {example}")
    axis = "xyz".index(found[1])
    if found[2] is None:
        return axis, float(lower[axis] + upper[axis]) / 2
    try:
        share = float(found[2])
        place = lower[axis] + share * (upper[axis] - lower[axis])
    except ValueError:
        from ..materials import to_si

        try:
            place = to_si(found[2], "m") / 1e-6
        except ValueError as error:
            raise VisualizationError(f"clip '{text}': {error}; {example}") from None
    if not lower[axis] < place < upper[axis]:
        raise VisualizationError(
            f"clip '{text}' misses the cell, which reaches from {found[1]} = {lower[axis]:.4g} to {upper[axis]:.4g} um"
        )
    return axis, float(place)
