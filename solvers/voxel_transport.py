r"""Effective conductivity of a voxel image from above and from below, without a mesh.

The conductor is the body of its voxels, steps and all; between φ = 0 and 1 on two faces of the image, no flux
elsewhere.  Two networks of seven-point stencils are solved:

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

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from mpi4py import MPI

from ..geometry.metrics.bounds import bruggeman_power, hashin_shtrikman
from .errors import SolverError
from .voxel_corners import Corners
from .voxel_network import Network, joined, solve_network

PREFIX = "archode_voxels_"
"""Options prefix of the linear solver."""

SOUGHT = "the effective conductivity of the voxels"

AXES = "xyz"


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
        Share of these in bodies that join both faces.
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
    connected: float
    iterations: int
    unknowns: int


def voxel_conductivity(
    phase: np.ndarray, spacing: Sequence[float], direction: str, comm: MPI.Comm = MPI.COMM_SELF
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
    reached = _reached(phase, axis)
    if not reached.any():
        return VoxelConductivity(direction, 0.0, 0.0, 0.0, 0.0, None, porosity, 0.0, 0, 0)
    # The direction comes first, and lengths are in voxels along it.
    body = np.ascontiguousarray(np.moveaxis(reached, axis, 0))
    edges = np.array([spacing[axis], *np.delete(spacing, axis)]) / spacing[axis]
    scale = body.shape[0] / float(body.shape[1] * body.shape[2] * edges[1] * edges[2])
    below, *solved = _from_below(body, edges, comm)
    above, *more = _from_above(body, edges, comm)
    lower, upper = scale * below, scale * above
    relative = (lower + upper) / 2
    return VoxelConductivity(
        direction=direction,
        relative=relative,
        lower=lower,
        upper=upper,
        relative_error=(upper - lower) / 2,
        tortuosity=porosity / relative,
        porosity=porosity,
        connected=float(reached.mean()) / porosity,
        iterations=solved[0] + more[0],
        unknowns=solved[1] + more[1],
    )


def voxel_transport_table(
    phases: Mapping[str, np.ndarray], spacing: Sequence[float], comm: MPI.Comm = MPI.COMM_SELF
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
        found = [voxel_conductivity(phase, spacing, axis, comm) for axis in AXES]
        porosity = found[0].porosity
        table["phases"][name] = {
            "fraction": porosity,
            "directions": {
                each.direction: asdict(each)
                | {
                    "tortuosity_error": None
                    if each.tortuosity is None
                    else each.tortuosity * each.relative_error / each.relative
                }
                for each in found
            },
            "relative_mean": float(np.mean([each.relative for each in found])),
            "relative_mean_error": float(np.mean([each.relative_error for each in found])),
            "hashin_shtrikman_upper": hashin_shtrikman(1.0, 0.0, 1 - porosity)[1],
            "bruggeman_power": bruggeman_power(porosity),
        }
    return table


def _reached(phase: np.ndarray, axis: int) -> np.ndarray:
    """Voxels of the bodies that reach both faces across an axis; voxels of a body share faces."""
    from scipy.ndimage import label

    bodies, _ = label(phase)
    ends = [np.unique(bodies.take(end, axis)) for end in (0, -1)]
    both = np.intersect1d(*ends)
    return np.isin(bodies, both[both > 0])


def _from_below(body: np.ndarray, edges: np.ndarray, comm: MPI.Comm) -> tuple[float, int, int]:
    """Conductance by the currents through the voxels' faces."""
    faces = np.prod(edges) / edges
    number = np.cumsum(body, dtype=np.int32).reshape(body.shape) - 1
    count = int(number.flat[-1]) + 1
    pairs = [_pair(axis) for axis in range(3)]
    links = []
    for (here, there), edge, face in zip(pairs, edges, faces, strict=True):
        both = body[here] & body[there]
        links.append((number[here][both], number[there][both], face / edge))
    outside = 2 * faces[0] / edges[0]
    to_zero, to_one = np.zeros(count), np.zeros(count)
    to_zero[number[0][body[0]]], to_one[number[-1][body[-1]]] = outside, outside
    found = solve_network(Network(joined(count, links), to_one, to_zero), comm, PREFIX, SOUGHT)
    phi = np.zeros(body.shape)
    phi[body] = found.values
    into = float((outside * (1 - phi[-1]))[body[-1]].sum())
    work = 0.0
    for axis, (edge, face) in enumerate(zip(edges, faces, strict=True)):
        here, there = pairs[axis]
        after, before = np.zeros(body.shape), np.zeros(body.shape)
        after[here] = (face / edge) * (phi[there] - phi[here]) * (body[here] & body[there])
        before[there] = after[here]
        if axis == 0:
            before[0], after[-1] = outside * phi[0] * body[0], outside * (1 - phi[-1]) * body[-1]
        work += edge / (3 * face) * float((before * (before + after) + after**2).sum())
    return float(into**2 / work), found.iterations, count


def _from_above(body: np.ndarray, edges: np.ndarray, comm: MPI.Comm) -> tuple[float, int, int]:
    """Conductance by the energy of the trilinear potential with the corners' values."""
    volume = float(np.prod(edges))
    corners = Corners(body)
    links = (
        (*corners.links(axis), volume / (4 * edge**2)) for axis, edge in enumerate(edges)
    )
    all_links = joined(corners.count, links)
    # The corners on the two faces come first and last.
    free = slice(corners.before(1), corners.before(body.shape[0]))
    network = Network(
        all_links[free, free],
        to_one=np.asarray(all_links[free, free.stop :].sum(axis=1)),
        to_zero=np.asarray(all_links[: free.start, free].sum(axis=0)),
    )
    del all_links
    found = solve_network(network, comm, PREFIX, SOUGHT)
    phi = np.concatenate([np.zeros(free.start), found.values, np.ones(corners.count - free.stop)])
    energy = sum(
        volume / edge**2 * _mean_square(corners.steps(phi, axis, layer))
        for layer in range(body.shape[0])
        for axis, edge in enumerate(edges)
    )
    return float(energy), found.iterations, free.stop - free.start


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


def _pair(axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Slices of all voxels but the last, and of all but the first, along an axis."""
    here, there = [slice(None)] * 3, [slice(None)] * 3
    here[axis], there[axis] = slice(None, -1), slice(1, None)
    return tuple(here), tuple(there)
