"""Base class of every section of a study: strict keys, and errors in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from .errors import nearest, shown, suggestion

EXPLAINED = "study"
"""Error type of a problem whose message is final."""

Problem = tuple[Sequence[str | int], str]
"""Location inside the section, and what is wrong there."""


def rejection(title: str, problems: Iterable[Problem]) -> ValidationError:
    """A pydantic error that carries finished messages, so that nested sections keep their locations."""
    details = [
        InitErrorDetails(
            type=PydanticCustomError(EXPLAINED, "{message}", {"message": message}), loc=tuple(loc), input=None
        )
        for loc, message in problems
    ]
    return ValidationError.from_exception_data(title, details)


class Section(BaseModel):
    """A mapping of known keys. Immutable; unknown keys are errors that name the nearest valid one."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True)

    @model_validator(mode="wrap")
    @classmethod
    def _explain(cls, data: Any, handler: Any) -> Any:
        try:
            return handler(data)
        except ValidationError as error:
            raise rejection(
                cls.__name__, [_in_words(cls, e) for e in _distinct(cls, error.errors())]
            ) from None


def _distinct(section: type[BaseModel], errors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Unknown keys first, and no word of the missing key that one of them was meant to be."""
    unknown = [e for e in errors if e["type"] == "extra_forbidden"]
    meant = {nearest(str(e["loc"][-1]), section.model_fields) for e in unknown}
    others = [e for e in errors if e["type"] != "extra_forbidden"]
    return unknown + [e for e in others if e["type"] != "missing" or e["loc"][-1] not in meant]


def finished(error: ValidationError) -> list[Problem]:
    """Locations and messages of an error raised by a section."""
    return [_in_words(Section, e) for e in error.errors()]


def _in_words(section: type[BaseModel], error: dict[str, Any]) -> Problem:
    """Translate one pydantic error of a section."""
    loc, kind, given = error["loc"], error["type"], error["input"]
    context = error.get("ctx", {})
    if kind == EXPLAINED:
        return loc, error["msg"]
    if kind == "value_error":
        return loc, str(context["error"])
    if kind == "extra_forbidden":
        return loc, f"unknown key; {suggestion(str(loc[-1]), section.model_fields)}"
    if kind == "missing":
        info = section.model_fields.get(str(loc[-1]))
        about = f": {info.description}" if info is not None and info.description else ""
        return loc, f"required key is missing{about}"
    if kind == "literal_error":
        near = (
            nearest(given, context["expected"].replace("'", "").replace(" or ", ", ").split(", "))
            if isinstance(given, str)
            else None
        )
        hint = f"; did you mean '{near}'?" if near else ""
        return loc, f"must be {context['expected']}, got {shown(given)}{hint}"
    wanted = {
        "model_type": "a mapping of keys",
        "dict_type": "a mapping of keys",
        "list_type": "a list",
        "tuple_type": "a list",
        "string_type": "text",
        "string_too_short": "a text that is not empty",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "bool_type": "true or false",
        "float_type": "a number",
        "greater_than_equal": f"at least {context.get('ge')}",
        "greater_than": f"greater than {context.get('gt')}",
        "less_than_equal": f"at most {context.get('le')}",
        "less_than": f"less than {context.get('lt')}",
        "too_short": "given, with at least one entry",
    }.get(kind)
    if wanted is None:
        return loc, f"{error['msg']}, got {shown(given)}"
    return loc, f"must be {wanted}, got {shown(given)}"
