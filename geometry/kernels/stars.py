"""Moves of single vertices that widen the smallest dihedral angle of the cells around them."""

import math

import numpy as np

from .cells import six_volumes, smallest_angle
from .compiling import compiled


@compiled
def stars(cells, number, count):
    """Cells around the vertices that have a number: where those of each begin in a list, and the list."""
    start = np.zeros(count + 1, np.int64)
    for cell in range(len(cells)):
        for corner in range(4):
            if number[cells[cell, corner]] >= 0:
                start[number[cells[cell, corner]] + 1] += 1
    for vertex in range(count):
        start[vertex + 1] += start[vertex]
    place, around = start[:-1].copy(), np.empty(start[-1], np.int64)
    for cell in range(len(cells)):
        for corner in range(4):
            vertex = number[cells[cell, corner]]
            if vertex >= 0:
                around[place[vertex]] = cell
                place[vertex] += 1
    return start, around


@compiled
def worst_angles(cells, smallest, sufficient, count):
    """Smallest angle of the cells around each vertex that are not sufficient; infinite where all are."""
    worst = np.full(count, np.inf)
    for cell in range(len(cells)):
        if smallest[cell] < sufficient:
            for corner in range(4):
                vertex = cells[cell, corner]
                worst[vertex] = min(worst[vertex], smallest[cell])
    return worst


@compiled
def beaten(cells, rank):
    """Vertices that share a cell with one of a lower rank."""
    found = np.zeros(len(rank), np.bool_)
    for cell in range(len(cells)):
        a, b, c, d = cells[cell]
        first = min(min(rank[a], rank[b]), min(rank[c], rank[d]))
        for corner in range(4):
            if rank[cells[cell, corner]] > first:
                found[cells[cell, corner]] = True
    return found


@compiled
def move_to_best(points, cells, smallest, moving, start, around, trials, gain):
    """Move each vertex to the trial that widens the smallest angle around it most; returns how many moved.

    No two of the vertices may share a cell.  Points and smallest angles are changed in place.
    """
    corners, normals = np.empty((4, 3)), np.empty((4, 3))
    moved = 0
    for number in range(len(moving)):
        vertex = moving[number]
        star = around[start[number] : start[number + 1]]
        # The worst cell first: most trials fail there.
        for i in range(1, len(star)):
            if smallest[star[i]] < smallest[star[0]]:
                star[0], star[i] = star[i], star[0]
        best, widest = 0, smallest[star[0]] + gain
        for trial in range(1, trials.shape[1]):
            reached = np.inf
            for cell in star:
                a, b, c, d = cells[cell]
                before = six_volumes(points[a], points[b], points[c], points[d])
                for corner in range(4):
                    other = cells[cell, corner]
                    for axis in range(3):
                        corners[corner, axis] = trials[number, trial, axis] if other == vertex else points[other, axis]
                # Dihedral angles do not tell an inverted cell from its mirror image.
                if before * six_volumes(corners[0], corners[1], corners[2], corners[3]) <= 0:
                    reached = 0.0
                else:
                    reached = min(reached, smallest_angle(corners, normals))
                if reached <= widest:
                    break
            if reached > widest:
                best, widest = trial, reached
        if best == 0:
            continue
        moved += 1
        points[vertex] = trials[number, best]
        for cell in star:
            for corner in range(4):
                corners[corner] = points[cells[cell, corner]]
            smallest[cell] = smallest_angle(corners, normals)
    return moved


@compiled
def _fairness(a, b, c):
    """4√3 times the area of a triangle over the sum of its squared sides: 1 for an equilateral one."""
    ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
    vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
    area = math.sqrt((uy * vz - uz * vy) ** 2 + (uz * vx - ux * vz) ** 2 + (ux * vy - uy * vx) ** 2) / 2
    third = (ux - vx) ** 2 + (uy - vy) ** 2 + (uz - vz) ** 2
    sides = ux * ux + uy * uy + uz * uz + vx * vx + vy * vy + vz * vz + third
    return 4 * math.sqrt(3.0) * area / sides if sides > 0 else 0.0


@compiled
def fairnesses(a, b, c):
    """The same of many triangles, by their corners (k, 3) each."""
    found = np.empty(len(a))
    for k in range(len(a)):
        found[k] = _fairness(a[k], b[k], c[k])
    return found


@compiled
def _may_move(points, cells, smallest, on_surface, vertex, star, trial, least, fair):
    """Whether angles and facets around a vertex stay as large and fair as asked, or as they were, at another place."""
    corners, normals = np.empty((4, 3)), np.empty((4, 3))
    for cell in star:
        a, b, c, d = cells[cell]
        before = six_volumes(points[a], points[b], points[c], points[d])
        for corner in range(4):
            other = cells[cell, corner]
            for axis in range(3):
                corners[corner, axis] = trial[axis] if other == vertex else points[other, axis]
        if before * six_volumes(corners[0], corners[1], corners[2], corners[3]) <= 0:
            return False
        if smallest_angle(corners, normals) < min(least, smallest[cell]):
            return False
        for i in range(3):
            for j in range(i + 1, 4):
                one, other = cells[cell, i], cells[cell, j]
                if vertex in (one, other) or not (on_surface[one] and on_surface[other]):
                    continue
                fairness = _fairness(trial, points[one], points[other])
                if fairness < fair and fairness < _fairness(points[vertex], points[one], points[other]):
                    return False
    return True


@compiled
def move_towards(points, cells, smallest, on_surface, moving, start, around, targets, parts, least, fair):
    """Move vertices of a surface, one after another, as far to their targets (k, 3) as their cells allow.

    Of the given parts of the way, in falling order, the first is taken at which no angle around the vertex lies below
    the least, and no facet's fairness below what is asked, or below what it was.  Points and smallest angles are
    changed in place; returns the parts (k,).
    """
    corners, normals, trial = np.empty((4, 3)), np.empty((4, 3)), np.empty(3)
    moved = np.zeros(len(moving))
    for number in range(len(moving)):
        vertex = moving[number]
        star = around[start[number] : start[number + 1]]
        for part in parts:
            trial[:] = points[vertex] + part * (targets[number] - points[vertex])
            if not _may_move(points, cells, smallest, on_surface, vertex, star, trial, least, fair):
                continue
            moved[number] = part
            points[vertex] = trial
            for cell in star:
                for corner in range(4):
                    corners[corner] = points[cells[cell, corner]]
                smallest[cell] = smallest_angle(corners, normals)
            break
    return moved
