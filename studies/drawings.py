"""What can be drawn of a case and of a study, gathered from the registries of curves and of views."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from ..visualization.curve_figures import CURVES, curves_of, study_figures, summary_of, why_not
from ..visualization.heatmap import draw_heatmap
from ..visualization.options import Options
from ..visualization.panels import draw_cases
from ..visualization.pareto import draw_pareto
from ..visualization.views import VIEWS, View, views_of
from .drawing import Choice
from .errors import StudyError

if TYPE_CHECKING:
    from .results import CaseResults, Results

Time = float | str | None


def case_drawings(case: CaseResults) -> dict[str, Choice]:
    """Curves and views of one case."""
    absent = cache(lambda: curves_of(case._case) | views_of(case._case))
    choices = {name: (summary_of(name), _curve(case, draw)) for name, draw in CURVES.items()} | {
        name: (view.summary, _view(case, view)) for name, view in VIEWS.items()
    }
    return {name: Choice(*choice, lambda name=name: absent()[name]) for name, choice in choices.items()}


def study_drawings(results: Results) -> dict[str, Choice]:
    """Figures that compare the cases, and the drawings of every case."""
    cases = [case._case for case in results if case.status != "unfinished"]
    choices = {}
    if len(results) > 1:
        # Drawing it tells whether it can be; what is drawn of surfaces takes seconds, and is made where it can be.
        choices = {
            name: Choice(f"all cases: {summary_of(name)}", draw, _tried(draw) if name in CURVES else lambda: None)
            for name, draw in study_figures(results.folder, cases).items()
        } | {
            "heatmap": Choice("all cases: a merit over two parameters: x, y, merit", partial(draw_heatmap, cases)),
            "pareto": Choice("all cases: one merit against another, and the front", partial(draw_pareto, cases)),
            "compare": Choice("all cases: a view or a field side by side, on one scale", _compared(results)),
        }
    return choices | {
        name: Choice(choice.summary, _of_case(results, name), choice.missing)
        for name, choice in case_drawings(results[0]).items()
        if name not in choices
    }


def _of_case(results: Results, name: str) -> Callable[..., Any]:
    def draw(t: Time = None, *, case: str | int | None = None, **options: Any) -> Any:
        if case is None and len(results) > 1:
            raise StudyError(
                f"{name}: say of which case, such as plot.{name}(case='{results[0].name}'); there is: "
                f"{', '.join(results.cases)}"
            )
        chosen = results.case if case is None else results[case]
        return case_drawings(chosen)[name].draw(**({} if t is None else {"t": t}), **options)

    return draw


def _curve(case: CaseResults, draw: Callable[..., Any]) -> Callable[..., Any]:
    def drawn() -> Any:
        return draw(case._case)

    return drawn


def _view(case: CaseResults, view: View) -> Callable[..., Any]:
    def drawn(
        t: Time = None,
        *,
        field: str | None = None,
        camera: str | None = None,
        clip: str | None = None,
        scale: tuple[float, float] | None = None,
    ) -> Any:
        time = None if t is None else case.seconds(t)
        return view.draw(case._case, Options(time=time, field=field, camera=camera, clip=clip, scale=scale))

    return drawn


def _compared(results: Results) -> Callable[..., Any]:
    def drawn(
        view: str = "concentration",
        t: Time = None,
        *,
        cases: list[str] | None = None,
        camera: str | None = None,
        clip: str | None = None,
    ) -> Any:
        chosen = [results[name] for name in cases] if cases else list(results)
        time = None if t is None else chosen[0].seconds(t)
        return draw_cases([case._case for case in chosen], view, Options(time=time, camera=camera, clip=clip))

    return drawn


def _tried(draw: Callable[[], Any]) -> Callable[[], str | None]:
    """Why something cannot be drawn, found out once and only when it is asked for."""
    return cache(lambda: why_not(draw))
