"""A report as one HTML file that needs neither network nor server: what it holds, and how it is laid out.

`blocks` says what a report is made of, `document` writes it, `view` makes scenes that are turned in the browser. What
is told of a run is gathered elsewhere: nothing here knows of studies.
"""

from .blocks import Block, Cell, Code, Facts, Figure, Gallery, Note, Panels, Report, Section, Table, Tile, Views
from .document import LARGEST, render, write
from .view import View, view_of

__all__ = [
    "LARGEST",
    "Block",
    "Cell",
    "Code",
    "Facts",
    "Figure",
    "Gallery",
    "Note",
    "Panels",
    "Report",
    "Section",
    "Table",
    "Tile",
    "View",
    "Views",
    "render",
    "view_of",
    "write",
]
