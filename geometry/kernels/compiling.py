"""How kernels are compiled by Numba, and where their machine code is kept.

S. K. Lam, A. Pitrou, S. Seibert, Proc. LLVM-HPC (2015) 7, doi:10.1145/2833157.2833162.
"""

import atexit
import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba

from ..checksums import DamagedFileError, file_digest, read_sealed, remove, sealed
from ..folders import cache_root

log = logging.getLogger(__name__)

DIGESTS = "digests.json"
"""File with the digests of the machine code beside it."""


def compiled(function: Callable) -> Any:
    """Compile a function at its first call; its machine code is kept for other processes."""
    wish = {"nogil": True, "error_model": "numpy"}
    folder = _folder()
    if not folder:
        return numba.njit(**wish)(function)
    before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, folder
    try:
        return numba.njit(cache=True, **wish)(function)
    finally:
        numba.config.CACHE_DIR = before


@cache
def _folder() -> str:
    """Folder for machine code, one for every state of the kernels' sources; empty if none can be written to.

    ``$NUMBA_CACHE_DIR`` comes before archode's own.  Numba looks at a function's own file only, not at those of the
    functions that it calls.
    """
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    try:
        base = Path(numba.config.CACHE_DIR) if numba.config.CACHE_DIR else cache_root()
        folder = base / "kernels" / digest.hexdigest()[:16]
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
        drop_damaged(folder)
    except (OSError, RuntimeError) as error:
        log.warning(
            "the mesher's compiled loops cannot be kept (%s), so every mesh takes seconds longer; set ARCHODE_CACHE "
            "to a folder that can be written to",
            error,
        )
        return ""
    atexit.register(keep_digests, folder)
    return str(folder)


def drop_damaged(folder: Path) -> None:
    """Remove machine code that is not as it was written, which Numba would run; what is missing is compiled again."""
    try:
        known = read_sealed(folder / DIGESTS) or {}
    except DamagedFileError:
        remove(folder / DIGESTS)
        return
    if damaged := [name for name, digest in known.items() if _digest(folder / name) not in (digest, None)]:
        log.warning("machine code of the mesher's loops is damaged and compiled again: %s", folder)
        for name in damaged:
            remove(folder / name)


def keep_digests(folder: Path) -> None:
    """Write down the digests of all machine code in a folder."""
    found = {path.name: _digest(path) for path in sorted(folder.glob("*.nb[ic]")) if path.is_file()}
    try:
        if found != (read_sealed(folder / DIGESTS) or {}):
            with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".part", delete=False) as file:
                json.dump(sealed(found), file)
            os.replace(file.name, folder / DIGESTS)
    except (OSError, DamagedFileError):
        return


def _digest(path: Path) -> str | None:
    """Digest of a file; None where there is none."""
    try:
        return file_digest(path)
    except FileNotFoundError:
        return None
    except OSError:
        return "damaged"
