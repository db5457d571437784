"""What the verification document knows of each case, kept as JSON beside it, so that cases can be rerun singly."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ...solvers.record import write_json
from ..errors import StudyError
from .order import Fit
from .row import Row


@dataclass(frozen=True)
class Chapter:
    """One case in the document.

    Attributes
    ----------
    rows
        Its lines of the table.
    versions
        Programs that computed them.
    unpictured
        Why there is no figure; empty where there is one.
    """

    rows: tuple[Row, ...]
    versions: str
    unpictured: str = ""

    @property
    def passed(self) -> bool:
        """Whether every row is within its tolerance."""
        return all(row.passed for row in self.rows)


def numbers_file(document: Path) -> Path:
    """The JSON file beside a document."""
    return document.with_suffix(".json")


def write_chapters(chapters: Mapping[str, Chapter], document: Path) -> None:
    """Write the numbers behind a document, whole or not at all."""
    write_json(numbers_file(document), {"cases": {name: asdict(chapter) for name, chapter in chapters.items()}})


def read_chapters(document: Path) -> dict[str, Chapter]:
    """Read the numbers behind a document; nothing where there is no document yet.

    Raises
    ------
    StudyError
        There is a document without its numbers, or they cannot be read.
    """
    file = numbers_file(document)
    remedy = "run all cases, or write to another file"
    if not file.exists():
        if document.exists():
            raise StudyError(
                f"--out {document}: exists, but the numbers behind it, {file.name}, do not; "
                f"some cases alone would drop the others: {remedy}"
            )
        return {}
    try:
        cases = json.loads(file.read_text(encoding="utf-8"))["cases"]
        return {name: _chapter(entry) for name, entry in cases.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StudyError(f"{file}: cannot be read as numbers of a verification document ({error}): {remedy}") from error


def _chapter(entry: Mapping) -> Chapter:
    return Chapter(tuple(_row(row) for row in entry["rows"]), entry["versions"], entry["unpictured"])


def _row(entry: Mapping) -> Row:
    fit = entry["fit"] and Fit(**_numbers(Fit, entry["fit"]))
    return Row(**_numbers(Row, {**entry, "fit": fit}))


def _numbers(kind: type, entry: Mapping) -> dict:
    """Give back to a field of numbers the nan that JSON holds as null."""
    floats = {field.name for field in fields(kind) if field.type in ("float", float)}
    return {name: math.nan if value is None and name in floats else value for name, value in entry.items()}
