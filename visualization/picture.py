"""A drawn scene with its title, colour bars, legend and dimensions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from .notation import length_text, plain
from .scene import Rendering, Scene
from .stretch import Stretch
from .style import FAINT, INK, REGIONS, look

if TYPE_CHECKING:
    import pyvista
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 7.6  # inches
WINDOW = (1000, 680)  # pixels, of an interactive picture
PIXELS_PER_INCH = 140
VTK_FONT_FILE = 4  # a font given by its file, in VTK's numbering
LENGTH_UNIT = 1e-6  # coordinates are in µm


@dataclass(frozen=True)
class ColourBar:
    """A colour scale: `limits` of the map, whether values lie beyond them, and whether it is logarithmic.

    `limits` are `factor` times the values of the arrays; `key` tells the bars of a picture apart.
    """

    label: str
    colours: str
    limits: tuple[float, float]
    extend: str = "neither"
    logarithmic: bool = False
    key: str = ""
    factor: float = 1.0


def extension(below: bool, above: bool) -> str:
    """Which ends of a colour bar are pointed, because values lie beyond them."""
    return {(True, True): "both", (False, True): "max", (True, False): "min"}.get((below, above), "neither")


def colour_limits(values: np.ndarray) -> tuple[float, float]:
    """Least and largest value, set apart where a field is uniform."""
    low, high = np.min(values), np.max(values)
    if high - low <= 1e-6 * max(abs(high), abs(low), 1e-30):
        margin = 0.005 * max(abs(high), 1e-12)
        return float(low - margin), float(high + margin)
    return float(low), float(high)


def set_apart(limits: tuple[float, float]) -> bool:
    """Whether limits are those of a uniform field, which `colour_limits` has set apart."""
    low, high = limits
    return bool(np.isclose(high - low, 0.01 * abs(high + low) / 2, rtol=1e-5, atol=0))


@dataclass(frozen=True)
class Picture:
    """A drawn scene and what is written around it.

    Attributes
    ----------
    scene
        The bodies and the direction from which they are seen.
    stretch
        What is drawn larger than it is; `scene` is stretched already.
    title, subtitle
        What is shown; of which case, when.
    bars
        Colour scales, right of the picture.
    legend
        Regions in their flat colours, below it.
    notes
        Anything a reader must know, below it.
    labels
        Names beside points (3,) of the drawing.
    """

    scene: Scene
    stretch: Stretch
    title: str
    subtitle: str
    bars: Sequence[ColourBar] = ()
    legend: Sequence[str] = ()
    notes: Sequence[str] = ()
    labels: Mapping[str, np.ndarray] = field(default_factory=dict)

    def plotter(self, off_screen: bool = False) -> "pyvista.Plotter":
        """The scene to be turned by hand, with colour bars and title, for notebooks and for HTML.

        Parameters
        ----------
        off_screen
            Without a window, for a screenshot or for ``export_html``. Whoever asks closes the plotter.
        """
        plotter = self.scene.plotter(WINDOW, off_screen=off_screen)
        # Room for the text above and the bars beside.
        plotter.camera.parallel_scale *= 1.15 + 0.1 * len(self.bars)
        aside = 0.13 * len(self.bars) * plotter.camera.parallel_scale * self.scene.axes[0]
        plotter.camera.focal_point = tuple(plotter.camera.focal_point + aside)
        plotter.camera.position = tuple(plotter.camera.position + aside)
        plotter.set_background("white")
        told = "\n".join(plain(text) for text in (self.title, self.subtitle, *self.notes) if text)
        plotter.add_text(told, position="upper_left", font_size=8, color=INK, name="title", font_file=_letters())
        for index, bar in enumerate(self.bars):
            drawn = plotter.add_scalar_bar(
                title="\n".join(wrap(plain(bar.label), 16)) + "\n",
                mapper=_scale(bar),
                color=INK,
                vertical=True,
                width=0.055,
                height=0.5,
                position_x=0.88 - 0.14 * index,
                position_y=0.2,
                title_font_size=13,
                label_font_size=12,
                n_labels=5,
                fmt="%.3g",
            )
            for text in (drawn.GetTitleTextProperty(), drawn.GetLabelTextProperty()):
                text.SetFontFamily(VTK_FONT_FILE)
                text.SetFontFile(_letters())
        if self.legend:
            entries = [[name.replace("_", " "), REGIONS[name]] for name in self.legend]
            plotter.add_legend(entries, bcolor=None, face="rectangle", loc="lower left", size=(0.16, 0.14))
        if self.labels:
            places = np.array(list(self.labels.values()))
            plotter.add_point_labels(places, list(self.labels), shape=None, show_points=False, always_visible=True)
        plotter.add_axes(color=INK, viewport=(0.86, 0.0, 1.0, 0.14))
        return plotter

    def figure(self) -> "Figure":
        """The scene, rendered off-screen, with its text."""
        from matplotlib.figure import Figure
        from matplotlib.patches import Patch
        from matplotlib.patheffects import withStroke

        with look():
            room = 1.0 * len(self.bars) + (0.1 if self.bars else 0.25)
            lines = wrap(" · ".join(note.replace(" ", "\N{NO-BREAK SPACE}") for note in self.notes if note), 118)
            below = wrap(self.subtitle, 116)
            left, top = 0.72, 0.55 + 0.17 * len(below)
            bottom = 0.35 + 0.15 * len(lines) + (0.28 if self.legend else 0)
            across = WIDTH - left - room
            # Drawn in the pixels of the page, so that nothing is resampled.
            rendering = self.scene.render(round(across * PIXELS_PER_INCH), measured=True)
            rows, columns = rendering.image.shape[:2]
            height = across * rows / columns
            # Colour bars need some height of their own beside a long flat bar.
            inner = max(height, 1.5)
            figure = Figure(figsize=(WIDTH, inner + top + bottom), dpi=PIXELS_PER_INCH)
            total = inner + top + bottom
            lower = bottom + (inner - height) / 2
            axes = figure.add_axes((left / WIDTH, lower / total, across / WIDTH, height / total))
            axes.imshow(rendering.image, interpolation="nearest", extent=(0, columns, rows, 0))
            axes.set_axis_off()
            axes.set_xlim(0, columns)
            axes.set_ylim(rows, 0)
            dimensions(axes, rendering, self.stretch)
            for name, point in self.labels.items():
                halo = [withStroke(linewidth=2.5, foreground="white")]
                axes.text(
                    *(rendering.pixels(point)[0] - (0, 0.006 * columns)),
                    name,
                    ha="center",
                    va="bottom",
                    fontsize=9,
                    fontweight="bold",
                    color=INK,
                    path_effects=halo,
                )
            figure.text(0.2 / WIDTH, 1 - 0.27 / total, self.title, fontsize=11.5, fontweight="bold", color=INK)
            for index, line in enumerate(below):
                figure.text(0.2 / WIDTH, 1 - (0.49 + 0.17 * index) / total, line, fontsize=8.5, color=FAINT)
            for index, bar in enumerate(self.bars):
                x = (WIDTH - room + 0.12 + 1.0 * index) / WIDTH
                tall = min(inner, 3.2)
                box = (x, (bottom + (inner - tall) / 2) / total, 0.13 / WIDTH, tall / total)
                colour_bar(figure, box, bar)
            if self.legend:
                patches = [
                    Patch(facecolor=REGIONS[r], edgecolor=INK, lw=0.4, label=r.replace("_", " ")) for r in self.legend
                ]
                figure.legend(
                    handles=patches,
                    loc="lower left",
                    ncols=len(patches),
                    fontsize=8.5,
                    bbox_to_anchor=(0.1 / WIDTH, (0.1 + 0.15 * len(lines)) / total),
                    handlelength=1.2,
                    columnspacing=1.4,
                )
            for index, line in enumerate(lines):
                figure.text(
                    0.2 / WIDTH, (0.12 + 0.15 * (len(lines) - 1 - index)) / total, line, fontsize=7.5, color=FAINT
                )
        return figure


def _letters() -> str:
    """A font file with the signs of units; VTK's own has no raised minus."""
    from matplotlib import font_manager

    return font_manager.findfont("DejaVu Sans")


