r"""Limiting current of an architecture: steady diffusion to an electrode that leaves no cation at its surface.

.. math::
    \nabla\cdot(D_\mathrm{eff}\nabla c) = 0, \qquad c = 0 \text{ on the plated electrode}, \qquad
    I_\mathrm{lim} = \frac{zF}{t_a}\int D_\mathrm{eff}\,\nabla c\cdot n\,dA

with c uniform on the counter electrode and no flux elsewhere; D_eff = D ε/τ in a separator, tₐ = 1 − t₊ the share of
the current that diffusion carries (anions at rest: N₊ = −D∇c/tₐ for the cation, whatever the potential). What c is at
the counter electrode:

- ``closed``: such that the mean amount is the initial one, as where a metal dissolves there; planar 2zFDc₀/(tₐL);
- ``reservoir``: the bulk's c₀; planar zFDc₀/(tₐL).

In truth c on the counter electrode is uniform only where its current is even or its kinetics are slow to change; where
the shapes differ the number is an estimate. The flux is the nodal reaction of linear elements, conservative to the
linear solver's tolerance, and not a gradient.

J. Newman, N. P. Balsara, Electrochemical Systems, 4th ed., Wiley 2021, ch. 11.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from dolfinx import fem, la

from ..geometry.tetrahedra import cell_volumes
from .cell import Cell
from .conductor import Conductor, conductor_between
from .criteria.cation import PlatedCation, plated_cation
from .description import ELECTRODES
from .domain import all_local, reduced
from .electrolyte.model import reacting_ion
from .errors import SolverError
from .laplace import Harmonic, harmonic
from .scales import FARADAY

PREFIX = "archode_diffusion_"
"""Options prefix of the linear solver."""

CounterElectrode = Literal["closed", "reservoir"]


@dataclass(frozen=True)
class SteadyDiffusion:
    """The largest steady current, and where it arrives; SI.

    Attributes
    ----------
    side
        The electrode that is plated.
    current
        Of the simulated domain [A], positive; ∞ for a single-ion conductor, 0 where nothing joins the electrodes.
    facets
        Parent facets of this electrode that this rank owns, shape (facets,).
    centres, areas
        Of these facets [m], [m²].
    current_density
        Through them, positive [A/m²], shape (facets,); their sum over the ranks is ``current``.
    concentration
        Of the cation [mol/m³], linear on the submesh of the electrolyte that joins both electrodes; ``None`` where
        there is none, or nothing limits.
    counter_concentration
        Of the cation at the counter electrode [mol/m³].
    iterations, unknowns
        Of the linear solver.
    """

    side: str
    current: float
    facets: np.ndarray
    centres: np.ndarray
    areas: np.ndarray
    current_density: np.ndarray
    concentration: fem.Function | None = None
    counter_concentration: float = 0.0
    iterations: int = 0
    unknowns: int = 0


def limiting_current(cell: Cell, side: str, counter: CounterElectrode = "closed") -> SteadyDiffusion:
    """Solve for the largest steady current with which an electrode can be plated; collective.

    Parameters
    ----------
    cell
        Its mesh and description; its state is neither read nor changed.
    side
        ``anode`` or ``cathode``: the electrode that is plated.
    counter
        What is known of the other one.

    Raises
    ------
    SolverError
        For other names, an electrode on which nothing reacts, or a linear solver that does not converge.
    """
    if side not in ELECTRODES:
        raise SolverError(f"the plated electrode is anode or cathode, not {side!r}")
    if counter not in ("closed", "reservoir"):
        raise SolverError(f"the counter electrode is closed or a reservoir, not {counter!r}")
    ion = reacting_ion(cell.description, side)
    if ion is None:
        raise SolverError(f"nothing reacts at the {side}, so that no current limits it; choose the other electrode")
    cation = plated_cation(cell.description.electrolyte, ion)
    domain, surface = cell.domain, f"{side}_surface"
    facets, corners = _facets(cell, surface)
    points = domain.mesh.geometry.x[_geometry_of(domain.mesh)[corners]] * domain.length_unit
    areas = 0.5 * np.linalg.norm(np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]), axis=1)
    base = side, facets, points.mean(axis=1), areas
    if cation.transference_number >= 1:
        return _make(base, np.inf, np.full(len(facets), np.inf))
    other = next(name for name in ELECTRODES if name != side)
    ends = domain.facets(surface), domain.facets(f"{other}_surface")
    conductor = conductor_between(domain.mesh, _factors(cell), *ends)
    if conductor is None:
        return _make(base, 0.0, np.zeros(len(facets)))
    solution = harmonic(conductor, 1, PREFIX, "the limiting current")
    at_counter = cation.concentration
    if counter == "closed":
        at_counter /= _mean(cell, conductor, solution)
    unit = _current_per_length(cation) * at_counter
    density = _through_facets(conductor, solution, corners, areas) * unit
    solution.phi.x.array[:] *= at_counter
    solution.phi.name = "concentration"
    return SteadyDiffusion(
        *base[:1],
        solution.flux_out * domain.length_unit * unit,
        *base[1:],
        density * domain.length_unit,
        solution.phi,
        at_counter,
        solution.iterations,
        solution.unknowns,
    )


def _make(base: tuple, current: float, density: np.ndarray) -> SteadyDiffusion:
    side, facets, centres, areas = base
    return SteadyDiffusion(side, current, facets, centres, areas, density)


def _current_per_length(cation: PlatedCation) -> float:
    """zFD/tₐ: current [A] per concentration [mol/m³] and conductance [m]."""
    return cation.charge * FARADAY * cation.diffusivity / (1 - cation.transference_number)


def _factors(cell: Cell) -> np.ndarray:
    """D_eff/D of every local cell, 0 outside of the electrolyte."""
    return _by_region(cell, cell.transport_factor)


def _by_region(cell: Cell, value) -> np.ndarray:
    cells = all_local(cell.domain.mesh.topology, 3)
    result = np.zeros(len(cells))
    for name in cell.electrolytes:
        result[cell.domain.in_regions(cells, [name])] = value(name)
    return result


def _mean(cell: Cell, conductor: Conductor, solution: Harmonic) -> float:
    """Mean of φ over the electrolyte's volume in the submesh. Collective."""
    space = solution.phi.function_space
    mesh, owned = space.mesh, space.mesh.topology.index_map(3).size_local
    volumes = np.abs(cell_volumes(mesh.geometry.x, mesh.geometry.dofmaps[0][:owned]))
    volumes = volumes * _by_region(cell, cell.porosity)[conductor.parent_cells[:owned]]
    values = solution.phi.x.array[space.dofmap.list[:owned]].mean(axis=1)
    amount, room = reduced(cell.comm, [volumes @ values, volumes.sum()])
    return amount / room


