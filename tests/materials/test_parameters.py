import dataclasses
import math

import pytest
from archode.materials import (
    MaterialError,
    collector_at,
    electrolyte_at,
    insertion_at,
    load_material,
    material_names,
    metal_at,
    overridable,
)
from archode.materials.constants import FARADAY
from archode.materials.properties import PARAMETERS

AT = {"electrolyte": electrolyte_at, "insertion": insertion_at, "metal": metal_at, "collector": collector_at}


def test_potassium_sulfate():
    e = electrolyte_at(load_material("K2SO4_aq_0.5M"), 298.15)
    assert (e.z_cation, e.z_anion, e.nu_cation, e.nu_anion) == (1, -2, 2, 1)
    assert (e.concentration, e.cation_concentration, e.anion_concentration) == (500.0, 1000.0, 500.0)
    assert (e.diffusivity, e.transference_number) == (1.53e-9, 0.479)
    # The measured value, not the 15.35 S/m of infinite dilution.
    assert e.conductivity == 8.0
    assert e.debye_length == pytest.approx(0.248e-9, abs=5e-13)


@pytest.mark.parametrize("name", material_names())
def test_every_material_gives_its_parameters(name):
    material = load_material(name)
    if material.kind == "capacitive" or (material.kind == "electrolyte" and material.salt is None):
        return  # in test_capacitor.py and test_ionic.py
    parameters = AT[material.kind](material, 298.15)
    assert parameters.name == name
    for key, parameter in PARAMETERS[material.kind].items():
        if not parameter.optional:
            assert isinstance(getattr(parameters, key), float)
    with pytest.raises(dataclasses.FrozenInstanceError):
        parameters.name = "other"


def test_electrolytes_are_neutral():
    for name in material_names():
        material = load_material(name)
        if material.salt is not None:
            e = electrolyte_at(material)
            assert e.z_cation * e.nu_cation + e.z_anion * e.nu_anion == 0


@pytest.mark.parametrize(("name", "why"), [("LiPON", "conducts Li. alone"), ("NaK_SO4_aq", "is a list of ions")])
def test_electrolytes_without_a_salt_are_no_binary_ones(name, why):
    with pytest.raises(MaterialError, match=f"{name} {why}, which no binary salt describes"):
        electrolyte_at(load_material(name), 298.15)


@pytest.mark.parametrize(("kind", "wrong"), [("insertion", "Au"), ("metal", "VOC1"), ("collector", "Li")])
def test_kinds_are_not_mixed_up(kind, wrong):
    with pytest.raises(MaterialError, match=f"'{kind}' is wanted"):
        AT[kind](load_material(wrong), 298.15)
    with pytest.raises(MaterialError, match="'electrolyte' is wanted"):
        electrolyte_at(load_material(wrong), 298.15)


def test_insertion_values():
    film = insertion_at(load_material("KVO_ac_0.25"), 298.15)
    assert (film.ion, film.ion_charge, film.c_max, film.diffusivity) == ("K+", 1, 26752.0, 1e-16)
    low, high = film.stoichiometry_window
    assert film.open_circuit.potential(low) == pytest.approx(0.0, abs=1e-9)
    assert film.open_circuit.potential(high) == pytest.approx(-0.8, abs=1e-9)
    assert film.volumetric_capacity == pytest.approx(FARADAY * 26752.0 * (high - low), rel=1e-14)
    # Symmetric curve and window: the ends are mirror images.
    assert low == pytest.approx(1.0 - high, abs=1e-12)


def test_window_follows_the_temperature():
    material = load_material("KVO_ac_0.25")
    cold, warm = (insertion_at(material, t).stoichiometry_window for t in (278.15, 318.15))
    # The logarithm widens with T, so the same potentials leave the ends further inside.
    assert cold[0] < warm[0] and warm[1] < cold[1]


def test_overrides():
    material = load_material("KVO_ac_0.25")
    plain = insertion_at(material, 298.15)
    film = insertion_at(material, 298.15, overrides={"diffusivity": 1e-15, "film_resistance": 0.01})
    assert (film.diffusivity, film.film_resistance) == (1e-15, 0.01)
    assert dataclasses.replace(film, diffusivity=1e-16, film_resistance=0.0) == plain
    window = insertion_at(material, 298.15, {"stoichiometry_min": 0.1, "stoichiometry_max": 0.9})
    assert window.stoichiometry_window == (0.1, 0.9)
    assert insertion_at(material, 298.15) == plain


