"""Impedance: both ways of solving agree, deposits are held, the cell is given back as it was."""

import dataclasses
import math

import numpy as np
import pytest
from archode.solvers.description import DoubleLayer, Nucleation, Plating
from archode.solvers.errors import SolverError
from archode.solvers.impedance import SmallSignal
from archode.solvers.newton import Newton
from archode.solvers.scales import FARADAY, GAS_CONSTANT
from archode.studies.verification.systems import binary_electrolyte, cell_on, metal

from .cells import BAR, ELECTROLYTE, SIZES

FREQUENCIES = np.geomspace(1e-3, 1e5, 9)
CAPACITANCE, EXCHANGE = 0.2, 20.0


def spectrum(cell, newton, frequencies=FREQUENCIES, whole=None):
    with SmallSignal(cell, newton, whole) as signal:
        return np.array([point.impedance for point in signal.sweep(frequencies)])


def plated(plating):
    """Spectrum of a metal that is plated on, opposite a foil, per area [Ω m²]."""
    layer = DoubleLayer(capacitance=CAPACITANCE, cation_share=1.0)
    cathode = dataclasses.replace(metal(EXCHANGE, double_layer=layer), plating=plating)
    cell = cell_on(BAR, SIZES, binary_electrolyte(**ELECTROLYTE), metal(EXCHANGE), cathode)
    newton = Newton(cell, "direct", prefix="test_impedance_")
    try:
        return spectrum(cell, newton) * cell.area("cathode_surface") * cell.scales.length**2
    finally:
        newton.destroy()


@pytest.mark.parametrize("shape", ["planar", "bar", "stack"])
@pytest.mark.parametrize("linear", ["direct", "iterative"])
def test_the_preconditioner_changes_nothing(solved, shape, linear):
    cell, newton = solved(shape, linear=linear)
    # Both leave 1e-11 of the current or less; kinetics over slow storage amplify that at low frequencies.
    assert spectrum(cell, newton, whole=False) == pytest.approx(spectrum(cell, newton, whole=True), rel=1e-7)


def test_the_cell_is_given_back(solved):
    cell, newton = solved("planar")
    cell.galvanostatic.value = 0.0
    for number, constant in enumerate(cell.bdf):
        constant.value = number + 2.0
    for _, old, older in cell.history:
        old.x.array[:], older.x.array[:] = 0.25, 0.75
    state = [f.x.array.copy() for f in cell.unknowns]
    spectrum(cell, newton, [1.0])
    assert [float(c.value) for c in cell.bdf] == [2.0, 3.0, 4.0]
    assert (float(cell.galvanostatic.value), float(cell.deposit_inertia.value)) == (0.0, 0.0)
    assert all(np.all(old.x.array == 0.25) and np.all(older.x.array == 0.75) for _, old, older in cell.history)
    assert all(np.array_equal(f.x.array, values) for f, values in zip(cell.unknowns, state, strict=True))
    cell.galvanostatic.value = 1.0


def test_a_passive_cell(solved):
    """Re Z > 0 and Im Z ≤ 0 everywhere; Re Z falls with the frequency, as of any resistors and capacitors."""
    cell, newton = solved("stack")
    z = spectrum(cell, newton)
    assert (z.real > 0).all() and (z.imag < 1e-9 * np.abs(z)).all()
    assert (np.diff(z.real) <= 1e-9 * np.abs(z[1:])).all()


def test_a_deposit_that_covers_the_surface_is_as_good_as_a_foil():
    # 10 µm over a surface that 1 nm covers by half: 1e-4 of the metal's kinetics at most, when stripped.
    assert plated(Plating(reserve=10e-6)) == pytest.approx(plated(None), rel=1e-9)


def test_a_bare_substrate_that_awaits_nuclei_blocks():
    ground = Nucleation(contact_angle=math.radians(120), surface_energy=0.05, site_density=1e15)
    z = plated(Plating(reserve=0.0, nucleation=ground))
    reference = -1 / (2 * np.pi * FREQUENCIES * CAPACITANCE)
    # Diffusion adds a Warburg's imaginary part, which is small beside the capacitor's at low frequencies.
    assert z.imag[:3] == pytest.approx(reference[:3], rel=1e-3)
    # A metal there would let a direct current pass.
    transfer = GAS_CONSTANT * 298.15 / (FARADAY * EXCHANGE)
    assert abs(z[0]) > 1e3 * transfer


def test_a_solver_that_fails_says_at_which_frequency(solved):
    cell, newton = solved("bar")
    with SmallSignal(cell, newton, whole=False) as signal:
        signal.system.ksp.setTolerances(max_it=1)
        with pytest.raises(SolverError, match=r"impedance at 10 Hz: the linear solver left .* after 1 iterations"):
            signal.at(10.0)
