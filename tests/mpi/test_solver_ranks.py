"""The coupled solver on two and four ranks: voltages and integrals as in serial."""

from functools import partial

import pytest

from .launch import RANKS, ByRanks, needs_mpiexec, tables_of

pytestmark = needs_mpiexec

#: Both runs solve to 1e-11 of the current; what is left is roundoff in sums of different order.
SAME = 1e-8

RUN = """
import dataclasses, json, sys
from mpi4py import MPI
from archode.geometry import ARCHITECTURES, MeshSizes
from archode.materials import Collector
from archode.solvers.drive import TimeLimit
from archode.solvers.stepping import StepControl
from archode.studies.verification.systems import (
    binary_electrolyte, cell_on, galvanostatic, hold, insertion, metal, run
)
host = dataclasses.replace(insertion(0.5, diffusivity=1e-13), collector=Collector("gold", 4.1e7))
electrolyte = binary_electrolyte(diffusivity=5e-10, transference_number=0.3)
sizes = MeshSizes(size=5e-6, interface_size=2e-6, film_size=0.5e-6, growth=2.0)
comb = ARCHITECTURES["interdigital"](finger_width=10e-6, gap=10e-6, thickness=1e-6, cover=10e-6, slice=2e-6)
stack = ARCHITECTURES["stack"](electrolyte_thickness=20e-6, cathode_thickness=1e-6, width=8e-6)
cases = {
    "interdigital, direct": (comb, host, "direct", 1),
    "interdigital, iterative": (comb, host, "iterative", 1),
    "stack, P2": (stack, metal(20.0), "direct", 2),
}
tables = {}
for case, (shape, anode, linear, degree) in cases.items():
    cell = cell_on(shape, sizes, electrolyte, anode, host, degree)
    current = 30 * host.material.volumetric_capacity * shape.volumes()["cathode"] / 3600
    steps = [galvanostatic(current, [TimeLimit(20.0)], 20.0), hold(0.3, 10.0)]
    table = tables[case] = []
    for s in run(cell, steps, current, StepControl(tolerance=1e-2, newton_tolerance=1e-11), linear):
        o = s.observation
        row = {"time": s.time, "voltage": o.voltage, "current": o.current, "charge": s.charge,
               "salt": o.amounts["salt"],
               "c_min": o.concentration_min, "c_max": o.concentration_max, "surface": o.surface_min["anode"]}
        table.append(row | {f"content {k}": v for k, v in o.content.items()})
if MPI.COMM_WORLD.rank == 0:
    print(json.dumps({"ranks": MPI.COMM_WORLD.size, "tables": tables}))
"""

CASES = ("interdigital, direct", "interdigital, iterative", "stack, P2")


@pytest.fixture(scope="module")
def tables():
    """Time series of every case by number of ranks; all cases in one run, to import once."""
    return ByRanks(partial(tables_of, RUN))


@pytest.mark.parametrize("ranks", RANKS)
@pytest.mark.parametrize("case", CASES)
def test_ranks_agree(tables, case, ranks):
    serial, parallel = tables[1][case], tables[ranks][case]
    assert len(parallel) == len(serial), "other time steps"
    scale = {key: max(abs(row[key]) for row in serial) for key in serial[0]}
    for mine, theirs in zip(serial, parallel, strict=True):
        apart = {key: abs(mine[key] - theirs[key]) / scale[key] for key in mine}
        worst = max(apart, key=apart.get)
        assert apart[worst] <= SAME, f"{worst} at {mine['time']:.4g} s: {apart[worst]:.2g}"
