"""The report of a study: its cases side by side, what differs, what failed and why."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..visualization.case import Case
from ..visualization.notation import parameter_text, plain, quantity, value_text
from ..visualization.report import Block, Cell, Figure, Gallery, Note, Panels, Report, Section, Table, Tile
from ..visualization.report.case_views import caption
from .comparison import comparison_rows
from .errors import StudyError
from .hosts import PARAMETER
from .quantity import EXAMPLES, parse_quantity
from .report_answer import STATUSES
from .report_audit import judged, worst_balance
from .report_case import FILE, begun_case, case_figures, footer, opened_case
from .report_steps import AREAL, areal
from .verdict import electrodes, verdicts
from .wording import measured, number

#: Cases whose pictures stand side by side, and pictures that are offered for it.
MOST_PANELS = 12
PANELS = (
    "current_density",
    "surface_current",
    "deposit",
    "deposit_growth",
    "criteria",
    "concentration",
    "stoichiometry",
    "voltage_capacity",
)
MOST_GROUPS = 5


def study_cases(folder: Path) -> list[Case]:
    """The cases in a study's folder that were begun, by name.

    Raises
    ------
    StudyError
        There is none.
    """
    if not folder.is_dir():
        raise StudyError(f"{folder}: no such folder; give that of a study or a case, results/<study>/<case>")
    begun = [path for path in sorted(folder.iterdir()) if begun_case(path)]
    if not begun:
        raise StudyError(
            f"{folder}: holds no case that was begun; give the folder of a study or a case, results/<study>"
        )
    cases = [opened_case(path)[0] for path in begun]
    paths = swept_paths(cases)
    return sorted(cases, key=lambda case: [_order(_parameter_cell(case, path)) for path in paths])


def _order(cell: Cell) -> tuple[bool, float, str]:
    """Numbers before words."""
    return cell.sort is None, cell.sort or 0.0, cell.text


def study_report(folder: Path, pictures: bool = True) -> Report:
    """All cases of a study as a report; each has a report of its own.

    Parameters
    ----------
    folder
        ``results/<study>``.
    pictures
        Whether there are any.
    """
    cases = study_cases(folder)
    first = cases[0].summary
    done = [case for case in cases if case.summary.get("status") == "done"]
    figures = case_figures(folder) if pictures else []
    return Report(
        title=str(first.get("study", folder.name)),
        kicker=f"archode · report of a study · {len(cases)} cases",
        description=str(first.get("description") or ""),
        status=f"{len(done)} of {len(cases)} done",
        tone="good" if len(done) == len(cases) else "warn" if done else "bad",
        answer=list(_answer(cases)),
        tiles=list(_tiles(cases)),
        hero=figures[0] if figures else None,
        sections=list(_sections(folder, cases, figures, pictures)),
        footer=footer(first),
    )


# ---------------------------------------------------------------------- first screen
#: What is told of plated electrodes where it differs between cases: words and unit, SI.
PLATED = {
    "nucleation_overpotential [V]": ("Dip of nucleation", "V"),
    "limiting_current_density [A/m2]": ("Limiting current per footprint", "A/m²"),
    "thickness_max [m]": ("Thickest deposit", "m"),
}


def _plating(case: Case, key: str) -> float | None:
    """A number of the plated electrode that is meant."""
    sides = electrodes(case.summary)
    return ((case.summary.get("plating") or {}).get(sides[0]) or {}).get(key) if sides else None


def _capacity(case: Case) -> float | None:
    steps = case.finished()
    return steps[-1].get(AREAL) if steps else None


def _answer(cases: Sequence[Case]) -> Iterator[Note]:
    values = {case.summary.get("case", case.folder.name): value for case in cases if (value := _capacity(case))}
    if len(values) > 1:
        best, worst = max(values, key=values.__getitem__), min(values, key=values.__getitem__)
        kinds = {case.finished()[-1]["kind"] for case in cases if case.finished()}
        step = f"last {kinds.pop()}" if len(kinds) == 1 else "last finished step"
        if values[best] > 1.001 * values[worst]:
            told = f"most in {best}, {areal(values[best])}; least in {worst}, {areal(values[worst])}"
            yield Note(f"Of the {step}: {told}.")
        else:
            yield Note(f"Of the {step}: {areal(values[best])} in every case.")
    for key, (words, unit) in PLATED.items():
        known = {case.summary.get("case", ""): value for case in cases if (value := _plating(case, key)) is not None}
        if len(known) > 1 and max(known.values()) > 1.02 * min(known.values()):
            most, least = max(known, key=known.__getitem__), min(known, key=known.__getitem__)
            told = f"{measured(known[least], unit)} in {least} to {measured(known[most], unit)} in {most}"
            yield Note(f"{words}: {told}.")
    plated = [case for case in cases if electrodes(case.summary)]
    if plated:
        speaking = {case.summary.get("case", ""): _speaking(case) for case in plated}
        silent = [name for name, count in speaking.items() if not count]
        told = f"Criteria speak in {len(plated) - len(silent)} of {len(plated)} cases."
        told += f" None does in {', '.join(silent[:6])}{', …' if len(silent) > 6 else ''}." if silent else ""
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


def _speaking(case: Case) -> int:
    """Criteria that speak of the electrode that is meant."""
    side = electrodes(case.summary)[0]
    return sum(found.get("voice") == "speaks" for found in case.summary["criteria"][side].values())


def _tiles(cases: Sequence[Case]) -> Iterator[Tile]:
    paths = swept_paths(cases)
    yield Tile("cases", str(len(cases)), "", f"{len(paths)} swept parameter{'s' if len(paths) != 1 else ''}")
    for path in paths[:3]:
        values = list(dict.fromkeys(_parameter(case, path) for case in cases))
        told = f"{values[0]} … {values[-1]}" if len(values) > 2 else ", ".join(values)
        yield Tile(parameter_text(path), told, "", f"{len(values)} values")
    errors = [error for case in cases if (error := worst_balance(case.summary)) is not None]
    if errors and not any(map(math.isnan, errors)):
        tone, words = judged(max(errors))
        yield Tile("balances, largest error", number(max(errors), 2), tone, words)


# ---------------------------------------------------------------------- sections
def swept_paths(cases: Sequence[Case]) -> list[str]:
    """Key paths in which the cases differ."""
    paths = dict.fromkeys(path for case in cases for path in case.summary.get("parameters") or {})
    return [path for path in paths if len({_parameter(case, path) for case in cases}) > 1]


def _parameter(case: Case, path: str) -> str:
    value = (case.summary.get("parameters") or {}).get(path)
    return "–" if value is None else plain(value_text(value)).replace(" deg", "°")


def _parameter_cell(case: Case, path: str) -> Cell:
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


def _sections(folder: Path, cases: Sequence[Case], figures: Sequence[Figure], pictures: bool) -> Iterator[Section]:
    yield Section("cases", "Cases", [cases_table(cases), Note("A click on a column's name sorts.")])
    ended = [case for case in cases if case.summary.get("status") != "done"]
    if ended:
        rows = [
            (_case_cell(case), _status_cell(case), Cell(str(case.summary.get("reason") or "no reason is known")))
            for case in ended
        ]
        yield Section("failures", "Not done", [Table(("case", "status", "why"), rows)])
    if any(PARAMETER in (case.summary.get("parameters") or {}) for case in cases):
        yield Section("hosts", "Hosts compared", list(_hosts(cases)))
    if figures:
        yield Section("figures", "Over the parameters", [Gallery(figures)])
    if pictures and (panels := side_by_side(cases)):
        yield Section("panels", "Side by side", panels)
    if (folder / "table.csv").is_file():
        blocks = [_whole_table(folder / "table.csv")]
        yield Section("table", "All numbers", blocks)


def _case_cell(case: Case) -> Cell:
    name = case.folder.name
    return Cell(name, link=f"{quote(name)}/{FILE}" if (case.folder / FILE).is_file() else "")


def _status_cell(case: Case) -> Cell:
    status = str(case.summary.get("status"))
    word, tone = STATUSES.get(status, (status, "warn"))
    return Cell(word, tone=tone)


def cases_table(cases: Sequence[Case]) -> Table:
    """One row a case: parameters, how it ended, figures of merit of the last finished step, verdict, balance."""
    paths = swept_paths(cases)
    judging = any(electrodes(case.summary) for case in cases)
    columns = ["case", *(parameter_text(path) for path in paths), "status", "last finished step", "capacity [µAh/cm²]"]
    columns += [
        "mean voltage [V]",
        *(["criteria that speak", "which"] if judging else []),
        "balance",
        "solved in [s]",
    ]
    rows = []
    for case in cases:
        summary, steps = case.summary, case.finished()
        last: Mapping[str, Any] = steps[-1] if steps else {}
        row = [_case_cell(case), *(_parameter_cell(case, path) for path in paths), _status_cell(case)]
        told = case.step_text(last["index"], last["kind"]) if last else "–"
        # Numbers of a case that ended early are not those of the last step of the others.
        row.append(Cell(f"{told}; run {case.unfinished}", tone="warn") if last and case.unfinished else Cell(told))
        row += [_number_cell(last.get(AREAL), 1e3), _number_cell(last.get("mean_voltage [V]"))]
        if judging:
            row += _verdict_cells(case)
        worst = worst_balance(summary)
        row.append(Cell("–") if worst is None else Cell(number(worst, 2), sort=worst, tone=judged(worst)[0]))
        row.append(_number_cell(summary.get("wall_time [s]")))
        rows.append(row)
    return Table(columns, rows)


def _number_cell(value: float | None, factor: float = 1.0) -> Cell:
    return Cell("–") if value is None else Cell(number(value * factor, 4), sort=value * factor)


def _verdict_cells(case: Case) -> list[Cell]:
    if not electrodes(case.summary):
        return [Cell("–"), Cell("–")]
    count = _speaking(case)
    names = [row[0] for row in verdicts(case.summary)[0].rows if row[1] == "speaks"]
    return [Cell(str(count), sort=count, tone="warn" if count else "good"), Cell(", ".join(names) or "none")]


def _hosts(cases: Sequence[Case]) -> Iterator[Block]:
    """The comparison's rows, safest first; columns of which nothing is known are left out."""
    rows = comparison_rows([case.summary for case in cases])
    names = [n for n in rows[0] if n not in ("reason", "status") and any(_known(row[n]) for row in rows)]
    cells = [[_any_cell(row[name]) for name in names] for row in rows]
    yield Table([name.replace("cm2", "cm²") for name in names], cells, "By current, the safest host first")


