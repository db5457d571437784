"""Where results go: a folder that can be written to, and nothing outside of it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..geometry.machine import MachineError
from .caller import given
from .errors import StudyError


def require_folder(out: Path, folders: Iterable[Path] = ()) -> None:
    """Refuse a results folder that cannot be one, before hours of solving.

    Parameters
    ----------
    folders
        Below it, that will be written to.

    Raises
    ------
    MachineError
        One of them is a link.
    StudyError
        It is a file, or a link to nothing.
    OSError
        The system does not let it be written to.
    """
    path = out.absolute()
    for one in (path, *path.parents):
        if one.is_symlink() and not one.exists():
            raise StudyError(f"{given('out', out)}: {one} is a symbolic link to {os.readlink(one)}, which is not there")
    existing = next(p for p in (path, *path.parents) if p.exists())
    if not existing.is_dir():
        raise StudyError(f"{given('out', out)}: {existing} is a file, not a folder")
    if os.statvfs(existing).f_flag & os.ST_RDONLY:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(existing))
    if not os.access(existing, os.W_OK | os.X_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(existing))
    for folder in folders:
        refuse_links(folder, out, ["figures"])


def refuse_links(folder: Path, out: Path, names: Sequence[str] = ()) -> None:
    """Refuse symbolic links below the results folder: what they point to may be anybody's, and would be overwritten.

    Parameters
    ----------
    folder
        Below ``out``, which itself may be a link.
    names
        Entries of the folder that are looked at too.

    Raises
    ------
    MachineError
        Names the link and what it points to.
    """
    parts = folder.relative_to(out).parts
    ways = [out.joinpath(*parts[: k + 1]) for k in range(len(parts))]
    for path in (*ways, *(folder / name for name in names)):
        if path.is_symlink():
            raise MachineError(
                f"{path}: is a symbolic link to {os.readlink(path)}, and nothing is written through links below the "
                f"results folder {out}; remove the link, or choose another {given('out')}"
            )
