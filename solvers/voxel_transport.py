r"""Effective conductivity of a voxel image from above and from below, without a mesh.

The conductor is the body of its voxels, steps and all; between φ = 0 and 1 on two faces of the image, no flux
elsewhere, or in an endless structure of which the image is a period.  Two networks of seven-point stencils are solved:

- From below: potentials at the voxels' middles (finite volumes, as TauFactor's: S. J. Cooper et al., SoftwareX 5, 203
  (2016), doi:10.1016/j.softx.2016.09.002).  Their currents F through the voxels' faces conserve the charge exactly
  and are taken as a flux that is linear within the voxel along each axis (Raviart and Thomas'), so that Thomson's
  principle bounds the conductance G from below:

  .. math:: G \ge I^2/W, \quad W = \sum \frac{h}{3A}\left(F_-^2 + F_-F_+ + F_+^2\right)

- From above: potentials at the voxels' corners, joined along the voxels' edges by V/(4h²) for each voxel at the edge.
  The trilinear potential with these values is admissible in Dirichlet's principle, so that its energy bounds G from
  above; it is below the network's own energy.  Voxels that touch along an edge or at a corner only do not share its
  potential: no current passes a line.

The value told is the middle of the two bounds.  Both meet the conductivity of the voxel body as its voxels are
divided, with the power 4/3 at most for the steps' edges.  What the steps miss of a smooth surface is not in the
bounds: a sphere of voxels conducts as one of some tenths of a voxel less in radius.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from mpi4py import MPI
from scipy.sparse.csgraph import connected_components

from .errors import SolverError
from .homogenise import phase_summary
from .voxel_lattices import Corners, Middles
from .voxel_network import Links, Network, Potentials, joined, share, solve_network

PREFIX = "archode_voxels_"
"""Options prefix of the linear solver."""

SOUGHT = "the effective conductivity of the voxels"

AXES = "xyz"

NEGLIGIBLE = 1e-5
"""Share of the current in an open box below which nothing is said to conduct: the linear solver leaves about that."""


class _Solved(NamedTuple):
    """A bound of the conductance, in voxels' edges along the direction, and of its linear solver."""

    conductance: float
    iterations: int
    unknowns: int


@dataclass(frozen=True)
class VoxelConductivity:
    """Effective conductivity of a phase of an image in one direction, over the phase's own.

    Attributes
    ----------
    direction
        x, y or z.
    relative
        The middle of the bounds.
    lower, upper
        Bounds of the conductivity of the voxel body; 0 if nothing percolates.
    relative_error
        Half of their distance.
    tortuosity
        Fraction over conductivity; None if nothing percolates.
    porosity
        Share of the phase's voxels.
    connected
        Share of these in bodies that join both faces; None in a periodic structure, where all are solved for.
    iterations, unknowns
        Of both linear solves together.
    """

    direction: str
    relative: float
    lower: float
    upper: float
    relative_error: float
    tortuosity: float | None
    porosity: float
    connected: float | None
    iterations: int
    unknowns: int


def voxel_conductivity(
    phase: np.ndarray,
    spacing: Sequence[float],
    direction: str,
    comm: MPI.Comm = MPI.COMM_SELF,
    periodic: bool = False,
) -> VoxelConductivity:
    """Bounds of the effective conductivity of a phase; collective.

    Parameters
    ----------
    phase : (nx, ny, nz) bool
        Which voxels conduct; the same on every rank.
    spacing
        Edges of a voxel along x, y and z, in one unit.
    direction
        x, y or z.
    periodic
        Whether the image is a period of an endless structure; else its sides insulate, and the two faces across the
        direction have an even potential.

    Raises
    ------
    SolverError
        For other directions, an image that is not three-dimensional, or a linear solver that does not converge.
    """
    if direction not in AXES:
        raise SolverError(f"a direction is x, y or z, not {direction!r}")
    phase = np.asarray(phase, dtype=bool)
    if phase.ndim != 3:
        raise SolverError(f"an image has three dimensions, not {phase.ndim}")
    porosity, axis = float(phase.mean()), AXES.index(direction)
    reached = phase if periodic else _reached(phase, axis)
    if not reached.any():
        return _insulator(direction, porosity)
    # The direction comes first, and lengths are in voxels along it.
    body = np.ascontiguousarray(np.moveaxis(reached, axis, 0))
    edges = np.array([spacing[axis], *np.delete(spacing, axis)]) / spacing[axis]
    scale = body.shape[0] / float(body.shape[1] * body.shape[2] * edges[1] * edges[2])
    below, above = (_periodic_from_below, _periodic_from_above) if periodic else (_from_below, _from_above)
    least = below(body, edges, comm)
    if least.conductance == 0:
        return _insulator(direction, porosity)
    most = above(body, edges, comm)
    lower, upper = scale * least.conductance, scale * most.conductance
    relative = (lower + upper) / 2
    return VoxelConductivity(
        direction=direction,
        relative=relative,
        lower=lower,
        upper=upper,
        relative_error=(upper - lower) / 2,
        tortuosity=porosity / relative,
        porosity=porosity,
        connected=None if periodic else float(reached.mean()) / porosity,
        iterations=least.iterations + most.iterations,
        unknowns=least.unknowns + most.unknowns,
    )


