"""Numbers and names as a reader expects them in a figure."""

import math
import re

PRINTED = {r"\bdegC\b": "°C", r"\bdeg\b": "°", r"\bohm\b": "Ω", r"\bu(?=[mAVWsLSCJF]\w?\b)": "µ"}
QUANTITY = re.compile(r"^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\S.*?)?\s*$")

SUPERSCRIPTS = str.maketrans("0123456789-+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺")
SUBSCRIPTS = str.maketrans("0123456789-+", "₀₁₂₃₄₅₆₇₈₉₋₊")

LINE = 60
"""Characters of a case's parameters that fit beside its study's name."""


def quantity(value: object) -> tuple[float, str] | None:
    """Number and unit of a parameter as it was written ("20 um" gives 20 and "um"), or None."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value), ""
    found = QUANTITY.match(str(value))
    return (float(found[1]), found[2] or "") if found else None


def unit_text(unit: str) -> str:
    """A unit as it is set in print: "um" gives "µm", "m^2/s" gives "m²/s"."""
    for plain, printed in PRINTED.items():
        unit = re.sub(plain, printed, unit)
    return re.sub(r"(?:\^|\*\*)([-\d]+)", r"$^{\1}$", unit)


def file_unit_text(unit: str) -> str:
    """A unit as field files write it: "mol m-3" gives "mol m⁻³", set by Matplotlib."""
    return "" if unit == "1" else re.sub(r"(?<=[A-Za-zµ])(-?\d+)", r"$^{\1}$", unit)


def value_text(value: object) -> str:
    """A parameter's value for a title: number, space, unit."""
    parts = quantity(value)
    if parts is None:
        return str(value)
    number, unit = parts
    return f"{number:g} {unit_text(unit)}".strip()


def number_text(value: float) -> str:
    """Three digits and a real minus sign."""
    return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")


def plain(text: str) -> str:
    """A label without Matplotlib's mathematics, for programs that do not know it: "m$^{-3}$" gives "m⁻³"."""

    def shifted(found: re.Match[str]) -> str:
        return (found[2] or found[3]).translate(SUPERSCRIPTS if found[1] == "^" else SUBSCRIPTS)

    mathematics = re.compile(r"([\^_])(?:\{([^}]*)\}|(\w))")
    # Only within dollars: names such as finger_width keep their underscore.
    return "".join(mathematics.sub(shifted, part) if odd % 2 else part for odd, part in enumerate(text.split("$")))


def parameter_text(path: str) -> str:
    """A parameter's name for an axis: "geometry.finger_width" gives "finger width"."""
    parts = re.sub(r"\[(\d+)\]", r".\1", path).split(".")
    name = parts[-1].replace("_", " ")
    if parts[0] == "protocol":
        steps = ".".join(part for part in parts if part.isdigit())
        return f"{name} (step {steps})" if steps else name
    if parts[0] == "materials":
        return " ".join(part for part in parts[1:] if part != "overrides").replace("_", " ")
    return name


def parameters_text(parameters: dict[str, object]) -> str:
    """The parameters of a case on one line, as many as fit; what it is held against is none."""
    told = [
        f"{parameter_text(path)} {value_text(value)}"
        for path, value in parameters.items()
        if not path.startswith("reference")
    ]
    fitting = 0
    while fitting < len(told) and len(", ".join(told[: fitting + 1])) <= LINE:
        fitting += 1
    # The first is told whatever its length; paths that advance together are named in their order.
    fitting = max(fitting, 1)
    return ", ".join(told[:fitting]) + (", …" if fitting < len(told) else "")


def length_text(metres: float) -> str:
    """A length in the unit that keeps it between 1 and 1000, to three digits."""
    factor, unit = next(((f, u) for f, u in ((1e-3, "mm"), (1e-6, "µm")) if metres >= 0.9995 * f), (1e-9, "nm"))
    return f"{metres / factor:.3g} {unit}"


def time_text(seconds: float) -> str:
    """A time in s, min or h, or a fraction of a second, to three digits."""
    if abs(seconds) >= 7200:
        return f"{seconds / 3600:.3g} h"
    if 0 < abs(seconds) < 0.1:
        factor, unit = scaled_unit(abs(seconds), "s")
        return f"{seconds * factor:.3g} {unit}"
    return f"{seconds / 60:.3g} min" if abs(seconds) >= 600 else f"{seconds:.3g} s"


def time_unit(longest: float) -> tuple[float, str]:
    """Seconds per unit, and the unit, for an axis that ends at `longest` seconds."""
    return (3600.0, "h") if longest >= 7200 else (60.0, "min") if longest >= 600 else (1.0, "s")


def scaled_unit(largest: float, unit: str) -> tuple[float, str]:
    """Factor and unit with a prefix such that values up to `largest` read as 1 to 1000."""
    if largest <= 0 or not math.isfinite(largest):
        return 1.0, unit
    # What rounds to a thousand takes the next prefix: 0.0009999 V is 1 mV.
    power = min(max(3 * math.floor(math.log10(largest * 1.0005) / 3), -12), 6)
    prefix = {-12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M"}[power]
    return 10.0**-power, prefix + unit


def nice_factor(wanted: float) -> float:
    """The largest of 1, 2, 5, 10, 20, … that is not above `wanted` (at least 1)."""
    if wanted < 2:
        return 1.0
    decade = 10.0 ** math.floor(math.log10(wanted))
    return decade * max(step for step in (1, 2, 5) if step * decade <= wanted * (1 + 1e-9))
