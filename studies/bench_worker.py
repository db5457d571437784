"""One measurement of the benchmark, in a process of its own: one mesh, one solver, some time steps.

Run as ``python -m archode.studies.bench_worker PROBLEM UNKNOWNS LINEAR STEPS``, also under mpiexec; rank 0 prints
JSON. The problems: ``discharge``, an aqueous potassium-ion pair of fingers in the electroneutral model, and ``pore``,
a charged nanopore under bias with Poisson–Nernst–Planck, from its equilibrium.
The yardstick is one scalar Poisson problem on the same mesh, assembled, set up and solved by conjugate gradients
with algebraic multigrid to 1e-8.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np

from ..geometry import ARCHITECTURES, MeshSizes, load_mesh, mesh_file
from ..geometry._dolfinx import ensure_dolfinx

MICRON, NANO = 1e-6, 1e-9


def benchmark_geometry(unknowns: int):
    """A pair of fingers with tips and bus bars, and sizes that give about that many unknowns."""
    fingers = ARCHITECTURES["interdigital"](
        finger_width=20 * MICRON,
        gap=20 * MICRON,
        thickness=4 * MICRON,
        collector_thickness=1 * MICRON,
        length=40 * MICRON,
        cover=30 * MICRON,
        domain="finger_pair",
    )

    def sizes(h: float) -> MeshSizes:
        return MeshSizes(size=2.0 * h, interface_size=0.7 * h, film_size=0.35 * h, growth=1.4)

    # Two unknowns a node.
    return fingers, _sizes_for(fingers, sizes, unknowns / 2, 0.05 * MICRON, 20 * MICRON)


def benchmark_pore(unknowns: int):
    """A round pore of 10 nm radius, and sizes that give about that many unknowns."""
    pore = ARCHITECTURES["nanopore"](radius=10 * NANO, length=60 * NANO, domain="whole")

    def sizes(h: float) -> MeshSizes:
        return MeshSizes(size=2.0 * h, interface_size=h, wall_size=0.25 * h, growth=1.4)

    # Three unknowns a node: two ions and the potential.
    return pore, _sizes_for(pore, sizes, unknowns / 3, 0.1 * NANO, 5 * NANO)


def _sizes_for(architecture, sizes, nodes: float, low: float, high: float) -> MeshSizes:
    """Sizes of which a mesh has about so many nodes, one per 5.3 cells."""
    for _ in range(40):
        h = np.sqrt(low * high)
        if architecture.estimate_cells(sizes(h)) / 5.3 > nodes:
            low = h
        else:
            high = h
    return sizes(h)


def _discharge(unknowns: int, comm):
    """Cell, typical current and protocol of the discharge."""
    from ..materials import collector_at, electrolyte_at, insertion_at, load_material
    from ..solvers.cell import Cell
    from ..solvers.description import CellDescription, Electrode
    from ..solvers.drive import ProtocolStep, VoltageLimit
    from ..solvers.observe import Observer

    architecture, sizes = benchmark_geometry(unknowns)
    tagged = load_mesh(mesh_file(architecture, sizes, comm), comm)
    anode = insertion_at(load_material("KVO_ac_0.25"), overrides={"diffusivity": 2.8e-14})
    cathode = insertion_at(
        load_material("KMnO2_cryptomelane"), overrides={"diffusivity": 2.8e-14, "c_max": 17000.0}
    )
    gold = collector_at(load_material("Au"))
    description = CellDescription(
        electrolyte_at(load_material("K2SO4_aq_0.5M")),
        Electrode(anode, 0.6, gold),
        Electrode(cathode, 0.1, gold),
        298.15,
    )
    cell = Cell(tagged, description)
    one_c = Observer(cell).nominal_capacity() / 3600
    return cell, one_c, [ProtocolStep("discharge", -5 * one_c, (VoltageLimit(0.05, False),), 720.0)]


def _pore(unknowns: int, comm):
    """Cell, typical current and protocol of the pore: 10 mM KCl, walls of −20 mC/m², 25 mV along it."""
    from ..materials import Ion, IonicElectrolyte
    from ..solvers.cell import Cell
    from ..solvers.description import CellDescription, Electrode
    from ..solvers.drive import ProtocolStep, TimeLimit

    architecture, sizes = benchmark_pore(unknowns)
    tagged = load_mesh(mesh_file(architecture, sizes, comm), comm)
    ions = (Ion("K+", 1, 1.957e-9, 10.0), Ion("Cl-", -1, 2.032e-9, 10.0))
    open_end = Electrode(reservoir=True)
    description = CellDescription(
        IonicElectrolyte("KCl", ions, 78.4, 298.15),
        open_end,
        open_end,
        298.15,
        model="poisson-nernst-planck",
        wall_charge={"insulation": -0.02},
    )
    cell = Cell(tagged, description)
    duration = 10 * architecture.length**2 / ions[0].diffusivity
    return cell, cell.thermal_current, [ProtocolStep("hold", 0.025, (TimeLimit(duration),), duration)]


PROBLEMS = {"discharge": _discharge, "pore": _pore}


def measure(problem: str, unknowns: int, linear: str, steps: int) -> dict:
    """Advance a problem and compare its cost with Poisson's. Collective."""
    ensure_dolfinx()
    from mpi4py import MPI

    from ..solvers.newton import Newton
    from ..solvers.protocol import ProtocolRunner
    from ..solvers.start import equilibrate
    from ..solvers.stepping import Integrator, StepControl

    comm = MPI.COMM_WORLD
    cell, current_unit, protocol = PROBLEMS[problem](unknowns, comm)
    mesh = cell.domain.mesh
    poisson = _poisson(mesh)
    newton = Newton(cell, linear)
    clock = _Clock(newton)
    equilibrate(cell, newton)
    integrator = Integrator(cell, newton, StepControl())
    runner = ProtocolRunner(integrator, protocol, current_unit)
    clock.reset()
    counts = np.zeros(2)
    begun = time.process_time()
    accepted, first = 0, 0.0
    for step in runner.run():
        counts += (step.newton_iterations, step.linear_iterations)
        accepted += 1
        first = first or time.process_time() - begun
        if accepted == steps:
            break
    seconds = time.process_time() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "unknowns": newton.unknown_count,
        "problem": problem,
        "cells": mesh.topology.index_map(3).size_global,
        "ranks": comm.size,
        "linear": linear,
        "steps": accepted,
        "finished": accepted < steps,
        "newton_per_step": counts[0] / accepted,
        "linear_per_newton": counts[1] / counts[0],
        "jacobians_per_step": newton.total_jacobians / accepted,
        "seconds_per_newton": seconds / counts[0],
        "assembly_share": clock.assembly / seconds,
        "seconds_per_step": seconds / accepted,
        "poisson": poisson["seconds"],
        "poisson_iterations": poisson["iterations"],
        "step_over_poisson": seconds / accepted / poisson["seconds"],
        "first_over_poisson": first / poisson["seconds"],
        "memory_mb": comm.allreduce(memory),
        "simulated": integrator.time,
        "shares": {k: v / seconds for k, v in clock.parts.items()},
    }


