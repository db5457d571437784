"""The reference of the Python interface: what the packages name as public, by autodoc."""

from __future__ import annotations

import importlib
import inspect

from markdown import code, heading, page, plain, table

PACKAGES = ("archode.studies", "archode.visualization", "archode.geometry", "archode.materials")


def api_page() -> str:
    """One section per package: a table of its public names, then what each says of itself."""
    introduction = (
        "The names that the packages offer to programs and notebooks, from their own documentation. Importing a "
        "package is quick: Gmsh, DOLFINx, PyVista and Matplotlib are loaded when something needs them."
    )
    return page("Reference of the Python interface", introduction, *map(_package, PACKAGES))


def _package(name: str) -> str:
    module = importlib.import_module(name)
    names = sorted(module.__all__)
    summary = plain((module.__doc__ or "").strip().split("\n\n")[0])
    objects = [(n, getattr(module, n)) for n in names]
    rows = [(_entry(name, n, thing), _brief(thing)) for n, thing in objects]
    directives = "\n".join(_directive(name, n, thing) for n, thing in objects if _documented(thing))
    body = f"```{{eval-rst}}\n{directives}\n```\n" if directives else ""
    head = heading(2, name, f"api-{name.replace('.', '-')}")
    return f"{head}\n\n{summary}\n\n{table(('name', 'is'), rows)}\n{body}"


def unsplit(app, what: str, name: str, thing, options, lines: list[str]) -> None:
    """Make the first line of a property whole again, of which napoleon takes words before a colon for its type."""
    place = next((k for k, line in enumerate(lines) if line.startswith(":type: ")), None)
    if what in ("property", "attribute") and place is not None:
        lines[0] = f"{lines.pop(place).removeprefix(':type: ')}: {lines[0]}"


def _documented(thing) -> bool:
    """Whether autodoc has something to show; of a number or a mapping the table says enough."""
    return isinstance(thing, type) or inspect.isfunction(thing)


def _entry(package: str, name: str, thing) -> str:
    if not _documented(thing):
        return code(name)
    role = "class" if isinstance(thing, type) else "func"
    if isinstance(thing, type) and issubclass(thing, BaseException):
        role = "exc"
    return f"{{py:{role}}}`~{package}.{name}`"


def _brief(thing) -> str:
    if not _documented(thing):
        return f"{type(thing).__name__}" + (f" of {len(thing)}" if hasattr(thing, "__len__") else "")
    return plain((thing.__doc__ or "").strip().split("\n\n")[0])


def _directive(package: str, name: str, thing) -> str:
    if isinstance(thing, type):
        kind = "autoexception" if issubclass(thing, BaseException) else "autoclass"
        options = "" if issubclass(thing, BaseException) else "   :members:\n"
        return f".. {kind}:: {package}.{name}\n{options}"
    return f".. autofunction:: {package}.{name}\n"
