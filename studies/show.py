"""``archode show``: pictures and films of finished cases, drawn from what was saved."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import StudyError
from .quantity import parse_quantity

if TYPE_CHECKING:
    from ..visualization.case import Case

log = logging.getLogger(__name__)

FORMATS = ("png", "svg", "pdf")
FILMS = ("mp4", "gif")


@dataclass(frozen=True)
class Wish:
    """What is to be drawn, as it was asked for; see `show`."""

    views: Sequence[str] = ()
    field: str | None = None
    time: str | None = None
    camera: str | None = None
    clip: str | None = None
    formats: Sequence[str] = ("png",)
    film: str | None = None
    cases: Sequence[str] = ()
    out: Path | None = None


def show(results: Path, wish: Wish) -> list[Path]:
    """Draw views of a case or of all cases of a study.

    Parameters
    ----------
    results
        ``results/<study>/<case>`` or ``results/<study>``.
    wish
        What to draw. Without views, all that the case holds data for; with only a field, that field.

    Returns
    -------
    list of Path
        The files written, into ``figures`` of each case (of the study for a comparison of cases), or into `wish.out`,
        where a folder for each case is made if there are several.

    Raises
    ------
    StudyError
        A folder without results, an unknown view, a field or a time that was not saved, a file that cannot be read.
    """
    from ..visualization import VisualizationError
    from ..visualization.views import find_view

    if unknown := [kind for kind in wish.formats if kind not in FORMATS]:
        raise StudyError(f"--format {unknown[0]}: give {', '.join(FORMATS)}, several with commas")
    if wish.film is not None and wish.film not in FILMS:
        raise StudyError(f"--animate {wish.film}: give {' or '.join(FILMS)}")
    try:
        for view in wish.views:
            find_view(view)
        cases = cases_in(results, wish.cases)
        if "compare" in wish.views and len(cases) > 1:
            return _compare_cases(results, cases, wish)
        written = []
        for case in cases:
            folder = case.folder / "figures" if wish.out is None else wish.out
            if wish.out is not None and len(cases) > 1:
                folder = wish.out / case.folder.name
            written += _films(case, folder, wish) if wish.film else _pictures(case, folder, wish)
    except VisualizationError as error:
        raise StudyError(str(error)) from None
    return written


def cases_in(results: Path, patterns: Sequence[str] = ()) -> list[Case]:
    """The case of a folder, or those of a study's folder whose names fit one of the patterns."""
    from ..visualization.case import Case
    from ..visualization.sweeps import study_cases

    if (results / "summary.json").is_file():
        return [Case(results)]
    cases = study_cases(results)
    kept = [case for case in cases if not patterns or any(fnmatchcase(case.folder.name, one) for one in patterns)]
    if not kept:
        names = ", ".join(case.folder.name for case in cases)
        raise StudyError(f"no case in {results} fits --case {', '.join(patterns)}. There is: {names}.")
    return kept


def overview(results: Path, patterns: Sequence[str] = ()) -> list[Any]:
    """Tables of the views, fields and times of every case, for the terminal."""
    from rich import box
    from rich.table import Table

    from ..visualization import VisualizationError
    from ..visualization.plated import SHOWN
    from ..visualization.views import CRITERION, VIEWS, views_of

    parts: list[Any] = []
    try:
        for case in cases_in(results, patterns):
            table = Table(title=f"{case.folder.name}: views", title_justify="left", box=box.SIMPLE_HEAD)
            for column in ("view", "shows", "drawn?"):
                table.add_column(column)
            for name, missing in views_of(case).items():
                table.add_row(name, VIEWS[name].summary, "yes" if missing is None else f"no: {missing}")
            parts.append(table)
            found = {f"{CRITERION}{name}" for name in SHOWN for file in case.fields.values() if name in file}
            if found:
                parts.append(f"single criteria: {', '.join(sorted(found))}")
            fields = Table(title="fields", title_justify="left", box=box.SIMPLE_HEAD)
            fields.add_column("file")
            fields.add_column("fields")
            for file, arrays in case.fields.items():
                told = ", ".join(f"{name} \\[{unit}]" if unit else name for name, unit in arrays.items())
                fields.add_row(file, told)
            parts.append(fields)
            if case.fields:
                parts.append(f"times / s: {', '.join(f'{time:g}' for time in case.times)}")
    except VisualizationError as error:
        raise StudyError(str(error)) from None
    return parts


