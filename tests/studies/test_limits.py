"""The search for a safe current: the search itself on made-up cells, what is asked of a study, and a whole one."""

import csv
import dataclasses
import json
import math

import pytest
from archode.solvers.criteria.limiting_current import symmetric_limit
from archode.solvers.criteria.sand import finite_gap_factor, sand_time
from archode.studies.cli import main
from archode.studies.errors import StudyError
from archode.studies.limits import DECIDING, parse_criteria, parse_tolerance, questions, read_trial, trial_case
from archode.studies.limits_report import headline, limits_page, limits_record, limits_table
from archode.studies.limits_search import Trial, Trouble, search
from archode.studies.load import load_study

THIN = """\
study: thin
geometry: {architecture: planar, gap: 300 um, width: 20 um, depth: 20 um}
mesh: {size: 60 um, interface_size: 10 um, growth: 1.6}
materials: {electrolyte: KFSI_DME_1M, anode: K, cathode: K}
protocol:
  - {rest: 5 s}
  - {discharge: 40 mA/cm^2, until: {time: 90 s}, max_step: 20 s}
  - {charge: 1 mA/cm^2, until: {time: 10 s}}
output: {fields: {every: 1 s}}
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "thin.yml"
    file.write_text(THIN, encoding="utf-8")
    return file


# ---------------------------------------------------------------------- the search
class Cell:
    """Troubles from given currents on, by cause; counts its runs."""

    def __init__(self, limiting=None, **onsets):
        self.limiting, self.onsets, self.runs = limiting, onsets, []

    def __call__(self, current):
        self.runs.append(current)
        troubles = tuple(
            Trouble(c, 10.0 / current, 1.0, None, c) for c, onset in self.onsets.items() if current > onset
        )
        return Trial(current, f"J={current:g}", troubles, 100.0, self.limiting)


@pytest.mark.parametrize("start", [0.3, 7.0, 40.0, 900.0])
@pytest.mark.parametrize("limiting", [None, 8.0, 60.0])
@pytest.mark.parametrize("tolerance", [0.01, 0.2])
def test_the_bracket_closes_on_the_limit_from_wherever_it_starts(start, limiting, tolerance):
    cell = Cell(limiting, depletion=50.0)
    found = search(cell, start, tolerance, DECIDING)
    assert found.status == "limit found" and found.independent == ()
    low, high = found.safe.current_density, found.unsafe.current_density
    assert low <= 50.0 < high <= low * (1 + tolerance)
    assert len(cell.runs) == len(set(cell.runs)) == len(found.trials)
    # Six strides of four at most, and halvings of ln 4 to the tolerance.
    assert len(cell.runs) <= 8 + math.ceil(math.log2(math.log(4) / math.log1p(tolerance)))


def test_around_a_known_limiting_current_few_runs_suffice():
    near, far = Cell(50.0, depletion=50.0), Cell(None, depletion=50.0)
    search(near, 0.3, 0.05, DECIDING)
    search(far, 0.3, 0.05, DECIDING)
    assert len(near.runs) < len(far.runs)


def test_without_an_end_it_says_so():
    found = search(Cell(), 1.0, 0.05, DECIDING)
    assert found.status == "no limit found" and found.unsafe is None
    assert found.safe.current_density == max(t.current_density for t in found.trials) >= 1000.0


def test_not_safe_at_any_current():
    found = search(Cell(solver=0.0), 1.0, 0.05, DECIDING)
    assert found.status == "not safe at any current tried" and found.safe is None
    alone = search(Cell(depletion=0.0), 1.0, 0.05, ("depletion",))
    assert alone.status == "not safe at any current tried" and alone.independent == ()


def test_what_speaks_at_every_current_does_not_decide():
    found = search(Cell(top_plugging=0.0, depletion=5.0), 1.0, 0.05, DECIDING)
    assert found.independent == ("top_plugging",) and found.status == "limit found"
    assert found.safe.current_density <= 5.0 < found.unsafe.current_density
    assert found.unsafe.trouble(found.independent).cause == "depletion"


def test_it_does_not_descend_where_less_current_does_not_help():
    """Pores that close at one capacity whatever the current: one lower current tells, and depletion decides."""
    cell = Cell(depletion=50.0)

    def clogged(current):
        trial = cell(current)
        return dataclasses.replace(trial, troubles=(*trial.troubles, Trouble("pore_clogging", 7.0, 7.0 / current)))

    found = search(clogged, 40.0, 0.05, DECIDING)
    assert min(t.current_density for t in found.trials) == 10.0
    assert found.independent == ("pore_clogging",) and found.safe.current_density <= 50.0


def test_currents_that_differ_in_their_last_digit_end_the_search():
    found = search(Cell(depletion=50.003), 49.0, 1e-9, DECIDING)
    assert (found.safe.current_density, found.unsafe.current_density) == (50.0, 50.01)


def test_the_first_trouble_counts():
    late, soon = Trouble("solver", 5.0, 1.0), Trouble("depletion", 3.0, 1.0)
    trial = Trial(1.0, "J=1", (late, soon), 6.0)
    assert trial.trouble() == soon and trial.trouble(("depletion",)) == late
    assert trial.trouble(("depletion", "solver")) is None


# ---------------------------------------------------------------------- what is asked
def test_the_first_plating_step_is_asked_about(path):
    (asked,) = questions(load_study(path), DECIDING)
    assert (asked.side, asked.step.kind) == ("cathode", "discharge")
    assert asked.current_density == pytest.approx(400.0)
    assert asked.capacity == pytest.approx(400.0 * 90.0)  # the step's time at its own current


def test_the_electrode_on_a_substrate_is_meant(path):
    plating = "interfaces={anode: {plating: {substrate: Cu, reserve: 50 um}}}"
    (asked,) = questions(load_study(path, [plating]), DECIDING)
    # The charge comes last, and plates the anode with 100 C/m².
    assert (asked.side, asked.capacity) == ("anode", pytest.approx(100.0))


def test_a_trial_is_the_step_alone_with_times_to_scale(path):
    (asked,) = questions(load_study(path), DECIDING)
    study = trial_case(asked, 100.0).study
    (step,) = study.steps()
    assert step.drive == ("current_density", 100.0)
    assert step.until.capacity == ("areal_capacity", pytest.approx(3.6e4)) and step.until.time is None
    assert step.max_step == pytest.approx(4 * 20.0)
    assert step.until.concentration.surface == "cathode"
    assert step.until.concentration.below == pytest.approx(0.005 * 1000.0)
    assert study.output.fields.per_step == 10 and study.output.figures is False
    assert study.geometry == asked.case.study.geometry and study.physics == asked.case.study.physics
    (other,) = questions(load_study(path), ("pore_clogging",))
    assert trial_case(other, 100.0).study.steps()[0].until.concentration is None


SWEEP = "sweep={geometry.gap: [200 um, 300 um]}"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("protocol=[{rest: 5 s}]", "never plates metal.*a charge, which plates the anode"),
        ("protocol=[{hold: -0.1 V, until: {time: 5 s}}]", "at a constant current"),
        (SWEEP, "2 cases, by geometry.gap; choose with --case"),
    ],
)
def test_studies_that_cannot_be_searched_say_why(path, change, told):
    with pytest.raises(StudyError, match=told):
        questions(load_study(path, [change]), DECIDING)


def test_selected_cases_and_hosts_are_searched_one_by_one(path, tmp_path):
    swept = load_study(path, [SWEEP])
    assert len(questions(swept.selected(["*"]), DECIDING, selected=True)) == 2
    hosts = tmp_path / "hosts.yml"
    own = "geometry: {architecture: planar, gap: %s um, width: 20 um, depth: 20 um}"
    text = "\n".join(line for line in THIN.splitlines() if not line.startswith(("geometry", "mesh")))
    hosts.write_text(f"hosts:\n  a: {{{own % 30}}}\n  b: {{{own % 40}}}\n{text}\n", encoding="utf-8")
    assert [q.case.name for q in questions(load_study(hosts), DECIDING)] == ["a", "b"]


def test_options_are_read_and_refused():
    assert parse_criteria(None) == DECIDING and parse_criteria(" depletion, tip_growth ") == ("depletion", "tip_growth")
    assert parse_tolerance("5%") == parse_tolerance("0.05") == 0.05
    for text, told in (
        ("sandtime", "did you mean 'sand_time'"),
        ("current_concentration", "never speaks"),
        (",", "none"),
    ):
        with pytest.raises(StudyError, match=told):
            parse_criteria(text)
    for text in ("0", "-5%", "nan", "many", "200%"):
        with pytest.raises(StudyError, match="between"):
            parse_tolerance(text)


# ---------------------------------------------------------------------- one trial
def finding(first, value=None, place=None, why=""):
    return {"first": {"time [s]": first, "place [um]": place}, "value": value, "voice": "speaks", "why": why}


def summary(criteria, depletion=None, **step):
    made = {"ended_by": "capacity", "areal_capacity [mAh/cm2]": 1.0, "duration [s]": 90.0} | step
    plating = {"depletion": depletion or {}, "limiting_current_density [A/m2]": 515.0}
    return {
        "case": "J",
        "status": "done",
        "steps": [made],
        "plating": {"cathode": plating},
        "criteria": {"cathode": criteria},
    }


def test_a_trial_is_read_from_its_summary(path):
    (asked,) = questions(load_study(path), DECIDING)
    assert read_trial(asked, 400.0, summary({})).trouble() is None
    speaking = {
        "sand_time": finding(9.0, value=7.5),
        "pore_clogging": finding(60.0, value=2e4, place=[1.0, 2.0, 3.0]),
        "tip_growth": finding(1.0),
    }
    trial = read_trial(asked, 400.0, summary(speaking))
    assert {t.cause: t.capacity for t in trial.troubles} == {"sand_time": 3000.0, "pore_clogging": 2e4}
    assert trial.trouble().cause == "sand_time" and trial.others == ("tip_growth",)
    assert trial.limiting_current_density == 515.0 and trial.plated == pytest.approx(3.6e4)


def test_depletion_is_known_to_the_time_step(path):
    (asked,) = questions(load_study(path), DECIDING)
    reached = {"time [s]": 30.0, "how": "reached"}
    found = read_trial(asked, 400.0, summary({"depletion": finding(36.0)}, reached, ended_by="concentration"))
    assert [(t.cause, t.capacity) for t in found.troubles] == [("depletion", 400.0 * 30.0)]
    continued = reached | {"how": "continued"}
    assert read_trial(asked, 400.0, summary({}, continued)).trouble() is None


def test_steps_that_end_early_and_runs_that_fail_are_trouble(path):
    (asked,) = questions(load_study(path), DECIDING)
    causes = {
        "voltage": summary({}, ended_by="voltage"),
        "deposit": summary({}, ended_by="deposit"),
        "solver": summary({}) | {"status": "failed", "reason": "no convergence"},
    }
    for cause, told in causes.items():
        trouble = read_trial(asked, 400.0, told).trouble()
        assert trouble.cause == cause and trouble.why
    # A run that failed before its first step has no steps.
    assert read_trial(asked, 1.0, {"status": "failed", "reason": "no"}).trouble().capacity == 0.0


# ---------------------------------------------------------------------- what is told
def test_the_headline_says_what_was_found(path):
    (asked,) = questions(load_study(path), DECIDING)
    told = {
        "Safe up to 4.": Cell(5.0, depletion=50.0),
        "No limit found up to 4100 mA": Cell(),
        "Not safe at any current tried, down to 0.0156 mA": Cell(solver=0.0),
    }
    for text, cell in told.items():
        found = search(cell, 40.0, 0.05, DECIDING)
        assert headline(asked, found).startswith(text)
        assert headline(asked, found) in limits_page(asked, found)
        assert limits_record(asked, found, 0.05)["status"] == found.status
        assert len(limits_table(found).splitlines()) == 1 + len(found.trials)
    plugged = search(Cell(top_plugging=0.0), 40.0, 0.05, DECIDING)
    assert "Whatever the current, top plugging speaks" in headline(asked, plugged)
    assert "J is never above J_lim" in headline(asked, plugged)


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("limits")
    (folder / "thin.yml").write_text(THIN, encoding="utf-8")
    assert main(["limits", str(folder / "thin.yml"), "--out", str(folder), "--tolerance", "5%", "--quiet"]) == 0
    return folder


def test_a_symmetric_cell_is_safe_up_to_where_sands_time_comes_in_the_gap(searched):
    """The limit in closed form: the current whose delayed Sand's time is that of the capacity."""
    told = json.loads((searched / "thin/limits/base/limits.json").read_text())
    limit = told["limiting_current_density [A/m2]"]
    capacity = told["capacity [C/m2]"]
    assert told["status"] == "limit found" and capacity == pytest.approx(3.6e4)
    product = told["sand_product [C A/m4]"]
    low, high = (told[f"{name}_current_density [A/m2]"] for name in ("safe", "unsafe"))
    assert low < high <= 1.05 * low
    # Depletion means 1 % left, some 2 % of the time before nothing is: the bracket may lie so much lower.
    assert product / low * finite_gap_factor(low / limit) > capacity
    assert product / (1.02 * high) * finite_gap_factor(1.02 * high / limit) < capacity
    # The materials' own numbers give the same product and limit.
    loaded = load_study(searched / "thin.yml")
    from archode.studies.ratings import electrolyte

    salt = electrolyte(loaded.study)
    share = 1 - salt.transference_number
    expected = symmetric_limit(salt.diffusivity, salt.concentration, 1, share, 300e-6)
    assert limit == pytest.approx(expected, rel=1e-6)
    assert product == pytest.approx(1e4 * sand_time(100.0, salt.diffusivity, salt.concentration, 1, share), rel=1e-6)


