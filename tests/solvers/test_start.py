"""The state a run starts from: walls and electrodes screened by their ions, and the ways to get there."""

import dataclasses

import numpy as np
import pytest
from archode.geometry import ARCHITECTURES, MeshSizes
from archode.materials.constants import FARADAY, VACUUM_PERMITTIVITY
from archode.solvers import start
from archode.solvers.description import DoubleLayer
from archode.solvers.errors import ConvergenceError
from archode.solvers.newton import Newton
from archode.solvers.observe import Observer
from archode.studies.verification.systems import THERMAL_VOLTAGE, cell_on, metal

from .ions import MOUTH, PNP, layered_cell, salt

NM = 1e-9

#: Width of the slit [m] and charge of its walls [C/m²], 41 mol/m³ if it is spread over the slit: four times the salt.
WIDTH, WALL = 0.4 * NM, -0.0008


def slit():
    """A slit of an eighth of λ_D, thirteen λ_D long between two reservoirs."""
    shape = ARCHITECTURES["nanopore"](length=40 * NM, width=WIDTH, depth=0.5 * NM)
    sizes = MeshSizes(size=2 * NM, wall_size=0.1 * NM, growth=2.0)
    return cell_on(shape, sizes, salt(), MOUTH, MOUTH, model=PNP, wall_charge={"insulation": WALL})


@pytest.fixture
def equilibrated():
    """Brings a cell to rest; PETSc's objects are freed afterwards."""
    made = []

    def get(cell, linear="direct"):
        made.append(Newton(cell, linear, prefix=f"start{len(made)}_"))
        start.equilibrate(cell, made[-1])
        return made[-1]

    yield get
    for newton in made:
        newton.destroy()


def charges(cell):
    """Charge on surfaces and walls, and of the ions [C]."""
    scales = cell.scales
    length = scales.length
    on_walls = sum(s * cell.area(name) * length**2 for name, s in cell.description.wall_charge.items())
    on_electrodes = 0.0
    for name, surface in cell.surfaces.items():
        if surface.charge is not None:
            form = cell.compile(surface.charge * cell.domain.surface(f"{name}_surface"))
            on_electrodes += cell.domain.integrate(form) * scales.charge_density * length**2
    amounts = Observer(cell)().amounts
    z = dict(zip(cell.electrolyte.ions, cell.electrolyte.charges, strict=True))
    return on_walls + on_electrodes, FARADAY * sum(z[ion] * amount for ion, amount in amounts.items())


def potentials(cell):
    """(μ…, φ) by node, from the terminals' potential [RT/F]."""
    q = cell.q.x.array.reshape(-1, len(cell.electrolyte.components))
    return q + float(cell.potential_level.value) * cell.electrolyte.level


def test_donnan_potential_of_a_narrow_slit(equilibrated, monkeypatch):
    """A slit much narrower than λ_D takes ions as if its charge were in the volume: sinh φ = ρ/2c."""
    # The slit is 25 times as long as the cube root of its volume.
    monkeypatch.setattr(start, "LONG", 1e8)
    cell = slit()
    equilibrated(cell)
    x = cell.q.function_space.tabulate_dof_coordinates() * cell.scales.length
    middle = np.abs(x[:, 2] - 20 * NM) < 2 * NM
    assert middle.sum() > 10
    phi = potentials(cell)[middle, -1]
    donnan = np.arcsinh(2 * WALL / WIDTH / FARADAY / (2 * 10.0))
    # Across the slit φ varies by σw/4ε, which leaves the mean unchanged; the mouths' e^{−10} is less than that.
    across = abs(WALL) * WIDTH / (4 * 78.5 * VACUUM_PERMITTIVITY) / THERMAL_VOLTAGE
    assert phi == pytest.approx(donnan, abs=across)
    assert across < 0.005 < 1.0 < -donnan
    # Ions are at the reservoirs' electrochemical potential wherever they are, to 1/LONG.
    assert np.abs(potentials(cell)[:, :-1]).max() < 2e-5
    seen = Observer(cell)()
    assert abs(seen.voltage) < 2e-5 * THERMAL_VOLTAGE
    # No current is asked for; of the one that RT/F would drive, Newton leaves that.
    assert abs(seen.current) < 1e-9 * cell.thermal_current
    # Poisson's equation tested with 1: no field leaves the domain, so walls and ions together are neutral.
    held, mobile = charges(cell)
    assert seen.held_charge == pytest.approx(-held, rel=1e-12)
    # Newton stops at 1e-13 of the charge, and a little above where rounding is.
    assert mobile == pytest.approx(-held, rel=1e-10)


def test_a_thin_pore_has_time_to_settle():
    """Reservoirs fill a pore from its mouths, so its length counts."""
    cell = slit()
    start._set_long_step(cell)
    duration = cell.scales.time / float(cell.bdf[0].value)
    assert duration > 0.5 * start.LONG * (40 * NM) ** 2 / 2e-9


