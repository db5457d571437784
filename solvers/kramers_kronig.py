r"""The linear Kramers–Kronig test: how far a spectrum is from that of any passive linear circuit.

Series resistance, RC elements of fixed time constants, inductance and capacitance,

.. math::
    \hat Z(\omega) = R_0 + \sum_k \frac{R_k}{1 + j\omega\tau_k} + j\omega L + \frac{1}{j\omega C},

obey the Kramers–Kronig relations for any values, which are fitted to the spectrum by linear least squares, real and
imaginary parts together and relative to \|Z\|. What is left, (Z − Ẑ)/\|Z\|, is small if the spectrum can be that of a
linear, causal and stable system. The τ_k are evenly spaced on a logarithmic scale, as many as there are frequencies,
from half a decade below the shortest 1/ω to half a decade above the longest: a computed spectrum has no noise that too
many elements would fit. Of Randles circuits, finite and infinite diffusion, constant phases and Debye layers it leaves
5e-5 with six frequencies per decade and 2e-4 with five; one value that is off by 1 % leaves 1e-3 or more.

A test of consistency, not of truth: a spurious but passive element, such as a capacitor that shorts the cell, passes.

References: B. A. Boukamp, J. Electrochem. Soc. 142 (1995) 1885, doi:10.1149/1.2044210; M. Schönleber, D. Klotz,
E. Ivers-Tiffée, Electrochim. Acta 131 (2014) 20, doi:10.1016/j.electacta.2014.01.034.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: Fewest frequencies: below, the fit has nearly as many unknowns as there are numbers.
FEWEST = 8

#: Fewest frequencies per decade: RC elements farther apart do not add up to smooth arcs.
FEWEST_PER_DECADE = 4.9

#: Decades by which time constants go beyond the frequencies.
BEYOND = 0.5

#: Singular values below this part of the largest one are left out of the fit.
CUT = 1e-12


@dataclass(frozen=True)
class KramersKronig:
    """Result of the test.

    Attributes
    ----------
    residuals
        \\|Z − Ẑ\\|/\\|Z\\|, shape (n,), in the order of the frequencies given.
    worst
        The largest of them.
    frequency
        Where it stands [Hz].
    elements
        Number of RC elements.
    """

    residuals: np.ndarray
    worst: float
    frequency: float
    elements: int


def check_kramers_kronig(frequencies: Sequence[float], impedance: Sequence[complex]) -> KramersKronig | None:
    """Fit a passive circuit to a spectrum; ``None`` where there are too few frequencies to tell.

    Parameters
    ----------
    frequencies
        Hz, in any order, shape (n,).
    impedance
        Ω or Ω m², shape (n,); a capacitor has Im Z < 0.
    """
    f, z = np.asarray(frequencies, dtype=float), np.asarray(impedance, dtype=complex)
    if len(f) < FEWEST or len(f) - 1 < FEWEST_PER_DECADE * np.log10(f.max() / f.min()):
        return None
    omega = 2 * np.pi * f
    elements = len(f)
    reach = 10**BEYOND
    tau = np.geomspace(1 / (omega.max() * reach), reach / omega.min(), elements)
    columns = [np.ones_like(z), *(1 / (1 + 1j * omega[:, None] * tau)).T, 1j * omega, 1 / (1j * omega)]
    matrix = np.stack(columns, axis=1) / np.abs(z)[:, None]
    real = np.concatenate([matrix.real, matrix.imag])
    sizes = np.linalg.norm(real, axis=0)
    target = z / np.abs(z)
    found, *_ = np.linalg.lstsq(real / sizes, np.concatenate([target.real, target.imag]), rcond=CUT)
    residuals = np.abs(target - matrix @ (found / sizes))
    at = int(np.argmax(residuals))
    return KramersKronig(residuals, float(residuals[at]), float(f[at]), elements)
