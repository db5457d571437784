"""Layers of cells on the walls of an electrolyte, for double layers that are far thinner than any cell.

A finished mesh gets them: the electrolyte's copy of each wall point moves inwards, and prisms fill the gap, in layers
that grow geometrically from the wall and are split into tetrahedra by the rule of ``extrusion.py``.  Walls, outer
planes and boundaries between regions stay where they are, hence volumes and areas do.  (Y. Ito, K. Nakahashi,
"Unstructured mesh generation for viscous flow computations", 11th International Meshing Roundtable, 2002.)

How far a point moves is limited by the cells above it, which must keep their shape; where there is less room than for
the full stack, the layers grow more slowly, then get thinner, down to nothing in a corner that cannot hold any.
"""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from .errors import GeometryError, MeshQualityError
from .parameters import MICROMETRE, micrometres
from .quality import dihedral_angles
from .sizing import MeshSizes, scaled
from .tetrahedra import TetrahedralMesh, cell_volumes
from .wall_columns import Columns, find_columns

_LARGEST_SHARE = 0.75
"""Layers take no more than this share of the height of the cells on the wall."""

_SLOPE = 0.5
"""Largest change of the layers' thickness per length along the wall."""

_LEAST_VOLUME = 0.05
"""Share of its volume that a cell above the layers keeps at least."""

_FLATTEST = 155.0
"""Largest dihedral angle [degrees] that layers may bring about; a cell that has a larger one must not get worse."""

_FLATTEST_LAYER = 160.0
"""Largest dihedral angle [degrees] of the layers' own cells."""

_BLOCK = 5000
"""So many wall facets are looked at at once, which bounds the memory."""

_SHRINK, _TRIALS, _LAST_TRIAL = 0.7, 40, 400


def share_of_height(growth: float) -> float:
    """Share of the height of the cells on a wall that layers take.

    The last of many layers of total thickness t is t (1 − 1/g) high; of a cell of height h, g times that is left
    behind it at t = h/g.
    """
    return min(1 / growth, _LARGEST_SHARE)


def layer_number(thickness: float, first: float, growth: float) -> int:
    """Number of layers, the first one ``first`` high and none more than ``growth`` times the last, in a thickness."""
    return max(1, math.ceil(math.log1p(thickness * (growth - 1) / first) / math.log(growth) - 1e-9))


def expected_layers(sizes: MeshSizes) -> int:
    """Number of layers to be expected of resolved sizes, for estimates; 0 without ``wall_size``."""
    if sizes.wall_size is None:
        return 0
    return layer_number(share_of_height(sizes.growth) * sizes.interface_size, sizes.wall_size, sizes.growth)


def add_wall_layers(mesh: TetrahedralMesh, sizes: MeshSizes) -> TetrahedralMesh:
    """Put layers on the electrolyte's walls; the same mesh where ``sizes.wall_size`` is None.

    Walls are the electrodes' and collectors' surfaces and ``insulation``, as far as they touch an electrolyte, and
    outer faces that continue them in their own plane.

    Parameters
    ----------
    mesh
        Coordinates in µm.
    sizes
        ``wall_size`` is the height of the first layer [m], ``growth`` the ratio of neighbouring ones; resolved or not.

    Raises
    ------
    GeometryError
        There are no walls, or no room for layers of that height on half of them.
    """
    if sizes.wall_size is None:
        return mesh
    sizes = scaled(sizes)
    first, growth = sizes.wall_size / MICROMETRE, sizes.growth
    columns = find_columns(mesh)
    if not len(columns.walls):
        raise GeometryError(
            "mesh: wall_size asks for layers on walls, but no electrode or insulation touches the electrolyte; "
            "leave mesh.wall_size out"
        )
    above = _CellsAbove(mesh, columns)
    thickness = _shrunk(mesh, columns, _room(mesh, columns, growth), [above])
    _require_room(columns, thickness, first)
    number = layer_number(float(thickness.max()), first, growth)
    within = _Layers(mesh, columns, first, growth, number)
    heights = _heights(_shrunk(mesh, columns, thickness, [above, within]), first, growth, number)
    points, levels = _points(mesh.points, columns, heights)
    layers, wall = _prisms(columns.walls, levels)
    lifted = _lifted(mesh.cells, columns.of_cells, levels)
    facets, facet_tags = _facets(mesh, columns, levels)
    return TetrahedralMesh(
        points,
        np.concatenate([lifted, layers]),
        np.concatenate([mesh.cell_tags, mesh.cell_tags[columns.wall_cells[wall]]]),
        facets,
        facet_tags,
        dict(mesh.details) | {"wall layers": _described(columns, heights)},
    )


