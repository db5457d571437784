"""Conductances of electrolytes and their errors against closed forms; end and bus correction."""

import dataclasses
import math

import pytest
from archode.geometry import ARCHITECTURES, MeshSizes, load_mesh, mesh_file
from archode.studies.end_effects import end_and_bus_correction
from archode.studies.primary_conductance import order_of, primary_conductance
from archode.studies.verification.geometry import cell_constant_ratio
from mpi4py import MPI

UM = 1e-6


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ARCHODE_CACHE", str(tmp_path))


def bare(width, gap, **more):
    return ARCHITECTURES["interdigital"](
        finger_width=width * UM, gap=gap * UM, thickness=0.0, collector_thickness=0.0, **more
    )


def coaxial(radius, distance):
    return ARCHITECTURES["coaxial_fibre"](
        core_radius=radius * UM,
        anode_thickness=0.0,
        electrolyte_thickness=distance * UM,
        cathode_thickness=0.0,
        length=100 * UM,
    )


def conductance(architecture, sizes=None):
    file = mesh_file(architecture, sizes)
    return primary_conductance(architecture, file, load_mesh(file, MPI.COMM_SELF), MPI.COMM_SELF)


def fingers_exact(comb, width, gap):
    """W. Olthuis et al., Sens. Actuators B 24, 252 (1995), of all half-fingers of the device."""
    return comb.slice / (2 * cell_constant_ratio(width, gap)) * comb.multiplicity


def assert_honest(found, exact, least=0.5, most=3.0):
    off = abs(found.value - exact)
    assert least * off < found.error < most * off, f"{found.value / exact - 1:+.2e}, told {found.error / exact:.2e}"


@pytest.mark.parametrize(("width", "gap"), [(10, 10), (10, 20)])
def test_fingers_on_the_default_mesh(width, gap):
    """Within 0.3 % of the conformal map, and the error says so."""
    comb = bare(width, gap, cover=3 * (width + gap) * UM)
    found, exact = conductance(comb), fingers_exact(comb, width, gap)
    assert found.value == pytest.approx(exact, rel=0.003)
    assert_honest(found, exact)


@pytest.mark.parametrize("sizes", [MeshSizes(scale=2.0), MeshSizes(interface_size=0.5 * UM)])
def test_fingers_on_coarser_meshes(sizes):
    comb = bare(10, 10, cover=60 * UM)
    assert_honest(conductance(comb, sizes), fingers_exact(comb, 10, 10))


@pytest.mark.slow
@pytest.mark.parametrize(("width", "gap"), [(20, 5), (5, 50)])
@pytest.mark.parametrize("sizes", [None, MeshSizes(scale=2.0)])
def test_fingers_of_other_proportions(width, gap, sizes):
    comb = bare(width, gap, cover=3 * (width + gap) * UM)
    found, exact = conductance(comb, sizes), fingers_exact(comb, width, gap)
    if sizes is None:
        assert found.value == pytest.approx(exact, rel=0.003)
    assert_honest(found, exact)


def test_a_thin_wire():
    """2πL/ln(b/a), where layers decide; where nothing but polygons err, the estimate is generous."""
    wire, coarse = coaxial(1, 99), MeshSizes(interface_size=2.475 * UM, growth=1.4)
    assert_honest(conductance(wire, coarse), 2 * math.pi * wire.length / math.log(100))
    wide = coaxial(20, 2)
    assert_honest(conductance(wide), 2 * math.pi * wide.length / math.log(22 / 20), most=10)


def test_plane_electrodes_are_exact():
    found = conductance(ARCHITECTURES["planar"](gap=10 * UM, width=3 * UM, depth=2 * UM))
    assert found.value == pytest.approx(0.6 * UM, rel=1e-10)
    assert found.error < 1e-9 * found.value


def test_too_large_a_mesh_gives_way_to_a_coarser_one(monkeypatch):
    comb = bare(10, 10, cover=60 * UM)
    monkeypatch.setattr("archode.studies.primary_conductance.QUADRATIC_CELLS", 10_000)
    assert mesh_file(comb).report["cells"] > 10_000
    assert_honest(conductance(comb), fingers_exact(comb, 10, 10))


def test_edges_set_the_order():
    assert order_of(bare(10, 10)) == 1
    assert order_of(coaxial(1, 99)) == 2
    covered = ARCHITECTURES["interdigital"](finger_width=UM, gap=UM, thickness=0.3 * UM, insulated_top=True)
    assert order_of(covered) == pytest.approx(2 / 3)


def correction(architecture, sizes=None):
    file = mesh_file(architecture, sizes)
    return end_and_bus_correction(architecture, file, load_mesh(file, MPI.COMM_SELF), MPI.COMM_SELF)


def test_tips_and_bus_bars_of_a_comb():
    """Two pairs, w = g = 20 µm, 200 µm long, under a cover of one pitch, default mesh.

    On finer and finer meshes of the same sizes the ratio is 0.9570, 0.9471 (default), 0.9438; its limit is 0.942.
    Outer fingers face no neighbour, so that the device conducts less well than unit cells, 2N of them for 2N − 1 gaps.
    """
    found = correction(bare(20, 20, length=200 * UM, pairs=2, domain="comb"))
    assert found["ratio"] <= 0.966
    assert 0.5 < found["ratio_error"] / (found["ratio"] - 0.9425) < 3
    assert found["ratio"] == pytest.approx(found["conductance [m]"] / found["conductance of unit cells [m]"])
    assert found["conductance [m]"] == pytest.approx(0.9425 * 3.9865e-4, abs=found["conductance_error [m]"])


@pytest.mark.slow
def test_tips_and_bus_bars_of_a_finger_pair():
    """On meshes of half the sizes the ratio is 1.0970, and still falls by about as much."""
    found = correction(bare(20, 20, length=200 * UM, pairs=2, domain="finger_pair"))
    assert found["ratio"] == pytest.approx(1.0955, abs=found["ratio_error"] * 1.3)
    assert found["ratio_error"] < 0.01


@pytest.mark.slow
def test_spokes_of_rings():
    rings = ARCHITECTURES["concentric_rings"](
        ring_width=20 * UM, gap=20 * UM, thickness=0.0, collector_thickness=0.0, rings=4, domain="device"
    )
    found = correction(rings)
    assert found["unit"] == "sector" and 0.9 < found["ratio"] < 1
    assert 0 < found["ratio_error"] < 0.02


def test_a_unit_cell_needs_no_correction():
    comb = bare(10, 10)
    assert correction(comb) is None
    assert correction(dataclasses.replace(coaxial(1, 9))) is None
