"""The look of curves: a style sheet for all, and pages of two widths."""

import subprocess
import sys

import matplotlib.style
import pytest
from archode.visualization import SINGLE_COLUMN, STYLE, resized
from archode.visualization.case import Case
from archode.visualization.curves import draw_voltage_time
from archode.visualization.page import pixels
from archode.visualization.style import LINES, look
from matplotlib.figure import Figure


def test_style_sheet_serves_figures_of_ones_own():
    code = f"""
import matplotlib.style
matplotlib.style.use({str(STYLE)!r})
set_ = matplotlib.rcParams
print(set_["svg.fonttype"], set_["pdf.fonttype"], round(25.4 * set_["figure.figsize"][0]))
print(set_["axes.prop_cycle"].by_key()["color"])
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines() == ["none 42 170", str(list(LINES))]


def test_look_is_left_behind():
    before = matplotlib.rcParams["font.size"]
    with look():
        assert matplotlib.rcParams["font.size"] == 9
    assert matplotlib.rcParams["font.size"] == before


def test_look_arranges_nothing_where_the_sheet_is_set_for_all():
    """A layout engine would move the axes that scenes place by hand, and warn that it cannot."""
    with matplotlib.style.context(STYLE):
        assert Figure().get_layout_engine() is not None
        with look():
            assert Figure().get_layout_engine() is None


def test_a_figure_fits_one_column(results):
    figure = resized(draw_voltage_time(Case(results["bar"])), SINGLE_COLUMN)
    assert figure.get_size_inches()[0] * 25.4 == pytest.approx(85)
    image = pixels(figure)
    # Nothing runs over the edge: the outermost columns are paper.
    assert image[:, :2].min() > 250 and image[:, -2:].min() > 250
