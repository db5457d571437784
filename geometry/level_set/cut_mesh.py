"""The lattice once it is cut into the phases of the porous slab."""

from typing import NamedTuple

import numpy as np

from .adjacency import Faces
from .lattice import movable
from .stuffing import Cut


class CutMesh(NamedTuple):
    """A cut lattice, islands removed from it.

    Attributes
    ----------
    points : (n, 3) float [m]
    cells : (m, 4) int
    planes : (n,) uint32
        Bits of the planes that the points lie on.
    slabs, phases : (m,) int
        Slab and phase of the cells.
    faces
        Which cells share faces.
    removed
        Number of islands of "solid" and "pore", and their "solid_fraction" and "pore_fraction".
    pinches
        Vertices that were repaired.
    creases : (n,) bool
        Points on sharp edges and corners of the surface.
    """

    points: np.ndarray
    cells: np.ndarray
    planes: np.ndarray
    slabs: np.ndarray
    phases: np.ndarray
    faces: Faces
    removed: dict[str, float]
    pinches: int
    creases: np.ndarray

    @property
    def free(self) -> np.ndarray:
        """Which coordinates of the points may change where their neighbours need room, shape (n, 3) bool."""
        return movable(self.planes) & ~self.creases[:, None]

    def cut_again(self, cut: Cut) -> "CutMesh":
        """The mesh after another cut, in the same phases."""
        more = len(cut.points) - len(self.points)
        return self._replace(
            points=cut.points,
            cells=cut.cells,
            planes=cut.planes,
            slabs=self.slabs[cut.parents],
            phases=self.phases[cut.parents],
            faces=cut.faces,
            creases=np.append(self.creases, np.zeros(more, bool)),
        )
