"""Quantities with units: text such as ``"50 um"`` to SI numbers, and SI numbers back to readable text.

The only unit registry of the program is here. Everywhere else a parameter's unit is a plain string
(``"m"``, ``"A/m^2"``), and values are SI floats.
"""

from __future__ import annotations

import math
import re
from difflib import get_close_matches
from functools import cache
from typing import NamedTuple

_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*$", re.DOTALL)
_EXPONENT = re.compile(r"([A-Za-zµμΩ°%])(-?\d+(?:\.\d+)?)")

class Dimension(NamedTuple):
    """What a unit measures, and how large a value of it may be.

    Attributes
    ----------
    words, example
        As errors name it, and how a value may be written.
    least, most
        Smallest magnitude but 0, and largest one, in the SI unit: generous, so that whatever is outside is a slip of
        the keyboard, and nothing that is computed from what is inside overflows.
    """

    words: str
    example: str
    least: float = 0.0
    most: float = math.inf


DIMENSIONS = {
    "m": Dimension("a length", "'50 um'", 1e-12, 1.0),
    "m^2": Dimension("an area", "'1 cm^2'", 1e-24, 1e2),
    "m^3": Dimension("a volume", "'1 mm^3'", 1e-36, 1e3),
    "s": Dimension("a time", "'10 s', '5 min' or '2 h'", 1e-15, 1e12),
    "Hz": Dimension("a frequency", "'10 kHz'", 1e-12, 1e15),
    "K": Dimension("a temperature", "'298.15 K' or '25 degC'", 1.0, 1e4),
    "V": Dimension("a voltage", "'1.6 V' or '50 mV'", most=1e3),
    "V/s": Dimension("a rate of a voltage", "'50 mV/s'", 1e-12, 1e12),
    "A": Dimension("a current", "'10 uA'", 1e-30, 1e6),
    "A/m^2": Dimension("a current density", "'80 uA/cm^2'", 1e-20, 1e15),
    "C": Dimension("a charge", "'2 uAh'", 1e-30, 1e12),
    "C/m^2": Dimension("a charge per area", "'0.1 mAh/cm^2'", 1e-15, 1e12),
    "C/m^3": Dimension("a charge per volume", "'717 mAh/cm^3' or '76.4 uAh/cm^2/um'", 1e-6, 1e15),
    "C/kg": Dimension("a charge per mass", "'294 mAh/g'", 1e-6, 1e12),
    "mol/m^3": Dimension("a concentration", "'0.5 mol/L'", 1e-9, 1e6),
    "m^2/s": Dimension("a diffusivity", "'1e-15 m^2/s'", 1e-30, 1e-2),
    "m/s": Dimension("a speed", "'1e-9 m/s'", 1e-20, 1e6),
    "S/m": Dimension("a conductivity", "'8 S/m' or '80 mS/cm'", 1e-20, 1e10),
    "ohm": Dimension("a resistance", "'62 ohm'", 1e-12, 1e18),
    "ohm*m^2": Dimension("a resistance times area", "'200 ohm*cm^2'", 1e-18, 1e12),
    "m^3/mol": Dimension("a molar volume", "'45.4 cm^3/mol'", 1e-8, 1.0),
    "kg/m^3": Dimension("a density", "'1.88 g/cm^3'", 1e-3, 1e6),
    "J/mol": Dimension("a molar energy", "'30 kJ/mol'", most=1e7),
    "J/m^2": Dimension("an energy per area", "'0.1 J/m^2'", 1e-9, 1e6),
    "Pa": Dimension("a pressure", "'3 GPa'", 1e-6, 1e15),
    "F/m^2": Dimension("a capacitance per area", "'20 uF/cm^2'", 1e-9, 1e9),
    "F/m^3": Dimension("a capacitance per volume", "'50 F/cm^3'", 1e-3, 1e15),
    "1/m^2": Dimension("a number per area", "'1e13 1/m^2'", 1e-2, 1e24),
    "1": Dimension("a number without unit", "0.5 or '50 %'", 1e-30, 1e30),
}
_COMMON = (
    "m cm mm um nm s ms min h K degC V mV A mA uA nA C mC uC Ah mAh uAh "
    "S mS ohm mol mmol L g mg kg J kJ W Pa GPa F mF uF Hz"
).split()
_PREFIXED = {"m", "s", "V", "A", "C", "F", "W", "J", "S", "ohm", "Hz", "Pa", "Ah", "Wh"}
_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G"}
_SUPERSCRIPT = str.maketrans("0123456789-.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻·")


class UnitError(ValueError):
    """A quantity cannot be read; the message says what was given and what is wanted, with an example."""


@cache
def _registry():
    import pint

    return pint.UnitRegistry()


def canonical(unit: str) -> str:
    """Return one spelling of a unit: powers with ``^`` (``m2/s`` and ``m**2/s`` become ``m^2/s``)."""
    text = unit.strip().replace("**", "^").replace("Ohm", "ohm").replace("Ω", "ohm")
    text = _EXPONENT.sub(r"\1^\2", text)
    return text or "1"


def _parse_unit(unit: str, given: object):
    """Return the registry's unit for a text, naming the part that is not known."""
    import pint

    text = canonical(unit)
    if "//" in text:
        raise UnitError(f"{given!r}: '{unit}' is not a unit")
    try:
        return _registry().Unit("dimensionless" if text == "1" else text)
    except pint.UndefinedUnitError as error:
        names = error.unit_names
        name = names if isinstance(names, str) else ", ".join(names)
        close = get_close_matches(name, _COMMON, n=2, cutoff=0.5)
        hint = f" (did you mean {' or '.join(close)}?)" if close else ""
        raise UnitError(f"{given!r}: unknown unit '{name}'{hint}") from None
    except Exception:
        raise UnitError(f"{given!r}: '{unit}' is not a unit") from None


