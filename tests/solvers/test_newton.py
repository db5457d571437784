"""The nonlinear solver: exact derivatives, a stable pattern, options that arrive, failures that explain."""

import dolfinx.fem.petsc as fem_petsc
import numpy as np
import pytest
from archode.solvers.drive import TimeLimit, VoltageLimit
from archode.solvers.errors import ConvergenceError
from archode.solvers.newton import Newton
from archode.solvers.protocol import ProtocolRunner
from petsc4py import PETSc

from .cells import fresh, galvanostatic, make_cell, one_c

#: Shape, degree, film resistance [Ω m²]: a structured mesh, one with collectors, Gmsh's own, second order.
CELLS = {
    "stack": ("stack", 1, 1e-3),
    "fingers": ("fingers", 1, 1e-3),
    "planar P2": ("planar", 2, 0.0),
    "bar": ("bar", 1, 0.0),
}


def disturb(newton, seed, size=0.02):
    """A state with gradients in every field, θ between its bounds; returns the vector."""
    noise = np.random.default_rng(seed)
    for function in newton.cell.unknowns:
        values = function.x.array
        values += size * noise.standard_normal(values.size)
    fem_petsc.assign(newton.cell.unknowns, newton.x)
    x = newton.x.copy()
    x.array_w[newton.contact_rows] = 0.0
    return x


def jacobian_at(newton, x):
    newton.renew()
    newton._jacobian(newton.snes, x, newton.A, newton.A)
    return newton.A


def residual_at(newton, x):
    newton._residual(newton.snes, x, newton.b)
    return newton.b.array_r.copy()


@pytest.mark.parametrize("control", [1.0, 0.0], ids=["galvanostatic", "potentiostatic"])
@pytest.mark.parametrize("name", CELLS)
def test_jacobian_is_the_derivative_of_the_residual(solved, name, control):
    cell, newton = solved(*CELLS[name])
    cell.galvanostatic.value = control
    cell.applied_current.value = 0.3
    for constant, value in zip(cell.bdf, (15.0, -20.0, 5.0), strict=True):
        constant.value = value
    x = disturb(newton, 1)
    A = jacobian_at(newton, x)
    largest = np.abs(A.getDiagonal().array_r).max()
    noise = np.random.default_rng(2)
    for field, rows in newton.rows.items():
        direction = x.duplicate()
        direction.set(0.0)
        direction.array_w[rows] = noise.standard_normal(len(rows))
        direction.array_w[newton.contact_rows] = 0.0
        product = (A * direction).array_r.copy()
        h = 1e-4
        forward, backward = (residual_at(newton, x + d * direction) for d in (h, -h))
        difference = (forward - backward) / (2 * h)
        for other, others in newton.rows.items():
            scale = np.abs(product[others]).max(initial=0.0)
            error = np.abs(product[others] - difference[others]).max(initial=0.0)
            # Truncation: h² of the third derivatives. Rounding: that of the terms in a row, over h.
            allowed = 1e-6 * scale + 1e-15 * largest / h
            assert error <= allowed, f"d({other})/d({field}): {error:.1e} of {scale:.1e}"


@pytest.mark.parametrize("name", CELLS)
def test_the_sparsity_pattern_never_changes(solved, name):
    cell, newton = solved(*CELLS[name])
    counts = set()
    for seed, control in ((3, 1.0), (4, 0.0), (None, 1.0)):
        cell.set_initial_state()
        cell.galvanostatic.value = control
        x = disturb(newton, seed) if seed else disturb(newton, 0, 0.0)
        A = jacobian_at(newton, x)
        counts.add(A.getInfo()["nz_used"])
        assert A.getInfo()["mallocs"] == 0
    assert len(counts) == 1
    # No dense row: DOLFINx 0.11 would couple the first dof of a block to a whole interface.
    lengths = np.diff(A.getValuesCSR()[0])
    local = np.delete(lengths, newton.rows["cell voltage"])
    longest = 27 * 4 if cell.degree == 1 else 125 * 4
    assert local.max() <= longest


@pytest.mark.parametrize("linear", ["direct", "iterative"])
@pytest.mark.parametrize("shape", ["stack", "bar"])
def test_no_option_is_left_unused(linear, shape):
    cell = make_cell(shape, film=1e-3)
    newton = Newton(cell, linear, {"snes_max_it": 20}, prefix=f"left_{linear}_{shape}_")
    integrator = fresh(cell, newton)
    current = 5 * one_c(cell)
    runner = ProtocolRunner(integrator, [galvanostatic(current, [TimeLimit(1.0)], 1.0)], current)
    steps = list(runner.run())
    assert newton.linear == linear and steps[-1].time == 1.0
    database = PETSc.Options()
    database[newton.prefix + "misspelt"] = 1
    assert not database.used(newton.prefix + "misspelt")
    database.delValue(newton.prefix + "misspelt")
    unused = [key for key in newton.options if not database.used(newton.prefix + key)]
    assert not unused
    newton.destroy()
    assert not [key for key in database.getAll() if key.startswith(newton.prefix)]