def _scale(bar: ColourBar) -> Any:
    """A mapper which only carries a colour scale: bars tell other units than the arrays which are drawn."""
    import pyvista

    mapper = pyvista.DataSetMapper()
    table = pyvista.LookupTable(bar.colours, n_values=256, scalar_range=bar.limits)
    table.log_scale = bar.logarithmic
    mapper.lookup_table = table
    mapper.scalar_range = bar.limits
    return mapper


def colour_bar(figure: Any, box: tuple[float, ...], bar: ColourBar) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm, Normalize
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axes = figure.add_axes(box)
    mappable = ScalarMappable((LogNorm if bar.logarithmic else Normalize)(*bar.limits), bar.colours)
    drawn = figure.colorbar(mappable, cax=axes, extend=bar.extend)
    drawn.set_label(bar.label, fontsize=8.5)
    drawn.outline.set_linewidth(0.5)
    low, high = bar.limits
    if bar.logarithmic:
        decades = low > 0 and high / low > 100
        subs = (1.0,) if decades else (1.0, 2.0, 5.0)
        drawn.locator = LogLocator(subs=subs)
        drawn.formatter = FuncFormatter(lambda value, _: f"{value:.3g}")
        drawn.minorlocator = NullLocator()
        axes.tick_params(labelsize=8, width=0.5, pad=3.5)
        return
    # A narrow range far from zero needs long numbers, which shall not push the label off the page.
    long = high - low < 1e-3 * max(abs(low), abs(high))
    axes.tick_params(labelsize=6 if long else 8, width=0.5, pad=2 if long else 3.5)
    axes.ticklabel_format(useOffset=False, style="plain" if 1e-3 <= max(abs(low), abs(high)) < 1e5 else "sci")


