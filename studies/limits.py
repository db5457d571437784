"""Safe current and capacity of a study: its first plating step, alone, at one current after the other.

Everything else is as in the study. Each current is an ordinary case in a folder of its own.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..geometry.machine import MachineError
from ..materials import Metal
from ..solvers.criteria.depletion import DEPLETED
from ..visualization.curves import PLATED
from . import ratings
from .case_folder import CaseFolder
from .errors import StudyError, suggestion
from .hosts import PARAMETER
from .limits_search import Search, Trial, Trouble, search
from .load import Case, LoadedStudy
from .schema import Study
from .schema_protocol import Step
from .wording import CRITERIA, criterion, measured

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

log = logging.getLogger(__name__)

#: Criteria that decide unless others are named.
DECIDING = ("depletion", "sand_time", "pore_clogging", "top_plugging")

#: Criteria without a threshold: they never speak.
SILENT = ("current_concentration",)

#: Times at which each trial is judged.
JUDGED = 10

#: Smallest tolerance that the currents' digits tell apart.
FINEST = 0.005


class Interrupted(Exception):
    """A trial was interrupted; what is there can be resumed."""


@dataclass(frozen=True)
class Question:
    """What is asked of one case.

    Attributes
    ----------
    case
        Of the study.
    step
        Its first plating step.
    side
        The electrode that this step plates.
    current_density
        The step's own, per footprint [A/m²].
    capacity
        To be plated, per footprint [C/m²]; ``None`` where the step says none.
    criteria
        Names of those that decide.
    """

    case: Case
    step: Step
    side: str
    current_density: float
    capacity: float | None
    criteria: tuple[str, ...]


# ---------------------------------------------------------------------- what is asked
def parse_criteria(text: str | None) -> tuple[str, ...]:
    """Names of criteria from a list with commas; the usual ones without.

    Raises
    ------
    StudyError
        A name is not known, or is that of a criterion that never speaks.
    """
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    problems = [f"--criteria {n}: no such criterion; {suggestion(n, CRITERIA)}" for n in names if n not in CRITERIA]
    problems += [f"--criteria {n}: has no threshold and never speaks" for n in names if n in SILENT]
    if problems:
        raise StudyError(problems)
    if text is not None and not names:
        raise StudyError(f"--criteria: names none; known here: {', '.join(CRITERIA)}")
    return tuple(dict.fromkeys(names)) or DECIDING


def parse_tolerance(text: str) -> float:
    """``5%`` or ``0.05``.

    Raises
    ------
    StudyError
        Not a share between 0.5 % and 100 %.
    """
    try:
        share = float(text.strip().removesuffix("%")) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        share = math.nan
    if not FINEST <= share <= 1:
        raise StudyError(f"--tolerance {text}: must be a share between 0.5% and 100%, such as 5% or 0.05")
    return share


def questions(loaded: LoadedStudy, criteria: Sequence[str], selected: bool = False) -> list[Question]:
    """What to search for: the study's only case, the ``selected`` ones, or one per host.

    Raises
    ------
    StudyError
        The study is swept and no case was selected, or a case never plates metal at a constant current.
    """
    swept = {key for case in loaded.cases for key in case.parameters if key != PARAMETER}
    if len(loaded.cases) > 1 and swept and not selected:
        raise StudyError(
            f"{loaded.path}: has {len(loaded.cases)} cases, by {', '.join(sorted(swept))}; choose with --case, such as "
            f"--case '{loaded.cases[0].name}', or leave the sweep out with --set sweep="
        )
    return [_question(case, tuple(criteria), loaded.path) for case in loaded.cases]


def _question(case: Case, criteria: tuple[str, ...], path: Path) -> Question:
    study = case.study
    metals = [side for side in ratings.ELECTRODES if isinstance(ratings.electrode(study, side), Metal)]
    if not metals:
        raise StudyError(
            f"{path}: case '{case.name}' has no metal electrode, so nothing is plated; give materials.anode or "
            "materials.cathode a metal, such as K"
        )
    steps = [(s, PLATED[s.kind]) for s in study.steps() if s.kind in PLATED and PLATED[s.kind] in metals]
    if not steps:
        kinds = " or ".join(f"a {kind}, which plates the {side}" for kind, side in PLATED.items() if side in metals)
        raise StudyError(
            f"{path}: case '{case.name}' never plates metal at a constant current; its protocol needs {kinds}"
        )
    meant = [pair for pair in steps if (p := study.interfaces.of(pair[1]).plating) is not None and p.substrate]
    step, side = (meant or steps)[0]
    footprint = ratings.device_footprint(study)
    current = ratings.device_current(study, step.drive) / footprint
    return Question(case, step, side, current, _target(study, step, current, footprint), criteria)


def _target(study: Study, step: Step, current: float, footprint: float) -> float | None:
    """Capacity per footprint at which the step ends, by its capacity or its time at its own current [C/m²]."""
    found = []
    if step.until.capacity is not None:
        found.append(ratings.device_charge(study, step.until.capacity) / footprint)
    if step.until.time is not None:
        found.append(current * step.until.time)
    return min(found, default=None)


# ---------------------------------------------------------------------- one current
def trial_case(question: Question, current_density: float) -> Case:
    """The study's case with nothing but the plating step, at another current.

    Times that the study states scale with the duration. Where depletion decides, the step ends once it is beyond doubt.
    """
    study, step = question.case.study, question.step
    slower = question.current_density / current_density
    until = step.until.model_dump(exclude_none=True)
    if question.capacity is not None:
        until.pop("time", None)
        until["capacity"] = f"{question.capacity!r} C/m^2"
    if "depletion" in question.criteria and "concentration" not in until:
        below = 0.5 * DEPLETED * ratings.bulk_concentration(study)
        until["concentration"] = {"surface": question.side, "below": f"{below!r} mol/m^3"}
    data = study.model_dump(exclude_none=True)
    entry: dict[str, Any] = {step.kind: f"{current_density!r} A/m^2", "until": until}
    sizes = {"initial_step": step.initial_step, "max_step": step.max_step}
    entry |= {key: size * slower for key, size in sizes.items() if size is not None}
    own = {"initial_step": study.solver.initial_step, "max_step": study.solver.max_step}
    data["solver"] |= {key: size * slower for key, size in own.items() if size is not None}
    fields = max(study.output.fields.per_step or 0, JUDGED)
    output = data["output"] | {"fields": fields, "figures": False, "errors": False}
    data |= {"protocol": [entry], "reference": [], "output": output}
    data.pop("sweep", None)
    name = f"J={current_density / 10:.4g}mA_cm2"
    given = {"limits.current_density": f"{current_density / 10:.4g} mA/cm^2"}
    return Case(name, Study.model_validate(data), question.case.parameters | given)


def read_trial(question: Question, current_density: float, summary: Mapping[str, Any]) -> Trial:
    """What a trial's summary says."""
    side = question.side
    numbers = (summary.get("plating") or {}).get(side) or {}
    findings = (summary.get("criteria") or {}).get(side) or {}
    step = next(iter(summary.get("steps") or []), {})
    plated = 3.6e4 * (step.get("areal_capacity [mAh/cm2]") or 0.0)
    speaking = [name for name, found in findings.items() if found.get("first")]
    sand = (findings.get("sand_time") or {}).get("value")
    troubles = [_of_criterion(name, findings[name], current_density) for name in question.criteria if name in speaking]
    depleted = numbers.get("depletion") or {}
    if "depletion" in question.criteria and depleted.get("how") == "reached":
        # Known to the time step, where the criterion itself is asked at the saved fields only.
        place = next((t.place for t in troubles if t.cause == "depletion"), None)
        why = f"1 % of the cation is left somewhere on the surface after {depleted['time [s]']:.3g} s"
        troubles = [t for t in troubles if t.cause != "depletion"]
        time = depleted["time [s]"]
        troubles.append(Trouble("depletion", current_density * time, time, place, why))
    return Trial(
        current_density=current_density,
        case=str(summary.get("case")),
        troubles=(*troubles, *_of_the_run(question, summary, plated, troubles)),
        plated=plated,
        limiting_current_density=numbers.get("limiting_current_density [A/m2]"),
        sand_time=sand,
        others=tuple(name for name in speaking if name not in question.criteria),
    )


