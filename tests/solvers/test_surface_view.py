"""An electrode's surface as triangles: areas, normals and values, on outer boundaries and between two regions."""

import numpy as np
import pytest
import pyvista
from archode.solvers.observe import Observer
from archode.solvers.surface_view import SurfaceView, SurfaceWriter

from . import reading
from .cells import make_cell

SHAPES = ("bar", "planar", "fingers")


@pytest.fixture(scope="module")
def cells():
    made = {shape: make_cell(shape) for shape in SHAPES}
    made["quadratic"] = make_cell("bar", degree=2)
    return made


@pytest.fixture(params=[*SHAPES, "quadratic"])
def cell(cells, request):
    cells[request.param].set_initial_state()
    return cells[request.param]


@pytest.mark.parametrize("side", ["anode", "cathode"])
def test_areas_sum_up_to_the_surface(cell, side):
    grid = SurfaceView(cell, side).grid
    assert grid.areas.sum() == pytest.approx(cell.area(f"{side}_surface") * cell.scales.length**2, rel=1e-12)
    corners = grid.points[grid.corners]
    crossed = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert grid.areas == pytest.approx(np.linalg.norm(crossed, axis=1) / 2, rel=1e-10)
    # Every point is some facet's.
    assert np.array_equal(np.unique(grid.corners), np.arange(len(grid.points)))


@pytest.mark.parametrize("side", ["anode", "cathode"])
def test_normals_point_into_the_electrolyte(cell, side):
    """Unit vectors across the facets; a step along them leads into a tetrahedron of the electrolyte."""
    view = SurfaceView(cell, side)
    grid = view.grid
    assert np.linalg.norm(grid.normals, axis=1) == pytest.approx(1.0, abs=1e-12)
    corners = grid.points[grid.corners]
    for edge in (corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]):
        across = np.einsum("ij,ij->i", grid.normals, edge) / np.linalg.norm(edge, axis=1)
        assert across == pytest.approx(0.0, abs=1e-10)
    mesh = cell.electrolyte_region.mesh
    tetrahedra = mesh.geometry.x[mesh.geometry.dofmaps[0]]
    cells = np.insert(np.arange(tetrahedra.shape[0] * 4).reshape(-1, 4), 0, 4, axis=1)
    volume = pyvista.UnstructuredGrid(
        cells.ravel(), np.full(len(cells), pyvista.CellType.TETRA), tetrahedra.reshape(-1, 3)
    )
    inside = (corners.mean(axis=1) + 1e-3 * np.sqrt(grid.areas)[:, None] * grid.normals) / cell.domain.length_unit
    assert np.all(volume.find_containing_cell(inside) >= 0)
    outside = (corners.mean(axis=1) - 1e-3 * np.sqrt(grid.areas)[:, None] * grid.normals) / cell.domain.length_unit
    assert np.all(volume.find_containing_cell(outside) < 0)


@pytest.mark.parametrize("side", ["anode", "cathode"])
def test_concentrations_are_those_of_the_nodes(cell, side):
    """A concentration that is linear in x stands at every corner, whichever cell lies behind it."""
    view = SurfaceView(cell, side)
    space = cell.q.function_space
    x = space.tabulate_dof_coordinates() * cell.domain.length_unit
    bulk = cell.description.electrolyte.concentration
    slope = np.array([0.03, 0.05, 0.02]) / np.ptp(x, axis=0)
    share = 1 + (x - x.min(axis=0)) @ slope
    q = cell.q.x.array.reshape(len(x), -1)
    # The first unknown is ln c/c₀.
    q[:, 0] = np.log(share)
    found = view.values()["concentration [mol m-3]"]
    corners = view.grid.points[view.grid.corners]
    assert found == pytest.approx(bulk * (1 + (corners - x.min(axis=0)) @ slope), rel=1e-9)
    assert found.shape == (len(view.grid.areas), 3)
    nodal = view.nodal({"c": found})["c"]
    assert nodal == pytest.approx(bulk * (1 + (view.grid.points - x.min(axis=0)) @ slope), rel=1e-9)
    cell.set_initial_state()


def test_current_of_the_surface_is_the_cells(cells):
    """Integral of the view's current density against the cell's own, with a potential that differs by node."""
    cell = cells["bar"]
    cell.set_initial_state()
    q = cell.q.x.array.reshape(-1, 2)
    q[:, 1] = 0.1 * np.sin(np.arange(len(q)))
    view = SurfaceView(cell, "cathode")
    values = view.values()
    state = view.state(3.0, values)
    # Trapezoidal over triangles, as the surface's forms.
    by_corners = float((values["current density [A m-2]"].mean(axis=1) * view.grid.areas).sum())
    assert state.time == 3.0
    assert float(state.current_density @ state.areas) == pytest.approx(by_corners, rel=1e-12)
    i0, eta = 20.0, values["overpotential [V]"] / cell.scales.potential
    # At c₀ the law is 2 i₀ sinh(η/2); no deposits yet.
    assert values["current density [A m-2]"] == pytest.approx(2 * i0 * np.sinh(eta / 2), rel=1e-10)
    assert np.ptp(eta) > 0.05
    assert Observer(cell)().current == pytest.approx(by_corners, rel=1e-10)
    cell.set_initial_state()


def test_thickness_counts_from_the_start(cells):
    cell = cells["bar"]
    cell.set_initial_state()
    view = SurfaceView(cell, "cathode")
    deposit = cell.deposits["cathode"]
    cell.deposit_states = tuple(
        np.full_like(states, 2e-6 / deposit.thickness_per_charge) for states in cell.deposit_states
    )
    values = view.values()
    assert values["deposit thickness [m]"] == pytest.approx(2e-6, rel=1e-12)
    assert view.state(0.0, values).thickness == pytest.approx(2e-6, rel=1e-12)
    assert "covered share" not in values
    cell.set_initial_state()


def test_file_holds_the_surface_at_its_times(cells, tmp_path):
    cell = cells["fingers"]
    cell.set_initial_state()
    view = SurfaceView(cell, "cathode")
    writer = SurfaceWriter(view, tmp_path / "cathode_surface.vtkhdf")
    series = writer.series
    series.create()
    maps = {"depletion [1]": np.arange(float(len(view.grid.areas)))}
    for time in (0.0, 1.5, 4.0):
        if time < 2.0:
            mark = series.mark
        writer.write(time, view.values(), maps)
    series.go_on(mark)
    assert reading.times(series.path) == [0.0]
    writer.write(1.5, view.values(), maps)
    assert reading.times(series.path) == [0.0, 1.5]
    grid = reading.grid_at(series.path, 1.5)
    assert grid.points == pytest.approx(1e6 * view.grid.points, abs=1e-9)
    sizes = grid.compute_cell_sizes(length=False, volume=False)
    assert sizes.cell_data["Area"] == pytest.approx(1e12 * view.grid.areas, rel=1e-6)
    assert grid.point_data["concentration [mol m-3]"] == pytest.approx(1000.0)
    assert grid.cell_data["depletion [1]"] == pytest.approx(maps["depletion [1]"])
