"""Several ions: concentrations and fluxes of the forms against Nernst and Planck's equations in NumPy."""

import numpy as np
import pytest
import ufl
from archode.materials import Ion, IonicElectrolyte, from_binary
from archode.materials.constants import AVOGADRO, FARADAY, GAS_CONSTANT, VACUUM_PERMITTIVITY
from archode.solvers.electrolyte import nernst_planck
from archode.solvers.electrolyte.electroneutral import BinaryTransport, anion_flux, current
from archode.solvers.electrolyte.ionic import CAPS, IonicModel
from archode.studies.verification.systems import TEMPERATURE, binary_electrolyte
from dolfinx import fem

from .cells import Samples

#: Relative, of a few products and exponentials.
ROUNDING = 1e-12

#: KCl with some MgSO4, in a charged medium.
MIXTURE = (
    Ion("K+", 1, 1.957e-9, 90.0),
    Ion("Mg2+", 2, 0.706e-9, 10.0),
    Ion("Cl-", -1, 2.032e-9, 60.0),
    Ion("SO4^2-", -2, 1.065e-9, 10.0),
)
FIXED = -30.0


def model(mobility_factor=1.0, ion_size=None, polarises=True, ions=MIXTURE, first="K+", fixed=FIXED):
    """The electrolyte's model with numbers in place of a mesh's constants."""
    electrolyte = IonicElectrolyte("mixture", ions, 78.5, TEMPERATURE, mobility_factor, fixed)
    return IonicModel(electrolyte, 1e-9, TEMPERATURE, float, 1.0, polarises, first, ion_size)


class Linear:
    """Fields that are linear on [0, 1], looked at in its middle."""

    def __init__(self):
        self.samples = Samples(1)
        self.space = fem.functionspace(self.samples.mesh, ("Lagrange", 1))

    def __call__(self, value, slope):
        function = fem.Function(self.space)
        function.interpolate(lambda x: value + slope * (x[0] - 0.5))
        return function

    def values(self, *expressions):
        # As one vector: what costs is the compilation of a form.
        return self.samples.value(ufl.as_vector(expressions))


def fluxes_at(transport, values, slopes):
    """N_i where q = (μ…, φ) has the values and slopes."""
    linear = Linear()
    *mu, phi = (linear(*pair) for pair in zip(values, slopes, strict=True))
    c = nernst_planck.concentrations(transport, mu, phi)
    return linear.values(*(n[0] for n in nernst_planck.fluxes(transport, mu, c)))


def neutral(model, ln_c, slopes, phi_slope):
    """Values and slopes of q at given ln(c_i/c_i⁰), their slopes, and that of φ; φ = 0.3."""
    z = np.array(model.charges)
    return [*(np.asarray(ln_c) + z * 0.3), 0.3], [*(np.asarray(slopes) + z * phi_slope), phi_slope]


@pytest.mark.parametrize("ion_size", [None, 0.6e-9])
def test_concentrations_invert_the_potentials(ion_size):
    """μ = ln(c/c⁰) + zφ − ln(vacancy/vacancy of the bulk), in forms and arrays alike; the bulk is the bulk."""
    m = model(ion_size=ion_size)
    noise = np.random.default_rng(1)
    q = noise.normal(scale=3.0, size=(40, 5))
    q[0] = 0.0
    samples = Samples(len(q))
    *mu, phi = samples(*q.T)
    forms = nernst_planck.concentrations(m.transport, mu, phi)
    c = samples.value(ufl.as_vector(forms)).reshape(len(q), -1)
    assert c[0] == pytest.approx(m.bulk, rel=1e-15)
    assert c == pytest.approx(m.relative_contents(q) * m.bulk, rel=ROUNDING)
    filled = m.packing * c.sum(axis=1) / m.bulk.sum()
    assert np.all(filled < 1) and np.all(c > 0)
    crowding = np.log((1 - filled) / (1 - m.packing))
    found = np.log(c / m.bulk) + np.array(m.charges) * q[:, 4:] - crowding[:, None]
    # What is left of the volume may be 1e-6 of it, with that many digits fewer.
    assert found == pytest.approx(q[:, :4], abs=1e-9)
    assert m.packing == (0.0 if ion_size is None else pytest.approx(ion_size**3 * AVOGADRO * 170.0))


