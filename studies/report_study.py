"""The report of a study: its cases side by side, what differs, what failed and why."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..visualization.case import Case
from ..visualization.curves import capacity_unit
from ..visualization.notation import parameter_text
from ..visualization.report import Block, Cell, Figure, Gallery, Note, Report, Section, Table
from .balances import judged, worst_balance
from .comparison import comparison_rows
from .errors import StudyError
from .hosts import PARAMETER
from .report_answer import STATUSES
from .report_case import FILE, begun_case, case_figures, footer, opened_case
from .report_outcome import references_table
from .report_panels import PREFIX, drawn_panels, side_by_side
from .report_steps import AREAL, asked_steps, slashed, step_words
from .report_study_answer import answer, count_speaking, parameter_cell, spoken, swept_paths, tiles
from .verdict import electrodes
from .wording import criterion, number


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
    return sorted(cases, key=lambda case: [_order(parameter_cell(case, path)) for path in paths])


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
    drawn = case_figures(folder) if pictures else []
    panels = drawn_panels(folder, cases) if pictures else []
    figures = [figure for figure in drawn if not figure.path.stem.startswith(PREFIX)]
    # Without figures over the parameters the same picture of all cases tells most.
    hero = next(iter(sorted([*figures, *panels], key=_tall)), None)
    figures = [figure for figure in figures if figure is not hero]
    return Report(
        title=str(first.get("study", folder.name)),
        kicker=f"archode · report of a study · {len(cases)} cases",
        description=str(first.get("description") or ""),
        status=f"{len(done)} of {len(cases)} done",
        tone="good" if len(done) == len(cases) else "warn" if done else "bad",
        answer=list(answer(cases)),
        tiles=list(tiles(cases)),
        hero=hero,
        sections=list(_sections(folder, cases, figures, pictures)),
        footer=footer(first),
    )


# ---------------------------------------------------------------------- sections
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
    quoted = [(case, one) for case in cases for one in case.summary.get("reference") or ()]
    if quoted:
        yield Section("quoted", "Against quoted numbers", [references_table(quoted)])
    if figures:
        yield Section("figures", "Over the parameters", [Gallery(figures)])
    if pictures and (panels := side_by_side(folder, cases, [_case_cell(case).link for case in cases])):
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


def _tall(figure: Figure) -> bool:
    """Whether a picture is too tall to stand beside the answer."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(figure.path) as image:
            return image.height > 1.1 * image.width
    except (OSError, UnidentifiedImageError):
        return True


def cases_table(cases: Sequence[Case]) -> Table:
    """One row a case: parameters, how it ended, figures of merit of the last finished step, verdict, balance."""
    paths = swept_paths(cases)
    judging = any(electrodes(case.summary) for case in cases)
    largest = max((case.finished()[-1].get(AREAL) or 0.0 for case in cases if case.finished()), default=0.0)
    factor, unit = capacity_unit(largest)
    columns = ["case", *(parameter_text(path) for path in paths), "status", "last finished step"]
    columns += [
        f"capacity [{slashed(unit)}]",
        "mean voltage [V]",
        *(["criteria that speak", "which"] if judging else []),
        "balance",
        "solved in [s]",
    ]
    rows = []
    for case in cases:
        summary, steps = case.summary, case.finished()
        last: Mapping[str, Any] = steps[-1] if steps else {}
        row = [_case_cell(case), *(parameter_cell(case, path) for path in paths), _status_cell(case)]
        told = step_words(case, last, asked_steps(case.folder)) if last else "–"
        # Numbers of a case that ended early are not those of the last step of the others.
        row.append(Cell(f"{told}; run {case.unfinished}", tone="warn") if last and case.unfinished else Cell(told))
        row += [_number_cell(last.get(AREAL), factor), _number_cell(last.get("mean_voltage [V]"))]
        if judging:
            row += _verdict_cells(case)
        worst = worst_balance(summary)
        row.append(Cell("–") if worst is None else Cell(number(worst, 2), sort=worst, tone=judged(worst)[0]))
        row.append(_number_cell(summary.get("wall_time [s]"), digits=2))
        rows.append(row)
    return Table(columns, rows)


def _number_cell(value: float | None, factor: float = 1.0, digits: int = 3) -> Cell:
    return Cell("–") if value is None else Cell(number(value * factor, digits), sort=value * factor)


def _verdict_cells(case: Case) -> list[Cell]:
    if not electrodes(case.summary):
        return [Cell("–"), Cell("–")]
    count = count_speaking(case)
    names = ", ".join(spoken(case))
    return [Cell(str(count), sort=count, tone="warn" if count else "good"), Cell(names or "none")]


def _hosts(cases: Sequence[Case]) -> Iterator[Block]:
    """The comparison's rows, safest first; columns of which nothing is known are left out."""
    rows = comparison_rows([case.summary for case in cases])
    # The current stands in a column of its own, with its unit.
    left_out = {"reason", "status", *(name for name in rows[0] if name.startswith("parameter:"))}
    names = [name for name in rows[0] if name not in left_out and any(_known(row[name]) for row in rows)]
    cells = [[_any_cell(_in_words(name, row[name])) for name in names] for row in rows]
    yield Table([name.replace("cm2", "cm²") for name in names], cells, "By current, the safest host first")


def _in_words(name: str, value: Any) -> Any:
    return criterion(value) if name == "worst criterion" and isinstance(value, str) else value


def _known(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def _any_cell(value: Any) -> Cell:
    if not _known(value):
        return Cell("–")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Cell(str(value))
    return Cell(number(float(value)), sort=float(value))


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