def _of_criterion(name: str, found: Mapping[str, Any], current_density: float) -> Trouble:
    """When a criterion that speaks began to: at what it says itself, at the latest where it was first seen to speak."""
    time, place, value = found["first"]["time [s]"], found["first"].get("place [um]"), found.get("value")
    if value is not None and name == "sand_time":
        time = min(time, value)
    if value is not None and name in ("pore_clogging", "sand_capacity") and current_density > 0:
        time = min(time, value / current_density)
    return Trouble(name, current_density * time, time, tuple(place) if place else None, found.get("why") or "")


def _of_the_run(question: Question, summary: Mapping[str, Any], plated: float, known: list[Trouble]) -> list[Trouble]:
    """A run that failed, or a step that ended before its capacity."""
    step = next(iter(summary.get("steps") or []), {})
    time = step.get("duration [s]") or 0.0
    if summary.get("status") != "done":
        return [Trouble("solver", plated, time, None, str(summary.get("reason") or "no reason is known"))]
    ended = step.get("ended_by")
    complete = question.capacity is None or ended in ("capacity", "time")
    if complete or (ended == "concentration" and any(t.cause == "depletion" for t in known)):
        return []
    told = "the metal on the other electrode is used up" if ended not in ("voltage", "concentration") else ""
    why = told or f"the step's limit of {ended} comes before its capacity"
    return [Trouble(str(ended), plated, time, None, why)]


