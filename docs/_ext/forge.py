"""The pages as a forge shows them, read by Sphinx.

- ``$`…`$`` is a formula;
- ``<!-- site`` … ``-->`` encloses what only the site shows (contents, cards), and
  ``<!-- forge -->`` … ``<!-- /forge -->`` what only the forge does;
- links that leave docs/ lead to copies of README and CHANGELOG, and to the rendered notebooks;
  those to other files are shown as code, since the site has no sources.
"""

from __future__ import annotations

import os.path
import re
import shutil
from pathlib import Path

from sphinx.util import logging

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
GENERATED = DOCS / "_generated"
COPIES = {"README.md": "readme.md", "CHANGELOG.md": "changelog.md"}
"""Pages outside docs/ and their names in docs/_generated/."""
EXECUTED = (ROOT / "build/notebooks", ROOT / "notebooks")
"""Where notebooks may lie with what they printed and drew, as .ipynb."""

WIDGET = "application/vnd.jupyter.widget-view+json"
"""Progress bars and the like: without a kernel they say nothing, and their scripts would come from the network."""

_CODE = re.compile(r"^(`{3,})[^\n]*\n.*?^\1[ \t]*$|``.*?``|`[^`\n]+`", flags=re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")


def on_the_site(text: str, folder: Path, target: Path | None = None) -> str:
    """The Markdown of a page for Sphinx.

    Parameters
    ----------
    text
        As the forge has it.
    folder
        Where the page's own links start.
    target
        Folder of the page that is written; the same unless given.
    """
    text = re.sub(r"<!-- forge -->.*?<!-- /forge -->\n?", "", text, flags=re.DOTALL)
    text = re.sub(r"^<!-- site\n(.*?)^-->$", r"\1", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"\$`([^`\n]+)`\$", r"$\1$", text)
    # Links in code are no links; a link's own text may hold code.
    kept: list[str] = []

    def keep(match: re.Match) -> str:
        kept.append(match.group())
        return f"\x00{len(kept) - 1}\x00"

    def restore(match: re.Match) -> str:
        return kept[int(match.group(1))]

    text = _CODE.sub(keep, text)
    text = _LINK.sub(lambda match: _link(match, folder, target or folder), text)
    return re.sub("\x00(\\d+)\x00", restore, text)


def _link(match: re.Match, folder: Path, target_folder: Path) -> str:
    picture, words, target = match.groups()
    if re.match(r"[a-z]+:", target) or target.startswith("#"):
        return match.group()
    path, hash_mark, anchor = target.partition("#")
    file = (folder / path).resolve()
    page = _page(file)
    if page is None:
        # A plain name already is code; a phrase stays a phrase.
        return words
    return f"{picture}[{words}]({os.path.relpath(page, target_folder)}{hash_mark}{anchor})"


def _page(file: Path) -> Path | None:
    """What stands for a file on the site; None where nothing does."""
    if DOCS in file.parents:
        return file
    if file.parent == ROOT and file.name in COPIES:
        return GENERATED / COPIES[file.name]
    if file.parent == ROOT / "notebooks" and file.suffix == ".py":
        return GENERATED / "notebooks" / f"{file.stem}.ipynb"
    return None


def write_copies(app) -> None:
    """README and CHANGELOG as pages, and every notebook: executed where that has been done, else as written."""
    GENERATED.mkdir(exist_ok=True)
    for name, copy in COPIES.items():
        write(GENERATED / copy, on_the_site((ROOT / name).read_text(encoding="utf-8"), ROOT, GENERATED))
    notebooks = sorted((ROOT / "notebooks").glob("[0-9]*.py"))
    folder = GENERATED / "notebooks"
    if not notebooks:
        shutil.rmtree(folder, ignore_errors=True)
        return
    import jupytext

    folder.mkdir(exist_ok=True)
    for stale in set(folder.iterdir()) - {folder / f"{notebook.stem}.ipynb" for notebook in notebooks}:
        stale.unlink()
    for notebook in notebooks:
        target = folder / f"{notebook.stem}.ipynb"
        executed = next((file for place in EXECUTED if (file := place / target.name).exists()), None)
        if executed is None:
            logger.info("%s: shown without output; `make docs-all` executes it", notebook.name)
        book = jupytext.read(executed or notebook)
        for cell in book.cells:
            if cell.cell_type == "markdown":
                cell.source = on_the_site(cell.source, notebook.parent, folder)
            elif "outputs" in cell:
                cell.outputs = [output for output in cell.outputs if WIDGET not in output.get("data", ())]
        book.metadata.pop("widgets", None)
        write(target, jupytext.writes(book, fmt="ipynb"))


def write(file: Path, text: str) -> None:
    """Write a page, unless it says so already: Sphinx then need not read it again."""
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")


def _read(app, docname: str, source: list[str]) -> None:
    path = Path(app.env.doc2path(docname))
    if path.suffix == ".md" and GENERATED not in path.parents:
        source[0] = on_the_site(source[0], path.parent)


def setup(app):
    # Copies first: they must be there when Sphinx looks for pages.
    app.connect("builder-inited", write_copies, priority=100)
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
