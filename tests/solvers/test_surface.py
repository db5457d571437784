"""The laws of an electrode's surface, in SI against their formulas; what cannot be is refused with a reason."""

import dataclasses

import numpy as np
import pytest
import ufl
from archode.geometry import ARCHITECTURES, MeshSizes
from archode.materials import Ion, IonicElectrolyte
from archode.materials.constants import FARADAY, VACUUM_PERMITTIVITY
from archode.solvers.description import CellDescription, DoubleLayer, Electrode, Separator
from archode.solvers.drive import TimeLimit
from archode.solvers.electrolyte.binary import BinaryModel
from archode.solvers.electrolyte.ionic import IonicModel
from archode.solvers.errors import SolverError
from archode.solvers.stepping import StepControl
from archode.solvers.surface import RESERVOIR, State, Surface
from archode.studies.verification.systems import (
    TEMPERATURE,
    THERMAL_VOLTAGE,
    binary_electrolyte,
    cell_on,
    galvanostatic,
    insertion,
    metal,
    run,
)
from scipy.optimize import brentq

from .cells import PLANAR, SIZES, Samples
from .ions import MOUTH, PNP, layered_cell, salt

#: Relative, of a few products and exponentials.
ROUNDING = 1e-12

#: Potentials count from here [RT/F].
LEVEL = 0.4

#: Leading coefficients of BDF2.
BDF = (1.5, -2.0, 0.5)

#: M+, a second cation and two anions.
MIXTURE = (Ion("M+", 1, 1e-9, 30.0), Ion("K+", 1, 2e-9, 40.0), Ion("X-", -1, 2e-9, 50.0), Ion("Y-2", -2, 1e-9, 10.0))


def mixture(ions=MIXTURE, fixed=0.0):
    return IonicElectrolyte("mixture", ions, 78.5, TEMPERATURE, 1.0, fixed)


def model_of(electrolyte, polarises):
    """An electrolyte's model with numbers in place of a mesh's constants, L₀ = 1 nm."""
    if not isinstance(electrolyte, IonicElectrolyte):
        return BinaryModel(electrolyte, 1e-9, TEMPERATURE, float)
    return IonicModel(electrolyte, 1e-9, TEMPERATURE, float, 1.0, polarises, electrolyte.ions[0].name)


class Bench:
    """One surface outside of any cell: states by number, values of its laws in SI."""

    def __init__(self, electrode, electrolyte, model="electroneutral", share=1.0):
        description = CellDescription(electrolyte, electrode, MOUTH, TEMPERATURE, model=model)
        self.model = model_of(electrolyte, model == PNP)
        self.scales = self.model.scales
        self.samples = Samples(1)
        self.states = []
        count = len(self.model.components)
        for _ in range(3):
            # Older states are another one's; they start at rest.
            *q, theta, psi, terminal = self.samples(*[0.0] * (count + 3))
            self.states.append(State(q, theta, psi, terminal))
        args = (LEVEL, BDF, 7.0, share, share, float)
        self.surface = Surface("anode", description, self.model, tuple(self.states), *args)

    def put(self, q, theta=0.5, psi=0.0, terminal=0.0, state=0):
        """Set a state's values; those that the laws share are dimensionless."""
        target = self.states[state]
        variables = [*target.q, target.theta, target.psi, target.terminal]
        for variable, value in zip(variables, [*q, theta, psi, terminal], strict=True):
            variable.ufl_operands[0].x.array[:] = value

    def currents(self):
        """Reaction, charging and total current density, and the ions' parts of it [A/m²]."""
        surface = self.surface
        forms = {"reaction": surface.reaction, "charging": surface.charging, "total": surface.current}
        forms = {key: form for key, form in (forms | surface.ion_currents).items() if form is not None}
        found = self.samples.value(ufl.as_vector(list(forms.values())))
        return dict(zip(forms, found * self.scales.current_density, strict=True))

    def charge(self):
        """C/m²."""
        law = self.surface.charge
        return (law if isinstance(law, float) else self.samples.value(law)[0]) * self.scales.charge_density


def capacitive(cation_share, exchange_current_density=3.0):
    """A porous capacitor's outer face."""
    electrode = insertion(0.5, exchange_current_density=exchange_current_density)
    material = dataclasses.replace(electrode.material, reversible=True, cation_share=cation_share)
    return dataclasses.replace(electrode, material=material)


