r"""Limiting currents of three shapes in closed form: plates, coaxial cylinders, concentric spheres."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from mpi4py import MPI

from ...geometry import ARCHITECTURES, MeshSizes, load_mesh, mesh_file
from ...solvers.cell import Cell
from ...solvers.criteria.limiting_current import diffusion_limit
from ...solvers.description import CellDescription
from ...solvers.steady_diffusion import SteadyDiffusion, limiting_current
from ...visualization.book import Curve, Figure, compare
from .result import Result
from .row import Stopwatch, comparison
from .systems import TEMPERATURE, bar_cell, binary_electrolyte, cell_on, describe_mesh, hold, last, metal, run
from .transport import ONE_TO_ONE

GAP = 100e-6

#: Radius of the plated electrode in the two curved cells [m]; the other one is a gap further out.
INNER = 50e-6
OUTER = INNER + GAP

#: Voltage [V] that leaves exp(−FV/2RT), a hundred-thousandth of the cations at fast electrodes.
HELD = 0.6

#: Side walls of the spherical cell: tan of the angle at the centre, in both directions.
SLOPE = 0.2


EVEN = MeshSizes(size=5e-6, interface_size=2.5e-6)

#: For c close to zero at the surface, whose logarithm the cell solves for.
STEEP = MeshSizes(size=6e-6, interface_size=0.1e-6, growth=1.4)


@dataclass(frozen=True)
class Shape:
    """A cell whose anode is plated, and u, the harmonic function that rises from 0 there to 1 at the cathode.

    Attributes
    ----------
    cell
        The cell.
    area
        Of the anode in truth, without the mesh's chords [m²].
    length
        1 over the slope of u at the anode [m].
    mean
        Of u over the volume.
    profile
        u as a function of the distance from the anode [m].
    distance
        From the anode in the mesh's unit, of points in it, shape (points, 3).
    """

    cell: Cell
    area: float
    length: float
    mean: float
    profile: Callable[[float], float]
    distance: Callable[[np.ndarray], np.ndarray]


def plates() -> Shape:
    """u = x/L."""
    sizes = MeshSizes(size=10e-6, interface_size=10e-6)
    cell = bar_cell(GAP, sizes, binary_electrolyte(**ONE_TO_ONE), metal(), metal(), width=10e-6)
    return Shape(cell, 1e-10, GAP, 0.5, lambda d: d / GAP, lambda x: x[:, 0])


def cylinders(sizes: MeshSizes = EVEN) -> Shape:
    """u = ln(r/r₁)/ln(r₂/r₁), a wire in a tube."""
    angle, length = 10.0, 20e-6
    fibre = ARCHITECTURES["coaxial_fibre"](
        core_radius=INNER,
        anode_thickness=0.0,
        electrolyte_thickness=GAP,
        cathode_thickness=0.0,
        length=length,
        angle=angle,
    )
    cell = cell_on(fibre, sizes, binary_electrolyte(**ONE_TO_ONE), metal(), metal())
    log, squares = math.log(OUTER / INNER), OUTER**2 - INNER**2
    return Shape(
        cell=cell,
        area=math.radians(angle) * INNER * length,
        length=INNER * log,
        mean=(OUTER**2 * log - squares / 2) / (squares * log),
        profile=lambda d: math.log1p(d / INNER) / log,
        distance=lambda x: np.hypot(x[:, 0], x[:, 1]) - INNER / cell.domain.length_unit,
    )


def spheres() -> Shape:
    """u = (1/r₁ − 1/r)/(1/r₁ − 1/r₂), a ball in a hollow sphere: a bar bent into a pyramid about the centre."""
    width = 20e-6
    comm = MPI.COMM_WORLD
    bar = ARCHITECTURES["planar"](gap=GAP, width=width)
    tagged = load_mesh(mesh_file(bar, EVEN, comm), comm)
    points, unit = tagged.mesh.geometry.x, tagged.length_unit
    # Planes through the centre stay planes, so that the side walls lie along the flux.
    rays = np.column_stack([np.ones(len(points)), points[:, 1:] * (SLOPE * unit / width)])
    rays /= np.linalg.norm(rays, axis=1)[:, None]
    points[:] = (INNER / unit + points[:, :1]) * rays
    electrode = metal()
    cell = Cell(tagged, CellDescription(binary_electrolyte(**ONE_TO_ONE), electrode, electrode, TEMPERATURE))
    span, volume = 1 / INNER - 1 / OUTER, (OUTER**3 - INNER**3) / 3
    return Shape(
        cell=cell,
        area=math.atan(SLOPE**2 / math.sqrt(1 + 2 * SLOPE**2)) * INNER**2,
        length=INNER**2 * span,
        mean=(volume / INNER - (OUTER**2 - INNER**2) / 2) / (volume * span),
        profile=lambda d: (1 / INNER - 1 / (INNER + d)) / span,
        distance=lambda x: np.linalg.norm(x, axis=1) - INNER / unit,
    )


def _profile(name: str, shape: Shape, found: SteadyDiffusion) -> tuple[Curve, Curve]:
    """c over that at the cathode along the cell, against u."""
    field = found.concentration
    distance = shape.distance(field.function_space.tabulate_dof_coordinates()) * shape.cell.domain.length_unit
    chosen = np.unique(np.round(distance / GAP, 2), return_index=True)[1]
    computed = field.x.array[chosen] / found.counter_concentration
    return compare(name, distance[chosen], computed, shape.profile, 0.005, scale=1.0, span=(0, GAP))


def steady_limits() -> Result:
    """Largest steady current to an electrode at which c = 0, against plates, a tube and a hollow sphere.

    J = z₊F D c₂/(t₋ ℓ) at the plated electrode, with ℓ = L, r₁ ln(r₂/r₁) and r₁² (1/r₁ − 1/r₂). Where the other
    electrode is a reservoir c₂ is the bulk's c₀; in a closed cell it is c₀ over the mean of the profile, which is ½
    between plates and [r₂² ln(r₂/r₁) − (r₂² − r₁²)/2]/[(r₂² − r₁²) ln(r₂/r₁)] about a wire. H. S. Carslaw,
    J. C. Jaeger, Conduction of Heat in Solids, 2nd ed., Oxford 1959, ch. 7 and 9; J. Newman, N. P. Balsara,
    Electrochemical Systems, 4th ed., Wiley 2021, ch. 11.
    """
    rows, curves = [], []
    blocked = 1 - ONE_TO_ONE["transference_number"]
    for name, make in (("plates", plates), ("wire in a tube", cylinders), ("ball in a sphere", spheres)):
        watch, shape = Stopwatch(), make()
        mesh = describe_mesh(shape.cell)
        bulk = diffusion_limit(ONE_TO_ONE["diffusivity"], ONE_TO_ONE["concentration"], 1, blocked, shape.length)
        for counter, exact in (("closed", bulk / shape.mean), ("reservoir", bulk)):
            found = limiting_current(shape.cell, "anode", counter)
            computed = found.current / shape.area
            quantity = f"limiting current density, {name}, {counter} [A/m²]"
            rows.append(comparison("steady_limits", quantity, exact, computed, 0.005, mesh, watch.lap()))
        curves += _profile(name, shape, found)
    watch, shape = Stopwatch(), cylinders(STEEP)
    bulk = diffusion_limit(ONE_TO_ONE["diffusivity"], ONE_TO_ONE["concentration"], 1, blocked, shape.length)
    end = last(run(shape.cell, [hold(HELD, 1.5 * GAP**2 / ONE_TO_ONE["diffusivity"])], bulk * shape.area))
    computed = -end.observation.anode_current / shape.area
    quantity = f"steady current density of the wire, whole cell held at {HELD:g} V [A/m²]"
    mesh = describe_mesh(shape.cell)
    rows.append(comparison("steady_limits", quantity, bulk / shape.mean, computed, 0.005, mesh, watch.lap()))
    figure = Figure("Steady diffusion to a plated electrode", "Distance / m", "c over that opposite", curves)
    return Result(rows, figure)