def figure_of(drawn: "Picture | Figure") -> "Figure":
    """What a view or a curve gave, as a figure: a picture is rendered."""
    return drawn.figure() if isinstance(drawn, Picture) else drawn


def reading_angle(along: np.ndarray) -> float:
    """Degrees by which text along a line (columns, rows downwards) is turned to be read from the left or from below."""
    angle = 90 - (90 - np.degrees(np.arctan2(-along[1], along[0]))) % 180
    # An upright line is upright to rounding, and shall not be read from above.
    return float(angle + 180 if angle < -89 else angle)


def dimensions(axes: "Axes", rendering: Rendering, stretch: Stretch) -> None:
    """Dimension lines along three edges of what is drawn, with their true lengths."""
    rows, columns = rendering.image.shape[:2]
    centre = np.array([columns, rows]) / 2
    for axis, (start, end) in rendering.scene.edges().items():
        pixels = rendering.pixels(np.array([start, end]))
        along = pixels[1] - pixels[0]
        drawn = np.linalg.norm(along)
        if drawn < 0.012 * columns:
            continue
        outward = np.array([along[1], -along[0]]) / drawn
        if outward @ (pixels.mean(axis=0) - centre) < 0:
            outward = -outward
        true = np.array([start[axis], end[axis]])
        if axis == stretch.axis:
            true = np.interp(true, stretch.images, stretch.knots)
        label = f"{'xyz'[axis]}  {length_text((true[1] - true[0]) * LENGTH_UNIT)}"
        line = pixels + 0.013 * columns * outward
        ticks = 0.005 * columns * outward
        style = {"color": FAINT, "lw": 0.8, "clip_on": False, "solid_capstyle": "butt"}
        axes.plot(*line.T, **style)
        for point in line:
            axes.plot(*np.array([point - ticks, point + ticks]).T, **style)
        angle = reading_angle(along)
        # Half a line of text and a little, also beside a small picture.
        place = line.mean(axis=0) + max(0.017 * columns, 0.09 * PIXELS_PER_INCH) * outward
        # Beside an edge shorter than itself a label is set upright, away from the others.
        beside = drawn < 0.09 * columns
        axes.text(
            *place,
            label,
            rotation=0 if beside else angle,
            rotation_mode="anchor",
            ha=("right" if outward[0] < 0 else "left") if beside else "center",
            va="center",
            fontsize=8,
            color=INK,
            clip_on=False,
        )
