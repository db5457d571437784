"""Electroneutral transport in the dilute limit is Nernst–Planck of the single ions."""

import numpy as np
import pytest
from archode.materials import load_material
from archode.materials.electrolyte import electrolyte_at
from archode.materials.transport import (
    ambipolar_diffusivity,
    nernst_einstein_conductivity,
    transference_number,
)
from archode.solvers.electrolyte.electroneutral import BinaryTransport, anion_flux, current
from archode.studies.verification.systems import TEMPERATURE, binary_electrolyte, cell_on, metal
from dolfinx import fem

from .cells import BAR, SIZES, Samples

#: z, ν, ionic diffusivities [m²/s]: KCl-like, K2SO4, MgCl2-like.
SALTS = {
    "1:1": ((1, -1), (1, 1), (1.957e-9, 2.032e-9)),
    "K2SO4": ((1, -2), (2, 1), (1.957e-9, 1.065e-9)),
    "MX2": ((2, -1), (1, 2), (0.706e-9, 2.032e-9)),
}


@pytest.mark.parametrize("salt", SALTS)
def test_dilute_limit_is_nernst_planck(salt):
    z, nu, D = SALTS[salt]
    c0 = 500.0
    diffusivity = ambipolar_diffusivity(*z, *D)
    conductivity = nernst_einstein_conductivity(z, D, [n * c0 for n in nu], TEMPERATURE)
    electrolyte = binary_electrolyte(
        z=z,
        nu=nu,
        concentration=c0,
        diffusivity=diffusivity,
        transference_number=transference_number(*z, *D),
        conductivity=conductivity,
    )
    # The coefficients as the cell makes them, dimensionless.
    cell = cell_on(BAR, SIZES, electrolyte, metal(), metal())
    parts = vars(cell.electrolyte.transport).items()
    transport = BinaryTransport(**{name: float(constant.value) for name, constant in parts})

    samples = Samples(1)
    space = fem.functionspace(samples.mesh, ("Lagrange", 1))
    u, phi = fem.Function(space), fem.Function(space)
    u_slope, phi_slope = 0.7, -1.3
    u.interpolate(lambda x: 0.2 + u_slope * x[0])
    phi.interpolate(lambda x: phi_slope * x[0])
    found_i, found_n = (samples.value(law(transport, u, phi)[0])[0] for law in (current, anion_flux))

    # Nernst–Planck at the middle, in units of D0 c0/L: N_i = −D_i (∇c_i + z_i c_i ∇φ), c_i = ν_i c
    c = np.exp(0.2 + u_slope / 2)
    flux = [-d / diffusivity * n * c * (u_slope + q * phi_slope) for d, n, q in zip(D, nu, z, strict=True)]
    assert found_i == pytest.approx(z[0] * flux[0] + z[1] * flux[1], rel=1e-12)
    assert found_n == pytest.approx(flux[1] / nu[1], rel=1e-12)


def test_zero_current_leaves_ambipolar_diffusion():
    """With ∇φ = −s ∇u (the diffusion potential) both ions move together with the salt's diffusivity."""
    transport = BinaryTransport(0.8, 5.0, 0.3 / 1 + 0.7 / -2, -0.35)
    samples = Samples(1)
    space = fem.functionspace(samples.mesh, ("Lagrange", 1))
    u, phi = fem.Function(space), fem.Function(space)
    u.interpolate(lambda x: x[0])
    phi.interpolate(lambda x: -transport.diffusion_potential * x[0])
    assert samples.value(current(transport, u, phi)[0])[0] == pytest.approx(0.0, abs=1e-14)
    assert samples.value(anion_flux(transport, u, phi)[0])[0] == pytest.approx(-0.8 * np.exp(0.5), rel=1e-12)


def test_library_electrolyte_keeps_its_measured_conductivity():
    electrolyte = electrolyte_at(load_material("K2SO4_aq_0.5M"), TEMPERATURE, {})
    cell = cell_on(BAR, SIZES, electrolyte, metal(), metal())
    kappa = float(cell.electrolyte.transport.conductivity.value) * cell.scales.conductivity
    assert kappa == pytest.approx(electrolyte.conductivity, rel=1e-12)
    assert cell.scales.time == pytest.approx(1e-12 / electrolyte.diffusivity)
