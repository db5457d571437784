import math

import pytest
from archode.materials import UnitError, format_si, to_si
from archode.materials.units import canonical, convert


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("50 um", "m", 50e-6),
        ("50um", "m", 50e-6),
        ("50 µm", "m", 50e-6),
        ("-0.8 V", "V", -0.8),
        (".5 mm", "m", 5e-4),
        ("25 degC", "K", 298.15),
        ("25 °C", "K", 298.15),
        ("298.15 K", "K", 298.15),
        ("80 uA/cm^2", "A/m^2", 0.8),
        ("80 uA/cm2", "A/m2", 0.8),
        ("80 µA cm⁻²", "A/m**2", 0.8),
        ("80 uA cm-2", "A/m^2", 0.8),
        ("76.4 uAh/cm^2/um", "C/m^3", 76.4 * 3.6e7),
        ("717 mAh/cm^3", "C/m^3", 717 * 3.6e6),
        ("294 mAh/g", "C/kg", 294 * 3600.0),
        ("1e-16 m2/s", "m^2/s", 1e-16),
        ("1e-16 m^2/s", "m^2/s", 1e-16),
        ("1e-12 cm**2/s", "m^2/s", 1e-16),
        ("1.6e-6 S/cm", "S/m", 1.6e-4),
        ("0.5 mol/L", "mol/m^3", 500.0),
        ("200 ohm*cm^2", "ohm*m^2", 0.02),
        ("200 Ω cm²", "ohm m^2", 0.02),
        ("30 kJ/mol", "J/mol", 3e4),
        ("5 min", "s", 300.0),
        ("50 %", "1", 0.5),
        ("0.5", "1", 0.5),
        ("1e-6", "m", 1e-6),
        (3, "m", 3.0),
        (2.5e-5, "m", 2.5e-5),
    ],
)
def test_quantities_are_read(text, unit, value):
    # Conversions are rounded to 15 digits, so 1e-14 leaves room for one rounding.
    assert to_si(text, unit) == pytest.approx(value, rel=1e-14)
    assert isinstance(to_si(text, unit), float)


def test_round_numbers_stay_round():
    assert to_si("0.5 mol/L", "mol/m^3") == 500.0
    assert to_si("50 um", "m") == 5e-5


@pytest.mark.parametrize(
    ("text", "unit", "parts"),
    [
        ("50 s", "m", ["'50 s'", "a length", "50 um"]),
        ("50", "m", None),
        ("50 umm", "m", ["unknown unit 'umm'", "did you mean", "um", "a length"]),
        ("fast", "s", ["'fast'", "begin with a number", "a time", "10 s"]),
        ("", "V", ["begin with a number", "a voltage"]),
        ("25 C", "K", ["degC", "a temperature", "coulomb"]),
        ("1,5 um", "m", ["decimal point"]),
        ("5 um um", "m", ["wrong dimension"]),
        ("5 m/(s", "m/s", ["is not a unit", "a speed"]),
        ("5 m//s", "m/s", ["is not a unit", "a speed"]),
        ("1e999 m", "m", ["finite"]),
        (math.nan, "m", ["finite"]),
        (math.inf, "A/m^2", ["a current density"]),
        (True, "m", ["True"]),
        (None, "m", ["None"]),
        ([1.0], "m", ["[1.0]"]),
        ("3 A", "A/m^2", ["a current density in A/m^2", "80 uA/cm^2"]),
        ("3 cd", "S*s^0.5", ["S*s^0.5"]),
    ],
)
def test_wrong_quantities_are_explained(text, unit, parts):
    if parts is None:
        assert to_si(text, unit) == 50.0
        return
    with pytest.raises(UnitError) as error:
        to_si(text, unit)
    for part in parts:
        assert part in str(error.value)


def test_unit_error_is_a_value_error():
    assert issubclass(UnitError, ValueError)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (5e-5, "m", "50 µm"),
        (7.5e-7, "m", "750 nm"),
        (0.0, "m", "0 m"),
        (0.9999999, "m", "1 m"),
        (-0.8, "V", "-800 mV"),
        (1.6, "V", "1.6 V"),
        (0.8, "A/m^2", "0.8 A/m²"),
        (1e-16, "m2/s", "1e-16 m²/s"),
        (298.15, "K", "298.15 K"),
        (90.0, "s", "90 s"),
        (318.0, "s", "5.3 min"),
        (9000.0, "s", "2.5 h"),
        (0.479, "1", "0.479"),
        (0.02, "ohm*m^2", "0.02 Ω·m²"),
        (28506.0, "mol/m^3", "2.851e+04 mol/m³"),
        (math.nan, "V", "nan V"),
    ],
)
def test_values_are_shown(value, unit, text):
    assert format_si(value, unit) == text


def test_one_spelling_for_a_unit():
    assert canonical("m2/s") == canonical("m**2/s") == canonical("m^2/s") == "m^2/s"
    assert convert(3.0, "A/m2", "A/m^2") == 3.0
