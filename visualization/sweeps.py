"""Pictures of a whole study: figures of merit against each swept parameter, capacity against rate."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

from .axes import capacity_unit, line_style, number_axis, sheet, steady
from .case import Case
from .curves import rate_lines, rates
from .errors import VisualizationError
from .notation import parameter_text, quantity, scaled_unit, unit_text, value_text
from .style import look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# of the last discharge (of the last charge, where there is none)
MERITS = ("areal_capacity [mAh/cm2]", "mean_voltage [V]", "energy [J]")

Line = list[tuple[object, Case]]


def study_cases(study: Path) -> list[Case]:
    """The study's cases that have a summary, by name."""
    if not study.is_dir():
        raise VisualizationError(f"no results folder {study}")
    cases = [Case(folder) for folder in sorted(study.iterdir()) if (folder / "summary.json").is_file()]
    if not cases:
        there = ", ".join(sorted(path.name for path in study.iterdir())) or "nothing"
        raise VisualizationError(f"no case with a summary.json in {study}. There is: {there}.")
    return cases


def swept(cases: list[Case]) -> list[str]:
    """Paths of the parameters which differ between cases; what a case is held against is none."""
    paths = dict.fromkeys(path for case in cases for path in case.summary.get("parameters", {}))
    return [p for p in paths if not p.startswith("reference") and len(set(settings(cases, p))) > 1]


def settings(cases: list[Case], path: str) -> list[str]:
    return [str(case.summary.get("parameters", {}).get(path)) for case in cases]


def zipped(cases: list[Case], one: str, other: str) -> bool:
    """Whether two parameters change together, so that one says what the other is."""
    values = settings(cases, one), settings(cases, other)
    return len(set(zip(*values, strict=True))) == len(set(values[0])) == len(set(values[1]))


def line_label(case: Case, paths: list[str]) -> str:
    parameters = case.summary.get("parameters", {})
    return ", ".join(f"{parameter_text(path)} {value_text(parameters.get(path))}" for path in paths)


def lines_over(cases: list[Case], path: str) -> dict[str, Line]:
    """Cases as lines over one parameter: one line for each setting of the others that differ."""
    others = [other for other in swept(cases) if other != path and not zipped(cases, path, other)]
    lines: dict[str, Line] = {}
    for case in cases:
        parameters = case.summary.get("parameters", {})
        if path in parameters:
            lines.setdefault(line_label(case, others), []).append((parameters[path], case))
    return lines


def merit(case: Case, name: str) -> float:
    """A figure of merit of the last finished discharge (charge where there is none); NaN where missing."""
    finished = case.finished()
    value = finished[-1].get(name) if finished else None
    return math.nan if value is None else float(value)


def _which_step(cases: list[Case]) -> str:
    """The protocol step whose figures of merit are shown."""
    steps = [finished[-1] for case in cases if (finished := case.finished())]
    told = {f"{step['kind']}, protocol step {step['index']}" for step in steps}
    return f"last {told.pop()}" if len(told) == 1 else "last finished step of each case"


def merit_scale(name: str, largest: float) -> tuple[float, str]:
    """Factor and axis label of a figure of merit whose values go up to `largest`."""
    if name.startswith("areal_capacity"):
        factor, unit = capacity_unit(largest)
        return factor, f"Areal capacity\n/ {unit}"
    if name.startswith("energy"):
        factor, unit = scaled_unit(largest, "J")
        return factor, f"Energy\n/ {unit}"
    return 1.0, "Mean voltage\n/ V"


def positions(values: list[object]) -> tuple[dict[str, float], str, list[str] | None]:
    """Where each value stands on an axis, the axis' unit, and tick labels where it has no numeric scale."""
    texts = list(dict.fromkeys(str(value) for value in values))
    numbers = [quantity(value) for value in texts]
    if all(numbers) and len({unit for _, unit in numbers}) == 1:
        return {t: n[0] for t, n in zip(texts, numbers, strict=True)}, unit_text(numbers[0][1]), None
    return {t: float(i) for i, t in enumerate(texts)}, "", [value_text(t) for t in texts]


def draw_sweep(cases: list[Case], path: str) -> "Figure":
    """Every figure of merit against one swept parameter, one line for each setting of the others."""
    lines = lines_over(cases, path)
    if not lines:
        known = ", ".join(swept(cases)) or "nothing"
        raise VisualizationError(f"'{path}' is not swept. Swept is: {known}.")
    table = {name: [v for case in cases if not math.isnan(v := merit(case, name))] for name in MERITS}
    merits = {name: merit_scale(name, max(map(abs, values))) for name, values in table.items() if values}
    if not merits:
        raise VisualizationError("no case has finished a charge or discharge: there is nothing to compare")
    where, unit, ticks = positions([value for line in lines.values() for value, _ in line])
    with look():
        title = str(cases[0].summary.get("study", ""))
        figure, panels = sheet(title, _which_step(cases), len(merits), (1.0,) * len(merits))
        for index, (label, line) in enumerate(lines.items()):
            line = sorted(line, key=lambda entry: where[str(entry[0])])
            for axes, (name, (factor, _)) in zip(panels, merits.items(), strict=True):
                values = [factor * merit(case, name) for _, case in line]
                axes.plot([where[str(value)] for value, _ in line], values, label=label or None, **line_style(index))
        for axes, (_, label) in zip(panels, merits.values(), strict=True):
            axes.set_ylabel(label)
            steady(axes)
        abscissa = parameter_text(path)
        panels[-1].set_xlabel(abscissa[0].upper() + abscissa[1:] + (f" / {unit}" if unit else ""))
        if ticks:
            panels[-1].set_xticks(list(where.values()), ticks)
        else:
            number_axis(panels[-1], where.values())
        if any(lines):
            figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def draw_rates(cases: list[Case]) -> "Figure":
    """Capacity against rate over all cases: one line for each setting of what is not the rate.

    Raises
    ------
    VisualizationError
        Fewer than two rates.
    """
    protocol = [path for path in swept(cases) if path.split(".")[0] == "protocol"]
    moving = [
        path
        for path in swept(cases)
        if path not in protocol and not any(zipped(cases, path, other) for other in protocol)
    ]
    lines: dict[str, list[tuple[float, float]]] = {}
    for case in cases:
        lines.setdefault(line_label(case, moving), []).extend(rates(case))
    lines = {label: points for label, points in lines.items() if points}
    if not any(len({round(rate, 6) for rate, _ in points}) > 1 for points in lines.values()):
        raise VisualizationError("fewer than two rates: there is no rate capability to draw")
    with look():
        figure, (axes,) = sheet(str(cases[0].summary.get("study", "")), "", 1, (1,))
        rate_lines(axes, lines)
    return figure
