"""Steps that end with nothing passed: foreseen where that can be, told where it happened, and never said of others."""

import json
import math
from pathlib import Path

import pandas
import pytest
from archode.materials import ActiveMaterial, Metal, insertion_at, load_material, metal_at
from archode.materials.constants import thermal_voltage
from archode.studies.cli import main
from archode.studies.empty_steps import CellState, empty_steps
from archode.studies.errors import StudyError
from archode.studies.foreseen import foreseen, wrong_way_round
from archode.studies.load import load_study
from archode.studies.starting_voltage import exchange_current_density, overpotential, starting_voltage

LIBRARY = sorted((Path(__file__).parents[2] / "studies" / "library").glob("*.yml"))

CELL = """
study: film
geometry: {{architecture: stack, electrolyte_thickness: 20 um, cathode_thickness: 2 um, device_area: 1 cm^2}}
materials: {{electrolyte: LiPF6_ECDEC_1M, anode: Li, cathode: LiCoO2}}
physics: {{initial: {{state_of_charge: {start}}}}}
protocol: {protocol}
output: {{figures: false, fields: 0, errors: false}}
"""

#: The charge starts 54 mV above its limit, and the hold's cut-off is 362 C.
AT_ONCE = "[{charge: 1 C, until: {voltage: 4.0 V}}, {hold: 4.0 V, until: {current: 50 mA}}, {rest: 10 min}]"


def study_of(folder, protocol, start=0.5, text=CELL):
    path = folder / "study.yml"
    path.write_text(text.format(protocol=protocol, start=start), encoding="utf-8")
    return path


def case_of(*args, **kwargs):
    (case,) = load_study(study_of(*args, **kwargs)).cases
    return case.study


def messages(*args, **kwargs):
    return [one.message for one in foreseen(case_of(*args, **kwargs))]


# ---------------------------------------------------------------------- the voltage at the start
@pytest.mark.parametrize(
    ("material", "theta"),
    [(insertion_at(load_material("LiCoO2")), 0.75), (insertion_at(load_material("NTO")), 0.01),
     (metal_at(load_material("Li")), None)],
)  # fmt: skip
@pytest.mark.parametrize("density", [-1e3, -1e-3, 0.0, 1e-6, 1.0, 1e4])
def test_the_overpotential_solves_butler_volmer(material: ActiveMaterial | Metal, theta, density):
    thermal = thermal_voltage(material.temperature)
    s = (overpotential(material, theta, density) - material.film_resistance * density) / thermal
    i0 = exchange_current_density(material, theta)
    law = math.exp(material.anodic_transfer_coefficient * s) - math.exp(-material.cathodic_transfer_coefficient * s)
    # The root is found to 1e-12 of RT/F; a small difference of exponentials has that as its absolute error.
    assert i0 * law == pytest.approx(density, rel=1e-9, abs=1e-10 * i0)


def test_exchange_current_is_the_materials_own_at_half_filling():
    material = insertion_at(load_material("LiCoO2"))
    assert exchange_current_density(material, 0.5) == pytest.approx(material.exchange_current_density, rel=1e-12)
    assert exchange_current_density(material, 0.99) < 0.25 * material.exchange_current_density


# ---------------------------------------------------------------------- foreseen
def test_what_ends_at_once_is_foreseen_with_its_reason(tmp_path):
    charge, hold = messages(tmp_path, AT_ONCE)
    assert charge.startswith("step 0 (charge, protocol.0) will end at once: at 138.3 µA (1 C) the reactions alone take")
    assert "from 3.940 V, its open-circuit voltage at the start, to 4.054 V, past the limit of 4 V" in charge
    assert "physics.initial" not in charge, "at half filling the kinetics are as good as they get"
    assert hold.startswith("step 1 (hold, protocol.1) will end at once: its cut-off current, 50 mA (362 C), is not")
    assert "such as 0.05 C" in hold


@pytest.mark.parametrize(
    "protocol",
    [
        "[{charge: C/50, until: {voltage: 4.0 V}}, {hold: 4.0 V, until: {current: C/100}}]",
        # From another voltage a hold may begin with any current.
        "[{charge: C/50, until: {voltage: 4.0 V}}, {hold: 4.2 V, until: {current: C/20}}]",
        "[{charge: 1 C, until: {capacity: 1 uAh}}, {hold: 4.0 V, until: {current: 1 C}}]",
        "[{hold: 4.2 V, until: {current: C/20}}]",
        "[{rest: 1 s}, {discharge: C/20, until: {voltage: 3 V}}]",
    ],
)
def test_nothing_is_foreseen_of_what_works(tmp_path, protocol):
    assert messages(tmp_path, protocol) == []


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_nothing_is_foreseen_of_the_library(path):
    assert [one.message for case in load_study(path).cases for one in foreseen(case.study)] == []


