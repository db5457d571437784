"""What a study asked for, in words and tables, from its resolved file: the part of a report that needs no results."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..geometry import ARCHITECTURES
from ..materials import Material, MaterialError, Property, format_si, load_material
from ..materials.describe import status_text
from ..materials.units import pretty_unit
from ..visualization.notation import SUBSCRIPTS
from ..visualization.report import Block, Cell, Facts, Note, Table
from .schema_dataclass import described
from .schema_materials import KINDS
from .wording import number

log = logging.getLogger(__name__)

Data = Mapping[str, Any]

_EXPONENT = re.compile(r"\de[+-]?\d")
_QUANTITY = re.compile(r"^([+-]?\d+\.?\d*(?:[eE][+-]?\d+)?)(?: (\S+))?$")

#: Per area, the study file's units, the factor to the field's, and these from large to small.
_PER_AREA = {
    "A/m^2": (0.1, ("mA/cm²", "µA/cm²", "nA/cm²")),
    "C/m^2": (1 / 3.6e4, ("mAh/cm²", "µAh/cm²", "nAh/cm²")),
}

MODELS = {
    "electroneutral": "electroneutral electrolyte",
    "poisson-nernst-planck": "Poisson–Nernst–Planck: double layers resolved",
}


def value_text(value: Any, rate: bool = False) -> str:
    """A value of a resolved study file for people; with ``rate`` the unit C is a C-rate."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(value_text(one, rate) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {value_text(one, rate)}" for key, one in value.items())
    found = _QUANTITY.match(str(value))
    if found is None:
        return str(value)
    size, unit = float(found[1]), found[2]
    if unit is None:
        return number(size, 6)
    if rate and unit == "C":
        return f"{size:g} C"
    if unit in _PER_AREA:
        return _per_area(size, unit)
    try:
        text = format_si(size, unit)
    except ValueError:
        return str(value)
    # 17000 mol/m³ is a number that people know, 1.7e+04 is not.
    return f"{number(size, 5)} {pretty_unit(unit)}" if _EXPONENT.search(text) else text


def _per_area(size: float, unit: str) -> str:
    factor, units = _PER_AREA[unit]
    size *= factor
    for one in units[:-1]:
        if not size or abs(size) >= 0.0999:
            return f"{number(size)} {one}"
        size *= 1e3
    return f"{number(size)} {units[-1]}"


