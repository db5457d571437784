"""Cells around a vertex that hang together through faces at it."""

import numpy as np

from .compiling import compiled
from .stars import stars


@compiled
def split_vertices(cells, neighbours, inside, wanted):
    """Wanted vertices around which the cells of one side do not all hang together through faces at that vertex.

    `neighbours` (m, 4) are the cells beyond each face, `inside` the side of every cell.
    """
    number = np.full(len(wanted), -1, np.int64)
    vertices = np.flatnonzero(wanted)
    number[vertices] = np.arange(len(vertices))
    start, around = stars(cells, number, len(vertices))
    split = np.zeros(len(vertices), np.bool_)
    seen = np.full(len(cells), -1, np.int64)
    waiting = np.empty(len(cells), np.int64)
    for index in range(len(vertices)):
        vertex = vertices[index]
        fans_in = fans_out = 0
        for first in around[start[index] : start[index + 1]]:
            if seen[first] == index:
                continue
            if inside[first]:
                fans_in += 1
            else:
                fans_out += 1
            seen[first], waiting[0], left = index, first, 1
            while left:
                left -= 1
                cell = waiting[left]
                for face in range(4):
                    beyond = neighbours[cell, face]
                    if cells[cell, face] == vertex or beyond < 0:
                        continue
                    if seen[beyond] != index and inside[beyond] == inside[first]:
                        seen[beyond], waiting[left] = index, beyond
                        left += 1
        split[index] = fans_in > 1 or fans_out > 1
    return vertices[split]