def test_a_hold_at_the_start_may_drive_too_little(tmp_path):
    (told,) = messages(tmp_path, "[{hold: 3.95 V, until: {current: 2 C}}]")
    assert "3.95 V drive less than that through the reactions alone" in told


def test_a_repeated_step_is_told_of_once(tmp_path):
    hold = "{hold: 4 V, until: {current: C/10}}"
    cycle = f"[{{charge: C/50, until: {{voltage: 4 V}}}}, {hold}, {{discharge: C/50, until: {{voltage: 3.5 V}}}}]"
    protocol = f"[{{repeat: 3, steps: {cycle}}}]"
    found = foreseen(case_of(tmp_path, protocol))
    assert [(one.step, one.message.split(" will")[0]) for one in found] == [(1, "step 1 (hold, protocol.0.steps.1)")]
    happened = ended(protocol, (0.1, 1e-9, 0.1) * 3, tmp_path, ("voltage", "current", "voltage") * 3)
    assert [one.step for one in happened] == [1]
    assert happened[0].message.endswith("use a smaller cut-off. So did 2 more of its repetitions")


def test_an_electrode_that_is_full_takes_nothing_in(tmp_path):
    # Lithium is inexhaustible; the film is full where the state of charge is 0.
    (told,) = messages(tmp_path, "[{discharge: 1 C, until: {capacity: 1 uAh}}]", start=0)
    assert "the cathode LiCoO2 is full at the start (stoichiometry 0.998)" in told and "state_of_charge: 0.98" in told


def test_poor_kinetics_at_the_end_of_a_window_are_named(tmp_path):
    text = CELL.replace("cathode_thickness: 2 um", "cathode_thickness: 2 um, anode_thickness: 2 um")
    text = text.replace("LiPF6_ECDEC_1M, anode: Li, cathode: LiCoO2", "NaClO4_ECPC_1M, anode: NTO, cathode: NVP")
    (told,) = messages(tmp_path, "[{charge: 1 C, until: {voltage: 3.2 V}}]", start=0, text=text)
    assert "to 3.287 V, past the limit of 3.2 V" in told
    assert "(stoichiometry of the anode 0.005 and cathode 0.995)" in told and "state_of_charge: 0.02" in told


REVERSED = """
study: reversed
geometry: {{architecture: stack, electrolyte_thickness: 20 um, cathode_thickness: 0, anode_thickness: 2 um}}
materials: {{electrolyte: LiPF6_ECDEC_1M, anode: LiCoO2, cathode: Li}}
physics: {{initial: {{state_of_charge: {start}}}}}
protocol: {protocol}
"""


def test_a_cell_that_is_the_wrong_way_round_is_warned_of_where_it_could_run(tmp_path):
    (told,) = messages(tmp_path, "[{discharge: 1 C, until: {voltage: -4.3 V}}]", text=REVERSED)
    assert told.startswith("anode and cathode are the wrong way round") and "open circuit -3.940 V" in told
    assert wrong_way_round(case_of(tmp_path, "[{rest: 1 s}]")) is None


def test_advice_is_given_only_where_it_helps(tmp_path):
    """At any state of charge the cell lies above 3 V and below 5 V."""
    with pytest.raises(StudyError) as refused:
        case_of(tmp_path, "[{charge: 1 C, until: {voltage: 3.0 V}}]")
    assert "raise the limit" in str(refused.value) and "state_of_charge" not in str(refused.value)
    with pytest.raises(StudyError) as refused:
        case_of(tmp_path, "[{discharge: 1 C, until: {voltage: 4.0 V}}]")
    assert "set physics.initial.state_of_charge: 1" in str(refused.value)


