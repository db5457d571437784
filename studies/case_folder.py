"""The folder of a case: locked while its run is at work, free of links, and never emptied of what cannot be replaced.

The results of the run before are set aside when a new one begins, and come back unless its mesh stands and its first
time step is accepted. Only then do they become ``previous/``, of which there is one. Every move is a rename whose
order lets a kill at any moment be made good by the next run:

``.moving/``
    holds what is on its way from the folder to ``set_aside/`` or back; nothing new has been written.
``set_aside/``
    holds the results before; what lies beside it belongs to a run that has not got so far as to replace them.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from ..geometry.checksums import remove
from .caller import given
from .errors import StudyError
from .folder_lock import FolderLock
from .output_folder import refuse_links

log = logging.getLogger(__name__)

#: Files and folders of a case that a new run replaces.
OWN_FILES = (
    "study.yml",
    "provenance.json",
    "timeseries.*",
    "steps.csv",
    "summary.json",
    "verdict.md",
    "report.html",
    "impedance.*",
    "*.vtkhdf",
    "restart.*",
    "run.log",
    "*.damaged",
    "*.journal",
    "*.part",
    "figures",
)

#: Any of them is a result: without them there is nothing to keep.
RESULTS = ("timeseries.*", "restart.*", "impedance.*", "*.vtkhdf")

SET_ASIDE, MOVING, PREVIOUS = "set_aside", ".moving", "previous"


class Earlier(Enum):
    """What becomes of the results of an earlier run when a new one replaces them."""

    ASIDE = "kept in previous/"
    OVERWRITE = "deleted once the new run is under way"
    KEEP = "not replaced at all: the run is refused"

    @classmethod
    def asked(cls, overwrite: bool, keep: bool) -> Earlier:
        """From what a person said; StudyError where that is both."""
        if overwrite and keep:
            raise StudyError(f"{given('overwrite')} and {given('keep')}: give one of them")
        return cls.OVERWRITE if overwrite else cls.KEEP if keep else cls.ASIDE


class CaseFolder:
    """A case's folder while a run is at work in it. For one process.

    Parameters
    ----------
    folder
        ``<out>/<study>/<case>``; made where it is absent.
    out
        Folder of all results: links below it are not followed.
    resume
        Whether what is there is gone on with.
    earlier
        What becomes of it else.
    """

    def __init__(self, folder: Path, out: Path, resume: bool, earlier: Earlier = Earlier.ASIDE):
        self.folder, self.out, self.resume, self.earlier = folder, out, resume, earlier
        self.lock = FolderLock(folder)
        self.holds_back = False

    def open(self) -> None:
        """Take the folder, and set what is in it aside.

        Raises
        ------
        MachineError
            Another run is at work in it, or it is a link.
        """
        refuse_linked(self.folder, self.out)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lock.acquire()
        try:
            recover(self.folder)
            refuse_linked(self.folder, self.out)
            if not self.resume:
                self._set_aside()
        except BaseException:
            self.lock.release()
            raise

    def settle(self) -> None:
        """The new run is under way: what was set aside becomes ``previous/``, or is deleted."""
        if not self.holds_back:
            return
        self.holds_back = False
        aside, previous = self.folder / SET_ASIDE, self.folder / PREVIOUS
        # A run that came to its end is not displaced by one that did not.
        keeps = self.earlier is Earlier.ASIDE and not (_done(previous) and not _done(aside))
        if not keeps:
            shutil.rmtree(aside)
            return
        if previous.exists():
            shutil.rmtree(previous)
        os.replace(aside, previous)

    def close(self) -> bool:
        """Give the folder back; whether the results before were put back because no new ones stand."""
        try:
            if restored := self.holds_back:
                self.holds_back = False
                recover(self.folder)
            return restored
        finally:
            self.lock.release()

    def _set_aside(self) -> None:
        if not holds_results(self.folder):
            for entry in own_entries(self.folder):
                remove(entry)
            return
        moving = self.folder / MOVING
        moving.mkdir()
        for entry in own_entries(self.folder):
            os.replace(entry, moving / entry.name)
        os.replace(moving, self.folder / SET_ASIDE)
        self.holds_back = True


def own_entries(folder: Path) -> Iterator[Path]:
    """Files and folders of a run that are in a case's folder."""
    yield from sorted({entry for pattern in OWN_FILES for entry in folder.glob(pattern)})


def refuse_linked(folder: Path, out: Path) -> None:
    """Refuse a case's folder that is a link, or holds links where a run writes; MachineError names them."""
    refuse_links(folder, out)
    refuse_links(folder, out, [entry.name for entry in own_entries(folder)])


def holds_results(folder: Path) -> bool:
    """Whether a case's folder holds results of a run."""
    return any(True for pattern in RESULTS for _ in folder.glob(pattern))


def recover(folder: Path) -> None:
    """Put back what a run that was killed before its first time step had set aside. The folder's lock is held."""
    aside, moving = folder / SET_ASIDE, folder / MOVING
    if aside.is_dir():
        for entry in own_entries(folder):
            remove(entry)
        os.replace(aside, moving)
    if moving.is_dir():
        for entry in sorted(moving.iterdir()):
            os.replace(entry, folder / entry.name)
        moving.rmdir()


def recover_free(folder: Path) -> None:
    """The same for a folder that no run has taken yet.

    Raises
    ------
    MachineError
        Another run is at work in it.
    """
    if not folder.is_dir():
        return
    lock = FolderLock(folder)
    if lock.path.exists() or (folder / SET_ASIDE).is_dir() or (folder / MOVING).is_dir():
        lock.acquire()
        try:
            recover(folder)
        finally:
            lock.release()


def require_empty(folders: Iterator[Path] | list[Path]) -> None:
    """Refuse to replace results: what ``--keep`` asks for.

    Raises
    ------
    StudyError
        Names the folders that hold some.
    """
    full = [folder for folder in folders if holds_results(folder)]
    if full:
        raise StudyError([f"{given('keep')}: {folder} holds results; choose another {given('out')}" for folder in full])


def _done(folder: Path) -> bool:
    try:
        return json.loads((folder / "summary.json").read_text(encoding="utf-8")).get("status") == "done"
    except (OSError, ValueError, AttributeError):
        return False
