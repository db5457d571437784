"""Impedance on two ranks is that of one, factorised whole or preconditioned."""

import json

import numpy as np
import pytest
from archode.solvers.impedance_checks import DRAWS

from .launch import needs_mpiexec, on_ranks

SCRIPT = """
import json, sys
from mpi4py import MPI
from archode.solvers.impedance import SmallSignal
from archode.solvers.impedance_checks import check_spectrum
from archode.solvers.ohmic_limit import ohmic_limit
from archode.studies.verification.impedance import CAPACITANCE, EXCHANGE, GAP, SIZES
from archode.studies.verification.systems import DoubleLayer, bar_cell, binary_electrolyte, insertion, metal, newton_of

layer = DoubleLayer(capacitance=CAPACITANCE, cation_share=1.0)
cell = bar_cell(GAP, SIZES, binary_electrolyte(transference_number=0.3), metal(EXCHANGE, double_layer=layer),
                insertion(0.5), film=2e-6)
found, limits, warnings = [], [], []
with newton_of(cell) as newton:
    for whole in (True, False):
        with SmallSignal(cell, newton, whole) as signal:
            points = list(signal.sweep([1e-2, 1.0, 1e2, 1e4]))
            found += [p.impedance for p in points]
            limit = ohmic_limit(signal)
            limits += [limit.shorted, limit.infinite]
            warnings += check_spectrum(points, limit).warnings
if MPI.COMM_WORLD.rank == 0:
    print(json.dumps([MPI.COMM_WORLD.size, [z.real for z in found], [z.imag for z in found], limits, warnings]))
"""


@needs_mpiexec
def test_two_ranks_give_the_spectrum_of_one():
    one, two = (json.loads(on_ranks(ranks, "-c", SCRIPT).splitlines()[-1]) for ranks in (1, 2))
    assert (one[0], two[0]) == (1, 2)
    for k in (1, 2):
        # Another order of pivoting and of sums; the preconditioned solver stops at 1e-11.
        assert two[k] == pytest.approx(one[k], rel=1e-7)
        assert one[k][4:] == pytest.approx(one[k][:4], rel=1e-7)
    # A short of 1e8 loses half of the digits.
    assert two[3] == pytest.approx(one[3], rel=1e-6)
    assert one[4] == two[4] == []


FAST = """
import json
from mpi4py import MPI
import numpy as np
from archode.geometry import MeshSizes
from archode.solvers.description import DoubleLayer, Electrode
from archode.solvers.impedance import SmallSignal
from archode.studies.verification.double_layer import salt
from archode.studies.verification.impedance import _glass
from archode.studies.verification.systems import bar_cell, metal, newton_of

glass = _glass(1e9)
solution, layer = salt(10.0), DoubleLayer(stern_capacitance=0.2)
debye = solution.debye_length
sizes = MeshSizes(size=3 * debye, interface_size=0.3 * debye, growth=1.6)
diffuse = bar_cell(40 * debye, sizes, solution, metal(1e9, double_layer=layer), Electrode(double_layer=layer),
                   width=debye, model="poisson-nernst-planck")
found, doubt = [], []
for cell, linear in ((glass, "direct"), (diffuse, "iterative")):
    area = cell.area("cathode_surface") * cell.scales.length**2
    with newton_of(cell, linear) as newton:
        for whole in (True, False):
            with SmallSignal(cell, newton, whole) as signal:
                points = list(signal.sweep([1e7, 1e3, 1.0]))
                found += [p.impedance * area for p in points]
                doubt += [p.uncertainty for p in points]
if MPI.COMM_WORLD.rank == 0:
    print(json.dumps([[z.real for z in found], [z.imag for z in found], doubt]))
"""


@needs_mpiexec
def test_fast_kinetics_and_diffuse_layers_on_two_ranks():
    one, two = (np.array(json.loads(on_ranks(ranks, "-c", FAST).splitlines()[-1])) for ranks in (1, 2))
    # Rounding of 1e9 A/m² beside κ/L, which every point tells, and of a capacitor at 1 Hz.
    allowed = 1e-6 + DRAWS * one[2]
    assert allowed.max() < 1e-4
    one, two = one[0] + 1j * one[1], two[0] + 1j * two[1]
    assert np.all(np.abs(two / one - 1) < allowed)
    assert np.all(np.abs(one[:6] / 5e-3 - 1) < allowed[:6])
    assert np.all(np.abs(one[6:9] / one[9:] - 1) < allowed[6:9])
