"""Studies: a YAML file becomes validated cases, runs, tables and pictures.

In Python: ``from archode.studies import run, load_results``.
"""

from importlib import import_module
from typing import Any

#: The public names, by the module that holds them.
_HOMES = {
    "api": ("run",),
    "errors": ("StudyError",),
    "load": ("Case", "LoadedStudy", "load_study"),
    "results": ("CaseResults", "Results", "load_results"),
    "schema": ("Study", "dump_study", "study_json_schema"),
}

__all__ = [name for names in _HOMES.values() for name in names]


def __getattr__(name: str) -> Any:
    """Import what is asked for: the command line begins without all of it."""
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{home}", __name__), name)
