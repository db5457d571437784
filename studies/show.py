"""``archode show``: pictures, curves and films of finished cases, drawn from what was saved."""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..visualization.case import is_case
from .errors import StudyError
from .quantity import parse_text
from .show_names import COMPARE, Asked, cases_in, figures_in, sort_out

if TYPE_CHECKING:
    from ..visualization.case import Case

log = logging.getLogger(__name__)

FORMATS = ("png", "svg", "pdf")
FILMS = ("mp4", "gif")

#: Views that show the field which is asked for.
OF_A_FIELD = ("field", "slices", "criteria", "gradient_error", COMPARE)


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
    merits: Sequence[str] = ()


def show(results: Path, wish: Wish) -> list[Path]:
    """Draw views and curves of a case or of all cases of a study, and the study's figures.

    Parameters
    ----------
    results
        ``results/<study>/<case>`` or ``results/<study>``.
    wish
        What to draw. Without views, all for which there is data; with only a field, that field.

    Returns
    -------
    list of Path
        The files written, into ``figures`` of each case (of the study for what compares cases), or into `wish.out`,
        where a folder for each case is made if there are several.

    Raises
    ------
    StudyError
        A folder without results, an unknown name, a field or a time that was not saved, a file that cannot be read.
    """
    from ..visualization import VisualizationError

    if unknown := [kind for kind in wish.formats if kind not in FORMATS]:
        raise StudyError(f"--format {unknown[0]}: give {', '.join(FORMATS)}, several with commas")
    if wish.film is not None and wish.film not in FILMS:
        raise StudyError(f"--animate {wish.film}: give {' or '.join(FILMS)}")
    try:
        cases = cases_in(results, wish.cases)
        asked = sort_out(results, cases, wish.views, wish.merits)
        if wish.film and (asked.curves or asked.figures or asked.compare):
            named = [*asked.curves, *asked.figures, *([COMPARE] if asked.compare else [])]
            raise StudyError(f"--animate films views over the saved times, not {', '.join(named)}")
        everything = not wish.views and wish.field is None
        written = []
        if asked.of_cases or not wish.views:
            written += _of_cases(cases, asked, wish, everything)
        folder = wish.out or results / "figures"
        if asked.compare:
            written += _compare_cases(cases, folder, wish)
        if everything and not wish.film and not is_case(results):
            asked = Asked(figures=figures_in(results, cases))
        for name, draw in asked.figures.items():
            try:
                written += _save(draw(), folder, name, wish.formats)
            except VisualizationError as error:
                if not everything:
                    raise
                log.debug("%s: no %s: %s", results.name, name, error)
    except VisualizationError as error:
        raise StudyError(str(error)) from None
    return written


def _of_cases(cases: list[Case], asked: Asked, wish: Wish, everything: bool) -> list[Path]:
    """Views, curves or films of each case; of several those that cannot be drawn are told and left out."""
    from ..visualization import VisualizationError

    written: dict[Path, list[Path]] = {case.folder: [] for case in cases}
    refused: dict[Path, VisualizationError] = {}
    for draw in [_films] if wish.film else [_pictures, _curves]:
        for case in cases:
            folder = case.folder / "figures" if wish.out is None else wish.out
            if wish.out is not None and len(cases) > 1:
                folder = wish.out / case.folder.name
            try:
                written[case.folder] += draw(case, folder, asked, wish)
            except VisualizationError as error:
                refused.setdefault(case.folder, error)
        # Curves do not make up for views that were asked for from a wrong side or at a wrong time.
        of_views = (wish.time, wish.camera, wish.clip) != (None, None, None)
        if refused and not any(written.values()) and (of_views or draw is not _pictures):
            raise next(iter(refused.values()))
    for folder, error in refused.items():
        # Of everything it is enough that something can be drawn.
        if not everything or not written[folder]:
            log.warning("%s: %s", folder.name, error)
    return [path for paths in written.values() for path in paths]


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
        wanted = _seconds(word)
        found.append(case.saved_time(wanted))
        # The nearest that was saved is drawn; where that is another time, it is said.
        if abs(found[-1] - wanted) > 1e-3 * max(abs(wanted), 1e-9):
            log.info("%s: drawn at %g s, the saved time nearest to %g s", case.folder.name, found[-1], wanted)
    return found


def _seconds(text: str) -> float:
    """A time such as 3600 or '1 h' in seconds."""
    try:
        return parse_text(text, "s")
    except ValueError as error:
        raise StudyError(f"--time {text}: {error}; give first, last, or a time such as 3600 or '1 h'") from None


