"""Errors of volumes, areas and effective conductivities against closed forms, and how they are written."""

import math

import pytest
from archode.geometry import ARCHITECTURES, MeshSizes, load_mesh, mesh_file
from archode.geometry.shapes import SHAPES
from archode.solvers.transport_error import factor_of_companion, with_errors
from archode.studies.mesh_report import with_error
from archode.studies.metrology import metrology
from archode.studies.verification.structures import cubic_array
from mpi4py import MPI

UM = 1e-6
PITCH = 60 * UM

CHANCE = 5e-5
"""Relative errors below it come from what happens to cancel."""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ARCHODE_CACHE", str(tmp_path))


def measured(architecture, sizes=None):
    file = mesh_file(architecture, sizes)
    return file, metrology(architecture, file, load_mesh(file, MPI.COMM_SELF), MPI.COMM_SELF)


def radius(fraction):
    return PITCH * (3 * fraction / (4 * math.pi)) ** (1 / 3)


def spheres(fraction, sizes=None):
    """Ratios of told to true errors by number, of a simple cubic lattice of insulating spheres."""
    sample = ARCHITECTURES["porous_sample"](SHAPES["spheres"](radius(fraction), pitch=PITCH), PITCH)
    file, found = measured(sample, sizes)
    pore = found["transport"]["phases"]["pore"]["directions"]["z"]
    structure, areas = found["structure"], found["errors"]["areas"]
    numbers = {
        "conductivity": (pore["relative"], pore["relative_error"], cubic_array(fraction)),
        "fraction": (structure["solid_fraction"], structure["solid_fraction_error"], fraction),
        "area": (file.report["areas"]["anode_surface"], areas["anode_surface"], 4 * math.pi * radius(fraction) ** 2),
    }
    return {
        name: max(error, CHANCE * exact) / max(abs(value - exact), CHANCE * exact)
        for name, (value, error, exact) in numbers.items()
    }


def test_spheres_on_the_default_mesh():
    """Errors of 1e-4 are chance to some extent: what is told of them may be generous, never too little."""
    found = spheres(0.2)
    assert 0.5 < found["area"] < 3
    assert all(0.5 < each < 10 for each in found.values()), found


@pytest.mark.slow
def test_told_errors_are_honest_for_most_spheres():
    cases = [(fraction, MeshSizes(scale=scale)) for fraction in (0.1, 0.2, 0.25) for scale in (0.8, 1.0, 1.25, 1.5)]
    ratios = [each for case in cases for each in spheres(*case).values()]
    assert min(ratios) > 0.2
    assert sum(0.5 < each < 3 for each in ratios) > len(ratios) / 2
    assert sum(each > 0.5 for each in ratios) > 0.9 * len(ratios)


def test_polygons_in_place_of_circles():
    wire = ARCHITECTURES["coaxial_fibre"](
        core_radius=5 * UM,
        anode_thickness=UM,
        electrolyte_thickness=5 * UM,
        cathode_thickness=UM,
        length=100 * UM,
    )
    file, found = measured(wire)
    exact = math.pi * (11**2 - 6**2) * UM**2 * wire.length * wire.angle / 360
    off = exact - file.report["volumes"]["electrolyte"]
    assert 0 < off < 0.01 * exact
    assert found["errors"]["volumes"]["electrolyte"] == pytest.approx(off, rel=1e-6)
    structure, total = found["structure"], sum(file.report["volumes"].values())
    assert structure["electrolyte_fraction_error"] == pytest.approx(off / total, rel=1e-6)


def test_straight_shapes_are_exact():
    fingers = ARCHITECTURES["interdigital"](finger_width=10 * UM, gap=10 * UM, thickness=UM)
    file, found = measured(fingers)
    for kind in ("volumes", "areas"):
        for name, error in found["errors"][kind].items():
            assert error <= 1e-9 * file.report[kind][name], name


