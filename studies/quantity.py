"""Quantities of a study file: a number in SI, or text with a unit; SI floats once read."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, PlainSerializer, PlainValidator, WithJsonSchema

from .errors import shown

_NUMBER = r"(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)"

READING = "x-reading"
"""Key of the JSON Schema that says how a value is read; editors ignore keys that begin with x-."""

EXAMPLES = {
    "m": "50 um",
    "s": "10 s",
    "V": "1.6 V",
    "V/s": "50 mV/s",
    "Hz": "10 kHz",
    "A": "20 uA",
    "C": "3 uAh",
    "K": "25 degC",
    "J": "1 mWh",
    "mol/m^3": "0.5 mol/L",
    "m^2/s": "1e-15 m^2/s",
    "S/m": "5 mS/cm",
    "A/m^2": "80 uA/cm^2",
    "C/m^2": "3 uAh/cm^2",
    "F/m^2": "20 uF/cm^2",
    "C/m^3": "76.4 uAh/cm^2/um",
}


class OutOfBounds(ValueError):
    """A quantity is beyond all that is physical."""


def parse_quantity(value: Any, unit: str) -> float:
    """SI value of what a study says.

    Parameters
    ----------
    value : a number (already SI) or text such as ``"50 um"``
    unit : SI unit wanted, ``"1"`` for a pure number

    Raises
    ------
    ValueError
        Not a quantity, wrong dimension, or not finite; as `OutOfBounds` where it is beyond all that is physical.
    """
    from ..materials import implausible, to_si

    if isinstance(value, bool) or not isinstance(value, int | float | str):
        example = f" such as '{EXAMPLES[unit]}'" if unit in EXAMPLES else ""
        wanted = "a number" if unit in ("1", "") else f"a quantity in {unit}{example}"
        raise ValueError(f"must be {wanted}, got {shown(value)}")
    # Text in the SI unit itself is exact to the last digit, which a conversion need not be.
    parts = value.split() if isinstance(value, str) else []
    exact = parts[1:] == [unit] and re.fullmatch(rf"[+-]?{_NUMBER}", parts[0]) is not None
    try:
        si = float(parts[0]) if exact else float(to_si(value, unit))
    except OverflowError:
        si = math.inf
    if not math.isfinite(si):
        raise ValueError(f"must be finite, got {shown(value)}")
    if problem := implausible(si, unit):
        raise OutOfBounds(f"{problem}, got {shown(value)}")
    return si


def parse_text(text: str, unit: str) -> float:
    """A quantity as it is given on the command line: with a unit, or a bare SI number; ValueError as above."""
    try:
        value: float | str = float(text)
    except ValueError:
        value = text
    return parse_quantity(value, unit)


def write_quantity(si: float, unit: str) -> str | float:
    """The SI value with its unit, exact to the last digit when read again."""
    return si if unit in ("1", "") else f"{si!r} {unit}"


@cache
def quantity(unit: str, *, positive: bool = False, minimum: float | None = None, maximum: float | None = None):
    """Annotated float that reads a quantity in `unit`; limits are in SI and inclusive."""

    def read(value: Any) -> float:
        si = parse_quantity(value, unit)
        if positive and si <= 0:
            raise ValueError(f"must be positive, got {shown(value)}")
        if minimum is not None and si < minimum:
            raise ValueError(f"must be at least {minimum:g}{_suffix(unit)}, got {shown(value)}")
        if maximum is not None and si > maximum:
            raise ValueError(f"must be at most {maximum:g}{_suffix(unit)}, got {shown(value)}")
        return si

    return Annotated[
        float,
        BeforeValidator(read),
        PlainSerializer(lambda si: None if si is None else write_quantity(si, unit)),
        WithJsonSchema(quantity_schema(unit, _bounds(positive, minimum, maximum))),
    ]


def _bounds(positive: bool, minimum: float | None, maximum: float | None) -> dict[str, float]:
    """Limits of a number as JSON Schema tells them."""
    bounds = {"exclusiveMinimum": 0.0 if positive else None, "minimum": minimum, "maximum": maximum}
    return {key: value for key, value in bounds.items() if value is not None}


def quantity_schema(unit: str, bounds: Mapping[str, float] = MappingProxyType({})) -> dict[str, Any]:
    """JSON Schema of a quantity, for editors; `bounds` hold for bare numbers, which are SI."""
    if unit in ("1", ""):
        return {"type": "number", **bounds}
    example = f" such as '{EXAMPLES[unit]}'" if unit in EXAMPLES else " with a unit"
    return text_or_number(f"a number in {unit}, or text{example}", bounds)


def text_or_number(reading: str, bounds: Mapping[str, float] = MappingProxyType({})) -> dict[str, Any]:
    """JSON Schema of a value given as number or text; `reading` says how it is understood."""
    return {"anyOf": [{"type": "number", **bounds}, {"type": "string"}], READING: reading}


def _suffix(unit: str) -> str:
    return "" if unit in ("1", "") else f" {unit}"


class Drive(NamedTuple):
    """A current as declared: ``("c_rate", 1/h)``, ``("current", A)`` or ``("current_density", A/m²)``.

    Always positive; the step's kind gives the direction. A current density is per footprint area, and
    a rate of 1 passes the nominal capacity of the cell in one hour.
    """

    mode: Literal["c_rate", "current", "current_density"]
    value: float


class Passed(NamedTuple):
    """An amount of charge as declared: ``("capacity", C)`` of the device or ``("areal_capacity", C/m²)``."""

    mode: Literal["capacity", "areal_capacity"]
    value: float


LEAST_RATE, MOST_RATE = 1e-9, 1e9
"""C-rates between which one lies [1/h]; currents and current densities have the bounds of their units."""

_C_RATE = re.compile(rf"^\s*([+-]?){_NUMBER}?\s*C\s*(?:/\s*{_NUMBER})?\s*$")


def parse_drive(value: Any) -> Drive:
    """A C-rate (``10 C``, ``C/5``), a current (``20 uA``) or a current density (``80 uA/cm^2``)."""
    help_text = "write a C-rate ('10 C', 'C/5'), a current ('20 uA') or a current density ('80 uA/cm^2')"
    drive: Drive | None = None
    if isinstance(value, str) and (match := _C_RATE.match(value)):
        sign, number, divisor = match.groups()
        if divisor is not None and float(divisor) == 0:
            raise ValueError(f"{shown(value)} divides by zero; {help_text}")
        rate = float(number or 1.0) / float(divisor or 1.0)
        drive = Drive("c_rate", -rate if sign == "-" else rate)
        if rate and not LEAST_RATE <= rate <= MOST_RATE:
            raise OutOfBounds(f"a C-rate lies between {LEAST_RATE:g} C and {MOST_RATE:g} C, got {shown(value)}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        drive = Drive("current", parse_quantity(value, "A"))
    elif isinstance(value, str):
        for mode, unit in (("current", "A"), ("current_density", "A/m^2")):
            try:
                drive = Drive(mode, parse_quantity(value, unit))
                break
            except OutOfBounds:
                raise
            except ValueError:
                continue
    if drive is None:
        raise ValueError(f"{shown(value)} is not a current; {help_text}")
    if not math.isfinite(drive.value) or drive.value <= 0:
        raise ValueError(f"must be a positive, finite current (the step says the direction), got {shown(value)}")
    return drive


def write_drive(drive: Drive) -> str:
    """The current as text that reads back exactly."""
    unit = {"c_rate": "C", "current": "A", "current_density": "A/m^2"}[drive.mode]
    return f"{drive.value!r} {unit}"


def parse_passed(value: Any) -> Passed:
    """A charge (``3 uAh``, bare number in C) or a charge per footprint area (``3 uAh/cm^2``)."""
    passed: Passed | None = None
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        for mode, unit in (("capacity", "C"), ("areal_capacity", "C/m^2")):
            try:
                passed = Passed(mode, parse_quantity(value, unit))
                break
            except OutOfBounds:
                raise
            except ValueError:
                continue
    if passed is None:
        raise ValueError(
            f"{shown(value)} is not a capacity; write a charge ('3 uAh') or a charge per area ('3 uAh/cm^2')"
        )
    if passed.value <= 0:
        raise ValueError(f"must be positive, got {shown(value)}")
    return passed


def write_passed(passed: Passed) -> str:
    """The charge as text that reads back exactly."""
    return f"{passed.value!r} {'C' if passed.mode == 'capacity' else 'C/m^2'}"


DriveField = Annotated[
    Drive,
    PlainValidator(parse_drive),
    PlainSerializer(lambda drive: None if drive is None else write_drive(drive)),
    WithJsonSchema(text_or_number("a C-rate ('10 C', 'C/5'), a current ('20 uA') or a current density ('80 uA/cm^2')")),
]
PassedField = Annotated[
    Passed,
    PlainValidator(parse_passed),
    PlainSerializer(lambda passed: None if passed is None else write_passed(passed)),
    WithJsonSchema(text_or_number("a charge ('3 uAh') or a charge per footprint area ('3 uAh/cm^2')")),
]
