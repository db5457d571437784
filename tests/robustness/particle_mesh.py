"""A sphere as a slender pyramid from its centre to its surface, under a shell of electrolyte.

Every cross-section is the same triangle in proportion to the radius, so volumes between radii are in the proportions of
the sphere's, and a few thousand cells resolve a particle that is filled through its surface evenly.
"""

from __future__ import annotations

from pathlib import Path

import meshio
import numpy as np

from .references import graded

#: Circumradius of the base over its distance from the apex; off-axis points are half its square further out, 0.1 %.
SLENDERNESS = 0.05

#: Tags of cells and facets.
TAGS = {"particle": 1, "lyte": 2, "lithium": 3, "contact": 4}


def write_particle(path: Path, radius: float, shell: float = 1.0, first: float = 0.03) -> float:
    """Write the mesh; the share of the sphere that it stands for is returned.

    Parameters
    ----------
    path
        Of a Gmsh file; lengths are in µm.
    radius, shell
        Of the particle, and thickness of the electrolyte on it [µm].
    first
        Thickness of the outermost layer of the particle [µm].
    """
    inside = radius - graded(radius, first, 1.1, radius / 30)[::-1]
    heights = np.concatenate([inside[1:], radius + np.linspace(0, shell, 5)[1:]])
    angles = 2 * np.pi * np.arange(3) / 3
    corners = np.column_stack([SLENDERNESS * np.cos(angles), SLENDERNESS * np.sin(angles), np.ones(3)])
    points = np.concatenate([np.zeros((1, 3)), *(h * corners for h in heights)])
    cells, regions = [(0, 1, 2, 3)], [TAGS["particle"]]
    facets, boundaries = [(0, 1, 2)], [TAGS["contact"]]
    for k, height in enumerate(heights[1:]):
        low, high = 1 + 3 * k, 4 + 3 * k
        # Prisms are cut from low to high in the order of their points, so that neighbours agree.
        cells += [
            (low, low + 1, low + 2, high + 2),
            (low, low + 1, high + 1, high + 2),
            (low, high, high + 1, high + 2),
        ]
        within = height <= radius * (1 + 1e-12)
        regions += 3 * [TAGS["particle" if within else "lyte"]]
        if within:
            facets += [(low, low + 1, high + 1), (low, high, high + 1)]
            boundaries += 2 * [TAGS["contact"]]
    top = len(points) - 3
    facets.append((top, top + 1, top + 2))
    boundaries.append(TAGS["lithium"])
    data = [np.array(boundaries), np.array(regions)]
    names = {name: np.array([tag, 3 if name in ("particle", "lyte") else 2]) for name, tag in TAGS.items()}
    meshio.Mesh(
        points,
        [("triangle", np.array(facets)), ("tetra", np.array(cells))],
        cell_data={"gmsh:physical": data, "gmsh:geometrical": data},
        field_data=names,
    ).write(path, file_format="gmsh22")
    base = 3 * np.sqrt(3) / 4 * (SLENDERNESS * radius) ** 2
    return float(base / (4 * np.pi * radius**2))
