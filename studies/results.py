"""Results in Python: tables, fields and drawings of the cases of a study, read when they are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .errors import StudyError, nearest, suggestion

if TYPE_CHECKING:
    import pandas
    import pyvista

    from ..visualization.case import Case
    from .drawing import Plots

#: Any of them makes a folder that of a case.
CASE_FILES = ("summary.json", "study.yml", "impedance.json", "timeseries.csv", "timeseries.parquet")


class Page(str):
    """A text in Markdown, which a notebook sets as a page."""

    def _repr_markdown_(self) -> str:
        return str(self)


class CaseResults:
    """One case.

    Parameters
    ----------
    folder
        ``results/<study>/<case>``.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def _case(self) -> Case:
        from ..visualization.case import Case

        return Case(self.folder)

    @property
    def summary(self) -> Mapping[str, Any]:
        """``summary.json``: what came out, in numbers (docs/results.md)."""
        return self._case.summary

    @property
    def status(self) -> str:
        """``done``, ``failed``, ``invalid``, ``interrupted``; ``unfinished`` where it ended without a word."""
        return self.summary["status"] if (self.folder / "summary.json").is_file() else "unfinished"

    @property
    def reason(self) -> str | None:
        """Why it is not ``done``."""
        from ..visualization.case import only_spectrum

        if self.status != "unfinished":
            return self.summary.get("reason")
        alone = only_spectrum(self.folder) and not (self.folder / "study.yml").is_file()
        return "only its impedance was computed" if alone else "it is running, or its process was ended"

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Swept key paths and their values, as written."""
        return self.summary.get("parameters", {})

    @property
    def timeseries(self) -> pandas.DataFrame:
        """One row per time step; column names carry their units."""
        return self._case.curves

    @cached_property
    def steps(self) -> pandas.DataFrame:
        """The steps of the protocol that were begun: capacity, energy, mean voltage, what ended them."""
        import pandas

        steps = self.summary.get("steps", [])
        return pandas.DataFrame(steps).set_index("index") if steps else pandas.DataFrame()

    # ------------------------------------------------------------------ fields
    @property
    def times(self) -> tuple[float, ...]:
        """When fields were saved, s."""
        return self._case.times

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions that have fields."""
        return self._case.regions

    def fields(self, region: str = "electrolyte") -> dict[str, str]:
        """Names and units of the fields of a region, or of ``anode_surface`` or ``cathode_surface``."""
        known = self._case.fields
        if region not in known:
            raise StudyError(f"no fields of region '{region}' in {self.folder}; {suggestion(region, known)}")
        return {name: unit or "1" for name, unit in known[region].items()}

    def field(self, region: str = "electrolyte", time: float | str = "last") -> pyvista.UnstructuredGrid:
        """A region with its fields at one time; nothing else is read.

        Parameters
        ----------
        region
            One of :attr:`regions`.
        time
            Seconds, text such as ``"10 min"``, ``"first"`` or ``"last"``; the nearest of :attr:`times` is taken.

        Returns
        -------
        pyvista.UnstructuredGrid
            Points in µm, arrays in SI named as :meth:`fields` tells.
        """
        return self._case.snapshot(region, self._case.saved_time(self.seconds(time)))

    def surface(self, side: str, time: float | str = "last") -> pyvista.UnstructuredGrid:
        """The surface of the ``anode`` or the ``cathode`` at one time, as :meth:`field`."""
        return self._case.surface(side, self._case.saved_time(self.seconds(time)))

    def seconds(self, time: float | str) -> float:
        """A time as it may be given to :meth:`field`, in s."""
        from .quantity import parse_quantity

        if time in ("first", "last"):
            return self.times[0 if time == "first" else -1]
        try:
            return parse_quantity(time, "s")
        except ValueError as error:
            raise StudyError(f"t: {error}; or 'first', 'last'") from None

    # ------------------------------------------------------------------ judged
    @cached_property
    def criteria(self) -> pandas.DataFrame:
        """What the criteria say of the plated electrodes: one row per electrode and criterion."""
        import pandas

        rows = [
            {"electrode": side, "criterion": name}
            | {key: found.get(key) for key in ("voice", "value", "value_error", "unit", "margin")}
            | {"first at [s]": (found.get("first") or {}).get("time [s]"), "why": found.get("why")}
            for side, findings in (self.summary.get("criteria") or {}).items()
            for name, found in findings.items()
        ]
        table = pandas.DataFrame(rows)
        return table.set_index(["electrode", "criterion"]) if rows else table

    @property
    def verdict(self) -> Page:
        """``verdict.md``: what the criteria say, on a page."""
        from .verdict import electrodes, verdict_page

        plated = electrodes(self.summary)
        return Page(verdict_page(self.summary) if plated else "No electrode was plated, so there is nothing to judge.")

    @cached_property
    def plot(self) -> Plots:
        """Curves and scenes: ``case.plot.concentration(t="10 min")``; ``case.plot`` lists them."""
        from .drawing import Plots
        from .drawings import case_drawings

        return Plots(case_drawings(self), str(self.folder))

    def __repr__(self) -> str:
        why = f" ({self.reason})" if self.reason else ""
        steps = "; ".join(_step_in_words(step) for step in self.summary.get("steps", ())) if self._summed else ""
        return f"<case {self.name}: {self.status}{why}{'; ' if steps else ''}{steps}>"

    @property
    def _summed(self) -> bool:
        return self.status != "unfinished"

    def _repr_html_(self) -> str:
        from html import escape

        why = f": {escape(self.reason)}" if self.reason else ""
        shown = [key for key in SHOWN if self._summed and key in self.steps]
        table = self.steps[shown].to_html(float_format="{:.4g}".format, na_rep="", border=0) if shown else ""
        return f"<p><b>{escape(self.name)}</b> – {self.status}{why}</p>{table}"


