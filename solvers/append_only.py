"""Tables that only grow: rows of CSV appended to a file, of which a restart knows how much is valid.

What a run has written is never read again while it goes on, so that a time step costs the same at any length of the
history. A mark, length and SHA-256 of the file, is what a restart file keeps of it; going on from a mark verifies what
stands before it and cuts off what stands after.
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..geometry.checksums import DamagedFileError

if TYPE_CHECKING:
    import pandas

#: Bytes that are read at once.
BLOCK = 1 << 20


class AppendedTable:
    """A CSV table, on disk or in memory.

    Parameters
    ----------
    path
        The file; ``None``: the table is kept in memory.
    columns
        Names of the columns; ``None``: those of the first row.
    """

    def __init__(self, path: Path | None, columns: Sequence[str] | None = None):
        self.path, self.columns = path, columns
        self._memory = BytesIO()
        self._digest = hashlib.sha256()
        self._bytes = 0

    def begin(self) -> None:
        """Start without any row; an earlier file is replaced by the first that are appended."""
        self._memory, self._digest, self._bytes = BytesIO(), hashlib.sha256(), 0

    def append(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows, whole lines at once; OSError if that is not possible."""
        if not rows:
            return
        lines = []
        if self.columns is None:
            self.columns = tuple(rows[0])
        if not self._bytes:
            lines.append(",".join(_quoted(name) for name in self.columns))
        lines += [",".join(_text(row.get(name)) for name in self.columns) for row in rows]
        data = ("\n".join(lines) + "\n").encode()
        if self.path is None:
            self._memory.write(data)
        else:
            # A line that an earlier attempt wrote in part does not stay.
            with open(self.path, "r+b" if self._bytes else "wb") as file:
                file.seek(self._bytes)
                file.write(data)
                file.truncate()
        self._digest.update(data)
        self._bytes += len(data)

    @property
    def mark(self) -> dict[str, Any]:
        """Length and digest of what is written, for :meth:`go_on`."""
        return {"bytes": self._bytes, "sha256": self._digest.hexdigest()}

    def go_on(self, mark: Mapping[str, Any]) -> None:
        """Go on from a mark: forget what was appended after it.

        Raises
        ------
        DamagedFileError
            What stands before the mark is not what was written.
        """
        self.begin()
        wanted = left = int(mark["bytes"])
        if wanted:
            try:
                with open(self.path, "rb") as file:
                    while left and (block := file.read(min(BLOCK, left))):
                        self._digest.update(block)
                        left -= len(block)
            except OSError as error:
                raise DamagedFileError(f"{self.path} is damaged: {error.strerror}") from error
            if left or self._digest.hexdigest() != mark["sha256"]:
                raise DamagedFileError(f"{self.path} is damaged: its rows are not those that the run wrote")
        self._bytes = wanted
        if wanted:
            with open(self.path, encoding="utf-8") as file:
                self.columns = tuple(next(csv.reader([file.readline()])))

    def read(self) -> pandas.DataFrame:
        """All rows that are written."""
        import pandas

        if not self._bytes:
            return pandas.DataFrame()
        data = self._memory.getvalue() if self.path is None else self.path.read_bytes()[: self._bytes]
        return pandas.read_csv(BytesIO(data))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value))
    return str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n') else text
