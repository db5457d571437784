"""Cells with closed-form answers: materials made for the purpose, bars between two electrodes, short runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from mpi4py import MPI

from ...geometry import ARCHITECTURES, Architecture, MeshSizes, load_mesh, mesh_file
from ...materials import ActiveMaterial, BinaryElectrolyte, IonicElectrolyte, Metal, OpenCircuit
from ...materials.curves import make_curve
from ...solvers.cell import Cell
from ...solvers.description import CellDescription, DoubleLayer, Electrode, Separator
from ...solvers.drive import Limit, ProtocolStep, TimeLimit
from ...solvers.newton import Newton
from ...solvers.position import AcceptedStep
from ...solvers.protocol import ProtocolRunner
from ...solvers.scales import FARADAY, GAS_CONSTANT
from ...solvers.start import equilibrate
from ...solvers.stepping import Integrator, StepControl

TEMPERATURE = 298.15
THERMAL_VOLTAGE = GAS_CONSTANT * TEMPERATURE / FARADAY

#: Exchange current density that makes an electrode's kinetics vanish beside everything else [A/m²].
FAST = 1e6


def binary_electrolyte(
    *,
    z: tuple[int, int] = (1, -1),
    nu: tuple[int, int] = (1, 1),
    concentration: float = 1000.0,
    diffusivity: float = 1e-10,
    transference_number: float = 0.5,
    conductivity: float | None = None,
    permittivity: float = 78.5,
) -> BinaryElectrolyte:
    """A binary electrolyte in SI units; its conductivity is that of Nernst and Einstein unless given."""
    if conductivity is None:
        conductivity = _nernst_einstein(z, nu, concentration, diffusivity, transference_number)
    return BinaryElectrolyte(
        name="verification electrolyte",
        cation="M+",
        anion="X-",
        z_cation=z[0],
        z_anion=z[1],
        nu_cation=nu[0],
        nu_anion=nu[1],
        concentration=concentration,
        diffusivity=diffusivity,
        transference_number=transference_number,
        conductivity=conductivity,
        permittivity=permittivity,
        temperature=TEMPERATURE,
    )


def _nernst_einstein(z, nu, concentration, diffusivity, transference_number) -> float:
    """κ = F² c z₊ν₊ S/(RT) with S = z₊D₊ − z₋D₋ = −z₊z₋ D / ((z₊ − z₋) t₊ t₋)."""
    t_p, t_m = transference_number, 1.0 - transference_number
    mobility = -z[0] * z[1] * diffusivity / ((z[0] - z[1]) * t_p * t_m)
    return FARADAY**2 * concentration * z[0] * nu[0] * mobility / (GAS_CONSTANT * TEMPERATURE)


def metal(
    exchange_current_density: float = FAST,
    film_resistance: float = 0.0,
    transfer_coefficients: tuple[float, float] = (0.5, 0.5),
    ion_charge: int = 1,
    double_layer: DoubleLayer | None = None,
) -> Electrode:
    """A metal electrode (a surface of the electrolyte)."""
    material = Metal(
        name="verification metal",
        ion="M+",
        ion_charge=ion_charge,
        exchange_current_density=exchange_current_density,
        anodic_transfer_coefficient=transfer_coefficients[0],
        cathodic_transfer_coefficient=transfer_coefficients[1],
        film_resistance=film_resistance,
        molar_volume=1e-5,
        standard_potential=0.0,
        temperature=TEMPERATURE,
    )
    return Electrode(material, double_layer=double_layer)


def insertion(
    stoichiometry: float,
    *,
    c_max: float = 20e3,
    diffusivity: float = 1e-14,
    conductivity: float = 100.0,
    exchange_current_density: float = 10.0,
    window: tuple[float, float] = (0.1, 0.9),
    top: float = 0.5,
    slope: float = 0.5,
    ion_charge: int = 1,
) -> Electrode:
    """An insertion electrode whose open-circuit potential falls linearly from ``top`` by ``slope`` [V]."""
    curve = OpenCircuit(
        model="polynomial",
        curve=make_curve("polynomial", {"coefficients": [top, -slope]}),
        reference="SHE",
        window=None,
        status="derived",
        source="verification",
    )
    material = ActiveMaterial(
        name="verification host",
        ion="M+",
        ion_charge=ion_charge,
        c_max=c_max,
        diffusivity=diffusivity,
        conductivity=conductivity,
        exchange_current_density=exchange_current_density,
        anodic_transfer_coefficient=0.5,
        cathodic_transfer_coefficient=0.5,
        film_resistance=0.0,
        open_circuit=curve,
        stoichiometry_window=window,
        temperature=TEMPERATURE,
    )
    return Electrode(material, stoichiometry)


def cell_on(
    architecture: Architecture,
    sizes: MeshSizes,
    electrolyte: BinaryElectrolyte | IonicElectrolyte,
    anode: Electrode,
    cathode: Electrode,
    degree: int = 1,
    comm: MPI.Comm | None = None,
    separator: Separator | None = None,
    **physics,
) -> Cell:
    """A cell on the mesh of an architecture; ``physics``: model, ion_size and wall_charge of the description."""
    comm = comm or MPI.COMM_WORLD
    tagged = load_mesh(mesh_file(architecture, sizes, comm), comm)
    return Cell(tagged, CellDescription(electrolyte, anode, cathode, TEMPERATURE, separator, **physics), degree)


def bar_cell(
    gap: float,
    sizes: MeshSizes,
    electrolyte: BinaryElectrolyte | IonicElectrolyte,
    anode: Electrode,
    cathode: Electrode,
    degree: int = 1,
    film: float = 0.0,
    width: float | None = None,
    **physics,
) -> Cell:
    """A bar of square cross-section (:data:`BAR_WIDTH` unless given) between facing electrodes.

    ``film`` is the thickness of the electrodes that insert [m]; metals are surfaces. ``physics`` as in :func:`cell_on`.
    """
    planar = ARCHITECTURES["planar"](
        gap=gap,
        width=BAR_WIDTH if width is None else width,
        anode_thickness=film if anode.inserts else 0.0,
        cathode_thickness=film if cathode.inserts else 0.0,
    )
    return cell_on(planar, sizes, electrolyte, anode, cathode, degree, **physics)


#: Width and depth of every bar [m]; the problems are one-dimensional, so it only shapes the tetrahedra.
BAR_WIDTH = 4e-6
BAR_AREA = BAR_WIDTH**2


def describe_mesh(cell: Cell) -> str:
    """Number of tetrahedra and the degree, for the table."""
    topology = cell.domain.mesh.topology
    return f"{topology.index_map(topology.dim).size_global} tetrahedra, P{cell.degree}"


def along(cell: Cell) -> tuple[np.ndarray, np.ndarray]:
    """The electrolyte's unknowns along an edge of a bar, on one rank.

    Returns
    -------
    x
        From the anode on [m], shape (nodes,), midpoints of quadratic elements among them.
    q
        Shape (nodes, components).
    """
    space = cell.q.function_space
    points = space.tabulate_dof_coordinates()
    low, span = points.min(axis=0), np.ptp(points, axis=0).max()
    edge = np.flatnonzero((points[:, 1:] - low[1:] < 1e-9 * span).all(axis=1))
    order = edge[np.argsort(points[edge, 0])]
    q = cell.q.x.array.reshape(-1, space.dofmap.bs)
    return (points[order, 0] - low[0]) * cell.scales.length, q[order]


def galvanostatic(current: float, limits: Sequence[Limit], duration: float, **kwargs) -> ProtocolStep:
    """A protocol step at a current [A], positive when charging; ``duration`` is the expected one [s]."""
    kind = "rest" if current == 0 else "charge" if current > 0 else "discharge"
    return ProtocolStep(kind, current, tuple(limits), duration, **kwargs)


def hold(voltage: float, duration: float, **kwargs) -> ProtocolStep:
    """A protocol step at a voltage [V] for a time [s]."""
    return ProtocolStep("hold", voltage, (TimeLimit(duration),), duration, **kwargs)


@contextmanager
def newton_of(cell: Cell, linear: str = "direct") -> Iterator[Newton]:
    """A nonlinear solver that is freed afterwards."""
    newton = Newton(cell, linear, prefix="archode_verify_")
    try:
        yield newton
    finally:
        newton.destroy()


def run(
    cell: Cell,
    steps: Sequence[ProtocolStep],
    current_unit: float,
    control: StepControl | None = None,
    linear: str = "direct",
) -> Iterator[AcceptedStep]:
    """Yield the accepted steps of a protocol; the cell holds each one's state while it is looked at."""
    with newton_of(cell, linear) as newton:
        equilibrate(cell, newton)
        integrator = Integrator(cell, newton, control or StepControl())
        yield from ProtocolRunner(integrator, steps, current_unit).run()


def last(steps: Iterator[AcceptedStep]) -> AcceptedStep:
    """Run to the end and return the last accepted step."""
    return list(steps)[-1]
