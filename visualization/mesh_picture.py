"""Pictures of a mesh before anything is solved: its regions, and its cells where the cut opens it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..geometry.formats import read_built
from ..geometry.tags import REGIONS as REGION_TAGS
from .fields import draw_geometry
from .moment import BODY, Moment, faces, sharp_edges
from .notation import number_text
from .page import save
from .picture import ColourBar, Picture
from .scene import Scene
from .style import INK, REGIONS
from .surface_maps import UNLIT

if TYPE_CHECKING:
    import pyvista

CELL_EDGES = {"show_edges": True, "edge_color": INK, "line_width": 0.35}
MOST_DRAWN_EDGES = 400_000
OUTLINE = {"color": INK, "line_width": 0.6, "opacity": 0.25, "lighting": False}


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


def _add_cells(now: Moment, scene: Scene, grid: "pyvista.UnstructuredGrid", **look: Any) -> None:
    """A region's cells behind the cut with their edges, and the region's own edges there.

    Whole cells: a cut through them would show other shapes than those which compute.
    """
    normal, origin, _ = now.cut
    behind = grid.extract_cells((grid.cell_centers().points - origin) @ normal <= 0) if now.is_cut else grid
    if not behind.n_cells:
        return
    surface = now.stretch.mesh(faces(behind))
    scene.add(surface, **look, **(CELL_EDGES if surface.n_cells < MOST_DRAWN_EDGES else {}))
    outline = sharp_edges(faces(grid)).clip(normal=tuple(normal), origin=tuple(origin), invert=True)
    scene.mark(now.stretch.mesh(outline), **OUTLINE)


def draw_cells(now: Moment) -> Picture:
    """All regions behind the cut, whole cells, with their edges."""
    scene = now.scene()
    cells = 0
    for region, grid in now.grids.items():
        cells += grid.n_cells
        _add_cells(now, scene, grid, color=REGIONS[region], **BODY)
    architecture = str(now.case.summary.get("architecture", "")).replace("_", " ")
    return Picture(
        scene,
        now.stretch,
        f"Mesh: {architecture}",
        now.name,
        legend=list(now.grids),
        notes=[*now.notes, f"{cells:,} tetrahedra, cut open along whole cells"],
    )


def draw_quality(now: Moment) -> Picture:
    """All cells behind the cut, coloured by their radius ratio; the worst of the whole mesh is told and shown.

    The radius ratio is three times the inscribed over the circumscribed sphere's radius: 1 is regular, 0 flat.
    """
    from ..geometry.quality import dihedral_angles, radius_ratios

    normal, origin, _ = now.cut
    scene = now.scene()
    ratios, angles, place = [], [], None
    for grid in now.grids.values():
        cells = np.asarray(grid.cell_connectivity).reshape(-1, 4)
        points = np.asarray(grid.points, dtype=float)
        ratio = radius_ratios(points, cells)
        if not ratios or ratio.min() < min(one.min() for one in ratios):
            place = points[cells[np.argmin(ratio)]].mean(axis=0)
        ratios.append(ratio)
        angles.append(dihedral_angles(points, cells))
        kept = grid.copy(deep=False)
        kept.clear_data()
        kept.cell_data["quality"] = ratio
        _add_cells(now, scene, kept, scalars="quality", cmap="viridis", clim=(0.0, 1.0), **UNLIT)
    quality, angle = np.concatenate(ratios), np.concatenate([one.reshape(-1) for one in angles])
    bar = ColourBar("Radius ratio of the cells (1: regular)", "viridis", (0.0, 1.0), key="quality")
    where = ", ".join(map(number_text, place))
    notes = [
        *now.notes,
        f"{len(quality):,} tetrahedra, median radius ratio {np.median(quality):.2f}",
        f"worst {quality.min():.2g} at ({where}) µm",
        f"dihedral angles {angle.min():.3g}° to {angle.max():.3g}°",
    ]
    shown = not now.is_cut or (place - origin) @ normal <= 0
    labels = {"worst": now.stretch.points(place[None])[0]} if shown else {}
    return Picture(scene, now.stretch, "Mesh and its quality", now.name, [bar], (), notes, labels)
