"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .machine import system_error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Name under which a file is written, and which it loses when it is on the disk.

    What stood there before stands until then. If writing fails nothing of it stays.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    OSError
        The machine cannot; it names the file, also where the library that writes does not.
    """
    temporary = path.with_name(path.name + ".part")
    try:
        # Never through a link that somebody left there.
        temporary.unlink(missing_ok=True)
        yield temporary
        _to_disk(temporary)
        os.replace(temporary, path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        number = system_error(error)
        if isinstance(error, OSError) and not path.parent.is_dir():
            number = errno.ENOENT
        if number is None or not isinstance(error, OSError | RuntimeError):
            raise
        raise OSError(number, os.strerror(number), str(path)) from error


def _to_disk(path: Path) -> None:
    """Wait until the file's content is on the disk: after a power cut a new name alone would be nothing."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
