"""Boxes of tetrahedra whose regions are what a function of the cell's centre says: every answer is known."""

from itertools import permutations

import numpy as np
from archode.geometry.tags import BOUNDARIES, REGIONS, interface
from archode.geometry.tetrahedra import TetrahedralMesh
from archode.geometry.topology import faces_of

NAMES = {tag: name for name, tag in REGIONS.items()}


def box(counts, lengths=(1.0, 1.0, 1.0), region=None):
    """A box [0, lengths] (µm) of counts[0] × counts[1] × counts[2] bricks of six tetrahedra.

    ``region`` maps the centres of bricks, shape (b, 3), to names of regions.
    """
    counts = np.array(counts)
    nodes = np.stack(np.meshgrid(*[np.arange(n + 1) for n in counts], indexing="ij"), axis=-1).reshape(-1, 3)
    bricks = np.stack(np.meshgrid(*[np.arange(n) for n in counts], indexing="ij"), axis=-1).reshape(-1, 3)
    stride = np.array([(counts[1] + 1) * (counts[2] + 1), counts[2] + 1, 1])
    paths = []
    for order in permutations(range(3)):
        corners = np.cumsum([np.zeros(3, dtype=int), *np.eye(3, dtype=int)[list(order)]], axis=0)
        if np.linalg.det(np.eye(3)[list(order)]) < 0:
            corners = corners[[0, 2, 1, 3]]
        paths.append((bricks[:, None] + corners) @ stride)
    cells = np.stack(paths, axis=1).reshape(-1, 4)
    size = np.asarray(lengths, dtype=float) / counts
    names = np.full(len(bricks), "electrolyte") if region is None else region((bricks + 0.5) * size)
    tags = np.repeat([REGIONS[name] for name in names], 6)
    return tagged(nodes * size, cells, tags)


def tagged(points, cells, tags):
    """The mesh with its outer faces and interfaces named."""
    faces = faces_of(cells)
    facet_tags = np.full(len(faces.corners), BOUNDARIES["outer"])
    inside = np.flatnonzero(~faces.exterior)
    for face, pair in zip(inside, tags[faces.cells[inside]], strict=True):
        name = interface(NAMES[pair[0]], NAMES[pair[1]]) if pair[0] != pair[1] else None
        facet_tags[face] = BOUNDARIES[name] if name else 0
    named = facet_tags > 0
    return TetrahedralMesh(points, cells, tags, faces.corners[named], facet_tags[named])
