"""A case at one snapshot: its regions, the cut, and the bodies and edges which the pictures are made of."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from .case import Case, telling_time
from .errors import VisualizationError
from .notation import number_text, parameters_text, scaled_unit, time_text
from .options import Options, camera_direction, clip_plane
from .scene import Scene, view
from .stretch import Stretch, choose_stretch, union
from .style import INK, REGIONS

if TYPE_CHECKING:
    import pyvista

ELECTRODES = ("anode", "cathode", "anode_collector", "cathode_collector", "solid_2", "solid_3")
BODY = {"ambient": 0.45, "diffuse": 0.6, "specular": 0.15}
EDGES = {"color": INK, "line_width": 1.2, "lighting": False}
GHOST = {"color": "#9fb4c4", "line_width": 1.0, "lighting": False}
SHARP, VERY_SHARP = 30, 70  # degrees; of curved walls seen through others only the sharpest edges are no clutter
LIQUIDS = ("electrolyte", "separator")
TALL = 0.45  # an electrode of such a share of the electrolyte's drawn height hides what is behind it
GLASS = 0.32  # opacity of what stands before the cut
FILM = 0.12  # drawn thickness of films shown on their own, see choose_stretch


@dataclass(frozen=True)
class Moment:
    """A case at one snapshot (s), with what all its pictures share; fields are read when they are asked for."""

    case: Case
    time: float
    options: Options = field(default_factory=Options)

    @cached_property
    def grids(self) -> dict[str, "pyvista.UnstructuredGrid"]:
        """Every region's mesh, µm, with the fields that were asked for so far."""
        return {region: self.case.snapshot(region, self.time, ()) for region in self.case.regions}

    def grid(self, region: str, *names: str) -> "pyvista.UnstructuredGrid":
        """One region's mesh with some of its fields."""
        if region not in self.grids:
            known = ", ".join(self.grids) or "nothing"
            raise VisualizationError(f"no field file for {region} in {self.case.folder}. There is: {known}.")
        grid = self.grids[region]
        if missing := [name for name in names if name not in grid.array_names]:
            read = self.case.snapshot(region, self.time, missing)
            for name in missing:
                (grid.point_data if name in read.point_data else grid.cell_data)[name] = read[name]
        return grid

    @property
    def liquids(self) -> list[str]:
        """Regions in which ions move."""
        return [region for region in LIQUIDS if region in self.grids]

    @cached_property
    def box(self) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper corner of the cell, µm; of the electrodes' surfaces where no region was saved."""
        boxes = [grid.bounds for grid in self.grids.values()]
        boxes = boxes or [self.electrode(side).bounds for side in self.case.surfaces]
        if not boxes:
            raise VisualizationError(f"there is nothing to draw in {self.case.folder}")
        lower, upper = np.reshape(union(boxes), (3, 2)).T
        return lower, upper

    def electrode(self, side: str, *names: str) -> "pyvista.UnstructuredGrid":
        """An electrode's surface with some of its fields."""
        return self.case.surface(side, self.time, names)

    def conductor(self, name: str) -> "pyvista.UnstructuredGrid":
        """All regions in which ions move as one mesh, joined at their interfaces, with a field of the cells."""
        import pyvista

        parts = [self.grid(region, name) for region in self.liquids or ["electrolyte"]]
        if len(parts) == 1:
            return parts[0]
        bare = []
        for grid in parts:
            bare.append(pyvista.UnstructuredGrid(grid.cells, grid.celltypes, grid.points))
            bare[-1].cell_data[name] = grid.cell_data[name]
        # Regions are parts of one mesh: their points on the interface are the same numbers.
        return pyvista.merge(bare, merge_points=True)

    @cached_property
    def stretch(self) -> Stretch:
        """The exaggeration, the same in all pictures."""
        if not self.grids:
            return Stretch(2, np.array([0.0, 1.0]), np.array([0.0, 1.0]), 1.0, {})
        return choose_stretch({region: grid.bounds for region, grid in self.grids.items()})

    def films(self) -> "Moment":
        """The same without the electrolyte: thin films fill the picture, where they do not span the cell."""
        only = Moment(self.case, self.time, self.options)
        grids = {region: grid for region, grid in self.grids.items() if region not in LIQUIDS}
        bounds = {region: grid.bounds for region, grid in grids.items()}
        spans = union(bounds.values()) == union(grid.bounds for grid in self.grids.values())
        only.__dict__.update(grids=self.grids if spans else grids, cut=self.cut)
        only.__dict__["stretch"] = self.stretch if spans else choose_stretch(bounds, FILM)
        return only

    @cached_property
    def cut(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Normal of the cut towards the viewer, its origin (µm), and the direction towards the viewer."""
        lower, upper = self.box
        middle = (lower + upper) / 2
        hint = self.case.summary.get("cut") or {}
        normal = np.array(hint.get("normal", (0.0, 1.0, 0.0)), dtype=float)
        origin = np.array(hint.get("origin", middle), dtype=float)
        if self.options.clip not in (None, "default") and (plane := clip_plane(self.options.clip, lower, upper)):
            normal, origin = np.eye(3)[plane[0]], middle.copy()
            origin[plane[0]] = plane[1]
        if self.options.camera is not None:
            towards, _ = camera_direction(self.options.camera)
        else:
            centres = {r: np.mean(self.grids[r].points, axis=0) for r in ("anode", "cathode") if r in self.grids}
            towards, _ = view(normal, centres.get("cathode", middle) - centres.get("anode", middle))
        normal = normal * (1 if normal @ towards > -1e-12 else -1)
        # Beside the proposed plane by a hair: cutting through mesh vertices leaves degenerate faces.
        return normal, origin - 1e-4 * np.linalg.norm(upper - lower) * normal, towards

    @property
    def is_cut(self) -> bool:
        """Whether the cell is cut open."""
        return self.options.clip != "none"

    def behind_cut(self, mesh: Any) -> Any:
        """The part of a mesh on the far side of the cut; all of it where the cut misses."""
        if not self.is_cut:
            return mesh
        normal, origin, _ = self.cut
        part = mesh.clip(normal=tuple(normal), origin=tuple(origin), invert=True)
        return part if part.n_cells else mesh

    def before_cut(self, mesh: Any) -> Any:
        """The part of a mesh on the viewer's side of the cut; nothing without a cut."""
        normal, origin, _ = self.cut
        return mesh.clip(normal=tuple(normal), origin=tuple(origin), invert=False) if self.is_cut else _nothing()

    def section(self, mesh: Any) -> "pyvista.PolyData":
        """The cut through a mesh."""
        normal, origin, _ = self.cut
        return mesh.slice(normal=tuple(normal), origin=tuple(origin)) if self.is_cut else _nothing()

    def scene(self) -> Scene:
        """An empty scene, seen as all pictures of the case are."""
        camera = self.options.camera
        return Scene(self.cut[2], np.array([0.0, 0.0, 1.0]) if camera is None else camera_direction(camera)[1])

    def surface(self, mesh: Any) -> "pyvista.PolyData":
        """A mesh's surface as it is drawn."""
        # Clipping leaves degenerate faces behind, whose normals would show up as edges.
        return self.stretch.mesh(faces(mesh).triangulate().clean())

    def glass(self) -> "pyvista.PolyData":
        """The electrolyte's faces on the cell's outside: none of them coincides with an electrode's."""
        import pyvista

        parts = []
        for region, grid in self.grids.items():
            part = pyvista.UnstructuredGrid(grid.cells, grid.celltypes, grid.points)
            part.cell_data["electrolyte"] = np.full(part.n_cells, region == "electrolyte", dtype=np.uint8)
            parts.append(part)
        outside = faces(pyvista.merge(parts, merge_points=True))
        glass = self.stretch.mesh(faces(outside.extract_cells(outside.cell_data["electrolyte"] == 1)))
        return self.beside_bare(glass)

    def beside_bare(self, surface: "pyvista.PolyData") -> "pyvista.PolyData":
        """A drawn surface of a liquid without the facets which it shares with electrodes that have no volume.

        Two bodies in one place would be drawn as speckles of both.
        """
        shared = coincident(surface, [self.stretch.mesh(bare) for bare in self.bare.values()])
        return faces(surface.extract_cells(~shared)) if shared.any() else surface

    def hides(self, region: str) -> bool:
        """Whether an electrode's front would hide the cut: it stands as high as the electrolyte or nearly so."""
        liquid = np.ptp(np.concatenate([self.drawn_heights(r) for r in self.liquids]))
        return bool(np.ptp(self.drawn_heights(region)) > TALL * liquid)

    def drawn_heights(self, region: str) -> np.ndarray:
        """Lowest and highest coordinate of a region as it is drawn."""
        return self.stretch.points(np.reshape(self.grids[region].bounds, (3, 2)).T)[:, 2]

    def add_electrodes(self, scene: Scene, cut: bool = False, glass: bool = False) -> list[str]:
        """The electrodes as solid bodies in their own colours; their names, for the legend.

        With `cut`, those on top of the electrolyte are cut too: they would hide it; the front of others that would
        is glass. With `glass` every front is.
        """
        drawn = [region for region in ELECTRODES if region in self.grids]
        for region in drawn:
            grid = self.grids[region]
            outline = sharp_edges(faces(grid))
            if cut and grid.bounds[4] >= self.grid("electrolyte").center[2]:
                scene.mark(self.stretch.mesh(boundary(self.section(grid))), **EDGES)
                grid, outline = self.behind_cut(grid), self.behind_cut(outline)
            elif cut and self.is_cut and (glass or self.hides(region)):
                front = self.before_cut(faces(grid))
                outline = sharp_edges(faces(grid), VERY_SHARP)
                if front.n_cells:
                    scene.add(self.stretch.mesh(front), color=REGIONS[region], opacity=GLASS, **BODY)
                    scene.mark(self.stretch.mesh(boundary(self.section(grid))), **EDGES)
                    grid = self.behind_cut(grid)
            scene.add(self.surface(grid), color=REGIONS[region], **BODY)
            scene.mark(self.stretch.mesh(outline), **EDGES)
        return drawn

    @cached_property
    def bare(self) -> dict[str, "pyvista.PolyData"]:
        """Surfaces of the electrodes that have no volume, µm: metals, and hosts that conduct perfectly."""
        return {side: faces(self.electrode(side)) for side in self.case.surfaces if side not in self.grids}

    def add_bare(self, scene: Scene, front: bool = False) -> list[str]:
        """Electrodes without volume in their own colours; their names, for the legend.

        With `front` only what stands before the cut, as glass.
        """
        for side, surface in self.bare.items():
            drawn = self.stretch.mesh(self.before_cut(surface) if front else surface)
            if drawn.n_cells:
                scene.add(drawn, color=REGIONS[side], opacity=GLASS if front else 1.0, **BODY)
                scene.mark(boundary(drawn), **EDGES)
        return list(self.bare)

    @cached_property
    def drawn_box(self) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper corner of the cell as it is drawn."""
        lower, upper = self.stretch.points(np.array(self.box))
        return lower, upper

    def add_ghost(self, scene: Scene) -> None:
        """The edges of the whole electrolyte, faintly; of the cell's box where walls inside have edges of their own."""
        if self.bare or any(self.hides(region) for region in ELECTRODES if region in self.grids):
            self.add_box(scene)
        else:
            scene.add(sharp_edges(self.surface(self.grid("electrolyte"))), **GHOST)

    def add_box(self, scene: Scene) -> None:
        """The edges of the cell's box, faintly."""
        import pyvista

        lower, upper = self.drawn_box
        scene.add(pyvista.Box(np.column_stack([lower, upper]).ravel()).extract_all_edges(), **GHOST)

    def add_cut_edges(self, scene: Scene) -> None:
        """The electrolyte's edges behind the cut, the cut's outline, and faintly the edges in front."""
        grid = self.grid("electrolyte")
        for mesh in (self.behind_cut(sharp_edges(faces(grid))), boundary(self.section(grid))):
            scene.mark(self.stretch.mesh(mesh), **EDGES)
        self.add_ghost(scene)

    @property
    def subtitle(self) -> str:
        """Which case, and when in its protocol."""
        table = self.case.curves
        time = table["time [s]"].to_numpy()
        row = table.iloc[max(np.searchsorted(time, self.time * (1 + 1e-9), side="right") - 1, 0)]
        # Round-off below zero is no voltage of its own.
        volts = round(float(row["voltage [V]"]), 3) + 0.0
        current = float(row["current_density [A/m2]"])
        factor, unit = scaled_unit(max(abs(current), 1.0), "A m$^{-2}$")
        state = [
            f"t = {time_text(self.time)}",
            self.case.step_text(int(row["protocol_step"]), str(row["kind"])),
            f"{volts:.3f} V".replace("-", "\N{MINUS SIGN}"),
            f"{number_text(current * factor)} {unit} of footprint",
        ]
        # A number stays with its unit where the line is broken.
        return f"{self.name}  ·  " + ", ".join(told.replace(" ", "\N{NO-BREAK SPACE}") for told in state)

    @property
    def name(self) -> str:
        """The study and the case's parameters."""
        summary = self.case.summary
        parameters = parameters_text(summary.get("parameters", {}))
        return f"{summary.get('study', '')}" + (f" ({parameters})" if parameters else "")

    @property
    def notes(self) -> list[str]:
        """What is not true to scale, and which part of the device is shown."""
        multiplicity = float(self.case.summary.get("multiplicity", 1))
        share = f"simulated by symmetry: 1/{multiplicity:g} of the device" if multiplicity > 1 else ""
        return [self.stretch.note, share]


def moment(case: Case, time: float | None = None, options: Options | None = None) -> Moment:
    """The snapshot nearest to `time` (s); without it the one with the largest current."""
    return Moment(case, telling_time(case) if time is None else case.saved_time(time), options or Options())


def _nothing() -> "pyvista.PolyData":
    import pyvista

    return pyvista.PolyData()


def faces(mesh: Any) -> "pyvista.PolyData":
    """The outer faces of a mesh."""
    return mesh.extract_surface(algorithm="dataset_surface")


def coincident(surface: "pyvista.PolyData", others: list["pyvista.PolyData"]) -> np.ndarray:
    """Which facets of a surface lie on those of others of the same mesh, by their centres."""
    from scipy.spatial import cKDTree

    if not others:
        return np.zeros(surface.n_cells, dtype=bool)
    tree = cKDTree(np.concatenate([other.cell_centers().points for other in others]))
    return tree.query(surface.cell_centers().points)[0] <= 1e-6 * surface.length


def sharp_edges(surface: "pyvista.PolyData", angle: float = SHARP) -> "pyvista.PolyData":
    """Edges at which a surface turns by more than an angle in degrees."""
    return surface.extract_feature_edges(angle, boundary_edges=False, manifold_edges=False, non_manifold_edges=False)


def boundary(flat: "pyvista.PolyData") -> "pyvista.PolyData":
    """The outline of a plane section."""
    return flat.clean().extract_feature_edges(
        boundary_edges=True, feature_edges=False, manifold_edges=False, non_manifold_edges=False
    )


def middle_of_top(surface: "pyvista.PolyData") -> np.ndarray:
    """A point (3,) on a body's top, as far from its edges as the mesh allows: where its name is written."""
    from scipy.spatial import cKDTree

    top = surface.points[surface.points[:, 2] >= surface.bounds[5] - 1e-9 * surface.length]
    edges = sharp_edges(surface).points
    if not len(edges):
        return top.mean(axis=0)
    distances = cKDTree(edges).query(top)[0]
    deepest = top[distances >= 0.95 * distances.max()]
    return deepest[np.argmin(np.linalg.norm(deepest - deepest.mean(axis=0), axis=1))]
