"""Capacitive films: what makes them insertion materials, and what they hold."""

import numpy as np
import pytest
from archode.materials import MaterialError, capacitor_at, insertion_at, load_material, material_names
from archode.materials.constants import FARADAY

CARBONS = [name for name in material_names() if load_material(name).kind == "capacitive"]
#: Sums and quotients of a few floats.
ROUNDING = 1e-12


def test_the_carbons_are_there():
    assert {"AC", "AG", "EG"} <= set(CARBONS)


@pytest.mark.parametrize("name", CARBONS)
def test_a_film_holds_the_charge_and_energy_of_its_capacitance(name):
    film = capacitor_at(load_material(name), ion="Na+")
    capacitance = load_material(name).properties["volumetric_capacitance"].si
    low, high = film.open_circuit.window
    assert film.volumetric_capacity == pytest.approx(capacitance * (high - low), rel=ROUNDING)
    pores = load_material(name).properties["pore_conductivity"].si
    assert film.diffusivity * capacitance == pytest.approx(pores, rel=ROUNDING)
    theta = np.linspace(*film.stoichiometry_window, 3)
    potential = film.open_circuit.potential_vs_she(theta)
    np.testing.assert_allclose(potential, [high, 0.5 * (low + high), low], atol=1e-9)
    # The trapezoidal rule is exact for a straight line.
    energy = np.trapezoid(potential - low, theta) * FARADAY * film.c_max
    assert energy == pytest.approx(0.5 * capacitance * (high - low) ** 2, rel=1e-9)
    assert film.reversible and film.exchange_current_density == 1e5


def test_charge_of_a_bivalent_cation():
    """Half as many ions for the same charge."""
    one, two = (capacitor_at(load_material("AC"), ion=ion) for ion in ("Na+", "Mg^2+"))
    assert two.ion_charge == 2
    assert two.c_max == pytest.approx(0.5 * one.c_max, rel=ROUNDING)
    assert two.volumetric_capacity == pytest.approx(one.volumetric_capacity, rel=ROUNDING)


def test_cations_charge_a_negative_electrode_and_anions_a_positive_one():
    material = load_material("AC")
    assert capacitor_at(material, ion="K+").cation_share == 1.0
    assert capacitor_at(material, ion="K+", positive=True).cation_share == 0.0
    assert capacitor_at(material, overrides={"cation_share": 0.4}, ion="K+", positive=True).cation_share == 0.4


def test_potentials_are_overridden_against_hydrogen():
    film = capacitor_at(load_material("AC"), overrides={"lower_potential": 0.0, "upper_potential": 1.0}, ion="K+")
    assert film.open_circuit.window == (0.0, 1.0)
    assert film.open_circuit.potential_vs_she(0.25) == pytest.approx(0.75, rel=ROUNDING)


def test_an_insertion_material_is_not_reversible():
    film = insertion_at(load_material("VOC1"))
    assert not film.reversible and film.cation_share == 1.0


@pytest.mark.parametrize(
    ("name", "more", "part"),
    [
        ("AC", {}, "AC fits any cation; say which"),
        ("VOC1", {"ion": "Li+"}, "'capacitive' is wanted"),
        ("AC", {"ion": "K+", "overrides": {"lower_potential": 2.0}}, "is not below upper_potential"),
        ("AC", {"ion": "K+", "overrides": {"cation_share": 1.2}}, "cation_share = 1.2 must be at most 1"),
        ("AC", {"ion": "K+", "overrides": {"c_max": 1.0}}, "no property 'c_max' to override"),
        ("AC", {"ion": "K"}, "'K' is not an ion"),
    ],
)
def test_what_is_wrong_is_said(name, more, part):
    with pytest.raises(MaterialError, match=part):
        capacitor_at(load_material(name), **more)
