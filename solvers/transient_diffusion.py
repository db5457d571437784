r"""Linear diffusion of the salt from given currents, in a few modes: what Sand's law becomes in any shape.

.. math::
    \varepsilon\,\partial_t w = \nabla\cdot(f\,\nabla w), \qquad
    f\,\partial_n w = \frac{t_a L_0}{z F D c_0}\,J \text{ on the electrodes}, \qquad w(0) = 0

w = (c₀ − c)/c₀ share of the cation that is gone, J [A/m²] current density of plating (negative where metal dissolves),
ε porosity and f = D_eff/D of the region, tₐ = 1 − t₊, lengths in the mesh's unit L₀ and times in L₀²/D. A binary salt
of constant D and t₊ obeys exactly this, whatever the potential does; J is constant in time.

The response to constant loads is projected onto the solutions of (K + sM)x = b for real s in geometric sequence between
the slowest and the fastest rate of interest (rational Krylov space), and solved there for all times at once:
w = Σ φ_k (φ_k·b)(1 − e^{−λ_k t})/λ_k. The error falls exponentially with the number of s (V. Druskin, L. Knizhnerman,
M. Zaslavsky, SIAM J. Sci. Comput. 31 (2009) 3760, doi:10.1137/080742403); linear elements as for the whole cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dolfinx.fem.petsc as fem_petsc
import numpy as np
import ufl
from dolfinx import la
from petsc4py import PETSc

from .cell import Cell
from .errors import SolverError

#: Shifts per decade of rates: 2 keep w to some 1e-4.
PER_DECADE = 2.0

#: Relative residual of each linear solve.
RESIDUAL = 1e-8

#: A direction of which less than this is new is left out.
NEW = 1e-8


@dataclass(frozen=True)
class Modes:
    """Modes of diffusion that the loads excite.

    Attributes
    ----------
    rates
        λ in D/L₀², shape (modes,).
    shapes
        φ at the local nodes of ``cell.surface_space``, shape (nodes, modes).
    parts
        φ·b of every load, shape (loads, modes).
    """

    rates: np.ndarray
    shapes: np.ndarray
    parts: np.ndarray


def growth(rates: np.ndarray, times: np.ndarray) -> np.ndarray:
    """(1 − e^{−λt})/λ, t for λ = 0; shape (rates, times)."""
    product = np.outer(rates, times)
    inverse = np.divide(1.0, rates, out=np.zeros_like(rates), where=rates > 0)
    return np.where(product > 1e-12, -np.expm1(-product) * inverse[:, None], times)


class TransientDiffusion:
    """Mass and stiffness of the electrolyte.

    Parameters
    ----------
    cell
        Its mesh and description; its state is neither read nor changed.
    """

    def __init__(self, cell: Cell):
        self.space, domain = cell.surface_space, cell.domain
        u, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
        mass = sum(cell.constant(cell.porosity(n)) * u * v * domain.storage(n) for n in cell.electrolytes)
        gradients = ufl.inner(ufl.grad(u), ufl.grad(v))
        stiffness = sum(cell.constant(cell.transport_factor(n)) * gradients * domain.dx(n) for n in cell.electrolytes)
        self.mass, self.stiffness = (
            fem_petsc.assemble_matrix(cell.compile(form)) for form in (mass, stiffness)
        )
        self.mass.assemble()
        self.stiffness.assemble()

    def modes(self, loads: Sequence[np.ndarray], slowest: float, fastest: float) -> Modes:
        """Reduce to what the loads excite between two rates in D/L₀². Collective.

        Parameters
        ----------
        loads
            ∫ f ∂w/∂n φ_i dA at the local nodes; every one sums to nothing over both electrodes.

        Raises
        ------
        SolverError
            A linear solver does not converge.
        """
        right = [self._vector(load) for load in loads]
        one = self.mass.createVecRight()
        one.set(1.0)
        basis: list[PETSc.Vec] = []
        self._extend(basis, one)
        count = int(np.ceil(PER_DECADE * np.log10(fastest / slowest))) + 1
        for shift in np.geomspace(slowest, fastest, count):
            for solution in self._solve(shift, right):
                self._extend(basis, solution)
        reduced = np.array([[p.dot(image) for p in basis] for image in (self.stiffness * q for q in basis)])
        rates, turn = np.linalg.eigh((reduced + reduced.T) / 2)
        shapes = np.stack([self._local(q) for q in basis], axis=1) @ turn
        parts = np.array([[q.dot(b) for q in basis] for b in right]) @ turn
        return Modes(np.maximum(rates, 0.0), shapes, parts)

    def _solve(self, shift: float, right: Sequence[PETSc.Vec]) -> list[PETSc.Vec]:
        matrix = self.stiffness.copy()
        matrix.axpy(shift, self.mass)
        solver = PETSc.KSP().create(matrix.getComm())
        solver.setType("cg")
        solver.getPC().setType("jacobi")
        solver.setTolerances(rtol=RESIDUAL, max_it=10_000)
        solver.setOperators(matrix)
        solutions = []
        for b in right:
            solutions.append(b.duplicate())
            solver.solve(b, solutions[-1])
            if solver.getConvergedReason() < 0:
                raise SolverError(f"the time of depletion was not found (PETSc's reason {solver.getConvergedReason()})")
        solver.destroy()
        matrix.destroy()
        return solutions

    def _extend(self, basis: list[PETSc.Vec], vector: PETSc.Vec) -> None:
        """Add what is new in a vector, of norm 1 by the mass."""
        before = self._norm(vector)
        for _ in range(2):
            image = self.mass * vector
            for q, part in [(q, image.dot(q)) for q in basis]:
                vector.axpy(-part, q)
        after = self._norm(vector)
        if after > NEW * before:
            vector.scale(1.0 / after)
            basis.append(vector)

    def _norm(self, vector: PETSc.Vec) -> float:
        return float(np.sqrt(max(vector.dot(self.mass * vector), 0.0)))

    def _vector(self, values: np.ndarray) -> PETSc.Vec:
        vector = self.mass.createVecRight()
        vector.array_w[:] = values[: vector.getLocalSize()]
        return vector

    def _local(self, vector: PETSc.Vec) -> np.ndarray:
        """Values at the local nodes, ghosts included."""
        values = la.vector(self.space.dofmap.index_map, 1)
        values.array[: vector.getLocalSize()] = vector.array_r
        values.scatter_forward()
        return values.array.copy()
