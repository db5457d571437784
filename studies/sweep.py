"""Parameter sweeps: which cases a study has, what they are called, and the values each one takes."""

from __future__ import annotations

import copy
import hashlib
import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field, model_serializer, model_validator

from .errors import shown
from .section import Section, rejection

MAX_CASES = 10_000
"""Cases one study may have; more is a slip of the keyboard."""

MAX_NAME = 80
"""Length of a case name, well inside every file system's limit."""

FIXED = ("study", "description", "sweep", "hosts")
"""Top-level keys that describe the whole study and so cannot be swept."""

JOINED = ("overrides", "sweep", "zip", "options")
"""Sections whose own keys may hold dots: the rest of a key path is one key there."""

Axis = Mapping[str, list[Any]]
Values = dict[str, Any]


class SweepPathError(ValueError):
    """A key path that cannot be reached in the study."""


class Sweep(Section):
    """Axes of a parameter sweep.

    In the file ``sweep`` maps key paths to lists; all combinations are run. Paths under ``zip`` advance
    together; several groups are written as a list of mappings.
    """

    grid: dict[str, list[Any]] = Field(description="key path: values")
    zip: list[dict[str, list[Any]]] = Field(description="groups of key paths that advance together")

    model_config = Section.model_config | {
        "json_schema_extra": lambda schema: _describe_as_written(schema),
    }

    @model_validator(mode="before")
    @classmethod
    def _from_file(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise ValueError(f"must be a mapping from key paths to lists of values, got {shown(data)}")
        groups = data.get("zip", [])
        in_list = isinstance(groups, list)
        groups = groups if in_list else [groups]
        grid = {key: values for key, values in data.items() if key != "zip"}
        problems = list(_bad_axes((), grid))
        for index, group in enumerate(groups):
            loc = ("zip", index) if in_list else ("zip",)
            if not isinstance(group, Mapping) or not group:
                problems.append((loc, f"must map key paths to lists of values, got {shown(group)}"))
                continue
            problems += _bad_axes(loc, group)
            lengths = {key: len(values) for key, values in group.items() if isinstance(values, list)}
            if len(set(lengths.values())) > 1:
                told = ", ".join(f"{key} has {n}" for key, n in lengths.items())
                problems.append((loc, f"lists that advance together must be equally long: {told}"))
        paths = [*grid, *(key for group in groups if isinstance(group, Mapping) for key in group)]
        problems += [
            (("zip",), f"'{key}' is swept twice") for key in {p for p in paths if paths.count(p) > 1}
        ]
        if problems:
            raise rejection("sweep", problems)
        return {"grid": grid, "zip": [dict(g) for g in groups]}

    @model_serializer
    def _as_written(self) -> dict[str, Any]:
        return {**self.grid, **({"zip": self.zip} if self.zip else {})}

    def axes(self) -> list[Axis]:
        """One mapping per axis: a single path, or the paths of a zip group."""
        return [*({path: values} for path, values in self.grid.items()), *self.zip]


def combinations(sweep: Sweep) -> list[Values]:
    """Values of every case, the last axis running fastest."""
    rows = [
        [dict(zip(axis, row, strict=True)) for row in zip(*axis.values(), strict=True)]
        for axis in sweep.axes()
    ]
    count = 1
    for axis in rows:
        count *= len(axis)
    if count > MAX_CASES:
        raise ValueError(f"gives {count} cases; at most {MAX_CASES} are run")
    return [
        {k: v for part in combination for k, v in part.items()} for combination in itertools.product(*rows)
    ]


def set_path(data: dict[str, Any], path: str, value: Any) -> tuple[str | int, ...]:
    """Put a value at a dotted key path of plain YAML data, in place; absent sections are made.

    Returns
    -------
    tuple
        The path in parts, list positions as integers.

    Raises
    ------
    SweepPathError
        A part is empty, runs into a value, or names a list position that does not exist.
    """
    parts = path.split(".")
    if not all(parts):
        raise SweepPathError(f"'{path}' is not a key path such as geometry.gap")
    node: Any = data
    loc: list[str | int] = []
    while True:
        part = parts[0]
        here = ".".join(str(p) for p in loc) or "the study"
        if isinstance(node, dict):
            joined = bool(loc) and loc[-1] in JOINED and part != "zip"
            key: str | int = ".".join(parts) if joined else part
            rest = [] if joined else parts[1:]
        elif isinstance(node, list):
            if not part.isdecimal() or int(part) >= len(node):
                valid = f"0 to {len(node) - 1}" if node else "none, it is empty"
                raise SweepPathError(f"{here} is a list; its positions are {valid}, not '{part}'")
            key, rest = int(part), parts[1:]
        else:
            raise SweepPathError(f"{here} holds {shown(node)}, so there is no '{part}' below it")
        loc.append(key)
        if not rest:
            node[key] = value
            return tuple(loc)
        if isinstance(node, dict) and node.get(key) is None:
            node[key] = {}
        node, parts = node[key], rest


def with_values(
    data: Mapping[str, Any], values: Values
) -> tuple[dict[str, Any], dict[tuple[str | int, ...], str]]:
    """Copy of the study's data with swept values set, and the location that each key path reached."""
    changed = copy.deepcopy(dict(data))
    reached = {set_path(changed, path, value): path for path, value in values.items()}
    return changed, reached


def case_names(sweep: Sweep, cases: list[Values]) -> list[str]:
    """Short names, safe and distinct on every file system, such as ``gap=10um,charge=2C``."""
    labels = _labels(sweep)
    names = []
    taken: set[str] = set()
    for values in cases:
        name = ",".join(f"{label}={slug(values[path])}" for path, label in labels.items())
        if len(name) > MAX_NAME:
            digest = hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()[:8]
            name = f"{name[: MAX_NAME - 9].rstrip(',=.')}-{digest}"
        unique, count = name, 1
        while unique.casefold() in taken:
            count += 1
            unique = f"{name}-{count}"
        taken.add(unique.casefold())
        names.append(unique)
    return names


def slug(value: Any) -> str:
    """A value as part of a file name: ``10 um`` → ``10um``, ``80 µA/cm^2`` → ``80uA_cm2``."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value).replace("µ", "u").replace("μ", "u").replace("/", "_").replace("**", "").replace("^", "")
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._+-]+", "", text).strip(".") or "x"


def _labels(sweep: Sweep) -> dict[str, str]:
    """Shortest distinct ending of every path that a name needs; of a zip group one, if that suffices."""
    needed: list[str] = []
    for axis in sweep.axes():
        first = next(iter(axis))
        distinct = len({slug(v).casefold() for v in axis[first]}) == len(axis[first])
        needed += [first] if distinct else list(axis)
    labels = {}
    for path in needed:
        parts = path.split(".")
        ends = [".".join(parts[-n:]) for n in range(1, len(parts) + 1)]
        others = [p for p in needed if p != path]
        label = next((e for e in ends if not any(o == e or o.endswith(f".{e}") for o in others)), path)
        labels[path] = re.sub(r"[^A-Za-z0-9._+-]+", "", label) or "x"
    return labels


def _bad_axes(
    loc: tuple[str | int, ...], axes: Mapping[str, Any]
) -> Iterable[tuple[tuple[str | int, ...], str]]:
    for path, values in axes.items():
        where = (*loc, path)
        if path.split(".")[0] in FIXED:
            yield where, f"'{path.split('.')[0]}' belongs to the whole study and cannot be swept"
        if not isinstance(values, list):
            yield where, f"must be a list of values such as [10 um, 20 um], got {shown(values)}"
        elif not values:
            yield where, "must hold at least one value, got an empty list"
        elif any(isinstance(v, dict | list) for v in values):
            yield where, "every value must be a single number or text"


def _describe_as_written(schema: dict[str, Any]) -> None:
    """JSON Schema of the section as a file has it, not as the model keeps it."""
    axes = {"type": "object", "additionalProperties": {"type": "array", "minItems": 1}}
    schema.clear()
    schema.update(
        {
            "title": "Sweep",
            "description": "key path: list of values (all combinations); paths under zip advance together",
            "type": "object",
            "properties": {"zip": {"anyOf": [axes, {"type": "array", "items": axes}]}},
            "additionalProperties": {"type": "array", "minItems": 1},
        }
    )
