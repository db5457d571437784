"""Pictures of a mesh before anything is solved: its regions, and its cells where the cut opens it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..geometry.formats import read_built
from ..geometry.tags import REGIONS as REGION_TAGS
from .fields import draw_geometry
from .moment import BODY, Moment, faces, sharp_edges
from .page import save
from .picture import Picture
from .style import INK, REGIONS

if TYPE_CHECKING:
    import pyvista

CELL_EDGES = {"show_edges": True, "edge_color": INK, "line_width": 0.35}
MOST_DRAWN_EDGES = 400_000


class MeshCase:
    """Stands for a case of which only the mesh exists.

    Parameters
    ----------
    path
        The mesh file.
    summary
        Study, parameters, architecture, multiplicity and cut, as a case's summary has them.
    """

    def __init__(self, path: Path, summary: Mapping[str, Any]):
        self.folder = path.parent
        self.summary = dict(summary)
        self.grids = region_grids(path)
        self.regions = list(self.grids)
        self.surfaces: list[str] = []

    def snapshot(self, region: str, time: float, names: Sequence[str] | None = None) -> "pyvista.UnstructuredGrid":
        """The mesh of a region; it has no fields, at any time."""
        return self.grids[region]


def region_grids(path: Path) -> dict[str, "pyvista.UnstructuredGrid"]:
    """The mesh of every region of a file, µm."""
    import pyvista

    mesh = read_built(path)
    grids = {}
    for name, tag in REGION_TAGS.items():
        cells = mesh.cells[mesh.cell_tags == tag]
        if len(cells):
            used, corners = np.unique(cells, return_inverse=True)
            grids[name] = pyvista.UnstructuredGrid({pyvista.CellType.TETRA: corners.reshape(-1, 4)}, mesh.points[used])
    return grids


def make_mesh_pictures(path: Path, summary: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw ``geometry.png`` and ``mesh.png`` of a mesh file into a folder.

    Parameters
    ----------
    path
        The mesh file.
    summary
        See `MeshCase`.
    """
    now = Moment(MeshCase(path, summary), 0.0)
    return [
        save(draw(now).figure(), folder / f"{name}.png")
        for name, draw in {"geometry": draw_geometry, "mesh": draw_cells}.items()
    ]


def draw_cells(now: Moment) -> Picture:
    """All regions behind the cut, whole cells, with their edges."""
    normal, origin, _ = now.cut
    scene = now.scene()
    cells = 0
    for region, grid in now.grids.items():
        cells += grid.n_cells
        centres = grid.cell_centers().points
        behind = grid.extract_cells((centres - origin) @ normal <= 0)
        if not behind.n_cells:
            continue
        surface = now.stretch.mesh(faces(behind))
        edges = CELL_EDGES if surface.n_cells < MOST_DRAWN_EDGES else {}
        scene.add(surface, color=REGIONS[region], **BODY, **edges)
        scene.mark(now.stretch.mesh(sharp_edges(faces(grid))), color=INK, line_width=0.6, opacity=0.25, lighting=False)
    architecture = str(now.case.summary.get("architecture", "")).replace("_", " ")
    return Picture(
        scene,
        now.stretch,
        f"Mesh: {architecture}",
        now.name,
        legend=list(now.grids),
        notes=[*now.notes, f"{cells:,} tetrahedra, cut open along whole cells"],
    )
