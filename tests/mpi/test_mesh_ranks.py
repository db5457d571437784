"""Meshes on two ranks: interface areas as in serial, errors on every rank."""

import json

import pytest
from archode.geometry import ARCHITECTURES

from .launch import needs_mpiexec, on_ranks

pytestmark = needs_mpiexec

MEASURE = """
import json, sys
from archode.geometry import ARCHITECTURES, GeometryError, MeshSizes, load_mesh, mesh_file
from archode.geometry._dolfinx import ensure_dolfinx
from archode.geometry.registry import make_architecture
ensure_dolfinx()
import ufl
from dolfinx import fem
from mpi4py import MPI
comm = MPI.COMM_WORLD
name, parameters, sizes, folder = json.loads(sys.argv[1])
file = mesh_file(make_architecture(name, parameters), MeshSizes(**sizes), comm, folder)
tagged = load_mesh(file, comm)
one = fem.Constant(tagged.mesh, 1.0)
ds, dS = (ufl.Measure(k, domain=tagged.mesh, subdomain_data=tagged.facet_tags) for k in ("ds", "dS"))
areas = {}
for boundary, tag in sorted(tagged.boundaries.items()):
    local = fem.assemble_scalar(fem.form(one * ds(tag) + one * dS(tag)))
    areas[boundary] = comm.allreduce(local) * tagged.length_unit**2
if comm.rank == 0:
    print(json.dumps({"ranks": comm.size, "areas": areas, "serial": file.report["areas"]}))
"""

FAIL = """
import sys
from archode.geometry import ARCHITECTURES, GeometryError, MeshSizes, load_mesh, mesh_file
from mpi4py import MPI
comm, caught = MPI.COMM_WORLD, 0
planar = ARCHITECTURES["planar"](1e-5)
for attempt in (
    lambda: mesh_file(planar, MeshSizes(size=1e-12), comm, sys.argv[1]),
    lambda: load_mesh(sys.argv[1] + "/absent.msh", comm),
):
    try:
        attempt()
    except GeometryError:
        caught += 1
total = comm.allreduce(caught)
if comm.rank == 0:
    print(comm.size, total)
"""


def run(ranks, code, argument):
    return on_ranks(ranks, "-c", code, argument, timeout=900)


@pytest.mark.parametrize(
    ("name", "parameters", "sizes"),
    [
        ("planar", {"gap": 5e-5, "anode_thickness": 1e-6, "cathode_thickness": 1e-6}, {}),
        ("interdigital", {"finger_width": 5e-5, "gap": 5e-5, "thickness": 0.75e-6}, {}),
        (
            "interdigital",
            {
                "finger_width": 1e-5,
                "gap": 1e-5,
                "thickness": 1e-6,
                "length": 4e-5,
                "pairs": 1,
                "domain": "comb",
            },
            {"size": 1e-5, "interface_size": 5e-6},
        ),
    ],
)
def test_interfaces_have_their_area_on_two_ranks(name, parameters, sizes, tmp_path):
    shown = json.loads(run(2, MEASURE, json.dumps([name, parameters, sizes, str(tmp_path)])))
    assert shown["ranks"] == 2
    closed = ARCHITECTURES[name](**parameters).areas()
    found = {key: value for key, value in shown["areas"].items() if key in closed}
    assert found == pytest.approx(closed, rel=1e-9, abs=0)


def test_a_failure_is_raised_on_every_rank(tmp_path):
    assert run(2, FAIL, str(tmp_path)).split() == ["2", "4"]


NANOPOROUS = {
    "shape": {"random_waves": {"size": 70e-9, "solid_fraction": 0.35, "seed": 2}},
    "width": 160e-9,
    "thickness": 160e-9,
    "film_thickness": 15e-9,
    "collector_thickness": 30e-9,
    "reservoir_thickness": 40e-9,
    "separator_thickness": 40e-9,
}


@pytest.mark.parametrize("ranks", [1, 2, 4])
def test_a_porous_electrode_has_the_same_areas_on_any_number_of_ranks(ranks, tmp_path):
    """The film's surface winds through all ranks; each of its facets counts once."""
    shown = json.loads(run(ranks, MEASURE, json.dumps(["porous_electrode", NANOPOROUS, {}, str(tmp_path)])))
    assert shown["ranks"] == ranks
    assert shown["areas"] == pytest.approx(shown["serial"], rel=1e-9, abs=0)
    assert shown["areas"]["anode_surface"] > 2 * 160e-9**2


GOLD = {
    "shape": {"random_waves": {"size": 70e-9, "solid_fraction": 0.35, "seed": 1}},
    "width": 150e-9,
    "electrodes": "x",
}


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("nanopore", {"length": 5e-8, "radius": 5e-9, "reservoir_length": 2e-8}),
        ("interdigital", {"finger_width": 5e-6, "gap": 5e-6, "thickness": 5e-7}),
        ("porous_sample", GOLD),
    ],
)
def test_walls_with_layers_have_their_area_on_two_ranks(name, parameters, tmp_path):
    """Prisms far flatter than the cells behind them, spread over ranks as they come."""
    shown = json.loads(run(2, MEASURE, json.dumps([name, parameters, {"wall_size": 0.3e-9}, str(tmp_path)])))
    assert shown["ranks"] == 2
    assert shown["areas"] == pytest.approx(shown["serial"], rel=1e-9, abs=0)
