"""Faults of the machine, in words: what the disk, the memory or the operating system could not do.

They are no mistake of a study and none of the program: the same command may succeed once the machine is mended.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator


class MachineError(RuntimeError):
    """The machine cannot do what was asked; the message says where, why and what to try."""


#: What a system error means and what to try, by its number.
CAUSES = {
    errno.ENOSPC: ("no space is left on the device", "free some, or choose a folder on another disk"),
    errno.EDQUOT: ("the disk quota is used up", "free some of it, or choose a folder on another disk"),
    errno.EFBIG: ("the file would be larger than the file system or `ulimit -f` allows", "raise that limit"),
    errno.EROFS: ("the file system is read-only", "choose another folder"),
    errno.EACCES: ("permission denied", "choose a folder that you may write to"),
    errno.EPERM: ("the system does not permit it", "choose another folder"),
    errno.EIO: ("the device reports an error of input or output", "see to the disk; what it holds may be damaged"),
    errno.ENOENT: ("it is not there; was its folder removed or moved?", "start again"),
    errno.ENOTDIR: ("a part of this path is not a folder", "choose another folder"),
    errno.EISDIR: ("a folder lies where a file has to be written", "move it away"),
    errno.ENOTEMPTY: ("a folder that should be empty is not", "move it away"),
    errno.ELOOP: ("its symbolic links lead in a circle", "remove them"),
    errno.ENAMETOOLONG: ("the name is too long for the file system", "choose shorter names"),
    errno.ESTALE: ("the network file system has lost it (stale file handle)", "mount it anew"),
    errno.ENODEV: ("the device is gone", "mount it anew"),
    errno.ENXIO: ("the device is gone", "mount it anew"),
    errno.EAGAIN: ("another program has it locked", "wait for its end, or choose another folder"),
    errno.EBUSY: ("another program uses it", "wait for its end, or choose another folder"),
    errno.EMFILE: ("this process has too many files open", "raise the limit with `ulimit -n`"),
    errno.ENFILE: ("the system has too many files open", "end other programs"),
    errno.ENOMEM: ("out of memory", "see below"),
    errno.ENOTCONN: ("the network file system is not connected", "mount it anew"),
    errno.ETIMEDOUT: ("the network file system does not answer", "try again later"),
}

#: Errors that are the machine's wherever they come from; others, such as of a missing file, need not be.
GRAVE = tuple(
    getattr(errno, name) for name in ("ENOSPC", "EDQUOT", "EROFS", "EIO", "ESTALE", "EMFILE", "ENFILE", "ENOMEM")
)

_OUT_OF_MEMORY = (
    "coarser meshes (mesh.scale, mesh.size), solver.linear: iterative, fewer other programs, or a larger machine; "
    "`archode check` estimates what a case needs"
)

#: PETSc's own code of memory that could not be had.
_PETSC_MEMORY = 55


def out_of_memory(what: str) -> str:
    """A sentence on memory that was not there."""
    return f"{what}; try {_OUT_OF_MEMORY}"


def machine_fault(error: BaseException) -> str | None:
    """What an error says of the machine, in a sentence that names path, cause and remedy.

    Errors of HDF5, PETSc, MPI, Gmsh and the compiler are known by the system error that they quote.

    Returns
    -------
    str or None
        ``None`` where the error is not the machine's.
    """
    for each in _chain(error):
        if isinstance(each, MachineError):
            return str(each)
        number = system_error(each)
        if number is None:
            continue
        if number == errno.ENOMEM:
            return out_of_memory("out of memory")
        cause, remedy = CAUSES.get(number, (os.strerror(number), "see to the disk, or choose another folder"))
        path = _path(each)
        return f"{path}: {cause}; {remedy}" if path else f"{cause}; {remedy}"
    return None


def system_error(error: BaseException) -> int | None:
    """Number of the system error that an exception stands for or quotes; ``None`` without any."""
    if isinstance(error, MemoryError) or getattr(error, "ierr", None) == _PETSC_MEMORY:
        return errno.ENOMEM
    if isinstance(error, OSError) and error.errno:
        return error.errno
    text = str(error)
    if (quoted := re.search(r"errno = (\d+)", text)) and int(quoted[1]) in CAUSES:
        return int(quoted[1])
    if "bad_alloc" in text or "MemoryError" in text:
        return errno.ENOMEM
    return next((number for number in GRAVE if os.strerror(number) in text), None)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from."""
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        yield each
        each = each.__cause__


def _path(error: BaseException) -> str | None:
    """The file that an error names."""
    name = getattr(error, "filename2", None) or getattr(error, "filename", None)
    if name is None and (quoted := re.search(r"name = '([^']+)'", str(error))):
        name = quoted[1]
    if name is None or isinstance(name, int):
        return None
    # Files are written under another name first.
    return os.fsdecode(name).removesuffix(".part")
