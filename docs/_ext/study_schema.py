"""The reference of the study file, from the JSON Schema that editors use: one table for each section."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import defaultdict
from typing import Any

from markdown import code, heading, page, plain, table

Schema = dict[str, Any]

HEADER = ("key", "takes", "default", "meaning")

INTRODUCTION = """
Every section and key of a study, generated from the schema that `archode schema` prints. How they belong together,
with examples, is told in [the study file](../study_file.md) and in [architectures and shapes](../geometry.md).

A **quantity** is text with a unit (`50 um`) or a bare number in the SI unit that the table names. “–” as default: the
key is required; “none”: nothing is assumed, or it follows from other keys, as its meaning says.
"""


def study_page() -> str:
    """The whole reference as Markdown."""
    from archode.studies import study_json_schema

    schema = study_json_schema()
    places = _places(schema)
    top = [heading(2, "Top level", "schema-top"), _table(schema)]
    sections = [_section(name, schema["$defs"][name], at) for name, at in places.items()]
    return page("Reference of the study file", INTRODUCTION, *top, *sections, _shapes())


def _places(schema: Schema) -> dict[str, list[str]]:
    """Key paths at which each definition stands, such as ``interfaces.anode``, in the order of the keys."""
    places: dict[str, list[str]] = defaultdict(list)

    def walk(node: Any, path: str, inside: tuple[str, ...]) -> None:
        if isinstance(node, list):
            for part in node:
                walk(part, path, inside)
            return
        if not isinstance(node, dict):
            return
        if "$ref" in node:
            name = node["$ref"].rpartition("/")[2]
            if path not in places[name]:
                places[name].append(path)
            # Repeats hold steps, which may be repeats.
            if name not in inside:
                walk(schema["$defs"][name], path, (*inside, name))
        for key, part in node.get("properties", {}).items():
            walk(part, f"{path}.{key}" if path else key, inside)
        for key, suffix in (("anyOf", ""), ("items", "[]"), ("additionalProperties", ".<name>")):
            walk(node.get(key), path + suffix, inside)

    walk({"properties": schema["properties"]}, "", ())
    return places


def _section(name: str, definition: Schema, places: list[str]) -> str:
    constant = next(((key, part["const"]) for key, part in definition["properties"].items() if "const" in part), None)
    title = _title(name, constant, places)
    where = f"At {', '.join(map(code, _brief(places)))}."
    words = "" if constant else plain(definition.get("description", ""))
    if constant:
        where = (
            f"At {code(places[0])}, where {code(f'{constant[0]}: {constant[1]}')}. {plain(definition['description'])}"
        )
    return f"{heading(2, title, _anchor(name))}\n\n{where} {words}".rstrip() + "\n\n" + _table(definition)


def _title(name: str, constant: tuple[str, str] | None, places: list[str]) -> str:
    if constant:
        return f"{places[0]}: {constant[1]}"
    if name.startswith("_"):
        return f"{places[0]} as a mapping with {name.strip('_').lower()}"
    step = places[0].startswith("protocol") and places[0].endswith("[]")
    return f"{places[0]}: {name.lower()}" if step else places[0]


def _brief(places: list[str]) -> list[str]:
    """At most four of the places; what stands in a repeated step is as in a step."""
    distinct = [place for place in places if ".steps" not in place] or places
    return distinct if len(distinct) <= 4 else [*distinct[:4], "…"]


def _anchor(name: str) -> str:
    return f"schema-{re.sub(r'[^a-z0-9]', '', name.lower())}"


def _table(definition: Schema) -> str:
    required = set(definition.get("required", ()))
    # Of `geometry` and `hosts` a study has one.
    either = {key for one in definition.get("oneOf", ()) for key in one["required"]}
    rows = [
        (code(key), _takes(part), "–" if key in either else _default(part, key in required), plain(_meaning(part)))
        for key, part in definition["properties"].items()
        if "const" not in part
    ]
    return table(HEADER, rows)


def _meaning(part: Schema) -> str:
    """The words on a key, without how it is read: that is in the column before."""
    words = part.get("description", "")
    readings = [part.get("x-reading"), *(p.get("x-reading") for p in part.get("anyOf", ()))]
    for reading in filter(None, readings):
        words = words.removesuffix(reading).removesuffix(": ").removesuffix(".")
    return words


def _takes(part: Schema) -> str:
    """What a key takes, in words; other sections are linked."""
    if "x-reading" in part:
        bounds = next((p for p in part.get("anyOf", ()) if p.get("type") == "number"), {})
        return _reading(part["x-reading"]) + _bounds(bounds)
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return f"[section](#{_anchor(name)})"
    if "anyOf" in part:
        taken = [_takes(p) for p in part["anyOf"] if p.get("type") != "null"]
        sections = [p for p in part["anyOf"] if "$ref" in p]
        if len(sections) == len(taken) > 1:
            return "one of: " + ", ".join(_link(p["$ref"].rpartition("/")[2]) for p in sections)
        return " or ".join(dict.fromkeys(taken))
    if "const" in part:
        return code(part["const"])
    if "enum" in part:
        return ", ".join(code(value) for value in part["enum"])
    kind = part.get("type")
    if kind == "array":
        items = part.get("items") or part.get("prefixItems")
        inner = _takes(items) if isinstance(items, dict) else "values"
        return f"list of: {inner.removeprefix('one of: ')}"
    if kind == "object":
        values = part.get("additionalProperties")
        if part.get("title") == "Shape" or values is True:
            return "a mapping; see [shapes](#schema-shapes)" if "shape" in _lower(part) else "a mapping"
        return f"names to: {_takes(values)}" if isinstance(values, dict) and values else "a mapping"
    names = {"boolean": "`true` or `false`", "integer": "whole number", "number": "number", "string": "text"}
    return names.get(kind, "any value") + _bounds(part)


def _lower(part: Schema) -> str:
    return json.dumps(part).lower()


def _link(name: str) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return f"[{words}](#{_anchor(name)})"


def _reading(reading: str) -> str:
    match = re.match(r"a number in (\S+), or text(?: such as ('.*'))?", reading)
    if match is None:
        return re.sub(r"'([^']*)'", r"`\1`", reading)
    from archode.materials.units import pretty_unit

    unit, example = match.groups()
    return f"quantity in {plain(pretty_unit(unit))}" + (f", such as {code(example.strip(chr(39)))}" if example else "")


def _bounds(part: Schema) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    told = [f"{sign} {part[key]:g}" for key, sign in signs.items() if key in part]
    return f", {' and '.join(told)}" if told else ""


def _default(part: Schema, required: bool) -> str:
    if required:
        return "–"
    default = part.get("default")
    if default is None or default == {} or default == []:
        return "none"
    if isinstance(default, dict) or part.get("anyOf", [{}])[-1].get("$ref", "").endswith("_Times"):
        # A section's defaults stand in its own table; snapshots are counted by default.
        return "its own" if isinstance(default, dict) else code(default[0])
    if isinstance(default, bool):
        return code(str(default).lower())
    if isinstance(default, float):
        unit = re.match(r"a number in (\S+), or", part.get("x-reading", ""))
        return code(f"{default:g} {unit.group(1)}" if unit and default else f"{default:g}")
    return code(default) if default != "" else "empty"


def _shapes() -> str:
    """The shapes: the schema leaves them open, since they nest; their sections are made as the study file's are."""
    from archode.geometry.shapes import SHAPES
    from archode.studies.schema_dataclass import section_of

    parts = [
        f"{heading(2, 'Shapes', 'schema-shapes')}\n\nA shape is a mapping of one key, its name, to its parameters. "
        "Shapes nest wherever one takes another.\n"
    ]
    for name, cls in SHAPES.items():
        section = section_of(cls)
        schema = section.model_json_schema(mode="validation")
        summary = plain(section.__doc__ or "")
        body = _table(_own_shapes(schema, cls)) if schema.get("properties") else ""
        head = heading(3, name, f"schema-shape-{name.replace('_', '-')}")
        parts.append(f"{head}\n\n{summary}\n\n{body}")
    return "\n".join(parts)


def _own_shapes(schema: Schema, cls: type) -> Schema:
    """The schema of a shape, with how its quantities are read told where the study's schema would tell it."""
    from archode.studies.schema import _with_readings

    schema = _with_readings(schema)
    schema["required"] = [
        field.name
        for field in dataclasses.fields(cls)
        if field.init and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    return schema
