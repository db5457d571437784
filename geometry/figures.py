"""Plane figures that a planform is drawn from: a role each, lengths in micrometres."""

import dataclasses
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol


class Figure(Protocol):
    """A figure of a role that can draw itself into the current Gmsh model."""

    role: str

    def draw(self) -> int:
        """Add the figure to the OpenCASCADE model; returns the tag of its surface."""


@dataclasses.dataclass(frozen=True)
class Rectangle:
    """An axis-parallel rectangle of a role, corners in micrometres."""

    role: str
    u0: float
    v0: float
    u1: float
    v1: float

    def draw(self) -> int:
        """Add the figure to the OpenCASCADE model; returns the tag of its surface."""
        import gmsh

        return gmsh.model.occ.addRectangle(self.u0, self.v0, 0.0, self.u1 - self.u0, self.v1 - self.v0)


@dataclasses.dataclass(frozen=True)
class Disk:
    """A disk of a role, centre and radius in micrometres."""

    role: str
    u: float
    v: float
    radius: float

    def draw(self) -> int:
        """Add the figure to the OpenCASCADE model; returns the tag of its surface."""
        import gmsh

        return gmsh.model.occ.addDisk(self.u, self.v, 0.0, self.radius, self.radius)


@dataclasses.dataclass(frozen=True)
class Outline:
    """A figure bounded by straight lines and by arcs about one centre.

    Parameters
    ----------
    role
        Role of the figure.
    corners
        (u, v) of the corners in order [µm].
    arcs
        Indices of the corners from which an arc, shorter than half a turn, leads to the next corner.
    centre
        Common centre of the arcs [µm].
    divisions
        None, or the even number of equal parts of every arc.  The figure, which must then be a piece of an
        annulus that starts with the radius at its least angle, is cut into one row of cells.
    row
        Number of that row: neighbouring rows have their diagonals the other way round.
    """

    role: str
    corners: tuple[tuple[float, float], ...]
    arcs: tuple[int, ...] = ()
    centre: tuple[float, float] = (0.0, 0.0)
    divisions: int | None = None
    row: int = 0

    def draw(self) -> int:
        """Add the figure to the OpenCASCADE model; returns the tag of its surface."""
        import gmsh

        occ = gmsh.model.occ
        points = [occ.addPoint(u, v, 0.0) for u, v in self.corners]
        centre = occ.addPoint(*self.centre, 0.0) if self.arcs else 0
        curves = []
        for number, (start, end) in enumerate(zip(points, points[1:] + points[:1], strict=True)):
            if number in self.arcs:
                curves.append(occ.addCircleArc(start, centre, end))
            else:
                curves.append(occ.addLine(start, end))
        if centre:
            occ.remove([(0, centre)])
        return occ.addPlaneSurface([occ.addCurveLoop(curves)])


def sector(
    role: str,
    centre: tuple[float, float],
    inner: float,
    outer: float,
    start: float,
    stop: float,
    divisions: int | None = None,
    row: int = 0,
) -> list[Outline]:
    """Outlines that make up a sector of an annulus (or of a disk, ``inner`` = 0).

    Parameters
    ----------
    inner, outer
        Radii [µm].
    start, stop
        Angles of its straight sides [rad]; a full turn apart for a whole annulus.
    divisions, row
        As of ``Outline``, for every piece.  A piece spans at most a quarter of a turn.
    """
    pieces = max(1, math.ceil((stop - start) / (math.pi / 2) - 1e-9))
    angles = [start + (stop - start) * k / pieces for k in range(pieces + 1)]

    def at(radius: float, angle: float) -> tuple[float, float]:
        return centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)

    outlines = []
    for low, high in pairwise(angles):
        if inner > 0:
            corners = (at(inner, low), at(outer, low), at(outer, high), at(inner, high))
            outlines.append(Outline(role, corners, (1, 3), centre, divisions, row))
        else:
            outlines.append(Outline(role, (centre, at(outer, low), at(outer, high)), (1,), centre))
    return outlines


def rings(
    role: str,
    centre: tuple[float, float],
    radii: Sequence[float],
    start: float,
    stop: float,
    divisions: int,
    first_row: int = 0,
) -> list[Outline]:
    """A sector of an annulus as thin regular rings, so that its cells may be much thinner than long.

    ``radii`` are the ends of the rings [µm]; ``divisions`` count per piece of ``sector`` and are even;
    ``first_row`` is the number of the innermost ring, where others lie within.
    """
    return [
        piece
        for row, (inner, outer) in enumerate(pairwise(radii), first_row)
        for piece in sector(role, centre, inner, outer, start, stop, divisions, row)
    ]
