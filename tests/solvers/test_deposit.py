"""Metal on a surface: the law at a point against its closed forms, and cells that plate, strip and nucleate."""

import dataclasses
import math
from decimal import Decimal, getcontext

import numpy as np
import pytest
from archode.geometry import ARCHITECTURES
from archode.solvers.description import DoubleLayer, Nucleation, Plating
from archode.solvers.drive import ChargeLimit, DepositLimit, TimeLimit, VoltageLimit
from archode.solvers.errors import ConvergenceError, SolverError
from archode.solvers.interface import nuclei
from archode.solvers.interface.deposit import Kinetics, Law, response
from archode.solvers.nucleation import classical
from archode.solvers.record import Device
from archode.solvers.simulation import Run
from archode.solvers.stepping import Integrator, State, StepControl
from archode.studies.verification.systems import THERMAL_VOLTAGE, binary_electrolyte, cell_on, metal, newton_of, run
from scipy.integrate import solve_ivp

from .cells import BAR, ELECTROLYTE, SIZES, Samples, galvanostatic
from .test_checkpoint import Stop, assert_same

getcontext().prec = 60

#: Newton's tolerance: as tight as rounding permits.
TIGHT = 1e-12

FINGERS = ARCHITECTURES["interdigital"](
    finger_width=10e-6, gap=10e-6, thickness=0.0, collector_thickness=0.0, cover=8e-6, slice=4e-6, length=100e-6
)
J = 10.0
ON_COPPER = Nucleation(contact_angle=math.radians(120), surface_energy=0.05, site_density=1e15)


# ---------------------------------------------------------------------- the law at a point
@pytest.fixture(scope="module")
def samples():
    return Samples(60)


def at_a_point(samples, charge, eta, bdf=(2.0, -2.0, 0.0), cover=1e-3, film=None, efficiency=1.0):
    """Current and growth by sample, metal of i₀ = 1."""
    old, potential = samples(charge, eta)
    kinetics = Kinetics(1.0, potential, 0.5, 0.5, film)
    answer = response(Law(efficiency, cover), kinetics, bdf, [old], [old])
    return samples.value(answer.current), samples.value(answer.gained)


def butler_volmer(eta):
    return 2 * np.sinh(np.asarray(eta) / 2)


def test_plating_is_the_metals_own_kinetics(samples):
    eta = -np.geomspace(1e-6, 30.0, 60)
    current, gained = at_a_point(samples, 0.0, eta, efficiency=0.9)
    assert current == pytest.approx(butler_volmer(eta), rel=1e-12)
    assert gained == pytest.approx(-0.9 * butler_volmer(eta), rel=1e-12)


@pytest.mark.parametrize("eta", [1e-3, 1.0, 10.0, 40.0])
def test_stripping_is_the_root_of_its_quadratic_equation(samples, eta):
    """j = i Q/(Q + Qc) with Q = Q* − j/a₀, in sixty digits; Q* from far below Qc to where stripping hardly shows."""
    a0, cover, before = 2.0, 1e-3, np.geomspace(1e-12, 1e10, 60)
    current, gained = at_a_point(samples, before, eta, (a0, -a0, 0.0), cover)
    # The law's own i in doubles: what is held against sixty digits is the root.
    drawn, qc = Decimal(float(butler_volmer(eta))) / Decimal(a0), Decimal(cover)
    gaps = [Decimal(float(q)) - drawn - qc for q in before]
    exact = []
    for q, gap in zip(before, gaps, strict=True):
        left = (gap + (gap * gap + 4 * Decimal(float(q)) * qc).sqrt()) / 2
        exact.append(float(Decimal(a0) * drawn * left / (left + qc)))
    # Both of the law's forms of the root are asked, as far as η reaches.
    assert min(gaps) < 0 < max(gaps)
    assert current == pytest.approx(np.array(exact), rel=1e-12)
    assert gained == pytest.approx(-current, rel=1e-15)