def test_overrides_of_the_other_kinds():
    assert electrolyte_at(load_material("K2SO4_aq_0.5M"), 298.15, {"conductivity": 15}).conductivity == 15.0
    assert metal_at(load_material("K"), 298.15, {"exchange_current_density": 0.3}).exchange_current_density == 0.3
    assert collector_at(load_material("Au"), 298.15, {"conductivity": 1e6}).conductivity == 1e6


@pytest.mark.parametrize(
    ("overrides", "part"),
    [
        ({"difusivity": 1e-15}, "no property 'difusivity' to override; did you mean 'diffusivity'"),
        ({"b_value": 0.7}, "no property 'b_value' to override"),
        ({"diffusivity": -1e-15}, "diffusivity = -1e-15 m²/s must be above 0 m²/s"),
        ({"diffusivity": float("nan")}, "must be a finite number"),
        ({"diffusivity": "1e-15 m^2/s"}, "must be in m.2/s"),
        ({"diffusivity": True}, "must be in m.2/s"),
        ({"anodic_transfer_coefficient": 2.5}, "must be below 2"),
        ({"stoichiometry_min": 0.99}, "stoichiometry window .* is empty"),
    ],
)
def test_wrong_overrides_are_explained(overrides, part):
    with pytest.raises(MaterialError, match=part):
        insertion_at(load_material("KVO_ac_0.25"), 298.15, overrides)


def test_overridable():
    assert overridable("collector") == {
        "conductivity": "S/m",
        "surface_energy": "J/m^2",
        "double_layer_capacitance": "F/m^2",
    }
    assert overridable("insertion")["diffusivity"] == "m^2/s"
    assert overridable("electrolyte")["transference_number"] == "1"
    assert overridable("metal")["standard_potential"] == "V"
    with pytest.raises(MaterialError, match="did you mean 'insertion'"):
        overridable("insertions")


@pytest.mark.parametrize("temperature", [25.0, 0.0, float("nan"), -10.0])
def test_temperatures_must_be_sensible(temperature):
    with pytest.raises(MaterialError, match=r"298\.15 K"):
        insertion_at(load_material("VOC1"), temperature)



@pytest.mark.parametrize("name", ["K", "Na", "Li"])
def test_what_nucleation_takes(name):
    """Every metal has an angle on every collector, and no interface comes out with a negative energy."""
    metal = metal_at(load_material(name), 298.15)
    collectors = [n for n in material_names() if load_material(n).kind == "collector"]
    assert set(metal.contact_angles) == set(collectors)
    assert 0 < metal.surface_energy <= load_material(name).properties["surface_energy_vacuum"].si
    assert 0.5e9 < metal.shear_modulus < 5e9
    for collector in collectors:
        substrate = collector_at(load_material(collector), 298.15)
        angle = metal.contact_angles[collector]
        assert 0 <= angle <= math.pi
        # Young: γ_SN = γ_SE − γ_NE cos θ.
        assert substrate.surface_energy - metal.surface_energy * math.cos(angle) > 0
        assert 0.01 < substrate.double_layer_capacitance < 1


def test_potassium_on_copper():
    potassium = load_material("K")
    assert potassium.wetting["Cu"].status == "estimate"
    assert metal_at(potassium).contact_angles["Cu"] == pytest.approx(math.radians(120), rel=1e-12)
    assert metal_at(potassium, overrides={"surface_energy": 0.1}).surface_energy == 0.1
    with pytest.raises(MaterialError, match=r"surface_energy = -0\.1 J/m² must be above 0"):
        metal_at(potassium, overrides={"surface_energy": -0.1})


def test_estimates_of_special_laws_are_not_every_studys():
    """Surface energies matter where metal nucleates, and are not named for a collector that just conducts."""
    gold = load_material("Au")
    assert gold.properties["surface_energy"].is_estimate
    assert gold.estimates == ()


def test_metals():
    lithium = metal_at(load_material("Li"), 298.15)
    assert (lithium.ion, lithium.ion_charge, lithium.standard_potential) == ("Li+", 1, -3.04)
    assert lithium.molar_volume == pytest.approx(1.2996e-5, rel=1e-12)
    assert metal_at(load_material("K"), 298.15).exchange_current_density == pytest.approx(0.025, rel=1e-12)
