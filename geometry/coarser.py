"""A mesh's companion: the same shape meshed with all sizes larger, to tell the error of numbers on the mesh.

A number N whose error goes with the power p of the sizes is N(h) = N₀ + C hᵖ.  On a companion whose sizes are r
times as large it is N₀ + C rᵖhᵖ, so that the error of the first is C hᵖ = (N(rh) − N(h))/(rᵖ − 1) (L. F. Richardson,
Philos. Trans. R. Soc. A 210, 307, 1911).  The companion has about an eighth of the cells.  Where the sizes are at
the limit of what the shape bears, it is finer instead: r < 1.
"""

import dataclasses
import logging
from typing import TYPE_CHECKING

from .cache import MeshFile
from .errors import GeometryError
from .mesh import mesh_file
from .registry import Architecture
from .sizing import MeshSizes

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

log = logging.getLogger(__name__)

RATIOS = (2.0, 1.5, 2 / 3)
"""Sizes of the companion over the mesh's, in the order in which they are tried."""

LEAST_RATIO = 1.3
"""Of sizes, and of numbers of cells: meshes nearer to each other tell nothing."""

LARGEST_FINER = 400_000
"""Expected tetrahedra above which no finer companion is built."""


@dataclasses.dataclass(frozen=True)
class Companion:
    """A mesh of the same shape and other sizes.

    Attributes
    ----------
    file
        The mesh.
    ratio
        Its sizes over those of the mesh it accompanies; below 1: it is the finer one.
    """

    file: MeshFile
    ratio: float

    def error(self, own: float, other: float, order: float) -> float:
        """Estimated error of a number, from its values on the mesh and on the companion."""
        return abs(other - own) / abs(self.ratio**order - 1)


def companion(
    architecture: Architecture, file: MeshFile, comm: "Comm | None" = None, finer: bool = True
) -> Companion | None:
    """Find or build the companion of a mesh; None if the shape has none. Collective if there is a communicator.

    Parameters
    ----------
    finer
        Whether the companion may be a finer mesh where no coarser one represents the shape.
    """
    own = sizes_of(file)
    for wanted in RATIOS:
        if wanted < 1 and not finer:
            continue
        sizes = dataclasses.replace(own, scale=wanted)
        try:
            ratio = _ratio(own, architecture.resolved_sizes(sizes))
            if ratio is None or max(ratio, 1 / ratio) < LEAST_RATIO:
                continue
            if wanted < 1 and architecture.estimate_cells(sizes) > LARGEST_FINER:
                continue
            found = mesh_file(architecture, sizes, comm)
        except GeometryError as error:
            log.debug("no companion mesh with sizes times %g: %s", wanted, error)
            continue
        cells = file.report["cells"] / found.report["cells"]
        if (cells if wanted > 1 else 1 / cells) >= LEAST_RATIO:
            return Companion(found, ratio)
    return None


def sizes_of(file: MeshFile) -> MeshSizes:
    """The sizes a mesh was built with, nothing left to defaults."""
    return MeshSizes(**file.report["sizes"])


def _ratio(own: MeshSizes, other: MeshSizes) -> float | None:
    """How much larger the sizes are that decide; the least where a limit holds one of them back."""
    pairs = [(own.size, other.size), (own.interface_size, other.interface_size)]
    return min((after / before for before, after in pairs if before and after), default=None)
