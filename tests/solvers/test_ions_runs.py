"""Runs of Poisson–Nernst–Planck: resumed as uninterrupted, fields by ion, direct as iterative, exact Jacobian."""

import dolfinx.fem.petsc as fem_petsc
import numpy as np
import pytest
from archode.materials.constants import FARADAY
from archode.solvers.description import DoubleLayer
from archode.solvers.drive import TimeLimit
from archode.solvers.fields import FieldWriter
from archode.solvers.newton import Newton
from archode.solvers.record import Device
from archode.solvers.simulation import Run
from archode.solvers.stepping import StepControl
from archode.studies.verification.systems import galvanostatic, hold, metal, run

from . import reading
from .ions import MOUTH, layered_cell, salt

LAYER = DoubleLayer(stern_capacitance=0.2, potential_of_zero_charge=-0.05)
#: Times of a hold and a rest after it [s]; λ_D L/D is 1e-7 s.
HOLD, REST = 2e-7, 1e-7


def half_cell():
    """A metal whose layer is charged at rest, before a reservoir of three ions."""
    return layered_cell(MOUTH, metal(20.0, double_layer=LAYER), salt(inert=5.0), lengths=10.0)


@pytest.fixture(scope="module")
def solved():
    cell = half_cell()
    newton = Newton(cell, "direct", prefix="ions_")
    yield cell, newton
    newton.destroy()


@pytest.fixture
def make_run(solved, tmp_path):
    cell, newton = solved

    def make(folder, **kwargs):
        cell.set_initial_state()
        newton.renew()
        (tmp_path / folder).mkdir(exist_ok=True)
        steps = [hold(0.05, HOLD, output_times=(HOLD / 2,)), galvanostatic(0.0, [TimeLimit(REST)], REST)]
        return Run(
            cell=cell,
            newton=newton,
            steps=steps,
            # As tight as rounding permits: after a stop Newton goes another way to the same state.
            control=StepControl(tolerance=1e-2, newton_tolerance=1e-13),
            device=Device(1.0, 1e-17, 1e-24),
            folder=tmp_path / folder,
            title=folder,
            fingerprint="this study",
            current_unit=cell.thermal_current,
            **{"checkpoint_every": 4} | kwargs,
        )

    return make


def execute(run, resume=False, after=None):
    """Run, interrupted after some accepted steps where asked; returns the table and the steps' integrals."""
    take, passed = run._take, []

    def counted(accepted):
        take(accepted)
        passed.append(accepted.passed)
        if len(passed) == after:
            raise KeyboardInterrupt

    run._take = counted
    return run.execute(resume=resume).table, passed


def apart(found, expected):
    """Largest difference of two series, over the largest number."""
    return np.abs(np.array(found) - np.array(expected)).max() / max(np.abs(expected).max(), 1e-300)


@pytest.mark.parametrize("after", [6, 8], ids=["between checkpoints", "at a checkpoint"])
def test_resumed_run_equals_the_uninterrupted(make_run, after):
    complete = make_run("whole")
    expected, passed = execute(complete)
    assert complete.status == "done" and after + 4 < len(expected)
    stopped = make_run("cut")
    execute(stopped, after=after)
    assert stopped.status == "interrupted"
    resumed = make_run("cut")
    table, passed_since = execute(resumed, resume=True)
    assert resumed.status == "done" and len(table) == len(expected)
    counts = ["kind", "newton_iterations", "linear_iterations"]
    assert table["kind"].tolist() == expected["kind"].tolist()
    # Columns of films are empty.
    flowed = expected["step_capacity [C]"].max()
    for column in expected.columns.drop(counts).intersection(expected.dropna(axis=1).columns):
        if column.endswith("charge [C]") and expected[column].abs().max() < 1e-12 * flowed:
            # What flowed the other way is rounding.
            assert table[column].abs().max() < 1e-12 * flowed
            continue
        assert apart(table[column], expected[column]) <= 1e-10, column
    largest = np.abs(passed).max()
    for mine, theirs in zip(np.array(passed_since).T, np.array(passed)[after:].T, strict=True):
        # What is lost between the electrodes is what the audit allows; a mole of ions is 1e5 C.
        if np.abs(theirs).max() < 1e-9 * largest and np.abs(mine).max() < 1e-9 * largest:
            continue
        assert apart(mine, theirs) <= 1e-10
    # The audit goes on where it was, against the amounts at the very start.
    assert resumed.audit.moved == pytest.approx(complete.audit.moved, rel=1e-10)
    assert resumed.audit.exchanged == pytest.approx(complete.audit.exchanged, rel=1e-10)
    assert resumed.audit.start.amounts == pytest.approx(complete.audit.start.amounts, rel=1e-12)
    assert resumed.audit.worst.keys() == complete.audit.worst.keys()
    assert max(resumed.audit.worst.values()) < 1e-9
    for path in sorted(complete.folder.glob("*.vtkhdf")):
        times = reading.times(path)
        assert reading.times(resumed.folder / path.name) == pytest.approx(times, rel=1e-10)
        mine, theirs = (reading.grid_at(f / path.name, times[-1]) for f in (resumed.folder, complete.folder))
        for name in theirs.point_data:
            assert mine[name] == pytest.approx(theirs[name], rel=1e-9, abs=1e-9 * np.abs(theirs[name]).max()), name


