r"""Closed forms for the effective conductivity of two phases.

Symbols: σ1, σ2 conductivities [S/m, or any unit], φ the fraction of phase 2, d the number of dimensions.
"""

import math

from ..errors import GeometryError


def wiener(sigma_1: float, sigma_2: float, fraction: float) -> tuple[float, float]:
    """Bounds for any arrangement: layers in series and in parallel (O. Wiener, 1912)."""
    _require_fraction(fraction)
    parallel = (1 - fraction) * sigma_1 + fraction * sigma_2
    if min(sigma_1, sigma_2) == 0:
        # Zero volume of an insulator leaves the conductor's own conductivity.
        return (parallel if fraction in (0, 1) else 0.0), parallel
    return 1 / ((1 - fraction) / sigma_1 + fraction / sigma_2), parallel


def hashin_shtrikman(
    sigma_1: float, sigma_2: float, fraction: float, dimension: int = 3
) -> tuple[float, float]:
    """Narrowest bounds for isotropic arrangements of known fraction.

    Z. Hashin, S. Shtrikman, J. Appl. Phys. 33, 3125 (1962), doi:10.1063/1.1728579.

    Returns
    -------
    lower, upper
    """
    _require_fraction(fraction)
    low, high = sorted((sigma_1, sigma_2))
    share = fraction if sigma_2 >= sigma_1 else 1 - fraction  # of the better conductor
    return (
        _coated(low, high, share, dimension),
        _coated(high, low, 1 - share, dimension),
    )


def maxwell(matrix: float, inclusion: float, fraction: float, dimension: int = 3) -> float:
    """Dilute spheres (d = 3) or cylinders across the current (d = 2) of a fraction in a matrix.

    J. C. Maxwell, A Treatise on Electricity and Magnetism, § 314 (1873).
    """
    _require_fraction(fraction)
    return _coated(matrix, inclusion, fraction, dimension)


def bruggeman(sigma_1: float, sigma_2: float, fraction: float, dimension: int = 3) -> float:
    """Symmetric effective medium: both phases are grains of one another's mixture.

    The root of Σ φᵢ (σᵢ − σ)/(σᵢ + (d−1) σ) = 0 (D. A. G. Bruggeman, Ann. Phys. 416, 636, 1935,
    doi:10.1002/andp.19354160705); with an insulator it percolates above a fraction of 1/d.
    """
    _require_fraction(fraction)
    d = dimension
    b = (d * (1 - fraction) - 1) * sigma_1 + (d * fraction - 1) * sigma_2
    root = math.sqrt(b * b + 4 * (d - 1) * sigma_1 * sigma_2)
    return (b + root) / (2 * (d - 1))


def bruggeman_power(fraction: float, exponent: float = 1.5) -> float:
    """Relative conductivity of a pore space between insulating grains by the differential scheme: ε^1.5."""
    _require_fraction(fraction)
    return fraction**exponent


def _coated(matrix: float, core: float, fraction: float, dimension: int) -> float:
    """Coated spheres, the arrangement that attains the bounds: ``core`` of a fraction inside ``matrix``."""
    if matrix == 0:
        return core if fraction == 1 else 0.0
    excess = fraction * (core - matrix)
    return matrix + excess / (1 + (1 - fraction) * (core - matrix) / (dimension * matrix))


def _require_fraction(fraction: float) -> None:
    if not 0 <= fraction <= 1:
        raise GeometryError(f"a volume fraction lies between 0 and 1; this one is {fraction!r}")
