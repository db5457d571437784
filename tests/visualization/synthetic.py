"""Result folders in the layout which runs write, filled with closed-form or Laplace fields."""

import json
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve

TIMES = np.array([0.0, 20.0, 60.0, 90.0, 110.0])
KUHN = ((0, 1, 3, 7), (0, 5, 1, 7), (0, 3, 2, 7), (0, 2, 6, 7), (0, 4, 5, 7), (0, 6, 4, 7))


def box_of_tetrahedra(xs, ys, zs, region_of):
    """Tetrahedra of a rectilinear grid: points (n, 3) and {region: cells (m, 4)}; region None is left out."""
    shape = (len(xs), len(ys), len(zs))
    points = np.stack(np.meshgrid(xs, ys, zs, indexing="ij"), axis=-1).reshape(-1, 3)
    corner = np.stack(np.meshgrid(*(np.arange(n - 1) for n in shape), indexing="ij"), axis=-1).reshape(-1, 3)
    # vertex v of a hexahedron is at offset (v & 1, v >> 1 & 1, v >> 2 & 1)
    offsets = np.array([[v & 1, v >> 1 & 1, v >> 2 & 1] for v in range(8)])
    vertices = np.ravel_multi_index(np.moveaxis(corner[:, None] + offsets, -1, 0), shape)
    middles = points[vertices].mean(axis=1)
    names = np.array([region_of(*m) or "" for m in middles])
    tetrahedra = vertices[:, np.array(KUHN)]
    return points, {name: tetrahedra[names == name].reshape(-1, 4) for name in sorted(set(names) - {""})}


def gradients(points, cells):
    """Gradients of the four hat functions (m, 4, 3) and volumes (m,)."""
    edges = points[cells[:, 1:]] - points[cells[:, :1]]
    inverse = np.linalg.inv(edges)
    hats = np.concatenate([-inverse.sum(axis=2)[:, :, None], inverse], axis=2)
    return np.swapaxes(hats, 1, 2), np.abs(np.linalg.det(edges)) / 6


def laplace(points, cells, fixed):
    """Nodal solution of Laplace's equation; `fixed` maps node to value, everything else is insulated."""
    hats, volumes = gradients(points, cells)
    local = np.einsum("cik,cjk,c->cij", hats, hats, volumes)
    rows = np.repeat(cells, 4, axis=1).ravel()
    columns = np.tile(cells, (1, 4)).ravel()
    matrix = coo_matrix((local.ravel(), (rows, columns)), shape=(len(points), len(points))).tocsr()
    nodes, values = np.array(list(fixed)), np.array(list(fixed.values()))
    free = np.setdiff1d(np.unique(cells), nodes)
    solution = np.zeros(len(points))
    solution[nodes] = values
    solution[free] = spsolve(matrix[free][:, free], -matrix[free][:, nodes] @ values)
    return solution


def write_vtkhdf(path, points, cells, times, point_data, cell_data):
    """An UnstructuredGrid time series on one mesh (VTKHDF 2.2); fields have shape (time, entity[, 3]).

    Names hold no slash: HDF5 would read it as a path.
    """
    steps = len(times)
    with h5py.File(path, "w") as file:
        root = file.create_group("VTKHDF")
        root.attrs["Version"] = (2, 2)
        root.attrs.create("Type", b"UnstructuredGrid", dtype=h5py.string_dtype("ascii", 16))
        root["Points"] = points
        root["Connectivity"] = cells.ravel()
        root["Offsets"] = 4 * np.arange(len(cells) + 1)
        root["Types"] = np.full(len(cells), 10, np.uint8)
        for name, number in (("Points", len(points)), ("Cells", len(cells)), ("ConnectivityIds", cells.size)):
            root[f"NumberOf{name}"] = np.full(steps, number)
        group = root.create_group("Steps")
        group.attrs["NSteps"] = steps
        group["Values"] = times
        group["NumberOfParts"] = np.ones(steps, int)
        for name in ("PartOffsets", "PointOffsets"):
            group[name] = np.zeros(steps, int)
        for name in ("CellOffsets", "ConnectivityIdOffsets"):
            group[name] = np.zeros((steps, 1), int)
        for kind, fields in (("PointData", point_data), ("CellData", cell_data)):
            root.create_group(kind)
            group.create_group(f"{kind}Offsets")
            for name, values in fields.items():
                root[kind].create_dataset(name, data=values.reshape(-1, *values.shape[2:]))
                group[f"{kind}Offsets"][name] = np.arange(steps) * values.shape[1]


