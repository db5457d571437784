"""Tetrahedra out of mesh files, and meshes into files for other programs, by meshio."""

import io
import re
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .errors import GeometryError
from .level_set.adjacency import CORNER_PAIRS
from .tags import BOUNDARIES, REGIONS
from .tetrahedra import TetrahedralMesh, cell_volumes

# Corners come first in elements of higher order.
_CELLS = ("tetra", "tetra10")
_FACETS = ("triangle", "triangle6")
_STRAIGHT = 1e-4
_OTHER_CELLS = ("hexahedron", "wedge", "pyramid", "polyhedron", "tetra")
# Gmsh's elementary entities are no tags of the user's.
_NOT_TAGS = ("gmsh:geometrical",)
# Where meshio puts the families of MED files.
_FAMILIES = "cell_tags"


class ReadMesh(NamedTuple):
    """What a file holds: tetrahedra and triangles with integer tags, and groups by name.

    ``groups`` maps a name to a tag, or to the indices of its cells and facets.
    """

    path: Path
    points: np.ndarray
    cells: np.ndarray
    cell_tags: np.ndarray
    facets: np.ndarray
    facet_tags: np.ndarray
    groups: dict[str, int | tuple[np.ndarray, np.ndarray]]
    warnings: tuple[str, ...] = ()

    def cells_of(self, tag: int | str) -> np.ndarray:
        """Indices of the cells of a tag or group; GeometryError if there are none."""
        return self._members(tag, self.cell_tags, 0, "cells")

    def facets_of(self, tag: int | str) -> np.ndarray:
        """Indices of the facets of a tag or group; GeometryError if there are none."""
        return self._members(tag, self.facet_tags, 1, "facets")

    def _members(self, tag: int | str, tags: np.ndarray, which: int, what: str) -> np.ndarray:
        group = self.groups.get(tag, tag) if isinstance(tag, str) else tag
        found = group[which] if isinstance(group, tuple) else np.flatnonzero(tags == group)
        if isinstance(group, str) or not len(found):
            known = [*np.unique(tags).tolist(), *self.groups]
            raise GeometryError(
                f"file: {self.path.name} has no {what} of tag {tag!r}; it has "
                f"{', '.join(map(repr, known)) or 'no tags'}"
            )
        return found


def read_by_meshio(path: Path, wanted: str, advice: str = ""):
    """What meshio makes of a file; GeometryError says that it cannot be read as what is wanted.

    meshio raises whatever its readers raise, may exit, and prints while it reads.
    """
    import meshio

    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            mesh = meshio.read(path)
    except (Exception, SystemExit) as error:
        # Some end in a mere number, that of an exit.
        reason = " ".join(str(error).split()) if str(error).strip("01") else "it is damaged, or of another format"
        raise GeometryError(f"file: {path} cannot be read as {wanted}: {reason}{advice}") from error
    count = len(mesh.points)
    strangers = sum(int(np.any((block.data < 0) | (block.data >= count))) for block in mesh.cells if len(block.data))
    if strangers:
        raise GeometryError(f"file: {path} is damaged: it has cells whose points it does not hold")
    return mesh


