"""Shapes in a study file: one-key mappings such as ``{gyroid: {period: 30 um}}``, nested at will."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, ValidationError

from ..geometry.shapes import SHAPES
from . import schema_dataclass
from .errors import shown, suggestion
from .section import finished, rejection


def parse_shape(data: Any) -> Any:
    """The shape that a one-key mapping describes.

    A shape whose only parameter is a shape or a list of shapes takes it without its name, as in
    ``{union: [{…}, {…}]}``.

    Raises
    ------
    pydantic.ValidationError
        Unknown shape or key, wrong dimension, or a shape that cannot be built.
    """
    if type(data) in SHAPES.values():
        return data
    if not isinstance(data, dict) or len(data) != 1:
        raise ValueError(f"must name one shape, as in {{gyroid: {{period: 30 um, …}}}}, got {shown(data)}")
    ((name, parameters),) = data.items()
    if not isinstance(name, str) or name not in SHAPES:
        hint = suggestion(name if isinstance(name, str) else "", SHAPES)
        raise rejection("shape", [((), f"unknown shape {shown(name)}; {hint}")])
    cls = SHAPES[name]
    only = _only_parameter(cls)
    if only and not (isinstance(parameters, dict) and set(parameters) == {only}):
        return _nested(name, cls, {only: parameters}, strip=True)
    return _nested(name, cls, parameters if parameters is not None else {}, strip=False)


def write_shape(shape: Any) -> dict[str, Any]:
    """A shape as a study file holds it, SI with units."""
    name = next(name for name, cls in SHAPES.items() if type(shape) is cls)
    written = schema_dataclass.write(shape)
    only = _only_parameter(type(shape))
    return {name: written[only] if only else written}


def _only_parameter(cls: type) -> str | None:
    """The key of a shape that is made of nothing but other shapes."""
    names = [field.name for field in dataclasses.fields(cls) if field.init]
    return names[0] if names == ["of"] else None


def _nested(name: str, cls: type, parameters: Any, strip: bool) -> Any:
    """Build a shape; problems are told below its name, without the key that was not written."""
    try:
        return schema_dataclass.build(cls, schema_dataclass.section_of(cls).model_validate(parameters))
    except ValidationError as error:
        problems = [((name, *(loc[1:] if strip else loc)), message) for loc, message in finished(error)]
        raise rejection(name, problems) from None


ShapeField = Annotated[
    Any,
    PlainValidator(parse_shape, json_schema_input_type=dict[str, Any]),
    PlainSerializer(write_shape),
]
