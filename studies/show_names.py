"""What `archode show` can draw of a case or a study: names in groups, and the tables of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..visualization.case import is_case
from .errors import StudyError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..visualization.case import Case

#: Panels of several cases: a view that is one figure of a study.
COMPARE = "compare"


@dataclass(frozen=True)
class Asked:
    """What is to be drawn: views and curves of every case, whether cases stand side by side, figures of the study."""

    views: Sequence[str] = ()
    curves: Sequence[str] = ()
    compare: bool = False
    figures: Mapping[str, Callable[[], Figure]] = field(default_factory=dict)

    @property
    def of_cases(self) -> bool:
        return bool(self.views or self.curves)


def cases_in(results: Path, patterns: Sequence[str] = ()) -> list[Case]:
    """The case of a folder, or those of a study's folder whose names fit one of the patterns."""
    from ..visualization.case import Case
    from ..visualization.sweeps import study_cases

    if is_case(results):
        return [Case(results)]
    cases = study_cases(results)
    kept = [case for case in cases if not patterns or any(fnmatchcase(case.folder.name, one) for one in patterns)]
    if not kept:
        names = ", ".join(case.folder.name for case in cases)
        raise StudyError(f"no case in {results} fits --case {', '.join(patterns)}. There is: {names}.")
    return kept


def figures_in(results: Path, cases: list[Case]) -> Mapping[str, Callable[[], Figure]]:
    """Figures of a study by name; none of a case's folder, and of a single case not what is a curve of it already."""
    from ..visualization.curve_figures import CURVES, study_figures

    if is_case(results):
        return {}
    figures = study_figures(results, cases)
    return {name: draw for name, draw in figures.items() if len(cases) > 1 or name not in CURVES}


def sort_out(results: Path, cases: list[Case], names: Sequence[str], merits: Sequence[str] = ()) -> Asked:
    """Tell views, curves and figures of the study apart.

    A name that is a curve of a case and a figure of the study, such as ``ragone``, is the latter where several cases
    were chosen.

    Raises
    ------
    StudyError
        Figures of merit for what has none, or a figure of a study of a case's folder.
    VisualizationError
        A name or a figure of merit is not known; the study has no figure of a family.
    """
    from ..visualization.curve_figures import CURVES, FAMILIES, family_figures

    if merits and (not names or any(name not in FAMILIES for name in names)):
        raise StudyError(f"--merit belongs to --view {', '.join(FAMILIES)}, of a study")
    known = figures_in(results, cases)
    views, curves, figures, compare = [], [], {}, False
    for name in names:
        if name in FAMILIES or name.partition("_")[0] in FAMILIES:
            if is_case(results):
                raise StudyError(f"{name} is a figure of a study: give its folder, {results.parent}")
            if name in FAMILIES:
                figures |= family_figures(results, cases, name, merits)
                continue
        if name in known:
            figures[name] = known[name]
        elif name in CURVES:
            curves.append(name)
        elif name == COMPARE and len(cases) > 1:
            compare = True
        else:
            _require_view(name, known)
            views.append(name)
    return Asked(views, curves, compare, figures)


def _require_view(name: str, figures: Mapping[str, Any]) -> None:
    from ..visualization.curve_figures import CURVES, FAMILIES
    from ..visualization.errors import unknown
    from ..visualization.plated import SHOWN
    from ..visualization.views import CRITERION, VIEWS, find_view

    if name in VIEWS or name.startswith(CRITERION):
        find_view(name)
        return
    raise unknown(
        "view", name, dict.fromkeys([*VIEWS, *(CRITERION + one for one in SHOWN), *CURVES, *FAMILIES, *figures])
    )


# ---------------------------------------------------------------------- for the terminal
def overview(results: Path, patterns: Sequence[str] = ()) -> list[Any]:
    """Tables of views, curves, fields and times of every case, and of the study's figures."""
    from ..visualization import VisualizationError

    try:
        cases = cases_in(results, patterns)
        parts = [part for case in cases for part in _of_case(case)]
        return parts if is_case(results) else [*parts, *_of_study(results, cases)]
    except VisualizationError as error:
        raise StudyError(str(error)) from None


def _of_case(case: Case) -> list[Any]:
    from ..visualization.curve_figures import curves_of, summary_of
    from ..visualization.plated import SHOWN
    from ..visualization.views import CRITERION, VIEWS, views_of

    name, where = case.folder.name, f" in {case.folder}"
    views = [(view, VIEWS[view].summary, missing) for view, missing in views_of(case).items()]
    parts: list[Any] = [_table(f"{name}: views", "view", views, where)]
    found = {f"{CRITERION}{one}" for one in SHOWN for file in case.fields.values() if one in file}
    if found:
        parts.append(f"single criteria: {', '.join(sorted(found))}")
    curves = [(curve, summary_of(curve), missing) for curve, missing in curves_of(case).items()]
    parts += [_table(f"{name}: curves", "curve", curves, where), _fields_table(case)]
    if case.fields:
        parts.append(f"times / s: {', '.join(f'{time:g}' for time in case.times)}")
    return parts


def _of_study(results: Path, cases: list[Case]) -> list[Any]:
    from ..visualization.curve_figures import CURVES, figures_of, summary_of
    from ..visualization.merits import MERITS

    told = figures_of(results, cases)
    rows = [(name, summary_of(name), why) for name, why in told.items() if len(cases) > 1 or name not in CURVES]
    title = f"{results.name}: figures of the study"
    return [_table(title, "figure", rows), f"--merit of heatmap, pareto and sweep: {', '.join(MERITS)}"]


def _table(title: str, kind: str, rows: Sequence[tuple[str, str, str | None]], where: str = "") -> Any:
    """Names, what they show, and why they cannot be drawn; `where` needs not be said in every row."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left", box=box.SIMPLE_HEAD)
    for column in (kind, "shows", "drawn?"):
        table.add_column(column)
    for name, shows, missing in rows:
        table.add_row(name, escape(shows), "yes" if missing is None else escape(f"no: {missing.replace(where, '')}"))
    return table


def _fields_table(case: Case) -> Any:
    from rich import box
    from rich.table import Table

    fields = Table(title="fields", title_justify="left", box=box.SIMPLE_HEAD)
    fields.add_column("file")
    fields.add_column("fields")
    for file, arrays in case.fields.items():
        fields.add_row(file, ", ".join(f"{name} \\[{unit}]" if unit else name for name, unit in arrays.items()))
    return fields