def write_region(case, region, points, cells, potential, conductivity, strength, nodal):
    """One region's file: `strength` scales potential and current over time, `nodal` are more fields."""
    used, local = np.unique(cells, return_inverse=True)
    local = local.reshape(-1, 4)
    hats, _ = gradients(points * 1e-6, cells)
    current = -conductivity * np.einsum("cik,ci->ck", hats, potential[cells])
    point_data = {"potential [V]": strength[:, None] * potential[used]}
    point_data |= {name: values[:, used] for name, values in nodal.items()}
    cell_data = {"current density [A m-2]": strength[:, None, None] * current}
    write_vtkhdf(case / f"{region}.vtkhdf", points[used], local, TIMES, point_data, cell_data)


# of the fields at TIMES: nothing yet, charging at 1 C twice, discharging at 1 C and at 2 C (write_curves)
STRENGTH = np.array([0.0, 1.0, 1.0, -1.0, -2.0])


def write_curves(case, study, name, parameters, architecture, cut, rates=(1.0, 1.0, 2.0), capacity=0.02):
    """timeseries.csv and summary.json: a charge, then one discharge at each of `rates` (1/h)."""
    rows, steps, time, nominal, footprint = [], [], 0.0, 3.6e-4, 1e-8
    for index, rate in enumerate(rates):
        kind = "charge" if index == 0 else "discharge"
        sign = 1 if kind == "charge" else -1
        passed = capacity / (1 + 0.12 * rate)
        duration = 60.0 / (index + 1) if index < 3 else 20.0
        for fraction in np.linspace(0, 1, 40):
            theta = fraction if sign > 0 else 1 - fraction
            voltage = 0.8 + 0.5 * theta + 0.05 * np.log((theta + 0.01) / (1.01 - theta)) + sign * 0.05 * rate
            rows.append(
                {
                    "time [s]": time + fraction * duration,
                    "protocol_step": index,
                    "kind": kind,
                    "voltage [V]": voltage,
                    "current [A]": sign * rate * nominal / 3600,
                    "current_density [A/m2]": sign * rate * nominal / 3600 / footprint,
                    "areal_step_capacity [mAh/cm2]": fraction * passed,
                }
            )
        time += duration
        charge = rate * nominal / 3600 * passed / capacity * 3600 / rate
        steps.append(
            {
                "index": index,
                "kind": kind,
                "value": f"{rate:g} C",
                "ended_by": "voltage",
                "duration [s]": charge / (rate * nominal / 3600),
                "capacity [C]": charge,
                "areal_capacity [mAh/cm2]": passed,
                "volumetric_capacity [mAh/cm3]": 40 * passed / capacity,
                "energy [J]": charge * (1.05 + sign * 0.05 * rate),
                "mean_voltage [V]": 1.05 + sign * 0.05 * rate,
                "end_voltage [V]": rows[-1]["voltage [V]"],
            }
        )
    pd.DataFrame(rows).to_csv(case / "timeseries.csv", index=False)
    summary = {
        "study": study,
        "case": name,
        "description": "",
        "parameters": parameters,
        "status": "done",
        "nominal_capacity [C]": nominal,
        "footprint_area [m2]": footprint,
        "multiplicity": 4.0,
        "steps": steps,
        "architecture": architecture,
        "cut": cut,
    }
    (case / "summary.json").write_text(json.dumps(summary))


