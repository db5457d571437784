"""A measured current transient made ready for a fit: order, sign, the double layer's spike, the maximum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Most points that are fitted; of more, neighbours are averaged.
MOST = 3000

#: A glitch stands out of both neighbours by so many standard deviations of the noise and so much of large currents.
GLITCH_SIGNAL = 8.0
GLITCH_SHARE = 0.25

#: Fewest points that can tell a maximum, its place and its shape.
FEWEST = 12

#: A maximum must stand above what precedes it by so much of itself, and by so many standard deviations of the noise.
LEAST_RISE = 0.1
LEAST_SIGNAL = 5.0


class TransientError(ValueError):
    """A transient cannot be evaluated; the message says why and what to try."""


@dataclass(frozen=True)
class Transient:
    """A transient whose maximum is known to be there.

    Attributes
    ----------
    time
        s, ascending, each once, array (points,).
    current
        A/m², positive in the direction of plating, array (points,).
    start
        Index of the first point that the double layer's spike leaves alone; 0 without a spike.
    peak
        Index of the maximum of the smoothed current.
    peak_time, peak_current
        The maximum by a parabola through the points around it [s, A/m²]; its time counts as that of the data.
    noise
        Standard deviation of the current from point to point [A/m²].
    cathodic
        Whether the currents were negative and have been turned.
    glitches
        Number of single points that stood out of both neighbours and were left out.
    averaged
        Number of neighbouring points that were averaged into one; 1 for none.
    """

    time: np.ndarray
    current: np.ndarray
    start: int
    peak: int
    peak_time: float
    peak_current: float
    noise: float
    cathodic: bool
    glitches: int
    averaged: int


def prepare(time, current) -> Transient:
    """Put a transient in order and find its maximum.

    Points are sorted, those of one time averaged; the sign is that of the charge passed. A current that falls from the
    start and then rises is taken as a double layer's spike, and left out until twice the time of its lowest point or
    half way to the maximum, whichever is first. Single points that stand out of both neighbours are left out.

    Parameters
    ----------
    time, current
        s and A/m², arrays (points,).

    Raises
    ------
    TransientError
        Columns of different lengths, too few points, numbers that are not finite, no current, no maximum.
    """
    time, current = _in_order(time, current)
    charge = float(np.sum(np.diff(time) * (current[1:] + current[:-1]) / 2))
    if charge == 0.0:
        raise TransientError("the transient passes no charge: is this the column of the current?")
    current = current * np.sign(charge)
    good = ~_glitches(current)
    glitches, time, current = int(np.sum(~good)), time[good], current[good]
    time, current, averaged = _averaged(time, current)
    noise = _noise(current)
    smooth, foot, peak = _maximum(current, noise)
    start = 0
    if smooth[: foot + 1].max() - smooth[foot] > max(LEAST_SIGNAL * noise, 0.02 * smooth[peak]):
        clear = min(2 * time[foot] - time[0], (time[foot] + time[peak]) / 2)
        start = int(np.searchsorted(time, clear))
    peak_time, peak_current = _parabola(time, current, start, peak, smooth)
    return Transient(time, current, start, peak, peak_time, peak_current, noise, charge < 0, glitches, averaged)


def _in_order(time, current) -> tuple[np.ndarray, np.ndarray]:
    """Ascending times and currents, each time once."""
    time, current = np.asarray(time, dtype=float).ravel(), np.asarray(current, dtype=float).ravel()
    if time.size != current.size:
        raise TransientError(f"{time.size} times and {current.size} currents do not belong together")
    bad = int(np.sum(~(np.isfinite(time) & np.isfinite(current))))
    if bad:
        raise TransientError(f"{bad} of {time.size} points are not finite numbers; leave them out")
    moments, place, counts = np.unique(time, return_inverse=True, return_counts=True)
    if moments.size < FEWEST:
        raise TransientError(f"{moments.size} different times are too few; a fit needs {FEWEST} or more")
    return moments, np.bincount(place, weights=current) / counts


def _glitches(current: np.ndarray) -> np.ndarray:
    """Which single points stand out of both neighbours on the same side."""
    before, after = current[1:-1] - current[:-2], current[1:-1] - current[2:]
    least = max(GLITCH_SIGNAL * _noise(current), GLITCH_SHARE * float(np.quantile(np.abs(current), 0.99)))
    out = np.zeros(current.size, dtype=bool)
    out[1:-1] = (np.minimum(np.abs(before), np.abs(after)) > least) & (before * after > 0)
    return out


def _averaged(time: np.ndarray, current: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Means of so many neighbours that no more than :data:`MOST` points are left, and how many."""
    group = -(-time.size // MOST)
    if group == 1:
        return time, current, 1
    starts = np.arange(0, time.size, group)
    counts = np.diff(np.append(starts, time.size))
    return np.add.reduceat(time, starts) / counts, np.add.reduceat(current, starts) / counts, group


def _noise(current: np.ndarray) -> float:
    """Standard deviation of noise from point to point: third differences see no smooth curve."""
    differences = np.diff(current, 3)
    return float(1.4826 * np.median(np.abs(differences)) / np.sqrt(20.0))


def _maximum(current: np.ndarray, noise: float) -> tuple[np.ndarray, int, int]:
    """Smoothed current and the indices of the lowest point and of the maximum after it.

    Smoothed over a fortieth of the points, or over fewer where the maximum is narrower than that.
    """
    problem = None
    for width in sorted({2 * (current.size // share) + 1 for share in (80, 400)} | {3}, reverse=True):
        if width < 3:
            continue
        smooth, least = _smoothed(current, width), LEAST_SIGNAL * noise / np.sqrt(width)
        foot, peak = _first_maximum(smooth, least)
        try:
            _require_maximum(smooth, foot, peak, least)
        except TransientError as error:
            problem = problem or error
            continue
        return smooth, foot, peak
    raise problem


def _smoothed(current: np.ndarray, width: int) -> np.ndarray:
    """Running median and then mean over an odd number of points."""
    from scipy.ndimage import median_filter, uniform_filter1d

    return uniform_filter1d(median_filter(current, width, mode="nearest"), width, mode="nearest")


def _first_maximum(smooth: np.ndarray, least: float) -> tuple[int, int]:
    """Indices of the lowest point and of the maximum after it: the first that the current clearly rises to and leaves.

    Without one, those between which it rises most. A drift at the end may rise above the maximum.
    """
    foot = peak = 0
    for k, value in enumerate(smooth):
        if value < smooth[foot]:
            foot = peak = k
        elif value > smooth[peak]:
            peak = k
        enough = max(least, LEAST_RISE * abs(smooth[peak]))
        if smooth[peak] - smooth[foot] >= enough and smooth[peak] - value >= 0.5 * enough:
            return foot, peak
    peak = int(np.argmax(smooth - np.minimum.accumulate(smooth)))
    return int(np.argmin(smooth[: peak + 1])), peak


def _require_maximum(smooth: np.ndarray, foot: int, peak: int, least: float) -> None:
    """Refuse currents that only fall or are still rising."""
    least = max(least, LEAST_RISE * abs(smooth[peak]))
    if smooth[peak] <= 0 or smooth[peak] - smooth[foot] < least:
        raise TransientError(
            "the current has no maximum that stands out of the noise: it falls from the start, as after a step on a "
            "surface that is covered already, or the maximum came before the first points. Record from earlier on, "
            "or at a smaller overpotential, at which the maximum comes later"
        )
    if smooth[peak] - smooth[peak:].min() < 0.2 * least:
        raise TransientError(
            "the current has no maximum: it still rises at the last point. Record for longer, or at a larger "
            "overpotential, at which the maximum comes earlier"
        )


def _parabola(time: np.ndarray, current: np.ndarray, start: int, peak: int, smooth: np.ndarray) -> tuple[float, float]:
    """Maximum of a parabola in ln t through the points whose smoothed current is within a tenth of it."""
    origin = time[0] - (time[1] - time[0])
    near = np.flatnonzero(smooth < 0.9 * smooth[peak])
    before, after = near[near < peak], near[near > peak]
    first = max(start, before[-1] if before.size else 0)
    last = min(after[0] if after.size else time.size - 1, time.size - 1)
    if last - first < 4:
        return float(time[peak]), float(current[peak])
    x = np.log(time[first : last + 1] - origin)
    centre = x.mean()
    a, b, c = np.polyfit(x - centre, current[first : last + 1], 2)
    top = -b / (2 * a) if a < 0 else np.nan
    if not x[0] - centre <= top <= x[-1] - centre:
        return float(time[peak]), float(smooth[peak])
    return float(np.exp(top + centre) + origin), float(c - b**2 / (4 * a))