def test_finite_ions_fill_the_volume_and_no_more():
    m = model(ion_size=0.6e-9)
    phi = np.array([0.0, 5.0, 20.0, 60.0, -5.0, -20.0, -60.0])
    q = np.column_stack([*np.zeros((4, len(phi))), phi])
    saturation = 1 / (0.6e-9**3 * AVOGADRO)
    totals = sum(m.concentrations(q).values())
    assert np.all(totals <= saturation * (1 + ROUNDING))
    # One kind of ion is left in the end: the counter-ion of the higher charge.
    for k, ion in ((3, "SO4^2-"), (6, "Mg2+")):
        assert m.concentrations(q)[ion][k] == pytest.approx(saturation, rel=ROUNDING)
    # Point ions are far beyond that.
    assert model().concentrations(q)["SO4^2-"][2] > 1e10 * saturation


@pytest.mark.parametrize("factor", [None, 0.4])
def test_fluxes_of_point_ions(factor):
    """−D (∇c + z c ∇φ), and with a mobility factor less (1 − f) t/z of the current."""
    m = model() if factor is None else model(factor)
    ln_c, slopes, phi_slope = np.array([0.4, -1.0, 0.1, 0.7]), np.array([1.0, -2.0, 0.3, 0.8]), -1.7
    z, d = np.array(m.charges), np.array([ion.diffusivity for ion in MIXTURE]) / 2.032e-9
    c = m.bulk * np.exp(ln_c)
    free = -d * c * (slopes + z * phi_slope)
    shares = z**2 * d * c / np.sum(z**2 * d * c)
    expected = free - (1 - (factor or 1)) * shares / z * np.sum(z * free)
    found = fluxes_at(m.transport, *neutral(m, ln_c, slopes, phi_slope))
    assert found == pytest.approx(expected, rel=ROUNDING)
    # The field files' current is the sum of the fluxes.
    values, gradients = neutral(m, ln_c, slopes, phi_slope)
    written = m.current_density(np.array([values]), np.array([gradients])[:, :, None], 0.7)
    assert written[0, 0] == pytest.approx(0.7 * np.sum(z * found), rel=ROUNDING)


@pytest.mark.parametrize("factor", [0.2, 0.5, 1.0])
def test_conductivity_is_the_mobility_factor_times_nernst_and_einsteins(factor):
    m = model(factor)
    z, field = np.array(m.charges), 0.25
    found = fluxes_at(m.transport, *neutral(m, np.zeros(4), np.zeros(4), -field))
    scale = m.scales.conductivity
    assert np.sum(z * found) / field * scale == pytest.approx(m.electrolyte.conductivity, rel=ROUNDING)
    assert m.electrolyte.conductivity == pytest.approx(factor * model().electrolyte.conductivity, rel=ROUNDING)
    # Transference numbers are those of any factor.
    carried = [ion.charge**2 * ion.diffusivity * ion.concentration for ion in MIXTURE]
    assert z * found / np.sum(z * found) == pytest.approx(np.array(carried) / sum(carried), rel=ROUNDING)


def test_diffusion_without_current_knows_no_mobility_factor():
    """At the field that stops the current, f has nothing to take off."""
    ln_c, slopes = np.array([0.4, -1.0, 0.1, 0.7]), np.array([1.0, -2.0, 0.3, 0.8])
    m = model()
    z, d = np.array(m.charges), np.array([ion.diffusivity for ion in MIXTURE])
    c = m.bulk * np.exp(ln_c)
    diffusion_field = -np.sum(z * d * c * slopes) / np.sum(z**2 * d * c)
    state = neutral(m, ln_c, slopes, diffusion_field)
    free, held = (fluxes_at(model(factor).transport, *state) for factor in (1.0, 0.3))
    assert np.sum(z * free) == pytest.approx(0, abs=ROUNDING)
    assert held == pytest.approx(free, rel=ROUNDING)
    assert np.abs(free).min() > 0.01


@pytest.mark.parametrize("ion_size", [None, 0.6e-9])
def test_boltzmanns_equilibrium_has_no_flux(ion_size):
    m = model(0.4, ion_size)
    found = fluxes_at(m.transport, [0.3, -0.2, 0.5, 0.1, 2.0], [0.0, 0.0, 0.0, 0.0, 7.0])
    assert found.tolist() == [0.0] * 4


