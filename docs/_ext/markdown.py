"""Pieces of Markdown that the generated pages are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def code(text: object) -> str:
    """Text as code, also inside a table."""
    return f"`{text}`"


def cell(text: object) -> str:
    """Text for a cell of a table: one line, no bar that would end the cell."""
    return " ".join(str(text).split()).replace("|", "\\|")


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; cells are Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cell(part) for part in line)} |\n" for line in lines)


def heading(level: int, title: str, anchor: str) -> str:
    """A heading that every page can link to by ``#anchor``."""
    return f"({anchor})=\n{'#' * level} {title}"


def plain(text: object) -> str:
    """Prose from elsewhere: nothing in it is markup, except code in backticks."""
    parts = str(text).split("`")
    for k in range(0, len(parts), 2):
        for sign in "\\*_[]<>{}$":
            parts[k] = parts[k].replace(sign, f"\\{sign}")
    return "`".join(parts)


def page(title: str, *parts: str) -> str:
    """A page with its heading; empty parts are left out."""
    return "\n".join([f"# {title}\n", *(part.rstrip() + "\n" for part in parts if part)])
