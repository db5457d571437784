"""Writes the references into docs/_generated/ before Sphinx looks for pages."""

from __future__ import annotations

from command_line import command_page
from forge import GENERATED, ROOT, write
from libraries import criteria_page, materials_page, studies_page
from python_api import api_page, unsplit
from study_schema import study_page


def write_references(app) -> None:
    """One page per reference; what has not changed is left as it is."""
    GENERATED.mkdir(exist_ok=True)
    pages = {
        "study_schema": study_page(),
        "command_line": command_page(),
        "python_api": api_page(),
        "material_library": materials_page(),
        "criteria_list": criteria_page(),
        "study_library": studies_page(ROOT / "studies/library"),
    }
    for name, text in pages.items():
        write(GENERATED / f"{name}.md", text)


def setup(app):
    app.connect("builder-inited", write_references, priority=200)
    # After napoleon's own handler, which has priority 500.
    app.connect("autodoc-process-docstring", unsplit, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
