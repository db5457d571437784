"""Loops of multigrid over the nodes of a network, in machine code.

Row i of a network holds the nodes ``others[starts[i]:starts[i + 1]]`` that node i is linked to and the conductances of
these links; ``inverse`` is 1 over the sum of all conductances at a node, that to the ground included.
"""

from __future__ import annotations

import numpy as np

from ..geometry.kernels.compiling import compiled


@compiled
def inverse_diagonal(starts, conductance, ground):
    """1 over the sum of the conductances at every node, in single precision; 0 for a node without any."""
    inverse = np.empty(len(ground), np.float32)
    for i in range(len(ground)):
        total = ground[i]
        for k in range(starts[i], starts[i + 1]):
            total += conductance[k]
        inverse[i] = 1 / total if total > 0 else 0.0
    return inverse


@compiled
def smooth_down(starts, others, conductance, inverse, right, parent, values, coarse):
    """One Gauss–Seidel pass in ascending order from zero, and what it leaves, summed over every coarse node."""
    coarse[:] = 0
    for i in range(len(inverse)):
        total = right[i]
        for k in range(starts[i], starts[i + 1]):
            if others[k] < i:
                total += conductance[k] * values[others[k]]
        values[i] = total * inverse[i]
    for i in range(len(inverse)):
        left = np.float32(0)
        for k in range(starts[i], starts[i + 1]):
            if others[k] > i:
                left += conductance[k] * values[others[k]]
        coarse[parent[i]] += left


@compiled
def smooth_up(starts, others, conductance, inverse, right, parent, scale, coarse, values):
    """The coarse correction times ``scale``, and a pass in descending order."""
    for i in range(len(inverse)):
        values[i] += scale * coarse[parent[i]]
    for i in range(len(inverse) - 1, -1, -1):
        total = right[i]
        for k in range(starts[i], starts[i + 1]):
            total += conductance[k] * values[others[k]]
        values[i] = total * inverse[i]


@compiled
def applied(starts, others, conductance, ground, values, found):
    """Currents out of every node at some potentials; returns their product with the potentials, the power."""
    power = 0.0
    for i in range(len(values)):
        own = values[i]
        total = ground[i] * own
        for k in range(starts[i], starts[i + 1]):
            total += conductance[k] * (own - values[others[k]])
        found[i] = total
        power += total * own
    return power


@compiled
def step(size, along, change, values, left):
    """Values and what is left of the right side after a step along a direction."""
    for i in range(len(values)):
        values[i] += size * along[i]
        left[i] -= size * change[i]


@compiled
def product(left, values):
    """Scalar product."""
    total = 0.0
    for i in range(len(left)):
        total += left[i] * values[i]
    return total


@compiled
def turn(size, values, along):
    """The next direction."""
    for i in range(len(along)):
        along[i] = values[i] + size * along[i]


@compiled
def pieces(starts, others, block):
    """Which connected piece of its block every node belongs to, numbered by their first nodes."""
    count = len(block)
    first = np.arange(count).astype(np.int32)
    for i in range(count):
        for k in range(starts[i], starts[i + 1]):
            j = others[k]
            if j < i and block[j] == block[i]:
                a, b = i, j
                while first[a] != a:
                    first[a] = first[first[a]]
                    a = first[a]
                while first[b] != b:
                    first[b] = first[first[b]]
                    b = first[b]
                first[max(a, b)] = min(a, b)
    piece = np.empty(count, np.int32)
    total = 0
    for i in range(count):
        root = first[i]
        while first[root] != root:
            root = first[root]
        if root == i:
            piece[i] = total
            total += 1
        else:
            piece[i] = piece[root]
    return piece, total


@compiled
def coarsened(starts, others, conductance, ground, block, parent, count):
    """The network of the pieces: conductances among them and to the ground add up.

    Returns
    -------
    starts, others, conductance, ground, block
    """
    ends = np.zeros(count + 1, np.int32)
    cross = 0
    for i in range(len(parent)):
        ends[parent[i] + 1] += 1
        for k in range(starts[i], starts[i + 1]):
            cross += parent[others[k]] != parent[i]
    for piece in range(count):
        ends[piece + 1] += ends[piece]
    members = np.empty(len(parent), np.int32)
    filled = ends[:-1].copy()
    for i in range(len(parent)):
        members[filled[parent[i]]] = i
        filled[parent[i]] += 1
    its_starts, its_others = np.zeros(count + 1, np.int32), np.empty(cross, np.int32)
    its_conductance, its_ground = np.empty(cross, np.float32), np.zeros(count, np.float32)
    its_block = np.empty(count, np.int32)
    place = np.full(count, -1, np.int32)
    total = 0
    for piece in range(count):
        begin = total
        for member in range(ends[piece], ends[piece + 1]):
            i = members[member]
            its_ground[piece] += ground[i]
            its_block[piece] = block[i]
            for k in range(starts[i], starts[i + 1]):
                other = parent[others[k]]
                if other == piece:
                    continue
                if place[other] < begin:
                    place[other] = total
                    its_others[total] = other
                    its_conductance[total] = conductance[k]
                    total += 1
                else:
                    its_conductance[place[other]] += conductance[k]
        its_starts[piece + 1] = total
    return its_starts, its_others[:total].copy(), its_conductance[:total].copy(), its_ground, its_block