CHARGED = {
    "fixed charges": (DoubleLayer(surface_charge=1e-4), DoubleLayer(surface_charge=-6e-5)),
    "compact layers": (
        DoubleLayer(stern_capacitance=1e-3, potential_of_zero_charge=-0.1),
        DoubleLayer(stern_capacitance=2e-3, potential_of_zero_charge=0.08),
    ),
}


def charged_cell(layers, concentration=1e-3):
    """A closed cell of 20 λ_D, which holds ions to screen 6e-4 C/m² at λ_D = 304 nm, and as √c."""
    anode, cathode = (metal(20.0, double_layer=layer) for layer in layers)
    return layered_cell(anode, cathode, salt(concentration), lengths=20.0, first=0.1)


@pytest.mark.parametrize("case", CHARGED)
def test_electrodes_that_react_start_charged_and_at_rest(equilibrated, case):
    """A closed cell keeps its ions; what charges the electrodes reacts at them, and is over after the long step."""
    cell = charged_cell(CHARGED[case])
    before = Observer(cell)().amounts
    equilibrated(cell)
    assert cell.charged_at_rest
    held, mobile = charges(cell)
    seen = Observer(cell)()
    # Signs may cancel in the sum, so relative to the charge that is screened. Newton stops at 1e-13 of it.
    assert held + mobile == pytest.approx(0, abs=1e-10 * seen.held_charge)
    assert seen.amounts["X-"] == pytest.approx(before["X-"], rel=1e-10)
    length, duration = cell.scales.length, cell.scales.time / cell.bdf[0].value
    # Slower than diffusion along the bar is the charging by the reactions.
    assert duration > start.LONG * (20 * cell.description.electrolyte.debye_length) ** 2 / 2e-9
    on_both = 0.0
    for name, surface in cell.surfaces.items():
        law = cell.compile(surface.charge * cell.domain.surface(f"{name}_surface"))
        charge = cell.domain.integrate(law) * cell.scales.charge_density * length**2
        on_both += abs(charge)
        # No current passes the terminals: the reaction brings the charge.
        assert seen.reaction[name] == pytest.approx(-charge / duration, rel=1e-6)
    assert on_both == pytest.approx(seen.held_charge)
    # Of potentials of 1 the long step leaves one in LONG.
    mu = potentials(cell)[:, 0]
    assert np.abs(mu).max() < 2e-4
    assert abs(seen.voltage) < 2e-4 * THERMAL_VOLTAGE


def test_slow_kinetics_have_time_to_charge_the_surface(equilibrated):
    """A metal before a reservoir of its own ion is at 0 V at rest, whatever its potential of zero charge."""
    layer = DoubleLayer(stern_capacitance=0.2, potential_of_zero_charge=-0.05)
    cell = layered_cell(MOUTH, metal(20.0, double_layer=layer), lengths=10.0)
    equilibrated(cell)
    assert abs(cell.voltage) < 1e-3 * THERMAL_VOLTAGE


def test_nanometres_of_a_concentrated_salt(equilibrated):
    """λ_D = 0.96 nm; the salt of 20 λ_D could screen 0.19 C/m²."""
    cell = charged_cell((DoubleLayer(surface_charge=0.05), DoubleLayer(surface_charge=-0.03)), 100.0)
    equilibrated(cell)
    held, mobile = charges(cell)
    assert held + mobile == pytest.approx(0, abs=1e-8 * Observer(cell)().held_charge)


def test_nothing_happens_where_nothing_is_charged(monkeypatch):
    cell = layered_cell(*(metal(20.0, double_layer=DoubleLayer(stern_capacitance=0.2)) for _ in range(2)))
    cell.bdf[0].value = 3.0
    # Not even a solver is needed.
    start.equilibrate(cell, None)
    assert cell.bdf[0].value == 3.0
    for function in cell.unknowns:
        assert np.all(function.x.array == 0.0)
    # The electroneutral limit has charges of interface laws alone.
    neutral = layered_cell(
        *(metal(20.0, double_layer=DoubleLayer(stern_capacitance=0.2, potential_of_zero_charge=0.1)) for _ in "ac"),
        model="electroneutral",
    )
    start.equilibrate(neutral, None)
    assert np.all(neutral.q.x.array == 0.0)


# ---------------------------------------------------------------------- the way there
class Walk:
    """Follows a solver that fails for a goal too far from where it is."""

    def __init__(self, reach):
        self.reach, self.at, self.good, self.goals = reach, 0.0, 0.0, []

    def solve_at(self, goal):
        self.goals.append(goal)
        done = goal - self.at <= self.reach(self.at) + 1e-12
        self.at = goal
        return done

    def restore(self):
        self.at = self.good

    def keep(self):
        self.good = self.at

    def follow(self):
        return start.follow(self.solve_at, self.restore, self.keep)


def test_one_solve_where_it_works():
    walk = Walk(lambda at: 1.0)
    assert walk.follow() and walk.goals == [1.0] and walk.good == 1.0


