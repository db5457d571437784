"""A current transient from a person's table: columns found, units read from their headers, converted to SI."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..materials import UnitError, to_si
from ..materials.units import convert
from .errors import StudyError, suggestion

#: "t [s]", "i (mA/cm2)", "time/s", "<I>/mA".
_HEADER = re.compile(r"^(?P<name>.*?)\s*(?:\[(?P<square>[^\]]*)\]|\((?P<round>[^)]*)\)|/\s*(?P<slash>\S.*))?\s*$")

_TIMES = ("t", "time", "zeit", "temps", "tiempo", "elapsedtime", "teststime")
_CURRENTS = ("i", "j", "current", "currentdensity", "strom", "stromdichte", "jm", "im")

DELIMITERS = ("\t", ";", ",")


@dataclass(frozen=True)
class Column:
    """A column: its header as it stands, the bare name, the unit or ``None``, and its place."""

    header: str
    name: str
    unit: str | None
    place: int


@dataclass(frozen=True)
class TransientTable:
    """Times [s] and current densities [A/m²], of the columns named."""

    times: list[float]
    currents: list[float]
    time_column: str
    current_column: str


def read_transient(
    path: Path, area: float | None = None, time_column: str | None = None, current_column: str | None = None
) -> TransientTable:
    """Read a transient.

    Parameters
    ----------
    path
        Table with commas, semicolons or tabs between the columns, and a header or none; lines with ``#`` are left out.
    area
        Of the electrode [m²], for a column in units of current.
    time_column, current_column
        Headers or bare names; found by usual names, or taken as the first two columns, without.

    Raises
    ------
    StudyError
        The file cannot be read, a column or a number is missing, a unit is wrong.
    """
    rows, lines = _rows(path)
    head = _header(rows)
    width = max((k + 1 for k, cell in enumerate(rows[-1]) if cell), default=0)
    columns = _unnamed(width) if head is None else [_column(cell, k) for k, cell in enumerate(rows[head]) if cell]
    if len(columns) < 2:
        raise StudyError(
            f"{path}: one column is not enough: times and currents are wanted, with commas, semicolons or tabs between"
        )
    time = _choose(path, columns, time_column, _TIMES, "time", 0)
    others = [column for column in columns if column is not time]
    current = _choose(path, others, current_column, _CURRENTS, "current", 0)
    first = 0 if head is None else head + 1
    rows, lines = rows[first:], lines[first:]
    times = [_number(path, line, row, time) for row, line in zip(rows, lines, strict=True)]
    currents = [_number(path, line, row, current) for row, line in zip(rows, lines, strict=True)]
    second = _factor(path, time, "s")
    density = _density(path, current, area)
    return TransientTable([t * second for t in times], [i * density for i in currents], time.header, current.header)


def _rows(path: Path) -> tuple[list[list[str]], list[int]]:
    """Cells of the lines that are neither empty nor comments, and the numbers of these lines."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StudyError(f"{path}: cannot be read: {error.strerror or error}") from None
    if b"\x00" in raw:
        raise StudyError(f"{path}: is not a text file; export the table as CSV")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    kept = [
        (k, line) for k, line in enumerate(text.splitlines(), 1) if line.strip() and not line.lstrip().startswith("#")
    ]
    if len(kept) < 2:
        raise StudyError(f"{path}: holds no table of times and currents")
    # The last line is one of numbers, whatever stands above; commas beside semicolons or tabs are decimal.
    delimiter = next((d for d in DELIMITERS if d in kept[-1][1]), ",")
    cells = [[cell.strip() for cell in row] for row in csv.reader((line for _, line in kept), delimiter=delimiter)]
    if delimiter != ",":
        cells = [[_point(cell) for cell in row] for row in cells]
    return cells, [k for k, _ in kept]


def _header(rows: Sequence[Sequence[str]]) -> int | None:
    """Index of the header: the last row without a number above the first row of numbers alone."""
    numbers = [[_is_number(cell) for cell in row if cell] for row in rows]
    end = next((k for k, row in enumerate(numbers) if len(row) > 1 and all(row)), len(rows))
    return next((k for k in reversed(range(end)) if not any(numbers[k])), None)


def _point(cell: str) -> str:
    """A number with a decimal comma as one with a point."""
    return cell.replace(",", ".") if re.fullmatch(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?", cell) else cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _column(header: str, place: int) -> Column:
    match = _HEADER.match(header)
    unit = next((match[group] for group in ("square", "round", "slash") if match[group]), None)
    return Column(header, match["name"].strip(), unit.strip() if unit else None, place)


def _unnamed(count: int) -> list[Column]:
    return [Column(f"column {k + 1}", f"column {k + 1}", None, k) for k in range(count)]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _choose(
    path: Path, columns: Sequence[Column], wanted: str | None, usual: Sequence[str], what: str, fallback: int
) -> Column:
    """The column that is asked for, or the one with a usual name, or the next in order if there are only two."""
    names = [column.header for column in columns]
    if wanted is not None:
        found = [c for c in columns if wanted in (c.header, c.name)] or [
            c for c in columns if wanted.lower() in (c.header.lower(), c.name.lower())
        ]
        if not found:
            raise StudyError(f"{path}: there is no column '{wanted}' for the {what}; {suggestion(wanted, names)}")
        return found[0]
    found = [column for column in columns if _plain(column.name) in usual]
    if len(found) == 1 or (found and what == "time"):
        return found[0]
    if not found and len(columns) == (2 if what == "time" else 1):
        return columns[fallback]
    if not found and all(column.name.startswith("column ") for column in columns):
        return columns[fallback]
    told = "several columns may be" if found else "no column is named as"
    raise StudyError(f"{path}: {told} the {what}; say which with --{what}-column: {', '.join(names)}")


def _number(path: Path, line: int, row: Sequence[str], column: Column) -> float:
    cell = row[column.place] if column.place < len(row) else ""
    if not _is_number(cell):
        given = f"'{cell}' is not a number" if cell else "there is no number"
        raise StudyError(f"{path}:{line}: {column.header}: {given}")
    return float(cell)


def _factor(path: Path, column: Column, unit: str) -> float:
    """SI value of 1 in the column's unit; 1 where it states none."""
    if column.unit is None:
        return 1.0
    try:
        return convert(1.0, _spelled(column.unit), unit)
    except UnitError as error:
        raise StudyError(f"{path}: {column.header}: {error}") from None


def _density(path: Path, column: Column, area: float | None) -> float:
    """Current density [A/m²] of 1 in the column's unit."""
    unit = _spelled(column.unit or ("A" if area else "A/m^2"))
    try:
        return to_si(f"1 {unit}", "A/m^2")
    except UnitError as density:
        try:
            current = to_si(f"1 {unit}", "A")
        except UnitError:
            raise StudyError(f"{path}: {column.header}: {density}") from None
    if area is None:
        raise StudyError(f"{path}: {column.header} is a current; state the electrode's area, e.g. --area '1 cm^2'")
    return current / area


def _spelled(unit: str) -> str:
    """A unit as instruments print it in the form that is read here: ``mA cm-2``, ``mA·cm⁻²``, ``µA``."""
    raised = unit.translate(str.maketrans("⁻⁰¹²³−", "-0123-"))
    return re.sub(r"\s*[·*]\s*|\s+", "*", raised.strip())
