"""Whether a mesh can show the diffuse layers that Poisson's equation is solved for.

A layer decays over the Debye length λ_D; linear elements need several cells across it, thin ones at the wall. The
height of the first cell on a surface is 3V/A, thrice its volume over its facet's area.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..geometry import ELECTROLYTES
from ..geometry.tetrahedra import cell_volumes, facet_areas
from .domain import Domain, reduced
from .errors import SolverError

log = logging.getLogger(__name__)

#: Cells higher than this share of λ_D miss the layer.
MISSED = 1.0

#: Share of a charged surface that may lie under such cells: sharp corners of porous walls leave no room for thin ones.
CORNERS = 0.05

#: Mean height, in λ_D, above which the numbers are rough, and the one advised: charges of linear elements are then good
#: to 1 % at 25 mV and 4 % at 100 mV, those of quadratic ones (heights are halved) to 1e-3.
ROUGH, ADVISED = 0.5, 0.1


@dataclass(frozen=True)
class Resolution:
    """λ_D of the bulk beside the first cells on a surface, whose heights are divided by the elements' degree.

    Attributes
    ----------
    debye_length
        m.
    first_cell
        Mean height of the first cells, by area [m].
    missed
        Share of the surface under first cells higher than λ_D.
    """

    debye_length: float
    first_cell: float
    missed: float

    @property
    def ratio(self) -> float:
        """Mean first cell over Debye length."""
        return self.first_cell / self.debye_length


def first_cells(domain: Domain, boundary: str) -> tuple[np.ndarray, np.ndarray]:
    """Heights [m] of this rank's electrolyte cells on a boundary, and the areas they stand on [m²]."""
    mesh = domain.mesh
    topology = mesh.topology
    tdim = topology.dim
    for pair in ((tdim - 1, tdim), (tdim - 1, 0), (tdim, 0)):
        topology.create_connectivity(*pair)
    facets = domain.facets(boundary)
    facets = facets[facets < topology.index_map(tdim - 1).size_local]
    links, corners = topology.connectivity(tdim - 1, tdim), topology.connectivity(tdim - 1, 0)
    if not len(facets):
        return np.zeros(0), np.zeros(0)
    owner = np.repeat(facets, np.diff(links.offsets)[facets])
    cells = np.concatenate([links.links(f) for f in facets])
    liquid = domain.in_regions(cells, [name for name in ELECTROLYTES if name in domain.region_tags])
    cells, owner = cells[liquid], owner[liquid]
    nodes = mesh.geometry.dofmaps[0]
    vertices = np.array([corners.links(f) for f in owner]).reshape(-1, 3)
    areas = facet_areas(_vertex_points(mesh, nodes), vertices)
    heights = 3 * np.abs(cell_volumes(mesh.geometry.x, nodes[cells])) / areas
    return heights * domain.length_unit, areas * domain.length_unit**2


def _vertex_points(mesh, nodes: np.ndarray) -> np.ndarray:
    """Coordinates by vertex."""
    vertices = mesh.topology.connectivity(mesh.topology.dim, 0).array.reshape(-1, 4)
    points = np.zeros((vertices.max(initial=-1) + 1, 3))
    points[vertices.ravel()] = mesh.geometry.x[nodes[: len(vertices), :4].ravel()]
    return points


def check_resolution(domain: Domain, boundaries: Iterable[str], debye_length: float, degree: int) -> Resolution | None:
    """Compare the first cells on charged boundaries with the Debye length [m]; collective.

    Returns
    -------
    Resolution or None
        Of the boundary that is worst off; ``None`` where none is charged.

    Raises
    ------
    SolverError
        A mesh too coarse to show the layers, with the size it needs.
    """
    found = {name: _resolution(domain, name, debye_length, degree) for name in boundaries}
    if not found:
        return None
    worst = max(found, key=lambda name: (found[name].missed, found[name].first_cell))
    resolution, advised = found[worst], _nm(ADVISED * degree * debye_length)
    text = f"Debye length {_nm(debye_length)}; first cells at {worst} {_nm(resolution.first_cell)} in the mean"
    if resolution.missed > CORNERS:
        raise SolverError(
            f"the mesh cannot resolve the double layers: {text}, {100 * resolution.missed:.0f} % of the surface lies "
            f"under cells higher than that. Set mesh.wall_size to {advised} ({ADVISED:g} Debye lengths), or use the "
            "electroneutral model with a double-layer capacitance, which serves where electrodes are many Debye "
            "lengths apart"
        )
    log.info("%s (%.2g of it)", text, resolution.ratio)
    if resolution.missed > 0:
        log.info("%.2g %% of %s lies in corners with cells higher than that", 100 * resolution.missed, worst)
    if resolution.ratio > ROUGH:
        log.warning("%s: double layers are resolved roughly; a mesh.wall_size of %s is advised", text, advised)
    return resolution


def _resolution(domain: Domain, boundary: str, debye_length: float, degree: int) -> Resolution:
    heights, areas = first_cells(domain, boundary)
    heights = heights / degree
    sums = areas.sum(), (areas * heights).sum(), areas[heights > MISSED * debye_length].sum()
    total, mean, missed = reduced(domain.comm, sums)
    return Resolution(debye_length, float(mean / total), float(missed / total))


def _nm(length: float) -> str:
    return f"{length * 1e9:.3g} nm"
