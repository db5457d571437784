"""Meshes on disk, found again by the content of everything that shaped them."""

import dataclasses
import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .affordable import require_affordable
from .checksums import DamagedFileError, file_digest, files_digest, read_sealed, remove
from .folders import cache_root
from .registry import Architecture, architecture_name, input_files, plain_parameters
from .sizing import MeshSizes
from .threads import mesh_threads
from .worker import TIMEOUT, run_worker

log = logging.getLogger(__name__)

FORMAT = 11
"""To be raised whenever the same parameters give another mesh or another report than before."""

BUILDING = ".building-"
"""How the folders of builds begin that are under way; the mesh's key follows."""


@dataclasses.dataclass(frozen=True)
class MeshFile:
    """A mesh in the cache.

    Attributes
    ----------
    path
        The .msh file (binary, format 4.1, coordinates in micrometres).
    report
        Counts, measured volumes [m³] and areas [m²], quality, seconds, parameters, sizes and the mesh file's digest.
    """

    path: Path
    report: dict[str, Any]


def cache_directory() -> Path:
    """``$ARCHODE_CACHE/meshes``, or ``archode/meshes`` in the user's cache folder."""
    return cache_root() / "meshes"


def job_of(architecture: Architecture, sizes: MeshSizes) -> dict[str, Any]:
    """Everything that shapes a mesh, ready for JSON."""
    job = {
        "architecture": architecture_name(architecture),
        "parameters": plain_parameters(architecture),
        "sizes": dataclasses.asdict(architecture.resolved_sizes(sizes)),
    }
    if content := files_digest(input_files(architecture)):
        job["content"] = content
    if (threads := mesh_threads()) > 1:
        job["threads"] = threads
    return job


def cache_key(job: dict[str, Any]) -> str:
    """Hexadecimal digest of a job, the Gmsh version and the format."""
    text = json.dumps(job | {"gmsh": version("gmsh"), "format": FORMAT}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def find(key: str, directory: Path) -> MeshFile | None:
    """The cached mesh of a key, or None if it is absent or not as it was written."""
    path = directory / f"{key}.msh"
    try:
        report = read_sealed(path.with_suffix(".json"))
        whole = report is not None and file_digest(path) == report["digest"]
    except (OSError, DamagedFileError):
        return None
    return MeshFile(path, report) if whole else None


def find_or_build(architecture: Architecture, sizes: MeshSizes, directory: Path | None = None) -> MeshFile:
    """Return the cached mesh, building it first if need be; several processes may do so at once."""
    directory = Path(directory) if directory is not None else cache_directory()
    job = job_of(architecture, sizes)
    key = cache_key(job)
    if found := find(key, directory):
        return found
    require_affordable(architecture, sizes)
    (directory / ".locks").mkdir(parents=True, exist_ok=True)
    _clear_stale(directory)
    with _lock(directory / ".locks" / key):
        # Another process may have built it while this one waited.
        return find(key, directory) or _build(job, key, directory)


def _clear_stale(directory: Path) -> None:
    """Remove what killed builds have left behind: folders whose mesh nobody has locked."""
    from filelock import FileLock, Timeout

    for folder in directory.glob(f"{BUILDING}*"):
        key = folder.name.removeprefix(BUILDING).split("-")[0]
        with suppress(Timeout, OSError, NotImplementedError), FileLock(directory / ".locks" / key, timeout=0):
            shutil.rmtree(folder, ignore_errors=True)


def _build(job: dict[str, Any], key: str, directory: Path) -> MeshFile:
    path = directory / f"{key}.msh"
    if path.exists():
        log.warning("the mesh in the cache is damaged and built again: %s", path)
    with tempfile.TemporaryDirectory(prefix=f"{BUILDING}{key}-", dir=directory) as scratch:
        built, report = Path(scratch) / "mesh.msh", Path(scratch) / "mesh.json"
        run_worker(job | {"path": str(built), "report": str(report)})
        # The report goes last: a mesh counts as cached only once both are there. What is damaged may be a folder.
        for new, old in ((built, path), (report, path.with_suffix(".json"))):
            if old.is_dir():
                remove(old)
            os.replace(new, old)
    return MeshFile(path, read_sealed(path.with_suffix(".json")))


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Let one process at a time build a mesh; goes on without where the file system knows no locks.

    Building twice is a waste and nothing worse: every build has its own folder and ends with renames.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path, timeout=TIMEOUT)
    try:
        path.parent.mkdir(exist_ok=True)
        lock.acquire()
    except (Timeout, OSError, NotImplementedError) as error:
        log.warning("no lock on %s (%s); the mesh may be built twice", path, error)
        yield
        return
    try:
        yield
    finally:
        lock.release()