def _insulator(direction: str, porosity: float) -> VoxelConductivity:
    return VoxelConductivity(direction, 0.0, 0.0, 0.0, 0.0, None, porosity, 0.0, 0, 0)


def voxel_transport_table(
    phases: Mapping[str, np.ndarray],
    spacing: Sequence[float],
    comm: MPI.Comm = MPI.COMM_SELF,
    periodic: bool = False,
) -> dict[str, Any]:
    """Conductivity and tortuosity of every phase in three directions, ready for JSON; collective.

    Its keys are those of :func:`.homogenise.transport_table`.

    Parameters
    ----------
    phases
        Phase's name to its voxels.
    """
    table: dict[str, Any] = {"phases": {}}
    for name, phase in phases.items():
        found = [voxel_conductivity(phase, spacing, axis, comm, periodic) for axis in AXES]
        directions = {each.direction: asdict(each) | {"tortuosity_error": _of_tortuosity(each)} for each in found}
        table["phases"][name] = {
            "directions": directions,
            **phase_summary(directions),
            "relative_mean_error": float(np.mean([each.relative_error for each in found])),
        }
    return table


def _of_tortuosity(found: VoxelConductivity) -> float | None:
    return None if found.tortuosity is None else found.tortuosity * found.relative_error / found.relative


def _reached(phase: np.ndarray, axis: int) -> np.ndarray:
    """Voxels of the bodies that reach both faces across an axis; voxels of a body share faces."""
    from scipy.ndimage import label

    bodies, _ = label(phase)
    ends = [np.unique(bodies.take(end, axis)) for end in (0, -1)]
    both = np.intersect1d(*ends)
    return np.isin(bodies, both[both > 0])


def _from_below(body: np.ndarray, edges: np.ndarray, comm: MPI.Comm) -> _Solved:
    """Conductance by the currents through the voxels' faces."""
    faces = np.prod(edges) / edges
    lattice = Middles(body, periodic=False)
    links = ((*lattice.links(axis), face / edge) for axis, (edge, face) in enumerate(zip(edges, faces, strict=True)))
    outside = 2 * faces[0] / edges[0]
    to_zero, to_one = np.zeros(lattice.count), np.zeros(lattice.count)
    to_zero[lattice.number[0][body[0]]], to_one[lattice.number[-1][body[-1]]] = outside, outside
    mine = share(lattice.count, comm)
    network = Network(joined(lattice.count, links, mine), to_zero + to_one, to_one, lattice.blocks())
    found = solve_network(network, comm, PREFIX, SOUGHT)
    currents_in, currents_out = to_zero * found.values, to_one * (1 - found.values)
    work = 0.0
    for axis, (edge, face) in enumerate(zip(edges, faces, strict=True)):
        after = (face / edge) * lattice.currents(found.values, axis, 0.0)
        before = np.roll(after, 1, axis)
        if axis == 0:
            before[0][body[0]] = currents_in[lattice.number[0][body[0]]]
            after[-1][body[-1]] = currents_out[lattice.number[-1][body[-1]]]
        work += edge / (3 * face) * _flux_squares(before, after)
    return _Solved(float(currents_out.sum() ** 2 / work), found.iterations, lattice.count)


