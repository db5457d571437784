"""Numbers and names of criteria as a page for people says them: mA/cm² and mAh/cm², prefixes, plain words."""

from __future__ import annotations

import math
import re

from ..materials import format_si

#: Names of the criteria in words.
CRITERIA = {
    "limiting_current": "limiting current",
    "sand_time": "Sand's time",
    "sand_capacity": "Sand's capacity",
    "depletion": "depletion",
    "chazalviel": "space charge (Chazalviel)",
    "current_concentration": "concentration of current",
    "wagner_number": "Wagner number",
    "growth_mode": "growth mode",
    "tip_growth": "growth of tips",
    "linear_stability": "linear stability",
    "separator_modulus": "stiffness of the separator",
    "pore_clogging": "clogging of pores",
    "top_plugging": "top plugging",
}

#: Per area, the units of the field in place of SI: factor and unit.
PER_AREA = {"A/m²": (0.1, "mA/cm²"), "C/m²": (1 / 3.6e4, "mAh/cm²")}

_UNITS = r"A/m²|C/m²|J/m²|mol/m³|m/s|Pa|m|s|V"
_MEASURED = re.compile(rf"(?<![\w.])(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?) ({_UNITS})(?![\w/²³])")


def criterion(name: str) -> str:
    """A criterion's name in words."""
    return CRITERIA.get(name, name.replace("_", " "))


def number(value: float, digits: int = 3) -> str:
    """A number without a unit; exponents only far from 1."""
    if not math.isfinite(value):
        return "∞" if value > 0 else str(value)
    if value and not 1e-3 <= abs(value) < 1e5:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{float(mantissa):g}·10^{int(exponent)}"
    return f"{float(f'{value:.{digits}g}'):g}"


def measured(value: float, unit: str) -> str:
    """A value in SI with the unit that people use for it.

    Parameters
    ----------
    value
        SI.
    unit
        As the criteria write it: ``C/m²``, ``s``, ``1``.
    """
    if not math.isfinite(value):
        return "∞"
    if unit == "1":
        return number(value, 4)
    value = float(f"{value:.3g}")
    if unit in PER_AREA:
        factor, unit = PER_AREA[unit]
        return f"{number(value * factor)} {unit}"
    # Of a unit per something its numerator takes the prefix.
    head, slash, rest = unit.partition("/")
    if head in ("m", "J", "s", "V", "Pa"):
        return format_si(value, head) + slash + rest
    return f"{number(value)} {unit}"


def readable(sentence: str) -> str:
    """The same sentence with its numbers in the units that people use."""
    return _MEASURED.sub(lambda match: measured(float(match[1]), match[2]), sentence)


def listed(names: list[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def place(centre: list[float]) -> str:
    """A place [µm] as coordinates."""
    x, y, z = (f"{float(f'{value:.3g}'):g}" for value in centre)
    return f"({x}, {y}, {z}) µm"
