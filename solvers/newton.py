r"""Newton's method on the coupled cell: a thin wrapper of PETSc's SNES.

The Jacobian is reused by the *chord rule*: it is assembled anew only when an iteration reduced the residual by
less than :data:`CONTRACTION` and two more like it would not do, or when the caller says that the problem changed
(:meth:`Newton.renew`).
Updates are capped, so that a wild step from a poor start cannot leave the region where the laws make sense.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import dolfinx.fem.petsc as fem_petsc
import numpy as np
from petsc4py import PETSc

from .cell import Cell
from .domain import reduced
from .preconditioning import linear_solver_options

log = logging.getLogger(__name__)

#: An iteration that leaves more than this share of the residual asks for a fresh Jacobian.
CONTRACTION = 0.1

#: A residual below this many times the terms that cancel in it cannot be reduced.
ROUNDING = 4e-16

#: Largest change in one iteration of the potential drop across a surface, on either side of it [RT/F]; the
#: electrolyte's model has its own caps.
DROP_CAP = 10.0

#: Root mean square of an update that no longer counts, in the units of the unknowns.
SETTLED = 1e-7

#: Residual, relative to the current, at which an iteration may stall where rounding hides a decrease.
HIDDEN = 1e-2

#: Residual, relative to the least current that counts, at which an iteration may stall where less than that flows.
FADED = 1e-3

#: An iteration leaves at least this share of a stoichiometry's distance from 0 and from 1.
BOUNDARY_SHARE = 0.1


@dataclass(frozen=True)
class NewtonReport:
    """What one nonlinear solve did."""

    converged: bool
    reason: str
    iterations: int
    linear_iterations: int
    jacobians: int
    worst_field: str

    def followed_by(self, later: NewtonReport) -> NewtonReport:
        """The later solve's end with the work of both."""
        return replace(
            later,
            iterations=self.iterations + later.iterations,
            linear_iterations=self.linear_iterations + later.linear_iterations,
            jacobians=self.jacobians + later.jacobians,
        )


