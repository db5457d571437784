"""The whole study file as one immutable model.

A study says what is built, of which materials, what is done to it and what is kept. Quantities are SI floats
once read; a bare number in the file is SI already, text carries its unit.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator

from .errors import shown
from .quantity import READING
from .schema_geometry import GeometryField, MeshField, MeshSizes
from .schema_hosts import Hosts
from .schema_interfaces import Interfaces
from .schema_materials import Materials
from .schema_protocol import MAX_STEPS, Protocol, Step, count_steps, expand
from .schema_settings import DEFAULT_ACCURACY, Accuracy, Output, Physics, Reference, Solver
from .section import Section
from .sweep import Sweep

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
_RESERVED = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}


class _Named(Section):
    """What every study file says first."""

    study: str = Field(description="short name; the results folder is called so")
    description: str = Field("", description="one line on what is studied")
    geometry: GeometryField = Field(description="architecture and its sizes")
    mesh: MeshField = Field(MeshSizes(), description="mesh sizes; defaults fit the architecture")
    accuracy: Accuracy = Field(
        DEFAULT_ACCURACY,
        description="relative error that headline numbers may have; sets what is left out of mesh, degree, tolerance",
    )
    hosts: Hosts | None = Field(None, description="hosts to compare, in place of geometry and mesh")

    @field_validator("study")
    @classmethod
    def _folder_name(cls, name: str) -> str:
        stem = name.split(".")[0].lower()
        if _SAFE_NAME.fullmatch(name) and not name.endswith(".") and stem not in _RESERVED:
            return name
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        safe = re.sub(r"[^A-Za-z0-9+-]+", "_", plain).strip("_-+")[:64]
        hint = f", such as '{safe}'" if safe and safe.lower() not in _RESERVED and safe != name else ""
        raise ValueError(f"{shown(name)} is not a safe folder name; use up to 64 of A-Z, a-z, 0-9, '_', '-', '.'{hint}")


class MeshStudy(_Named):
    """A study of which only shape and mesh matter; its other sections may be absent and are not looked into."""

    materials: Any = None
    interfaces: Any = None
    physics: Any = None
    protocol: Any = None
    sweep: Sweep | None = None
    solver: Any = None
    output: Any = None
    reference: Any = None


class ShapeStudy(MeshStudy):
    """A study of which only the shape matters: no mesh need be possible."""


class Study(_Named):
    """One study, as declared in a YAML file."""

    materials: Materials = Field(description="which material each part is made of")
    interfaces: Interfaces = Field(Interfaces(), description="double layers, blocking electrodes, charged walls")
    physics: Physics = Field(Physics(), description="equations, temperature, initial state")
    protocol: Protocol = Field(description="what is done to the cell, step by step")
    sweep: Sweep | None = Field(None, description="key paths with the lists of values they take")
    solver: Solver = Field(Solver(), description="tolerances and the linear solver")
    output: Output = Field(Output(), description="what is kept")
    reference: list[Reference] = Field([], description="quoted numbers the results are held against")

    @field_validator("protocol")
    @classmethod
    def _bounded(cls, protocol: list[Section]) -> list[Section]:
        count = count_steps(protocol)
        if count > MAX_STEPS:
            raise ValueError(f"repeats expand to {count} steps; at most {MAX_STEPS} are run")
        return protocol

    def steps(self) -> list[Step]:
        """Protocol steps in the order they run."""
        return expand(self.protocol)


def dump_study(study: Study) -> str:
    """The resolved study as YAML: every default written out, SI numbers with their units.

    Loading the text gives an equal study. Sizes that follow from others are written out too, so it
    is the study of a case that is kept rather than that of a whole sweep.
    """
    return _yaml(study.model_dump(exclude_none=True))


def dump_hosts(studies: Mapping[str, Study]) -> str:
    """The resolved studies of a comparison of hosts, by host, as the one study file they make."""
    told = {name: study.model_dump(exclude_none=True) for name, study in studies.items()}
    first = next(iter(told.values()))
    own = ["geometry", "mesh"]
    if any(study["interfaces"] != first["interfaces"] for study in told.values()):
        own.append("interfaces")
    shared = {key: value for key, value in first.items() if key not in own}
    hosts = {name: {key: study[key] for key in own} for name, study in told.items()}
    names = {key: shared.pop(key) for key in ("study", "description")}
    return _yaml({**names, "hosts": hosts, **shared})


def _yaml(data: dict[str, Any]) -> str:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 110
    stream = io.StringIO()
    yaml.dump(data, stream)
    return stream.getvalue()


def study_json_schema() -> dict[str, Any]:
    """JSON Schema of a study file, for editors that complete and check YAML."""
    schema = _with_readings(Study.model_json_schema(mode="validation"))
    schema["required"].remove("geometry")
    schema["oneOf"] = [{"required": ["geometry"]}, {"required": ["hosts"]}]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "archode study"}


def _with_readings(node: Any) -> Any:
    """Say in every description how the value is read, which the field's own words would hide."""
    if isinstance(node, list):
        return [_with_readings(part) for part in node]
    if not isinstance(node, dict):
        return node
    node = {key: _with_readings(value) for key, value in node.items()}
    reading = node.get(READING) or next(
        (part[READING] for part in node.get("anyOf", []) if isinstance(part, dict) and READING in part), None
    )
    if reading is not None:
        words = node.get("description", "")
        node["description"] = f"{words}: {reading}" if words else reading
    return node
