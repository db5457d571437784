"""Impedance on two ranks is that of one, factorised whole or preconditioned."""

import json

import pytest

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
