"""Changes of a file that come about as a whole or not at all, at the cost of what changes.

Bytes beyond the old end are written at once, for nothing refers to them yet. Those that replace others wait until the
end, are written to a journal beside the file, and then to their places. Whoever is ended before the journal is whole
leaves the old file, whoever is ended after it leaves a journal from which :func:`recover` completes the new one.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..geometry.machine import system_error
from ..geometry.whole_file import whole_file

SUFFIX = ".journal"


@contextmanager
def changed(path: Path) -> Iterator[io.RawIOBase]:
    """A file to read and write; what an exception ends is undone.

    Raises
    ------
    OSError
        The machine cannot; it names the file, also where the library that writes does not.
    """
    with open(path, "r+b", buffering=0) as file:
        change = _Change(file)
        try:
            yield change
            if change.failure is not None:
                raise change.failure
            with whole_file(_journal(path)) as journal:
                journal.write_bytes(change.packed())
        except BaseException as error:
            with suppress(OSError):
                file.truncate(change.old_size)
            number = system_error(change.failure or error)
            if number is None or not isinstance(error, OSError | RuntimeError):
                raise
            raise OSError(number, os.strerror(number), str(path)) from error
        change.apply()
    forget(path)


def forget(path: Path) -> None:
    """Forget a change of a file that was ended before its end."""
    _journal(path).unlink(missing_ok=True)


def recover(path: Path) -> None:
    """Complete a change that was ended while it was written to its places."""
    journal = _journal(path)
    try:
        content = journal.read_bytes()
    except FileNotFoundError:
        return
    head, _, data = content.partition(b"\n")
    try:
        told = json.loads(head)
        whole = told["sha256"] == hashlib.sha256(data).hexdigest()
    except (ValueError, KeyError, TypeError):
        whole = False
    if whole and path.is_file():
        with open(path, "r+b") as file:
            for place, length in told["writes"]:
                file.seek(place)
                file.write(data[:length])
                data = data[length:]
            file.truncate(told["size"])
    forget(path)


def _journal(path: Path) -> Path:
    return path.with_name(path.name + SUFFIX)


class _Change(io.RawIOBase):
    """The file as it will be: bytes that replace old ones are kept beside it until they are applied.

    HDF5 writes through it, and cannot hand on what Python raises: the first `failure` is kept for later.
    """

    def __init__(self, file: io.FileIO):
        self._file = file
        self.failure: OSError | None = None
        self.old_size = self._size = file.seek(0, os.SEEK_END)
        self._writes: list[tuple[int, bytes]] = []
        self._place = 0

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = base + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer) -> int:
        view = memoryview(buffer).cast("B")
        begin, end = self._place, min(self._place + len(view), self._size)
        count = max(end - begin, 0)
        self._file.seek(begin)
        there = self._file.readinto(view[:count])
        view[there:count] = bytes(count - there)
        for place, data in self._writes:
            low, high = max(place, begin), min(place + len(data), end)
            if low < high:
                view[low - begin : high - begin] = data[low - place : high - place]
        self._place += count
        return count

    def write(self, data) -> int:
        view = memoryview(data).cast("B")
        replaced = min(max(self.old_size - self._place, 0), len(view))
        if replaced:
            self._writes.append((self._place, bytes(view[:replaced])))
        if rest := view[replaced:]:
            try:
                self._file.seek(self._place + replaced)
                while rest:
                    rest = rest[self._file.write(rest) :]
            except OSError as error:
                self.failure = self.failure or error
        self._place += len(view)
        self._size = max(self._size, self._place)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        self._size = self._place if size is None else size
        return self._size

    def packed(self) -> bytes:
        """What is written to the journal."""
        data = b"".join(data for _, data in self._writes)
        writes = [(place, len(data)) for place, data in self._writes]
        told = {"size": self._size, "writes": writes, "sha256": hashlib.sha256(data).hexdigest()}
        return json.dumps(told).encode() + b"\n" + data

    def apply(self) -> None:
        for place, data in self._writes:
            self._file.seek(place)
            self._file.write(data)
        self._file.truncate(self._size)
