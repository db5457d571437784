"""Layered extrusion: a triangulated planform dragged through layers, every prism split into tetrahedra.

A prism over the triangle p, q, r, whose corners follow one another in some order of all points, is cut into
(p0 q0 r0 r1), (p0 q0 q1 r1), (p0 p1 q1 r1), where 0 and 1 are its lower and upper level: every side face is
cut from its earlier corner below to its later corner above, hence neighbours always agree (J. Dompierre et
al., "How to subdivide pyramids, prisms and hexahedra into tetrahedra", 8th International Meshing Roundtable,
1999).  However thin the layers, no dihedral angle comes near 180°.

The order is that of the planform's kinds, then of the points' numbers.  In a twisted extrusion side faces
are parallelograms, of which the shorter diagonal is wanted: there, points of one kind are ordered by
decreasing angle about the axis.  This is an order within every triangle, though not around the whole axis.
"""

import dataclasses
from collections.abc import Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Literal

import numpy as np

from .planform import Planform
from .tags import BOUNDARIES, OMITTED, REGIONS, boundary_between
from .tetrahedra import TetrahedralMesh

_NONE: Mapping[str, str] = MappingProxyType({})


@dataclasses.dataclass(frozen=True)
class Layer:
    """A slab: its cell layers' ends along the axis [µm, absolute] and the region of each planform role.

    A role whose region is ``OMITTED`` has no cells there.
    ``floor`` maps roles to boundary names of the slab's lower face that differ from the names which the two
    regions at it would give; it is of no effect on the first slab.
    """

    ends: np.ndarray
    regions: Mapping[str, str]
    floor: Mapping[str, str] = _NONE


@dataclasses.dataclass(frozen=True)
class Side:
    """Name of a region's outer side faces: those where planform coordinate u, v or the radius = value [µm]."""

    coordinate: Literal["u", "v", "radius"]
    value: float
    region: str
    boundary: str

    def holds(self, points: np.ndarray) -> np.ndarray:
        """Which points of a planform, shape (n, 2), lie there."""
        if self.coordinate == "radius":
            coordinate = np.hypot(*points.T)
        else:
            coordinate = points[:, "uv".index(self.coordinate)]
        return np.abs(coordinate - self.value) <= 1e-9 * np.ptp(points, axis=0).max()


@dataclasses.dataclass(frozen=True)
class Extrusion:
    """A planform, the layers it passes (each starting where the last one ended), names of its outer faces.

    ``bottom`` and ``top`` map planform roles to boundary names; outer faces not named there nor in ``sides``
    are ``outer``.  With axis "z" the planform lies in (x, y), with axis "x" in (y, z).  ``twist`` turns the
    planform about the axis while it moves along it [rad/µm]; each cut across the axis keeps its shape.
    """

    planform: Planform
    layers: tuple[Layer, ...]
    axis: Literal["x", "z"] = "z"
    bottom: Mapping[str, str] = _NONE
    top: Mapping[str, str] = _NONE
    sides: tuple[Side, ...] = ()
    twist: float = 0.0


def extrude(shape: Extrusion) -> TetrahedralMesh:
    """Mesh an extrusion; regions and boundaries follow from roles and layers, never from positions."""
    planform = shape.planform
    levels = np.concatenate([shape.layers[0].ends[:1], *(layer.ends[1:] for layer in shape.layers)])
    table = np.array([[_REGION_TAGS[layer.regions[role]] for role in planform.role_names] for layer in shape.layers])
    region = np.repeat(table, [len(layer.ends) - 1 for layer in shape.layers], axis=0)  # (cell layers, roles)
    points = np.column_stack([_turned(planform.points, shape.twist * levels), np.repeat(levels, len(planform.points))])
    if shape.axis == "x":
        points = points[:, [2, 0, 1]]
    cells = _split_prisms(planform, len(levels), shape.twist)
    cell_tags = np.repeat(region[:, planform.roles].ravel(), 3)
    across, across_tags = _level_facets(shape, region)
    along, along_tags = _side_facets(shape, region)
    facets, facet_tags = np.concatenate([across, along]), np.concatenate([across_tags, along_tags])
    if np.all(cell_tags):
        return TetrahedralMesh(points, cells, cell_tags, facets, facet_tags)
    return _without_omitted(points, cells, cell_tags, facets, facet_tags)


def _without_omitted(points, cells, cell_tags, facets, facet_tags) -> TetrahedralMesh:
    """Drop the cells that belong to no region, and the points that only they have."""
    present = cell_tags > 0
    used, corners = np.unique(cells[present], return_inverse=True)
    number = np.full(len(points), -1)
    number[used] = np.arange(len(used))
    return TetrahedralMesh(points[used], corners.reshape(-1, 4), cell_tags[present], number[facets], facet_tags)


