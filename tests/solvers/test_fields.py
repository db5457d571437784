"""Field files: units, levels and node order; linear fields come back exactly."""

import numpy as np
import pytest
import pyvista
from archode.solvers.drive import TimeLimit
from archode.solvers.fields import FieldWriter
from archode.solvers.protocol import ProtocolRunner
from archode.studies.verification.systems import THERMAL_VOLTAGE

from . import reading
from .cells import SHAPES, fresh, galvanostatic, one_c


def read(folder, name, time):
    return reading.grid_at(folder / f"{name}.vtkhdf", time)


@pytest.mark.parametrize(("shape", "degree"), [("planar", 1), ("planar", 2), ("stack", 1), ("fingers", 1)])
def test_linear_fields_come_back(solved, tmp_path, shape, degree):
    """c, θ, φ, ψ linear in space: the files hold their formula at every point, in SI, the anode grounded."""
    cell, _ = solved(shape, degree, 0.0 if shape == "planar" else 1e-3)
    a = np.array([0.01, 0.02, -0.03])

    def linear(x):
        return a @ x

    cell.q.sub(0).interpolate(lambda x: np.log(1.5 + linear(x)))
    cell.q.sub(1).interpolate(lambda x: 2 + linear(x))
    cell.theta.interpolate(lambda x: 0.5 + 0.1 * linear(x))
    cell.psi.interpolate(lambda x: 3 * linear(x))
    cell.V.x.array[:] = 4.0
    cell.potential_level.value = 1.0
    writer = FieldWriter(cell, {}, tmp_path)
    writer.create()
    writer.write(12.5, {}, {})
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(f"{n}.vtkhdf" for n in cell.domain.region_tags)

    grid = read(tmp_path, "electrolyte", 12.5)
    assert grid["concentration [mol m-3]"] == pytest.approx(1e3 * (1.5 + linear(grid.points.T)), rel=1e-12)
    anode = -cell.description.open_circuit_potential("anode")
    expected = anode + THERMAL_VOLTAGE * (3 + linear(grid.points.T))
    assert grid["potential [V]"] == pytest.approx(expected, abs=1e-12)
    for name in cell.domain.region_tags:
        if name == "electrolyte":
            continue
        grid = read(tmp_path, name, 12.5)
        terminal = cell.voltage if name.startswith("cathode") else 0.0
        expected = terminal + 3 * THERMAL_VOLTAGE * linear(grid.points.T)
        assert grid["potential [V]"] == pytest.approx(expected, abs=1e-12)
        collector = name.endswith("collector")
        conductivity = 4.1e7 if collector else 100.0
        slope = -conductivity * 3 * THERMAL_VOLTAGE * a / 1e-6
        assert grid["current density [A m-2]"] == pytest.approx(np.tile(slope, (grid.n_cells, 1)), rel=1e-8)
        assert ("stoichiometry" in grid.point_data) != collector
        if not collector:
            theta = 0.5 + 0.1 * linear(grid.points.T)
            assert grid["stoichiometry"] == pytest.approx(theta, rel=1e-12)
            assert grid["concentration [mol m-3]"] == pytest.approx(20e3 * theta, rel=1e-12)


@pytest.mark.parametrize("shape", ["planar", "stack", "fingers"])
def test_grids_have_the_regions_sizes(solved, tmp_path, shape):
    cell, _ = solved(shape, 1, 0.0 if shape == "planar" else 1e-3)
    writer = FieldWriter(cell, {}, tmp_path)
    writer.create()
    writer.write(0.0, {}, {})
    for name, volume in SHAPES[shape].volumes().items():
        grid = read(tmp_path, name, 0.0)
        assert grid.volume * 1e-18 == pytest.approx(volume, rel=1e-6)
        # Every node belongs to a cell, and none is there twice.
        assert len(np.unique(grid.cells_dict[pyvista.CellType.TETRA])) == grid.n_points
        assert len(np.unique(grid.points, axis=0)) == grid.n_points


def test_current_density_of_a_bar_is_the_current_over_its_area(solved, tmp_path):
    """Through electrolyte, films and collectors alike, along the stack."""
    cell, newton = solved("stack", 1, 1e-3)
    integrator = fresh(cell, newton, newton_tolerance=1e-11)
    current = 20 * one_c(cell)
    list(ProtocolRunner(integrator, [galvanostatic(current, [TimeLimit(5.0)], 5.0)], current).run())
    writer = FieldWriter(cell, {}, tmp_path)
    writer.create()
    writer.write(integrator.time, {}, {})
    area = SHAPES["stack"].footprint_area
    for name in cell.domain.region_tags:
        grid = read(tmp_path, name, integrator.time)
        found = grid["current density [A m-2]"]
        sizes = grid.compute_cell_sizes()["Volume"]
        mean = (found * sizes[:, None]).sum(axis=0) / sizes.sum()
        # Positive charge leaves the cathode (below, z = 0) and goes up to the anode.
        assert mean[2] == pytest.approx(current / area, rel=1e-6), name
        assert np.abs(mean[:2]).max() < 1e-6 * current / area


def test_writer_appends_and_trims(solved, tmp_path):
    cell, _ = solved("planar")
    writer = FieldWriter(cell, {}, tmp_path)
    writer.create()
    for time in (0.0, 1.0, 2.5):
        cell.V.x.array[:] = time
        writer.write(time, {}, {})
        if time == 1.0:
            marks = writer.marks
    assert writer.go_on(marks, 1.0) == []
    (tmp_path / "anode.vtkhdf").unlink()
    (told,) = writer.go_on(marks, 1.0)
    assert told.endswith("anode.vtkhdf is missing: its fields begin anew at t = 1 s")
    cell.V.x.array[:] = 7.0
    writer.write(3.0, {}, {})
    for name, times in (("electrolyte", [0, 1, 3]), ("cathode", [0, 1, 3]), ("anode", [3])):
        assert reading.times(tmp_path / f"{name}.vtkhdf") == times
    start, end = (read(tmp_path, "cathode", t)["potential [V]"] for t in (0.0, 3.0))
    assert end - start == pytest.approx(7 * THERMAL_VOLTAGE)
    assert not list(tmp_path.glob("*.part"))
