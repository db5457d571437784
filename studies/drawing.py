"""Drawings in a notebook: shown where they are asked for, saved, or turned by hand."""

from __future__ import annotations

import inspect
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..visualization.errors import VisualizationError, unknown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..visualization.picture import Picture

log = logging.getLogger(__name__)

#: Set by what starts a kernel for a person who looks at it in a browser or an editor.
FRONT_ENDS = ("JPY_SESSION_NAME", "VSCODE_PID", "JUPYTERHUB_USER")


class Drawing:
    """A figure or a scene; a notebook shows it as a picture.

    Parameters
    ----------
    drawn
        A Matplotlib figure, or a scene with its text, which is rendered when it is first looked at.
    """

    def __init__(self, drawn: Figure | Picture):
        self._drawn = drawn

    @cached_property
    def figure(self) -> Figure:
        """The Matplotlib figure, for changes of one's own."""
        return self._drawn.figure() if self._turns else self._drawn

    @property
    def _turns(self) -> bool:
        return hasattr(self._drawn, "plotter")

    def save(self, path: str | Path) -> Path:
        """Write it as PNG, SVG or PDF, by the name's ending."""
        from ..visualization.page import save

        return save(self.figure, Path(path))

    def interactive(self) -> Any:
        """The scene to be turned by hand: through trame in a notebook, in a window elsewhere.

        The still picture, where there is neither a notebook's server nor a screen.

        Raises
        ------
        VisualizationError
            It is a figure of curves or of panels, which is flat.
        """
        if not self._turns:
            raise VisualizationError("this drawing is flat; scenes such as geometry or concentration can be turned")
        how = viewer()
        if how == "static":
            return self
        plotter = self._drawn.plotter(off_screen=how != "window")
        try:
            if how == "window":
                return plotter.show()
            # Open, the menu would lie upon the title.
            folded = {"collapse_menu": True} if how in ("trame", "server", "client") else {}
            return plotter.show(jupyter_backend=how, jupyter_kwargs=folded, return_viewer=True)
        except Exception as error:
            # A viewer depends on ports, proxies and browsers; a picture does not.
            log.warning("no interactive view (%s: %s); here is the picture", type(error).__name__, error)
            return self

    def _repr_png_(self) -> bytes:
        from io import BytesIO

        from ..visualization.style import look

        written = BytesIO()
        with look():
            self.figure.savefig(written, format="png", dpi=self.figure.dpi)
        return written.getvalue()

    def __repr__(self) -> str:
        texts = self._drawn.texts if hasattr(self._drawn, "texts") else ()
        title = getattr(self._drawn, "title", None) or next((text.get_text() for text in texts), "")
        return f"<Drawing: {title}>" if title else "<Drawing>"


def viewer() -> str:
    """How a scene can be turned here: ``trame``, ``window`` or ``static``; PYVISTA_JUPYTER_BACKEND decides if set."""
    if in_notebook():
        chosen = os.environ.get("PYVISTA_JUPYTER_BACKEND")
        looked_at = any(os.environ.get(name) for name in FRONT_ENDS)
        return chosen or ("trame" if looked_at and find_spec("trame_pyvista") else "static")
    return "window" if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") else "static"


def in_notebook() -> bool:
    """Whether this runs in a kernel."""
    import sys

    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")


@dataclass(frozen=True)
class Choice:
    """One drawing that can be asked for.

    Attributes
    ----------
    summary
        What it shows, one line.
    draw
        Makes it, from the call's arguments.
    missing
        Why the results do not hold what it shows; None where they do.
    """

    summary: str
    draw: Callable[..., Figure | Picture]
    missing: Callable[[], str | None] = lambda: None


class Plots:
    """Everything that can be drawn, by name: ``plot.voltage_time()`` or ``plot["voltage_time"]()``.

    Parameters
    ----------
    choices
        The drawings by name.
    where
        What they are of, for messages.
    """

    def __init__(self, choices: Mapping[str, Choice], where: str):
        self._choices, self._where = choices, where

    def __getitem__(self, name: str) -> Callable[..., Drawing]:
        if name not in self._choices:
            raise unknown("drawing", name, self._choices, self._where)
        choice = self._choices[name]

        def draw(*arguments: Any, **options: Any) -> Drawing:
            return Drawing(choice.draw(*arguments, **options))

        draw.__name__ = draw.__qualname__ = name
        draw.__doc__ = choice.summary
        draw.__signature__ = inspect.signature(choice.draw)
        return draw

    def __getattr__(self, name: str) -> Callable[..., Drawing]:
        # Notebooks ask every object for methods of their own.
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except VisualizationError as error:
            raise AttributeError(str(error)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._choices)

    def __dir__(self) -> list[str]:
        return sorted(name for name, choice in self._choices.items() if name.isidentifier() and not choice.missing())

    def __repr__(self) -> str:
        width = max(map(len, self._choices), default=0)
        here = {name: choice for name, choice in self._choices.items() if not choice.missing()}
        told = [f"{name:<{width}}  {choice.summary}" for name, choice in here.items()]
        absent = [f"{name} ({choice.missing()})" for name, choice in self._choices.items() if name not in here]
        return "\n".join([*told, *([f"Not of these results: {'; '.join(absent)}"] if absent else [])])
