"""Meshes against the Debye length: heights of first cells, and what is said of a mesh too coarse."""

import logging

import numpy as np
import pytest
from archode.geometry import ARCHITECTURES, MeshSizes, load_mesh, mesh_file
from archode.solvers.description import DoubleLayer, Electrode
from archode.solvers.domain import Domain
from archode.solvers.errors import SolverError
from archode.solvers.resolution import ADVISED, check_resolution, first_cells
from archode.studies.verification.systems import cell_on, insertion, metal
from mpi4py import MPI

from .cells import PLANAR, SIZES
from .ions import MOUTH, PNP, layered_cell, salt

BLOCKING = Electrode(double_layer=DoubleLayer(stern_capacitance=0.2))
NM = 1e-9


def domain_of(shape, sizes):
    return Domain(load_mesh(mesh_file(shape, sizes, MPI.COMM_WORLD), MPI.COMM_WORLD), 1)


@pytest.fixture(scope="module")
def bar():
    sizes = MeshSizes(size=4 * NM, interface_size=0.5 * NM, growth=1.6)
    return domain_of(ARCHITECTURES["planar"](gap=20 * NM, width=4 * NM), sizes)


def planes(domain, axis=0):
    """Coordinates of the layers of a structured mesh [m]."""
    x = domain.mesh.geometry.x[:, axis]
    return np.unique(np.round(x / np.ptp(x), 9)) * np.ptp(x) * domain.length_unit


@pytest.fixture
def bent(bar):
    """The bar's coordinates [its unit], to be moved; they are put back."""
    x = bar.mesh.geometry.x
    saved = x.copy()
    yield x
    x[:] = saved


@pytest.mark.parametrize(("boundary", "layer"), [("anode_surface", 0), ("cathode_surface", -1)])
def test_heights_of_a_bars_first_layer(bar, boundary, layer):
    """All tetrahedra with a facet on the plane have the layer's height, which is at most the size asked for."""
    first = np.diff(planes(bar))[layer]
    heights, areas = first_cells(bar, boundary)
    # Coordinates of the file are rounded to 1e-9 of the bar, a layer is 1/40 of it.
    assert heights == pytest.approx(np.full(len(heights), first), rel=1e-6)
    assert 0.25 * NM < first <= 0.5 * NM * (1 + 1e-9)
    assert areas.sum() == pytest.approx((4 * NM) ** 2, rel=1e-6)


def test_a_cells_own_height_counts(bar, bent):
    """Where a node of the first layer moves away from the plane, the cells below it are higher by as much."""
    before, areas = first_cells(bar, "anode_surface")
    layers = np.unique(np.round(bent[:, 0], 12))
    raised = 0.0
    for node in np.flatnonzero(np.isclose(bent[:, 0], layers[1])):
        place = bent[node, 0]
        bent[node, 0] += 0.4 * (layers[1] - layers[0])
        ratios = first_cells(bar, "anode_surface")[0] / before
        assert np.all(np.isclose(ratios, 1.0, rtol=1e-6) | np.isclose(ratios, 1.4, rtol=1e-6))
        raised += areas[ratios > 1.2].sum()
        bent[node, 0] = place
    # Every cell that stands on the plane has one tip in the layer.
    assert raised == pytest.approx(areas.sum(), rel=1e-9)


def test_films_are_not_the_electrolytes_cells():
    """At an interface the electrolyte's side counts: films have cells of less than half the size."""
    sizes = MeshSizes(size=4e-6, interface_size=1e-6, film_size=0.25e-6, growth=2.0)
    domain = domain_of(PLANAR, sizes)
    x = planes(domain)
    # The anode's film ends at x = 0.
    first = x[x > 1e-12].min()
    assert first > -2 * x[x < -1e-12].max()
    heights, areas = first_cells(domain, "anode_surface")
    assert heights == pytest.approx(np.full(len(heights), first), rel=1e-6)
    assert areas.sum() == pytest.approx((4e-6) ** 2, rel=1e-6)


def test_walls_have_heights_too():
    slit = ARCHITECTURES["nanopore"](length=20 * NM, width=8 * NM, depth=2 * NM)
    domain = domain_of(slit, MeshSizes(size=2 * NM, wall_size=0.4 * NM, growth=1.6))
    for boundary in ("insulation", "anode_surface"):
        heights, areas = first_cells(domain, boundary)
        assert heights.min() > 0.2 * NM and heights.max() <= 0.4 * NM * (1 + 1e-6)
        assert areas.sum() == pytest.approx(slit.areas()[boundary], rel=1e-6)


def test_a_mesh_too_coarse_names_the_size_it_needs():
    """λ_D = 3.04 nm at 10 mol/m³; first cells of two of them."""
    electrolyte = salt()
    with pytest.raises(SolverError) as caught:
        layered_cell(MOUTH, BLOCKING, electrolyte, lengths=20.0, first=2.0)
    message = str(caught.value)
    assert "Debye length 3.04 nm; first cells at cathode_surface" in message and "100 % of the surface" in message
    advised = ADVISED * electrolyte.debye_length
    assert f"mesh.wall_size to {advised * 1e9:.3g} nm" in message
    assert "electroneutral model" in message
    # With the size it names, the mesh serves.
    cell = layered_cell(MOUTH, BLOCKING, electrolyte, lengths=20.0, first=ADVISED)
    assert cell.resolution.first_cell <= advised * (1 + 1e-6)


