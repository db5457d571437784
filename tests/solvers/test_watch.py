"""What a run keeps of the criteria: the first that speaks, the worst of all, and nothing of rests."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from archode.solvers import watch as module
from archode.solvers.criteria import MAPS, Finding
from archode.solvers.drive import TimeLimit
from archode.solvers.record import Device
from archode.solvers.simulation import Run
from archode.solvers.stepping import StepControl
from archode.solvers.surface_view import SurfaceView
from archode.solvers.watch import Watch
from archode.studies.verification.systems import newton_of

from .cells import galvanostatic, make_cell, one_c
from .test_checkpoint import Stop

PLATES, STRIPS = -1.0, 1.0


@pytest.fixture(scope="module")
def cell():
    return make_cell("bar")


@pytest.fixture
def watch(cell, monkeypatch):
    """A watch whose criterion says what a test puts into ``says``."""
    cell.set_initial_state()
    views = {side: SurfaceView(cell, side) for side in ("anode", "cathode")}
    watch = Watch(cell, views, 16e-12)
    watch.says = []
    monkeypatch.setattr(module, "evaluate_all", lambda setting, state: watch.says)
    return watch


def finding(voice="silent", margin=2.0, value=1.0, name="depletion", values=None):
    return Finding(name, value, "1", voice, f"{voice} at {margin}", "made up", values, margin)


def look(watch, time, *findings, kind="discharge", current=PLATES):
    watch.says = list(findings)
    observation = SimpleNamespace(current=current, anode_current=-current)
    values = {side: view.values() for side, view in watch.views.items()}
    return watch.look(time, kind, observation, values)


def told(watch, name="depletion", side="cathode"):
    return watch.summary()[side][name]


def test_the_smallest_margin_and_the_first_that_spoke_are_kept(watch):
    for time, voice, margin in (
        (1.0, "silent", 3.0),
        (2.0, "speaks", 0.9),
        (3.0, "speaks", 0.2),
        (4.0, "speaks", 0.5),
        (5.0, "silent", 7.0),
    ):
        look(watch, time, finding(voice, margin))
    assert told(watch)["first"]["time [s]"] == 2.0
    assert (told(watch)["time [s]"], told(watch)["margin"], told(watch)["voice"]) == (3.0, 0.2, "speaks")
    assert told(watch)["why"] == "speaks at 0.2"


@pytest.mark.parametrize("later", [("silent", None, None), ("no say", None, None), ("no say", None, 3.0)])
def test_what_has_no_margin_hides_nothing(watch, later):
    """Below the limiting current there is no Sand's time; that it spoke above stays."""
    voice, margin, value = later
    look(watch, 1.0, finding("speaks", 0.4))
    look(watch, 2.0, finding(voice, margin, value))
    assert (told(watch)["time [s]"], told(watch)["voice"], told(watch)["margin"]) == (1.0, "speaks", 0.4)


def test_a_criterion_that_does_not_apply_takes_back_what_it_foretold(watch):
    facets = np.ones(len(watch.views["cathode"].grid.areas))
    look(watch, 1.0, finding("silent", 3.0))
    look(watch, 2.0, finding("no say", None, None, values=facets))
    assert (told(watch)["voice"], told(watch)["value"], told(watch)["time [s]"]) == ("no say", None, 2.0)
    # Without a number by facet it has nothing to add.
    look(watch, 3.0, finding("no say", None, None))
    assert told(watch)["time [s]"] == 2.0


def test_without_a_threshold_the_last_is_kept_unless_one_spoke(watch):
    look(watch, 1.0, finding("no say", None, 1.0))
    look(watch, 2.0, finding("no say", None, 2.0))
    assert told(watch)["value"] == 2.0 and told(watch)["first"] is None
    look(watch, 3.0, finding("speaks", None, 3.0))
    look(watch, 4.0, finding("silent", None, 4.0))
    assert (told(watch)["value"], told(watch)["first"]["time [s]"]) == (3.0, 3.0)


def test_a_margin_replaces_what_had_none(watch):
    look(watch, 1.0, finding("silent", None, None))
    look(watch, 2.0, finding("silent", 5.0))
    assert told(watch)["margin"] == 5.0


