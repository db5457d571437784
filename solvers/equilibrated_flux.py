r"""Conductance of a conductor from below, by a flux that conserves the current exactly (Thomson's principle).

Of all fluxes q with ∇·q = 0 and no normal component on insulating walls that carry a current I between φ = 0 and 1,
the true one has the least ∫|q|²/σ dV, and I²/∫|q|²/σ dV never exceeds the conductance.  With the energy of a
continuous φ from above (:mod:`.laplace`) this brackets it: W. Prager, J. L. Synge, Quart. Appl. Math. 5, 241 (1947).

The best flux that is linear in every tetrahedron (Brezzi, Douglas and Marini's first element; constant ones, Raviart
and Thomas', for degree 1) is found with the potentials λ on the facets as unknowns, linear on each of them (constant):
D. N. Arnold, F. Brezzi, RAIRO Math. Model. Numer. Anal. 19, 7 (1985); in lowest order these are the elements of
M. Crouzeix and P.-A. Raviart.  In a tetrahedron of volume V, with coordinates x about its centroid, the flux

.. math::
    q = q_0 + A x, \quad \operatorname{tr} A = 0, \qquad
    \int p\cdot q\,dV/\sigma = -\sum_F \int_F \lambda\, p\cdot n\,dS \ \text{for all such } p

follows from C = ∫ x xᵀ dV/V = Σ xᵥxᵥᵀ/20, and with it the conductances between the unknowns i and j,

.. math::
    S_{ij} = \frac{\sigma}{V}\left[a_i\cdot a_j\left(\tfrac19 + g_i^T C^{-1} g_j\right)
             - \frac{t_i t_j}{\operatorname{tr} C^{-1}}\right], \quad t_i = a_i^T C^{-1} g_i

where aᵢ is the area vector of the unknown's facet, outwards, and 12 gᵢ the sum of the facet's corners and once more
of the unknown's own.  The conductance is the energy λᵀSλ.

Continuous linear functions are among the λ; they are the coarse space of the preconditioner, and multigrid
for them makes the number of iterations independent of the mesh.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from dolfinx import mesh as dmesh
from petsc4py import PETSc

from .conductor import Conductor
from .domain import all_local
from .symmetric_solve import solve_symmetric

TOLERANCES = {"ksp_rtol": 1e-8}
"""The energy's relative error is the square."""

_AT_ONCE = 50_000
"""Tetrahedra whose matrices are made at once."""


@dataclass(frozen=True)
class FromBelow:
    """A conductance from below, in units of the mesh, and the linear solver's iterations and unknowns."""

    conductance: float
    iterations: int
    unknowns: int


class _Unknowns(NamedTuple):
    """Potentials on facets.

    Attributes
    ----------
    corners
        Local vertices of every local facet in the same order on all ranks, shape (facets, 3).
    facets
        Global number of every local facet, shape (facets,).
    per_facet
        3, at the corners, or 1.
    owned
        Facets that this rank owns; they come first.
    """

    corners: np.ndarray
    facets: np.ndarray
    per_facet: int
    owned: int

    def of(self, facets: np.ndarray) -> np.ndarray:
        """Global numbers of the unknowns of local facets, shape (…, per_facet)."""
        return (self.per_facet * self.facets[facets][..., None] + np.arange(self.per_facet)).astype(PETSc.IntType)


def conductance_from_below(conductor: Conductor, degree: int, prefix: str, what: str) -> FromBelow:
    """Largest conductance of a conserving flux that is constant (degree 1) or linear (2) by cell. Collective.

    Parameters
    ----------
    degree
        That of the continuous potential whose energy has an error of the same order.
    prefix
        Of the linear solver's options.
    what
        What is sought, for errors.

    Raises
    ------
    SolverError
        The linear solver does not converge.
    """
    unknowns = _unknowns(conductor.mesh, degree)
    matrix = _matrix(conductor, unknowns)
    at_zero, at_one = (
        unknowns.of(facets[facets < unknowns.owned]).ravel() for facets in (conductor.at_zero, conductor.at_one)
    )
    given = matrix.createVecRight()
    given.setValues(at_one, np.ones(len(at_one)))
    given.assemble()
    right = matrix * given
    energy = given.dot(right)
    right.scale(-1.0)
    diagonal = matrix.getDiagonal()
    fixed = np.concatenate([at_zero, at_one])
    matrix.zeroRowsColumns(fixed, diagonal.sum() / diagonal.getSize())
    right.setValues(fixed, np.zeros(len(fixed)))
    right.assemble()
    interpolation = _from_vertices(conductor.mesh, unknowns)
    solution, iterations = solve_symmetric(matrix, right, prefix, what, interpolation, TOLERANCES)
    energy -= right.dot(solution)
    size = matrix.getSize()[0]
    for each in (matrix, given, right, diagonal, interpolation, solution):
        each.destroy()
    return FromBelow(energy, iterations, size)


