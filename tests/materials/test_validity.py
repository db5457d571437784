"""Where numbers hold: as their files state, and near where they were measured if they do not."""

import dataclasses

import pytest
from archode.materials import load_material, material_names
from archode.materials.validity import concentration_validities, temperature_validities


def outside(name, temperature):
    """Numbers of a library material that are not known at a temperature [K]."""
    return {key for key, validity in temperature_validities(load_material(name)) if not validity.holds(temperature)}


@pytest.mark.parametrize("name", material_names())
def test_every_material_says_what_it_is_at_far_temperatures(name):
    assert outside(name, 150.0) and outside(name, 600.0)


def test_stated_ranges_rule_and_hardly_thermal_numbers_are_left_out():
    assert outside("K2SO4_aq_0.5M", 294.0) == {"diffusivity", "transference_number", "permittivity"}
    assert outside("K2SO4_aq_0.5M", 298.15) == set()
    assert "c_max" not in outside("V2O5", 600.0)
    assert outside("V2O5", 300.0) == set()
    assert "open_circuit" in outside("V2O5", 320.0)
    assert "K+ diffusivity" in outside("NaK_SO4_aq", 320.0)


def test_an_activation_energy_carries_further_than_a_plain_number():
    plain = load_material("V2O5")
    thermal = dataclasses.replace(plain.properties["diffusivity"], activation_energy=3e4)
    material = dataclasses.replace(plain, properties=plain.properties | {"diffusivity": thermal})
    validity = dict(temperature_validities(material))["diffusivity"]
    assert validity.holds(340.0) and not validity.holds(360.0)
    assert "Arrhenius" in validity.why


def test_transport_of_a_salt_is_known_about_its_concentration():
    found = dict(concentration_validities(load_material("LiPF6_ECDEC_1M")))
    assert set(found) == {"diffusivity", "transference_number", "conductivity"}
    assert (found["conductivity"].low, found["conductivity"].high) == (100.0, 2000.0)
    assert dict(concentration_validities(load_material("NaK_SO4_aq"))) == {}
