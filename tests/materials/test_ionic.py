"""Electrolytes as lists of ions: from a salt, a single-ion conductor, a list in a file, another composition."""

import pytest
from archode.materials import (
    Amount,
    Ion,
    IonicElectrolyte,
    MaterialError,
    electrolyte_at,
    from_binary,
    ionic_electrolyte_at,
    load_material,
    material_names,
)
from archode.materials.transport import ambipolar_diffusivity, transference_number

ELECTROLYTES = [name for name in material_names() if load_material(name).kind == "electrolyte"]
#: Sums and quotients of a few floats.
ROUNDING = 1e-12


@pytest.mark.parametrize("name", ELECTROLYTES)
def test_every_electrolyte_is_a_neutral_list_of_ions(name):
    e = ionic_electrolyte_at(load_material(name))
    charge = sum(ion.charge * ion.concentration for ion in e.ions) + e.fixed_charge
    assert abs(charge) <= ROUNDING * sum(e.concentrations)
    properties = load_material(name).properties
    assert e.conductivity == pytest.approx(properties["conductivity"].si, rel=ROUNDING)
    assert e.permittivity == properties["permittivity"].si
    # Measured at device strength, none can be above infinite dilution.
    assert 0 < e.mobility_factor <= 1


@pytest.mark.parametrize("name", [n for n in ELECTROLYTES if load_material(n).salt])
def test_a_salt_keeps_its_diffusivity_transference_number_and_debye_length(name):
    salt = electrolyte_at(load_material(name))
    e = from_binary(salt)
    d = [ion.diffusivity for ion in e.ions]
    assert ambipolar_diffusivity(*e.charges, *d) == pytest.approx(salt.diffusivity, rel=ROUNDING)
    assert transference_number(*e.charges, *d) == pytest.approx(salt.transference_number, rel=ROUNDING)
    assert e.debye_length == pytest.approx(salt.debye_length, rel=ROUNDING)


def test_potassium_sulfate():
    e = ionic_electrolyte_at(load_material("K2SO4_aq_0.5M"))
    # 15.35 S/m at infinite dilution, stated to four digits.
    assert e.mobility_factor == pytest.approx(8.0 / 15.35, abs=5e-4)
    known = load_material("K2SO4_aq_0.5M").properties
    # The salt's values are stored with three digits.
    assert e.ion("K+").diffusivity == pytest.approx(known["diffusivity_cation"].si, rel=1e-3)
    assert e.ion("SO4^2-").diffusivity == pytest.approx(known["diffusivity_anion"].si, rel=1e-3)


def test_a_single_ion_conductor_holds_the_anions_charge():
    e = ionic_electrolyte_at(load_material("LiPON"))
    assert [ion.name for ion in e.ions] == ["Li+"]
    assert e.fixed_charge == -e.ions[0].concentration == -10800.0
    # Its diffusivity is derived from its conductivity and stored with three digits.
    assert e.mobility_factor == pytest.approx(1.0, abs=2e-3)
    doubled = ionic_electrolyte_at(load_material("LiPON"), overrides={"concentration": 21600.0})
    assert doubled.fixed_charge == -21600.0
    assert doubled.conductivity == e.conductivity


def test_a_mixture_keeps_the_order_of_its_file_and_its_mobility():
    e = ionic_electrolyte_at(load_material("NaK_SO4_aq"), overrides={"conductivity": 6.0})
    assert [ion.name for ion in e.ions] == ["Na+", "K+", "SO4^2-"]
    assert e.conductivity == pytest.approx(6.0, rel=ROUNDING)


def test_acid_raises_the_mobility_of_the_charge_alone():
    """The factor of 0.5 M K2SO4 is kept, to the three digits of the conductivity stated."""
    plain, acid = (ionic_electrolyte_at(load_material(n)) for n in ("K2SO4_aq_0.5M", "K2SO4_H2SO4_aq"))
    assert acid.mobility_factor == pytest.approx(plain.mobility_factor, rel=1e-3)
    assert acid.conductivity > plain.conductivity


KCL = {"K+": Amount(10.0), "Cl-": Amount(10.0, 2.032e-9)}


