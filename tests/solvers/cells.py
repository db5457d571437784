"""Small cells for the tests of the solver room, and numbers out of UFL expressions.

Forms are compiled once per structure, so cells share theirs: affine open-circuit curves, equal transfer
coefficients. Every mesh has a few hundred tetrahedra at most.
"""

import dataclasses

import numpy as np
import ufl
from archode.geometry import ARCHITECTURES, MeshSizes
from archode.materials import Collector
from archode.solvers.drive import ProtocolStep
from archode.solvers.stepping import Integrator, StepControl
from archode.studies.verification.systems import binary_electrolyte, cell_on, insertion, metal
from dolfinx import fem, mesh
from mpi4py import MPI

GOLD = Collector("gold", 4.1e7)

#: 1 mol/L, 1:1, of a diffusivity that makes ten micrometres answer within a second.
ELECTROLYTE = {"diffusivity": 5e-10, "transference_number": 0.3}

SIZES = MeshSizes(size=4e-6, interface_size=1e-6, film_size=0.5e-6, growth=2.0)

PLANAR = ARCHITECTURES["planar"](gap=10e-6, width=4e-6, anode_thickness=1e-6, cathode_thickness=1e-6)
BAR = ARCHITECTURES["planar"](gap=10e-6, width=4e-6)
STACK = ARCHITECTURES["stack"](
    electrolyte_thickness=10e-6,
    cathode_thickness=1e-6,
    anode_thickness=1e-6,
    collector_thickness=0.5e-6,
    anode_collector_thickness=0.5e-6,
    width=4e-6,
)
FINGERS = ARCHITECTURES["interdigital"](
    finger_width=10e-6, gap=10e-6, thickness=1e-6, collector_thickness=0.2e-6, cover=8e-6, slice=4e-6
)
SHAPES = {"planar": PLANAR, "bar": BAR, "stack": STACK, "fingers": FINGERS}


def host(stoichiometry, *, top=0.5, film=0.0, collector=False):
    """An insertion electrode; ``film`` is the resistance of a surface film [Ω m²]."""
    electrode = insertion(stoichiometry, top=top, diffusivity=1e-12)
    material = dataclasses.replace(electrode.material, film_resistance=film)
    return dataclasses.replace(electrode, material=material, collector=GOLD if collector else None)


def make_cell(shape, degree=1, film=0.0):
    """A cell of about 1.3 V: insertion electrodes where the shape has films, metals elsewhere."""
    architecture = SHAPES[shape]
    names = architecture.volumes()
    electrodes = {}
    for side, theta, top in (("anode", 0.2, 0.5), ("cathode", 0.8, 2.0)):
        if side in names:
            collector = f"{side}_collector" in names
            electrodes[side] = host(theta, top=top, film=film if side == "anode" else 0.0, collector=collector)
        else:
            electrodes[side] = metal(20.0, film)
    electrolyte = binary_electrolyte(**ELECTROLYTE)
    return cell_on(architecture, SIZES, electrolyte, electrodes["anode"], electrodes["cathode"], degree)


def one_c(cell):
    """Current that fills the smaller electrode in an hour [A]; without any, 10 A/m²."""
    volumes = {
        name: cell.volume(name) * cell.scales.length**3
        for name in ("anode", "cathode")
        if cell.description.electrode(name).inserts
    }
    if not volumes:
        return 10.0 * cell.area("cathode_surface") * cell.scales.length**2
    return min(cell.description.electrode(n).material.volumetric_capacity * v for n, v in volumes.items()) / 3600


def fresh(cell, newton, **control):
    """An integrator at the cell's initial state."""
    cell.set_initial_state()
    return Integrator(cell, newton, StepControl(**control))


def galvanostatic(current, limits, duration, **kwargs):
    """A charge, discharge or rest."""
    kind = "rest" if current == 0 else "charge" if current > 0 else "discharge"
    return ProtocolStep(kind, current, tuple(limits), duration, **kwargs)


class Samples:
    """Evaluates UFL expressions of many numbers at once: one number per cell of an interval."""

    def __init__(self, count):
        self.mesh = mesh.create_interval(MPI.COMM_SELF, count, [0.0, 1.0])
        self.space = fem.functionspace(self.mesh, ("DG", 0))

    def __call__(self, *values):
        """UFL variables that hold the values, one per array (shorter ones are broadcast)."""
        variables = []
        for array in values:
            function = fem.Function(self.space)
            function.x.array[:] = array
            variables.append(ufl.variable(function))
        return variables

    def value(self, expression):
        """The expression's values, one per number."""
        compiled = fem.Expression(expression, np.array([[0.5]]))
        cells = np.arange(self.space.dofmap.index_map.size_local, dtype=np.int32)
        return compiled.eval(self.mesh, cells).ravel()
