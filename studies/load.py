"""From a study file to validated cases; every mistake is told with its file, line and key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .caller import given
from .consistency import inconsistencies
from .document import Document, Location, plain_value, read_document
from .errors import StudyError, key_path, shown, suggestion
from .hosts import KEY, Variant, variants
from .schema import MeshStudy, Study
from .section import Problem, finished
from .sweep import Sweep, SweepPathError, case_names, combinations, set_path, with_values

Model = type[Study] | type[MeshStudy]

SINGLE_CASE = "base"
"""Name of the only case of a study without a sweep."""


@dataclass(frozen=True)
class Case:
    """One simulation of a study.

    Attributes
    ----------
    name : safe folder name
    study : resolved study of this case, without a sweep
    parameters : swept key paths and the values as they are written
    """

    name: str
    study: Study | MeshStudy
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LoadedStudy:
    """A study file that holds no mistake, and its cases.

    Attributes
    ----------
    study : as the file says it; of a comparison that of the first host
    hosts : the study of every host that is compared, by name; empty where none are
    left_out : cases of the study that were not selected
    """

    study: Study | MeshStudy
    cases: list[Case]
    path: Path
    text: str = field(repr=False)
    hosts: dict[str, Study | MeshStudy] = field(default_factory=dict)
    left_out: tuple[Case, ...] = ()

    def selected(self, patterns: Sequence[str]) -> LoadedStudy:
        """The same with only the cases whose names fit one of the patterns, such as ``gyroid__*``; all without any.

        Raises
        ------
        StudyError
            A pattern fits no case.
        """
        if not patterns:
            return self
        names = [case.name for case in self.cases]
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in names):
                raise StudyError(f"{given('case', pattern)}: fits no case of {self.path}; {suggestion(pattern, names)}")
        fits = [any(fnmatchcase(name, pattern) for pattern in patterns) for name in names]
        chosen = [case for case, fit in zip(self.cases, fits, strict=True) if fit]
        left_out = tuple(case for case, fit in zip(self.cases, fits, strict=True) if not fit)
        return replace(self, cases=chosen, left_out=left_out)


def load_study(path: str | Path, sets: Sequence[str] = (), model: Model = Study) -> LoadedStudy:
    """Read, override, validate and unfold a study file.

    Parameters
    ----------
    path : the YAML file
    sets : overrides as ``key.path=value``, the value read as YAML
    model : what must be right in it; `MeshStudy` where nothing but shape and mesh matters

    Raises
    ------
    StudyError
        Lists every problem found, in the file, in the overrides, or in a case of the sweep.
    """
    return load_document(read_document(Path(path)), sets, model)


def load_document(document: Document, sets: Sequence[str] = (), model: Model = Study) -> LoadedStudy:
    """The same for a study that is read already."""
    data, overridden = _override(document, sets)
    # A section left empty means its default.
    data = {key: value for key, value in data.items() if value is not None}
    source = _Source(document, overridden)

    sweep = _read_sweep(data, source)
    found, problems = variants(data)
    if problems:
        raise StudyError([source.told(tuple(loc), message) for loc, message in problems])
    unfolded = [_unfold(variant, sweep, source, model) for variant in found]
    _refuse([(variant, told) for variant, (_, _, told) in zip(found, unfolded, strict=True)], source)
    studies = {variant.name: study for variant, (study, _, _) in zip(found, unfolded, strict=True)}
    cases = [case for _, of_one, _ in unfolded for case in of_one]
    return LoadedStudy(unfolded[0][0], cases, Path(document.name), document.text, studies if KEY in data else {})


def _unfold(
    variant: Variant, sweep: Sweep | None, source: _Source, model: Model
) -> tuple[Study | MeshStudy | None, list[Case], list[Problem]]:
    """A study and its cases, or what is wrong with them, at locations of the study."""
    data = variant.data
    if sweep is None:
        study, problems = _problems(data, model)
        return study, [Case(variant.case_name(None) or SINGLE_CASE, study, variant.parameters)], problems
    # What the sweep alone provides may be absent from the study itself; it is then told as part of the cases.
    absent = {p: v[0] for axis in sweep.axes() for p, v in axis.items() if not _holds(data, p)}
    template, filled = _with_values(data, absent, source)
    study, problems = _problems(template, model)
    own = [(loc, message) for loc, message in problems if not any(_related(tuple(loc), f) for f in filled)]
    if own:
        return None, [], own
    cases, problems = _cases(variant, sweep, source, model)
    return study, cases, problems or ([] if study else _problems(template, model)[1])


def _refuse(problems: list[tuple[Variant, list[Problem]]], source: _Source) -> None:
    """Tell what is wrong: what all hosts share once, and of the others whose it is."""
    hosts: dict[tuple[Location, str], list[str]] = {}
    for variant, found in problems:
        for loc, message in found:
            hosts.setdefault((variant.place(tuple(loc)), message), []).append(variant.name)
    told = []
    for (loc, message), names in hosts.items():
        shared = len(names) == len(problems) or loc[:1] == (KEY,)
        told.append(source.told(loc, message if shared else f"with {' and '.join(names)}: {message}"))
    if told:
        raise StudyError(told)


@dataclass(frozen=True)
class _Source:
    """Where each value was said: on a line of the file, or in an override."""

    document: Document
    overridden: Mapping[Location, str]

    def told(self, loc: Location, message: str) -> str:
        key = next((key for reached, key in self.overridden.items() if self._overrides(reached, loc)), None)
        if key is not None:
            return f"{given('set', key)}: {_at(loc, message)}"
        line = self.document.line(loc)
        place = f"{self.document.name}:{line}" if line is not None else self.document.name
        return f"{place}: {_at(loc, message)}"

    def _overrides(self, reached: Location, loc: Location) -> bool:
        """Whether an override said the value at a location, or made the section there."""
        return loc[: len(reached)] == reached or (_related(loc, reached) and loc not in self.document.lines)


def _at(loc: Location, message: str) -> str:
    return f"{key_path(loc)}: {message}" if loc else message


def _override(document: Document, sets: Sequence[str]) -> tuple[dict[str, Any], dict[Location, str]]:
    """The document's data with ``key=value`` overrides, and what each override reached."""
    data, _ = with_values(document.data, {})
    reached: dict[Location, str] = {}
    problems = []
    for override in sets:
        key, equals, text = override.partition("=")
        key = key.strip()
        if not equals or not key:
            problems.append(
                f"{given('set', override)}: must read key=value, such as {given('set')} geometry.gap='20 um'"
            )
            continue
        try:
            value = plain_value(text, given("set", key))
            reached[set_path(data, key, value)] = key
        except SweepPathError as error:
            problems.append(f"{given('set', key)}: {error}")
        except StudyError as error:
            problems += error.problems
    if problems:
        raise StudyError(problems)
    return data, reached