def test_iterative_and_direct_agree(solved):
    voltages = {}
    for linear in ("direct", "iterative"):
        cell, newton = solved("stack", film=1e-3, linear=linear)
        integrator = fresh(cell, newton, adaptive=False, newton_tolerance=1e-11)
        current = 20 * one_c(cell)
        step = galvanostatic(current, [TimeLimit(2.0)], 2.0, initial_step=0.5)
        steps = list(ProtocolRunner(integrator, [step], current).run())
        voltages[linear] = [s.observation.voltage for s in steps]
        assert all(s.linear_iterations < 40 * max(s.newton_iterations, 1) for s in steps)
    assert voltages["iterative"] == pytest.approx(voltages["direct"], abs=1e-9)


def test_options_reach_the_solver():
    cell = make_cell("bar")
    newton = Newton(cell, "direct", {"snes_max_it": 7, "ksp_type": "gmres", "ksp_rtol": 1e-3}, prefix="reach_")
    assert newton.snes.getTolerances()[3] == 7
    assert newton.snes.getKSP().getType() == "gmres"
    assert newton.snes.getKSP().getTolerances()[0] == 1e-3
    newton.destroy()


def test_solvers_do_not_share_options():
    cell = make_cell("bar")
    first = Newton(cell, "direct", {"snes_max_it": 7}, prefix="first_")
    second = Newton(cell, "direct", prefix="second_")
    assert second.snes.getTolerances()[3] != 7
    first.destroy()
    second.destroy()


def test_size_chooses_the_linear_solver(monkeypatch):
    cell = make_cell("bar")
    for limit, expected in ((10**6, "direct"), (10, "iterative")):
        monkeypatch.setattr("archode.solvers.preconditioning.DIRECT_LIMIT", limit)
        newton = Newton(cell, "auto", prefix=f"auto_{expected}_")
        assert newton.linear == expected
        newton.destroy()


def test_a_too_large_current_is_explained(solved):
    """Far above the limiting current the salt at the cathode is gone after a while; nothing then helps."""
    cell, newton = solved("bar")
    integrator = fresh(cell, newton, newton_tolerance=1e-8)
    # i_lim = 2 F D c0 / (t₋ L) for an average of c0; ten times as much for as long as the salt lasts.
    current = -10 * 2 * 96485 * 5e-10 * 1e3 / 0.7 / 10e-6 * 16e-12
    runner = ProtocolRunner(integrator, [galvanostatic(current, [TimeLimit(1.0)], 1.0)], abs(current))
    accepted = []
    with pytest.raises(ConvergenceError) as caught:
        for step in runner.run():
            accepted.append(step)
    error = caught.value
    assert len(accepted) > 3
    assert error.time == accepted[-1].time == integrator.time
    assert error.step == len(accepted) == integrator.accepted
    assert error.protocol_step == 0
    assert error.field in newton.rows
    assert error.advice and error.field in str(error) and error.advice in str(error)
    # The cell is left in the last accepted state, which is one that can be written.
    for function, values in zip(cell.unknowns, integrator.history[0].values, strict=True):
        assert np.array_equal(function.x.array, values)
        assert np.all(np.isfinite(values))
    seen = runner.observe()
    assert seen.voltage == accepted[-1].observation.voltage
    assert seen.concentration_min == pytest.approx(accepted[-1].observation.concentration_min, rel=1e-12)


def test_a_voltage_beyond_a_depleted_electrolyte_is_an_end(solved):
    """The voltage diverges as the salt at the surface runs out: any limit is met but for a negligible time."""
    cell, newton = solved("bar")
    integrator = fresh(cell, newton)
    current = -10 * 2 * 96485 * 5e-10 * 1e3 / 0.7 / 10e-6 * 16e-12
    runner = ProtocolRunner(integrator, [galvanostatic(current, [VoltageLimit(-1e6, False)], 1.0)], abs(current))
    *_, last = runner.run()
    assert last.ended_by.startswith("electrolyte depleted at the ")
    assert last.observation.concentration_min < 1e-4 * 1000.0