def bar(folder: Path) -> Path:
    """A 100 µm gap between two films, along x; linear fields."""
    case = folder / "bar" / "single"
    case.mkdir(parents=True)
    width = 20.0
    xs = np.concatenate([np.linspace(0, 6, 5), np.linspace(6, 106, 26)[1:], np.linspace(106, 118, 7)[1:]])
    across = np.linspace(0, width, 5)

    def region_of(x, y, z):
        return "anode" if x < 6 else "cathode" if x > 106 else "electrolyte"

    points, cells = box_of_tetrahedra(xs, across, across, region_of)
    x = points[:, 0]
    potential = -0.2 * x / 100
    salt = 500 + STRENGTH[:, None] * 150 * np.tanh((x - 56) / 40)
    write_region(case, "electrolyte", points, cells["electrolyte"], potential, 5.0, STRENGTH,
                 {"concentration [mol m-3]": salt})  # fmt: skip
    for region, surface in (("anode", 6), ("cathode", 106)):
        theta = 0.5 + 0.3 * np.linspace(0, 1, 5)[:, None] * np.exp(-np.abs(x - surface) / 6)
        nodal = {"stoichiometry": theta, "concentration [mol m-3]": 5000 * theta}
        write_region(case, region, points, cells[region], potential, 5.0, STRENGTH, nodal)
    cut = {"normal": [0.0, 1.0, 0.0], "origin": [59.0, 10.0, 10.0]}
    write_curves(case, "bar", "single", {"geometry.gap": "100 um"}, "planar", cut)
    return case


def interdigital(folder: Path) -> Path:
    """Two half fingers, 0.75 µm thick, with tips and bus bars, under 10 µm of electrolyte: flat."""
    case = folder / "interdigital" / "gap=50 um"
    case.mkdir(parents=True)
    film = 0.75
    xs = np.concatenate([np.linspace(0, 25, 6), np.linspace(25, 75, 13)[1:], np.linspace(75, 100, 6)[1:]])
    ys = np.concatenate([np.linspace(0, 20, 4), np.linspace(20, 50, 6)[1:], np.linspace(50, 150, 9)[1:],
                         np.linspace(150, 180, 6)[1:], np.linspace(180, 200, 4)[1:]])  # fmt: skip
    zs = np.concatenate([np.linspace(0, film, 4), np.geomspace(1, 10.75, 7)])

    def region_of(x, y, z):
        if z < film and (y < 20 or (x < 25 and y < 150)):
            return "anode"
        if z < film and (y > 180 or (x > 75 and y > 50)):
            return "cathode"
        return "electrolyte"

    points, cells = box_of_tetrahedra(xs, ys, zs, region_of)
    shared = {r: np.intersect1d(cells["electrolyte"], cells[r]) for r in ("anode", "cathode")}
    fixed = dict.fromkeys(shared["anode"], 0.1) | dict.fromkeys(shared["cathode"], -0.1)
    potential = laplace(points, cells["electrolyte"], fixed)
    salt = 500 - STRENGTH[:, None] * 1800 * potential
    write_region(case, "electrolyte", points, cells["electrolyte"], potential, 5.0, STRENGTH,
                 {"concentration [mol m-3]": salt})  # fmt: skip
    for region, sign in (("anode", 1), ("cathode", -1)):
        edge = np.exp(-np.abs(points[:, 0] - (25 if sign > 0 else 75)) / 10)
        theta = 0.5 + sign * 0.3 * np.linspace(0, 1, 5)[:, None] * (0.3 + 0.7 * edge)
        nodal = {"stoichiometry": theta, "concentration [mol m-3]": 5000 * theta}
        write_region(case, region, points, cells[region], 1e-3 * points[:, 1], 5.0, STRENGTH, nodal)
    cut = {"normal": [0.0, 1.0, 0.0], "origin": [50.0, 100.0, 5.0]}
    write_curves(case, "interdigital", case.name, {"geometry.gap": "50 um"}, "interdigital", cut)
    return case


def sweep(folder: Path) -> Path:
    """Six cases without fields: two gaps, three rates."""
    study = folder / "rates"
    for gap in (20, 50):
        for rate in (1.0, 5.0, 20.0):
            case = study / f"gap={gap} um,rate={rate:g} C"
            case.mkdir(parents=True)
            parameters = {"geometry.gap": f"{gap} um", "protocol.1.discharge": f"{rate:g} C"}
            capacity = 0.02 / (1 + gap / 100)
            write_curves(case, "rates", case.name, parameters, "planar", None, (1.0, rate), capacity)
    return study
