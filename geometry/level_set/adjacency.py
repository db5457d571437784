"""Which cells share a face, and the facets between groups of cells."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..errors import GeometryError
from ..tetrahedra import cell_volumes, contiguous

CORNER_PAIRS = np.array([[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]])
"""Local corners of the six edges of a tetrahedron."""

FACES = np.array([[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]])
"""Local corners of the faces opposite each corner; normals point outwards from a positively oriented cell."""

@dataclass(frozen=True)
class Faces:
    """Faces of a mesh of m cells; a face is numbered 4 · cell + opposite corner.

    Attributes
    ----------
    inner : (k, 2) int
        The two numbers of every face between two cells.
    outer : (l,) int
        The faces that belong to one cell only.
    """

    inner: np.ndarray
    outer: np.ndarray

    @cached_property
    def neighbours(self) -> np.ndarray:
        """Pairs of cells that share a face, shape (k, 2)."""
        return self.inner // 4

    @cached_property
    def beyond(self) -> np.ndarray:
        """Cell beyond the face opposite each corner of every cell, shape (m, 4); -1 outside."""
        from ..kernels.faces import neighbour_table

        return neighbour_table(self.inner, (2 * len(self.inner) + len(self.outer)) // 4)


def match_faces(cells: np.ndarray) -> Faces:
    """Pair the faces of tetrahedra; raises GeometryError if three cells share a face."""
    from ..kernels.faces import matched_faces

    inner, outer, crowded = matched_faces(contiguous(cells), int(cells.max(initial=-1)) + 1)
    if crowded:
        raise GeometryError("the mesh is not conformal: more than two cells share a face")
    return Faces(inner, outer)


def face_corners(cells: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Corners of numbered faces, shape (k, 3), with normals that leave the numbered cell."""
    return cells[faces[:, None] // 4, FACES[faces % 4]]


def surface_facets(
    points: np.ndarray, cells: np.ndarray, groups: np.ndarray, faces: Faces | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Facets between cells of different groups, and the outer ones.

    Parameters
    ----------
    points : (n, 3) float
    cells : (m, 4) int
        Of either orientation.
    groups : (m,) int
        Not negative.
    faces
        The result of `match_faces(cells)`, where it is known already.

    Returns
    -------
    facets : (k, 3) int
        Corners; the normal points from the left group to the right one.
    left, right : (k,) int
        Groups on either side, left < right; right = -1 beyond outer facets.
    """
    faces = match_faces(cells) if faces is None else faces
    between = groups[faces.neighbours]
    inner = faces.inner[between[:, 0] != between[:, 1]]
    swapped = groups[inner[:, 0] // 4] > groups[inner[:, 1] // 4]
    first = np.concatenate([np.where(swapped, inner[:, 1], inner[:, 0]), faces.outer])
    second = np.where(swapped, inner[:, 0], inner[:, 1])
    facets = face_corners(cells, first)
    inverted = cell_volumes(points, cells[first // 4]) < 0
    facets[inverted] = facets[inverted][:, ::-1]
    right = np.concatenate([groups[second // 4], np.full(len(faces.outer), -1)])
    return facets, groups[first // 4], right


def unique_edges(pairs: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Edges (k, 2) without repetition, lower vertex first, and the number of the edge of every given pair.

    Parameters
    ----------
    pairs : (..., 2) int
        Vertices, each below `count`.
    """
    from ..kernels.faces import unique_pairs

    edges, number = unique_pairs(contiguous(pairs.reshape(-1, 2)), count)
    return edges, number.reshape(pairs.shape[:-1])


def drop_unused(points: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points in use, cells renumbered for them, and the old numbers of those points."""
    used = np.zeros(len(points), bool)
    used[cells] = True
    return points[used], (np.cumsum(used) - 1)[cells], np.flatnonzero(used)
