"""Writes the verification document: table, figures, closed forms."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from ...solvers.record import write_text
from ...visualization.book_figure import draw_book_figure
from ..errors import StudyError
from .book import versions
from .cases import CASES
from .chapter import Chapter, numbers_file, read_chapters, write_chapters
from .result import Result
from .row import Row

log = logging.getLogger(__name__)

HEADER = (
    "case",
    "quantity",
    "exact",
    "computed",
    "relative error",
    "tolerance",
    "order and its fit",
    "mesh",
    "seconds",
)

_INTRODUCTION = """\
# Verification

Closed forms against the simulation, computed by `archode verify --out docs/verification.md`; the same cases
run in the test suite. Seconds are wall time on the machine that wrote this file, without compiling forms that
an earlier run had left in the cache; rows read off one run have its time in the first. In an order of
convergence in space only a shortfall counts as an error; orders are fitted by least squares to the logarithms
of the errors, ± the standard error of the slope.

`archode verify CASE… --out docs/verification.md` reruns some cases and leaves the others as they are: the
numbers are kept in {numbers} beside this file. In the figures lines are closed forms (in shaded bands of
the tolerance, where it is wide enough to be seen), markers are computed; below are the relative errors of the
markers, dashed what is allowed.
"""


def picture_folder(document: Path) -> Path:
    """Where a document's figures are: docs/images/verification for docs/verification.md."""
    return document.parent / "images" / document.stem


def require_document(path: Path, names: Sequence[str]) -> None:
    """Refuse a document that could not be written, or would lose cases, before anything is run.

    Raises
    ------
    StudyError
        The path is a folder or the JSON file's; some cases are to be run, and the others' numbers are not there.
    """
    if path.is_dir():
        raise StudyError(f"--out {path}: is a folder, not a file")
    if path == numbers_file(path):
        raise StudyError(f"--out {path}: is where the numbers behind the document go; name a Markdown file")
    if names and set(names) != set(CASES):
        read_chapters(path)


def write(results: Mapping[str, Result], path: Path, figures: bool = True) -> None:
    """Write the document of all its cases, those in ``results`` anew, with their figures and numbers.

    A reader never sees half of a file. A figure that cannot be drawn is missed in the document, no more.

    Parameters
    ----------
    results
        What the cases found.
    path
        The Markdown file. Cases that it held before and that are not in ``results`` stay.
    figures
        Whether figures are drawn; without them those of the cases in ``results`` are removed.
    """
    kept = {} if set(results) == set(CASES) else read_chapters(path)
    folder = picture_folder(path)
    folder.mkdir(parents=True, exist_ok=True)
    made_with = versions()
    new = {
        name: Chapter(tuple(result.rows), made_with, _picture(result, folder / f"{name}.png", figures))
        for name, result in results.items()
    }
    found = kept | new
    chapters = {name: found[name] for name in CASES if name in found}
    for stale in folder.glob("*.png"):
        # A picture of a case that is no more, or of an earlier run, would contradict the table.
        if stale.stem not in chapters or chapters[stale.stem].unpictured:
            stale.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()
    write_chapters(chapters, path)
    write_text(path, document(chapters, path))


def _picture(result: Result, file: Path, wanted: bool) -> str:
    """Draw a case's figure; returns why not, or nothing."""
    if not wanted:
        return "written with --no-figures"
    try:
        draw_book_figure(result.panels(), file)
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        log.warning("no figure %s: %s", file.name, reason)
        log.debug("figure %s", file.name, exc_info=True)
        return reason
    return ""


def table(rows: Sequence[Row]) -> str:
    """Markdown table of the rows; failed ones are marked."""
    lines = [_line(HEADER), _line(["---"] * len(HEADER))]
    for row in rows:
        case = row.case if row.passed else f"**FAILED** {row.case}"
        numbers = [f"{row.exact:.6g}", f"{row.computed:.6g}", f"{row.error:.2g}", f"{row.tolerance:.2g}"]
        fit = str(row.fit) if row.fit else ""
        lines.append(_line([case, row.quantity, *numbers, fit, row.mesh, f"{row.seconds:.1f}"]))
    return "\n".join(lines) + "\n"


def _line(entries: Sequence[str]) -> str:
    return "| " + " | ".join(entry.replace("|", "\\|") for entry in entries) + " |"


def document(chapters: Mapping[str, Chapter], path: Path) -> str:
    """The whole file: introduction, table, every case's figure and closed form, what the orders were fitted to."""
    rows = [row for chapter in chapters.values() for row in chapter.rows]
    failed = [name for name, chapter in chapters.items() if not chapter.passed]
    missing = [name for name in CASES if name not in chapters]
    made_with = list(dict.fromkeys(chapter.versions for chapter in chapters.values()))
    count = f"{len(chapters)} cases, {len(rows)} numbers, {sum(row.seconds for row in rows):.0f} s."
    parts = [
        _INTRODUCTION.format(numbers=f"`{numbers_file(path).name}`"),
        f"Made with {'; '.join(made_with)}. {count}\n",
    ]
    if failed:
        parts.append(f"**Failed**: {', '.join(failed)}.\n")
    if missing:
        parts.append(f"Not run: {', '.join(missing)}.\n")
    parts += [table(rows), "## The cases\n"]
    parts += [_section(name, chapter, path, len(made_with) > 1) for name, chapter in chapters.items()]
    notes = [f"- {row.case}, {row.quantity}: {row.note}" for row in rows if row.note]
    if notes:
        parts.append("## Notes\n\n" + "\n".join(notes) + "\n")
    return "\n".join(parts)


def _section(name: str, chapter: Chapter, path: Path, tell_versions: bool) -> str:
    """A case's heading, closed form and figure."""
    paragraphs = [f"### {name}"]
    if not chapter.passed:
        paragraphs.append("**FAILED**: " + "; ".join(row.quantity for row in chapter.rows if not row.passed) + ".")
    paragraphs.append(inspect.getdoc(CASES[name].function) or "")
    if tell_versions:
        paragraphs.append(f"Made with {chapter.versions}.")
    if chapter.unpictured:
        paragraphs.append(f"No figure: {chapter.unpictured}.")
    else:
        picture = (picture_folder(path) / f"{name}.png").relative_to(path.parent)
        paragraphs.append(f"![{name}]({quote(picture.as_posix())})")
    return "\n\n".join(filter(None, paragraphs)) + "\n"
