"""Files that tell whether they are whole: JSON sealed with a digest of its own content, and digests of other files.

A disk, a copy or a person may change a file that a program takes on trust. What is read here again is compared with
the SHA-256 of what was written.
"""

import functools
import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SEAL = "sha256"
"""Key of the digest in a sealed mapping."""

ASIDE = ".damaged"
"""What is appended to the name of a file that is set aside."""


class DamagedFileError(ValueError):
    """A file is not as it was written."""


def file_digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal; OSError if it cannot be read."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def input_digest(path: Path) -> str:
    """The same of a file that a study reads; one that was not touched since is not read twice."""
    told = path.stat()
    return _read_digest(path.resolve(), told.st_ino, told.st_size, told.st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _read_digest(path: Path, *_of_the_file: int) -> str:
    return file_digest(path)


def files_digest(paths: Sequence[Path]) -> str | None:
    """One digest of the content of several files that a study reads; None of none."""
    return mapping_digest({str(k): input_digest(path) for k, path in enumerate(paths)}) if paths else None


def mapping_digest(data: Mapping[str, Any]) -> str:
    """SHA-256 of a mapping ready for JSON, hexadecimal, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def sealed(data: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping ready for JSON, with the digest of everything else in it under :data:`SEAL`."""
    plain = json.loads(json.dumps({key: value for key, value in data.items() if key != SEAL}))
    return plain | {SEAL: mapping_digest(plain)}


def read_sealed(path: Path) -> dict[str, Any] | None:
    """The mapping of a sealed JSON file without its seal; None if there is no file.

    Raises
    ------
    DamagedFileError
        The file cannot be read, is not JSON, or its seal is missing or broken.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        seal = data.pop(SEAL)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedFileError(f"{path} is damaged: it cannot be read") from error
    if seal != mapping_digest(data):
        raise DamagedFileError(f"{path} is damaged: its content does not fit its checksum")
    return data


def set_aside(path: Path) -> Path:
    """Rename a damaged file so that nothing reads or overwrites it; what was set aside before is replaced."""
    aside = path.with_name(path.name + ASIDE)
    remove(aside)
    return path.rename(aside)


def remove(path: Path) -> None:
    """Remove a file, or a folder that stands in the place of one; nothing where there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