def _from_above(body: np.ndarray, edges: np.ndarray, comm: MPI.Comm) -> _Solved:
    """Conductance by the energy of the trilinear potential with the corners' values."""
    lattice = Corners(body, periodic=False)
    # The corners on the two faces come first and last.
    free = slice(lattice.before(1), lattice.before(body.shape[0]))
    mine = share(free.stop - free.start, comm)
    own = slice(free.start + mine.start, free.start + mine.stop)
    links = joined(lattice.count, _edge_links(lattice, edges), own)
    to_one = np.asarray(links[free, free.stop :].sum(axis=1))
    to_zero = np.asarray(links[: free.start, free].sum(axis=0))
    network = Network(links[free, free], to_zero + to_one, to_one, lattice.blocks(free))
    del links
    found = solve_network(network, comm, PREFIX, SOUGHT)
    phi = np.concatenate([np.zeros(free.start), found.values, np.ones(lattice.count - free.stop)])
    return _Solved(_trilinear_energy(lattice, phi, edges, 0.0), found.iterations, free.stop - free.start)


def _periodic_from_below(body: np.ndarray, edges: np.ndarray, comm: MPI.Comm) -> _Solved:
    """That of a periodic body, per drop of 1 over the period, by the currents through the voxels' faces."""
    faces, step = np.prod(edges) / edges, 1 / body.shape[0]
    lattice = Middles(body, periodic=True)
    found = _solve_periodic(
        lattice, [(*lattice.links(axis), faces[axis] / edges[axis]) for axis in range(3)], step, comm
    )
    work = current = 0.0
    for axis, (edge, face) in enumerate(zip(edges, faces, strict=True)):
        after = (face / edge) * lattice.currents(found.values, axis, step if axis == 0 else 0.0)
        work += edge / (3 * face) * _flux_squares(np.roll(after, 1, axis), after)
        if axis == 0:
            current = float(after.sum()) * step
    # What does not go through the whole period carries nothing but what the solver left.
    conducts = current > NEGLIGIBLE * body.shape[1] * body.shape[2] * faces[0] / edges[0] * step
    return _Solved(current**2 / work if conducts else 0.0, found.iterations, lattice.count)


def _periodic_from_above(body: np.ndarray, edges: np.ndarray, comm: MPI.Comm) -> _Solved:
    """That of a periodic body by the energy of the trilinear potential with the corners' values."""
    step = 1 / body.shape[0]
    lattice = Corners(body, periodic=True)
    found = _solve_periodic(lattice, list(_edge_links(lattice, edges)), step, comm)
    return _Solved(_trilinear_energy(lattice, found.values, edges, step), found.iterations, lattice.count)


def _solve_periodic(lattice: Middles | Corners, links: list[Links], step: float, comm: MPI.Comm) -> Potentials:
    """The periodic part of a potential that rises by ``step`` from layer to layer."""
    between = joined(lattice.count, links)
    first, second, conductance = links[0]
    source = (conductance * step) * (
        np.bincount(first, minlength=lattice.count) - np.bincount(second, minlength=lattice.count)
    )
    # One node of every body is grounded, through which no current flows.
    _, bodies = connected_components(between, directed=False)
    ground = np.zeros(lattice.count)
    ground[np.unique(bodies, return_index=True)[1]] = conductance
    return solve_network(Network(between, ground, source, lattice.blocks()), comm, PREFIX, SOUGHT)


def _edge_links(lattice: Corners, edges: np.ndarray) -> Iterator[Links]:
    volume = float(np.prod(edges))
    return ((*lattice.links(axis), volume / (4 * edge**2)) for axis, edge in enumerate(edges))


def _flux_squares(before: np.ndarray, after: np.ndarray) -> float:
    """Three times the sum of the mean squares of fluxes that are linear from one face to the other."""
    return float((before * (before + after) + after**2).sum())


def _trilinear_energy(lattice: Corners, values: np.ndarray, edges: np.ndarray, step: float) -> float:
    volume, energy = float(np.prod(edges)), 0.0
    for layer in range(lattice.body.shape[0]):
        for axis, edge in enumerate(edges):
            steps = lattice.steps(values, axis, layer) + (step if axis == 0 else 0.0)
            energy += volume / float(edge) ** 2 * _mean_square(steps)
    return energy


def _mean_square(steps: np.ndarray) -> float:
    """Sum over voxels of the mean square of a bilinear function of two coordinates.

    Parameters
    ----------
    steps : (2, 2, voxels) float
        Its values at the four corners.
    """
    (a, b), (c, d) = steps
    nine = 2 * (a * a + b * b + c * c + d * d + a * b + c * d + a * c + b * d) + a * d + b * c
    return float(nine.sum()) / 18