@pytest.mark.parametrize(
    ("z", "nu", "kappa"), [((1, -1), (1, 1), None), ((1, -2), (2, 1), 4.0), ((2, -1), (1, 2), 1.0)]
)
def test_a_salt_as_ions_moves_as_the_salt(z, nu, kappa):
    """From a salt's D, t₊ and measured κ: where it is neutral, the ions' fluxes are its current and anion flux."""
    salt = binary_electrolyte(z=z, nu=nu, concentration=500.0, transference_number=0.4, conductivity=kappa)
    ions = from_binary(salt)
    m = model(ions.mobility_factor, ions=ions.ions, first="M+", fixed=0.0)
    u_slope, phi_slope = 0.7, -1.3
    found = fluxes_at(m.transport, *neutral(m, [0.2, 0.2], [u_slope, u_slope], phi_slope))
    fluxes = found * m.scales.diffusivity * m.scales.concentration

    unit = FARADAY**2 * salt.diffusivity * salt.concentration / (GAS_CONSTANT * TEMPERATURE)
    t = salt.transference_number
    transport = BinaryTransport(1.0, salt.conductivity / unit, t / z[0] + (1 - t) / z[1], (1 - t) / (z[1] * nu[1]))
    linear = Linear()
    u, phi = linear(0.2, u_slope), linear(0.3, phi_slope)
    laws = linear.values(current(transport, u, phi)[0], nu[1] * anion_flux(transport, u, phi)[0])
    expected = laws * salt.diffusivity * salt.concentration
    assert [fluxes @ np.array(z), fluxes[1]] == pytest.approx(expected, rel=ROUNDING)


def test_a_porous_medium_slows_every_ion_alike():
    m = model(0.4)
    state = neutral(m, [0.4, -1.0, 0.1, 0.7], [1.0, -2.0, 0.3, 0.8], 0.5)
    free, slowed = (fluxes_at(t, *state) for t in (m.transport, nernst_planck.hindered(m.transport, 0.25)))
    assert slowed == pytest.approx(0.25 * free, rel=ROUNDING)


def test_charge_counts_mobile_and_immobile_ions():
    m = model()
    samples = Samples(2)
    q = np.array([[0.0] * 5, [0.1, -0.3, 0.2, 0.4, 1.0]])
    *mu, phi = samples(*q.T)
    found = samples.value(nernst_planck.charge_density(m.transport, nernst_planck.concentrations(m.transport, mu, phi)))
    moved = sum(ion.charge * c for ion, c in zip(MIXTURE, m.concentrations(q).values(), strict=True)) + FIXED
    assert found * m.scales.concentration == pytest.approx(moved, rel=ROUNDING, abs=1e-12)
    assert m.charge_concentration(q) == pytest.approx(moved, rel=ROUNDING, abs=1e-12)
    assert moved[0] == 0.0


def test_permittivity_is_two_squared_debye_lengths_of_the_ionic_strength():
    """ε RT/(F² I L₀²) = 2 (λ_D/L₀)²; without Poisson's equation there is none in the form."""
    m = model()
    debye = np.sqrt(78.5 * VACUUM_PERMITTIVITY * GAS_CONSTANT * TEMPERATURE / (2 * FARADAY**2 * 115.0))
    assert m.transport.permittivity == pytest.approx(2 * (debye / 1e-9) ** 2, rel=ROUNDING)
    assert m.electrolyte.debye_length == pytest.approx(debye, rel=ROUNDING)
    assert model(polarises=False).transport.permittivity is None


def test_the_ion_that_limits_comes_first():
    for first in ("K+", "SO4^2-"):
        listed = list(model(first=first).concentrations(np.zeros((1, 5))))
        assert listed[0] == first and sorted(listed) == sorted(ion.name for ion in MIXTURE)


def test_updates_count_in_concentrations_and_potential():
    """A common shift of potentials moves φ alone; a change of one μ moves ln c."""
    m = model()
    shift = 5.0 * m.level[None, :]
    assert m.update_share(shift) == pytest.approx(5.0 / CAPS[1])
    single = np.zeros((3, 5))
    single[1, 2] = -6.0
    assert m.update_share(single) == pytest.approx(6.0 / CAPS[0])
    assert m.update_share(np.zeros((0, 5))) == 0.0


def test_electrodes_add_their_ions():
    """A current of an ion brings 1/z of it; ions that nobody names are left out."""
    inflow = model().inflow({"Mg2+": 3.0, "Cl-": 2.0})
    assert inflow == {"K+": None, "Mg2+": 1.5, "Cl-": -2.0, "SO4^2-": None}