def test_quadratic_elements_need_half_of_that():
    electrolyte = salt()
    linear, quadratic = (layered_cell(MOUTH, BLOCKING, electrolyte, first=0.4, degree=d).resolution for d in (1, 2))
    assert quadratic.ratio == pytest.approx(linear.ratio / 2)
    assert linear.debye_length == electrolyte.debye_length
    with pytest.raises(SolverError, match=f"wall_size to {2 * ADVISED * electrolyte.debye_length * 1e9:.3g} nm"):
        layered_cell(MOUTH, BLOCKING, electrolyte, lengths=20.0, first=4.0, degree=2)


def test_a_rough_mesh_is_warned_of(bar, caplog):
    height = first_cells(bar, "cathode_surface")[0].mean()
    with caplog.at_level(logging.INFO, "archode.solvers.resolution"):
        found = check_resolution(bar, ["cathode_surface"], height / 0.75, 1)
    assert found.ratio == pytest.approx(0.75) and found.missed == 0.0
    (warning,) = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert "resolved roughly" in warning and f"{0.1 * height / 0.75 * 1e9:.3g} nm is advised" in warning
    caplog.clear()
    with caplog.at_level(logging.INFO, "archode.solvers.resolution"):
        check_resolution(bar, ["cathode_surface"], height / 0.25, 1)
    (told,) = caplog.records
    assert told.levelno == logging.INFO and "0.25 of it" in told.getMessage()


def test_a_few_high_cells_are_let_pass_and_told(bar, bent, caplog, monkeypatch):
    """One node of the first layer raised: the cells below miss a Debye length that the others show."""
    heights, areas = first_cells(bar, "cathode_surface")
    layers = np.unique(np.round(bent[:, 0], 12))
    for node in np.flatnonzero(np.isclose(bent[:, 0], layers[-2])):
        place = bent[node, 0]
        bent[node, 0] -= 0.4 * (layers[-1] - layers[-2])
        missed = areas[first_cells(bar, "cathode_surface")[0] > 1.2 * heights].sum() / areas.sum()
        if missed:
            break
        bent[node, 0] = place
    length = 1.2 * heights.mean()
    monkeypatch.setattr("archode.solvers.resolution.CORNERS", 1.01 * missed)
    with caplog.at_level(logging.INFO, "archode.solvers.resolution"):
        found = check_resolution(bar, ["cathode_surface"], length, 1)
    assert found.missed == pytest.approx(missed)
    assert f"{100 * missed:.2g} % of cathode_surface" in caplog.text
    monkeypatch.setattr("archode.solvers.resolution.CORNERS", 0.99 * missed)
    with pytest.raises(SolverError, match=f"{100 * missed:.0f} % of the surface"):
        check_resolution(bar, ["cathode_surface"], length, 1)


def test_the_worst_boundary_is_named(bar, bent):
    """Of two, the one with the higher cells."""
    length = 1.1 * first_cells(bar, "anode_surface")[0].max()
    layers = np.unique(np.round(bent[:, 0], 12))
    bent[np.isclose(bent[:, 0], layers[-2]), 0] -= 0.3 * (layers[-1] - layers[-2])
    for order in (1, -1):
        with pytest.raises(SolverError, match="first cells at cathode_surface"):
            check_resolution(bar, ["anode_surface", "cathode_surface"][::order], length, 1)


def test_only_what_is_charged_needs_layers():
    """A coarse mesh serves where nothing is charged: reservoirs, metals without layer, walls of no charge."""
    coarse = {"lengths": 20.0, "first": 2.0}
    assert layered_cell(MOUTH, metal(), **coarse).resolution is None
    assert layered_cell(MOUTH, metal(), wall_charge={"outer": 0.0}, **coarse).resolution is None
    assert layered_cell(MOUTH, BLOCKING, model="electroneutral", **coarse).resolution is None
    walled = layered_cell(MOUTH, metal(), wall_charge={"outer": 0.01}, **coarse)
    heights, areas = first_cells(walled.domain, "outer")
    assert walled.resolution.first_cell == pytest.approx(heights @ areas / areas.sum())


def test_insertion_films_are_looked_at_from_the_electrolyte():
    """A micrometre's cells against nanometres of λ_D: refused at the film's surface as at any other."""
    film = insertion(0.5)
    film = type(film)(film.material, film.stoichiometry, double_layer=DoubleLayer(stern_capacitance=0.2))
    with pytest.raises(SolverError, match=r"first cells at cathode_surface \d+ nm"):
        cell_on(PLANAR, SIZES, salt(), insertion(0.5), film, model=PNP)
