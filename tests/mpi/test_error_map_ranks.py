"""The error of the gradient in every cell is the same on one rank and on two, of linear and quadratic elements."""

import numpy as np
import pytest

from .launch import needs_mpiexec, tables_of

pytestmark = needs_mpiexec

RUN = """
import json, shutil, tempfile
from pathlib import Path
from mpi4py import MPI
import h5py
import numpy as np
from archode.geometry import ARCHITECTURES, MeshSizes
from archode.solvers.fields import FieldWriter
from archode.studies.verification.systems import binary_electrolyte, cell_on, insertion
sizes = MeshSizes(size=4e-6, interface_size=1e-6, film_size=0.5e-6, growth=2.0)
shape = ARCHITECTURES["planar"](gap=10e-6, width=4e-6, anode_thickness=1e-6, cathode_thickness=1e-6)
electrolyte = binary_electrolyte(diffusivity=5e-10, transference_number=0.3)
comm = MPI.COMM_WORLD
tables = {}
for degree in (1, 2):
    host = insertion(0.5, diffusivity=1e-13)
    cell = cell_on(shape, sizes, electrolyte, host, host, degree)
    cell.q.sub(0).interpolate(lambda x: 0.3 * np.sin(x[0] + x[2]))
    cell.q.sub(1).interpolate(lambda x: np.exp(-0.3 * x[2]) * np.cos(x[0]))
    cell.theta.interpolate(lambda x: 0.5 + 0.3 * np.cos(4 * x[2]))
    cell.psi.interpolate(lambda x: x[0] * x[1] * x[2])
    folder = Path(comm.bcast(tempfile.mkdtemp() if comm.rank == 0 else None))
    writer = FieldWriter(cell, {}, folder)
    writer.create()
    writer.write(0.0, {}, {})
    if comm.rank == 0:
        for path in sorted(folder.glob("*.vtkhdf")):
            with h5py.File(path) as file:
                for name, values in file["VTKHDF/CellData"].items():
                    if "error" in name:
                        tables[f"P{degree} {path.stem}: {name}"] = values[:].tolist()
        shutil.rmtree(folder)
if comm.rank == 0:
    print(json.dumps({"ranks": comm.size, "tables": tables}))
"""


@pytest.fixture(scope="module")
def tables():
    return {ranks: tables_of(RUN, ranks) for ranks in (1, 2)}


@pytest.mark.parametrize("degree", [1, 2])
def test_ranks_agree(tables, degree):
    serial, parallel = ({k: v for k, v in tables[n].items() if k.startswith(f"P{degree}")} for n in (1, 2))
    assert sorted(parallel) == sorted(serial) and len(serial) == 6
    for name, values in serial.items():
        assert max(values) > 1, name
        # The files hold single precision.
        np.testing.assert_allclose(parallel[name], values, rtol=1e-6, atol=1e-6 * max(values), err_msg=name)