def test_another_composition_takes_known_diffusivities_and_moves_as_nernst_planck():
    material = load_material("K2SO4_aq_0.5M")
    e = ionic_electrolyte_at(material, ions=KCL)
    assert [ion.name for ion in e.ions] == ["K+", "Cl-"]
    assert e.ion("K+").diffusivity == ionic_electrolyte_at(material).ion("K+").diffusivity
    assert e.ion("Cl-").diffusivity == 2.032e-9
    assert e.mobility_factor == 1.0
    assert e.permittivity == 78.4
    # 3.04 nm at 10 mM of a 1:1 salt in water of 78.4, a textbook's three digits.
    assert e.debye_length == pytest.approx(3.04e-9, rel=2e-3)
    slow = ionic_electrolyte_at(material, overrides={"conductivity": 0.07, "permittivity": 40.0}, ions=KCL)
    assert slow.conductivity == pytest.approx(0.07, rel=ROUNDING)
    assert slow.mobility_factor < 1.0 and slow.permittivity == 40.0


@pytest.mark.parametrize(
    ("name", "ions", "overrides", "part"),
    [
        ("K2SO4_aq_0.5M", {"K+": Amount(10.0), "Cl-": Amount(10.0)}, {}, "does not know the diffusivity of Cl-"),
        ("K2SO4_aq_0.5M", {"K+": Amount(10.0), "SO4^2-": Amount(6.0)}, {}, r"12 mol/m³ of K\+ or 5 mol/m³ of SO4"),
        ("K2SO4_aq_0.5M", {"K+": Amount(10.0)}, {}, "add the missing anion"),
        ("K2SO4_aq_0.5M", {"SO4^2-": Amount(10.0)}, {}, "add the missing cation"),
        ("K2SO4_aq_0.5M", {}, {}, "at least one mobile ion"),
        ("K2SO4_aq_0.5M", {"Kalium": Amount(10.0)}, {}, "'Kalium' is not an ion"),
        ("K2SO4_aq_0.5M", KCL, {"concentration": 3.0}, "concentration is that of the material's own salt"),
        ("LiPON", {"Li+": Amount(10.0)}, {}, "LiPON conducts Li. alone"),
        ("NaK_SO4_aq", None, {"concentration": 3.0}, "no property 'concentration' to override"),
        ("LiPF6_ECDEC_1M", None, {"transference_number": 1.0}, "with a transference number of 1 no anion moves"),
        ("Au", None, {}, "'electrolyte' is wanted"),
    ],
)
def test_what_is_wrong_with_a_composition_is_said(name, ions, overrides, part):
    with pytest.raises(MaterialError, match=part):
        ionic_electrolyte_at(load_material(name), overrides=overrides, ions=ions)


K, CL = Ion("K+", 1, 2e-9, 10.0), Ion("Cl-", -1, 2e-9, 10.0)


@pytest.mark.parametrize(
    ("ions", "more", "part"),
    [
        ((K, K), {}, "named twice"),
        ((K, Ion("Ar", 0, 1e-9, 1.0), CL), {}, "carries no charge"),
        ((K, Ion("Cl-", -1, 0.0, 10.0)), {}, "diffusivity of Cl- must be above 0"),
        ((K, Ion("Cl-", -1, 1e-9, 0.0)), {}, "concentration of Cl- must be above 0"),
        ((K, CL), {"permittivity": 0.0}, "permittivity must be above 0"),
        ((K, CL), {"mobility_factor": 0.0}, "mobility_factor must be above 0"),
        ((K, CL), {"fixed_charge": 5.0}, r"5 mol/m³ of K\+ or 15 mol/m³ of Cl-"),
    ],
)
def test_an_electrolyte_checks_itself(ions, more, part):
    values = {"permittivity": 80.0, "temperature": 298.15} | more
    with pytest.raises(MaterialError, match=part):
        IonicElectrolyte("test", ions, **values)


def test_an_ion_that_is_not_there():
    with pytest.raises(MaterialError, match=r"has no Mg\^2\+; its ions are K\+, SO4"):
        ionic_electrolyte_at(load_material("K2SO4_aq_0.5M")).ion("Mg^2+")