def _known(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def _any_cell(value: Any) -> Cell:
    if not _known(value):
        return Cell("–")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Cell(str(value))
    return Cell(number(float(value)), sort=float(value))


def side_by_side(cases: Sequence[Case]) -> list[Block]:
    """The same picture of several cases; one kind is seen at a time."""
    told = list(cases[:MOST_PANELS])
    groups = []
    for name in PANELS:
        paths = [(case, case.folder / "figures" / f"{name}.png") for case in told]
        there = [Figure(path, "", case.folder.name, _case_cell(case).link) for case, path in paths if path.is_file()]
        if len(there) > 1:
            groups.append((caption(name)[0], there))
    if not groups:
        return []
    blocks: list[Block] = [
        Note("Every picture has a colour scale of its own: compare shapes, and read numbers off it.")
    ]
    if len(cases) > MOST_PANELS:
        blocks.append(Note(f"The first {MOST_PANELS} of {len(cases)} cases."))
    return [*blocks, Panels(groups[:MOST_GROUPS])]


def _whole_table(path: Path) -> Table:
    """The study's table as it is on disk."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return Table(header, [[_text_cell(value) for value in row] for row in rows], "table.csv")


def _text_cell(value: str) -> Cell:
    try:
        return _any_cell(float(value)) if value else Cell("–")
    except ValueError:
        return Cell(value)
