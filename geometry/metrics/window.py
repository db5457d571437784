"""The part of a mesh that is measured, and names of regions as tags."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ..errors import GeometryError
from ..parameters import MICROMETRE
from ..tags import REGIONS
from ..tetrahedra import TetrahedralMesh

Regions = str | int | Iterable[str | int]
"""One or several regions, by name or (for meshes with tags of their own) by tag."""


class Window(NamedTuple):
    """An axis-parallel box: its corners [m], shape (3,) each."""

    lower: np.ndarray
    upper: np.ndarray

    @property
    def extent(self) -> np.ndarray:
        """Edge lengths [m], shape (3,)."""
        return np.subtract(self.upper, self.lower)

    @property
    def volume(self) -> float:
        """Volume [m³]."""
        return float(np.prod(self.extent))


def resolved_window(mesh: TetrahedralMesh, window: Window | None) -> Window:
    """The window, or the bounding box of the mesh [m].

    Raises
    ------
    GeometryError
        If the window has no volume or lies outside the mesh.
    """
    box = Window(mesh.points.min(axis=0) * MICROMETRE, mesh.points.max(axis=0) * MICROMETRE)
    if window is None:
        return box
    window = Window(*(np.asarray(corner, dtype=float) for corner in window))
    if not np.all(window.extent > 0):
        raise GeometryError(f"the window from {window.lower} to {window.upper} m has no volume")
    if np.any(window.lower >= box.upper) or np.any(window.upper <= box.lower):
        raise GeometryError(
            f"the window from {window.lower} to {window.upper} m lies outside the mesh, "
            f"which reaches from {box.lower} to {box.upper} m"
        )
    return window


def tags_of(regions: Regions) -> list[int]:
    """Tags of regions given by name or tag."""
    several = [regions] if isinstance(regions, str | int | np.integer) else list(regions)
    unknown = [name for name in several if isinstance(name, str) and name not in REGIONS]
    if unknown:
        raise GeometryError(f"no region is called {unknown[0]!r}; there are {', '.join(REGIONS)}")
    return [REGIONS[name] if isinstance(name, str) else int(name) for name in several]


def mesh_of_arrays(points: np.ndarray, cells: np.ndarray, cell_tags: np.ndarray) -> TetrahedralMesh:
    """A mesh without named facets, to measure arrays: points [µm] (n, 3), cells (m, 4), tags (m,)."""
    none = np.empty((0, 3), dtype=np.int64)
    return TetrahedralMesh(points, cells, cell_tags, none, none[:, 0])


def shares_inside(points: np.ndarray, simplices: np.ndarray, window: Window) -> np.ndarray:
    """Share of each triangle's area or tetrahedron's volume that lies in a window, shape (k,).

    Exact for simplices on one side of every plane; cut ones are sampled at 120 interior points.  Triangles
    that lie in one of the window's planes are outside.
    """
    lower, upper = (np.asarray(corner) / MICROMETRE for corner in window)
    corners = points[simplices]
    slack = 1e-9 * (upper - lower)
    share = np.all((corners >= lower - slack) & (corners <= upper + slack), axis=(1, 2)).astype(float)
    below, above = (corners <= lower + slack).all(axis=1), (corners >= upper - slack).all(axis=1)
    outside = (below | above).any(axis=1)
    share[outside] = 0.0
    cut = np.flatnonzero((share == 0) & ~outside)
    weights = _interior_points(simplices.shape[1])
    for start in range(0, len(cut), 20_000):
        block = cut[start : start + 20_000]
        samples = np.einsum("sk,nkd->nsd", weights, corners[block])
        share[block] = np.all((samples >= lower) & (samples <= upper), axis=2).mean(axis=1)
    return share


def _interior_points(corners: int) -> np.ndarray:
    """Barycentric coordinates of a regular lattice inside a simplex, shape (samples, corners)."""
    order = 15 if corners == 3 else 8
    grids = np.meshgrid(*[np.arange(order)] * (corners - 1), indexing="ij")
    lattice = np.stack(grids, axis=-1).reshape(-1, corners - 1)
    lattice = lattice[lattice.sum(axis=1) < order]
    first = (lattice + 1 / corners) / order
    return np.column_stack([first, 1 - first.sum(axis=1)])
