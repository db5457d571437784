"""The error of the gradient cell by cell: true to size and order, nothing where nothing is missed."""

import numpy as np
import pytest
import ufl
from archode.solvers.error_map import GradientError
from archode.solvers.fields import FieldWriter
from dolfinx import fem, mesh
from mpi4py import MPI

from . import reading


def graded(n):
    """A unit cube of n³ boxes that widen along x."""
    cube = mesh.create_unit_cube(MPI.COMM_SELF, n, n, n)
    cube.geometry.x[:, 0] **= 2
    return cube


def function_on(domain, degree, value):
    function = fem.Function(fem.functionspace(domain, ("Lagrange", degree)))
    function.interpolate(value)
    return function


def indicator(function):
    """Indicator of every cell of a mesh."""
    cells = function.function_space.mesh.topology.index_map(3).size_local
    return GradientError(function, np.arange(cells, dtype=np.int32))()[:, 0]


def estimated_and_true(n, degree):
    """L2 norms of the gradient's error in the cells: indicated, true; and the cells' midpoints."""
    domain = graded(n)
    x = ufl.SpatialCoordinate(domain)
    u = ufl.exp(-3 * x[0]) * ufl.sin(2 * x[1] + x[2])
    function = function_on(domain, degree, lambda x: np.exp(-3 * x[0]) * np.sin(2 * x[1] + x[2]))
    test = ufl.TestFunction(fem.functionspace(domain, ("DG", 0)))
    error, size = ufl.grad(u - function), ufl.grad(function)
    of_cells = [
        fem.assemble_vector(fem.form(value * test * ufl.dx(degree=6))).array
        for value in (ufl.inner(error, error), ufl.inner(size, size), 1)
    ]
    true, sizes, volumes = of_cells
    eta = indicator(function) * np.sqrt(volumes * sizes.sum() / volumes.sum())
    middles = mesh.compute_midpoints(domain, 3, np.arange(len(eta), dtype=np.int32))
    return eta, np.sqrt(true), middles


@pytest.mark.parametrize("degree", [1, 2])
def test_indicator_is_the_error_in_size_place_and_order(degree):
    totals = []
    for n in (6, 12):
        eta, true, middles = estimated_and_true(n, degree)
        inside = ((middles > 0.15) & (middles < 0.85)).all(axis=1)
        assert 0.9 < np.linalg.norm(eta[inside]) / np.linalg.norm(true[inside]) < 1.25
        assert 0.9 < np.linalg.norm(eta) / np.linalg.norm(true) < 1.25
        totals.append(np.linalg.norm(eta))
    # Of the finer mesh most single cells are right, too.
    low, high = np.quantile(eta[inside] / true[inside], [0.05, 0.95])
    assert low > 0.5 and high < 2
    assert np.log2(totals[0] / totals[1]) == pytest.approx(degree, abs=0.25)


@pytest.mark.parametrize("degree", [1, 2])
def test_fields_of_the_elements_degree_have_no_error(degree):
    fields = {1: lambda x: 3 + x[0] - 2 * x[1] + 5 * x[2], 2: lambda x: 3 + x[0] * x[1] - 2 * x[2] ** 2 + x[0]}
    assert indicator(function_on(graded(4), degree, fields[degree])).max() < 1e-11


@pytest.mark.parametrize("value", [0.0, 0.5, 1e6])
@pytest.mark.parametrize("degree", [1, 2])
def test_uniform_fields_have_none_though_their_gradient_is_nothing(degree, value):
    function = function_on(graded(4), degree, lambda x: np.full(x.shape[1], value))
    function.x.array[:] *= 1 + 1e-15 * np.sin(np.arange(len(function.x.array)))
    assert not indicator(function).any()


@pytest.mark.parametrize("degree", [1, 2])
def test_scale_and_offset_do_not_matter(degree):
    domain = graded(4)
    one = indicator(function_on(domain, degree, lambda x: np.sin(3 * x[0] + x[1])))
    other = indicator(function_on(domain, degree, lambda x: 7 + 1e-5 * np.sin(3 * x[0] + x[1])))
    assert other == pytest.approx(one, rel=1e-6)


def test_cubic_elements_are_refused():
    with pytest.raises(ValueError, match="linear and quadratic"):
        indicator(function_on(graded(2), 3, lambda x: x[0]))


@pytest.mark.parametrize("degree", [1, 2])
def test_a_gradient_may_jump_where_regions_meet(degree):
    """Cells of each side on their own have no error; taken as one region, those at the kink have."""
    domain = mesh.create_unit_cube(MPI.COMM_SELF, 4, 3, 3)
    function = function_on(domain, degree, lambda x: np.abs(x[0] - 0.5))
    cells = np.arange(domain.topology.index_map(3).size_local, dtype=np.int32)
    left = mesh.compute_midpoints(domain, 3, cells)[:, 0] < 0.5
    for side in (left, ~left):
        assert GradientError(function, cells[side])().max() < 1e-11
    assert GradientError(function, cells)().max() > 0.1


@pytest.mark.parametrize(("shape", "degree"), [("stack", 1), ("planar", 2)])
def test_files_hold_the_error_of_every_unknown(solved, tmp_path, shape, degree):
    cell, _ = solved(shape, degree, 1e-3 if shape == "stack" else 0.0)
    cell.set_initial_state()
    cell.q.sub(0).interpolate(lambda x: 0.3 * np.sin((x[2] + x[0]) / 3))
    cell.q.sub(1).interpolate(lambda x: 1 + x[0])
    cell.psi.interpolate(lambda x: 1e-9 * x[2])
    writer = FieldWriter(cell, {}, tmp_path)
    writer.create()
    writer.write(0.0, {}, {})
    cell.set_initial_state()
    for name in cell.domain.region_tags:
        grid = reading.grid_at(tmp_path / f"{name}.vtkhdf", 0.0)
        ending = " gradient error [%]"
        found = {k.removesuffix(ending): v for k, v in grid.cell_data.items() if k.endswith(ending)}
        assert all(values.dtype == np.float32 and len(values) == grid.n_cells for values in found.values())
        assert found.pop("potential").max() < 1e-6
        if name == "electrolyte":
            of_cells, volumes = found.pop("concentration"), grid.compute_cell_sizes()["Volume"]
            # A wave of some twenty micrometres on cells of one to four.
            assert 1 < np.sqrt(np.average(of_cells.astype(float) ** 2, weights=volumes)) < 80
        elif not name.endswith("collector"):
            assert not found.pop("stoichiometry").any()
        assert not found
