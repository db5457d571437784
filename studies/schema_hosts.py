"""Hosts section: what differs between the hosts that a study compares."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .schema_geometry import GeometryField, MeshField, MeshSizes
from .schema_interfaces import Interfaces
from .section import Section


class Host(Section):
    """One host: everything else it shares with the others."""

    geometry: GeometryField = Field(description="architecture and its sizes")
    mesh: MeshField = Field(MeshSizes(), description="mesh sizes; defaults fit the architecture")
    interfaces: Interfaces | None = Field(None, description="keys that differ from the study's interfaces")


Hosts = Annotated[dict[str, Host | None], Field(min_length=1)]
"""Hosts by name, which begins the names of their cases; one without content is left out."""
