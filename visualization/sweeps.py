"""Pictures of a whole study: figures of merit against each swept parameter, capacity against rate."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .axes import line_style, number_axis, open_marker, open_marker_note, sheet, steady
from .case import Case, is_case
from .curves import rate_lines, rates
from .errors import VisualizationError
from .merits import MERITS, compared_step, merit_named, varies
from .notation import parameter_text, quantity, unit_text, value_text
from .style import look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Drawn against a swept parameter.
DRAWN = ("areal_capacity", "mean_voltage", "areal_energy")

#: Drawn instead where metal is plated: what a safe deposit is judged by.
DRAWN_PLATED = ("criteria_speaking", "least_margin", "limiting_current", "nucleation_overpotential", "deposit_maximum")

Line = list[tuple[object, Case]]


def study_cases(study: Path) -> list[Case]:
    """The study's cases that have a summary, by name."""
    if not study.is_dir():
        raise VisualizationError(f"no results folder {study}")
    cases = [Case(folder) for folder in sorted(study.iterdir()) if is_case(folder)]
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


def independent(cases: list[Case]) -> list[str]:
    """Swept parameters without those that change along with an earlier one."""
    kept: list[str] = []
    for path in swept(cases):
        if not any(zipped(cases, path, other) for other in kept):
            kept.append(path)
    return kept


def along(cases: list[Case], path: str) -> list[str]:
    """Other parameters that change along with one."""
    return [other for other in swept(cases) if other != path and zipped(cases, path, other)]


def axis_label(cases: list[Case], path: str, unit: str = "") -> str:
    """A parameter for an axis, with what changes along with it."""
    name = parameter_text(path)
    others = ", ".join(dict.fromkeys(parameter_text(other) for other in along(cases, path)))
    told = name[0].upper() + name[1:] + (f" / {unit}" if unit else "")
    return told + (f", with {others}" if others else "")


def line_label(case: Case, paths: Sequence[str]) -> str:
    parameters = case.summary.get("parameters", {})
    return ", ".join(f"{parameter_text(path)} {value_text(parameters.get(path))}" for path in paths)


def in_order(cases: list[Case], paths: Sequence[str]) -> list[Case]:
    """Cases by the values of parameters: numbers by size, names by letter."""

    def key(case: Case) -> list[tuple[bool, float, str]]:
        values = [case.summary.get("parameters", {}).get(path) for path in paths]
        numbers = [quantity(value) for value in values]
        return [
            (number is None, number[0] if number else 0.0, str(value))
            for number, value in zip(numbers, values, strict=True)
        ]

    return sorted(cases, key=key)


def lines_over(cases: list[Case], path: str) -> dict[str, Line]:
    """Cases as lines over one parameter: one line for each setting of the others that differ."""
    others = [other for other in swept(cases) if other != path and not zipped(cases, path, other)]
    lines: dict[str, Line] = {}
    for case in in_order(cases, others):
        parameters = case.summary.get("parameters", {})
        if path in parameters:
            lines.setdefault(line_label(case, others), []).append((parameters[path], case))
    return lines


def which_step(cases: list[Case]) -> str:
    """The protocol step whose figures of merit are shown."""
    told = {f"{step['kind']}, protocol step {step['index']}" for case in cases if (step := compared_step(case))}
    return f"last {told.pop()}" if len(told) == 1 else "last finished step of each case"


def positions(values: list[object]) -> tuple[dict[str, float], str, list[str] | None]:
    """Where each value stands on an axis, the axis' unit, and tick labels where it has no numeric scale."""
    texts = list(dict.fromkeys(str(value) for value in values))
    numbers = [quantity(value) for value in texts]
    if all(numbers) and len({unit for _, unit in numbers}) == 1:
        return {t: n[0] for t, n in zip(texts, numbers, strict=True)}, unit_text(numbers[0][1]), None
    return {t: float(i) for i, t in enumerate(texts)}, "", [value_text(t) for t in texts]