def test_check_tells_it(tmp_path, capsys):
    assert main(["check", str(study_of(tmp_path, AT_ONCE))]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert told.count("Warning: step") == 2 and "Warning: step 0 (charge, protocol.0) will end at once" in told


def test_check_names_the_cases(tmp_path, capsys):
    text = CELL + "sweep: {{protocol.0.charge: [C/50, 1 C, 2 C]}}\n"
    path = study_of(tmp_path, "[{charge: 1 C, until: {voltage: 4.0 V}}]", text=text)
    assert main(["check", str(path)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "Warning in charge=1C: step 0" in told and "Warning in charge=2C: step 0" in told


# ---------------------------------------------------------------------- what happened
def ended(protocol, capacities, folder, ended_by, nominal=1.0):
    study = case_of(folder, protocol)
    steps = [
        {"index": k, "kind": step.kind, "ended_by": by, "capacity [C]": q, "areal_capacity [mAh/cm2]": q / 3.6,
         "duration [s]": 1e-5}
        for k, (step, q, by) in enumerate(zip(study.steps(), capacities, ended_by, strict=True))
    ]  # fmt: skip
    states = {k: CellState(4.1, 1e-6, {"cathode": 0.75}) for k in range(-1, len(steps))}
    return empty_steps(study, steps, nominal, states)


def test_only_what_ended_early_with_nothing_is_told(tmp_path):
    protocol = (
        "[{charge: 1 C, until: {voltage: 4.3 V, time: 1 us}}, {rest: 1 s}, {hold: 4.2 V, until: {current: C/20}}, "
        "{ramp: 1 V/s, until: {voltage: 4.0 V}}, {discharge: 1 C, until: {voltage: 3.0 V}}]"
    )
    reasons = ("time", "time", "current", "voltage", "voltage")
    assert ended(protocol, (1e-9, 0.0, 0.1, 1e-9, 0.1), tmp_path, reasons) == []
    (told,) = ended(protocol, (1e-9, 0.0, 1e-9, 1e-9, 0.1), tmp_path, reasons)
    assert told.step == 2 and "The current at 4.2 V, 1 µA, was below the cut-off of 6.915 µA (0.05 C)" in told.message
    # Without a capacity the largest charge stands for it.
    assert [one.step for one in ended(protocol, (1e-9, 0, 1e-9, 0, 1e-6), tmp_path, reasons, None)] == []
    assert [one.step for one in ended(protocol, (1e-9, 0, 1e-9, 0, 1e-3), tmp_path, reasons, None)] == [2]


def test_a_step_that_began_past_its_limit_says_so(tmp_path):
    protocol = "[{charge: C/50, until: {voltage: 4.0 V}}, {charge: C/100, until: {voltage: 4.0 V}}]"
    (told,) = ended(protocol, (0.1, 1e-9), tmp_path, ("voltage", "voltage"))
    assert "The cell was past the step's limit of 4 V when it began; use another limit" in told.message
    assert "Before it: 4.1 V, stoichiometry of the cathode 0.75" in told.message


def test_a_step_that_is_not_over_is_not_judged(tmp_path):
    assert ended("[{charge: C/50, until: {voltage: 4.0 V}}]", (0.0,), tmp_path, (None,)) == []


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("at_once")
    assert main(["run", str(study_of(folder, AT_ONCE)), "--out", str(folder)]) == 0
    return folder / "film" / "base"


def test_a_run_says_why_its_steps_passed_nothing(finished):
    charge, hold = json.loads((finished / "summary.json").read_text(encoding="utf-8"))["warnings"]
    assert charge.startswith("step 0 (charge, protocol.0) ended with next to nothing passed, 1.6e-09 mAh/cm2")
    assert "138.3 µA (1 C) took the cell to 4.054 V at once, where the step's limit is 4 V" in charge
    assert hold.startswith("step 1 (hold, protocol.1) ended with next to nothing passed")
    assert "was below the cut-off of 50 mA (362 C) from the beginning; use a smaller cut-off" in hold
    log = (finished / "run.log").read_text(encoding="utf-8")
    for message in (charge, hold):
        assert log.count(f"WARNING base: {message}") == 1
    assert log.count("will end at once") == 2
    page = (finished / "report.html").read_text(encoding="utf-8")
    assert "Step 0 (charge, protocol.0) ended with next to nothing passed" in page


def test_the_run_starts_at_the_voltage_that_was_foreseen(finished, tmp_path):
    first = pandas.read_csv(finished / "timeseries.csv").iloc[0]
    expected = starting_voltage(case_of(tmp_path, AT_ONCE), first["current [A]"])
    # Left out is the potential drop in 20 µm of electrolyte: 1.4 A/m² over 0.8 S/m are 35 µV.
    assert first["voltage [V]"] == pytest.approx(expected, abs=1e-4)
