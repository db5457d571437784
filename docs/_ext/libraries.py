"""Pages on what comes with the program: materials, criteria, studies."""

from __future__ import annotations

import importlib
import inspect
import re
from collections import defaultdict
from pathlib import Path

from markdown import code, heading, page, plain, table

KINDS = {
    "insertion": "Insertion materials",
    "capacitive": "Capacitive materials",
    "metal": "Metals",
    "collector": "Collectors",
    "binary_electrolyte": "Binary salts",
}


def materials_page() -> str:
    """The material library: a table by kind, and every number of every material."""
    from archode.materials import load_material, material_names

    by_kind = defaultdict(list)
    for name in material_names():
        material = load_material(name)
        by_kind[material.kind].append(material)
    introduction = (
        "Generated from the library that `archode materials` lists; the same, with every source, is shown by "
        "`archode materials NAME`. How to read it, and what an estimate is: [materials](../materials.md)."
    )
    parts = [introduction]
    for kind in sorted(by_kind):
        materials = sorted(by_kind[kind], key=lambda m: m.name.lower())
        parts.append(f"## {KINDS.get(kind, kind.replace('_', ' ').capitalize())}")
        rows = [
            (f"[`{m.name}`](#{_anchor(m.name)})", plain(m.ion or ""), plain(m.description), len(m.estimates) or "none")
            for m in materials
        ]
        parts.append(table(("name", "ion", "what it is", "estimates"), rows))
        parts += [_numbers(material) for material in materials]
    return page("Library of materials", *parts)


def _anchor(name: str) -> str:
    return f"material-{''.join(c if c.isalnum() else '-' for c in name.lower())}"


def _numbers(material) -> str:
    from archode.materials import format_si
    from archode.materials.describe import status_text

    rows = []
    for name, item in material.properties.items():
        values = item.value if isinstance(item.value, tuple) else (item.value,)
        shown = ", ".join(format_si(value, item.unit) for value in values)
        rows.append((code(name), plain(shown), plain(status_text(item.status, item.source)), plain(item.source)))
    if material.open_circuit is not None:
        curve = material.open_circuit
        against = f"{curve.model}, against {curve.reference}"
        rows.append(
            ("open circuit", plain(against), plain(status_text(curve.status, curve.source)), plain(curve.source))
        )
    body = table(("property", "value", "status", "source"), rows) if rows else "No numbers of its own.\n"
    head = heading(3, plain(material.name), _anchor(material.name))
    return f"{head}\n\n{plain(material.description)}\n\n{body}"


def criteria_page() -> str:
    """The criteria: what the file of each says, with its formulas and sources."""
    from archode.solvers.criteria import CRITERIA

    introduction = (
        "Generated from the files in `solvers/criteria/`, in the order in which they are judged. What each needs, "
        "when it speaks and where it ends is compared in [criteria for the growth of metal](../criteria.md)."
    )
    modules = dict.fromkeys(evaluate.__module__ for evaluate in CRITERIA)
    return page("The criteria, one by one", introduction, *map(_criterion, modules))


def _criterion(module: str) -> str:
    name = module.rpartition(".")[2]
    words = inspect.getdoc(importlib.import_module(module)) or ""
    title, _, rest = words.partition("\n")
    # A modulus in a sentence is no substitution; indented lines are formulas.
    rest = re.sub(r"^(?! ).*$", lambda line: re.sub(r"\|(\w+)\|", r"\\|\1\\|", line.group()), rest, flags=re.MULTILINE)
    head = heading(2, plain(title.rstrip(".").replace("``", "`")), f"criterion-{name.replace('_', '-')}")
    return (
        f"{head}\n\n`solvers/criteria/{name}.py`\n\n```{{eval-rst}}\n.. currentmodule:: {module}\n\n{rest.strip()}\n```"
    )


def studies_page(folder: Path) -> str:
    """The studies that come with the program, each with its text."""
    from archode.studies import load_study

    introduction = (
        "The files in `studies/library/`. `archode check` shows what one would do, `archode run` does it; copy one "
        "to begin a study of your own."
    )
    rows, texts = [], []
    for file in sorted(folder.glob("*.yml")):
        loaded = load_study(file)
        count = len(loaded.cases)
        rows.append((f"[`{file.stem}`](#study-{file.stem.replace('_', '-')})", plain(loaded.study.description), count))
        text = file.read_text(encoding="utf-8").rstrip()
        head = heading(2, file.stem, f"study-{file.stem.replace('_', '-')}")
        texts.append(f"{head}\n\n```text\narchode run studies/library/{file.name}\n```\n\n```yaml\n{text}\n```")
    return page("Library of studies", introduction, table(("study", "what it is", "cases"), rows), *texts)
