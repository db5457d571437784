"""The notebooks: both files of a pair say the same, and each tells its story to the end, with pictures."""

import re
from pathlib import Path

import jupytext
import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.py"))

#: Seconds of one cell; a notebook is written to take a minute, and a busy machine may need several.
TIMEOUT = 600

pairs = pytest.mark.parametrize("script", NOTEBOOKS, ids=lambda path: path.stem)


def cells(notebook):
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 3


@pairs
def test_script_and_notebook_are_one(script):
    """`make notebooks` writes the notebook from its script."""
    notebook = nbformat.read(script.with_suffix(".ipynb"), as_version=4)
    nbformat.validate(notebook)
    assert cells(notebook) == cells(jupytext.read(script))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None, "a notebook is kept without its output"


@pairs
def test_notebook_asserts_a_number_and_says_why(script):
    text = script.read_text(encoding="utf-8")
    found = re.findall(r"((?:^#.*\n)*)^assert .*(?:[<>]|==|isclose)", text, flags=re.MULTILINE)
    assert found and all(comment.strip() for comment in found), "an assert needs the reason of its tolerance above it"


@pytest.mark.notebooks
@pairs
def test_notebook_runs_to_its_end(script, tmp_path):
    from nbclient import NotebookClient

    notebook = nbformat.read(script.with_suffix(".ipynb"), as_version=4)
    NotebookClient(notebook, timeout=TIMEOUT, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert not [output for output in outputs if output.output_type == "error"]
    pictures = [o["data"]["image/png"] for o in outputs if "image/png" in o.get("data", {})]
    assert len(pictures) >= 2 and len(set(pictures)) >= 2
    texts = "".join(o.get("text", "") + o.get("data", {}).get("text/plain", "") for o in outputs)
    assert str(tmp_path) not in texts and str(Path.home()) not in texts
    warned = [o.text for o in outputs if o.output_type == "stream" and o.name == "stderr"]
    assert not [text for text in warned if "Warning" in text or "error:" in text or "Traceback" in text]
