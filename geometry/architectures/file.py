"""A mesh of your own, in any format that meshio reads, or a closed surface or CAD model that Gmsh fills.

Tags of the file are mapped to regions and boundaries.
"""

import dataclasses
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import GeometryError
from ..file_tags import Map, Tags, as_map, declared, tagged
from ..filling import Enclosure, enclosure_of, fill
from ..filling.cad import IMPORTED_UNIT, REFINEMENT, STEP, stated_unit
from ..filling.cad import SUFFIXES as CAD
from ..filling.triangles import SUFFIXES as SURFACES
from ..formats import files_of, read_tetrahedra
from ..gmsh_model import add_to_current_model
from ..parameters import MICROMETRE, Area, Length, require_area, require_lengths
from ..quality import FILE, FILLED, Gate, measured_areas, measured_volumes
from ..sizing import MeshSizes, resolve, scaled
from ..tags import BOUNDARIES, ELECTROLYTES, REGIONS
from ..tetrahedra import TetrahedralMesh
from ..wall_layers import add_wall_layers, expected_layers

_CELLS_PER_EXTENT = 12
"""Facets along the shortest extent of a body to be filled, where the study gives no size."""

_FAR = 3
"""Size of cells far from the surface over that of its facets, where the study gives none."""


@dataclasses.dataclass(frozen=True)
class File:
    """A tetrahedral mesh from a file, or tetrahedra in the closed surface or the solids that a file holds.

    Parameters
    ----------
    path
        The file, seen from the folder in which archode is called.
    tags
        Region name: tags of its cells in the file (numbers, or names of groups); other cells are left out.  Of what is
        filled: numbers or names of its bodies.
    boundaries
        Boundary name: tags of its facets in the file, or outer planes of the mesh ("x-", "x+", "y-", "y+", "z-",
        "z+").  Interfaces of electrodes with the electrolyte need no mention.
    fill
        Whether to fill the closed surface (STL, OBJ, PLY, …) or the solids (STEP, BREP) that the file holds.
    length_unit
        Metres per coordinate unit of the file [m]; 1 µm unless given.  STEP files state their own, which holds unless
        another is given in its place.
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
    fill: bool = False
    length_unit: Length | None = None
    tag_data: str | None = None
    footprint_area: Area | None = None
    characteristic_length: Length | None = None
    device_area: Area | None = None

    def __post_init__(self) -> None:
        self._check_kind()
        if self.length_unit is None and not self._states_unit:
            object.__setattr__(self, "length_unit", MICROMETRE)
        if self.length_unit is not None:
            require_lengths("file", {"length_unit": self.length_unit})
        for name in ("footprint_area", "device_area"):
            require_area("file", name, getattr(self, name))
        for key, names, known in (("tags", self.tags, REGIONS), ("boundaries", self.boundaries, BOUNDARIES)):
            if unknown := [name for name in names if name not in known]:
                raise GeometryError(f"file: {key} names {unknown[0]!r}, which is none of {', '.join(known)}")
        if not set(ELECTROLYTES) & self.tags.keys():
            raise GeometryError("file: tags must name the cells of the electrolyte")
        lower, upper = self._box
        if self.footprint_area is None:
            object.__setattr__(self, "footprint_area", float(np.prod((upper - lower)[:2])))
        if self.characteristic_length is None:
            object.__setattr__(self, "characteristic_length", float((upper - lower).min()))
        require_lengths("file", {"characteristic_length": self.characteristic_length})

    def _check_kind(self) -> None:
        if not isinstance(self.fill, bool):
            raise GeometryError(f"file: fill must be true or false, not {self.fill!r}")
        path = _existing(self.path)
        if path.is_file() and path.stat().st_size == 0:
            raise GeometryError(f"file: {path} is empty")
        suffix = path.suffix.lower()
        if not self.fill and suffix in (*SURFACES, *CAD):
            held = "solids" if suffix in CAD else "a surface"
            raise GeometryError(
                f"file: {path} holds {held}, no tetrahedra; add fill: true, and Gmsh fills what is enclosed"
            )
        if self.fill and self.tag_data is not None:
            raise GeometryError("file: tag_data belongs to meshes; with fill: true, leave it out")

    def files(self) -> tuple[Path, ...]:
        """The file and its parts, whose content shapes the mesh as much as the parameters do."""
        return tuple(files_of(_existing(self.path)))

    @property
    def _states_unit(self) -> bool:
        return self.fill and Path(self.path).suffix.lower() in STEP

    @property
    def _stamp(self) -> tuple[int, ...]:
        return tuple(part.stat().st_mtime_ns for part in files_of(_existing(self.path)))

    @property
    def _mesh(self) -> TetrahedralMesh:
        """The mesh of the file, where it holds one [µm]."""
        maps = as_map(self.tags), as_map(self.boundaries)
        return _read(self.path, self._stamp, self.tag_data, *maps, self.length_unit)

    @property
    def _told(self) -> "_Told":
        """What the file encloses, where it is to be filled."""
        return _declared(self.path, self._stamp, as_map(self.tags), as_map(self.boundaries), self.length_unit)

    @property
    def _box(self) -> np.ndarray:
        """Lower and upper corner [m], shape (2, 3)."""
        if self.fill:
            return self._told.box * MICROMETRE
        points = self._mesh.points * MICROMETRE
        return np.stack([points.min(axis=0), points.max(axis=0)])

    @property
    def multiplicity(self) -> float:
        """Device area over footprint; 1 when no device area is given."""
        return 1.0 if self.device_area is None else self.device_area / self.footprint_area

    @property
    def cross_section(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Normal and origin [m] of a telling cut: across the second axis, through the middle."""
        return (0.0, 1.0, 0.0), tuple(float(x) for x in self._box.mean(axis=0))

    @property
    def gate(self) -> Gate:
        """A mesh of your own is taken as it is; one that fills a surface is held against that."""
        return FILLED if self.fill else FILE

    def regions(self) -> tuple[str, ...]:
        """Names of the regions that exist."""
        return tuple(self.tags)

    def volumes(self) -> dict[str, float]:
        """Volumes by region [m³]: of the mesh, or of what the surface or the solids enclose."""
        if self.fill:
            return {name: volume * MICROMETRE**3 for name, volume in self._told.volumes.items()}
        return measured_volumes(self._mesh)

    def areas(self) -> dict[str, float]:
        """Areas by boundary [m²]: of the mesh, or of the surface or the solids."""
        if self.fill:
            return {name: area * MICROMETRE**2 for name, area in self._told.areas.items()}
        return measured_areas(self._mesh)

    def resolved_sizes(self, sizes: MeshSizes) -> MeshSizes:
        """The given sizes, for layers on walls alone where there is a mesh; else a twelfth of the shortest extent."""
        if not self.fill:
            return scaled(sizes)
        told = self._told
        fine = told.size * MICROMETRE
        given = sizes.interface_size
        limits = {"interface_size": (told.shortest / 2 * MICROMETRE, "half of a body's shortest extent")}
        return resolve(sizes, _FAR * (fine if given is None else given), fine, fine, limits)

    def estimate_cells(self, sizes: MeshSizes) -> int:
        """Number of tetrahedra; expected one, within a factor of two, where they are still to be made."""
        if not self.fill:
            return len(self._mesh.cells)
        resolved, told = self.resolved_sizes(sizes), self._told
        fine, coarse = (length / MICROMETRE for length in (resolved.interface_size, resolved.size))
        inside, squares = sum(told.volumes.values()), told.squares(fine)
        # An edge h makes 6 √2 tetrahedra per h³; measured, the transition from the surface takes 4 per square edge.
        count = 8.5 * inside / coarse**3 + (4 + 3 * 4 * expected_layers(resolved)) * squares
        return round(count)

    def build(self, sizes: MeshSizes) -> TetrahedralMesh:
        """Hand the mesh to the current Gmsh model [µm]; returns it as arrays."""
        sizes = self.resolved_sizes(sizes)
        mesh = add_wall_layers(self._filled(sizes) if self.fill else self._mesh, sizes)
        add_to_current_model(mesh)
        return mesh

    def _filled(self, sizes: MeshSizes) -> TetrahedralMesh:
        told = self._told
        lengths = (sizes.interface_size / MICROMETRE, sizes.size / MICROMETRE)
        found = fill(Path(self.path), told.enclosure, told.unit, told.bodies, *lengths, sizes.growth)
        details = {"filled from": found.surface, "bodies": told.enclosure.listed(MICROMETRE)}
        return tagged(found.mesh, as_map(self.tags), as_map(self.boundaries), 1.0, details)


