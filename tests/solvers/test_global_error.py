"""Estimated errors of a protocol step's numbers, held against a run with a hundredth of the tolerance."""

import pytest
from archode.solvers.drive import CurrentLimit, ProtocolStep, TimeLimit, VoltageLimit
from archode.solvers.protocol import ProtocolRunner

from .cells import fresh, galvanostatic, one_c


def ends(solved, tolerance):
    """Duration, charge and estimates at the ends of a charge, a hold and a rest."""
    cell, newton = solved("planar")
    unit = one_c(cell)
    steps = [
        galvanostatic(20 * unit, [VoltageLimit(1.5, True, tolerance=1e-7)], 180.0),
        ProtocolStep("hold", 1.5, (CurrentLimit(unit),), 60.0),
        galvanostatic(0.0, [TimeLimit(10.0)], 10.0),
    ]
    integrator = fresh(cell, newton, tolerance=tolerance, newton_tolerance=1e-9)
    found, begun = [], 0.0
    for step in ProtocolRunner(integrator, steps, unit).run():
        if step.ended_by:
            found.append((step.time - begun, step.step_charge, step.deviation))
            begun = step.time
    return found


def test_estimates_tell_sign_and_size(solved):
    coarse, fine = ends(solved, 3e-3), ends(solved, 1e-5)
    for k, name in ((0, "charge"), (1, "hold")):
        duration, charge, told = coarse[k]
        for estimated, error in ((told.duration, duration - fine[k][0]), (told.charge, charge - fine[k][1])):
            if abs(error) < 1e-4 * max(abs(duration if estimated is told.duration else charge), 1e-30):
                # Too small to be told from the tolerance in which the end is met.
                continue
            assert error / 3.5 < estimated < 3.5 * error or 3.5 * error < estimated < error / 3.5, name
    # At fixed times nothing is late, and no charge flows at rest.
    rest = coarse[2][2]
    assert rest.duration == 0.0 and rest.charge == 0.0


def test_estimates_shrink_with_the_tolerance(solved):
    coarse, fine = ends(solved, 3e-3), ends(solved, 1e-4)
    assert abs(fine[1][2].duration) < 0.5 * abs(coarse[1][2].duration)


def test_nothing_is_estimated_where_nothing_is_known(solved):
    cell, newton = solved("planar")
    integrator = fresh(cell, newton, adaptive=False)
    step = galvanostatic(one_c(cell), [TimeLimit(1.0)], 1.0, initial_step=0.5)
    *_, last = ProtocolRunner(integrator, [step], one_c(cell)).run()
    assert last.deviation is None


@pytest.mark.parametrize("limit", ["time", "voltage"])
def test_only_a_limit_of_the_state_moves_the_end(solved, limit):
    """Of a step that ends at a time the end is exact, whatever voltage limit it has beside."""
    cell, newton = solved("planar")
    limits = [TimeLimit(5.0 if limit == "time" else 500.0), VoltageLimit(1.5 if limit == "voltage" else 3.0, True)]
    *_, last = ProtocolRunner(fresh(cell, newton), [galvanostatic(20 * one_c(cell), limits, 60.0)], one_c(cell)).run()
    assert last.ended_by == limit
    assert (last.deviation.duration == 0.0) == (limit == "time")