def draw_sweep(cases: list[Case], path: str, merits: Sequence[str] = ()) -> "Figure":
    """Figures of merit against one swept parameter, one line for each setting of the others.

    Parameters
    ----------
    cases
        Of the study.
    path
        Key path of the parameter.
    merits
        Of `MERITS`; capacity, voltage and energy unless given, of a plated metal what its safety is judged by.

    Raises
    ------
    VisualizationError
        The parameter is not swept, or no case has a number for it.
    """
    lines = lines_over(cases, path)
    if not lines:
        known = ", ".join(swept(cases)) or "nothing"
        raise VisualizationError(f"'{path}' is not swept. Swept is: {known}.")
    table = {name: [merit_named(name).value(case) for case in cases] for name in merits or _telling(cases)}
    scales = {
        name: MERITS[name].scale(max(map(abs, numbers)))
        for name, values in table.items()
        if (numbers := [value for value in values if not math.isnan(value)])
    }
    if not scales:
        raise VisualizationError("no case has finished a charge or discharge: there is nothing to compare")
    where, unit, ticks = positions([value for line in lines.values() for value, _ in line])
    with look():
        title = str(cases[0].summary.get("study", ""))
        told = ", ".join(filter(None, (which_step(cases), open_marker_note(_with_number(cases, table)))))
        figure, panels = sheet(title, told, len(scales), (1.0,) * len(scales))
        for index, (label, line) in enumerate(lines.items()):
            line = sorted(line, key=lambda entry: where[str(entry[0])])
            for axes, (name, (factor, _)) in zip(panels, scales.items(), strict=True):
                values = [factor * MERITS[name].value(case) for _, case in line]
                places = [where[str(value)] for value, _ in line]
                axes.plot(places, values, label=label or None, **line_style(index))
                ended = [k for k, (_, case) in enumerate(line) if case.unfinished and not math.isnan(values[k])]
                if ended:
                    axes.plot([places[k] for k in ended], [values[k] for k in ended], **open_marker(index))
        for axes, (name, (_, printed)) in zip(panels, scales.items(), strict=True):
            axes.set_ylabel(MERITS[name].label(printed, lines=len(scales) > 1))
            steady(axes)
        panels[-1].set_xlabel(axis_label(cases, path, unit))
        if ticks:
            panels[-1].set_xticks(list(where.values()), ticks)
        else:
            number_axis(panels[-1], where.values())
        if any(lines):
            figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _with_number(cases: list[Case], table: dict[str, list[float]]) -> list[Case]:
    """Cases that have a number in one of the columns."""
    rows = zip(*table.values(), strict=True)
    return [case for case, row in zip(cases, rows, strict=True) if not all(map(math.isnan, row))]


def _telling(cases: list[Case]) -> tuple[str, ...]:
    """What is drawn of these cases unless it is said: what differs between them."""
    told = DRAWN + (DRAWN_PLATED if any(case.summary.get("plating") for case in cases) else ())
    return tuple(name for name in told if varies(cases, name)) or DRAWN


def rate_lines_over(cases: list[Case]) -> dict[str, list[Case]]:
    """Cases that differ in their protocol alone, by the setting of everything else."""
    protocol = [path for path in swept(cases) if path.split(".")[0] == "protocol"]
    moving = [
        path
        for path in swept(cases)
        if path not in protocol and not any(zipped(cases, path, other) for other in protocol)
    ]
    groups: dict[str, list[Case]] = {}
    for case in in_order(cases, moving):
        groups.setdefault(line_label(case, moving), []).append(case)
    return groups


def draw_rates(cases: list[Case]) -> "Figure":
    """Capacity against rate over all cases: one line for each setting of what is not the rate.

    Raises
    ------
    VisualizationError
        Fewer than two rates.
    """
    groups = rate_lines_over(cases).items()
    lines = {label: [point for case in group for point in rates(case)] for label, group in groups}
    lines = {label: points for label, points in lines.items() if points}
    if not any(len({round(rate, 6) for rate, _ in points}) > 1 for points in lines.values()):
        raise VisualizationError("fewer than two rates: there is no rate capability to draw")
    with look():
        figure, (axes,) = sheet(str(cases[0].summary.get("study", "")), "", 1, (1,))
        rate_lines(axes, lines)
    return figure