def test_place_is_the_worst_facet(watch):
    facets = len(watch.views["cathode"].grid.areas)
    values = np.linspace(1.0, 0.1, facets)
    look(watch, 1.0, finding("speaks", 0.1, values=values))
    # Little concentration is worse; of a concentration of current, much is.
    centres = 1e6 * watch.views["cathode"].grid.points[watch.views["cathode"].grid.corners].mean(axis=1)
    assert told(watch)["first"]["place [um]"] == pytest.approx(centres[-1])
    look(watch, 1.0, finding("speaks", 0.1, name="current_concentration", values=values))
    assert told(watch, "current_concentration")["first"]["place [um]"] == pytest.approx(centres[0])
    look(watch, 1.0, finding("speaks", 0.1, name="sand_time", values=np.ones(facets)))
    assert told(watch, "sand_time")["first"]["place [um]"] is None


def test_only_what_is_plated_is_judged(watch):
    """Neither side at rest, the anode in a charge, the cathode in a discharge; maps of the others are empty."""
    maps = look(watch, 1.0, finding(), kind="rest", current=0.0)
    assert watch.told == {} and watch.numbers == {}
    facets = len(watch.views["cathode"].grid.areas)
    assert set(maps) == {"anode", "cathode"}
    assert list(maps["cathode"]) == [f"{name} [{unit}]" for name, unit in MAPS.items()]
    for side in maps.values():
        assert all(np.isnan(values).all() and values.shape == (facets,) for values in side.values())
    # A rest's rounding is no plating.
    look(watch, 1.0, finding(), kind="rest", current=-1e-20)
    assert watch.told == {}
    look(watch, 2.0, finding(values=np.full(facets, 0.7)), kind="charge", current=STRIPS)
    assert set(watch.told) == {"anode"} == set(watch.numbers)
    maps = look(watch, 3.0, finding(values=np.full(facets, 0.7)))
    assert set(watch.told) == {"anode", "cathode"}
    assert np.all(maps["cathode"]["depletion [1]"] == 0.7) and np.isnan(maps["anode"]["depletion [1]"]).all()


def test_summary_is_plain_json(watch):
    look(watch, 1.0, finding("silent", np.float64(np.inf), np.float64(np.nan)))
    assert told(watch)["margin"] is None and told(watch)["value"] is None
    json.dumps(watch.summary(), allow_nan=False)


def test_a_resumed_run_keeps_what_was_told(cell, tmp_path):
    """Real criteria: the first half of a discharge is told by the first run, the whole by the resumed one."""
    unit = one_c(cell)
    steps = [
        galvanostatic(-30 * unit, [TimeLimit(5.0)], 5.0, output_times=(1.0, 2.0, 5.0)),
        galvanostatic(-unit, [TimeLimit(5.0)], 5.0, output_times=(1.0, 5.0)),
    ]

    def make(newton, folder):
        cell.set_initial_state()
        newton.renew()
        (tmp_path / folder).mkdir(exist_ok=True)
        device, control = Device(1.0, 16e-12, 160e-18), StepControl(newton_tolerance=1e-12)
        return Run(cell, newton, steps, control, device, tmp_path / folder, folder, "watched", unit)

    with newton_of(cell) as newton:
        whole = make(newton, "whole")
        length = len(whole.execute(resume=False).table)
        stopped = make(newton, "run")
        stopped._take = Stop(length - 5)(stopped._take)
        stopped.execute(resume=False)
        assert stopped.status == "interrupted"
        resumed = make(newton, "run")
        resumed.execute(resume=True)
    assert resumed.status == "done"
    expected = whole.watch.summary()["cathode"]
    # Told in the first step, which is not looked at again.
    assert expected["limiting_current"]["time [s]"] <= 5.0
    for name, each in resumed.watch.summary()["cathode"].items():
        assert each["voice"] == expected[name]["voice"] and each["first"] == expected[name]["first"], name
        assert each["time [s]"] == pytest.approx(expected[name]["time [s]"], rel=1e-12), name
    assert resumed.watch.numbers == whole.watch.numbers