def read_tetrahedra(path: Path, tag_data: str | None = None) -> ReadMesh:
    """Read a tetrahedral mesh of any format that meshio knows.

    Raises
    ------
    GeometryError
        The file cannot be read, holds no tetrahedra, or its tags are ambiguous.
    """
    mesh = read_by_meshio(path, "a mesh")
    blocks = {kind: [n for n, b in enumerate(mesh.cells) if b.type in kind] for kind in (_CELLS, _FACETS)}
    _require_tetrahedra(path, mesh, len(blocks[_CELLS]))
    name = tag_data or _only_tags(mesh, path)
    if name is not None and name not in mesh.cell_data:
        raise GeometryError(f"file: {path} has no cell data {name!r}; it has {', '.join(mesh.cell_data) or 'none'}")
    cells, cell_tags = _gathered(mesh, blocks[_CELLS], 4, name)
    facets, facet_tags = _gathered(mesh, blocks[_FACETS], 3, name)
    points = np.asarray(mesh.points, dtype=float)
    if points.shape[1] != 3 or not np.isfinite(points).all():
        raise GeometryError(f"file: {path} does not hold finite three-dimensional points")
    volume = cell_volumes(points, cells)
    if np.any(volume == 0):
        raise GeometryError(f"file: {path} holds {np.count_nonzero(volume == 0)} tetrahedra without volume")
    cells[volume < 0] = cells[volume < 0][:, [1, 0, 2, 3]]
    # Of field data only Gmsh's groups are pairs of a tag and a dimension; MED files keep names of fields there.
    groups: dict[str, int | tuple[np.ndarray, np.ndarray]] = {
        group: int(entry[0]) for group, entry in mesh.field_data.items() if np.shape(entry) == (2,)
    }
    groups |= _families(mesh, cell_tags, facet_tags)
    for group, members in mesh.cell_sets.items():
        groups.setdefault(group, tuple(_set_members(mesh, members, blocks[kind]) for kind in (_CELLS, _FACETS)))
    return ReadMesh(path, points, cells, cell_tags, facets, facet_tags, groups, _bent(mesh, path))


def _bent(mesh, path: Path) -> tuple[str, ...]:
    """What is lost where sides of quadratic tetrahedra are bent: their corners alone are kept."""
    furthest = 0.0
    for block in (block.data for block in mesh.cells if block.type == "tetra10"):
        corners, middles = mesh.points[block[:, :4]], mesh.points[block[:, 4:]]
        one, other = corners[:, CORNER_PAIRS].transpose(2, 0, 1, 3)
        # Programs number the middles in orders of their own: the nearest side is a middle's own.
        distance = np.linalg.norm(middles[:, :, None] - ((one + other) / 2)[:, None], axis=3).min(axis=2)
        furthest = max(furthest, float((distance / np.linalg.norm(one - other, axis=2).mean(axis=1)[:, None]).max()))
    if furthest < _STRAIGHT:
        return ()
    return (
        f"sides of the quadratic tetrahedra of {path.name} are bent, by up to {100 * furthest:.2g} % of their length; "
        "they are taken for straight, so that volumes and areas change",
    )


def _require_tetrahedra(path: Path, mesh, blocks: int) -> None:
    """Raise GeometryError for a file without tetrahedra, or with cells of other kinds, which would be missed."""
    kinds = sorted({block.type for block in mesh.cells})
    if not blocks:
        advice = "; if it is a closed surface, add fill: true" if set(_FACETS) & set(kinds) else ""
        raise GeometryError(f"file: {path} holds no tetrahedra, only {', '.join(kinds) or 'nothing'}{advice}")
    others = sum(len(block.data) for block in mesh.cells if block.dim == 3 and block.type not in _CELLS)
    if others:
        named = ", ".join(kind for kind in kinds if kind.startswith(_OTHER_CELLS) and kind not in _CELLS)
        raise GeometryError(
            f"file: {path} holds {others} cells of other kinds ({named}) beside tetrahedra; "
            "split them into tetrahedra in the program that made it"
        )


_PAIRS = {".node": ".ele", ".ele": ".node"}
"""Suffixes of TetGen's files, points and cells, that are read together."""


def files_of(path: Path) -> list[Path]:
    """The file of a mesh and those beside it that hold its numbers: of XDMF, what its text names; TetGen's pair."""
    if path.suffix in _PAIRS:
        return [path, *(other for other in [path.with_suffix(_PAIRS[path.suffix])] if other.is_file())]
    if path.suffix.lower() not in (".xdmf", ".xmf"):
        return [path]
    # Names end in a suffix, which no number does; the place within an HDF5 file follows after a colon.
    names = re.findall(r"[^\s<>\"':]+\.[A-Za-z]\w*", path.read_text(encoding="utf-8", errors="replace"))
    named = dict.fromkeys(path.parent / name for name in names)
    return [path, *(file for file in named if file != path and file.is_file())]


