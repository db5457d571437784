"""Volume fractions of regions and areas of the surfaces between them."""

import numpy as np

from ..errors import GeometryError
from ..parameters import MICROMETRE
from ..tags import BOUNDARIES, REGIONS
from ..tetrahedra import TetrahedralMesh, cell_volumes, facet_areas
from ..topology import faces_of, tags_of_faces
from ..wall_columns import WALLS
from .window import Regions, Window, resolved_window, shares_inside, tags_of


def volume_fractions(mesh: TetrahedralMesh, window: Window | None = None) -> dict[str, float]:
    """Volume of every region that exists over the volume of the window (of the bounding box)."""
    names = {tag: name for name, tag in REGIONS.items()}
    return {names.get(tag, f"region {tag}"): share for tag, share in tag_fractions(mesh, window).items()}


def tag_fractions(mesh: TetrahedralMesh, window: Window | None = None) -> dict[int, float]:
    """The same by tag."""
    box = resolved_window(mesh, window)
    volumes = cell_volumes(mesh.points, mesh.cells)
    if window is not None:
        volumes = volumes * shares_inside(mesh.points, mesh.cells, box)
    total = np.bincount(mesh.cell_tags, volumes) * MICROMETRE**3 / box.volume
    return {int(tag): float(total[tag]) for tag in np.unique(mesh.cell_tags)}


def interface_area(mesh: TetrahedralMesh, regions: Regions, others: Regions, window: Window | None = None) -> float:
    """Area of the faces between two sets of regions [m²]."""
    one, two = tags_of(regions), tags_of(others)
    faces = faces_of(mesh.cells)
    inside = ~faces.exterior
    left, right = mesh.cell_tags[faces.cells[inside]].T
    between = (np.isin(left, one) & np.isin(right, two)) | (np.isin(left, two) & np.isin(right, one))
    return _area(mesh, faces.corners[inside][between], window)


def outer_wall_area(mesh: TetrahedralMesh, regions: Regions, window: Window | None = None) -> float:
    """Area of the walls of a solid that the mesh leaves out [m²].

    Those are outer faces of the regions that are electrodes or insulation and do not lie on the window's planes.
    """
    faces = faces_of(mesh.cells)
    outer = np.flatnonzero(faces.exterior)
    outer = outer[np.isin(mesh.cell_tags[faces.cells[outer, 0]], tags_of(regions))]
    named = np.isin(tags_of_faces(mesh, faces)[outer], [BOUNDARIES[name] for name in WALLS])
    return _area(mesh, faces.corners[outer[named]], resolved_window(mesh, window))


def boundary_area(mesh: TetrahedralMesh, boundary: str, window: Window | None = None) -> float:
    """Area of a named boundary [m²]."""
    if boundary not in BOUNDARIES:
        raise GeometryError(f"no boundary is called {boundary!r}; there are {', '.join(BOUNDARIES)}")
    return _area(mesh, mesh.facets[mesh.facet_tags == BOUNDARIES[boundary]], window)


def specific_surface(
    mesh: TetrahedralMesh, surface: str | tuple[Regions, Regions], window: Window | None = None
) -> float:
    """Area of a boundary, or of the interface of two sets of regions, over the window's volume [1/m]."""
    if isinstance(surface, str):
        area = boundary_area(mesh, surface, window)
    else:
        area = interface_area(mesh, *surface, window)
    return area / resolved_window(mesh, window).volume


def _area(mesh: TetrahedralMesh, facets: np.ndarray, window: Window | None) -> float:
    areas = facet_areas(mesh.points, facets)
    if window is not None:
        areas = areas * shares_inside(mesh.points, facets, resolved_window(mesh, window))
    return float(areas.sum()) * MICROMETRE**2
