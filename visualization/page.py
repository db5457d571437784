"""A finished figure on disk: PNG, or SVG and PDF with text and lines that scale."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..geometry.whole_file import whole_file
from .errors import VisualizationError
from .style import look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: How a figure can be written, by the file's ending.
FORMATS = (".png", ".svg", ".pdf")

LARGE = 298_000  # bytes


def save(figure: "Figure", path: Path, large: int = LARGE) -> Path:
    """Write a figure, whole or not at all.

    Parameters
    ----------
    figure
        The drawing; text and lines stay vectors in SVG and PDF, rendered scenes are pictures in them.
    path
        The file; its ending is one of `FORMATS`. Its folder is made.
    large
        Bytes from which a PNG is written with a palette.

    Raises
    ------
    VisualizationError
        The ending is none of them.
    """
    kind = path.suffix.lower()
    if kind not in FORMATS:
        raise VisualizationError(f"{path.name}: pictures are written as {', '.join(FORMATS)}, not '{path.suffix}'")
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as unfinished, look():
        _png(figure, unfinished, large) if kind == ".png" else _vector(figure, unfinished, kind[1:])
    return path


def pixels(figure: "Figure") -> np.ndarray:
    """The figure as an image (rows, columns, 3) of bytes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with look():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def _png(figure: "Figure", path: Path, large: int) -> None:
    from PIL import Image

    image = Image.fromarray(pixels(figure))
    options = {"format": "PNG", "optimize": True, "dpi": (figure.dpi, figure.dpi)}
    image.save(path, **options)
    if path.stat().st_size > large:
        image.quantize(256, kmeans=2, dither=Image.Dither.NONE).save(path, **options)


def _vector(figure: "Figure", path: Path, kind: str) -> None:
    # Without a date the same results give the same file.
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}[kind]
    figure.savefig(path, format=kind, metadata=metadata, dpi=2 * figure.dpi)
