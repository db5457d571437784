"""Poisson–Nernst–Planck on two and four ranks: starts, currents, voltages and amounts as in serial."""

from functools import partial

import pytest

from .launch import RANKS, ByRanks, needs_mpiexec, tables_of

pytestmark = needs_mpiexec

#: Both runs solve to rounding; what is left is that of sums of different order, in a Newton of another way.
SAME = 1e-8

RUN = """
import json
from archode.geometry import ARCHITECTURES, MeshSizes
from archode.materials import Ion, IonicElectrolyte
from archode.solvers.description import DoubleLayer, Electrode
from archode.solvers.drive import TimeLimit
from archode.solvers.stepping import StepControl
from archode.studies.verification.systems import TEMPERATURE, bar_cell, cell_on, galvanostatic, hold, metal, run
from mpi4py import MPI

ions = (Ion("M+", 1, 1e-9, 10.0), Ion("K+", 1, 1.5e-9, 5.0), Ion("X-", -1, 2e-9, 15.0))
salt = IonicElectrolyte("test salt", ions, 78.5, TEMPERATURE)
nm, physics = 1e-9, {"model": "poisson-nernst-planck"}
mouth = Electrode(reservoir=True)
stern = metal(20.0, double_layer=DoubleLayer(stern_capacitance=0.2))


def bar(anode):
    sizes = MeshSizes(size=2 * nm, interface_size=0.5 * nm, growth=1.6)
    return bar_cell(20 * nm, sizes, salt, anode, stern, width=4 * nm, **physics)


def pore():
    shape = ARCHITECTURES["nanopore"](length=20 * nm, radius=3 * nm, angle=30.0)
    sizes = MeshSizes(size=2 * nm, wall_size=0.5 * nm, growth=1.6)
    return cell_on(shape, sizes, salt, mouth, mouth, wall_charge={"insulation": -0.01}, **physics)


cases = {
    "metals": (lambda: bar(stern), "direct"),
    "half cell, iterative": (lambda: bar(mouth), "iterative"),
    "charged nanopore": (pore, "direct"),
    "adaptive steps": (lambda: bar(stern), "direct"),
}
tables = {}
for case, (make, linear) in cases.items():
    cell = make()
    current = 0.1 * cell.thermal_current
    steps = [hold(0.05, 5e-8), galvanostatic(current, [TimeLimit(2e-8)], 2e-8)]
    control = StepControl(adaptive=False, initial_step=1e-8, newton_tolerance=1e-12)
    if case == "adaptive steps":
        steps, control = [hold(0.05, 4e-9)], StepControl(tolerance=1e-2, initial_step=2e-11, newton_tolerance=1e-12)
    table = tables[case] = []
    for s in run(cell, steps, cell.thermal_current, control, linear):
        o = s.observation
        row = {"time": s.time, "voltage": o.voltage, "current": o.current, "anode": o.anode_current, "charge": s.charge,
               "held": o.held_charge, "c_min": o.concentration_min, "c_max": o.concentration_max,
               "surface": o.surface_max["cathode"]}
        table.append(row | o.amounts | {f"passed {k}": p for k, p in enumerate(s.passed)})
    if cell.resolution is not None:
        for row in table:
            row |= {"debye": cell.resolution.debye_length, "first": cell.resolution.first_cell}
if MPI.COMM_WORLD.rank == 0:
    print(json.dumps({"ranks": MPI.COMM_WORLD.size, "tables": tables}))
"""

CASES = ("metals", "half cell, iterative", "charged nanopore", "adaptive steps")


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
    # What is lost between anode and cathode is rounding on any number of ranks.
    scale["passed 3"] = scale["passed 2"]
    for mine, theirs in zip(serial, parallel, strict=True):
        apart = {key: abs(mine[key] - theirs[key]) / (scale[key] or 1.0) for key in mine}
        worst = max(apart, key=apart.get)
        assert apart[worst] <= SAME, f"{worst} at {mine['time']:.4g} s: {apart[worst]:.2g}"


def test_the_nanopore_is_charged(tables):
    """Its walls hold what was asked for, and K+ and M+ screen it."""
    row = tables[1]["charged nanopore"][0]
    # A sector of 30° of 3 nm over 20 nm.
    wall = 0.01 * 30 / 360 * 2 * 3.141592653589793 * 3e-9 * 20e-9
    # A polygon of few sides is shorter than its arc.
    assert row["held"] == pytest.approx(wall, rel=0.02)
    assert row["M+"] + row["K+"] - row["X-"] == pytest.approx(row["held"] / 96485.33, rel=1e-6)