class Newton:
    """Residual, Jacobian and SNES of a cell.

    Parameters
    ----------
    cell
        The coupled problem; its functions are both the start and the result of :meth:`solve`.
    linear
        ``auto`` (by size), ``direct`` (MUMPS) or ``iterative`` (block-preconditioned FGMRES).
    options
        PETSc options that override the defaults (without prefix).
    prefix
        Options prefix, unique to this solver.
    """

    def __init__(
        self,
        cell: Cell,
        linear: str = "auto",
        options: Mapping[str, object] | None = None,
        prefix: str = "archode_",
    ):
        self.cell = cell
        self.comm = cell.comm
        self.prefix = prefix
        self.residual_forms = [cell.compile(row) for row in cell.residuals]
        self.jacobian_forms = [
            [None if block is None else cell.compile(block) for block in row] for row in cell.jacobian
        ]
        spaces = [f.function_space for f in cell.unknowns]
        self._make_vectors()
        self.sizes = [s.dofmap.index_map.size_local * s.dofmap.index_map_bs for s in spaces]
        self.unknown_count = sum(s.dofmap.index_map.size_global * s.dofmap.index_map_bs for s in spaces)
        self.rows = self._named_rows()
        self.contact_rows = self._contact_rows()
        self.A = fem_petsc.create_matrix(self.jacobian_forms)
        self._clean_pattern()
        self._stale, self._damped, self._still = True, False, False
        self._tolerance = self._ceiling = self._rounding = self._scale = self._unit = 0.0
        self._current: Callable[[], float] | None = None
        self._last_norm = self._before = np.inf
        self._jacobians = 0
        self.total_jacobians = 0
        self._asked = linear, dict(options or {})
        self._make_snes(*self._asked)

    # ------------------------------------------------------------------ set-up
    def _make_vectors(self) -> None:
        spaces = [f.function_space for f in self.cell.unknowns]
        self.b = fem_petsc.create_vector(spaces)
        self.x = fem_petsc.create_vector(spaces)
        self._blocks = self.b.getAttr("_blocks")

    def _start_over(self) -> None:
        """Make the solver anew: a factorisation that failed leaves the old one locked. Collective."""
        for thing in (self.snes, self.b, self.x):
            thing.destroy()
        self._make_vectors()
        self._make_snes(*self._asked)
        self._stale = True

    def _named_rows(self) -> dict[str, np.ndarray]:
        """Local row numbers (from the rank's first row) by field name."""
        offsets = np.concatenate([[0], np.cumsum(self.sizes)])
        q = np.arange(self.sizes[0])
        components = self.cell.electrolyte.components
        rows = {name: q[k :: len(components)] for k, name in enumerate(components)}
        for k, function in enumerate(self.cell.unknowns[1:], start=1):
            name = "cell voltage" if function is self.cell.V else function.name
            rows[name] = np.arange(offsets[k], offsets[k + 1])
        return rows

    def _contact_rows(self) -> np.ndarray:
        if self.cell.psi is None:
            return np.zeros(0, dtype=np.int64)
        dofs = np.concatenate([bc.dof_indices()[0] for bc in self.cell.boundary_conditions])
        return self.rows["solid potential"][dofs[dofs < len(self.rows["solid potential"])]]

    def _clean_pattern(self) -> None:
        """Give the matrix its true pattern.

        DOLFINx 0.11 puts the missing side of an interface block on local dof 0: a dense row and column of
        zeros. One assembly at a perturbed state, with exact zeros ignored, leaves them out. Mass matrices are
        added to it, because on a structured mesh a stiffness may vanish at one state and be 1e-17 at the next.
        """
        A, cell = self.A, self.cell
        A.setOption(PETSc.Mat.Option.IGNORE_ZERO_ENTRIES, True)
        saved = [f.x.array.copy() for f in cell.unknowns]
        control = cell.galvanostatic.value.copy()
        cell.galvanostatic.value = 0.5
        noise = np.random.default_rng(1 + self.comm.rank)
        for f in cell.unknowns:
            f.x.array[:] += 1e-3 * (1 + noise.random(f.x.array.size))
            f.x.scatter_forward()
        fem_petsc.assemble_matrix(A, self.jacobian_forms, [], diag=1.0)
        masses = [cell.compile(form) for form in cell.volume_pattern()]
        blocks = [[None] * len(cell.unknowns) for _ in cell.unknowns]
        for k, form in enumerate([*masses, self.jacobian_forms[-1][-1]]):
            blocks[k][k] = form
        fem_petsc.assemble_matrix(A, blocks, [], diag=1.0)
        A.assemble()
        A.setOption(PETSc.Mat.Option.NEW_NONZERO_ALLOCATION_ERR, False)
        cell.galvanostatic.value = control
        for f, values in zip(cell.unknowns, saved, strict=True):
            f.x.array[:] = values

    def _make_snes(self, linear: str, overrides: dict) -> None:
        snes = self.snes = PETSc.SNES().create(self.comm)
        snes.setOptionsPrefix(self.prefix)
        snes.setFunction(self._residual, self.b)
        snes.setJacobian(self._jacobian, self.A, self.A)
        self.linear, options, self.splits = linear_solver_options(self, linear)
        options = {
            "snes_type": "newtonls",
            "snes_linesearch_type": "bt",
            "snes_max_it": 15,
            "snes_rtol": 0.0,
            "snes_stol": 0.0,
            **options,
            **overrides,
        }
        database = PETSc.Options()
        for key, value in options.items():
            database[self.prefix + key] = value
        self.options = options
        snes.setFromOptions()
        snes.setLineSearchPreCheck(self._cap_update)
        snes.setConvergenceTest(self._test)
        if self.splits:
            pc = snes.getKSP().getPC()
            pc.setFieldSplitIS(*self.splits.items())
            pc.setFromOptions()

    def index_set(self, *fields: str) -> PETSc.IS:
        """Global rows of the named fields."""
        first = self.A.getOwnershipRange()[0]
        rows = np.sort(np.concatenate([self.rows[name] for name in fields if name in self.rows])) + first
        return PETSc.IS().createGeneral(rows.astype(PETSc.IntType), comm=self.comm)

    # ------------------------------------------------------------------ callbacks
    def _residual(self, _snes, x: PETSc.Vec, b: PETSc.Vec) -> None:
        self._to_functions(x)
        with b.localForm() as local:
            local.set(0.0)
        b.setAttr("_blocks", self._blocks)
        fem_petsc.assemble_vector(b, self.residual_forms)
        b.ghostUpdate(PETSc.InsertMode.ADD, PETSc.ScatterMode.REVERSE)
        b.array_w[self.contact_rows] = x.array_r[self.contact_rows]

    def _jacobian(self, snes, x: PETSc.Vec, A: PETSc.Mat, _P: PETSc.Mat) -> None:
        norm = snes.getFunctionNorm()
        rate = norm / self._last_norm if snes.getIterationNumber() > 0 else 0.0
        # Two more iterations as they are cost less than a Jacobian.
        slow = rate > CONTRACTION and norm * rate**2 > self._attainable()
        self._last_norm = norm
        if not (self._stale or slow):
            return
        self._to_functions(x)
        self.assemble()
        self._stale = False
        self._jacobians += 1
        self._rounding = self._rounding_level(x)

    def _test(self, _snes, iteration: int, norms: tuple[float, float, float]) -> PETSc.SNES.ConvergedReason:
        """Whether the residual is small beside the current; of one that is not set, beside what flows now."""
        reasons, residual = PETSc.SNES.ConvergedReason, norms[2]
        if not np.isfinite(residual):
            return reasons.DIVERGED_FNORM_NAN
        allowed = self._attainable()
        if residual > allowed and self._current is not None:
            allowed = self._attainable(max(1.0, abs(self._current()) / self._scale))
        # Nothing moves any more, and what is left is rounding: of contents that are large beside a short time step.
        self._still = iteration > 0 and norms[1] < SETTLED * np.sqrt(self.unknown_count)
        settled = self._still and residual > self._before / 4 and residual <= self._rounding
        self._before = residual
        return reasons.CONVERGED_FNORM_ABS if settled or residual <= allowed else reasons.CONVERGED_ITERATING

    def _hidden(self) -> bool:
        """Whether rounding may hide what is left of the residual. Collective."""
        residual = self.snes.getFunctionNorm()
        share = None if self._current is None else abs(self._current()) / self._scale
        # Of a hold whose current has died away, as on electrodes that are full and empty, nothing else is asked.
        if share is not None and share < 1.0 and residual <= FADED * self._unit:
            return True
        # The shorter the step, the more of its current is rounding of contents; where nothing moves, it is only that.
        return residual <= self._rounding and (self._still or residual <= HIDDEN * max(1.0, share or 1.0) * self._unit)

    @property
    def rounding(self) -> float:
        """What rounding leaves of the residual at the last Jacobian; as much of a current is not known."""
        return self._rounding

    def _attainable(self, share: float = 1.0) -> float:
        # A wild state has large terms; it must not pass for converged.
        return max(share * self._tolerance, min(self._rounding, share * self._ceiling))

    def _rounding_level(self, x: PETSc.Vec) -> float:
        """Norm of the residual that is only rounding: ε times the sizes of the terms that cancel in it."""
        diagonal, values = np.abs(self.A.getDiagonal().array_r), x.array_r
        total = 0.0
        for name, rows in self.rows.items():
            sizes = np.abs(values[rows])
            if name in self.cell.electrolyte.contents:
                sizes = np.maximum(sizes, 1.0)
            total += float(np.sum((diagonal[rows] * sizes) ** 2))
        return ROUNDING * np.sqrt(self.comm.allreduce(total))

    def _cap_update(self, x: PETSc.Vec, y: PETSc.Vec) -> bool:
        """Keep an update (subtracted from x) where the laws make sense.

        Concentrations and drops across surfaces: the whole update is scaled so that none moves further than its cap.
        Stoichiometries of lattices: each stays a share of its distance away from 0 and 1, where potentials diverge.
        """
        changed = False
        if "stoichiometry" in self.rows:
            rows = self.rows["stoichiometry"]
            theta, step = x.array_r[rows], y.array_r[rows]
            low, high = BOUNDARY_SHARE * theta, 1 - BOUNDARY_SHARE * (1 - theta)
            inside = self.cell.bounded[: len(theta)] & (theta > 0) & (theta < 1)
            kept = np.where(inside, theta - np.clip(theta - step, low, high), step)
            changed = bool(np.any(kept != step))
            y.array_w[rows] = kept
        electrolyte = self.cell.electrolyte
        of_electrolyte = (-1, len(electrolyte.components))
        if self._damped:
            changed |= electrolyte.damp(y.array_w[: self.sizes[0]].reshape(of_electrolyte))
        update = y.array_r
        shares = [electrolyte.update_share(update[: self.sizes[0]].reshape(of_electrolyte))]
        potential = update[: self.sizes[0]].reshape(of_electrolyte)[:, -1]
        voltage = self.comm.allreduce(float(update[self.rows["cell voltage"]].sum()))
        for name, terminal in (("anode", 0.0), ("cathode", voltage)):
            nodes = self.cell.surface_nodes[name]
            drops = terminal - potential[nodes[nodes < len(potential)]]
            shares.append(np.abs(drops).max(initial=0.0) / DROP_CAP)
        if "solid potential" in self.rows:
            shares.append(np.abs(update[self.rows["solid potential"]]).max(initial=0.0) / DROP_CAP)
        largest, changed = self.comm.allreduce((max(shares), changed), op=_largest)
        if largest > 1.0:
            y.scale(1.0 / largest)
        return changed or largest > 1.0

    def _to_functions(self, x: PETSc.Vec) -> None:
        x.ghostUpdate(PETSc.InsertMode.INSERT, PETSc.ScatterMode.FORWARD)
        fem_petsc.assign(x, self.cell.unknowns)

    # ------------------------------------------------------------------ use
    def assemble(self) -> PETSc.Mat:
        """The Jacobian at the state and coefficients that the cell holds now, in :attr:`A`. Collective."""
        self.A.zeroEntries()
        fem_petsc.assemble_matrix(self.A, self.jacobian_forms, self.cell.boundary_conditions, diag=1.0)
        self.A.assemble()
        return self.A

    def renew(self) -> None:
        """Ask for a fresh Jacobian at the next solve."""
        self._stale = True

    def solve(
        self,
        absolute_tolerance: float,
        ceiling: float | None = None,
        damped: bool = False,
        scale: float = 1.0,
        current: Callable[[], float] | None = None,
    ) -> NewtonReport:
        """Solve from the state in the cell's functions until ‖residual‖₂ is below the tolerance.

        Where rounding does not let it get there, a residual at the level of rounding will do, up to ``ceiling``
        (a thousand tolerances unless given). Both belong to a current of ``scale``; where ``current`` is given, it
        tells the one that flows at the state at hand, and a larger one raises them.
        ``damped`` shortens the electrolyte's large steps node by node: slower where Newton's own steps would do, but
        it gets on where a double layer expels ions. The functions hold the last iterate afterwards, converged or not.
        """
        self._jacobians, self._damped = 0, damped
        self._tolerance, self._ceiling = absolute_tolerance, 1e3 * absolute_tolerance
        if ceiling is not None:
            self._ceiling = max(absolute_tolerance, ceiling)
        self._scale, self._current, self._unit = scale, current, scale / self.cell.scales.current
        fem_petsc.assign(self.cell.unknowns, self.x)
        try:
            self.snes.solve(None, self.x)
            reason = self.snes.getConvergedReason()
            stalled = PETSc.SNES.ConvergedReason.DIVERGED_LINE_SEARCH, PETSc.SNES.ConvergedReason.DIVERGED_MAX_IT
            if reason in stalled and self._hidden():
                reason = PETSc.SNES.ConvergedReason.CONVERGED_FNORM_ABS
            text = _reason_text(reason)
        except PETSc.Error as error:
            # MUMPS can raise inside SNES on a wild step.
            reason, text = -100, f"the linear solver stopped ({str(error).splitlines()[-1].strip()})"
        if reason <= 0:
            self._stale = True
        self._to_functions(self.x)
        self.total_jacobians += self._jacobians
        report = NewtonReport(
            converged=reason > 0,
            reason=text,
            iterations=self.snes.getIterationNumber(),
            linear_iterations=self.snes.getLinearSolveIterations(),
            jacobians=self._jacobians,
            worst_field=self.worst_field(),
        )
        if reason in (-100, PETSc.SNES.ConvergedReason.DIVERGED_LINEAR_SOLVE):
            self._start_over()
        return report

    def residual_norms(self) -> dict[str, float]:
        """2-norm of the last assembled residual by field."""
        values = self.b.array_r
        local = np.array([float(np.sum(values[rows] ** 2)) for rows in self.rows.values()])
        total = reduced(self.comm, local)
        return dict(zip(self.rows, np.sqrt(total), strict=True))

    def worst_field(self) -> str:
        """The field with the largest residual (or the first that is not a number)."""
        norms = self.residual_norms()
        return max(norms, key=lambda name: np.inf if not np.isfinite(norms[name]) else norms[name])

    def destroy(self) -> None:
        """Free PETSc's objects and forget this solver's options."""
        database = PETSc.Options()
        for key in self.options:
            database.delValue(self.prefix + key)
        for thing in (self.snes, self.A, self.b, self.x):
            thing.destroy()


def _largest(a: tuple[float, bool], b: tuple[float, bool]) -> tuple[float, bool]:
    return max(a[0], b[0]), a[1] or b[1]


def _reason_text(reason: int) -> str:
    names = {v: k for k, v in vars(PETSc.SNES.ConvergedReason).items() if isinstance(v, int)}
    texts = {
        "DIVERGED_MAX_IT": "Newton's method did not converge in the allowed iterations",
        "DIVERGED_LINE_SEARCH": "Newton's line search found no decrease",
        "DIVERGED_LINEAR_SOLVE": "the linear solver did not converge",
        "DIVERGED_FNORM_NAN": "the residual is not a number",
        "DIVERGED_FUNCTION_DOMAIN": "the residual left its domain",
    }
    name = names.get(reason, str(reason))
    return texts.get(name, name)