# ---------------------------------------------------------------------- what reacts
@pytest.mark.parametrize(("z", "alphas"), [(1, (0.3, 0.7)), (2, (0.8, 1.2))])
def test_frumkins_correction(z, alphas):
    """With a solved layer, c and φ are those behind the compact layer: j = i₀ (e^{αa Δφ} − (c/c₀) e^{−αc Δφ})."""
    ions = (Ion("M+", z, 1e-9, 30.0), Ion("X-", -1, 2e-9, 30.0 * z))
    electrode = metal(5.0, transfer_coefficients=alphas, ion_charge=z, double_layer=DoubleLayer(stern_capacitance=0.2))
    bench = Bench(electrode, mixture(ions), PNP)
    mu, phi, solid = 0.8, -1.7, 0.6
    bench.put([mu, -0.3, phi], terminal=solid)
    drop = solid - phi - LEVEL
    local = np.exp(mu - z * phi)
    expected = 5.0 * (np.exp(alphas[0] * drop) - local * np.exp(-alphas[1] * drop))
    found = bench.currents()
    assert found["reaction"] == pytest.approx(expected, rel=ROUNDING)
    # The reaction alone carries ions; charge stays on the metal.
    assert found["M+"] == found["reaction"] and "X-" not in found
    assert bench.charge() == pytest.approx(0.2 * drop * THERMAL_VOLTAGE, rel=ROUNDING)


def test_a_reversible_face_is_a_resistance():
    """j = i₀ η, whatever the concentration; η from U(θ), which falls by 0.5 V over θ."""
    bench = Bench(capacitive(1.0), mixture())
    mu, theta, psi, terminal = 0.8, 0.7, 1.9, 2.5
    for other in (0.0, 3.0):
        bench.put([mu, other, -other, 0.0, 0.2], theta, psi, terminal)
        open_circuit = -0.5 * (theta - 0.5) / THERMAL_VOLTAGE
        eta = psi + terminal - mu - LEVEL - open_circuit
        assert bench.currents()["reaction"] == pytest.approx(3.0 * eta, rel=ROUNDING)


@pytest.mark.parametrize("share", [1.0, 0.6, 0.0])
def test_a_current_is_split_among_cation_and_anions(share):
    """The rest goes to the ions of the other sign by z²c: 50 and 4·10 of 90."""
    bench = Bench(capacitive(share), mixture())
    bench.put([0.3, 0.0, 0.0, 0.0, 0.0], terminal=2.0)
    found = bench.currents()
    total = found["reaction"]
    expected = {"M+": share, "X-": (1 - share) * 5 / 9, "Y-2": (1 - share) * 4 / 9}
    parts = {ion: found[ion] / total for ion in expected if ion in found}
    assert parts == pytest.approx({ion: part for ion, part in expected.items() if part}, rel=ROUNDING)
    assert total != 0.0 and "K+" not in found


# ---------------------------------------------------------------------- what is held
def test_a_constant_capacitance_charges_from_its_potential_of_zero_charge():
    layer = DoubleLayer(capacitance=0.15, potential_of_zero_charge=-0.08, cation_share=0.25)
    bench = Bench(metal(5.0, double_layer=layer), mixture())
    solids = (2.0, 1.5, -0.5)
    for k, solid in enumerate(solids):
        bench.put([0.0, 0.0, 0.0, 0.0, 0.1], terminal=solid, state=k)
    charges = [0.15 * ((solid - 0.1 - LEVEL) * THERMAL_VOLTAGE + 0.08) for solid in solids]
    assert bench.charge() == pytest.approx(charges[0], rel=ROUNDING)
    found = bench.currents()
    rate = sum(a * q for a, q in zip(BDF, charges, strict=True)) / bench.scales.time
    assert found["charging"] == pytest.approx(rate, rel=ROUNDING)
    assert found["total"] == pytest.approx(found["reaction"] + rate, rel=ROUNDING)
    assert found["M+"] == pytest.approx(found["reaction"] + 0.25 * rate, rel=ROUNDING)
    assert found["X-"] == pytest.approx(0.75 * 5 / 9 * rate, rel=ROUNDING)


