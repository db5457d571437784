"""What can be drawn of a case and of a study, gathered from the registries of curves and of scenes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..visualization.curve_figures import CURVES, study_figures
from ..visualization.figures import FIELDS, SURFACES
from ..visualization.moment import moment
from .drawing import Choice, first_line
from .errors import StudyError

if TYPE_CHECKING:
    from .results import CaseResults, Results

Time = float | str | None


def case_drawings(case: CaseResults) -> dict[str, Choice]:
    """Curves, scenes and maps of one case."""
    choices = {name: Choice(first_line(draw), _curve(case, draw)) for name, draw in CURVES.items()}
    choices |= {name: Choice(first_line(draw), _scene(case, draw)) for name, draw in FIELDS.items()}
    return choices | {name: Choice(first_line(draw), _map(case, draw)) for name, draw in SURFACES.items()}


def study_drawings(results: Results) -> dict[str, Choice]:
    """Figures that compare the cases, and the drawings of every case."""
    cases = [case._case for case in results if case.status != "unfinished"]
    own = study_figures(results.folder, cases) if len(results) > 1 else {}
    choices = {
        name: Choice(f"all cases: {name.replace('_', ' ')}", lambda draw=draw: draw()) for name, draw in own.items()
    }
    some = next(iter(results))
    return choices | {
        name: Choice(choice.summary, _of_case(results, name))
        for name, choice in case_drawings(some).items()
        if name not in choices
    }


def _of_case(results: Results, name: str) -> Callable[..., Any]:
    def draw(t: Time = None, case: str | int | None = None, **options: Any) -> Any:
        if case is None and len(results) > 1:
            raise StudyError(
                f"{name}: say of which case, such as plot.{name}(case='{results[0].name}'); there is: "
                f"{', '.join(results.cases)}"
            )
        chosen = results.case if case is None else results[case]
        return case_drawings(chosen)[name].draw(**({} if t is None else {"t": t}), **options)

    return draw


def _curve(case: CaseResults, draw: Callable[..., Any]) -> Callable[..., Any]:
    return lambda: draw(case._case)


def _scene(case: CaseResults, draw: Callable[..., Any]) -> Callable[..., Any]:
    return lambda t=None: draw(moment(case._case, _seconds(case, t)))


def _map(case: CaseResults, draw: Callable[..., Any]) -> Callable[..., Any]:
    return lambda t=None: draw(case._case, _seconds(case, t))


def _seconds(case: CaseResults, t: Time) -> float | None:
    return None if t is None else case.seconds(t)
