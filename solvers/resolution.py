"""Whether a mesh can show the diffuse layers that Poisson's equation is solved for.

A layer decays over the Debye length λ_D; linear elements need several cells across it, thin ones at the wall. The
height of the first cell on a surface is 3V/A, its volume over a third of its facet's area.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from ..geometry import ELECTROLYTES
from ..geometry.tetrahedra import cell_volumes, facet_areas
from .domain import Domain, reduced
from .errors import SolverError

log = logging.getLogger(__name__)

#: First cells higher than this share of λ_D miss the layer; above the second the numbers are rough.
MISSED, ROUGH = 1.0, 0.5

#: Height that makes potentials and charges good to a few 1e-3 up to 100 mV.
ADVISED = 0.1


@dataclass(frozen=True)
class Resolution:
    """λ_D of the bulk and the highest first cell on a charged surface, over the elements' degree [m]."""

    debye_length: float
    first_cell: float

    @property
    def ratio(self) -> float:
        """First cell over Debye length."""
        return self.first_cell / self.debye_length


def first_cell_height(domain: Domain, boundary: str) -> float:
    """Height of the highest electrolyte cell on a boundary [m]; collective."""
    mesh, facets = domain.mesh, domain.facets(boundary)
    topology = mesh.topology
    tdim = topology.dim
    topology.create_connectivity(tdim - 1, tdim)
    topology.create_connectivity(tdim - 1, 0)
    topology.create_connectivity(tdim, 0)
    links, corners = topology.connectivity(tdim - 1, tdim), topology.connectivity(tdim - 1, 0)
    counts = np.diff(links.offsets)[facets]
    owner = np.repeat(facets, counts)
    cells = np.concatenate([links.links(f) for f in facets]) if len(facets) else np.zeros(0, dtype=np.int32)
    liquid = domain.in_regions(cells, [name for name in ELECTROLYTES if name in domain.region_tags])
    cells, owner = cells[liquid], owner[liquid]
    highest = 0.0
    if len(cells):
        nodes = mesh.geometry.dofmaps[0]
        vertices = np.array([corners.links(f) for f in owner])
        points = _vertex_points(mesh, nodes)
        volumes = np.abs(cell_volumes(mesh.geometry.x, nodes[cells]))
        highest = float((3 * volumes / facet_areas(points, vertices)).max())
    return float(reduced(domain.comm, [highest], MPI.MAX)[0]) * domain.length_unit


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
        ``None`` where no boundary is charged.

    Raises
    ------
    SolverError
        A mesh too coarse to show the layers, with the size it needs.
    """
    heights = {name: first_cell_height(domain, name) / degree for name in boundaries}
    if not heights:
        return None
    worst = max(heights, key=heights.__getitem__)
    resolution = Resolution(debye_length, heights[worst])
    text = f"Debye length {_nm(debye_length)}; first cells at {worst} {_nm(heights[worst])}"
    if resolution.ratio > MISSED:
        raise SolverError(
            f"the mesh cannot resolve the double layers: {text}. Set mesh.wall_size to "
            f"{_nm(ADVISED * degree * debye_length)} ({ADVISED:g} Debye lengths), or use the electroneutral model "
            "with a double-layer capacitance, which serves where electrodes are many Debye lengths apart"
        )
    log.info("%s (%.2g of it)", text, resolution.ratio)
    if resolution.ratio > ROUGH:
        log.warning(
            "%s: double layers are resolved roughly; a mesh.wall_size of %s is advised",
            text,
            _nm(ADVISED * degree * debye_length),
        )
    return resolution


def _nm(length: float) -> str:
    return f"{length * 1e9:.3g} nm"
