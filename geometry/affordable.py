"""Refuse meshes that would be far too large, and say which size is to blame."""

import dataclasses

from .errors import GeometryError
from .parameters import micrometres
from .registry import Architecture
from .sizing import MeshSizes

LARGEST_CELL_COUNT = 2e7
"""Estimated tetrahedra above which a mesh is refused: building and solving it would exhaust the memory."""


def require_affordable(architecture: Architecture, sizes: MeshSizes) -> int:
    """Return the estimated number of tetrahedra.

    Raises
    ------
    GeometryError
        If it exceeds LARGEST_CELL_COUNT; the message names the size whose change helps most.
    """
    cells = architecture.estimate_cells(sizes)
    if cells <= LARGEST_CELL_COUNT:
        return cells
    message = f"mesh: about {cells:.1e} tetrahedra would be needed, more than the limit of {LARGEST_CELL_COUNT:.0e}"
    without = {}
    for name, value in sizes.lengths().items():
        if value is not None:
            try:
                without[name] = architecture.estimate_cells(dataclasses.replace(sizes, **{name: None}))
            except GeometryError:
                continue
    culprit = min(without, key=without.get, default=None)
    if culprit is None or without[culprit] > 0.9 * cells:
        raise GeometryError(
            f"{message}; set larger mesh.size and mesh.interface_size, or simulate a smaller domain "
            "(fewer pairs, shorter fingers, smaller width)"
        )
    default = architecture.resolved_sizes(dataclasses.replace(sizes, **{culprit: None})).lengths()[culprit]
    remark = f"its default here is {micrometres(default)}" if default is not None else "or leave it out"
    raise GeometryError(
        f"{message}; make mesh.{culprit} larger than {micrometres(sizes.lengths()[culprit])} ({remark})"
    )