def test_every_current_is_a_case_of_its_own(searched):
    folder = searched / "thin/limits/base"
    told = json.loads((folder / "limits.json").read_text())
    with (folder / "limits.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(told["trials"]) >= 4
    for row, trial in zip(rows, told["trials"], strict=True):
        assert float(row["current density [mA/cm2]"]) == pytest.approx(trial["current_density [A/m2]"] / 10)
        assert (folder / row["case"] / "verdict.md").is_file()
        # Faraday: what is safe has passed the capacity.
        assert trial["safe"] == (float(row["plated [mAh/cm2]"]) > 0.9999)
    assert (folder / "limits.md").read_text(encoding="utf-8").startswith("# thin, base: limits")
    assert (folder / "limits.png").stat().st_size > 10_000


def test_done_currents_stay_and_other_parameters_are_refused(searched, capsys):
    told = searched / "thin/limits/base"
    before = {file: file.stat().st_mtime_ns for file in told.glob("J=*/summary.json")}
    again = ["limits", str(searched / "thin.yml"), "--out", str(searched), "--resume", "--quiet"]
    assert main(again) == 0
    assert {file: file.stat().st_mtime_ns for file in told.glob("J=*/summary.json")} == before
    assert main([*again, "--set", "geometry.gap=200 um"]) == 2
    assert "results of other parameters" in capsys.readouterr().err