def test_gouy_chapman_stern_in_si():
    """C_S (E − ζ) = √(2εRT Σ c (e^{−zζ} − 1)) with the local concentrations; its ions bring the change of charge."""
    layer = DoubleLayer(stern_capacitance=0.2, potential_of_zero_charge=0.05)
    bench = Bench(Electrode(double_layer=layer), mixture())
    phi, solid = 0.1, -3.0
    ln_c = np.full(4, np.log(0.6))
    z, c = np.array(bench.model.charges), 0.6 * np.array(mixture().concentrations)
    bench.put([*(ln_c + z * phi), phi], terminal=solid)
    epsilon = 78.5 * VACUUM_PERMITTIVITY

    def grahame(zeta):
        excess = np.sum(c * np.expm1(-z * zeta / THERMAL_VOLTAGE))
        return np.sign(zeta) * np.sqrt(2 * epsilon * FARADAY * THERMAL_VOLTAGE * excess)

    e = (solid - phi - LEVEL) * THERMAL_VOLTAGE - 0.05
    zeta = brentq(lambda x: 0.2 * (e - x) - grahame(x), e, 0.0, xtol=1e-300, rtol=1e-15)
    # Six iterations of Newton leave 1e-12 of ζ.
    assert bench.charge() == pytest.approx(grahame(zeta), rel=1e-11)
    found = bench.currents()
    assert "reaction" not in found and found["total"] == found["charging"]
    excess = z * c * np.expm1(-z * zeta / THERMAL_VOLTAGE)
    parts = [found[ion.name] / found["total"] for ion in MIXTURE]
    assert parts == pytest.approx(excess / excess.sum(), rel=1e-9)


def test_a_solved_layer_without_compact_part_pins_the_potential():
    """A capacitance a million times the diffuse layer's stands for none."""
    electrolyte = mixture()
    bench = Bench(Electrode(double_layer=DoubleLayer()), electrolyte, PNP)
    bench.put([0.0] * 4 + [-LEVEL - 1.0])
    diffuse = 78.5 * VACUUM_PERMITTIVITY / electrolyte.debye_length
    # √ε is √2 of the diffuse layer's capacitance, in the model's units.
    assert bench.charge() == pytest.approx(1e6 * np.sqrt(2) * diffuse / 2 * THERMAL_VOLTAGE, rel=1e-9)


def test_a_share_of_the_charge_is_that_share():
    """What the start raises in parts: the charge at the potential of zero charge, and a fixed charge."""
    rest = [0.0] * 4 + [-LEVEL]
    for layer, whole in (
        (DoubleLayer(stern_capacitance=0.2, potential_of_zero_charge=0.1), -0.02),
        (DoubleLayer(surface_charge=0.03), 0.03),
    ):
        for share in (1.0, 0.25):
            bench = Bench(metal(double_layer=layer), mixture(), PNP, share)
            bench.put(rest)
            assert bench.charge() == pytest.approx(share * whole, rel=ROUNDING)


@pytest.mark.parametrize(
    ("electrode", "charged"),
    [
        (metal(), False),
        (metal(double_layer=DoubleLayer(stern_capacitance=0.2)), False),
        (metal(double_layer=DoubleLayer(stern_capacitance=0.2, potential_of_zero_charge=0.0)), False),
        (metal(double_layer=DoubleLayer(stern_capacitance=0.2, potential_of_zero_charge=0.1)), True),
        (insertion(0.5), False),
        (dataclasses.replace(insertion(0.5), double_layer=DoubleLayer(potential_of_zero_charge=0.25)), False),
        (dataclasses.replace(insertion(0.5), double_layer=DoubleLayer(potential_of_zero_charge=0.0)), True),
        (metal(double_layer=DoubleLayer(surface_charge=0.0)), False),
        (metal(double_layer=DoubleLayer(surface_charge=-0.01)), True),
        (MOUTH, False),
    ],
)
def test_what_is_charged_at_rest(electrode, charged):
    """An insertion material rests at U(½) = 0.25 V, a metal at 0."""
    assert Bench(electrode, mixture(), PNP).surface.charged_at_rest is charged


def test_a_reservoir_lets_every_ion_through():
    """Currents z (z φ_s − μ) through a thin mouth; none where every ion is at its bulk potential."""
    bench = Bench(MOUTH, mixture())
    z = np.array(bench.model.charges)
    mu, terminal = np.array([0.2, -0.1, 0.4, 0.0]), 1.5
    bench.put([*mu, 0.0], terminal=terminal)
    found = bench.currents()
    expected = RESERVOIR / 7.0 * z * (z * terminal - mu - z * LEVEL) * bench.scales.current_density
    assert [found[ion.name] for ion in MIXTURE] == pytest.approx(expected, rel=ROUNDING)
    assert found["total"] == pytest.approx(expected.sum(), rel=ROUNDING)
    bench.put([*(z * (terminal - LEVEL)), 0.0], terminal=terminal)
    # Rounding of potentials of 1, times the mouth's conductance.
    assert np.abs(list(bench.currents().values())).max() < 1e-14 * RESERVOIR * bench.scales.current_density


