"""A comparison of hosts as ordinary studies: one for each host, which shares everything but its shape."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import shown, suggestion
from .schema_hosts import Host
from .section import Problem

Location = tuple[str | int, ...]

KEY = "hosts"

PARAMETER = "host"
"""Name under which the parameters of a case say its host."""

OWN = ("geometry", "mesh")
"""Sections that every host has for itself; `interfaces` only differ where a host says so."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,39}")


@dataclass(frozen=True)
class Variant:
    """The data of one study of a file.

    Attributes
    ----------
    name : of the host; empty where a study compares none
    data : sections of an ordinary study
    given : what the file says of this host
    """

    name: str
    data: dict[str, Any]
    given: Mapping[str, Any]

    def place(self, loc: Location) -> Location:
        """Where the file says what the ordinary study has at a location."""
        if not self.name or not loc or loc[0] not in Host.model_fields:
            return loc
        said = loc[0] in OWN or _reaches(self.given, loc)
        return (KEY, self.name, *loc) if said else loc

    def case_name(self, name: str | None) -> str:
        """Name of a case: its host's, and that of the sweep's case."""
        return "__".join(part for part in (self.name, name) if part)

    @property
    def parameters(self) -> dict[str, Any]:
        """What tells the cases of this host from those of the others."""
        return {PARAMETER: self.name} if self.name else {}


def variants(data: Mapping[str, Any]) -> tuple[list[Variant], list[Problem]]:
    """The studies that a file holds, and what is wrong with its hosts.

    A host that is left empty is left out, so that ``--set hosts.foil=`` drops one.
    """
    if KEY not in data:
        return [Variant("", dict(data), {})], []
    problems = list(_problems(data))
    if problems:
        return [], problems
    shared = {key: value for key, value in data.items() if key != KEY}
    hosts = {name: host for name, host in data[KEY].items() if host is not None}
    return [Variant(name, _merged(shared, host), host) for name, host in hosts.items()], []


def _problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    hosts = data[KEY]
    for section in OWN:
        if section in data:
            yield (section,), f"every host has its own: move it below {KEY}, as in {KEY}.foil.{section}"
    if not isinstance(hosts, Mapping):
        yield (KEY,), f"must map names of hosts to their geometry and mesh, got {shown(hosts)}"
        return
    if all(host is None for host in hosts.values()):
        yield (KEY,), "must hold at least one host, such as 'foil: {geometry: {…}}'"
    taken: dict[str, str] = {}
    for name, host in hosts.items():
        if not _NAME.fullmatch(name) or name.endswith("."):
            yield (KEY, name), f"{shown(name)} is no safe name; use up to 40 of A-Z, a-z, 0-9, '_', '-', '.', '+'"
        if taken.setdefault(name.casefold(), name) != name:
            yield (KEY, name), f"differs from '{taken[name.casefold()]}' in nothing but capitals; rename one of the two"
        if host is None:
            continue
        if not isinstance(host, Mapping):
            yield (KEY, name), f"must be a mapping with a geometry, got {shown(host)}"
            continue
        for key in host:
            if key not in Host.model_fields:
                yield (KEY, name, key), f"unknown key; {suggestion(key, Host.model_fields)}"
        if host.get("geometry") is None:
            yield (KEY, name, "geometry"), "required key is missing: architecture and its sizes"


def _merged(shared: Mapping[str, Any], host: Mapping[str, Any]) -> dict[str, Any]:
    """The shared data with what a host says for itself; mappings are merged key by key."""
    merged = dict(shared)
    for key, value in host.items():
        if value is None:
            continue
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def _reaches(data: Any, loc: Location) -> bool:
    """Whether nested mappings hold a location."""
    for part in loc:
        if not isinstance(data, Mapping) or part not in data:
            return False
        data = data[part]
    return True
