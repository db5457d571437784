"""A section of the study file for a dataclass of another package: keys, units, words come from its fields."""

from __future__ import annotations

import dataclasses
import re
import types
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    create_model,
)

from ..geometry.shapes import Shape
from .quantity import quantity
from .section import Section, finished, rejection


@cache
def section_of(cls: type, discriminator: tuple[str, str] | None = None) -> type[Section]:
    """Pydantic section with the fields of a dataclass.

    Parameters
    ----------
    cls : dataclass whose fields are ``Annotated[float, "m"]``, optional ones ``… | None``, or plain types
    discriminator : key and value that tell this section from its siblings, as ("architecture", "planar")
    """
    hints = get_type_hints(cls, include_extras=True)
    words = described(cls)
    fields: dict[str, Any] = {}
    if discriminator is not None:
        key, value = discriminator
        fields[key] = (Literal[value], Field(description=_summary(cls)))
    for field in dataclasses.fields(cls):
        if not field.init:
            continue
        default = ... if field.default is dataclasses.MISSING else field.default
        if field.default_factory is not dataclasses.MISSING:
            default = field.default_factory()
        fields[field.name] = (_readable(hints[field.name]), Field(default, description=words.get(field.name)))
    return create_model(cls.__name__, __base__=Section, __doc__=_summary(cls), **fields)


def build(cls: type, section: Section) -> Any:
    """The dataclass from its validated section; its own refusal becomes a problem at the key it names."""
    values = {f.name: getattr(section, f.name) for f in dataclasses.fields(cls) if f.init}
    try:
        return cls(**values)
    except ValueError as error:
        named = getattr(error, "parameter", None) or _first_named(str(error), values)
        # "planar: gap must …" stands at the key geometry.gap already.
        message = re.sub(r"^[a-z_]+: ", "", str(error))
        raise rejection(cls.__name__, [((named,) if named else (), message)]) from None


def write(obj: Any) -> dict[str, Any]:
    """Keys and values as a study file holds them, SI with units; what is None is left out."""
    values = {f.name: getattr(obj, f.name) for f in dataclasses.fields(obj) if f.init}
    section = section_of(type(obj)).model_construct(**values)
    return section.model_dump(exclude_none=True)


def described(cls: type) -> dict[str, str]:
    """Words on each parameter, from the NumPy docstring of a class."""
    words: dict[str, list[str]] = {}
    names: list[str] = []
    for line in (cls.__doc__ or "").splitlines():
        head = re.match(r"^\s*(\w+(?:\s*,\s*\w+)*)\s*(?::\s*(.*))?$", line)
        if head and all(n.strip() in _field_names(cls) for n in head.group(1).split(",")):
            names = [n.strip() for n in head.group(1).split(",")]
            for name in names:
                words[name] = [(head.group(2) or "").strip()]
        elif not line.strip() or set(line.strip()) == {"-"}:
            names = []
        else:
            for name in names:
                words[name].append(line.strip())
    return {name: " ".join(part for part in parts if part) for name, parts in words.items()}


def _summary(cls: type) -> str:
    return " ".join((cls.__doc__ or "").strip().split("\n\n")[0].split())


def _field_names(cls: type) -> set[str]:
    return {f.name for f in dataclasses.fields(cls)}


def _first_named(message: str, names: Any) -> str | None:
    """The parameter that a message speaks of first."""
    found = {
        m.start(): name for name in names if (m := re.search(rf"(?<![\w.]){re.escape(name)}\b", message))
    }
    return found[min(found)] if found else None


def _readable(hint: Any) -> Any:
    """Replace ``Annotated[float, unit]`` by a type that reads quantities, also inside optional types."""
    if get_origin(hint) is Annotated:
        base, *metadata = get_args(hint)
        unit = next((m for m in metadata if isinstance(m, str)), None)
        if base is float and unit is not None:
            return quantity(unit)
        return _readable(base)
    if hint is Shape:
        # Imported here: a shape's own section is made by this module.
        from .schema_shape import ShapeField

        return ShapeField
    if get_origin(hint) is tuple:
        parts = tuple(part if part is Ellipsis else _readable(part) for part in get_args(hint))
        # YAML has lists only.
        return Annotated[tuple[parts], BeforeValidator(lambda given: tuple(given) if type(given) is list else given)]
    if get_origin(hint) in (Union, types.UnionType) and any(get_origin(part) is tuple for part in get_args(hint)):
        return _one_or_several(hint)
    if get_origin(hint) in (Union, types.UnionType):
        return Union[tuple(_readable(part) for part in get_args(hint))]  # noqa: UP007 (built from a tuple)
    return quantity("1") if hint is float else hint


def _one_or_several(hint: Any) -> Any:
    """A value or a list of them, such as a voxel's size; told apart by what is written."""
    several = TypeAdapter(_readable(next(part for part in get_args(hint) if get_origin(part) is tuple)))
    others = tuple(part for part in get_args(hint) if get_origin(part) is not tuple)
    one = TypeAdapter(_readable(Union[others]))  # noqa: UP007 (built from a tuple)

    def choose(value: Any) -> TypeAdapter:
        return several if isinstance(value, list | tuple) else one

    def read(given: Any) -> Any:
        try:
            return choose(given).validate_python(given)
        except ValidationError as error:
            raise rejection("value", finished(error)) from None

    return Annotated[
        Any,
        PlainValidator(read, json_schema_input_type=_readable(Union[others]) | list),  # noqa: UP007
        PlainSerializer(lambda value: choose(value).dump_python(value)),
    ]
