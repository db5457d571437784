"""What a report is made of. Text is plain text everywhere: it is escaped when it is laid out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from .view import View

#: How something is to be taken; the words say it too, colour alone never does.
Tone = Literal["", "good", "warn", "bad"]


@dataclass(frozen=True)
class Cell:
    """A table's cell.

    Attributes
    ----------
    text
        What is read.
    sort
        Number by which the column sorts; without it the text.
    link
        Relative address of another file.
    tone
        How it is to be taken.
    """

    text: str
    sort: float | None = None
    link: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Table:
    """Rows of cells under named columns; a click on a name sorts."""

    kind: ClassVar[str] = "table"
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""

    @property
    def numeric(self) -> list[bool]:
        """Of every column whether it holds numbers, which stand to the right."""
        columns = zip(*self.rows, strict=True) if self.rows else [()] * len(self.columns)
        return [any(cell.sort is not None for cell in column) for column in columns]


@dataclass(frozen=True)
class Facts:
    """Names with their values."""

    kind: ClassVar[str] = "facts"
    pairs: Sequence[tuple[str, str]]
    caption: str = ""


@dataclass(frozen=True)
class Note:
    """A paragraph."""

    kind: ClassVar[str] = "note"
    text: str
    tone: Tone = ""


@dataclass(frozen=True)
class Code:
    """A file's text, folded."""

    kind: ClassVar[str] = "code"
    summary: str
    text: str


@dataclass(frozen=True)
class Figure:
    """A picture on disk, PNG or SVG, with its caption."""

    path: Path
    caption: str
    title: str = ""
    link: str = ""


@dataclass(frozen=True)
class Gallery:
    """Pictures side by side."""

    kind: ClassVar[str] = "gallery"
    figures: Sequence[Figure]


@dataclass(frozen=True)
class Panels:
    """Small pictures of several cases; one of the groups is seen at a time."""

    kind: ClassVar[str] = "panels"
    groups: Sequence[tuple[str, Sequence[Figure]]]


@dataclass(frozen=True)
class Views:
    """Scenes that are turned in the browser."""

    kind: ClassVar[str] = "views"
    views: Sequence[View]


Block = Table | Facts | Note | Code | Gallery | Panels | Views


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it; `key` is its address in the page."""

    key: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Tile:
    """A number that the first screen shows."""

    label: str
    value: str
    tone: Tone = ""
    note: str = ""


@dataclass(frozen=True)
class Report:
    """Everything on the page.

    Attributes
    ----------
    title, kicker, description
        What was run; the line above it; a sentence of the study's own.
    status, tone
        How it ended, in a word, and how that is to be taken.
    answer
        What came out: sentences.
    tiles
        The numbers of the first screen.
    hero
        The picture beside them.
    links
        Other reports: text and relative address.
    sections
        The rest.
    footer
        The last line.
    """

    title: str
    kicker: str
    description: str
    status: str
    tone: Tone
    answer: Sequence[Note]
    tiles: Sequence[Tile] = ()
    hero: Figure | None = None
    links: Sequence[tuple[str, str]] = ()
    sections: Sequence[Section] = ()
    footer: str = ""
