"""Effective conductivities on two and four ranks: as in serial."""

import json
from pathlib import Path

import pytest

from .launch import RANKS, ByRanks, needs_mpiexec, on_ranks

pytestmark = needs_mpiexec

#: The energy is of second order in what the linear solver leaves, the currents at the planes are of first order.
SAME = {"value": 1e-10, "lower": 1e-10, "upper": 1e-10, "flux_in": 1e-7, "flux_out": 1e-7}

RUN = """
import importlib.util, json, sys
from pathlib import Path
import numpy as np
from archode.geometry import ARCHITECTURES, MeshSizes, load_mesh, mesh_file
from archode.geometry.metrics import Window
from archode.geometry._dolfinx import ensure_dolfinx
ensure_dolfinx()
from mpi4py import MPI
from archode.solvers.components import connected_components
from archode.solvers.voxel_transport import voxel_transport_table
from archode.solvers.homogenise import conductance, effective_conductivity, transport_table
spec = importlib.util.spec_from_file_location("conductors", sys.argv[1])
conductors = importlib.util.module_from_spec(spec)
spec.loader.exec_module(conductors)
comm, UM = MPI.COMM_WORLD, 1e-6

def waves(x):
    phases = x @ np.array([[11.0, 3, 0], [0, 13, -5], [4, 0, 12]]).T
    return np.where(np.sin(phases).sum(axis=1) < -0.9, "anode", "electrolyte")

def worm(x):
    # A channel that winds through all ranks' shares and back again, and blocks that it does not reach.
    level, place = (x[:, 2] * 8).astype(int), (x[:, 0] * 8).astype(int)
    turn = np.where(level % 4 == 1, place == 7, place == 0)
    return np.where((level % 2 == 0) | turn, "anode", "electrolyte")

box = conductors.tagged_box((14, 14, 14), waves, comm=comm)
winding = conductors.tagged_box((8, 2, 8), worm, comm=comm)
anode = np.zeros(len(box.cell_tags.indices), dtype=bool)
anode[box.cell_tags.find(2)] = True
planar = ARCHITECTURES["planar"](gap=1e-5, width=3e-6, depth=2e-6)
plates = load_mesh(mesh_file(planar, MeshSizes(), comm, sys.argv[2]), comm)
window = Window(np.zeros(3), np.array([1, 1, 0.5]) * UM)
both = {"anode": 30.0, "electrolyte": 1.0}
image = np.random.default_rng(3).random((12, 13, 14)) < 0.6
found = {
    "islands": connected_components(box.mesh, anode).number,
    "table": transport_table(box, {"solid": ["anode"], "pore": ["electrolyte"]}),
    "effective": {
        name: vars(effective_conductivity(*arguments))
        for name, arguments in {
            "P1": (box, both, "x", None, 1),
            "P2": (box, both, "y", None, 2),
            "window": (box, {"electrolyte": 1.0}, "z", window),
            "winding": (winding, {"anode": 2.0}, "z"),
            "not joined": (winding, {"electrolyte": 1.0}, "z"),
        }.items()
    },
    "voxels": [
        voxel_transport_table({"solid": image, "pore": ~image}, (1, 2, 1), comm, periodic) for periodic in (False, True)
    ],
    "conductance": conductance(plates, "electrolyte", "anode_surface", "cathode_surface"),
}
if comm.rank == 0:
    print(json.dumps({"ranks": comm.size, "found": found}))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Results by number of ranks; all cases in one run, to import once."""
    cache = str(tmp_path_factory.mktemp("meshes"))
    helper = str(Path(__file__).parents[1] / "solvers" / "conductors.py")

    def run(ranks):
        shown = json.loads(on_ranks(ranks, "-c", RUN, helper, cache).splitlines()[-1])
        assert shown["ranks"] == ranks
        return shown["found"]

    return ByRanks(run)


def assert_same(mine, theirs):
    for key, tolerance in SAME.items():
        assert mine[key] == pytest.approx(theirs[key], rel=tolerance, abs=0), key
    for key in ("porosity", "connected"):
        assert mine[key] == pytest.approx(theirs[key], rel=1e-12), key
    for key in ("unknowns", "note"):
        assert mine[key] == theirs[key], key


@pytest.mark.parametrize("ranks", RANKS)
def test_effective_conductivities_agree(found, ranks):
    for name, theirs in found[1]["effective"].items():
        assert_same(found[ranks]["effective"][name], theirs)
    assert found[1]["effective"]["not joined"]["unknowns"] == 0
    assert 0 < found[1]["effective"]["winding"]["value"] < 0.1


@pytest.mark.parametrize("ranks", RANKS)
def test_tables_agree(found, ranks):
    for name, theirs in found[1]["table"]["phases"].items():
        mine = found[ranks]["table"]["phases"][name]
        assert mine["fraction"] == pytest.approx(theirs["fraction"], rel=1e-12)
        for direction, expected in theirs["directions"].items():
            assert_same(mine["directions"][direction], expected)


@pytest.mark.parametrize("ranks", RANKS)
def test_voxels_agree(found, ranks):
    # Every direction of a phase is measured by one rank.
    assert found[ranks]["voxels"] == found[1]["voxels"]
    assert found[1]["voxels"][0]["phases"]["solid"]["directions"]["y"]["lower"] > 0


@pytest.mark.parametrize("ranks", RANKS)
def test_components_and_conductance_agree(found, ranks):
    assert found[ranks]["islands"] == found[1]["islands"] > 1
    assert found[ranks]["conductance"] == pytest.approx(3e-6 * 2e-6 / 1e-5, rel=1e-9)