# ---------------------------------------------------------------------- what was asked for
def times_of(case: Case, text: str | None) -> list[float] | None:
    """Times [s] as they were asked for: ``last``, ``first``, or quantities, several with commas; None: not asked."""
    if text is None:
        return None
    found = []
    for one in text.split(","):
        word = one.strip()
        if word in ("first", "last"):
            found.append(case.times[0 if word == "first" else -1])
            continue
        try:
            wanted = parse_quantity(float(word) if _is_number(word) else word, "s")
        except ValueError as error:
            raise StudyError(f"--time {word}: {error}; give first, last, or a time such as 3600 or '1 h'") from None
        found.append(case.saved_time(wanted))
        # The nearest that was saved is drawn; where that is another time, it is said.
        if abs(found[-1] - wanted) > 1e-3 * max(abs(wanted), 1e-9):
            log.info("%s: drawn at %g s, the saved time nearest to %g s", case.folder.name, found[-1], wanted)
    return found


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _views(case: Case, wish: Wish) -> tuple[list[str], bool]:
    """Names of the views, and whether they were asked for: of those that were not, what cannot be drawn is left out."""
    from ..visualization.views import views_of

    if wish.views:
        return list(wish.views), True
    if wish.field is not None:
        return ["field"], True
    drawable = [name for name, missing in views_of(case).items() if missing is None]
    # A field has to be named, and panels of everything would be everything twice.
    return [name for name in drawable if name not in ("field", "compare")], False


def _name(view: str, field: str | None) -> str:
    words = [view.replace(":", "_"), *([field.replace(" ", "_")] if field else [])]
    return "_".join(words).replace("/", "_")


# ---------------------------------------------------------------------- drawing
def _pictures(case: Case, folder: Path, wish: Wish) -> list[Path]:
    from ..visualization import VisualizationError
    from ..visualization.options import Options
    from ..visualization.panels import draw_times
    from ..visualization.picture import Picture
    from ..visualization.views import draw_view

    times = times_of(case, wish.time)
    views, asked = _views(case, wish)
    if times is not None and len(times) > 1 and views != ["compare"]:
        raise StudyError("--time: several times stand side by side in --view compare, others take one")
    options = Options(times[0] if times else None, wish.field, wish.camera, wish.clip)
    written = []
    for view in views:
        try:
            if view == "compare":
                drawn = draw_times(case, wish.field or "concentration", options, times)
            else:
                drawn = draw_view(case, view, options)
            figure = drawn.figure() if isinstance(drawn, Picture) else drawn
        except VisualizationError as error:
            if asked:
                raise
            log.info("%s: no %s: %s", case.folder.name, view, error)
            continue
        written += _save(figure, folder, _name(view, wish.field), wish.formats)
    if not written:
        raise VisualizationError(f"no view can be drawn of {case.folder}: no fields were saved, or none is left")
    return written


def _compare_cases(results: Path, cases: list[Case], wish: Wish) -> list[Path]:
    from ..visualization.options import Options
    from ..visualization.panels import draw_cases

    if list(wish.views) != ["compare"] or wish.film:
        raise StudyError("--view compare of several cases is drawn alone, and not as a film; --case chooses one")
    times = times_of(cases[0], wish.time) or [None]
    options = Options(times[0], wish.field, wish.camera, wish.clip)
    figure = draw_cases(cases, wish.field or "concentration", options)
    return _save(figure, wish.out or results / "figures", _name("compare", wish.field), wish.formats)


def _films(case: Case, folder: Path, wish: Wish) -> list[Path]:
    from ..visualization.animation import animate
    from ..visualization.options import Options
    from ..visualization.views import VIEWS, find_view

    views, asked = _views(case, wish)
    if not asked:
        views = [view for view in views if VIEWS[view].scaled and view not in ("geometry", "mesh")]
    options = Options(None, wish.field, wish.camera, wish.clip)
    written = []
    for view in views:
        find_view(view)
        path = folder / f"{_name(view, wish.field)}.{wish.film}"
        written.append(animate(case, view, options, path, times_of(case, wish.time), _progress(path.name)))
    return written


def _save(figure: Any, folder: Path, name: str, formats: Sequence[str]) -> list[Path]:
    from ..visualization.page import save

    return [save(figure, folder / f"{name}.{kind}") for kind in formats]


def _progress(name: str) -> Callable[[int, int], None]:
    """A line on standard error that tells how far a film is."""

    def tell(done: int, of: int) -> None:
        if sys.stderr.isatty():
            end = "\n" if done == of else ""
            sys.stderr.write(f"\r{name}: {done}/{of}{end}")
            sys.stderr.flush()
        elif done == of or done == of // 2:
            log.info("%s: %d of %d pictures", name, done, of)

    return tell