def _wanted(unit: str) -> str:
    found = DIMENSIONS.get(canonical(unit), Dimension("a quantity", f"'1 {unit}'"))
    where = "" if canonical(unit) == "1" else f" in {unit}"
    return f"{found.words}{where} is wanted, e.g. {found.example}"


def implausible(value: float, unit: str) -> str | None:
    """What is wrong with the size of an SI value, as "a length lies between 1e-12 m and 1 m"; None if nothing is."""
    found = DIMENSIONS.get(canonical(unit))
    if found is None or value == 0 or found.least <= abs(value) <= found.most:
        return None
    shown = pretty_unit(unit)
    least, most = (f"{bound:g} {shown}".strip() for bound in (found.least, found.most))
    if not found.least:
        return f"{found.words} is no larger than {most}"
    return f"{found.words} lies between {least} and {most}"


def convert(value: float, unit: str, target: str) -> float:
    """Return `value`, given in `unit`, in `target`; UnitError where the dimensions differ."""
    if canonical(unit) == canonical(target):
        return float(value)
    return _convert(value, unit, target, f"{value:g} {unit}")


def _convert(value: float, unit: str, target: str, given: object) -> float:
    import pint

    try:
        source = _parse_unit(unit, given)
    except UnitError as error:
        raise UnitError(f"{error}; {_wanted(target)}") from None
    try:
        converted = _registry().Quantity(value, source).to(_parse_unit(target, target)).magnitude
        # 15 digits: 0.5 mol/L is 500 mol/m³, not 499.99999999999994.
        return float(f"{converted:.15g}")
    except pint.DimensionalityError:
        hint = ""
        if canonical(target) == "K" and canonical(unit) == "C":
            hint = " ('C' is the coulomb; write 'degC')"
        raise UnitError(f"{given!r} has the wrong dimension{hint}: {_wanted(target)}") from None
    except pint.OffsetUnitCalculusError:
        raise UnitError(f"{given!r}: a temperature in degC cannot be multiplied; {_wanted(target)}") from None


def to_si(value: str | float | int, unit: str) -> float:
    """Read a quantity.

    Parameters
    ----------
    value
        A number, taken to be in `unit` already, or text with a unit such as ``"80 uA/cm^2"``,
        ``"25 degC"``, ``"76.4 uAh/cm^2/um"`` or ``"1e-16 m2/s"``.
    unit
        The SI unit wanted, e.g. ``"A/m^2"``; ``"1"`` for a number without unit.

    Returns
    -------
    float
        The value in `unit`.

    Raises
    ------
    UnitError
        The text is not a quantity, its unit is unknown or of another dimension, or it is not finite.
    """
    if isinstance(value, bool) or not isinstance(value, str | float | int):
        if not hasattr(value, "__float__") or isinstance(value, bool):
            raise UnitError(f"{value!r} is not a quantity: {_wanted(unit)}")
        value = float(value)
    if isinstance(value, str):
        match = _NUMBER.match(value)
        if match is None:
            raise UnitError(f"{value!r} does not begin with a number: {_wanted(unit)}")
        number, rest = float(match.group(1)), match.group(2)
        if rest.startswith(","):
            raise UnitError(f"{value!r}: write the decimal point as '.'; {_wanted(unit)}")
        result = _convert(number, rest, unit, value) if rest else number
    else:
        result = float(value)
    if not math.isfinite(result):
        raise UnitError(f"{value!r} is not a finite number: {_wanted(unit)}")
    return result


def pretty_unit(unit: str) -> str:
    """Return a unit for reading: ``m^2/s`` as ``m²/s``, ``ohm*m^2`` as ``Ω·m²``; nothing for ``1``."""
    text = canonical(unit)
    if text == "1":
        return ""
    text = re.sub(r"\^(-?[\d.]+)", lambda m: m.group(1).translate(_SUPERSCRIPT), text)
    text = text.replace("ohm", "Ω").replace("*", "·").replace("degC", "°C")
    return re.sub(r"\bu(?=[A-Za-z])", "µ", text)


def _prefixed(value: float, unit: str) -> str:
    symbol = pretty_unit(unit)
    exponent = 3 * math.floor(math.log10(abs(value)) / 3) if value else 0
    exponent = min(max(exponent, -15), 9)
    number = f"{value / 10.0**exponent:.4g}"
    if number.lstrip("-") == "1000" and exponent < 9:
        exponent, number = exponent + 3, f"{value / 10.0 ** (exponent + 3):.4g}"
    return f"{number} {_PREFIXES[exponent]}{symbol}"


def format_si(value: float, unit: str) -> str:
    """Return an SI value as readable text, e.g. ``format_si(5e-5, "m")`` is ``50 µm``."""
    value, unit = float(value), canonical(unit)
    if not math.isfinite(value):
        return f"{value} {pretty_unit(unit)}".strip()
    if unit == "s" and abs(value) >= 120.0:
        return f"{value / 60:.4g} min" if abs(value) < 7200.0 else f"{value / 3600:.4g} h"
    if unit in _PREFIXED:
        return _prefixed(value, unit)
    if unit == "K":
        return f"{value:.6g} K"
    return f"{value:.4g} {pretty_unit(unit)}".strip()
