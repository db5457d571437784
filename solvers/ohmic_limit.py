r"""What a cell's impedance cannot fall below: resistances at frozen contents.

At a high frequency the contents stay as they are: δc = 0 in the electrolyte and δθ = 0 in the solids, while double
layers pass any current. With the electrochemical potentials then moving as δμ_i = z_i δφ, the linearised cell K of
:mod:`.impedance` leaves one elliptic problem of the potentials,

.. math::
    A = L K P + G B, \qquad P:\ \delta\phi \mapsto (\delta\mu_i = z_i\delta\phi,\ \delta\phi), \quad
    L:\ \text{rows} \mapsto \nabla\cdot\mathbf i = \sum_i z_i\,(\text{row of ion}\ i),

B being the conductance of the surfaces that are shorted, of which G is large. Eliminating all but the voltage leaves
1/R. Two resistances follow:

- shorted: every surface conducts perfectly: the electrolyte, the solids and the collectors alone;
- infinite frequency: only double layers conduct so, the other surfaces keep their kinetics: lim Z(ω → ∞).

A passive cell of resistors and capacitors has Re Z(ω) ≥ lim Z(ω → ∞) ≥ R shorted. With Poisson–Nernst–Planck the
electrolyte is a capacitor too, ε beside κ, which passes the current from f = κ/(2πε) on; the limits hold well below.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import dolfinx.fem.petsc as fem_petsc
import numpy as np
import ufl
from petsc4py import PETSc

from ..materials.constants import VACUUM_PERMITTIVITY
from .cell import Cell
from .description import ELECTRODES
from .electrolyte.ionic import IonicModel
from .errors import SolverError
from .impedance import SmallSignal
from .preconditioning import DIRECT, multigrid_options

#: Conductance per area of a shorted surface, in the electrolyte's conductivity over its own size.
SHORT = 1e8

#: Up to so many unknowns of the cell the potentials are solved for by factorisation.
FACTORISED_LIMIT = 100_000


@dataclass(frozen=True)
class OhmicLimit:
    """Resistances of the simulated domain [Ω].

    Attributes
    ----------
    shorted
        With every surface shorted.
    infinite
        With double layers shorted.
    """

    shorted: float
    infinite: float


def ohmic_limit(signal: SmallSignal) -> OhmicLimit:
    """Resistances at frozen contents about the state of a linearised cell. Collective."""
    cell = signal.cell
    layered = [name for name in ELECTRODES if _has_capacitance(cell, name)]
    frozen = _FrozenCell(signal)
    try:
        shorted = frozen.resistance(ELECTRODES)
        infinite = shorted if len(layered) == len(ELECTRODES) else frozen.resistance(layered)
    finally:
        frozen.destroy()
    unit = cell.scales.potential / cell.scales.current
    return OhmicLimit(unit * shorted, unit * infinite)


def dielectric_frequency(cell: Cell) -> float | None:
    """κ/(2πε), from which on the electrolyte passes current as a capacitor [Hz]; ``None`` where it is none."""
    if not cell.electrolyte.polarises:
        return None
    electrolyte = cell.description.electrolyte
    return electrolyte.conductivity / (2 * np.pi * electrolyte.permittivity * VACUUM_PERMITTIVITY)


def _has_capacitance(cell: Cell, name: str) -> bool:
    layer = cell.description.electrode(name).double_layer
    return layer is not None and layer.surface_charge is None


class _FrozenCell:
    """A of a linearised cell; unknowns are φ, ψ and V, in this order on every rank."""

    def __init__(self, signal: SmallSignal):
        self.cell, self.rows = signal.cell, signal.newton.rows
        self.comm = self.cell.comm
        electrolyte = self.cell.electrolyte
        self.potentials = [
            name for name in (electrolyte.components[-1], "solid potential", "cell voltage") if name in self.rows
        ]
        self.starts = np.concatenate([[0], np.cumsum([len(self.rows[name]) for name in self.potentials])])
        moves = dict(zip(electrolyte.components, electrolyte.level.tolist(), strict=True))
        # Charge is balanced by the ions' rows, weighted by their charges; Poisson's row is no balance.
        sums = moves | {self.potentials[0]: 0.0} if isinstance(electrolyte, IonicModel) else moves
        with _freed() as made:
            prolongation, restriction = (made(self._embedding(self.rows, weights)) for weights in (moves, sums))
            self.matrix = restriction.transposeMatMult(made(signal.stiffness.matMult(prolongation)))
        self.shorts = self._shorting_forms()

    def _embedding(self, rows: Mapping[str, np.ndarray], weights: Mapping[str, float]) -> PETSc.Mat:
        """Matrix by which the potentials move the fields that have ``rows``: those of the electrolyte by weight."""
        local, size = int(self.starts[-1]), sum(len(numbers) for numbers in rows.values())
        first = self.comm.scan(local) - local
        columns, values = np.full(size, -1, dtype=PETSc.IntType), np.zeros(size)
        for name, numbers in rows.items():
            weight = weights.get(name, 1.0 if name in self.potentials else 0.0)
            if weight:
                k = self.potentials.index(name) if name in self.potentials else 0
                columns[numbers] = first + np.arange(self.starts[k], self.starts[k + 1])
                values[numbers] = weight
        filled = columns >= 0
        offsets = np.concatenate([[0], np.cumsum(filled)]).astype(PETSc.IntType)
        shape = ((size, PETSc.DETERMINE), (local, PETSc.DETERMINE))
        return PETSc.Mat().createAIJ(shape, csr=(offsets, columns[filled], values[filled]), comm=self.comm)

    def _shorting_forms(self) -> list:
        """B by blocks (q, ψ, V), each surface's part multiplied by a constant of its own."""
        cell, phi = self.cell, len(self.cell.electrolyte.components) - 1
        functions = [f for f in (cell.q, cell.psi, cell.V) if f is not None]
        tests = [ufl.TestFunction(f.function_space) for f in functions]
        self.conductances = {name: cell.constant(0.0) for name in ELECTRODES}
        currents = [0] * len(functions)
        for name, conductance in self.conductances.items():
            boundary = f"{name}_surface"
            dA = cell.domain.surface(boundary)
            solid = cell.psi("-") if cell.description.electrode(name).inserts else 0
            terminal = cell.on_side(cell.V, boundary) if name == "cathode" else 0
            j = conductance * (solid + terminal - cell.on_side(cell.q, boundary)[phi])
            currents[0] -= j * cell.on_side(tests[0], boundary)[phi] * dA
            if cell.description.electrode(name).inserts:
                currents[1] += j * tests[1]("-") * dA
            if name == "cathode":
                currents[-1] += j * cell.on_side(tests[-1], boundary) * dA
        return [
            [
                cell.compile(ufl.derivative(row, f, ufl.TrialFunction(f.function_space)))
                if f in row.coefficients()
                else None
                for f in functions
            ]
            for row in currents
        ]

    def _shorted(self, names: Collection[str]) -> PETSc.Mat:
        """A with the named electrodes' surfaces shorted."""
        cell = self.cell
        size = cell.electrolyte_volume ** (1 / 3)
        short = SHORT * cell.description.electrolyte.conductivity / cell.scales.conductivity / size
        for name, conductance in self.conductances.items():
            conductance.value = short if name in names else 0.0
        with _freed() as made:
            shorts = made(fem_petsc.create_matrix(self.shorts))
            shorts.setOption(PETSc.Mat.Option.IGNORE_ZERO_ENTRIES, True)
            fem_petsc.assemble_matrix(shorts, self.shorts, bcs=cell.boundary_conditions, diag=0.0)
            shorts.assemble()
            # Its rows are those of the cell without stoichiometries.
            missing = len(self.rows.get("stoichiometry", ()))
            after = self.rows["stoichiometry"][-1] if missing else 0
            rows = {
                name: numbers - missing * (numbers > after)
                for name, numbers in self.rows.items()
                if name != "stoichiometry"
            }
            only_potential = dict.fromkeys(self.cell.electrolyte.components, 0.0) | {self.potentials[0]: 1.0}
            reduced = made(shorts.ptap(made(self._embedding(rows, only_potential))))
            matrix = self.matrix.copy()
            matrix.axpy(1.0, reduced, PETSc.Mat.Structure.DIFFERENT_NONZERO_PATTERN)
        return matrix

    def resistance(self, shorted: Collection[str]) -> float:
        """V at a unit current with the named electrodes' surfaces shorted."""
        with _freed() as made:
            matrix = made(self._shorted(shorted))
            first, last = matrix.getOwnershipRange()
            border = np.arange(last - len(self.rows["cell voltage"]), last, dtype=PETSc.IntType)
            inner = np.arange(first, last - len(border), dtype=PETSc.IntType)
            inside, edge = (made(PETSc.IS().createGeneral(rows, comm=self.comm)) for rows in (inner, border))
            K = made(matrix.createSubMatrix(inside, inside))
            ones = made(made(matrix.createSubMatrix(edge, edge)).createVecRight())
            ones.set(1.0)
            b = made(made(matrix.createSubMatrix(inside, edge)) * ones)
            corner = made(made(matrix.createSubMatrix(edge, edge)) * ones).sum()
            c = made(K.createVecRight())
            made(matrix.createSubMatrix(edge, inside)).multTranspose(ones, c)
            x = made(K.createVecRight())
            solver = made(self._solver(K))
            b.scale(-1.0)
            solver.solve(b, x)
            if solver.getConvergedReason() < 0:
                raise SolverError("the resistance at frozen contents could not be solved for")
            # With V = 1 the current is the power, of second order in the error of x.
            left = made(K * x)
            left.axpy(-1.0, b)
            return 1.0 / (corner + c.dot(x) + x.dot(left))

    def _solver(self, matrix: PETSc.Mat) -> PETSc.KSP:
        solver = PETSc.KSP().create(self.comm)
        solver.setOperators(matrix)
        pc = solver.getPC()
        if sum(self.comm.allgather(matrix.getLocalSize()[0])) <= FACTORISED_LIMIT:
            solver.setType(DIRECT["ksp_type"])
            pc.setType(DIRECT["pc_type"])
            pc.setFactorSolverType(DIRECT["pc_factor_mat_solver_type"])
            return solver
        solver.setType("gmres")
        solver.setTolerances(rtol=1e-10, max_it=500)
        solver.setGMRESRestart(100)
        prefix = "archode_ohmic_limit_"
        solver.setOptionsPrefix(prefix)
        database = PETSc.Options()
        options = multigrid_options()
        for key, value in options.items():
            database[prefix + key] = value
        solver.setFromOptions()
        for key in options:
            database.delValue(prefix + key)
        return solver

    def destroy(self) -> None:
        self.matrix.destroy()


@contextmanager
def _freed() -> Iterator[Callable]:
    """Hands out a function that passes PETSc's objects through and frees them at the end."""
    kept = []

    def keep(thing):
        kept.append(thing)
        return thing

    try:
        yield keep
    finally:
        for thing in reversed(kept):
            thing.destroy()
