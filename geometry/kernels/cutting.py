"""The part of tetrahedra on one side of a surface."""

import numpy as np

from .cells import EDGES
from .compiling import compiled


@compiled
def _negative_part(a, b, c, d):
    """Part of a tetrahedron where the linear interpolant of its corner values is negative."""
    if a > b:
        a, b = b, a
    if c > d:
        c, d = d, c
    if a > c:
        a, c = c, a
    if b > d:
        b, d = d, b
    if b > c:
        b, c = c, b
    if d < 0:
        return 1.0
    if a >= 0:
        return 0.0
    if b >= 0:
        return a / (a - b) * (a / (a - c)) * (a / (a - d))
    if c >= 0:
        ac, ad, bc, bd = a / (a - c), a / (a - d), b / (b - c), b / (b - d)
        return ac * ad + bc * bd * (1 - ac) + bd * ac * (1 - ad)
    return 1 - d / (d - a) * (d / (d - b)) * (d / (d - c))


@compiled
def negative_parts(corners):
    """The same of many, by their corner values (m, 4)."""
    part = np.empty(len(corners))
    for cell in range(len(corners)):
        part[cell] = _negative_part(corners[cell, 0], corners[cell, 1], corners[cell, 2], corners[cell, 3])
    return part


@compiled
def negative_volume(values, cells, volumes):
    """Volume where the linear interpolant of values at the vertices is negative."""
    total = 0.0
    for cell in range(len(cells)):
        a, b, c, d = cells[cell]
        total += volumes[cell] * _negative_part(values[a], values[b], values[c], values[d])
    return total


@compiled
def crossed_edges(points, cells, values):
    """Edges of cells whose ends lie on different sides (k, 2), each cell's anew, and its longest edge (k,)."""
    pairs, longest = np.empty((6 * len(cells), 2), np.int64), np.empty(6 * len(cells))
    found = 0
    for cell in range(len(cells)):
        first, most = found, 0.0
        for i in range(3):
            for j in range(i + 1, 4):
                a, b = cells[cell, i], cells[cell, j]
                square = 0.0
                for axis in range(3):
                    square += (points[b, axis] - points[a, axis]) ** 2
                most = max(most, square)
                if values[a] * values[b] < 0:
                    pairs[found, 0], pairs[found, 1] = a, b
                    found += 1
        longest[first:found] = np.sqrt(most)
    return pairs[:found].copy(), longest[:found].copy()


@compiled
def largest_of(values, number, count):
    """Largest value of every number below count."""
    found = np.zeros(count)
    for i in range(len(values)):
        found[number[i]] = max(found[number[i]], values[i])
    return found


@compiled
def bisected(cells, edges, rank, count):
    """Cells bisected at sorted edges (k, 2), of lowest rank first, and the given cell of which each is a part.

    Edge k has the new vertex count + k; parts of a cell follow one another.
    """
    start = np.zeros(count + 1, np.int64)
    for edge in range(len(edges)):
        start[edges[edge, 0] + 1] += 1
    for vertex in range(count):
        start[vertex + 1] += start[vertex]
    parts, parents = np.empty((2 * len(cells) + 64, 4), np.int64), np.empty(2 * len(cells) + 64, np.int64)
    waiting = np.empty((64, 4), np.int64)
    found = 0
    for cell in range(len(cells)):
        waiting[0], left = cells[cell], 1
        while left:
            left -= 1
            first, at, to = -1, 0, 0
            for side in range(6):
                i, j = EDGES[side, 0], EDGES[side, 1]
                low, high = min(waiting[left, i], waiting[left, j]), max(waiting[left, i], waiting[left, j])
                if high >= count:
                    continue
                for edge in range(start[low], start[low + 1]):
                    if edges[edge, 1] == high and (first < 0 or rank[edge] < rank[first]):
                        first, at, to = edge, i, j
            if first >= 0:
                waiting[left + 1] = waiting[left]
                # The part at the lower corner comes off the stack first.
                waiting[left, at], waiting[left + 1, to] = count + first, count + first
                left += 2
                continue
            if found == len(parts):
                more, owners = np.empty((2 * found, 4), np.int64), np.empty(2 * found, np.int64)
                more[:found], owners[:found] = parts, parents
                parts, parents = more, owners
            parts[found], parents[found] = waiting[left], cell
            found += 1
    return parts[:found].copy(), parents[:found].copy()
