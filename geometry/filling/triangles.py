"""Triangles out of surface files: STL by itself, because its solids have names, everything else by meshio."""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import GeometryError
from ..formats import read_by_meshio

SUFFIXES = (".stl", ".obj", ".ply", ".off")
"""Files that hold surfaces and nothing else."""

_HEADER, _RECORD = 80, np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_BELIEVED = 100
"""A number of triangles above this many per byte of the file is no number of triangles."""

_SOLID = re.compile(rb"^[ \t]*(end)?solid\b[ \t]*([^\r\n]*)", re.MULTILINE | re.IGNORECASE)
_VERTEX = re.compile(rb"\bvertex\s+(\S+)\s+(\S+)\s+(\S+)", re.IGNORECASE)
_FACET = re.compile(rb"\bfacet\s+normal\b", re.IGNORECASE)
_VOLUME_CELLS = ("tetra", "hexahedron", "wedge", "pyramid")


class Triangles(NamedTuple):
    """Triangles in the file's unit.

    Attributes
    ----------
    points : (n, 3) float
    facets : (k, 3) int
    patches : (k,) int
        The part of the file that each facet stands in, an index into ``names``.
    names
        Names of those parts; "" where one has none.
    """

    points: np.ndarray
    facets: np.ndarray
    patches: np.ndarray
    names: tuple[str, ...]


def read_triangles(path: Path) -> Triangles:
    """Read the triangles of a file.

    Raises
    ------
    GeometryError
        The file cannot be read, is damaged, holds no triangles, or holds cells already.
    """
    found = _read_stl(path) if path.suffix.lower() == ".stl" else _read_by_meshio(path)
    if not len(found.facets):
        raise GeometryError(f"file: {path} holds no triangles")
    if not np.isfinite(found.points).all():
        raise GeometryError(f"file: {path} is damaged: it holds coordinates that are not finite")
    return found


def _read_stl(path: Path) -> Triangles:
    content = path.read_bytes()
    if not content.strip():
        raise GeometryError(f"file: {path} is empty")
    count = int.from_bytes(content[_HEADER : _HEADER + 4], "little") if len(content) >= _HEADER + 4 else -1
    body = len(content) - _HEADER - 4
    if body == count * _RECORD.itemsize:
        corners = np.frombuffer(content, _RECORD, count, _HEADER + 4)["corners"].reshape(-1, 3)
        return _soup(corners.astype(float), np.zeros(count, dtype=np.int64), ("",))
    if _SOLID.match(content.lstrip()) and (_FACET.search(content) or b"endsolid" in content):
        return _ascii(path, content)
    if body > 0 and 0 < count < _BELIEVED * body:
        raise GeometryError(
            f"file: {path} is damaged: it announces {count} triangles and has room for {body / _RECORD.itemsize:.1f}"
        )
    raise GeometryError(f"file: {path} is no STL file, neither binary nor text; is its suffix right?")


def _ascii(path: Path, content: bytes) -> Triangles:
    """A text file, every solid of which is a patch."""
    marks = list(_SOLID.finditer(content))
    begins = [mark for mark in marks if not mark[1]]
    if len(marks) != 2 * len(begins) or any(mark[1] for mark in marks[::2]):
        raise GeometryError(f"file: {path} is damaged: a solid has no end, so the file may be cut off")
    names, corners, patches = [], [], []
    for number, (begin, end) in enumerate(zip(marks[::2], marks[1::2], strict=True)):
        part = content[begin.end() : end.start()]
        vertices, facets = _VERTEX.findall(part), len(_FACET.findall(part))
        if len(vertices) != 3 * facets:
            raise GeometryError(
                f"file: {path} is damaged: {facets} facets of a solid have {len(vertices)} corners, not {3 * facets}"
            )
        try:
            corners.append(np.array(vertices, dtype=float).reshape(-1, 3))
        except ValueError as error:
            raise GeometryError(f"file: {path} is damaged: a coordinate is no number ({error})") from error
        names.append(begin[2].decode("utf-8", "replace").strip())
        patches.append(np.full(facets, number))
    return _soup(np.concatenate(corners), np.concatenate(patches), tuple(names))


def _soup(corners: np.ndarray, patches: np.ndarray, names: tuple[str, ...]) -> Triangles:
    return Triangles(corners, np.arange(len(corners)).reshape(-1, 3), patches, names)


def _read_by_meshio(path: Path) -> Triangles:
    # meshio would look for the end of the header for ever.
    if path.suffix.lower() == ".ply" and b"end_header" not in path.read_bytes():
        raise GeometryError(f"file: {path} is no PLY file, or is cut off")
    mesh = read_by_meshio(
        path,
        "a surface",
        "; Gmsh fills closed surfaces (.stl, .obj, .ply, .off, and what meshio reads) and solids (.step, .stp, .brep)",
    )
    cells = sum(len(block.data) for block in mesh.cells if block.type.startswith(_VOLUME_CELLS))
    if cells:
        raise GeometryError(f"file: {path} holds {cells} cells already, so there is nothing to fill; leave out fill")
    if np.ndim(mesh.points) != 2 or np.shape(mesh.points)[1] != 3:
        raise GeometryError(f"file: {path} is flat: its points are not three-dimensional")
    facets = []
    for block in mesh.cells:
        if block.type in ("triangle", "triangle6"):
            facets.append(block.data[:, :3])
        elif block.type in ("quad", "quad8", "quad9"):
            facets += [block.data[:, [0, 1, 2]], block.data[:, [0, 2, 3]]]
        elif block.type == "polygon" or block.type.startswith(("triangle", "quad")):
            raise GeometryError(f"file: {path} holds facets of type {block.type}; save it as triangles")
    joined = np.concatenate([np.empty((0, 3)), *facets]).astype(np.int64)
    return Triangles(np.asarray(mesh.points, dtype=float), joined, np.zeros(len(joined), dtype=np.int64), ("",))