#: Columns of the steps that are shown unasked.
SHOWN = ("kind", "areal_capacity [mAh/cm2]", "mean_voltage [V]", "duration [s]", "ended_by")


class Results:
    """The cases of a study, or the only one.

    ``results["name"]`` is a case by its name, ``results[0]`` by its place; a loop goes through the cases.

    Parameters
    ----------
    folder
        ``results/<study>``.
    names
        Of the cases, in order.
    """

    def __init__(self, folder: str | Path, names: list[str]):
        self.folder = Path(folder)
        self.cases: Mapping[str, CaseResults] = MappingProxyType({n: CaseResults(self.folder / n) for n in names})

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def case(self) -> CaseResults:
        """The only case.

        Raises
        ------
        StudyError
            There are several.
        """
        if len(self.cases) > 1:
            raise StudyError(f"{self.name} has {len(self.cases)} cases; choose one: {', '.join(self.cases)}")
        return next(iter(self.cases.values()))

    @property
    def status(self) -> dict[str, str]:
        """How each case ended."""
        return {name: case.status for name, case in self.cases.items()}

    @property
    def table(self) -> pandas.DataFrame:
        """One row per case that ended: parameters, status, figures of merit of every step (docs/results.md)."""
        import pandas

        from .summary import table_row

        rows = [table_row(dict(case.summary)) for case in self if case.status != "unfinished"]
        return pandas.DataFrame(rows).set_index("case") if rows else pandas.DataFrame()

    @cached_property
    def plot(self) -> Plots:
        """Drawings of the study and of its cases; of several cases say which: ``plot.concentration(case="…")``."""
        from .drawing import Plots
        from .drawings import study_drawings

        return Plots(study_drawings(self), str(self.folder))

    def __getitem__(self, key: str | int) -> CaseResults:
        if isinstance(key, int):
            return list(self.cases.values())[key]
        if key not in self.cases:
            raise KeyError(f"no case '{key}' in {self.name}; {suggestion(key, self.cases)}")
        return self.cases[key]

    def __iter__(self) -> Iterator[CaseResults]:
        return iter(self.cases.values())

    def __len__(self) -> int:
        return len(self.cases)

    def __repr__(self) -> str:
        return "\n".join([f"Results of {self.name} in {self.folder}", *(f"  {case!r}" for case in self)])

    def _repr_html_(self) -> str:
        from html import escape

        if len(self) == 1:
            return f"<p>Results of <b>{escape(self.name)}</b></p>{self.case._repr_html_()}"
        table, capacity = self.table, ": areal_capacity [mAh/cm2]"
        kept = [c for c in table if c.startswith("parameter:") or c == "status" or c.endswith(capacity)]
        names = {c: c.removeprefix("parameter: ").replace(": areal_capacity", ", capacity") for c in kept}
        shown = table[kept].rename(columns=names)
        unfinished = [case.name for case in self if case.status == "unfinished"]
        told = f"<p>Unfinished: {escape(', '.join(unfinished))}</p>" if unfinished else ""
        body = shown.to_html(float_format="{:.4g}".format, na_rep="", border=0) if len(shown) else ""
        return f"<p>Results of <b>{escape(self.name)}</b>, {len(self)} cases</p>{body}{told}"


def load_results(path: str | Path) -> Results:
    """Results on disk; nothing but names is read until it is asked for.

    Parameters
    ----------
    path
        Folder of a study, ``results/<study>``, or of one of its cases.

    Raises
    ------
    StudyError
        There is no such folder, or no case in it.
    """
    folder = Path(path)
    if not folder.is_dir():
        parent = folder.absolute().parent
        near = nearest(folder.name, [p.name for p in parent.iterdir() if p.is_dir()]) if parent.is_dir() else None
        hint = f"; did you mean '{folder.with_name(near)}'?" if near else ""
        raise StudyError(f"{folder}: no such folder{hint}")
    if _is_case(folder):
        return Results(folder.absolute().parent, [folder.absolute().name])
    names = sorted((each.name for each in folder.iterdir() if each.is_dir() and _is_case(each)), key=_by_number)
    if not names:
        there = ", ".join(sorted(each.name for each in folder.iterdir())[:10]) or "nothing"
        raise StudyError(f"{folder}: neither a case nor a study with cases; give results/<study>. There is: {there}.")
    return Results(folder, names)


def _is_case(folder: Path) -> bool:
    return any((folder / name).is_file() for name in CASE_FILES)


def _by_number(name: str) -> list[Any]:
    """Orders "gap=50um" before "gap=100um"."""
    return [(0, float(part), "") if number else (1, 0.0, part) for number, part in _parts(name)]


def _parts(name: str) -> Iterator[tuple[bool, str]]:
    for found in re.finditer(r"(\d+(?:\.\d+)?)|\D+", name):
        yield found[1] is not None, found[0]


def _step_in_words(step: Mapping[str, Any]) -> str:
    capacity = step.get("areal_capacity [mAh/cm2]")
    return step["kind"] if step["kind"] == "rest" or not capacity else f"{step['kind']} {capacity:.4g} mAh/cm2"
