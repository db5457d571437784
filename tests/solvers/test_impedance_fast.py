"""Fast kinetics, single-ion conductors and diffuse layers: spectra that are right, or say that they are not."""

import dataclasses
import logging

import numpy as np
import pytest
from archode.geometry import MeshSizes
from archode.materials import Ion, IonicElectrolyte
from archode.solvers import impedance, impedance_systems
from archode.solvers.description import DoubleLayer, Electrode
from archode.solvers.impedance import SmallSignal
from archode.solvers.impedance_checks import check_spectrum
from archode.solvers.ohmic_limit import dielectric_frequency, ohmic_limit
from archode.studies.verification.systems import (
    TEMPERATURE,
    THERMAL_VOLTAGE,
    bar_cell,
    binary_electrolyte,
    cell_on,
    insertion,
    metal,
    newton_of,
)

from .cells import ELECTROLYTE, FINGERS, GOLD, SIZES
from .ions import PNP, layered_cell

GAP, KAPPA = 5e-6, 1e-3
FREQUENCIES = np.geomspace(1e7, 1e-3, 11)
DENSE = np.geomspace(1e7, 1e-3, 61)
STERN = DoubleLayer(stern_capacitance=0.2)


def glass(concentration=10_800.0):
    """A single-ion conductor such as LiPON."""
    diffusivity = KAPPA * THERMAL_VOLTAGE / (96485.33212 * concentration)
    ion = Ion("M+", 1, diffusivity, concentration)
    return IonicElectrolyte("glass", (ion,), 16.6, TEMPERATURE, fixed_charge=-concentration)


def glass_cell(exchange, layer=None):
    kinetics = metal(exchange, double_layer=layer)
    return bar_cell(GAP, MeshSizes(size=2e-6, interface_size=1e-6), glass(), kinetics, kinetics, width=2e-6)


def fingers(electrolyte, exchange):
    host = insertion(0.5, diffusivity=1e-12, exchange_current_density=exchange)
    host = dataclasses.replace(host, collector=GOLD)
    return cell_on(FINGERS, SIZES, electrolyte, host, host)


def area(cell):
    return cell.area("cathode_surface") * cell.scales.length**2


def checked(cell, frequencies, whole=None, linear="direct"):
    """Points of a spectrum, its checks, the limits [Ω m²] and the impedance [Ω m²]."""
    with newton_of(cell, linear) as newton, SmallSignal(cell, newton, whole) as signal:
        points = list(signal.sweep(frequencies))
        limit = ohmic_limit(signal)
    checks = check_spectrum(points, limit, dielectric_frequency(cell))
    return points, checks, np.array([point.impedance for point in points]) * area(cell)


@pytest.mark.parametrize("exchange", [1.0, 1e3, 1e6, 1e9, 1e11])
@pytest.mark.parametrize("whole", [True, False])
def test_a_single_ion_conductor_between_metals_is_a_resistor(exchange, whole):
    points, checks, z = checked(glass_cell(exchange), FREQUENCIES, whole)
    exact = GAP / KAPPA + 2 * THERMAL_VOLTAGE / exchange
    # Rounding of i0 F/(RT) beside κ/L: 1e-5 at 1e11 A/m².
    assert np.abs(z / exact - 1).max() < 1e-4
    assert not checks.warnings
    assert max(point.residual for point in points) < 1e-13


def test_the_uncertainty_is_that_of_rounding():
    """Of kinetics so fast that their rounding is felt, it is the error's order of magnitude, and tells of it."""
    _, checks, z = checked(glass_cell(1e14), FREQUENCIES)
    error = np.abs(z / (GAP / KAPPA) - 1).max()
    assert 1e-3 < error < 30 * checks.uncertainty.value < 1e3 * error
    assert "rounding makes Z uncertain" in checks.warnings[0]


def test_a_mass_with_rounding_of_the_kinetics_in_it_is_noticed(monkeypatch):
    """What the difference of J(1) and J(0) gave: a cell shorted by 1e-16 of its kinetics, times ω."""
    monkeypatch.setattr(impedance, "HUGE_RATE", 1.0)
    _, checks, z = checked(glass_cell(1e9), DENSE)
    assert z[0].real < 0.1 * GAP / KAPPA
    assert any("below the resistance at infinite frequency" in warning for warning in checks.warnings)


@pytest.mark.parametrize("electrolyte", ["binary", "glass"])
def test_fingers_with_fast_kinetics_are_no_coil(electrolyte):
    electrolyte = glass() if electrolyte == "glass" else binary_electrolyte(**ELECTROLYTE)
    _, checks, z = checked(fingers(electrolyte, 1e11), DENSE)
    # Beside the storage of an electrode, |Z| = 0.1 Ω m² at 1 mHz, fast kinetics leave 1e-3 of rounding.
    assert (z.imag <= 1e-5 * np.abs(z)).all()
    assert checks.kramers_kronig.worst < 1e-3
    assert not checks.warnings


