"""Running studies from Python: ``from archode.studies import run, load_results``."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .bars import Bars, anybody_looks
from .caller import from_python
from .case_folder import Earlier
from .document import Document, parse_document, plain_value, read_document
from .errors import StudyError
from .exit_codes import ExitCode
from .launcher import world
from .load import LoadedStudy, load_document
from .log_lines import log_shown
from .output_folder import require_folder
from .results import Results
from .signals import limited_time

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

log = logging.getLogger(__name__)


def run(
    study: str | Path | Mapping[str, Any],
    *,
    set: Mapping[str, Any] | None = None,
    cases: str | Iterable[str] | None = None,
    out: str | Path = "results",
    resume: bool = False,
    overwrite: bool = False,
    keep: bool = False,
    time_limit: str | float | None = None,
    comm: Comm | None = None,
    progress: bool = True,
    quiet: bool = True,
) -> Results:
    """Solve a study, case by case.

    An interrupt (Kernel → Interrupt, Ctrl-C) ends it after the present time step: everything up to then is on disk, the
    case's status is ``interrupted`` and the results are returned; the same call with ``resume=True`` goes on.

    Parameters
    ----------
    study
        A study file, its text, or its keys as a mapping.
    set
        Other values by key path, such as ``{"geometry.gap": "20 um"}``.
    cases
        Only cases of such names, such as ``"gyroid__*"``.
    out
        Folder of all results; the study gets a folder of its name in it.
    resume
        Skip the cases that are done and go on with those that were begun.
    overwrite
        Keep no copy of the results that are replaced; else ``previous/`` in the case's folder has them.
    keep
        Refuse to replace results.
    time_limit
        Duration such as ``"2 h"``, or in s: the run stops in order before it, with the status ``interrupted``.
    comm
        MPI communicator; all processes of the job unless given.
    progress
        Show a bar, in a notebook or on a terminal.
    quiet
        Show warnings and errors only; a case's ``run.log`` has everything.

    Returns
    -------
    Results
        Of the cases that were asked for; one that did not converge is told there and stops no other.

    Raises
    ------
    StudyError
        The study holds mistakes; the message lists all.
    MachineError, OSError
        The machine failed: disk, memory, permissions, a folder that another run uses.
    ModuleNotFoundError
        DOLFINx is not installed.
    """
    with from_python():
        loaded = _loaded(study, set or {}).selected([cases] if isinstance(cases, str) else list(cases or ()))
        deadline = limited_time(None if time_limit is None else str(time_limit))
        ways = {"earlier": Earlier.asked(overwrite, keep), "deadline": deadline}
        return _run(loaded, Path(out), resume, comm, progress, quiet, ways)


def _run(
    loaded: LoadedStudy,
    out: Path,
    resume: bool,
    comm: Comm | None,
    progress: bool,
    quiet: bool,
    ways: Mapping[str, Any],
) -> Results:
    require_folder(out)
    everybody = world()
    from .execute import run_study

    comm = comm or everybody
    names = [case.name for case in loaded.cases]
    shown = progress and comm.rank == 0 and anybody_looks()
    bars = Bars(loaded.study.study, len(names)) if shown else nullcontext()
    with log_shown(logging.WARNING if quiet else logging.INFO, recorded=logging.INFO):
        with bars as listener:
            code = run_study(loaded, out, resume, comm, listener, **ways)
        folder = out / loaded.study.study
        begun = [name for name in names if (folder / name).is_dir()]
        if code == ExitCode.INTERRUPTED and comm.rank == 0:
            log.warning("interrupted; what is done is in %s, and run(…, resume=True) goes on", folder)
    return Results(folder, begun)


def _loaded(study: str | Path | Mapping[str, Any], values: Mapping[str, Any]) -> LoadedStudy:
    sets = [f"{key}={json.dumps(value, default=_plain)}" for key, value in values.items()]
    return load_document(_document(study), sets)


def _document(study: str | Path | Mapping[str, Any]) -> Document:
    """A study as a path, as text or as a mapping."""
    if isinstance(study, Mapping):
        # What JSON can hold, YAML reads; a mapping has no lines to tell.
        text = json.dumps(study, default=_plain, ensure_ascii=False, indent=1)
        data = plain_value(text, "study")
        if not data:
            raise StudyError("study: the mapping is empty; a study needs study, geometry, materials and protocol")
        return Document("study", text, data, {})
    if isinstance(study, str) and "\n" in study:
        return parse_document(study, "study")
    return read_document(Path(study))


def _plain(value: Any) -> Any:
    """NumPy's numbers and arrays, paths and quantities as a study file says them."""
    if hasattr(value, "tolist"):
        return value.tolist()
    return f"{value:~}" if hasattr(value, "magnitude") else str(value)
