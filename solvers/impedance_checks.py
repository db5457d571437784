"""What a spectrum says about itself: whether it was solved for, obeys Kramers and Kronig, and stays above its limit.

The checks are independent of each other. Kramers and Kronig find values that do not belong together, but not an element
that is wrong and passive; the limit at high frequencies finds such a one where it shorts the cell; residual and
uncertainty find what rounding did. None of them sees the error of the mesh.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .impedance import Point
from .kramers_kronig import KramersKronig, check_kramers_kronig
from .ohmic_limit import OhmicLimit

#: From here on a check warns: residual of the linear system, |δZ/Z| by residual and rounding, residual of Kramers and
#: Kronig, and the share by which Re Z may be below its limit and Im Z above zero.
RESIDUAL, UNCERTAINTY, KRAMERS_KRONIG, LIMIT = 1e-9, 1e-3, 1e-3, 1e-4

#: The uncertainty is one draw of a random number; limits allow for this many of it.
DRAWS = 10.0

#: The limit holds up to this part of the frequency at which a conducting electrolyte turns dielectric.
CONDUCTING = 1e-3


@dataclass(frozen=True)
class Worst:
    """A largest (or least) value, and the frequency [Hz] where it stands."""

    value: float
    frequency: float


@dataclass(frozen=True)
class SpectrumChecks:
    """Checks of one spectrum.

    Attributes
    ----------
    residual, uncertainty
        The largest of all points, see :class:`~.impedance.Point`.
    kramers_kronig
        ``None`` where there are too few frequencies.
    limit
        Resistances at frozen contents [Ω].
    above_limit
        The least Re Z over ``limit.infinite``; ``None`` where no frequency is low enough to compare.
    warnings
        Sentences on what went past its bound.
    """

    residual: Worst
    uncertainty: Worst
    kramers_kronig: KramersKronig | None
    limit: OhmicLimit
    above_limit: Worst | None
    warnings: tuple[str, ...]


def check_spectrum(points: Sequence[Point], limit: OhmicLimit, dielectric: float | None = None) -> SpectrumChecks:
    """Check a spectrum.

    Parameters
    ----------
    points
        At least one.
    limit
        Of the same state.
    dielectric
        Frequency from which on the electrolyte is a capacitor [Hz]; ``None`` where it never is.
    """
    f = np.array([point.frequency for point in points])
    z = np.array([point.impedance for point in points])
    doubt = np.array([point.uncertainty for point in points])
    residual = _largest(np.array([point.residual for point in points]), f)
    uncertainty = _largest(doubt, f)
    consistent = check_kramers_kronig(f, z)
    comparable = np.ones(len(f), dtype=bool) if dielectric is None else f <= CONDUCTING * dielectric
    above = None
    if comparable.any():
        least = _largest(-z.real[comparable] / limit.infinite, f[comparable])
        above = Worst(-least.value, least.frequency)
    warnings = []
    if not residual.value <= RESIDUAL:
        warnings.append(
            f"the linear system was not solved at {residual.frequency:.4g} Hz: {residual.value:.1e} of its terms is "
            "left; try frequencies nearer to those that the cell answers to"
        )
    if not uncertainty.value <= UNCERTAINTY:
        warnings.append(
            f"rounding makes Z uncertain by about {100 * uncertainty.value:.2g} % at {uncertainty.frequency:.4g} Hz: "
            "the terms that cancel are too large beside the current; kinetics that are too fast to matter, or a "
            "frequency far from all that the cell answers to, do that"
        )
    if consistent is not None and not consistent.worst <= KRAMERS_KRONIG:
        warnings.append(
            f"the spectrum does not obey the Kramers–Kronig relations: {100 * consistent.worst:.2g} % is left at "
            f"{consistent.frequency:.4g} Hz; the values around it do not belong to one passive cell"
        )
    slack = LIMIT * limit.infinite + DRAWS * doubt * np.abs(z)
    short = np.where(comparable, limit.infinite - z.real - slack, -np.inf)
    if not short.max() <= 0:
        k = int(np.argmax(short))
        warnings.append(
            f"Re Z is {100 * (1 - z.real[k] / limit.infinite):.3g} % below the resistance at infinite frequency at "
            f"{f[k]:.4g} Hz: no passive cell can do that, so the spectrum is wrong there, or the cell is not at rest"
        )
    inductive = z.imag / np.abs(z) - LIMIT - DRAWS * doubt
    if not inductive.max() <= 0:
        k = int(np.argmax(inductive))
        warnings.append(
            f"Z is inductive at {f[k]:.4g} Hz, Im Z = {100 * z.imag[k] / abs(z[k]):.2g} % of |Z|: nothing in the model "
            "is, so the spectrum is wrong there, or the cell is not at rest"
        )
    return SpectrumChecks(residual, uncertainty, consistent, limit, above, tuple(warnings))


def _largest(values: np.ndarray, frequencies: np.ndarray) -> Worst:
    k = int(np.argmax(np.where(np.isnan(values), np.inf, values)))
    return Worst(float(values[k]), float(frequencies[k]))