def _room(mesh: TetrahedralMesh, columns: Columns, growth: float) -> np.ndarray:
    """Thickness of the layers on every column [µm] by the height of the cells on the walls around it."""
    total, count = np.zeros(len(columns.foot)), np.zeros(len(columns.foot))
    np.add.at(total, columns.walls, _cell_heights(mesh, columns)[:, None])
    np.add.at(count, columns.walls, 1.0)
    stands = np.any(columns.direction != 0, axis=1) & (count > 0)
    return np.where(stands, share_of_height(growth) * total / np.maximum(count, 1), 0.0)


def _cell_heights(mesh: TetrahedralMesh, columns: Columns) -> np.ndarray:
    """Height of the cell on every wall facet [µm]."""
    feet = columns.foot[columns.walls]
    apex = mesh.cells[columns.wall_cells].sum(axis=1) - feet.sum(axis=1)
    return np.einsum("ij,ij->i", mesh.points[apex] - mesh.points[feet[:, 0]], columns.normals)


class _CellsAbove:
    """The cells on the columns, and whether lifting their corners spoils them."""

    def __init__(self, mesh: TetrahedralMesh, columns: Columns) -> None:
        touching = np.any(columns.of_cells >= 0, axis=1)
        self.points, self.direction = mesh.points, columns.direction
        self.cells, self.columns = mesh.cells[touching], columns.of_cells[touching]
        self.least_volume = _LEAST_VOLUME * cell_volumes(mesh.points, self.cells)
        self.largest_angle = np.maximum(_FLATTEST, dihedral_angles(mesh.points, self.cells).max(axis=1) + 1.0)

    def spoilt(self, thickness: np.ndarray, changed: np.ndarray) -> np.ndarray:
        """Columns of spoilt cells, of those cells only that stand on a column that changed."""
        looked_at = np.any((self.columns >= 0) & changed[self.columns], axis=1)
        cells, columns = self.cells[looked_at], self.columns[looked_at]
        lift = (self.direction * thickness[:, None])[columns]
        corners = (self.points[cells] + np.where((columns >= 0)[..., None], lift, 0.0)).reshape(-1, 3)
        lifted = np.arange(len(corners)).reshape(-1, 4)
        wrong = cell_volumes(corners, lifted) < self.least_volume[looked_at]
        wrong |= dihedral_angles(corners, lifted).max(axis=1) > self.largest_angle[looked_at]
        found = np.unique(columns[wrong])
        return found[found >= 0]


class _Layers:
    """The layers' own cells, and whether they have a shape."""

    def __init__(self, mesh: TetrahedralMesh, columns: Columns, first: float, growth: float, number: int) -> None:
        self.mesh, self.columns = mesh, columns
        self.pattern = first, growth, number

    def spoilt(self, thickness: np.ndarray, changed: np.ndarray) -> np.ndarray:
        """Columns under spoilt cells, of those cells only that stand on a column that changed."""
        walls = self.columns.walls[changed[self.columns.walls].any(axis=1)]
        found = [np.empty(0, dtype=walls.dtype)]
        for start in range(0, len(walls), _BLOCK):
            block = walls[start : start + _BLOCK]
            # Sorted numbers keep their order, on which the cut of the prisms depends.
            there, local = np.unique(block, return_inverse=True)
            columns = dataclasses.replace(
                self.columns, foot=np.arange(len(there)), direction=self.columns.direction[there]
            )
            feet = self.mesh.points[self.columns.foot[there]]
            points, levels = _points(feet, columns, _heights(thickness[there], *self.pattern))
            cells, wall = _prisms(local.reshape(-1, 3), levels)
            wrong = cell_volumes(points, cells) <= 0
            wrong |= dihedral_angles(points, cells).max(axis=1, initial=0.0) > _FLATTEST_LAYER
            found.append(np.unique(block[wall[wrong]]))
        return np.unique(np.concatenate(found))


