"""What a result is made of, by content: the study, its materials, the files it reads, the version and the environment.

It is kept whole beside the results (``provenance.json``), so that what differs can be named when they are gone on with.
Names, output, quoted numbers and how the equations are solved do not belong to it.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..geometry.checksums import DamagedFileError, input_digest, mapping_digest, read_sealed
from ..geometry.registry import input_files
from ..geometry.threads import VARIABLE, mesh_threads
from ..materials import Property, known_units, load_material
from .ratings import ELECTRODES
from .schema import Study
from .schema_materials import KINDS

if TYPE_CHECKING:
    from ..materials import Material

FILE = "provenance.json"

#: Sections of a study that a result is not made of.
ASIDE = ("study", "description", "output", "reference", "solver", "sweep")

#: What a material's file says about its numbers, and not the numbers.
REMARKS = ("formula", "description", "aliases", "status", "source", "note", "range", "validity")

#: Packages whose versions are told; a difference is no other result.
TOLD = ("fenics-dolfinx", "dolfinx-solver-real", "petsc4py", "gmsh", "numpy", "scipy")

#: Differences that a message lists.
SHOWN = 8

INFORMATION = "information"

Provenance = Mapping[str, Mapping[str, Any]]


def provenance(study: Study) -> dict[str, dict[str, Any]]:
    """What a case is made of, ready for JSON.

    Returns
    -------
    dict
        ``study``, resolved, by key path; ``materials`` by role: the name and every number of its file; ``files``:
        SHA-256 of each; ``versions`` of archode; ``environment``; and ``information``, which is not compared.
    """
    told = study.model_dump(exclude_none=True)
    return {
        "study": dict(_flat({key: value for key, value in told.items() if key not in ASIDE})),
        "materials": {role: {"name": name} | _numbers(load_material(name)) for role, name in _materials(study).items()},
        "files": {str(path): input_digest(path) for path in input_files(study.geometry)},
        "versions": {"archode": _version("archode")},
        "environment": {VARIABLE: mesh_threads()},
        INFORMATION: {name: found for name in TOLD if (found := _version(name))}
        | ({"PETSC_OPTIONS": options} if (options := os.environ.get("PETSC_OPTIONS")) else {}),
    }


def fingerprint(made_of: Provenance) -> str:
    """One digest of everything that is compared."""
    return mapping_digest({key: value for key, value in made_of.items() if key != INFORMATION})


def read_provenance(folder: Path) -> Provenance | None:
    """What the results in a folder are made of; ``None`` where that is not known any more."""
    try:
        return read_sealed(folder / FILE)
    except DamagedFileError:
        return None


def differences(before: Provenance, now: Provenance) -> list[str]:
    """What of a result differs, such as ``geometry.gap: 20 um → 30 um`` or ``own.yaml: cathode.diffusivity: …``."""
    told = [f"{key}: {a} → {b}" for key, a, b in _changed(before["study"], now["study"])]
    for role in sorted(before["materials"].keys() & now["materials"].keys()):
        old, new = (dict(one["materials"][role]) for one in (before, now))
        name = old.pop("name")
        # Of another material, which the study says, nothing else need be told.
        if new.pop("name") == name:
            told += [f"{Path(name).name}: {role}.{key}: {a} → {b}" for key, a, b in _changed(old, new)]
    for path in sorted(before["files"].keys() & now["files"].keys()):
        if before["files"][path] != now["files"][path]:
            told.append(f"{Path(path).name}: its content changed")
    for section in ("versions", "environment"):
        told += [f"{key}: {a} → {b}" for key, a, b in _changed(before[section], now[section])]
    more = len(told) - SHOWN
    return told if more <= 0 else [*told[:SHOWN], f"and {more} more"]


def remarks(before: Provenance, now: Provenance) -> list[str]:
    """Differences of what a result does not depend on but for rounding."""
    return [f"{key}: {a} → {b}" for key, a, b in _changed(before[INFORMATION], now[INFORMATION])]


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for key in sorted(before.keys() | now.keys()):
        a, b = (one.get(key, "not given") for one in (before, now))
        if a != b:
            yield key, a, b


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _materials(study: Study) -> dict[str, str]:
    """Names of all materials by role; those under plated metals too."""
    found = {role: getattr(study.materials, role) for role in KINDS}
    for side in ELECTRODES:
        plating = study.interfaces.of(side).plating
        found[f"interfaces.{side}.plating.substrate"] = None if plating is None else plating.substrate
    return {role: name for role, name in found.items() if name is not None}


def _numbers(material: Material) -> dict[str, Any]:
    """Everything of a material's file that a result can depend on."""
    units = known_units(material.kind)
    found = {}
    for field in dataclasses.fields(material):
        value = getattr(material, field.name)
        if field.name == "properties":
            for name, item in value.items():
                found |= dict(_flat(item, f"{name} [{units[name]}]"))
        elif field.name not in ("name", *REMARKS):
            found |= dict(_flat(value, field.name))
    return found


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of nested data, ready for JSON, by key path."""
    if isinstance(value, Property):
        yield from _flat(value.si, path)
        yield from _flat(value.activation_energy, f"{path}.activation_energy [J/mol]")
    elif dataclasses.is_dataclass(value):
        parts = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        yield from _flat({key: part for key, part in parts.items() if key not in REMARKS}, path)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _flat(part, f"{path}.{key}" if path else str(key))
    elif isinstance(value, Sequence | np.ndarray) and not isinstance(value, str):
        if all(isinstance(part, int | float) for part in value):
            yield path, [float(part) for part in value]
        else:
            for index, part in enumerate(value):
                yield from _flat(part, f"{path}.{index}")
    elif value is None or isinstance(value, str | int | float):
        if value is not None:
            yield path, value
    else:
        raise TypeError(f"{path}: what a result is made of cannot be told of a {type(value).__name__}")