def test_fields_by_ion_and_their_charge(make_run):
    complete = make_run("fields")
    execute(complete)
    path = complete.folder / "electrolyte.vtkhdf"
    assert reading.times(path) == pytest.approx([0.0, HOLD / 2, HOLD, HOLD + REST])
    grid = reading.grid_at(path, reading.times(path)[2])
    ions = {"M+": 1, "K+": 1, "X-": -1}
    assert set(grid.point_data) == {"concentration [mol m-3]", "potential [V]", "charge density [C m-3]"} | {
        f"{ion} [mol m-3]" for ion in ions
    }
    # The metal's ion is the one that limits are about.
    assert np.array_equal(grid["concentration [mol m-3]"], grid["M+ [mol m-3]"])
    charge = FARADAY * sum(z * grid[f"{ion} [mol m-3]"] for ion, z in ions.items())
    # A sum of three: rounding of the largest.
    largest = FARADAY * grid["X-" + " [mol m-3]"].max()
    assert grid["charge density [C m-3]"] == pytest.approx(charge, abs=1e-12 * largest)
    # Bulk at the reservoir, a layer at the metal (its thickness holds the Debye length a few times).
    x = grid.points[:, 0] - grid.points[:, 0].min()
    far, near = x < 0.3 * x.max(), x > 0.99 * x.max()
    assert np.abs(grid["charge density [C m-3]"][far]).max() < 0.01 * np.abs(charge[near]).min()
    # Positive beyond its potential of zero charge, the metal collects anions.
    assert charge[near].max() < 0


def test_the_electroneutral_limit_has_no_charge_to_write(tmp_path):
    cell = layered_cell(metal(), metal(), salt(inert=5.0), model="electroneutral")
    writer = FieldWriter(cell, {}, tmp_path)
    writer.create()
    writer.write(0.0, {}, {})
    grid = reading.grid_at(tmp_path / "electrolyte.vtkhdf", 0.0)
    assert "charge density [C m-3]" not in grid.point_data
    for ion, c in (("M+", 10.0), ("K+", 5.0), ("X-", 15.0)):
        assert grid[f"{ion} [mol m-3]"] == pytest.approx(c, rel=1e-12)


def test_direct_and_iterative_agree():
    seen = {}
    for linear in ("direct", "iterative"):
        cell = half_cell()
        control = StepControl(adaptive=False, initial_step=HOLD / 10, newton_tolerance=1e-13)
        steps = list(run(cell, [hold(0.05, HOLD)], cell.thermal_current, control, linear))
        seen[linear] = [[s.observation.current, *s.observation.amounts.values()] for s in steps]
        assert all((s.linear_iterations > 0) for s in steps)
    direct, iterative = (np.array(seen[linear]) for linear in ("direct", "iterative"))
    # Both stop Newton at 1e-13 of the current, of which little is left in the end.
    for mine, theirs in zip(iterative.T, direct.T, strict=True):
        assert apart(mine, theirs) < 1e-8


@pytest.mark.parametrize("control", [1.0, 0.0], ids=["galvanostatic", "potentiostatic"])
def test_jacobian_is_the_derivative_of_the_residual(solved, control):
    """With Frumkin's kinetics, charging, walls' and electrodes' charges, at a state with gradients."""
    cell, newton = solved
    cell.set_initial_state()
    cell.galvanostatic.value = control
    for constant, value in zip(cell.bdf, (15.0, -20.0, 5.0), strict=True):
        constant.value = value
    cell.rate_scale.value = 15.0
    noise = np.random.default_rng(1)
    for function in cell.unknowns:
        function.x.array[:] += 0.1 * noise.standard_normal(function.x.array.size)
    fem_petsc.assign(cell.unknowns, newton.x)
    x = newton.x.copy()
    newton.renew()
    newton._jacobian(newton.snes, x, newton.A, newton.A)

    def residual(at):
        newton._residual(newton.snes, at, newton.b)
        return newton.b.array_r.copy()

    largest = np.abs(newton.A.getDiagonal().array_r).max()
    h = 1e-4
    for field, rows in newton.rows.items():
        direction = x.duplicate()
        direction.set(0.0)
        direction.array_w[rows] = noise.standard_normal(len(rows))
        product = (newton.A * direction).array_r
        difference = (residual(x + h * direction) - residual(x - h * direction)) / (2 * h)
        for other, others in newton.rows.items():
            scale = np.abs(product[others]).max(initial=0.0)
            error = np.abs(product[others] - difference[others]).max(initial=0.0)
            # Truncation: h² of the third derivatives. Rounding: that of the terms in a row, over h.
            assert error <= 1e-6 * scale + 1e-15 * largest / h, f"d({other})/d({field}): {error:.1e} of {scale:.1e}"
    cell.set_initial_state()