class _Told(NamedTuple):
    """What a surface or a CAD model says of its mesh, in micrometres.

    ``unit`` is the factor from what was read, ``shortest`` the shortest extent of a body, ``size`` that of facets,
    ``bends`` the size of facets that curves need, for each facet of the enclosure.
    """

    enclosure: Enclosure
    unit: float
    volumes: dict[str, float]
    areas: dict[str, float]
    bodies: np.ndarray
    box: np.ndarray
    shortest: float
    size: float
    bends: np.ndarray

    def squares(self, size: float) -> float:
        """Area of the wanted bodies' surface in squares of the facets' size."""
        whole = self.enclosure
        wanted = np.isin(whole.left, self.bodies) | np.isin(whole.right, self.bodies)
        return float((whole.areas / np.minimum(size, self.bends) ** 2)[wanted].sum())


def _existing(path: str) -> Path:
    if not Path(path).is_file():
        raise GeometryError(f"file: path {path} does not exist or is no file")
    return Path(path)


@lru_cache(maxsize=4)
def _read(path, stamp, tag_data, tags: Map, boundaries: Map, length_unit) -> TetrahedralMesh:
    """The mesh of a file with regions and boundaries named; ``stamp`` tells versions of the file apart."""
    return tagged(read_tetrahedra(Path(path), tag_data), tags, boundaries, length_unit / MICROMETRE)


@lru_cache(maxsize=4)
def _enclosed(path, stamp) -> Enclosure:
    return enclosure_of(Path(path))


@lru_cache(maxsize=4)
def _declared(path, stamp, tags: Map, boundaries: Map, length_unit) -> _Told:
    unit = (IMPORTED_UNIT if length_unit is None else length_unit) / MICROMETRE
    if length_unit is not None and Path(path).suffix.lower() in STEP:
        unit *= IMPORTED_UNIT / stated_unit(Path(path))
    enclosure = _enclosed(path, stamp).scaled(unit)
    volumes, areas, bodies, box = declared(Path(path), enclosure, tags, boundaries)
    shortest = enclosure.extents()[bodies].min()
    is_cad = Path(path).suffix.lower() in CAD
    own = np.inf if is_cad else enclosure.median_edge
    size = float(min(own, shortest / _CELLS_PER_EXTENT))
    bends = REFINEMENT * enclosure.edge_lengths().mean(axis=1) if is_cad else np.full(len(enclosure.facets), np.inf)
    return _Told(enclosure, unit, volumes, areas, bodies, box, float(shortest), size, bends)
