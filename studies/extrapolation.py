r"""What a number tends to as the mesh and the time steps are refined.

Of values q₁, q₂, q₃ on meshes each of which is finer in everything than the one before by r, errors C h^p give

    p = ln[(q₁ − q₂)/(q₂ − q₃)] / ln r,    q(0) = q₃ + (q₃ − q₂)/(r^p − 1)

(L. F. Richardson, Phil. Trans. R. Soc. A 210 (1911) 307; P. J. Roache, J. Fluids Eng. 116 (1994) 405). The last term is
stated as the error of q(0): what is extrapolated is trusted to its own size. Where the values do not fall together
like a power, the order is not known, and their spread is the error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: Order below which values hardly fall together: then nothing is extrapolated.
LEAST_ORDER = 0.5

#: Differences below this share of a value are rounding and the tolerance of the solver.
ROUNDING = 1e-6


@dataclass(frozen=True)
class Extrapolated:
    """A number, how its errors fell, and how far it may be wrong.

    Attributes
    ----------
    value
        What it tends to.
    order
        Observed; ``None`` where there is none to speak of.
    error
        Magnitude.
    """

    value: float
    order: float | None
    error: float


def extrapolate(values: Sequence[float], ratio: float, highest: float) -> Extrapolated:
    """Extrapolate values from the coarsest to the finest mesh, each finer than the last by ``ratio``.

    Parameters
    ----------
    highest
        Order that is not to be exceeded: that of the elements for smooth solutions.
    """
    first, second, third = values[-3:]
    before, last = first - second, second - third
    floor = ROUNDING * max(abs(value) for value in values)
    if abs(last) <= floor:
        return Extrapolated(third, None, max(abs(last), floor))
    observed = math.log(before / last) / math.log(ratio) if before / last > 0 else -math.inf
    if observed < LEAST_ORDER:
        return Extrapolated(third, None, max(abs(before), abs(last)))
    order = min(observed, highest)
    correction = -last / (ratio**order - 1)
    return Extrapolated(third + correction, order, abs(correction))
