"""One run at a time in a folder: a lock that names its holder and that the system releases when the holder dies."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import socket
from datetime import datetime
from pathlib import Path

from ..geometry.machine import MachineError

log = logging.getLogger(__name__)

NAME = ".lock"

#: What file systems without locks answer.
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL)


class FolderLock:
    """The lock on a folder, held from `acquire` to `release`.

    Parameters
    ----------
    folder
        An existing folder; its lock is the file ``.lock`` in it, which tells host, process and time.
    """

    def __init__(self, folder: Path):
        self.path = folder / NAME
        self._file: int | None = None

    def acquire(self, wait: bool = False) -> None:
        """Take the lock.

        Parameters
        ----------
        wait
            Whether to wait for its holder instead of refusing.

        Raises
        ------
        MachineError
            Another run holds it; the message names it.
        """
        while True:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                holder = _told(file)
                os.close(file)
                raise MachineError(
                    f"{self.path.parent}: another run is at work in this folder ({holder}); "
                    "wait for its end, or choose another --out"
                ) from None
            except OSError as error:
                os.close(file)
                if error.errno not in _NO_LOCKS:
                    raise
                log.warning("%s: no locks on this file system; see that no other run uses the folder", self.path.parent)
                return
            if _same(file, self.path):
                break
            # Its holder has removed it meanwhile.
            os.close(file)
        os.ftruncate(file, 0)
        since = datetime.now().astimezone().isoformat(timespec="seconds")
        os.write(file, json.dumps({"host": socket.gethostname(), "pid": os.getpid(), "since": since}).encode())
        self._file = file

    def release(self) -> None:
        """Give the lock back; nothing happens where it is not held."""
        if self._file is None:
            return
        file, self._file = self._file, None
        try:
            # Removed by its holder alone: whoever waits for it looks whether it is still the same.
            self.path.unlink(missing_ok=True)
        finally:
            os.close(file)


def require_free(folder: Path) -> None:
    """Refuse a folder in which another run is at work; MachineError names it."""
    if (folder / NAME).exists():
        lock = FolderLock(folder)
        lock.acquire()
        lock.release()


def _same(file: int, path: Path) -> bool:
    try:
        there = os.stat(path, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(file), there)


def _told(file: int) -> str:
    """Who a lock's file says holds it."""
    try:
        known = json.loads(os.read(file, 4096))
        return f"on {known['host']}, process {known['pid']}, since {known['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "its lock does not tell which"
