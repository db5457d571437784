"""A view over the saved times, as a film on one colour scale."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from .case import Case
from .errors import VisualizationError
from .options import Options
from .page import pixels
from .panels import common_scale, picture_of, scale_of

#: How a film can be written, by the file's ending.
FILMS = (".mp4", ".gif")

#: Frames a second: a film of few frames is not over at once, one of many not for ever.
SLOWEST, FASTEST, SECONDS = 2.0, 15.0, 8.0


def animate(
    case: Case,
    view: str,
    options: Options,
    path: Path,
    times: Sequence[float] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Draw a view at every saved time (s) into a film; whole or not at all.

    Parameters
    ----------
    case, view, options
        As `draw_view` takes them; `options.time` has no say. Scale and camera are those of the whole run.
    path
        The film, ``.mp4`` or ``.gif``.
    times
        Snapshots to show; all of them unless given. Those at which there is nothing to see are left out.
    progress
        Called with the steps done so far and their number: a time is read for the scale, then drawn.

    Raises
    ------
    VisualizationError
        The ending is neither, or less than two times can be shown.
    """
    if path.suffix.lower() not in FILMS:
        raise VisualizationError(f"{path.name}: films are written as {', '.join(FILMS)}, not '{path.suffix}'")
    chosen = list(case.times if times is None else times)
    done = 0

    def at(time: float, make, scale=None):
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, 2 * len(chosen))
        return make(case, view, replace(options, time=time, scale=scale or options.scale))

    # Every picture is built twice where only its bodies tell its scale, and rendered once.
    scale = common_scale([lambda time=time: at(time, scale_of) for time in chosen])

    def frames() -> Iterator[np.ndarray]:
        for time in chosen:
            try:
                yield pixels(at(time, picture_of, scale).figure())
            except VisualizationError:
                continue

    return _write(frames(), path, float(np.clip(len(chosen) / SECONDS, SLOWEST, FASTEST)))


def _write(frames: Iterator[np.ndarray], path: Path, rate: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    # The writer knows the format by the ending.
    unfinished = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        written = (_mp4 if path.suffix.lower() == ".mp4" else _gif)(_alike(frames), unfinished, rate)
        if written < 2:
            raise VisualizationError(
                f"a film needs two times or more at which there is something to see, not {written}"
            )
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _alike(frames: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Frames in the size of the first one, even in both directions, as films need it."""
    shape: tuple[int, int] | None = None
    for frame in frames:
        shape = shape or (frame.shape[0] // 2 * 2, frame.shape[1] // 2 * 2)
        yield _fitted(frame, shape)


def _mp4(frames: Iterator[np.ndarray], path: Path, rate: float) -> int:
    import imageio.v2 as imageio

    written = 0
    with imageio.get_writer(path, fps=rate, macro_block_size=2) as writer:
        for frame in frames:
            writer.append_data(frame)
            written += 1
    return written


def _gif(frames: Iterator[np.ndarray], path: Path, rate: float) -> int:
    from PIL import Image

    # A palette of its own keeps the colour bar of each frame smooth.
    pages = [Image.fromarray(frame).quantize(256, kmeans=1, dither=Image.Dither.NONE) for frame in frames]
    if pages:
        pages[0].save(path, save_all=True, append_images=pages[1:], duration=round(1000 / rate), loop=0)
    return len(pages)


def _fitted(frame: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A frame in the size of the first one: a longer line of text may have made it higher."""
    page = np.full((*shape, 3), 255, dtype=np.uint8)
    rows, columns = min(shape[0], frame.shape[0]), min(shape[1], frame.shape[1])
    page[:rows, :columns] = frame[:rows, :columns]
    return page