def _turned(points: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """The points turned by each angle about the origin, one set after the other."""
    if not np.any(angles):
        return np.tile(points, (len(angles), 1))
    turned = np.exp(1j * angles)[:, None] * (points[:, 0] + 1j * points[:, 1])
    return np.stack([turned.real.ravel(), turned.imag.ravel()], axis=1)


def _split_prisms(planform: Planform, levels: int, twist: float) -> np.ndarray:
    count = len(planform.points)
    corners = _ordered_corners(planform, twist)
    low = corners[None] + count * np.arange(levels - 1)[:, None, None]
    p0, q0, r0 = np.moveaxis(low, 2, 0)
    p1, q1, r1 = np.moveaxis(low + count, 2, 0)
    cells = np.stack([p0, q0, r0, r1, p0, q0, q1, r1, p0, p1, q1, r1], axis=-1).reshape(*p0.shape, 3, 4)
    u, v = planform.points[corners].transpose(2, 1, 0)
    clockwise = (u[1] - u[0]) * (v[2] - v[0]) - (u[2] - u[0]) * (v[1] - v[0]) < 0
    # The middle and last tetrahedra of the pattern have alternating orientation.
    swapped = clockwise[:, None] ^ np.array([False, True, False])
    cells[:, swapped, :2] = cells[:, swapped, 1::-1]
    return cells.reshape(-1, 4)


def _ordered_corners(planform: Planform, twist: float) -> np.ndarray:
    """Corners of every triangle in the order in which its prisms are split."""
    corners = planform.triangles
    earlier = np.zeros(corners.shape, dtype=int)
    for one, other in ((0, 1), (0, 2), (1, 2)):
        before = precedes(planform, corners[:, one], corners[:, other], twist)
        earlier[:, other] += before
        earlier[:, one] += ~before
    return np.take_along_axis(corners, np.argsort(earlier, axis=1), axis=1)


def precedes(planform: Planform, one: np.ndarray, other: np.ndarray, twist: float = 0.0) -> np.ndarray:
    """Whether a point comes before another one of the same triangle, see the module's text; shape (k,)."""
    before = one < other
    if twist != 0:
        # About a point of the mesh, so that no triangle holds the centre inside; that point comes first.
        centre = np.argmin(np.hypot(*planform.points.T))
        u, v = (planform.points - planform.points[centre]).T
        turn = np.sign(twist) * (u[other] * v[one] - u[one] * v[other])
        decided = np.abs(turn) > 1e-12 * np.ptp(planform.points) ** 2
        before = np.where(decided, turn > 0, before)
        before = (before | (one == centre)) & (other != centre)
    if planform.kinds is not None:
        kind, other_kind = planform.kinds[one], planform.kinds[other]
        before = np.where(kind == other_kind, before, kind < other_kind)
    return before


def _level_facets(shape: Extrusion, region: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Facets across the axis: outer ones at both ends, interfaces between layers."""
    planform, count = shape.planform, len(shape.planform.points)
    names = planform.role_names
    facets, tags = [], []

    def add(level: int, tag_of_role: list[int]) -> None:
        tag = np.array(tag_of_role)[planform.roles]
        facets.append(planform.triangles[tag > 0] + level * count)
        tags.append(tag[tag > 0])

    def outer(layer: Layer, given: Mapping[str, str]) -> list[int]:
        kept = [layer.regions[role] != OMITTED for role in names]
        return [BOUNDARIES[given.get(role, "outer")] if keep else 0 for role, keep in zip(names, kept, strict=True)]

    add(0, outer(shape.layers[0], shape.bottom))
    level = 0
    for below, above in pairwise(shape.layers):
        level += len(below.ends) - 1
        add(level, [_floor_tag(below, above, role) for role in names])
    add(len(region), outer(shape.layers[-1], shape.top))
    return np.concatenate(facets), np.concatenate(tags)


def _side_facets(shape: Extrusion, region: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Facets along the axis: outer sides, and interfaces between roles."""
    planform, count = shape.planform, len(shape.planform.points)
    edges, role, other = planform_edges(planform)
    # Side faces are cut along the same diagonals as the prisms.
    before = precedes(planform, *edges.T, shape.twist)[:, None]
    directed = np.where(before, edges, edges[:, ::-1])
    on_side = [np.all(side.holds(planform.points)[edges], axis=1) for side in shape.sides]
    facets, tags = [], []
    for number, layer_regions in enumerate(region):
        tag = np.zeros(len(edges), dtype=int)
        outside = other < 0
        tag[outside & (layer_regions[role] > 0)] = BOUNDARIES["outer"]
        for side, there in zip(shape.sides, on_side, strict=True):
            tag[outside & there & (layer_regions[role] == REGIONS[side.region])] = BOUNDARIES[side.boundary]
        for a in range(len(layer_regions)):
            for b in range(a):
                between = ~outside & (((role == a) & (other == b)) | ((role == b) & (other == a)))
                tag[between] = _interface_tag(layer_regions[a], layer_regions[b])
        a0, b0 = directed[tag > 0].T + number * count
        facets.append(np.stack([a0, b0, b0 + count, a0, b0 + count, a0 + count], axis=1).reshape(-1, 3))
        tags.append(np.repeat(tag[tag > 0], 2))
    return np.concatenate(facets), np.concatenate(tags)


def planform_edges(planform: Planform) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Edges of a planform with the roles on their two sides.

    Returns
    -------
    edges : (k, 2) int, lower index first
    role, other : (k,) int
        Roles of the adjacent triangles; ``other`` is −1 on the outline.
    """
    pairs = np.sort(planform.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    key = pairs[:, 0] * len(planform.points) + pairs[:, 1]
    order = np.argsort(key, kind="stable")
    _, start, count = np.unique(key[order], return_index=True, return_counts=True)
    roles = np.repeat(planform.roles, 3)[order]
    other = np.where(count > 1, roles[np.minimum(start + 1, len(roles) - 1)], -1)
    return pairs[order[start]], roles[start], other


_REGION_TAGS = {OMITTED: 0} | REGIONS
_REGION_NAMES = {tag: name for name, tag in _REGION_TAGS.items()}


def _floor_tag(below: Layer, above: Layer, role: str) -> int:
    """Tag of a role's face between two slabs; 0 where it has no name."""
    if role in above.floor:
        return BOUNDARIES[above.floor[role]]
    return _interface_tag(_REGION_TAGS[below.regions[role]], _REGION_TAGS[above.regions[role]])


def _interface_tag(region: int, other: int) -> int:
    name = boundary_between(_REGION_NAMES[int(region)], _REGION_NAMES[int(other)])
    return BOUNDARIES[name] if name else 0
