"""Figures on disk: three formats, whole or not at all, the same results the same file."""

import numpy as np
import pytest
from archode.visualization.errors import VisualizationError
from archode.visualization.page import FORMATS, pixels, save
from archode.visualization.picture import reading_angle
from matplotlib.figure import Figure
from PIL import Image


@pytest.fixture
def figure():
    made = Figure(figsize=(2, 1), dpi=100)
    made.subplots().plot([0, 1], [0, 1], color="red")
    made.text(0.5, 0.5, "Concentration")
    return made


@pytest.mark.parametrize("ending", FORMATS)
def test_same_figure_is_the_same_file(figure, tmp_path, ending):
    first, second = (save(figure, tmp_path / f"{name}{ending}").read_bytes() for name in "ab")
    assert len(first) > 1000
    assert first == second
    assert {path.name for path in tmp_path.iterdir()} == {f"a{ending}", f"b{ending}"}


def test_png_has_the_pixels_of_the_figure(figure, tmp_path):
    image = np.asarray(Image.open(save(figure, tmp_path / "new" / "a.png")))
    assert image.shape == (100, 200, 3)
    np.testing.assert_array_equal(image, pixels(figure))


def test_large_png_gets_a_palette(figure, tmp_path):
    assert Image.open(save(figure, tmp_path / "a.png", large=10)).mode == "P"


def test_text_of_an_svg_is_text(figure, tmp_path):
    assert "Concentration" in save(figure, tmp_path / "a.svg").read_text()


def test_other_endings_are_refused_by_name(figure, tmp_path):
    with pytest.raises(VisualizationError, match=r"a\.jpg: pictures are written as \.png, \.svg, \.pdf, not '\.jpg'"):
        save(figure, tmp_path / "a.jpg")
    assert not list(tmp_path.iterdir())


def test_failure_leaves_nothing_behind(figure, tmp_path):
    figure.text(0.1, 0.1, r"$\frac{1$")
    with pytest.raises(ValueError, match="frac"):
        save(figure, tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("along", "angle"),
    [
        ((1, 0), 0),
        ((-1, 0), 0),
        ((0, -1), 90),
        ((0, 1), 90),
        ((1e-9, 1), 90),
        ((-1e-9, 1), 90),
        ((1, 1), -45),
        ((1, -1), 45),
    ],
)
def test_labels_are_never_upside_down(along, angle):
    """Rows count downwards; an upright edge is read from below, however rounding tilts it."""
    assert reading_angle(np.array(along, dtype=float)) == pytest.approx(angle, abs=1e-6)