class _Clock:
    """Time spent in assembly, measured around the Newton solver's callbacks."""

    def __init__(self, newton):
        self.parts = {"residual": 0.0, "jacobian": 0.0}
        residual, jacobian = newton._residual, newton._jacobian
        newton.snes.setFunction(self._timed("residual", residual), newton.b)
        newton.snes.setJacobian(self._timed("jacobian", jacobian), newton.A, newton.A)

    def reset(self) -> None:
        """Forget what was measured so far."""
        self.parts = dict.fromkeys(self.parts, 0.0)

    @property
    def assembly(self) -> float:
        return sum(self.parts.values())

    def _timed(self, name: str, callback):
        def timed(*arguments):
            begun = time.process_time()
            callback(*arguments)
            self.parts[name] += time.process_time() - begun

        return timed


def _poisson(mesh) -> dict:
    """−Δu = 1 with u = 0 at the lowest face: assemble, set up, solve; the faster of two runs."""
    import dolfinx.fem.petsc as fem_petsc
    import ufl
    from dolfinx import fem
    from dolfinx.mesh import locate_entities_boundary
    from petsc4py import PETSc

    from ..solvers.preconditioning import multigrid_options

    space = fem.functionspace(mesh, ("Lagrange", 1))
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    a = fem.form(ufl.inner(ufl.grad(u), ufl.grad(v)) * ufl.dx)
    right = fem.form(fem.Constant(mesh, 1.0) * v * ufl.dx)
    from mpi4py import MPI

    bottom = mesh.comm.allreduce(mesh.geometry.x[:, 2].min(initial=np.inf), op=MPI.MIN)
    facets = locate_entities_boundary(mesh, 2, lambda x: np.isclose(x[2], bottom))
    condition = fem.dirichletbc(0.0, fem.locate_dofs_topological(space, 2, facets), space)
    options = PETSc.Options("bench_poisson_")
    for key, value in (multigrid_options() | {"ksp_type": "cg", "ksp_rtol": 1e-8}).items():
        options[key] = value
    best = np.inf
    for _ in range(2):
        mesh.comm.barrier()
        begun = time.process_time()
        matrix = fem_petsc.assemble_matrix(a, [condition])
        matrix.assemble()
        b = fem_petsc.assemble_vector(right)
        fem_petsc.apply_lifting(b, [a], [[condition]])
        b.ghostUpdate(PETSc.InsertMode.ADD, PETSc.ScatterMode.REVERSE)
        fem_petsc.set_bc(b, [condition])
        solver = PETSc.KSP().create(mesh.comm)
        solver.setOptionsPrefix("bench_poisson_")
        solver.setOperators(matrix)
        solver.setFromOptions()
        x = b.duplicate()
        solver.solve(b, x)
        best = min(best, mesh.comm.allreduce(time.process_time() - begun, op=MPI.MAX))
        iterations = solver.getIterationNumber()
        for thing in (solver, matrix, b, x):
            thing.destroy()
    return {"seconds": best, "iterations": iterations}


def main() -> None:
    """Measure what the command line says and print JSON on rank 0."""
    problem, unknowns, linear, steps = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    result = measure(problem, unknowns, linear, steps)
    from mpi4py import MPI

    if MPI.COMM_WORLD.rank == 0:
        sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