def _shrunk(
    mesh: TetrahedralMesh, columns: Columns, thickness: np.ndarray, checks: Sequence[_CellsAbove | _Layers]
) -> np.ndarray:
    """Thickness lowered wherever it spoils cells, step by step and then to nothing, and evenly around there."""
    edges = np.unique(np.sort(columns.walls[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)
    one, two = mesh.points[columns.foot[edges.T]]
    slack = _SLOPE * np.linalg.norm(one - two, axis=1)
    thickness, before = thickness.copy(), np.full(len(thickness), np.nan)
    for trial in range(_LAST_TRIAL):
        _limit_slope(thickness, edges, slack)
        changed = thickness != before
        spoilt = np.unique(np.concatenate([check.spoilt(thickness, changed) for check in checks]))
        if not len(spoilt):
            return thickness
        before = thickness.copy()
        thickness[spoilt] *= _SHRINK if trial < _TRIALS else 0.0
    raise MeshQualityError(
        "mesh: the layers on the walls spoil the cells there; try another mesh.interface_size, "
        "or leave mesh.wall_size out"
    )


def _limit_slope(thickness: np.ndarray, edges: np.ndarray, slack: np.ndarray) -> None:
    """Lower thicknesses until no edge of the wall sees a steeper change than it may, or nearly so."""
    one, two = edges.T
    for _ in range(20):
        before = thickness.copy()
        np.minimum.at(thickness, one, before[two] + slack)
        np.minimum.at(thickness, two, before[one] + slack)
        if np.array_equal(before, thickness):
            return


def _require_room(columns: Columns, thickness: np.ndarray, first: float) -> None:
    """Refuse a first layer that is higher than all layers together may be, on half of the walls' area."""
    on_facets = thickness[columns.walls].mean(axis=1)
    order = np.argsort(on_facets)
    covered = np.cumsum(columns.areas[order])
    median = on_facets[order[np.searchsorted(covered, covered[-1] / 2)]]
    if median < first:
        raise GeometryError(
            f"mesh: wall_size ({micrometres(first * MICROMETRE)}) is higher than all that layers may take of the cells "
            f"on the walls ({micrometres(median * MICROMETRE)} on half of them); make mesh.wall_size smaller than "
            "that, or leave it out where no layers are wanted"
        )


def _heights(thickness: np.ndarray, first: float, growth: float, number: int) -> np.ndarray:
    """Heights of all levels on every column [µm], shape (c, number + 1): ``first``, then growing to the thickness.

    Where there is less room, the ratio is smaller than ``growth``, and 1 at least: then the first layer is lower.
    """
    low, high = np.full(len(thickness), 1 + 1e-9), np.full(len(thickness), growth)
    for _ in range(50):
        ratio = (low + high) / 2
        too_thick = first * (ratio**number - 1) / (ratio - 1) > thickness
        low, high = np.where(too_thick, low, ratio), np.where(too_thick, ratio, high)
    layers = low[:, None] ** np.arange(number)
    heights = np.concatenate([np.zeros((len(thickness), 1)), np.cumsum(layers, axis=1)], axis=1)
    # What the whole pattern of the largest ratio cannot reach stays with the cells above.
    return heights * np.minimum(first, thickness / heights[:, -1])[:, None]


def _points(points: np.ndarray, columns: Columns, heights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points, those given and those of all levels, and the point of every level of every column, shape (c, levels)."""
    stands = heights[:, -1] > 0
    levels = np.repeat(columns.foot[:, None], heights.shape[1], axis=1)
    number = heights.shape[1] - 1
    levels[stands, 1:] = len(points) + np.arange(np.count_nonzero(stands) * number).reshape(-1, number)
    rise = heights[stands, 1:, None] * columns.direction[stands, None, :]
    added = points[columns.foot[stands], None, :] + rise
    return np.concatenate([points, added.reshape(-1, 3)]), levels


def _prisms(walls: np.ndarray, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tetrahedra of all layers on wall facets, and the facet of each; none where columns are missing."""
    order = np.argsort(walls, axis=1)
    p, q, r = np.take_along_axis(walls, order, axis=1).T
    # A permutation's sign is that of the product of its differences.
    odd = (order[:, 1] - order[:, 0]) * (order[:, 2] - order[:, 0]) * (order[:, 2] - order[:, 1]) < 0
    p0, q0, r0 = (levels[column, :-1] for column in (p, q, r))
    p1, q1, r1 = (levels[column, 1:] for column in (p, q, r))
    cells = np.stack([p0, q0, r0, r1, p0, q0, q1, r1, p0, p1, q1, r1], axis=-1).reshape(*p0.shape, 3, 4)
    swapped = np.broadcast_to((odd[:, None] ^ np.array([False, True, False]))[:, None, :], cells.shape[:3])
    cells[swapped, :2] = cells[swapped, 1::-1]
    wall = np.broadcast_to(np.arange(len(p))[:, None, None], cells.shape[:3]).ravel()
    cells = cells.reshape(-1, 4)
    ordered = np.sort(cells, axis=1)
    proper = np.all(ordered[:, 1:] != ordered[:, :-1], axis=1)
    return cells[proper], wall[proper]


def _lifted(corners: np.ndarray, of_corners: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Corners on columns replaced by the columns' uppermost points."""
    return np.where(of_corners >= 0, levels[of_corners, -1], corners)


def _facets(mesh: TetrahedralMesh, columns: Columns, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Named facets: walls as they were, outer faces above the layers, and the layers' own side faces."""
    named = np.flatnonzero(columns.face_tags > 0)
    corners, tags = columns.faces.corners[named], columns.face_tags[named]
    sides = columns.faces.cells[named]
    above = ~columns.on_wall[named]
    dry = np.all(columns.of_cells[sides[:, 0]] < 0, axis=1)
    wet = np.where(dry & (sides[:, 1] >= 0), sides[:, 1], sides[:, 0])
    corners[above] = _lifted(corners[above], columns.at(wet[above], corners[above], mesh.cells), levels)
    p, q = np.sort(columns.rims, axis=1).T
    p0, q0, p1, q1 = levels[p, :-1], levels[q, :-1], levels[p, 1:], levels[q, 1:]
    rising = np.stack([p0, q0, q1, p0, q1, p1], axis=-1).reshape(-1, 3)
    rising_tags = np.repeat(columns.rim_tags, 2 * p0.shape[1])
    ordered = np.sort(rising, axis=1)
    proper = np.all(ordered[:, 1:] != ordered[:, :-1], axis=1) & (rising_tags > 0)
    return np.concatenate([corners, rising[proper]]), np.concatenate([tags, rising_tags[proper]])


def _described(columns: Columns, heights: np.ndarray) -> dict[str, float]:
    """What the layers are like, for the report; means are over the walls' area."""
    rise = np.einsum("wkj,wj->wk", columns.direction[columns.walls], columns.normals)
    first, total = ((rise * heights[:, level][columns.walls]).mean(axis=1) * MICROMETRE for level in (1, -1))
    return {
        "number": heights.shape[1] - 1,
        **_least_and_mean("first height", first, columns),
        **_least_and_mean("thickness", total, columns),
    }


def described_first_layer(mesh: TetrahedralMesh) -> dict[str, float]:
    """Heights of the cells on the walls, for the report of meshes whose own grading starts with ``wall_size``."""
    columns = find_columns(mesh)
    return _least_and_mean("first height", _cell_heights(mesh, columns) * MICROMETRE, columns)


def _least_and_mean(what: str, values: np.ndarray, columns: Columns) -> dict[str, float]:
    mean = float(np.average(values, weights=columns.areas))
    return {f"{what}, least [m]": float(values.min()), f"{what}, mean [m]": mean}