# ---------------------------------------------------------------------- all of it
def find_limits(
    question: Question,
    folder: Path,
    out: Path,
    tolerance: float,
    resume: bool,
    comm: Comm,
    deadline: float | None = None,
) -> Search:
    """Search with runs in folders below ``folder``, which lies below ``out``. Collective.

    Raises
    ------
    StudyError
        A trial's mesh cannot be built, or results of other parameters are in the way of ``resume``.
    Interrupted
        A trial was interrupted.
    """

    def run(current_density: float) -> Trial:
        case = trial_case(question, current_density)
        summary = _run_trial(case, CaseFolder(folder / case.name, out, resume), comm, deadline)
        trial = read_trial(question, current_density, summary)
        found = trial.trouble()
        said = "safe" if found is None else f"{criterion(found.cause)} at {measured(found.capacity, 'C/m²')}"
        log.info("%s, %s: %s", question.case.name, measured(current_density, "A/m²"), said)
        return trial

    return search(run, question.current_density, tolerance, question.criteria)


def _run_trial(case: Case, place: CaseFolder, comm: Comm, deadline: float | None) -> Mapping[str, Any]:
    """The summary of a trial, the same on all ranks; to go on, of an earlier one, failed or not."""
    from .execute import run_recorded
    from .resuming import damaged_files, read_summary, require_same

    if place.resume:
        require_same([case], place.folder.parent, comm)
    known = comm.bcast(read_summary(place.folder) if place.resume and comm.rank == 0 else None, root=0)
    damaged = comm.bcast(bool(known and comm.rank == 0 and damaged_files(place.folder, known)), root=0)
    if known and not damaged and known.get("fingerprint") and known.get("status") in ("done", "failed", "unbalanced"):
        log.info("%s: %s already", case.name, known["status"])
        return known
    outcome = run_recorded(case, place, comm, deadline=deadline)
    # What the surfaces say is known to rank 0 alone.
    summary = comm.bcast(outcome.summary if comm.rank == 0 else None, root=0)
    if outcome.status == "interrupted":
        raise Interrupted
    if outcome.status == "machine":
        raise MachineError(f"case '{case.name}': {summary.get('reason')}")
    if outcome.status == "invalid":
        raise StudyError(f"case '{case.name}': {outcome.summary.get('reason')}")
    return summary
