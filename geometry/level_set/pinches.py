"""Places where a surface touches itself in an edge or a vertex.

There the surface is not a manifold: two ligaments that meet in one point conduct nothing, and the volumes on
either side are no longer well-defined bodies for a mesher.  All cells around such a place go to one side.
"""

from typing import NamedTuple

import numpy as np

from ..tetrahedra import contiguous
from .adjacency import Faces, face_corners, unique_edges

_ROUNDS = 8


class Repaired(NamedTuple):
    """Sides without pinches.

    Attributes
    ----------
    inside : (m,) bool
    count
        Vertices at which cells changed sides.
    left
        Vertices that are still pinched.
    """

    inside: np.ndarray
    count: int
    left: int


def repair_pinches(cells: np.ndarray, faces: Faces, inside: np.ndarray, changeable: np.ndarray) -> Repaired:
    """Make the surface between inside and outside a manifold by moving cells inside, or failing that, out.

    Parameters
    ----------
    inside : (m,) bool
        Side of every cell.
    changeable : (m,) bool
        Cells that may change sides.
    """
    from ..kernels.corners import corners_in

    inside, cells = inside.copy(), contiguous(cells)
    vertices = int(cells.max()) + 1
    count, near = 0, None
    for attempt in range(_ROUNDS):
        pinched = pinched_vertices(cells, faces, inside, near)
        if not len(pinched):
            return Repaired(inside, count, 0)
        around = changeable & (corners_in(cells, _marked(pinched, vertices)) > 0)
        # Filling converges nearly always; where filling makes new pinches again and again, open up instead.
        inside[around] = attempt < _ROUNDS - 3
        count += len(pinched)
        # Elsewhere no cell has changed sides.
        near = _marked(cells[around], vertices)
    return Repaired(inside, count, len(pinched_vertices(cells, faces, inside)))


def pinched_vertices(
    cells: np.ndarray, faces: Faces, inside: np.ndarray, near: np.ndarray | None = None
) -> np.ndarray:
    """Vertices at which the surface is not a manifold, or is one only because of the edge beside them.

    `near` (n,) are the vertices looked at; None: all.
    """
    from ..kernels.fans import split_vertices

    neighbours = faces.neighbours
    across = inside[neighbours[:, 0]] != inside[neighbours[:, 1]]
    surface = face_corners(cells, faces.inner[across, 0])
    if not len(surface):
        return np.empty(0, int)
    edges, number = unique_edges(surface[:, [[0, 1], [1, 2], [2, 0]]], int(cells.max()) + 1)
    crowded = edges[np.bincount(number.ravel()) > 2].ravel()
    wanted = _marked(surface, int(cells.max()) + 1)
    if near is not None:
        crowded, wanted = crowded[near[crowded]], wanted & near
    return np.union1d(crowded, split_vertices(contiguous(cells), faces.beyond, inside, wanted))


def _marked(vertices: np.ndarray, count: int) -> np.ndarray:
    marked = np.zeros(count, bool)
    marked[vertices] = True
    return marked
