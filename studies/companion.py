"""The same case on a coarser mesh, which tells how far the mesh is wrong.

Errors of a mesh fall as a power p of its sizes, so that the number q of a mesh and q' of one that is coarser in
everything by r are off by about

    q − q(0) ≈ (q' − q) / (r^p − 1)

p is 2 for smooth solutions with linear elements and 4 with quadratic ones, and as little as 1 at the edges of
electrodes (G. Strang, G. J. Fix, An Analysis of the Finite Element Method, ch. 8). Where electrodes have edges one in
between serves both within a factor of two; in layers, which have none, it is that of smooth solutions, for quadratic
elements less, as their layers are no finer than linear ones need. Layers have to grow alike for that: see
`MeshSizes.scale`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..geometry import Architecture, GeometryError
from ..geometry.coarser import RATIOS
from ..solvers.errors import SolverError
from .discretisation import Discretisation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)

#: How much coarser the companion's mesh is; the second where a shape does not admit the first.
FACTORS = tuple(ratio for ratio in RATIOS if ratio > 1)

#: Order p that is taken for each degree of the elements where electrodes may have edges.
ORDERS = {1: 1.5, 2: 2.5}

#: The same in shapes whose electrodes have none.
SMOOTH_ORDERS = {1: 2.0, 2: 3.0}


@dataclass(frozen=True)
class Companion:
    """What a case gives on a coarser mesh.

    Attributes
    ----------
    factor
        How much coarser the mesh is in everything.
    order
        With which errors are taken to fall.
    summary
        What came out, under the names of ``summary.json``; empty where nothing did.
    reason
        Why there is nothing, or ``None``.
    """

    factor: float
    order: float
    summary: Mapping[str, Any]
    reason: str | None = None

    def error(self, value: complex | None, coarser: complex | None) -> complex | None:
        """Estimated q − q(0) of a number on the mesh, with that on the coarser one; ``None`` where one is missing."""
        if value is None or coarser is None:
            return None
        return (coarser - value) / (self.factor**self.order - 1)


def companion(
    geometry: Architecture,
    finely: Discretisation,
    run: Callable[[Discretisation], Mapping[str, Any]],
    with_time: bool = False,
) -> Companion:
    """Run something on a mesh coarser than the one that it is run on. Collective.

    Parameters
    ----------
    finely
        As what it is compared with is run.
    run
        Runs it at a given fineness and gives what came out.
    with_time
        Whether its time steps are coarser too, by as much as makes their errors grow like the mesh's: where nothing
        else tells them, the difference stands for both.
    """
    orders = SMOOTH_ORDERS if getattr(geometry, "has_edges", True) is False else ORDERS
    reason, order = "the shape's mesh cannot be made coarser", orders[finely.degree]
    for factor in FACTORS:
        coarser = finely.coarser(factor)
        if with_time:
            # Errors of BDF2 fall with the local tolerance to the power 2/3.
            coarser = coarser.with_tolerance(finely.tolerance * factor ** (1.5 * order))
        try:
            if geometry.resolved_sizes(coarser.sizes) == geometry.resolved_sizes(finely.sizes):
                continue
            return Companion(factor, order, run(coarser))
        except (GeometryError, SolverError) as error:
            reason = str(error)
    return Companion(FACTORS[0], order, {}, reason)