def _views(case: Case, asked: Asked, wish: Wish) -> tuple[list[str], bool]:
    """Names of the views, and whether they were asked for: of those that were not, what cannot be drawn is left out."""
    from ..visualization.views import views_of

    if wish.views:
        return list(asked.views), True
    if wish.field is not None:
        return ["field"], True
    drawable = [name for name, missing in views_of(case).items() if missing is None]
    # A field has to be named, and panels of everything would be everything twice.
    return [name for name in drawable if name not in ("field", COMPARE)], False


def _name(view: str, field: str | None) -> str:
    """A file's name: that of the view, with the field where it shows one of several."""
    words = [view.replace(":", "_"), *([field.replace(" ", "_")] if field and view in OF_A_FIELD else [])]
    return "_".join(words).replace("/", "_")


# ---------------------------------------------------------------------- drawing
def _curves(case: Case, folder: Path, asked: Asked, wish: Wish) -> list[Path]:
    from ..visualization import VisualizationError
    from ..visualization.curve_figures import CURVES

    everything = not wish.views and wish.field is None
    written = []
    for name in CURVES if everything else asked.curves:
        try:
            figure = CURVES[name](case)
        except VisualizationError as error:
            if not everything:
                raise
            log.debug("%s: no %s: %s", case.folder.name, name, error)
            continue
        written += _save(figure, folder, name, wish.formats)
    return written


def _pictures(case: Case, folder: Path, asked: Asked, wish: Wish) -> list[Path]:
    from ..visualization import VisualizationError
    from ..visualization.moment import moment
    from ..visualization.options import Options
    from ..visualization.panels import draw_times
    from ..visualization.picture import figure_of
    from ..visualization.views import draw_view

    views, named = _views(case, asked, wish)
    if not views:
        if named:
            return []
        raise VisualizationError(f"no view can be drawn of {case.folder}: no fields were saved")
    times = times_of(case, wish.time)
    if times is not None and len(times) > 1 and views != [COMPARE]:
        raise StudyError("--time: several times stand side by side in --view compare, others take one")
    options = Options(times[0] if times else None, wish.field, wish.camera, wish.clip)
    if case.regions and (wish.camera, wish.clip) != (None, None):
        # A wrong side is wrong for all views: better one message than one for each, and pictures of another side.
        _ = moment(case, options.time, options).cut
    written, refused = [], None
    for view in views:
        try:
            if view == COMPARE:
                drawn = draw_times(case, wish.field or "concentration", options, times)
            else:
                drawn = draw_view(case, view, options)
            figure = figure_of(drawn)
        except VisualizationError as error:
            if named:
                raise
            refused = refused or error
            log.info("%s: no %s: %s", case.folder.name, view, error)
            continue
        written += _save(figure, folder, _name(view, wish.field), wish.formats)
    if refused is not None and not written:
        raise refused
    return written


def _compare_cases(cases: list[Case], folder: Path, wish: Wish) -> list[Path]:
    from ..visualization.options import Options
    from ..visualization.panels import draw_cases

    if wish.time is not None and "," in wish.time:
        raise StudyError("--view compare of several cases takes one --time; --case chooses one case for several times")
    options = Options(None, wish.field, wish.camera, wish.clip)
    times = None if wish.time is None else [_own_time(case, wish.time) for case in cases]
    figure = draw_cases(cases, wish.field or "concentration", options, times)
    return _save(figure, folder, _name(COMPARE, wish.field), wish.formats)


def _own_time(case: Case, text: str) -> float:
    """The case's saved time (s) nearest to what was asked for; that itself where its run did not get so far."""
    from ..visualization import VisualizationError

    try:
        return (times_of(case, text) or [math.nan])[0]
    except VisualizationError:
        return _seconds(text)


def _films(case: Case, folder: Path, asked: Asked, wish: Wish) -> list[Path]:
    from ..visualization import VisualizationError
    from ..visualization.animation import animate
    from ..visualization.options import Options
    from ..visualization.views import VIEWS

    views, named = _views(case, asked, wish)
    if not named:
        views = [view for view in views if VIEWS[view].scaled and view not in ("geometry", "mesh")]
    options = Options(None, wish.field, wish.camera, wish.clip)
    written = []
    for view in views:
        path = folder / f"{_name(view, wish.field)}.{wish.film}"
        try:
            written.append(animate(case, view, options, path, times_of(case, wish.time), _progress(path.name)))
        except VisualizationError as error:
            raise VisualizationError(f"{path.name}: {error}") from None
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
            log.info("%s: %d of %d steps", name, done, of)

    return tell
