"""A mesh of your own, in any format that meshio reads, with a map from its tags to regions and boundaries."""

import dataclasses
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from ..errors import GeometryError
from ..formats import files_of, read_tetrahedra
from ..gmsh_model import add_to_current_model
from ..parameters import MICROMETRE, Area, Length, require_area, require_lengths
from ..quality import FILE, Gate, measured_areas, measured_volumes
from ..sizing import MeshSizes, scaled
from ..tags import BOUNDARIES, ELECTROLYTES, REGIONS, interface
from ..tetrahedra import TetrahedralMesh
from ..wall_layers import add_wall_layers

Tags = int | str | list[int | str]
Plane = Literal["x-", "x+", "y-", "y+", "z-", "z+"]


@dataclasses.dataclass(frozen=True)
class File:
    """A tetrahedral mesh from a file.

    Parameters
    ----------
    path
        The mesh file, seen from the folder in which archode is called.
    tags
        Region name: tags of its cells in the file (numbers, or names of groups); other cells are left out.
    boundaries
        Boundary name: tags of its facets in the file, or outer planes of the mesh ("x-", "x+", "y-", "y+", "z-",
        "z+").  Interfaces of electrodes with the electrolyte need no mention.
    length_unit
        Metres per coordinate unit of the file [m].
    tag_data
        The file's cell data that holds the tags; found by itself where there is one candidate.
    footprint_area
        Projected area of the simulated domain [m²]; that of the bounding box seen along z unless given.
    characteristic_length
        Length that makes the equations dimensionless [m]; the shortest extent of the box unless given.
    device_area
        Footprint of the whole device [m²]; that of the simulated domain unless given.
    """

    path: str
    tags: dict[str, Tags]
    boundaries: dict[str, Tags]
    length_unit: Length = MICROMETRE
    tag_data: str | None = None
    footprint_area: Area | None = None
    characteristic_length: Length | None = None
    device_area: Area | None = None

    def __post_init__(self) -> None:
        require_lengths("file", {"length_unit": self.length_unit})
        for name in ("footprint_area", "device_area"):
            require_area("file", name, getattr(self, name))
        for key, names, known in (("tags", self.tags, REGIONS), ("boundaries", self.boundaries, BOUNDARIES)):
            if unknown := [name for name in names if name not in known]:
                raise GeometryError(f"file: {key} names {unknown[0]!r}, which is none of {', '.join(known)}")
        if not set(ELECTROLYTES) & self.tags.keys():
            raise GeometryError("file: tags must name the cells of the electrolyte")
        mesh = self._mesh
        extent = (mesh.points.max(axis=0) - mesh.points.min(axis=0)) * MICROMETRE
        if self.footprint_area is None:
            object.__setattr__(self, "footprint_area", float(extent[0] * extent[1]))
        if self.characteristic_length is None:
            object.__setattr__(self, "characteristic_length", float(extent.min()))
        require_lengths("file", {"characteristic_length": self.characteristic_length})

    def fingerprint(self) -> str:
        """Digest of the content of the file and its parts, which shape the mesh as much as the parameters do."""
        digest = sha256()
        for part in files_of(_existing(self.path)):
            digest.update(part.read_bytes())
        return digest.hexdigest()

    @property
    def _mesh(self) -> TetrahedralMesh:
        stamp = tuple(part.stat().st_mtime_ns for part in files_of(_existing(self.path)))
        return _tagged(
            self.path, stamp, self.tag_data, _frozen(self.tags), _frozen(self.boundaries), self.length_unit
        )

    @property
    def multiplicity(self) -> float:
        """Device area over footprint; 1 when no device area is given."""
        return 1.0 if self.device_area is None else self.device_area / self.footprint_area

    @property
    def cross_section(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Normal and origin [m] of a telling cut: across the second axis, through the middle."""
        points = self._mesh.points * MICROMETRE
        middle = (points.max(axis=0) + points.min(axis=0)) / 2
        return (0.0, 1.0, 0.0), tuple(float(x) for x in middle)

    @property
    def gate(self) -> Gate:
        """A mesh of your own is taken as it is, as long as it can be computed on."""
        return FILE

    def regions(self) -> tuple[str, ...]:
        """Names of the regions that exist."""
        return tuple(self.tags)

    def volumes(self) -> dict[str, float]:
        """Volumes of the mesh by region [m³]."""
        return measured_volumes(self._mesh)

    def areas(self) -> dict[str, float]:
        """Areas of the mesh by boundary [m²]."""
        return measured_areas(self._mesh)

    def resolved_sizes(self, sizes: MeshSizes) -> MeshSizes:
        """The given sizes: the mesh is what it is, all but layers on its walls."""
        return scaled(sizes)

    def estimate_cells(self, sizes: MeshSizes) -> int:
        """Number of tetrahedra."""
        return len(self._mesh.cells)

    def build(self, sizes: MeshSizes) -> TetrahedralMesh:
        """Hand the mesh to the current Gmsh model [µm]; returns it as arrays."""
        mesh = add_wall_layers(self._mesh, self.resolved_sizes(sizes))
        add_to_current_model(mesh)
        return mesh


def _existing(path: str) -> Path:
    if not Path(path).is_file():
        raise GeometryError(f"file: path {path} does not exist or is no file")
    return Path(path)


def _frozen(tags: dict[str, Tags]) -> tuple[tuple[str, tuple[int | str, ...]], ...]:
    return tuple((name, tuple(t) if isinstance(t, list | tuple) else (t,)) for name, t in tags.items())


@lru_cache(maxsize=4)
def _tagged(path, stamp, tag_data, tags, boundaries, length_unit) -> TetrahedralMesh:
    """The mesh of a file with regions and boundaries named; ``stamp`` tells versions of the file apart."""
    from ..boundaries import tagged_mesh

    read = read_tetrahedra(Path(path), tag_data)
    parts = np.full(len(read.cells), len(tags))
    for number, (_, wanted) in enumerate(tags):
        for tag in wanted:
            cells = read.cells_of(tag)
            if np.any(parts[cells] != len(tags)):
                raise GeometryError(f"file: tags gives cells of tag {tag!r} to two regions")
            parts[cells] = number
    names = (*(name for name, _ in tags), "")
    on_plane = {plane: name for name, wanted in boundaries for plane in wanted if plane in get_args(Plane)}
    mesh = tagged_mesh(
        read.points * (length_unit / MICROMETRE),
        read.cells,
        parts,
        names,
        interface,
        lambda region, plane: on_plane.get(plane, "outer"),
    )
    return _with_facets(mesh, read, boundaries, parts < len(tags))


def _with_facets(mesh: TetrahedralMesh, read, boundaries, kept: np.ndarray) -> TetrahedralMesh:
    """Outer facets that the file itself tags get the boundary its tag stands for."""
    number = np.full(len(read.points), -1)
    used = np.unique(read.cells[kept])
    number[used] = np.arange(len(used))
    tags = mesh.facet_tags.copy()
    place = {tuple(corners): index for index, corners in enumerate(np.sort(mesh.facets, axis=1).tolist())}
    for name, wanted in boundaries:
        for tag in wanted:
            if tag in get_args(Plane):
                continue
            named = np.sort(number[read.facets[read.facets_of(tag)]], axis=1)
            found = [place[key] for corners in named.tolist() if (key := tuple(corners)) in place]
            if not found:
                raise GeometryError(
                    f"file: boundaries.{name}: no facet of tag {tag!r} lies on the surface of a region"
                )
            tags[found] = BOUNDARIES[name]
    return dataclasses.replace(mesh, facet_tags=tags)