def _read_sweep(data: Mapping[str, Any], source: _Source) -> Sweep | None:
    if "sweep" not in data:
        return None
    try:
        sweep = Sweep.model_validate(data["sweep"])
    except ValidationError as error:
        raise StudyError([source.told(("sweep", *loc), message) for loc, message in finished(error)]) from None
    return sweep if sweep.axes() else None


def _holds(data: Any, path: str) -> bool:
    """Whether the data has a value at a key path."""
    for index, part in enumerate(parts := path.split(".")):
        if isinstance(data, Mapping):
            joined = ".".join(parts[index:])
            if joined in data:
                return True
            if part not in data:
                return False
            data = data[part]
        elif isinstance(data, list) and part.isdecimal() and int(part) < len(data):
            data = data[int(part)]
        else:
            return False
    return True


def _with_values(
    data: Mapping[str, Any], values: Mapping[str, Any], source: _Source
) -> tuple[dict[str, Any], dict[Location, str]]:
    """Swept values set; a path that leads nowhere is told at its line of the sweep."""
    problems = []
    for path, value in values.items():
        try:
            with_values(data, {path: value})
        except SweepPathError as error:
            problems.append(source.told(_sweep_location(data, path), str(error)))
    if problems:
        raise StudyError(problems)
    return with_values(data, values)


def _sweep_location(data: Mapping[str, Any], path: str) -> Location:
    """Where the sweep names a path."""
    groups = data["sweep"].get("zip", []) if path not in data["sweep"] else []
    if isinstance(groups, list):
        for index, group in enumerate(groups):
            if path in group:
                return ("sweep", "zip", index, path)
        return ("sweep", path)
    return ("sweep", "zip", path)


def _problems(data: Mapping[str, Any], model: Model) -> tuple[Study | MeshStudy | None, list[Problem]]:
    try:
        study = model.model_validate(dict(data))
    except ValidationError as error:
        return None, finished(error)
    return study, inconsistencies(study)


def _related(loc: Location, swept: Location) -> bool:
    """Whether a problem lies at a swept value, below it, or at a section that only the sweep makes."""
    shorter = min(len(loc), len(swept))
    return shorter > 0 and loc[:shorter] == swept[:shorter]


def _cases(variant: Variant, sweep: Sweep, source: _Source, model: Model) -> tuple[list[Case], list[Problem]]:
    try:
        values_of = combinations(sweep)
    except ValueError as error:
        raise StudyError(source.told(("sweep",), str(error))) from None
    bare = {key: value for key, value in variant.data.items() if key != "sweep"}
    cases: list[Case] = []
    told: dict[tuple[Location, str], str] = {}
    for name, values in zip(case_names(sweep, values_of), values_of, strict=True):
        _with_values(variant.data, values, source)
        changed, reached = with_values(bare, values)
        study, problems = _problems(changed, model)
        for loc, message in problems:
            swept = next((path for place, path in reached.items() if _related(tuple(loc), place)), None)
            place = _sweep_location(variant.data, swept) if swept else ("sweep",)
            given = f" = {shown(values[swept])}" if swept else ""
            # The same mistake returns in every combination of the other axes; once is enough.
            told.setdefault((place, message), f"case '{name}': {key_path(loc)}{given}: {message}")
        if study is not None and not problems:
            cases.append(Case(variant.case_name(name), study, variant.parameters | values))
    return cases, [(place, message) for (place, _), message in told.items()]
