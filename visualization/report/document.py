"""A report becomes one HTML file."""

import base64
import io
import logging
import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...geometry.whole_file import whole_file
from ..notation import plain
from .blocks import Gallery, Note, Panels, Report, Section, Views
from .view import packed_viewer

if TYPE_CHECKING:
    from jinja2 import Template

log = logging.getLogger(__name__)

#: Bytes of a report, above which what is heavy is left out.
LARGEST = 15_000_000

#: Columns of a panel's picture, in pixels.
PANEL_WIDTH = 560

_POWER = re.compile(r"(?<![\w.])10\^(-?\d+)(?!\w)")

_EXPONENT = re.compile(r"(?<![\w.=])(\d+(?:\.\d+)?)e([+-]\d+)(?!\w)")
_MINUS = re.compile(r"(?:(?<=[\s(])|^)-(?=\d)")

KINDS = {".png": "image/png", ".svg": "image/svg+xml"}


def write(report: Report, path: Path, largest: int = LARGEST) -> Path:
    """Write a report, whole or not at all, not larger than `largest` bytes unless its text alone is."""
    html = render(report)
    for kinds, what in ((Views, "the 3D views"), (Panels, "the panels of the cases"), (Gallery, "pictures")):
        if len(html) <= largest:
            break
        log.info("%s: left out %s, to stay below %.0f MB", path, what, largest / 1e6)
        report = _without(report, kinds, f"Left out to keep this file below {largest / 1e6:.0f} MB: {what}.")
        html = render(report)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as unfinished:
        unfinished.write_text(html, encoding="utf-8")
    return path


def render(report: Report) -> str:
    """The page's text; everything that a report says is escaped."""
    return _template().render(
        report=report,
        viewer=packed_viewer() if _has_views(report) else "",
        css=_resource("report.css"),
        js=_resource("report.js"),
    )


def _has_views(report: Report) -> bool:
    return any(isinstance(block, Views) and block.views for section in report.sections for block in section.blocks)


def _without(report: Report, kind: type, note: str) -> Report:
    """The same report with a sentence in place of every block of a kind."""
    sections = [
        Section(s.key, s.title, [Note(note) if isinstance(block, kind) else block for block in s.blocks])
        for s in report.sections
    ]
    return replace(report, sections=sections)


@cache
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    # A study's name and description are its author's: nothing of them is markup.
    options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True, "finalize": _typeset}
    environment = Environment(autoescape=True, **options)
    environment.filters["embedded"] = embedded
    environment.filters["panel"] = lambda path: embedded(path, PANEL_WIDTH)
    return environment.from_string(_resource("report.html"))


def _typeset(value: Any) -> Any:
    """Numbers as they are printed; what is escaped already, such as a file's text, stays as it is."""
    if type(value) is not str:
        return value
    value = _EXPONENT.sub(lambda found: f"{found[1]}·10^{int(found[2])}", value).replace("J_lim", "Jₗᵢₘ")
    value = _POWER.sub(lambda found: plain(f"10$^{{{found[1]}}}$"), value)
    return _MINUS.sub("\N{MINUS SIGN}", value)


def embedded(path: Path, width: int | None = None) -> str:
    """A picture as an address that holds it; one wider than `width` pixels is made smaller.

    Empty where there is no such picture, or one that cannot be read.
    """
    try:
        data = path.read_bytes()
        if width is not None and path.suffix == ".png":
            data = _smaller(data, width)
    except (OSError, SyntaxError, ValueError) as error:
        log.warning("report without %s: %s", path, error)
        return ""
    return f"data:{KINDS[path.suffix]};base64,{base64.b64encode(data).decode()}"


def _smaller(data: bytes, width: int) -> bytes:
    from PIL import Image

    image: Any = Image.open(io.BytesIO(data))
    if image.width <= width:
        return data
    image = image.convert("RGB").resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.quantize(128, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _resource(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
