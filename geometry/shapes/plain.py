"""Shapes as plain data, as they stand in a study: mappings with one key, the shape's name.

``{"gyroid": {"period": 3e-5, "solid_fraction": 0.3}}``.  Combinations that have parts and nothing else are
written without a key for them: ``{"union": [{…}, {…}]}``, ``{"complement": {…}}``.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import GeometryError
from .registry import SHAPES, shape_name
from .shape import Shape


def to_plain(shape: Shape) -> dict[str, Any]:
    """Mapping of a shape's name to its parameters, ready for JSON; lengths in metres."""
    parameters = {field.name: _plain_value(getattr(shape, field.name)) for field in dataclasses.fields(shape)}
    return {shape_name(shape): parameters["of"] if list(parameters) == ["of"] else parameters}


def _plain_value(value: Any) -> Any:
    if isinstance(value, Shape):
        return to_plain(value)
    if isinstance(value, tuple):
        return [_plain_value(part) for part in value]
    if isinstance(value, Mapping):
        return {key: _plain_value(part) for key, part in value.items()}
    return value.item() if hasattr(value, "item") else value


def from_plain(data: Mapping[str, Any]) -> Shape:
    """The shape that ``to_plain`` wrote, or that a study describes.

    Parameters
    ----------
    data
        Mapping with one key, the shape's name.

    Raises
    ------
    GeometryError
        Unknown shapes or parameters (the nearest valid names are listed), missing or unusable ones.
    """
    return _shape(data, "")


def _shape(data: Any, where: str) -> Shape:
    if not isinstance(data, Mapping) or len(data) != 1:
        example = "{gyroid: {period: 30 um, solid_fraction: 0.3}}"
        raise GeometryError(f"{where}a shape is written as name and parameters, {example}, not as {data!r}")
    name, parameters = next(iter(data.items()))
    if name not in SHAPES:
        raise GeometryError(f"{where}there is no shape {name!r}; {_suggestion(name, SHAPES)}")
    described = SHAPES[name]
    names = [field.name for field in dataclasses.fields(described)]
    if names == ["of"] and not (isinstance(parameters, Mapping) and list(parameters) == ["of"]):
        parameters = {"of": parameters}
    if not isinstance(parameters, Mapping):
        raise GeometryError(f"{where}{name}: needs parameters such as {', '.join(names)}, not {parameters!r}")
    unknown = [key for key in parameters if key not in names]
    if unknown:
        hint = _suggestion(unknown[0], names)
        raise GeometryError(f"{where}{name}: there is no parameter {unknown[0]!r}; {hint}")
    needed = [field.name for field in dataclasses.fields(described) if field.default is dataclasses.MISSING]
    missing = [key for key in needed if key not in parameters]
    if missing:
        raise GeometryError(f"{where}{name}: {', '.join(missing)} must be given")
    arguments = {
        key: _parts(value, f"{where}{name}") if key == "of" else _tuples(value)
        for key, value in parameters.items()
    }
    try:
        return described(**arguments)
    except GeometryError as error:
        raise GeometryError(f"{where}{error}") from error


def _parts(value: Any, where: str) -> Shape | tuple[Shape, ...]:
    if isinstance(value, list | tuple):
        return tuple(_shape(part, f"{where}, part {number}: ") for number, part in enumerate(value, start=1))
    return _shape(value, f"{where}: ")


def _tuples(value: Any) -> Any:
    return tuple(_tuples(part) for part in value) if isinstance(value, list | tuple) else value


def _suggestion(name: Any, names: Iterable[str]) -> str:
    from difflib import get_close_matches

    names = list(names)
    close = get_close_matches(str(name).lower(), names, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(close)}?" if close else f"known are {', '.join(names)}"