def test_no_step_takes_more_than_there_is(samples):
    """However long the step and large η; what is left may be rounding of what was there."""
    charge = np.concatenate([[0.0], np.geomspace(1e-15, 1e3, 59)])
    for a0 in (1e-6, 1.0, 1e6):
        for eta in (1e-6, 5.0, 60.0):
            current, _ = at_a_point(samples, charge, eta, (a0, -a0, 0.0))
            assert np.all(current >= 0) and np.all(current / a0 <= charge * (1 + 1e-14))
            assert current[0] == 0.0


def test_no_jump_between_plating_and_stripping(samples):
    """The current passes zero continuously; on a thick deposit with one slope, on a thin one with Q/(Q + Qc) of it."""
    tiny = 1e-7
    for charge, share in ((1e3, 1.0), (1e-3, 0.5), (1e-5, 1e-2 / 1.01)):
        eta = np.where(np.arange(60) < 30, -tiny, tiny)
        current, _ = at_a_point(samples, charge, eta)
        # In the step itself j/a₀ leaves the surface, which counts where Q is small.
        assert current[0] == pytest.approx(-tiny, rel=1e-12)
        assert current[-1] == pytest.approx(share * tiny, rel=1e-2)


def test_a_foil_is_not_used_up(samples):
    eta = np.linspace(-10, 10, 60)
    current, _ = at_a_point(samples, 0.0, eta, cover=None)
    assert current == pytest.approx(butler_volmer(eta), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("area", [1e-6, 0.3, 1.0])
def test_film_drop_belongs_to_the_substrate(samples, area):
    """η = s + R_f i with i = S i_BV(s), both ways."""
    resistance, eta = 0.7, np.linspace(-25, 25, 60)
    (potential,) = samples(eta)
    kinetics = Kinetics(2.0, potential, 0.5, 0.5, resistance)
    left, current = samples.value(kinetics.driving(area)), samples.value(kinetics.current(area))
    assert current == pytest.approx(2.0 * area * butler_volmer(left), rel=1e-10)
    # Seven iterations of Newton reach roundoff.
    assert left + resistance * current == pytest.approx(eta, rel=1e-10)


# ---------------------------------------------------------------------- nuclei
def test_moments_tend_to_those_of_the_differential_equations():
    """Backward Euler with constant rates: the error halves with the step."""
    rate, growth, radius, end = 3.0, 0.8, 0.05, 1.3

    def right(_, y):
        n, m1, _m2 = y
        born = rate * (1 - n)
        return born, growth * n + radius * born, 2 * growth * m1 + radius**2 * born

    exact = solve_ivp(right, (0, end), [0.0, 0.0, 0.0], rtol=1e-11, atol=1e-13).y[:, -1]
    errors = []
    for steps in (200, 400, 800):
        state = nuclei.Nuclei(0.0, 0.0, 0.0)
        for _ in range(steps):
            state = nuclei.grown(state, steps / end, rate, growth, radius)
        errors.append(np.abs(np.array([state.n, state.m1, state.m2]) / exact - 1).max())
    orders = -np.diff(np.log2(errors))
    assert orders == pytest.approx(1.0, abs=0.05), f"observed orders {orders}"
    assert errors[-1] < 5e-3


@pytest.mark.parametrize("degrees", [30, 90, 120, 180])
def test_site_rate_is_that_of_classical_theory(samples, degrees):
    """A of the law beside frequency, Zeldovich's factor and barrier, each by itself."""
    nucleation = Nucleation(math.radians(degrees), 0.05, 1e14, 1.7)
    exchange, potassium = 10.0, metal(10.0).material
    numbers = nuclei.nucleation_numbers(nucleation, potassium, THERMAL_VOLTAGE)
    volts = -np.linspace(0.03, 0.5, 60)
    (eta,) = samples(volts / THERMAL_VOLTAGE)
    found = samples.value(nuclei.site_rate(numbers.rate_per_current * exchange, numbers.barrier, eta, 0.5))
    energy = classical.volume_energy(volts, potassium.molar_volume)
    radius = classical.critical_radius(energy, nucleation.surface_energy)
    barrier = classical.barrier(energy, nucleation.surface_energy, nucleation.contact_angle)
    atoms = classical.critical_atoms(radius, nucleation.contact_angle, potassium.molar_volume)
    zeldovich = classical.zeldovich_factor(barrier, atoms, potassium.temperature)
    frequency = classical.attachment_frequency(radius, nucleation.contact_angle, volts, exchange)
    exact = nucleation.rate_factor * classical.site_rate(frequency, zeldovich, barrier, potassium.temperature)
    # Barriers of hundreds of kT: their rounding is multiplied by as much.
    resolved = exact > 1e-200
    assert resolved.sum() > 30
    assert found[resolved] == pytest.approx(exact[resolved], rel=1e-9)
    assert np.all(numbers.critical_radius * THERMAL_VOLTAGE / -volts == pytest.approx(radius * 1e7))


def test_nothing_nucleates_where_nothing_is_plated(samples):
    (eta,) = samples(np.linspace(0.0, 20.0, 60))
    assert np.all(samples.value(nuclei.site_rate(1.0, 50.0, eta, 0.5)) == 0.0)


def test_stripping_takes_nuclei_along(samples):
    """In proportion to the metal; what was bared nucleates anew."""
    numbers = nuclei.NucleationNumbers(
        barrier=30.0, rate_per_current=1.0, critical_radius=0.1, growth_per_current=1.0, footprint=math.pi, cap_area=2.0
    )
    law = Law(1.0, 1e-3, numbers)
    eta, charge = samples(5.0, 0.4)
    old = [charge, 0.9, 0.5, 0.3]
    answer = response(law, Kinetics(1.0, eta, 0.5, 0.5), (20.0, -20.0, 0.0), old, old)
    share = 1 + samples.value(answer.gained)[0] / 20.0 / 0.4
    assert 0 < share < 1
    for name, value in (("n", 0.9), ("m1", 0.5), ("m2", 0.3)):
        assert samples.value(getattr(answer.nuclei, name)) == pytest.approx(share * value, rel=1e-12)


# ---------------------------------------------------------------------- cells
def plated_cell(plating, architecture=BAR, degree=1, film=0.0, layer=None, exchange=20.0):
    cathode = dataclasses.replace(metal(exchange, film), plating=plating)
    if layer is not None:
        cathode = dataclasses.replace(cathode, double_layer=DoubleLayer(capacitance=layer, cation_share=1.0))
    return cell_on(architecture, SIZES, binary_electrolyte(**ELECTROLYTE), metal(exchange), cathode, degree)


def surface_of(cell):
    return cell.area("cathode_surface") * cell.scales.length**2


def plate(cell, seconds, density=J):
    current = density * surface_of(cell)
    return galvanostatic(-current, [ChargeLimit(current * seconds)], seconds)


def strip(cell, limits, seconds, density=J):
    return galvanostatic(density * surface_of(cell), limits, seconds)


def follow(cell, steps, **control):
    cell.set_initial_state()
    return list(run(cell, steps, J * surface_of(cell), StepControl(newton_tolerance=TIGHT, **control)))


@pytest.mark.parametrize(
    ("architecture", "degree", "plating"),
    [
        (BAR, 1, Plating(reserve=0.0, porosity=0.3, coulombic_efficiency=0.9)),
        (FINGERS, 1, Plating(reserve=0.0, porosity=0.3, coulombic_efficiency=0.9)),
        (BAR, 2, Plating(porosity=0.3, coulombic_efficiency=0.9)),
        (BAR, 1, Plating(reserve=0.0, coulombic_efficiency=0.9, nucleation=ON_COPPER)),
    ],
    ids=["bar", "fingers", "quadratic foil", "nuclei"],
)
def test_deposit_is_the_charge_that_passed(architecture, degree, plating):
    """ε_C Q at every step; Newton's residual is 1e-12 of the current, and a nucleating surface charges its layer."""
    layer = None if plating.nucleation is None else 0.2
    # Fast kinetics on fingers: the electrolyte decides, and their edges get more.
    cell = plated_cell(plating, architecture, degree, layer=layer, exchange=2000.0 if architecture is FINGERS else 20.0)
    steps = follow(cell, [plate(cell, 20.0)])
    assert len(steps) > 10
    for step in steps:
        deposit = step.observation.deposits["cathode"]
        charge = -step.charge
        if layer is not None:
            # The rest charges the double layer.
            assert deposit.charge < 0.9 * charge
            continue
        assert deposit.charge == pytest.approx(0.9 * charge, rel=1e-11)
        volume = deposit.charge * cell.deposits["cathode"].metal.molar_volume / 96485.33212 / (1 - plating.porosity)
        assert deposit.mean * surface_of(cell) == pytest.approx(volume, rel=1e-11)
    last = steps[-1].observation.deposits["cathode"]
    if architecture is FINGERS:
        assert last.highest > 1.05 * last.mean > 1.05 * last.lowest > 0
    if layer is not None:
        # By less than half a volt.
        assert last.charge > 0.9 * (20.0 * J - 0.2 * 0.5) * surface_of(cell)
        assert last.covered > 0.8


def test_metal_that_can_run_out_needs_linear_elements():
    with pytest.raises(SolverError, match=r"cathode's metal can be used up.*physics.degree: 1"):
        plated_cell(Plating(reserve=1e-6), degree=2)


def test_only_metals_are_plated_and_nuclei_need_a_double_layer():
    with pytest.raises(SolverError, match=r"cathode.*double layer.*capacitance"):
        plated_cell(Plating(reserve=0.0, nucleation=ON_COPPER))


def test_reserve_is_there_at_the_start_and_is_stripped():
    plating = Plating(reserve=50e-9, porosity=0.5)
    cell = plated_cell(plating)
    start = cell.deposits["cathode"].observe(cell.deposit_states[1])
    assert (start.mean, start.lowest, start.highest) == pytest.approx((50e-9,) * 3, rel=1e-12)
    end = follow(cell, [strip(cell, [TimeLimit(10.0)], 10.0)])[-1].observation.deposits
    # 100 C/m² of V_m = 1e-5 m³/mol, half of it pores.
    gone = 100.0 * 1e-5 / 96485.33212 / 0.5
    assert end["cathode"].mean == pytest.approx(50e-9 - gone, rel=1e-9)
    assert end["anode"].mean == pytest.approx(gone / 2, rel=1e-9)


def test_a_reserve_under_nuclei_covers_the_surface():
    plating = Plating(reserve=20e-9, nucleation=ON_COPPER)
    cell = plated_cell(plating, layer=0.2)
    deposit = cell.deposits["cathode"]
    states = dict(zip(cell.deposits, cell.deposit_states, strict=True))["cathode"]
    assert deposit.observe(states).covered == pytest.approx(1.0, abs=1e-12)
    # No dip: the overpotential only rises to that of two covered electrodes.
    voltage = -np.array([s.observation.voltage for s in follow(cell, [plate(cell, 10.0)])])
    # Steps may err by 0.26 mV each; a dip has tens.
    assert np.all(np.diff(voltage) > -2.6e-4)


PLATED = 60.0


def stripped(cell, *limits):
    return follow(cell, [plate(cell, PLATED), strip(cell, limits, PLATED)])


@pytest.fixture(scope="module")
def bare():
    return plated_cell(Plating(reserve=0.0))


@pytest.mark.parametrize("architecture", [BAR, FINGERS], ids=["bar", "fingers"])
def test_strip_ends_with_the_metal(architecture):
    cell = plated_cell(Plating(reserve=0.0), architecture)
    last = stripped(cell, DepositLimit("cathode", 1e-9))[-1]
    deposit = last.observation.deposits["cathode"]
    assert last.ended_by == "deposit"
    # The limit's own tolerance is half of it.
    assert 0.5e-9 <= deposit.mean <= 1.5e-9
    assert deposit.lowest >= 0.0


def test_strip_ends_at_a_voltage(bare):
    """At 0.5 V some e^−9 of a nanometre is left: half of the surface free at twice the current's overpotential."""
    last = stripped(bare, VoltageLimit(0.5, True))[-1]
    assert last.ended_by == "voltage"
    assert 0.0 < last.observation.deposits["cathode"].mean < 1e-12
    # All that was plated has come back.
    assert last.charge == pytest.approx(0.0, abs=1e-4 * PLATED * J * surface_of(bare))


def test_a_step_that_strips_more_than_there_is_says_so(bare):
    told = r"Try: a voltage limit \(until: voltage\).*the metal on the cathode is used up"
    with pytest.raises(ConvergenceError, match=told):
        stripped(bare, TimeLimit(2 * PLATED))


def test_anode_without_metal_says_so():
    anode = dataclasses.replace(metal(20.0), plating=Plating(reserve=1e-9))
    cell = cell_on(BAR, SIZES, binary_electrolyte(**ELECTROLYTE), anode, metal(20.0))
    with pytest.raises(ConvergenceError, match="the metal on the anode is used up"):
        follow(cell, [plate(cell, 5.0)])


def test_first_order_where_a_parabola_would_fall_below_zero(bare):
    """BDF2 with equal steps starts from (4 Q₁ − Q₂)/3: less than nothing for Q₂ > 4 Q₁."""
    with newton_of(bare) as newton:
        bare.set_initial_state()
        integrator = Integrator(bare, newton, StepControl())
        values = integrator.history[0].values
        for q1, second in ((0.2, False), (0.3, True)):
            states = [
                State(t, values, deposits=tuple(np.full_like(d, q) for d in bare.deposit_states))
                for t, q in ((1.0, q1), (0.5, 1.0))
            ]
            integrator.history = states
            integrator._set_coefficients(0.5)
            assert (bare.bdf[2].value != 0.0) == second
            assert sum(float(a.value) for a in bare.bdf) == pytest.approx(0.0, abs=1e-12)


# ---------------------------------------------------------------------- nucleating cells
def test_dip_does_not_hang_on_the_steps():
    """Much shorter first steps and a tenfold tighter tolerance move the dip's depth by a hundredth or so."""
    nucleation = Nucleation(math.radians(120), 0.063, 1e18)
    depths = []
    for control in ({}, {"tolerance": 1e-4, "initial_step": 1e-6}):
        cell = plated_cell(Plating(reserve=0.0, nucleation=nucleation), layer=0.2)
        step = galvanostatic(-J * surface_of(cell), [TimeLimit(0.05)], 100.0)
        voltage = -np.array([s.observation.voltage for s in follow(cell, [step], **control)])
        depths.append(voltage.max() - voltage[-1])
    assert min(depths) > 0.05
    assert depths[0] == pytest.approx(depths[1], rel=0.02)


def test_resumed_stripping_equals_the_uninterrupted(tmp_path):
    """Nuclei, a film and a porous deposit, stopped while it is stripped."""
    plating = Plating(reserve=0.0, porosity=0.3, coulombic_efficiency=0.9, nucleation=ON_COPPER)
    cell = plated_cell(plating, film=1e-3, layer=0.2)
    steps = [plate(cell, 10.0), galvanostatic(0.0, [TimeLimit(1.0)], 1.0), strip(cell, [VoltageLimit(0.3, True)], 10.0)]

    def make(newton, folder):
        cell.set_initial_state()
        newton.renew()
        (tmp_path / folder).mkdir(exist_ok=True)
        return Run(
            cell=cell,
            newton=newton,
            steps=steps,
            control=StepControl(newton_tolerance=TIGHT),
            device=Device(1.0, surface_of(cell), surface_of(cell) * 10e-6),
            folder=tmp_path / folder,
            title=folder,
            fingerprint="plated",
            current_unit=J * surface_of(cell),
            checkpoint_every=5,
        )

    with newton_of(cell) as newton:
        whole = make(newton, "whole")
        expected = whole.execute(resume=False).table
        assert whole.status == "done"
        # At a checkpoint, so that both go the same way to the last digit.
        after = (len(expected) - 20) // 5 * 5
        assert expected["kind"][after] == "charge"
        stopped = make(newton, "run")
        stopped._take = Stop(after)(stopped._take)
        stopped.execute(resume=False)
        assert stopped.status == "interrupted"
        resumed = make(newton, "run")
        table = resumed.execute(resume=True).table
    assert resumed.status == "done"
    # Newton's tolerance; a checkpoint renews the Jacobian, so both go the same way.
    assert_same(*(t.dropna(axis="columns", how="all") for t in (table, expected)), 1e-10)
    assert resumed.watch.told == whole.watch.told
    assert resumed.recorder.endings == whole.recorder.endings
