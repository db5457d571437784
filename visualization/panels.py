"""Pictures side by side on one colour scale: several times of a case, or several cases."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

from . import currents
from .case import Case
from .errors import VisualizationError
from .moment import Moment, moment
from .notation import parameters_text, time_text
from .options import Options
from .picture import PIXELS_PER_INCH, ColourBar, Picture, colour_bar, colour_limits, dimensions, extension, set_apart
from .style import FAINT, INK, look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Panels in a row, their width and the room between them, inches; times that are shown without being asked for.
COLUMNS, PANEL, GAP, TIMES = 3, 2.75, 0.35, 6

Scale = Mapping[str, tuple[float, float]]

#: Views whose scale is known from their fields, without the bodies of the picture, which cost most of it.
SCALES: Mapping[str, Callable[[Moment], Scale]] = {"current": currents.scale}


def draw_times(case: Case, view: str, options: Options, times: Sequence[float] | None = None) -> "Figure":
    """A view at several times (s) of a case, six spread over the run unless given."""
    chosen = spread(case.times) if times is None else [case.saved_time(time) for time in times]
    jobs = [(case, replace(options, time=time), f"t = {time_text(time)}") for time in chosen]
    name = f"{case.summary.get('study', '')} ({parameters_text(case.summary.get('parameters') or {})})"
    return _draw(view, jobs, name.replace(" ()", ""))


def draw_cases(
    cases: Sequence[Case], view: str, options: Options, times: Sequence[float | None] | None = None
) -> "Figure":
    """A view of several cases at one time, or each at its own of `times` (s), or at its telling one.

    Of each the nearest time that was saved is drawn; where these differ every panel tells its own.
    """
    if not cases:
        raise VisualizationError("there are no cases to put side by side")
    names = [parameters_text(case.summary["parameters"]) if case.summary.get("parameters") else "" for case in cases]
    each = [options if times is None else replace(options, time=time) for time in times or cases]
    jobs = [(case, own, name or case.folder.name) for case, own, name in zip(cases, each, names, strict=True)]
    return _draw(view, jobs, str(cases[0].summary.get("study", "")), with_time=True)


def spread(times: Sequence[float], most: int = TIMES) -> list[float]:
    """At most so many of the times, the first and the last among them."""
    picked = np.unique(np.linspace(0, len(times) - 1, min(most, len(times))).round().astype(int))
    return [times[index] for index in picked]


def scale_of(case: Case, view: str, options: Options) -> Scale:
    """The scale which a view has by itself, SI, by bar: from its fields where `SCALES` can, else from the picture.

    The picture is built and not rendered.
    """
    if view in SCALES:
        return SCALES[view](moment(case, options.time, options))
    return bars_scale(picture_of(case, view, options))


def bars_scale(picture: Picture) -> Scale:
    """The scale of a picture, SI, by bar."""
    return {bar.key: (bar.limits[0] / bar.factor, bar.limits[1] / bar.factor) for bar in picture.bars}


def common_scale(scales: Sequence[Callable[[], Scale]]) -> Scale:
    """The union of scales, by bar; each is made and forgotten with its picture, for many would fill the memory.

    Raises
    ------
    VisualizationError
        None of them can be drawn: the first one's reason.
    """
    scale: dict[str, tuple[float, float]] = {}
    refused: VisualizationError | None = None
    drawn = 0
    for make in scales:
        try:
            made = make()
        except VisualizationError as error:
            refused = refused or error
            continue
        drawn += 1
        for key, (low, high) in made.items():
            if set_apart((low, high)):
                # Of a uniform field, such as that at the start, only the value counts.
                low = high = (low + high) / 2
            before = scale.get(key, (low, high))
            scale[key] = min(low, before[0]), max(high, before[1])
    if not drawn and refused is not None:
        raise refused
    return {key: colour_limits(np.array(ends)) for key, ends in scale.items()}


def picture_of(case: Case, view: str, options: Options) -> Picture:
    """A view or, by its name, a field on the cut; only what has one scene can stand beside another.

    Raises
    ------
    VisualizationError
        The view has several scales of its own.
    """
    from .views import VIEWS, draw_view

    if view in VIEWS and not VIEWS[view].scaled and not (view == "criteria" and options.field):
        one = "; give one criterion by criterion:NAME" if view == "criteria" else ""
        raise VisualizationError(f"the view {view} has scales of its own and cannot share one{one}")
    if view not in VIEWS and any(view in names for names in case.fields.values()):
        drawn = draw_view(case, "field", replace(options, field=view))
    else:
        # The field names the view here, and nothing within it.
        drawn = draw_view(case, view, options if options.field != view else replace(options, field=None))
    if not isinstance(drawn, Picture):
        raise VisualizationError(f"the view {view} has scales of its own and cannot share one")
    return drawn


def _draw(view: str, jobs: Sequence[tuple[Case, Options, str]], subtitle: str, with_time: bool = False) -> "Figure":
    """Panels with their captions under one title, the colour bars at the right."""
    from matplotlib.figure import Figure

    scale = common_scale([lambda c=case, o=options: scale_of(c, view, o) for case, options, _ in jobs])
    drawn: list[tuple[Picture, str]] = []
    lacking = []
    for case, options, caption in jobs:
        try:
            picture = picture_of(case, view, replace(options, scale=options.scale or scale))
        except VisualizationError:
            lacking.append(caption)
            continue
        drawn.append((picture, caption))
    if with_time:
        whens = [_when(picture) for picture, _ in drawn]
        if len(set(whens)) == 1:
            subtitle = "  ·  ".join(filter(None, (subtitle, whens[0])))
        else:
            drawn = [(p, f"{told}, {when}") for (p, told), when in zip(drawn, whens, strict=True)]
    bars = _bars([picture for picture, _ in drawn])
    columns = min(COLUMNS, len(drawn))
    rows = -(-len(drawn) // columns)
    with look():
        rendered = [picture.scene.render(round(PANEL * PIXELS_PER_INCH), 1.0, measured=True) for picture, _ in drawn]
        heights = [PANEL * one.image.shape[0] / one.image.shape[1] for one in rendered]
        tall = max(*heights, 1.2) if len(heights) > 1 else max(heights[0], 1.2)
        notes = list(dict.fromkeys(note for picture, _ in drawn for note in picture.notes if note))
        notes += [f"without what it shows: {', '.join(lacking)}"] if lacking else []
        room = 1.05 * len(bars) + 0.1
        width = max(0.75 + columns * (PANEL + GAP) + room, 5.6)
        lines = wrap(" · ".join(notes), round(15 * width))
        top, bottom, caption = 0.8, 0.25 + 0.16 * len(lines), 0.62
        size = (width, top + rows * (tall + caption) + bottom)
        figure = Figure(figsize=size, dpi=PIXELS_PER_INCH)
        for index, ((picture, told), one, high) in enumerate(zip(drawn, rendered, heights, strict=True)):
            x = 0.6 + (index % columns) * (PANEL + GAP)
            y = size[1] - top - (index // columns) * (tall + caption) - (tall + high) / 2
            axes = figure.add_axes((x / size[0], y / size[1], PANEL / size[0], high / size[1]))
            pixel_rows, pixel_columns = one.image.shape[:2]
            axes.imshow(one.image, interpolation="nearest", extent=(0, pixel_columns, pixel_rows, 0))
            axes.set_axis_off()
            axes.set_xlim(0, pixel_columns)
            axes.set_ylim(pixel_rows, 0)
            dimensions(axes, one, picture.stretch)
            place = ((x + PANEL / 2) / size[0], (y + (high - tall) / 2 - 0.42) / size[1])
            figure.text(*place, told, ha="center", fontsize=9, fontweight="bold", color=INK)
        title = f"{drawn[0][0].title}, side by side"
        figure.text(0.2 / size[0], 1 - 0.27 / size[1], title, fontsize=11.5, fontweight="bold", color=INK)
        told = f"{subtitle}  ·  one colour scale"
        figure.text(0.2 / size[0], 1 - 0.49 / size[1], told, fontsize=8.5, color=FAINT)
        length = min(3.2, size[1] - top - bottom - 0.4)
        for index, bar in enumerate(bars):
            x = size[0] - room + 0.1 + 1.05 * index
            box = (x / size[0], (size[1] - top - length) / size[1], 0.13 / size[0], length / size[1])
            colour_bar(figure, box, bar)
        for index, line in enumerate(reversed(lines)):
            figure.text(0.2 / size[0], (0.12 + 0.16 * index) / size[1], line, fontsize=7.5, color=FAINT)
    return figure


def _when(picture: Picture) -> str:
    """The time of a picture as its subtitle tells it; nothing of one without time."""
    told = picture.subtitle.rpartition("·")[2].split(",")[0].replace("\N{NO-BREAK SPACE}", " ").strip()
    return told if told.startswith("t = ") else ""


def _bars(pictures: Sequence[Picture]) -> list[ColourBar]:
    """The bars of all pictures, pointed where any of them is."""
    found: dict[str, ColourBar] = {}
    for bar in (bar for picture in pictures for bar in picture.bars):
        ends = {bar.extend, found[bar.key].extend} if bar.key in found else {bar.extend}
        below, above = bool(ends & {"min", "both"}), bool(ends & {"max", "both"})
        found[bar.key] = replace(bar, extend=extension(below, above))
    return list(found.values())
