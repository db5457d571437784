"""Closed surfaces as triangles, shape (k, 3, 3), and files that hold them."""

import struct

import numpy as np

_CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=float)
_SIDES = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
_FACETS = np.array([facet for a, b, c, d in _SIDES for facet in ((a, b, c), (a, c, d))])


def box(corner=(0.0, 0.0, 0.0), size=(1.0, 1.0, 1.0)):
    """A cuboid of twelve facets that face outwards, two of each plane: x-, x+, y-, y+, z-, z+."""
    return (_CORNERS * size + np.array(corner))[_FACETS]


def ball(centre=(0.0, 0.0, 0.0), radius=1.0, subdivisions=3):
    """An icosahedron divided several times, its corners on the sphere."""
    import pyvista

    sphere = pyvista.Icosphere(radius=radius, center=centre, nsub=subdivisions)
    return np.asarray(sphere.points, dtype=float)[sphere.faces.reshape(-1, 4)[:, 1:]]


def tube(outer, inner, height, sides):
    """A cylinder with a hole along its axis, both with so many flat sides."""
    angle = 2 * np.pi * np.arange(sides + 1) / sides
    ring = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    up = np.array([0.0, 0.0, height])

    def strip(one, other):
        """Facets between two rings of corners."""
        a, b, c, d = one[:-1], one[1:], other[1:], other[:-1]
        return np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])

    wide, narrow = outer * ring, inner * ring
    return np.concatenate(
        [strip(wide, wide + up), strip(narrow + up, narrow), strip(wide + up, narrow + up), strip(narrow, wide)]
    )


def binary_stl(path, triangles, count=None):
    """Write a binary STL file, whose header begins as those of some programs do; returns its name."""
    records = b"".join(struct.pack("<12fH", 0, 0, 0, *triangle.ravel(), 0) for triangle in np.asarray(triangles))
    header = b"solid of a program that writes binary files".ljust(80)
    path.write_bytes(header + struct.pack("<I", len(triangles) if count is None else count) + records)
    return str(path)


def text_stl(path, **solids):
    """Write an STL file of text with solids by name; returns its name."""
    lines = []
    for name, triangles in solids.items():
        lines.append(f"solid {name}")
        for triangle in triangles:
            corners = [f"      vertex {x:.9g} {y:.9g} {z:.9g}" for x, y, z in triangle]
            lines += ["  facet normal 0 0 0", "    outer loop", *corners, "    endloop", "  endfacet"]
        lines.append(f"endsolid {name}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def cad(path, draw):
    """Write what a function draws with Gmsh's OpenCASCADE as STEP or BREP; returns its name."""
    import gmsh

    gmsh.initialize(interruptible=False)
    try:
        gmsh.option.setNumber("General.Terminal", 0)
        draw(gmsh.model.occ)
        gmsh.model.occ.synchronize()
        gmsh.write(str(path))
    finally:
        gmsh.finalize()
    return str(path)