# ---------------------------------------------------------------------- in a cell
@pytest.mark.parametrize(("share", "gained"), [(0.0, -1.0), (1.0, 0.0)])
def test_anions_taken_up_leave_the_salt(share, gained):
    """Charging a film that takes anions beside a metal that plates cations uses up salt, Q/F of it."""
    film = dataclasses.replace(insertion(0.8, diffusivity=1e-12), stoichiometry=0.8)
    material = dataclasses.replace(film.material, reversible=True, cation_share=share)
    planar = dataclasses.replace(PLANAR, anode_thickness=0.0)
    electrolyte = binary_electrolyte(diffusivity=5e-10, transference_number=0.3)
    cell = cell_on(planar, SIZES, electrolyte, metal(20.0), dataclasses.replace(film, material=material))
    before = 1000.0 * cell.volume("electrolyte") * cell.scales.length**3
    current = 20.0 * cell.area("cathode_surface") * cell.scales.length**2
    steps = list(run(cell, [galvanostatic(current, [TimeLimit(2.0)], 2.0)], current, StepControl(tolerance=1e-2)))
    salt_gained = steps[-1].observation.amounts["salt"] - before
    # Newton stops at 1e-9 of the current.
    moved = 2.0 * current / FARADAY
    assert salt_gained == pytest.approx(gained * moved, abs=1e-8 * moved)


# ---------------------------------------------------------------------- refusals
STERN, CONSTANT = DoubleLayer(stern_capacitance=0.2), DoubleLayer(capacitance=0.1)
REFUSED = {
    "nothing reacts": (Electrode(), "electroneutral", "nothing reacts at the anode.*no current can pass"),
    "nothing reacts, solved": (Electrode(), PNP, "nothing reacts at the anode.*no current can pass"),
    "reservoir with a layer": (
        Electrode(reservoir=True, double_layer=STERN),
        PNP,
        "anode is a reservoir, which has no double layer",
    ),
    "nothing reacts at a fixed charge": (
        Electrode(double_layer=DoubleLayer(surface_charge=0.01)),
        PNP,
        "nothing reacts at the anode and its charge is fixed",
    ),
    "charge with a capacitance": (
        metal(double_layer=DoubleLayer(surface_charge=0.01, stern_capacitance=0.2)),
        PNP,
        "anode's charge is fixed; it cannot have a capacitance",
    ),
    "charge, electroneutral": (
        metal(double_layer=DoubleLayer(surface_charge=0.01)),
        "electroneutral",
        "anode has a fixed surface charge, which only poisson-nernst-planck sees",
    ),
    "capacitance, solved": (
        metal(double_layer=CONSTANT),
        PNP,
        "solves for the diffuse layer; give the anode a stern_capacitance instead",
    ),
    "no capacitance, electroneutral": (
        metal(double_layer=DoubleLayer()),
        "electroneutral",
        "anode's double layer needs a capacitance or a stern_capacitance",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_surfaces_that_cannot_be(case):
    electrode, model, message = REFUSED[case]
    with pytest.raises(SolverError, match=message):
        Bench(electrode, mixture(), model)


def test_an_ion_that_is_missing():
    without = mixture((Ion("K+", 1, 1e-9, 30.0), Ion("X-", -1, 2e-9, 30.0)))
    with pytest.raises(SolverError, match=r"anode verification metal exchanges M\+: .* its ions are K\+, X-"):
        Bench(metal(), without)


def test_a_share_for_ions_that_do_not_move():
    """A single-ion conductor's anions cannot bring any charge."""
    single = mixture((Ion("M+", 1, 1e-9, 30.0),), -30.0)
    with pytest.raises(SolverError, match="anode needs an ion of the other sign"):
        Bench(capacitive(0.5), single)
    assert Bench(capacitive(1.0), single).surface.ion_currents.keys() == {"M+"}


def test_a_separator_has_no_diffuse_layers():
    stack = ARCHITECTURES["stack"](
        electrolyte_thickness=10e-6, cathode_thickness=1e-6, separator_thickness=4e-6, width=4e-6
    )
    arguments = (stack, MeshSizes(size=4e-6), salt(), metal(), insertion(0.5))
    with pytest.raises(SolverError, match=r"separator is taken as homogeneous.*electroneutral model"):
        cell_on(*arguments, separator=Separator(0.4, 2.0), model=PNP)
    with pytest.raises(SolverError, match="region 'separator': give its porosity and tortuosity"):
        cell_on(*arguments)


def test_an_unknown_wall_is_named_with_those_there_are():
    with pytest.raises(
        SolverError, match="no boundary 'membrane' to carry a charge; it has anode_surface, cathode_surface, outer"
    ):
        layered_cell(MOUTH, MOUTH, wall_charge={"membrane": -0.01})
