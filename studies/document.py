"""A YAML file as plain Python data, with the line of every key."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import StudyError, nearest

MAX_BYTES = 1_000_000
"""A study is a page of text; anything this large is another kind of file."""

MAX_NODES = 200_000
"""Values after aliases are written out, so that nested aliases cannot fill the memory."""

Location = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """Plain data of a YAML file.

    Attributes
    ----------
    name : the file as the user called it
    data : dicts, lists, numbers, text, booleans and None only
    lines : line (counted from 1) of every key and list entry
    """

    name: str
    text: str
    data: dict[str, Any]
    lines: dict[Location, int] = field(repr=False)

    def line(self, loc: Location) -> int | None:
        """Line of a location, or of the nearest section above it."""
        for end in range(len(loc), 0, -1):
            if loc[:end] in self.lines:
                return self.lines[loc[:end]]
        return None


def read_document(path: Path) -> Document:
    """Read a YAML file whose top level is a mapping.

    Raises
    ------
    StudyError
        The file cannot be read, is not text, not YAML, empty, or not a mapping of keys.
    """
    return parse_document(_read_text(path, str(path)), str(path))


def parse_document(text: str, name: str) -> Document:
    """The same from the text of a file; `name` is what a person is told that it is called."""
    root = parse_yaml(text, name)
    if root is None:
        raise StudyError(f"{name}: the file is empty; a study needs at least study, geometry, materials and protocol")
    lines: dict[Location, int] = {}
    data = _plain(root, name, lines)
    if not isinstance(data, dict):
        kind = "a list" if isinstance(data, list) else "a single value"
        raise StudyError(f"{name}:1: the top level must be keys such as 'study: my_study', not {kind}")
    return Document(name, text, data, lines)


def parse_yaml(text: str, name: str) -> Any:
    """Round-trip YAML objects, which know their lines.

    Raises
    ------
    StudyError
        Not YAML, duplicate keys, tabs, several documents.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import DuplicateKeyError
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="rt").load(text)
    except RecursionError:
        raise StudyError(f"{name}: nested too deeply for a study") from None
    except DuplicateKeyError as error:
        first = str(error.problem).split('"')
        key = first[1] if len(first) > 1 else "?"
        raise StudyError(f"{name}:{_line(error)}: '{key}' is given twice; remove one of the two") from None
    except MarkedYAMLError as error:
        problem = error.problem or "cannot be read"
        if "'\\t'" in problem:
            problem = "a tab; YAML is indented with spaces"
        elif "mapping values are not allowed" in problem:
            problem = "a second ': ' on one line; put the text in quotes, or begin a new line"
        elif "another document" in problem:
            problem = "a second document begins ('---'); a study file holds one"
        raise StudyError(f"{name}:{_line(error)}: not valid YAML: {problem}") from None
    except YAMLError as error:
        raise StudyError(f"{name}: not valid YAML: {str(error).splitlines()[0]}") from None
    except TypeError:
        raise StudyError(f"{name}: not valid YAML: a key must be text, not a list or mapping") from None
    except Exception as error:
        # The YAML library answers some malformed tags and numbers with bare Python errors.
        raise StudyError(f"{name}: not valid YAML: {type(error).__name__}: {error}") from None


def plain_value(text: str, name: str) -> Any:
    """Plain data of one YAML value, such as the right side of ``--set key=value``."""
    return _plain(parse_yaml(text, name), name, {})


def _plain(root: Any, name: str, lines: dict[Location, int]) -> Any:
    try:
        return _Plain(name, lines).convert(root, (), 1)
    except RecursionError:
        raise StudyError(f"{name}: nested too deeply for a study") from None


def _line(error: Any) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark is not None else 1


def _read_text(path: Path, name: str) -> str:
    try:
        if path.is_dir():
            candidates = sorted(p.name for p in path.glob("*.y*ml"))[:3]
            hint = f", such as {path / candidates[0]}" if candidates else ""
            raise StudyError(f"{name}: is a folder; give a study file{hint}")
        if not path.exists():
            near = nearest(path.name, [p.name for p in path.parent.glob("*.y*ml")]) if path.parent.is_dir() else None
            hint = f"; did you mean '{path.with_name(near)}'?" if near else ""
            raise StudyError(f"{name}: no such file{hint}")
        if not path.is_file():
            raise StudyError(f"{name}: is not a regular file")
        if path.stat().st_size > MAX_BYTES:
            raise StudyError(f"{name}: is larger than {MAX_BYTES // 1000} kB, which no study file is")
        raw = path.read_bytes()
    except OSError as error:
        raise StudyError(f"{name}: cannot be read: {error.strerror or error}") from None
    except StudyError:
        raise
    except ValueError as error:
        raise StudyError(f"{name!r}: is not a file name: {error}") from None
    if b"\x00" in raw:
        raise StudyError(f"{name}: is a binary file, not YAML text")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise StudyError(f"{name}:{line}: is not UTF-8 text (byte {raw[error.start]:#04x}); save it as UTF-8") from None


class _Plain:
    """Converts round-trip objects to plain data and notes their lines."""

    def __init__(self, name: str, lines: dict[Location, int]) -> None:
        self.name, self.lines = name, lines
        self.count = 0

    def convert(self, node: Any, loc: Location, line: int) -> Any:
        self.count += 1
        if self.count > MAX_NODES:
            raise StudyError(f"{self.name}: holds more than {MAX_NODES} values once its aliases are written out")
        if isinstance(node, dict):
            return self._mapping(node, loc, line)
        return self._list(node, loc, line) if isinstance(node, list) else self._scalar(node, line)

    def _mapping(self, node: Any, loc: Location, line: int) -> dict[str, Any]:
        plain = {}
        for key, value in node.items():
            here = self._position(node, "key", key, line)
            if not isinstance(key, str):
                raise StudyError(f"{self.name}:{here}: the key {key!r} must be text")
            self.lines[(*loc, str(key))] = here
            plain[str(key)] = self.convert(value, (*loc, str(key)), here)
        return plain

    def _list(self, node: Any, loc: Location, line: int) -> list[Any]:
        plain = []
        for index, value in enumerate(node):
            here = self._position(node, "item", index, line)
            self.lines[(*loc, index)] = here
            plain.append(self.convert(value, (*loc, index), here))
        return plain

    def _position(self, node: Any, kind: str, key: Any, otherwise: int) -> int:
        # Keys merged in with '<<' have no line of their own; the section's is near enough.
        try:
            return getattr(node.lc, kind)(key)[0] + 1
        except (AttributeError, KeyError, TypeError):
            return otherwise

    def _scalar(self, node: Any, line: int) -> Any:
        from ruamel.yaml.scalarbool import ScalarBoolean

        if isinstance(node, ScalarBoolean):
            return bool(node)
        if node is None or isinstance(node, bool):
            return node
        for kind in (str, int, float):
            if isinstance(node, kind):
                return kind(node)
        if isinstance(node, datetime.date | datetime.datetime):
            return str(node)
        raise StudyError(f"{self.name}:{line}: YAML tags such as '!name' are not used in a study")
