"""Connected components: union of sets with path halving.

R. E. Tarjan, J. van Leeuwen, J. ACM 31 (1984) 245, doi:10.1145/62.2160.
"""

import numpy as np

from .compiling import compiled


@compiled
def _root(parent, node):
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@compiled
def _join(parent, one, other):
    one, other = _root(parent, one), _root(parent, other)
    # The lowest number is the root, so that pieces are numbered in the order of their first members.
    if one < other:
        parent[other] = one
    elif other < one:
        parent[one] = other


@compiled
def _numbered(parent):
    """Number of trees, and that of the tree of every node, in the order of the roots."""
    piece = np.empty(len(parent), np.int64)
    count = 0
    for node in range(len(parent)):
        if parent[node] == node:
            piece[node] = count
            count += 1
        else:
            piece[node] = piece[_root(parent, node)]
    return count, piece


@compiled
def connected(links, count):
    """Number of connected components of a graph, and that of each of its nodes."""
    parent = np.arange(count)
    for link in range(len(links)):
        _join(parent, links[link, 0], links[link, 1])
    return _numbered(parent)


@compiled
def connected_within(links, phases):
    """The same where links join nodes of one phase only."""
    parent = np.arange(len(phases))
    for link in range(len(links)):
        one, other = links[link, 0], links[link, 1]
        if phases[one] == phases[other]:
            _join(parent, one, other)
    return _numbered(parent)
