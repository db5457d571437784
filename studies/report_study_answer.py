"""The first screen of a study's report: what tells its cases apart, in sentences and in numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ..visualization.case import Case
from ..visualization.notation import parameter_text, plain, quantity, value_text
from ..visualization.report import Cell, Note, Tile
from .balances import judged, worst_balance
from .quantity import EXAMPLES, parse_quantity
from .report_steps import AREAL, areal, asked_steps, duration, step_words
from .verdict import electrodes, verdicts
from .wording import measured, number

#: A parameter of a sweep that is no property of the cell: what is quoted for a case.
QUOTED = "reference."


#: What is told of plated electrodes where it differs between cases: words and unit, SI.
PLATED = {
    "nucleation_overpotential [V]": ("Nucleation overpotential", "V"),
    "limiting_current_density [A/m2]": ("Limiting current of the footprint", "A/m²"),
    "thickness_max [m]": ("Thickest deposit", "m"),
}


def _plating(case: Case, key: str) -> float | None:
    """A number of the plated electrode that is meant."""
    sides = electrodes(case.summary)
    return ((case.summary.get("plating") or {}).get(sides[0]) or {}).get(key) if sides else None


def _capacities(cases: Sequence[Case], paths: Sequence[str]) -> Iterator[tuple[float, str]]:
    """Most and least capacity of the first and of the last step, by its spread: what differs between cases."""
    finished = {id(case): case.finished() for case in cases if case.finished()}
    lasts = [steps[-1]["index"] for steps in finished.values()]
    firsts = [steps[0]["index"] for steps in finished.values()]
    # The same step of all: one that failed on its way has no last one to be compared.
    for which, indices in {"first": firsts, "last": lasts}.items():
        if not indices or (which == "last" and max(lasts) == min(firsts)):
            continue
        index = max(indices) if which == "last" else min(indices)
        steps = {name: step for name, found in finished.items() for step in found if step["index"] == index}
        values = {name: step[AREAL] for name, step in steps.items() if step.get(AREAL)}
        if len(values) < 2:
            continue
        by_id = {id(case): case for case in cases}
        words = {step_words(by_id[name], steps[name], asked_steps(by_id[name].folder)) for name in values}
        kinds = {steps[name]["kind"] for name in values}
        step = words.pop() if len(words) == 1 else f"{which} {kinds.pop()}"
        best, worst = max(values, key=values.__getitem__), min(values, key=values.__getitem__)
        if values[best] > 1.001 * values[worst]:
            told = f"{areal(values[best])} {_with(by_id[best], paths)}, {areal(values[worst])} "
            told += f"{_with(by_id[worst], paths)} ({100 * (values[worst] / values[best] - 1):+.3g} %)"
        else:
            told = f"{areal(values[best])} in every case"
        yield 1 - values[worst] / values[best], f"{step[0].upper()}{step[1:]}: {told}."


def _plated(cases: Sequence[Case], paths: Sequence[str]) -> Iterator[tuple[float, str]]:
    """What differs between plated electrodes, by its spread."""
    for key, (words, unit) in PLATED.items():
        known = {index: value for index, case in enumerate(cases) if (value := _plating(case, key)) is not None}
        if len(known) > 1 and max(known.values()) > 1.02 * min(known.values()):
            most, least = max(known, key=known.__getitem__), min(known, key=known.__getitem__)
            told = f"{measured(known[least], unit)} {_with(cases[least], paths)}, "
            told += f"{measured(known[most], unit)} {_with(cases[most], paths)}"
            yield 1 - known[least] / known[most], f"{words}: {told}."


def _with(case: Case, paths: Sequence[str]) -> str:
    """A case within a sentence; what drives a step stands by itself."""
    if len(paths) == 1 and paths[0].startswith("protocol."):
        return f"at {_parameter(case, paths[0])}"
    return f"with {_named(case, paths)}"


def _named(case: Case, paths: Sequence[str]) -> str:
    """A case by what is its own: "gap 50 µm"."""
    told = ", ".join(f"{parameter_text(path)} {_parameter(case, path)}" for path in paths)
    return told if 0 < len(told) <= 60 else case.folder.name


def answer(cases: Sequence[Case]) -> Iterator[Note]:
    paths = swept_paths(cases)
    sentences = [*_capacities(cases, paths), *_plated(cases, paths)]
    # What differs most comes first.
    yield from (Note(text) for _, text in sorted(sentences, key=lambda one: -one[0]))
    found = [one for case in cases for one in case.summary.get("reference") or () if one.get("relative") is not None]
    if found:
        worst = max((one["relative"] for one in found), key=abs)
        told = f"{100 * worst:+.1f} %" if abs(worst) >= 5e-4 else "less than 0.1 %"
        many = f"{len(found)} quoted numbers: differs by {told} at most"
        yield Note(f"Against {many if len(found) > 1 else f'the quoted number: differs by {told}'}.")
    plated = [case for case in cases if electrodes(case.summary)]
    if plated:
        speaking = {_named(case, paths): count_speaking(case) for case in plated}
        silent = [name for name, count in speaking.items() if not count]
        told = f"Criteria speak in {len(plated) - len(silent)} of {len(plated)} cases."
        if silent:
            told += f" None does in {', '.join(silent[:6])}{', …' if len(silent) > 6 else ''}."
        else:
            told += f" Most often: {_most_often(plated)}."
        yield Note(told, "good" if len(silent) == len(plated) else "warn")
    errors = [error for case in cases if (error := worst_balance(case.summary)) is not None]
    if errors:
        # A balance that is no number is the worst.
        worst_error = next((error for error in errors if math.isnan(error)), max(errors))
        tone, words = judged(worst_error)
        if tone != "good":
            yield Note(f"Balances: largest relative error {number(worst_error, 2)}; {words}.", tone)
    ended = [case for case in cases if case.summary.get("status") != "done"]
    if ended:
        names = ", ".join(case.folder.name for case in ended[:6]) + (", …" if len(ended) > 6 else "")
        yield Note(f"Not done: {names}. Why stands below.", "bad")


def _most_often(cases: Sequence[Case]) -> str:
    names = [name for case in cases for name in spoken(case)]
    return max(dict.fromkeys(names), key=names.count)


def spoken(case: Case) -> list[str]:
    return [row[0] for row in verdicts(case.summary)[0].rows if row[1] == "speaks"]


def count_speaking(case: Case) -> int:
    """Criteria that speak of the electrode that is meant."""
    side = electrodes(case.summary)[0]
    return sum(found.get("voice") == "speaks" for found in case.summary["criteria"][side].values())


def tiles(cases: Sequence[Case]) -> Iterator[Tile]:
    paths = swept_paths(cases)
    yield Tile("cases", str(len(cases)), "", f"{len(paths)} swept parameter{'s' if len(paths) != 1 else ''}")
    for path in paths[:3]:
        values = [value for value in dict.fromkeys(_parameter(case, path) for case in cases) if value != "–"]
        told = f"{values[0]} … {values[-1]}" if len(values) > 2 else ", ".join(values)
        yield Tile(parameter_text(path), told, "", f"{len(values)} values" if len(values) > 2 else "")
    values = {_named(case, paths): case.finished()[0].get(AREAL) for case in cases if case.finished()}
    values = {name: value for name, value in values.items() if value}
    if values and max(values.values()) > 1.001 * min(values.values()):
        best = max(values, key=values.__getitem__)
        yield Tile("largest capacity", areal(values[best]), "", best)
    errors = [error for case in cases if (error := worst_balance(case.summary)) is not None]
    if errors and not any(map(math.isnan, errors)):
        tone, words = judged(max(errors))
        yield Tile("balances, largest error", number(max(errors), 2), tone, words)
    estimates = {name for case in cases for name in case.summary.get("estimates") or ()}
    yield Tile("estimates in use", str(len(estimates)), "warn" if estimates else "good", "listed in every case")
    if seconds := sum(case.summary.get("wall_time [s]") or 0.0 for case in cases):
        yield Tile("solved in", duration(seconds), "", "all cases together")


# ---------------------------------------------------------------------- what cases are called
def swept_paths(cases: Sequence[Case]) -> list[str]:
    """Key paths in which the cases differ."""
    paths = dict.fromkeys(path for case in cases for path in case.summary.get("parameters") or {})
    differing = [path for path in paths if len({_parameter(case, path) for case in cases}) > 1]
    return [path for path in differing if not path.startswith(QUOTED)]


def _parameter(case: Case, path: str) -> str:
    value = (case.summary.get("parameters") or {}).get(path)
    return "–" if value is None else plain(value_text(value)).replace(" °", "°")


def parameter_cell(case: Case, path: str) -> Cell:
    value = (case.summary.get("parameters") or {}).get(path)
    found = quantity(value)
    return Cell(_parameter(case, path), sort=_si(str(value), found))


def _si(text: str, found: tuple[float, str] | None) -> float | None:
    """The number by which a parameter sorts: in SI where its unit is known, so that 900 nm comes before 1 µm."""
    if found is None or not found[1]:
        return None if found is None else found[0]
    for unit in EXAMPLES:
        try:
            return parse_quantity(text, unit)
        except ValueError:
            continue
    return found[0]