def table(x, y, z, apart=0.0):
    """A table of one phase; ``apart``: distance of the bounds over the value."""
    directions = {
        axis: {
            "value": 2 * value,
            "relative": value,
            "lower": value * (1 - apart / 2),
            "upper": value * (1 + apart / 2),
            "tortuosity": 0.5 / value if value else None,
        }
        for axis, value in zip("xyz", (x, y, z), strict=True)
    }
    return {"phases": {"pore": {"directions": directions}}}


def errors_of(*arguments):
    found = with_errors(*arguments)["phases"]["pore"]
    return found, {axis: each["relative_error"] for axis, each in found["directions"].items()}


def test_every_direction_gets_the_largest_relative_difference():
    found, errors = errors_of(table(0.2, 0.1, 0.0), table(0.21, 0.1, 0.0), math.sqrt(3), {})
    assert errors == pytest.approx({"x": 0.005, "y": 0.0025, "z": 0.0})
    assert found["directions"]["x"]["value_error"] == pytest.approx(0.01)
    assert found["directions"]["x"]["tortuosity_error"] == pytest.approx(2.5 * 0.025)
    assert found["relative_mean_error"] == pytest.approx(0.0025)


def test_what_hangs_on_necks_is_told_whole():
    """A throat that is shut on the companion says nothing of the other directions, and all of its own."""
    _, errors = errors_of(table(0.2, 0.1, 0.1), table(0.2, 0.0, 0.102), 2.0, {})
    assert errors == pytest.approx({"x": 0.2 * 0.02 / 3, "y": 0.1, "z": 0.002 / 3})


def test_half_of_the_distance_between_the_bounds_counts():
    _, alone = errors_of(table(0.2, 0.1, 0.0, 0.02), None, None, {})
    assert alone == pytest.approx({"x": 0.002, "y": 0.001, "z": 0.0})
    _, both = errors_of(table(0.2, 0.1, 0.0, 0.02), table(0.206, 0.103, 0.0), 2.0, {})
    assert both == pytest.approx({"x": 0.004, "y": 0.002, "z": 0.0})


def test_a_missed_volume_counts_and_what_is_not_known_is_said():
    _, known = errors_of(table(0.2, 0.2, 0.2), table(0.2, 0.2, 0.2), 2.0, {"pore": 0.01})
    assert known["x"] == pytest.approx(0.003)
    assert "facets" in with_errors(table(0.2, 0.2, 0.2), None, None, {})["errors from"]


def test_a_companion_of_twice_the_sizes_errs_four_times_as_much():
    assert factor_of_companion(2.0) == pytest.approx(1 / 3)
    assert factor_of_companion(0.5) == pytest.approx(4 / 3)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.230273, 0.000813, "0.23027 ± 0.00081"),
        (0.947117, 0.0099, "0.9471 ± 0.0099"),
        (1.0, 0.0996, "1.00 ± 0.10"),
        (378.05, 4.43, "378.1 ± 4.4"),
        (12345.0, 678.0, "12340 ± 680"),
        (0.25, 1e-12, "0.25"),
        (0.25, None, "0.25 (error not known)"),
        (0.0, 0.0, "0"),
    ],
)
def test_numbers_are_written_with_their_errors(value, error, text):
    assert with_error(value, error) == text


def test_an_error_reaches_the_voxels_where_mesh_and_companion_miss_the_same_neck():
    def table(value):
        found = {"relative": value, "value": value, "lower": value, "upper": value, "tortuosity": 0.33 / value}
        return {"phases": {"solid": {"directions": {"z": found}}}}

    mesh, beside = table(0.0489), table(0.0497)
    alone, raw = (with_errors(mesh, beside, 1.5, {}, voxels) for voxels in (None, table(0.0595)))
    errors = [each["phases"]["solid"]["directions"]["z"]["relative_error"] for each in (alone, raw)]
    assert errors == pytest.approx([0.0008 / 1.25, 0.0106])
    steps = with_errors(mesh, beside, 1.5, {}, table(0.0480))
    assert steps["phases"] == alone["phases"]
