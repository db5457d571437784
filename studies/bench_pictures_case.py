"""Results of any size in closed form, to measure what drawing them costs: a cube with a pillar on either side."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import h5py
import numpy as np

from ..solvers import vtkhdf

#: The six tetrahedra of a hexahedron whose vertex v lies at (v & 1, v >> 1 & 1, v >> 2 & 1) (Kuhn).
KUHN = np.array([(0, 1, 3, 7), (0, 5, 1, 7), (0, 3, 2, 7), (0, 2, 6, 7), (0, 4, 5, 7), (0, 6, 4, 7)])

#: Edge of the cube [µm], its thirds in which the pillars stand, and how high they are in edges.
EDGE, HEIGHT = 100.0, 0.7

#: Seconds between snapshots.
APART = 10.0


def write_case(folder: Path, cells: int, snapshots: int = 2) -> Path:
    """A case's folder as a run leaves it: fields of three regions and two surfaces, a table and a summary.

    Parameters
    ----------
    folder
        Is made.
    cells
        About how many tetrahedra.
    snapshots
        Times that are saved; the fields grow with time and hold no further meaning.
    """
    folder.mkdir(parents=True)
    number = round((cells / 6) ** (1 / 3)) + 1
    points, tetrahedra, region = _cube(number)
    grids = {name: tetrahedra[region == index] for index, name in enumerate(("electrolyte", "anode", "cathode"))}
    for name, chosen in grids.items():
        used, local = _compact(chosen)
        place = points[used] / EDGE
        wave = np.sin(np.pi * place[:, 0]) * np.cos(np.pi * place[:, 1]) * (1 + place[:, 2])
        nodal = {"concentration [mol m-3]": 1000 + 100 * wave, "potential [V]": 0.1 * wave}
        if name != "electrolyte":
            nodal["stoichiometry"] = 0.5 + 0.2 * wave
        centres = points[used][local].mean(axis=1) / EDGE
        current = np.column_stack([1 + centres[:, 2], centres[:, 1] - 0.5, 0.3 * np.sin(np.pi * centres[:, 0])])
        _write(folder / f"{name}.vtkhdf", points[used], local, nodal, {"current density [A m-2]": current}, snapshots)
    liquid = _faces(grids["electrolyte"])
    for side in ("anode", "cathode"):
        facets = _shared(liquid, _faces(grids[side]), len(points))
        used, local = _compact(facets)
        nodal = {"current density [A m-2]": (1 if side == "anode" else -1) * (1 + points[used][:, 2] / EDGE)}
        _write(folder / f"{side}_surface.vtkhdf", points[used], local, nodal, {}, snapshots)
    with (folder / "timeseries.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["time [s]", "protocol_step", "kind", "voltage [V]", "current [A]", "current_density [A/m2]"])
        rows.writerows([APART * step, 0, "discharge", 1.0, -1e-6, -10.0] for step in range(1, snapshots + 1))
    summary = {"study": "pictures", "case": folder.name, "parameters": {}, "architecture": "pillars", "steps": []}
    (folder / "summary.json").write_text(json.dumps(summary))
    return folder


def _cube(number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points of a cube [µm], its tetrahedra, and their region: 0 electrolyte, 1 anode, 2 cathode."""
    axis = np.linspace(0.0, EDGE, number)
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    corner = np.stack(np.meshgrid(*(np.arange(number - 1),) * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    offsets = np.array([[v & 1, v >> 1 & 1, v >> 2 & 1] for v in range(8)])
    vertices = np.ravel_multi_index(np.moveaxis(corner[:, None] + offsets, -1, 0), (number,) * 3)
    middle = (corner + 0.5) / (number - 1)
    low = (middle[:, 2] < HEIGHT) & (np.abs(middle[:, 1] - 0.5) < 1 / 3)
    region = np.where(low & (middle[:, 0] < 0.25), 1, np.where(low & (middle[:, 0] > 0.75), 2, 0))
    return points, vertices[:, KUHN].reshape(-1, 4), np.repeat(region, len(KUHN))


def _compact(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    used, local = np.unique(cells, return_inverse=True)
    return used, local.reshape(cells.shape)


def _faces(tetrahedra: np.ndarray) -> np.ndarray:
    return np.concatenate([tetrahedra[:, keep] for keep in ([0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3])])


def _shared(one: np.ndarray, other: np.ndarray, nodes: int) -> np.ndarray:
    """Faces that are in both lists."""
    keys = [np.sort(faces, axis=1) @ np.array([nodes**2, nodes, 1]) for faces in (one, other)]
    return one[np.isin(keys[0], keys[1])]


def _write(path: Path, points, cells, nodal: dict, cellwise: dict, snapshots: int) -> None:
    """A field file: the first snapshot by the run's own writer, the others by repeating its rows."""
    vtkhdf.create(path, points, cells)
    vtkhdf.append(path, APART, nodal, cellwise)
    with h5py.File(path, "a") as file:
        root, steps = file["VTKHDF"], file["VTKHDF/Steps"]
        for kind, fields in (("PointData", nodal), ("CellData", cellwise)):
            for name, values in fields.items():
                rows = len(values)
                root[kind][name].resize(rows * snapshots, axis=0)
                offsets = steps[f"{kind}Offsets"][name]
                offsets.resize(snapshots, axis=0)
                for step in range(1, snapshots):
                    root[kind][name][step * rows : (step + 1) * rows] = values * (1 + 0.01 * step)
                    offsets[step] = step * rows
        for name in ("Values", "NumberOfParts", "PartOffsets", "PointOffsets", "CellOffsets", "ConnectivityIdOffsets"):
            steps[name].resize(snapshots, axis=0)
        steps["Values"][:] = APART * np.arange(1, snapshots + 1)
        steps["NumberOfParts"][:] = 1
        steps.attrs["NSteps"] = np.int64(snapshots)
