"""Whether what a folder holds may be gone on with, or passed for done: made of the same, and as it was written."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..geometry.checksums import DamagedFileError, file_digest, read_sealed
from ..solvers.checkpoint import Restart, newest_whole
from ..solvers.errors import SolverError
from ..solvers.gather import on_root
from ..solvers.record import write_json
from .caller import given
from .errors import StudyError
from .load import Case
from .provenance import FILE, Provenance, differences, fingerprint, provenance, read_provenance, remarks

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

log = logging.getLogger(__name__)

SUMMARY = "summary.json"

#: Files whose digests the summary keeps; the summary has a seal of its own.
KEPT = ("study.yml", FILE, "timeseries.*", "steps.csv", "*.vtkhdf", "restart*.h5")


def write_summary(folder: Path, summary: Mapping[str, Any]) -> None:
    """Write ``summary.json`` with its own checksum and the digests of what lies beside it."""
    files = sorted(path for pattern in KEPT for path in folder.glob(pattern) if path.is_file())
    digests = {path.name: file_digest(path) for path in files if path.suffix not in (".part", ".damaged")}
    write_json(folder / SUMMARY, {**summary, "files": digests}, seal=True)


def read_summary(folder: Path) -> dict[str, Any] | None:
    """What a run said of its end; ``None`` where there is nothing, or nothing that is whole."""
    try:
        return read_sealed(folder / SUMMARY)
    except DamagedFileError as error:
        log.debug("%s", error)
        return None


def damaged_files(folder: Path, summary: Mapping[str, Any]) -> list[str]:
    """Names of files that are not as they were at the end of the run; one that was taken away is none."""
    found = []
    for name, digest in (summary.get("files") or {}).items():
        try:
            if file_digest(folder / name) != digest:
                found.append(name)
        except FileNotFoundError:
            continue
        except OSError:
            found.append(name)
    return found


def require_same(cases: Sequence[Case], folder: Path, comm: Comm) -> None:
    """Refuse to go on with results that are made of something else, or cannot be gone on with. Collective.

    Nothing is touched. The cases stand below ``folder``.

    Raises
    ------
    StudyError
        Names every case and what differs in it.
    """

    def compare() -> None:
        problems = []
        for case in cases:
            try:
                told = _other(folder / case.name, provenance(case.study))
            except SolverError as error:
                problems.append(f"{given('resume')}: {error}, that is, run without {given('resume')}")
                continue
            if told is not None:
                problems.append(
                    f"{given('resume')}: {folder / case.name} holds results of other parameters ({told}); "
                    f"run without {given('resume')} to replace them, or choose another {given('out')}"
                )
        if problems:
            raise StudyError(problems)

    on_root(comm, compare)


def _other(folder: Path, now: Provenance) -> str | None:
    """In which way a folder's results are made of something else; SolverError where they are damaged."""
    summary = read_summary(folder) or {}
    known = summary.get("fingerprint")
    if summary.get("status") != "done":
        restart = newest_whole(folder)
        known = restart.fingerprint if restart else known
    return None if known is None else what_differs(folder, known, now)


def what_differs(folder: Path, known: str, now: Provenance) -> str | None:
    """What differs between results with a fingerprint in a folder and what they would be made of now, in words."""
    before = read_provenance(folder)
    if before is not None and fingerprint(before) != known:
        before = None
    if known != fingerprint(now):
        known = [f"what differs is not known: {FILE} is damaged"] if before is None else differences(before, now)
        return "; ".join(known)
    for told in remarks(before, now) if before is not None else ():
        log.warning("%s: goes on with %s", folder, told)
    return None


def require_restart(case: Case, folder: Path) -> Restart:
    """The state that a run of a case has left.

    Raises
    ------
    StudyError
        There is none, or it is that of something else.
    """
    try:
        found = newest_whole(folder)
    except SolverError as error:
        raise StudyError(f"--after end: {error}, that is, `archode run` again") from error
    if found is None:
        raise StudyError(
            f"--after end: there is no run in {folder}; `archode run` first, or take --after start, or another --out"
        )
    if told := what_differs(folder, found.fingerprint, provenance(case.study)):
        raise StudyError(
            f"--after end: the run in {folder} is of other parameters ({told}); `archode run` again, or choose another "
            "--out"
        )
    if found.instead_of:
        log.warning("%s; the spectrum is that of the restart file before it", found.instead_of)
    return found
