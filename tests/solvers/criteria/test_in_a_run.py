"""The criteria on a cell that is depleted: supply, time and charge come out at the same moment."""

import dataclasses

import numpy as np
import pytest
from archode.geometry import MeshSizes
from archode.solvers.criteria import evaluate_all, limiting_current
from archode.solvers.criteria.depletion import depletion_time
from archode.solvers.description import Plating
from archode.solvers.drive import ConcentrationLimit, TimeLimit
from archode.solvers.stepping import StepControl
from archode.solvers.surface_view import SurfaceView
from archode.solvers.watch import make_setting
from archode.studies.verification.systems import BAR_AREA, bar_cell, binary_electrolyte, galvanostatic, metal, run

GAP, OVERLOAD = 50e-6, 1.5


@pytest.fixture(scope="module")
def depleted():
    """Findings by name at the end of a run at 1.5 J_lim, its times, minima of c/c₀, and the current density."""
    sizes = MeshSizes(size=2e-6, interface_size=0.2e-6, growth=1.3)
    cell = bar_cell(GAP, sizes, binary_electrolyte(), metal(), metal())
    limit = float(limiting_current.symmetric_limit(1e-10, 1000.0, 1, 0.5, GAP))
    current = OVERLOAD * limit * BAR_AREA
    limits = ConcentrationLimit("cathode", 1.0), TimeLimit(100.0)
    control = StepControl(tolerance=5e-4, newton_tolerance=1e-9)
    steps = run(cell, [galvanostatic(-current, limits, 2.0)], current, control)
    history = [(step.time, step.observation.surface_min["cathode"] / 1000.0) for step in steps]
    views = {side: SurfaceView(cell, side) for side in ("anode", "cathode")}
    setting = make_setting(cell, "cathode", BAR_AREA, views)
    state = views["cathode"].state(history[-1][0], views["cathode"].values())
    findings = {finding.name: finding for finding in evaluate_all(setting, state)}
    return findings, *np.transpose(history), current / BAR_AREA


def test_sand_speaks_when_the_surface_is_empty(depleted):
    findings, times, minima, _ = depleted
    assert minima[-1] == pytest.approx(1e-3, rel=1e-3)
    assert findings["depletion"].voice == "speaks"
    assert findings["limiting_current"].value == pytest.approx(OVERLOAD, rel=1e-6)
    # The run ends at a thousandth of the concentration, 0.3 % before its time, and keeps c to 5e-4.
    assert findings["sand_time"].value == pytest.approx(times[-1], rel=0.01)
    for name in ("sand_time", "sand_capacity", "chazalviel"):
        assert findings[name].margin == pytest.approx(1.0, rel=0.01), name


def test_the_deposits_charge_is_what_passed(depleted):
    findings, times, _, density = depleted
    charge = findings["sand_capacity"].value / findings["sand_capacity"].margin
    # The integrator keeps it to rounding.
    assert charge == pytest.approx(density * times[-1], rel=1e-6)


def test_the_run_says_when_one_per_cent_is_left(depleted):
    _, times, minima, _ = depleted
    found = depletion_time(times, minima)
    assert found.how == "reached"
    assert times[-2] * 0.8 < found.time < times[-1]


def test_a_flat_even_electrode_has_neither_pores_nor_edges(depleted):
    findings, *_ = depleted
    # Even to the residual of Newton's method.
    assert findings["current_concentration"].value == pytest.approx(1.0, abs=1e-5)
    assert findings["wagner_number"].voice == "silent"
    assert findings["top_plugging"].voice == "no say"
    assert findings["pore_clogging"].voice == "silent"


def test_a_reserve_of_metal_was_not_plated():
    """What is there at the start is in the deposit's file, and not in what the criteria hold to be plated."""
    anode = dataclasses.replace(metal(), plating=Plating(reserve=2e-6))
    sizes = MeshSizes(size=4e-6, interface_size=2e-6)
    view = SurfaceView(bar_cell(10e-6, sizes, binary_electrolyte(), anode, metal()), "anode")
    values = view.values()
    # Charge to thickness and back.
    assert values["deposit thickness [m]"] == pytest.approx(2e-6, rel=1e-12)
    assert view.state(0.0, values).thickness == pytest.approx(0.0, abs=1e-18)