@pytest.mark.parametrize("exchange", [10.0, 1e9])
@pytest.mark.parametrize("kind", ["metals", "blocking", "glass"])
def test_diffuse_layers_by_iteration(exchange, kind):
    if kind == "glass":
        cell = layered_cell(metal(exchange, double_layer=STERN), metal(exchange, double_layer=STERN), glass())
    else:
        cathode = Electrode(double_layer=STERN) if kind == "blocking" else metal(exchange, double_layer=STERN)
        cell = layered_cell(metal(exchange, double_layer=STERN), cathode, lengths=40.0)
    frequencies = np.geomspace(1e9, 1.0, 10)
    _, _, whole = checked(cell, frequencies, True)
    points, checks, iterated = checked(cell, frequencies, False, "iterative")
    # Both leave 1e-11 of the current; at low frequencies the capacitors amplify that.
    assert np.abs(iterated / whole - 1).max() < 1e-6
    assert max(point.iterations for point in points) < 25
    assert not checks.warnings


@pytest.mark.parametrize("host", [False, True])
def test_where_iteration_fails_a_factorisation_takes_over(host, caplog):
    electrolyte = binary_electrolyte(**ELECTROLYTE)
    cathode = insertion(0.5, diffusivity=1e-12, exchange_current_density=1e9) if host else metal(1e11)
    cell = bar_cell(20e-6, SIZES, electrolyte, metal(1e9), cathode, film=2e-6)
    frequencies = np.geomspace(1e5, 1e-2, 8)
    _, _, whole = checked(cell, frequencies, True)
    with caplog.at_level(logging.WARNING):
        _, checks, iterated = checked(cell, frequencies, False, "iterative")
    assert caplog.text.count("from here on the Jacobian is factorised") == 1
    # Rounding of the kinetics over the storage of the film.
    assert np.abs(iterated / whole - 1).max() < 1e-6
    assert not checks.warnings


def test_beyond_its_size_nothing_is_factorised(monkeypatch):
    monkeypatch.setattr(impedance_systems, "FACTORISED_LIMIT", 10)
    cell = bar_cell(20e-6, SIZES, binary_electrolyte(**ELECTROLYTE), metal(1e9), metal(1e11))
    with newton_of(cell, "iterative") as newton, SmallSignal(cell, newton, False) as signal:
        assert not signal.system.can_factorise


class TestOhmicLimit:
    """Resistances at frozen contents."""

    @pytest.mark.parametrize("exchange", [1.0, 1e3])
    def test_kinetics_without_a_double_layer_stay(self, exchange):
        _, checks, z = checked(glass_cell(exchange), [1e3])
        cell_area = 4e-12
        # A short is 1e8 times as good as the electrolyte across its own size.
        assert checks.limit.shorted * cell_area == pytest.approx(GAP / KAPPA, rel=1e-6)
        assert checks.limit.infinite * cell_area == pytest.approx(z[0].real, rel=1e-6)
        assert checks.limit.infinite * cell_area == pytest.approx(
            GAP / KAPPA + 2 * THERMAL_VOLTAGE / exchange, rel=1e-6
        )

    def test_double_layers_are_shorted(self):
        layer = DoubleLayer(capacitance=0.2, cation_share=1.0)
        _, checks, z = checked(glass_cell(1.0, layer), [1e7])
        assert checks.limit.infinite == checks.limit.shorted
        assert z[0].real / 4e-12 == pytest.approx(checks.limit.shorted, rel=1e-5)

    @pytest.mark.parametrize("exchange", [10.0, 1e9])
    def test_of_fingers(self, exchange):
        """Z tends to the limit, diffusion in the salt and in the hosts being left behind."""
        points, checks, _ = checked(fingers(binary_electrolyte(**ELECTROLYTE), exchange), [1e8, 1e6])
        for point in points:
            assert point.impedance.real == pytest.approx(checks.limit.infinite, rel=1e-5)
        assert checks.above_limit.value == pytest.approx(1, abs=1e-5)

    def test_with_diffuse_layers(self):
        """Above the charging of the layers and below the electrolyte's own capacitance Z is the resistance."""
        plate = Electrode(double_layer=STERN)
        cell = layered_cell(plate, plate, lengths=400.0, first=0.5)
        assert cell.description.model == PNP
        # κ/(2πε) is 17 MHz.
        points, checks, _ = checked(cell, [3e5])
        # Ions of unlike diffusivities leave some salt behind at the plates.
        assert points[0].impedance.real == pytest.approx(checks.limit.shorted, rel=5e-3)
        assert checks.above_limit is None

    def test_multigrid_does_the_same(self, monkeypatch):
        from archode.solvers import ohmic_limit as module

        cell = fingers(binary_electrolyte(**ELECTROLYTE), 10.0)
        with newton_of(cell) as newton, SmallSignal(cell, newton) as signal:
            factorised = ohmic_limit(signal)
            monkeypatch.setattr(module, "FACTORISED_LIMIT", 0)
            iterated = ohmic_limit(signal)
        assert iterated.shorted == pytest.approx(factorised.shorted, rel=1e-6)
        assert iterated.infinite == pytest.approx(factorised.infinite, rel=1e-6)
