"""Geometry and mesh sections; their keys are the fields of the architecture chosen and of `MeshSizes`."""

from __future__ import annotations

from functools import cache, reduce
from operator import or_
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator

from ..geometry import ARCHITECTURES, MeshSizes
from . import schema_dataclass
from .errors import shown, suggestion
from .section import Section, rejection

KEY = "architecture"


@cache
def geometry_sections() -> dict[str, type[Section]]:
    """One section per registered architecture."""
    return {name: schema_dataclass.section_of(cls, (KEY, name)) for name, cls in ARCHITECTURES.items()}


def architecture_name(architecture: Any) -> str:
    """The registered name of an architecture object."""
    return next(name for name, cls in ARCHITECTURES.items() if type(architecture) is cls)


def parse_geometry(data: Any) -> Any:
    """The architecture dataclass that a geometry section describes.

    Raises
    ------
    pydantic.ValidationError
        Unknown architecture or key, wrong dimension, or a shape that cannot be built.
    """
    if type(data) in ARCHITECTURES.values():
        return data
    if not isinstance(data, dict):
        raise ValueError(f"must be a mapping of keys, got {shown(data)}")
    name = data.get(KEY)
    if name is None:
        raise rejection("geometry", [((KEY,), f"required key is missing: one of {', '.join(ARCHITECTURES)}")])
    if not isinstance(name, str) or name not in ARCHITECTURES:
        hint = suggestion(name, ARCHITECTURES) if isinstance(name, str) else suggestion("", ARCHITECTURES)
        raise rejection("geometry", [((KEY,), f"unknown architecture {shown(name)}; {hint}")])
    return schema_dataclass.build(ARCHITECTURES[name], geometry_sections()[name].model_validate(data))


def write_geometry(architecture: Any) -> dict[str, Any]:
    """The geometry section of an architecture, SI with units."""
    return {KEY: architecture_name(architecture), **schema_dataclass.write(architecture)}


def parse_mesh(data: Any) -> MeshSizes:
    """Mesh sizes from their section."""
    if isinstance(data, MeshSizes):
        return data
    return schema_dataclass.build(MeshSizes, schema_dataclass.section_of(MeshSizes).model_validate(data))


GeometryField = Annotated[
    Any,
    PlainValidator(
        parse_geometry,
        # Told apart in the JSON Schema by the constant under `architecture`.
        json_schema_input_type=reduce(or_, geometry_sections().values()),
    ),
    PlainSerializer(write_geometry),
]
MeshField = Annotated[
    Any,
    PlainValidator(parse_mesh, json_schema_input_type=schema_dataclass.section_of(MeshSizes)),
    PlainSerializer(schema_dataclass.write),
]
