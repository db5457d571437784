"""From the tags of a file to named regions and boundaries: of its mesh, or of what its surface encloses."""

import dataclasses
from typing import Literal, get_args

import numpy as np

from .errors import GeometryError
from .filling import Enclosure
from .filling.fill import described
from .formats import ReadMesh
from .tags import BOUNDARIES, interface
from .tetrahedra import TetrahedralMesh

Tags = int | str | list[int | str]
Plane = Literal["x-", "x+", "y-", "y+", "z-", "z+"]

Map = tuple[tuple[str, tuple[int | str, ...]], ...]
"""Names, each with the tags that it stands for."""


def as_map(tags: dict[str, Tags]) -> Map:
    """A mapping from names to tags that can be hashed."""
    return tuple((name, tuple(t) if isinstance(t, list | tuple) else (t,)) for name, t in tags.items())


def parts_of(read: ReadMesh, tags: Map) -> tuple[np.ndarray, tuple[str, ...]]:
    """The part of every cell, an index into the names that come with it; the last one, "", is no region.

    Raises
    ------
    GeometryError
        No cell has a tag, or a cell has those of two regions.
    """
    parts = np.full(len(read.cells), len(tags))
    for number, (name, wanted) in enumerate(tags):
        for tag in wanted:
            cells = read.cells_of(tag)
            if np.any((parts[cells] != len(tags)) & (parts[cells] != number)):
                other = tags[int(parts[cells][parts[cells] != number].min())][0]
                raise GeometryError(f"file: tags gives cells of tag {tag!r} to two regions, {other} and {name}")
            parts[cells] = number
    return parts, (*(name for name, _ in tags), "")


def tagged(read: ReadMesh, tags: Map, boundaries: Map, unit: float, details: dict | None = None) -> TetrahedralMesh:
    """The mesh of a file with regions and boundaries named.

    Parameters
    ----------
    unit
        Micrometres per coordinate unit of what was read.
    """
    from .boundaries import tagged_mesh

    parts, names = parts_of(read, tags)
    details = (details or {}) | ({"warnings": list(read.warnings)} if read.warnings else {})
    mesh = tagged_mesh(read.points * unit, read.cells, parts, names, interface, _outside(boundaries), details)
    return _with_facets(mesh, read, boundaries, parts < len(tags))


def declared(path, enclosure: Enclosure, tags: Map, boundaries: Map) -> tuple[dict, dict, np.ndarray, np.ndarray]:
    """What a file's surface says of the mesh that will fill it.

    Returns
    -------
    volumes, areas
        By region and by boundary, in the enclosure's unit.
    bodies : (b,) int
        Those that belong to a region.
    box : (2, 3) float
        Their lower and upper corner.
    """
    from .boundaries import boundary_tags, outer_planes

    read = described(path, enclosure)
    parts, names = parts_of(read, tags)
    bodies = np.flatnonzero(parts < len(tags))
    left, right = (np.where(side >= 0, parts[side], -1) for side in (enclosure.left, enclosure.right))
    bounds = ((left >= 0) & (left < len(tags))) | ((right >= 0) & (right < len(tags)))
    bounds &= left != right
    corners = np.unique(enclosure.facets[bounds])
    planes = outer_planes(enclosure.points, enclosure.facets, corners)
    facet_tags = np.where(bounds, boundary_tags(left, right, planes, names, interface, _outside(boundaries)), 0)
    for name, tag in _of_facets(boundaries):
        found = read.facets_of(tag)
        found = found[facet_tags[found] > 0]
        if not len(found):
            raise _not_on_surface(name, tag)
        facet_tags[found] = BOUNDARIES[name]
    volumes = {name: float(enclosure.volumes[parts == n].sum()) for n, name in enumerate(names[:-1])}
    areas = {name: float(enclosure.areas[facet_tags == tag].sum()) for name, tag in BOUNDARIES.items()}
    points = enclosure.points[corners]
    return (
        volumes,
        {name: area for name, area in areas.items() if area > 0},
        bodies,
        np.stack([points.min(axis=0), points.max(axis=0)]),
    )


def _outside(boundaries: Map):
    on_plane = {plane: name for name, wanted in boundaries for plane in wanted if plane in get_args(Plane)}
    return lambda region, plane: on_plane.get(plane, "outer")


def _of_facets(boundaries: Map) -> list[tuple[str, int | str]]:
    """Boundary names, each with a tag of facets."""
    return [(name, tag) for name, wanted in boundaries for tag in wanted if tag not in get_args(Plane)]


def _not_on_surface(name: str, tag: int | str) -> GeometryError:
    return GeometryError(f"file: boundaries.{name}: no facet of tag {tag!r} lies on the surface of a region")


def _with_facets(mesh: TetrahedralMesh, read: ReadMesh, boundaries: Map, kept: np.ndarray) -> TetrahedralMesh:
    """Facets that the file itself tags get the boundary its tag stands for."""
    number = np.full(len(read.points), -1)
    used = np.unique(read.cells[kept])
    number[used] = np.arange(len(used))
    tags = mesh.facet_tags.copy()
    place = {tuple(corners): index for index, corners in enumerate(np.sort(mesh.facets, axis=1).tolist())}
    for name, tag in _of_facets(boundaries):
        named = np.sort(number[read.facets[read.facets_of(tag)]], axis=1)
        found = [place[key] for corners in named.tolist() if (key := tuple(corners)) in place]
        if not found:
            raise _not_on_surface(name, tag)
        tags[found] = BOUNDARIES[name]
    return dataclasses.replace(mesh, facet_tags=tags)
