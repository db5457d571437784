"""Faces and edges of tetrahedra, brought together by their corners in time proportional to their number.

Faces and edges are dealt out to their lowest corner, and the few at every corner are sorted.
"""

import numpy as np

from .compiling import compiled


@compiled
def _sort(key, carried, start, end):
    """Sort a short stretch of keys in place, stably, and what they carry along with them."""
    for i in range(start + 1, end):
        k, c = key[i], carried[i]
        j = i - 1
        while j >= start and key[j] > k:
            key[j + 1], carried[j + 1] = key[j], carried[j]
            j -= 1
        key[j + 1], carried[j + 1] = k, c


@compiled
def _ascending(a, b, c):
    if a > b:
        a, b = b, a
    if b > c:
        b, c = c, b
    if a > b:
        a, b = b, a
    return a, b, c


@compiled
def _opposite(cells, cell, corner):
    """Corners of the face opposite a corner, ascending."""
    return _ascending(cells[cell, (corner + 1) % 4], cells[cell, (corner + 2) % 4], cells[cell, (corner + 3) % 4])


@compiled
def sorted_faces(cells, count):
    """Faces (4 · cell + opposite corner) sorted by their corners, and where a face has those of the next one."""
    faces = 4 * len(cells)
    start = np.zeros(count + 1, np.int64)
    for cell in range(len(cells)):
        for corner in range(4):
            low, _, _ = _opposite(cells, cell, corner)
            start[low + 1] += 1
    for vertex in range(count):
        start[vertex + 1] += start[vertex]
    order, key = np.empty(faces, np.int64), np.empty(faces, np.int64)
    place = start[:-1].copy()
    for cell in range(len(cells)):
        for corner in range(4):
            low, middle, high = _opposite(cells, cell, corner)
            order[place[low]], key[place[low]] = 4 * cell + corner, middle << 32 | high
            place[low] += 1
    same = np.zeros(faces, np.bool_)
    for vertex in range(count):
        _sort(key, order, start[vertex], start[vertex + 1])
        for i in range(start[vertex], start[vertex + 1] - 1):
            same[i] = key[i] == key[i + 1]
    return order, same


@compiled
def matched_faces(cells, count):
    """Pairs of equal faces, faces without partner, and whether any three are equal."""
    order, same = sorted_faces(cells, count)
    pairs = np.count_nonzero(same)
    inner, outer = np.empty((pairs, 2), np.int64), np.empty(max(len(order) - 2 * pairs, 0), np.int64)
    i = one = two = 0
    while i < len(order):
        if not same[i]:
            if one == len(outer):
                return inner, outer, True
            outer[one] = order[i]
            one, i = one + 1, i + 1
            continue
        if same[i + 1]:
            return inner, outer, True
        inner[two, 0], inner[two, 1] = order[i], order[i + 1]
        two, i = two + 1, i + 2
    return inner, outer, False


@compiled
def neighbour_table(inner, count):
    """Cell beyond each of the four faces of every cell; -1 outside."""
    table = np.full((count, 4), -1, np.int64)
    for pair in range(len(inner)):
        one, other = inner[pair, 0], inner[pair, 1]
        table[one // 4, one % 4] = other // 4
        table[other // 4, other % 4] = one // 4
    return table


@compiled
def unique_pairs(pairs, count):
    """Distinct unordered pairs of numbers below count, sorted, lower one first, and which of them each given one is."""
    start = np.zeros(count + 1, np.int64)
    for pair in range(len(pairs)):
        start[min(pairs[pair, 0], pairs[pair, 1]) + 1] += 1
    for vertex in range(count):
        start[vertex + 1] += start[vertex]
    key, given = np.empty(len(pairs), np.int64), np.empty(len(pairs), np.int64)
    place = start[:-1].copy()
    for pair in range(len(pairs)):
        low = min(pairs[pair, 0], pairs[pair, 1])
        key[place[low]], given[place[low]] = max(pairs[pair, 0], pairs[pair, 1]), pair
        place[low] += 1
    unique, number = np.empty((len(pairs), 2), np.int64), np.empty(len(pairs), np.int64)
    found = 0
    for vertex in range(count):
        _sort(key, given, start[vertex], start[vertex + 1])
        for i in range(start[vertex], start[vertex + 1]):
            if i == start[vertex] or key[i] != key[i - 1]:
                unique[found, 0], unique[found, 1] = vertex, key[i]
                found += 1
            number[given[i]] = found - 1
    return unique[:found].copy(), number


@compiled
def edges_of(cells, count):
    """Distinct edges of tetrahedra, sorted, lower vertex first."""
    start = np.zeros(count + 1, np.int64)
    for cell in range(len(cells)):
        for i in range(3):
            for j in range(i + 1, 4):
                start[min(cells[cell, i], cells[cell, j]) + 1] += 1
    for vertex in range(count):
        start[vertex + 1] += start[vertex]
    high, place = np.empty(6 * len(cells), np.int64), start[:-1].copy()
    found = 0
    for cell in range(len(cells)):
        for i in range(3):
            for j in range(i + 1, 4):
                low, up = min(cells[cell, i], cells[cell, j]), max(cells[cell, i], cells[cell, j])
                # Insertion into the sorted list of this vertex, which holds no number twice.
                k = place[low]
                while k > start[low] and high[k - 1] > up:
                    k -= 1
                if k > start[low] and high[k - 1] == up:
                    continue
                for m in range(place[low], k, -1):
                    high[m] = high[m - 1]
                high[k] = up
                place[low] += 1
                found += 1
    edges = np.empty((found, 2), np.int64)
    found = 0
    for vertex in range(count):
        for k in range(start[vertex], place[vertex]):
            edges[found, 0], edges[found, 1] = vertex, high[k]
            found += 1
    return edges


@compiled
def faces_and_cells(cells, count):
    """Distinct faces of tetrahedra (f, 3), ascending, the cells on both sides (f, 2), and how many have three or more.

    The second cell is -1 on the outer surface.
    """
    order, same = sorted_faces(cells, count)
    distinct = len(order) - np.count_nonzero(same)
    corners, sides = np.empty((distinct, 3), np.int64), np.full((distinct, 2), -1, np.int64)
    face = crowded = i = 0
    while i < len(order):
        cell = order[i] // 4
        corners[face, 0], corners[face, 1], corners[face, 2] = _opposite(cells, cell, order[i] % 4)
        sides[face, 0] = cell
        multiplicity = 1
        while same[i]:
            i += 1
            multiplicity += 1
            sides[face, 1] = order[i] // 4
        crowded += multiplicity > 2
        face, i = face + 1, i + 1
    return corners, sides, crowded


@compiled
def places_of(wanted, corners):
    """Row of each wanted triangle among sorted ones, all with ascending corners; -1 where it is none of them."""
    found = np.empty(len(wanted), np.int64)
    for row in range(len(wanted)):
        a, b, c = wanted[row]
        low, high = 0, len(corners)
        while low < high:
            middle = (low + high) // 2
            x, y, z = corners[middle]
            if x < a or (x == a and (y < b or (y == b and z < c))):
                low = middle + 1
            else:
                high = middle
        here = low < len(corners) and corners[low, 0] == a and corners[low, 1] == b and corners[low, 2] == c
        found[row] = low if here else -1
    return found