def _unknowns(mesh: dmesh.Mesh, degree: int) -> _Unknowns:
    topology = mesh.topology
    for dimensions in ((3, 2), (3, 0), (2, 0)):
        topology.create_connectivity(*dimensions)
    corners = topology.connectivity(2, 0).array.reshape(-1, 3)
    vertex = topology.index_map(0).local_to_global(all_local(topology, 0))
    corners = np.take_along_axis(corners, np.argsort(vertex[corners], axis=1), axis=1)
    facet_map = topology.index_map(2)
    facets = facet_map.local_to_global(all_local(topology, 2))
    return _Unknowns(corners, facets, 3 if degree > 1 else 1, facet_map.size_local)


def _matrix(conductor: Conductor, unknowns: _Unknowns) -> PETSc.Mat:
    mesh, topology = conductor.mesh, conductor.mesh.topology
    owned = topology.index_map(3).size_local
    cells = topology.connectivity(3, 0).array.reshape(-1, 4)
    facets = topology.connectivity(3, 2).array.reshape(-1, 4)[:owned]
    points = np.zeros((len(all_local(topology, 0)), 3))
    points[cells] = mesh.geometry.x[mesh.geometry.dofmaps[0]]
    size = 4 * unknowns.per_facet
    values = np.empty((owned, size, size))
    for first in range(0, owned, _AT_ONCE):
        part = slice(first, min(first + _AT_ONCE, owned))
        corners = points[unknowns.corners[facets[part]]]
        values[part] = _conductances(points[cells[part]], corners, conductor.sigma[part], unknowns.per_facet)
    numbers = unknowns.of(facets).reshape(owned, size)
    rows, columns = np.repeat(numbers, size, axis=1).ravel(), np.tile(numbers, (1, size)).ravel()
    local = unknowns.per_facet * unknowns.owned
    matrix = PETSc.Mat().create(mesh.comm)
    matrix.setSizes(((local, None), (local, None)))
    matrix.setType("aij")
    matrix.setBlockSize(unknowns.per_facet)
    matrix.setPreallocationCOO(rows, columns)
    matrix.setValuesCOO(values.ravel())
    return matrix


def _conductances(points: np.ndarray, corners: np.ndarray, sigma: np.ndarray, per_facet: int) -> np.ndarray:
    """The matrices S of some cells.

    Parameters
    ----------
    points : (cells, 4, 3) float
    corners : (cells, 4, 3, 3) float
        Of the facets opposite to the points, in the order of the unknowns.

    Returns
    -------
    numpy.ndarray, shape (cells, 4·per_facet, 4·per_facet)
    """
    centroid = points.mean(axis=1, keepdims=True)
    points, corners = points - centroid, corners - centroid[:, None]
    volumes = np.abs(np.linalg.det(points[:, 1:] - points[:, :1])) / 6
    areas = 0.5 * np.cross(corners[:, :, 1] - corners[:, :, 0], corners[:, :, 2] - corners[:, :, 0])
    # From the opposite point outwards, which is where the facet's middle lies from the centroid.
    areas *= np.sign(np.einsum("cfk,cfk->cf", areas, corners.sum(axis=2)))[..., None]
    scale = (sigma / volumes)[:, None, None]
    if per_facet == 1:
        return scale * (areas @ areas.transpose(0, 2, 1))
    a = np.repeat(areas, 3, axis=1)
    g = ((corners + corners.sum(axis=2, keepdims=True)) / 12).reshape(len(points), 12, 3)
    inverse = np.linalg.inv(points.transpose(0, 2, 1) @ points / 20)
    g_inverse = g @ inverse
    t = np.einsum("cik,cik->ci", a, g_inverse)
    matrices = (a @ a.transpose(0, 2, 1)) * (1 / 9 + g_inverse @ g.transpose(0, 2, 1))
    matrices -= t[:, :, None] * t[:, None, :] / np.trace(inverse, axis1=1, axis2=2)[:, None, None]
    return scale * matrices


def _from_vertices(mesh: dmesh.Mesh, unknowns: _Unknowns) -> PETSc.Mat:
    """Values of continuous linear functions at the unknowns, from those at the vertices."""
    vertices = mesh.topology.index_map(0)
    numbers = vertices.local_to_global(all_local(mesh.topology, 0))
    owned = np.arange(unknowns.owned)
    rows = unknowns.of(owned) if unknowns.per_facet == 3 else np.repeat(unknowns.of(owned), 3, axis=1)
    columns = numbers[unknowns.corners[owned]].astype(PETSc.IntType)
    matrix = PETSc.Mat().create(mesh.comm)
    matrix.setSizes(((unknowns.per_facet * unknowns.owned, None), (vertices.size_local, None)))
    matrix.setType("aij")
    matrix.setPreallocationCOO(rows.ravel(), columns.ravel())
    matrix.setValuesCOO(np.full(columns.size, unknowns.per_facet / 3))
    return matrix