def resolved(folder: Path) -> Mapping[str, Any]:
    """The case's study.yml as plain data; empty where it cannot be read."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        data = YAML(typ="safe").load((folder / "study.yml").read_text(encoding="utf-8"))
    except (OSError, ValueError, YAMLError) as error:
        log.debug("no study.yml in %s: %s", folder, error)
        return {}
    return data if isinstance(data, Mapping) else {}


def asked(study: Data) -> Iterator[Block]:
    """Architecture, materials, physics and protocol of a resolved study."""
    yield from _geometry(study.get("geometry") or {})
    yield from _materials(study.get("materials") or {})
    yield from _physics(study)
    yield from _protocol(study.get("protocol") or [])


def _section(data: Any) -> Data:
    return data if isinstance(data, Mapping) else {}


# ---------------------------------------------------------------------- geometry
def _geometry(given: Any) -> Iterator[Block]:
    given = _section(given)
    name = str(given.get("architecture", "not stated"))
    cls = ARCHITECTURES.get(name)
    words = described(cls) if cls else {}
    rows, told = [], set()
    for path, value in _flat(given):
        first = path.split(".")[0]
        if path != "architecture":
            # What a group of parameters is stands beside its first one alone.
            meaning = "" if first in told else _meaning(words.get(first, ""))
            rows.append((Cell(path.replace("_", " ").replace(".", ", ")), Cell(value_text(value)), Cell(meaning)))
            told.add(first)
    yield Table(("parameter", "value", "meaning"), rows, f"Architecture: {name.replace('_', ' ')}")


def _flat(data: Data, path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        here = f"{path}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{here}.")
        else:
            yield here, value


def _meaning(words: str) -> str:
    """The first statement on a parameter, without its unit."""
    return re.sub(r"\s*\[[^\]]*\]", "", words).split(";")[0].rstrip(".")


# ---------------------------------------------------------------------- materials
def _materials(given: Any) -> Iterator[Block]:
    given = _section(given)
    overrides = _section(given.get("overrides"))
    names, numbers, problems = [], [], []
    for role in KINDS:
        if given.get(role) is None:
            continue
        said = str(given[role])
        try:
            material = load_material(said)
        except MaterialError as error:
            names.append((Cell(role.replace("_", " ")), Cell(said), Cell(""), Cell("")))
            problems.append(Note(f"{said}: {error}", "warn"))
            continue
        names.append(
            (Cell(role.replace("_", " ")), Cell(said), Cell(_formula(material.formula)), Cell(material.description))
        )
        numbers += _numbers(role, material, overrides)
    yield Table(("part", "material", "formula", "what it is"), names, "Materials")
    yield from problems
    if separator := _section(given.get("separator")):
        yield Facts([(f"separator: {key.replace('_', ' ')}", value_text(value)) for key, value in separator.items()])
    if numbers:
        yield Table(("part", "property", "value", "status", "source"), numbers, "Numbers of the materials, and sources")


def _formula(formula: str) -> str:
    """A formula as it is printed: numbers behind a letter are indices."""
    return re.sub(r"(?<=[A-Za-z)])\d+(?:\.\d+)?", lambda found: found[0].translate(SUBSCRIPTS), formula)


def _numbers(role: str, material: Material, overrides: Data) -> Iterator[tuple[Cell, ...]]:
    """Every number that the model takes from a material, with its status and source."""
    part = Cell(role.replace("_", " "))
    told = {name: material.properties.get(name) for name in material.parameters}
    told |= {name: item for ion in material.ions for name, item in ion.numbers.items()}
    for name, item in told.items():
        stated = overrides.get(f"{role}.{name}")
        if stated is not None:
            yield part, Cell(_plain(name)), Cell(value_text(stated)), Cell("set in the study"), Cell("")
        elif item is not None:
            status = Cell(status_text(item.status, item.source), tone="warn" if item.is_estimate else "")
            yield part, Cell(_plain(name)), Cell(_stated(item)), status, Cell(item.source)
        elif (default := material.parameters[name].default) is not None:
            text = value_text(f"{default!r} {material.parameters[name].unit}")
            yield part, Cell(_plain(name)), Cell(text), Cell("estimate", tone="warn"), Cell("default, not stated")
    if curve := material.open_circuit:
        estimated = curve.status in ("estimate", "fit")
        status = Cell(status_text(curve.status, curve.source), tone="warn" if estimated else "")
        yield part, Cell("open-circuit potential"), Cell(f"curve against {curve.reference}"), status, Cell(curve.source)


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _stated(item: Property) -> str:
    values = item.value if isinstance(item.value, tuple) else (item.value,)
    return ", ".join(number(one, 5) for one in values) + f" {pretty_unit(item.unit)}".rstrip()


# ---------------------------------------------------------------------- physics and protocol
def _physics(study: Data) -> Iterator[Block]:
    physics, mesh = _section(study.get("physics")), _section(study.get("mesh"))
    pairs = []
    if model := physics.get("electrolyte"):
        pairs.append(("model", MODELS.get(str(model), str(model))))
    pairs += [
        (words, value_text(physics[key]))
        for key, words in (("temperature", "temperature"), ("ion_size", "size of an ion"), ("degree", "element degree"))
        if key in physics
    ]
    initial = _section(physics.get("initial"))
    pairs += [(f"at the start: {_plain(key)}", value_text(value)) for key, value in initial.items()]
    pairs += [(f"mesh: {_plain(path)}", value_text(value)) for path, value in _flat(mesh)]
    pairs += [
        (_plain(path).replace(".", ": "), value_text(value))
        for path, value in _flat(_section(study.get("interfaces")))
        if value not in ({}, "material")
    ]
    if pairs:
        yield Facts(pairs, "Physics, surfaces and mesh sizes")


def _protocol(given: Any) -> Iterator[Block]:
    steps = list(_steps(given))
    if steps:
        rows = [(Cell(str(i), sort=i), Cell(what), Cell(end)) for i, (what, end) in enumerate(steps, start=1)]
        yield Table(("line", "what is done", "until"), rows, "Protocol")


def _steps(given: Any, times: str = "") -> Iterator[tuple[str, str]]:
    for step in given if isinstance(given, Sequence) and not isinstance(given, str) else ():
        step = _section(step)
        if "repeat" in step:
            yield from _steps(step.get("steps"), f"{times}{step['repeat']} × ")
            continue
        kind = next((key for key in ("charge", "discharge", "rest", "hold", "ramp") if key in step), None)
        if kind is None:
            continue
        value = value_text(step[kind], rate=kind in ("charge", "discharge"))
        until = _section(step.get("until"))
        joined = {"rest": "rest for", "hold": "hold"}.get(kind, f"{kind} at")
        ends = [f"{_plain(key)} {value_text(limit, rate=key == 'current')}" for key, limit in until.items()]
        yield f"{times}{joined} {value}", " or ".join(ends) or "–"
