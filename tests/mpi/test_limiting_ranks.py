"""Limiting currents and their facets on two and four ranks: as in serial."""

from functools import partial

import pytest

from .launch import RANKS, ByRanks, needs_mpiexec, tables_of

pytestmark = needs_mpiexec

RUN = """
import dataclasses, json
import numpy as np
from archode.geometry import ARCHITECTURES, MeshSizes
from archode.geometry._dolfinx import ensure_dolfinx
ensure_dolfinx()
from mpi4py import MPI
from archode.materials import Collector
from archode.solvers.steady_diffusion import limiting_current
from archode.studies.verification.systems import binary_electrolyte, cell_on, insertion, metal
comm, tables = MPI.COMM_WORLD, {}
sizes = MeshSizes(size=4e-6, interface_size=1e-6, film_size=0.5e-6, growth=2.0)
shapes = {
    # Interfaces between two regions, and outer boundaries.
    "films": (ARCHITECTURES["planar"](gap=1e-5, width=4e-6, anode_thickness=1e-6, cathode_thickness=1e-6), True),
    "fingers": (ARCHITECTURES["interdigital"](finger_width=1e-5, gap=1e-5, thickness=1e-6, cover=8e-6,
                slice=4e-6), True),
    "wire": (ARCHITECTURES["coaxial_fibre"](core_radius=2e-5, anode_thickness=0.0, electrolyte_thickness=2e-5,
             cathode_thickness=0.0, length=1e-5), False),
}
for name, (shape, inserts) in shapes.items():
    electrodes = (insertion(0.2), insertion(0.8)) if inserts else (metal(), metal())
    if name == "fingers":
        electrodes = [dataclasses.replace(each, collector=Collector("gold", 4.1e7)) for each in electrodes]
    cell = cell_on(shape, sizes, binary_electrolyte(), *electrodes, comm=comm)
    for counter in ("closed", "reservoir"):
        found = limiting_current(cell, "anode", counter)
        rows = comm.gather(np.column_stack([found.centres * 1e6, found.current_density, found.areas * 1e12]))
        if comm.rank == 0:
            rows = np.concatenate(rows)
            rows = rows[np.lexsort(np.round(rows[:, :3], 6).T)]
            tables[f"{name} {counter}"] = {"current": found.current, "rows": rows.tolist(),
                                           "counter": found.counter_concentration}
if comm.rank == 0:
    print(json.dumps({"ranks": comm.size, "tables": tables}))
"""


@pytest.fixture(scope="module")
def found():
    """Results by number of ranks."""
    return ByRanks(partial(tables_of, RUN))


@pytest.mark.parametrize("ranks", RANKS)
def test_currents_and_facets_agree(found, ranks):
    for name, theirs in found[1].items():
        mine = found[ranks][name]
        # First order in the linear solver's 1e-8.
        assert mine["current"] == pytest.approx(theirs["current"], rel=1e-7, abs=0), name
        assert mine["counter"] == pytest.approx(theirs["counter"], rel=1e-7), name
        assert len(mine["rows"]) == len(theirs["rows"]) > 0
        scale = max(row[3] for row in theirs["rows"])
        for row, other in zip(mine["rows"], theirs["rows"], strict=True):
            assert row[:3] == pytest.approx(other[:3], abs=1e-5), name
            # Single facets err more than their sum.
            assert row[3] == pytest.approx(other[3], abs=1e-5 * scale), name
            assert row[4] == pytest.approx(other[4], rel=1e-9), name