def _families(mesh, *tags: np.ndarray) -> dict[str, tuple[np.ndarray, ...]]:
    """Indices of the cells and facets of every group of a MED file; a cell's tag is its family, in several groups."""
    families: dict[int, list[str]] = getattr(mesh, "cell_tags", {})
    names = dict.fromkeys(name for members in families.values() for name in members)
    numbers = {name: [number for number, members in families.items() if name in members] for name in names}
    return {name: tuple(np.flatnonzero(np.isin(of, found)) for of in tags) for name, found in numbers.items()}


def _only_tags(mesh, path: Path) -> str | None:
    """The one cell data that can be tags: whole numbers, Gmsh's physical groups and MED's families before others."""
    for name in ("gmsh:physical", _FAMILIES):
        if name in mesh.cell_data:
            return name
    whole = [
        name
        for name, data in mesh.cell_data.items()
        if name not in _NOT_TAGS and all(np.ndim(d) == 1 and np.all(np.asarray(d) == np.rint(d)) for d in data)
    ]
    if len(whole) > 1:
        raise GeometryError(f"file: {path} has several candidates for tags; choose tag_data among {', '.join(whole)}")
    return whole[0] if whole else None


def _gathered(mesh, blocks: list[int], corners: int, name: str | None) -> tuple[np.ndarray, np.ndarray]:
    if not blocks:
        return np.empty((0, corners), dtype=np.int64), np.empty(0, dtype=np.int64)
    cells = np.concatenate([mesh.cells[n].data[:, :corners] for n in blocks]).astype(np.int64)
    if name is None:
        return cells, np.zeros(len(cells), dtype=np.int64)
    return cells, np.concatenate([np.asarray(mesh.cell_data[name][n]) for n in blocks]).astype(np.int64)


def _set_members(mesh, members, blocks: list[int]) -> np.ndarray:
    """Indices of a named set within the gathered blocks."""
    found, start = [], 0
    for n in blocks:
        if n < len(members) and members[n] is not None:
            found.append(np.asarray(members[n], dtype=np.int64) + start)
        start += len(mesh.cells[n].data)
    return np.concatenate(found) if found else np.empty(0, dtype=np.int64)


def as_meshio(mesh: TetrahedralMesh):
    """The mesh for meshio: tetrahedra with region tags, facets with boundary tags, and the names of both."""
    import meshio

    tags = [mesh.cell_tags.astype(np.int32), mesh.facet_tags.astype(np.int32)]
    present = {name: tag for name, tag in {**REGIONS, **BOUNDARIES}.items() if np.any(np.concatenate(tags) == tag)}
    return meshio.Mesh(
        mesh.points,
        [("tetra", mesh.cells), ("triangle", mesh.facets)],
        cell_data={"gmsh:physical": tags, "gmsh:geometrical": tags},
        field_data={name: np.array([tag, 3 if name in REGIONS else 2]) for name, tag in present.items()},
    )


def export(mesh: TetrahedralMesh, path: Path) -> None:
    """Write a mesh for another program; the suffix decides the format, coordinates are in micrometres.

    Raises
    ------
    GeometryError
        For a suffix that meshio does not write.
    """
    import meshio

    whole = as_meshio(mesh)
    if path.suffix != ".msh":
        # Other formats know one set of tags.
        whole = meshio.Mesh(whole.points, whole.cells, cell_data={"tag": whole.cell_data["gmsh:physical"]})
    options = {"file_format": "gmsh22", "binary": True} if path.suffix == ".msh" else {}
    try:
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=path.parent) as folder:
            whole.write(Path(folder) / path.name, **options)
            # Some formats put the numbers into a second file.
            for file in Path(folder).iterdir():
                file.replace(path.parent / file.name)
    except (Exception, SystemExit) as error:  # meshio raises whatever its writers raise, and may exit
        raise GeometryError(
            f"{path} cannot be written: {error or 'unknown suffix'}; "
            "choose a suffix such as .msh, .vtu, .xdmf, .inp, .mesh"
        ) from error


def read_built(path: Path) -> TetrahedralMesh:
    """A mesh of the cache as arrays [µm]."""
    read = read_tetrahedra(path)
    return TetrahedralMesh(read.points, read.cells, read.cell_tags, read.facets, read.facet_tags)
