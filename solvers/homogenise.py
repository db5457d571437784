r"""Effective conductivity of a structure by solving ∇·(σ∇φ) = 0 on its mesh, from above and from below.

φ = 0 and 1 on the two planes of a window across the direction, no flux elsewhere.  With the conductance G between the
planes, the window's length L and cross-section A, the effective conductivity is

    σ_eff = G L / A.

The energy of a continuous φ is never less than G (Dirichlet), that of a flux that conserves the current never more
(Thomson): :mod:`.laplace` and :mod:`.equilibrated_flux`.  The value told is the middle of the two bounds; both meet
it at twice the order of φ.  They hold for the body that the mesh is; how far its facets are from the shape's smooth
walls is another matter (:mod:`.transport_error`).

The tortuosity factor is τ = σ0 ε / σ_eff with the fraction ε of the conductor: F. L. E. Usseglio-Viretta et al.,
J. Electrochem. Soc. 165, A3403 (2018), doi:10.1149/2.0731814jes; for several conductors Σ ε σ, layers in parallel,
replaces σ0 ε.

Only what joins both planes conducts; islands are left out (:mod:`.conductor`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from dolfinx import la
from dolfinx import mesh as dmesh
from mpi4py import MPI

from ..geometry import TaggedMesh
from ..geometry.metrics.bounds import bruggeman_power, hashin_shtrikman
from ..geometry.metrics.window import Window
from ..geometry.tetrahedra import cell_volumes
from .conductor import conductor_between
from .domain import reduced
from .equilibrated_flux import conductance_from_below
from .errors import SolverError
from .laplace import harmonic

PREFIX = "archode_homogenise_"
"""Options prefix of the linear solver."""

FLUX_PREFIX = "archode_homogenise_flux_"
"""That of the bound from below."""

SOUGHT = "the effective conductivity"

AXES = "xyz"


@dataclass(frozen=True)
class Effective:
    """Effective conductivity of a window in one direction.

    Attributes
    ----------
    direction
        x, y or z.
    value
        Effective conductivity, in the unit of those given: the middle of its bounds.
    relative
        The same over the largest conductivity given.
    lower, upper
        Bounds of ``relative`` for the body that the mesh is, up to what the linear solver left.
    tortuosity
        Σ ε σ over the effective conductivity: τ = σ0 ε / σ_eff for one conductor; None if nothing percolates.
    porosity
        Volume of all conducting cells over that of the window.
    connected
        Share of this volume in components that join both planes.
    flux_in, flux_out
        The upper bound from the current through the plane of φ = 1 and of φ = 0 (sum of nodal reactions), in the
        unit of ``value``; they differ from it by what the linear solver left.
    iterations, unknowns
        Of φ's linear solver; 0 if nothing percolates.
    flux_iterations, flux_unknowns
        Those of the lower bound.
    note
        What a reader should know, else empty.
    """

    direction: str
    value: float
    relative: float
    lower: float
    upper: float
    tortuosity: float | None
    porosity: float
    connected: float
    flux_in: float
    flux_out: float
    iterations: int
    unknowns: int
    flux_iterations: int
    flux_unknowns: int
    note: str = ""


def effective_conductivity(
    tagged: TaggedMesh,
    conductivity: Mapping[str, float],
    direction: str,
    window: Window | None = None,
    degree: int = 2,
) -> Effective:
    """Effective conductivity of named regions in one direction; collective.

    Parameters
    ----------
    conductivity
        Conductivity of every region that conducts, in one unit; all others insulate.
    direction
        x, y or z.
    window
        Box [m] whose planes are planes of the mesh, e.g. the porous slab of a cell; the bounding box of the
        mesh unless given.
    degree
        Polynomial degree of φ, 1 or 2; the lower bound's error is of the same order.

    Raises
    ------
    SolverError
        For unknown regions or directions, values that are not positive, a window without cells, or a linear
        solver that does not converge.
    """
    if direction not in AXES:
        raise SolverError(f"a direction is x, y or z, not {direction!r}")
    wrong = {name: value for name, value in conductivity.items() if not 0 < value < np.inf}
    if wrong or not conductivity:
        raise SolverError(f"conductivities must be positive; these are not: {wrong or 'none was given'}")
    mesh, axis = tagged.mesh, AXES.index(direction)
    lower, upper = _window(tagged, window)
    extent = upper - lower
    reference = max(conductivity.values())
    sigma = _cell_values(tagged, {name: value / reference for name, value in conductivity.items()})
    middle = dmesh.compute_midpoints(mesh, 3, np.arange(len(sigma), dtype=np.int32))
    sigma[~np.all((middle > lower) & (middle < upper), axis=1)] = 0.0
    owned = mesh.topology.index_map(3).size_local
    volumes = np.abs(cell_volumes(mesh.geometry.x, mesh.geometry.dofmaps[0][:owned]))
    near = 1e-6 * extent[axis]
    ends = [
        dmesh.locate_entities(mesh, 2, lambda x, at=at: np.abs(x[axis] - at) <= near)
        for at in (lower[axis], upper[axis])
    ]
    conductor = conductor_between(mesh, sigma, *ends)
    kept = conductor.kept[:owned] if conductor else np.zeros(owned, dtype=bool)
    conducting, parallel, connected = reduced(
        mesh.comm,
        np.array([volumes[sigma[:owned] > 0].sum(), np.dot(volumes, sigma[:owned]), volumes[kept].sum()])
        / np.prod(extent),
    ).tolist()
    if conducting == 0:
        raise SolverError(f"the window holds no cell of {', '.join(conductivity)}")
    if conductor is None:
        note = f"{', '.join(conductivity)} does not join both planes across {direction}"
        return Effective(direction, 0.0, 0.0, 0.0, 0.0, None, conducting, 0.0, 0.0, 0.0, 0, 0, 0, 0, note)
    above = harmonic(conductor, degree, PREFIX, SOUGHT)
    below = conductance_from_below(conductor, degree, FLUX_PREFIX, SOUGHT)
    scale = float(extent[axis] ** 2 / np.prod(extent))
    lower_bound, upper_bound = scale * below.conductance, scale * above.energy
    relative = (lower_bound + upper_bound) / 2
    return Effective(
        direction=direction,
        value=relative * reference,
        relative=relative,
        lower=lower_bound,
        upper=upper_bound,
        tortuosity=parallel / relative,
        porosity=conducting,
        connected=connected / conducting,
        flux_in=above.flux_in * scale * reference,
        flux_out=above.flux_out * scale * reference,
        iterations=above.iterations,
        unknowns=above.unknowns,
        flux_iterations=below.iterations,
        flux_unknowns=below.unknowns,
    )


def transport_table(
    tagged: TaggedMesh,
    phases: Mapping[str, Iterable[str]],
    window: Window | None = None,
    degree: int = 2,
) -> dict[str, Any]:
    """Relative conductivity and tortuosity of every phase in three directions, ready for JSON; collective.

    Each phase conducts alone, with conductivity 1; beside it the upper bound of isotropic structures of its
    fraction (Hashin and Shtrikman; the lower one is 0) and Bruggeman's ε^1.5.

    Parameters
    ----------
    phases
        Phase's name in the result to its regions, e.g. ``{"solid": ["anode"], "pore": ["electrolyte"]}``.
    window
        See :func:`effective_conductivity`.
    """
    lower, upper = _window(tagged, window) * tagged.length_unit
    table: dict[str, Any] = {"window [m]": [lower.tolist(), upper.tolist()], "phases": {}}
    for name, regions in phases.items():
        uniform = dict.fromkeys([regions] if isinstance(regions, str) else regions, 1.0)
        found = [effective_conductivity(tagged, uniform, axis, window, degree) for axis in AXES]
        directions = {each.direction: asdict(each) for each in found}
        table["phases"][name] = {"directions": directions, **phase_summary(directions)}
    return table


def phase_summary(directions: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """What the three directions of a phase say together: fraction, mean, and beside it two laws of the fraction."""
    fraction = directions["x"]["porosity"]
    porosity = min(fraction, 1.0)
    return {
        "fraction": fraction,
        "relative_mean": float(np.mean([found["relative"] for found in directions.values()])),
        "hashin_shtrikman_upper": hashin_shtrikman(1.0, 0.0, 1 - porosity)[1],
        "bruggeman_power": bruggeman_power(porosity),
    }


def conductance(tagged: TaggedMesh, regions: Iterable[str], boundary_a: str, boundary_b: str, degree: int = 1) -> float:
    """Conductance between two named boundaries through regions of unit conductivity, from above [m]; collective.

    Times a conductivity [S/m] it is the conductance in siemens.  0 if nothing joins the boundaries.

    Raises
    ------
    SolverError
        For names that the mesh does not have, or a linear solver that does not converge.
    """
    unknown = [name for name in (boundary_a, boundary_b) if name not in tagged.boundaries]
    if unknown:
        raise SolverError(f"the mesh has no boundary {unknown[0]!r}; it has {', '.join(tagged.boundaries)}")
    names = [regions] if isinstance(regions, str) else list(regions)
    sigma = _cell_values(tagged, dict.fromkeys(names, 1.0))
    ends = [tagged.facet_tags.find(tagged.boundaries[name]) for name in (boundary_a, boundary_b)]
    conductor = conductor_between(tagged.mesh, sigma, *ends)
    if conductor is None:
        return 0.0
    return harmonic(conductor, degree, PREFIX, SOUGHT).energy * tagged.length_unit


def _window(tagged: TaggedMesh, window: Window | None) -> np.ndarray:
    """Corners of the window in the mesh's unit, shape (2, 3)."""
    if window is not None:
        corners = np.array([window[0], window[1]], dtype=float) / tagged.length_unit
        if not np.all(corners[1] > corners[0]):
            raise SolverError(f"the window from {window[0]} to {window[1]} m has no volume")
        return corners
    comm, x = tagged.mesh.comm, tagged.mesh.geometry.x
    # A rank may be without points.
    lower = reduced(comm, x.min(axis=0, initial=np.inf), MPI.MIN)
    return np.array([lower, reduced(comm, x.max(axis=0, initial=-np.inf), MPI.MAX)])


def _cell_values(tagged: TaggedMesh, by_region: Mapping[str, float]) -> np.ndarray:
    """Value of every local cell (owned and ghost) by its region, 0 where none is given."""
    unknown = [name for name in by_region if name not in tagged.regions]
    if unknown:
        raise SolverError(f"the mesh has no region {unknown[0]!r}; it has {', '.join(tagged.regions)}")
    cells = la.vector(tagged.mesh.topology.index_map(3), 1)
    cells.array[:] = 0.0
    for name, value in by_region.items():
        cells.array[tagged.cell_tags.find(tagged.regions[name])] = value
    cells.scatter_forward()
    return cells.array.copy()