def test_parts_halve_after_a_failure_and_double_after_success():
    walk = Walk(lambda at: 0.3 if at < 0.5 else 1.0)
    assert walk.follow()
    # 1, ½ fail; ¼; then ½ fails, ¼ more; ½ more is the rest.
    assert walk.goals == [1.0, 0.5, 0.25, 0.75, 0.5, 1.0]
    assert walk.good == 1.0


def test_it_gives_up_where_parts_become_too_small():
    walk = Walk(lambda at: 1.0 if at < 0.25 else 0.0)
    walk.reach = lambda at: 0.25 - at
    assert not walk.follow()
    assert walk.good == 0.25 and walk.at == 0.25
    # 2⁻¹ to the last part that is not below the smallest.
    last = walk.goals[-1] - 0.25
    assert start.SMALLEST_PART <= last < 2 * start.SMALLEST_PART


class Hindered:
    """Newton's method that fails on purpose; counts what it was asked for."""

    def __init__(self, newton, cell, fails):
        self.newton, self.cell, self.fails, self.asked = newton, cell, fails, []
        self.solve_for_real = newton.solve
        newton.solve = self.solve

    def solve(self, *tolerances):
        share = float(self.cell.charge_share.value)
        stretch = float(self.cell.electrolyte.transport.permittivity.value) / self.cell.electrolyte.permittivity
        self.asked.append((share, stretch))
        report = self.solve_for_real(*tolerances)
        if not self.fails(len(self.asked), share, stretch):
            return report
        # What a failed solve leaves behind is worth nothing.
        for function in self.cell.unknowns:
            function.x.array[:] = 1e3
        return dataclasses.replace(report, converged=False)


@pytest.fixture
def hindered():
    """A closed cell with charged electrodes whose Newton fails as told, and the state it should come to."""
    cell = charged_cell(CHARGED["fixed charges"])
    made = []

    def get(fails):
        newton = Newton(cell, "direct", prefix=f"hindered{len(made)}_")
        made.append(newton)
        cell.set_initial_state()
        start.equilibrate(cell, newton)
        expected = potentials(cell)
        cell.set_initial_state()
        return Hindered(newton, cell, fails), expected

    yield get
    for newton in made:
        newton.destroy()


def assert_at(cell, expected):
    # Newton stops at 1e-13 of the charge; a direct solver's errors may be some hundred times that in a potential.
    assert potentials(cell) == pytest.approx(expected, abs=1e-9)
    assert cell.charge_share.value == cell.old_charge_share.value == 1.0
    assert cell.electrolyte.transport.permittivity.value == cell.electrolyte.permittivity


def test_the_charge_is_raised_in_parts_where_one_step_fails(hindered):
    walk, expected = hindered(lambda count, share, stretch: count == 1)
    start.equilibrate(walk.cell, walk.newton)
    assert [share for share, _ in walk.asked] == [1.0, 0.5, 1.0]
    assert {stretch for _, stretch in walk.asked} == {1.0}
    assert_at(walk.cell, expected)


def test_where_the_charge_cannot_be_raised_the_debye_length_is_shortened(hindered):
    """From a hundred Debye lengths, in which any charge leaves potentials small, to one."""
    walk, expected = hindered(lambda count, share, stretch: stretch < 10.0 and not (stretch == 1.0 and walked(walk)))

    def walked(walk):
        return any(1.0 < stretch < start.STRETCH for _, stretch in walk.asked)

    start.equilibrate(walk.cell, walk.newton)
    charged = [share for share, stretch in walk.asked if stretch == 1.0][:-1]
    assert min(charged) < 2 * start.SMALLEST_PART
    shortened = [stretch for _, stretch in walk.asked[len(charged) :]]
    # First straight to 1, which fails; then half of the way in its logarithm.
    assert shortened[0] == pytest.approx(start.STRETCH**0.5)
    assert shortened[-1] == 1.0
    assert all(share == 1.0 for share, stretch in walk.asked if stretch > 1.0)
    assert_at(walk.cell, expected)


def test_no_equilibrium_is_explained(hindered):
    walk, _ = hindered(lambda *_: True)
    with pytest.raises(ConvergenceError) as caught:
        start.equilibrate(walk.cell, walk.newton)
    error = caught.value
    assert (error.time, error.step, error.protocol_step) == (0.0, 0, 0)
    assert "no equilibrium was found between the electrolyte and its charged surfaces" in str(error)
    for advice in ("a smaller surface charge", "potential of zero charge", "a finer mesh"):
        assert advice in error.advice
    assert error.field in walk.newton.rows
    # Both ways were tried, and the equations are as they were.
    assert min(share for share, _ in walk.asked) < 2 * start.SMALLEST_PART
    assert max(stretch for _, stretch in walk.asked) > start.STRETCH**0.99
    assert walk.cell.electrolyte.transport.permittivity.value == walk.cell.electrolyte.permittivity
