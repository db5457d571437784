"""Places where a surface touches itself in an edge or a vertex.

There the surface is not a manifold: two ligaments that meet in one point conduct nothing, and the volumes on
either side are no longer well-defined bodies for a mesher.  All cells around such a place go to one side.
"""

from typing import NamedTuple

import numpy as np

from .adjacency import FACES, Faces, face_corners, unique_edges
from .components import connected

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
    inside = inside.copy()
    count = 0
    for attempt in range(_ROUNDS):
        pinched = pinched_vertices(cells, faces, inside)
        if not len(pinched):
            return Repaired(inside, count, 0)
        around = changeable & np.isin(cells, pinched).any(axis=1)
        # Filling converges nearly always; where filling makes new pinches again and again, open up instead.
        inside[around] = attempt < _ROUNDS - 3
        count += len(pinched)
    return Repaired(inside, count, len(pinched_vertices(cells, faces, inside)))


def pinched_vertices(cells: np.ndarray, faces: Faces, inside: np.ndarray) -> np.ndarray:
    """Vertices at which the surface is not a manifold, or is one only because of the edge beside them."""
    neighbours = faces.neighbours
    across = inside[neighbours[:, 0]] != inside[neighbours[:, 1]]
    surface = face_corners(cells, faces.inner[across, 0])
    if not len(surface):
        return np.empty(0, int)
    edges, number = unique_edges(surface[:, [[0, 1], [1, 2], [2, 0]]], int(cells.max()) + 1)
    crowded = edges[np.bincount(number.ravel()) > 2].ravel()
    split = _split_vertices(cells, faces.inner[~across], inside, np.unique(surface))
    return np.union1d(crowded, split)


def _split_vertices(cells, joined, inside, vertices) -> np.ndarray:
    """Vertices around which the cells of one side do not all hang together through faces at that vertex."""
    wanted = np.zeros(int(cells.max()) + 1, bool)
    wanted[vertices] = True
    near = np.flatnonzero(wanted[cells].any(axis=1))
    corner = wanted[cells[near]]
    # A node is one corner of one cell; nodes are linked where two cells share a face at that vertex.
    node = np.full((len(cells), 4), -1)
    nodes = np.argwhere(corner)
    node[near[nodes[:, 0]], nodes[:, 1]] = np.arange(len(nodes))
    vertex = cells[near[nodes[:, 0]], nodes[:, 1]]
    side = inside[near[nodes[:, 0]]]

    one, other = joined.T
    touching = wanted[face_corners(cells, one)]
    links = []
    for k in range(3):
        hit = touching[:, k]
        cell, local = one[hit] // 4, FACES[one[hit] % 4, k]
        beyond = other[hit] // 4
        match = cells[beyond] == cells[cell, local][:, None]
        links.append(np.stack([node[cell, local], node[beyond, match.argmax(axis=1)]], axis=1))
    count, fan = connected(np.concatenate(links), len(nodes))
    # All corners of a fan share vertex and side, so counting fans needs one corner of each.
    place = np.empty(count, int)
    place[fan] = 2 * vertex + side
    return np.flatnonzero(np.bincount(place) > 1) // 2