def _facets(cell: Cell, surface: str) -> tuple[np.ndarray, np.ndarray]:
    """Facets of a boundary that this rank owns, and their parent vertices, shape (facets, 3)."""
    topology = cell.domain.mesh.topology
    facets = cell.domain.facets(surface)
    facets = facets[facets < topology.index_map(2).size_local]
    topology.create_connectivity(2, 0)
    return facets, topology.connectivity(2, 0).array.reshape(-1, 3)[facets]


def _geometry_of(mesh) -> np.ndarray:
    """Geometry node of every local vertex."""
    mesh.topology.create_connectivity(3, 0)
    corners = mesh.topology.connectivity(3, 0).array.reshape(-1, 4)
    nodes = np.zeros(corners.max(initial=-1) + 1, dtype=np.int32)
    nodes[corners] = mesh.geometry.dofmaps[0][:, :4]
    return nodes


def _through_facets(
    conductor: Conductor, solution: Harmonic, corners: np.ndarray, areas: np.ndarray
) -> np.ndarray:
    """Flux of φ out through facets, in mesh units of flux over the areas' unit, shape (facets,). Collective.

    A node's reaction is spread over its third of the facets around it, so that the facets' sum is the nodes'.
    """
    space = solution.phi.function_space
    size = int(max(corners.max(initial=-1), conductor.parent_vertices.max(initial=-1))) + 1
    dof_of = np.full(size, -1)
    mesh = space.mesh
    mesh.topology.create_connectivity(3, 0)
    own = mesh.topology.connectivity(3, 0).array.reshape(-1, 4)
    dof_of[conductor.parent_vertices[own]] = space.dofmap.list
    dofs = dof_of[corners]
    reached = (dofs >= 0).all(axis=1)
    share = la.vector(space.dofmap.index_map, 1)
    share.array[:] = 0.0
    np.add.at(share.array, dofs[reached], areas[reached, None] / 3)
    share.scatter_reverse(la.InsertMode.add)
    share.scatter_forward()
    reaction = la.vector(space.dofmap.index_map, 1)
    reaction.array[: len(solution.reactions)] = -solution.reactions
    reaction.scatter_forward()
    density = np.divide(reaction.array, share.array, out=np.zeros_like(share.array), where=share.array > 0)
    result = np.zeros(len(corners))
    result[reached] = density[dofs[reached]].mean(axis=1)
    return result
