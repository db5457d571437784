"""From a file's closed surface or solids to tetrahedra in its bodies.

Surface → facets of a good size (kept, meshed anew, or those of a CAD model) → HXT, which respects them.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import GeometryError
from ..formats import ReadMesh
from ..level_set.lattice import positively_oriented
from ..level_set.smoothing import widen_smallest_angles
from ..quality import dihedral_angles
from ..tetrahedra import cell_volumes
from . import cad
from .enclosure import Enclosure, enclose, require_no_crossing
from .triangles import read_triangles
from .worker import WorkerError, call

KEPT_SIZES = (0.5, 1.5)
"""Facets of a shell are kept if their median edge is no shorter, and the longest no longer, than this share of the
size that is asked for."""

KEPT_ANGLE = 15.0
"""Facets with a smaller angle [degrees] are meshed anew."""

SURFACE, PARTLY, ANEW, SOLIDS = (
    "facets of the file",
    "facets of the file, some shells meshed anew",
    "surface meshed anew",
    "solids of the file",
)

_SUFFICIENT_ANGLE = 12.0
_SECONDS, _SECONDS_PER_CELL = 120.0, 1e-3
_NOTHING = np.empty((0, 3)), np.empty((0, 3), dtype=np.int64)


class Filled(NamedTuple):
    """Tetrahedra with their bodies and patches as tags, and where the facets came from."""

    mesh: ReadMesh
    surface: str


def enclosure_of(path: Path) -> Enclosure:
    """What a file encloses, in its own unit; STEP files in micrometres.

    Raises
    ------
    GeometryError
        The file cannot be read, or what it holds encloses nothing.
    """
    if path.suffix.lower() not in cad.SUFFIXES:
        return enclose(path, read_triangles(path))
    return _cad(path)


def fill(
    path: Path, enclosure: Enclosure, unit: float, wanted: np.ndarray, size: float, coarse_size: float, growth: float
) -> Filled:
    """Fill the wanted bodies of a file.

    Parameters
    ----------
    enclosure
        What the file encloses, scaled.
    unit
        Factor by which it was scaled.
    wanted : (b,) int
        Bodies.
    size, coarse_size
        Size of facets, and largest size of cells.
    growth
        Ratio of the sizes of neighbouring cells.

    Raises
    ------
    GeometryError
        Gmsh cannot mesh the surface or fill it.
    """
    surface, origin = _surface_mesh(path, enclosure, unit, size)
    left, right = (np.where(np.isin(side, wanted), side, -1) for side in (surface.left, surface.right))
    kept = (left >= 0) | (right >= 0)
    points, facets = _compact(surface.points, surface.facets[kept])
    require_no_crossing(path, points, facets, "make mesh.interface_size smaller")
    volume = float(enclosure.volumes[wanted].sum())
    limit = _SECONDS + _SECONDS_PER_CELL * 8.5 * volume / size**3
    try:
        # Gmsh's tolerances are absolute: lengths in units of the facets.
        found = call(
            "fill",
            limit,
            points=points / size,
            facets=facets,
            left=left[kept],
            right=right[kept],
            coarse_size=max(coarse_size / size, 1.0),
            growth=growth - 1,
        )
    except WorkerError as error:
        raise GeometryError(
            f"file: Gmsh cannot fill {path} ({error}); try another mesh.interface_size, or a better surface"
        ) from error
    new_points = found["points"] * size
    new_points[: len(points)] = points
    cells = positively_oriented(new_points, found["cells"])
    free = np.repeat((np.arange(len(new_points)) >= len(points))[:, None], 3, axis=1)
    new_points = widen_smallest_angles(new_points, cells, free, size, _SUFFICIENT_ANGLE)
    _require_full(path, new_points, cells, found["bodies"], wanted)
    patches = surface.patches[kept]
    mesh = ReadMesh(
        path,
        new_points,
        cells,
        found["bodies"] + 1,
        facets,
        patches + 1,
        _groups(enclosure, found["bodies"], patches),
    )
    return Filled(mesh, origin)


def described(path: Path, enclosure: Enclosure) -> ReadMesh:
    """The bodies as if each were one cell, so that tags and names are looked up as in a mesh."""
    bodies = np.arange(len(enclosure.volumes))
    cells = np.zeros((len(bodies), 4), dtype=np.int64)
    groups = _groups(enclosure, bodies, enclosure.patches)
    return ReadMesh(path, enclosure.points, cells, bodies + 1, enclosure.facets, enclosure.patches + 1, groups)


def _groups(enclosure: Enclosure, bodies: np.ndarray, patches: np.ndarray) -> dict:
    names = dict.fromkeys(name for name in (*enclosure.body_names, *enclosure.patch_names) if name)
    return {
        name: tuple(
            np.flatnonzero(np.isin(numbers, [n for n, own in enumerate(of) if own == name]))
            for numbers, of in ((bodies, enclosure.body_names), (patches, enclosure.patch_names))
        )
        for name in names
    }


def _cad(path: Path, size: float = 0.0) -> Enclosure:
    try:
        found = call("cad", _SECONDS if size == 0 else 10 * _SECONDS, path=str(path), size=size)
    except WorkerError as error:
        raise GeometryError(f"file: {path} cannot be read as a CAD model: {error}") from error
    names = {key: tuple(str(name) for name in found.pop(key)) for key in ("patch_names", "body_names")}
    return Enclosure(**found, **names)


def _surface_mesh(path: Path, enclosure: Enclosure, unit: float, size: float) -> tuple[Enclosure, str]:
    if path.suffix.lower() in cad.SUFFIXES:
        return _cad(path, size / unit).scaled(unit), SOLIDS
    kept = _suited(enclosure, size)
    if kept.all():
        return enclosure, SURFACE
    advice = (
        f"give the surface with good facets of about that size, whose angles are {KEPT_ANGLE:g}° or more, "
        "or try another mesh.interface_size"
    )
    old_points, old_facets = _compact(enclosure.points, enclosure.facets[kept]) if kept.any() else _NOTHING
    points, facets = _compact(enclosure.points, enclosure.facets[~kept])
    try:
        found = call("remesh", 10 * _SECONDS, points=points / size, facets=facets, size=1.0)
    except (GeometryError, WorkerError) as error:
        raise GeometryError(
            f"file: the surface of {path} cannot be meshed anew with facets of {size:.6g} µm ({error}); {advice}"
        ) from error
    origins = np.concatenate([np.flatnonzero(kept), np.flatnonzero(~kept)[found["origins"]]])
    anew = enclosure._replace(
        points=np.concatenate([old_points, found["points"] * size]),
        facets=np.concatenate([old_facets, found["facets"] + len(old_points)]),
        left=enclosure.left[origins],
        right=enclosure.right[origins],
        patches=enclosure.patches[origins],
        areas=enclosure.areas[origins],
    )
    return anew, PARTLY if kept.any() else ANEW


def _suited(enclosure: Enclosure, size: float) -> np.ndarray:
    """Facets of those shells whose facets are about as large as asked for, and no needles; shape (k,)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    facets, count = enclosure.facets, len(enclosure.facets)
    links = (np.ones(facets.size, dtype=np.int8), (np.repeat(np.arange(count), 3), count + facets.ravel()))
    shape = (count + len(enclosure.points),) * 2
    shell = connected_components(coo_array(links, shape=shape), directed=False)[1][:count]
    edges = enclosure.edge_lengths()
    a, b, c = edges.T
    cosines = [(x**2 + y**2 - z**2) / (2 * x * y) for x, y, z in ((a, b, c), (b, c, a), (c, a, b))]
    poor = (edges.max(axis=1) > KEPT_SIZES[1] * size) | (np.max(cosines, axis=0) > np.cos(np.radians(KEPT_ANGLE)))
    unsuited = np.unique(shell[poor])
    fine = [one for one in np.unique(shell) if np.median(edges[shell == one]) < KEPT_SIZES[0] * size]
    return ~np.isin(shell, [*unsuited, *fine])


def _compact(points: np.ndarray, facets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    used, number = np.unique(facets, return_inverse=True)
    return points[used], number.reshape(-1, 3)


def _require_full(path, points, cells, bodies, wanted) -> None:
    """Raise unless all cells have volume, and all bodies cells."""
    volumes = cell_volumes(points, cells)
    if volumes.min(initial=np.inf) <= 0 or not dihedral_angles(points, cells).min() > 0:
        raise GeometryError(f"file: Gmsh filled {path} with cells of no volume; try another mesh.interface_size")
    found = np.bincount(bodies, volumes, wanted.max() + 1)
    missing = [body + 1 for body in wanted if found[body] == 0]
    if missing:
        raise GeometryError(f"file: Gmsh left body {missing[0]} of {path} empty; try another mesh.interface_size")
